"""The key with which the strings of a chunk are combined, from a chunk of the same source."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from aidec.bytecode.model import Chunk

MAX_KEY = 256
"""How long a key may be, in bytes."""


def guess_key(expected: Chunk, stored: Chunk) -> bytes | None:
    """The shortest key that makes the constants of one chunk those of the other, empty if they are the same.

    None if there is no such key: the strings differ in another way, or the functions are others.
    """
    streams = list(_streams(expected, stored))
    longest = max(streams, key=len, default=b"")
    if not any(longest):
        return b"" if not any(map(any, streams)) else None
    for size in range(1, min(len(longest), MAX_KEY) + 1):
        key = longest[:size]
        if all(all(a == b for a, b in zip(stream, cycle(key), strict=False)) for stream in streams):
            return key
    return None


def _streams(expected: Chunk, stored: Chunk) -> Iterator[bytes]:
    """By what each string constant differs from the one in its place."""
    for ours, theirs in zip(expected.main.walk(), stored.main.walk(), strict=False):
        for mine, other in zip(ours.constants, theirs.constants, strict=False):
            if isinstance(mine, bytes) and isinstance(other, bytes) and len(mine) == len(other):
                yield bytes(a ^ b for a, b in zip(mine, other, strict=True))
