"""A chunk's pieces in the order of its text: the elements of all functions at once, then function by function."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING

from aidec.bytecode import Chunk
from aidec.collection import no_collection
from aidec.columns import Ints, Part, Piece, Strand, bounds_of, concatenated, join, weave
from aidec.packs.elements import ELEMENTS, Elements, Rows, Values
from aidec.packs.environment import TEMPLATE_ERRORS
from aidec.packs.filling import Item, SectionComposer
from aidec.packs.holes import Hole
from aidec.packs.media import Medium, Table
from aidec.packs.views import ProtoView, views

if TYPE_CHECKING:
    from aidec.packs.renderer import Renderer, Unit


class UnitComposer:
    """Makes the pieces of a unit."""

    def __init__(self, unit: Unit, medium: Medium) -> None:
        self.unit = unit
        self.medium = medium
        self.sections = [SectionComposer(section, unit, medium) for section in unit.sections]

    def strands(self, rows: Rows) -> list[Strand]:
        """The pieces of rows: elements, which have no lists."""
        if self.unit.is_formed:
            return [section.strand(rows) for section in self.sections]
        self.medium.check((), self.unit)  # nothing is known of its borders
        texts = map(self.unit.render, rows.all_values(self.unit.names))
        return [([[list(map(self.medium.piece, texts))]], None)]

    def items(self, rows: Rows) -> list[list[Item]]:
        """The parts of each row, and the holes for lists between them."""
        if len(self.sections) == 1:
            return self.sections[0].items(rows)
        columns = [section.items(rows) for section in self.sections]
        return [list(chain.from_iterable(parts)) for parts in zip(*columns, strict=True)]


class Lists:
    """The lists of the functions of a chunk.

    Args:
        units: by name what makes the elements of each list.
    """

    def __init__(
        self, chunk: Chunk, protos: Sequence[ProtoView], units: dict[str, UnitComposer], medium: Medium
    ) -> None:
        self.protos = protos
        self.units = units
        self.medium = medium
        self.empty = medium.piece("")
        self.elements: dict[str, Elements] = {name: ELEMENTS[name](chunk, protos) for name in units}

    def parts(self, hole: Hole) -> list[Part]:
        """For each function the list that a hole prints."""
        if hole.kind == "integers":
            lists = [getattr(view.proto, hole.path) for view in self.protos]
            bounds = bounds_of(map(len, lists))
            strands: list[Strand] = [([[self.medium.numbers(concatenated(lists))]], None)]
        else:
            bounds = self.elements[hole.root].bounds
            strands = self.units[hole.root].strands(self.elements[hole.root])
        if hole.separator:
            strands.insert(0, self._separators(hole.separator, bounds))
        return list(zip(repeat(strands), repeat(bounds[-1]), bounds, bounds[1:], strict=False))

    def _separators(self, separator: str, bounds: Ints) -> Strand:
        """What stands before each item of a list but the first."""
        is_behind = array("B", b"\1" * bounds[-1])
        for start in bounds[:-1]:
            if start < len(is_behind):
                is_behind[start] = 0
        return [[([self.empty, self.medium.piece(separator)], is_behind)]], None

    def items(self, name: str) -> list[list[Piece]]:
        """For each function the elements of a list."""
        rows = self.elements[name]
        pieces = weave(self.units[name].strands(rows), rows.size, bounds_of([1] * rows.size), self.empty)
        return [pieces[start:end] for start, end in zip(rows.bounds, rows.bounds[1:], strict=False)]


class Composer:
    """Composes chunks with the units of a renderer, in one medium."""

    def __init__(self, renderer: Renderer, medium: Medium) -> None:
        self.renderer = renderer
        self.medium = medium
        self.empty = medium.piece("")
        self.chunk = UnitComposer(renderer.chunk, medium)
        self.proto = UnitComposer(renderer.proto, medium)
        self.lists = {name: UnitComposer(unit, medium) for name, unit in renderer.lists.items()}

    def compose(self, chunk: Chunk, script: bytes | None = None) -> Piece:
        """The piece of a chunk.

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

    def _chunk(self, chunk: Chunk, script: bytes | None) -> Piece:
        protos = views(chunk)
        lists = Lists(chunk, protos, self.lists, self.medium)
        functions = self._functions if self.proto.unit.is_formed else self._rendered_functions
        main = functions(chunk, protos, lists)
        if not self.chunk.unit.is_formed:
            text = self.medium.text(join(main, self.empty))
            return self._rendered(self.chunk.unit, {"chunk": chunk, "script": script, "main": text})
        (items,) = self.chunk.items(Rows({"chunk": lambda: [chunk], "script": lambda: [script]}, 1))
        return join(list(chain.from_iterable(main if isinstance(item, Hole) else [item] for item in items)), self.empty)

    def _functions(self, chunk: Chunk, protos: Sequence[ProtoView], lists: Lists) -> list[Part]:
        """The parts of the main function."""
        rows = Rows({"chunk": lambda: [chunk] * len(protos), "proto": lambda: protos}, len(protos))
        parts_of = Table(lists.parts)
        done: list[list[Part]] = [[]] * len(protos)
        for view, items in zip(reversed(protos), reversed(self.proto.items(rows)), strict=True):
            parts: list[Part] = []
            for item in items:
                if not isinstance(item, Hole):
                    parts.append(item)
                elif item.root != "protos":
                    parts.append(parts_of[item][view.number])
                else:
                    between = [self.medium.piece(item.separator)] if item.separator else []
                    for child in view.children:
                        parts += between + done[child.number] if child.index else done[child.number]
            done[view.number] = parts
            for child in view.children:
                done[child.number] = []
        return done[0]

    def _rendered_functions(self, chunk: Chunk, protos: Sequence[ProtoView], lists: Lists) -> list[Part]:
        """The same, where the template does more with lists than print them."""
        items = {name: [list(map(self.medium.text, own)) for own in lists.items(name)] for name in self.lists}
        texts = [""] * len(protos)
        for view in reversed(protos):
            own = {name: made[view.number] for name, made in items.items()}
            inner = [texts[child.number] for child in view.children]
            made = self._rendered(self.proto.unit, {"chunk": chunk, "proto": view, **own, "protos": inner})
            texts[view.number] = self.medium.text(made)
        return [self.medium.piece(texts[0])]

    def _rendered(self, unit: Unit, values: Values) -> Piece:
        """The piece of a unit that does more with its lists than print them."""
        self.medium.check((), unit)  # nothing is known of its borders
        return self.medium.piece(unit.render(values))
