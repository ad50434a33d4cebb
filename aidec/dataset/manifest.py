"""What a build has done so far, in a file that is replaced as a whole, so that a killed build resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aidec.common.errors import DatasetError
from aidec.common.files import atomic

NAME = "manifest.json"
LOCK = "lock"


class Manifest:
    """The state of a build, in its folder.

    Args:
        folder: the folder of the build.
        identity: what the result depends on, by name: the recipe, the inputs, the tokenizer, versions.

    Raises:
        DatasetError: the folder has a build with another identity.
    """

    def __init__(self, folder: Path, identity: dict[str, str]) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.identity = identity
        self.done: dict[str, Any] = {}
        if not self.path.exists():
            return
        try:
            saved = json.loads(self.path.read_bytes())
            before: dict[str, str] = saved["identity"]
            self.done = saved["done"]
        except (ValueError, KeyError, TypeError):
            raise DatasetError(f"{self.path}: not the manifest of a build; --restart begins anew") from None
        changed = [name for name in identity if before.get(name) != identity[name]]
        if changed:
            raise DatasetError(
                f"{folder}: a build was begun there, and these have changed since: {', '.join(changed)}; "
                "--restart begins anew"
            )

    def is_done(self, name: str, *files: Path) -> bool:
        """Whether a step was done, and its files have not changed since."""
        step = self.done.get(name)
        return step is not None and step["files"] == self._hashes(files)

    def counts(self, name: str) -> dict[str, int]:
        """The counts of a step that was done."""
        counts: dict[str, int] = self.done[name]["counts"]
        return counts

    def finish(self, name: str, counts: dict[str, int], *files: Path) -> None:
        """Write down that a step is done."""
        self.done[name] = {"counts": counts, "files": self._hashes(files)}
        with atomic(self.path) as file:
            file.write(json.dumps({"identity": self.identity, "done": self.done}, indent=1, sort_keys=True).encode())

    def _hashes(self, files: tuple[Path, ...]) -> dict[str, str | None]:
        return {str(path.relative_to(self.folder)): sha256(path) if path.exists() else None for path in files}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other builds out of a folder.

    Raises:
        DatasetError: another build is at work there.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatasetError(f"{folder}: another build is at work there") from None
        for part in folder.rglob(".*.part"):  # of a build that was killed
            part.unlink(missing_ok=True)
        yield


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()
