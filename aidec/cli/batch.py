"""A transformation over many inputs: in processes, in order, with its errors, its progress and its summary.

A transformation takes the bytes of an input and its path, and returns the bytes to write and counts for the summary.
One bad input is reported and the rest goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import click

from aidec.cli.inputs import Input, find
from aidec.errors import AidecError, CompileError
from aidec.files import atomic

Counts = dict[str, int]
Transform = Callable[[bytes, str], tuple["bytes | None", Counts]]

BATCH_FILES = 64
BATCH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input: its output, unless that was written to a file already; or what is wrong with it."""

    path: str
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
        write = _writer(sink, stack)
        is_shown = is_many(named) and "-" not in named and (not sink.is_stdout or not sys.stdout.isatty())
        advance = _progress(partial(find, named, chunks=chunks), stack) if is_shown else lambda: None
        inputs = _distinct(find(named, chunks=chunks), sink)
        for result in _results(partial(_work, transform, sink), inputs, jobs):
            if result.error is not None:
                click.echo(f"aidec: {result.error}", err=True)
            elif result.output is not None:
                write(result.output)
            yield result
            advance()


def _distinct(inputs: Iterable[Input], sink: Sink) -> Iterator[Input | Result]:
    """The inputs, but a failure for each whose output would overwrite that of one before it."""
    written: set[Path] = set()
    for item in inputs:
        target = sink.target(item)
        if target in written:
            yield Result(item.path, error=f"{item.path}: another input was written to {target} already")
            continue
        if target is not None:
            written.add(target)
        yield item


def _work(transform: Transform, sink: Sink, items: list[Input | Result]) -> list[Result]:
    return [item if isinstance(item, Result) else _one(transform, sink, item) for item in items]


def _one(transform: Transform, sink: Sink, item: Input) -> Result:
    try:
        output, counts = transform(item.read(), item.path)
        target = sink.target(item)
        if target is None or output is None:
            return Result(item.path, output, counts)
        with atomic(target) as file:
            file.write(output)
        return Result(item.path, None, counts)
    except CompileError as error:
        return Result(item.path, error=str(error))
    except AidecError as error:
        return Result(item.path, error=f"{item.path}: {error}")
    except OSError as error:
        return Result(item.path, error=f"{error.filename or item.path}: {error.strerror}")
    except MemoryError:
        return Result(item.path, error=f"{item.path}: out of memory")


def _results(
    work: Callable[[list[Input | Result]], list[Result]], items: Iterable[Input | Result], jobs: int
) -> Iterator[Result]:
    """The results in the order of the inputs; no more than a few batches are under way at once."""
    batches = _batches(items) if jobs > 1 else ([item] for item in items)
    if jobs == 1:
        yield from chain.from_iterable(map(work, batches))
        return
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children

    pool = ProcessPoolExecutor(jobs, initializer=_on_start)
    pending: deque[Future[list[Result]]] = deque()
    try:
        for batch in batches:
            pending.append(pool.submit(work, batch))
            if len(pending) > 2 * jobs:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
        pool.shutdown()
    except BaseException as error:
        for child in active_children():
            child.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise AidecError("a process was ended from outside, perhaps for want of memory; try a lower -j") from None
        raise


def _on_start() -> None:
    """In a worker: Ctrl-C is the first process's to handle; being ended cleans up as an exception does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def _batches(items: Iterable[Input | Result]) -> Iterator[list[Input | Result]]:
    batch: list[Input | Result] = []
    size = 0
    for item in items:
        batch.append(item)
        size += _size(item)
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(item: Input | Result) -> int:
    try:
        return os.stat(item.path).st_size
    except OSError:
        return 0


def _writer(sink: Sink, stack: ExitStack) -> Callable[[bytes], object]:
    """What writes an output that was not written to a file of its own; the file is opened for the first of them."""
    path = sink.file
    if path is None:
        return sys.stdout.buffer.write

    @cache
    def out() -> BinaryIO:
        return stack.enter_context(atomic(path))

    return lambda output: out().write(output)


def _progress(inputs: Callable[[], Iterator[Input]], stack: ExitStack) -> Callable[[], object]:
    """A bar on a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        return lambda: None
    total = sum(1 for _ in inputs())
    bar = stack.enter_context(click.progressbar(length=total, file=sys.stderr, show_pos=True))
    return partial(bar.update, 1)
