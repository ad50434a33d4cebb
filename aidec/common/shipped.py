"""YAML files that ship in a folder of the package and go by their names, beside which a user can give a file."""

from __future__ import annotations

import os
from pathlib import Path

from aidec.common.arguments import checked_path
from aidec.common.errors import AidecError
from aidec.common.hints import no_such

ENDINGS = (".yaml", ".yml")


def shipped_names(folder: Path) -> list[str]:
    """The names of the files that ship in a folder, sorted: each without ``.yaml``."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def shipped_or_own(name: str, folder: Path, kind: str, error: type[AidecError]) -> Path:
    """The file that is meant by a name, or by the path of a user's own file, which ends in ``.yaml`` or ``.yml``.

    Args:
        name: the name or the path.
        folder: where files ship.
        kind: what such a file holds, for the error's text.
        error: the exception to raise.

    Raises:
        AidecError: there is no such file; the exception is an ``error``, and its text lists the names.
    """
    name = checked_path(kind, name, error)
    names = shipped_names(folder)
    if name in names:
        return folder / f"{name}.yaml"
    if name.endswith(ENDINGS) and os.path.isfile(name):
        return Path(name)
    raise error(no_such(name, kind, "a .yaml file", names))
