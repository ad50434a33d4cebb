"""The names of a stripped function's upvalues, found by compiling its source until the code is the same.

Where a function is compiled with no locals around it, its upvalues become globals. The first instruction that then
differs from the function as it was is the use of one of them, and says its name. Or it is the one behind that:
``f.f`` reads f from _ENV and f from that, and where f is an upvalue it reads f from f, which looks like the first half.
"""

from __future__ import annotations

from aidec.bytecode import Proto
from aidec.bytecode.instruction import BITRK, Instruction
from aidec.bytecode.model import exact
from aidec.dataset.functions import compile_alone, upvalue_names

_READS, _WRITES = "GETTABUP", "SETTABUP"
_OF_UPVALUES = ("GETUPVAL", "SETUPVAL", _READS)


def names_of(proto: Proto, source: bytes) -> list[str]:
    """What the upvalues of a function are called, but for ``_ENV`` where the function is stripped; in any order.

    Args:
        proto: the function, stripped or not.
        source: its text, as ``aidec.dataset.functions`` finds it.

    Raises:
        CompileError: the text is not a function.
    """
    known = [name for name in upvalue_names(proto) if name is not None]
    if len(known) == len(proto.upvalues):
        return known
    names: list[str] = []
    while True:
        name = _first_difference(compile_alone(source, names), proto)
        if name is None or name in names:
            return names
        names.append(name)


def _first_difference(ours: Proto, theirs: Proto) -> str | None:
    """The global that our first instruction that is another than theirs uses, or else the last one used before it."""
    for mine, other in zip(ours.walk(), theirs.walk(), strict=False):
        for pc, (word, another) in enumerate(zip(mine.code, other.code, strict=False)):
            if _operation(mine, word) != _operation(other, another):
                used = (_global(mine, Instruction(before)) for before in reversed(mine.code[: pc + 1]))
                return next((name for name in used if name is not None), None)
    return None


def _operation(proto: Proto, word: int) -> tuple[object, ...]:
    """What an instruction does, without which constant and which upvalue that is, and without how far it jumps."""
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
    """The name of the global that an instruction reads or writes."""
    name = instruction.opcode.name
    if name not in (_READS, _WRITES):
        return None
    upvalue, key = (instruction.b, instruction.rk_c) if name == _READS else (instruction.a, instruction.rk_b)
    if not key.is_constant or proto.upvalues[upvalue].name != b"_ENV":
        return None
    constant = proto.constants[key.index]
    return constant.decode() if isinstance(constant, bytes) else None
