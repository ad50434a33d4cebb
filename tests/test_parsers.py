"""The parser in C++ makes the chunks that the one in Python makes of the same spec, and refuses what that refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from chunk_writer import HEADERS, fields, write
from conftest import LUA_FILES
from hypothesis import given
from hypothesis import strategies as st
from strategies import chunks, far_chunk, fitting
from test_bad_chunks import EVERY_FIELD
from test_load import RICH

import aidec
from aidec.bytecode import Chunk, Header, python_parser

_compiled = pytest.importorskip("aidec.bytecode._compiled", reason="the extension was not built")

COUNTS = (-(2**63), -(2**31), -1, 0, 1, 2**31 - 1, 2**31, 2**32, 2**32 + 1, 2**61, 2**62, 2**62 + 1, 2**63 - 1)
"""Counts, lengths and widths at which a number in C++ ends or begins again."""


def by_python(data: bytes) -> Chunk | None:
    try:
        return python_parser.parse(data)
    except aidec.ChunkError:
        return None


@pytest.mark.parametrize("path", LUA_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("strip", [False, True], ids=["whole", "stripped"])
def test_a_chunk_of_lua_is_the_same(path: Path, *, strip: bool) -> None:
    data = aidec.compile(path.read_bytes(), name=f"@{path.name}", strip=strip)
    assert _compiled.parse(data) == python_parser.parse(data)


@given(chunk=chunks, header=st.sampled_from(HEADERS))
def test_any_chunk_of_any_header_is_the_same(chunk: Chunk, header: Header) -> None:
    data = write(Chunk(header, chunk.num_upvalues, fitting(chunk.main, header)))
    assert _compiled.parse(data) == python_parser.parse(data)


@pytest.mark.parametrize("chunk", [far_chunk, Chunk(Header(), 2, RICH)], ids=["far", "rich"])
def test_the_types_of_all_fields_are_the_same(chunk: Chunk) -> None:
    data = write(chunk)
    assert repr(_compiled.parse(data)) == repr(python_parser.parse(data))


@given(data=st.data(), header=st.sampled_from(HEADERS))
def test_bytes_that_were_changed_are_refused_alike(data: st.DataObject, header: Header) -> None:
    good = write(Chunk(header, 1, EVERY_FIELD))
    at = data.draw(st.integers(0, len(good)))
    number = data.draw(st.sampled_from(COUNTS)).to_bytes(8, "big" if header.is_big_endian else "little", signed=True)
    start, new = data.draw(st.tuples(st.integers(0, 8), st.binary(max_size=8) | st.just(number)))
    changed = good[:at] + new + good[at + start :]
    assert _compiled.parse(changed) == by_python(changed)


@pytest.mark.parametrize("is_big_endian", [False, True])
@pytest.mark.parametrize("count", COUNTS)
def test_counts_that_go_round_are_refused_alike(count: int, *, is_big_endian: bool) -> None:
    header = Header(is_big_endian, len_int=8)
    number = count.to_bytes(8, "big" if is_big_endian else "little", signed=True)
    every = list(fields(Chunk(header, 1, EVERY_FIELD)))
    wide = [i for i, (_, own) in enumerate(every) if len(own) == 8]
    assert len(wide) > 10
    for i in wide:
        data = b"".join([number if i == j else own for j, (_, own) in enumerate(every)])
        assert _compiled.parse(data) == by_python(data), every[i][0]


@pytest.mark.parametrize("data", [b"", b"\x1bLua", write(Chunk(Header(), 2, RICH))[:-1], b"no chunk"])
def test_what_is_no_chunk_is_none(data: bytes) -> None:
    assert _compiled.parse(data) is None


def test_the_parser_takes_bytes() -> None:
    with pytest.raises(TypeError, match="bytes"):
        _compiled.parse("text")


def test_a_parser_that_was_made_again_in_python_alone_is_the_one_that_is_used(tmp_path: Path) -> None:
    (tmp_path / "lua53_chunk.py").write_text("# of another spec")
    code = (
        "import sys, aidec.generated;"
        "aidec.generated.__file__ = sys.argv[1] or aidec.generated.__file__;"
        "import aidec.bytecode; print(sys.modules['aidec.bytecode.loader']._compiled)"
    )
    used = [
        subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True).stdout
        for path in (str(tmp_path / "__init__.py"), "")
    ]
    assert (used[0], used[1][:7]) == ("None\n", "<module")


def test_loading_and_writing_a_chunk_import_nothing_that_they_do_not_use(tmp_path: Path) -> None:
    (tmp_path / "rich.luac").write_bytes(write(Chunk(Header(), 2, RICH)))
    code = "import sys, aidec; aidec.dump(aidec.load(sys.argv[1])); print(*sys.modules)"
    command = [sys.executable, "-c", code, str(tmp_path / "rich.luac")]
    imported = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "aidec.bytecode._compiled" in imported
    assert not {"yaml", "kaitaistruct", "hashlib", "aidec.generated.lua53_chunk"} & set(imported)
