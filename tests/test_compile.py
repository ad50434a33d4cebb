"""The embedded Lua compiles what luac 5.3 compiles, to the same bytes, and refuses what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LUA_FILES, Luac

import aidec
from aidec.bytecode import OPCODES, Instruction

DEEP: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "return " + "(" * n + "1" + ")" * n,
    "functions": lambda n: "return " + "function() return " * n + "1" + " end" * n,
    "local functions": lambda n: "local function f() " * n + "end " * n,
    "blocks": lambda n: "do " * n + "end " * n,
    "loops": lambda n: "while x do " * n + "end " * n,
    "tables": lambda n: "return " + "{" * n + "}" * n,
    "operators": lambda n: "return " + "- " * n + "x",
    "concatenations": lambda n: "return x" + " .. x" * n,
    "assignments": lambda n: "a" + ", a" * n + " = 1",
}
"""Sources that nest one construct to any depth; Lua's limit is some way below 200 levels, which one differs."""


def names(letter: str, separator: str = ", ") -> str:
    return separator.join([f"{letter}{n}" for n in range(150)])


ERRORS = {
    "a missing name": "local = 1",
    "an unfinished string": 'x = 1\ny = "abc\nz = 2',
    "a missing end": "if x then\n\n  f()\n",
    "a bad escape": 'return "\\q"',
    "a bad number": "return 3..2",
    "a jump to nowhere": "goto nowhere",
    "a break outside a loop": "\n\nbreak",
    "an attribute of Lua 5.4": "local x <const> = 1",
    "a byte that is not UTF-8": "return \udcff",
    "too many local variables": "local a\n" * 201,
    "too many upvalues": f"local {names('a')}\nreturn function()\n  local {names('b')}\n"
    f"  return function()\n    return {names('a', ' + ')} + {names('b', ' + ')}\n  end\nend",
    "too many registers": f"return {names('a')}, {names('b')}",
}


def chunk_by_luac(luac: Luac, folder: Path, source: bytes, *options: str) -> bytes:
    (folder / "script.lua").write_bytes(source)
    return luac("-o", "-", *options, "script.lua", cwd=folder)


def test_a_source_compiles_to_the_bytes_of_luac(lua_file: Path, luac: Luac) -> None:
    expected = luac("-o", "-", lua_file.name, cwd=lua_file.parent)
    assert aidec.compile(lua_file.read_bytes(), name=f"@{lua_file.name}") == expected


def test_a_source_compiles_with_strip_to_the_bytes_of_luac_s(lua_file: Path, luac: Luac) -> None:
    expected = luac("-s", "-o", "-", lua_file.name, cwd=lua_file.parent)
    assert aidec.compile(lua_file.read_bytes(), name=f"@{lua_file.name}", strip=True) == expected


def test_a_table_of_a_quarter_million_constants_compiles_to_the_bytes_of_luac(tmp_path: Path, luac: Luac) -> None:
    source = huge_table()
    assert aidec.compile(source, name="@script.lua") == chunk_by_luac(luac, tmp_path, source)


def test_the_sources_make_luac_write_every_opcode() -> None:
    sources = [path.read_bytes() for path in LUA_FILES] + [huge_table()]
    chunks = [aidec.load(aidec.compile(source, strip=True)) for source in sources]
    words = {word for chunk in chunks for proto in chunk.main.walk() for word in proto.code}
    assert {Instruction(word).opcode for word in words} == set(OPCODES[:47])


def huge_table() -> bytes:
    """A source whose constants do not fit Bx (LOADKX) and whose items do not fit SETLIST's C (EXTRAARG)."""
    return b"return {" + b",".join([b"%d" % n for n in range((1 << 18) + 3)]) + b"}"


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfreturn 1",
        b"\xef\xbb\xbf#!/usr/bin/lua\nreturn 1",
        b"\xef\xbb\xbf",
        b"#",
        b"#!/usr/bin/lua",
        b"#\n\nreturn 1",
        b"#!/usr/bin/lua\r\nerror()\r\nerror()\n\rerror()",
    ],
)
def test_a_byte_order_mark_and_a_first_line_with_a_hash_are_skipped_as_luac_skips_them(
    source: bytes, tmp_path: Path, luac: Luac
) -> None:
    assert aidec.compile(source, name="@script.lua") == chunk_by_luac(luac, tmp_path, source)


def test_a_hash_in_the_second_line_is_no_comment() -> None:
    with pytest.raises(aidec.CompileError, match=r"^script\.lua:2: "):
        aidec.compile("\n#!/usr/bin/lua", name="@script.lua")


def test_every_byte_in_a_string_compiles_to_the_bytes_of_luac(tmp_path: Path, luac: Luac) -> None:
    raw = bytes(byte for byte in range(256) if byte not in b'"\\\n\r')
    source = b'local s = "' + raw + b'" return s, [[' + bytes(range(256)).replace(b"]", b"") + b"]]"
    assert aidec.compile(source, name="@script.lua") == chunk_by_luac(luac, tmp_path, source)


@pytest.mark.parametrize("length", [39, 40, 41, 252, 253, 254, 255, 300])
def test_a_string_of_any_length_compiles_to_the_bytes_of_luac(length: int, tmp_path: Path, luac: Luac) -> None:
    source = b"return '" + b"x" * length + b"'"
    assert aidec.compile(source, name="@script.lua") == chunk_by_luac(luac, tmp_path, source)


def test_a_long_chunk_name_is_whole_in_the_chunk(tmp_path: Path, luac: Luac) -> None:
    name = "folder/" * 20 + "script.lua"
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("a = 1")
    assert aidec.compile("a = 1", name=f"@{name}") == luac("-o", "-", name, cwd=tmp_path)


def test_a_str_is_compiled_as_utf_8() -> None:
    assert aidec.compile("return 'é'") == aidec.compile(b"return '\xc3\xa9'")


@pytest.mark.parametrize("source", ERRORS.values(), ids=ERRORS.keys())
def test_a_syntax_error_is_told_in_the_words_of_luac(source: str, tmp_path: Path, luac: Luac) -> None:
    data = source.encode("utf-8", "surrogateescape")
    (tmp_path / "script.lua").write_bytes(data)
    _, _, message = luac("-p", "script.lua", cwd=tmp_path, fails=True).decode().partition(": ")
    with pytest.raises(aidec.CompileError) as caught:
        aidec.compile(data, name="@script.lua")
    assert f"{caught.value}\n" == message


def test_a_syntax_error_under_a_long_name_tells_the_whole_name() -> None:
    name = "a" * 200 + ".lua"
    with pytest.raises(aidec.CompileError, match=rf"^{name}:2: "):
        aidec.compile("\n=", name=f"@{name}")


def test_compiling_never_runs_the_script(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    aidec.compile(f'io.open("{trace}", "w"):close() os.exit(3)')
    assert not trace.exists()


def test_one_compilation_leaves_nothing_behind_for_the_next() -> None:
    before = aidec.compile("return string")
    aidec.compile("string = nil load = nil")
    assert aidec.compile("return string") == before


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"#!/usr/bin/lua\n"], ids=["", "mark", "hash"])
def test_a_precompiled_chunk_is_not_compiled(prefix: bytes) -> None:
    with pytest.raises(aidec.CompileError, match=r"^x\.luac:"):
        aidec.compile(prefix + aidec.compile("return 1"), name="@x.luac")


@pytest.mark.parametrize("nest", DEEP.values(), ids=DEEP.keys())
def test_the_deepest_source_that_luac_compiles_compiles_to_its_bytes(
    nest: Callable[[int], str], tmp_path: Path, luac: Luac
) -> None:
    deepest = max(depth for depth in range(90, 201) if compiles(nest(depth)))
    assert aidec.compile(nest(deepest), name="@script.lua") == chunk_by_luac(luac, tmp_path, nest(deepest).encode())


@pytest.mark.parametrize("nest", DEEP.values(), ids=DEEP.keys())
def test_a_source_one_level_deeper_fails_in_luac_too(nest: Callable[[int], str], tmp_path: Path, luac: Luac) -> None:
    too_deep = min(depth for depth in range(90, 202) if not compiles(nest(depth)))
    (tmp_path / "script.lua").write_text(nest(too_deep))
    assert b"too many C levels (limit is 200)" in luac("-p", "script.lua", cwd=tmp_path, fails=True)


def compiles(source: str) -> bool:
    try:
        aidec.compile(source)
    except aidec.CompileError:
        return False
    return True
