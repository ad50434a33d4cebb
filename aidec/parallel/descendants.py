"""What a process started, directly or not, and its end.

On Linux a process can adopt orphans. All that it started are its children then, or become so once their own parents
end, also what has left its session and its process group. Elsewhere none of this does anything.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 1, 36, 37

_STEP = 0.001
_MOST_SECONDS = 5.0
"""How long children are waited for that were killed; one of another user can't be killed."""


def adopt_orphans() -> None:
    """Make orphans below this process its children, and have it get SIGTERM when its parent ends.

    Raises:
        OSError: the system refused.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _adopts() -> bool:
    """Whether this process adopts orphans; one that it forks does not."""
    if sys.platform != "linux":
        return False
    answer = ctypes.c_int()
    _prctl(_PR_GET_CHILD_SUBREAPER, ctypes.addressof(answer))
    return bool(answer.value)


def _prctl(option: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *(ctypes.c_ulong(value) for value in (argument, 0, 0, 0))) < 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def children() -> set[int]:
    """The children of this process, also those that ended and were not waited for; none if it adopts no orphans."""
    if not _adopts():
        return set()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # there are none
        return set()
    parent = str(os.getpid())
    return {int(name) for name in os.listdir("/proc") if name.isdigit() and _parent_of(name) == parent}


def _parent_of(pid: str) -> str:
    """The parent of a process; empty if the process is gone."""
    try:
        # proc_pid_stat(5): the name, in which anything may stand, ends at the last parenthesis
        return Path("/proc", pid, "stat").read_text("latin-1").rpartition(")")[2].split()[1]
    except OSError:
        return ""


def end_children(kept: Set[int] = frozenset()) -> None:
    """Kill the children of this process but for some, and theirs as they become its own, until none is left.

    No other thread of it may wait for a child. In a process that adopts no orphans nothing is killed.
    """
    deadline = time.monotonic() + _MOST_SECONDS
    while (found := children() - kept) and time.monotonic() < deadline:
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_STEP)
        for pid in found:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
