"""The decoder: a 32-bit word as opcode and operands, and what a word means among its neighbours.

Positions and widths of the fields are those of lopcodes.h (``POS_A``, ``SIZE_A`` and so on).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aidec import kernels
from aidec.bytecode.opcodes import OPCODES, Opcode
from aidec.kernels import MAXARG_SBX, Ints, kinds, offsets_of, operand

BITRK = 1 << 9 - 1


@dataclass(frozen=True, slots=True)
class RK:
    """An operand that is a register or a constant (lopcodes.h: ``ISK``, ``INDEXK``)."""

    is_constant: bool
    index: int


_RKS = tuple(RK(operand >= BITRK, operand & ~BITRK) for operand in range(1 << 9))
"""The register or constant that each value of 9 bits means."""


class Instruction:
    """A view of one instruction word; every property is computed from the word when it is asked for.

    >>> instruction = Instruction(0x80404008)
    >>> instruction.opcode.name, instruction.a, instruction.rk_b, instruction.rk_c
    ('SETTABUP', 0, RK(is_constant=True, index=0), RK(is_constant=True, index=1))
    """

    __slots__ = ("word",)

    def __init__(self, word: int) -> None:
        self.word = word

    def __repr__(self) -> str:
        return f"Instruction({self.word:#010x})"

    def __eq__(self, other: object) -> bool:
        return self.word == other.word if isinstance(other, Instruction) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.word)

    @property
    def opcode(self) -> Opcode:
        """The opcode, from the lowest 6 bits."""
        return OPCODES[self.word & 0x3F]

    @property
    def a(self) -> int:
        """Operand A, 8 bits."""
        return self.word >> 6 & 0xFF

    @property
    def b(self) -> int:
        """Operand B, 9 bits."""
        return self.word >> 23

    @property
    def c(self) -> int:
        """Operand C, 9 bits."""
        return self.word >> 14 & 0x1FF

    @property
    def bx(self) -> int:
        """Operand Bx, 18 bits: those of B and C."""
        return self.word >> 14

    @property
    def bx_high(self) -> int:
        """Bx divided by 256."""
        return self.word >> 22

    @property
    def bx_low(self) -> int:
        """The lowest 8 bits of Bx."""
        return self.word >> 14 & 0xFF

    @property
    def sbx(self) -> int:
        """Operand sBx: Bx less 131071."""
        return (self.word >> 14) - MAXARG_SBX

    @property
    def ax(self) -> int:
        """Operand Ax, 26 bits: those of A, B and C."""
        return self.word >> 6

    @property
    def rk_b(self) -> RK:
        """B as a register or a constant."""
        return _RKS[self.b]

    @property
    def rk_c(self) -> RK:
        """C as a register or a constant."""
        return _RKS[self.c]

    @property
    def kind(self) -> int:
        """What all of its properties but operands depend on: where two words agree on it, they agree on those.

        The opcode in the lowest 6 bits; then the highest bits of B and C (``BITRK``), and whether B and C are 0.
        """
        return kinds(array("I", [self.word]))[0]

    @property
    def is_regular(self) -> bool:
        """Whether its operands are such as luac writes: those not used are 0, and registers are below 256."""
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


_FIELDS = {
    "a": (6, 0xFF, 0),
    "b": (23, 0x1FF, 0),
    "c": (14, 0x1FF, 0),
    "bx": (14, 0x3FFFF, 0),
    "sbx": (14, 0x3FFFF, MAXARG_SBX),
    "ax": (6, 0x3FFFFFF, 0),
    "bx_high": (22, 0x3FF, 0),
    "bx_low": (14, 0xFF, 0),
    "rk_b.index": (23, 0xFF, 0),
    "rk_c.index": (14, 0xFF, 0),
}
"""How far a field is shifted, the bits that remain, and what is taken off."""

COLUMNS: dict[str, Callable[[Ints], Ints]] = {
    "word": lambda words: words,
    "kind": kinds,
    **{path: lambda words, field=field: operand(words, *field) for path, field in _FIELDS.items()},  # type: ignore[misc]
}
"""Properties of many words at once, the same as ``Instruction`` has of one."""

_LIMITS = {"OpArgN": 1, "OpArgU": 512, "OpArgR": 256, "OpArgK": 512}
"""What operands B and C of an opcode are below, by what they are."""

_IS_JUMP, _IS_BEFORE_JUMP = b"\1", b"\2"

_ROLES = b"".join(
    {"self": _IS_JUMP, "next": _IS_BEFORE_JUMP}.get(OPCODES[low & 0x3F].jump, b"\0") for low in range(256)
)
"""What each lowest byte of a word is to jumps."""


def jump_targets(code: Ints, offsets: Ints | None = None) -> dict[int, int]:
    """Where the jumps of a function lead: from each jump's pc to its target's pc, counted from 0.

    A jump is an instruction with a jump of its own (JMP, FORLOOP, FORPREP, TFORLOOP) or one that follows a test or a
    TFORCALL, which take it for one whatever it is. Those that would lead out of the function are left out.

    Args:
        code: its instructions; or those of several functions, one behind the other, where places in it stand for pcs.
        offsets: where these functions start; and at last, where the last one ends.
    """
    return kernels.jump_targets(code, offsets_of([len(code)]) if offsets is None else offsets, _ROLES)


def setlist_counts(code: Sequence[int]) -> frozenset[int]:
    """The pcs of words that are no instructions but the operand of the SETLIST before them (its C is 0)."""
    pcs = set()
    for pc, word in enumerate(code):
        if word & 0x3F == _SETLIST and word >> 14 & 0x1FF == 0 and pc not in pcs:
            pcs.add(pc + 1)
    return frozenset(pcs)


_SETLIST = next(opcode.number for opcode in OPCODES if opcode.name == "SETLIST")
