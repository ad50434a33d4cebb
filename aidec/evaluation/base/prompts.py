"""The ids of a question's options, and which of them are scored: as ``nanochat/core_eval.py`` lays them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aidec.common.errors import EvaluationError
from aidec.evaluation.base.tasks import BaseTask, Item

Encode = Callable[[str], list[int]]
"""The ids of a text, with the token that begins a text before them, if the tokenizer has one."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The ids of one option.

    Attributes:
        ids: the examples, the context and the answer.
        start, end: those that are scored, ``ids[start:end]``.
    """

    ids: list[int]
    start: int
    end: int

    def cropped(self, length: int | None) -> Prompt:
        """The last ``length`` ids of it; what is scored keeps its place in the text."""
        surplus = len(self.ids) - length if length else 0
        if surplus <= 0:
            return self
        return Prompt(self.ids[surplus:], max(self.start - surplus, 1), self.end - surplus)


def lay_out(task: BaseTask, item: Item, examples: Sequence[Item], encode: Encode) -> list[Prompt]:
    """The prompts of a question, one for each option.

    Of multiple choice the answers are scored, from where the options begin to differ; of a schema the answer, from
    behind the last place where the options differ; otherwise the answer.

    Args:
        task: the task.
        item: the question.
        examples: other questions, which stand before it with their right answers.
        encode: makes ids of a text.

    Raises:
        EvaluationError: the ids of the text without the answer are no start of those with it, or nothing is scored.
    """
    shots = "".join(f"{_joined(task, shot, shot.gold)}\n\n" for shot in examples)
    num_options = max(len(item.contexts), len(item.continuations))
    texts = [shots + _joined(task, item, option) for option in range(num_options)]
    if task.kind == "language_modeling":
        before = encode((shots + _context(task, item, 0) + task.delimiter).strip())
        ids = encode(texts[0])
        if ids[: len(before)] != before:
            raise EvaluationError(
                f"{task.label}: the tokenizer joins the end of a context with the start of its answer"
            )
        found = [Prompt(ids, len(before), len(ids))]
    else:
        encoded = [encode(text) for text in texts]
        if task.kind == "multiple_choice":
            starts = [_num_common(encoded)] * len(encoded)
        else:
            common = _num_common([ids[::-1] for ids in encoded])
            starts = [len(ids) - common for ids in encoded]
        found = [Prompt(ids, start, len(ids)) for ids, start in zip(encoded, starts, strict=True)]
    if any(not 0 < prompt.start < prompt.end for prompt in found):
        raise EvaluationError(
            f"{task.label}: options of a question have no token that is scored: they are the same, or start"
        )
    return found


def _joined(task: BaseTask, item: Item, option: int) -> str:
    answer = item.continuations[option if len(item.continuations) > 1 else 0]
    return f"{_context(task, item, option)}{task.delimiter}{answer}"


def _context(task: BaseTask, item: Item, option: int) -> str:
    context = item.contexts[option if len(item.contexts) > 1 else 0]
    return context.strip() if task.kind == "language_modeling" else context


def _num_common(lists: Sequence[Sequence[int]]) -> int:
    """How many ids all lists begin with."""
    shortest = min(map(len, lists))
    return next((i for i in range(shortest) if len({ids[i] for ids in lists}) > 1), shortest)
