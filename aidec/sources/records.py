"""Files of records: JSON lines with a text in a field of each, and Parquet with a text in each row of a column."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aidec.common.errors import SourceError
from aidec.common.extras import extra
from aidec.sources import licences, provenance
from aidec.sources.compression import open_stream
from aidec.sources.model import Document, Report

JSON_LINES = tuple(f".{name}{packed}" for name in ("jsonl", "ndjson") for packed in ("", ".gz", ".zst"))
PARQUET = (".parquet",)

BATCH_ROWS = 64

_ABSENT = object()


def json_lines(path: str, origin: str, field: str, report: Report, *, with_licences: bool) -> Iterator[Document]:
    """The texts in a field of a file's lines."""
    with open_stream(path) as lines:
        for number, line in enumerate(lines, 1):
            place = f"{origin}:{number}"
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                report(f"{place}: not a line of JSON: {error}")
                continue
            text = record.get(field, _ABSENT) if isinstance(record, dict) else _ABSENT
            if isinstance(text, str):
                # JSON can spell half of a surrogate pair, which strict UTF-8 can't encode
                yield _document(place, text.encode("utf-8", "surrogatepass"), record, with_licences=with_licences)
            else:
                report(f"{place}: expected an object with a text in the field {field!r}, read {_what(record, text)}")


def parquet(path: str, origin: str, column: str, report: Report, *, with_licences: bool) -> Iterator[Document]:
    """The texts in a column of a file's rows.

    Raises:
        SourceError: there is no such column, or it has no texts, or the extra ``dataset`` is not installed.
    """
    with extra("dataset", f"{origin}: Parquet needs", SourceError):
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    try:
        with ParquetFile(path) as file:
            names = file.schema_arrow.names
            if column not in names:
                raise SourceError(f"{origin}: no column {column!r}, expected one of: {', '.join(names)}")
            about = [name for name in (*provenance.FIELDS, *licences.FIELDS) if name in names and name != column]
            number = 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=[column, *about]):
                texts = batch.column(column).cast(pa.binary())
                for text, record in zip(texts, batch.select(about).to_pylist(), strict=True):
                    number += 1
                    data = text.as_py()
                    if data is None:
                        report(f"{origin}:{number}: no text in the column {column!r}")
                    else:
                        yield _document(f"{origin}:{number}", data, record, with_licences=with_licences)
    except pa.ArrowInvalid as error:
        report(f"{origin}: not a Parquet file: {error}")
    except pa.ArrowNotImplementedError as error:
        raise SourceError(f"{origin}: expected texts or bytes in the column {column!r}: {error}") from None


def _document(origin: str, data: bytes, record: Mapping[str, Any], *, with_licences: bool) -> Document:
    licence = licences.tagged(data) or licences.of_record(record) if with_licences else None
    return Document(origin, data, licence=licence, repository=provenance.of_record(record))


def _what(record: object, value: object) -> str:
    """What a line has in place of a text: the kind of value, or the keys if the field is not there."""
    if value is not _ABSENT:
        return _kind(value)
    if isinstance(record, dict):
        return ", ".join(map(repr, record)) or "an object with no keys"
    return _kind(record)


def _kind(value: object) -> str:
    """The JSON type of a value."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
    return kinds.get(type(value), "a number")
