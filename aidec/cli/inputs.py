"""What the user names on the command line, as files; and a file's bytes as a chunk."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.bytecode import Chunk, load
from aidec.bytecode.files import CHUNKS, SOURCES, PassedOver, chunk_start, is_named
from aidec.bytecode.model import SIGNATURE
from aidec.bytecode.operands import breaks_rules
from aidec.common.encodings import wide_encoding
from aidec.common.errors import CompileError, one_line

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect

STDIN = "-"

MAX_FIRST_LINE = 4096
"""How much of a file is read to see whether a chunk follows its first line."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input.

    Attributes:
        path: the file's path as the user would write it, or ``-`` for standard input.
        relative: its path below the folder that was named, or its name where it was named itself.
        data: the bytes of standard input or a pipe, which only the first process can read; None for files.
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


@dataclass(frozen=True, slots=True)
class Names:
    """What files in folders are called that are inputs.

    Attributes:
        endings: their endings, in any case.
        globs: patterns of their names; if there are any, they count in place of all else.
        has_chunks: whether what starts as a chunk is an input too, whatever it is called.
        start: what chunks start with.
    """

    endings: tuple[str, ...] = SOURCES + CHUNKS
    globs: tuple[str, ...] = ()
    has_chunks: bool = True
    start: bytes = SIGNATURE[:1]

    def take(self, path: str) -> bool:
        """Whether a file is an input."""
        return is_named(path, self.endings, self.globs) or (
            self.has_chunks and not self.globs and _is_chunk(path, self.start)
        )

    def __str__(self) -> str:
        """What is taken, for a message."""
        return f"that matches {', '.join(self.globs)}" if self.globs else f"that ends in {', '.join(self.endings)}"


SOURCE_FILES = Names(SOURCES, has_chunks=False)
"""Of folders, sources only."""


def is_stream(name: str) -> bool:
    """Whether a name stands for standard input or a pipe, which can be read once."""
    try:
        return name == STDIN or stat.S_ISFIFO(os.stat(name).st_mode)
    except OSError:
        return False


def find(named: Sequence[str], names: Names, passed_over: PassedOver | None = None) -> Iterator[Input]:
    """The inputs that the names stand for, folders searched to their depth, in an order that does not change.

    What is named is an input, whatever it is called; of the files in a folder those that ``names`` takes are. The
    others are counted.
    """
    counted = PassedOver() if passed_over is None else passed_over
    for name in named:
        if name == STDIN:
            yield Input(name, "stdin", sys.stdin.buffer.read())
        elif os.path.isdir(name):
            yield from _below(name, names, counted)
        else:
            yield _named(name)


def _named(name: str) -> Input:
    relative = os.path.basename(name)
    if is_stream(name):
        try:
            return Input(name, relative, Path(name).read_bytes())
        except OSError as error:
            return Input(name, relative, error=error)
    return Input(name, relative)


def _below(folder: str, wanted: Names, passed_over: PassedOver) -> Iterator[Input]:
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
                    elif _is_file(entry):
                        names.append(entry.name)
                    else:
                        passed_over.others += 1
        except OSError as error:
            yield Input(parent, relative, error=error)
        names.sort()
        for name in names:
            path = os.path.join(parent, name)
            if wanted.take(path):
                yield Input(path, os.path.join(relative, name))
            else:
                passed_over.add(name)
        folders.sort(reverse=True)
        pending += ((os.path.join(relative, name), os.path.join(parent, name)) for name in folders)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a symbolic link that leads to itself
        return False


def _is_chunk(path: str, start: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return chunk_start(file.read(MAX_FIRST_LINE), start) is not None
    except OSError:
        return False


def read_chunk(data: bytes, path: str, dialect: Dialect | None = None) -> tuple[Chunk, bytes | None, bytes]:
    """The chunk that a file holds, its source text where it is a Lua source, which is compiled first, and its bytes.

    With a dialect, chunks are in it; what is compiled is official all the same. Where the opcodes of a chunk are others
    beyond doubt, a line on standard error says so.

    Raises:
        AidecError: it is neither.
    """
    start = chunk_start(data, dialect.start) if dialect else chunk_start(data)
    if start is not None:
        chunk = load(data, dialect)
        name_other_opcodes(chunk, path)
        return chunk, None, data[start:]
    from aidec.lua import compile_source

    try:
        code = compile_source(data, chunk_name(path))
    except CompileError:
        is_text = data[:1] >= b" " or data[:1].isspace() or wide_encoding(data)
        if is_named(path, CHUNKS) or not is_text:  # a chunk of another Lua
            load(data, dialect)
        raise
    return load(code), data, code


def name_other_opcodes(chunk: Chunk, path: str) -> None:
    """Say it on standard error where the opcodes of a chunk are not those that it was read with, beyond doubt."""
    if not breaks_rules(chunk.main):
        return
    from aidec.bytecode.opcode_guess import suspect

    found = suspect(chunk)
    if found.is_sure:
        broken = f"{found.broken.total():,} of {found.num_instructions:,} instructions break a rule that luac keeps"
        click.echo(f"aidec: {one_line(path)}: its opcodes look changed, {broken}: see aidec dialect guess", err=True)


def chunk_name(path: str) -> bytes:
    """The name that luac gives to the chunk of a file."""
    return b"=stdin" if path == STDIN else b"@" + os.fsencode(path)
