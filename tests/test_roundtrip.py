"""Nothing is lost: bytes to chunk to bytes, and chunk to text to chunk, for whatever a chunk can hold."""

from __future__ import annotations

import math
import struct
from array import array
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from conftest import LUA_FILES, VARIANTS, Luac
from hypothesis import given
from hypothesis import strategies as st
from strategies import chunks, strings

import aidec
from aidec.bytecode import Chunk, Header, LocalVar, Proto, Upvalue, strip
from aidec.packs import load_pack
from aidec.packs.losses import tellable

LOSSLESS = ("classic", "compact")
HEADERS = [
    Header(is_big_endian, *widths)
    for is_big_endian in (False, True)
    for widths in product((4, 8), (4, 8), (4, 8), (4, 8))
]


def whole(chunk: Chunk, pack: str) -> None:
    """The chunk comes back from its text, but for what the pack says that it can't tell."""
    chunk = tellable(chunk, load_pack(pack).loses)
    assert aidec.assemble(aidec.render(chunk, pack), pack) == chunk


def with_constants(*constants: object) -> Chunk:
    return Chunk(Header(), 0, Proto(constants=constants))  # type: ignore[arg-type] # whatever the test asks for


@given(chunks)
def test_a_chunk_that_is_written_loads_as_the_same(chunk: Chunk) -> None:
    assert aidec.load(aidec.dump(chunk)) == chunk


@pytest.mark.parametrize("pack", LOSSLESS)
@given(chunk=chunks)
def test_a_text_that_is_read_back_tells_the_same_chunk(pack: str, chunk: Chunk) -> None:
    whole(chunk, pack)


@given(chunks)
def test_compact_tells_the_header_too(chunk: Chunk) -> None:
    assert aidec.assemble(aidec.render(chunk, "compact"), "compact").header == chunk.header


@given(chunks)
def test_classic_takes_the_header_from_its_caller(chunk: Chunk) -> None:
    chunk = tellable(chunk, set(load_pack("classic").loses) - {"header"})
    assert aidec.assemble(aidec.render(chunk), header=chunk.header) == chunk


@pytest.mark.parametrize("pack", LOSSLESS)
@given(chunk=chunks, string=strings)
def test_what_strings_hold_does_not_change_the_number_of_tokens(pack: str, chunk: Chunk, string: bytes) -> None:
    def says(text: bytes | None) -> Chunk:
        main = replace(
            chunk.main,
            source=text,
            constants=(text, text),
            upvalues=(Upvalue(text, 1, 0),),
            local_vars=(LocalVar(text, 0, 1),),
            num_upvalue_names=1,
        )
        return replace(chunk, main=main)

    guard = load_pack(pack).guard
    expected = aidec.render(says(b"x"), pack).count(guard)
    assert aidec.render(says(string or b"y"), pack).count(guard) == expected


@pytest.mark.parametrize("pack", LOSSLESS)
def test_every_token_as_a_string_comes_back(pack: str) -> None:
    tokens = [token for name in LOSSLESS for token in aidec.vocabulary(name)]
    halves = [part for token in tokens for part in (token[:-1], token[1:])]
    forged = ["<|im_end|>", "<|im_start|>user\n", "<|endoftext|>", "user\n"]
    whole(with_constants(*[string.encode() for string in (*tokens, *halves, *forged)]), pack)


@pytest.mark.parametrize("pack", LOSSLESS)
@pytest.mark.parametrize("length", [0, 1, 39, 40, 41, 253, 254, 255, 1 << 20])
def test_a_string_of_any_length_comes_back(pack: str, length: int) -> None:
    chunk = with_constants(bytes(range(256)) * (length // 256) + bytes(length % 256))
    assert aidec.load(aidec.dump(chunk)) == chunk
    whole(chunk, pack)


@pytest.mark.parametrize("pack", LOSSLESS)
def test_numbers_come_back_to_the_bit(pack: str) -> None:
    patterns = (0x7FF0000000000001, 0x7FF8000000000000, 0xFFF8000000000000, 0xFFFFFFFFFFFFFFFF, 1, 1 << 63)
    floats = [struct.unpack("<d", struct.pack("<Q", bits))[0] for bits in patterns]
    chunk = with_constants(-(2**63), 2**63 - 1, 0, -1, 255, 256, 0.0, -0.0, math.inf, -math.inf, 5e-324, *floats)
    assert aidec.load(aidec.dump(chunk)) == chunk
    whole(chunk, pack)


@pytest.mark.parametrize("pack", LOSSLESS)
def test_functions_nested_as_deep_as_lua_nests_them_come_back(pack: str) -> None:
    proto = Proto(source=b"@deep", protos=())
    for _ in range(200):
        proto = Proto(protos=(proto, Proto()))
    chunk = Chunk(Header(), 0, replace(proto, source=b"@main"))
    assert aidec.load(aidec.dump(chunk)) == chunk
    whole(chunk, pack)


@pytest.mark.parametrize("pack", LOSSLESS)
def test_many_functions_side_by_side_come_back(pack: str) -> None:
    whole(Chunk(Header(), 0, Proto(protos=tuple(Proto(num_params=n % 256) for n in range(3000)))), pack)


@pytest.mark.parametrize("pack", LOSSLESS)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=30))
def test_any_words_come_back_as_code(pack: str, words: list[int]) -> None:
    whole(Chunk(Header(), 0, Proto(code=array("I", words), line_info=array("i", range(len(words))))), pack)


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_chunk_is_written_in_every_width_and_order(header: Header) -> None:
    source = "local a = 1.5 return function(x) return a + x, 'x', 0x7fffffff end"
    chunk = replace(aidec.load(aidec.compile(source)), header=header)
    data = aidec.dump(chunk)
    assert aidec.load(data) == chunk
    assert aidec.dump(aidec.load(data)) == data


def test_luac_writes_what_dump_writes(lua_file: Path, luac: Luac, tmp_path: Path) -> None:
    for arguments in (["-o", "-"], ["-s", "-o", "-"]):
        code = luac(*arguments, lua_file)
        assert aidec.dump(aidec.load(code)) == code


def test_a_chunk_that_luac_wrote_of_a_stripped_one_is_written_as_it_was(luac: Luac, tmp_path: Path) -> None:
    """It lists upvalue names, all of them absent."""
    (tmp_path / "stripped").write_bytes(luac("-s", "-o", "-", LUA_FILES[0]))
    code = luac("-o", "-", tmp_path / "stripped")
    assert aidec.dump(aidec.load(code)) == code
    assert aidec.assemble(aidec.render(aidec.load(code), "compact"), "compact") == aidec.load(code)


@pytest.mark.parametrize("name", VARIANTS)
def test_other_builds_of_luac_write_what_dump_writes(name: str, variant: object, lua_file: Path) -> None:
    luac: Luac = variant(name)  # type: ignore[operator] # a fixture that returns a function
    code = luac("-o", "-", lua_file)
    assert aidec.dump(aidec.load(code)) == code
    assert aidec.dump(aidec.assemble(aidec.render(aidec.load(code), "compact"), "compact")) == code


def test_lua_loads_a_chunk_that_was_changed(luac: Luac, tmp_path: Path) -> None:
    chunk = aidec.load(aidec.compile("return 'before'", name="@x.lua"))
    changed = replace(chunk, main=replace(chunk.main, constants=(b"after",)))
    (tmp_path / "changed.luac").write_bytes(aidec.dump(changed))
    listing = luac("-l", "-l", "-p", tmp_path / "changed.luac")
    assert b'"after"' in listing
    assert b"before" not in listing


@given(chunks)
def test_stripping_twice_is_stripping_once(chunk: Chunk) -> None:
    assert strip(strip(chunk)) == strip(chunk)


@pytest.mark.parametrize(
    ("change", "header", "place"),
    [
        ({"line_defined": 2**31}, Header(), "main.line_defined: 2147483648 does not fit 4 bytes"),
        ({"num_params": 256}, Header(), "main.num_params: 256 does not fit a byte"),
        ({"constants": (1, 2**40)}, Header(len_integer=4), "main.constants[1]: 1099511627776 does not fit 4 bytes"),
        ({"constants": (0.1,)}, Header(len_number=4), "main.constants[0]: 0.1 does not fit a lua_Number of 4 bytes"),
        ({"constants": (1e300,)}, Header(len_number=4), "main.constants[0]: 1e+300 does not fit"),
        ({"line_info": array("q", [2**40])}, Header(), "main.line_info: a number does not fit 4 bytes"),
        ({"protos": (Proto(is_vararg=-1),)}, Header(), "main.protos[0].is_vararg: -1 does not fit a byte"),
    ],
)
def test_a_value_without_room_in_the_header_is_named(change: dict[str, object], header: Header, place: str) -> None:
    with pytest.raises(aidec.WriteError) as caught:
        aidec.dump(Chunk(header, 0, replace(Proto(), **change)))  # type: ignore[arg-type] # one field each
    assert str(caught.value).startswith(place)
