"""Whether the operands of a function's arithmetic can only be numbers, so that no metamethod is ever called for it."""

from __future__ import annotations

from aidec.bytecode import Instruction, Proto
from aidec.bytecode.instruction import BITRK, setlist_counts
from aidec.decompiler.opcodes import EFFECTS, Place, Sum

ARITHMETIC = {name for name, effect in EFFECTS.items() if effect.operator in {*"+-*/%^&|~", "//", "<<", ">>"}}
"""The opcodes of arithmetic and bitwise operations; those with constants and registers, and those with one operand."""

COUNTING = {"FORPREP", "FORLOOP"}
"""Opcodes that write numbers alone."""


def is_on_numbers(proto: Proto) -> bool:
    """Whether every operand of arithmetic in a function, not in those inside it, can only be a number.

    It is told of a register by all that is ever written to it, wherever that is: constants, the results of arithmetic
    on such registers, the variable of a numeric loop. So True is certain, and False may only be unknown.
    """
    instructions = [Instruction(word) for word in proto.code]
    skipped = setlist_counts(proto.code)
    written = [
        (register, instruction)
        for pc, instruction in enumerate(instructions)
        if pc not in skipped
        for place in EFFECTS[instruction.opcode.name].writes
        if place.kind == "R"
        for register in _registers(place, instruction, proto)
    ]
    captured = {upvalue.index for inner in proto.protos for upvalue in inner.upvalues if upvalue.in_stack}
    numbers = set(range(proto.num_params, proto.max_stack_size)) - captured
    while True:
        others = {register for register, instruction in written if not _gives_number(instruction, proto, numbers)}
        if not others & numbers:
            break
        numbers -= others
    operations = (instruction for instruction in instructions if instruction.opcode.name in ARITHMETIC)
    return all(_are_numbers(instruction, proto, numbers) for instruction in operations)


def _registers(place: Place, instruction: Instruction, proto: Proto) -> range:
    """The registers that an instruction writes; up to the highest one where it may write any number of them."""
    first = _sum_of(place.first, instruction)
    if place.open is not None and getattr(instruction, place.open) == 0:
        return range(first, proto.max_stack_size)
    return range(first, _sum_of(place.last or place.first, instruction) + 1)


def _sum_of(total: Sum, instruction: Instruction) -> int:
    """The sum of operands of an instruction and a number."""
    operands: list[int] = [getattr(instruction, name) for name in total.operands]
    return sum(operands) + total.number


def _gives_number(instruction: Instruction, proto: Proto, numbers: set[int]) -> bool:
    """Whether an instruction writes numbers alone, if some registers have numbers alone."""
    name = instruction.opcode.name
    if name == "LOADK":
        return _is_number(proto, instruction.bx)
    if name == "MOVE":
        return instruction.b in numbers
    return name in COUNTING or (name in ARITHMETIC and _are_numbers(instruction, proto, numbers))


def _are_numbers(instruction: Instruction, proto: Proto, numbers: set[int]) -> bool:
    """Whether the operands of arithmetic are numbers."""
    operands = [getattr(instruction, place.first.operands[0]) for place in EFFECTS[instruction.opcode.name].places]
    return all(_is_number(proto, each - BITRK) if each >= BITRK else each in numbers for each in operands)


def _is_number(proto: Proto, constant: int) -> bool:
    value = proto.constants[constant]
    return isinstance(value, int | float) and not isinstance(value, bool)
