"""The loader makes what a first sketch of the spec makes, the plain way, whatever machine wrote the chunk."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from pathlib import Path

import pytest
from chunk_writer import HEADERS, write
from conftest import LUA_FILES
from hypothesis import given
from hypothesis import strategies as st
from sketch import load as load_by_sketch
from strategies import chunks

import aidec
from aidec.bytecode import Chunk, Constant, Header, Proto


def fitting(proto: Proto, header: Header) -> Proto:
    """The function with constants that numbers of the header's widths can hold."""

    def fit(constant: Constant) -> Constant:
        if isinstance(constant, float) and header.len_number == 4:
            return ctypes.c_float(constant).value
        if type(constant) is int and header.len_integer == 4:
            return ctypes.c_int32(constant).value
        return constant

    constants = tuple(fit(constant) for constant in proto.constants)
    return replace(proto, constants=constants, protos=tuple(fitting(inner, header) for inner in proto.protos))


@pytest.mark.parametrize("path", LUA_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("strip", [False, True], ids=["whole", "stripped"])
def test_a_chunk_of_lua_is_that_of_the_sketch(path: Path, *, strip: bool) -> None:
    data = aidec.compile(path.read_bytes(), name=f"@{path.name}", strip=strip)
    assert aidec.load(data) == load_by_sketch(data)


@given(chunk=chunks, header=st.sampled_from(HEADERS))
def test_any_chunk_of_any_header_is_that_of_the_sketch(chunk: Chunk, header: Header) -> None:
    data = write(Chunk(header, chunk.num_upvalues, fitting(chunk.main, header)))
    assert aidec.load(data) == load_by_sketch(data)
