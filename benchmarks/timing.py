"""Ratios of two ways to do the same: both timed in turn, on the same inputs, several times."""

from __future__ import annotations

import gc
import resource
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """What both ways took, once each, one right after the other: seconds, or bytes of memory."""

    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """How many times the plain way's cost is ours."""
        return self.plain / self.ours


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds' ratios, and the least and the greatest of them."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, rounds: Sequence[Round]) -> Spread:
        """The spread of the ratios; each is that of a pair, so that a machine that slows down slows both sides."""
        ratios = [round_.ratio for round_ in rounds]
        return cls(statistics.median(ratios), min(ratios), max(ratios))


def pair(ours: Callable[[], float], plain: Callable[[], float], number: int) -> Round:
    """A round; the way that is measured first alternates with the round's number."""
    if number % 2:
        second = plain()
        return Round(ours(), second)
    first = ours()
    return Round(first, plain())


def seconds(step: Callable[[], object]) -> float:
    """The processor time of a step, in this process and in those that it starts and waits for."""
    gc.collect()
    start = _processor_time()
    step()
    return _processor_time() - start


def _processor_time() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
