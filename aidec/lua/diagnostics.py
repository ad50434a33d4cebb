"""What Lua 5.3 refuses in a source text: a stable kind, the exact place, what stands there and what was expected.

The compiler alone decides what is Lua; ``diagnostics.yaml`` sorts its messages. A message names a line, but no column.
To find it, each token of that line is moved to a line of its own, and the text is compiled again: the line that is
named now separates the tokens that the compiler had read from those that it had not.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from aidec.common.arguments import expect
from aidec.common.errors import CompileError
from aidec.common.settings import load_yaml
from aidec.lua.compile import as_bytes, compile_source
from aidec.lua.lines import line_starts
from aidec.lua.words import tokens

END = "<eof>"
"""What is found where the text ends, as llex.c: ``luaX_tokens`` spells it."""

Span = tuple[int, int]
"""The offsets of a first byte and of the byte after the last."""

MAX_CODE, MAX_BYTE = 0x10FFFF, 0xFF
"""The greatest values of escape sequences; llex.c: ``readutf8esc``, ``readdecesc``."""

_NEW_LINE = b" \n"  # the space keeps it apart from a carriage return, with which it would be one line break

# llex.c: read_string, readhexaesc, readutf8esc, readdecesc; what is refused reaches to the byte that can't stand there
_ESCAPE = re.compile(
    rb"""(?P<valid>\\(?:z\s* | x[0-9A-Fa-f]{2} | u\{(?P<code>[0-9A-Fa-f]+)\} | (?P<decimal>[0-9]{1,3})
                      | \r\n | \n\r | [abfnrtv\\"'\r\n]))
         | \\(?:x[0-9A-Fa-f]? | u(?:\{[0-9A-Fa-f]*)?)?.?
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong with a source text, and where.

    Attributes:
        kind: what the compiler refuses, such as ``syntax`` or ``undefined label``: a name in ``diagnostics.yaml``,
            which stays.
        line: the compiler's line, counted from 1; for a ``goto`` or ``break`` the line of that statement.
        column: the first byte of what is refused, counted from 1, in bytes of its line without a byte order mark. It is
            1 for what began in a line before, such as a string of many lines, of which the compiler names the last.
        offset: that byte in the source, counted from 0.
        found: what is refused, as the source has it: a token, an escape sequence, the statement of a ``goto`` or of a
            label; ``<eof>`` at the end of the text; empty where no place is known.
        expected: what was expected, such as ``<name>`` or ``'end' to close 'function' at line 3``; None where the
            compiler does not say.
        message: the compiler's message, whole.
    """

    kind: str
    line: int
    column: int
    offset: int
    found: str
    expected: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the compiler's messages, as ``diagnostics.yaml`` declares it."""

    kind: str
    says: re.Pattern[str]
    expected: str | None
    at: str


@dataclass(frozen=True, slots=True)
class _Message:
    """A message of the compiler, its form, and the line that it names, or 0."""

    form: Form
    match: re.Match[str]
    line: int

    @property
    def near(self) -> str:
        """The token that the message quotes."""
        return self.match["near"] or ""

    @property
    def expected(self) -> str | None:
        """What the compiler expected."""
        return None if self.form.expected is None else self.form.expected.format(**self.match.groupdict())


class _Lines:
    """Where the lines of a source begin."""

    def __init__(self, source: bytes) -> None:
        self.starts = line_starts(source)

    def line(self, offset: int) -> int:
        """The line of a byte."""
        return bisect_right(self.starts, offset) or 1

    def column(self, offset: int, line: int) -> int:
        """The column of a byte in a line; 1 if it stands in a line before."""
        return max(offset - self.starts[line - 1], 0) + 1


def check(source: bytes | str, name: bytes | str = "=?") -> Diagnostic | None:
    """What is wrong with a source text; None if Lua 5.3 compiles it.

    >>> found = check("local x = f(1, 2")
    >>> found.kind, found.line, found.column, found.found, found.expected
    ('syntax', 1, 17, '<eof>', "')'")

    Args:
        source: the text of a Lua file; a ``str`` is compiled as UTF-8.
        name: the chunk's name, with which the message starts: ``@`` and a file name for the text of a file.

    Raises:
        CompileError: a ``str`` has half of a surrogate pair.
    """
    source, name = as_bytes(source, "source"), as_bytes(name, "name")
    try:
        compile_source(source, name)
    except CompileError as error:
        return diagnose(source, error)
    return None


def diagnose(source: bytes | str, error: CompileError) -> Diagnostic:
    """What an error of ``compile_source`` says about the text that it was given, with the place.

    The text is compiled once more; if the message names no line, as often as its tokens can be halved.
    """
    expect("error", error, CompileError)
    source = as_bytes(source, "source")
    message = _read(error)
    lines = _Lines(source)
    start, end = _place(source, message, lines)
    line = message.line or lines.line(start)
    return Diagnostic(
        kind=message.form.kind,
        line=line,
        column=lines.column(start, line),
        offset=start,
        found=END if start == len(source) else source[start:end].decode("utf-8", "backslashreplace"),
        expected=message.expected,
        message=str(error),
    )


def kind_of(problem: str) -> str:
    """The kind of a message of the compiler, without the name and the line that stand before it.

    Raises:
        LookupError: the compiler of Lua 5.3 has no such message.
    """
    return _read(CompileError(problem)).form.kind


@lru_cache(maxsize=1)
def forms() -> tuple[Form, ...]:
    """The forms of the compiler's messages; each message has one."""
    table = load_yaml(Path(__file__).with_name("diagnostics.yaml"))
    return tuple(
        Form(
            kind,
            re.compile(rf"(?:{form['says']})(?: near (?P<near>.*))?", re.DOTALL),
            form.get("expected"),
            form.get("at", "token"),
        )
        for kind, forms_of_kind in table.items()
        for form in forms_of_kind
    )


def _read(error: CompileError) -> _Message:
    for form in forms():
        if match := form.says.fullmatch(error.problem):
            line = match["line"] if "line" in form.says.groupindex else error.line
            return _Message(form, match, int(line or 0))
    raise LookupError(f"a message of no kind: {error.problem}")


def _place(source: bytes, message: _Message, lines: _Lines) -> Span:
    """Where what is refused stands."""
    if message.form.at == "nothing":
        return 0, 0
    spans = [*tokens(source), (len(source), len(source))]
    if message.form.at == "end" or message.near == END:
        return spans[-1]
    if not message.line:
        return spans[_last_needed(source, spans, message)]
    return _whole(source, spans, _last_read(source, spans, message, lines), message)


def _last_read(source: bytes, spans: Sequence[Span], message: _Message, lines: _Lines) -> int:
    """The index of the token that the compiler had read last when it was at the line that a message names.

    The spans are those of the tokens and of the end of the text.
    """
    line = message.line
    near = [index for index, (start, end) in enumerate(spans) if lines.line(start) <= line <= lines.line(end)]
    cuts = [0, *(spans[index][0] for index in near), len(source)]
    spread = _NEW_LINE.join(source[start:end] for start, end in pairwise(cuts))
    return near[_read(_error(spread)).line - line - 1]


def _last_needed(source: bytes, spans: Sequence[Span], message: _Message) -> int:
    """The index of the last token in the shortest beginning of a source that the compiler refuses with a message."""

    def is_refused(index: int) -> bool:
        return _error(source[: spans[index][1]]).problem == message.match[0]

    return bisect_left(range(len(spans)), True, key=is_refused)  # noqa: FBT003 (it is what is searched for)


def _whole(source: bytes, spans: Sequence[Span], index: int, message: _Message) -> Span:
    """What is refused, of which the token at an index is a part."""
    start, end = spans[index]
    at = message.form.at
    if at == "goto":
        return start, spans[index + 1][1]
    if at == "label":  # '::', NAME, and what was read after them
        return spans[index - 2][0], spans[index - (source[start:end] != b"::")][1]
    if at == "number":  # the message quotes it
        return start, start + len(message.near) - len("''")
    if at == "escape":
        return _bad_escape(source, start, end)
    return start, end


def _bad_escape(source: bytes, start: int, end: int) -> Span:
    """The first escape sequence in a string that Lua refuses."""
    for match in _ESCAPE.finditer(source, start, end):
        code, decimal = match["code"], match["decimal"]
        if not match["valid"] or (code and int(code, 16) > MAX_CODE) or (decimal and int(decimal) > MAX_BYTE):
            return match.span()
    return start, end


def _error(source: bytes) -> CompileError:
    """The error of a source; it has no problem if Lua compiles it."""
    try:
        compile_source(source)
    except CompileError as error:
        return error
    return CompileError("")
