"""The lab: runs functions on inputs in the sandbox, and checks what is claimed of them.

It is one run, to which requests are sent (``lab.lua`` answers them), since a check takes a hundredth of the time that a
run takes to start. What runs there is counted in steps: loops and functions are given a call of ``__tick`` at their
start, in the line where they start, so that lines in messages stay.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Literal

from aidec.common.errors import SynthesisError
from aidec.lua.live import LiveRun
from aidec.lua.nodes import Block, FunctionBody, GenericFor, NumericFor, Repeat, While
from aidec.lua.runner import Job, Limits, Runner
from aidec.lua.tree import parse

STEPS = 20_000
"""How many loops are gone through, and functions called, in one case."""

_LONG = 10.0**6
_LIMITS = Limits(cpu=_LONG, wall=_LONG, memory=128 << 20, output=1 << 30)

Verdict = Literal["holds", "fails", "declared", "declared in vain", "nothing claimed", "too long", "broken"]
"""What a claim comes to: ``declared`` is a failure where the declaration expects one, and else ``declared in vain``.

``broken`` is an error in the conditions of a claim.
"""

_VERDICTS: dict[bytes, Verdict] = {
    b"k": "holds",
    b"x": "fails",
    b"X": "declared",
    b"K": "declared in vain",
    b"s": "nothing claimed",
    b"l": "too long",
    b"e": "broken",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A function as it is run.

    Attributes:
        code: its text, in which a local variable has its name.
        name: its name.
        inputs: the names of the inputs.
        call: the expression that calls it.
        brings: Lua before the call.
    """

    code: bytes
    name: str
    inputs: tuple[str, ...]
    call: str
    brings: str = ""


class Call(bytes):
    """What a call gives: the expressions of its results, ``error: `` and a message, or nothing if they have none."""

    __slots__ = ()


class Lab:
    """A run that checks functions; ``close`` ends it."""

    def __init__(self) -> None:
        source = Path(__file__).with_name("lab.lua").read_bytes()
        self._run = LiveRun(Runner(1, deterministic=True), Job(source, args=[str(STEPS)], limits=_LIMITS, name="=lab"))
        self._answers = b""

    def take(self, number: int, subject: Subject) -> None:
        """Take a function under a number; another one that has it is forgotten.

        Raises:
            SynthesisError: it is no Lua, as for all requests; or the run has ended.
        """
        code = b"local __tick = ...; " + counted(subject.code) + b"\nreturn " + subject.name.encode()
        inputs = ", ".join(subject.inputs)
        call = (
            f"local __tick, {subject.name} = ...; {subject.brings}\nreturn function({inputs}) return {subject.call} end"
        )
        self._ask(b"subject", str(number).encode(), code, call.encode())

    def claim(self, text: str) -> None:
        """Take what is claimed: a text that returns three functions of the inputs, as ``Property.text``."""
        self._ask(b"property", b"local __tick = ...; " + counted(text.encode()))

    def check(self, number: int, cases: Sequence[bytes]) -> list[tuple[Verdict, bytes]]:
        """What the claim comes to for a function with the inputs of each case, and the message of an error."""
        answer = self._ask(b"check", str(number).encode(), *cases)
        found, at = list[tuple[Verdict, bytes]](), 0
        while at < len(answer):
            letter, size = struct.unpack_from("<cI", answer, at)
            message = answer[at + 5 : at + 5 + size]
            found.append((_VERDICTS[letter], message))
            at += 5 + size
        return found

    def call(self, number: int, cases: Sequence[bytes]) -> list[Call]:
        """What the call of a function gives with the inputs of each case."""
        return [_call(each) for each in _words(self._ask(b"call", str(number).encode(), *cases))]

    def difference(self, number: int, other: int, case: bytes) -> tuple[bytes, Call, Call]:
        """The first call that the claim makes and in which two functions differ: its arguments, and what each gives.

        The arguments are those of ``number``; what ``other`` gives comes first. All are empty if there is none.
        """
        words = list(_words(self._ask(b"difference", str(number).encode(), str(other).encode(), case)))
        return words[0], _call(words[1]), _call(words[2])

    def _ask(self, *words: bytes) -> bytes:
        """The answer to a request.

        Raises:
            SynthesisError: the request makes no sense to the lab, or the run has ended.
        """
        request = b"".join(struct.pack("<I", len(word)) + word for word in words)
        try:
            self._run.send(struct.pack("<I", len(request)) + request)
        except BrokenPipeError:
            raise self._ended() from None
        self._run.printed = 0
        answer = self._answers
        for part, is_error in self._run.receive():
            answer += b"" if is_error else part
            if len(answer) >= 4 and len(answer) >= 4 + int.from_bytes(answer[:4], "little"):
                break
        else:
            raise self._ended()
        if answer[4] != 1:
            raise SynthesisError(answer[5:].decode("utf-8", "replace"))
        return answer[5:]

    def _ended(self) -> SynthesisError:
        result = self._run.result()
        return SynthesisError(f"the run ended: {result.error.message if result.error else result.status}")

    def close(self) -> None:
        """End the run."""
        self._run.close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@lru_cache(maxsize=256)
def counted(code: bytes) -> bytes:
    """A text of Lua in which loops and functions call ``__tick`` at their start.

    >>> counted(b"for i = 1, 3 do print(i) end")
    b'for i = 1, 3 do  __tick(); print(i) end'

    Raises:
        CompileError: it is no Lua.
    """
    for start in sorted(_starts(code), reverse=True):
        code = code[:start] + b" __tick(); " + code[start:]
    return code


def _starts(code: bytes) -> Iterator[int]:
    """Where the blocks of loops and functions start."""
    for node in parse(code, resolved=False).walk():
        if isinstance(node, FunctionBody | GenericFor | NumericFor | Repeat | While):
            yield _start(node.body)


def _start(block: Block) -> int:
    first = block.statements[0] if block.statements else block
    return first.place.start if first.place else 0


def _words(answer: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(answer):
        size = int.from_bytes(answer[at : at + 4], "little")
        yield answer[at + 4 : at + 4 + size]
        at += 4 + size


def _call(word: bytes) -> Call:
    kind, text = word[:1], word[1:]
    return Call({b"=": text, b"!": b"error: " + text}.get(kind, b""))
