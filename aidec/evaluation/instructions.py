"""How two functions differ in their instructions: the first place, and how alike they are."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from aidec.bytecode import OPCODES, Proto
from aidec.bytecode.fields import FIELDS
from aidec.bytecode.instruction import BITRK
from aidec.bytecode.model import exact
from aidec.decompiler.listing import listed
from aidec.decompiler.proof import difference, first_other
from aidec.evaluation.edits import Distance, distance

_MIDDLE = FIELDS["sbx"].offset
_FORMS = [(opcode.name, opcode.mode, opcode.b == "OpArgK", opcode.c == "OpArgK") for opcode in OPCODES]
"""For each opcode its name and its mode, and whether B, and C, may be a constant."""


def described(ours: Proto, theirs: Proto, *, is_alone: bool = False) -> str | None:
    """The first thing in which two functions differ, such as ``instruction 12: ADD 0 1 2, expected SUB 0 1 2``.

    Instructions are numbered from 1, and have their operands, as ``luac -l`` counts; constants from 0. None if nothing
    differs of what a stripped chunk has.

    Args:
        ours: the function that was compiled.
        theirs: the function that was expected.
        is_alone: ours was compiled by itself, so that its upvalues come from elsewhere.
    """
    found = difference(ours, theirs, is_alone=is_alone)
    if found is None:
        return None
    if found.startswith("instruction"):
        place = first_other(ours.code, theirs.code)
        one, two = (
            listed(proto, place).partition(" ")[2] if place < len(proto.code) else "none" for proto in (ours, theirs)
        )
        return f"instruction {place + 1}: {one}, expected {two}"
    if found == "constants":
        keys = [list(map(exact, proto.constants)) for proto in (ours, theirs)]
        place = first_other(*keys)
        one, two = (
            repr(proto.constants[place]) if place < len(proto.constants) else "none" for proto in (ours, theirs)
        )
        return f"constant {place}: {one}, expected {two}"
    if hasattr(ours, found) and found != "upvalues":
        return f"{found}: {getattr(ours, found)}, expected {getattr(theirs, found)}"
    if found == "upvalues" and len(ours.upvalues) != len(theirs.upvalues):
        return f"upvalues: {len(ours.upvalues)}, expected {len(theirs.upvalues)}"
    return found


def edits_of(ours: Proto, theirs: Proto) -> Distance:
    """How many instructions must be inserted, deleted or replaced to make one function of another."""
    numbers: dict[object, int] = {}
    return distance(operations(ours, numbers), operations(theirs, numbers))


def operations(proto: Proto, numbers: dict[object, int]) -> Sequence[int]:
    """A number for each instruction; instructions with the same number do the same.

    What does not count is the number of a constant, whose value counts, and how far a jump goes, of which the direction
    counts, and the opcode that it leads to. So what is inserted somewhere changes few instructions elsewhere.

    Args:
        proto: the function.
        numbers: the numbers given so far; new ones are added.
    """
    constants = [exact(constant) for constant in proto.constants]
    found = array("L")
    for pc, word in enumerate(proto.code):
        name, mode, b_is_rk, c_is_rk = _FORMS[word & 63]
        a, c, b = word >> 6 & 255, word >> 14 & 511, word >> 23
        key: object
        if mode == "iABC":
            key = (
                name,
                a,
                _constant(constants, b - BITRK) if b_is_rk and b >= BITRK else b,
                _constant(constants, c - BITRK) if c_is_rk and c >= BITRK else c,
            )
        elif mode == "iAsBx":
            steps = (word >> 14) - _MIDDLE
            target = pc + 1 + steps
            key = name, a, steps < 0, proto.code[target] & 63 if 0 <= target < len(proto.code) else None
        elif name == "LOADK":
            key = name, a, _constant(constants, word >> 14)
        else:
            key = word
        found.append(numbers.setdefault(key, len(numbers)))
    return found


def _constant(constants: Sequence[object], number: int) -> object:
    return constants[number] if number < len(constants) else (None, number)
