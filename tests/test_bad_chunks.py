"""Bytes that are not one whole chunk of Lua 5.3: a ChunkError of one line with offset and field, in little memory."""

from __future__ import annotations

import pickle
import tracemalloc
from array import array
from pathlib import Path

import pytest
from chunk_writer import HEADERS, fields, write
from conftest import Luac

import aidec
from aidec.bytecode import Chunk, Header, LocalVar, Proto, Upvalue

USUAL = Header()
WIDE_INTS = Header(len_int=8)
BIG_ENDIAN = Header(is_big_endian=True, len_int=8, len_size_t=4, len_integer=4, len_number=4)

EVERY_FIELD = Proto(
    source=b"@every.lua",
    code=array("I", [0x80404008, 0x00800026]),
    constants=(None, True, 1, 1.5, b"short", b"long" * 80),
    upvalues=(Upvalue(b"_ENV", 1, 0),),
    protos=(Proto(source=b"=inner", code=array("I", [0x00800026]), constants=(b"last",)),),
    line_info=array("i", [1, 2]),
    local_vars=(LocalVar(b"x", 0, 1),),
    num_upvalue_names=1,
)
"""A function with every kind of field."""


def refused(data: bytes) -> aidec.ChunkError:
    with pytest.raises(aidec.ChunkError) as caught:
        aidec.load(data)
    assert "\n" not in str(caught.value)
    return caught.value


def with_field(path: str, value: bytes, header: Header = USUAL) -> tuple[bytes, int]:
    """The chunk with every field, but one of them replaced; and the offset of that one."""
    data, offset = b"", -1
    for name, own in fields(Chunk(header, 1, EVERY_FIELD)):
        if name == path:
            offset = len(data)
        data += value if name == path else own
    assert offset >= 0, f"no field {path}"
    return data, offset


def nested(depth: int) -> bytes:
    """A chunk with functions nested so deep, the main function not counted."""
    head = b"\0" + bytes(8) + bytes(3) + bytes(4) * 3
    tail = bytes(4) * 3
    start = write(Chunk(USUAL, 0, Proto())).removesuffix(write_proto(Proto()))
    return start + (head + b"\1\0\0\0") * depth + head + bytes(4) + tail * (depth + 1)


def write_proto(proto: Proto) -> bytes:
    return b"".join([data for path, data in fields(Chunk(USUAL, 0, proto)) if path.startswith("main")])


def peak_memory(data: bytes) -> int:
    """Bytes allocated at most while a bad chunk is refused."""
    tracemalloc.start()
    try:
        refused(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_empty_input_is_said_to_be_empty() -> None:
    assert "empty" in refused(b"").problem


@pytest.mark.parametrize(
    "text", [b"return 1", b"#!/usr/bin/lua\n", b"\n", b"\xef\xbb\xbfreturn 1", b"LuaS", b"\x7fELF"]
)
def test_what_has_no_signature_is_no_chunk(text: bytes) -> None:
    error = refused(text)
    assert (error.offset, error.field) == (0, "header.magic")
    assert repr(text) in error.problem


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x1bLua\x50\x01\x04\x04\x04\x06\x08\x09\x09\x08", "Lua 5.0"),
        (b"\x1bLua\x51\x00\x01\x04\x08\x04\x08\x00", "Lua 5.1"),
        (b"\x1bLua\x52\x00\x01\x04\x08\x04\x08\x00\x19\x93\r\n\x1a\n", "Lua 5.2"),
        (b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08", "Lua 5.4"),
        (b"\x1bLua\x23\x04\x04\x08", "Lua 2.4"),
        (b"\x1bLua\x40\x01\x04\x04", "Lua 4.0"),
        (b"\x1bLua\x55\x00\x19\x93\r\n\x1a\n", "Lua 5.5"),
        (b"\x1bRavi\x53\x00\x19\x93\r\n\x1a\n", "Ravi"),
        (b"\x1bLJ\x01\x02", "LuaJIT"),
        (b"\x1bLJ\x02\x0a", "LuaJIT"),
    ],
)
def test_a_chunk_of_another_lua_is_named(data: bytes, name: str) -> None:
    assert f"this is a {name} chunk" in refused(data).problem


@pytest.mark.parametrize("data", [b"\x06\x03\x01\x03abc", b"\x03\x05print", b"\x09\x03\x00", b"\x05\x01\x02"])
def test_what_may_be_luau_is_said_to_be(data: bytes) -> None:
    assert f"this may be a Luau chunk of version {data[0]}" in refused(data).problem


@pytest.mark.parametrize("text", [b"\n\nreturn 1", b"\treturn 1", b"\r\n", b"\x1b[0m", b"\x06return"])
def test_text_is_not_said_to_be_luau(text: bytes) -> None:
    assert "Luau" not in refused(text).problem


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("header.format", b"\x01", "0x00"),
        ("header.data", b"\x19\x93\n\x1a\n\x00", repr(b"\x19\x93\r\n\x1a\n")),
        ("header.len_int", b"\x02", "4 or 8"),
        ("header.len_size_t", b"\x10", "4 or 8"),
        ("header.len_instruction", b"\x08", "0x04"),
        ("header.len_integer", b"\x01", "4 or 8"),
        ("header.len_number", b"\x0a", "4 or 8"),
        ("header.check.integer", b"\x78\x56\x00\x00\x00\x00\x00\x01", "0x5678"),
        ("header.check.number", b"\x00\x00\x00\x00\x00\x28\x77\x41", "370.5"),
        ("main.constants[0].type", b"\x02", "0x14 (long_string)"),
        ("main.constants[4].len_short", b"\x00", "a string"),
    ],
)
def test_a_wrong_value_is_told_with_its_offset_its_field_and_what_was_expected(
    field: str, value: bytes, expected: str
) -> None:
    data, offset = with_field(field, value)
    error = refused(data)
    assert (error.offset, error.field) == (offset, field)
    assert expected in error.problem


def test_a_check_number_in_the_other_byte_order_than_the_check_integer_is_refused() -> None:
    data, offset = with_field("header.check.number", b"\x40\x77\x28\x00\x00\x00\x00\x00")
    assert refused(data).offset == offset


@pytest.mark.parametrize("header", [USUAL, WIDE_INTS, BIG_ENDIAN], ids=["usual", "wide", "big"])
def test_a_chunk_cut_at_any_byte_is_refused_with_the_field_that_is_cut(header: Header) -> None:
    data = write(Chunk(header, 1, EVERY_FIELD))
    offset = 0
    for field, own in fields(Chunk(header, 1, EVERY_FIELD)):
        for end in range(offset, offset + len(own)):
            error = refused(data[:end])
            assert (error.offset, error.field) == (offset, field), f"cut at byte {end}"
        offset += len(own)


def test_a_real_chunk_cut_at_any_byte_is_refused(luac: Luac) -> None:
    data = luac("-o", "-", Path(__file__).with_name("lua") / "nested_functions.lua")
    for end in range(len(data)):
        error = refused(data[:end])
        assert 0 <= error.offset <= end
        assert error.field


@pytest.mark.parametrize("more", [b"\0", b"\n", b"\x1bLuaS", bytes(1000)])
def test_bytes_after_the_chunk_are_refused(more: bytes) -> None:
    data = write(Chunk(USUAL, 1, EVERY_FIELD))
    error = refused(data + more)
    assert error.offset == len(data)
    assert f"{len(more)} more bytes" in error.problem


COUNTS = [path for path, _ in fields(Chunk(USUAL, 1, EVERY_FIELD)) if path.split(".")[-1].startswith("num_")]
COUNTS = [path for path in COUNTS if path not in ("num_upvalues", "main.num_params", "main.protos[0].num_params")]
"""The fields that tell how many of something follow."""

NEVER_NEGATIVE = [path for path in COUNTS if not path.endswith("num_upvalue_names")]
"""Those of which Lua makes an array of that size, which it can't if it is negative (lundump.c)."""


def counts(*numbers: int) -> list[tuple[str, int]]:
    """Each field with each number that it can't be."""
    return [(field, number) for number in numbers for field in (COUNTS if number > 0 else NEVER_NEGATIVE)]


@pytest.mark.parametrize(("field", "count"), counts(-1, -(2**31), 1_000, 2**31 - 1))
def test_a_count_that_is_not_that_of_what_follows_is_refused_in_little_memory(field: str, count: int) -> None:
    data, offset = with_field(field, count.to_bytes(4, "little", signed=True))
    assert refused(data).offset >= offset
    assert peak_memory(data) < 1_000_000


@pytest.mark.parametrize(("field", "count"), counts(-1, -(2**63), 2**31, 2**62, 2**63 - 1))
def test_a_count_of_8_bytes_that_is_not_that_of_what_follows_is_refused_in_little_memory(
    field: str, count: int
) -> None:
    data, offset = with_field(field, count.to_bytes(8, "little", signed=True), WIDE_INTS)
    assert refused(data).offset >= offset
    assert peak_memory(data) < 1_000_000


@pytest.mark.parametrize("field", NEVER_NEGATIVE)
def test_a_negative_count_is_told_with_its_field(field: str) -> None:
    data, offset = with_field(field, b"\xff\xff\xff\xff")
    error = refused(data)
    assert (error.offset, error.field) == (offset, field)
    assert "read -1" in error.problem


@pytest.mark.parametrize("size", [400, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1])
def test_a_string_longer_than_the_file_is_refused_in_little_memory(size: int) -> None:
    data, offset = with_field("main.constants[5].len_long", size.to_bytes(8, "little"))
    error = refused(data)
    assert error.offset >= offset
    assert peak_memory(data) < 1_000_000


@pytest.mark.parametrize(
    "proto",
    [
        Proto(code=array("I", bytes(4 * 5_000))),
        Proto(constants=(None,) * 5_000),
        Proto(constants=(b"",) * 5_000),
        Proto(upvalues=(Upvalue(b"", 0, 0),) * 5_000, num_upvalue_names=5_000),
        Proto(protos=(Proto(),) * 500),
        Proto(line_info=array("i", bytes(4 * 5_000))),
        Proto(local_vars=(LocalVar(None, 0, 0),) * 5_000),
    ],
    ids=["code", "nils", "strings", "upvalues", "protos", "line_info", "local_vars"],
)
def test_the_memory_for_a_bad_chunk_is_in_proportion_to_its_size(proto: Proto) -> None:
    data = write(Chunk(USUAL, 0, proto))[:-1]
    assert peak_memory(data) < 500 * len(data)


def test_functions_nested_200_deep_load() -> None:
    chunk = aidec.load(nested(200))
    assert len(list(chunk.main.walk())) == 201


@pytest.mark.parametrize("depth", [201, 1_000, 100_000])
def test_functions_nested_deeper_are_refused(depth: int) -> None:
    error = refused(nested(depth))
    assert "no deeper than 200" in error.problem
    assert error.field.endswith("num_protos")


def test_a_chunk_error_survives_pickling() -> None:
    error = refused(b"\x1bLua\x54")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, aidec.ChunkError)
    assert (str(again), again.offset, again.field, again.problem) == (
        str(error),
        error.offset,
        error.field,
        error.problem,
    )


@pytest.mark.parametrize("header", HEADERS[::5], ids=str)
def test_a_chunk_error_has_its_offset_and_field_in_its_text(header: Header) -> None:
    error = refused(write(Chunk(header, 1, EVERY_FIELD))[:-1])
    assert str(error).startswith(f"byte {error.offset} ({error.field}): ")
