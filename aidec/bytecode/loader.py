"""Bytes to Chunk, by one of two parsers that kaitai-struct-compiler makes of the same spec.

The one in C++ (``_compiled.cpp``) is used if it was built. The one in Python (``python_parser.py``) is used if not, and
for bytes that are no chunk, since it finds out what is wrong with them.
"""

from __future__ import annotations

import os
from binascii import crc32
from os import PathLike
from typing import Any, BinaryIO

import aidec.generated
from aidec.bytecode.files import chunk_start
from aidec.bytecode.model import Chunk
from aidec.common.errors import ChunkError
from aidec.common.gc_pause import no_collection
from aidec.common.native import compiled_part


def load(source: str | PathLike[str] | bytes | BinaryIO) -> Chunk:
    """The chunk in a file, given by its path, in bytes or in an open binary file.

    A byte order mark and a first line that starts with ``#`` are skipped, as Lua skips them.

    Raises:
        ChunkError: these bytes are not one whole Lua 5.3 chunk.
        OSError: the file cannot be read.
    """
    if isinstance(source, str | PathLike):
        with open(source, "rb") as file:
            data = file.read()
    else:
        data = bytes(source) if isinstance(source, bytes | bytearray | memoryview) else source.read()
    start = chunk_start(data)
    if not start:
        return _parse(data)
    try:
        return _parse(data[start:])
    except ChunkError as error:
        raise ChunkError(error.problem, error.offset + start, error.field) from None


def _parse(data: bytes) -> Chunk:
    with no_collection():
        return (_compiled and _compiled.parse(data)) or _parse_in_python(data)


def _parse_in_python(data: bytes) -> Chunk:
    from aidec.bytecode.python_parser import parse

    return parse(data)


def _compiled_parser() -> Any:
    """The parser in C++, or None where it was not built, or was built of another spec than the parser in Python.

    The latter is so where somebody has changed the spec and generated the parser in Python alone. The checksum of that
    file shows it; a digest would too, but importing ``hashlib`` takes seven times as long.
    """
    compiled = compiled_part("aidec.bytecode._compiled")
    if compiled is None:
        return None
    with open(os.path.join(os.path.dirname(aidec.generated.__file__), "lua53_chunk.py"), "rb") as file:
        return compiled if crc32(file.read()) == compiled.CHECKSUM else None


_compiled = _compiled_parser()
