"""The files that sources name, and the texts in them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aidec.bytecode.files import CHUNKS, SOURCES, PassedOver, chunk_start, is_named
from aidec.common.arguments import PATH, checked_path, expect, expect_each
from aidec.common.encodings import wide_encoding
from aidec.common.errors import SourceError
from aidec.sources import archives, licences, records
from aidec.sources.compression import DAMAGES
from aidec.sources.model import Document, Report
from aidec.sources.provenance import Provenance

HOLDERS_OF_MANY = records.JSON_LINES + records.PARQUET + archives.TAR + archives.ZIP
"""The endings of files with many texts in each."""


def files(
    sources: Sequence[str],
    report: Report = lambda _: None,
    *,
    pairs: bool = False,
    globs: Sequence[str] = (),
    passed_over: PassedOver | None = None,
) -> Iterator[str]:
    """The files that sources name, each once, in a fixed order.

    A folder names the Lua sources (``aidec.bytecode.files.SOURCES``), record files and archives in it and in all
    folders below, and with ``pairs`` the ``.luac`` files; or with ``globs`` what they match. Its other files are
    counted. A source that is no name of a file, such as ``src/**/*.lua``, is a pattern.
    """
    return (path for path, _ in _walk(sources, report, pairs, globs, passed_over).files())


def documents(  # noqa: PLR0913 (all are settings of one search)
    sources: Sequence[str],
    report: Report,
    field: str = "lua",
    *,
    pairs: bool = False,
    with_licences: bool = True,
    globs: Sequence[str] = (),
    passed_over: PassedOver | None = None,
) -> Iterator[Document]:
    """The texts of sources, in order; a precompiled chunk is no text, and reported.

    Args:
        sources: files, folders and patterns. A ``.jsonl`` or ``.ndjson`` file (also ``.gz`` and ``.zst``) has a text in
            a field of each line, a ``.parquet`` file in each row of a column, a ``.tar`` (also ``.gz``, ``.xz`` and
            ``.zst``) or ``.zip`` file in each member that is a Lua source by its name; any other file is one text.
        report: called with one line about each file, record or member that can't be read; reading goes on after it.
        field: the name of the field or column.
        pairs: whether a document gets the chunk ``x.luac`` beside its ``x.lua``; either file names both.
        with_licences: whether licences are found.
        globs: what files in folders, and members of archives, are called that are taken, instead of the usual endings.
        passed_over: counts the files and members that are not taken.

    Raises:
        SourceError: a file has no such field or column at all, or needs a library that is not installed.
    """
    expect("field", field, str)
    walk = _walk(sources, report, pairs, globs, passed_over)
    for document in _documents(walk, field, with_licences=with_licences):
        encoding = wide_encoding(document.data)
        if chunk_start(document.data) is not None:
            report(f"{document.origin}: expected Lua source text, but this is a precompiled chunk")
        elif encoding:
            report(f"{document.origin}: expected text in UTF-8 or alike, but this is {encoding}")
        else:
            yield document


def _documents(walk: _Walk, field: str, *, with_licences: bool) -> Iterator[Document]:
    provenances: dict[str, Provenance] = {}
    report = walk.report
    for path, base in walk.files():
        origin = _shown(path)
        try:
            if is_named(path, records.JSON_LINES):
                yield from records.json_lines(path, origin, field, report, with_licences=with_licences)
            elif is_named(path, records.PARQUET):
                yield from records.parquet(path, origin, field, report, with_licences=with_licences)
            elif is_named(path, archives.TAR + archives.ZIP):
                wanted = archives.Wanted(walk.globs, walk.passed_over)
                yield from archives.archive(path, origin, report, wanted, with_licences=with_licences)
            else:
                if base not in provenances:
                    provenances = {base: Provenance(base, _names, _read, licences=with_licences)}
                yield from _file(path, provenances[base], report, pairs=walk.pairs, with_licences=with_licences)
        except DAMAGES as error:
            report(f"{origin}: {getattr(error, 'strerror', None) or error}")


def _file(path: str, provenance: Provenance, report: Report, *, pairs: bool, with_licences: bool) -> Iterator[Document]:
    source, chunk = path, None
    if pairs and is_named(path, (".lua", *CHUNKS)):
        source = path[:-1] if is_named(path, CHUNKS) else path
        if path != source and not os.path.isfile(source):
            report(f"{_shown(path)}: expected its source {os.path.basename(source)} beside it")
            return
        beside = chunk_beside(source)
        if beside is not None:
            chunk = _read(beside)
    data = _read(source)
    folder = os.path.dirname(source)
    licence = licences.tagged(data) or provenance.licence(folder) if with_licences else None
    yield Document(_shown(source), data, chunk, licence, provenance.repository(folder))


def chunk_beside(source: str) -> str | None:
    """The ``.luac`` file beside a ``.lua`` file; None if there is none."""
    return next((source + end for end in ("c", "C") if os.path.isfile(source + end)), None)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk over the files that sources name."""

    sources: Sequence[str]
    report: Report
    pairs: bool
    globs: tuple[str, ...]
    passed_over: PassedOver

    def files(self) -> Iterator[tuple[str, str]]:
        """The files, each with its base: the folder that was named, or that of a named file."""
        seen: set[str] = set()
        for source in self.sources:
            for name, base in _named(source, self.report):
                for path in self._below(name) if os.path.isdir(name) else [name]:
                    key = os.path.normpath(path)
                    if self.pairs and is_named(path, CHUNKS) and os.path.isfile(path[:-1]):
                        key = key[:-1]  # it comes with its source
                    if key not in seen:
                        seen.add(key)
                        yield path, base

    def _below(self, folder: str) -> Iterator[str]:
        """The files in a folder and those in it that are taken."""
        endings = (*SOURCES, *(CHUNKS if self.pairs else ()), *HOLDERS_OF_MANY)
        for parent, folders, names in os.walk(folder, onerror=self._refused):
            folders.sort()
            self.passed_over.others += sum(os.path.islink(os.path.join(parent, name)) for name in folders)
            for name in sorted(names):
                path = os.path.join(parent, name)
                if not os.path.isfile(path) and os.path.exists(path):
                    self.passed_over.others += 1
                elif is_named(name, endings, self.globs):
                    yield path
                else:
                    self.passed_over.add(name)

    def _refused(self, error: OSError) -> None:
        self.report(f"{error.filename}: {error.strerror}")


def _walk(
    sources: Sequence[str],
    report: Report,
    pairs: bool,  # noqa: FBT001
    globs: Sequence[str],
    passed_over: PassedOver | None,
) -> _Walk:
    """The walk that ``files`` and ``documents`` are asked for."""
    paths = [checked_path("sources", source, SourceError) for source in expect_each("sources", sources, *PATH)]
    return _Walk(paths, report, pairs, tuple(expect_each("globs", globs, str)), passed_over or PassedOver())


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
