r"""Runs Lua that nobody has read: each run in a process of its own, under limits, and in as many layers as there are.

    >>> result = run("print(1 + 1)")
    >>> result.status, result.stdout
    ('ok', b'2\n')
    >>> run("while true do end", limits=Limits(cpu=0.1)).status
    'time'

What each layer does, and what it stops, is in ``docs/sandbox.md``.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
import threading
import weakref
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType

from aidec.common.arguments import expect, expect_each
from aidec.common.errors import SandboxError
from aidec.lua.compile import as_bytes, skip_comment
from aidec.lua.launcher import LostError, Process, check_platform
from aidec.lua.layers import BUBBLEWRAP, LAYERS, chosen, missing
from aidec.lua.verdict import BrokenRunError, Failure, Limits, Resources, Result, judge, lost

__all__ = ["Failure", "Job", "Limits", "Resources", "Result", "Runner", "run"]


@dataclass(frozen=True, slots=True)
class Job:
    """A script to run, and what it gets.

    Attributes:
        source: the text of the script; a ``str`` is UTF-8.
        stdin: what it reads from its standard input.
        args: its arguments, ``...`` and ``arg``.
        files: files that it can open, by their names in its folder, and require as modules.
        limits: its limits; None is those of the runner.
        name: the name of its chunk, as in messages: ``@`` and a file name, or ``=`` and any text.
        is_harness: whether it runs other scripts and observes them. Its first argument is then a table of functions
            that no other script finds: ``report``, whose texts are ``Result.reports``, and of Lua's own library
            ``next``, ``getinfo``, ``getmetatable``, ``getupvalue`` and ``setupvalue``. What it runs can't reach them,
            as long as it keeps them in locals. What is printed is then added to the output, wherever the script sets
            its place.
    """

    source: bytes | str
    stdin: bytes = b""
    args: Sequence[bytes | str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits | None = None
    name: bytes | str = "=stdin"
    is_harness: bool = False


class Runner:
    r"""Processes that run Lua, kept warm: each forks a child for each run. Threads can share one.

    >>> with Runner(processes=1) as runner:
    ...     [result.stdout for result in runner.run_all([Job("io.write(...)", args=["a"]), Job("print(arg[0])")])]
    [b'a', b'stdin\n']

    Attributes:
        layers: the names of the layers that hold, each tried where the scripts run.
        missing: why each of the other layers is not there.
        deterministic: whether scripts do not see what differs from run to run.

    Args:
        processes: how many runs are under way at once, at most; None is as many as there are processors to use.
        limits: the limits of runs that bring none.
        sandbox: ``best``, all layers that work here; ``strict``, all layers there are, or an error; ``process``, those
            that need nothing of the machine. For tests of single layers it may also be the names of layers: without
            ``lua`` a script finds all of Python.
        deterministic: hide from scripts what differs from run to run: time, addresses, the order of ``pairs``.

    Raises:
        SandboxError: a layer that was asked for does not hold here, or no process can be started.
    """

    def __init__(
        self,
        processes: int | None = None,
        *,
        limits: Limits | None = None,
        sandbox: str | Collection[str] = "best",
        deterministic: bool = False,
    ) -> None:
        check_platform()
        expect("processes", processes, int, None)
        expect("limits", limits, Limits, None)
        if processes is not None and processes < 0:
            raise SandboxError(f"processes: expected 1 or more, or None, read {processes}")
        self.limits = limits or Limits()
        self._processes = processes or _processors()
        self._wanted = chosen(sandbox)
        self._is_strict = sandbox != "best"
        self.deterministic = deterministic
        self._free: deque[Process] = deque()
        self._places = threading.Semaphore(self._processes)
        self._lock = threading.Lock()
        self._all: set[Process] = set()
        self._owner = os.getpid()
        _every.add(self)
        self._finalizer = weakref.finalize(self, _close_all, self._all, self._owner)
        without = {name: missing(name) for name in LAYERS if name not in self._wanted}
        try:
            first = self._start()
        except SandboxError as error:
            if self._is_strict or BUBBLEWRAP not in self._wanted:
                raise
            without[BUBBLEWRAP] = str(error)  # such as a system that does not let users make namespaces
            self._wanted = tuple(name for name in self._wanted if name != BUBBLEWRAP)
            first = self._start()
        self._free.append(first)
        self.layers = first.layers
        self.missing = {name: problem for name, problem in {**without, **first.failed}.items() if problem}

    def run(  # noqa: PLR0913 -- what a script gets
        self,
        source: bytes | str,
        *,
        stdin: bytes = b"",
        args: Sequence[bytes | str] = (),
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
        name: bytes | str = "=stdin",
    ) -> Result:
        """The result of running a script; the arguments are those of ``Job``.

        Raises:
            SandboxError: the runner is closed, a name of ``files`` leads out of the folder, or no process that runs Lua
                can be had.
        """
        return self.run_job(Job(source, stdin, args, {} if files is None else files, limits, name))

    def run_job(self, job: Job, pipes: Sequence[int] = ()) -> Result:
        """The result of running a script; errors are those of ``run``.

        Args:
            job: the script, and what it gets.
            pipes: ends of pipes that become its stdin, stdout and stderr. What comes out of them is not in the result,
                and the limit of output does not count it: see ``aidec.lua.live``.
        """
        expect("job", job, Job)
        limits = self.limits if job.limits is None else job.limits
        secret = secrets.token_bytes(16) if job.is_harness else b""
        parts = _parts(job, limits, secret, is_live=bool(pipes))
        with self._places:
            process = self._take()
            try:
                report = process.ask(parts, limits.wall, pipes)
                result = judge(report, limits, process.layers, secret)
            except LostError as error:
                self._drop(process)
                return lost(str(error), process.layers)
            except BrokenRunError as error:
                self._drop(process)
                raise SandboxError(f"a script can't be run: {error}") from error
            except BaseException:
                self._drop(process)  # it would answer the next job with the report of this one
                raise
            self._free.append(process)
            return result

    def run_all(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """The results of many jobs, in their order, on all processes at once; jobs are taken as they are needed.

        Raises:
            SandboxError: as for ``run``.
        """
        waiting: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(self._processes) as threads:
            try:
                for job in jobs:
                    waiting.append(threads.submit(self.run_job, job))
                    if len(waiting) > 2 * self._processes:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def start(self) -> None:
        """Start all processes now; otherwise each starts when a run needs it.

        Raises:
            SandboxError: as for ``Runner``.
        """
        with ThreadPoolExecutor(min(self._processes, _processors())) as threads:
            missing = self._processes - len(self._all)
            self._free.extend(threads.map(lambda _: self._start(), range(missing)))

    def close(self) -> None:
        """End all processes; runs that are under way are lost."""
        self._finalizer()

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _take(self) -> Process:
        """A process that is free, or a new one."""
        if not self._finalizer.alive or self._owner != os.getpid():
            raise SandboxError("the runner is closed" if self._owner == os.getpid() else "a runner can't be forked")
        while True:
            try:
                process = self._free.pop()
            except IndexError:
                return self._start()
            if process.is_alive():
                return process
            self._drop(process)

    def _start(self) -> Process:
        process = Process(self._wanted, deterministic=self.deterministic)
        if process.failed and self._is_strict:
            process.close()
            raise SandboxError(
                "; ".join(f"the layer {name} does not hold: {why}" for name, why in process.failed.items())
            )
        with self._lock:
            self._all.add(process)
        if not self._finalizer.alive:
            self._drop(process)
            raise SandboxError("the runner is closed")
        return process

    def _drop(self, process: Process) -> None:
        with self._lock:
            self._all.discard(process)
        process.close()


def run(  # noqa: PLR0913 -- what a script gets
    source: bytes | str,
    *,
    stdin: bytes = b"",
    args: Sequence[bytes | str] = (),
    files: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
    sandbox: str | Collection[str] = "best",
    deterministic: bool = False,
    name: bytes | str = "=stdin",
) -> Result:
    """The result of running a script, in a process that is kept warm for the next one.

    Args:
        source: the text of the script; a ``str`` is UTF-8.
        stdin: what it reads from its standard input.
        args: its arguments.
        files: files that it can open, by name.
        limits: its limits; None is ``Limits()``.
        sandbox: the layers, as for ``Runner``.
        deterministic: hide what differs from run to run, as for ``Runner``.
        name: the name of its chunk in messages.

    Raises:
        SandboxError: a layer that was asked for does not hold here, or no process that runs Lua can be had.
    """
    layers = sandbox if isinstance(sandbox, str) else tuple(expect_each("sandbox", sandbox, str))
    runner = _warm(layers, deterministic=deterministic)
    return runner.run(source, stdin=stdin, args=args, files=files, limits=limits, name=name)


_runners: dict[tuple[str | tuple[str, ...], bool, int], Runner] = {}
_runners_lock = threading.Lock()


def _warm(sandbox: str | tuple[str, ...], *, deterministic: bool) -> Runner:
    """The runner that this process keeps for a sandbox."""
    key = (sandbox, deterministic, os.getpid())
    with _runners_lock:
        if key not in _runners:
            _runners[key] = Runner(sandbox=sandbox, deterministic=deterministic)
        return _runners[key]


def _close_all(processes: set[Process], owner: int) -> None:
    """End the processes, in the process that started them; in a fork of it, let go of them."""
    for process in list(processes):
        if owner == os.getpid():
            process.close()
        else:
            process.forget()
    processes.clear()


def _parts(job: Job, limits: Limits, secret: bytes, *, is_live: bool) -> list[bytes]:
    """A job as the process that forks reads it: a head, the source, its name, stdin, arguments, the secret, files."""
    _check_types(job, limits)
    for name in job.files:
        if not name or name.startswith("/") or "\0" in name or {"..", ".", ""} & set(name.split("/")):
            raise SandboxError(f"expected the name of a file in the folder of a script, read {name!r}")
    arguments = [as_bytes(each, "args") for each in expect_each("args", job.args, str, bytes)]
    head = {"limits": limits.to_settings(), "files": list(job.files), "is_live": is_live}
    packed = b"".join(struct.pack("<I", len(each)) + each for each in arguments)
    texts = [skip_comment(as_bytes(job.source, "source")), as_bytes(job.name, "name"), bytes(job.stdin), packed, secret]
    return [json.dumps(head).encode(), *texts, *job.files.values()]


def _check_types(job: Job, limits: Limits) -> None:
    """Make sure of the types of what a script gets; those of texts are made sure of when they are encoded.

    Raises:
        TypeError: one is another.
    """
    expect("stdin", job.stdin, bytes, bytearray, memoryview)
    expect("files", job.files, Mapping)
    expect("limits", limits, Limits)
    for name, content in job.files.items():
        expect("files, a name", name, str)
        expect(f"files[{name!r}]", content, bytes)


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_every: weakref.WeakSet[Runner] = weakref.WeakSet()


def _let_go() -> None:
    """In a fork of this process: close its ends of the connections, so that the processes end with their owner."""
    for runner in list(_every):
        _close_all(runner._all, runner._owner)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
