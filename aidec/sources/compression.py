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
"""What reading raises where a file is damaged or cut short; with Zstandard, too, it is an ``OSError``."""


def open_stream(path: str) -> IO[bytes]:
    """Open a file for reading, unpacked if its name says that it is packed: ``.gz``, ``.tgz``, ``.xz``, ``.zst``.

    Raises:
        SourceError: it is a Zstandard file, and the extra ``dataset`` is not installed.
    """
    if path.endswith((".gz", ".tgz")):
        return gzip.open(path)  # type: ignore[return-value]
    if path.endswith(".xz"):
        return lzma.open(path)
    if path.endswith(".zst"):
        with extra("dataset", f"{path}: Zstandard needs", SourceError):
            import pyarrow as pa
        return io.BufferedReader(pa.CompressedInputStream(open(path, "rb"), "zstd"))
    return open(path, "rb")
