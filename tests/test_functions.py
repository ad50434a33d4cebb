"""Functions by position: their texts, and that each compiles to the function that it has in its file."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from check_functions import moved, without_origins
from hypothesis import given
from hypothesis import strategies as st

import aidec
from aidec.bytecode import Chunk, Proto, strip
from aidec.lua import functions, structure
from aidec.lua.functions import FunctionSource, find_functions, upvalue_names
from aidec.lua.standalone import compile_alone


def compiled(source: bytes) -> Chunk:
    return aidec.load(aidec.compile(source))


def texts(source: bytes) -> list[bytes]:
    return [source[function.start : function.end] for function in find_functions(source, compiled(source))]


def family(chunk: Chunk, path: tuple[int, ...]) -> tuple[list[Proto], Proto]:
    """The functions around one, and the function."""
    parents = [chunk.main]
    for index in path:
        parents.append(parents[-1].protos[index])
    return parents[:-1], parents[-1]


def assert_texts_are_the_functions(source: bytes) -> list[FunctionSource]:
    chunk = compiled(source)
    found = find_functions(source, chunk)
    assert find_functions(source, strip(chunk)) == found
    assert len(found) == sum(1 for _ in chunk.main.walk()) - 1
    for function in found:
        parents, proto = family(chunk, function.path)
        alone = compile_alone(source[function.start : function.end], upvalue_names(proto, parents))
        alone = moved(alone, proto.line_defined - alone.line_defined)
        assert without_origins(alone) == without_origins(proto)
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"local function f(a) return a end", [b"local function f(a) return a end"]),
        (b"x = 1 function a.b.c:d(...) end y = 2", [b"function a.b.c:d(...) end"]),
        (b"local f = function (a, b) end", [b"function (a, b) end"]),
        (b"f{function() end, x = function() end}", [b"function() end", b"function() end"]),
        (b"function f() end;(function() end)()", [b"function f() end", b"function() end"]),
        (b"--[[function]] function --[==[]]x]==] f --a\n (--b\n a --c\n ) end", None),
        (b"s = 'function f() end' .. [[function g() end]] -- function h() end", []),
        (b"", []),
    ],
)
def test_the_text_of_a_function_is_exact(source: bytes, expected: list[bytes] | None) -> None:
    assert texts(source) == ([source[15:]] if expected is None else expected)
    assert_texts_are_the_functions(source)


def test_a_path_leads_through_the_functions_around_in_the_order_in_which_they_begin() -> None:
    source = b"function a() local function b() end return function() return function() end end end function c() end"
    found = assert_texts_are_the_functions(source)
    assert [function.path for function in found] == [(0,), (0, 0), (0, 1), (0, 1, 0), (1,)]


def test_functions_in_code_that_never_runs_have_protos() -> None:
    source = b"if false then function f() end end do return end"
    assert texts(source) == [b"function f() end"]
    assert (
        texts(b"local x = nil and function() end or 1 << 2 while false do f(function() end) end")
        == [b"function() end"] * 2
    )


def test_the_functions_of_each_construct_compile_to_themselves(lua_file: Path) -> None:
    assert_texts_are_the_functions(lua_file.read_bytes())


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r", b"\n\r"])
def test_line_breaks_of_any_kind_are_one_line_each(line_break: bytes) -> None:
    text = line_break.join([b"local function", b"f", b"(a)", b"", b"return a", b"end"])
    lines = [b"-- x", b"local s = 'a\\", b"b\\z ", b" c'", text]
    source = b"#!/bin/lua\n" + line_break.join([*lines, *lines])
    found = assert_texts_are_the_functions(source)
    assert [source[function.start : function.end] for function in found] == [text, text]


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbf",
        b"#!/usr/bin/lua function g() end\n",
        b"\xef\xbb\xbf# x\n",
        b"s = '\xff\x00\xc3' --\xff\n",
        b"--[[\x00\xe4\xb8]]\n",
        b"s = [==[\x00]]\xff\r]==] ",
        b"goto done ::done:: ; ; ",
        b"x = 7 // 2 ~ 1 << 0x.8p1 & ~3 ",
        b"s = 'a\\z   \n\t b\\x41\\u{48}\\\n' ",
        b'a, b = \'\\\\\', "\\"" ',
        b"\x0b\x0c",
    ],
)
def test_what_stands_before_a_function_does_not_move_it(before: bytes) -> None:
    source = before + b"local function f() return '\xff' end"
    assert texts(source) == [b"local function f() return '\xff' end"]
    assert_texts_are_the_functions(source)


@given(filling=st.binary(max_size=30).filter(lambda data: b"]]" not in data and not data.endswith(b"]")))
def test_any_bytes_in_a_comment_and_a_string_are_passed_over(filling: bytes) -> None:
    source = b"s = [[" + filling + b"]] --[[" + filling + b"]]\nfunction f(x) return [[" + filling + b"]] end"
    found = assert_texts_are_the_functions(source)
    assert len(found) == 1
    assert source[found[0].start :].startswith(b"function f(x)")


def test_functions_nest_as_deep_as_lua_allows() -> None:
    depth = 197
    source = b"local function f(x) " * depth + b"return x" + b" end" * depth
    with pytest.raises(aidec.CompileError, match="limit is 200"):
        compiled(b"do do do " + source + b" end end end")
    found = find_functions(source, compiled(source))
    assert [len(function.path) for function in found] == list(range(1, depth + 1))
    assert source[found[-1].start : found[-1].end] == b"local function f(x) return x end"


def test_more_upvalues_than_a_function_has_locals_are_declared_around_it() -> None:
    names = [f"v{number}" for number in range(250)]
    inner = f"return function() return {'+'.join(names)} end"
    source = f"local {','.join(names[:150])} function f() local {','.join(names[150:])} {inner} end".encode()
    found = assert_texts_are_the_functions(source)
    assert len(upvalue_names(family(compiled(source), found[1].path)[1])) == 250


def test_an_upvalue_is_named_by_the_debug_information() -> None:
    chunk = compiled(b"local a, b function f() return b, a, g end")
    assert upvalue_names(chunk.main.protos[0]) == ["b", "a", "_ENV"]
    assert upvalue_names(strip(chunk).main.protos[0], [strip(chunk).main]) == [None, None, None]


def test_an_upvalue_without_a_name_has_that_of_the_function_around() -> None:
    chunk = compiled(b"local a function f() return a, function() return a, g end end")
    outer = chunk.main.protos[0]
    inner = strip(Chunk(chunk.header, 1, outer.protos[0])).main
    assert upvalue_names(inner, [chunk.main, outer]) == ["a", "_ENV"]


def test_a_name_that_could_not_stand_in_a_source_is_none() -> None:
    proto = compiled(b"local a function f() return a end").main.protos[0]
    odd = replace(proto, upvalues=(replace(proto.upvalues[0], name=b"a; os.exit()"),))
    assert upvalue_names(odd) == [None]
    with pytest.raises(aidec.DatasetError, match="an upvalue without a name"):
        compile_alone(b"function() end", upvalue_names(odd))


@pytest.mark.parametrize(
    ("source", "other", "message"),
    [
        (
            b"function f() end",
            b"function f() end function g() end",
            "the main function holds 1 functions, 2 in the chunk",
        ),
        (b"function f() end function g() end", b"function f() end", "line 1: a function that the chunk does not have"),
        (
            b"\nfunction f() end",
            b"function f() end",
            "line 2: a function whose first line is 2 in the source, 1 in the",
        ),
        (b"function f() end", b"function f() \n end", "line 1: a function whose last line is 1 in the source, 2 in"),
        (b"function a:f() end", b"function a.f() end", "line 1: a function whose number of parameters is 1 in the"),
        (b"function f(...) end", b"function f() end", "line 1: a function whose being vararg is True in the source, F"),
        (
            b"function f()end function g()end",
            b"function f()function g()end end",
            "line 1: a function holds 0 functions",
        ),
        (b"function f() end\n x = = 1", b"function f() end", "line 2: the syntax can't be parsed"),
    ],
)
def test_a_chunk_of_another_text_is_refused_with_the_line(source: bytes, other: bytes, message: str) -> None:
    with pytest.raises(aidec.DatasetError) as error:
        find_functions(source, compiled(other))
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_text_that_is_too_long_is_refused_and_one_without_functions_is_not_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(functions, "MAX_BYTES", 20)
    assert find_functions(b"return {" + b"1," * 50 + b"}", compiled(b"return {1}")) == []
    source = b"function f() end -- and more"
    with pytest.raises(aidec.DatasetError, match="a source of 28 bytes; functions are told apart in at most 20"):
        find_functions(source, compiled(source))


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_lua", None)
    structure._parser.cache_clear()
    with pytest.raises(aidec.DatasetError, match=r"pip install 'aidec\[lua\]'"):
        texts(b"function f() end")


@pytest.mark.parametrize("text", [b"x = 1", b"function f() end function g() end", b"local x"])
def test_what_is_not_one_function_is_an_error(text: bytes) -> None:
    with pytest.raises(aidec.CompileError):
        compile_alone(text, [])
