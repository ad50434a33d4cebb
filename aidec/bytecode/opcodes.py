"""The instruction set, as ``opcodes.yaml`` declares it."""

from __future__ import annotations

from dataclasses import dataclass

from aidec.generated import tables


@dataclass(frozen=True, slots=True)
class Opcode:
    """An opcode and its properties, which ``opcodes.yaml`` explains.

    Numbers 47 to 63 fit the 6 bits of an opcode but mean nothing to Lua 5.3. Their name is UNKNOWN, their mode iNone,
    the kind of their operands OpArgNone.
    """

    number: int
    name: str
    mode: str
    is_test: int
    sets_a: int
    b: str
    c: str
    inline: str
    jump: str
    does: str

    @property
    def is_known(self) -> bool:
        """Whether Lua 5.3 has this opcode."""
        return self.mode != "iNone"


_UNKNOWN = ("UNKNOWN", "iNone", 0, 0, "OpArgNone", "OpArgNone", "never", "never", "not an opcode of Lua 5.3")

OPCODES: tuple[Opcode, ...] = tuple(
    [Opcode(number, *row) for number, row in enumerate([*tables.OPCODES, *[_UNKNOWN] * (64 - len(tables.OPCODES))])]
)
"""The opcodes of all 64 numbers, in their order."""
