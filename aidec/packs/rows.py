"""Rows and columns: what templates see of all functions of chunks, and of the elements of their lists, name by name.

The elements of all functions stand one behind the other, so that what holds for many is computed in one go.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import attrgetter, getitem, mul
from typing import Any, TypeGuard

from aidec.bytecode import Chunk, Instruction, Proto, exact
from aidec.bytecode.instruction import COLUMNS
from aidec.kernels import Ints, concatenated, offsets_of, ranges, total
from aidec.packs import derived
from aidec.packs.expression import Expression, Path, Read
from aidec.packs.proto_view import ProtoView

CONSTANTS = ("constant", "introduced_b", "introduced_c")
"""The names whose values are constants, as ``names.yaml`` has them, which a second start does not read."""

KIND = "instruction.kind"
LISTS = {"instructions": "code", "constants": "constants", "upvalues": "upvalues", "local_vars": "local_vars"}
"""The lists that ``proto.j2`` can print, and the attribute of a function that each is of."""


class Rows:
    """What one template is rendered for: a column for each name and attribute, made when it is first asked for.

    Args:
        size: how many rows there are.
        roots: what makes the columns of names that are not derived. It holds no rows: or else only the garbage
            collector would free them.

    Attributes:
        memory: what composers make of rows and want again.
    """

    def __init__(self, size: int, roots: Mapping[str, Callable[[], Sequence[Any]]]) -> None:
        self.size = size
        self.roots = roots
        self.memory: dict[Hashable, Any] = {}
        self._made: dict[Path, Any] = {}
        self._columns: dict[Path, Sequence[Any]] = {}

    def column(self, path: Path) -> Sequence[Any]:
        """The column of a name, or of an attribute; where all are integers, and none is None, it may be ``Ints``."""
        column = self._columns.get(path)
        if column is None:
            column = self._get(path)
            if isinstance(column, dict):
                spread: list[Any] = [None] * self.size
                for place, value in column.items():
                    spread[place] = value
                column = spread
            self._columns[path] = column
        return column

    def few(self, path: Path) -> dict[int, Any] | None:
        """The values of a name that only few rows have, by the place of the row; None where it is not such a name."""
        made = None if is_item(path) else self._get(path)
        return made if isinstance(made, dict) else None

    def _get(self, path: Path) -> Any:
        if path not in self._made:
            self._made[path] = self._make(*path.split(".", 1)) if isinstance(path, str) else self._computed(path)
        return self._made[path]

    def _computed(self, path: Expression) -> Sequence[Any]:
        """The values of a sum, or of an item."""
        if is_item(path):
            return self._items(path, range(self.size))
        _, terms, constant = path
        factors = [factor for _, factor in terms]
        columns = [self._integers(term) for term, _ in terms]
        try:
            return total(columns, factors, constant, self.size)
        except OverflowError:  # in C there are 64 bits, in Python as many as it takes
            return [sum(map(mul, row, factors), constant) for row in zip(*columns, strict=False)]

    def _integers(self, term: Expression) -> Ints:
        """The integers of a term of a sum."""
        if term[0] == "filter":
            return array("q", self._lengths(term[2][1]))
        column = self.column(term[1])
        return column if isinstance(column, (array, memoryview)) else array("q", column)

    def _lengths(self, path: str) -> Iterable[int]:
        """The lengths of a list in each row."""
        return map(len, self.column(path))

    def _items(self, path: Expression, places: Sequence[int]) -> list[Any]:
        """The items of lists in some rows.

        Raises:
            IndexError: a list is shorter.
        """
        _, of, index, _, attribute = path
        lists, indices = self.column(of), self.column(index)
        items = map(getitem, map(lists.__getitem__, places), map(indices.__getitem__, places))
        return list(map(attrgetter(attribute), items) if attribute else items)

    def _make(self, root: str, attribute: str = "") -> Sequence[Any] | dict[int, Any]:
        if attribute:
            return _attributes(root, attribute, self.column(root))
        made: Sequence[Any] | dict[int, Any] = (
            self.roots[root]() if root in self.roots else getattr(derived, root)(self)
        )
        return made

    def row(self, paths: Collection[Path], place: int) -> dict[Path, Any]:
        """The values of some names and attributes in one row."""
        return {path: self.values(path, [place])[0] for path in paths}

    def values(self, path: Path, places: Sequence[int]) -> list[Any]:
        """The values of one name or attribute in some rows."""
        if is_item(path):
            return self._items(path, places)
        made = self._get(path)
        return list(map(made.get if isinstance(made, dict) else made.__getitem__, places))

    def given(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """What the template of each row is given, by name."""
        columns = list(map(self.column, names))
        for row in zip(*columns, strict=True):
            yield dict(zip(names, row, strict=True))

    def codes(self, read: Read, own: Sequence[int] | None) -> Ints:
        """Numbers for what is read of each row: the same for two rows only where that is the same.

        Args:
            read: what is read.
            own: the rows that count; the others may have any number. None where all count.
        """
        few = self.few(read.path)
        if few is not None:
            places: Sequence[int] = [*few] if own is None else [place for place in own if place in few]
            found = aspects(read, [*map(few.__getitem__, places)])
            return self._spread(places, _numbered([None, *found])[1:])  # None is 0, as all are that have none
        if not is_item(read.path):
            column = self.column(read.path)
            if isinstance(column, (array, memoryview)):  # numbers already
                return ranges(column, list(read.bounds)) if read.aspect == "range" else column
        numbers = _numbered(aspects(read, self.values(read.path, range(self.size) if own is None else own)))
        return numbers if own is None else self._spread(own, numbers)

    def _spread(self, places: Iterable[int], numbers: Iterable[int]) -> Ints:
        """Numbers for some rows; 0 for all others."""
        codes = array("i", bytes(4 * self.size))
        for place, number in zip(places, numbers, strict=True):
            codes[place] = number
        return codes


def _numbered(values: Iterable[Hashable]) -> array[int]:
    """For each value how many others came before it for the first time."""
    values = [*values]
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return array("i", map(numbers.__getitem__, values))


def aspects(read: Read, values: Sequence[Any]) -> Sequence[Hashable]:
    """What is read of some values: the same for two of them only where the same is printed of them."""
    if read.aspect == "length":
        return list(map(len, values))
    if read.aspect == "type":
        types: list[Hashable] = list(map(type, values))
        if bool in types:  # of which it matters which one it is
            types = [value if kind is bool else kind for value, kind in zip(values, types, strict=True)]
        return types
    if read.aspect == "truth":
        return [None if value is None else bool(value) for value in values]
    if read.aspect == "range":
        return [  # bytes have no place among integers, whatever they are
            bisect_right(read.bounds, value) if type(value) is int else bytes if type(value) is bytes else exact(value)
            for value in values
        ]
    return list(map(exact, values)) if _is_constant(read.path) else values


def is_item(path: Path) -> TypeGuard[Expression]:
    """Whether a path is that of an item, which is not there in every row."""
    return isinstance(path, tuple) and path[0] == "item"


def _is_constant(path: Path) -> bool:
    name = path[3] if is_item(path) else path
    return name in CONSTANTS


def _attributes(root: str, attribute: str, values: Iterable[Any]) -> list[Any]:
    if root == "proto" and attribute in Proto.__slots__:
        attribute = f"proto.{attribute}"  # a view would look there too, but slowly
    return list(map(attrgetter(attribute), values))


class Elements(Rows):
    """The elements of one of the lists that functions have.

    Attributes:
        protos: the functions.
        lists: the list of each function.
        offsets: where those of each function start; and at last, where those of the last one end.
    """

    def __init__(self, name: str, protos: Sequence[ProtoView]) -> None:
        lists = self.lists = [getattr(view.proto, LISTS[name]) for view in protos]
        self.protos = protos
        self.offsets = offsets_of(map(len, lists))
        roots: dict[str, Callable[[], Sequence[Any]]] = {
            "proto": lambda: _repeated(protos, lists),
            "chunk": lambda: _repeated([view.chunk for view in protos], lists),
        }
        if name == "instructions":
            roots["word"] = lambda: concatenated(lists)
            roots["instruction"] = lambda: list(map(Instruction, concatenated(lists)))
        else:
            roots[name.removesuffix("s")] = lambda: list(chain.from_iterable(lists))
        super().__init__(self.offsets[-1], roots)

    def _make(self, root: str, attribute: str = "") -> Sequence[Any] | dict[int, Any]:
        if root == "instruction" and attribute in COLUMNS:
            return COLUMNS[attribute](self._get("word"))
        if root == "proto" and attribute:  # which is the same for all elements of a function
            return _repeated(_attributes(root, attribute, self.protos), self.lists)
        return super()._make(root, attribute)

    def _lengths(self, path: str) -> Iterable[int]:
        root, _, attribute = path.partition(".")
        if root != "proto":
            return super()._lengths(path)
        return _repeated([*map(len, _attributes(root, attribute, self.protos))], self.lists)

    def values(self, path: Path, places: Sequence[int]) -> list[Any]:
        """The values of one name or attribute in some rows."""
        root, _, attribute = path.partition(".") if isinstance(path, str) else ("", "", "")
        if root == "instruction" and attribute not in COLUMNS:
            words = self._get("word")
            return [attrgetter(attribute)(Instruction(words[place])) for place in places]
        return super().values(path, places)


def _repeated(values: Sequence[Any], lists: Sequence[Sequence[Any]]) -> list[Any]:
    """Each value as many times as its list is long."""
    return list(chain.from_iterable(map(repeat, values, map(len, lists))))


def function_rows(protos: Sequence[ProtoView]) -> Rows:
    """The functions themselves."""
    return Rows(len(protos), {"chunk": lambda: [view.chunk for view in protos], "proto": lambda: protos})


def chunk_rows(chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Rows:
    """Chunks, with the sources that they were compiled from, where these are known."""
    return Rows(len(chunks), {"chunk": lambda: chunks, "script": lambda: scripts})
