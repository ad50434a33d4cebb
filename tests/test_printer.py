"""The printer: what it prints is the same program, in one layout, with no parentheses but those that are needed."""

from __future__ import annotations

import math
import struct
from itertools import product
from pathlib import Path

import lua_trees
import pytest
from hypothesis import HealthCheck, assume, given, settings
from lua_programs import bytecode, differences

import aidec
from aidec.lua import printer
from aidec.lua.node import Comments
from aidec.lua.nodes import (
    BINARY_PRIORITY,
    UNARY_OPERATORS,
    Binary,
    Block,
    Break,
    Expression,
    FunctionBody,
    Index,
    Local,
    Main,
    Name,
    Number,
    Return,
    String,
    Unary,
    Variable,
)
from aidec.lua.printer import minify, to_source
from aidec.lua.tree import literal, parse

LUA = sorted((Path(__file__).parent / "lua").glob("*.lua"))


def canonical(source: str | bytes) -> str:
    return to_source(parse(source)).decode("latin-1")


def shortest(source: str | bytes) -> str:
    return minify(parse(source)).decode("latin-1")


def assert_same_program(source: bytes) -> None:
    assert list(differences(source)) == []


@pytest.mark.parametrize("path", LUA, ids=lambda path: path.stem)
def test_a_file_stays_the_same_program(path: Path) -> None:
    assert_same_program(path.read_bytes())


REFUSED = ("label", "jumps into the scope of local", "too many registers", "too many C levels")
"""What Lua may say of a tree that was made at random."""


def taken(tree: Main) -> bytes:
    """The text of a tree; one that Lua refuses for its labels or its depth is not tried."""
    text = to_source(tree)
    try:
        aidec.compile(text)
    except aidec.CompileError as error:
        assume(not any(words in str(error) for words in REFUSED))
        raise
    return text


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(lua_trees.trees)
def test_a_tree_prints_and_parses_back_to_itself(tree: Main) -> None:
    text = taken(tree)
    assert parse(text) == tree
    assert to_source(parse(text)) == text
    short = minify(tree)
    assert parse(short) == tree
    assert bytecode(short) == bytecode(text)
    assert len(short) <= len(text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return (f())", "return (f())"),
        ("return ((f()))", "return (f())"),
        ("return (f()), 1", "return f(), 1"),
        ("return (f)", "return f"),
        ("x = (...)", "x = ..."),
        ("x, y = (...)", "x, y = (...)"),
        ("x = {(f()), (f())}", "x = {f(), (f())}"),
        ("f((g()), (g()))", "f(g(), (g()))"),
        ("x = (f()) + 1", "x = f() + 1"),
        ("x = a ^ (-b)", "x = a ^ -b"),
        ("x = (-a) ^ b", "x = (-a) ^ b"),
        ("x = -(a ^ b)", "x = -a ^ b"),
        ("x = -(-x)", "x = - -x"),
        ("x = a - (-b)", "x = a - -b"),
        ("x = not (not x)", "x = not not x"),
        ("x = not (a == b)", "x = not (a == b)"),
        ("x = (a .. b) .. c", "x = (a .. b) .. c"),
        ("x = a .. (b .. c)", "x = a .. b .. c"),
        ("x = (a + b) + c", "x = a + b + c"),
        ("x = a + (b + c)", "x = a + (b + c)"),
        ("x = (a ^ b) ^ c", "x = (a ^ b) ^ c"),
        ("x = (a or b) and c", "x = (a or b) and c"),
        ("x = a or (b and c)", "x = a or b and c"),
        ("x = 2 ^ -(3 * x)", "x = 2 ^ -(3 * x)"),
        ("x = (2 ^ -3) * x", "x = 2 ^ -3 * x"),
        ('x = ("s"):rep(2)', 'x = ("s"):rep(2)'),
        ("x = ({}).y", "x = ({}).y"),
        ("(f)()", "f()"),
        ("(function() end)()", "(function() end)()"),
        ("((a or b)).c = 1", "(a or b).c = 1"),
        ('x = a["b"]["end"]', 'x = a.b["end"]'),
        ('x = {["y"] = 1, [1] = 2}', "x = {y = 1, [1] = 2}"),
        ("f{x = 1}", "f({x = 1})"),
        ("local x <const>"[:7], "local x"),
        ("a.b['c'].d()", "a.b.c.d()"),
    ],
)
def test_parentheses_stand_where_they_are_needed(source: str, expected: str) -> None:
    assert canonical(source) == expected + "\n"
    assert_same_program(source.encode())


OPERANDS = [Name("a"), Unary("-", Name("a")), Unary("not", Name("a")), Binary(Name("a"), "^", Name("b")), Number(-1)]


@pytest.mark.parametrize("operator", BINARY_PRIORITY)
def test_no_pair_of_parentheses_can_be_left_out(operator: str) -> None:
    inner = [*OPERANDS, *[Binary(Name("a"), other, Name("b")) for other in BINARY_PRIORITY]]
    for left, right in product(inner, inner):
        assert_minimal(Binary(left, operator, right))
    for unary, operand in product(UNARY_OPERATORS, inner):
        assert_minimal(Unary(unary, Binary(operand, operator, Name("c"))))
        assert_minimal(Binary(Unary(unary, operand), operator, Name("c")))


def assert_minimal(expression: Expression) -> None:
    text = to_source(Local([Variable("x")], [expression]))
    tree = parse(text)
    for start in [offset for offset, byte in enumerate(text) if byte == ord("(")]:
        end = closing(text, start)
        without = text[:start] + b" " + text[start + 1 : end] + b" " + text[end + 1 :]
        assert parse(without) != tree, text


def closing(text: bytes, start: int) -> int:
    depth = 0
    for offset in range(start, len(text)):
        depth += {ord("("): 1, ord(")"): -1}.get(text[offset], 0)
        if depth == 0:
            return offset
    raise AssertionError(text)


@pytest.mark.parametrize(
    ("source", "expected", "short"),
    [
        ("x = a;(f or g)()", "x = a\n;(f or g)()\n", "x=a;(f or g)()"),
        ("x = 1 (f or g)()", "x = 1\n(f or g)()\n", "x=1(f or g)()"),
        ("x = 'a' (f or g)()", 'x = "a"\n(f or g)()\n', 'x="a"(f or g)()'),
        ("f'a' ;(f or g)()", 'f("a")\n;(f or g)()\n', 'f"a";(f or g)()'),
        ("f{} ;(f or g).x = 1", "f({})\n;(f or g).x = 1\n", "f{};(f or g).x=1"),
        ("local x ;(f or g)()", "local x\n(f or g)()\n", "local x(f or g)()"),
        ("repeat until a[1] ;(f or g)()", "repeat until a[1]\n;(f or g)()\n", "repeat until a[1];(f or g)()"),
        ("x = -(a + b) ;(f or g)()", "x = -(a + b)\n;(f or g)()\n", "x=-(a+b);(f or g)()"),
        ("x = a -- c\n;(f or g)()", "x = a -- c\n;(f or g)()\n", "x=a;(f or g)()"),
        ("do end (f or g)()", "do end\n(f or g)()\n", "do end(f or g)()"),
        ("goto l ::l:: (f or g)()", "goto l\n::l::\n(f or g)()\n", "goto l::l::(f or g)()"),
    ],
)
def test_a_statement_that_starts_with_a_parenthesis_is_not_a_call(source: str, expected: str, short: str) -> None:
    assert canonical(source) == expected
    assert shortest(source) == short
    assert_same_program(source.encode())


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("x = 1 .. 2", "x=1 ..2"),
        ("x = 1 .. .5", "x=1 .. .5"),
        ("x = a .. ...", "x=a.. ..."),
        ("x = 0xA .. b", "x=10 ..b"),
        ("if 1 then return 2 end", "if 1 then return 2 end"),
        ("if a then return end", "if a then return end"),
        ("x = a[ [[b ]] ]", 'x=a["b "]'),
        ("x = a[ [[\"'\n\n\n]] ]", "x=a[ [[\"'\n\n\n]]]"),
        ("x = not (a)", "x=not a"),
        ("x = not (a == b)", "x=not(a==b)"),
        ("x = a - -b", "x=a- -b"),
        ("x = a ~ ~b", "x=a~~b"),
        ("x = (a)and(b)", "x=a and b"),
        ("x = f[[a]] .. g{1, 2}", 'x=f"a"..g{1,2}'),
        ("x = 100000.0 y = 0.5 z = 4294967296.0", "x=1e5 y=.5 z=4294967296."),
        ("local function f(a, ...) return a, ... end", "local function f(a,...)return a,...end"),
        ("for i = 1, 2 do end", "for i=1,2 do end"),
        ("return function() end", "return function()end"),
        ("a:b'c'", 'a:b"c"'),
        ("-- only a comment", ""),
    ],
)
def test_the_shortest_text(source: str, short: str) -> None:
    assert shortest(source) == short
    assert_same_program(source.encode())


COMMENTED = b"""#!/usr/bin/lua
-- first

-- second
local a = 1 -- behind
local t = { -- opens
    x = 1, -- field
    -- above
    y = {1, 2},

    z = f(), --[[ long
    one ]]
    -- last
}
if a then -- condition
    f()

    -- tail
elseif b then -- other
    -- alone
else --[[ none ]]
end
while true do --[[ forever ]]
end
return function() -- function
    -- empty
end -- end
-- the end
"""


def test_comments_stay_where_they_stand() -> None:
    assert to_source(parse(COMMENTED)) == COMMENTED
    assert_same_program(COMMENTED)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a + -- why\n b", "-- why\nx = a + b\n"),
        ("f(a, -- one\n b --[[two]])", "-- one\n--[[two]]\nf(a, b)\n"),
        ("x = 1 --[[a]] y = 2", "x = 1 --[[a]]\ny = 2\n"),
        ("--[[a]] x = 1", "--[[a]]\nx = 1\n"),
        ("t = {1, -- one\n 2}", "t = {\n    1, -- one\n    2,\n}\n"),
        ("x = 1 -- trailing blanks \t \r\n\r\ny = 2", "x = 1 -- trailing blanks\n\ny = 2\n"),
        ("do x = 1\n\n\n\ny = 2\n\nend", "do\n    x = 1\n\n    y = 2\nend\n"),
        ("-- nothing else", "-- nothing else\n"),
        ("if a --[[x]] then elseif b --[[y]] then end", "--[[x]]\n--[[y]]\nif a then elseif b then end\n"),
    ],
)
def test_comments_inside_a_statement_stand_before_it(source: str, expected: str) -> None:
    assert canonical(source) == expected
    assert_same_program(source.encode())


def test_long_tables_stand_on_lines_of_their_own() -> None:
    fields = ", ".join(f"field{number} = {number}" for number in range(7))
    assert canonical(f"x = {{{fields}}}") == f"x = {{{fields}}}\n"
    wide = canonical(f"x = {{{fields}, last = {{1, 2}}}}")
    assert wide.startswith("x = {\n    field0 = 0,\n")
    assert wide.endswith("    last = {1, 2},\n}\n")
    assert max(map(len, wide.split("\n"))) <= printer.WIDTH
    assert canonical("x = {function() return 1 end}") == "x = {\n    function()\n        return 1\n    end,\n}\n"


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "a" + "+a" * 5000,
        "x = f" + "()" * 5000,
        "x = a" + ".b" * 5000,
        "x = " + "(" * 150 + "a" + ")" * 150,
        "x = " + "{" * 150 + "}" * 150,
        "do " * 150 + "end " * 150,
        "x = " + "-" + " -" * 150 + "a",
        "x = " + " .. ".join("a" * 150),
    ],
)
def test_no_depth_is_too_much(source: str) -> None:
    tree = parse(source)
    assert parse(to_source(tree)) == tree == parse(minify(tree))


EXACT = """
    local value = load(...)()
    local kind = math.type(value)
    return kind, string.pack(kind == "float" and "<d" or "<j", value)
"""
BITS = {"integer": "<q", "float": "<d"}


@pytest.mark.parametrize(
    "value", [-1, -(2**63), -1.5, -0.0, 0.0, math.inf, -math.inf, math.nan, -math.nan, 1e15, 2**63 - 1]
)
@pytest.mark.parametrize("short", [False, True])
def test_a_number_of_a_chunk_returns_with_its_type_and_bits(value: float, short: bool) -> None:  # noqa: FBT001
    from lupa import lua53

    lua = lua53.LuaRuntime(encoding="latin-1", unpack_returned_tuples=True)
    zero = 0 if isinstance(value, int) else -0.0
    for expression in (Number(value), literal(value), Binary(literal(value), "+", literal(zero))):
        text = (minify if short else to_source)(Return([expression]))
        kind, packed = lua.execute(EXACT, text.decode())
        assert packed.encode("latin-1") == struct.pack(BITS[kind], value)
        assert kind == ("integer" if isinstance(value, int) else "float")


def test_negative_floats_are_operations() -> None:
    def text(expression: Expression) -> str:
        return to_source(expression).decode()

    assert text(Binary(Number(-2.0), "^", Number(2))) == "(-2.0) ^ 2"
    assert text(Binary(Number(2), "^", Number(-2.0))) == "2 ^ -2.0"
    assert text(Unary("-", Number(-2.0))) == "- -2.0"
    assert text(Index(Number(-2.0), String(b"x"))) == "(-2.0).x"
    assert text(Binary(Number(-2), "^", Number(2))) == "0xfffffffffffffffe ^ 2"
    assert text(Binary(Number(math.nan), "^", Number(2))) == "(-(0/0)) ^ 2"


def test_a_part_of_a_tree_is_printed() -> None:
    tree = parse("while x do\n  break\nend")
    loop = tree.body.statements[0]
    assert to_source(loop) == b"while x do\n    break\nend\n"
    assert to_source(tree.body) == to_source(tree)
    assert to_source(Break()) == b"break\n"
    assert to_source(Variable("x")) == b"x"


def test_functions_that_were_printed_before_are_taken_as_they_are() -> None:
    tree = parse("local f = {function(a) return a end, g} return function() f() end")
    first = next(node for node in tree.walk() if isinstance(node, FunctionBody))
    printed = {first: to_source(first)}
    assert printed[first] == b"(a)\n    return a\nend"
    assert parse(to_source(tree, printed=printed)) == tree
    printed[first] = b"(...)end"
    assert to_source(tree, printed=printed) == b"local f = {function(...)end, g}\nreturn function()\n    f()\nend\n"


def test_an_integer_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room in an integer of Lua"):
        to_source(Number(2**63))


def test_comments_of_a_tree_that_was_made_are_printed() -> None:
    tree = Main(Block([Return([], comments=Comments([b"", b"-- made"], [b"-- behind"]))]))
    assert to_source(tree) == b"\n-- made\nreturn -- behind\n"
