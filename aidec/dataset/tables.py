"""Arrow tables in files: written batch by batch; a file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from aidec.common.files import atomic

ZSTD_LEVEL = 1
"""Higher ones take a sixth more of the time of writing, for files that are a twentieth smaller."""

REJECTS = pa.schema(
    [
        ("origin", pa.string()),
        ("function", pa.string()),
        ("stripped", pa.bool_()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("licence", pa.string()),
        ("kind", pa.string()),
        ("near", pa.string()),
        ("unit", pa.string()),
        ("n", pa.int32()),
    ]
)
"""``unit`` is ``record`` or ``sample``, and ``n`` the number of them that the row stands for."""

INPUTS = pa.schema([("path", pa.string()), ("size", pa.int64()), ("sha256", pa.string())])


class Table:
    """A Parquet file that is being written; rows are gathered into row groups."""

    def __init__(
        self, writer: Any, batch: Callable[[list[Any]], pa.RecordBatch], size: Callable[[Any], int], group: int
    ) -> None:
        self._writer = writer
        self._batch = batch
        self._size = size
        self._group = group
        self._rows: list[Any] = []
        self._filled = 0

    def add(self, row: Any) -> None:
        """Write a row, now or with those that follow."""
        self._rows.append(row)
        self._filled += self._size(row)
        if self._filled >= self._group:
            self.flush()

    def flush(self) -> None:
        """Write the rows that were gathered, as a row group."""
        if self._rows:
            self._writer.write_batch(self._batch(self._rows))
            self._rows, self._filled = [], 0


@contextmanager
def writing(  # noqa: PLR0913 (of what a file is made)
    path: Path,
    schema: pa.Schema,
    batch: Callable[[list[Any]], pa.RecordBatch],
    *,
    size: Callable[[Any], int],
    group: int,
    compression: str = "zstd",
    dictionary: bool | list[str] = True,
) -> Iterator[Table]:
    """A Parquet file, which appears when the block ends.

    Args:
        path: the file.
        schema: its columns.
        batch: makes a batch of rows.
        size: the size of a row, in any unit.
        group: the size, in the same unit, with which a row group ends.
        compression: ``zstd``, ``gzip`` or ``none``.
        dictionary: the columns of which each value is written once and then named by its number; all by default.
    """
    with atomic(path) as file:
        level = ZSTD_LEVEL if compression == "zstd" else None
        with parquet.ParquetWriter(
            file, schema, compression=compression, compression_level=level, use_dictionary=dictionary
        ) as writer:
            table = Table(writer, batch, size, group)
            yield table
            table.flush()


@contextmanager
def merging(path: Path, schema: pa.Schema) -> Iterator[Any]:
    """A writer of batches to a file, which appears when the block ends."""
    with (
        atomic(path) as file,
        parquet.ParquetWriter(file, schema, compression="zstd", compression_level=ZSTD_LEVEL) as writer,
    ):
        yield writer


def write(path: Path, table: pa.Table) -> None:
    """Write a table."""
    with atomic(path) as file:
        parquet.write_table(table, file, compression="zstd", compression_level=ZSTD_LEVEL)


def batches(path: Path, columns: Iterable[str] | None = None, size: int = 256) -> Iterator[pa.RecordBatch]:
    """The rows of a file, in batches of at most ``size``."""
    with parquet.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=size, columns=None if columns is None else list(columns))


def picked(path: Path, rows: NDArray[np.int32], columns: Iterable[str]) -> Iterator[tuple[pa.Table, NDArray[np.int32]]]:
    """Each row group of a file that has any of some rows, and which of its rows these are.

    Args:
        path: the file.
        rows: the numbers of the rows, ascending.
        columns: the columns to read.
    """
    with parquet.ParquetFile(path) as file:
        start = 0
        for number in range(file.num_row_groups):
            stop = start + file.metadata.row_group(number).num_rows
            here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, stop)] - start
            if len(here):
                yield file.read_row_group(number, columns=list(columns)), here
            start = stop


def binaries(values: Sequence[bytes | memoryview]) -> pa.Array:
    """A column of the type ``large_binary``; large values are copied once."""
    offsets = np.cumsum([0, *map(len, values)], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(values), buffers)
