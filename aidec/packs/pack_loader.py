"""Loads packs: once a process, and again when one of their files changed; from the user's cache if they are there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from aidec.common.errors import PackError
from aidec.packs import pack_cache
from aidec.packs.pack import Pack, folder_of

_LOADED: dict[Path, tuple[Pack, list[tuple[str, int]]]] = {}
_PLANS: dict[Pack, Any] = {}
"""The plans of packs that came from the cache."""


def load_pack(pack: str | os.PathLike[str]) -> Pack:
    """The pack of a name under which the search path has it, or in a folder.

    Raises:
        PackError: there is no such pack, or its ``pack.yaml`` is malformed.
    """
    folder = folder_of(os.fspath(pack), Path())
    loaded = _LOADED.get(folder)
    if loaded is None or loaded[1] != _stamp(loaded[0]):
        new = _kept(folder)
        if new is None:
            from aidec.packs.pack_file import read_pack

            new = read_pack(folder)
        loaded = _LOADED[folder] = new, _stamp(new)
    return loaded[0]


def _kept(folder: Path) -> Pack | None:
    """The pack in a folder as it is in the user's cache; None where it is not there."""
    found = pack_cache.read(str(folder))
    if found is None:
        return None
    pack: Pack
    pack, plans = found
    try:
        for link in pack.chain:  # another pack may have come to stand in for one that it extends
            if link.parent and folder_of(link.extends, link.folder) != link.parent.folder:
                return None
    except PackError:
        return None
    _PLANS[pack] = plans
    return pack


def kept_plans(pack: Pack) -> Any:
    """The plans of a pack's units, by their names, as ``keep_plans`` was given them; None where they were not kept."""
    return _PLANS.get(pack)


def keep_plans(pack: Pack, plans: Any) -> None:
    """Keep a pack and the plans of its units in the user's cache."""
    pack_cache.write(str(pack.folder), [str(link.folder) for link in pack.chain], (pack, plans))


def _stamp(pack: Pack) -> list[tuple[str, int]]:
    """The files of a pack and of those that it extends, and when they changed."""
    with suppress(OSError):
        return [(file.path, file.stat().st_mtime_ns) for link in pack.chain for file in os.scandir(link.folder)]
    return []
