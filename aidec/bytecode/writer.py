"""Chunk to bytes, as ldump.c writes them, for every header variant.

It is written by hand and not made of the spec: Kaitai's writers want a tree with all counts and lengths filled in, and
to fill it in takes as much code as to write the bytes.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Callable

from aidec.bytecode.model import Chunk, Constant, Header, Proto
from aidec.common.errors import WriteError
from aidec.generated.tables import CONSTANT_TYPES

MAX_SHORT_STRING = 40
"""llimits.h: LUAI_MAXSHORTLEN."""

_INT = {4: "i", 8: "q"}
_FLOAT = {4: "f", 8: "d"}


def dump(chunk: Chunk) -> bytes:
    """The bytes of a chunk, in the widths and the byte order of its header.

    Raises:
        WriteError: a value does not fit the header's widths; the message names the function and the field.
    """
    return _Writer(chunk.header).chunk(chunk)


class _Writer:
    """Collects the bytes of one chunk, field by field."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.order = ">" if header.is_big_endian else "<"
        self.int = struct.Struct(self.order + _INT[header.len_int]).pack
        self.size_t = struct.Struct(self.order + _INT[header.len_size_t].upper()).pack
        self.integer = struct.Struct(self.order + _INT[header.len_integer]).pack
        self.parts: list[bytes] = []

    def chunk(self, chunk: Chunk) -> bytes:
        head = self.header
        widths = (head.len_int, head.len_size_t, 4, head.len_integer, head.len_number)
        check = self.integer(0x5678) + struct.pack(self.order + _FLOAT[head.len_number], 370.5)
        self.parts.append(b"\x1bLua\x53\x00\x19\x93\r\n\x1a\n" + bytes(widths) + check)
        self.byte(chunk.num_upvalues, "num_upvalues", "chunk")
        self.proto(chunk.main, "main")
        return b"".join(self.parts)

    def proto(self, proto: Proto, place: str) -> None:
        self.string(proto.source)
        self.number(self.int, proto.line_defined, "line_defined", place)
        self.number(self.int, proto.last_line_defined, "last_line_defined", place)
        self.byte(proto.num_params, "num_params", place)
        self.byte(proto.is_vararg, "is_vararg", place)
        self.byte(proto.max_stack_size, "max_stack_size", place)
        self.array(proto.code, "I", "code", place)
        self.parts.append(self.int(len(proto.constants)))
        for i, constant in enumerate(proto.constants):
            self.constant(constant, f"constants[{i}]", place)
        self.parts.append(self.int(len(proto.upvalues)))
        for i, upvalue in enumerate(proto.upvalues):
            self.byte(upvalue.in_stack, f"upvalues[{i}].in_stack", place)
            self.byte(upvalue.index, f"upvalues[{i}].index", place)
        self.parts.append(self.int(len(proto.protos)))
        for i, inner in enumerate(proto.protos):
            self.proto(inner, f"{place}.protos[{i}]")
        self.debug(proto, place)

    def debug(self, proto: Proto, place: str) -> None:
        self.array(proto.line_info, _INT[self.header.len_int], "line_info", place)
        self.parts.append(self.int(len(proto.local_vars)))
        for i, local_var in enumerate(proto.local_vars):
            self.string(local_var.name)
            self.number(self.int, local_var.start_pc, f"local_vars[{i}].start_pc", place)
            self.number(self.int, local_var.end_pc, f"local_vars[{i}].end_pc", place)
        names = [upvalue.name for upvalue in proto.upvalues]
        last_named = max((i for i, name in enumerate(names) if name is not None), default=-1)
        names = names[: max(proto.num_upvalue_names, last_named + 1)]
        self.parts.append(self.int(len(names)))
        for name in names:
            self.string(name)

    def constant(self, constant: Constant, field: str, place: str) -> None:
        parts = self.parts
        if isinstance(constant, bytes):
            parts.append(_SHORT if len(constant) <= MAX_SHORT_STRING else _LONG)
            self.string(constant)
        elif isinstance(constant, bool):
            parts.append(_TRUE if constant else _FALSE)
        elif isinstance(constant, int):
            parts.append(_INTEGER)
            self.number(self.integer, constant, field, place)
        elif isinstance(constant, float):
            parts.append(_NUMBER)
            parts.append(self.float(constant, field, place))
        else:
            parts.append(_NIL)

    def string(self, string: bytes | None) -> None:
        if string is None:
            self.parts.append(b"\0")
            return
        size = len(string) + 1
        self.parts.append(bytes([size]) if size < 0xFF else b"\xff" + self.size_t(size))
        self.parts.append(string)

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


_NIL = bytes([CONSTANT_TYPES["nil"]])
_FALSE = bytes([CONSTANT_TYPES["boolean"], 0])
_TRUE = bytes([CONSTANT_TYPES["boolean"], 1])
_NUMBER = bytes([CONSTANT_TYPES["number"]])
_INTEGER = bytes([CONSTANT_TYPES["integer"]])
_SHORT = bytes([CONSTANT_TYPES["short_string"]])
_LONG = bytes([CONSTANT_TYPES["long_string"]])
