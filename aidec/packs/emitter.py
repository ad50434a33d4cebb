"""What layouts are emitted as: pieces of text; ``aidec.tokenizers.chunk_ids`` emits ids."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

from aidec.bytecode import exact
from aidec.kernels import Column, Ints, Piece, remembered, rows_with, take
from aidec.packs.expression import Functions
from aidec.packs.layout import Slot, spelled, spelling_of
from aidec.packs.plan import Filled, Plan, is_integer
from aidec.packs.rows import Rows
from aidec.packs.units import Unit

CACHE_SIZE = 1 << 17
"""How many things of a sort are remembered; then all of them are forgotten."""

LONGEST_REMEMBERED = 64
"""How many characters a text, or bytes a constant, may have for what is made of it to be remembered."""


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
    def rows(self) -> Ints:
        """The rows."""
        return rows_with(self.codes, self.number)

    @cached_property
    def mask(self) -> Ints:
        """1 for these rows, 0 for all others."""
        return take(self.codes, [int(number == self.number) for number in range(self.count)])

    @cached_property
    def ordinals(self) -> Ints:
        """For each of these rows its number among them, from 1 on; for others 0."""
        found = array("i", bytes(4 * len(self.codes)))
        for ordinal, row in enumerate(self.rows, 1):
            found[row] = ordinal
        return found


class Emitter(Protocol):
    """Makes pieces."""

    empty: Piece

    def piece(self, text: str) -> Piece:
        """The piece for a text."""

    def whole(self, text: str) -> Piece:
        """The piece for the text of a unit that Jinja2 renders; an emitter may refuse it."""

    def plan(self, unit: Unit) -> Plan:
        """What is made of a unit that has a layout."""

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
    return rows.column(slot.path) if subset is None else rows.values(slot.path, subset.rows)


def in_rows(pieces: list[Piece], subset: Subset | None, empty: Piece) -> Column:
    """The pieces of a subset as a column of all rows."""
    return pieces if subset is None else ([empty, *pieces], subset.ordinals)


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


def _printed_by(spelling: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda value: spelled(spelling(value))


class TextEmitter:
    """Emits text."""

    empty = ""

    def __init__(self, filters: Functions) -> None:
        self.spelled = Memory(lambda slot: Spelled(_printed_by(spelling_of(slot, filters))))
        self.called = Memory(lambda call: Spelled(lambda value: spelled(filters[call[0]](value, *call[1:]))))

    def piece(self, text: str) -> str:
        """The text itself."""
        return text

    whole = piece

    def plan(self, unit: Unit) -> Plan:
        """The plan of a unit by which text is made."""
        return unit.plan.text

    def column(self, filled: Filled, rows: Rows, subset: Subset | None) -> Column:
        """Decimal digits, or what a filter makes of values."""
        slot = filled.slot
        if is_integer(slot) and (integers := slot_integers(slot, rows, subset)) is not None:
            return self.numbers(integers)
        values = slot_values(slot, rows, subset)
        pieces = self._called(filled, values, rows, subset) if filled.arguments else self.spelled[slot].all(values)
        return in_rows(pieces, subset, "")

    def _called(self, filled: Filled, values: Sequence[Any], rows: Rows, subset: Subset | None) -> list[str]:
        """What a filter with arguments makes of values."""
        places = range(rows.size) if subset is None else subset.rows
        columns = [
            [part] * len(places) if kind == "const" else rows.values(part, places) for kind, part in filled.arguments
        ]
        calls = set(zip(*columns, strict=True))
        if len(calls) == 1:
            pieces: list[str] = self.called[(filled.slot.filter, *calls.pop())].all(values)
            return pieces
        called = zip(values, zip(*columns, strict=True), strict=True)
        return [self.called[(filled.slot.filter, *call)].all([value])[0] for value, call in called]

    def numbers(self, numbers: Ints) -> Column:
        """Their decimal digits."""
        return None, numbers
