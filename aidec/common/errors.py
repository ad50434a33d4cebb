"""The exceptions of aidec: each is an ``AidecError``, and its text is one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Characters that end a line or can't be written: of a file's name, a pattern or a text that a message quotes."""


def one_line(text: str) -> str:
    r"""A text in which escapes stand for what would break its line or can't be written, such as ``\n``."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


class AidecError(Exception):
    """The base of all exceptions of aidec; the text is one line: the place, what is wrong, and what was expected."""

    def __init__(self, text: str = "") -> None:
        super().__init__(one_line(text))


class ArgumentError(AidecError, ValueError):
    """An argument of a function that has the right type, and a value that it can't have; the text names it."""


class LossWarning(UserWarning):
    """A tokenizer that loses part of the text that it encodes."""


class ChunkError(AidecError):
    """Bytes that are not a Lua 5.3 chunk.

    Attributes:
        offset: the first byte that is wrong, counted from 0.
        field: the field there, by its name in ``ksy/lua53_chunk.ksy``, such as ``main.constants[3].string``.
        problem: what is wrong, without the place.
    """

    def __init__(self, problem: str, offset: int, field: str) -> None:
        super().__init__(f"byte {offset} ({field}): {problem}")
        self.problem = problem
        self.offset = offset
        self.field = field

    def __reduce__(self) -> tuple[type[ChunkError], tuple[str, int, str]]:
        return ChunkError, (self.problem, self.offset, self.field)


class DialectError(AidecError):
    """A dialect that is missing or malformed, or that does not know an opcode; the text names the file or the place."""


class WriteError(AidecError):
    """A chunk with a value that its header has no room for; the text names the function and the field."""


class ReadError(AidecError):
    """Text that a pack did not print.

    Attributes:
        line, column: the first place that is wrong, counted from 1, in lines and characters.
        problem: what is wrong, without the place.
        found: the token or the text there.
        expected: the tokens that could be there.
    """

    def __init__(self, problem: str, line: int, column: int, found: str = "", expected: tuple[str, ...] = ()) -> None:
        super().__init__(f"line {line}, column {column}: {problem}")
        self.problem = problem
        self.line = line
        self.column = column
        self.found = found
        self.expected = expected

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, int, int, str, tuple[str, ...]]]:
        return ReadError, (self.problem, self.line, self.column, self.found, self.expected)


class CompileError(AidecError):
    """Source text that Lua 5.3 does not compile; the text is the compiler's own message.

    Attributes:
        problem: what is wrong, in the compiler's words, without the name and the line.
        name: the name of the source, as the message shows it.
        line: the line that the message starts with, counted from 1; None where it names none.
    """

    def __init__(self, problem: str, name: str = "", line: int | None = None) -> None:
        place = name if line is None else f"{name}:{line}"
        super().__init__(f"{place}: {problem}" if place else problem)
        self.problem = problem
        self.name = name
        self.line = line

    def __reduce__(self) -> tuple[type[CompileError], tuple[str, str, int | None]]:
        return CompileError, (self.problem, self.name, self.line)


class PackError(AidecError):
    """A template pack that is missing or malformed; the text names the file and the line."""


class TokenizerError(AidecError):
    """A tokenizer that is missing or malformed, that lacks a token, or that can't be trained or extended as asked."""


class SourceError(AidecError):
    """A file of texts that can't be read, or a record in it; the text names the file and the line."""


class ConversationError(AidecError):
    """A conversation that a chat template refuses, or that is too long; the text names the message."""


class DatasetError(AidecError):
    """A dataset that can't be built or read as asked; the text names the place."""


class EvaluationError(AidecError):
    """Tasks, predictions or scores that can't be read, made or compared as asked; the text names the place."""


class SynthesisError(AidecError):
    """What can't be synthesized as asked; the text names the place, and what was expected."""


class SandboxError(AidecError):
    """A process that runs Lua can't be had as asked; the text names the layer that is missing, and its package."""


@contextmanager
def at(place: str, kind: type[AidecError] = AidecError) -> Iterator[None]:
    """Errors that are raised in the block say the place first, such as the name of a file, and are of one kind."""
    try:
        yield
    except AidecError as error:
        raise kind(f"{place}: {error}") from None
