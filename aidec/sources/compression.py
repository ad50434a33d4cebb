"""Compressed files as streams of their bytes."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from typing import IO

from aidec.common.errors import SourceError
from aidec.common.extras import extra

DAMAGES = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""The errors of reading a file that is damaged or cut short; pyarrow raises an ``OSError`` for Zstandard."""


def open_stream(path: str) -> IO[bytes]:
    """The bytes of a file as a stream, unpacked if its name ends in ``.gz``, ``.tgz``, ``.xz`` or ``.zst``.

    Raises:
        SourceError: the file is compressed with Zstandard, and the extra ``dataset`` is not installed.
        OSError: the file can't be opened.
    """
    name = path.lower()
    if name.endswith((".gz", ".tgz")):
        return gzip.open(path)  # type: ignore[return-value]
    if name.endswith(".xz"):
        return lzma.open(path)
    if name.endswith(".zst"):
        with extra("dataset", f"{path}: Zstandard needs", SourceError):
            import pyarrow as pa
        return io.BufferedReader(pa.CompressedInputStream(open(path, "rb"), "zstd"))
    return open(path, "rb")
