"""The files of a run: what was answered, what each answer got, and the report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.errors import EvaluationError
from aidec.common.files import atomic
from aidec.common.json_values import bytes_to_json
from aidec.evaluation.failures import kind_of_failure
from aidec.evaluation.journal import task_digest
from aidec.evaluation.model import LEVELS, Scored, Task
from aidec.evaluation.predictions import row_of
from aidec.evaluation.report import report_csv

JOURNAL = "journal.db"
REPORT, REPORT_CSV = "report.json", "report.csv"
SCORES, SCORES_CSV = "scores.jsonl", "scores.csv"
PREDICTIONS, COSTS = "predictions.jsonl", "costs.json"

Results = Iterable[tuple[Task, list[list[Scored]]]]
"""For each task, for each sample, its rounds."""


@dataclass(slots=True)
class Costs:
    """What answers cost, with those in later rounds.

    Attributes:
        tasks: how many tasks were asked.
        seconds, tokens: the sums over all answers of which they are known.
        timed, counted: how many these are.
    """

    tasks: int = 0
    seconds: float = 0.0
    timed: int = 0
    tokens: int = 0
    counted: int = 0

    def add(self, samples: list[list[Scored]]) -> None:
        """Add the answers to a task."""
        self.tasks += 1
        for rounds in samples:
            for each in rounds:
                prediction = each.prediction
                if prediction.seconds is not None:
                    self.seconds += prediction.seconds
                    self.timed += 1
                if prediction.tokens is not None:
                    self.tokens += prediction.tokens
                    self.counted += 1

    def to_json(self) -> dict[str, Any]:
        """The sums, and what a task costs."""
        return {
            "tasks": self.tasks,
            "seconds": round(self.seconds, 3) if self.timed else None,
            "seconds_a_task": round(self.seconds / self.tasks, 3) if self.timed else None,
            "tokens": self.tokens if self.counted else None,
            "tokens_a_task": round(self.tokens / self.tasks, 1) if self.counted else None,
        }


def costs_of(results: Results) -> Costs:
    """What the answers of a run cost."""
    costs = Costs()
    for _, samples in results:
        costs.add(samples)
    return costs


def write_outputs(folder: Path, results: Results, report: dict[str, Any], costs: Costs) -> None:
    """Write the files of a run, each whole or not at all."""
    with ExitStack() as stack:
        scores, table, predictions = (
            stack.enter_context(atomic(folder / name)) for name in (SCORES, SCORES_CSV, PREDICTIONS)
        )
        names = list(report["groups"][0]["levels"]) if report["groups"] else list(LEVELS)
        table.write(_csv_line(["task", "sample", "round", "failure", *names]))
        for task, samples in results:
            predictions.write(row_of(task.id, [rounds[0].prediction for rounds in samples]))
            digest = task_digest(task).hex()[:16]  # for compare_runs, which refuses tasks that differ
            for rounds in samples:
                for number, each in enumerate(rounds):
                    row = {"task": task.id, "digest": digest, "round": number, **_row(each)}
                    scores.write(json.dumps(row).encode() + b"\n")
                    table.write(_csv_row(task, number, each, names))
    for name, text in (
        (REPORT, json.dumps(report, indent=1) + "\n"),
        (REPORT_CSV, report_csv(report)),
        (COSTS, json.dumps(costs.to_json()) + "\n"),
    ):
        with atomic(folder / name) as file:
            file.write(text.encode())


def _row(each: Scored) -> dict[str, Any]:
    """What a sample got in a round, as a row."""
    score = each.score
    functions = [{"path": list(one.path), "values": one.values, "notes": one.notes} for one in score.functions]
    return {
        "sample": score.sample,
        "failure": each.prediction.failure,
        "code": bytes_to_json(each.code),
        "values": score.values,
        "notes": score.notes,
        "functions": functions,
    }


def _csv_row(task: Task, number: int, each: Scored, names: Sequence[str]) -> bytes:
    failure = kind_of_failure(each.score)
    values = [each.score.values.get(name) for name in names]
    cells = [task.id, each.score.sample, number, ": ".join(failure) if failure else "", *values]
    return _csv_line(["" if cell is None else cell for cell in cells])


def _csv_line(cells: Sequence[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode("utf-8", "surrogatepass")


def read_scores(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of ``scores.jsonl`` of a run that is done.

    Raises:
        EvaluationError: there are none, or one is malformed.
    """
    path = folder / SCORES if folder.is_dir() else folder
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                row = json.loads(line)
                if not (isinstance(row, dict) and {"task", "digest", "sample", "round", "values"} <= row.keys()):
                    raise EvaluationError(f"{path}:{number}: not a row of scores")
                yield row
    except FileNotFoundError:
        raise EvaluationError(f"{folder}: expected the folder of a run that is done; it has no {SCORES}") from None
    except ValueError as error:
        raise EvaluationError(f"{path}: not JSON lines: {error}") from None
