"""Bytes to Chunk by the parser in Python: its tree becomes the model, its errors become ``ChunkError``."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from typing import Any

from kaitaistruct import KaitaiStructError

from aidec.bytecode.model import MAX_SHORT_STRING, Chunk, Constant, Header, LocalVar, Proto, Unusual, Upvalue
from aidec.bytecode.stream import BytesStream
from aidec.common.errors import ChunkError
from aidec.generated.lua53_chunk import Lua53Chunk
from aidec.generated.tables import CONSTANT_TYPES

OFFICIAL_TYPES = bytes(CONSTANT_TYPES.values())


def parse(data: bytes) -> Chunk:
    """The chunk that these bytes are.

    Raises:
        ChunkError: they are not one whole Lua 5.3 chunk.
    """
    chunk, end = parse_start(data, OFFICIAL_TYPES)
    if end < len(data):
        raise ChunkError(f"expected the end of the chunk, but {len(data) - end} more bytes follow", end, "main")
    return chunk


def parse_start(data: bytes, types: bytes) -> tuple[Chunk, int]:
    """The chunk that these bytes start with, and where it ends.

    Args:
        data: the bytes; their header is an official one.
        types: the types of constants, in the order of ``CONSTANT_TYPES``.

    Raises:
        ChunkError: they do not start with a Lua 5.3 chunk.
    """
    try:
        tree = Lua53Chunk(*types, BytesStream(data))
    except (KaitaiStructError, RecursionError) as error:
        from aidec.bytecode.diagnosis import diagnose

        raise diagnose(error, data) from None
    end = tree._io.pos()
    return _chunk(tree), end


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
    types = tree._root
    proto = Proto(
        source=_string(tree.source),
        line_defined=tree.line_defined,
        last_line_defined=tree.last_line_defined,
        num_params=tree.num_params,
        is_vararg=tree.is_vararg,
        max_stack_size=tree.max_stack_size,
        code=_array("I", tree._raw_code, header),
        constants=tuple(_constants(tree.constants, types)),
        upvalues=tuple([Upvalue(name, u.in_stack, u.index) for name, u in zip(names, tree.upvalues, strict=True)]),
        protos=tuple([_proto(inner, header) for inner in tree.protos]),
        line_info=_array("i" if header.len_int == 4 else "q", tree._raw_line_info, header),
        local_vars=tuple([LocalVar(_string(v.name), v.start_pc, v.end_pc) for v in tree.local_vars]),
        num_upvalue_names=tree.num_upvalue_names,
        unusual=tuple(_unusual(tree, types)),
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


def _constants(trees: list[Any], types: Any) -> list[Constant]:
    short, long = types.short_string_type, types.long_string_type
    integer, number, boolean = types.integer_type, types.number_type, types.boolean_type
    values: list[Constant] = []
    for tree in trees:
        kind = tree.type
        if kind == short or kind == long:  # noqa: PLR1714, SIM109 (each constant comes here: a tuple of both takes longer)
            values.append(tree.string)
        elif kind == integer:
            values.append(tree.integer)
        elif kind == number:
            values.append(tree.number)
        else:
            values.append(tree.boolean != 0 if kind == boolean else None)
    return values


def _unusual(tree: Any, types: Any) -> Iterator[Unusual]:
    """What a function stores otherwise than Lua writes it, in the order of its fields."""
    if _has_long_length(tree.source):
        yield Unusual("source", 0, has_long_length=True)
    short, long, boolean = types.short_string_type, types.long_string_type, types.boolean_type
    for i, constant in enumerate(tree.constants):
        kind = constant.type
        if kind == short or kind == long:  # noqa: PLR1714, SIM109 (as in ``_constants``)
            has_other_type = kind != (short if len(constant.string) <= MAX_SHORT_STRING else long)
            if has_other_type or constant.len_short == 0xFF:
                has_long_length = _has_long_length(constant)
                if has_other_type or has_long_length:
                    yield Unusual("constants", i, 0, has_other_type, has_long_length)
        elif kind == boolean and constant.boolean > 1:
            yield Unusual("constants", i, constant.boolean)
    for field, strings in (("local_vars", [v.name for v in tree.local_vars]), ("upvalues", tree.upvalue_names)):
        for i, string in enumerate(strings):
            if string.len_short == 0xFF and _has_long_length(string):
                yield Unusual(field, i, has_long_length=True)


def _has_long_length(string: Any) -> bool:
    """Whether the length of a string is stored as size_t, though it has room in a byte."""
    return bool(string.len_short == 0xFF and string.len_long < 0xFF)


def _array(typecode: str, raw: bytes, header: Header) -> array[int]:
    """The numbers that ``raw`` holds in the byte order of the header."""
    numbers = array(typecode, raw)
    if header.is_big_endian != (sys.byteorder == "big"):
        numbers.byteswap()
    return numbers
