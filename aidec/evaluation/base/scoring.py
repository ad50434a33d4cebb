"""Accuracy of a language model on tasks: as ``nanochat/core_eval.py`` and ``scripts/base_eval.py`` compute it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra
from aidec.evaluation.base.prompts import Encode, Prompt, lay_out
from aidec.evaluation.base.tasks import BaseTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

SHUFFLED_BY, EXAMPLES_BY = 1337, 1234
"""nanochat's seeds: of the order of items, of which some may be left out; plus an item's number, of examples."""


class LanguageModel(Protocol):
    """What is evaluated.

    It may have a ``max_length``: how many ids it takes at most.
    """

    def logprobs(self, ids: Sequence[int], /) -> ArrayLike:
        """Natural logarithms of probabilities, ``(len(ids), vocab_size)``: row ``i`` is of the id behind ``ids[i]``."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How a model did on a task.

    Attributes:
        label: the task's name.
        accuracy: the share of questions that it got right.
        centered: ``(accuracy - baseline) / (1 - baseline)``: 0 for guessing, 1 for all.
        num_items: how many questions it got.
    """

    label: str
    accuracy: float
    centered: float
    num_items: int


def centered(accuracy: float, random_baseline: float) -> float:
    """An accuracy on a scale on which guessing is 0 and all right is 1.

    >>> centered(0.625, 0.25)
    0.5
    """
    return (accuracy - random_baseline) / (1 - random_baseline)


def num_asked(task: BaseTask, limit: int | None = None) -> int:
    """How many questions of a task are asked.

    Raises:
        EvaluationError: they are too few for the examples before each.
    """
    number = min(len(task.items), limit or len(task.items))
    if task.num_fewshot >= number:
        raise EvaluationError(
            f"{task.label}: {task.num_fewshot} examples need {task.num_fewshot + 1} questions or more, read {number}"
        )
    return number


def evaluate(  # noqa: PLR0913 (what decides a figure)
    task: BaseTask,
    model: LanguageModel,
    encode: Encode,
    *,
    limit: int | None = None,
    max_length: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Accuracy:
    """The accuracy of a model on a task.

    Args:
        task: the task.
        model: the model.
        encode: makes ids of a text, with the token that begins a text.
        limit: take so many questions at most, of the shuffled list.
        max_length: how many ids the model gets at most, of longer prompts the end; None for as many as it takes.
        progress: gets 1 for each question that is done, and how many ids the model got for it.

    Raises:
        EvaluationError: the model gives another shape or what is no number, the questions are too few for the examples,
            or a prompt has nothing to score.
    """
    items = list(task.items)
    random.Random(SHUFFLED_BY).shuffle(items)  # noqa: S311 (a repeatable order)
    items = items[: num_asked(task, limit)]
    max_length = max_length or getattr(model, "max_length", None)
    num_right = 0
    for number, item in enumerate(items):
        others = [i for i in range(len(items)) if i != number]
        chosen = random.Random(EXAMPLES_BY + number).sample(others, task.num_fewshot)  # noqa: S311
        options = lay_out(task, item, [items[i] for i in chosen], encode)
        options = [option.cropped(max_length) for option in options]
        if task.kind == "language_modeling":
            num_right += _is_said(model, options[0])
        else:
            losses = [_mean_loss(model, option) for option in options]
            num_right += losses.index(min(losses)) == item.gold
        if progress:
            progress(1, sum(len(option.ids) for option in options))
    accuracy = num_right / len(items)
    return Accuracy(task.label, accuracy, centered(accuracy, task.random_baseline), len(items))


def mean_centered(rows: Sequence[Accuracy]) -> float:
    """The mean of the centred accuracies."""
    return sum(row.centered for row in rows) / len(rows)


def to_csv(rows: Sequence[Accuracy]) -> str:
    """A table ``Task, Accuracy, Centered``; its last row is the mean of the centred accuracies."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["Task", "Accuracy", "Centered"])
    table.writerows([row.label, f"{row.accuracy:.6f}", f"{row.centered:.6f}"] for row in rows)
    table.writerow(["MEAN", "", f"{mean_centered(rows):.6f}"])
    return text.getvalue()


def _rows(model: LanguageModel, prompt: Prompt) -> np.ndarray:
    """The log-probabilities that say how likely each scored id is: ``(end - start, vocab_size)``."""
    with extra("eval", "evaluation of models needs", EvaluationError):
        import numpy as np
    found = np.asarray(model.logprobs(prompt.ids))
    if found.ndim != 2 or len(found) != len(prompt.ids):
        raise EvaluationError(
            f"expected log-probabilities of the shape ({len(prompt.ids)}, vocab_size) of a model, read {found.shape}"
        )
    largest = max(prompt.ids[prompt.start : prompt.end])
    if largest >= found.shape[1]:
        raise EvaluationError(f"the tokenizer has the id {largest}, the model {found.shape[1]:,} ids: expected its own")
    rows: np.ndarray = found[prompt.start - 1 : prompt.end - 1]
    if np.isnan(rows).any():
        raise EvaluationError("expected log-probabilities of a model, read NaN")
    return rows


def _mean_loss(model: LanguageModel, prompt: Prompt) -> float:
    rows, targets = _rows(model, prompt), prompt.ids[prompt.start : prompt.end]
    return -float(rows[range(len(targets)), targets].mean())


def _is_said(model: LanguageModel, prompt: Prompt) -> bool:
    """Whether each scored id is the most likely one."""
    return bool((_rows(model, prompt).argmax(axis=1) == prompt.ids[prompt.start : prompt.end]).all())
