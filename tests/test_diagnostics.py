"""What Lua refuses has a stable kind, luac's line, and the exact place."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from check_lua import MUTATIONS, mutated, refusal_of_luac
from conftest import LUA_FILES
from hypothesis import given
from hypothesis import strategies as st

import aidec
from aidec.common.errors import CompileError
from aidec.common.settings import load_yaml
from aidec.lua.compile import compile_source
from aidec.lua.diagnostics import END, Diagnostic, check, diagnose, forms, kind_of
from aidec.lua.words import tokens

DECLARED = load_yaml(Path(__file__).with_name("data") / "compiler_messages.yaml")

FILLED = {
    "%s expected": ["'=' expected", "<name> expected", "<eof> expected", "'end' expected", "'::' expected"],
    "%s expected (to close %s at line %d)": [f"'{x}' expected (to close '{y}' at line 7)" for x, y in (")(", "}{")]
    + ["'until' expected (to close 'repeat' at line 7)"],
    "<%s> at line %d not inside a loop": ["<break> at line 7 not inside a loop"],
    "attempt to load a %s chunk (mode is '%s')": ["attempt to load a binary chunk (mode is 't')"],
}
"""Messages made of formats whose ``%s`` does not stand for a name."""


def numbered(letter: str, separator: str) -> str:
    """150 names."""
    return separator.join(f"{letter}{n}" for n in range(150))


SOURCES: dict[str, list[str]] = {
    "syntax": ["x = = 1", "x =", "f(", "a.b", "f() = 1", "local function f(\n a b) end", "for x 1", "x:y z", "f{1\n2}"],
    "unfinished string": ["x = 'abc\ny = 1", 'x = "abc', "x = 'abc\\\ndef\n", "x = 'abc\\"],
    "unfinished long string": ["x = [[abc", "x = [=[\n]]\n"],
    "unfinished long comment": ["x = 1 --[[abc\n", "--[==[ ]=]"],
    "invalid long string delimiter": ["x = [==a", "x = [="],
    "malformed number": [
        "return 3..2, 4",
        "x = 0x",
        "x = 1ee+5",
        "x = 3a",
        "x = 0xpp1",
        "x = .5.",
        "f(1, 2f)",
        "x=1e+",
    ],
    "invalid escape sequence": [r"x = 'a\q'", r"x = '\x4'", r"x = '\u41'", r"x = '\u{41x'", r"x = '\u{}'", "x = '\\xa"],
    "escape sequence too large": [r"x = 'a\300'", r"x = '\u{110000}'", r"x = '\097\256b'", r"x = '\u{FFFFFFFFFF}'"],
    "undefined label": ["goto a", "goto b goto c ::c::", "do\n goto d ::e:: end\n f()", "repeat goto f until x ::g::"],
    "jump into a scope": ["goto a local b ::a:: f(b)", "goto c\ngoto c local d\n::c:: f(d)"],
    "break outside a loop": ["break", "while x do end if y then break end", "do break break end", "f() break"],
    "repeated label": ["::a:: ::a::", "::a:: f() ::a", "::a::\n::\na\n::"],
    "vararg outside a vararg function": ["function f() return ... end", "f(function() g(...) end)"],
    "too many local variables": ["local a\n" * 201, f"local {', '.join('a' * 201)}", "do local a end " * 32768],
    "too many upvalues": [
        (
            f"local {numbered('a', ', ')}\nfunction f()\nlocal {numbered('b', ', ')}\n"
            f"return function() return {numbered('a', ' + ')} + {numbered('b', ' + ')} end end"
        ),
    ],
    "too many levels": [f"return {'(' * 300}", f"{'do ' * 300}", f"{'a,' * 300}a = 1", f"return {'{' * 300}"],
    "too many registers": [f"return {', '.join(f'a{n}' for n in range(300))}", f"f({'a(),' * 300})"],
    "control structure too long": [f"while x do {'a = 1 ' * 131072} end"],
    "too many labels": ["goto a " * 32768],
    "too many functions": ["f=function()end " * 262144],
    "another encoding": ["x\0=\x001\0", "x\0\0\0=\0\0\0"],
    "precompiled chunk": ["\x1bLua", "#!/usr/bin/lua\n\x1bLua"],
}
"""Sources that Lua refuses, by the kind."""

OUT_OF_REACH = {
    "token too long": "a token of 2^62 bytes",
    "too many lines": "2^31 line breaks",
    "too many items in a constructor": "2^31 items",
    "too many constants": "2^26 constants of one function, which take gigabytes",
    "too many instructions": "2^31 instructions of one function",
    "not enough memory": "a limit of memory; luac is given one below",
    "stack overflow": "a host that compiles deep inside a stack",
}
"""The kinds that no source of a reasonable length has."""


def said(row: list[str], via: str = "") -> list[str]:
    """Messages of a row of the declarations."""
    text = row[2]
    if via:
        text = f"too many {text} (limit is %d)" + " in function at line %d" * (via == "checklimit")
    return FILLED.get(text) or [text.replace("%d", "7").replace("%s", "name")]


MESSAGES = [(text, row[3]) for row in DECLARED["messages"] for text in said(row)] + [
    (text, row[3]) for via, rows in DECLARED["limits"].items() for row in rows for text in said(row, via)
]
REFUSED = [(kind, source) for kind, sources in SOURCES.items() for source in sources]


def strings_in(source: str) -> Iterator[tuple[str, str]]:
    """The functions and the strings of a C source, without those of tables."""
    source = re.sub(r"/\*.*?\*/|^#include.*?$", " ", source, flags=re.DOTALL | re.MULTILINE)
    function = None
    piece = re.compile(r"^\w[^\n;={]*?(\w+) \([^;{]*\)\s*\{|\"((?:[^\"\\]|\\.)*)\"|'(?:[^'\\]|\\.)+'", re.MULTILINE)
    for match in piece.finditer(source):
        function = match[1] or function
        if function and match[2] is not None:
            yield function, match[2]


@pytest.mark.parametrize("file", ["llex.c", "lparser.c", "lcode.c"])
def test_every_string_of_the_compilers_sources_is_declared(file: str, lua_sources: Path) -> None:
    rows = [*DECLARED["messages"], *(row for rows in DECLARED["limits"].values() for row in rows)]
    declared = {(row[1], row[4] if len(row) > 4 else row[2]) for row in rows if row[0] == file}
    declared |= {(name, text) for name, texts in DECLARED["others"].get(file, {}).items() for text in texts}
    assert set(strings_in((lua_sources / file).read_text())) == declared


@pytest.mark.parametrize("file", ["lmem.c", "lstring.c", "ltable.c", "ldo.c"])
def test_the_messages_of_the_rest_of_lua_are_in_its_sources(file: str, lua_sources: Path) -> None:
    source = (lua_sources / file).read_text()
    assert [row[2] for row in DECLARED["messages"] if row[0] == file and f'"{row[2]}"' not in source] == []


@pytest.mark.parametrize("via", DECLARED["limits"])
def test_what_is_counted_is_what_the_sources_pass_to_the_check(via: str, lua_sources: Path) -> None:
    call = re.compile(rf'{via}\s*\([^;"]*"([^"]*)"\)')
    passed = {word for file in ("lparser.c", "lcode.c") for word in call.findall((lua_sources / file).read_text())}
    assert passed == {row[2] for row in DECLARED["limits"][via]}


@pytest.mark.parametrize(("message", "kind"), MESSAGES)
@pytest.mark.parametrize("near", ["", " near 'x'", " near <eof>", " near ''a near <eof> at line 3'", " near '\n'"])
def test_each_message_has_one_form_of_its_kind(message: str, kind: str, near: str) -> None:
    assert [form.kind for form in forms() if form.says.fullmatch(message + near)] == [kind]
    assert kind_of(message + near) == kind


def test_each_form_is_that_of_a_message_or_of_our_own() -> None:
    ours = ["expected Lua source text, but this is a precompiled chunk"]
    ours += [f"expected text in UTF-8 or alike, but this is {encoding}" for encoding in ("UTF-16", "UTF-32")]
    messages = [text for text, _ in MESSAGES] + ours
    assert [form.says for form in forms() if not any(form.says.fullmatch(text) for text in messages)] == []


def test_a_message_that_lua_does_not_have_is_of_no_kind() -> None:
    with pytest.raises(LookupError, match="no kind: all is well"):
        kind_of("all is well")


def test_every_kind_has_a_source_or_is_out_of_reach() -> None:
    assert SOURCES.keys() | OUT_OF_REACH.keys() == {form.kind for form in forms()}
    assert SOURCES.keys() & OUT_OF_REACH.keys() == set()


@pytest.mark.parametrize(("kind", "source"), REFUSED, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(REFUSED)])
def test_a_source_is_refused_with_the_kind_and_the_message_of_luac(kind: str, source: str, tmp_path: Path) -> None:
    found = check(source, "@script.lua")
    assert found is not None
    assert found.kind == kind
    if kind != "precompiled chunk":  # luac reads these
        expected = refusal_of_luac(source.encode(), tmp_path)
        assert expected is not None
        if kind == "another encoding":  # luac speaks of the first character that it does not know
            return
        assert (found.message, found.kind) == (expected.message, expected.kind)
        assert expected.line in (found.line, None)


def test_luac_without_memory_is_refused_with_its_kind(tmp_path: Path) -> None:
    refused = refusal_of_luac(b"x = [[" + b"a" * 50_000_000 + b"]]", tmp_path, kilobytes=60_000)
    assert refused is not None
    assert refused.kind == "not enough memory"


def test_an_error_without_a_line_has_no_traceback() -> None:
    with pytest.raises(aidec.CompileError) as caught:
        aidec.compile("goto a " * 32768, name="@x.lua")
    assert str(caught.value) == "x.lua: too many labels/gotos (limit is 32767)"
    assert caught.value.line is None


def test_an_error_has_its_parts_and_keeps_them_when_it_is_sent() -> None:
    with pytest.raises(aidec.CompileError) as caught:
        aidec.compile("\nx = =", name="@x.lua")
    sent = pickle.loads(pickle.dumps(caught.value))
    assert (sent.name, sent.line, sent.problem) == ("x.lua", 2, "unexpected symbol near '='")
    assert str(sent) == str(caught.value) == "x.lua:2: unexpected symbol near '='"


PLACES = [
    ("x = = 1", (1, 5, "=", None)),
    ("x = = =", (1, 5, "=", None)),
    ("= = =", (1, 1, "=", None)),
    ("x, y z = 1", (1, 6, "z", "'='")),
    ("f(1, 2", (1, 7, END, "')'")),
    ("f(1,\n2\n", (3, 1, END, "')' to close '(' at line 1")),
    ("local x y z = 1", (1, 11, "z", None)),
    ("local function 1() end", (1, 16, "1", "<name>")),
    ("function f(a, 1) end", (1, 15, "1", "<name> or '...'")),
    ("for x 1", (1, 7, "1", "'=' or 'in'")),
    ("x:y z", (1, 5, "z", "function arguments")),
    ("x = 'é' é", (1, 10, "\\xc3", None)),
    ("\0", (1, 1, "\0", None)),
    ("\ufeff= 1", (1, 1, "=", None)),
    ("\ufeff#!/bin/lua\n= 1", (2, 1, "=", None)),
    ("#!/bin/lua\rstill the first line\n= 1", (2, 1, "=", None)),
    ("x = 1\r\ny = 2\n\rz = 3\rlocal = 1", (4, 7, "=", "<name>")),
    ("f([[a\nb]] [[c\nd]] 3)", (3, 1, "[[c\nd]]", "')' to close '(' at line 1")),
    ("f([[a\nb]] [[c]] 3)", (2, 5, "[[c]]", "')' to close '(' at line 1")),
    ("x = 'abc\ny = 1", (1, 5, "'abc", "a closing quote")),
    ("x = 'abc", (1, 9, END, "a closing quote")),
    ("x = 'abc\\\nde\n", (2, 1, "'abc\\\nde", "a closing quote")),
    ("x = [=[\n]]\n", (3, 1, END, "the end of the long string of line 1")),
    ("x = 1 --[[\n", (2, 1, END, "the end of the long comment of line 1")),
    ("x = [==a", (1, 5, "[==", "'['")),
    ("x = 1ee+5", (1, 5, "1ee", None)),
    ("x, y = 3..2, 4..5", (1, 8, "3..2", None)),
    ("x = '\\n\\\n\\q'", (2, 1, "\\q", None)),
    ("x = '\\z\n  \\n\\q'", (2, 5, "\\q", None)),
    (r"x = '\\\q'", (1, 8, r"\q", None)),
    (r"x = '\x4g'", (1, 6, r"\x4g", "a hexadecimal digit")),
    (r"x = '\u{41x'", (1, 6, r"\u{41x", "'}'")),
    (r"x = '\u41'", (1, 6, r"\u4", "'{'")),
    (r"x = '\65\256\300'", (1, 9, r"\256", "at most 255")),
    (r"x = '\u{10FFFF}\u{110000}'", (1, 16, r"\u{110000}", "at most 10FFFF")),
    ("goto b goto c goto d ::c:: ::b::", (1, 15, "goto d", None)),
    ("do goto e end goto e do ::e:: end", (1, 4, "goto e", None)),
    ("f()\ngoto  --[[x]] a\ng()", (2, 1, "goto  --[[x]] a", None)),
    ("goto c\n goto c; goto c local d\n::c:: f(d)", (1, 1, "goto c", None)),
    ("while x do break end break break", (1, 22, "break", None)),
    ("::a:: f() ::b:: ::a:: ::b::", (1, 17, "::a::", None)),
    ("::a:: f() ::a", (1, 11, "::a", None)),
    ("function f(x) return x, ... end", (1, 25, "...", None)),
    ("do local a end " * 32768, (1, 15 * 32767 + 10, "a", None)),
]


@pytest.mark.parametrize(("source", "expected"), PLACES)
def test_the_place_is_that_of_what_is_refused(source: str, expected: tuple[int, int, str, str | None]) -> None:
    found = check(source)
    assert found is not None
    assert (found.line, found.column, found.found, found.expected) == expected


def test_a_source_that_lua_compiles_has_nothing_wrong(lua_file: Path) -> None:
    assert check(lua_file.read_bytes()) is None


def test_the_error_of_a_compilation_is_explained_by_its_source() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source("return )", "@x.lua")
    assert diagnose("return )", caught.value) == Diagnostic(
        "syntax", 1, 8, 7, ")", None, "x.lua:1: unexpected symbol near ')'"
    )


@st.composite
def refused_sources(draw: st.DrawFn) -> bytes:
    """Sources of every construct, with some tokens dropped, doubled or swapped, or with any bytes in them, or cut."""
    source = draw(st.sampled_from(LUA_FILES)).read_bytes()
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(source)))
        how = draw(st.sampled_from((*MUTATIONS, "cut", "inserted")))
        if how in MUTATIONS:
            source = mutated(source, list(tokens(source)), how, place) or source
        elif how == "cut":
            source = source[:place]
        else:
            piece = st.sampled_from(
                (b"=", b"\\", b"'", b'"', b"[=", b"]]", b"\0", b"\xff", b"--[[", b"goto x ", b"::x::")
            )
            source = source[:place] + draw(piece | st.binary(max_size=3)) + source[place:]
    return source


def problem_of(source: bytes) -> str:
    """What the compiler says, without the line; empty if it says nothing."""
    try:
        compile_source(source)
    except CompileError as error:
        return error.problem
    return ""


@given(refused_sources())
def test_the_place_is_where_a_source_begins_to_be_refused(source: bytes) -> None:
    found = check(source)
    if found is None:
        assert aidec.compile(source)
        return
    problem = problem_of(source)
    end = found.offset + len(found.found.encode())
    if found.found == END:
        assert found.offset == len(source)
        assert problem.endswith("near <eof>")
        return
    if "\\x" not in found.found:
        assert source[found.offset : end].decode("utf-8", "backslashreplace") == found.found
    begins_in_line = found.column > 1 or found.offset == 0 or source[found.offset - 1] in b"\r\n"
    if b"\r" not in source and begins_in_line:
        assert found.line == source.count(b"\n", 0, found.offset) + 1
        assert found.column == found.offset - source.rfind(b"\n", 0, found.offset)
    if " at line " in problem and found.kind in ("undefined label", "jump into a scope"):
        renamed = source[: found.offset] + b"goto renamed_" + source[end:]
        assert "'renamed_'" in problem_of(renamed)
    elif found.kind not in ("break outside a loop", "repeated label"):
        assert problem_of(source[: found.offset]) != problem
        if found.kind == "syntax":
            assert problem_of(source[:end]) == problem
            near = problem.partition(" near ")[2]
            if found.found.isalnum():
                assert near == f"'{found.found}'"


@given(st.sampled_from(LUA_FILES), st.sampled_from(MUTATIONS), st.integers(0, 10_000))
def test_a_mutated_source_is_refused_as_luac_refuses_it(
    tmp_path_factory: pytest.TempPathFactory, path: Path, how: str, place: int
) -> None:
    source = path.read_bytes()
    source = mutated(source, list(tokens(source)), how, place % (len(source) + 1)) or source
    folder = tmp_path_factory.getbasetemp()
    expected, found = refusal_of_luac(source, folder), check(source, "@script.lua")
    assert (found and (found.kind, found.message)) == (expected and (expected.kind, expected.message))
    if found and expected:
        assert found.line == expected.line


def test_the_guide_lists_every_kind() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "howto" / "lua.md").read_text("utf-8")
    _, _, table = guide.partition("## Kinds of errors\n")
    assert set(re.findall(r"`([a-z ]+)`", re.sub(r"\|[^|]*\|$", "", table, flags=re.MULTILINE))) == {
        form.kind for form in forms()
    }
