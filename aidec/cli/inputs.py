"""What the user names on the command line, as files; and a file's bytes as a chunk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aidec.bytecode import Chunk, load
from aidec.bytecode.model import SIGNATURE

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One input.

    Attributes:
        path: the file's path as the user would write it, or ``-`` for standard input.
        relative: its path below the folder that was named, or its name where it was named itself.
        data: the bytes of standard input, which only the first process can read; None for files.
        error: why it can't be read: a folder that can't be searched, for example.
    """

    path: str
    relative: str
    data: bytes | None = None
    error: Exception | None = None

    def read(self) -> bytes:
        """The bytes of the input."""
        if self.error is not None:
            raise self.error
        return Path(self.path).read_bytes() if self.data is None else self.data


def is_many(named: Sequence[str]) -> bool:
    """Whether the names may stand for more than one input."""
    return len(named) > 1 or os.path.isdir(named[0])


def find(named: Sequence[str], *, chunks: bool = True) -> Iterator[Input]:
    """The inputs that the names stand for, folders searched to their depth, in an order that does not change.

    In a folder, files that end in ``.lua`` are inputs, and with ``chunks`` those that end in ``.luac`` or start with a
    chunk's signature.
    """
    for name in named:
        if name == STDIN:
            yield Input(name, "stdin", sys.stdin.buffer.read())
        elif os.path.isdir(name):
            yield from _below(name, chunks=chunks)
        else:
            yield Input(name, os.path.basename(name))


def _below(folder: str, *, chunks: bool) -> Iterator[Input]:
    """The inputs in a folder, then those in each folder in it; the names of one folder are held at a time."""
    pending = [("", folder)]
    while pending:
        relative, parent = pending.pop()
        folders: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(parent) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif _may_be_input(entry, chunks=chunks):
                        names.append(entry.name)
        except OSError as error:
            yield Input(parent, relative, error=error)
        names.sort()
        for name in names:
            path = os.path.join(parent, name)
            if name.endswith(".lua") or _is_chunk(path):
                yield Input(path, os.path.join(relative, name))
        folders.sort(reverse=True)
        pending += ((os.path.join(relative, name), os.path.join(parent, name)) for name in folders)


def _may_be_input(entry: os.DirEntry[str], *, chunks: bool) -> bool:
    try:
        return (chunks or entry.name.endswith(".lua")) and entry.is_file()
    except OSError:  # a symbolic link that leads to itself
        return False


def _is_chunk(path: str) -> bool:
    if path.endswith(".luac"):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(len(SIGNATURE)) == SIGNATURE
    except OSError:
        return False


def read_chunk(data: bytes, path: str, dialect: Dialect | None = None) -> tuple[Chunk, bytes | None, bytes]:
    """The chunk that a file holds, its source text where it is a Lua source, which is compiled first, and its bytes.

    With a dialect, chunks are in it; what is compiled is official all the same.

    Raises:
        AidecError: it is neither.
    """
    is_source = path.endswith(".lua") or path == STDIN
    if not is_source or data.startswith(SIGNATURE[:1] if dialect is None else dialect.start):
        return load(data, dialect), None, data
    from aidec.lua import compile_source

    code = compile_source(data, chunk_name(path))
    return load(code), data, code


def chunk_name(path: str) -> bytes:
    """The name that luac gives to the chunk of a file."""
    return b"=stdin" if path == STDIN else b"@" + os.fsencode(path)
