"""A text from a source, and how it is reported that one can't be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One text.

    Attributes:
        origin: its file, and if the file holds many texts, ``:`` and the number of the line or row (from 1) or the name
            of the member. No two documents have the same origin.
        data: its bytes; Lua source has no declared encoding.
        chunk: the bytes of the chunk beside it that it was compiled to, if asked for.
        licence: its SPDX expression, or None if it is not known (aidec/sources/licences.py).
        repository: the repository, or a folder like one, that a split of the data keeps together
            (aidec/sources/provenance.py); empty if it is not known.
        dialect: the name or the file of the dialect that the chunk is in; None for the official one.
    """

    origin: str
    data: bytes
    chunk: bytes | None = None
    licence: str | None = None
    repository: str = ""
    dialect: str | None = None


Report = Callable[[str], object]
"""Is called with one line about each file, record or member that can't be read."""
