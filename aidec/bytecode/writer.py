"""Chunk to bytes, as ldump.c writes them, for every header variant.

It is written by hand and not made of the spec: Kaitai's writers want a tree with all counts and lengths filled in, and
to fill it in takes as much code as to write the bytes.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Callable, Mapping
from os import PathLike
from typing import TYPE_CHECKING

from aidec.bytecode.model import MAX_SHORT_STRING, Chunk, Constant, Header, Proto, Unusual
from aidec.bytecode.model_types import blaming
from aidec.common.arguments import expect
from aidec.common.errors import WriteError
from aidec.generated.tables import CONSTANT_TYPES

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect

_INT = {4: "i", 8: "q"}
_FLOAT = {4: "f", 8: "d"}


def dump(chunk: Chunk, dialect: str | PathLike[str] | Dialect | None = None) -> bytes:
    """The bytes of a chunk, in the widths and the byte order of its header.

    Args:
        chunk: the chunk, whose opcodes are official ones.
        dialect: the name of a dialect, or the path of its file; the official one by default.

    Raises:
        WriteError: a value does not fit the header's widths, or the dialect has no room for something; the message
            names the function and the field.
        DialectError: there is no such dialect, or its file is malformed.
    """
    expect("chunk", chunk, Chunk)
    expect("rest", chunk.rest, bytes)
    with blaming(chunk):
        if dialect is not None:
            return _dump_as(chunk, dialect)
        if chunk.rest:
            raise WriteError(f"rest: {len(chunk.rest)} bytes follow the chunk, for which its dialect alone has room")
        return _Writer(chunk.header, CONSTANT_TYPES).chunk(chunk)


def _dump_as(chunk: Chunk, named: str | PathLike[str] | Dialect) -> bytes:
    """The bytes of a chunk in a dialect."""
    from aidec.bytecode.dialect import find_dialect
    from aidec.bytecode.dialect_content import encoded
    from aidec.bytecode.dialect_header import write_header

    dialect = find_dialect(named)
    end = dialect.end
    if chunk.rest and end.literal is not None:
        raise WriteError(f"rest: {len(chunk.rest)} bytes follow the chunk, for which {dialect.name!r} has no room")
    head = write_header(chunk.header, dialect)
    data = _Writer(chunk.header, dict(dialect.types), head).chunk(encoded(chunk, dialect))
    return data + (chunk.rest if end.literal is None else end.after(len(data)))


def _check_header(header: Header) -> None:
    """Make sure that a header is one.

    Raises:
        TypeError: a field has another type.
        WriteError: a width is none.
    """
    expect("header.is_big_endian", header.is_big_endian, bool)
    for name in ("len_int", "len_size_t", "len_integer", "len_number"):
        width = getattr(header, name)
        if not isinstance(width, int) or width not in (4, 8):
            expect(f"header.{name}", width, int)
            raise WriteError(f"header.{name}: expected 4 or 8 bytes, read {width}")


class _Writer:
    """Collects the bytes of one chunk, field by field.

    Args:
        header: the widths and the byte order.
        types: the types of constants.
        head: the bytes of the header, where it is no official one.
    """

    def __init__(self, header: Header, types: Mapping[str, int], head: bytes = b"") -> None:
        _check_header(header)
        self.header = header
        self.head = head
        stored = {name: bytes([number]) for name, number in types.items()}
        self.nil, self.boolean, self.number_type = stored["nil"], stored["boolean"], stored["number"]
        self.short, self.long, self.integer_type = stored["short_string"], stored["long_string"], stored["integer"]
        self.order = ">" if header.is_big_endian else "<"
        self.int = struct.Struct(self.order + _INT[header.len_int]).pack
        self.size_t = struct.Struct(self.order + _INT[header.len_size_t].upper()).pack
        self.integer = struct.Struct(self.order + _INT[header.len_integer]).pack
        self.parts: list[bytes] = []
        self.unusual = _NONE

    def chunk(self, chunk: Chunk) -> bytes:
        self.parts.append(self.head or self.official_head())
        self.byte(chunk.num_upvalues, "num_upvalues", "chunk")
        self.proto(chunk.main, "main")
        return b"".join(self.parts)

    def official_head(self) -> bytes:
        head = self.header
        widths = (head.len_int, head.len_size_t, 4, head.len_integer, head.len_number)
        check = self.integer(0x5678) + struct.pack(self.order + _FLOAT[head.len_number], 370.5)
        return b"\x1bLua\x53\x00\x19\x93\r\n\x1a\n" + bytes(widths) + check

    def proto(self, proto: Proto, place: str) -> None:
        unusual = {(each.field, each.index): each for each in proto.unusual} if proto.unusual else _NONE
        self.unusual = unusual
        self.string(proto.source, "source")
        self.number(self.int, proto.line_defined, "line_defined", place)
        self.number(self.int, proto.last_line_defined, "last_line_defined", place)
        self.byte(proto.num_params, "num_params", place)
        self.byte(proto.is_vararg, "is_vararg", place)
        self.byte(proto.max_stack_size, "max_stack_size", place)
        self.array(proto.code, "I", "code", place)
        self.parts.append(self.int(len(proto.constants)))
        for i, constant in enumerate(proto.constants):
            self.constant(constant, i, place)
        self.parts.append(self.int(len(proto.upvalues)))
        for i, upvalue in enumerate(proto.upvalues):
            self.byte(upvalue.in_stack, f"upvalues[{i}].in_stack", place)
            self.byte(upvalue.index, f"upvalues[{i}].index", place)
        self.parts.append(self.int(len(proto.protos)))
        for i, inner in enumerate(proto.protos):
            self.proto(inner, f"{place}.protos[{i}]")
        self.unusual = unusual
        self.debug(proto, place)

    def debug(self, proto: Proto, place: str) -> None:
        self.array(proto.line_info, _INT[self.header.len_int], "line_info", place)
        self.parts.append(self.int(len(proto.local_vars)))
        for i, local_var in enumerate(proto.local_vars):
            self.string(local_var.name, "local_vars", i)
            self.number(self.int, local_var.start_pc, f"local_vars[{i}].start_pc", place)
            self.number(self.int, local_var.end_pc, f"local_vars[{i}].end_pc", place)
        names = [upvalue.name for upvalue in proto.upvalues]
        if proto.num_upvalue_names > len(names):
            problem = f"{proto.num_upvalue_names} does not fit {len(names)} upvalues"
            raise WriteError(f"{place}.num_upvalue_names: {problem}")
        last_named = max((i for i, name in enumerate(names) if name is not None), default=-1)
        names = names[: max(proto.num_upvalue_names, last_named + 1)]
        count = len(names) or min(proto.num_upvalue_names, 0)
        self.number(self.int, count, "num_upvalue_names", place)
        for i, name in enumerate(names):
            self.string(name, "upvalues", i)

    def constant(self, constant: Constant, index: int, place: str) -> None:
        parts = self.parts
        if isinstance(constant, bytes):
            is_short = len(constant) <= MAX_SHORT_STRING
            if self.unusual and self.unusual.get(("constants", index), _USUAL).has_other_type:
                is_short = not is_short
            parts.append(self.short if is_short else self.long)
            self.string(constant, "constants", index)
        elif isinstance(constant, bool):
            true = self.unusual.get(("constants", index), _USUAL).byte or 1
            parts += (self.boolean, bytes([true if constant else 0]))
        elif isinstance(constant, int):
            parts.append(self.integer_type)
            self.number(self.integer, constant, f"constants[{index}]", place)
        elif isinstance(constant, float):
            parts.append(self.number_type)
            parts.append(self.float(constant, f"constants[{index}]", place))
        else:
            expect(f"{place}.constants[{index}]", constant, None, bool, int, float, bytes)
            parts.append(self.nil)

    def string(self, string: bytes | None, field: str, index: int = 0) -> None:
        if string is not None and not isinstance(string, bytes):
            expect(f"{field}[{index}]", string, bytes, None)
        size = 0 if string is None else len(string) + 1
        is_long = size >= 0xFF
        if self.unusual:
            is_long |= self.unusual.get((field, index), _USUAL).has_long_length
        self.parts.append(b"\xff" + self.size_t(size) if is_long else bytes([size]))
        self.parts.append(string or b"")

    def byte(self, value: int, field: str, place: str) -> None:
        if not 0 <= value <= 0xFF:
            raise WriteError(f"{place}.{field}: {value} does not fit a byte")
        self.parts.append(bytes([value]))

    def number(self, pack: Callable[[int], bytes], value: int, field: str, place: str) -> None:
        try:
            self.parts.append(pack(value))
        except struct.error:
            raise WriteError(f"{place}.{field}: {value} does not fit {len(pack(0))} bytes") from None

    def float(self, value: float, field: str, place: str) -> bytes:
        if self.header.len_number == 8:
            return struct.pack(self.order + "d", value)
        if math.isnan(value):
            (bits,) = struct.unpack("<Q", struct.pack("<d", value))
            narrow = (bits >> 63) << 31 | 0xFF << 23 | (bits >> 29 & 0x7FFFFF)
            is_exact = bits & (1 << 29) - 1 == 0
            packed = struct.pack(self.order + "I", narrow)
        else:
            try:
                packed = struct.pack(self.order + "f", value)
            except OverflowError:
                packed = b""
            is_exact = packed != b"" and struct.unpack(self.order + "f", packed)[0] == value
        if not is_exact:
            raise WriteError(f"{place}.{field}: {value!r} does not fit a lua_Number of 4 bytes")
        return packed

    def array(self, numbers: array[int], typecode: str, field: str, place: str) -> None:
        try:
            packed = numbers if numbers.typecode == typecode else array(typecode, numbers)
        except OverflowError:
            raise WriteError(f"{place}.{field}: a number does not fit {array(typecode).itemsize} bytes") from None
        if self.header.is_big_endian != (sys.byteorder == "big"):
            packed = packed[:]
            packed.byteswap()
        self.parts += [self.int(len(numbers)), packed.tobytes()]


_NONE: dict[tuple[str, int], Unusual] = {}
_USUAL = Unusual("", 0)
"""Of what is stored as Lua writes it."""
