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
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

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
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    # A fork would copy the locks of Arrow's threads in whatever state they are
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_on_start)

    def run(function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        futures = {pool.submit(function, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()

    try:
        yield run
        pool.shutdown()
    except BaseException as error:
        for child in active_children():
            child.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise DatasetError("a process was ended from outside, perhaps for want of memory; try a lower -j") from None
        raise


def _on_start() -> None:
    """Prepare a worker: it leaves Ctrl-C to the first process, ends with it, and deletes its files when terminated.

    The workers of ``parallel.pool`` are forked, killed without a word, and end with their pipe, so nothing is shared.
    """
    from multiprocessing import connection, parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _ray(jobs: int) -> Iterator[Run]:
    with extra("ray", "the engine ray needs", DatasetError):
        import ray
    is_ours = not ray.is_initialized()
    if is_ours:
        address = os.environ.get("RAY_ADDRESS")
        options: dict[str, Any] = {"address": address} if address else {"num_cpus": jobs, "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    remote: Any = ray.remote(_ray_task)

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


def _ray_task(function: Callable[[Task], Result], task: Task) -> tuple[Result | None, Exception | None]:
    """The result of a task, or its error as a value: Ray would wrap that in an error of several lines."""
    try:
        return function(task), None
    except (AidecError, OSError) as error:
        return None, error
