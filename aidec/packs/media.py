"""What the pieces of a chunk are made of: text; ``aidec.tokenizers.chunk_ids`` makes them of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aidec.packs.elements import Column
from aidec.packs.holes import Form, Hole

if TYPE_CHECKING:
    from aidec.packs.renderer import Unit

Piece = Any
"""A part of the result: ``str``, or, where the result is ids, ``bytes``."""

CACHE_SIZE = 1 << 16
"""How many things of a kind are remembered; then all of them are forgotten."""

Filler = Callable[[Sequence[Column]], Iterable[Piece]]
"""Makes of columns of values, one for each hole, a column of pieces."""


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

    def number(self, number: int) -> Piece:
        """The piece for an integer that stands between others."""

    def numbers(self, numbers: Iterable[int]) -> list[Piece]:
        """The pieces for integers."""

    def text(self, piece: Piece) -> str:
        """A piece as text, where that can be; templates that do more with a list than print it want it."""

    def check(self, form: Form, unit: Unit) -> None:
        """Raise where a unit's form can't be put together of pieces."""

    def split(self, form: Form) -> tuple[list[Piece], list[Slot]]:
        """A text with holes of the kinds ``integer`` and ``text`` as slots, and one piece more around them."""

    def filler(self, slot: Slot) -> Filler:
        """What fills a slot."""


class Table(dict[Any, Any]):
    """The pieces of values, made when they are first met, and remembered up to a bound."""

    def __init__(self, make: Callable[[Any], Piece], bound: int = CACHE_SIZE) -> None:
        super().__init__()
        self.make = make
        self.bound = bound

    def __missing__(self, value: Any) -> Piece:
        piece = self.make(value)
        if len(self) >= self.bound:
            self.clear()
        self[value] = piece
        return piece

    def all(self, values: Iterable[Any]) -> Iterable[Piece]:
        """The pieces of values."""
        return map(self.__getitem__, values)


class Text:
    """Pieces that are text."""

    def piece(self, text: str) -> str:
        """The text itself."""
        return text

    text = piece

    def number(self, number: int) -> str:
        """Its decimal digits."""
        return f"{number:d}"

    def numbers(self, numbers: Iterable[int]) -> list[str]:
        """Their decimal digits."""
        return list(map(str, numbers))

    def check(self, form: Form, unit: Unit) -> None:
        """Any can."""

    def split(self, form: Form) -> tuple[list[str], list[Slot]]:
        """A slot for each hole."""
        fixed = [part for part in form if isinstance(part, str)]
        return fixed, [Slot((part,)) for part in form if isinstance(part, Hole)]

    def filler(self, slot: Slot) -> Filler:
        """Decimal digits, or what a filter makes of a value."""
        (hole,) = slot.holes
        make: Callable[[Any], str] = hole.spell  # which refuses None
        if hole.is_recurring:
            table = Table(make)
            return lambda columns: table.all(columns[0])
        if hole.is_integer:
            make = str
        return lambda columns: map(make, columns[0])
