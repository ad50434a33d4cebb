"""The names of elements that are computed: for each a function of the same name, from all elements to a column.

A column has a value for each element. Where only few have one, it is a dictionary from their places to their values;
all others are none.
"""

from __future__ import annotations

import operator
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain, pairwise
from typing import Any, Protocol

from aidec import bytecode
from aidec.bytecode import jump_targets, setlist_counts
from aidec.kernels import Ints, concatenated, cumcount, ints, offsets_of, ranges, rows_with, total
from aidec.packs.proto_view import ProtoView, Scopes


class Elements(Protocol):
    """The elements of one of the lists that functions have, as ``rows.py`` has them.

    Attributes:
        protos: the functions.
        lists: the list of each function.
        offsets: where those of each function start; and at last, where those of the last one end.
    """

    protos: Sequence[ProtoView]
    lists: list[Any]
    offsets: Ints

    def column(self, path: str) -> Sequence[Any]:
        """The values of a name in all rows."""

    def few(self, path: str) -> dict[int, Any] | None:
        """The values of a name that only few rows have, by the place of the row."""


def index(elements: Elements) -> Ints:
    """The places of elements in their function, counted from 0."""
    return cumcount(elements.offsets)


pc = index


def line(elements: Elements) -> Sequence[Any]:
    """The lines of instructions; none beyond the end of a list of lines that is too short."""
    lists = [view.proto.line_info for view in elements.protos]
    return concatenated(lists) if _are_whole(lists, elements) else _padded(lists, elements)


def line_delta(elements: Elements) -> Sequence[Any]:
    """The lines since the instruction before, or since the function's first line."""
    lists = [view.proto.line_info for view in elements.protos]
    if _are_whole(lists, elements):
        with suppress(OverflowError):
            return _differences(lists, elements)
    deltas = []
    for view, lines in zip(elements.protos, lists, strict=True):
        deltas.append(list(map(operator.sub, lines, chain([view.proto.line_defined], lines))))
    return _padded(deltas, elements)


def _are_whole(lists: Sequence[Sequence[int]], elements: Elements) -> bool:
    """Whether there is a line for each instruction."""
    return list(map(len, lists)) == list(map(len, elements.lists))


def _differences(lists: Sequence[array[int]], elements: Elements) -> Ints:
    """Each line less the one before it.

    Raises:
        OverflowError: the first line of a function, or a difference, is too large for a column of integers.
    """
    lines = concatenated(lists)
    before = array(lines.typecode, bytes(lines.itemsize)) + lines
    for view, start in zip(elements.protos, elements.offsets, strict=False):
        before[start] = view.proto.line_defined  # where a function has no instructions, the next one puts its own
    return total([lines, before], [1, -1], 0, len(lines))


def _padded(lists: Sequence[Sequence[int]], elements: Elements) -> Sequence[Any]:
    """As many numbers as each function has instructions, None where there are too few."""
    padded: list[Sequence[Any]] = []
    for numbers, code in zip(lists, elements.lists, strict=True):
        padded.append([*numbers[: len(code)], *[None] * (len(code) - len(numbers))])
    with suppress(TypeError, OverflowError):
        return ints(chain.from_iterable(padded))
    return list(chain.from_iterable(padded))


def is_count(elements: Elements) -> dict[int, bool]:
    """Which words are the operand of the SETLIST before them."""
    found = {}
    for start, code in zip(elements.offsets, elements.lists, strict=False):
        found.update({start + pc: True for pc in setlist_counts(code) if pc < len(code)})
    return found


def jump_place(elements: Elements) -> dict[int, int]:
    """Where jumps lead, from place to place among the instructions of all functions."""
    return jump_targets(concatenated(elements.lists), elements.offsets)


def jump_target(elements: Elements) -> dict[int, int]:
    """The pcs where jumps lead."""
    pcs = elements.column("pc")
    return {place: pcs[target] for place, target in _few(elements, "jump_place").items()}


def label(elements: Elements) -> dict[int, int]:
    """The numbers of labels, which stand where jumps lead, in the order of each function's code."""
    found = sorted(set(_few(elements, "jump_place").values()))
    firsts = [bisect_left(found, start) for start in elements.offsets]
    return {place: n for first, last in pairwise(firsts) for n, place in enumerate(found[first:last])}


def target(elements: Elements) -> dict[int, int]:
    """The numbers of the labels where jumps lead."""
    labels = _few(elements, "label")
    return {place: labels[target] for place, target in _few(elements, "jump_place").items()}


def introductions(elements: Elements) -> Ints:
    """The places of constants that B or Bx introduce, then of those that C introduces; -1 in all other rows."""
    return _introductions(elements)[: 2 * elements.offsets[-1]]


def _introductions(elements: Elements) -> Ints:
    """What instructions introduce, and which constants are introduced, of all functions."""
    codes = [view.proto.code for view in elements.protos]
    sizes = [len(view.proto.constants) for view in elements.protos]
    return bytecode.introductions(concatenated(codes), offsets_of(map(len, codes)), offsets_of(sizes))


def introduces_b(elements: Elements) -> Ints:
    """1 where B or Bx introduces a constant."""
    return ranges(_introduced_by(elements, "b"), [0])


def introduces_c(elements: Elements) -> Ints:
    """1 where C introduces a constant."""
    return ranges(_introduced_by(elements, "c"), [0])


def introduced_b(elements: Elements) -> dict[int, Any]:
    """The constants that B or Bx introduces."""
    return _introduced(elements, "b")


def introduced_c(elements: Elements) -> dict[int, Any]:
    """The constants that C introduces."""
    return _introduced(elements, "c")


def _introduced_by(elements: Elements, operand: str) -> Ints:
    places: Any = elements.column("introductions")
    size = elements.offsets[-1]
    return places[:size] if operand == "b" else places[size:]  # type: ignore[no-any-return]  # slices of Ints


def _introduced(elements: Elements, operand: str) -> dict[int, Any]:
    constants = _flat(view.proto.constants for view in elements.protos)
    introduces: Any = elements.column(f"introduces_{operand}")
    places = _introduced_by(elements, operand)
    return {row: constants[places[row]] for row in rows_with(introduces, 1)}


def is_introduced(elements: Elements) -> Ints:
    """1 for constants that an instruction introduces."""
    found = _introductions(elements)
    return found[len(found) - elements.offsets[-1] :]


def _few(elements: Elements, name: str) -> dict[int, int]:
    """The values of a name that few elements have, made once."""
    return elements.few(name) or {}


def start_delta(elements: Elements) -> list[int]:
    """How far behind the start of the local variable before each one starts."""
    return _flat(map(_start_deltas, elements.lists))


def _start_deltas(local_vars: Sequence[Any]) -> list[int]:
    starts = [local_var.start_pc for local_var in local_vars]
    return [start - before for start, before in zip(starts, [0, *starts], strict=False)]


def lifetime(elements: Elements) -> list[int | None]:
    """For how many instructions each local variable lives, None where it lives to the function's end."""
    found: list[int | None] = []
    for view, local_vars in zip(elements.protos, elements.lists, strict=True):
        end = len(view.proto.code)
        found += [None if v.end_pc == end else v.end_pc - v.start_pc for v in local_vars]
    return found


def own_lifetime(elements: Elements) -> list[int | None]:
    """For how many instructions each local variable lives, None where it ends with the one that it stands in."""
    found: list[int | None] = []
    for view, local_vars in zip(elements.protos, elements.lists, strict=True):
        scopes = Scopes(len(view.proto.code))
        for local_var in local_vars:
            start, end = local_var.start_pc, local_var.end_pc
            found.append(None if end == scopes.end_at(start) else end - start)
            scopes.ends.append(end)
    return found


def _flat(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(lists))
