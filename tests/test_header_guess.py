"""A chunk whose header is not quite official: the error says what looks different, and which dialect would read it."""

from __future__ import annotations

import pytest
from dialect_writer import CHECKS, HEADERS, LENGTHS, Written, header_of
from test_bad_chunks import EVERY_FIELD, USUAL, refused

import aidec
from aidec.bytecode import Chunk
from aidec.bytecode.dialect import find_dialect
from aidec.bytecode.header_guess import guess_header

START = ("magic", "version", "format", "data")
CHUNK = Chunk(USUAL, 1, EVERY_FIELD)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (HEADERS["format 1 and no width of size_t"], "with format 1 and no width of size_t: see --dialect"),
        (Written("", header_of(*START, *LENGTHS, *CHECKS, format=b"\2")), "with format 2: see --dialect"),
        (Written("", header_of(*START, *LENGTHS, *CHECKS, version=b"\x99")), "with version 99: see --dialect"),
        (Written("", header_of(*START, *LENGTHS, *CHECKS, data=b"abcdef")), "with data 61 62 63 64 65 66: see"),
        (Written("", header_of(*START, *LENGTHS[1:], *CHECKS)), "with no width of int: see --dialect"),
        (Written("", header_of(*START, *LENGTHS[:3], *LENGTHS[4:], *CHECKS)), "with no width of integer: see"),
        (Written("", header_of(*START, "x", *LENGTHS, *CHECKS, x=b"\x07")), "with 07 after data: see --dialect"),
        (Written("", header_of("magic", "version", *START[3:], *LENGTHS, *CHECKS)), "with no format: see --dialect"),
        (Written("", end=lambda _: b"signed"), "with more bytes after the chunk: see --dialect"),
    ],
)
def test_what_looks_different_is_said(dialect: Written, expected: str) -> None:
    assert f"otherwise it is a Lua 5.3 chunk, {expected}" in refused(dialect.write(CHUNK)).problem


def test_a_guessed_header_is_a_dialect_that_reads_the_chunk() -> None:
    written = HEADERS["format 1 and no width of size_t"]
    found = guess_header(written.write(CHUNK), aidec.load)
    assert found is not None
    assert aidec.dump(aidec.load(written.write(CHUNK), found), found) == written.write(CHUNK)
    assert found.header == find_dialect("format-1").header


def test_a_header_that_is_like_none_is_hinted_at() -> None:
    data = Written("", header_of(*START, *LENGTHS, *CHECKS, format=b"\2")).write(CHUNK)[:-1]
    assert refused(data).problem == "expected 0x00, read 0x02: see --dialect"


def test_another_type_of_constants_is_hinted_at() -> None:
    data = Written("", types=((19, 9),)).write(CHUNK)
    assert refused(data).problem.endswith("read 0x09: this Lua may have other types of constants: see --dialect")
