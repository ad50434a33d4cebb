"""The generated parser's exceptions as ``ChunkError``, with the offset, the field, what was expected and what was read.

A parser's exception has what was read, and the path of its declaration in ``lua53_chunk.ksy``. The lines of generated
code on its traceback name the fields that were being read.
"""

from __future__ import annotations

import linecache
import re
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import Any

from kaitaistruct import (
    EndOfStreamError,
    ValidationExprError,
    ValidationFailedError,
    ValidationGreaterThanError,
    ValidationLessThanError,
    ValidationNotEqualError,
)

import aidec.ksy
from aidec.bytecode.model import SIGNATURE
from aidec.bytecode.relatives import relative
from aidec.common.errors import ChunkError
from aidec.common.settings import load_yaml
from aidec.generated import lua53_chunk
from aidec.generated.lua53_chunk import Lua53Chunk


def diagnose(error: Exception, data: bytes) -> ChunkError:
    """The ``ChunkError`` for what the generated parser raised on ``data``."""
    path, tree = _place(error)
    place = _joined(path)
    what = relative(data)
    if not data:
        return ChunkError("expected a Lua 5.3 chunk, but the input is empty", 0, place)
    if not data.startswith(SIGNATURE[: len(data)]):
        found = f"{data[:6]!r}: {what}" if what else repr(data[:16])
        return ChunkError(f"expected {SIGNATURE!r}, the signature of a Lua chunk, read {found}", 0, place)
    if isinstance(error, EndOfStreamError):
        offset = len(data) - error.bytes_available
        count = f"{error.bytes_needed} byte{'s' if error.bytes_needed != 1 else ''}"
        return ChunkError(f"expected {count}, but only {error.bytes_available} are left", offset, place)
    if isinstance(error, ValidationFailedError):
        read, width = _read(error.actual, tree, path[-1])
        problem = f"expected {_expected(error, path[-1])}, read {read}"
        if place == "header.version" and what:
            problem += f": {what}"
        return ChunkError(problem, error.io.pos() - width, place)
    return ChunkError("functions are nested too deep for what is left of Python's stack", 0, place)


def _read(actual: Any, tree: Any, field: str) -> tuple[str, int]:
    """The offending value as text, and how many bytes it took."""
    if isinstance(actual, bytes):
        return repr(actual), len(actual)
    if field in _LENGTHS:
        return "none", 1 if field == "len_short" else 1 + tree._root.header.len_size_t
    if isinstance(tree, Lua53Chunk.Proto):
        return str(actual), tree._root.header.len_int
    return f"{actual:#04x}", 1


def _expected(error: Any, field: str) -> str:
    if isinstance(error, ValidationNotEqualError):
        return repr(error.expected) if isinstance(error.expected, bytes) else f"{error.expected:#04x}"
    if isinstance(error, ValidationLessThanError):
        return "a string" if field in _LENGTHS else f"{error.min} or more"
    if isinstance(error, ValidationGreaterThanError):
        return f"at most {error.max}"
    if field == "type":
        return "one of " + ", ".join(f"{kind:#04x} ({kind.name})" for kind in Lua53Chunk.ConstantType)
    if isinstance(error, ValidationExprError):
        return "0 or more functions inside this one, nested no deeper than 200"  # the one rule of the spec: num_protos
    declared = _declaration(error.src_path)
    choices = declared["valid"]["any-of"]
    return " or ".join(map(str, choices)) if isinstance(choices[0], int) else declared["doc"].rstrip(".")


_LENGTHS = ("len_short", "len_long")
"""The fields of a constant that are refused if they say that its string is absent."""


_READERS = ("_read", "_read_le", "_read_be")
"""The methods of the generated parser that read the fields of a type; ``_read`` calls the others by the byte order."""


def _place(error: Exception) -> tuple[list[str], Any]:
    """The path of the field that was being read, such as main, protos[2], code; and the tree that this field is in."""
    path: list[str] = []
    tree: Any = None
    for frame, line_number in walk_tb(error.__traceback__):
        if frame.f_code.co_filename == lua53_chunk.__file__ and frame.f_code.co_name in _READERS:
            match = re.search(r"self\.(?:_raw_)?(\w+)", linecache.getline(lua53_chunk.__file__, line_number))
            tree = frame.f_locals["self"]
            name = match[1] if match else "?"
            value = getattr(tree, name, None)
            if name not in _READERS:
                path.append(f"{name}[{len(value)}]" if isinstance(value, list) else name)
    return path, tree


def _joined(path: list[str]) -> str:
    """The path as text, without its middle if the functions are nested deep."""
    if len(path) > 12:
        path = [*path[:4], "..", *path[-4:]]
    return ".".join(path)


@lru_cache(maxsize=1)
def _spec() -> dict[str, Any]:
    spec: dict[str, Any] = load_yaml(Path(aidec.ksy.__file__).with_name("lua53_chunk.ksy"))
    return spec


def _declaration(src_path: str) -> dict[str, Any]:
    """The part of the spec at a path such as ``/types/header/seq/4``."""
    node: Any = _spec()
    for key in src_path.strip("/").split("/"):
        node = node[int(key)] if isinstance(node, list) else node[key]
    declared: dict[str, Any] = node
    return declared
