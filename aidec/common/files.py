"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file, open for writing, that takes the place of ``path`` when the block ends.

    If the block fails, ``path`` stays as it was and the new file is deleted. The new file has the mode of the old one,
    so that a program stays one. The folders around ``path`` are made. What is there and is no regular file, such as a
    pipe or ``/dev/stdout``, is opened itself and written to at once.
    """
    if path.exists() and not path.is_file():  # before links are followed: what /dev/stdout leads to may have no name
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path, os.getpid())
    try:
        with part.open("wb") as file:
            yield file
        with suppress(FileNotFoundError):
            part.chmod(path.stat().st_mode & 0o7777)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def remove_part(path: Path, pid: int) -> None:
    """Delete the unfinished file that a process, which was killed in ``atomic``, has left beside ``path``."""
    with suppress(OSError):
        _part(path.resolve(), pid).unlink()


def _part(path: Path, pid: int) -> Path:
    return path.with_name(f".{path.name}.{pid}.part")


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``path``, with all that is in it, when the block ends.

    If the block fails, ``path`` stays as it was and the new folder is deleted.
    """
    from shutil import rmtree  # imported here, since it takes longer to import than all else of this module

    path = path.resolve()
    part, old = (path.with_name(f".{path.name}.{os.getpid()}.{suffix}") for suffix in ("part", "old"))
    part.mkdir(parents=True)
    try:
        yield part
        if path.exists():
            path.rename(old)
        part.rename(path)
    except BaseException:
        rmtree(part, ignore_errors=True)
        if old.exists():
            old.rename(path)
        raise
    rmtree(old, ignore_errors=True)
