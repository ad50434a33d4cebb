"""Estimators over tasks: pass@k and its siblings, intervals, and the comparison of two systems on the same tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import TYPE_CHECKING

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray["np.float64"]
    """A row for each task, a column for each measure; NaN where a task has no such measure."""

with extra("eval", "intervals need", EvaluationError):
    import numpy as np

RESAMPLES = 1000
LEVEL = 0.95
"""How often an interval is to hold what it estimates."""
_Z = 1.959963984540054  # the quantile of the normal distribution for LEVEL
_UNIT = float(1 << 30)  # values are multiples of 1 / _UNIT, so that their sums are exact, in whatever order
_ROWS = 64


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that at least one of k samples is right, where c of n were: ``1 - C(n - c, k) / C(n, k)``, unbiased.

    From Chen et al. 2021, "Evaluating Large Language Models Trained on Code"; rounded once, as integers are divided.

    >>> pass_at_k(5, 2, 1), pass_at_k(5, 2, 4)
    (0.4, 1.0)

    Raises:
        EvaluationError: there are fewer than k samples.
    """
    _refuse_few(n, k)
    return (comb(n, k) - comb(n - c, k)) / comb(n, k)


def all_of_k(n: int, c: int, k: int) -> float:
    """The chance that all of k samples are right, where c of n were: ``C(c, k) / C(n, k)``, unbiased.

    Raises:
        EvaluationError: there are fewer than k samples.
    """
    _refuse_few(n, k)
    return comb(c, k) / comb(n, k)


def best_of_k(values: Sequence[float], k: int) -> float:
    """The mean of the best of k samples, over all choices of k of the values; of zeros and ones it is pass@k.

    Raises:
        EvaluationError: there are fewer than k values.
    """
    _refuse_few(len(values), k)
    # The i-th value from below is the best of k in C(i, k - 1) of the choices
    weighted = sum(comb(i, k - 1) * value for i, value in enumerate(sorted(values)))
    return weighted / comb(len(values), k)


def _refuse_few(n: int, k: int) -> None:
    if not 1 <= k <= n:
        raise EvaluationError(f"k = {k}: expected from 1 to {n}, the number of samples: more can't be told from them")


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval; the three are None where no task has the measure.

    Attributes:
        mean: the mean over the tasks.
        low, high: between which the mean over all such tasks lies, with a confidence of ``LEVEL``.
        tasks: how many tasks the mean is over.
    """

    mean: float | None
    low: float | None
    high: float | None
    tasks: int


def intervals(values: Matrix, seed: int = 0, resamples: int = RESAMPLES) -> list[Interval]:
    """The mean of each column over the tasks that have it, with its interval.

    Tasks are drawn, with all that was measured of them (percentile bootstrap). Where all values are 0 or 1 it is
    Wilson's interval: of ones alone a bootstrap would say that there is no doubt.

    Args:
        values: from 0 to 1.
        seed: of what is drawn; the same seed gives the same intervals.
        resamples: how often as many tasks are drawn as there are.
    """
    known = ~np.isnan(values)
    tasks = known.sum(axis=0)
    quantised = np.where(known, np.rint(values * _UNIT), 0.0)
    sums = quantised.sum(axis=0)
    is_binary = (~known | (values == 0) | (values == 1)).all(axis=0)
    graded = np.flatnonzero(~is_binary)
    drawn = _resampled(quantised[:, graded], known[:, graded], seed, resamples)
    bounds = dict(zip(graded.tolist(), _quantiles(drawn), strict=True))
    found = []
    for column, number in enumerate(tasks.tolist()):
        if not number:
            found.append(Interval(None, None, None, 0))
            continue
        mean = sums[column] / number / _UNIT
        low, high = bounds[column] if column in bounds else wilson(round(mean * number), number)
        found.append(Interval(float(mean), low, high, number))
    return found


def _resampled(quantised: Matrix, known: NDArray[np.bool_], seed: int, resamples: int) -> Matrix:
    """The means of each resample, a row for each."""
    generator = np.random.default_rng(seed)
    number = len(quantised)
    rows = []
    for start in range(0, resamples if quantised.size else 0, _ROWS):
        size = min(_ROWS, resamples - start)
        counts = np.zeros((size, number))
        for row in range(size):
            counts[row] = np.bincount(generator.integers(number, size=number), minlength=number)
        with np.errstate(invalid="ignore"):  # a resample without any task that has a measure
            rows.append((counts @ quantised) / (counts @ known) / _UNIT)
    return np.concatenate(rows) if rows else np.zeros((1, 0))


def _quantiles(drawn: Matrix) -> list[tuple[float, float]]:
    tail = (1 - LEVEL) / 2
    if not drawn.shape[1]:
        return []
    low, high = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def wilson(successes: int, number: int) -> tuple[float, float]:
    """Wilson's interval for a share of successes."""
    share = successes / number
    scale = 1 + _Z**2 / number
    centre = (share + _Z**2 / (2 * number)) / scale
    half = _Z * sqrt(share * (1 - share) / number + (_Z / (2 * number)) ** 2) / scale
    return max(min(centre - half, share), 0.0), min(max(centre + half, share), 1.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same tasks.

    Attributes:
        first, second: the mean of each.
        difference: second less first, with the interval of a paired bootstrap.
        better, worse: on how many tasks the second is better, or worse.
        p: the chance of so uneven a division, or one more uneven, of the tasks on which they differ, if each way were
            as likely (two-sided, exact): of zeros and ones McNemar's test, of other values the sign test.
    """

    first: float | None
    second: float | None
    difference: Interval
    better: int
    worse: int
    p: float


def compare(first: Matrix, second: Matrix, seed: int = 0) -> list[Comparison]:
    """A comparison for each column, over the tasks for which both systems have the measure; rows are the same tasks."""
    both = ~(np.isnan(first) | np.isnan(second))
    numbers = both.sum(axis=0)
    is_known = numbers > 0
    difference = np.where(both, second - first, 0.0)
    quantised = np.rint(difference * _UNIT)
    drawn = _resampled(quantised[:, is_known], both[:, is_known], seed, RESAMPLES)
    bounds = dict(zip(np.flatnonzero(is_known).tolist(), _quantiles(drawn), strict=True))
    found = []
    for column, number in enumerate(numbers.tolist()):
        better, worse = (int((sign * difference[:, column] > 0).sum()) for sign in (1, -1))
        known = both[:, column]
        one, two = (_mean(side[known, column]) for side in (first, second))
        low, high = bounds.get(column, (None, None))
        interval = Interval(_mean(difference[known, column]), low, high, number)
        found.append(Comparison(one, two, interval, better, worse, sign_test(better, worse)))
    return found


def _mean(values: Matrix) -> float | None:
    return float(np.rint(values * _UNIT).sum() / len(values) / _UNIT) if len(values) else None


def sign_test(better: int, worse: int) -> float:
    """The two-sided exact p-value of so many differences in each direction.

    >>> sign_test(0, 0), sign_test(0, 5)
    (1.0, 0.0625)
    """
    number = better + worse
    tail = term = 1
    for i in range(min(better, worse)):
        term = term * (number - i) // (i + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << number))
