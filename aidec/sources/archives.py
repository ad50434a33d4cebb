"""Archives of Lua files, read as streams: nothing is unpacked to the disk, and one member is in memory at a time."""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from aidec.bytecode.files import SOURCES, PassedOver, is_named
from aidec.sources import licences
from aidec.sources.compression import DAMAGES, open_stream
from aidec.sources.model import Document, Report
from aidec.sources.provenance import Provenance, of_member

TAR = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst")
ZIP = (".zip",)

MAX_MEMBER = 1 << 28
"""The size of the largest member that is read, in bytes: an archive can unpack to a thousand times its own size."""

MAX_NAME = 4096
"""The length of the longest name of a member: the longest path that Linux opens."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A file or a link in an archive.

    Attributes:
        name: its path in the archive.
        size: its size in bytes, as the archive claims it.
        read: returns its bytes.
        problem: why it can't be read, or None.
    """

    name: str
    size: int
    read: Callable[[], bytes]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members are taken: by the patterns, or else the usual endings; the others are counted."""

    globs: tuple[str, ...]
    passed_over: PassedOver

    def take(self, name: str) -> bool:
        """Whether a member is taken."""
        if is_named(name, SOURCES, self.globs):
            return True
        self.passed_over.add(name)
        return False


def archive(path: str, origin: str, report: Report, wanted: Wanted, *, with_licences: bool) -> Iterator[Document]:
    """The members of a tar or zip file that are Lua sources by their names, in its order.

    With licences it is read twice, since the file with a licence may come after the sources.
    """
    members = _tar if is_named(path, TAR) else _zip
    texts = _licence_texts(members(path)) if with_licences else {}
    in_folder = defaultdict(list)
    for name in texts:
        in_folder[os.path.dirname(name)].append(os.path.basename(name))
    provenance = Provenance("", lambda folder: in_folder.get(folder, []), texts.__getitem__, licences=with_licences)
    seen: Counter[str] = Counter()
    try:
        for member in members(path):
            if not wanted.take(member.name):
                continue
            if len(member.name) > MAX_NAME:
                report(f"{origin}: a member with a name of {len(member.name):,} characters")
                continue
            place = f"{origin}:{_shown(member.name)}"
            seen[place] += 1
            place += f"#{seen[place]}" if seen[place] > 1 else ""
            try:
                data = _content(member)
            except _MemberError as error:
                report(f"{place}: {error}")
                continue
            name = _plain(member.name)
            licence = licences.tagged(data) or provenance.licence(os.path.dirname(name)) if with_licences else None
            yield Document(place, data, licence=licence, repository=of_member(path, name))
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        report(f"{origin}: {error}")


def _licence_texts(members: Iterator[_Member]) -> dict[str, bytes]:
    """The texts of the members that hold a licence, by name; errors are left to the second reading of the archive."""
    texts = {}
    with suppress(tarfile.TarError, zipfile.BadZipFile, *DAMAGES):
        for member in members:
            is_text = licences.LICENCE_FILE.fullmatch(os.path.basename(member.name)) and len(member.name) <= MAX_NAME
            if is_text and member.size <= licences.MAX_TEXT:
                with suppress(_MemberError):
                    texts[_plain(member.name)] = _content(member)
    return texts


class _MemberError(Exception):
    """A member can't be read; the other members of its archive may be."""


def _content(member: _Member) -> bytes:
    if member.problem:
        raise _MemberError(member.problem)
    if member.size > MAX_MEMBER:
        raise _MemberError(f"{member.size:,} bytes, too large")
    return member.read()


def _tar(path: str) -> Iterator[_Member]:
    with open_stream(path) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictHeader) as archive:
        while (header := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # else it keeps every header in memory
            problem = None if header.isreg() and not header.issparse() else "a link, or a file with holes"
            if not header.isdir():
                yield _Member(header.name, header.size, partial(_tar_content, archive, header), problem)


def _tar_content(archive: tarfile.TarFile, header: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(header)
    return file.read() if file else b""


class _StrictHeader(tarfile.TarInfo):
    """A header that raises an error if it is malformed; tarfile takes such a header for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: Any, errors: Any) -> _StrictHeader:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # a block of zeros, which is the end of the archive
            what = "cut short" if len(buf) < tarfile.BLOCKSIZE else f"damaged: {error}"
            raise tarfile.ReadError(f"not a tar file, or {what}") from None


def _zip(path: str) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield _Member(info.filename, info.file_size, partial(_zip_content, archive, info))


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(info)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        *DAMAGES,
    ) as error:  # damaged, or an unknown method
        raise _MemberError(str(error)) from None


def _plain(name: str) -> str:
    return os.path.normpath(name).lstrip("/")


def _shown(name: str) -> str:
    """A member's name as text that can be encoded as UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
