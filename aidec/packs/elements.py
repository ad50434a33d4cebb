"""The elements of the functions of chunks, with the names that their templates see, column by column.

The elements of all functions stand one behind the other, so that what holds for many is computed in one go.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain, pairwise, repeat
from operator import attrgetter
from typing import Any

from aidec.bytecode import Instruction, Proto, jump_targets
from aidec.bytecode.instruction import COLUMNS
from aidec.kernels import Ints, bounds_of, concatenated, ints, places
from aidec.packs.proto_view import ProtoView

Values = dict[str, Any]
"""What a template sees, by name."""

Column = Sequence[Any]
"""What the templates of all rows see by one name, in order."""


class Rows:
    """What one template is rendered for: a column for each name; a column is made when it is first asked for.

    Args:
        columns: what makes them, by name. Words stand for instructions.
        size: how many rows there are.
        sparse: by name what few rows have, by their place; None for all others.

    Attributes:
        codes: numbers for what is used of each row, by its ``Use``.
        integers: columns that are printed, by their ``Hole``.
    """

    def __init__(
        self,
        columns: Mapping[str, Callable[[], Column]],
        size: int,
        sparse: Mapping[str, Callable[[], dict[int, int]]] | None = None,
    ) -> None:
        self.makers = columns
        self.size = size
        self.sparse = sparse or {}
        self.codes: dict[Hashable, Ints] = {}
        self.integers: dict[Hashable, Ints] = {}
        self._made: dict[tuple[str, str], Column] = {}

    def column(self, root: str, path: str = "") -> Column:
        """The column of a name, or of an attribute of it (with dots, of attributes of attributes).

        A list; or where all are integers, and never None, it may be ``Ints``.
        """
        column = self._made.get((root, path))
        if column is None:
            column = self._made[root, path] = self._attribute(root, path) if path else self._whole(root)
        return column

    def _whole(self, root: str) -> Column:
        if root in self.sparse:
            column: list[Any] = [None] * self.size
            for place, value in self.sparse[root]().items():
                column[place] = value
            return column
        return list(map(Instruction, self.column("word"))) if root == "instruction" else self.makers[root]()

    def _attribute(self, root: str, path: str) -> Column:
        if root == "instruction":
            words: Ints = self.column("word")  # type: ignore[assignment]
            return COLUMNS[path](words) if path in COLUMNS else [attrgetter(path)(Instruction(word)) for word in words]
        if root == "proto" and path in Proto.__slots__:
            path = f"proto.{path}"  # a view would look there too, but slowly
        return list(map(attrgetter(path), self.column(root)))

    def values(self, names: Collection[str], place: int) -> Values:
        """What the template sees of a row, of these names those that are columns."""
        values = {name: self.column(name)[place] for name in self._known(names)}
        if "instruction" in names:
            values["instruction"] = Instruction(self.column("word")[place])
        return values

    def all_values(self, names: Collection[str]) -> Iterator[Values]:
        """The same of all rows."""
        known = self._known(names)
        columns = list(map(self.column, known))
        if "instruction" in names:
            known.append("instruction")
            columns.append(self.column("instruction"))
        for row in zip(*columns, strict=True) if known else repeat((), self.size):
            yield dict(zip(known, row, strict=True))

    def _known(self, names: Collection[str]) -> list[str]:
        return [name for name in (*self.makers, *self.sparse) if name in names]


class Elements(Rows):
    """The elements of one of the lists that functions have.

    Args:
        lists: the list of each function.
        columns, sparse: what its templates see beyond chunk, proto and index.

    Attributes:
        bounds: where those of each function start; and at last, where those of the last one end.
    """

    def __init__(
        self,
        protos: Sequence[ProtoView],
        lists: Sequence[Sequence[Any]],
        columns: Mapping[str, Callable[[], Column]],
        sparse: Mapping[str, Callable[[], dict[int, int]]] | None = None,
    ) -> None:
        sizes = list(map(len, lists))
        bounds = self.bounds = bounds_of(sizes)
        of_all: dict[str, Callable[[], Column]] = {
            "chunk": lambda: _flat(map(repeat, [view.chunk for view in protos], sizes)),
            "proto": lambda: _flat(map(repeat, protos, sizes)),
            "index": lambda: places(bounds),  # which knows no self, or only the garbage collector would free it
        }
        super().__init__({**of_all, **columns}, sum(sizes), sparse)


def instructions(protos: Sequence[ProtoView]) -> Elements:
    """The instructions."""
    codes = [view.proto.code for view in protos]
    bounds = bounds_of(map(len, codes))
    words = cache(lambda: concatenated(codes))
    pcs = cache(lambda: places(bounds))
    jumps = cache(lambda: jump_targets(words(), bounds))
    labels = cache(lambda: _labels(jumps(), bounds))
    columns: dict[str, Callable[[], Column]] = {
        "word": words,
        "pc": pcs,
        "line": lambda: _lines([view.proto.line_info for view in protos], codes),
        "line_delta": lambda: _lines(list(map(_line_deltas, protos)), codes),
    }
    sparse: dict[str, Callable[[], dict[int, int]]] = {
        "jump_target": lambda: {place: pcs()[target] for place, target in jumps().items()},
        "label": labels,
        "target": lambda: {place: labels()[target] for place, target in jumps().items()},
    }
    return Elements(protos, codes, columns, sparse)


def _labels(jumps: Mapping[int, int], bounds: Ints) -> dict[int, int]:
    """The labels of the places that jumps lead to, numbered in the order of each function's code."""
    found = sorted(set(jumps.values()))
    firsts = [bisect_left(found, start) for start in bounds]
    return {place: n for first, last in pairwise(firsts) for n, place in enumerate(found[first:last])}


def _line_deltas(view: ProtoView) -> list[int]:
    """For each instruction the lines since the one before, or since the function's first."""
    lines = view.proto.line_info
    return list(map(operator.sub, lines, chain([view.proto.line_defined], lines)))


def _lines(lists: Sequence[Sequence[int]], codes: Sequence[Sequence[int]]) -> Column:
    """As many numbers as each function has instructions, None where there are too few."""
    padded = [
        numbers if len(numbers) == len(code) else [*numbers[: len(code)], *[None] * (len(code) - len(numbers))]
        for numbers, code in zip(lists, codes, strict=True)
    ]
    with suppress(TypeError, OverflowError):
        return ints(chain.from_iterable(padded))  # type: ignore[arg-type]  # it refuses None
    return _flat(padded)


def constants(protos: Sequence[ProtoView]) -> Elements:
    """The constants."""
    lists = [view.proto.constants for view in protos]
    return Elements(protos, lists, {"constant": lambda: _flat(lists)})


def upvalues(protos: Sequence[ProtoView]) -> Elements:
    """The upvalues."""
    lists = [view.proto.upvalues for view in protos]
    return Elements(protos, lists, {"upvalue": lambda: _flat(lists)})


def local_vars(protos: Sequence[ProtoView]) -> Elements:
    """The local variables."""
    lists = [view.proto.local_vars for view in protos]
    columns = {
        "local_var": lambda: _flat(lists),
        "start_delta": lambda: _flat(map(_start_deltas, protos)),
        "lifetime": lambda: _flat(map(_lifetimes, protos)),
    }
    return Elements(protos, lists, columns)


def _start_deltas(view: ProtoView) -> list[int]:
    """For each local variable how far behind the start of the one before it starts."""
    starts = [local_var.start_pc for local_var in view.proto.local_vars]
    return [start - before for start, before in zip(starts, [0, *starts], strict=False)]


def _lifetimes(view: ProtoView) -> list[int | None]:
    """For each local variable how many instructions it lives, None where it lives to the function's end."""
    end = len(view.proto.code)
    return [None if v.end_pc == end else v.end_pc - v.start_pc for v in view.proto.local_vars]


def _flat(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(lists))


ELEMENTS: dict[str, Callable[[Sequence[ProtoView]], Elements]] = {
    "instructions": instructions,
    "constants": constants,
    "upvalues": upvalues,
    "local_vars": local_vars,
}
"""The lists that ``proto.j2`` can print; what is in their columns, the templates of their elements see."""
