"""What the user names on the command line, as files; and a file's bytes as a chunk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aidec.bytecode import Chunk, load
from aidec.bytecode.diagnose import SIGNATURE

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One input.

    Attributes:
        path: the file's path as the user would write it, or ``-`` for standard input.
        relative: its path below the folder that was named, or its name where it was named itself.
        data: the bytes of standard input, which only the first process can read; None for files.
        error: why a folder could not be searched.
    """

    path: str
    relative: str
    data: bytes | None = None
    error: OSError | None = None

    def read(self) -> bytes:
        """The bytes of the input."""
        if self.error is not None:
            raise self.error
        return Path(self.path).read_bytes() if self.data is None else self.data


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
    errors: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=errors.append):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            if os.path.isfile(path) and (name.endswith(".lua") or (chunks and _is_chunk(path))):
                yield Input(path, os.path.relpath(path, folder))
    for error in errors:
        yield Input(error.filename, os.path.relpath(error.filename, folder), error=error)


def _is_chunk(path: str) -> bool:
    if path.endswith(".luac"):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(len(SIGNATURE)) == SIGNATURE
    except OSError:
        return False


def read_chunk(data: bytes, path: str) -> tuple[Chunk, bytes | None, bytes]:
    """The chunk that a file holds, its source text where it is a Lua source, which is compiled first, and its bytes.

    Raises:
        AidecError: it is neither.
    """
    is_source = path.endswith(".lua") or path == STDIN
    if not is_source or data.startswith(SIGNATURE[:1]):
        return load(data), None, data
    from aidec.lua import compile_source

    code = compile_source(data, chunk_name(path))
    return load(code), data, code


def chunk_name(path: str) -> bytes:
    """The name that luac gives to the chunk of a file."""
    return b"=stdin" if path == STDIN else b"@" + os.fsencode(path)
