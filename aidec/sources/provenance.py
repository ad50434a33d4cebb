"""The repository that a text belongs to, and its licence, found in the folders around its file.

The base of a file is the folder that was named as source, or the folder of a file that was named. The repository of a
file is the innermost folder from the file's up to the base that has ``.git``, a rockspec or a file with a licence. If
none has, it is the first folder below the base, as in a folder of packages. Its name is its path below the base, so the
name stays when all is moved together; the base itself goes by its own name.

The repository of a member of an archive is the archive's top folder that holds it; at the top it is the archive, by its
name without endings. The repository of a record is in its field ``repo``, ``repository``, ``repo_name`` or
``max_stars_repo_name``, the first that it has; without one it is not known.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aidec.sources.licences import LICENCE_FILE, of_text

FIELDS = ("repo", "repository", "repo_name", "max_stars_repo_name")


class Provenance:
    """The repositories and licences of the files below a folder; each folder is read once.

    Args:
        base: the outermost folder to look at, without a slash at its end.
        names: returns the names in a folder.
        read: returns the bytes of a file with a licence.
        licences: whether to recognise licences.
    """

    def __init__(
        self, base: str, names: Callable[[str], Sequence[str]], read: Callable[[str], bytes], *, licences: bool
    ) -> None:
        self.base = base
        self._names = names
        self._read = read
        self._is_asked_for_licences = licences
        self._found: dict[str, tuple[str | None, str | None]] = {}

    def repository(self, folder: str) -> str:
        """The repository of the files in a folder."""
        repository, _ = self._look(folder)
        if repository is None:
            below = _below(folder, self.base)
            repository = below.split(os.sep)[0] if below else self._own_name()
        return repository

    def licence(self, folder: str) -> str | None:
        """The licence of the files in a folder, from the nearest file with a licence; None if it is not recognised."""
        return self._look(folder)[1]

    def _look(self, folder: str) -> tuple[str | None, str | None]:
        """The repository of the files in a folder, or None if nothing marks one, and their licence."""
        inwards = [folder]
        while inwards[-1] not in self._found and len(inwards[-1]) > len(self.base):
            inwards.append(os.path.dirname(inwards[-1]))
        found: tuple[str | None, str | None] = (None, None)
        for inner in reversed(inwards):
            if inner not in self._found:
                self._found[inner] = self._at(inner, *found)
            found = self._found[inner]
        return found

    def _at(self, folder: str, repository: str | None, licence: str | None) -> tuple[str | None, str | None]:
        """The repository and the licence of a folder; those given are of the folder around it."""
        names = self._names(folder)
        texts = sorted(name for name in names if LICENCE_FILE.fullmatch(name))
        if texts or ".git" in names or any(name.endswith(".rockspec") for name in names):
            repository = _below(folder, self.base) or self._own_name()
        if texts and self._is_asked_for_licences:
            licence = self._licence_of([os.path.join(folder, name) for name in texts])
        return repository, licence

    def _licence_of(self, paths: list[str]) -> str | None:
        """The licences in all of these files, joined by ``AND``; None if one is not recognised."""
        ids = []
        for path in paths:
            try:
                ids.append(of_text(self._read(path)))
            except OSError:
                ids.append(None)
        known = [name for name in ids if name is not None]
        return " AND ".join(dict.fromkeys(known)) if len(known) == len(ids) else None

    def _own_name(self) -> str:
        return os.path.basename(os.path.normpath(self.base)) or "."


def of_member(archive: str, member: str) -> str:
    """The repository of a member of an archive."""
    parts = os.path.normpath(member).lstrip("/").split("/")
    return parts[0] if len(parts) > 1 else os.path.basename(archive).split(".")[0]


def of_record(record: Mapping[str, Any]) -> str:
    """The repository that a record names; empty if it names none."""
    return next((record[field] for field in FIELDS if isinstance(record.get(field), str)), "")


def _below(folder: str, base: str) -> str:
    """The path of a folder relative to another; empty if they are the same."""
    path = os.path.relpath(folder or ".", base or ".")
    return "" if path == "." else path
