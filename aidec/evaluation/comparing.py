"""Two runs on the same tasks, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra
from aidec.evaluation.estimators import Comparison, compare
from aidec.evaluation.model import LEVELS
from aidec.evaluation.outputs import read_scores
from aidec.evaluation.predictions import Unmatched
from aidec.evaluation.report import DIGITS, rounded

with extra("eval", "comparisons need", EvaluationError):
    import numpy as np

Means = dict[str, dict[str, float]]
"""For each task the mean of each measure over its samples."""


def compare_runs(first: Path, second: Path, seed: int = 0) -> tuple[dict[str, Any], list[str]]:
    """The comparison of two runs, and a line for the tasks that only one of them has.

    Args:
        first: the folder of a run, or its file of scores.
        second: that of another.
        seed: of the intervals.

    Raises:
        EvaluationError: they have no task in common, or one of the same id that is not the same.
    """
    one, digests_of_one = _means(first)
    two, digests_of_two = _means(second)
    both = [task for task in one if task in two]
    if not both:
        raise EvaluationError(f"{first} and {second} have no task in common")
    for task in both:
        if digests_of_one[task] != digests_of_two[task]:
            raise EvaluationError(f"the task {task} is not the same in {first} and in {second}")
    names = [*LEVELS]
    for means in (one, two):
        for values in means.values():
            names += [name for name in values if name not in names]
    left, right = (
        np.array([[means[task].get(name, np.nan) for name in names] for task in both]) for means in (one, two)
    )
    found = dict(zip(names, map(_as_json, compare(left, right, seed)), strict=True))
    unpaired = [Unmatched(f"tasks that only {folder} has") for folder in (first, second)]
    for unmatched, mine, others in zip(unpaired, (one, two), (two, one), strict=True):
        for task in mine:
            if task not in others:
                unmatched.add(task)
    lines = [str(unmatched) for unmatched in unpaired if unmatched.number]
    return {"first": str(first), "second": str(second), "tasks": len(both), "levels": found}, lines


def _means(path: Path) -> tuple[Means, dict[str, str]]:
    """The means of the first answers to each task, and the digests of the tasks."""
    sums: dict[str, dict[str, list[float]]] = {}
    digests: dict[str, str] = {}
    for row in read_scores(path):
        if row["round"]:
            continue
        digests[row["task"]] = row["digest"]
        values = sums.setdefault(row["task"], {})
        for name, value in row["values"].items():
            if value is not None:
                values.setdefault(name, []).append(value)
    means = {task: {name: sum(all_) / len(all_) for name, all_ in values.items()} for task, values in sums.items()}
    return means, digests


def _as_json(found: Comparison) -> dict[str, Any]:
    return {
        "first": None if found.first is None else round(found.first, DIGITS),
        "second": None if found.second is None else round(found.second, DIGITS),
        "difference": rounded(found.difference),
        "better": found.better,
        "worse": found.worse,
        "p": found.p,
    }
