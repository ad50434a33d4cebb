"""A section's form filled in for many rows at once, column by column.

Forms that differ by their fixed pieces alone have one layout. All rows of a layout are filled in together: for each
slot a column of pieces, between them columns of fixed pieces, and one join for each row.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from aidec.packs.elements import Rows
from aidec.packs.holes import Form, Hole
from aidec.packs.media import CACHE_SIZE, Filler, Medium, Piece, Slot

if TYPE_CHECKING:
    from aidec.packs.renderer import Unit
    from aidec.packs.sections import Section

PLACES = ("pc", "index")
"""The names that are the number of an element."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is filled in of forms that differ by their fixed pieces alone.

    Attributes:
        is_led: whether the lead of the unit, and the number of the element, stand before it.
        outer: the holes for places and lists.
        segments: the slots before, between and behind them.
    """

    is_led: bool
    outer: tuple[Hole, ...]
    segments: tuple[tuple[Slot, ...], ...]


Compiled = tuple[Layout, tuple[Piece, ...]]
"""A form: its layout, and the fixed pieces around the slots of all segments."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What an element is that is more than its unit's lead, its number and a piece.

    Attributes:
        is_led: whether these stand before it.
        outer: the holes for places and lists.
        pieces: the pieces before, between and behind them.
    """

    is_led: bool
    outer: tuple[Hole, ...]
    pieces: tuple[Piece, ...]

    @classmethod
    def simple(cls, piece: Piece) -> Filled:
        """One piece and nothing else."""
        return cls(is_led=False, outer=(), pieces=(piece,))


Made = tuple[list[Piece], dict[int, Filled]]
"""The piece of each row, beyond lead and number; None for those that are more, which stand apart by their place."""


class SectionComposer:
    """Makes the pieces of a section.

    Attributes:
        lead: what stands before the number of an element, where forms start with that; the same for nearly all.
    """

    def __init__(self, section: Section, unit: Unit, medium: Medium, *, may_lead: bool) -> None:
        self.section = section
        self.may_lead = may_lead
        self.unit = unit
        self.medium = medium
        self.empty = medium.piece("")
        self.lead: Piece | None = None
        self.fillers: dict[Slot, Filler] = {}
        self.layouts: dict[Layout, Layout] = {}
        self.forms: dict[Hashable, Compiled] = {}

    def make(self, rows: Rows) -> Made:
        """The pieces of rows."""
        pieces: list[Piece] = [None] * rows.size
        odd: dict[int, Filled] = {}
        for places, layout, columns in self._groups(rows):
            if layout.outer or layout.is_led == (self.lead is None):
                for place, parts in zip(places, zip(*columns, strict=True), strict=True):
                    odd[place] = Filled(layout.is_led, layout.outer, parts)
            elif len(places) == rows.size:
                (pieces,) = columns
            else:
                for place, piece in zip(places, *columns, strict=True):
                    pieces[place] = piece
        return pieces, odd

    def _groups(self, rows: Rows) -> Iterator[tuple[Sequence[int], Layout, list[list[Piece]]]]:
        """The places of rows of one layout, the layout, and the column of pieces of each segment."""
        keys = self.section.keys(rows)
        forms: list[Any] = list(map(self.forms.get, keys))
        if None in forms:
            forms = [self._form(key, rows, place) for place, key in enumerate(keys)]
        layouts = [layout for layout, _ in forms]
        fixed = [pieces for _, pieces in forms]
        if len(set(map(id, layouts))) == 1:
            yield range(rows.size), layouts[0], self._columns(layouts[0], fixed, rows)
            return
        groups: dict[int, list[int]] = {}
        for place, layout in enumerate(layouts):
            groups.setdefault(id(layout), []).append(place)
        for places in groups.values():
            layout = layouts[places[0]]
            yield places, layout, self._columns(layout, [fixed[place] for place in places], rows.take(places))

    def _columns(self, layout: Layout, fixed: list[tuple[Piece, ...]], rows: Rows) -> list[list[Piece]]:
        """For each segment of a layout the pieces of rows, with the fixed pieces of each."""
        is_one_form = len(set(map(id, fixed))) == 1
        around = iter([repeat(piece, rows.size) for piece in fixed[0]] if is_one_form else zip(*fixed, strict=True))
        columns = []
        for slots in layout.segments:
            parts: list[Iterable[Piece]] = [next(around)]
            for slot in slots:
                filled = self._filler(slot)([rows.column(hole.root, hole.path) for hole in slot.holes])
                parts += [filled, next(around)]
            columns.append(list(map(self.empty.join, zip(*parts, strict=True)) if slots else parts[0]))
        return columns

    def _filler(self, slot: Slot) -> Filler:
        filler = self.fillers.get(slot)
        if filler is None:
            filler = self.medium.filler(slot)
            remember(self.fillers, {slot: filler})
        return filler

    def _form(self, key: Hashable, rows: Rows, place: int) -> Compiled:
        """The form of the row at a place, whose key this is."""
        compiled = self.forms.get(key)
        if compiled is None:
            form = self.section.form(key, rows, place)
            self.medium.check(form, self.unit)
            compiled = self._compile(form)
            remember(self.forms, {key: compiled})
        return compiled

    def _compile(self, form: Form) -> Compiled:
        parts: list[list[str | Hole]] = [[]]
        outer = []
        for part in form:
            if isinstance(part, Hole) and self.section.is_outer(part):
                outer.append(part)
                parts.append([])
            else:
                parts[-1].append(part)
        (fixed, slots), *others = [self.medium.split(tuple(part)) for part in parts]
        lead = fixed[0] if outer and outer[0].root in PLACES and not slots and self.may_lead else None
        if not self.forms:
            self.lead = lead
        is_led = lead is not None and lead == self.lead
        segments = others if is_led else [(fixed, slots), *others]
        layout = Layout(is_led, tuple(outer[is_led:]), tuple([tuple(slots) for _, slots in segments]))
        remember(self.layouts, {} if layout in self.layouts else {layout: layout})
        return self.layouts.get(layout, layout), tuple([piece for fixed, _ in segments for piece in fixed])


def remember(memory: dict[Any, Any], new: dict[Any, Any]) -> None:
    """Remember some more; forget all before where it gets too much."""
    if len(memory) + len(new) > CACHE_SIZE:
        memory.clear()
    if len(new) <= CACHE_SIZE:
        memory.update(new)
