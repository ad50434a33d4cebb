"""Bytes to Chunk, by one of two parsers that kaitai-struct-compiler makes of the same spec.

The one in C++ (``_compiled.cpp``) is used if it was built. The one in Python (``python_parser.py``) is used if not, and
for bytes that are no chunk, since it finds out what is wrong with them.
"""

from __future__ import annotations

import os
from binascii import crc32
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, BinaryIO

import aidec.generated
from aidec.bytecode.files import chunk_start
from aidec.bytecode.model import SIGNATURE, Chunk
from aidec.common.arguments import checked_path
from aidec.common.errors import ChunkError
from aidec.common.gc_pause import no_collection
from aidec.common.native import compiled_part

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


def load(source: str | PathLike[str] | bytes | BinaryIO, dialect: str | PathLike[str] | Dialect | None = None) -> Chunk:
    """The chunk in a file, given by its path, in bytes or in an open binary file.

    A byte order mark and a first line that starts with ``#`` are skipped, as Lua skips them.

    Args:
        source: the file or its bytes.
        dialect: the name of a dialect, or the path of its file; the official one by default. The opcodes of the chunk
            that is returned are official ones.

    Raises:
        ChunkError: these bytes are not one whole Lua 5.3 chunk.
        DialectError: there is no such dialect, its file is malformed, or it does not know an opcode.
        OSError: the file cannot be read.
        TypeError: it is none of these, or a file opened as text.
    """
    data = _data(source)
    known = None
    if dialect is not None:
        from aidec.bytecode.dialect import find_dialect

        known = find_dialect(dialect)
    start = chunk_start(data, known.start if known else SIGNATURE[:1])
    if not start:
        return _parse(data, known)
    try:
        return _parse(data[start:], known)
    except ChunkError as error:
        raise ChunkError(error.problem, error.offset + start, error.field) from None


def _data(source: str | PathLike[str] | bytes | BinaryIO) -> bytes:
    """The bytes of what ``load`` takes."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | PathLike):
        with open(checked_path("source", source), "rb") as file:
            return file.read()
    data = source.read() if hasattr(source, "read") else None
    if not isinstance(data, bytes):
        what = type(source).__name__ if data is None else f"a file of {type(data).__name__}"
        raise TypeError(f"source: expected a path, bytes, or a file opened in binary mode, read {what}")
    return data


def _parse(data: bytes, dialect: Dialect | None) -> Chunk:
    with no_collection():
        if dialect is not None:
            return _load_as(data, dialect)
        return (_compiled and _compiled.parse(data)) or _parse_in_python(data)


def _load_as(data: bytes, dialect: Dialect) -> Chunk:
    """The chunk that these bytes are in a dialect: its header becomes an official one, which the parser reads."""
    from aidec.bytecode.dialect_content import decoded
    from aidec.bytecode.dialect_header import header_bytes, read_header

    header, start = read_header(data, dialect)
    head = header_bytes(header)
    shift = start - len(head)
    types = bytes([number for _, number in dialect.types])
    try:
        chunk, end = _parse_start(head + data[start:], types)
    except ChunkError as error:
        raise ChunkError(error.problem, error.offset + shift, error.field) from None
    end += shift
    rest = data[end:]
    if dialect.end.literal is None:
        chunk = replace(chunk, rest=rest)
    elif rest != dialect.end.after(end):
        raise ChunkError(_wrong_end(dialect, rest, dialect.end.after(end)), end, "main")
    return decoded(chunk, dialect)


def _wrong_end(dialect: Dialect, rest: bytes, expected: bytes) -> str:
    if expected:
        return (
            f"expected {expected[:32]!r} after the chunk, the end in the dialect {dialect.name!r}, read {rest[:32]!r}"
        )
    return f"expected the end of the chunk, but {len(rest)} more bytes follow"


def _parse_start(data: bytes, types: bytes) -> tuple[Chunk, int]:
    found: tuple[Chunk, int] | None = _compiled and _compiled.parse_start(data, types)
    if found is not None:
        return found
    from aidec.bytecode.python_parser import parse_start

    return parse_start(data, types)


def _parse_in_python(data: bytes) -> Chunk:
    from aidec.bytecode.python_parser import parse

    try:
        return parse(data)
    except ChunkError as error:
        problem = f"{error.problem}{_hint(data, error)}"
        raise ChunkError(problem, error.offset, error.field) from None


def _hint(data: bytes, error: ChunkError) -> str:
    """How bytes that were refused differ from an official chunk, where it is in a way that a dialect may have."""
    from aidec.bytecode.header_guess import describe_header, guess_header

    is_misread = ", read " in error.problem
    if is_misread and error.field.endswith("].type"):
        return ": this Lua may have other types of constants: see --dialect"
    is_header = is_misread and error.field.startswith("header.") and error.field != "header.magic"
    if not is_header and error.field != "main":
        return ""
    found = guess_header(data, _load_as)
    if found:
        return f": otherwise it is a Lua 5.3 chunk, with {describe_header(found)}: see --dialect"
    return ": see --dialect" if is_header and error.field != "header.version" else ""


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
