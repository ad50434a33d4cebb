"""Questions, and what answers them: a file, a program, an endpoint or a function of Python."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from aidec.evaluation.model import Prediction, Task
from aidec.evaluation.predictions import MISSING
from aidec.parallel.pool import Pool

AIDEC = "aidec"
"""The name of the decompiler that is built in."""

TIMEOUT, OUTPUT, NOTHING = "timeout", "too much output", "no output"
"""Failures that more than one kind of answerer has."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer that was wrong, and what is said of it.

    Attributes:
        completion: the answer.
        code: the code in it.
        error: what is wrong.
    """

    completion: bytes
    code: bytes
    error: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: the source of a task, once more if earlier answers were wrong.

    Attributes:
        task: the task.
        sample: the number of the sample.
        before: the answers to it before, the first one first.
    """

    task: Task
    sample: int
    before: tuple[Turn, ...] = ()


Answers = Iterator[tuple[Question, Prediction]]


class Answerer(Protocol):
    """What answers questions."""

    @property
    def identity(self) -> str:
        """What its answers depend on beside the question; answers are asked for anew where it changes."""

    def answers(self, questions: Iterator[Question]) -> Answers:
        """Each question with its answer, as soon as that is there, in any order."""


@dataclass(frozen=True, slots=True)
class Given:
    """Answers that are there already, in a file."""

    path: str

    @property
    def identity(self) -> str:
        """The contents of the file."""
        return digest_of_file(self.path)

    def answers(self, questions: Iterator[Question]) -> Answers:
        """As ``Answerer.answers``: the file has no others than were read."""
        for question in questions:
            yield question, failed(question, MISSING)


def digest_of_file(path: str) -> str:
    """The digest of the contents of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def in_threads(
    ask: Callable[[Question], Prediction],
    questions: Iterator[Question],
    number: int,
    stop: threading.Event,
) -> Answers:
    """Answers that are waited for in threads.

    Args:
        ask: answers a question; it ends soon once ``stop`` is set.
        questions: the questions; few are taken ahead.
        number: how many are asked at once.
        stop: it is set when no more answers are wanted; those that are asked for then are not waited for.
    """
    under_way: dict[Future[Prediction], Question] = {}
    executor = ThreadPoolExecutor(number)
    try:
        while True:
            for question in islice(questions, 2 * number - len(under_way)):
                under_way[executor.submit(ask, question)] = question
            if not under_way:
                return
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield under_way.pop(future), future.result()
    finally:
        stop.set()
        executor.shutdown(wait=False, cancel_futures=True)


def in_processes(
    work: Callable[[Sequence[Question]], Iterator[Prediction]], questions: Iterator[Question], number: int
) -> Answers:
    """Answers that are made in processes of their own, which may end themselves, and end with all that they started.

    Args:
        work: answers some questions, in order.
        questions: the questions.
        number: how many are asked at once.
    """
    asked: dict[tuple[str, int], Question] = {}

    def batches() -> Iterator[tuple[list[Question], int]]:
        for question in questions:
            asked[question.task.id, question.sample] = question
            yield [question], 0

    def fail(question: Question, problem: str) -> Prediction:
        return failed(question, "ended its process", problem)

    with Pool(work, number, fail, runs_others=True) as pool:
        for prediction in pool.map(batches(), in_order=False):
            yield asked.pop((prediction.task, prediction.sample)), prediction


def failed(question: Question, failure: str, detail: str = "", seconds: float | None = None) -> Prediction:
    """The prediction that there is no answer."""
    return Prediction(question.task.id, question.sample, b"", failure, seconds, detail=detail)


def last_line(text: bytes) -> str:
    """The last line of what a program wrote that is not empty, cut to the width of a screen."""
    lines: Sequence[str] = text.decode("utf-8", "replace").split("\n")
    shown = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return "".join(c if c.isprintable() else "?" for c in shown[:200])
