"""What a run has made so far, in a journal beside its file, ``.NAME.journal``, from where a killed run goes on.

Each entry has the digest of all that decides on it: the settings, the input, and the version. So an entry is of use as
often as it is found, and what was made with other settings is not found.
"""

from __future__ import annotations

import json
import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from glob import escape
from pathlib import Path
from typing import Any

from aidec.evaluation.journal import Journal, digest_of, opened, version

Note = Callable[[str], object]
"""Is told what a person should know."""


class Progress:
    """What was made so far.

    Args:
        journal: the journal.
        work: what makes items; with an input it decides on them.

    Attributes:
        num_items: how many items are in what was found or added.
    """

    def __init__(self, journal: Journal, work: object) -> None:
        self._journal = journal
        self._settings = f"{version()} {_told(work)}"
        self.num_items = 0

    def digest(self, given: object) -> bytes:
        """The digest of an input, with all else that decides."""
        return digest_of(self._settings, _told(given))

    def find(self, digest: bytes) -> tuple[list[dict[str, Any]], Counter[str]] | None:
        """The items, and what was rejected, if an input was done."""
        row = self._journal.get(digest)
        if row is None:
            return None
        self.num_items += len(row["rows"])
        return row["rows"], Counter(row["rejected"])

    def add(self, digest: bytes, rows: list[dict[str, Any]], rejected: Counter[str]) -> None:
        """Keep the items, and what was rejected, of an input.

        Raises:
            EvaluationError: there is no room for it.
        """
        self._journal.put(digest, {"rows": rows, "rejected": rejected})
        self.num_items += len(rows)


@contextmanager
def resumable(path: Path, work: object, note: Note) -> Iterator[tuple[Progress, bool]]:
    """What was made so far for a file, and whether a run was there before; deleted when the block ends well.

    Where nothing was made it is also deleted. A file that is no regular one, such as a pipe, has no journal.

    Args:
        path: the file.
        work: what makes items.
        note: is told if something is kept after an error.

    Raises:
        EvaluationError: another run writes this file.
        OSError: there can be no file.
    """
    place = None
    if path.is_file() or not path.exists():
        path = path.resolve()
        place = path.with_name(f".{path.name}.journal")
    was_there = place is not None and place.exists()
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()  # for SQLite does not say why it can't
    progress: Progress | None = None
    try:
        with opened(place) as journal:
            for part in path.parent.glob(f".{escape(path.name)}.*.part") if was_there else ():  # of the killed run
                part.unlink(missing_ok=True)
            progress = Progress(journal, work)
            yield progress, was_there
    except BaseException:
        if progress is not None and place is not None:
            if progress.num_items:
                note("what was made is kept: the same command goes on from there")
            else:
                _delete(place)
        raise
    if place is not None:
        _delete(place)


def _delete(place: Path) -> None:
    """Delete a journal, with the files that SQLite has beside it."""
    for each in (place, *(place.with_name(place.name + suffix) for suffix in ("-wal", "-shm"))):
        with suppress(OSError):
            each.unlink()


def _told(value: object) -> str:
    """A text of a value, the same in each process."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> object:
    """A value that JSON does not know, as one that it does."""
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__qualname__, {each.name: getattr(value, each.name) for each in fields(value)}]
    if isinstance(value, set | frozenset):
        return sorted(map(_told, value))
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return pickle.dumps(value).hex()
