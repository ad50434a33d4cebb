"""The files that sources name, and the texts in them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence

from aidec.sources import archives, licences, records
from aidec.sources.compression import DAMAGES
from aidec.sources.model import Document, Report
from aidec.sources.provenance import Provenance

HOLDERS_OF_MANY = records.JSON_LINES + records.PARQUET + archives.TAR + archives.ZIP
"""The endings of files with many texts in each."""


def files(sources: Sequence[str], report: Report = lambda _: None, *, pairs: bool = False) -> Iterator[str]:
    """The files that sources name, each once, in a fixed order.

    A folder names the ``.lua`` files, record files and archives in it and in all folders below, and with ``pairs`` the
    ``.luac`` files. A source that is no name of a file, such as ``src/**/*.lua``, is a pattern.
    """
    return (path for path, _ in _files(sources, report, pairs=pairs))


def documents(
    sources: Sequence[str], report: Report, field: str = "lua", *, pairs: bool = False, with_licences: bool = True
) -> Iterator[Document]:
    """The texts of sources, in order.

    Args:
        sources: files, folders and patterns. A ``.jsonl`` or ``.ndjson`` file (also ``.gz`` and ``.zst``) has a text in
            a field of each line, a ``.parquet`` file in each row of a column, a ``.tar`` (also ``.gz``, ``.xz`` and
            ``.zst``) or ``.zip`` file in each ``.lua`` member; any other file is one text.
        report: called with one line about each file, record or member that can't be read; reading goes on after it.
        field: the name of the field or column.
        pairs: whether a document gets the chunk ``x.luac`` beside its ``x.lua``; either file names both.
        with_licences: whether licences are found.

    Raises:
        SourceError: a file has no such field or column at all, or needs a library that is not installed.
    """
    provenances: dict[str, Provenance] = {}
    for path, base in _files(sources, report, pairs=pairs):
        origin = _shown(path)
        try:
            if path.endswith(records.JSON_LINES):
                yield from records.json_lines(path, origin, field, report, with_licences=with_licences)
            elif path.endswith(records.PARQUET):
                yield from records.parquet(path, origin, field, report, with_licences=with_licences)
            elif path.endswith(archives.TAR + archives.ZIP):
                yield from archives.archive(path, origin, report, with_licences=with_licences)
            else:
                if base not in provenances:
                    provenances = {base: Provenance(base, _names, _read, licences=with_licences)}
                yield from _file(path, provenances[base], report, pairs=pairs, with_licences=with_licences)
        except DAMAGES as error:
            report(f"{origin}: {getattr(error, 'strerror', None) or error}")


def _file(path: str, provenance: Provenance, report: Report, *, pairs: bool, with_licences: bool) -> Iterator[Document]:
    source, chunk = path, None
    if pairs and path.endswith((".lua", ".luac")):
        source = path.removesuffix("c") if path.endswith(".luac") else path
        if path != source and not os.path.isfile(source):
            report(f"{_shown(path)}: expected its source {os.path.basename(source)} beside it")
            return
        if os.path.isfile(f"{source}c"):
            chunk = _read(f"{source}c")
    data = _read(source)
    folder = os.path.dirname(source)
    licence = licences.tagged(data) or provenance.licence(folder) if with_licences else None
    yield Document(_shown(source), data, chunk, licence, provenance.repository(folder))


def _files(sources: Sequence[str], report: Report, *, pairs: bool) -> Iterator[tuple[str, str]]:
    """The files that sources name, each with its base: the folder that was named, or that of a file that was named."""
    endings = (".lua", *((".luac",) if pairs else ()), *HOLDERS_OF_MANY)
    seen: set[str] = set()
    for source in sources:
        for name, base in _named(source, report):
            for path in _walk(name, endings, report) if os.path.isdir(name) else [name]:
                key = os.path.normpath(path)
                if pairs and path.endswith(".luac") and os.path.isfile(path.removesuffix("c")):
                    key = key.removesuffix("c")  # it comes with its source
                if key not in seen:
                    seen.add(key)
                    yield path, base


def _named(source: str, report: Report) -> Iterator[tuple[str, str]]:
    """The files and folders that a source names, each with its base."""
    if os.path.isdir(source):
        yield source, os.path.normpath(source)
    elif os.path.lexists(source) or not glob.has_magic(source):
        yield source, os.path.dirname(source)
    else:
        base = source
        while glob.has_magic(base):
            base = os.path.dirname(base)
        found = sorted(glob.iglob(source, recursive=True))
        if not found:
            report(f"{source}: no file has such a name")
        for path in found:
            yield path, base


def _walk(folder: str, endings: tuple[str, ...], report: Report) -> Iterator[str]:
    for parent, folders, names in os.walk(folder, onerror=lambda e: report(f"{e.filename}: {e.strerror}")):
        folders.sort()
        yield from (os.path.join(parent, name) for name in sorted(names) if name.endswith(endings))


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")
    except OSError:  # reported when its files are read
        return []


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _shown(path: str) -> str:
    """A path as text that can be encoded as UTF-8; names of files are bytes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
