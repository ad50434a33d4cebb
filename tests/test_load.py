"""The loader makes the same model of a chunk, whatever machine wrote it, and loses nothing of it."""

from __future__ import annotations

import contextlib
import gc
import io
import struct
from array import array
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest
from chunk_writer import HEADERS, write
from conftest import LUA_FILES, VARIANTS, Luac
from hypothesis import given
from hypothesis import strategies as st
from strategies import chunks, fitting

import aidec
from aidec.bytecode import Chunk, Constant, Header, LocalVar, Proto, Upvalue

RICH = Proto(
    source=b"@rich.lua",
    line_defined=0,
    last_line_defined=2**31 - 1,
    num_params=2,
    is_vararg=1,
    max_stack_size=250,
    code=array("I", [0x00000006, 0x80404008, 0x00800026, 0xFFFFFFFF]),
    constants=(
        None,
        False,
        True,
        0,
        -1,
        2**31 - 1,
        -(2**31),
        0.0,
        -0.0,
        0.5,
        -1.5e9,
        float("inf"),
        b"",
        b"a\0b",
        b"x" * 300,
    ),
    upvalues=(Upvalue(b"_ENV", 1, 0), Upvalue(b"count", 0, 255)),
    protos=(Proto(), Proto(source=b"=other", line_info=array("i", [-1]), protos=(Proto(num_params=3),))),
    line_info=array("i", [1, 2, 3, 2**31 - 1]),
    local_vars=(LocalVar(b"(for index)", 0, 4), LocalVar(b"", 1, 2)),
    num_upvalue_names=2,
)
"""A function with every kind of field, whose numbers every variant can hold."""

USUAL = Header()

UNLIKE = {
    # Its numbers have 32 bits, so constants and what it folds of them differ.
    "luac-32bits": {"bitwise", "constants"},
    # It stores some integers twice: it looks them up by a size_t (lcode.c: luaK_intK).
    "luac-m32": {"constants"},
}
"""Sources of which other builds of luac make other chunks."""

LIKE = [(name, path) for name in VARIANTS for path in LUA_FILES if path.stem not in UNLIKE.get(name, ())]


def header_id(header: Header) -> str:
    order = "big" if header.is_big_endian else "little"
    return (
        f"{order}-int{header.len_int}-size_t{header.len_size_t}-integer{header.len_integer}-number{header.len_number}"
    )


def bits(number: Constant) -> int:
    value: int = struct.unpack("<Q", struct.pack("<d", number))[0]
    return value


def with_constants(constants: tuple[Constant, ...], header: Header = USUAL) -> Chunk:
    return Chunk(header, 0, Proto(constants=constants))


@pytest.mark.parametrize("header", HEADERS, ids=header_id)
def test_every_header_variant_loads_as_the_same_model(header: Header) -> None:
    chunk = aidec.load(write(Chunk(header, 2, RICH)))
    assert chunk.main == RICH


@pytest.mark.parametrize("header", HEADERS, ids=header_id)
def test_the_header_tells_the_variant(header: Header) -> None:
    assert aidec.load(write(Chunk(header, 0, Proto()))).header == header


@given(chunk=chunks, header=st.sampled_from(HEADERS))
def test_loading_is_the_inverse_of_writing(chunk: Chunk, header: Header) -> None:
    chunk = Chunk(header, chunk.num_upvalues, fitting(chunk.main, header))
    assert aidec.load(write(chunk)) == chunk


@pytest.mark.parametrize(("name", "path"), LIKE, ids=lambda value: getattr(value, "stem", value))
def test_a_chunk_of_another_build_is_that_of_luac(name: str, path: Path, variant: Callable[[str], Luac]) -> None:
    chunk = variant(name)("-o", "-", path.name, cwd=path.parent)
    ours = aidec.compile(path.read_bytes(), name=f"@{path.name}")
    assert aidec.load(chunk).main == aidec.load(ours).main


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("luac-64", Header()),
        ("luac-c89", Header()),
        ("luac-32bits", Header(len_integer=4, len_number=4)),
        ("luac-m32", Header(len_size_t=4)),
    ],
)
def test_the_header_of_another_build_tells_its_widths(
    name: str, header: Header, variant: Callable[[str], Luac], tmp_path: Path
) -> None:
    (tmp_path / "script.lua").write_text("return 1")
    assert aidec.load(variant(name)("-o", "-", "script.lua", cwd=tmp_path)).header == header


@pytest.mark.parametrize("pattern", [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0xFFF4000000C0FFEE])
@pytest.mark.parametrize("is_big_endian", [False, True])
def test_a_nan_keeps_its_bits(pattern: int, *, is_big_endian: bool) -> None:
    nan = struct.unpack("<d", struct.pack("<Q", pattern))[0]
    chunk = aidec.load(write(with_constants((nan,), header=Header(is_big_endian))))
    assert bits(chunk.main.constants[0]) == pattern


@pytest.mark.parametrize("pattern", [0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFA0BEEF])
@pytest.mark.parametrize("is_big_endian", [False, True])
def test_a_nan_of_4_bytes_keeps_its_bits_at_the_top_of_8(pattern: int, *, is_big_endian: bool) -> None:
    data = write(with_constants((1.0,), header=Header(is_big_endian, len_number=4)))
    order = ">" if is_big_endian else "<"
    one, nan = struct.pack(f"{order}f", 1.0), struct.pack(f"{order}I", pattern)
    number = aidec.load(data.replace(one, nan)).main.constants[0]
    sign, payload = pattern >> 31, pattern & 0x7FFFFF
    assert bits(number) == sign << 63 | 0x7FF << 52 | payload << 29


@pytest.mark.parametrize("length", [0, 1, 39, 40, 41, 253, 254, 255, 300, 70_000])
@pytest.mark.parametrize("len_size_t", [4, 8])
def test_a_string_of_any_length_is_whole(length: int, len_size_t: int) -> None:
    string = bytes(n % 256 for n in range(length))
    chunk = aidec.load(write(with_constants((string, b"next"), header=Header(len_size_t=len_size_t))))
    assert chunk.main.constants == (string, b"next")


def test_luac_and_the_loader_agree_on_the_length_of_long_strings(luac: Luac, tmp_path: Path) -> None:
    lengths = [0, 39, 40, 41, 253, 254, 255, 300]
    (tmp_path / "script.lua").write_text(f"return {', '.join(repr('x' * length) for length in lengths)}")
    chunk = aidec.load(luac("-o", "-", "script.lua", cwd=tmp_path))
    assert chunk.main.constants == tuple(b"x" * length for length in lengths)


def test_a_string_stored_as_long_that_is_short_loads_all_the_same() -> None:
    data = write(with_constants((b"abc",)))
    longer = data.replace(b"\x04\x04abc", b"\x14\xff" + struct.pack("<Q", 4) + b"abc")
    assert aidec.load(longer) == aidec.load(data)


def test_any_boolean_byte_but_0_is_true() -> None:
    data = write(with_constants((True,)))
    assert aidec.load(data.replace(b"\x01\x01", b"\x01\x07")).main.constants == (True,)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (0, False), (1.0, True), (0.0, -0.0), (0.0, 0), (None, False), (b"1", 1)],
)
def test_chunks_with_unlike_constants_differ(one: Constant, other: Constant) -> None:
    assert with_constants((one,)) != with_constants((other,))


def test_chunks_with_the_same_nan_are_equal() -> None:
    assert with_constants((float("nan"),)) == with_constants((float("nan"),))


def test_chunks_with_unlike_nans_differ() -> None:
    assert with_constants((float("nan"),)) != with_constants((-float("nan"),))


@pytest.mark.parametrize(
    "change",
    [
        {"source": None},
        {"line_defined": 1},
        {"last_line_defined": 1},
        {"num_params": 1},
        {"is_vararg": 0},
        {"max_stack_size": 1},
        {"code": array("I")},
        {"constants": ()},
        {"upvalues": ()},
        {"protos": ()},
        {"line_info": array("i")},
        {"local_vars": ()},
        {"num_upvalue_names": 0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_functions_that_differ_in_one_field_differ(change: dict[str, Any]) -> None:
    assert replace(RICH, **change) != RICH


@given(chunk=chunks)
def test_equal_chunks_have_equal_hashes(chunk: Chunk) -> None:
    assert hash(aidec.load(write(chunk))) == hash(chunk)


def test_a_function_equals_nothing_but_a_function() -> None:
    assert Proto() != (None,)


def test_a_path_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "script.luac"
    path.write_bytes(write(Chunk(Header(), 2, RICH)))
    assert aidec.load(path).main == RICH


def test_a_path_in_a_str_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "script.luac"
    path.write_bytes(write(Chunk(Header(), 2, RICH)))
    assert aidec.load(str(path)).main == RICH


def test_an_open_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "script.luac"
    path.write_bytes(write(Chunk(Header(), 2, RICH)))
    with path.open("rb") as file:
        assert aidec.load(file).main == RICH


def test_a_file_in_memory_is_loaded() -> None:
    assert aidec.load(io.BytesIO(write(Chunk(Header(), 2, RICH)))).main == RICH


def test_a_path_that_is_not_there_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        aidec.load("no/such/chunk.luac")


@pytest.mark.parametrize(
    "thing", [Header(), Upvalue(None, 0, 0), LocalVar(None, 0, 0), Proto(), Chunk(Header(), 0, Proto())]
)
def test_nothing_of_a_chunk_can_be_assigned(thing: object) -> None:
    for name in type(thing).__slots__:  # type: ignore[attr-defined]  # object has none, these classes do
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, None)


@pytest.mark.parametrize("is_enabled", [True, False])
@pytest.mark.parametrize("data", [write(Chunk(Header(), 2, RICH)), b"no chunk"], ids=["good", "bad"])
def test_the_garbage_collector_is_left_as_it_was(data: bytes, *, is_enabled: bool) -> None:
    (gc.enable if is_enabled else gc.disable)()
    try:
        with contextlib.suppress(aidec.ChunkError):
            aidec.load(data)
        assert gc.isenabled() == is_enabled
    finally:
        gc.enable()


def test_a_load_leaves_nothing_to_the_garbage_collector() -> None:
    data = write(Chunk(Header(), 2, RICH))
    aidec.load(data)
    gc.collect()
    gc.disable()
    try:
        aidec.load(data)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_walk_yields_each_function_before_those_inside_it() -> None:
    tree = Proto(num_params=1, protos=(Proto(num_params=2, protos=(Proto(num_params=3),)), Proto(num_params=4)))
    assert [proto.num_params for proto in tree.walk()] == [1, 2, 3, 4]


def test_functions_nested_200_deep_can_be_compared_and_shown() -> None:
    deep = Proto()
    for _ in range(200):
        deep = Proto(protos=(deep,))
    chunk = aidec.load(write(Chunk(Header(), 0, deep)))
    assert (chunk.main == deep, repr(chunk).count("Proto(")) == (True, 201)
