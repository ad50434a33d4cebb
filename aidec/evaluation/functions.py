"""A function of Python as a decompiler, and the one that is built in; each runs in processes of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from aidec.bytecode import Chunk, dump
from aidec.common.errors import EvaluationError
from aidec.decompiler.program import decompile
from aidec.evaluation.asking import (
    AIDEC,
    NOTHING,
    OUTPUT,
    TIMEOUT,
    Answers,
    Question,
    digest_of_file,
    failed,
    in_processes,
)
from aidec.evaluation.journal import version
from aidec.evaluation.model import Prediction
from aidec.evaluation.objects import named_object
from aidec.evaluation.programs import program_of
from aidec.parallel.alarm import Expired, limited
from aidec.parallel.descendants import children, end_children
from aidec.parallel.pool import Ended


@dataclass
class Function:
    """Answers by calling a function.

    Attributes:
        name: ``aidec`` for the decompiler that is built in, or ``module:function``. The function gets the bytes of a
            program, and returns its source, as ``str`` or ``bytes``; the module may stand in the current folder.
        jobs: how many processes call it.
        timeout: seconds that one call may take.
        most_output: bytes that it may return.
    """

    name: str
    jobs: int = 1
    timeout: float = 60.0
    most_output: int = 1 << 20

    def __post_init__(self) -> None:
        if self.name != AIDEC:
            self._callable  # noqa: B018 (the error, if there is one, comes before anything is asked)

    @cached_property
    def _callable(self) -> Callable[[bytes], str | bytes]:
        found = named_object(self.name)
        if not callable(found):
            raise EvaluationError(f"{self.name}: expected a function")
        function: Callable[[bytes], str | bytes] = found
        return function

    @property
    def identity(self) -> str:
        """The name, with the contents of the module's file, and the limits."""
        contents = version() if self.name == AIDEC else _digest_of_module(self.name.partition(":")[0])
        return repr((self.name, contents, self.timeout, self.most_output))

    def answers(self, questions: Iterator[Question]) -> Answers:
        """As ``Answerer.answers``."""
        return in_processes(self, questions, self.jobs)

    def __call__(self, batch: Sequence[Question]) -> Iterator[Prediction]:
        """The answers to some questions, in this process."""
        for question in batch:
            start, before = time.monotonic(), children()
            try:
                with limited(self.timeout):
                    code = self._called(program_of(question.task))
            except Ended:
                raise
            except Expired:
                end_children(before)
                yield failed(question, TIMEOUT, seconds=time.monotonic() - start)
            except BaseException as error:  # it is the code of others
                yield failed(question, type(error).__name__, str(error)[:200], time.monotonic() - start)
            else:
                yield self._answer(question, code, time.monotonic() - start)

    def _called(self, chunk: Chunk) -> object:
        return decompile(chunk).source if self.name == AIDEC else self._callable(dump(chunk))

    def _answer(self, question: Question, code: object, seconds: float) -> Prediction:
        if isinstance(code, str):
            code = code.encode("utf-8", "surrogateescape")
        if not isinstance(code, bytes):
            return failed(question, "no text", f"it returned {type(code).__name__}", seconds)
        if len(code) > self.most_output:
            return failed(question, OUTPUT, seconds=seconds)
        if not code.strip():
            return failed(question, NOTHING, seconds=seconds)
        return Prediction(question.task.id, question.sample, code, seconds=seconds)


def _digest_of_module(name: str) -> str:
    path = getattr(sys.modules[name], "__file__", None)
    return digest_of_file(path) if path else ""
