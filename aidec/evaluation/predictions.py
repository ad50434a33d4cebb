"""Predictions as JSON lines: ``{"id": ..., "completions": [...]}``, a line for each task, an item for each sample.

An item is the answer: a text, or ``{"base64": ...}`` where it is not UTF-8. Where more is known it is an object with
the key ``completion``, which is null where there is no answer, and the keys ``failure``, ``detail``, ``seconds`` and
``tokens`` of a `Prediction`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aidec.common.errors import EvaluationError
from aidec.common.json_values import bytes_from_json, bytes_to_json
from aidec.evaluation.model import Prediction
from aidec.evaluation.rows import parsed
from aidec.sources.compression import DAMAGES, open_stream

MISSING = "no prediction"
"""The failure of a task of which a file has no prediction."""

_NAMED = 5


@dataclass(slots=True)
class Unmatched:
    """Ids that do not go with the tasks: how many, and the first ones."""

    what: str
    number: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count one."""
        self.number += 1
        if len(self.first) < _NAMED:
            self.first.append(name)

    def __str__(self) -> str:
        more = ", ..." if self.number > len(self.first) else ""
        return f"{self.number:,} {self.what}: {', '.join(self.first)}{more}"


def read_predictions(path: str, ids: Collection[str], report: Callable[[str], object]) -> Iterator[Prediction]:
    """The predictions in a file, in its order; a task of which there is none gets as many as others that failed.

    Args:
        path: the file; packed if its name ends in ``.gz``, ``.xz`` or ``.zst``.
        ids: the tasks.
        report: called with a line for each line of the file that is malformed, which is passed over, and at the end
            with one each for ids that no task has, that come twice (the first counts), or that are missing.

    Raises:
        EvaluationError: the file is damaged, or has no prediction of any task.
        OSError: it can't be opened.
    """
    seen: set[str] = set()
    most = 0
    unknown, twice = Unmatched("ids that no task has"), Unmatched("ids that come twice, the first of which counts")
    for number, line in _lines(path):
        try:
            name, samples = _row(line)
        except EvaluationError as error:
            report(f"{path}:{number}: {error}")
            continue
        if name not in ids or name in seen:
            (twice if name in seen else unknown).add(name)
            continue
        seen.add(name)
        most = max(most, len(samples))
        yield from (prediction_of(item, name, sample) for sample, item in enumerate(samples))
    if not seen:
        raise EvaluationError(f"{path}: no prediction of any of the {len(ids):,} tasks; {unknown}")
    missing = Unmatched("tasks without a prediction, which count as wrong")
    for name in ids:
        if name not in seen:
            missing.add(name)
            yield from (Prediction(name, sample, b"", failure=MISSING) for sample in range(most))
    for unmatched in (unknown, twice, missing):
        if unmatched.number:
            report(f"{path}: {unmatched}")


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, with their numbers."""
    with open_stream(path) as lines:
        try:
            yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        except DAMAGES as error:
            raise EvaluationError(f"{path}: it is damaged: {error}") from None


def _row(line: bytes) -> tuple[str, list[Any]]:
    """The id and the items of a line.

    Raises:
        EvaluationError: it is no row of predictions.
    """
    match parsed(line):
        case {"id": str() as name, "completions": [_, *_] as items}:
            for place, item in enumerate(items, 1):
                try:
                    prediction_of(item, name, 0)
                except (KeyError, TypeError, ValueError):
                    raise EvaluationError(
                        f"completion {place}: expected a text, or an object with one under the key completion or base64"
                    ) from None
            return name, items
    raise EvaluationError('expected {"id": a text, "completions": [an answer, ...]}')


def prediction_of(item: Any, task: str, sample: int) -> Prediction:
    """The prediction that an item stands for.

    Raises:
        KeyError, TypeError, ValueError: the item is malformed.
    """
    if not isinstance(item, dict) or "completion" not in item:
        return Prediction(task, sample, bytes_from_json(item))
    failure, detail = item.get("failure"), item.get("detail", "")
    seconds, tokens = item.get("seconds"), item.get("tokens")
    has_types = (
        isinstance(failure, (str, type(None)))
        and isinstance(detail, str)
        and isinstance(seconds, (int, float, type(None)))
        and isinstance(tokens, (int, type(None)))
    )
    if not has_types or (item["completion"] is None and not failure):
        raise TypeError
    completion = b"" if item["completion"] is None else bytes_from_json(item["completion"])
    return Prediction(task, sample, completion, failure, seconds, tokens, detail)


def item_of(prediction: Prediction) -> Any:
    """The item of a prediction: its answer alone, where nothing more is known."""
    more = {name: getattr(prediction, name) for name in ("failure", "detail", "seconds", "tokens")}
    known = {name: value for name, value in more.items() if value not in (None, "")}
    if prediction.failure is not None:
        return {"completion": None, **known}
    completion = bytes_to_json(prediction.completion)
    return {"completion": completion, **known} if known else completion


def row_of(task: str, predictions: Iterable[Prediction]) -> bytes:
    """The line of a task's predictions, which are in the order of their samples."""
    return json.dumps({"id": task, "completions": [item_of(each) for each in predictions]}).encode() + b"\n"
