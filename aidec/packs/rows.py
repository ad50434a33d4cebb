"""Rows and columns: what templates see of all functions of chunks, and of the elements of their lists, name by name.

The elements of all functions stand one behind the other, so that what holds for many is computed in one go.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

from aidec.bytecode import Chunk, Instruction, Proto, exact
from aidec.bytecode.instruction import COLUMNS
from aidec.kernels import Ints, bounds_of, concatenated
from aidec.packs import derived
from aidec.packs.expression import Read
from aidec.packs.proto_view import ProtoView

Column = Sequence[Any]
"""The values of one name in all rows, in order."""

KIND = "instruction.kind"
LISTS = {"instructions": "code", "constants": "constants", "upvalues": "upvalues", "local_vars": "local_vars"}
"""The lists that ``proto.j2`` can print, and the attribute of a function that each is of."""


class Rows:
    """What one template is rendered for: a column for each name, made when it is first asked for.

    Args:
        size: how many rows there are.
        roots: the columns that are there already, by name.

    Attributes:
        codes: numbers for what is read of each row; two rows have the same only where it is the same.
        memory: what composers make of rows and want again.
    """

    def __init__(self, size: int, roots: Mapping[str, Column]) -> None:
        self.size = size
        self.roots = dict(roots)
        self.memory: dict[Hashable, Any] = {}
        self._columns: dict[str, Column] = {}
        self._few: dict[str, dict[int, Any]] = {}

    def column(self, path: str) -> Column:
        """The column of a name, or of an attribute; where all are integers, and none is None, it may be ``Ints``."""
        column = self._columns.get(path)
        if column is None:
            few = self.few(path)
            column = self._columns[path] = self._made(path) if few is None else self._spread(few)
        return column

    def few(self, path: str) -> Any:
        """The values of a name that only few rows have, by the place of the row; None where it is not such a name."""
        if path not in self._few and path not in self._columns and path not in self.roots and "." not in path:
            made = getattr(derived, path)(self)
            if isinstance(made, dict):
                self._few[path] = made
            else:
                self._columns[path] = made
        return self._few.get(path)

    def _spread(self, few: dict[int, Any]) -> list[Any]:
        column: list[Any] = [None] * self.size
        for place, value in few.items():
            column[place] = value
        return column

    def _made(self, path: str) -> Column:
        root, _, attribute = path.partition(".")
        if path in self._columns:  # ``few`` has just made it
            return self._columns[path]
        if not attribute:
            return self.roots[root]
        if root == "proto" and attribute in Proto.__slots__:
            attribute = f"proto.{attribute}"  # a view would look there too, but slowly
        return list(map(attrgetter(attribute), self.column(root)))

    def values(self, paths: Collection[str], place: int) -> dict[str, Any]:
        """The values of some names and attributes in one row."""
        return {path: self.value(path, place) for path in paths}

    def value(self, path: str, place: int) -> Any:
        """The value of one name or attribute in one row."""
        few = self.few(path)
        return self.column(path)[place] if few is None else few.get(place)

    def given(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """What the template of each row is given, by name."""
        columns = list(map(self.column, names))
        for row in zip(*columns, strict=True) if columns else repeat((), self.size):
            yield dict(zip(names, row, strict=True))

    def codes(self, read: Read, own: Sequence[int] | None) -> Ints:
        """Numbers for what is read of each row: the same for two rows only where that is the same.

        Args:
            read: what is read.
            own: the rows that count; the others may have any number. None where all count.
        """
        few = self.few(read.path)
        if few is not None:
            numbers: dict[Hashable, int] = {None: 0}  # of all rows that have none
            codes = array("i", bytes(4 * self.size))
            for place, value in zip(few, aspects(read, [*few.values()]), strict=True):
                codes[place] = numbers.setdefault(value, len(numbers))
            return codes
        column = self.column(read.path)
        if not isinstance(column, list) and read.aspect == "value":
            return column  # type: ignore[return-value]  # so it is Ints
        values = aspects(read, column if own is None else list(map(column.__getitem__, own)))
        known: dict[Hashable, int] = {}
        numbered = [known.setdefault(value, len(known)) for value in values]
        if own is None:
            return array("i", numbered)
        codes = array("i", bytes(4 * self.size))
        for place, number in zip(own, numbered, strict=True):
            codes[place] = number
        return codes


def aspects(read: Read, values: Sequence[Any]) -> Sequence[Hashable]:
    """What is read of some values: the same for two of them only where the same is printed of them."""
    if read.aspect == "length":
        return list(map(len, values))
    if read.aspect == "type":
        return [value if type(value) is bool else type(value) for value in values]
    if read.aspect == "truth":
        return [None if value is None else bool(value) for value in values]
    return list(map(exact, values)) if read.path == "constant" else values


class Elements(Rows):
    """The elements of one of the lists that functions have.

    Attributes:
        protos: the functions.
        lists: the list of each function.
        offsets: where those of each function start; and at last, where those of the last one end.
    """

    def __init__(self, name: str, protos: Sequence[ProtoView]) -> None:
        self.protos = protos
        self.lists: list[Sequence[Any]] = [getattr(view.proto, LISTS[name]) for view in protos]
        self.offsets = bounds_of(map(len, self.lists))
        self.root = "word" if name == "instructions" else name.removesuffix("s")
        super().__init__(self.offsets[-1], {})

    def _made(self, path: str) -> Column:
        if path == "word":
            return concatenated(self.lists)  # type: ignore[arg-type, return-value]  # they are arrays
        if path == self.root:
            return list(chain.from_iterable(self.lists))
        if path == "instruction":
            return list(map(Instruction, self.column("word")))
        if path in ("proto", "chunk"):
            views = self.protos if path == "proto" else [view.chunk for view in self.protos]
            return list(chain.from_iterable(map(repeat, views, map(len, self.lists))))
        root, _, attribute = path.partition(".")
        if root == "instruction" and attribute in COLUMNS:
            return COLUMNS[attribute](self.column("word"))  # type: ignore[arg-type, return-value]  # words are Ints
        return super()._made(path)

    def few(self, path: str) -> Any:
        """As ``Rows.few``."""
        return None if path in ("word", self.root, "instruction", "proto", "chunk") else super().few(path)

    def value(self, path: str, place: int) -> Any:
        """The value of one name or attribute in one row."""
        root, _, attribute = path.partition(".")
        if root == "instruction" and attribute not in COLUMNS:
            return attrgetter(attribute)(Instruction(self.column("word")[place]))
        return super().value(path, place)


def function_rows(protos: Sequence[ProtoView]) -> Rows:
    """The functions themselves."""
    return Rows(len(protos), {"chunk": [view.chunk for view in protos], "proto": protos})


def chunk_rows(chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Rows:
    """Chunks, with the sources that they were compiled from, where these are known."""
    return Rows(len(chunks), {"chunk": chunks, "script": scripts})
