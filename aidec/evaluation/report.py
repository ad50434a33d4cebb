"""The report of a run: scores by level, tag and size, with intervals, repairs and failures.

It holds nothing that was measured by a clock, so that the same answers make the same report.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra
from aidec.evaluation.estimators import Interval, all_of_k, best_of_k, intervals, pass_at_k
from aidec.evaluation.failures import Clusters, complaint
from aidec.evaluation.model import ERROR, LEVELS, Score, Scored, Task

if TYPE_CHECKING:
    from aidec.evaluation.estimators import Matrix

with extra("eval", "reports need", EvaluationError):
    import numpy as np

FORMAT = 1

PASSED = ("parses", "compiles", "same_bytecode", "same_behaviour")
"""Levels that a sample passes, with 1, or does not."""

DIGITS = 6
"""To how many digits numbers are rounded."""

FIRST_GROUPS = ("stripped", "size")
"""By what tasks are grouped first; then by what stands before the colon of a tag, as in ``loop:while``, or by tags."""


@dataclass(slots=True)
class Table:
    """What was measured of the first answers: for each task, its samples.

    Attributes:
        tasks: the tasks.
        samples: for each the values of each sample.
        measures: the names of the measures: the levels, then what is measured beside them.
    """

    tasks: list[Task] = field(default_factory=list)
    samples: list[list[dict[str, float | None]]] = field(default_factory=list)
    measures: list[str] = field(default_factory=lambda: list(LEVELS))

    def add(self, task: Task, scores: Iterable[Score]) -> None:
        """Add a task that has samples."""
        found = [score.values for score in scores]
        self.tasks.append(task)
        self.samples.append(found)
        for values in found:
            self.measures += [name for name in values if name not in self.measures]

    def means(self) -> Matrix:
        """For each task and measure the mean over the samples."""
        return self._matrix(self.measures, lambda values: sum(values) / len(values))

    def best(self, k: int) -> Matrix:
        """For each task and measure the mean of the best of k samples."""
        return self._matrix(self.measures, lambda values: best_of_k(values, k))

    def passed(self, k: int, *, all_of_them: bool = False) -> Matrix:
        """For each task and level of ``PASSED`` the chance that one of k samples passes, or that all of them do."""
        estimate = all_of_k if all_of_them else pass_at_k
        return self._matrix(PASSED, lambda values: estimate(len(values), values.count(1.0), k))

    def _matrix(self, measures: Sequence[str], estimate: Any) -> Matrix:
        found = np.full((len(self.tasks), len(measures)), np.nan)
        for row, samples in enumerate(self.samples):
            for column, name in enumerate(measures):
                known = [value for values in samples if (value := values.get(name)) is not None]
                if known:
                    try:
                        found[row, column] = estimate(known)
                    except EvaluationError as error:
                        raise EvaluationError(f"task {self.tasks[row].id}: {error}") from None
        return found

    def groups(self) -> Iterator[tuple[str, str, list[int]]]:
        """Kinds of tasks, each with what it goes by, its value, and the numbers of its tasks; all of them first."""
        yield "all", "", list(range(len(self.tasks)))
        found: dict[tuple[str, str], list[int]] = {}
        for row, task in enumerate(self.tasks):
            for group in groups_of(task):
                found.setdefault(group, []).append(row)
        for (by, value), rows in sorted(found.items(), key=lambda item: _group_order(*item[0])):
            yield by, value, rows


def groups_of(task: Task) -> list[tuple[str, str]]:
    """The kinds of a task, each with what it goes by, and its value: of a tag ``a:b`` these are a and b."""
    found = [("stripped", "yes" if task.stripped else "no")]
    for tag in dict.fromkeys(task.tags):
        by, has_value, value = tag.partition(":")
        found.append((by, value) if has_value else ("tag", tag))
    return found


def _group_order(by: str, value: str) -> tuple[int, str, int, str]:
    start = value.partition("-")[0].strip("<>=+")
    first = FIRST_GROUPS.index(by) if by in FIRST_GROUPS else len(FIRST_GROUPS)
    return first, by, int(start) if start.isdigit() else 0, value


@dataclass(frozen=True, slots=True)
class Settings:
    """What a report depends on beside the results.

    Attributes:
        system: what answered.
        goal: what repairs were for.
        rounds: how many there were at most.
        ks: for how many samples pass@k is told.
        seed: of the intervals.
    """

    system: str
    goal: str = "same_bytecode"
    rounds: int = 0
    ks: tuple[int, ...] = (1,)
    seed: int = 0


def report_of(results: Iterable[tuple[Task, list[list[Scored]]]], settings: Settings) -> dict[str, Any]:
    """The report of a run, as ``report.json`` has it.

    Args:
        results: for each task, for each sample, its rounds.
        settings: what else it depends on.

    Raises:
        EvaluationError: a task has fewer samples than k, or none could be scored.
    """
    seed, ks = settings.seed, settings.ks
    table, clusters, repairs = Table(), Clusters(), Repairs(settings.goal, settings.rounds)
    errors: dict[str, str] = {}
    number = 0
    for task, samples in results:
        for sample in samples:
            if ERROR in sample[0].score.notes:
                errors[task.id] = sample[0].score.notes[ERROR]
        if task.id in errors:
            continue
        number += len(samples)
        table.add(task, [rounds[0].score for rounds in samples])
        repairs.add(samples)
        for sample in samples:
            clusters.add(task, sample[0].score)
    if not table.tasks:
        first, problem = next(iter(errors.items()))
        raise EvaluationError(f"none of the {len(errors):,} tasks could be scored: {first}: {problem}")
    return {
        "format": FORMAT,
        "system": settings.system,
        "tasks": len(table.tasks),
        "predictions": number,
        "groups": list(_groups(table, seed)),
        "pass": {str(k): _named(PASSED, table.passed(k), seed) for k in ks},
        "all": {str(k): _named(PASSED, table.passed(k, all_of_them=True), seed) for k in ks if k > 1},
        "best": {str(k): _named(table.measures, table.best(k), seed) for k in ks if k > 1},
        "repair": repairs.to_json(seed),
        "failures": [cluster.to_json() for cluster in clusters.sorted()],
        "errors": errors,
    }


def _groups(table: Table, seed: int) -> Iterator[dict[str, Any]]:
    means = table.means()
    for by, value, rows in table.groups():
        levels = _named(table.measures, means[rows], seed)
        yield {"by": by, "value": value, "tasks": len(rows), "levels": levels}


def _named(names: Sequence[str], values: Matrix, seed: int) -> dict[str, dict[str, Any]]:
    return {name: rounded(found) for name, found in zip(names, intervals(values, seed), strict=True)}


def rounded(found: Interval) -> dict[str, Any]:
    """An interval as JSON has it."""
    return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in asdict(found).items()}


class Repairs:
    """What repairs gained: for each round, how much was right by then.

    Args:
        goal: what they were for.
        rounds: how many there were at most.
    """

    def __init__(self, goal: str, rounds: int) -> None:
        self._goal, self._rounds = goal, rounds
        self._right: list[list[float]] = []
        self._fixed: list[float] = []

    def add(self, samples: list[list[Scored]]) -> None:
        """Add the samples of a task."""
        rights = [self._right_by(rounds) for rounds in samples]
        self._right.append([sum(column) / len(column) for column in zip(*rights, strict=True)])
        wrong = [right for right in rights if not right[0]]
        self._fixed.append(sum(right[min(1, self._rounds)] for right in wrong) / len(wrong) if wrong else float("nan"))

    def _right_by(self, rounds: list[Scored]) -> list[float]:
        """Whether the goal was reached by each round."""
        right = [float(complaint(each.score, self._goal) is None) for each in rounds]
        return right + [right[-1]] * (self._rounds + 1 - len(right))

    def to_json(self, seed: int) -> dict[str, Any] | None:
        """What was right by each round, what the rounds gained, and what the first of them fixed; None without any."""
        if not self._rounds or not self._right:
            return None
        right = np.array(self._right)
        (gain, fixed) = intervals(np.column_stack([right[:, -1] - right[:, 0], self._fixed]), seed)
        by_round = [rounded(found) for found in intervals(right, seed)]
        return {"goal": self._goal, "by_round": by_round, "gain": rounded(gain), "fix_rate": rounded(fixed)}


def report_csv(found: dict[str, Any]) -> str:
    """A report as a table: a line for each group of tasks and measure, and for each k."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["by", "value", "measure", "mean", "low", "high", "tasks"])
    for group in found["groups"]:
        for name, interval in group["levels"].items():
            writer.writerow([group["by"], group["value"], name, *_cells(interval)])
    for estimate in ("pass", "all", "best"):
        for k, levels in found[estimate].items():
            for name, interval in levels.items():
                writer.writerow(["all", f"{estimate}@{k}", name, *_cells(interval)])
    return out.getvalue()


def _cells(interval: dict[str, Any]) -> list[Any]:
    return ["" if interval[key] is None else interval[key] for key in ("mean", "low", "high", "tasks")]
