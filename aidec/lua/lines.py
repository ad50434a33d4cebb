"""The lines of a source text as Lua counts them."""

from __future__ import annotations

import re

BOM = b"\xef\xbb\xbf"

FIRST_LINE = re.compile(rb"\A(?:\xEF\xBB\xBF)?(#[^\n]*)?")
"""What is skipped before a text: a byte order mark, a first line that starts with ``#`` (lauxlib.c: skipcomment)."""

LINE_BREAK = re.compile(rb"\r\n|\n\r|\r|\n")
"""What is one line break (llex.c: inclinenumber)."""


def text_start(source: bytes) -> int:
    """The offset of the first byte that is not skipped."""
    return len(source) - len(FIRST_LINE.sub(b"", source))


def line_starts(source: bytes) -> list[int]:
    """The offsets of the first bytes of the lines; a byte order mark is no part of the first."""
    starts = [len(BOM) if source.startswith(BOM) else 0]
    starts += [match.end() for match in LINE_BREAK.finditer(source, text_start(source))]
    return starts
