"""The functions in Python."""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, TypeAlias

Ints: TypeAlias = "array[int] | memoryview[int]"
"""A column of integers: a buffer of them, in one of the formats B, H, I, i and q."""

Piece = Any
"""A part of a result: ``str``, or ``bytes``."""

MAXARG_SBX = (1 << 18 - 1) - 1
"""What is added to an operand sBx where a word has it (lopcodes.h)."""

LONGEST_NUMBER = 20
"""How many characters an integer of 64 bits may have."""

MOST_DIGITS = 4
"""How many digits a group has at most."""

MOST_GROUPS = 8
"""How many groups the digits of a number may be cut into."""

NUM_UNSIGNED = 11_111
"""How many groups there are of up to four digits; there are as many with a minus before them."""

Groups = tuple[bytes, "list[Piece | None]", Callable[[str], Piece]]
"""How numbers are made of groups of their digits: the cuts, the piece of each group that was met, what makes others.

The cuts are the lengths of the groups: a row of ``MOST_GROUPS`` bytes for each number of characters, from 0 on; first
those of numbers without a minus, then those of numbers with one, which is in the first group.
"""

Column = Any
"""A column of pieces, in one of these forms:

- a piece, the same in all rows;
- a list, one piece for each row;
- ``(pieces, codes)``: a list, and ``Ints`` that say for each row the place of its piece in the list;
- ``(groups, numbers)``: ``Groups`` and ``Ints``, the numbers; for text None and the numbers, in decimal digits;
- ``switch(programs, which)``: programs, and ``Ints`` that say for each row which of them it has;
- ``each(...)``: for each row some rows of another table.
"""

Program = list[Column]
"""What a row of a table is made of: columns, whose pieces stand one behind the other."""


def switch(programs: list[Program], which: Ints) -> Column:
    """A column in which each row has one of several programs."""
    return "switch", programs, which


def each(
    program: Program | None, rows: int, offsets: Ints, order: Ints | None = None, separator: Piece | None = None
) -> Column:
    """A column in which each row has the rows of another table that belong to it.

    Args:
        program: what a row of that table is made of; None for the table that the column is in itself.
        rows: how many rows that table has.
        offsets: where the rows that belong to a row start; and at last, where those of the last one end.
        order: the rows in the order in which offsets count them; None where that is their own.
        separator: what stands between two of them.
    """
    return "each", program, rows, offsets, order, separator


def operand(words: Ints, shift: int, mask: int, less: int) -> Ints:
    """Some bits of 32-bit words, less a number."""
    return array("i", [(word >> shift & mask) - less for word in words])


def kinds(words: Ints) -> Ints:
    """The kind of each instruction, as ``Instruction.kind`` has it."""
    return array("i", [
        word & 0x3F | word >> 31 << 6 | (word >> 22 & 1) << 7 | (word < 1 << 23) << 8 | (not word & 0x7FC000) << 9
        for word in words
    ])  # fmt: skip


def factorize(columns: list[Ints], rows: int, where: Ints | None) -> tuple[list[int], Ints]:
    """Number the rows that differ.

    Args:
        columns: what they differ by.
        rows: how many there are.
        where: 0 for rows that are left out.

    Returns:
        The first row of each number, and the number of each row; those left out have the next one.
    """
    keys: list[Any] = list(zip(*columns, strict=False)) if columns else [()] * rows
    if where is not None:
        keys = [key if is_meant else None for key, is_meant in zip(keys, where, strict=False)]
    first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    first.pop(None, None)
    numbers: dict[Any, int] = {key: number for number, key in enumerate(sorted(first, key=first.__getitem__))}
    left_out = len(numbers)
    return list(map(first.__getitem__, numbers)), array("i", [numbers.get(key, left_out) for key in keys])


def total(columns: list[Ints], factors: list[int], constant: int, rows: int) -> Ints:
    """The sums of columns, each times a factor, and of a constant.

    Raises:
        OverflowError: a number does not fit into 64 bits.
    """
    sums = [constant] * rows
    for column, factor in zip(columns, factors, strict=True):
        sums = [before + factor * number for before, number in zip(sums, column, strict=False)]
    return array("q", sums)


def ranges(column: Ints, bounds: list[int]) -> Ints:
    """For each number how many of the bounds, which are in ascending order, it is not below."""
    return array("i", [bisect_right(bounds, number) for number in column])


def take(codes: Ints, numbers: list[int]) -> Ints:
    """Other numbers for codes."""
    return array("i", map(numbers.__getitem__, codes))


def cumcount(offsets: Ints) -> Ints:
    """For each row how many rows of its group are before it.

    Args:
        offsets: where groups start, the first at 0; and at last, where the last one ends.
    """
    return array("i", chain.from_iterable(range(end - start) for start, end in pairwise(offsets)))


def jump_targets(words: Ints, offsets: Ints, roles: bytes) -> dict[int, int]:
    """Where jumps lead, from place to place; those that would lead out of their function are left out.

    Args:
        words: the instructions of all functions.
        offsets: where functions start; and at last, where the last one ends.
        roles: for the lowest byte of a word 1 where it is a jump, 2 where it takes the next one for a jump, else 0.
    """
    low_bytes = array("I", words).tobytes()[0 if sys.byteorder == "little" else 3 :: 4]
    roles_of = low_bytes.translate(roles)
    targets = {}
    for start, end in pairwise(offsets):
        for match in _SOME_ROLE.finditer(roles_of, start, end):
            place = match.start() + (match[0] == b"\2")
            if place < end:
                target = place + 1 + (words[place] >> 14) - MAXARG_SBX
                if start <= target < end:
                    targets[place] = target
    return targets


_SOME_ROLE = re.compile(b"[^\0]")


def introductions(words: Ints, offsets: Ints, constants: Ints, roles: bytes) -> Ints:
    """Where instructions introduce constants: use them for the first time, in the order that constants have.

    An instruction introduces a constant if it uses the one behind all that were used before. Where it uses a later one,
    those up to it are introduced nowhere.

    Args:
        words: the instructions of all functions.
        offsets: where functions start; and at last, where the last one ends.
        constants: the same of their constants.
        roles: for each opcode what its operands are: 1 where Bx is a constant; 2 where B, and 4 where C, is a register
            or a constant; 8 where B must be a register, or the instruction does not count.

    Returns:
        For each instruction the place of the constant that it introduces as B or Bx, or -1; then for each the place of
        that which it introduces as C; then for each constant whether it is introduced.
    """
    size = len(words)
    found = array("i", [-1] * (2 * size) + [0] * constants[-1])
    for (start, end), (first, last) in zip(pairwise(offsets), pairwise(constants), strict=True):
        expected = first
        for place in range(start, end):
            for operand in (0, 1):
                index = constant_of(words[place], roles[words[place] & 0x3F], operand)
                used = first + index
                if index < 0 or not expected <= used < last:
                    continue
                if used == expected:
                    found[operand * size + place] = used
                    found[2 * size + used] = 1
                expected = used + 1
    return found


def constant_of(word: int, role: int, operand: int) -> int:
    """The index of the constant that an operand means, or -1.

    Args:
        word: the instruction.
        role: what its operands are, as ``introductions`` takes it.
        operand: 0 for B or Bx, 1 for C.
    """
    if role & 1:
        return -1 if operand else word >> 14
    if role & 8 and word >> 31:
        return -1
    if operand:
        return word >> 14 & 0xFF if role & 4 and word >> 22 & 1 else -1
    return word >> 23 & 0xFF if role & 2 and word >> 31 else -1


def rows_with(codes: Ints, number: int) -> Ints:
    """The rows of one number."""
    return array("i", [row for row, code in enumerate(codes) if code == number])


def remembered(
    known: dict[Any, Piece],
    values: list[Any],
    key: Callable[[Any], Any],
    make: Callable[[Any], Piece],
    longest: int,
) -> list[Piece]:
    """The pieces of values, made where they are not known.

    Args:
        known: pieces by the keys of their values; new ones are added, but not those of longer bytes than the longest.
        values: the values.
        key: makes the key of a value that is not bytes; bytes are their own.
        make: makes the piece of a value.
        longest: how many bytes are remembered.
    """
    keys = [value if type(value) is bytes else key(value) for value in values]
    new = {own: value for own, value in zip(keys, values, strict=True) if own not in known}
    known.update(zip(new, map(make, new.values()), strict=True))
    pieces = list(map(known.__getitem__, keys))
    for own in [own for own in new if type(own) is bytes and len(own) > longest]:
        del known[own]
    return pieces


def weave(program: Program, rows: int, empty: Piece) -> list[Piece]:
    """The piece of each row of a table: those of its columns, one behind the other.

    Args:
        program: what a row is made of.
        rows: how many there are.
        empty: the empty piece, which says whether pieces are text or bytes.
    """
    return _Table(program, rows, empty).pieces(range(rows))


class _Table:
    """The pieces of the rows of a program."""

    def __init__(self, program: Program, rows: int, empty: Piece) -> None:
        self.program = program
        self.empty = empty
        self.made: list[Piece | None] = [None] * rows
        self.nests = _nests(program)

    def pieces(self, rows: Sequence[int]) -> list[Piece]:
        if not self.nests:
            return self._joined(self.program, rows)
        for row in rows:
            if self.made[row] is None:
                (self.made[row],) = self._joined(self.program, [row])
        return list(map(self.made.__getitem__, rows))

    def _joined(self, program: Program, rows: Sequence[int]) -> list[Piece]:
        columns = [self._column(column, rows) for column in program]
        return list(map(self.empty.join, zip(*columns, strict=True))) if columns else [self.empty] * len(rows)

    def _column(self, column: Column, rows: Sequence[int]) -> Iterable[Piece]:
        if isinstance(column, list):
            return map(column.__getitem__, rows)
        if not isinstance(column, tuple):
            return [column] * len(rows)
        if column[0] == "switch":
            return self._switch(column[1], column[2], rows)
        if column[0] == "each":
            return self._each(column, rows)
        return self._numbered(column[0], column[1], rows)

    def _numbered(self, items: Any, numbers: Ints, rows: Sequence[int]) -> Iterable[Piece]:
        own = map(numbers.__getitem__, rows)
        if isinstance(items, list):
            return map(items.__getitem__, own)
        return map(str, own) if items is None else [_grouped(items, str(number)) for number in own]

    def _switch(self, programs: list[Program], which: Ints, rows: Sequence[int]) -> Iterable[Piece]:
        rows_of: list[list[int]] = [[] for _ in programs]
        for row in rows:
            rows_of[which[row]].append(row)
        pieces: dict[int, Piece] = {}
        for program, own in zip(programs, rows_of, strict=True):
            pieces.update(zip(own, self._joined(program, own), strict=True))
        return map(pieces.__getitem__, rows)

    def _each(self, column: Column, rows: Sequence[int]) -> Iterable[Piece]:
        _, program, size, offsets, order, separator = column
        table = self if program is None else _Table(program, size, self.empty)
        spans = [range(offsets[row], offsets[row + 1]) for row in rows]
        wanted = list(chain.from_iterable(spans))
        pieces = iter(table.pieces(wanted if order is None else list(map(order.__getitem__, wanted))))
        between = self.empty if separator is None else separator
        return [between.join([next(pieces) for _ in span]) for span in spans]


def _nests(program: Program) -> bool:
    """Whether rows of a table have other rows of the same table in them."""
    for column in program:
        match column:
            case ("each", None, *_):
                return True
            case ("switch", programs, _) if any(map(_nests, programs)):
                return True
    return False


def _grouped(groups: Groups, text: str) -> Piece:
    """The piece of a number."""
    cuts, pieces, make = groups
    start = ((text[0] == "-") * (LONGEST_NUMBER + 1) + len(text)) * MOST_GROUPS
    made: list[Piece] = []
    for length in cuts[start : start + MOST_GROUPS]:
        if length:
            group, text = text[:length], text[length:]
            place = _group_place(group)
            if pieces[place] is None:
                pieces[place] = make(group)
            made.append(pieces[place])
    return b"".join(made)


def _group_place(group: str) -> int:
    """Where a group's piece stands: behind those of fewer digits; behind all without a minus, where it has one."""
    digits = group.removeprefix("-")
    of_fewer = int("1" * len(digits)) if digits else 0
    return (len(digits) < len(group)) * NUM_UNSIGNED + of_fewer + int(digits or 0)
