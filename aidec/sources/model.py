"""What sources give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One text.

    Attributes:
        origin: its file, with ``:`` and the number of the line or row (from 1), or the name of the member, where the
            file holds many. No two documents have the same.
        data: its bytes; Lua source has no declared encoding.
        chunk: the bytes of the chunk that it was compiled to, where that stands beside it and was asked for.
        licence: its SPDX expression, where known (aidec/sources/licences.py).
        repository: what it belongs to, so that a split of the data can keep together what belongs together
            (aidec/sources/provenance.py); empty where nothing tells.
    """

    origin: str
    data: bytes
    chunk: bytes | None = None
    licence: str | None = None
    repository: str = ""


Report = Callable[[str], object]
"""What is told of a file or a record that can't be read, in one line."""
