"""A transformation over many inputs: in processes, in order, with its errors, its progress and its summary.

A transformation takes the bytes of an input and its path, and returns the bytes to write and counts for the summary.
One bad input is reported and the rest goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import click

from aidec.cli.inputs import Input, find
from aidec.common.errors import AidecError, CompileError
from aidec.common.files import atomic, remove_part

Counts = dict[str, int]
Transform = Callable[[bytes, str], tuple["bytes | None", Counts]]

COUNTED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input: its output, unless that was written to a file already; or what is wrong with it."""

    output: bytes | None = None
    counts: Counts = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sink:
    """Where outputs go: each to a file of its own, or all to ``file``, or to standard output.

    Attributes:
        folder: the folder for files of their own; they keep the tree that they have below the folder that was named.
        is_beside: files of their own stand beside their inputs.
        rename: the name of an output's file from that of its input.
        file: one file for all outputs.
    """

    folder: Path | None = None
    is_beside: bool = False
    rename: Callable[[str], str] = str
    file: Path | None = None

    @property
    def is_stdout(self) -> bool:
        """Whether outputs go to standard output."""
        return not (self.folder or self.is_beside or self.file)

    def target(self, item: Input) -> Path | None:
        """The file of an input's own, if it gets one."""
        if self.is_beside:
            return Path(self.rename(item.path))
        return None if self.folder is None else self.folder / self.rename(item.relative)


def run(named: tuple[str, ...], transform: Transform, sink: Sink, *, jobs: int, verb: str, chunks: bool = True) -> int:
    """Transform all inputs, say on standard error how it went, and return the exit status: 1 where any failed.

    With ``chunks`` false, chunks that stand in folders are no inputs.
    """
    start = time.monotonic()
    totals: Counts = {}
    done = failed = 0
    for result in process(named, transform, sink, jobs=jobs, chunks=chunks):
        if result.error is None:
            done += 1
            for name, count in result.counts.items():
                totals[name] = totals.get(name, 0) + count
        else:
            failed += 1
    if is_many(named):
        counted = "".join(f", {count:,} {name}" for name, count in totals.items())
        seconds = time.monotonic() - start
        click.echo(
            f"aidec: {verb} {done:,} of {done + failed:,} inputs, {failed:,} failed{counted}, {seconds:.1f} s",
            err=True,
        )
    return 1 if failed else 0


def is_many(named: tuple[str, ...]) -> bool:
    """Whether the names may stand for more than one input."""
    return len(named) > 1 or os.path.isdir(named[0])


def process(
    named: tuple[str, ...], transform: Transform, sink: Sink, *, jobs: int, chunks: bool = True
) -> Iterator[Result]:
    """Transform all inputs, write their outputs and report their errors; yields each result, in order."""
    with ExitStack() as stack:
        _interrupt_when_terminated(stack)
        write = _writer(sink, stack)
        is_shown = is_many(named) and "-" not in named and (not sink.is_stdout or not sys.stdout.isatty())
        advance = _progress(find(named, chunks=chunks), stack) if is_shown else lambda: None
        inputs = find(named, chunks=chunks)
        if is_many(named) and not (sink.is_stdout or sink.file):
            inputs = _distinct(inputs, sink)
        for result in _results(partial(_work, transform, sink), inputs, sink, jobs):
            if result.error is not None:
                click.echo(f"aidec: {result.error}", err=True)
            elif result.output is not None:
                write(result.output)
            yield result
            advance()


def _interrupt_when_terminated(stack: ExitStack) -> None:
    """Make SIGTERM end the run as Ctrl-C does: no process and no half-written file is left."""
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        stack.callback(signal.signal, signal.SIGTERM, before or signal.SIG_DFL)


def _distinct(inputs: Iterator[Input], sink: Sink) -> Iterator[Input]:
    """The inputs, but with an error for each whose output would overwrite that of one before it.

    The names are kept in a temporary database, which is on disk where it is not small, so that memory does not grow.
    """
    import sqlite3

    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE written (name BLOB PRIMARY KEY) WITHOUT ROWID")
        database.execute("BEGIN")
        for item in inputs:
            target = sink.target(item)
            name = os.fsencode(target or "")
            if item.error or database.execute("INSERT OR IGNORE INTO written VALUES (?)", (name,)).rowcount:
                yield item
            else:
                error = AidecError(f"another input was written to {target} already")
                yield Input(item.path, item.relative, error=error)


def _work(transform: Transform, sink: Sink, item: Input) -> Result:
    try:
        output, counts = transform(item.read(), item.path)
        target = sink.target(item)
        if target is None or output is None:
            return Result(output, counts)
        with atomic(target) as file:
            file.write(output)
        return Result(None, counts)
    except CompileError as error:
        return Result(error=str(error))
    except AidecError as error:
        return _failure(item, str(error))
    except OSError as error:
        return Result(error=f"{error.filename or item.path}: {error.strerror}")
    except MemoryError:
        return _failure(item, "out of memory")


def _failure(item: Input, problem: str) -> Result:
    return Result(error=f"{item.path}: {problem}")


def _results(work: Callable[[Input], Result], inputs: Iterator[Input], sink: Sink, jobs: int) -> Iterator[Result]:
    """The results in the order of the inputs."""
    if jobs == 1:
        yield from map(work, inputs)
        return
    from aidec.parallel.pool import Pool

    def clean(item: Input, pid: int) -> None:
        if target := sink.target(item):
            remove_part(target, pid)

    with Pool(work, jobs, _failure, clean) as pool:
        yield from pool.map(inputs)


def _writer(sink: Sink, stack: ExitStack) -> Callable[[bytes], object]:
    """What writes an output that was not written to a file of its own; the file is opened for the first of them."""
    path = sink.file
    if path is None:
        return sys.stdout.buffer.write

    @cache
    def out() -> BinaryIO:
        return stack.enter_context(atomic(path))

    return lambda output: out().write(output)


def _progress(inputs: Iterator[Input], stack: ExitStack) -> Callable[[], object]:
    """A bar on a terminal; elsewhere nothing.

    The inputs are counted while the work goes on, so many for each that is done; then the bar knows the time left.
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
