"""Tasks for language models: a YAML list, and JSON lines of items, in the forms that nanochat reads (``core.yaml``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from aidec.common.errors import EvaluationError
from aidec.common.settings import Conf
from aidec.common.shipped import shipped_names, shipped_or_own

SHIPPED = Path(__file__).parent

Kind = Literal["multiple_choice", "schema", "language_modeling"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes:
        contexts: what stands before the answer. For ``schema`` one for each option; otherwise one.
        continuations: the answers. For ``multiple_choice`` one for each option; otherwise one.
        gold: the number of the right option; 0 where there is one.
    """

    contexts: tuple[str, ...]
    continuations: tuple[str, ...]
    gold: int


@dataclass(frozen=True, slots=True)
class BaseTask:
    """A list of questions of one kind.

    Attributes:
        label: its name in the table.
        kind: ``multiple_choice``: which answer goes on with the context; ``schema``: which context goes on with the
            answer; ``language_modeling``: whether the answer is what the model would say, token by token.
        items: the questions.
        num_fewshot: how many other questions, with their answers, stand before each.
        delimiter: what stands between a context and an answer.
        random_baseline: the share that guessing gets right, from 0 to less than 1.
    """

    label: str
    kind: Kind
    items: tuple[Item, ...]
    num_fewshot: int
    delimiter: str
    random_baseline: float


def list_names() -> list[str]:
    """The names of the lists that ship, sorted."""
    return shipped_names(SHIPPED)


def load_tasks(name: str) -> list[BaseTask]:
    """The tasks of a list, by its name if it ships, or by the path of its YAML file.

    Raises:
        EvaluationError: there is no such list, or a file is malformed; the text names the file and the line.
        OSError: a file can't be read.
    """
    path = shipped_or_own(name, SHIPPED, "list of tasks", EvaluationError)
    conf = Conf(path, EvaluationError)
    tasks = []
    for entry in conf.items("tasks"):
        if isinstance(entry, str):
            raise conf.fail(1, f"tasks: expected mappings, read {entry!r}")
        tasks.append(_task(entry, path))
    conf.refuse_the_rest()
    labels = [task.label for task in tasks]
    if not tasks or len(set(labels)) < len(labels):
        raise conf.fail(1, "tasks: expected one or more, each with a label of its own")
    return tasks


def _task(conf: Conf, path: Path) -> BaseTask:
    kind: Any = conf.choice("kind", KINDS)
    where = conf.where("num_fewshot")
    task = BaseTask(
        label=conf.text("label"),
        kind=kind,
        items=tuple(_items(path.parent / conf.text("file"), kind)),
        num_fewshot=conf.number("num_fewshot", default=0),
        delimiter=conf.text("delimiter", default=" "),
        random_baseline=_share(conf, "random_baseline"),
    )
    if not 0 <= task.num_fewshot < len(task.items):
        raise conf.fail(
            where, f"num_fewshot: expected 0 to {len(task.items) - 1:,}, less than the items, read {task.num_fewshot:,}"
        )
    conf.refuse_the_rest()
    return task


def _share(conf: Conf, key: str) -> float:
    where, text = conf.where(key), conf.text(key, default="0")
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise conf.fail(where, f"{key}: expected a number from 0 to less than 1, read {text!r}")
    return share


def _items(path: Path, kind: Kind) -> list[Item]:
    items = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                items.append(_READERS[kind](json.loads(line)))
            except (ValueError, KeyError, TypeError, IndexError):
                raise EvaluationError(f"{path}:{number}: expected {_EXPECTED[kind]}") from None
    if not items:
        raise EvaluationError(f"{path}: expected items, read none")
    return items


def _multiple_choice(row: dict[str, Any]) -> Item:
    return _checked((row["query"],), tuple(row["choices"]), row["gold"], len(row["choices"]))


def _schema(row: dict[str, Any]) -> Item:
    return _checked(tuple(row["context_options"]), (row["continuation"],), row["gold"], len(row["context_options"]))


def _language_modeling(row: dict[str, Any]) -> Item:
    return _checked((row["context"],), (row["continuation"],), 0, 1)


def _checked(contexts: tuple[str, ...], continuations: tuple[str, ...], gold: int, num_options: int) -> Item:
    """An item.

    Raises:
        TypeError, ValueError: a text is none, or no option has the number ``gold``.
    """
    if not all(isinstance(text, str) for text in (*contexts, *continuations)) or isinstance(gold, bool):
        raise TypeError
    if not 0 <= gold < num_options:
        raise ValueError
    return Item(contexts, continuations, gold)


_READERS: dict[Kind, Callable[[dict[str, Any]], Item]] = {
    "multiple_choice": _multiple_choice,
    "schema": _schema,
    "language_modeling": _language_modeling,
}

_EXPECTED: dict[Kind, str] = {
    "multiple_choice": '{"query": text, "choices": [text, ...], "gold": number of the right one}',
    "schema": '{"context_options": [text, ...], "continuation": text, "gold": number of the right one}',
    "language_modeling": '{"context": text, "continuation": text}',
}
