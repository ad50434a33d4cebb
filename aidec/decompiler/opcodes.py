"""What each opcode does, as ``opcodes.yaml`` declares it: the places that it reads and writes, and its value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aidec.common.settings import load_yaml
from aidec.lua.nodes import Binary, Expression, Unary

_PLACE = re.compile(r"(?<!\w)(RK|R|K|U|P)\(([^()]+)\)")
_TERM = re.compile(r"([+-]?)([A-Za-z]+|[0-9]+)")
_BINARY = re.compile(r"_ (\S+) _")
_UNARY = re.compile(r"([-~#]|not )_")
_TOP = " or top"


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that an instruction says: its operands with these names, and a number, added up."""

    operands: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place that an opcode reads or writes.

    Attributes:
        kind: ``R``, a register; ``K``, a constant; ``RK``, one of both; ``U``, an upvalue; ``P``, a function inside.
        first: its number.
        last: the number of the last of several registers; None if it is one.
        open: the operand that is 0 where the registers go on to the top; None if none does.
    """

    kind: str
    first: Sum
    last: Sum | None = None
    open: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an opcode does.

    Attributes:
        name: the opcode's name.
        form: the value, with ``_`` for each place in it: ``_ + _``.
        places: the places in the value, in their order.
        target: what is written, likewise: ``_[_]`` is a field.
        targets: the places in that, in their order.
        test: the condition that it tests, likewise.
        tested: the places in that, in their order.
        reads: what it reads besides.
        operator: that of a value or a test that is one operation on its operands.
        when: the operand that says which outcome of a test jumps.
        next: how it goes on: ``jump``, ``either``, ``test``, ``return`` or, with the next instruction, ``""``.
        word: when the next word is an operand: ``always``, ``C is 0``, or ``""`` for never.
        skips: the operand that says whether the next instruction is skipped.
        closes: the operand that says which upvalues are closed.
    """

    name: str
    form: str
    places: tuple[Place, ...]
    target: str
    targets: tuple[Place, ...]
    test: str
    tested: tuple[Place, ...]
    reads: tuple[Place, ...]
    operator: str
    when: str
    next: str
    word: str
    skips: str
    closes: str

    def operation(self, nodes: Sequence[Expression]) -> Expression:
        """The operation on its operands."""
        return Unary(self.operator, nodes[0]) if self.is_unary else Binary(nodes[0], self.operator, nodes[1])

    @property
    def is_binary(self) -> bool:
        """Whether its value is a binary operation."""
        return bool(_BINARY.fullmatch(self.form))

    @property
    def is_unary(self) -> bool:
        """Whether its value is a unary operation."""
        return bool(_UNARY.fullmatch(self.form))

    @property
    def writes(self) -> tuple[Place, ...]:
        """The registers and upvalues that it writes; where it stores in a table, none."""
        return () if "[" in self.target else self.targets

    @property
    def uses(self) -> tuple[Place, ...]:
        """All places that it reads."""
        stored = self.targets if "[" in self.target else ()
        return (*stored, *self.places, *self.tested, *self.reads)


def _sum(text: str) -> Sum:
    """``A+B-1`` as the operands and the number that it adds up."""
    terms = [(f"{sign}{word}", word) for sign, word in _TERM.findall(text.replace(" ", ""))]
    numbers = [int(signed) for signed, word in terms if word.isdigit()]
    return Sum(tuple(word.lower() for _, word in terms if not word.isdigit()), sum(numbers))


def _place(kind: str, text: str) -> Place:
    first, several, last = text.removesuffix(_TOP).partition("..")
    end = _sum(last) if several else None
    return Place(kind, _sum(first), end, end.operands[-1] if end is not None and text.endswith(_TOP) else None)


def _form(text: str) -> tuple[str, tuple[Place, ...]]:
    """A text of ``opcodes.yaml`` with ``_`` for each place, and the places."""
    return _PLACE.sub("_", text), tuple([_place(kind, inside) for kind, inside in _PLACE.findall(text)])


def _effect(row: dict[str, str]) -> Effect:
    """A row of ``opcodes.yaml``."""
    form, places = _form(row.get("value", ""))
    target, targets = _form(row.get("to", ""))
    test, tested = _form(row.get("test", ""))
    operation = _BINARY.fullmatch(test or form) or _UNARY.fullmatch(test or form)
    operator = operation[1].strip() if operation else ""
    words = [row.get(key, "") for key in ("next", "word")]
    operands = {key: row.get(key, "").lower() for key in ("when", "skips", "closes")}
    return Effect(
        row["name"], form, places, target, targets, test, tested, _form(row.get("reads", ""))[1],
        operator, operands["when"], words[0], words[1], operands["skips"], operands["closes"],
    )  # fmt: skip


EFFECTS = {row["name"]: _effect(row) for row in load_yaml(Path(__file__).with_name("opcodes.yaml"))}
"""What each opcode does, by its name."""


def operands_of(effect: Effect, *kinds: str) -> tuple[tuple[str, str], ...]:
    """The places of some kinds that an opcode reads or writes and one operand names: the kind, and the operand.

    They stand in the order of the operands. What the next word names is left out.
    """
    found = {(place.first.operands[0], place.kind) for place in (*effect.uses, *effect.writes) if place.kind in kinds}
    return tuple([(kind, operand) for operand, kind in sorted(found) if operand != "ax"])
