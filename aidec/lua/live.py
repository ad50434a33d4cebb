r"""A run whose standard files are pipes to the caller: what it prints comes while it runs.

>>> from aidec.lua.runner import Job, Runner
>>> with LiveRun(Runner(1), Job("print(io.read('n') * 7)")) as run:
...     run.send(b"6")
...     run.end_input()
...     list(run.receive()), run.result().status
([(b'42\n', False)], 'ok')
"""

from __future__ import annotations

import os
import selectors
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType

from aidec.lua.runner import Job, Result, Runner

BLOCK = 1 << 16


class LiveRun:
    """One run, which has begun. One thread may send, while another receives.

    Attributes:
        printed: the bytes that came since this was last set to 0; at the job's limit of output the run is ended.

    Args:
        runner: what runs it, and nothing else: it is closed with the run.
        job: the script, and what it gets but for stdin.
    """

    def __init__(self, runner: Runner, job: Job) -> None:
        self.printed = 0
        self._runner = runner
        self._most = (job.limits or runner.limits).output
        self._is_over_limit = False
        self._lock = threading.Lock()
        theirs_in, self._stdin = os.pipe()
        stdout, theirs_out = os.pipe()
        self._stderr, theirs_err = os.pipe()
        self._selector = selectors.DefaultSelector()
        for pipe in (stdout, self._stderr):
            self._selector.register(pipe, selectors.EVENT_READ)
        self._result: Future[Result] = Future()
        pipes = (theirs_in, theirs_out, theirs_err)
        # a daemon, so that a run that nobody closed does not keep Python from its end, which closes the runner
        self._thread = threading.Thread(target=_run, args=(runner, job, pipes, self._result), daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Give the script something to read.

        Raises:
            BrokenPipeError: the run has ended.
        """
        while data:
            with self._lock:
                if self._stdin < 0:
                    raise BrokenPipeError("the input has ended")
                data = data[os.write(self._stdin, data) :]

    def end_input(self) -> None:
        """Let the script find the end of its input."""
        with self._lock:
            if self._stdin >= 0:
                os.close(self._stdin)
                self._stdin = -1

    def receive(self) -> Iterator[tuple[bytes, bool]]:
        """What the script prints, as it comes, and whether it does so on standard error; it ends with the run."""
        while self._selector.get_map():
            for key, _ in self._selector.select():
                part = os.read(key.fd, min(BLOCK, self._most - self.printed + 1))
                self.printed += len(part)
                if self.printed > self._most:
                    self._is_over_limit = True
                    self.close()
                    return
                if not part:
                    self._selector.unregister(key.fd)
                    os.close(key.fd)
                else:
                    yield part, key.fd == self._stderr

    def result(self) -> Result:
        """The result of the run, without what it printed, when it has ended.

        Raises:
            SandboxError: it could not be run.
        """
        result = self._result.result()
        if self._is_over_limit:
            return replace(result, status="output", exceeded="output", error=None)
        return result

    def close(self) -> None:
        """End the run, if it has not ended."""
        self._runner.close()
        self._thread.join()
        self.end_input()  # after the run, whose end lets go what is still being sent
        for key in list((self._selector.get_map() or {}).values()):
            self._selector.unregister(key.fd)
            os.close(key.fd)

    def __enter__(self) -> LiveRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _run(runner: Runner, job: Job, pipes: tuple[int, int, int], result: Future[Result]) -> None:
    """Run a job, close its ends of the pipes, so that the caller finds the end of what came, and set its result."""
    try:
        ended = runner.run_job(job, pipes)
    except BaseException as error:  # the caller gets it
        _close(pipes)
        result.set_exception(error)
    else:
        _close(pipes)
        result.set_result(ended)


def _close(pipes: tuple[int, int, int]) -> None:
    for pipe in pipes:
        os.close(pipe)
