"""A program as a decompiler: it gets the chunk, and prints the source.

A program that crashes, hangs, prints nothing or too much has failed, and nothing else. Its output is read from a pipe
and no further than the limit, so it fills neither memory nor a disk. When it is done its process group is killed; on
Linux all that it started is, also what has left the group.
"""

from __future__ import annotations

import os
import re
import selectors
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aidec.bytecode import dump
from aidec.common.errors import EvaluationError
from aidec.evaluation.asking import (
    NOTHING,
    OUTPUT,
    TIMEOUT,
    Answers,
    Question,
    digest_of_file,
    failed,
    in_processes,
    last_line,
)
from aidec.evaluation.model import Prediction, Task
from aidec.evaluation.programs import program_of
from aidec.parallel.descendants import end_children

CHUNK, CODE, ERROR = "chunk.luac", "code.lua", "error.txt"
"""The files that a program gets: the chunk, the code that was wrong, and what is wrong with it."""

_PLACES = re.compile(r"\{(chunk|code|error|id)\}")

_STEP, _SHORT_STEP = 0.05, 0.002
_BLOCK = 1 << 16
_PIPE_BLOCKS = 16  # a pipe holds 64 KiB, or 1 MiB at most
_MOST_ERRORS = 1 << 12


@dataclass(slots=True)
class Command:
    """Answers by running a program for each question.

    Attributes:
        line: the command, split as a shell does but not run by one. ``{chunk}`` stands for the file of the chunk, which
            is the standard input too; ``{code}`` and ``{error}`` for files with the last answer and what is wrong with
            it, if there is one; ``{id}`` for the id of the task.
        jobs: how many run at once.
        timeout: seconds that one may take.
        most_output: bytes that one may print.
    """

    line: str
    jobs: int = 1
    timeout: float = 60.0
    most_output: int = 1 << 20
    words: list[str] = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.words = shlex.split(self.line)
        except ValueError as error:
            raise EvaluationError(f"{self.line!r}: not a command: {error}") from None
        if not self.words:
            raise EvaluationError("expected a command, such as 'my-decompiler {chunk}'")
        if shutil.which(self.words[0]) is None:
            raise EvaluationError(f"{self.words[0]}: no such program")

    @property
    def identity(self) -> str:
        """The words, with the contents of those that are files, and the limits."""
        found = [shutil.which(self.words[0]) or self.words[0], *self.words[1:]]
        contents = [digest_of_file(word) if os.path.isfile(word) else "" for word in found]
        return repr((self.words, contents, self.timeout, self.most_output))

    def answers(self, questions: Iterator[Question]) -> Answers:
        """As ``Answerer.answers``."""
        return in_processes(self, questions, self.jobs)

    def __call__(self, batch: Sequence[Question]) -> Iterator[Prediction]:
        """The answers to some questions."""
        return map(self.ask, batch)

    def ask(self, question: Question) -> Prediction:
        """The answer to one question. In a process that adopts orphans, no child is left then."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="aidec-eval-", ignore_cleanup_errors=True) as folder:
            files = {CHUNK: _program(question.task)}
            if question.before:
                files |= {CODE: question.before[-1].code, ERROR: question.before[-1].error.encode()}
            values = {"id": question.task.id}
            for name, content in files.items():
                path = Path(folder, name)
                path.write_bytes(content)
                values[path.stem] = str(path)
            words = [_PLACES.sub(lambda place: values.get(place[1], place[0]), word) for word in self.words]
            try:
                run = _Run(words, values["chunk"])
            except OSError as error:
                return failed(question, "not started", str(error))
            failure = run.follow(started + self.timeout, self.most_output)
        seconds = time.monotonic() - started
        if failure:
            return failed(question, failure, last_line(bytes(run.errors)), seconds)
        return Prediction(question.task.id, question.sample, bytes(run.output), seconds=seconds)


def _program(task: Task) -> bytes:
    """The chunk that a program gets; empty for a task that has none."""
    return dump(program_of(task)) if task.is_function else task.chunk


class _Run:
    """One run of a program, in a process group of its own.

    Attributes:
        output: what it printed, up to the limit.
        errors: the end of what it wrote to standard error.
    """

    def __init__(self, words: list[str], chunk: str) -> None:
        self.output, self.errors = bytearray(), bytearray()
        with open(chunk, "rb") as file:
            self._process = subprocess.Popen(  # noqa: S603 (the user's own command)
                words,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )

    def follow(self, deadline: float, most_output: int) -> str | None:
        """Read what it writes until it ends; how it failed, or None."""
        process = self._process
        assert process.stdout  # noqa: S101 (it is a pipe)
        assert process.stderr  # noqa: S101
        with process.stdout as out, process.stderr as err, selectors.DefaultSelector() as pipes:
            for pipe, buffer in ((out, self.output), (err, self.errors)):
                os.set_blocking(pipe.fileno(), False)
                pipes.register(pipe, selectors.EVENT_READ, buffer)
            try:
                failure = self._read(pipes, deadline, most_output)
            finally:
                self._kill()
            if failure is None:  # what it wrote last is in the pipes still
                self._drain(pipes)
                failure = OUTPUT if len(self.output) > most_output else _ending(process.returncode, self.output)
        return failure

    def _read(self, pipes: selectors.BaseSelector, deadline: float, most_output: int) -> str | None:
        # It is left a zombie until its group was killed, so that its number can't be that of another process
        while not os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if time.monotonic() >= deadline:
                return TIMEOUT
            step = min(_STEP, max(deadline - time.monotonic(), 0))
            if pipes.get_map():
                self._take(pipes, step)
            else:
                time.sleep(min(step, _SHORT_STEP))
            if len(self.output) > most_output:
                return OUTPUT
        return None

    def _take(self, pipes: selectors.BaseSelector, seconds: float) -> bool:
        """Read a block of each pipe that has something, waiting so long at most; whether there was any."""
        is_any = False
        for key, _ in pipes.select(seconds):
            with suppress(BlockingIOError):
                block = os.read(key.fd, _BLOCK)
                key.data.extend(block)
                is_any |= bool(block)
                if not block:
                    pipes.unregister(key.fileobj)
        del self.errors[:-_MOST_ERRORS]
        return is_any

    def _drain(self, pipes: selectors.BaseSelector) -> None:
        """Read what is in the pipes of a process that ended, and not what one that left its group writes on."""
        for _ in range(_PIPE_BLOCKS):
            if not (pipes.get_map() and self._take(pipes, 0)):
                return

    def _kill(self) -> None:
        """Kill all that is left of the process group, and what left it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        end_children()


def _ending(status: int, output: bytes | bytearray) -> str | None:
    """How a program failed that ended with a status, or None."""
    if status < 0:
        try:
            return f"killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"killed by signal {-status}"
    if status:
        return f"exit status {status}"
    return None if output.strip() else NOTHING
