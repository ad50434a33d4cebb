"""Evaluation: how alike sequences and names are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidec.bytecode import load
from aidec.evaluation import edits
from aidec.evaluation.edits import alignment, distance, similarity
from aidec.evaluation.names import compare_names, likeness
from aidec.lua import compile_source

SEQUENCES = st.lists(st.integers(0, 3), max_size=12)


def fewest(one: list[int], other: list[int]) -> int:
    """The edit distance, as the textbook has it."""
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, theirs in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (mine != theirs))
    return row[-1]


@given(SEQUENCES, SEQUENCES)
def test_the_distance_is_the_least_number_of_edits(one: list[int], other: list[int]) -> None:
    assert distance(one, other) == (fewest(one, other), 1)


@given(SEQUENCES, SEQUENCES)
def test_an_alignment_keeps_all_but_the_edits(one: list[int], other: list[int]) -> None:
    places = alignment(one, other)
    assert len(places) == len(one) + 1
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] == len(other)
    kept = [i for i, (a, b) in enumerate(pairwise(places)) if a < b and one[i] == other[a]]
    assert len(kept) >= max(len(one), len(other)) - fewest(one, other)


@given(SEQUENCES, SEQUENCES, st.integers(1, 20))
def test_what_is_too_long_is_compared_in_pieces(one: list[int], other: list[int], cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edits, "MAX_CELLS", cells)
        found = distance(one, other)
        places = alignment(one, other)
    assert fewest(one, other) <= found.edits <= max(len(one), len(other))
    assert places == sorted(places)
    assert places[-1] == len(other)


def test_what_is_empty_is_alike() -> None:
    assert similarity(distance([], []).edits, 0) == 1.0
    assert similarity(distance([], [1, 2]).edits, 2) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b"index", b"index", 1.0),
        (b"numItems", b"num_items", 1.0),
        (b"parseHTTPHeader", b"http_header", 0.8),
        (b"item2", b"item", 2 / 3),
        (b"a_a", b"a", 2 / 3),
        (b"_", b"_", 1.0),
        (b"_", b"__", 0.0),
        (b"x", b"y", 0.0),
    ],
)
def test_names_are_compared_word_by_word(one: bytes, other: bytes, expected: float) -> None:
    assert likeness(one, other) == likeness(other, one) == expected


def names(ours: str, theirs: str) -> tuple[int, int, str]:
    """How many names of the second function are those of the first, how many there are, and the first wrong one."""
    protos = [load(compile_source(source)).main for source in (ours, theirs)]
    counts = compare_names(*protos)
    return counts.right.total(), counts.variables.total(), counts.wrong


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("local a, b = f()", "local a, b = f()", (2, 2, "")),
        ("local a, c = f()", "local a, b = f()", (1, 2, "c, expected b")),
        ("local b, a = f()", "local a, b = f()", (0, 2, "b, expected a")),
        ("g() g() local a, b = f()", "local a, b = f()", (2, 2, "")),
        ("local a = f()", "g() local a = f() h(a) local b = a", (1, 2, "none, expected b")),
        ("do local a = f() end do local b = f() end", "do local a = f() end do local b = f() end", (2, 2, "")),
        ("do local a end do local b end", "do local a end do local b end", (2, 2, "")),
        ("do local b = f() end", "do local a = g() end do local b = f() end", (1, 2, "none, expected a")),
        ("for k, v in f() do g(k, v) end", "for i, v in f() do g(i, v) end", (1, 2, "k, expected i")),
        ("for i = 1, 2 do g(i) end", "for i = 1, 2 do g(i) end", (1, 1, "")),
        ("", "local a", (0, 1, "none, expected a")),
    ],
)
def test_a_variable_is_found_by_its_register_and_where_it_is_alive(
    ours: str, theirs: str, expected: tuple[int, int, str]
) -> None:
    assert names(ours, theirs) == expected
