"""What a file of Lua is, a chunk or a text, and what such files are called."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from aidec.bytecode.model import SIGNATURE

SOURCES = (".lua", ".nse", ".pd_lua", ".rockspec", ".wlua")
"""The endings of sources, which folders and archives are searched for; case does not matter."""

CHUNKS = (".luac",)
"""The endings of chunks."""

_SKIPPED = re.compile(rb"(?:\xEF\xBB\xBF)?(?:#[^\n]*(?:\n|\Z))?")


def chunk_start(data: bytes, first: bytes = SIGNATURE[:1]) -> int | None:
    r"""The offset of the chunk in the bytes of a file; None if the file is a text.

    A byte order mark and a first line that starts with ``#`` are skipped, and the first byte of the signature then
    makes a chunk (lauxlib.c: luaL_loadfilex); ``first`` is what chunks of a dialect begin with.

    >>> chunk_start(b"#!/usr/bin/lua\n\x1bLua"), chunk_start(b"return 1")
    (15, None)
    """
    if data.startswith(first):
        return 0
    skipped = _SKIPPED.match(data)
    start = skipped.end() if skipped else 0
    return start if data.startswith(first, start) else None


def is_named(path: str, endings: Sequence[str], globs: Sequence[str] = ()) -> bool:
    """Whether the name of a file has one of the endings, in any case; with globs, whether it matches one of these."""
    if globs:
        return any(fnmatchcase(os.path.basename(path), glob) for glob in globs)
    return path.lower().endswith(tuple(endings))


class PassedOver:
    """Counts what stands in folders and archives and was not taken.

    Attributes:
        counts: the files with other names, by their endings.
        others: the links to folders or to nothing, and what is no file, such as a pipe.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.others = 0

    def add(self, path: str) -> None:
        """Count a file."""
        self.counts[os.path.splitext(path)[1].lower()] += 1

    @property
    def total(self) -> int:
        """How many there were."""
        return self.counts.total() + self.others

    def __str__(self) -> str:
        """How many there were, and the most frequent endings; empty if there were none."""
        parts = []
        if number := self.counts.total():
            names = ", ".join(repr(ending)[1:-1] if ending else "no ending" for ending, _ in self.counts.most_common(5))
            more = ", ..." if len(self.counts) > 5 else ""
            parts.append(f"{number:,} file{'' if number == 1 else 's'} with other names ({names}{more}, see --glob)")
        if self.others:
            parts.append(f"{self.others:,} that {'is' if self.others == 1 else 'are'} no files (links, pipes)")
        return f"passed over {' and '.join(parts)}" if parts else ""
