"""What Lua loads though it never writes it: loaded alike, and written back byte for byte."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from chunk_writer import write
from conftest import Luac
from test_bad_chunks import BIG_ENDIAN, EVERY_FIELD, USUAL, refused, with_field

import aidec
from aidec.bytecode import Chunk, python_parser, strip
from aidec.bytecode.model import Unusual
from aidec.packs.roundtrip import RoundTrip


def size(length: int) -> bytes:
    return b"\xff" + struct.pack("<Q", length)


UNUSUAL = {
    "negative number of upvalue names": ("main.protos[0].num_upvalue_names", b"\xff\xff\xff\xff"),
    "least number of upvalue names": ("main.protos[0].num_upvalue_names", b"\x00\x00\x00\x80"),
    "a boolean that is neither 0 nor 1": ("main.constants[1].boolean", b"\x07"),
    "a short string with the type of long ones": ("main.constants[4].type", b"\x14"),
    "a long string with the type of short ones": ("main.constants[5].type", b"\x04"),
    "the length of a short string as size_t": ("main.constants[4].len_short", size(6)),
    "the length of a source as size_t": ("main.source.len_short", size(11)),
    "the length of a local variable's name as size_t": ("main.local_vars[0].name.len_short", size(2)),
    "the length of an upvalue's name as size_t": ("main.upvalue_names[0].len_short", size(5)),
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_what_lua_loads_is_loaded_and_written_back(what: str, luac: Luac, tmp_path: Path) -> None:
    data, _ = with_field(*UNUSUAL[what])
    (tmp_path / "chunk.luac").write_bytes(data)
    luac("-p", tmp_path / "chunk.luac")
    chunk = aidec.load(data)
    assert aidec.dump(chunk) == data
    again = python_parser.parse(data)
    assert (again, again.main.unusual) == (chunk, chunk.main.unusual)


def test_an_absent_source_whose_length_is_a_size_t_is_written_back() -> None:
    data = write(Chunk(USUAL, 1, EVERY_FIELD)).replace(b"\x0b@every.lua", size(0))
    chunk = aidec.load(data)
    assert (chunk.main.source, aidec.dump(chunk)) == (None, data)


def test_a_header_of_other_widths_keeps_what_is_unusual() -> None:
    data, _ = with_field("main.constants[4].len_short", b"\xff\x00\x00\x00\x06", BIG_ENDIAN)
    assert aidec.dump(aidec.load(data)) == data


def test_what_is_unusual_is_named() -> None:
    data, _ = with_field("main.constants[4].type", b"\x14")
    assert aidec.load(data).main.unusual == (Unusual("constants", 4, has_other_type=True),)


def test_a_stripped_chunk_is_as_lua_writes_it() -> None:
    data, _ = with_field("main.constants[1].boolean", b"\x07")
    assert strip(aidec.load(data)).main.unusual == ()


def test_more_names_than_upvalues_which_lua_writes_beyond_its_array_are_refused() -> None:
    data, offset = with_field("main.num_upvalue_names", b"\2\0\0\0")
    assert (refused(data).offset, "at most 1" in refused(data).problem) == (offset, True)


def test_a_negative_number_of_names_is_read_back_from_text() -> None:
    data, _ = with_field("main.protos[0].num_upvalue_names", b"\x00\xff\xff\xff")
    assert aidec.dump(aidec.assemble(aidec.render(aidec.load(data), "compact"), "compact", USUAL)) == data


def test_a_proof_names_what_no_text_says() -> None:
    data, _ = with_field("main.constants[1].boolean", b"\x07")
    with pytest.raises(aidec.AidecError, match=r"main.constants\[1\] is stored: luac would not have written it so"):
        list(RoundTrip("compact").all_bytes([aidec.load(data)], [None]))
