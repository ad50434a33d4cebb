"""Estimators: exact rationals are the oracle; a simulation says whether intervals hold what they claim."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from math import comb
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidec.common.errors import EvaluationError
from aidec.evaluation.estimators import (
    LEVEL,
    all_of_k,
    best_of_k,
    compare,
    intervals,
    pass_at_k,
    sign_test,
    wilson,
)


@given(st.data())
def test_pass_at_k_is_the_published_formula(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 300))
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    product = Fraction(1)
    for i in range(n - c + 1, n + 1):
        product *= 1 - Fraction(k, i)
    assert pass_at_k(n, c, k) == float(1 - (product if n - c >= k else 0))
    assert all_of_k(n, c, k) == float(Fraction(comb(c, k), comb(n, k)))


@given(st.lists(st.integers(0, 16).map(lambda i: i / 16), min_size=1, max_size=8), st.data())
def test_the_best_of_k_is_the_mean_over_all_choices(values: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(values)))
    best = [max(chosen) for chosen in combinations(values, k)]
    assert best_of_k(values, k) == pytest.approx(sum(best) / len(best), abs=1e-12)
    right = [float(value == 1) for value in values]
    assert best_of_k(right, k) == pytest.approx(pass_at_k(len(values), sum(value == 1 for value in values), k))


@pytest.mark.parametrize("k", [0, 4])
def test_more_samples_than_there_are_can_not_be_told_of(k: int) -> None:
    estimates: list[Callable[[], float]] = [
        lambda: pass_at_k(3, 1, k),
        lambda: all_of_k(3, 1, k),
        lambda: best_of_k([0, 1, 1], k),
    ]
    for estimate in estimates:
        with pytest.raises(EvaluationError, match=rf"^k = {k}: expected from 1 to 3, the number of samples"):
            estimate()


@given(st.integers(0, 30), st.integers(0, 30))
def test_the_p_value_counts_the_divisions_that_are_as_uneven(better: int, worse: int) -> None:
    number, uneven = better + worse, abs(better - worse)
    chances = [comb(number, i) for i in range(number + 1) if abs(2 * i - number) >= uneven]
    assert sign_test(better, worse) == float(Fraction(sum(chances), 2**number))


def covered(draw: Callable[[int], Any], mean: float, simulations: int, tasks: int) -> float:
    """How often the interval of so many drawn values holds their true mean."""
    held = 0
    for start in range(0, simulations, 10):
        columns = [draw(tasks) for _ in range(10)]
        values = np.array(columns).transpose()
        for found in intervals(values, start, 300):
            held += (found.low or 0) <= mean <= (found.high or 0)
    return held / simulations


def test_intervals_hold_the_mean_as_often_as_they_claim() -> None:
    chance = np.random.default_rng(7)
    drawn: dict[float, Callable[[int], Any]] = {
        0.5: lambda n: (chance.random(n) < 0.5).astype(float),
        0.95: lambda n: (chance.random(n) < 0.95).astype(float),
        2 / 3: lambda n: chance.beta(2.0, 1.0, n),
        0.25: lambda n: chance.binomial(4, chance.beta(1.0, 3.0, n)) / 4,
    }
    for mean, draw in drawn.items():
        assert abs(covered(draw, mean, 400, 100) - LEVEL) < 0.035


def test_a_bootstrap_would_be_sure_of_ones_alone_and_the_interval_is_not() -> None:
    (found,) = intervals(np.ones((20, 1)))
    assert found.high == found.mean == 1
    assert 0.8 < (found.low or 0) < 0.9


def test_an_interval_is_over_the_tasks_that_have_the_measure() -> None:
    values = np.array([[0.25, np.nan, np.nan], [0.75, 0.5, np.nan], [0.5, 0.5, np.nan]])
    graded, part, none = intervals(values)
    assert (graded.mean, graded.tasks) == (0.5, 3)
    assert (part.mean, part.low, part.high, part.tasks) == (0.5, 0.5, 0.5, 2)
    assert (none.mean, none.low, none.high, none.tasks) == (None, None, None, 0)


@given(st.integers(1, 500), st.data())
def test_at_the_ends_of_wilsons_interval_the_share_is_as_far_off_as_the_confidence_allows(
    number: int, data: st.DataObject
) -> None:
    successes = data.draw(st.integers(0, number))
    for end in wilson(successes, number):
        distance = (successes / number - end) ** 2 * number
        assert distance == pytest.approx(NormalDist().inv_cdf(0.975) ** 2 * end * (1 - end), abs=1e-9)


def test_sums_do_not_depend_on_the_order_in_which_they_are_made() -> None:
    values = np.random.default_rng(1).random((1000, 1))
    assert intervals(values, resamples=1)[0].mean == intervals(values[::-1].copy(), resamples=1)[0].mean


def test_two_systems_are_compared_on_the_tasks_that_both_have() -> None:
    first = np.array([[1.0, 0.5], [0.0, np.nan], [0.0, 0.5], [1.0, 0.25]])
    second = np.array([[1.0, 0.75], [1.0, 1.0], [1.0, 0.25], [0.0, np.nan]])
    right, graded = compare(first, second)
    assert (right.first, right.second, right.difference.mean) == (0.5, 0.75, 0.25)
    assert (right.better, right.worse, right.p) == (2, 1, 1.0)
    assert (graded.first, graded.second, graded.difference.mean, graded.difference.tasks) == (0.5, 0.5, 0.0, 2)
    assert (graded.better, graded.worse) == (1, 1)


def test_a_paired_interval_is_narrower_than_two_apart() -> None:
    chance = np.random.default_rng(3)
    base = chance.random((200, 1))
    (found,) = compare(base, base + 0.01)
    assert (found.difference.low or 0) == pytest.approx(0.01, abs=1e-6)
    assert found.better == 200
    assert found.p < 1e-50
