"""Work in several processes: inputs go out in batches, results come back in the order of the inputs, or as they come.

A worker holds one batch at a time and sends results as it has them. Results that come before their turn are kept, up to
``STOCK_BYTES``; beyond that their pipes are not read, and the workers wait. A worker that is killed is replaced, and
what it had not done is done again input by input, so that the one input which kills is known, and fails alone.
Where the work runs code of others, a worker ends with all that this code started.
"""

from __future__ import annotations

import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from aidec.common.errors import AidecError
from aidec.parallel.batching import BATCH_BYTES
from aidec.parallel.descendants import adopt_orphans, end_children

LOOKAHEAD = 256
"""Batches that are read ahead, in which large inputs are looked for."""
STOCK_BYTES = 1 << 25
MESSAGE_BYTES = 1 << 20
GRACE = 2.0
"""Seconds in which a worker that runs code of others ends what this code started."""


T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[Sequence[T]], Iterator[R]]


class Ended(BaseException):
    """The pool is left, or its process is gone. Work that catches all that code of others raises lets this pass."""


@dataclass(slots=True, eq=False)
class Batch(Generic[T, R]):
    """Inputs that one worker does.

    Attributes:
        items: the inputs.
        size: the bytes of their files.
        num_done: how many have results.
        results: those that were not passed on yet.
        stock: the bytes of these, as they were sent.
        is_early: it was given out before its turn.
        is_again: a worker died of it, so that each result is sent by itself.
    """

    items: list[T]
    size: int
    num_done: int = 0
    results: list[R] = field(default_factory=list)
    stock: int = 0
    is_early: bool = False
    is_again: bool = False

    @property
    def is_done(self) -> bool:
        """Whether each input has a result."""
        return self.num_done == len(self.items)


class Pool(Generic[T, R]):
    """Workers, started as they are needed; a context manager that ends them.

    Args:
        work: makes the results of a batch of inputs, one for each, in order; it catches what is wrong with an input.
        jobs: how many processes there are at most.
        fail: makes the result of an input that killed a process, from the words for that.
        clean: called with each input that a process had not done when it was killed, and with the process's id.
        runs_others: whether the work runs code of others. A process may end itself by it, and then it has failed; all
            processes that it starts end with the pool; and the work adopts orphans (``descendants.py``).
    """

    def __init__(
        self,
        work: Work[T, R],
        jobs: int,
        fail: Callable[[T, str], R],
        clean: Callable[[T, int], object] = lambda *_: None,
        *,
        runs_others: bool = False,
    ) -> None:
        self._work = work
        self._jobs = jobs
        self._fail = fail
        self._clean = clean
        self._runs_others = runs_others
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, Batch[T, R]] = {}
        self._waiting: list[Batch[T, R]] = []
        self._ordered: deque[Batch[T, R]] = deque()
        self._stock = 0

    def __enter__(self) -> Pool[T, R]:
        """Nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers at once, whatever they do; files that they had not finished are deleted."""
        workers = (*self._idle, *self._busy)
        if self._runs_others:
            _end_gently(workers)
        for worker in workers:
            worker.process.kill()
        for worker in self._idle:
            worker.join()
        for worker in list(self._busy):
            self._bury(worker)

    def map(self, batches: Iterable[tuple[list[T], int]], *, in_order: bool = True) -> Iterator[R]:
        """The results of the inputs.

        Args:
            batches: lists of inputs, each with the bytes of their files.
            in_order: give the results in the order of the inputs, and not each as soon as it is there.

        Raises:
            AidecError: a worker ended by itself, by an error of the program's own.
        """
        coming: Iterator[Batch[T, R]] = (Batch(batch, size) for batch, size in batches)
        while self._give_out(coming):
            for worker in self._ready(coming):
                self._receive(worker)
            for batch in list(self._ordered):
                yield from batch.results
                self._stock -= batch.stock
                batch.results, batch.stock = [], 0
                if batch.is_done:
                    self._ordered.remove(batch)
                elif in_order:
                    break

    def _give_out(self, coming: Iterator[Batch[T, R]]) -> bool:
        """Give each worker a batch, and start those that are needed; whether any has one."""
        while len(self._busy) < self._jobs and (self._waiting or self._read_ahead(coming)):
            worker = self._idle.pop() if self._idle else _Worker(self._work, runs_others=self._runs_others)
            batch = self._busy[worker] = self._next()
            with suppress(OSError):  # it died; its end of the pipe says so where results are awaited
                worker.connection.send((batch.items[batch.num_done :], batch.is_again))
        return bool(self._busy)

    def _next(self) -> Batch[T, R]:
        """The batch to give out: the first; but half of the workers take large ones, lest one be left for the end."""
        if sum(batch.is_early for batch in self._busy.values()) < self._jobs // 2 and self._stock < STOCK_BYTES:
            largest = max(self._waiting, key=lambda batch: batch.size)
            if largest.size > 4 * BATCH_BYTES and largest is not self._waiting[0]:
                self._waiting.remove(largest)
                largest.is_early = True
                return largest
        return self._waiting.pop(0)

    def _ready(self, coming: Iterator[Batch[T, R]]) -> list[_Worker]:
        """The workers with results to read; while there are none, batches are read ahead.

        Where the stock is full, only that with the first batch is asked, if the first batch was given out.
        """
        asked = list(self._busy)
        if self._stock >= STOCK_BYTES:
            asked = [worker for worker, batch in self._busy.items() if batch is self._ordered[0]] or asked
        pipes = {worker.connection: worker for worker in asked}
        ready = wait(pipes, timeout=0)
        while not ready and len(self._waiting) < LOOKAHEAD and self._read_ahead(coming):
            ready = wait(pipes, timeout=0)
        return [pipes[pipe] for pipe in ready or wait(pipes)]  # type: ignore[index]  # they are what it was given

    def _read_ahead(self, coming: Iterator[Batch[T, R]]) -> bool:
        """Take in one more batch, if there is one."""
        batch = next(coming, None)
        if batch is None:
            return False
        self._waiting.append(batch)
        self._ordered.append(batch)
        return True

    def _receive(self, worker: _Worker) -> None:
        batch = self._busy[worker]
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._put_back(batch, self._bury(worker))
            return
        batch.stock += len(message)
        self._stock += len(message)
        file = BytesIO(message)
        while file.tell() < len(message):
            batch.results.append(pickle.load(file))  # noqa: S301 (our own process made it)
            batch.num_done += 1
        if batch.is_done:
            del self._busy[worker]
            self._idle.append(worker)

    def _put_back(self, batch: Batch[T, R], status: int) -> None:
        """Have what a dead worker left done again; an input that killed two is done, with an error."""
        if status >= 0 and not self._runs_others:
            raise AidecError(f"a process ended by itself, with status {status}")
        if batch.is_again:
            problem = f"the process that worked on it was killed by signal {-status}, perhaps for want of memory"
            if status >= 0:
                problem = f"the process that worked on it ended with status {status}"
            batch.results.append(self._fail(batch.items[batch.num_done], problem))
            batch.num_done += 1
        batch.is_again = True
        if not batch.is_done:
            self._waiting.insert(0, batch)

    def _bury(self, worker: _Worker) -> int:
        """Forget a worker that was killed, and its half-written file; its exit status, negative for a signal."""
        batch = self._busy.pop(worker)
        status = worker.join()
        for item in batch.items[batch.num_done :]:
            self._clean(item, worker.pid)
        return status


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, work: Work[T, R], *, runs_others: bool) -> None:
        forks = sys.platform == "linux"  # where it is safe; it hands on the packs that are loaded
        context = get_context("fork" if forks else None)
        self.connection, theirs = context.Pipe()
        inherited = self.connection if forks else None
        self.process = context.Process(target=_serve, args=(theirs, inherited, work, runs_others), daemon=True)
        with _signals_held():
            self.process.start()
        theirs.close()
        self.pid = self.process.pid or 0

    def join(self) -> int:
        """Wait for its end; its exit status, negative for a signal."""
        self.process.join()
        self.connection.close()
        return self.process.exitcode or 0


def _end_gently(workers: Sequence[_Worker]) -> None:
    """Give workers time to end by themselves."""
    for worker in workers:
        worker.process.terminate()
    deadline = time.monotonic() + GRACE
    for worker in workers:
        worker.process.join(max(deadline - time.monotonic(), 0))


@contextmanager
def _signals_held() -> Iterator[None]:
    """A process that starts is not interrupted before it has said what to do then."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, inherited: Connection | None, work: Work[T, R], runs_others: bool) -> None:  # noqa: FBT001 (handed over by position)
    """Take batches and send results, in a worker, until the first process is gone, which alone handles Ctrl-C."""
    if inherited:  # the other end, which must have no holder once the first process is gone
        inherited.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end if runs_others else signal.SIG_DFL)
    if runs_others:
        adopt_orphans()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
    with suppress(EOFError, OSError, Ended):  # of the pipe; the work catches its own
        while True:
            items, is_again = connection.recv()
            results = chain.from_iterable(work([item]) for item in items) if is_again else work(items)
            for message in _messages(results, 0 if is_again else MESSAGE_BYTES):
                connection.send_bytes(message)


def _end(*_: object) -> None:
    """End what code of others started, and then the work."""
    end_children()
    raise Ended


def _messages(results: Iterator[R], limit: int) -> Iterator[bytes]:
    """Pickled results, one after the other, as many as it takes to reach the limit."""
    pickled: list[bytes] = []
    size = 0
    for result in results:
        pickled.append(pickle.dumps(result, pickle.HIGHEST_PROTOCOL))
        size += len(pickled[-1])
        del result  # or a large output is kept while the next is made
        if size >= limit:
            yield b"".join(pickled)
            pickled, size = [], 0
    if pickled:
        yield b"".join(pickled)
