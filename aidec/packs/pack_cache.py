"""Packs that were loaded before, in the user's cache directory: to start from one takes no YAML and no Jinja2.

A file there holds a pack with what was made of its templates, and the contents of all files of the pack and of those
that it extends. It counts only where these are still the same, where aidec and Python are, and where nobody but the
user could have written it. Anything else is as if it were not there.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

MOST_BYTES = 1 << 20
"""How large the files of a pack may be together for it to be kept."""

MOST_PACKS = 32
"""How many packs are kept: those that were written last."""

Contents = dict[str, dict[str, bytes]]
"""The files of folders: by the folder's path, by the file's name."""


def read(folder: str) -> Any:
    """What was kept of the pack in a folder, or None."""
    if not _is_private(_cache_folder()):
        return None
    with suppress(Exception):  # a file that is damaged in whatever way is no file
        data = _read_private(_path(folder))
        checksum, packed = int.from_bytes(data[:4], "little"), data[4:]
        if checksum == zlib.crc32(packed):
            import pickle

            version, contents, made = pickle.loads(packed)  # noqa: S301 (nobody but the user could write it)
            if version == _version() and contents == contents_of(contents):
                return pickle.loads(made)  # noqa: S301 (as above)
    return None


def write(folder: str, contents: Contents, made: Any) -> None:
    """Keep what was made of the pack in a folder, of files with these contents; where it can't be, do nothing."""
    import pickle

    with suppress(OSError):
        if sum(len(data) for files in contents.values() for data in files.values()) > MOST_BYTES:
            return
        place = _cache_folder()
        os.makedirs(place, mode=0o700, exist_ok=True)
        if not _is_private(place):
            return
        packed = pickle.dumps((_version(), contents, pickle.dumps(made)))
        part = f"{_path(folder)}.{os.getpid()}.part"
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "wb") as out:
            out.write(zlib.crc32(packed).to_bytes(4, "little") + packed)
        os.replace(part, _path(folder))
        with os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime_ns, reverse=True)[MOST_PACKS:]:
                os.unlink(entry)


def _cache_folder() -> str:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "aidec", "packs")


def _path(folder: str) -> str:
    return os.path.join(_cache_folder(), f"{os.path.basename(folder)}-{zlib.crc32(os.fsencode(folder)):08x}.pickle")


def _is_private(place: str | int) -> bool:
    """Whether a file or a folder is the user's own, and nobody else can write it."""
    if not hasattr(os, "geteuid"):
        return False  # Windows, where that takes more to find out
    with suppress(OSError):
        status = os.stat(place)
        return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return False


def _read_private(path: str) -> bytes:
    """The contents of a file that only the user can write; empty for others."""
    with open(path, "rb") as file:
        return file.read() if _is_private(file.fileno()) else b""


def contents_of(folders: Iterable[str]) -> Contents:
    """What the files in folders hold.

    Raises:
        OSError: one can't be read.
    """
    found: Contents = {}
    for folder in folders:
        files = found[folder] = {}
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_file():
                    with open(entry.path, "rb") as file:
                        files[entry.name] = file.read(MOST_BYTES)
    return found


def _version() -> tuple[Any, ...]:
    """What packs are made with: Python, and the files of aidec that make them."""
    here = os.path.dirname(__file__)
    with os.scandir(here) as entries:
        stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith((".py", ".yaml"))]
    return sys.version, sorted((name, status.st_size, status.st_mtime_ns) for name, status in stats)
