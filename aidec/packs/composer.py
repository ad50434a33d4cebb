"""The pieces of chunks in the order of their text: the elements of all functions at once, then function by function."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING

from aidec.bytecode import Chunk
from aidec.common.gc_pause import no_collection
from aidec.kernels import Ints, Part, Piece, Strand, bounds_of, concatenated, join, weave
from aidec.packs.elements import ELEMENTS, Elements, Rows, Values
from aidec.packs.environment import TEMPLATE_ERRORS
from aidec.packs.filling import Item, ListsOf, SectionComposer
from aidec.packs.holes import Hole
from aidec.packs.media import Medium, Table
from aidec.packs.proto_view import ProtoView, views

if TYPE_CHECKING:
    from aidec.packs.rendering import Renderer, Unit


BATCH_SIZE = 1 << 13
"""How many instructions make a batch of chunks; more take no less time each."""


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

    def items(self, rows: Rows, lists: ListsOf) -> list[list[Item]]:
        """The parts of each row, and the holes for other units between them."""
        if len(self.sections) == 1:
            return self.sections[0].items(rows, lists)
        columns = [section.items(rows, lists) for section in self.sections]
        return [list(chain.from_iterable(parts)) for parts in zip(*columns, strict=True)]


class Lists:
    """The lists of functions.

    Args:
        units: by name what makes the elements of each list.
    """

    def __init__(self, protos: Sequence[ProtoView], units: dict[str, UnitComposer], medium: Medium) -> None:
        self.protos = protos
        self.units = units
        self.medium = medium
        self.empty = medium.piece("")
        self.elements: dict[str, Elements] = {name: ELEMENTS[name](protos) for name in units}

    def parts(self, hole: Hole) -> list[Part]:
        """For each function the list that a hole prints; none where units are printed that have lists themselves."""
        if hole.root in ("protos", "main"):
            return []
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

    def compose(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> list[Piece]:
        """The pieces of chunks.

        Raises:
            PackError: a template fails on one of them.
        """
        try:
            with no_collection():
                return self._chunks(chunks, scripts)
        except TEMPLATE_ERRORS:
            # A template prints what is None here, say; the plain way tells it with the template's line
            for chunk, script in zip(chunks, scripts, strict=True):
                self.renderer.render_plainly(chunk, script)
            raise

    def _chunks(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> list[Piece]:
        protos = list(chain.from_iterable(map(views, chunks)))
        lists = Lists(protos, self.lists, self.medium)
        mains = self._functions(protos, lists) if self.proto.unit.is_formed else self._rendered_functions(protos, lists)
        if not self.chunk.unit.is_formed:
            return [
                self._rendered(self.chunk.unit, {"chunk": chunk, "script": script, "main": self.medium.text(main)})
                for chunk, script, main in zip(chunks, scripts, join(mains, self.empty), strict=True)
            ]
        rows = Rows({"chunk": lambda: chunks, "script": lambda: scripts}, len(chunks))
        parts = [
            list(chain.from_iterable(main if isinstance(item, Hole) else [item] for item in items))
            for main, items in zip(mains, self.chunk.items(rows, lists.parts), strict=True)
        ]
        return join(parts, self.empty)

    def _functions(self, protos: Sequence[ProtoView], lists: Lists) -> list[list[Part]]:
        """The parts of main functions."""
        rows = Rows({"chunk": lambda: [view.chunk for view in protos], "proto": lambda: protos}, len(protos))
        items_of = self.proto.items(rows, Table(lists.parts).__getitem__)
        done: dict[ProtoView, list[Part]] = {}
        for view, items in zip(reversed(protos), reversed(items_of), strict=True):
            parts: list[Part] = []
            for item in items:
                if not isinstance(item, Hole):
                    parts.append(item)
                else:
                    between = [self.medium.piece(item.separator)] if item.separator else []
                    for child in view.children:
                        parts += between + done[child] if child.index else done[child]
            done[view] = parts
            for child in view.children:
                del done[child]
        return [done[view] for view in protos if view.is_main]

    def _rendered_functions(self, protos: Sequence[ProtoView], lists: Lists) -> list[list[Part]]:
        """The same, where the template does more with lists than print them."""
        items = {name: [list(map(self.medium.text, own)) for own in lists.items(name)] for name in self.lists}
        texts: dict[ProtoView, str] = {}
        for place, view in reversed(list(enumerate(protos))):
            own = {name: made[place] for name, made in items.items()}
            inner = [texts.pop(child) for child in view.children]
            made = self._rendered(self.proto.unit, {"chunk": view.chunk, "proto": view, **own, "protos": inner})
            texts[view] = self.medium.text(made)
        return [[self.medium.piece(texts[view])] for view in protos if view.is_main]

    def _rendered(self, unit: Unit, values: Values) -> Piece:
        """The piece of a unit that does more with its lists than print them."""
        self.medium.check((), unit)  # nothing is known of its borders
        return self.medium.piece(unit.render(values))


def batches(
    chunks: Iterable[Chunk], scripts: Iterable[bytes | None] | None = None
) -> Iterator[tuple[list[Chunk], list[bytes | None]]]:
    """Chunks, and their scripts, in batches for ``Composer.compose``: large enough to save time, and no larger."""
    batch: tuple[list[Chunk], list[bytes | None]] = ([], [])
    size = 0
    pairs = zip(chunks, repeat(None), strict=False) if scripts is None else zip(chunks, scripts, strict=True)
    for chunk, script in pairs:
        batch[0].append(chunk)
        batch[1].append(script)
        size += 1 + sum(len(proto.code) for proto in chunk.main.walk())
        if size >= BATCH_SIZE:
            yield batch
            batch, size = ([], []), 0
    if size:
        yield batch
