"""What a run has done so far: answers and scores by the digest of all that they depend on, in one file.

So resuming is looking up. Each is written when it is there, by one process; a process that is killed loses what it had
not written, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from aidec.common.errors import EvaluationError
from aidec.evaluation.model import Task
from aidec.version import __version__

FORMAT = 1
"""The format of the rows; those of another are not read."""


@cache
def version() -> str:
    """What stands for the code that makes scores: the version, and a digest of the files of this package."""
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".yaml", ".lua"):
            digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__} {digest.hexdigest()}"


def digest_of(*parts: str | bytes | int) -> bytes:
    """The digest of values in their order, of which none can be taken for two."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.digest()


def task_digest(task: Task) -> bytes:
    """The digest of all that a task says."""
    return digest_of(json.dumps(task.to_json(), sort_keys=True))


class Journal:
    """Rows by their digests.

    Args:
        database: an open database.
        path: its file, for errors.
    """

    def __init__(self, database: sqlite3.Connection, path: Path | None) -> None:
        self._database = database
        self._path = path

    def get(self, digest: bytes) -> Any:
        """The row of a digest, or None."""
        found = self._database.execute("SELECT row FROM rows WHERE digest = ?", (digest,)).fetchone()
        return None if found is None else json.loads(found[0])

    def put(self, digest: bytes, row: Any) -> None:
        """Keep a row.

        Raises:
            EvaluationError: there is no room for it.
        """
        try:
            self._database.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (digest, json.dumps(row)))
        except sqlite3.OperationalError as error:
            raise EvaluationError(f"{self._path or 'temporary files'}: {error}; what was done is kept") from None

    def forget(self, digest: bytes) -> None:
        """Keep the row of a digest no longer."""
        self._database.execute("DELETE FROM rows WHERE digest = ?", (digest,))


@contextmanager
def opened(path: Path | None, *, anew: bool = False) -> Iterator[Journal]:
    """The journal in a file, which is made if it is not there.

    Args:
        path: the file; None for a journal that is gone when the block ends.
        anew: keep nothing of what is there.

    Raises:
        EvaluationError: the file can't be opened, another run has it open, or it is damaged.
    """
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connected = sqlite3.connect(path or "", isolation_level=None, timeout=0)
    except sqlite3.OperationalError as error:
        raise EvaluationError(f"{path}: {error}") from None
    with closing(connected) as database:
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL" if path else "PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = NORMAL" if path else "PRAGMA synchronous = OFF")
            if anew or database.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
                database.execute("DROP TABLE IF EXISTS rows")
                database.execute("CREATE TABLE rows (digest BLOB PRIMARY KEY, row TEXT) WITHOUT ROWID")
                database.execute(f"PRAGMA user_version = {FORMAT:d}")
        except sqlite3.DatabaseError as error:
            is_busy = "locked" in str(error)
            problem = "another run works in this folder" if is_busy else f"not the journal of a run: {error}"
            raise EvaluationError(f"{path}: {problem}") from None
        yield Journal(database, path)
