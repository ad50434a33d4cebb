"""Each instruction has the token that luac attributes it to, and tokens go to the lines that a chunk has for them."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace
from pathlib import Path

import lua_trees
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aidec
from aidec.bytecode import Chunk, strip
from aidec.decompiler.placement import placed
from aidec.decompiler.places import instruction_spans, walk
from aidec.lua.lines import LINE_BREAK
from aidec.lua.nodes import Main
from aidec.lua.printer import to_source
from aidec.lua.tree import parse
from aidec.lua.words import tokens

LUA = sorted((Path(__file__).parent / "lua").glob("*.lua"))
NAME = "@a file.lua"


def chunk_of(source: bytes | str) -> Chunk:
    return aidec.load(aidec.compile(source, NAME))


def on_lines(source: bytes | str, lines_of: bytes | str | Chunk) -> str:
    """The canonical text of a source on the lines of another, or of a chunk."""
    chunk = lines_of if isinstance(lines_of, Chunk) else chunk_of(lines_of)
    return placed(to_source(parse(source)), chunk.main).decode()


def scattered(source: bytes, seed: int) -> bytes:
    """The tokens of a source, with line breaks between some of them."""
    rng = random.Random(seed)  # noqa: S311
    often = rng.random()
    gaps = [b"\n" * rng.choice([1, 1, 1, 2, 5]) if rng.random() < often else b" " for _ in source]
    return b"".join(gap + source[start:end] for gap, (start, end) in zip(gaps, tokens(source), strict=False))


def assert_spans_are_those_of_luac(source: bytes) -> None:
    spans = instruction_spans(source)
    functions = dict(walk(chunk_of(source).main))
    assert spans.keys() == functions.keys()
    for path, proto in functions.items():
        lines = [1 + len(LINE_BREAK.findall(source[:end])) for _, end in spans[path]]
        assert lines == proto.line_info.tolist()


@pytest.mark.parametrize("path", LUA, ids=lambda path: path.stem)
def test_the_tokens_of_a_file_stand_in_the_lines_that_luac_writes(path: Path) -> None:
    source = path.read_bytes().replace(b"#!", b"--")
    assert_spans_are_those_of_luac(source)
    assert_spans_are_those_of_luac(scattered(source, 1))


@pytest.mark.parametrize("path", LUA, ids=lambda path: path.stem)
def test_a_file_is_laid_out_on_its_own_lines(path: Path) -> None:
    source = path.read_bytes()
    assert chunk_of(on_lines(source, source)) == chunk_of(source)
    scattered_source = scattered(source, 2)
    assert chunk_of(on_lines(source, scattered_source)) == chunk_of(scattered_source)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(lua_trees.trees, st.integers(0, 2**32))
def test_any_program_is_laid_out_on_any_lines(tree: Main, seed: int) -> None:
    source = to_source(tree)
    try:
        chunk = chunk_of(scattered(source, seed))
    except aidec.CompileError:
        return
    assert_spans_are_those_of_luac(source)
    assert chunk_of(placed(source, chunk.main)) == chunk


def test_an_instruction_has_the_token_that_luac_had_read() -> None:
    source = b"local a = f(x, 1) + b.c\nif not a then goto done end\n::done::"
    found = [source[start:end].decode() for start, end in instruction_spans(source)[()]]
    assert found == ["f", ",", ")", "f", "b", "c", "+", "then", "then", "::"]


def test_a_jump_at_the_start_of_a_text_has_no_token() -> None:
    assert instruction_spans(b"\n\ngoto done ::done::")[()] == [(0, 0), (18, 20)]
    assert on_lines("goto done ::done::", "\n\ngoto done\n::done::") == "\n\ngoto done\n::done::\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a then b() end\nc()", "if a then b() end\nc()\n"),
        ("\n\nlocal a = 1 -- one\n\n\nreturn a", "\n\nlocal a = 1\n\n\nreturn a\n"),
        ("local t = {\n a = 1,\n b = 2,\n}\nf()", "local t = {\n    a = 1,\n    b = 2\n}\nf()\n"),
        ("f(a,\n  b)", "f(a,\n    b)\n"),
        ("return f(\n)", "return f(\n)\n"),
        ("f(function()\n  return 1 end)", "f(function()\n    return 1 end)\n"),
        ("local s = a ..\n b\n  .. c()", "local s = a ..\n    b\n    .. c()\n"),
        ("while a do\n if b then\n  c()\n end end\nd()", "while a do\n    if b then\n        c()\n    end end\nd()\n"),
        ("local s = 'a\\nb' .. c", "local s = \"a\\nb\" .. c\n"),
        ("local s = [[a\nb]]\nf()", "local s = [[a\nb]]\nf()\n"),
        ("local s = [[\na\nb]]\nf()", "local s = [[\na\nb]]\nf()\n"),
        ("do\n local a = 1 do local b = a end\nend\nf()", "do\n    local a = 1 do local b = a end\nend\nf()\n"),
    ],
)  # fmt: skip
def test_line_breaks_stand_where_a_person_would_put_them(source: str, expected: str) -> None:
    assert on_lines(source, source).replace(" -- one", "") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return (\n    a .. b\n)", "return (\n    a .. b\n)\n"),
        ("x = (\n  a.b -\n  c({d = 1}).e\n)\nf()", "x = (\n    a.b -\n    c({d = 1}).e\n)\nf()\n"),
    ],
)
def test_parentheses_that_the_lines_show_are_put_back(source: str, expected: str) -> None:
    assert "(" not in to_source(parse(source)).decode().partition("c(")[0]
    assert on_lines(source, source) == expected
    assert chunk_of(expected) == chunk_of(source)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (
            "while a do\n  if b then\n    break\n  else\n    c()\n    d = 1\n  end\nend",
            "while a do if b then break end c() d = 1 end",
        ),
        (
            "while a do\n if b then goto e else\n  if c then d() elseif f then g() end\n  h = 1\n end\nend ::e::",
            "while a do if b then goto e end if c then d() elseif f then g() end h = 1 end ::e::",
        ),
        (
            "while a do\n  if x then if b then break else\n c = 1\n  end else d() end\nend",
            "while a do if x then if b then break end c = 1 else d() end end",
        ),
    ],
)
def test_an_else_part_that_the_lines_show_is_put_back(source: str, printed: str) -> None:
    laid_out = on_lines(printed, source)
    assert laid_out.split() == source.split() != printed.split()
    assert chunk_of(laid_out) == chunk_of(source)


def test_comments_move_no_line() -> None:
    program = b"-- head\nlocal a = 1\n-- above\nf(a) -- behind\ng() --[[ long\n]]\n"
    main = chunk_of("local a = 1 f(a)\ng()").main
    assert placed(program, main) == b"local a = 1 f(a) -- head -- above -- behind\ng()\n"
    main = chunk_of("\nlocal a = 1\n\nf(a)\n\ng()").main
    assert placed(program, main) == b"-- head\nlocal a = 1\n-- above\nf(a) -- behind\n\ng()\n"
    assert placed(b"-- head\nreturn 1\n", chunk_of("return 1").main) == b"return 1\n-- head\n"
    assert placed(b"-- head\n", chunk_of("").main) == b"-- head\n"
    assert placed(b"", chunk_of("").main) == b""


def test_a_stripped_chunk_has_the_lines_of_functions() -> None:
    source = "\n\nlocal function f(x)\n if x then g(x) end return x end\n\n\nreturn f"
    chunk = strip(chunk_of(source))
    laid_out = on_lines(source, chunk)
    assert laid_out.startswith("\n\nlocal function f(x) if x then g(x) end return x\nend\n")
    assert strip(chunk_of(laid_out)) == chunk


def test_lines_that_contradict_each_other_give_most_instructions_theirs() -> None:
    chunk = chunk_of("a()\nb()\nc()\nd()\ne()")
    lines = array("i", chunk.main.line_info)
    assert lines.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]
    lines[2:4] = array("i", [90, 90])
    changed = replace(chunk, main=replace(chunk.main, line_info=lines))
    assert on_lines("a()b()c()d()e()", changed) == "a()\nb()\nc()\nd()\ne()\n"
    lines[2:4] = array("i", [2, 90])
    changed = replace(chunk, main=replace(chunk.main, line_info=lines))
    assert chunk_of(on_lines("a()b()c()d()e()", changed)).main.line_info.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]


@pytest.mark.parametrize("line", [0, -5, 2**31 - 1])
def test_lines_that_no_text_has_are_passed_over(line: int) -> None:
    chunk = chunk_of("a()\nb()")
    lines = array("i", [line] * len(chunk.main.line_info))
    changed = replace(chunk, main=replace(chunk.main, line_info=lines))
    assert on_lines("a()b()", changed) == "a()\nb()\n"


def test_a_function_with_other_instructions_has_the_lines_of_its_first_and_last_token() -> None:
    laid_out = on_lines("local function f() return 1 end\ng()", "\nlocal function f()\n\nx()\nend\n\n\ng()")
    assert laid_out == "\nlocal function f()\n    return 1\n\nend\n\n\ng()\n"


def test_a_program_has_the_spans_of_its_instructions_where_it_is_proven() -> None:
    chunk = strip(chunk_of("local n = 0 function f(t) n = n + #t end return f"))
    program = aidec.decompile(chunk)
    for function in program.functions:
        assert function.spans == instruction_spans(program.source)[function.path]
        assert function.spans is not None
        assert len(function.spans) == len(function.proto.code)
    program.functions[1].difference = "it was changed"
    assert program.functions[1].spans is None


def test_a_program_is_laid_out_on_the_lines_of_its_chunk() -> None:
    source = "\nfunction f(t)\n  if t then\n    return 1\n  end\nend\n\n\nreturn f"
    chunk = chunk_of(source)
    program = aidec.decompile(chunk, lines=True)
    assert chunk_of(program.source) == chunk
    assert program.source.startswith(b"-- Decompiled by aidec")
