"""Scores predictions, in processes that can be lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aidec.common.errors import AidecError, SandboxError
from aidec.common.json_values import bytes_from_json, bytes_to_json
from aidec.evaluation.answers import code_of
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.journal import digest_of, version
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import ANSWER, ERROR, LEVELS, FunctionScore, Prediction, Score, Scored, Task
from aidec.lua.runner import Runner
from aidec.parallel.alarm import Expired, limited

FATAL = "fatal"
"""The key of a row that says why nothing can be scored here."""

REFUSED = b"?"
"""What stands for a prediction that is not there: it is no Lua, so that it has nothing on all levels."""


@dataclass(frozen=True, slots=True)
class Item:
    """A prediction to score.

    Attributes:
        task: its task.
        completion: the answer as it came, or None if there is none.
        failure: why there is none.
        digest: that of all that the score depends on.
    """

    task: Task
    completion: bytes | None
    failure: str | None
    digest: bytes


Row = dict[str, Any]


@dataclass(frozen=True)
class Scorer:
    """Scores predictions in the process in which it is called.

    Attributes:
        behaves: whether they are run, for the level ``same_behaviour``; it can't be told otherwise.
        seed: of the calls that are generated where a task has no tests.
        seconds: how long it may take to score one.
    """

    behaves: bool = True
    seed: int = 0
    seconds: float = 300.0

    @cached_property
    def _behaviour(self) -> Behaviour:
        """Made once for a process, where it is used."""
        return Behaviour(Runner(1, deterministic=True), seed=self.seed)

    def item(self, task: Task, task_digest: bytes, prediction: Prediction) -> Item:
        """What to score of a prediction."""
        completion = None if prediction.failure else prediction.completion
        given = (prediction.failure or "").encode() if completion is None else completion
        digest = digest_of("score", version(), repr(self), task_digest, completion is None, given)
        return Item(task, completion, prediction.failure, digest)

    def __call__(self, batch: Sequence[Item]) -> Iterator[tuple[bytes, Row]]:
        """The digest and the row of the score of each."""
        for item in batch:
            try:
                with limited(self.seconds):
                    row = self._row(item)
            except Expired:
                row = lost(f"to score it took more than {self.seconds:g} seconds")
            except SandboxError as error:
                row = {FATAL: str(error)}
            except Exception as error:  # whatever a prediction brings about costs itself alone
                row = _blamed(item.task, error)
            yield item.digest, row

    def _row(self, item: Item) -> Row:
        code = REFUSED
        if item.completion is not None:
            code = code_of(item.completion, item.task.prompt, [stop.encode() for stop in item.task.stop_tokens])
        text = item.task.completed(code)
        score = static_score(item.task, text)
        values, notes = dict(score.values), dict(score.notes)
        if self.behaves:
            values["same_behaviour"], note = self._behaviour.score(item.task, text)
            notes |= {"same_behaviour": note} if note else {}
        if item.completion is None:
            known = {level for level, value in values.items() if value is not None}
            notes = {level: note for level, note in notes.items() if level not in known} | {ANSWER: item.failure or ""}
        row: Row = {"values": values, "notes": notes}
        row["functions"] = [[list(each.path), each.values, each.notes] for each in score.functions]
        if code != item.completion:
            row["code"] = bytes_to_json(code if item.completion is not None else b"")
        return row


def _blamed(task: Task, error: Exception) -> Row:
    """The row of a prediction that could not be scored; if no other of its task could be either, that says so."""
    problem = f"{error}" if isinstance(error, AidecError) else f"{type(error).__name__}: {error}"
    try:
        static_score(task, REFUSED)
    except Exception:
        return {"values": dict.fromkeys(LEVELS), "notes": {ERROR: problem}, "functions": []}
    return lost(f"to score it was not possible: {problem}")


def lost(problem: str) -> Row:
    """The row of a prediction that could not be scored, through its own fault."""
    return {"values": dict.fromkeys(LEVELS, 0.0), "notes": {ANSWER: problem}, "functions": []}


def scored(prediction: Prediction, row: Row) -> Scored:
    """A prediction with the score that a row holds."""
    functions = tuple(FunctionScore(tuple(path), values, notes) for path, values, notes in row["functions"])
    score = Score(prediction.task, prediction.sample, row["values"], row["notes"], functions)
    return Scored(prediction, bytes_from_json(row["code"]) if "code" in row else prediction.completion, score)
