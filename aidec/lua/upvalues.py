"""The names of a stripped function's upvalues, found by compiling its source until the code is the same.

A function that is compiled with no locals around it has globals in place of its upvalues. Where its code first differs
from the original, one of these globals is used. Mostly the instruction there has its name. If not, names near it are
tried: ``f.f`` reads f from _ENV and then f from that, and if f is an upvalue, it reads f from f, which looks like the
first half; and in ``a, b = nil, nil`` the values come before the names.
"""

from __future__ import annotations

import re
from itertools import islice

from aidec.bytecode import Constant, Proto
from aidec.bytecode.instruction import BITRK, Instruction
from aidec.bytecode.model import exact
from aidec.lua.functions import upvalue_names
from aidec.lua.standalone import compile_alone
from aidec.lua.words import KEYWORDS

_READS, _WRITES = "GETTABUP", "SETTABUP"
_OF_UPVALUES = ("GETUPVAL", "SETUPVAL", _READS)

NEARBY = 3
"""How many names on either side are tried."""


def names_of(proto: Proto, source: bytes) -> list[str]:
    """The names of a function's upvalues, in any order; if the function is stripped, without ``_ENV``.

    Args:
        proto: the function, stripped or not.
        source: its text, as ``aidec.lua.functions`` finds it.

    Raises:
        CompileError: the text is not a function.
    """
    known = [name for name in upvalue_names(proto) if name is not None]
    if len(known) == len(proto.upvalues):
        return known
    names: list[str] = []
    reached, nearby = _compare(compile_alone(source, names), proto)
    while nearby:
        was_sure = len(nearby) == 1
        tried = [(_compare(compile_alone(source, [*names, name]), proto), name) for name in nearby]
        # Of two names that reach as far, the one after which the next name is certain
        (further, nearby), name = max(tried, key=lambda item: (item[0][0], len(item[0][1]) < 2))
        if name in names or not (was_sure or further > reached or (further == reached and len(nearby) == 1)):
            break
        reached = further
        names.append(name)
    return names


def _compare(ours: Proto, theirs: Proto) -> tuple[tuple[int, int], list[str]]:
    """How far two functions agree, and the globals that may be why they differ there; none if they agree to the end.

    How far is the number of the function, counting those inside in their order, and the pc in it.
    """
    number = 0
    for number, (mine, other) in enumerate(zip(ours.walk(), theirs.walk(), strict=False)):
        for pc, (word, another) in enumerate(zip(mine.code, other.code, strict=False)):
            if _operation(mine, word) != _operation(other, another):
                return (number, pc), _nearby(mine, pc)
    return (number + 1, 0), []


def _nearby(proto: Proto, pc: int) -> list[str]:
    """The global that an instruction uses; or if it uses none, the ones used just before and just after it."""
    here = _global(proto, Instruction(proto.code[pc]))
    if here is not None:
        return [here]
    before = (_global(proto, Instruction(word)) for word in reversed(proto.code[:pc]))
    behind = (_global(proto, Instruction(word)) for word in proto.code[pc + 1 :])
    near = [
        *islice((name for name in before if name is not None), NEARBY),
        *islice((name for name in behind if name is not None), NEARBY),
    ]
    return list(dict.fromkeys(near))


def _operation(proto: Proto, word: int) -> tuple[object, ...]:
    """What an instruction does, without the numbers of constants and upvalues, and without the distance of a jump."""
    instruction = Instruction(word)
    opcode = instruction.opcode
    name, a = opcode.name, instruction.a
    if opcode.mode == "iABx":
        return name, a, _constant(proto, instruction.bx) if name == "LOADK" else instruction.bx
    if opcode.mode != "iABC":
        return name, a
    b, c = (
        _constant(proto, operand - BITRK) if kind == "OpArgK" and operand >= BITRK else operand
        for kind, operand in ((opcode.b, instruction.b), (opcode.c, instruction.c))
    )
    return name, None if name == _WRITES else a, None if name in _OF_UPVALUES else b, c


def _constant(proto: Proto, index: int) -> object:
    return exact(proto.constants[index]) if index < len(proto.constants) else index


def _global(proto: Proto, instruction: Instruction) -> str | None:
    """The name of the global that an instruction reads or writes; or that it loads as a constant."""
    name = instruction.opcode.name
    if name == "LOADK":
        return _as_name(proto.constants[instruction.bx])
    if name not in (_READS, _WRITES):
        return None
    upvalue, key = (instruction.b, instruction.rk_c) if name == _READS else (instruction.a, instruction.rk_b)
    if not key.is_constant or proto.upvalues[upvalue].name != b"_ENV":
        return None
    return _as_name(proto.constants[key.index])


def _as_name(constant: Constant) -> str | None:
    if not isinstance(constant, bytes) or re.fullmatch(rb"[A-Za-z_][A-Za-z0-9_]*", constant) is None:
        return None
    return None if constant.decode() in KEYWORDS else constant.decode()
