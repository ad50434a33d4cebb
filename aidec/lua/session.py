r"""A session: chunks of Lua that come one after another and share a state, in one run of the sandbox.

>>> printed = []
>>> with Session(Runner(1)) as session:
...     for chunk in (b"x = 6", b"x * 7", b"error('no')"):
...         result = session.execute(chunk, lambda text, is_error: printed.append(text))
>>> printed[0], printed[1].splitlines()[0]
(b'42\n', b'stdin:1: no')
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from aidec.common.errors import CompileError
from aidec.lua.compile import compile_source
from aidec.lua.live import LiveRun
from aidec.lua.runner import Job, Result, Runner

WALL_SECONDS = 86400.0
"""How long a session may stay open."""

Write = Callable[[bytes, bool], object]
"""Takes what a chunk prints, and whether it does so on standard error."""


def is_complete(chunk: bytes) -> bool:
    """Whether a chunk, or an expression, can run as it is; or no more text would make it Lua.

    >>> is_complete(b"for i = 1, 3 do"), is_complete(b"for i = 1, 3 do end"), is_complete(b"for for")
    (False, True, True)
    >>> is_complete(b"1 +"), is_complete(b"1 + 1")
    (False, True)
    """
    can_go_on = False
    for text in (b"return " + chunk, chunk):
        try:
            compile_source(text)
        except CompileError as error:
            can_go_on |= error.problem.endswith("near <eof>")
        else:
            return True
    return not can_go_on


class Session:
    """One run, to which chunks are sent.

    The limits of the runner are those of the whole session, but for ``wall``, which is a day, and ``output``, which is
    that of one chunk.

    Args:
        runner: what runs it, and nothing else: it is closed with the session.
    """

    def __init__(self, runner: Runner) -> None:
        self._mark = b"\0%b\n" % secrets.token_hex(16).encode()
        source = Path(__file__).with_name("session.lua").read_bytes()
        limits = replace(runner.limits, wall=WALL_SECONDS)
        self._run = LiveRun(runner, Job(source, args=[self._mark], limits=limits, name="=session"))

    def execute(self, chunk: bytes, write: Write) -> Result | None:
        """None when a chunk has run; or the result of the session if it ended: by ``os.exit``, or at a limit.

        Args:
            chunk: the text of a chunk, or an expression, whose values are printed.
            write: what gets all that is printed, as it comes.

        Raises:
            SandboxError: the session can't run.
        """
        try:
            self._run.send(struct.pack("<I", len(chunk)) + chunk)
        except BrokenPipeError:
            return self._run.result()
        self._run.printed = 0
        kept = {False: b"", True: b""}
        for part, is_error in self._run.receive():
            text, mark, _ = (kept[is_error] + part).partition(self._mark)
            start = len(text) if mark else self._possible_mark(text)
            if start:
                write(text[:start], is_error)
            kept[is_error] = text[start:]
            if mark:
                del kept[is_error]
                if not kept:
                    return None
        return self._run.result()

    def _possible_mark(self, text: bytes) -> int:
        """Where a text ends, or a mark begins in it of which the rest is still to come."""
        start = text.rfind(b"\0", max(len(text) - len(self._mark), 0))
        return start if start >= 0 and self._mark.startswith(text[start:]) else len(text)

    def close(self) -> None:
        """End the session, also while a chunk runs."""
        self._run.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
