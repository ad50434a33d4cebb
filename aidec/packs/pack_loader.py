"""Loads packs: once a process, and again when one of their files changed; from the user's cache if they are there."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.arguments import checked_path
from aidec.common.errors import PackError
from aidec.packs import pack_cache
from aidec.packs.pack import Pack, folder_of


@dataclass(slots=True)
class _Loaded:
    """A pack that was loaded.

    Attributes:
        pack: the pack.
        plans: the plans of its units, once they are known.
        stamp: the files of the pack, and when they changed.
    """

    pack: Pack
    plans: Any
    stamp: list[tuple[str, int]]


_LOADED: dict[Path, _Loaded] = {}
"""The packs that were loaded, by their folder."""


def load_pack(pack: str | os.PathLike[str]) -> Pack:
    """The pack of a name under which the search path has it, or in a folder.

    Raises:
        PackError: there is no such pack, or its ``pack.yaml`` is malformed.
    """
    folder = folder_of(checked_path("pack", pack, PackError), Path())
    loaded = _LOADED.get(folder)
    if loaded is None or loaded.stamp != _stamp(loaded.pack):
        new, plans = _kept(folder) or (None, None)
        if new is None:
            from aidec.packs.pack_file import read_pack

            new = read_pack(folder)
        loaded = _LOADED[folder] = _Loaded(new, plans, _stamp(new))
    return loaded.pack


def _kept(folder: Path) -> tuple[Pack, Any] | None:
    """The pack in a folder and its plans as they are in the user's cache; None where they are not there."""
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
    return pack, plans


def kept_plans(pack: Pack) -> Any:
    """The plans of a pack's units, by their names, as ``keep_plans`` was given them; None where they were not kept."""
    loaded = _LOADED.get(pack.folder)
    return loaded.plans if loaded and loaded.pack is pack else None


def keep_plans(pack: Pack, plans: Any) -> None:
    """Keep the plans of a pack's units, and the pack with them in the user's cache.

    They are not kept where a file has changed since the pack was loaded: nobody knows then what they were made of.
    """
    loaded = _LOADED.get(pack.folder)
    if loaded is None or loaded.pack is not pack:
        return
    with suppress(OSError):
        contents = pack_cache.contents_of([str(link.folder) for link in pack.chain])
        if loaded.stamp == _stamp(pack):
            loaded.plans = plans
            pack_cache.write(str(pack.folder), contents, (pack, plans))


def _stamp(pack: Pack) -> list[tuple[str, int]]:
    """The files of a pack and of those that it extends, and when they changed."""
    with suppress(OSError):
        return [(file.path, file.stat().st_mtime_ns) for link in pack.chain for file in os.scandir(link.folder)]
    return []
