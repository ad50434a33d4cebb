"""A chunk's pieces in the order of its text, each made once.

The pieces of a unit are made of its form (``holes``), for all elements of a chunk in one go, column by column. What a
template prints of an element's own (an operand) is filled in when the element is first met, and remembered with it;
what it prints of the element's place (pc, index, jump target) goes between the pieces. Nothing is joined before the
end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import sub
from typing import TYPE_CHECKING, Any

from aidec.bytecode import Chunk
from aidec.collection import no_collection
from aidec.packs.elements import ELEMENTS, KEYS, Elements, Rows, Values
from aidec.packs.holes import Form, Hole
from aidec.packs.media import CACHE_SIZE, Filler, Medium, Piece, Slot, Table
from aidec.packs.views import ProtoView, views

if TYPE_CHECKING:
    from aidec.packs.renderer import Renderer, Unit

NUMBERS_SIZE = 1 << 18
"""How many numbers are remembered."""

PLACES = ("pc", "index")
"""The names that are the number of an element."""

FILL_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a value may raise that a hole can't print."""


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

Filled = tuple[Layout, tuple[Piece, ...]]
"""A row: its layout, and the pieces around its outer holes."""


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
    """Makes the pieces of one unit.

    Attributes:
        lead: what stands before the number of an element, where forms start with that; the same for nearly all.
        known: by its key what an element is, beyond lead and number.
        odd: by its key what an element is that has other numbers too.
    """

    def __init__(self, unit: Unit, medium: Medium, numbers: Table) -> None:
        self.unit = unit
        self.medium = medium
        self.numbers = numbers
        self.empty = medium.piece("")
        self.fillers: dict[Slot, Filler] = {}
        self.layouts: dict[Layout, Layout] = {}
        self.forms: dict[Hashable, Compiled] = {}
        self.lead: Piece | None = None
        self.leads: list[Piece] = []
        self.known: dict[Hashable, Piece] = {}
        self.odd: dict[Hashable, Filled] = {}

    def run(self, rows: Elements) -> Run:
        """The pieces of all elements."""
        pieces, odd = self._recalled(rows) if self.unit.recalls else self._made(rows)
        for place, (layout, (first, *rest)) in odd.items():
            numbers = [self.numbers[rows.column(hole.root)[place]] for hole in layout.outer]
            pieces[place] = self.empty.join([first, *chain.from_iterable(zip(numbers, rest, strict=True))])
        if self.lead is None:
            return Run(pieces, 1, rows.bounds)
        leads = list(chain.from_iterable(map(self._leads, map(sub, rows.bounds[1:], rows.bounds))))
        for place, (layout, _) in odd.items():
            if not layout.is_led:
                leads[place] = self.empty
        pairs = [self.empty] * (2 * rows.size)
        pairs[0::2] = leads
        pairs[1::2] = pieces
        return Run(pairs, 2, rows.bounds)

    def _leads(self, size: int) -> list[Piece]:
        """Lead and number of the first elements of a function."""
        if size > len(self.leads):
            more = map(self.medium.number, range(len(self.leads), size))
            leads = self.leads + [self.lead + number for number in more]
            self.leads = leads[:NUMBERS_SIZE]
            return leads
        return self.leads[:size]

    def _recalled(self, rows: Elements) -> tuple[list[Piece], dict[int, Filled]]:
        """The pieces of elements, made once for those that have the same key; and the odd ones, by their place."""
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
        _remember(self.known, new)
        _remember(self.odd, odd)
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
        for place, values in zip(places, zip(*columns, strict=True), strict=bool(columns)):
            keys[place] = keys[place], values
        return keys

    def _made(self, rows: Rows) -> tuple[list[Piece], dict[int, Filled]]:
        """The pieces of elements, each made; None for the odd ones, which are told by their place."""
        odd: dict[int, Filled] = {}
        if not self.unit.is_formed:
            self.medium.check((), self.unit)  # nothing is known of its borders
            texts = [self.unit.render(rows.values(self.unit.names, place)) for place in range(rows.size)]
            return list(map(self.medium.piece, texts)), odd
        pieces: list[Piece] = [None] * rows.size
        for places, layout, columns in self.groups(rows):
            if layout.outer or layout.is_led == (self.lead is None):
                odd.update(zip(places, zip(repeat(layout), zip(*columns, strict=True)), strict=False))
            elif len(places) == rows.size:
                (pieces,) = columns
            else:
                for place, piece in zip(places, *columns, strict=True):
                    pieces[place] = piece
        return pieces, odd

    def groups(self, rows: Rows) -> Iterator[tuple[Sequence[int], Layout, list[list[Piece]]]]:
        """The places of rows of one layout, the layout, and the column of pieces of each segment."""
        keys = self.unit.keys(rows)
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
            _remember(self.fillers, {slot: filler})
        return filler

    def _form(self, key: Hashable, rows: Rows, place: int) -> Compiled:
        """The form of the row at a place, whose key this is."""
        compiled = self.forms.get(key)
        if compiled is None:
            form = self.unit.form(rows.values(self.unit.names, place))
            self.medium.check(form, self.unit)
            compiled = self._compile(form)
            _remember(self.forms, {key: compiled})
        return compiled

    def _compile(self, form: Form) -> Compiled:
        parts: list[list[str | Hole]] = [[]]
        outer = []
        for part in form:
            if isinstance(part, Hole) and self.unit.is_outer(part):
                outer.append(part)
                parts.append([])
            else:
                parts[-1].append(part)
        (fixed, slots), *others = [self.medium.split(tuple(part)) for part in parts]
        lead = fixed[0] if outer and outer[0].root in PLACES and not slots else None
        if not self.forms:
            self.lead = lead
        is_led = lead is not None and lead == self.lead
        segments = others if is_led else [(fixed, slots), *others]
        layout = Layout(is_led, tuple(outer[is_led:]), tuple([tuple(slots) for _, slots in segments]))
        layout = self.layouts.setdefault(layout, layout)
        return layout, tuple([piece for fixed, _ in segments for piece in fixed])


def _remember(memory: dict[Any, Any], new: dict[Any, Any]) -> None:
    """Remember some more; forget all before where it gets too much."""
    if len(memory) + len(new) > CACHE_SIZE:
        memory.clear()
    if len(new) <= CACHE_SIZE:
        memory.update(new)


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
        except FILL_ERRORS:
            # A template prints what is None here, say; the plain way tells it with the template's line
            self.renderer.render_plainly(chunk, script)
            raise

    def _chunk(self, chunk: Chunk, script: bytes | None) -> list[Piece]:
        protos = views(chunk)
        runs = {name: unit.run(ELEMENTS[name](chunk, protos)) for name, unit in self.lists.items()}
        rows = Rows({"chunk": lambda: [chunk] * len(protos), "proto": lambda: protos}, len(protos))
        filled: dict[int, Filled] = {}
        if self.proto.unit.is_formed:
            for places, layout, columns in self.proto.groups(rows):
                filled.update(zip(places, zip(repeat(layout), zip(*columns, strict=True)), strict=False))
        done: list[list[Piece]] = [[]] * len(protos)
        for view in reversed(protos):
            functions = [done[child.number] for child in view.children]
            if filled:
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
        layout, (first, *rest) = filled
        pieces = [first]
        for hole, piece in zip(layout.outer, rest, strict=True):
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
        ((_, _, columns),) = self.chunk.groups(Rows({"chunk": lambda: [chunk], "script": lambda: [script]}, 1))
        (first,), *rest = columns
        return [first, *chain.from_iterable([*main, piece] for (piece,) in rest)]

    def _rendered(self, unit: Unit, values: Values) -> list[Piece]:
        """The pieces of a unit that does more with its lists than print them."""
        self.medium.check((), unit)  # nothing is known of its borders
        return [self.medium.piece(unit.render(values))]

    def _text(self, pieces: list[Piece]) -> str:
        return self.medium.text(self.empty.join(pieces))
