"""Dialects: declared in YAML, read, rendered, verified, and written byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from chunk_writer import fields, write
from conftest import LUA_FILES
from dialect_writer import CONTENTS, DIALECTS, PERMUTATIONS, Written
from test_load import RICH

import aidec
from aidec.bytecode import Chunk, Header, Proto, loader
from aidec.bytecode.dialect import Dialect, as_yaml, find_dialect, shipped_dialects
from aidec.packs.roundtrip import RoundTrip, check_written

every = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


@pytest.fixture
def declared(dialect: Written, tmp_path: Path) -> Dialect:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\n" + dialect.yaml)
    return find_dialect(path)


def compiled(path: Path, header: Header) -> Chunk:
    chunk = aidec.load(aidec.compile(path.read_bytes(), name=f"@{path.name}"))
    main = chunk.main
    if header.len_int == 8:
        main = aidec.load(write(replace(chunk, header=Header(len_int=8)))).main
    return Chunk(header, chunk.num_upvalues, main)


@every
def test_every_construct_is_read_verified_and_written_byte_for_byte(dialect: Written, declared: Dialect) -> None:
    chunks = []
    for path in LUA_FILES:
        chunk = compiled(path, dialect.header)
        try:
            data = dialect.write(chunk)
        except OverflowError:  # a number that its widths have no room for
            continue
        found = aidec.load(data, declared)
        assert found == aidec.load(write(chunk)), path.name
        assert aidec.dump(found, declared) == data
        check_written(found, data, declared)
        chunks.append(found)
    assert len(chunks) > len(LUA_FILES) / 2
    sample = chunks[::9]
    assert len(list(RoundTrip("compact").all_bytes(sample, [None] * len(sample)))) == len(sample)


@every
def test_every_kind_of_field_is_read_and_written(dialect: Written, declared: Dialect) -> None:
    chunk = Chunk(dialect.header, 2, RICH)
    main = aidec.load(write(chunk)).main
    data = dialect.write(chunk)
    assert aidec.load(data, declared).main == main
    assert aidec.dump(Chunk(dialect.header, 2, main), declared) == data


@every
def test_the_parser_in_python_reads_the_same(
    dialect: Written, declared: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dialect.write(Chunk(dialect.header, 2, RICH))
    expected = aidec.load(data, declared)
    monkeypatch.setattr(loader, "_compiled", None)
    assert aidec.load(data, declared) == expected


@every
def test_a_dialect_is_the_same_when_printed_and_read_again(declared: Dialect, tmp_path: Path) -> None:
    (tmp_path / "again.yaml").write_text("\n".join(as_yaml(declared)))
    assert find_dialect(tmp_path / "again.yaml") == declared


@every
def test_a_chunk_of_a_dialect_cut_at_any_byte_is_refused(dialect: Written, declared: Dialect) -> None:
    data = dialect.write(Chunk(dialect.header, 0, Proto(constants=(b"abc", 1, True))))
    for end in range(len(data)):
        with pytest.raises(aidec.ChunkError) as caught:
            aidec.load(data[:end], declared)
        assert 0 <= caught.value.offset <= end


@pytest.mark.parametrize("dialect", [CONTENTS["an end, and zeros"]])
def test_the_offset_of_an_error_is_that_in_the_file(declared: Dialect, dialect: Written) -> None:
    data = dialect.write(Chunk(Header(), 2, RICH)) + b"more"
    with pytest.raises(aidec.ChunkError, match=r"after the chunk, the end in the dialect 'own'") as caught:
        aidec.load(data, declared)
    assert caught.value.offset == len(write(Chunk(Header(), 2, RICH)))


def test_the_offset_after_another_header_is_that_in_the_file() -> None:
    header = b"".join(data for path, data in fields(Chunk(Header(), 0, Proto())) if path.startswith("header."))
    own = header.replace(b"\0\x19\x93", b"\1\x19\x93").replace(b"\4\x08\4\x08\x08", b"\4\4\x08\x08")
    with pytest.raises(aidec.ChunkError) as caught:
        aidec.load(own + bytes(3), "format-1")
    assert caught.value.offset == len(own) + 2


def test_the_shipped_file_of_the_official_dialect_says_what_is_official() -> None:
    official = find_dialect("official")
    assert replace(official, name="", description="") == Dialect("")


@pytest.mark.parametrize("name", shipped_dialects())
def test_a_shipped_dialect_has_the_name_of_its_file(name: str) -> None:
    dialect = find_dialect(name)
    assert (dialect.name, bool(dialect.description)) == (name, True)
    assert aidec.load(aidec.dump(Chunk(Header(), 2, RICH), name), name).main == RICH


def test_what_follows_a_chunk_is_kept_where_the_dialect_takes_any() -> None:
    data = write(Chunk(Header(), 2, RICH)) + b"signed"
    chunk = aidec.load(data, "followed")
    assert (chunk.rest, aidec.dump(chunk, "followed")) == (b"signed", data)
    with pytest.raises(aidec.WriteError, match="6 bytes follow the chunk"):
        aidec.dump(chunk)
    with pytest.raises(aidec.AidecError, match="compact lost rest"):
        list(RoundTrip("compact").all_bytes([chunk], [None]))


@pytest.mark.parametrize("dialect", [PERMUTATIONS["permutation 1"]])
def test_an_opcode_that_is_not_known_is_refused(dialect: Written, tmp_path: Path) -> None:
    yaml = "".join(line for line in dialect.yaml.splitlines(keepends=True) if "  ADD:" not in line) + "  ADD: unknown\n"
    (tmp_path / "part.yaml").write_text(yaml)
    chunk = aidec.load(aidec.compile("return function(a, b) return a + b end"))
    with pytest.raises(aidec.DialectError, match=r"^main.protos\[0\].code\[0\]: opcode .* it may be ADD$"):
        aidec.load(dialect.write(chunk), tmp_path / "part.yaml")
    with pytest.raises(aidec.WriteError, match="does not know the number of ADD"):
        aidec.dump(chunk, tmp_path / "part.yaml")
    known = aidec.load(aidec.compile("return 1"))
    assert aidec.load(dialect.write(known), tmp_path / "part.yaml") == known


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (Header(len_size_t=4), "has 8 bytes for size_t, the chunk 4"),
        (Header(is_big_endian=True), "another byte order"),
    ],
)
def test_a_header_that_a_dialect_has_not_is_refused_in_writing(header: Header, problem: str, tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text("header:\n  - signature: 1b 4c\n")
    with pytest.raises(aidec.WriteError, match=problem):
        aidec.dump(Chunk(header, 0, Proto()), tmp_path / "bare.yaml")


@pytest.mark.parametrize(
    ("yaml", "problem"),
    [
        ("opcodes: {MOV: 1}", "1: opcodes: no opcode 'MOV' in Lua 5.3; did you mean MOVE?"),
        ("opcodes: {MOVE: 64}", "1: opcodes: expected a number from 0 to 63 for MOVE, or unknown, read '64'"),
        ("opcodes: {ADD: 14}", "opcodes: ADD and SUB both have 14"),
        ("name: x\nopcodes: {ADD: 14}", "2: opcodes: ADD and SUB both have 14"),
        ("header: []", "1: header: expected a list"),
        ("header: {signature: 1b}", "1: header: expected a list"),
        ("header:\n  - signature:", "2: signature: expected bytes in hexadecimal, such as 1b 4c 75 61, read none"),
        ("header:\n  - signature: 1b\n  - check_integer: 0", "3: check_integer: expected a number whose bytes tell"),
        ("header:\n  - signature: 1b\n  - check_integer: 0x1010101", "3: check_integer: expected a number whose bytes"),
        ("header:\n  - signature: 1b\n  - check_number: .nan", "3: check_number: expected a number whose bytes tell"),
        ("header:\n  - signature: 1b\n  - check_number: 1e300", "3: check_number: expected a number whose bytes tell"),
        ("constants: {nil: 4}", "1: constants: nil and short_string both have 4"),
        ("constants: {nil: 256}", "1: constants: expected a number from 0 to 255 for nil"),
        ("constants: {nul: 2}", "1: unknown key 'constants.nul'"),
        ("xor: 5", "1: xor: expected bytes in hexadecimal"),
        ("end: never", "1: end: expected nothing or any, read 'never'"),
        ("end: {multiple: 0}", "1: end.multiple: expected a number from 1"),
        ("header: format", "1: header: expected a list"),
        ("header:\n  - format: 1\n  - form: 2", "unknown key 'header.form'; did you mean format?"),
        ("header:\n  - format: 256", "2: format: expected a number from 0 to 255"),
        ("header:\n  - format: one", "2: format: expected a number, read 'one'"),
        ("header:\n  - int: 2", "2: header.int: expected any or 4 or 8, read '2'"),
        ("header:\n  - signature: 1b\n  - check_integer: 1\n  - integer: 8", "integer, a width, must come before"),
        ("header:\n  - int: 4", "expected the signature first"),
        ("header:\n  - format: 1\n  - format: 2", "3: header: format stands here twice"),
        ("absent: {int: 4}", "1: absent: int is in the header"),
        ("header:\n  - format: 1\nabsent: {byte_order: middle}", "expected little or big"),
        ("permutation: {}", "1: unknown key 'permutation'"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(yaml: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(yaml)
    with pytest.raises(aidec.DialectError) as caught:
        find_dialect(tmp_path / "bad.yaml")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(aidec.DialectError, match=r"no dialect 'format1', .*; did you mean format-1"):
        find_dialect("format1")
