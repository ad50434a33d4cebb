"""How alike two sequences are: the least number of elements to insert, delete or replace."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

MAX_CELLS = 2_500_000_000
"""How many pairs of elements are compared at most: those of two sequences of 50,000, which takes 0.4 s."""


class Distance(NamedTuple):
    """What makes one sequence of another.

    Attributes:
        edits: the number of edits.
        pieces: 1 if they are the fewest; if the sequences are too long for that, into how many pieces they were cut,
            each compared with the one at its place. Fewer edits may then do.
    """

    edits: int
    pieces: int = 1


def distance(one: Sequence[int], other: Sequence[int]) -> Distance:
    """The edit distance of Levenshtein of two sequences, bytes or integers.

    The memory that it takes grows with the longer sequence.
    """
    if one == other:
        return Distance(0)
    from rapidfuzz.distance import Levenshtein

    pieces = _pieces(one, other)
    edits = sum(Levenshtein.distance(one[a], other[b]) for a, b in pieces)
    return Distance(min(edits, max(len(one), len(other))), len(pieces))


def alignment(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """For each place in a sequence, and for its end, the place in another one that the fewest edits make of it."""
    from rapidfuzz.distance import Levenshtein

    places = list(range(len(one) + 1))
    place = 0
    for a, b in _pieces(one, other):
        places[place : a.start] = range(b.start - a.start + place, b.start)
        for edit in Levenshtein.opcodes(one[a], other[b]):
            most = edit.dest_end - edit.dest_start
            places[a.start + edit.src_start : a.start + edit.src_end] = [
                b.start + edit.dest_start + min(number, most) for number in range(edit.src_end - edit.src_start)
            ]
        place = a.stop
    ending = len(other) - len(one)
    places[place:] = [i + ending for i in range(place, len(one) + 1)]
    return places


def similarity(edits: int, longest: int) -> float:
    """1 without edits, 0 if all is another; ``longest`` is the length of the longer of the two sequences."""
    return 1.0 if longest == 0 else 1.0 - edits / longest


def _pieces(one: Sequence[int], other: Sequence[int]) -> list[tuple[slice, slice]]:
    """The parts of two sequences to compare with each other: how both begin, and how both end, is left out.

    They are one piece each, or if those are too long, several.
    """
    shorter = min(len(one), len(other))
    start = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    left = shorter - start
    end = next((i for i in range(left) if one[-1 - i] != other[-1 - i]), left)
    lengths = len(one) - start - end, len(other) - start - end
    number = -(-lengths[0] * lengths[1] // MAX_CELLS) or 1
    cuts = [[start + i * length // number for i in range(number + 1)] for length in lengths]
    return [(slice(*a), slice(*b)) for a, b in zip(pairwise(cuts[0]), pairwise(cuts[1]), strict=True)]
