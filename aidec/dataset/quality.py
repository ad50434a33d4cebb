"""Defects of a source, for which it is better left out: a program wrote it, nobody can read it, or it is no text.

Each defect is found by itself, so that a recipe can turn it on or off. The limits were set by looking at the 2,104
files that tests/oracles/fetch_corpus.sh fetches, of which 57 say that they are generated and 57 are minified.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from aidec.common.settings import load_yaml

HEAD = 20
"""How many of the first lines may say that a program wrote the file."""

LONG_LINE = 500
LONG_SHARE = 0.5
"""A source is minified if this share of its bytes stands in lines longer than ``LONG_LINE``.

The longest line has 226 bytes or less in 95 % of the files, and 30,324 or less in 99 %. The share is below 0.1 or above
0.8 in all files but 8, so other limits would find nearly the same files.
"""

MIN_SPACE = 0.03
MIN_SPACE_BYTES = 1000
"""A source of ``MIN_SPACE_BYTES`` or more is minified too if less than ``MIN_SPACE`` of it is white space.

Half of the files have 0.23 or more, 99 % more than 0.065; lists of short strings, a line each, still have 0.04.
"""

MAX_CONTROL = 0.005
"""The share of control characters beyond which a source is binary; 9 files have any, at most 0.0017."""

_GENERATED = tuple(
    re.compile(pattern.encode()) for pattern in load_yaml(Path(__file__).with_name("quality.yaml"))["generated"]
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

    A file that docstrip took out of a documented source is not generated: people wrote it.
    """
    head = b"\n".join(source[: 200 * HEAD].splitlines()[:HEAD])
    if b"docstrip" in head:
        return None
    for pattern in _GENERATED:
        if found := pattern.search(head):
            start = head.rfind(b"\n", 0, found.end()) + 1
            return head[start:].splitlines()[0].strip()[:200].decode("utf-8", "backslashreplace")
    return None


def minified(source: bytes) -> str | None:
    """How much of the source stands in long lines, or how little is white space, if beyond the limits; or None."""
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
    """How many NULs, or else how many control characters, the source has, if these are too many for a text; or None."""
    if count := source.count(b"\0"):
        return f"{count:,} NUL bytes"
    count = len(source) - len(source.translate(None, _CONTROL))
    return f"{count:,} control characters" if count > MAX_CONTROL * len(source) else None


def not_utf8(source: bytes) -> str | None:
    """The first byte that is not UTF-8, and its offset, or None."""
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
"""By the name of a defect, the function that returns its detail, or None if the source does not have it."""
