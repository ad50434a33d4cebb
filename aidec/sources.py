"""Texts out of files: folders of Lua, JSON lines, Parquet; streamed, so that memory does not grow with them."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from aidec.errors import SourceError

JSON_LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
PARQUET = (".parquet",)
RECORDS = JSON_LINES + PARQUET


@dataclass(frozen=True, slots=True)
class Document:
    """One text.

    Attributes:
        origin: its file, with ``:`` and the number of the line or row (from 1) where the file holds many.
        data: its bytes; Lua source has no declared encoding.
        chunk: the bytes of the chunk that it was compiled to, where that was there with it.
        licence: its SPDX id, where known.
        repository: the group that is never cut in two when data is split, where known.
    """

    origin: str
    data: bytes
    chunk: bytes | None = None
    licence: str | None = None
    repository: str = ""


Report = Callable[[str], object]
"""What is told of a file or a record that can't be read, in one line."""


def files(sources: Sequence[str], report: Report = lambda _: None) -> Iterator[str]:
    """The files that sources name, in an order that does not change; folders give their ``.lua`` and record files."""
    for source in sources:
        if os.path.isdir(source):
            for parent, folders, names in os.walk(source, onerror=lambda e: report(f"{e.filename}: {e.strerror}")):
                folders.sort()
                yield from (os.path.join(parent, name) for name in sorted(names) if name.endswith((".lua", *RECORDS)))
        else:
            yield source


def documents(sources: Sequence[str], report: Report, field: str = "lua") -> Iterator[Document]:
    """The texts of sources, in order.

    Args:
        sources: files and folders. A ``.jsonl`` or ``.ndjson`` file (with or without ``.gz``) has a text in a field of
            each line, a ``.parquet`` file one in each row of a column; any other file is one text.
        report: called with a line for each file or record that can't be read; the rest goes on.
        field: the name of the field or column.

    Raises:
        SourceError: a file has no such field or column at all, or needs a library that is not installed.
    """
    for path in files(sources, report):
        try:
            if path.endswith(JSON_LINES):
                yield from _json_lines(path, field, report)
            elif path.endswith(PARQUET):
                yield from _parquet(path, field, report)
            else:
                with open(path, "rb") as file:
                    yield Document(path, file.read())
        except (OSError, EOFError, zlib.error) as error:  # the latter two: a .gz file that is cut short or damaged
            report(f"{path}: {getattr(error, 'strerror', None) or error}")


def _json_lines(path: str, field: str, report: Report) -> Iterator[Document]:
    opener: Callable[[str], IO[bytes]] = gzip.open if path.endswith(".gz") else _open  # type: ignore[assignment]
    with opener(path) as lines:
        for number, line in enumerate(lines, 1):
            origin = f"{path}:{number}"
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                report(f"{origin}: not a line of JSON: {error}")
                continue
            text = record.get(field) if isinstance(record, dict) else None
            if isinstance(text, str):
                # JSON can spell half a surrogate pair, which UTF-8 has no bytes for
                yield Document(origin, text.encode("utf-8", "surrogatepass"))
            else:
                report(f"{origin}: expected an object with a text in the field {field!r}{_others(record)}")


def _open(path: str) -> IO[bytes]:
    return open(path, "rb")


def _others(record: object) -> str:
    return f", read {', '.join(map(repr, record))}" if isinstance(record, dict) else ""


def _parquet(path: str, column: str, report: Report) -> Iterator[Document]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise SourceError(f"{path}: Parquet needs the extra dataset: pip install 'aidec[dataset]'") from None
    try:
        with parquet.ParquetFile(path) as file:
            if column not in file.schema_arrow.names:
                raise SourceError(
                    f"{path}: no column {column!r}, expected one of: {', '.join(file.schema_arrow.names)}"
                )
            number = 0
            for batch in file.iter_batches(batch_size=64, columns=[column]):
                for value in batch.column(0).cast(pa.binary()):
                    number += 1
                    data = value.as_py()
                    if data is None:
                        report(f"{path}:{number}: no text in the column {column!r}")
                    else:
                        yield Document(f"{path}:{number}", data)
    except pa.ArrowInvalid as error:
        report(f"{path}: not a Parquet file: {error}")
    except pa.ArrowNotImplementedError as error:
        raise SourceError(f"{path}: expected texts or bytes in the column {column!r}: {error}") from None
