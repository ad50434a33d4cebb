"""Bytes to Chunk: runs the generated parser, turns its tree into the model and its errors into ``ChunkError``.

kaitai-struct-compiler makes a parser in Python and one in C++ of the same spec. The one in C++ (``_compiled.cpp``) is
used where it is there; the one in Python where it is not, and for what is no chunk, since it tells what is wrong.
"""

from __future__ import annotations

import sys
from array import array
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from kaitaistruct import KaitaiStructError

from aidec.bytecode.model import Chunk, Constant, Header, LocalVar, Proto, Upvalue
from aidec.bytecode.stream import BytesStream
from aidec.common.errors import ChunkError
from aidec.common.gc_pause import no_collection
from aidec.common.native import compiled_part
from aidec.generated import lua53_chunk
from aidec.generated.lua53_chunk import Lua53Chunk

_Type = Lua53Chunk.ConstantType
_STRINGS = {int(_Type.short_string), int(_Type.long_string)}
_INTEGER, _NUMBER, _BOOLEAN = int(_Type.integer), int(_Type.number), int(_Type.boolean)

_compiled = compiled_part("aidec.bytecode._compiled")
if _compiled and sha256(Path(lua53_chunk.__file__).read_bytes()).hexdigest() != _compiled.DIGEST:
    _compiled = None  # the parser in Python was made again, of another spec


def load(source: str | PathLike[str] | bytes | BinaryIO) -> Chunk:
    """Read a chunk from a file's path, from bytes or from an open binary file.

    Raises:
        ChunkError: these bytes are not one whole Lua 5.3 chunk.
        OSError: the file cannot be read.
    """
    if isinstance(source, str | PathLike):
        data = Path(source).read_bytes()
    else:
        data = bytes(source) if isinstance(source, bytes | bytearray | memoryview) else source.read()
    with no_collection():
        return (_compiled and _compiled.parse(data)) or load_in_python(data)


def load_in_python(data: bytes) -> Chunk:
    """What ``load`` makes of bytes, by the parser in Python."""
    return _chunk(_tree(data))


def _tree(data: bytes) -> Any:
    try:
        tree = Lua53Chunk(BytesStream(data))
    except (KaitaiStructError, RecursionError) as error:
        from aidec.bytecode.diagnosis import diagnose

        raise diagnose(error, data) from None
    end = tree._io.pos()
    if end < len(data):
        raise ChunkError(f"expected the end of the chunk, but {len(data) - end} more bytes follow", end, "main")
    return tree


def _chunk(tree: Any) -> Chunk:
    head = tree.header
    header = Header(head.is_big_endian, head.len_int, head.len_size_t, head.len_integer, head.len_number)
    chunk = Chunk(header, tree.num_upvalues, _proto(tree.main, header))
    _take_apart(head)
    _take_apart(tree)
    return chunk


def _proto(tree: Any, header: Header) -> Proto:
    names = [_string(name) for name in tree.upvalue_names]
    names += [None] * (tree.num_upvalues - len(names))
    proto = Proto(
        source=_string(tree.source),
        line_defined=tree.line_defined,
        last_line_defined=tree.last_line_defined,
        num_params=tree.num_params,
        is_vararg=tree.is_vararg,
        max_stack_size=tree.max_stack_size,
        code=_array("I", tree._raw_code, header),
        constants=tuple([_constant(constant) for constant in tree.constants]),
        upvalues=tuple([Upvalue(name, u.in_stack, u.index) for name, u in zip(names, tree.upvalues, strict=True)]),
        protos=tuple([_proto(inner, header) for inner in tree.protos]),
        line_info=_array("i" if header.len_int == 4 else "q", tree._raw_line_info, header),
        local_vars=tuple([LocalVar(_string(v.name), v.start_pc, v.end_pc) for v in tree.local_vars]),
        num_upvalue_names=tree.num_upvalue_names,
    )
    for variable in tree.local_vars:
        del variable.name
    _take_apart(tree)
    return proto


def _take_apart(tree: Any) -> None:
    """Undo the circles of parent and children, so that the tree is freed at once, not left to the garbage collector."""
    vars(tree).clear()


def _string(tree: Any) -> bytes | None:
    value: bytes | None = getattr(tree, "value", None)
    return value


def _constant(tree: Any) -> Constant:
    kind = tree.type
    if kind in _STRINGS:
        value: Constant = tree.string
    elif kind == _INTEGER:
        value = tree.integer
    elif kind == _NUMBER:
        value = tree.number
    elif kind == _BOOLEAN:
        value = tree.boolean != 0
    else:
        value = None
    return value


def _array(typecode: str, raw: bytes, header: Header) -> array[int]:
    """The numbers that stand in ``raw``, in the byte order of the header."""
    numbers = array(typecode, raw)
    if header.is_big_endian != (sys.byteorder == "big"):
        numbers.byteswap()
    return numbers
