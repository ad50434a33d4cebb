"""The first stage: documents are read once and put into partitions by the hash of their origin.

So a partition holds the same documents whatever the order of the sources, and any process can work on it at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute

from aidec.bytecode.dialect import find_dialect
from aidec.bytecode.files import PassedOver, chunk_start
from aidec.dataset.items import COUNTS, read_items, tally_of
from aidec.dataset.manifest import sha256
from aidec.dataset.recipe import Recipe, Source
from aidec.dataset.sample import Entry, Reject, origin_key, reject_record
from aidec.sources import Document, Report, documents, files
from aidec.sources.reader import chunk_beside

MAX_PARTITIONS = 1024
BUFFER_BYTES = 64_000_000
"""How much is gathered in memory before it is appended to the files of the partitions."""

SCHEMA = pa.schema(
    [
        ("key", pa.binary(16)),
        ("origin", pa.string()),
        ("data", pa.large_binary()),
        ("chunk", pa.large_binary()),
        ("licence", pa.string()),
        ("repository", pa.string()),
        ("dialect", pa.string()),
        ("source", pa.int32()),
        ("kind", pa.string()),
        ("made_of", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file that is read: its path, its size in bytes, and its SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str


def inventory(recipe: Recipe) -> list[Input]:
    """The files that a recipe names, ordered by path, without those that can't be read."""
    found: dict[str, Input] = {}
    for source in recipe.sources:
        for path in files([source.path], pairs=source.pairs, globs=source.glob):
            for each in [path, *_beside(path, source)]:
                with suppress(OSError):
                    name = _named(os.fsencode(each).decode("utf-8", "backslashreplace"), source)
                    found[name] = Input(name, os.path.getsize(each), sha256(Path(each)))
    return sorted(found.values(), key=lambda item: item.path)


def _beside(path: str, source: Source) -> list[str]:
    """The file beside a file that is read with it: the chunk of a pair, or what says how items were made."""
    if source.task:
        return [path + COUNTS] if os.path.isfile(path + COUNTS) else []
    chunk = chunk_beside(path) if source.pairs else None
    return [] if chunk is None else [chunk]


def tallies(recipe: Recipe) -> list[dict[str, Any]]:
    """How the items of a recipe's files were made, where something says so: ``path`` and what ``tally_of`` returns."""
    return [
        {"path": _named(os.fsencode(path).decode("utf-8", "backslashreplace"), source), **tally}
        for source in recipe.sources
        if source.task
        for path in files([source.path])
        if (tally := tally_of(path)) is not None
    ]


def count_partitions(inputs: list[Input], recipe: Recipe) -> int:
    """How many partitions the inputs are put into."""
    size = sum(item.size for item in inputs)
    return max(1, min(MAX_PARTITIONS, -(-size // recipe.partition_bytes)))


def read(
    recipe: Recipe, advance: Callable[[Document], object], passed_over: PassedOver | None = None
) -> Iterator[Entry | Reject]:
    """The documents and items of a recipe's sources, and a reject for each that can't be read or is too large."""
    for number, source in enumerate(recipe.sources):
        problems: list[str] = []
        start = find_dialect(source.dialect).start if source.dialect else None
        for document in _documents(source, problems.append, passed_over):
            yield from _unread(problems, source)
            advance(document)
            most = recipe.limits.source_bytes
            named = Entry(
                origin=_named(document.origin, source),
                data=document.data,
                chunk=document.chunk,
                licence=None if document.licence is None else _spelled(document.licence),
                repository=_spelled(document.repository),
                dialect=source.dialect,
                source=number,
                kind=document.kind if isinstance(document, Entry) else "",
                made_of=document.made_of if isinstance(document, Entry) else "",
            )
            if start is not None and chunk_start(document.data, start) is not None:
                detail = "expected Lua source text, but this is a precompiled chunk"
                yield Reject(named.origin, "", "read", "unreadable", detail, named.licence)
            elif most is not None and len(document.data) > most:
                detail = f"{len(document.data):,} bytes, expected {most:,} at most"
                yield reject_record(named, "limits", "source bytes", detail)
            else:
                yield named
        yield from _unread(problems, source)


def _documents(source: Source, report: Report, passed_over: PassedOver | None) -> Iterator[Document]:
    """What a source has: items if it names task packs, else Lua."""
    if source.task:
        return read_items(files([source.path], report), report)
    return documents(
        [source.path], report, source.field, pairs=source.pairs, globs=source.glob, passed_over=passed_over
    )


def write_partitions(
    recipe: Recipe, folder: Path, num_partitions: int, advance: Callable[[Document], object]
) -> tuple[list[Reject], int, PassedOver]:
    """Write each document to the file of its partition in a new folder.

    Returns:
        The rejects, in order of origin, the number of documents written, and what was not taken from folders.
    """
    passed_over = PassedOver()
    folder.mkdir(parents=True)
    rejects: list[Reject] = []
    buffers: dict[int, list[Entry]] = {}
    filled = num_documents = 0
    for item in read(recipe, advance, passed_over):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        num_documents += 1
        buffers.setdefault(partition_of(item.origin, num_partitions), []).append(item)
        filled += len(item.data) + len(item.chunk or b"") + len(item.origin)
        if filled >= BUFFER_BYTES:
            _append(folder, buffers)
            filled = 0
    _append(folder, buffers)
    return sorted(rejects, key=lambda reject: (reject.origin, reject.detail)), num_documents, passed_over


def partition_of(origin: str, num_partitions: int) -> int:
    """The number of the partition of a document."""
    return int.from_bytes(origin_key(origin)[:8], "big") % num_partitions


def read_partition(path: Path) -> Iterator[tuple[Entry, bool]]:
    """The documents of a partition in the order of their keys, each with whether one of the same origin came before."""
    if not path.exists():
        return
    found = []
    with path.open("rb") as file:
        while file.tell() < path.stat().st_size:
            found.append(pa.ipc.open_stream(file).read_all())
    table = pa.concat_tables(found)
    table = table.append_column("sha", pa.array([hashlib.sha256(data.as_py()).digest() for data in table["data"]]))
    order = compute.sort_indices(table, [("key", "ascending"), ("sha", "ascending")])
    last = None
    for number in order:
        row = table.slice(number.as_py(), 1).to_pylist()[0]
        document = Entry(
            origin=row["origin"],
            data=row["data"],
            chunk=row["chunk"],
            licence=row["licence"],
            repository=row["repository"],
            dialect=row["dialect"],
            source=row["source"],
            kind=row["kind"],
            made_of=row["made_of"],
        )
        yield document, row["key"] == last
        last = row["key"]


def _append(folder: Path, buffers: dict[int, list[Entry]]) -> None:
    """Append the documents that were gathered to the files of their partitions, each time as one more Arrow stream."""
    for number, found in buffers.items():
        columns = [
            [origin_key(document.origin) for document in found],
            [document.origin for document in found],
            [document.data for document in found],
            [document.chunk for document in found],
            [document.licence for document in found],
            [document.repository for document in found],
            [document.dialect for document in found],
            [document.source for document in found],
            [document.kind for document in found],
            [document.made_of for document in found],
        ]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        with (folder / name_of(number)).open("ab") as file, pa.ipc.new_stream(file, SCHEMA) as writer:
            writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
    buffers.clear()


def name_of(number: int) -> str:
    """The name of a partition's file."""
    return f"{number:05d}.arrows"


def _named(path: str, source: Source) -> str:
    """A path as it stands in origins: with the source's name, if it has one, in place of its path."""
    folder = source.path.rstrip("/")
    return source.name.rstrip("/") + path[len(folder) :] if source.name and path.startswith(folder) else path


def _spelled(text: str) -> str:
    """The text with escapes in place of what UTF-8 can't spell: halves of surrogate pairs, which JSON can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _unread(problems: list[str], source: Source) -> Iterator[Reject]:
    for problem in problems:
        origin, is_there, detail = problem.partition(": ")
        yield Reject(
            _named(origin, source) if is_there else source.path, "", "read", "unreadable", detail or problem, None
        )
    problems.clear()
