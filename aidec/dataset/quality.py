"""What speaks against learning from a source: a program wrote it, nobody can read it, or it is no text.

Each defect is found by itself, so that a recipe can turn it on or off. The limits were set by looking at the 2,104
files that tests/oracles/fetch_corpus.sh fetches, of which 57 say that they are generated and 57 are minified.
"""

from __future__ import annotations

import re
from collections.abc import Callable

HEAD = 20
"""How many of the first lines may say that a program wrote the file."""

LONG_LINE = 500
LONG_SHARE = 0.5
"""A source is minified where this share of its bytes stands in lines longer than ``LONG_LINE``.

The longest line has 226 bytes or less in 95 % of the files, and 30,324 or less in 99 %. The share is below 0.1 or above
0.8 in all files but 8, so that the limits could lie elsewhere and tell the same apart.
"""

MIN_SPACE = 0.03
MIN_SPACE_BYTES = 1000
"""Or where less than this share is white space, in a source of so many bytes.

Half of the files have 0.23 or more, 99 % more than 0.065; lists of short strings, a line each, still have 0.04.
"""

MAX_CONTROL = 0.005
"""The share of control characters beyond which a source is binary; 9 files have any, at most 0.0017."""

_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        rb"\bDO NOT (?:EDIT|MODIFY|CHANGE)\b",
        rb"(?i)\bdo(?: not|n't) (?:edit|modify|change) (?:this file|it\b|by hand|manually|directly)",
        rb"(?i)\b(?:auto-?|automatically |machine-)generated\b",
        # at the beginning of a line, or behind one word: prose says later what is generated from what
        rb"(?im)^\W*auto generated\b",
        rb"(?im)^\W*th(?:is|e following) (?:(?:file|table|code|module|script|source) )?(?:is|was|has been) generated\b",
        rb"(?im)^\W*(?:\w+\W+)?generated (?:by|from|on|using|with)\b",
        rb"(?im)^\W*(?:\w+\W+)?(?:compiled|transpiled|decompiled|disassembled) (?:by|from|using|with)\b",
        rb"(?i)^-- filename: .*\r?\n-- version: lua",  # unluac
    )
)
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r") + b"\x7f"
_SPACE = b" \t\n\v\f\r"


def defect(source: bytes) -> str | None:
    """The first defect of a source, such as ``minified: 98 % of it in lines longer than 500 bytes``, or None."""
    for reason, check in DEFECTS.items():
        if detail := check(source):
            return f"{reason}: {detail}"
    return None


def generated(source: bytes) -> str | None:
    """The line near the beginning that says that a program wrote the source, or None.

    What docstrip takes out of a documented source is not meant: people wrote it.
    """
    head = b"\n".join(source[: 200 * HEAD].splitlines()[:HEAD])
    if b"docstrip" in head:
        return None
    for mark in _MARKS:
        if found := mark.search(head):
            start = head.rfind(b"\n", 0, found.end()) + 1
            return head[start:].splitlines()[0].strip()[:200].decode("utf-8", "backslashreplace")
    return None


def minified(source: bytes) -> str | None:
    """How much of the source stands in long lines, or how little is white space, where that is beyond the limits."""
    if not source:
        return None
    share = sum(len(line) for line in source.splitlines() if len(line) > LONG_LINE) / len(source)
    if share >= LONG_SHARE:
        return f"{share:.0%} of it in lines longer than {LONG_LINE} bytes"
    space = 1 - len(source.translate(None, _SPACE)) / len(source)
    if space < MIN_SPACE and len(source) >= MIN_SPACE_BYTES:
        return f"{space:.1%} of it white space"
    return None


def binary(source: bytes) -> str | None:
    """How many NULs, or else how many control characters, the source has, where it is too many for a text."""
    if count := source.count(b"\0"):
        return f"{count:,} NUL bytes"
    count = len(source) - len(source.translate(None, _CONTROL))
    return f"{count:,} control characters" if count > MAX_CONTROL * len(source) else None


def not_utf8(source: bytes) -> str | None:
    """The first byte that is not UTF-8, and where it stands, or None."""
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start} is 0x{source[error.start]:02X}"
    return None


DEFECTS: dict[str, Callable[[bytes], str | None]] = {
    "generated": generated,
    "minified": minified,
    "binary": binary,
    "not UTF-8": not_utf8,
}
"""What finds each defect, by its name: the detail, or None where the source has it not."""
