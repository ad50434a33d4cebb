"""Instructions as lines of text, for comments where no Lua stands for them."""

from __future__ import annotations

from aidec.bytecode import Instruction, Proto


def listed(proto: Proto, pc: int) -> str:
    """An instruction as ``luac -l`` counts and names it, with the operands that its opcode uses."""
    instruction = Instruction(proto.code[pc])
    opcode = instruction.opcode
    if opcode.mode == "iABC":
        operands = [instruction.a]
        operands += [instruction.b] * (opcode.b != "OpArgN") + [instruction.c] * (opcode.c != "OpArgN")
    elif opcode.mode == "iABx":
        operands = [instruction.a, instruction.bx]
    elif opcode.mode == "iAsBx":
        operands = [instruction.a, instruction.sbx]
    else:
        operands = [instruction.ax]
    name = opcode.name if opcode.is_known else f"{opcode.name} {opcode.number}"
    return f"{pc + 1} {name} {' '.join(map(str, operands))}"


def listing_of(proto: Proto) -> list[str]:
    """A function's instructions, then its constants."""
    instructions = [listed(proto, pc) for pc in range(len(proto.code))]
    return instructions + [f"constant {number}: {constant!r}" for number, constant in enumerate(proto.constants)]
