"""Where the outputs of a command go: to files of their own, or to one; never over an input, nor over each other."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

from aidec.cli.inputs import Input
from aidec.common.errors import AidecError
from aidec.common.files import atomic

Output = Iterable[bytes]
"""The bytes to write, in blocks that may be made as they are written."""

BLOCK = 1 << 16
"""Characters that are encoded at a time: so small a copy stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class WithSecond:
    """An output and what goes to a second file beside its own, which ``Sink.second`` names."""

    first: Output
    second: bytes

    def __iter__(self) -> Iterator[bytes]:
        """The blocks of the output."""
        return iter(self.first)


@dataclass(frozen=True, slots=True)
class Sink:
    """Where outputs go: each to a file of its own, or all to ``file``, or to standard output.

    Attributes:
        folder: the folder for files of their own, in the tree that the inputs have below the folder that was named.
        is_beside: whether files of their own stand beside their inputs.
        rename: makes the name of an output's file of that of its input.
        file: one file for all outputs.
        second: what the name of a second file has after that of the first.
    """

    folder: Path | None = None
    is_beside: bool = False
    rename: Callable[[str], str] = str
    file: Path | None = None
    second: str = ""

    @property
    def is_stdout(self) -> bool:
        """Whether outputs go to standard output."""
        return not (self.folder or self.is_beside or self.file)

    def target(self, item: Input) -> Path | None:
        """The file of an input's own; None where it gets none."""
        if self.is_beside:
            return Path(self.rename(item.path))
        return None if self.folder is None else self.folder / self.rename(item.relative)

    def second_target(self, item: Input) -> Path | None:
        """The second file of an input; None where it gets none."""
        first = self.target(item) or self.file
        return first.with_name(first.name + self.second) if first is not None and self.second else None


def encoded(text: str) -> Iterator[bytes]:
    """A text in UTF-8, block by block, so that no second copy of all of it is made."""
    for start in range(0, len(text), BLOCK):
        yield text[start : start + BLOCK].encode("utf-8", "surrogateescape")


def without_inputs(inputs: Iterator[Input], sink: Sink) -> Iterator[Input]:
    """The inputs, each with an error that its own output would overwrite.

    Raises:
        AidecError: the one file for all outputs is an input.
    """
    for item in inputs:
        target = sink.target(item) or sink.file
        if target and item.error is None and os.path.exists(item.path) and _is_same(target, item.path):
            error = AidecError(f"the output {target} would overwrite it: expected another")
            if sink.file:
                raise AidecError(f"{item.path}: {error}")
            yield replace(item, error=error)
        else:
            yield item


def _is_same(target: Path, path: str) -> bool:
    return os.path.exists(target) and os.path.samefile(target, path)


def distinct(inputs: Iterator[Input], sink: Sink) -> Iterator[Input]:
    """The inputs, each with an error whose output would overwrite that of one before it.

    The names are kept in a temporary database, which goes to disk where it is not small, so that memory does not grow.
    """
    import sqlite3

    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE written (name BLOB PRIMARY KEY) WITHOUT ROWID")
        database.execute("BEGIN")
        for item in inputs:
            target = sink.target(item)
            name = os.fsencode(target or "")
            if item.error or database.execute("INSERT OR IGNORE INTO written VALUES (?)", (name,)).rowcount:
                yield item
            else:
                error = AidecError(f"another input was written to {target} already")
                yield Input(item.path, item.relative, error=error)


def writer_of(sink: Sink, stack: ExitStack) -> Callable[[Output], object]:
    """What writes an output that has no file of its own; the file for all is opened for the first of them."""
    path = sink.file
    if path is None:
        return sys.stdout.buffer.writelines

    @cache
    def out() -> BinaryIO:
        return stack.enter_context(atomic(path))

    return lambda output: out().writelines(output)
