"""A section's forms as columns: for each row its form, for each hole of a form a column of what stands in it.

Forms that differ by their fixed pieces alone have one layout, and all their rows are filled in together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

from aidec.kernels import Column, Ints, Part, Piece, Strand, recode, rows_with
from aidec.packs.elements import Rows
from aidec.packs.holes import Form, Hole
from aidec.packs.media import CACHE_SIZE, Medium, Slot

if TYPE_CHECKING:
    from aidec.packs.rendering import Unit
    from aidec.packs.sections import Section

Item = Any
"""A ``Part``, or the ``Hole`` for other units."""

ListsOf = Callable[[Hole], Sequence[Part]]
"""For each row what a hole for a list prints; none where that are other units."""


@dataclass(slots=True)
class Layout:
    """What is filled in of forms that differ by their fixed pieces alone.

    Attributes:
        segments: the slots before, between and behind the holes for lists.
        outer: these holes.
        fixed: for each place around slots, through all segments, the pieces that forms have there.
    """

    segments: tuple[tuple[Slot, ...], ...]
    outer: tuple[Hole, ...]
    fixed: list[list[Piece]] = field(init=False)

    def __post_init__(self) -> None:
        self.fixed = [[] for slots in self.segments for _ in range(len(slots) + 1)]

    def add(self, fixed: list[Piece]) -> int:
        """Take in a form, by its fixed pieces; returns its number among those of this layout."""
        for pieces, piece in zip(self.fixed, fixed, strict=True):
            pieces.append(piece)
        return len(self.fixed[0]) - 1


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one layout.

    Attributes:
        own: their places; None where these are all rows.
        codes: for each row of all the number of its form in the layout; any for others.
    """

    layout: Layout
    own: Sequence[int] | None
    codes: Ints


class SectionComposer:
    """Makes the columns of a section."""

    def __init__(self, section: Section, unit: Unit, medium: Medium) -> None:
        self.section = section
        self.unit = unit
        self.medium = medium
        self.nothing = Layout(((),), ())
        self.nothing.add([medium.piece("")])
        self.layouts: dict[Hashable, Layout] = {}
        self.forms: dict[Hashable, tuple[Layout, int]] = {}

    def strand(self, rows: Rows) -> Strand:
        """The section of rows without holes for lists."""
        groups, which = self._groups(rows)
        return [next(self._programs(group, rows)) for group in groups], which

    def items(self, rows: Rows, lists: ListsOf) -> list[list[Item]]:
        """The parts of each row, and the holes for other units between them."""
        items: list[list[Item]] = [[]] * rows.size
        for group in self._groups(rows)[0]:
            own = range(rows.size) if group.own is None else group.own
            columns: list[Iterable[Item]] = []
            for program, hole in zip(self._programs(group, rows), [*group.layout.outer, None], strict=True):
                strands: list[Strand] = [([program], None)]
                columns.append([(strands, rows.size, row, row + 1) for row in own])
                if hole:
                    parts = lists(hole)
                    columns.append([parts[row] for row in own] if parts else repeat(hole))
            for place, filled in zip(own, zip(*columns, strict=False), strict=True):
                items[place] = list(filled)
        return items

    def _programs(self, group: Group, rows: Rows) -> Iterator[list[Column]]:
        """The columns of each segment."""
        fixed = iter(group.layout.fixed)
        for slots in group.layout.segments:
            program: list[Column] = [(next(fixed), group.codes)]
            for slot in slots:
                program += [self.medium.column(slot, rows, group.own), (next(fixed), group.codes)]
            yield program

    def _groups(self, rows: Rows) -> tuple[list[Group], Ints | None]:
        """The rows of each layout, and for each row the number of its group; None where there is one group."""
        firsts, codes, is_partial = self.section.distinct(rows)
        forms = [
            self._form(key, rows, place) for key, place in zip(self.section.keys(rows, firsts), firsts, strict=True)
        ]
        if is_partial:
            forms.append((self.nothing, 0))
        layouts = list({id(layout): layout for layout, _ in forms}.values())
        numbers = {id(layout): number for number, layout in enumerate(layouts)}
        which = recode(codes, [numbers[id(layout)] for layout, _ in forms]) if len(layouts) > 1 else None
        groups = []
        for number, layout in enumerate(layouts):
            own = None if which is None else rows_with(which, number)
            places = [place if of is layout else 0 for of, place in forms]
            groups.append(Group(layout, own, recode(codes, places)))
        return groups, which

    def _form(self, key: Hashable, rows: Rows, place: int) -> tuple[Layout, int]:
        """The form of the row at a place, whose key this is: its layout, and its number there."""
        found = self.forms.get(key)
        if found is None:
            if len(self.forms) >= CACHE_SIZE:
                self.forms.clear()
                self.layouts.clear()
            form = self.section.form(rows, place)
            self.medium.check(form, self.unit)
            found = self.forms[key] = self._laid_out(form)
        return found

    def _laid_out(self, form: Form) -> tuple[Layout, int]:
        parts: list[list[str | Hole]] = [[]]
        outer = []
        for part in form:
            if isinstance(part, Hole) and part.is_list:
                outer.append(part)
                parts.append([])
            else:
                parts[-1].append(part)
        split = [self.medium.split(tuple(part)) for part in parts]
        key = tuple([tuple(slots) for _, slots in split]), tuple(outer)
        layout = self.layouts.get(key)
        if layout is None:
            layout = self.layouts[key] = Layout(*key)
        return layout, layout.add([piece for fixed, _ in split for piece in fixed])
