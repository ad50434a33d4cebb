"""The pieces of chunks: each unit's plan as a program of columns, for the elements, functions and chunks at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any

from aidec.bytecode import Chunk
from aidec.bytecode.model_types import blaming, check_types
from aidec.common.arguments import expect_each
from aidec.common.errors import ArgumentError
from aidec.common.gc_pause import no_collection
from aidec.kernels import Column, Ints, Piece, Program, concatenated, each, factorize, offsets_of, switch, take, weave
from aidec.packs.emitter import CACHE_SIZE, Emitter, Subset
from aidec.packs.expression import VALUE_ERRORS, Functions, Read
from aidec.packs.layout import Integers, Nested, branch_of, printed
from aidec.packs.plan import Filled, Fixed, Keyed, Plan, Step, Switch, is_few
from aidec.packs.proto_view import ProtoView, views
from aidec.packs.rows import Elements, Rows, aspects, chunk_rows, function_rows
from aidec.packs.units import Unit, Units

BATCH_SIZE = 1 << 13
"""How many instructions make a batch of chunks; more take no less time each."""


class UnitComposer:
    """Makes the columns of a unit that has a layout."""

    def __init__(self, plan: Plan, emitter: Emitter, filters: Functions) -> None:
        self.plan = plan
        self.emitter = emitter
        self.filters = filters
        self.known: dict[int, dict[Hashable, Any]] = {}
        """What steps made, by the step's id: to hash a step would take longer than to find it."""

    def program(self, rows: Rows, lists: Lists | None = None) -> Program:
        """The columns of all rows; ``lists`` makes those of the lists that they print."""
        return self._columns(self.plan, rows, None, lists)

    def _columns(self, plan: Plan, rows: Rows, subset: Subset | None, lists: Lists | None) -> Program:
        found: Program = []
        for step in plan:
            if isinstance(step, Fixed):
                found.append(self.emitter.piece(step.text))
            elif isinstance(step, Filled):
                found.append(self.emitter.column(step, rows, subset))
            elif isinstance(step, Keyed):
                found.append(self._keyed(step, rows, subset))
            elif isinstance(step, Switch):
                found += self._switch(step, rows, subset, lists)
            elif lists is not None:
                found.append(lists.column(step))
        return found

    def _keyed(self, step: Keyed, rows: Rows, subset: Subset | None) -> Column:
        places, codes = self._numbers(step.reads, rows, subset)

        def piece(place: int) -> Piece:
            return self.emitter.piece(printed(step.body, rows.row(step.paths, place), self.filters))

        return [*self._made(step, rows, places, piece), self.emitter.empty], codes

    def _switch(self, step: Switch, rows: Rows, subset: Subset | None, lists: Lists | None) -> Program:
        """A column with a program for each branch; or the columns of the branch that all rows have."""
        places, codes = self._numbers(step.reads, rows, subset)

        def branch(place: int) -> int:
            return branch_of(step.tests, rows.row(step.paths, place), self.filters)

        taken = self._made(step, rows, places, branch)
        count = len(step.branches)
        if subset is None and len(set(taken)) == 1:
            return self._columns(step.branches[taken[0]], rows, None, lists)
        which = take(codes, [*taken, count])
        programs: list[Program] = [[]] * (count + 1)
        for number in set(taken):
            programs[number] = self._columns(step.branches[number], rows, Subset(which, number, count + 1), lists)
        return [switch(programs, which)]

    def _made(self, step: Keyed | Switch, rows: Rows, places: list[int], make: Callable[[int], Any]) -> list[Any]:
        """What is made for the rows at some places; it is remembered by what is read of them."""
        known = self.known.setdefault(id(step), {})
        if len(known) > CACHE_SIZE:
            known.clear()
        columns = [aspects(read, rows.values(read.path, places)) for read in step.reads]
        keys = list(zip(*columns, strict=True)) if columns else [()] * len(places)
        found = []
        for key, place in zip(keys, places, strict=True):
            if key not in known:
                known[key] = make(place)
            found.append(known[key])
        return found

    def _numbers(self, read: tuple[Read, ...], rows: Rows, subset: Subset | None) -> tuple[list[int], Ints]:
        """The first row of each value of what is read, and for each row the number of its value.

        Rows that are not of the subset have the next number.
        """
        key = read, subset
        if key not in rows.memory:
            if subset is None:
                columns = [self._codes(each, rows) for each in read]
            elif all(map(is_few, read)):  # and so numbered for all rows, once
                columns = [self._numbers(read, rows, None)[1]]
            else:
                columns = [rows.codes(each, subset.rows) for each in read]
            rows.memory[key] = factorize(columns, rows.size, None if subset is None else subset.mask)
        return rows.memory[key]  # type: ignore[no-any-return]  # what was just put in

    def _codes(self, read: Read, rows: Rows) -> Ints:
        """The numbers of all rows for one value, which several steps may read."""
        if read not in rows.memory:
            rows.memory[read] = rows.codes(read, None)
        return rows.memory[read]  # type: ignore[no-any-return]  # what was just put in


class Lists:
    """The lists of functions, and the main functions of chunks, as columns."""

    def __init__(self, composer: Composer, protos: Sequence[ProtoView]) -> None:
        self.composer = composer
        self.protos = protos
        self.rows = function_rows(protos)
        self.made: dict[str, tuple[Program, int, Ints]] = {}

    def column(self, step: Step) -> Column:
        """The column of a list."""
        emitter = self.composer.emitter
        separator = getattr(step, "separator", "")
        between = emitter.piece(separator) if separator else None
        if isinstance(step, Integers):
            attribute = step.path.partition(".")[2]
            lists = [getattr(view.proto, attribute) for view in self.protos]
            offsets = offsets_of(map(len, lists))
            return each([emitter.numbers(concatenated(lists))], offsets[-1], offsets, None, between)
        if not isinstance(step, Nested):
            raise TypeError(f"{step} is no list")
        if step.name == "main":
            return self.mains()
        if step.name == "protos":
            return self._protos(between)
        return each(*self.elements(step.name), None, between)

    def elements(self, name: str) -> tuple[Program, int, Ints]:
        """The program of the elements of a list, how many there are, and where those of each function start."""
        if name not in self.made:
            elements = Elements(name, self.protos)
            self.made[name] = self.composer.elements[name](elements), elements.size, elements.offsets
        return self.made[name]

    def mains(self) -> Column:
        """The column of the main functions of chunks."""
        main = [place for place, view in enumerate(self.protos) if view.is_main]
        program = self.composer.functions(self)
        return each(program, len(self.protos), offsets_of(repeat(1, len(main))), array("q", main))

    def _protos(self, separator: Piece | None) -> Column:
        """The functions inside each function; those of a chunk stand in the order of their numbers."""
        order: list[int] = []
        first = 0
        for place, view in enumerate(self.protos):
            if view.is_main:
                first = place
            order += [first + child.number for child in view.children]
        offsets = offsets_of(len(view.children) for view in self.protos)
        return each(None, len(self.protos), offsets, array("q", order), separator)


class Composer:
    """Composes chunks with the units of a pack, for one emitter.

    Attributes:
        elements: by the name of a list, what makes the program of its elements.
        functions: what makes the program of functions, of their lists.
    """

    def __init__(self, units: Units, emitter: Emitter) -> None:
        self.units = units
        self.emitter = emitter
        self.elements = {name: self._elements(unit) for name, unit in units.lists.items()}
        self.functions = self._functions(units.proto)
        self._chunk = self._composer(units.chunk)

    def _composer(self, unit: Unit) -> UnitComposer | None:
        """What makes the columns of a unit; None where it has no layout."""
        if unit.layout is None:
            self.emitter.whole("")  # or the emitter can't take what Jinja2 renders
            return None
        return UnitComposer(self.emitter.plan(unit), self.emitter, self.units.filters)

    def _elements(self, unit: Unit) -> Callable[[Elements], Program]:
        composer = self._composer(unit)
        if composer is not None:
            return composer.program

        def program(rows: Rows) -> Program:
            from aidec.packs.names import given

            return [[self.emitter.whole(unit.render(values)) for values in rows.given(given(unit.name))]]

        return program

    def _functions(self, unit: Unit) -> Callable[[Lists], Program]:
        composer = self._composer(unit)
        if composer is not None:
            return lambda lists: composer.program(lists.rows, lists)
        return lambda lists: [self._rendered(unit, lists)]

    def _rendered(self, unit: Unit, lists: Lists) -> list[Piece]:
        """The pieces of functions whose template does more with lists than print them."""
        texts = {name: weave(program, size, "") for name, (program, size, _) in self._all_elements(lists)}
        offsets = {name: offsets for name, (_, _, offsets) in self._all_elements(lists)}
        made: dict[ProtoView, str] = {}
        for place, view in reversed(list(enumerate(lists.protos))):
            values: dict[str, Any] = {"chunk": view.chunk, "proto": view}
            for name, own in texts.items():
                values[name] = own[offsets[name][place] : offsets[name][place + 1]]
            values["protos"] = [made[child] for child in view.children]
            made[view] = unit.render(values)
        return [self.emitter.whole(made[view]) for view in lists.protos]

    def _all_elements(self, lists: Lists) -> Iterator[tuple[str, tuple[Program, int, Ints]]]:
        for name in self.elements:
            yield name, lists.elements(name)

    def compose(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> list[Piece]:
        """The pieces of chunks.

        Raises:
            PackError: a template fails on one of them.
        """
        try:
            with no_collection():
                return self._chunks(chunks, scripts)
        except VALUE_ERRORS:
            for chunk in chunks:
                check_types(chunk)
            # A template that fails does so with its line where Jinja2 runs it
            texts = [self.units.render(*each) for each in zip(chunks, scripts, strict=True)]
            return list(map(self.emitter.whole, texts))

    def _chunks(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> list[Piece]:
        lists = Lists(self, list(chain.from_iterable(map(views, chunks))))
        if self._chunk is not None:
            return weave(self._chunk.program(chunk_rows(chunks, scripts), lists), len(chunks), self.emitter.empty)
        mains = weave([lists.mains()], len(chunks), "")
        unit = self.units.chunk
        texts = [
            unit.render({"chunk": chunk, "script": script, "main": main})
            for chunk, script, main in zip(chunks, scripts, mains, strict=True)
        ]
        return list(map(self.emitter.whole, texts))


def _pairs(chunks: Iterable[Chunk], scripts: Iterable[bytes | None] | None) -> Iterator[tuple[Chunk, bytes | None]]:
    """Each chunk with its script.

    Raises:
        ArgumentError: there are not as many scripts as chunks.
        TypeError: one is of another type.
    """
    given = repeat(None) if scripts is None else expect_each("scripts", scripts, bytes, None)
    none: Any = object()
    for chunk in expect_each("chunks", chunks, Chunk):
        script = next(given, none)
        if script is none:
            raise ArgumentError("scripts: expected as many as there are chunks, read fewer")
        yield chunk, script
    if scripts is not None and next(given, none) is not none:
        raise ArgumentError("scripts: expected as many as there are chunks, read more")


def _size(chunk: Chunk) -> int:
    """How much room a chunk takes in a batch: its instructions, and 1 for itself.

    Raises:
        TypeError: a field has another type than the model says.
    """
    size = 1
    with blaming(chunk):
        for proto in chunk.main.walk():
            if proto.code.typecode != "I":  # what is remembered of words would be of others
                raise TypeError("code: expected an array of the type 'I', read another")
            size += len(proto.code)
    return size


def batches(
    chunks: Iterable[Chunk], scripts: Iterable[bytes | None] | None = None
) -> Iterator[tuple[list[Chunk], list[bytes | None]]]:
    """Chunks, and their scripts, in batches for ``Composer.compose``: large enough to save time, and no larger."""
    batch: tuple[list[Chunk], list[bytes | None]] = ([], [])
    size = 0
    for chunk, script in _pairs(chunks, scripts):
        batch[0].append(chunk)
        batch[1].append(script)
        size += _size(chunk)
        if size >= BATCH_SIZE:
            yield batch
            batch, size = ([], []), 0
    if size:
        yield batch
