"""What holds a process that runs Lua: the layers, as it puts them on after the fork, and trials of them.

This runs in the process that forks and in its children, and imports little. The caller made what needs libraries:
Landlock rulesets, open, and seccomp filters, compiled (``layers.py``).
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass

LUA, PROCESS, LANDLOCK, SECCOMP, BUBBLEWRAP = "lua", "process", "landlock", "seccomp", "bubblewrap"

NO_FOLDER, READS, WRITES = 0, 1, 2
"""What a run does with its folder."""

NOBODY = 65534
"""The user and group that a script of root runs as; no file and no process is meant to be theirs."""

OPEN_FILES = 16
"""How many files a process may have open beyond those of the run: its scratch files, and what io.lines opens."""

READ = 0x4 | 0x8
WRITE = READ | 0x2 | 0x10 | 0x20 | 0x100 | 0x4000
"""Landlock's rights on a folder (linux/landlock.h): READ_FILE, READ_DIR; and WRITE_FILE, REMOVE_DIR, REMOVE_FILE,
MAKE_REG, TRUNCATE."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 36, 38
_PR_GET_NO_NEW_PRIVS = 39
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 445, 446  # the same number on every architecture
_LANDLOCK_RULE_PATH_BENEATH = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the layers of a process need.

    Attributes:
        layers: the names of the layers.
        rulesets: open Landlock rulesets, for a run without a folder, one that reads its folder, one that writes there.
        landlock_rights: the rights on files that this kernel's Landlock knows.
        filters: seccomp filters, without a folder and with one.
        namespaces: the links in the caller's ``/proc/self/ns``.
        own_folder: the folder that a run may have, or an empty text where the process makes one.
    """

    layers: tuple[str, ...]
    rulesets: tuple[int, ...]
    landlock_rights: int
    filters: tuple[bytes, ...]
    namespaces: dict[str, str]
    own_folder: str

    @classmethod
    def from_parts(cls, parts: list[bytes]) -> Policy:
        """The policy that ``launcher.py`` sends: a head, and the filters."""
        head = json.loads(parts[0])
        return cls(
            tuple(head["layers"]),
            tuple(head["rulesets"]),
            head["landlock_rights"],
            tuple(parts[1 : 1 + head["filters"]]),
            head["namespaces"],
            head["own_folder"],
        )


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one run that the kernel holds, in seconds and bytes, and what it does with its folder."""

    cpu: float
    address_space: int
    file_bytes: int
    folder: int


class LayerError(Exception):
    """A layer can't be put on: the run must not begin."""


def prctl(option: int, argument: int) -> int:
    """The result of a call of prctl.

    Raises:
        OSError: it failed.
    """
    result: int = _libc.prctl(option, *(ctypes.c_ulong(value) for value in (argument, 0, 0, 0)))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")
    return result


def flush_c_files() -> None:
    """Write what C's standard library still holds back; Lua prints through it."""
    _libc.fflush(None)


def adopt_orphans() -> None:
    """Let processes whose parents end become children of this one, and hide its memory from others of its user."""
    if sys.platform == "linux":
        prctl(_PR_SET_SUBREAPER, 1)
        prctl(_PR_SET_DUMPABLE, 0)


def allow_folder(policy: Policy, folder: str) -> None:
    """Add the folder of the runs to the rulesets of those that read and write it."""
    if LANDLOCK not in policy.layers:
        return
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    for ruleset, rights in zip(policy.rulesets[1:], (READ, WRITE), strict=True):
        attribute = struct.pack("=Qi", rights & policy.landlock_rights, descriptor)
        if _libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, attribute, 0) < 0:
            raise LayerError(f"{LANDLOCK}: landlock_add_rule: {os.strerror(ctypes.get_errno())}")
    os.close(descriptor)


def put_on(policy: Policy, bounds: Bounds) -> None:
    """Put all layers on this process, the last one last: a filter of system calls would refuse the others.

    Raises:
        LayerError: one can't be put on.
    """
    steps: dict[str, Callable[[Policy, Bounds], None]] = {
        PROCESS: _limit_process,
        LANDLOCK: _restrict_files,
        SECCOMP: _filter_calls,
    }
    for name, step in steps.items():
        if name in policy.layers:
            try:
                step(policy, bounds)
            except (OSError, ValueError) as error:
                raise LayerError(f"{name}: {error}") from error


def _limit_process(policy: Policy, bounds: Bounds) -> None:  # noqa: ARG001 -- all steps are called alike
    """The process layer: a session, limits, no privileges, and a timer of CPU time whose signal ends the process."""
    os.setsid()
    seconds = math.floor(bounds.cpu) + 1  # behind the timer, whose signal could be ignored
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: bounds.address_space,
        resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_NOFILE: OPEN_FILES + 16,
        resource.RLIMIT_CPU: seconds,
    }
    for name, value in limits.items():
        _lower(name, value)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)  # and with the user go all capabilities
    _lower(resource.RLIMIT_NPROC, 0)
    if sys.platform == "linux":
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        prctl(_PR_SET_DUMPABLE, 0)  # after the change of user, which sets it, and clears the next
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.setitimer(signal.ITIMER_PROF, max(bounds.cpu, 0.001))  # less could be rounded to none


def _lower(name: int, value: int) -> None:
    """Set a limit, or keep the one that is lower already."""
    _, hard = resource.getrlimit(name)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(name, (value, value))


def _restrict_files(policy: Policy, bounds: Bounds) -> None:
    """The Landlock layer: no files but those of the folder, no TCP, no signals and abstract sockets of others."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if _libc.syscall(_LANDLOCK_RESTRICT_SELF, policy.rulesets[bounds.folder], 0) < 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(policy.rulesets[bounds.folder])


def _filter_calls(policy: Policy, bounds: Bounds) -> None:
    """The seccomp layer: system calls that ``seccomp.yaml`` does not allow fail, or end the process (SIGSYS)."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    program = policy.filters[1 if bounds.folder else 0]
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, of 8 bytes each, and where they are
    address = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    if _libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), address, ctypes.c_ulong(0)) < 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def held(policy: Policy) -> dict[str, str]:
    """The layers that hold here, each tried alone in a child; an empty text, or what is wrong with one."""
    trials: dict[str, Callable[[Policy], str]] = {
        PROCESS: _try_process,
        LANDLOCK: _try_landlock,
        SECCOMP: _try_seccomp,
        BUBBLEWRAP: _try_bubblewrap,
    }
    return {name: trial(policy) for name, trial in trials.items() if name in policy.layers}


def _only(policy: Policy, name: str) -> Policy:
    return Policy((name,), policy.rulesets, policy.landlock_rights, policy.filters, {}, "")


def _in_child(policy: Policy, name: str, trial: Callable[[], object]) -> tuple[int, str]:
    """How a child ended that put one layer on and tried something: its wait status, and what the trial returned."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            put_on(_only(policy, name), Bounds(10, 1 << 40, 1 << 20, 0))
            told = str(trial())
        except BaseException as error:  # a child must not go on as its parent
            told = f"{type(error).__name__}: {error}"
        os.write(writer, told.encode()[:1000])
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    told = os.read(reader, 1000).decode()
    os.close(reader)
    return status, told


def _try_process(policy: Policy) -> str:
    def trial() -> str:
        try:
            child = os.fork()
        except OSError:
            privileged = sys.platform == "linux" and not prctl(_PR_GET_NO_NEW_PRIVS, 0)
            return "it keeps its privileges" if privileged or os.getuid() == 0 else ""
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return "it can fork"

    return _in_child(policy, PROCESS, trial)[1]


def _try_landlock(policy: Policy) -> str:
    def trial() -> str:
        try:
            os.close(os.open("/", os.O_RDONLY))
        except PermissionError:
            return ""
        return "it can open /"

    return _in_child(policy, LANDLOCK, trial)[1]


def _try_seccomp(policy: Policy) -> str:
    status, told = _in_child(policy, SECCOMP, lambda: socket.socket() and "it can make a socket")
    return "" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS else told


def _try_bubblewrap(policy: Policy) -> str:
    """Bubblewrap holds this process itself: its namespaces are others than the caller's, and /etc is not there."""
    shared = [name for name in ("net", "pid", "mnt", "ipc", "uts") if _namespace(name) == policy.namespaces.get(name)]
    if shared:
        return f"it shares namespaces: {', '.join(shared)}"
    return "it can read /etc/passwd" if os.path.exists("/etc/passwd") else ""


def _namespace(name: str) -> str:
    return os.readlink(f"/proc/self/ns/{name}")
