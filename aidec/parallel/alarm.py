"""A limit of time for work in a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Expired(BaseException):
    """The time of a block is over. What catches every ``Exception`` does not catch this."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``Expired`` in the block when so many seconds have passed.

    Where the block is in code that is not Python's and does not come back, the process is killed by SIGPROF after as
    many seconds of the processor more. It must be the main thread of a process that can be lost.
    """

    def expire(*_: object) -> None:
        raise Expired

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_PROF, 2 * seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGALRM, before)
