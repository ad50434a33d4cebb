"""What luac keeps to in all that it writes: which operands an instruction can have, and what can follow it.

lcode.c and lparser.c make sure of it and lvm.c relies on it, so code that breaks these rules was not written by luac,
or has other opcodes than the official ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from aidec.bytecode.instruction import Instruction, setlist_counts
from aidec.bytecode.model import Proto
from aidec.bytecode.opcodes import OPCODES

_NO_REGISTER = {"EQ", "LT", "LE", "SETTABUP", "EXTRAARG", "JMP"}
"""The opcodes whose A is no register."""

_FOLLOWED_BY = {
    **dict.fromkeys(("EQ", "LT", "LE", "TEST", "TESTSET"), "JMP"),
    "TFORCALL": "TFORLOOP",
    "LOADKX": "EXTRAARG",
}
"""What comes after an opcode."""

_LAST_REGISTER: dict[str, Callable[[Instruction], int]] = {
    "LOADNIL": lambda i: i.a + i.b,
    "SELF": lambda i: i.a + 1,
    "CALL": lambda i: i.a + max(i.b - 1, i.c - 2, 0),
    "TAILCALL": lambda i: i.a + max(i.b - 1, 0),
    "RETURN": lambda i: i.a + max(i.b - 2, 0),
    "VARARG": lambda i: i.a + max(i.b - 2, 0),
    "FORLOOP": lambda i: i.a + 3,
    "FORPREP": lambda i: i.a + 3,
    "TFORCALL": lambda i: i.a + 2 + i.c,
    "TFORLOOP": lambda i: i.a + 2,
    "SETLIST": lambda i: i.a + i.b,
}
"""The last of the registers that an instruction uses from A on."""

_UPVALUE = {"GETUPVAL": "b", "SETUPVAL": "b", "GETTABUP": "b", "SETTABUP": "a"}
"""Which operand is the number of an upvalue."""

_FLAG = {"EQ": "a", "LT": "a", "LE": "a", "LOADBOOL": "b", "TEST": "c", "TESTSET": "c"}
"""Which operand is 0 or 1."""


_GLANCE = 64
"""How many instructions are looked at where looking must cost next to nothing."""
_LETTERS = dict(zip(sorted(set(_FOLLOWED_BY.values())), "xyz", strict=True))
"""A letter for each opcode that comes after others: in upper case for itself, in lower case for those."""
_PAIRS = tuple([(letter.encode(), (letter + letter.upper()).encode()) for letter in _LETTERS.values()])
_LETTER_OF = {name: _LETTERS[after] for name, after in _FOLLOWED_BY.items()}
_LETTER_OF |= {after: letter.upper() for after, letter in _LETTERS.items()}
_TO_LETTERS = "".join([_LETTER_OF.get(OPCODES[byte & 63].name, ".") for byte in range(256)]).encode()
"""The letter of the opcode of an instruction, by the byte of the instruction that holds the opcode."""
_OPCODE_BYTE = 0 if sys.byteorder == "little" else 3


def breaks_rules(proto: Proto) -> bool:
    """Whether a function shows at a glance that luac did not write it: by its end, or by what follows what.

    Code with other opcodes nearly always does; ``broken_rules`` looks at every instruction.
    """
    code = proto.code
    if not code or OPCODES[code[-1] & 63].name != "RETURN":
        return bool(code)
    letters = code[:_GLANCE].tobytes()[_OPCODE_BYTE::4].translate(_TO_LETTERS)
    return any(letters.count(before, 0, -1) != letters.count(pair) for before, pair in _PAIRS)


def broken_rules(proto: Proto) -> Iterator[tuple[int, str]]:
    """The pc of each instruction of a function that breaks a rule, and the first rule that it breaks."""
    words = proto.code
    counts = setlist_counts(words)
    for pc, word in enumerate(words):
        if pc in counts:
            continue
        rule = _broken(proto, pc, Instruction(word))
        if rule is not None:
            yield pc, rule


def _broken(proto: Proto, pc: int, instruction: Instruction) -> str | None:
    opcode = instruction.opcode
    if not opcode.is_known:
        return f"opcode {opcode.number} is none"
    if pc + 1 == len(proto.code) and opcode.name != "RETURN":
        return f"{opcode.name} is the last instruction, where RETURN is expected"
    if not instruction.is_regular:
        return f"{opcode.name} has an operand that it does not use, or a register above 255"
    after = Instruction(proto.code[pc + 1]).opcode.name if pc + 1 < len(proto.code) else ""
    if _FOLLOWED_BY.get(opcode.name, after) != after:
        return f"{_FOLLOWED_BY[opcode.name]} is expected after {opcode.name}, {after} follows"
    if opcode.name == "EXTRAARG" and (pc == 0 or Instruction(proto.code[pc - 1]).opcode.name != "LOADKX"):
        return "EXTRAARG is the operand of no instruction"
    return _operand_out_of_range(proto, pc, instruction)


def _operand_out_of_range(proto: Proto, pc: int, instruction: Instruction) -> str | None:
    opcode = instruction.opcode
    name = opcode.name
    has_register = name in _NO_REGISTER or _last_register(instruction) < proto.max_stack_size
    if not has_register or not all(_operands_are_there(proto, instruction)):
        return f"{name} uses a register or a constant that the function does not have"
    if name == "CLOSURE" and instruction.bx >= len(proto.protos):
        return "CLOSURE makes a function that is not there"
    if name in _UPVALUE and getattr(instruction, _UPVALUE[name]) >= len(proto.upvalues):
        return f"{name} uses an upvalue that the function does not have"
    if name in _FLAG and getattr(instruction, _FLAG[name]) > 1:
        return f"{name} has an operand that is neither 0 nor 1"
    if instruction.is_jump and not 0 <= pc + 1 + instruction.sbx < len(proto.code):
        return f"{name} jumps out of the function"
    return None


def _operands_are_there(proto: Proto, instruction: Instruction) -> Iterator[bool]:
    """For each register and constant that is B, C or Bx, whether the function has it."""
    opcode, registers, constants = instruction.opcode, proto.max_stack_size, len(proto.constants)
    if opcode.name == "LOADK":
        yield instruction.bx < constants
    if opcode.mode != "iABC":
        return
    for kind, value, rk in (
        (opcode.b, instruction.b, instruction.rk_b),
        (opcode.c, instruction.c, instruction.rk_c),
    ):
        if kind == "OpArgR":
            yield value < registers
        elif kind == "OpArgK":
            yield rk.index < (constants if rk.is_constant else registers)


def _last_register(instruction: Instruction) -> int:
    last = _LAST_REGISTER.get(instruction.opcode.name)
    return last(instruction) if last else instruction.a
