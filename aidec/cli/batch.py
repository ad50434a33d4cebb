"""Transforms the inputs of a command: in batches, in processes, in order, with errors, progress and a summary.

Small inputs are done together, which takes less time than one by one. An input that fails is reported, and the rest
goes on.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Generic, Protocol, TypeVar

import click

from aidec.bytecode.files import PassedOver
from aidec.cli.inputs import Input, Names, find, is_many, is_stream
from aidec.cli.sink import Output, Sink, WithSecond, distinct, without_inputs, writer_of
from aidec.common.errors import AidecError, CompileError, one_line
from aidec.common.files import atomic, remove_part
from aidec.common.gc_pause import no_collection
from aidec.common.native import keep_freed_memory
from aidec.parallel.batching import batches

Counts = dict[str, int]
Made = tuple["Output | None", Counts]
"""What to write for an input, if anything, and its counts for the summary; see `WithSecond` for two files."""
T = TypeVar("T")

FAILURES = (AidecError, OSError, MemoryError)
"""What may be wrong with an input; any other exception is an error of the program, and ends it."""
COUNTED_AT_ONCE = 64
GLOBS = "aidec.globs"
"""Where click's context has the patterns that ``--glob`` gave."""
CHUNK_START = "aidec.chunk_start"
"""Where it has what chunks of the dialect start with that ``--dialect`` named."""


class Transformation(Protocol[T]):
    """What a command does with its inputs; both steps raise one of ``FAILURES`` where an input is bad."""

    def read(self, data: bytes, path: str) -> T:
        """What the bytes of one input hold."""

    def make(self, batch: Sequence[T]) -> Iterator[Made]:
        """What is made of each, in order."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input.

    Attributes:
        output: what to write; None where it was written to a file of the input's own, or there is nothing to write.
        counts: the counts for the summary.
        error: the message, where the input failed.
    """

    output: Output | None = None
    counts: Counts = field(default_factory=dict)
    error: str | None = None


@dataclass(slots=True)
class Tally:
    """What became of the inputs: how many were done, how many failed, and the sums of their counts."""

    done: int = 0
    failed: int = 0
    counts: Counts = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The exit status of the command: 1 where an input failed."""
        return 1 if self.failed else 0

    @property
    def num_inputs(self) -> int:
        """How many inputs there were."""
        return self.done + self.failed

    def add(self, result: Result) -> None:
        """Count one result."""
        if result.error is not None:
            self.failed += 1
            return
        self.done += 1
        for name, count in result.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


ANY_LUA = Names()


def tally(
    named: Sequence[str],
    transformation: Transformation[T],
    sink: Sink,
    *,
    jobs: int,
    verb: str,
    names: Names = ANY_LUA,
) -> Tally:
    """What became of the inputs, after all are transformed and a summary is printed.

    Raises:
        AidecError: the names stand for no input at all.
    """
    start = time.monotonic()
    found = Tally()
    passed_over = PassedOver()
    for result in results(named, transformation, sink, passed_over, jobs=jobs, names=names):
        found.add(result)
    if is_many(named):
        counted = "".join(f", {count:,} {name}" for name, count in found.counts.items())
        counted += f", {passed_over}" if str(passed_over) else ""
        seconds = time.monotonic() - start
        sys.stdout.flush()  # where both go to one place, the summary is the last line
        click.echo(
            f"aidec: {verb} {found.done:,} of {found.num_inputs:,} inputs, {found.failed:,} failed{counted}, "
            f"{seconds:.1f} s",
            err=True,
        )
    return found


def results(
    named: Sequence[str],
    transformation: Transformation[T],
    sink: Sink,
    passed_over: PassedOver,
    *,
    jobs: int,
    names: Names = ANY_LUA,
) -> Iterator[Result]:
    """The result of each input, in order, after its output is written or its error is printed; ``passed_over`` counts.

    Raises:
        AidecError: there is none.
    """
    meta = click.get_current_context().meta
    names = replace(names, globs=meta.get(GLOBS, ()), start=meta.get(CHUNK_START, names.start))
    num_inputs = 0
    if is_many(named):
        keep_freed_memory()
    with ExitStack() as stack:
        interrupt_when_terminated(stack)
        write = writer_of(sink, stack)
        is_shown = is_many(named) and not any(map(is_stream, named)) and (not sink.is_stdout or not sys.stdout.isatty())
        advance = _progress(find(named, names), stack) if is_shown else lambda: None
        inputs = find(named, names, passed_over)
        if not (sink.is_stdout or sink.is_beside):
            inputs = without_inputs(inputs, sink)
        if is_many(named) and not (sink.is_stdout or sink.file):
            inputs = distinct(inputs, sink)
        work = Work(transformation, sink, is_sent=jobs > 1)
        for result in _in_processes(work, inputs, jobs) if jobs > 1 else _in_this_process(work, inputs):
            if result.error is not None:
                click.echo(f"aidec: {one_line(result.error)}", err=True)
            elif result.output is not None:
                write(result.output)
            yield result
            num_inputs += 1
            advance()
    if not num_inputs:
        sys.stdout.flush()
        raise AidecError(f"{' '.join(named)}: no file {names}" + (f"; {passed_over}" if str(passed_over) else ""))


def interrupt_when_terminated(stack: ExitStack) -> None:
    """Make SIGTERM end the run as Ctrl-C does: no process and no half-written file is left."""
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        stack.callback(signal.signal, signal.SIGTERM, before or signal.SIG_DFL)


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Makes the results of batches of inputs.

    Attributes:
        transformation: what is done with the inputs.
        sink: where outputs go; those with a file of their own are written at once.
        is_sent: whether results go to another process, and so have their output whole.
    """

    transformation: Transformation[T]
    sink: Sink
    is_sent: bool = False

    def __call__(self, batch: Sequence[Input]) -> Iterator[Result]:
        """The result of each input of a batch, in order."""
        with no_collection():  # it would search the chunks of the batch, which are freed without it
            read = [self._read(item) for item in batch]
            made = self._make([each for each in read if not isinstance(each, Exception)])
            for item, each in zip(batch, read, strict=True):
                yield self._result(item, each if isinstance(each, Exception) else next(made))

    def _read(self, item: Input) -> T | Exception:
        """What an input holds, or what is wrong with it."""
        try:
            return self.transformation.read(item.read(), item.path)
        except FAILURES as error:
            return error

    def _make(self, batch: Sequence[T]) -> Iterator[Made | Exception]:
        """What is made of each, or what is wrong with it; where one fails the rest of a batch, each is done alone."""
        num_made = 0
        try:
            for each in self.transformation.make(batch):
                yield each
                num_made += 1
        except FAILURES as error:
            if len(batch) == 1:
                yield error
                return
        for one in batch[num_made:]:
            yield from self._make([one])

    def _result(self, item: Input, made: Made | Exception) -> Result:
        """The result of an input, after its output is written if it gets a file of its own."""
        if isinstance(made, Exception):
            return Result(error=_message(item, made))
        output, counts = made
        try:
            target, second = self.sink.target(item), self.sink.second_target(item)
            if second is not None and isinstance(output, WithSecond):
                with atomic(second) as file:
                    file.write(output.second)
            if target is None or output is None:
                return Result(list(output) if output is not None and self.is_sent else output, counts)
            with atomic(target) as file:
                file.writelines(output)
            return Result(None, counts)
        except FAILURES as error:
            return Result(error=_message(item, error))


def _message(item: Input, error: Exception) -> str:
    """The line that says what is wrong with an input."""
    if isinstance(error, CompileError):  # it starts with the name of the file
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or item.path}: {error.strerror}"
    return f"{item.path}: {'out of memory' if isinstance(error, MemoryError) else error}"


def _in_this_process(work: Work[T], inputs: Iterator[Input]) -> Iterator[Result]:
    for batch, _ in batches(inputs):
        yield from work(batch)


def _in_processes(work: Work[T], inputs: Iterator[Input], jobs: int) -> Iterator[Result]:
    from aidec.parallel.pool import Pool

    def fail(item: Input, problem: str) -> Result:
        return Result(error=f"{item.path}: {problem}")

    def clean(item: Input, pid: int) -> None:
        for target in (work.sink.target(item), work.sink.second_target(item)):
            if target is not None:
                remove_part(target, pid)

    with Pool(work, jobs, fail, clean) as pool:
        yield from pool.map(batches(inputs))


def _progress(inputs: Iterator[Input], stack: ExitStack) -> Callable[[], object]:
    """What moves a bar on when an input is done, if standard error is a terminal; elsewhere it does nothing.

    The inputs are counted while the work goes on, so many for each that is done; from then on the bar shows the time
    left.
    """
    if not sys.stderr.isatty():
        return lambda: None
    bar = stack.enter_context(click.progressbar(inputs, file=sys.stderr, show_pos=True))
    total = 0

    def advance() -> None:
        nonlocal total
        if bar.length is None:
            counted = sum(1 for _ in islice(inputs, COUNTED_AT_ONCE))
            total += counted
            if counted < COUNTED_AT_ONCE:
                bar.length = total
        bar.update(1)

    return advance
