"""What the pieces of a chunk are made of: text; ``aidec.tokenizers.chunk_ids`` makes them of ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aidec.bytecode import exact
from aidec.kernels import Column, Ints, Piece, remembered
from aidec.packs.elements import Rows
from aidec.packs.holes import Form, Hole

if TYPE_CHECKING:
    from aidec.packs.rendering import Unit

CACHE_SIZE = 1 << 17
"""How many things of a kind are remembered; then all of them are forgotten."""

LONGEST_REMEMBERED = 64
"""How many characters a text, or bytes a constant, may have for what is made of it to be remembered."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a form that is filled in.

    Attributes:
        holes: the holes in it.
        text: what a medium needs to know of the text around them.
        is_first: whether a unit starts with it.
    """

    holes: tuple[Hole, ...]
    text: str = ""
    is_first: bool = False


class Medium(Protocol):
    """What pieces are made of."""

    def piece(self, text: str) -> Piece:
        """The piece for a text that stands between others."""

    def text(self, piece: Piece) -> str:
        """A piece as text, where that can be; templates that do more with a list than print it want it."""

    def check(self, form: Form, unit: Unit) -> None:
        """Raise where a unit's form can't be put together of pieces."""

    def split(self, form: Form) -> tuple[list[Piece], list[Slot]]:
        """A text with holes of the kinds ``integer`` and ``text`` as slots, and one piece more around them."""

    def column(self, slot: Slot, rows: Rows, own: Sequence[int] | None) -> Column:
        """What stands in a slot, in each row; in all but its own (None: all are) it is anything."""

    def numbers(self, numbers: Ints) -> Column:
        """Integers, one in each row."""


class Table(dict[Any, Any]):
    """The pieces of values, made when they are first met, and remembered up to a bound."""

    def __init__(self, make: Callable[[Any], Piece]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, value: Any) -> Piece:
        piece = self.make(value)
        if len(self) >= CACHE_SIZE:
            self.clear()
        self[value] = piece
        return piece


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


def in_rows(pieces: list[Piece], rows: Rows, own: Sequence[int] | None, empty: Piece) -> list[Piece]:
    """The pieces of its own rows as a column of all."""
    if own is None:
        return pieces
    column = [empty] * rows.size
    for place, piece in zip(own, pieces, strict=True):
        column[place] = piece
    return column


def own_values(hole: Hole, rows: Rows, own: Sequence[int] | None) -> Sequence[Any]:
    """What a hole prints in its own rows."""
    values = hole.values(rows)
    return values if own is None else list(map(values.__getitem__, own))


class Text:
    """Pieces that are text."""

    def __init__(self) -> None:
        self.spelled: dict[Hole, Spelled] = {}

    def piece(self, text: str) -> str:
        """The text itself."""
        return text

    text = piece

    def check(self, form: Form, unit: Unit) -> None:
        """Any can."""

    def split(self, form: Form) -> tuple[list[str], list[Slot]]:
        """A slot for each hole."""
        fixed = [""]
        slots = []
        for part in form:
            if isinstance(part, Hole):
                slots.append(Slot((part,)))
                fixed.append("")
            else:
                fixed[-1] += part
        return fixed, slots

    def column(self, slot: Slot, rows: Rows, own: Sequence[int] | None) -> Column:
        """Decimal digits, or what a filter makes of values."""
        (hole,) = slot.holes
        if hole.kind == "integer" and (integers := hole.integers(rows, own)) is not None:
            return self.numbers(integers)
        if hole not in self.spelled:
            self.spelled[hole] = Spelled(hole.spell)
        return in_rows(self.spelled[hole].all(own_values(hole, rows, own)), rows, own, "")

    def numbers(self, numbers: Ints) -> Column:
        """Their decimal digits."""
        return None, numbers
