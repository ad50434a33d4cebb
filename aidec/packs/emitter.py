"""What a layout's text is emitted as: pieces of text; ``aidec.tokenizers.chunk_ids`` emits ids.

An emitter plans a layout, that is, it says what is made for all rows together, and makes the columns of slots.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from aidec.bytecode import exact
from aidec.kernels import Column, Ints, Piece, remembered, rows_with, take
from aidec.packs.expression import Expression, Functions, Read, merged, reads
from aidec.packs.layout import (
    Choice,
    Computed,
    Integers,
    Layout,
    Literal,
    Nested,
    Node,
    Slot,
    joined,
    reads_of,
    spelling_of,
    walk,
)
from aidec.packs.names import names
from aidec.packs.rows import KIND, Rows

CACHE_SIZE = 1 << 17
"""How many things of a sort are remembered; then all of them are forgotten."""

LONGEST_REMEMBERED = 64
"""How many characters a text, or bytes a constant, may have for what is made of it to be remembered."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Text that is the same in all rows."""

    text: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot, and the text around it that is emitted with it."""

    slot: Slot
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A layout that is printed once for each value of what it reads.

    Attributes:
        body: the layout, without lists.
        paths: the values that it needs.
        reads: what decides them.
    """

    body: Layout
    paths: tuple[str, ...]
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """A choice.

    Attributes:
        tests: its tests.
        paths: the values that they need.
        reads: what decides them.
        branches: what is emitted for each branch.
    """

    tests: tuple[Expression, ...]
    paths: tuple[str, ...]
    reads: tuple[Read, ...]
    branches: tuple[Plan, ...]


Step: TypeAlias = "Fixed | Filled | Keyed | Switch | Nested | Integers"
Plan: TypeAlias = "tuple[Step, ...]"


class Subset:
    """Some rows: those with one number.

    Attributes:
        codes: a number for each row of all.
        number: the number of these.
    """

    def __init__(self, codes: Ints, number: int, count: int) -> None:
        self.codes = codes
        self.number = number
        self.count = count

    @cached_property
    def rows(self) -> list[int]:
        """The rows."""
        return rows_with(self.codes, self.number)

    @cached_property
    def mask(self) -> Ints:
        """1 for these rows, 0 for all others."""
        return take(self.codes, [int(number == self.number) for number in range(self.count)])


class Emitter(Protocol):
    """Makes pieces."""

    empty: Piece

    def piece(self, text: str) -> Piece:
        """The piece for a text."""

    def whole(self, text: str) -> Piece:
        """The piece for the text of a unit whose layout is not known."""

    def plan(self, layout: Layout, unit: str) -> Plan:
        """What is made of a unit's layout for all rows together."""

    def column(self, filled: Filled, rows: Rows, subset: Subset | None) -> Column:
        """What stands in a slot, in each row; in rows that are not of the subset it is anything."""

    def numbers(self, numbers: Ints) -> Column:
        """Integers, one in each row."""


class Memory(dict[Any, Any]):
    """What is made of values, made when they are first met, and remembered up to a bound."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, value: Any) -> Any:
        made = self.make(value)
        if len(self) >= CACHE_SIZE:
            self.clear()
        self[value] = made
        return made


class Spelled:
    """The pieces of what a filter makes of values; those of short ones are remembered."""

    def __init__(self, make: Callable[[Any], Piece]) -> None:
        self.make = make
        self.known: dict[Any, Piece] = {}

    def all(self, values: Sequence[Any]) -> list[Piece]:
        """The pieces of values: constants, or names."""
        pieces = remembered(self.known, list(values), exact, self.make, LONGEST_REMEMBERED)
        if len(self.known) > CACHE_SIZE:
            self.known.clear()
        return pieces


def slot_values(slot: Slot, rows: Rows, subset: Subset | None) -> Sequence[Any]:
    """The values of a slot, in the rows of a subset, or in all."""
    column = rows.column(slot.path)
    return column if subset is None else list(map(column.__getitem__, subset.rows))


def in_rows(pieces: list[Piece], rows: Rows, subset: Subset | None, empty: Piece) -> list[Piece]:
    """The pieces of a subset as a column of all rows."""
    if subset is None:
        return pieces
    column = [empty] * rows.size
    for place, piece in zip(subset.rows, pieces, strict=True):
        column[place] = piece
    return column


def slot_integers(slot: Slot, rows: Rows, subset: Subset | None) -> Ints | None:
    """The integers that a slot prints in each row; in rows that are not of the subset they are anything.

    None where they do not fit: differences of two numbers of 64 bits may not.

    Raises:
        TypeError: one is None.
    """
    few = rows.few(slot.path)
    own: Iterable[int] = range(rows.size) if subset is None else subset.rows
    if few is not None:
        if not all(map(few.__contains__, own)):
            raise TypeError("none is no integer")
        return _filled_in(few, few, rows.size)
    column = rows.column(slot.path)
    if slot.filter == "length":
        column = list(map(len, column))
    if not isinstance(column, list):
        return column  # type: ignore[return-value]  # so it is Ints
    try:
        return array("q", column)
    except OverflowError:
        return None
    except TypeError:
        return _filled_in(column, own, rows.size)


def _filled_in(values: Any, places: Iterable[int], size: int) -> Ints:
    """As many integers as there are rows, with the values of some places."""
    found = array("q", bytes(8 * size))
    for place in places:
        found[place] = values[place]
    return found


def is_integer(slot: Slot) -> bool:
    """Whether a slot prints an integer in decimal."""
    return slot.filter in ("", "length")


def is_few(read: Read) -> bool:
    """Whether few values of it occur in any case: what kind an instruction is of, whether something is there."""
    return read.aspect in ("truth", "type") or read.path == KIND


class TextEmitter:
    """Emits text."""

    empty = ""

    def __init__(self, filters: Functions) -> None:
        self.spelled = Memory(lambda slot: Spelled(spelling_of(slot, filters)))

    def piece(self, text: str) -> str:
        """The text itself."""
        return text

    whole = piece

    def plan(self, layout: Layout, unit: str) -> Plan:  # noqa: ARG002 (an emitter of ids asks)
        """Neighbours that are the same text in all rows, or read the same few values, are made together."""
        steps: list[Fixed | Keyed | Any] = []
        for step in map(self._step, layout):
            if steps and (both := together(steps[-1], step)) is not None:
                steps[-1] = both
            else:
                steps.append(step)
        return tuple(steps)

    def _step(self, node: Node) -> Step:
        if isinstance(node, Literal):
            return Fixed(node.text)
        if isinstance(node, Slot):
            return Filled(node)
        if isinstance(node, (Nested, Integers)):
            return node
        if isinstance(node, Computed) or decides_little(node):
            return as_keyed((node,))
        return as_switch(node, tuple([self.plan(branch, "") for branch in node.branches]))

    def column(self, filled: Filled, rows: Rows, subset: Subset | None) -> Column:
        """Decimal digits, or what a filter makes of values."""
        slot = filled.slot
        if is_integer(slot) and (integers := slot_integers(slot, rows, subset)) is not None:
            return self.numbers(integers)
        return in_rows(self.spelled[slot].all(slot_values(slot, rows, subset)), rows, subset, "")

    def numbers(self, numbers: Ints) -> Column:
        """Their decimal digits."""
        return None, numbers


def decides_little(choice: Choice) -> bool:
    """Whether few values decide all that is printed in a choice."""
    inner = [*walk((choice,))]
    return not any(isinstance(node, (Slot, Nested, Integers)) for node in inner) and all(
        map(is_few, as_keyed((choice,)).reads)
    )


def as_keyed(body: Layout) -> Keyed:
    """The step that prints a layout for each value of what it reads."""
    found = reads_of(body)
    return Keyed(body, _paths(found), _decisive(found))


def as_switch(choice: Choice, branches: tuple[Plan, ...]) -> Switch:
    """The step of a choice whose branches are planned."""
    found = merged(read for test in choice.tests for read in reads(test, "truth"))
    return Switch(choice.tests, _paths(found), _decisive(found), branches)


def _paths(found: Iterable[Read]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read.path for read in found))


def _decisive(found: Iterable[Read]) -> tuple[Read, ...]:
    """What decides all that is read: of an instruction its kind, where that does."""
    return tuple(dict.fromkeys(Read(of) if (of := names()[read.path].of) else read for read in found))


def together(one: Step, other: Step) -> Fixed | Keyed | None:
    """Two neighbours as one step, if they are the same text in all rows, or read the same few values."""
    if isinstance(one, Fixed) and isinstance(other, Fixed):
        return Fixed(one.text + other.text)
    if not isinstance(one, (Fixed, Keyed)) or not isinstance(other, (Fixed, Keyed)):
        return None
    first, second = (step.reads if isinstance(step, Keyed) else () for step in (one, other))
    both = max(first, second, key=len)
    if not all(map(is_few, both)) or not {*first, *second} <= {*both}:
        return None
    return as_keyed(joined([*_body(one), *_body(other)]))


def _body(step: Fixed | Keyed) -> Layout:
    return step.body if isinstance(step, Keyed) else (Literal(step.text),)
