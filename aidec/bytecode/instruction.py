"""The decoder: a 32-bit word as opcode and operands, and what a word means among its neighbours."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aidec import kernels
from aidec.bytecode.fields import FIELDS, WIDTH, Field
from aidec.bytecode.opcodes import OPCODES, Opcode
from aidec.common.arguments import expect
from aidec.kernels import Ints, kinds, offsets_of

BITRK = 1 << FIELDS["b"].width - 1
"""What an operand B or C has added where, as an RK, it is a constant (lopcodes.h)."""


@dataclass(frozen=True, slots=True)
class RK:
    """An operand that is a register or a constant (lopcodes.h: ``ISK``, ``INDEXK``)."""

    is_constant: bool
    index: int


_RKS = tuple([RK(operand >= BITRK, operand & ~BITRK) for operand in range(2 * BITRK)])
"""The register or constant that each value of B or C means."""

_OPCODE = FIELDS["opcode"].bits


def _operand(name: str) -> Any:
    """A property: the value of a field."""
    return property(_reader(FIELDS[name]), doc=FIELDS[name].doc)


def _rk(name: str) -> Any:
    """A property: the register or constant that the value of a field means."""
    position, mask = FIELDS[name].position, FIELDS[name].mask
    doc = f"{name.upper()} as a register or a constant."
    return property(lambda instruction: _RKS[instruction.word >> position & mask], doc=doc)


def _reader(field: Field) -> Callable[[Instruction], int]:
    """A function that returns what ``Field.take`` does of the word, in as few steps as the field allows."""
    position, mask, offset = field.position, field.mask, field.offset
    if offset:
        return lambda instruction: (instruction.word >> position & mask) - offset
    if position + field.width == WIDTH:
        return lambda instruction: instruction.word >> position
    return lambda instruction: instruction.word >> position & mask


class Instruction:
    """A view of one instruction word; every property is computed from the word when it is asked for.

    >>> instruction = Instruction(0x80404008)
    >>> instruction.opcode.name, instruction.a, instruction.rk_b, instruction.rk_c
    ('SETTABUP', 0, RK(is_constant=True, index=0), RK(is_constant=True, index=1))
    """

    __slots__ = ("word",)

    def __init__(self, word: int) -> None:
        if not isinstance(word, int):
            expect("word", word, int)
        self.word = word

    def __repr__(self) -> str:
        return f"Instruction({self.word:#010x})"

    def __eq__(self, other: object) -> bool:
        return self.word == other.word if isinstance(other, Instruction) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.word)

    @property
    def opcode(self) -> Opcode:
        """The opcode, from the lowest bits."""
        return OPCODES[self.word & _OPCODE]

    a: int = _operand("a")
    b: int = _operand("b")
    c: int = _operand("c")
    bx: int = _operand("bx")
    bx_high: int = _operand("bx_high")
    bx_low: int = _operand("bx_low")
    sbx: int = _operand("sbx")
    ax: int = _operand("ax")
    rk_b: RK = _rk("b")
    rk_c: RK = _rk("c")

    @property
    def kind(self) -> int:
        """A number of 10 bits; words of one kind agree in all properties but their operands.

        The opcode is in the lowest 6 bits. Above it are the highest bits of B and of C (``BITRK``), then whether B is 0
        and whether C is 0.
        """
        return kinds(array("I", [self.word]))[0]

    @property
    def is_regular(self) -> bool:
        """Whether luac could write its operands: those that the opcode does not use are 0, registers are below 256."""
        opcode = self.opcode
        if opcode.mode == "iABC":
            return self.b < _LIMITS[opcode.b] and self.c < _LIMITS[opcode.c]
        return opcode.is_known and (opcode.b != "OpArgN" or opcode.mode != "iABx" or self.bx == 0)

    @property
    def is_inline(self) -> bool:
        """Whether it takes the next instruction as its operand, or may skip it."""
        inline = self.opcode.inline
        return inline == "always" or (inline == "if_c" and self.c != 0) or (inline == "unless_c" and self.c == 0)

    @property
    def is_jump(self) -> bool:
        """Whether it jumps by its own sBx."""
        return self.opcode.jump == "self"


COLUMNS: dict[str, Callable[[Ints], Ints]] = {
    "word": lambda words: words,
    "kind": kinds,
    **{
        name: field.take_all
        for name, field in FIELDS.items()
        if name not in ("opcode", "rk_b.is_constant", "rk_c.is_constant")
    },
}
"""The properties of ``Instruction`` that are integers, of many words at once."""

_LIMITS = {"OpArgN": 1, "OpArgU": 2 * BITRK, "OpArgR": BITRK, "OpArgK": 2 * BITRK}
"""The limit that operands B and C stay below, by the kind of the operand."""

_IS_JUMP, _IS_BEFORE_JUMP = b"\1", b"\2"

_ROLES = b"".join(
    {"self": _IS_JUMP, "next": _IS_BEFORE_JUMP}.get(OPCODES[FIELDS["opcode"].take(low)].jump, b"\0")
    for low in range(256)
)
"""For each lowest byte of a word, which holds the opcode, whether it is a jump, or comes before one."""


def jump_targets(code: Ints, offsets: Ints | None = None) -> dict[int, int]:
    """The target's pc for each jump's pc in a function, both counted from 0.

    A jump is an instruction with a jump of its own (JMP, FORLOOP, FORPREP, TFORLOOP), or one that follows a test or a
    TFORCALL, which take it for a jump whatever its opcode is. A jump that would lead out of the function is left out.

    Args:
        code: the function's instructions; or those of several functions in a row, whose pcs are then places in the row.
        offsets: where each of these functions starts, and after those, where the last one ends.
    """
    expect("code", code, array, bytes, memoryview)
    return kernels.jump_targets(code, offsets_of([len(code)]) if offsets is None else offsets, _ROLES)


def _constant_role(opcode: Opcode) -> int:
    """What the operands of an opcode are, as ``kernels.introductions`` takes it."""
    if opcode.mode == "iABx":
        return int(opcode.b == "OpArgK")
    if opcode.mode != "iABC":
        return 0
    return 2 * (opcode.b == "OpArgK") + 4 * (opcode.c == "OpArgK") + 8 * (opcode.b == "OpArgR")


_CONSTANT_ROLES = bytes(map(_constant_role, OPCODES))


def constant_index(word: int, operand: str) -> int:
    """The index of the constant that an operand means; -1 where it means none, or the instruction is irregular.

    Args:
        word: the instruction.
        operand: ``b``, for B or Bx, or ``c``.
    """
    return kernels.constant_of(word, _CONSTANT_ROLES[word & _OPCODE], int(operand == "c"))


def introductions(code: Ints, offsets: Ints, constants: Ints) -> Ints:
    """What ``kernels.introductions`` says of the instructions of functions, of which irregular ones do not count.

    Args:
        code: the instructions of all functions.
        offsets: where functions start; and at last, where the last one ends.
        constants: the same of their constants.
    """
    return kernels.introductions(code, offsets, constants, _CONSTANT_ROLES)


def setlist_counts(code: Sequence[int]) -> frozenset[int]:
    """The pcs of words that are the operand of the SETLIST before them, whose C is 0, and not instructions."""
    expect("code", code, array, list, tuple, bytes, memoryview)
    pcs = set()
    for pc, word in enumerate(code):
        if word & _OPCODE_AND_C == _SETLIST and pc not in pcs:
            pcs.add(pc + 1)
    return frozenset(pcs)


_OPCODE_AND_C = FIELDS["opcode"].bits | FIELDS["c"].bits
_SETLIST = FIELDS["opcode"].put(next(opcode.number for opcode in OPCODES if opcode.name == "SETLIST"))
