"""Open files by their numbers: how a child gets its own, and what is read back of them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile

RECORD = 62
"""The descriptor of the record, in a child: above those that a script's files get."""

MAX_RECORD = 1 << 20
"""The longest record of a child; a longer one is cut."""


def open_ones() -> set[int]:
    """The descriptors that are open, of the lowest."""
    found = set()
    for number in range(RECORD):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.add(number)
    return found


def moved_up(file: int) -> int:
    """A descriptor of the same file, out of the way of those that a child gets; the other is closed."""
    moved = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 2 * RECORD)
    os.close(file)
    return moved


def memory_file(name: str) -> int:
    """An empty file without a name in any folder."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    descriptor, path = tempfile.mkstemp()
    os.unlink(path)
    return descriptor


def append_only(file: int) -> int:
    """The same descriptor, over which nothing that was written can be changed any more."""
    fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | os.O_APPEND)
    return file


def read_back(file: int, most: int) -> bytes:
    """The bytes of a file, from its start, and no more than ``most``."""
    size = min(os.fstat(file).st_size, most)
    return os.pread(file, size, 0) if size else b""


def drain(reader: int) -> bytes:
    """What a pipe still holds."""
    content = b""
    with contextlib.suppress(BlockingIOError):
        while (part := os.read(reader, 1 << 16)) and len(content) < MAX_RECORD:
            content += part
    return content


def write_all(file: int, content: bytes) -> None:
    """Write to a file; a file that can be read again is set to its start."""
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
    if stat.S_ISREG(os.fstat(file).st_mode):
        os.lseek(file, 0, os.SEEK_SET)


def place(files: tuple[int, ...], places: tuple[int, ...]) -> None:
    """Give files the given descriptors, whichever they had, and whichever of them are in use."""
    moved = [fcntl.fcntl(file, fcntl.F_DUPFD, RECORD + 2) for file in files]
    for descriptor, place in zip(moved, places, strict=True):
        if place >= 0:
            os.dup2(descriptor, place)


def close_others(keep: list[int]) -> None:
    """Close all descriptors but the standard ones and those to keep."""
    start = 3
    for descriptor in sorted(keep):
        if descriptor >= start:
            os.closerange(start, descriptor)
            start = descriptor + 1
    os.closerange(start, 1 << 16)
