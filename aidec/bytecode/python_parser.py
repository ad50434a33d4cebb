"""Bytes to Chunk by the parser in Python: its tree becomes the model, its errors become ``ChunkError``."""

from __future__ import annotations

import sys
from array import array
from typing import Any

from kaitaistruct import KaitaiStructError

from aidec.bytecode.model import Chunk, Constant, Header, LocalVar, Proto, Upvalue
from aidec.bytecode.stream import BytesStream
from aidec.common.errors import ChunkError
from aidec.generated.lua53_chunk import Lua53Chunk
from aidec.generated.tables import CONSTANT_TYPES

_STRINGS = {CONSTANT_TYPES["short_string"], CONSTANT_TYPES["long_string"]}
_INTEGER, _NUMBER, _BOOLEAN = CONSTANT_TYPES["integer"], CONSTANT_TYPES["number"], CONSTANT_TYPES["boolean"]


def parse(data: bytes) -> Chunk:
    """The chunk that these bytes are.

    Raises:
        ChunkError: they are not one whole Lua 5.3 chunk.
    """
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
    """Drops what a tree holds. Children know their parents, so else only the garbage collector would free them."""
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
    """The numbers that ``raw`` holds in the byte order of the header."""
    numbers = array(typecode, raw)
    if header.is_big_endian != (sys.byteorder == "big"):
        numbers.byteswap()
    return numbers
