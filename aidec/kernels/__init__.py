"""Rows by columns: what is done for all elements of a chunk at once.

``pure.py`` does it in Python. ``_compiled.c`` has the same functions in C, which are used where the extension was built
and the environment variable ``AIDEC_PURE_PYTHON`` is not set; both give the same (tests/test_kernels.py).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from aidec.common.native import compiled_part
from aidec.kernels import pure
from aidec.kernels.pure import (
    LONGEST_NUMBER,
    MAXARG_SBX,
    MOST_DIGITS,
    MOST_GROUPS,
    NUM_UNSIGNED,
    Column,
    Groups,
    Ints,
    Piece,
    Program,
    constant_of,
    each,
    switch,
)

__all__ = [
    "LONGEST_NUMBER",
    "MAXARG_SBX",
    "MOST_DIGITS",
    "MOST_GROUPS",
    "NUM_UNSIGNED",
    "Column",
    "Groups",
    "Ints",
    "Piece",
    "Program",
    "constant_of",
    "each",
    "switch",
]

_compiled = compiled_part("aidec.kernels._compiled")

is_compiled = _compiled is not None
"""Whether the functions are those in C."""

if TYPE_CHECKING:
    _made_by = pure
else:
    _made_by = _compiled or pure

operand = _made_by.operand
kinds = _made_by.kinds
factorize = _made_by.factorize
take = _made_by.take
total = _made_by.total
ranges = _made_by.ranges
rows_with = _made_by.rows_with
cumcount = _made_by.cumcount
jump_targets = _made_by.jump_targets
introductions = _made_by.introductions
remembered = _made_by.remembered


def weave(program: Program, rows: int, empty: Piece) -> list[Piece]:
    """The piece of each row, as ``pure.weave`` says; what is in C can't do it where text can't be UTF-8."""
    pieces: list[Piece] | None = _made_by.weave(program, rows, empty)
    return pure.weave(program, rows, empty) if pieces is None else pieces


def ints(numbers: Iterable[int]) -> array[int]:
    """Integers as a column.

    Raises:
        TypeError, OverflowError: one is None, or does not fit into 64 bits.
    """
    return array("q", numbers)


def concatenated(arrays: Sequence[array[int]]) -> array[int]:
    """Arrays, of which there is at least one, one behind the other."""
    codes = {numbers.typecode for numbers in arrays}
    if len(codes) == 1:
        return array(codes.pop(), b"".join(arrays))
    return ints(chain.from_iterable(arrays))


def offsets_of(sizes: Iterable[int]) -> Ints:
    """Where groups of so many rows start; and at last, where the last one ends."""
    return ints(accumulate(sizes, initial=0))
