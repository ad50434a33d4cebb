"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` when the block ends, and leaves nothing when it fails.

    What is not a regular file (a pipe, ``/dev/stdout``) is written straight away.
    """
    path = path.resolve()
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb") as file:
            yield file
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path, os.getpid())
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def remove_part(path: Path, pid: int) -> None:
    """Delete what a process that was killed had written of ``path``, in ``atomic``; other files are left alone."""
    with suppress(OSError):
        _part(path.resolve(), pid).unlink()


def _part(path: Path, pid: int) -> Path:
    return path.with_name(f".{path.name}.{pid}.part")


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``path``, and of all in it, when the block ends; nothing when it fails."""
    path = path.resolve()
    part, old = (path.with_name(f".{path.name}.{os.getpid()}.{suffix}") for suffix in ("part", "old"))
    part.mkdir(parents=True)
    try:
        yield part
        if path.exists():
            path.rename(old)
        part.rename(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
