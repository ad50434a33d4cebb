"""Proposals of a model: what it is asked for, and the task, the solution and the tests that its answer has."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aidec.common.errors import AidecError, EvaluationError, SynthesisError
from aidec.common.settings import Conf, load_yaml
from aidec.evaluation.answers import blocks, without_thought
from aidec.evaluation.model import Task, Test
from aidec.evaluation.rows import Row, parsed

BLOCKS = (b"task", b"lua", b"json")
"""The tags of the blocks of an answer, in their order."""

LEAST_TESTS, MOST_TESTS = 3, 12
"""How many tests a proposal has."""

MOST_BYTES = 1 << 14
"""How long a solution may be; mutants of a long one take long to make."""

_TEST = ("function", "arguments", "expected")
_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


class RefusedError(AidecError):
    """An answer that is no proposal; the text is the kind of the reason, which is counted."""


@dataclass(frozen=True, slots=True)
class Topics:
    """What a model is asked to think of tasks about.

    Attributes:
        topics: subjects.
        levels: how difficult tasks are.
        forms: what solutions are made of.
    """

    topics: tuple[str, ...]
    levels: tuple[str, ...]
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a question asks for.

    Attributes:
        number: the number of the question, from 0.
        topic, level, form: as in ``Topics``.
    """

    number: int
    topic: str
    level: str
    form: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an answer has.

    Attributes:
        task: what is to be programmed.
        code: the solution.
        tests: calls with expected results.
    """

    task: str
    code: bytes
    tests: tuple[Test, ...]


def read_topics(path: str | None = None) -> Topics:
    """The topics of a file, with those that ship where it has no such key; all that ship without a file.

    Raises:
        SynthesisError: the file is malformed, or a list is empty; the text names the line.
        OSError: it can't be read.
    """
    shipped = load_yaml(Path(__file__).with_name("topics.yaml"))
    found: dict[str, tuple[str, ...]] = {name: tuple(listed) for name, listed in shipped.items()}
    if path is not None:
        conf = Conf(Path(path), SynthesisError)
        for name, shipped_texts in found.items():
            where = conf.where(name)
            texts = conf.texts(name, shipped_texts)
            if not texts or not all(text.strip() for text in texts):
                raise conf.fail(where, f"{name}: expected a list of texts, none of them empty")
            found[name] = texts
        conf.refuse_the_rest()
    return Topics(**found)


def wishes(topics: Topics, seed: int, number: int) -> Iterator[Wish]:
    """So many wishes: all topics come in turn, in an order that the seed decides on, and anew for each turn."""
    rng = random.Random(f"instruct {seed}")  # noqa: S311 -- nothing here is secret
    order: list[str] = []
    for place in range(number):
        if not order:
            order = rng.sample(topics.topics, len(topics.topics))
        yield Wish(place, order.pop(), rng.choice(topics.levels), rng.choice(topics.forms))


def task_of(wish: Wish, seed: int) -> Task:
    """The task that the question stands in, as its prompt."""
    words = {"topic": wish.topic, "level": wish.level, "form": wish.form, "number": wish.number + 1}
    text = texts()["question"]
    for name, word in {**words, "least": LEAST_TESTS, "most": MOST_TESTS}.items():
        text = text.replace(f"{{{name}}}", str(word))
    return Task(f"instruct/{seed}-{wish.number}", b"", prompt=text.encode())


@cache
def texts() -> dict[str, str]:
    """The texts that a model is asked with, by their names."""
    found: dict[str, str] = load_yaml(Path(__file__).with_name("instruct.yaml"))
    return found


def proposal_of(answer: bytes) -> Proposal:
    """The proposal in an answer: three fenced blocks, each with its tag, in their order.

    What stands around the blocks, and a thought before them, does not count.

    Raises:
        RefusedError: the answer is another.
    """
    found = list(blocks(without_thought(answer)))
    tags = tuple(block.tag for block in found)
    if tags != BLOCKS:
        wrong = next((tag for tag in BLOCKS if tags.count(tag) != 1), None)
        if wrong is not None:
            number = "no" if wrong not in tags else "more than one"
            raise RefusedError(f"answer: {number} block {wrong.decode()}")
        raise RefusedError("answer: other blocks, or in another order")
    task, code, tests = (block.text for block in found)
    try:
        text = task.decode().strip()
    except UnicodeDecodeError:
        raise RefusedError("answer: the task is not UTF-8") from None
    if not text:
        raise RefusedError("answer: the task is empty")
    if not code.strip():
        raise RefusedError("answer: the solution is empty")
    if len(code) > MOST_BYTES:
        raise RefusedError(f"answer: the solution has more than {MOST_BYTES:,} bytes")
    return Proposal(text, code, _tests(tests))


def _tests(text: bytes) -> tuple[Test, ...]:
    try:
        rows = parsed(text)
    except EvaluationError:
        raise RefusedError("tests: not JSON") from None
    if not isinstance(rows, list):
        raise RefusedError("tests: no list")
    tests = tuple(dict.fromkeys(map(_test, rows)))
    if not LEAST_TESTS <= len(tests) <= MOST_TESTS:
        which = "fewer" if len(tests) < LEAST_TESTS else "more"
        raise RefusedError(f"tests: {which} than {LEAST_TESTS if which == 'fewer' else MOST_TESTS}")
    return tests


def _test(row: Any) -> Test:
    try:
        read = Row(row, "a test", _TEST)
        test = Test(*(read.text(name) for name in _TEST))
    except EvaluationError:
        raise RefusedError("tests: one is no object of function, arguments and expected") from None
    if not _FUNCTION.fullmatch(test.function):
        raise RefusedError("tests: one calls no function")
    return test
