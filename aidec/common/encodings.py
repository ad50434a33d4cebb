"""Encodings of text that Lua does not read, told by the first bytes."""

from __future__ import annotations

import re

_WIDE = ((b"\xff\xfe\0\0", "UTF-32"), (b"\0\0\xfe\xff", "UTF-32"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_WIDE_ASCII = ((rb"[^\0]\0\0\0|\0\0\0[^\0]", "UTF-32"), (rb"(?:[^\0#]\0){2}|(?:\0[^\0]){2}", "UTF-16"))


def wide_encoding(data: bytes) -> str | None:
    """The encoding of a text in UTF-16 or UTF-32, which Lua does not read; None for all that may be another.

    >>> wide_encoding("x = 1".encode("utf-16")), wide_encoding("x = 1".encode("utf-16-be")), wide_encoding(b"x = 1")
    ('UTF-16', 'UTF-16', None)
    """
    marked = next((name for mark, name in _WIDE if data.startswith(mark)), None)
    return marked or next((name for start, name in _WIDE_ASCII if re.match(start, data)), None)
