"""A chunk's pieces in the order of its text, each made once.

What a template prints of an element's own (an operand) is filled in when the element is first met, and remembered with
it; what it prints of the element's place (pc, index, jump target) goes between the pieces. Nothing is joined before the
end.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import chain
from operator import sub
from typing import TYPE_CHECKING

from aidec.bytecode import Chunk
from aidec.collection import no_collection
from aidec.packs.elements import ELEMENTS, KEYS, Elements, Rows, Values
from aidec.packs.environment import TEMPLATE_ERRORS
from aidec.packs.filling import PLACES, Filled, Made, SectionComposer, remember
from aidec.packs.holes import Hole
from aidec.packs.media import Medium, Piece, Table
from aidec.packs.views import ProtoView, views

if TYPE_CHECKING:
    from aidec.packs.renderer import Renderer, Unit

NUMBERS_SIZE = 1 << 18
"""How many numbers are remembered."""


@dataclass(frozen=True, slots=True)
class Run:
    """The pieces of the elements of all functions, one behind the other.

    Attributes:
        pieces: so many for each element: ``stride``.
        bounds: where the elements of each function start; and at last, where those of the last one end.
    """

    pieces: list[Piece]
    stride: int
    bounds: list[int]

    def of(self, number: int) -> list[Piece]:
        """The pieces of all elements of a function."""
        return self.pieces[self.bounds[number] * self.stride : self.bounds[number + 1] * self.stride]

    def items(self, number: int) -> list[list[Piece]]:
        """The pieces of each element of a function."""
        places = range(self.bounds[number], self.bounds[number + 1])
        return [self.pieces[place * self.stride : (place + 1) * self.stride] for place in places]


class UnitComposer:
    """Makes the pieces of a unit.

    Attributes:
        known: by its key what an element is, beyond lead and number.
        odd: by its key what an element is that is more.
    """

    def __init__(self, unit: Unit, medium: Medium, numbers: Table) -> None:
        self.unit = unit
        self.medium = medium
        self.numbers = numbers
        self.empty = medium.piece("")
        self.sections = [
            SectionComposer(section, unit, medium, may_lead=number == 0) for number, section in enumerate(unit.sections)
        ]
        self.leads: list[Piece] = []
        self.known: dict[Hashable, Piece] = {}
        self.odd: dict[Hashable, Filled] = {}

    def run(self, rows: Elements) -> Run:
        """The pieces of all elements."""
        pieces, odd = self._recalled(rows) if self.unit.recalls else self._made(rows)
        for place, filled in odd.items():
            numbers = [self.numbers[rows.column(hole.root)[place]] for hole in filled.outer]
            first, *rest = filled.pieces
            pieces[place] = self.empty.join([first, *chain.from_iterable(zip(numbers, rest, strict=True))])
        lead = self.sections[0].lead
        if lead is None:
            return Run(pieces, 1, rows.bounds)
        leads = list(chain.from_iterable(self._leads(lead, size) for size in map(sub, rows.bounds[1:], rows.bounds)))
        for place, filled in odd.items():
            if not filled.is_led:
                leads[place] = self.empty
        pairs = [self.empty] * (2 * rows.size)
        pairs[0::2] = leads
        pairs[1::2] = pieces
        return Run(pairs, 2, rows.bounds)

    def _leads(self, lead: Piece, size: int) -> list[Piece]:
        """Lead and number of the first elements of a function."""
        if size > len(self.leads):
            more = self.medium.numbers(range(len(self.leads), size))
            leads = self.leads + [lead + number for number in more]
            self.leads = leads[:NUMBERS_SIZE]
            return leads
        return self.leads[:size]

    def _recalled(self, rows: Elements) -> Made:
        """The pieces of elements, made once for those that have the same key."""
        keys = self._keys(rows)
        pieces = list(map(self.known.get, keys))
        if None not in pieces:
            return pieces, {}
        absent = [place for place, piece in enumerate(pieces) if piece is None]
        absent_keys = list(map(keys.__getitem__, absent))
        first = {key: place for key, place in zip(absent_keys, absent, strict=True) if key not in self.odd}
        made, odd_made = self._made(rows.take(list(first.values())))
        new_keys = list(first)
        new = dict(zip(new_keys, made, strict=True))
        odd = {new_keys[place]: filled for place, filled in odd_made.items()}
        found = {}
        for place, key, piece in zip(absent, absent_keys, map(new.get, absent_keys), strict=True):
            if piece is None:
                found[place] = odd.get(key) or self.odd[key]
            pieces[place] = piece
        for key in odd:
            del new[key]
        remember(self.known, new)
        remember(self.odd, odd)
        return pieces, found

    def _keys(self, rows: Elements) -> list[Hashable]:
        """A key for each element: equal keys, equal pieces."""
        keys = KEYS[self.unit.name](rows)
        dense = sorted(self.unit.computes_with & {*PLACES, "line", "line_delta"})
        if dense:
            keys = list(zip(keys, *map(rows.column, dense), strict=True))
        sparse = [(use, rows.sparse[use.root]()) for use in self.unit.used if use.root in rows.sparse]
        places = list({place: None for _, values in sparse for place in values})
        columns = [use.of(list(map(values.get, places))) for use, values in sparse]
        for place, values in zip(places, zip(*columns, strict=True), strict=True):
            keys[place] = keys[place], values
        return keys

    def _made(self, rows: Rows) -> Made:
        """The pieces of elements, each made."""
        if not self.unit.is_formed:
            self.medium.check((), self.unit)  # nothing is known of its borders
            texts = map(self.unit.render, rows.all_values(self.unit.names))
            return list(map(self.medium.piece, texts)), {}
        made = [section.make(rows) for section in self.sections]
        if len(made) == 1:
            return made[0]
        columns = [
            [self.empty if piece is None else piece for piece in column] if odd else column for column, odd in made
        ]
        pieces: list[Piece] = list(map(self.empty.join, zip(*columns, strict=True)))
        joined = {place: self._joined(made, place) for _, odd in made for place in odd}
        for place in joined:
            pieces[place] = None
        return pieces, joined

    def _joined(self, made: list[Made], place: int) -> Filled:
        """A row of which at least one section is odd."""
        all_filled = [odd.get(place) or Filled.simple(column[place]) for column, odd in made]
        outer: list[Hole] = []
        pieces: list[Piece] = [self.empty]
        for filled in all_filled:
            pieces[-1] += filled.pieces[0]
            pieces += filled.pieces[1:]
            outer += filled.outer
        is_led = all_filled[0].is_led if place in made[0][1] else self.sections[0].lead is not None
        return Filled(is_led, tuple(outer), tuple(pieces))

    def filled(self, rows: Rows) -> list[Filled]:
        """The pieces of rows, and the holes between them."""
        pieces, odd = self._made(rows)
        return [odd.get(place) or Filled.simple(piece) for place, piece in enumerate(pieces)]


class Composer:
    """Composes chunks with the units of a renderer, in one medium."""

    def __init__(self, renderer: Renderer, medium: Medium) -> None:
        self.renderer = renderer
        self.medium = medium
        self.empty = medium.piece("")
        self.numbers = Table(medium.number, NUMBERS_SIZE)
        self.chunk, self.proto, *lists = [
            UnitComposer(unit, medium, self.numbers)
            for unit in (renderer.chunk, renderer.proto, *renderer.lists.values())
        ]
        self.lists = dict(zip(renderer.lists, lists, strict=True))

    def compose(self, chunk: Chunk, script: bytes | None = None) -> list[Piece]:
        """The pieces of a chunk.

        Raises:
            PackError: a template fails on this chunk.
        """
        try:
            with no_collection():
                return self._chunk(chunk, script)
        except TEMPLATE_ERRORS:
            # A template prints what is None here, say; the plain way tells it with the template's line
            self.renderer.render_plainly(chunk, script)
            raise

    def _chunk(self, chunk: Chunk, script: bytes | None) -> list[Piece]:
        protos = views(chunk)
        runs = {name: unit.run(ELEMENTS[name](chunk, protos)) for name, unit in self.lists.items()}
        rows = Rows({"chunk": lambda: [chunk] * len(protos), "proto": lambda: protos}, len(protos))
        filled = self.proto.filled(rows) if self.proto.unit.is_formed else None
        done: list[list[Piece]] = [[]] * len(protos)
        for view in reversed(protos):
            functions = [done[child.number] for child in view.children]
            if filled is not None:
                done[view.number] = self._function(filled[view.number], view, runs, functions)
            else:
                items = {**{name: run.items(view.number) for name, run in runs.items()}, "protos": functions}
                texts = {name: list(map(self._text, pieces)) for name, pieces in items.items()}
                done[view.number] = self._rendered(self.proto.unit, {"chunk": chunk, "proto": view, **texts})
            for child in view.children:
                done[child.number] = []
        return self._main(chunk, script, done[0])

    def _function(
        self, filled: Filled, view: ProtoView, runs: dict[str, Run], functions: list[list[Piece]]
    ) -> list[Piece]:
        """The pieces of a function."""
        pieces = [filled.pieces[0]]
        for hole, piece in zip(filled.outer, filled.pieces[1:], strict=True):
            if hole.kind == "integers":
                between = self.medium.piece(hole.separator)
                pieces.append(between.join(self.numbers.all(getattr(view.proto, hole.path))))
            elif hole.root != "protos" and not hole.separator:
                pieces += runs[hole.root].of(view.number)
            else:
                items = functions if hole.root == "protos" else runs[hole.root].items(view.number)
                between = [self.medium.piece(hole.separator)] if hole.separator else []
                pieces += chain.from_iterable([item if i == 0 else between + item for i, item in enumerate(items)])
            pieces.append(piece)
        return pieces

    def _main(self, chunk: Chunk, script: bytes | None, main: list[Piece]) -> list[Piece]:
        """The pieces of a chunk, around those of its main function."""
        unit = self.chunk.unit
        if not unit.is_formed:
            return self._rendered(unit, {"chunk": chunk, "script": script, "main": self._text(main)})
        (filled,) = self.chunk.filled(Rows({"chunk": lambda: [chunk], "script": lambda: [script]}, 1))
        first, *rest = filled.pieces
        return [first, *chain.from_iterable([*main, piece] for piece in rest)]

    def _rendered(self, unit: Unit, values: Values) -> list[Piece]:
        """The pieces of a unit that does more with its lists than print them."""
        self.medium.check((), unit)  # nothing is known of its borders
        return [self.medium.piece(unit.render(values))]

    def _text(self, pieces: list[Piece]) -> str:
        return self.medium.text(self.empty.join(pieces))
