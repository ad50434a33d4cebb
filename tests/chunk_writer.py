"""Model to bytes for every header variant: what ldump.c would write on a machine that stores its numbers so.

Knows the format from ldump.c, not from the package, so that loading what it wrote tests the loader.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from itertools import product
from typing import TypeAlias

from aidec.bytecode import Chunk, Constant, Header, Proto

Field: TypeAlias = tuple[str, bytes]
"""A field's path, as ``ksy/lua53_chunk.ksy`` names it, and its bytes."""

MAX_SHORT_STRING = 40
HEADERS = [Header(*widths) for widths in product((False, True), (4, 8), (4, 8), (4, 8), (4, 8))]
"""All header variants: byte order and the widths of int, size_t, lua_Integer and lua_Number."""


def write(chunk: Chunk) -> bytes:
    """The bytes of a chunk, in the variant that its header tells."""
    return b"".join([data for _, data in fields(chunk)])


def fields(chunk: Chunk) -> Iterator[Field]:
    """All fields of a chunk that have bytes of their own, in their order."""
    writer = _Writer(chunk.header)
    yield from writer.header()
    yield "num_upvalues", bytes([chunk.num_upvalues])
    yield from writer.proto("main", chunk.main)


class _Writer:
    def __init__(self, header: Header) -> None:
        self.variant = header
        self.order = ">" if header.is_big_endian else "<"

    def header(self) -> Iterator[Field]:
        variant = self.variant
        yield "header.magic", b"\x1bLua"
        yield "header.version", b"\x53"
        yield "header.format", b"\x00"
        yield "header.data", b"\x19\x93\r\n\x1a\n"
        yield "header.len_int", bytes([variant.len_int])
        yield "header.len_size_t", bytes([variant.len_size_t])
        yield "header.len_instruction", bytes([4])
        yield "header.len_integer", bytes([variant.len_integer])
        yield "header.len_number", bytes([variant.len_number])
        yield "header.check.integer", self.signed(0x5678, variant.len_integer)
        yield "header.check.number", self.number(370.5)

    def proto(self, path: str, proto: Proto) -> Iterator[Field]:
        yield from self.string(f"{path}.source", proto.source)
        yield f"{path}.line_defined", self.c_int(proto.line_defined)
        yield f"{path}.last_line_defined", self.c_int(proto.last_line_defined)
        yield f"{path}.num_params", bytes([proto.num_params])
        yield f"{path}.is_vararg", bytes([proto.is_vararg])
        yield f"{path}.max_stack_size", bytes([proto.max_stack_size])
        yield f"{path}.num_instructions", self.c_int(len(proto.code))
        yield f"{path}.code", struct.pack(f"{self.order}{len(proto.code)}I", *proto.code)
        yield f"{path}.num_constants", self.c_int(len(proto.constants))
        for i, constant in enumerate(proto.constants):
            yield from self.constant(f"{path}.constants[{i}]", constant)
        yield f"{path}.num_upvalues", self.c_int(len(proto.upvalues))
        for i, upvalue in enumerate(proto.upvalues):
            yield f"{path}.upvalues[{i}].in_stack", bytes([upvalue.in_stack])
            yield f"{path}.upvalues[{i}].index", bytes([upvalue.index])
        yield f"{path}.num_protos", self.c_int(len(proto.protos))
        for i, inner in enumerate(proto.protos):
            yield from self.proto(f"{path}.protos[{i}]", inner)
        yield from self.debug(path, proto)

    def debug(self, path: str, proto: Proto) -> Iterator[Field]:
        yield f"{path}.num_line_info", self.c_int(len(proto.line_info))
        yield f"{path}.line_info", b"".join([self.c_int(line) for line in proto.line_info])
        yield f"{path}.num_local_vars", self.c_int(len(proto.local_vars))
        for i, local_var in enumerate(proto.local_vars):
            yield from self.string(f"{path}.local_vars[{i}].name", local_var.name)
            yield f"{path}.local_vars[{i}].start_pc", self.c_int(local_var.start_pc)
            yield f"{path}.local_vars[{i}].end_pc", self.c_int(local_var.end_pc)
        yield f"{path}.num_upvalue_names", self.c_int(proto.num_upvalue_names)
        for i, upvalue in enumerate(proto.upvalues[: proto.num_upvalue_names]):
            yield from self.string(f"{path}.upvalue_names[{i}]", upvalue.name)

    def constant(self, path: str, constant: Constant) -> Iterator[Field]:
        if constant is None:
            yield f"{path}.type", b"\x00"
        elif isinstance(constant, bool):
            yield f"{path}.type", b"\x01"
            yield f"{path}.boolean", bytes([constant])
        elif isinstance(constant, float):
            yield f"{path}.type", b"\x03"
            yield f"{path}.number", self.number(constant)
        elif isinstance(constant, int):
            yield f"{path}.type", b"\x13"
            yield f"{path}.integer", self.signed(constant, self.variant.len_integer)
        else:
            yield f"{path}.type", b"\x04" if len(constant) <= MAX_SHORT_STRING else b"\x14"
            yield from self.string(path, constant, "string")

    def string(self, path: str, string: bytes | None, name: str = "value") -> Iterator[Field]:
        if string is None:
            yield f"{path}.len_short", b"\x00"
        elif len(string) + 1 < 0xFF:
            yield f"{path}.len_short", bytes([len(string) + 1])
            yield f"{path}.{name}", string
        else:
            yield f"{path}.len_short", b"\xff"
            yield f"{path}.len_long", self.signed(len(string) + 1, self.variant.len_size_t)
            yield f"{path}.{name}", string

    def c_int(self, value: int) -> bytes:
        return self.signed(value, self.variant.len_int)

    def signed(self, value: int, width: int) -> bytes:
        return value.to_bytes(width, "big" if self.variant.is_big_endian else "little", signed=True)

    def number(self, value: float) -> bytes:
        if self.variant.len_number == 8:
            return struct.pack(f"{self.order}d", value)
        if not math.isnan(value):
            return struct.pack(f"{self.order}f", value)
        # The processor would set the quiet bit of a NaN that it narrows.
        bits: int = struct.unpack("<Q", struct.pack("<d", value))[0]
        return struct.pack(f"{self.order}I", bits >> 63 << 31 | 0xFF << 23 | bits >> 29 & 0x7FFFFF)
