"""Runs a chunk and calls of it in the sandbox, and returns what each of them did.

All calls share one run, and so one state. A call that ends the run, by ``os.exit`` or at a limit, is seen as that; the
calls after it go on in another run, up to ``MOST_ENDINGS`` of them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aidec.common.errors import AidecError, SandboxError
from aidec.lua.compile import skip_comment
from aidec.lua.runner import Job, Limits, Result, Runner

MOST_ENDINGS = 3
"""After so many calls that ended the run, the calls that are left are not run."""

_HEAD = struct.Struct("<Iqqqq")


@dataclass(frozen=True, slots=True)
class Call:
    """What is called, and with what.

    Attributes:
        target: as ``Test.function``; ``#3`` is the first result of call 3, ``@3`` the third of what the chunk passed to
            stand-ins, and a last name after a colon is a method.
        arguments: Lua expressions.
        world: what decides on the values of stand-ins; in the world without a name all give stand-ins.
    """

    target: str
    arguments: str = ""
    world: str = ""

    def __str__(self) -> str:
        if not self.target:
            return f"the chunk, called with {self.arguments}" if self.arguments else "the chunk"
        return f"{self.target}({self.arguments})"

    def packed(self) -> tuple[str, str, str]:
        """The call as the harness reads it."""
        root, *names = re.split(r"([.:])", self.target)
        fields = [(":" if sign == ":" else "") + name for sign, name in zip(names[::2], names[1::2], strict=True)]
        return "\0".join(["#0" if root == "return" else root, *fields]), self.arguments, self.world


CHUNK = Call("")
"""The call of the chunk itself, with which all begin: call 0."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a chunk finds beside the library: stand-ins, which ``standins.lua`` makes, for what nobody has.

    Attributes:
        standins: whether there are any, such as for modules that are required.
        absent: the names of globals that are stand-ins.
        upvalues: the names of the upvalues of the function that the chunk returns, which are stand-ins.
        own_name: the one of them that is the function itself.
    """

    standins: bool = False
    absent: tuple[str, ...] = ()
    upvalues: tuple[str, ...] = ()
    own_name: str = ""


PLAIN = Surroundings()
"""The library alone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one call.

    Attributes:
        ending: how it ended the run, such as ``os.exit(0)``; empty if it did not.
        is_cut: whether the rest can't be told, as a limit ended it, or its values are too large.
        frame: what the harness reported, as ``read_frame`` takes it; empty if it can't be told.
        stdout, stderr: what it printed.
    """

    ending: str = ""
    is_cut: bool = False
    frame: bytes = b""
    stdout: bytes = b""
    stderr: bytes = b""


NOT_RUN = Seen(ending="not run: too many calls before it ended the run", is_cut=True)
"""What is seen of a call that was not run."""


class ArgumentsError(AidecError):
    """The expressions of a call that have no values; the text has the number of the call."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a chunk and calls of it.

    Attributes:
        seen: what was seen of each call.
        differs: what in that can differ from run to run, in words.
        cpu: seconds of processor time that it took.
    """

    seen: list[Seen]
    differs: tuple[str, ...]
    cpu: float


def observe(
    runner: Runner, source: bytes, calls: Sequence[Call], limits: Limits, surroundings: Surroundings = PLAIN
) -> Observation:
    """What a chunk and calls of it do.

    Args:
        runner: what runs them.
        source: the text of the chunk.
        calls: the calls; the first is ``CHUNK``.
        limits: the limits of each run.
        surroundings: what the chunk finds beside the library.

    Raises:
        ArgumentsError: the expressions of a call have no values.
        SandboxError: nothing can be run.
    """
    seen: list[Seen] = []
    differs: dict[str, None] = {}
    endings, cpu = 0, 0.0
    while len(seen) < len(calls):
        if endings == MOST_ENDINGS or (seen and seen[0].ending):
            seen += [NOT_RUN] * (len(calls) - len(seen))
            break
        result = runner.run_job(_job(source, len(seen), calls, limits, surroundings))
        differs.update(dict.fromkeys(result.may_differ))
        cpu += result.resources.cpu
        reports = result.reports
        last = reports[-1] if reports else b""
        if last[:1] == b"a":
            number = int.from_bytes(last[1:5], "little")
            raise ArgumentsError(f"call {number}, {calls[number]}: {_first_line(last[5:])}")
        is_complete = last == b"e"
        end = (0, 0)
        for report in reports[:-1] if is_complete else reports:
            number, *places = _HEAD.unpack_from(report, 1)
            if number != len(seen):
                raise SandboxError(f"call {len(seen)} was reported as call {number}")
            frame = report[1 + _HEAD.size :]
            seen.append(Seen("", not frame, frame, *_printed(result, *places)))
            end = places[1], places[3]
        if not is_complete:
            seen.append(_ended(result, end))
            endings += 1
    return Observation(seen, tuple(differs), cpu)


def _job(source: bytes, first: int, calls: Sequence[Call], limits: Limits, surroundings: Surroundings) -> Job:
    """The run of the calls from the first on."""
    texts = [text for call in calls for text in call.packed()]
    budget = str(limits.output - 64 * (len(calls) + 1))  # the channel has the limit of each file of output
    standins = _program("standins.lua") if surroundings.standins else b""
    absent, upvalues = ("\0".join(names) for names in (surroundings.absent, surroundings.upvalues))
    args: list[bytes | str] = [skip_comment(source), str(first), budget]
    args += [standins, absent, upvalues, surroundings.own_name, *texts]
    return Job(_program("harness.lua"), args=args, limits=limits, name="=harness", is_harness=True)


@cache
def _program(name: str) -> bytes:
    return Path(__file__).with_name(name).read_bytes()


def _first_line(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace").partition("\n")[0]


def _printed(result: Result, out_start: int, out_end: int, err_start: int, err_end: int) -> tuple[bytes, bytes]:
    """What was printed between two places of each file of output; nothing where the file was closed."""
    return result.stdout[max(out_start, 0) : max(out_end, 0)], result.stderr[max(err_start, 0) : max(err_end, 0)]


def _ended(result: Result, start: tuple[int, int]) -> Seen:
    """What is seen of a call that ended the run."""
    stdout, stderr = result.stdout[max(start[0], 0) :], result.stderr[max(start[1], 0) :]
    if result.status == "ok":
        return Seen(f"os.exit({result.exit})", stdout=stdout, stderr=stderr)
    if result.status in ("time", "memory", "output"):
        return Seen(f"the limit of {result.exceeded}", is_cut=True)
    problem = result.error.message.partition("\n")[0] if result.error else result.status
    return Seen(f"the end of its process: {problem}", stdout=stdout, stderr=stderr)
