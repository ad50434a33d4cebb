"""Unified diffs of texts that end in a line break, as ``diff -u`` writes and ``patch`` reads them: made, and put on."""

from __future__ import annotations

import difflib
import re

from aidec.common.errors import SynthesisError

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


def unified_diff(before: bytes, after: bytes, name: str) -> bytes:
    """The unified diff that makes one text of another, for the file of a name; empty if they are the same."""
    old, new = (text.decode("latin-1").split("\n")[:-1] for text in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
    return "".join(f"{line}\n" for line in lines).encode("latin-1")


def patched(text: bytes, diff: bytes) -> bytes:
    r"""The text after a unified diff is put on, at the very lines that it names.

    >>> patched(b"one\ntwo\n", unified_diff(b"one\ntwo\n", b"one\n2\n", "numbers"))
    b'one\n2\n'

    Raises:
        SynthesisError: the diff is malformed, or is none of this text.
    """
    old = text.split(b"\n")[:-1]
    made: list[bytes] = []
    index = 0
    for number, line in enumerate(diff.split(b"\n")[2:-1], 3):
        hunk = _HUNK.fullmatch(line)
        if hunk is not None:  # a hunk that takes no lines stands after the line that it names
            start = int(hunk[1]) - (hunk[2] != b"0")
            made += old[index:start]
            index = start
            continue
        sign, content = line[:1], line[1:]
        if sign not in (b" ", b"-", b"+") or (sign != b"+" and old[index : index + 1] != [content]):
            raise SynthesisError(f"line {number} of the diff does not fit the text, line {index + 1}")
        index += sign != b"+"
        if sign != b"-":
            made.append(content)
    return b"".join(line + b"\n" for line in [*made, *old[index:]])
