"""The elements of a chunk's functions, with the names that their templates see, column by column.

The elements of all functions stand one behind the other, so that what holds for many is computed in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import cache
from itertools import accumulate, chain, repeat
from operator import attrgetter
from typing import Any

from aidec.bytecode import Chunk, Instruction, Proto, exact
from aidec.bytecode.instruction import COLUMNS
from aidec.packs.views import ProtoView

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
    """

    def __init__(
        self,
        columns: Mapping[str, Callable[[], Column]],
        size: int,
        sparse: Mapping[str, Callable[[], dict[int, Any]]] | None = None,
    ) -> None:
        self.makers = columns
        self.size = size
        self.sparse = sparse or {}
        self._made: dict[tuple[str, str], Column] = {}

    def column(self, root: str, path: str = "") -> Column:
        """The column of a name, or of an attribute of it (with dots, of attributes of attributes)."""
        column = self._made.get((root, path))
        if column is None:
            column = self._made[root, path] = self._attribute(root, path) if path else self._whole(root)
        return column

    def _whole(self, root: str) -> Column:
        if root == "instruction":
            return list(map(Instruction, self.column("word")))
        if root in self.sparse:
            column: list[Any] = [None] * self.size
            for place, value in self.sparse[root]().items():
                column[place] = value
            return column
        return self.makers[root]()

    def _attribute(self, root: str, path: str) -> Column:
        if root == "instruction" and path in COLUMNS:
            return COLUMNS[path](self.column("word"))
        if root == "proto" and path in Proto.__slots__:
            path = f"proto.{path}"  # a view would look there too, but slowly
        return list(map(attrgetter(path), self.column(root)))

    def take(self, places: Sequence[int]) -> Rows:
        """Some of the rows."""

        def part(name: str) -> Callable[[], Column]:
            return lambda: list(map(self.column(name).__getitem__, places))

        return Rows({name: part(name) for name in (*self.makers, *self.sparse)}, len(places))

    def values(self, names: Collection[str], place: int = 0) -> Values:
        """What the template sees of a row, of these names those that are columns."""
        known = {*self.makers, *self.sparse, *(["instruction"] if "word" in self.makers else [])}
        return {name: self.column(name)[place] for name in known.intersection(names)}


class Elements(Rows):
    """The elements of one of the four lists that functions have.

    Attributes:
        bounds: where those of each function start; and at last, where those of the last one end.
    """

    def __init__(
        self,
        chunk: Chunk,
        protos: Sequence[ProtoView],
        lists: Sequence[Sequence[Any]],
        columns: dict[str, Callable[[], Column]],
        sparse: Mapping[str, Callable[[], dict[int, Any]]] | None = None,
    ) -> None:
        sizes = list(map(len, lists))
        self.bounds = list(accumulate(sizes, initial=0))
        size = self.bounds[-1]
        of_all: dict[str, Callable[[], Column]] = {
            "chunk": lambda: [chunk] * size,
            "proto": lambda: list(chain.from_iterable(map(repeat, protos, sizes))),
            "index": lambda: list(chain.from_iterable(map(range, sizes))),
        }
        super().__init__({**of_all, **columns}, size, sparse)


def instructions(chunk: Chunk, protos: Sequence[ProtoView]) -> Elements:
    """The instructions."""
    codes = [view.proto.code for view in protos]

    @cache
    def labels() -> dict[str, dict[int, int]]:
        return _labels(protos, rows.bounds)

    rows = Elements(
        chunk,
        protos,
        codes,
        {
            "word": lambda: list(chain.from_iterable(codes)),
            "pc": lambda: rows.column("index"),
            "line": lambda: list(chain.from_iterable(_padded(view.proto.line_info, view) for view in protos)),
            "line_delta": lambda: list(chain.from_iterable(_padded(_line_deltas(view), view) for view in protos)),
        },
        {
            "jump_target": lambda: {
                start + pc: target
                for view, start in zip(protos, rows.bounds, strict=False)
                for pc, target in view.jump_targets.items()
            },
            "label": lambda: labels()["label"],
            "target": lambda: labels()["target"],
        },
    )
    return rows


def _labels(protos: Sequence[ProtoView], bounds: Sequence[int]) -> dict[str, dict[int, int]]:
    """The labels where jumps lead to, numbered in the order of the instructions of each function, and the jumps'."""
    label, target = {}, {}
    for view, start in zip(protos, bounds, strict=False):
        targets = view.jump_targets
        labels = {pc: number for number, pc in enumerate(sorted(set(targets.values())))}
        for pc, to in targets.items():
            target[start + pc] = labels[to]
        for pc, number in labels.items():
            label[start + pc] = number
    return {"label": label, "target": target}


def _line_deltas(view: ProtoView) -> list[int]:
    """For each instruction the lines since the one before, or since the function's first."""
    lines = view.proto.line_info
    return [line - last for line, last in zip(lines, [view.proto.line_defined, *lines], strict=False)]


def _padded(numbers: Sequence[int], view: ProtoView) -> list[int | None]:
    """As many numbers as there are instructions, None where there are too few."""
    size = len(view.proto.code)
    return [*numbers[:size], *[None] * (size - len(numbers))]


def constants(chunk: Chunk, protos: Sequence[ProtoView]) -> Elements:
    """The constants."""
    lists = [view.proto.constants for view in protos]
    return Elements(chunk, protos, lists, {"constant": lambda: list(chain.from_iterable(lists))})


def upvalues(chunk: Chunk, protos: Sequence[ProtoView]) -> Elements:
    """The upvalues."""
    lists = [view.proto.upvalues for view in protos]
    return Elements(chunk, protos, lists, {"upvalue": lambda: list(chain.from_iterable(lists))})


def local_vars(chunk: Chunk, protos: Sequence[ProtoView]) -> Elements:
    """The local variables."""
    lists = [view.proto.local_vars for view in protos]

    def start_deltas() -> Column:
        starts = rows.column("local_var", "start_pc")
        befores = [0 if index == 0 else starts[i - 1] for i, index in enumerate(rows.column("index"))]
        return [start - before for start, before in zip(starts, befores, strict=True)]

    def lifetimes() -> Column:
        ends = chain.from_iterable(repeat(len(view.proto.code), len(view.proto.local_vars)) for view in protos)
        variables = rows.column("local_var")
        return [None if v.end_pc == end else v.end_pc - v.start_pc for v, end in zip(variables, ends, strict=True)]

    columns = {
        "local_var": lambda: list(chain.from_iterable(lists)),
        "start_delta": start_deltas,
        "lifetime": lifetimes,
    }
    rows = Elements(chunk, protos, lists, columns)
    return rows


ELEMENTS: dict[str, Callable[[Chunk, Sequence[ProtoView]], Elements]] = {
    "instructions": instructions,
    "constants": constants,
    "upvalues": upvalues,
    "local_vars": local_vars,
}
"""The lists that ``proto.j2`` can print; what is in their columns, the templates of their elements see."""


def _constant_keys(rows: Rows) -> list[Hashable]:
    return [value if type(value) is bytes else exact(value) for value in rows.column("constant")]


def _upvalue_keys(rows: Rows) -> list[Hashable]:
    return list(map(attrgetter("name", "in_stack", "index"), rows.column("upvalue")))


KEYS: dict[str, Callable[[Rows], list[Hashable]]] = {
    "instruction": lambda rows: list(rows.column("word")),
    "constant": _constant_keys,
    "upvalue": _upvalue_keys,
}
"""What tells an element from others, of those that often come again."""
