"""How a run ended: its limits, and the result that is made of what its process left."""

from __future__ import annotations

import json
import re
import signal
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from aidec.common.arguments import expect
from aidec.common.errors import ArgumentError
from aidec.lua import messages

Status = Literal["ok", "error", "syntax", "time", "memory", "output", "process", "file", "violation"]

Value = None | bool | int | float | bytes

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use.

    The defaults are far apart: a script that fills memory, or prints, without an end meets the limit of memory or
    output long before that of time, also on a machine that is busy with other work.

    Attributes:
        cpu: seconds of processor time.
        wall: seconds on the wall clock; it is only there to end what sleeps.
        memory: bytes of Lua's own memory, beyond which Lua raises "not enough memory".
        address_space: bytes that the process may map, beyond those of its interpreter; it stands behind ``memory``, and
            None is twice ``memory`` and 64 MiB.
        output: bytes of stdout and stderr together.
        scratch: whether the script may write files, in a folder of its own that is empty but for the given files.
        files: how many files it may make there.
        file_bytes: how long each may be.
        steps: how many instructions of Lua's virtual machine the main coroutine may run, or None for any number. It is
            the same on each machine; what runs in other coroutines, or in C, is not counted.
    """

    cpu: float = 10.0
    wall: float = 60.0
    memory: int = 256 * MIB
    address_space: int | None = None
    output: int = MIB
    scratch: bool = False
    files: int = 16
    file_bytes: int = MIB
    steps: int | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            kinds = (bool,) if each.name == "scratch" else (int, float)
            expect(each.name, getattr(self, each.name), *kinds, *([None] if each.default is None else []))
        optional = [1 if each is None else each for each in (self.address_space, self.steps)]
        sizes = (self.memory, self.output, self.file_bytes, *optional)
        is_sound = all(0 < seconds < 1e9 for seconds in (self.cpu, self.wall)) and all(
            0 < size < 1 << 50 for size in sizes
        )
        if not is_sound or self.files < 0:
            raise ArgumentError(f"expected limits above 0 that are no more than a machine has, read {self}")

    def to_settings(self) -> dict[str, Any]:
        """The limits as the process that forks reads them."""
        space = 2 * self.memory + 64 * MIB if self.address_space is None else self.address_space
        names = ("cpu", "wall", "memory", "output", "scratch", "files", "file_bytes")
        return {"address_space": space, "steps": self.steps or 0, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Failure:
    r"""Why a script did not come to its end.

    Attributes:
        kind: ``syntax``; ``runtime``, an error whose value is a string; ``object``, an error of any other value;
            ``handler``, an error in the handling of an error; ``memory``; or the name of the signal or limit that ended
            the process.
        message: the message, as lua5.3 prints it; bytes that are not UTF-8 are written ``\xNN``.
        line: the line of the script, or None where none is known.
        traceback: the traceback, as lua5.3 prints it; empty for what has none.
    """

    kind: str
    message: str
    line: int | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Resources:
    """What a run used.

    Attributes:
        cpu: seconds of processor time of its process, from the fork to the end.
        wall: seconds on the wall clock.
        memory: bytes of Lua's memory when the script ended, before its state was closed; None where it was ended.
        max_rss: the most bytes of the process in memory, its interpreter included.
        output: bytes of stdout and stderr, also those beyond the limit.
    """

    cpu: float
    wall: float
    memory: int | None
    max_rss: int
    output: int


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended.

    Attributes:
        status: ``ok``, also for ``os.exit`` with whatever value; ``error`` and ``syntax``, of the script;
            ``time``, ``memory``, ``output``, ``file``: a limit ended it; ``violation``: it tried what the seccomp layer
            forbids; ``process``: its process ended in another way, such as by a signal.
        stdout, stderr: what the script wrote, up to the limit.
        exit: the value of ``os.exit``, 0 to 255; None where the script came to its end, or was ended.
        returned: what the script returned, where that is nil, booleans, numbers and strings alone, of at most 64 KiB;
            otherwise None.
        error: why the script did not come to its end; None for ``ok``.
        resources: what it used.
        exceeded: the name of the limit that ended it, as in ``Limits``, or None.
        layers: the names of the layers that held.
        may_differ: with ``deterministic=True``, what in this run can still differ from run to run; empty if nothing.
        reports: what the script reported, if it is a harness (``Job.is_harness``).
    """

    status: Status
    stdout: bytes
    stderr: bytes
    exit: int | None
    returned: tuple[Value, ...] | None
    error: Failure | None
    resources: Resources
    exceeded: str | None
    layers: tuple[str, ...]
    may_differ: tuple[str, ...] = field(default=())
    reports: tuple[bytes, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _End:
    """What ended a run, before its output is looked at."""

    status: Status
    error: Failure | None = None
    exceeded: str | None = None
    exit: int | None = None
    returned: tuple[Value, ...] | None = None


class BrokenRunError(Exception):
    """A process could not begin its run: a layer was not put on, or its record makes no sense."""


def judge(report: list[bytes], limits: Limits, layers: tuple[str, ...], secret: bytes = b"") -> Result:
    """The result of a run.

    Args:
        report: what the process that forks reports (``zygote.py``): a head, stdout, stderr, the child's record, notes,
            what a harness reported.
        limits: the limits of the run.
        layers: the layers that held.
        secret: what stands before each report of a harness; empty for a script that is none.

    Raises:
        BrokenRunError: the child did not run the script.
    """
    head = json.loads(report[0])
    if "broken" in head:
        raise BrokenRunError(head["broken"])
    _, stdout, stderr, record_part, notes_part, reports_part = report
    notes = [line.split(":", 1) for line in notes_part.decode("utf-8", "replace").splitlines()]
    record, parts = _record(record_part)
    if len(stdout) + len(stderr) > limits.output and not head["signal"]:
        end = _limit("output", "output", limits.output, "bytes of output")
    elif head["overdue"]:
        end = _limit("time", "wall", limits.wall, "seconds on the wall clock")
    elif head["signal"]:
        end = _by_signal(head, limits, len(stdout), len(stderr))
    elif record:
        end = _by_record(record, parts, limits)
    elif ["files"] in notes:
        end = _limit("file", "files", limits.files, "files")
    elif ["steps"] in notes:
        end = _limit("time", "steps", limits.steps or 0, "instructions")
    else:
        end = _End("ok", exit=head["exit"])
    stdout = stdout[: limits.output]
    return Result(
        status=end.status,
        stdout=stdout,
        stderr=stderr[: limits.output - len(stdout)],
        exit=end.exit,
        returned=end.returned,
        error=end.error,
        resources=Resources(head["cpu"], head["wall"], record.get("memory"), head["max_rss"], head["output"]),
        exceeded=end.exceeded,
        layers=layers,
        may_differ=tuple(dict.fromkeys(note[1] for note in notes if note[0] == "differs")),
        reports=tuple(_reports(reports_part, secret)) if secret else (),
    )


def _reports(part: bytes, secret: bytes) -> Iterator[bytes]:
    """What a harness reported, up to what has not the secret before it, or is cut short."""
    start = 0
    while part.startswith(secret, start):
        start += len(secret)
        length = int.from_bytes(part[start : start + 4], "little")
        text = part[start + 4 : start + 4 + length]
        if len(part) < start + 4 or len(text) < length:
            return
        yield text
        start += 4 + length


def lost(problem: str, layers: tuple[str, ...]) -> Result:
    """The result of a run whose process took the process that forks with it, or never answered."""
    failure = Failure("lost", f"{problem} while the script ran")
    return Result("process", b"", b"", None, None, failure, Resources(0.0, 0.0, None, 0, 0), None, layers)


def _record(part: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The head and the parts of a child's record; an empty head where it wrote none."""
    if not part:
        return {}, []
    try:
        head, *parts = messages.unpack(part)
        return dict(json.loads(head)), parts
    except (ValueError, TypeError) as error:
        raise BrokenRunError(f"the record of a run makes no sense: {error}") from error


def _limit(status: Status, name: str, value: float, unit: str) -> _End:
    return _End(status, Failure(status, f"the limit of {value:,} {unit} was exceeded"), name)


def _by_signal(head: dict[str, Any], limits: Limits, stdout: int, stderr: int) -> _End:
    """How a run ended whose process was ended by a signal."""
    number = head["signal"]
    timed = number in (signal.SIGPROF, signal.SIGXCPU) or (number == signal.SIGKILL and head["cpu"] >= limits.cpu)
    if timed:
        return _limit("time", "cpu", limits.cpu, "seconds of processor time")
    if number == signal.SIGXFSZ and max(stdout, stderr) < limits.output and limits.scratch:
        return _limit("file", "file_bytes", limits.file_bytes, "bytes in a file")
    if number == signal.SIGXFSZ:
        return _limit("output", "output", limits.output, "bytes of output")
    name = signal.Signals(number).name
    if number == getattr(signal, "SIGSYS", None):
        return _End("violation", Failure("SIGSYS", "the script made a system call that no script needs"))
    return _End("process", Failure(name, f"the process ended by {name}"))


def _by_record(record: dict[str, Any], parts: list[bytes], limits: Limits) -> _End:
    """How a run ended whose process said so itself."""
    status = record.get("status")
    if status == "ok":
        return _End("ok", returned=_values(parts) if record["returned"] else None)
    if status == "memory":
        return _limit("memory", "memory", limits.memory, "bytes of memory")
    if status not in ("error", "syntax") or len(parts) != 2:
        raise BrokenRunError(parts[0].decode("utf-8", "replace") if parts else f"the status of a run is {status!r}")
    message, traceback = parts
    name = record["name"].encode("latin-1")
    return _End(status, Failure(record["kind"], _text(message), _line(message, traceback, name), _text(traceback)))


def _text(message: bytes) -> str:
    return message.decode("utf-8", "backslashreplace")


def _line(message: bytes, traceback: bytes, name: bytes) -> int | None:
    """The line that a message of the script begins with, or else the innermost of its traceback."""
    place = re.escape(name) + rb":(\d+):"
    found = re.match(place, message) or re.search(rb"\n\t" + place, traceback)
    return int(found[1]) if found else None


def _values(parts: list[bytes]) -> tuple[Value, ...]:
    """The values that a script returned."""
    values: list[Value] = []
    for part in parts:
        kind, content = part[:1], part[1:]
        if kind == b"i":
            values.append(int(content))
        elif kind == b"d":
            values.append(struct.unpack("<d", content)[0])
        elif kind == b"s":
            values.append(content)
        else:
            values.append({b"n": None, b"t": True, b"f": False}[kind])
    return tuple(values)
