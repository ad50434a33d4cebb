"""The instruction set, read from ``opcodes.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aidec.common.settings import load_yaml


@dataclass(frozen=True, slots=True)
class Opcode:
    """An opcode and its properties, as ``opcodes.yaml`` explains them.

    Numbers 47 to 63 fit an instruction's 6 bits but mean nothing to Lua 5.3; their name is UNKNOWN, their mode iNone
    and that of their operands OpArgNone.
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


def _read() -> tuple[Opcode, ...]:
    rows = load_yaml(Path(__file__).with_name("opcodes.yaml"))
    known = [
        Opcode(n, r["name"], r["mode"], r["T"], r["A"], r["B"], r["C"], r["inline"], r["jump"], r["does"])
        for n, r in enumerate(rows)
    ]
    unknown = [
        Opcode(
            n,
            "UNKNOWN",
            "iNone",
            0,
            0,
            "OpArgNone",
            "OpArgNone",
            "never",
            "never",
            "not an opcode of Lua 5.3",
        )
        for n in range(len(known), 64)
    ]
    return tuple(known + unknown)


OPCODES: tuple[Opcode, ...] = _read()
"""All 64 opcode numbers, by number."""
