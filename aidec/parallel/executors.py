"""Executors run a function over tasks, in this process, in several, or on Ray, and return results as they are ready.

The tasks of a build write files and return counts, so that the result depends neither on the place nor on the order in
which they run. On Ray they are plain tasks, not operators of Ray Data, whose blocks would be empty: the data is in the
files.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar, cast

from aidec.common.errors import AidecError, DatasetError
from aidec.common.extras import extra

Task = TypeVar("Task")
Result = TypeVar("Result")


class Run(Protocol):
    """Runs a function over tasks. All of them must be ones that pickle can store."""

    def __call__(self, function: Callable[[Task], Result], tasks: Sequence[Task], /) -> Iterator[tuple[Task, Result]]:
        """Each task with its result, as soon as that is ready, in any order."""


@contextmanager
def opened(engine: str, jobs: int) -> Iterator[Run]:
    """A ``Run``; its processes, and what they have loaded, are kept until the block ends.

    Args:
        engine: ``local`` or ``ray``.
        jobs: how many processes; for Ray, how many tasks at once.

    Raises:
        DatasetError: a process was ended from outside, or Ray is not installed or fails.
    """
    if engine == "ray":
        with _ray(jobs) as run:
            yield run
    elif jobs == 1:
        yield lambda function, tasks: ((task, function(task)) for task in tasks)
    else:
        with _processes(jobs) as run:
            yield run


@contextmanager
def _processes(jobs: int) -> Iterator[Run]:
    """``jobs`` processes, each with a pipe of its own.

    ``concurrent.futures.ProcessPoolExecutor`` watches over its processes in a thread, which fails now and then when one
    is killed while another starts.
    """
    # A fork would copy the locks of Arrow's threads in whatever state they are
    context = get_context("spawn")
    workers: dict[Connection, BaseProcess] = {}

    def run(function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        while len(workers) < min(jobs, len(tasks)):
            pipe, end = context.Pipe()
            worker = context.Process(target=_work, args=(end,), daemon=True)
            worker.start()
            end.close()
            workers[pipe] = worker
        waiting, idle = list(reversed(tasks)), list(workers)
        under_way: dict[Connection, Task] = {}
        while waiting or under_way:
            while waiting and idle:
                pipe, task = idle.pop(), waiting.pop()
                under_way[pipe] = task
                with suppress(BrokenPipeError):  # the end of the pipe is read below
                    pipe.send((function, task))
            for ready in wait(list(under_way)):
                pipe = cast("Connection", ready)
                try:
                    result, error = pipe.recv()
                except (EOFError, ConnectionResetError):
                    raise _death_of(workers[pipe]) from None
                if error is not None:
                    raise error
                idle.append(pipe)
                yield under_way.pop(pipe), result

    try:
        yield run
    finally:
        for worker in workers.values():
            worker.terminate()
        for worker in workers.values():
            worker.join()


def _work(pipe: Connection) -> None:
    """Do tasks until the process is terminated.

    It leaves Ctrl-C to the first process, ends with it, and deletes its files when terminated. The workers of
    ``parallel.pool`` are forked, killed without a word, and end with their pipe, so nothing is shared.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    while True:
        pipe.send(_outcome(*pipe.recv()))


def _death_of(worker: BaseProcess) -> Exception:
    worker.join()
    if worker.exitcode is not None and worker.exitcode < 0:
        return DatasetError("a process was ended from outside, perhaps for want of memory; try a lower -j")
    return RuntimeError("a process failed; its error stands above")


def _outcome(function: Callable[[Task], Result], task: Task) -> tuple[Result | None, Exception | None]:
    """The result of a task, or its error as a value: Ray would wrap that in an error of several lines."""
    try:
        return function(task), None
    except (AidecError, OSError, MemoryError) as error:
        return None, error


@contextmanager
def _ray(jobs: int) -> Iterator[Run]:
    with extra("ray", "the engine ray needs", DatasetError):
        import ray
    is_ours = not ray.is_initialized()
    if is_ours:
        address = os.environ.get("RAY_ADDRESS")
        options: dict[str, Any] = {"address": address} if address else {"num_cpus": jobs, "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    remote: Any = ray.remote(_outcome)

    def run(function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        waiting = list(reversed(tasks))
        under_way: dict[Any, Task] = {}
        while waiting or under_way:
            while waiting and len(under_way) < jobs:
                task = waiting.pop()
                under_way[remote.remote(function, task)] = task
            done, _ = ray.wait(list(under_way), num_returns=1)
            result, error = ray.get(done[0])
            if error is not None:
                raise error
            yield under_way.pop(done[0]), result

    try:
        yield run
    except ray.exceptions.RayError as error:
        raise DatasetError(f"Ray: {str(error).strip().splitlines()[0]}") from None
    finally:
        if is_ours:
            ray.shutdown()
