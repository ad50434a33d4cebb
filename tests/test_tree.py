"""Syntax trees: every node knows its place, literals are values, names are resolved, trees are data."""

from __future__ import annotations

import json
import math

import lua_trees
import pytest
from hypothesis import HealthCheck, given, settings
from lua_programs import name_differences

import aidec
from aidec.lua import structure
from aidec.lua.names import resolve
from aidec.lua.node import Node, Visitor, copy, rewrite
from aidec.lua.nodes import (
    Binary,
    Block,
    Call,
    CallStatement,
    Do,
    Function,
    FunctionBody,
    Goto,
    Label,
    Main,
    Name,
    Number,
    Parenthesized,
    Return,
    String,
    Table,
    Variable,
    While,
)
from aidec.lua.printer import to_source
from aidec.lua.tree import parse
from aidec.lua.tree_text import from_json, outline, to_json
from aidec.lua.variables import Global, LocalVariable, Upvalue

SOURCE = (
    b"""local a <const> = 1
""".replace(b" <const>", b"")
    + b"""
function a.b:c(x, ...)
    if x == "\\65\xff" then return (...) end
    for k, v in pairs(self) do print(k, v) end
end
return a
"""
)


def nodes_of(tree: Node, kind: type[Node]) -> list[Node]:
    return [node for node in tree.walk() if isinstance(node, kind)]


def text_of(source: bytes, node: Node) -> bytes:
    assert node.place is not None
    return source[node.place.start : node.place.end]


def test_every_node_knows_its_bytes_its_line_and_its_column() -> None:
    tree = parse(SOURCE)
    for node in tree.walk():
        assert node.place is not None
        start, end, line, column = node.place
        assert 0 <= start <= end <= len(SOURCE)
        lines = SOURCE[:start].split(b"\n")
        assert (line, column) == (len(lines), len(lines[-1]) + 1)
    assert [text_of(SOURCE, node) for node in nodes_of(tree, Name)][:4] == [b"a", b"x", b"pairs", b"self"]
    assert [text_of(SOURCE, node) for node in nodes_of(tree, Binary)] == [b'x == "\\65\xff"']
    assert text_of(SOURCE, nodes_of(tree, FunctionBody)[0]).startswith(b"(x, ...)\n    if")
    assert [text_of(SOURCE, node) for node in nodes_of(tree, Variable)] == [b"a", b"x", b"k", b"v"]


@given(lua_trees.trees)
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_a_node_stands_inside_the_one_around(tree: Main) -> None:
    text = to_source(tree)
    try:
        tree = parse(text)
    except aidec.CompileError:
        return
    for node in tree.walk():
        assert node.place is not None
        places = [child.place for child in node.children() if child.place is not None]
        for place in places:
            assert node.place.start <= place.start <= place.end <= node.place.end
        assert sorted(places) == places


@pytest.mark.parametrize("line_break", [b"\n", b"\r", b"\r\n", b"\n\r"])
def test_lines_are_counted_as_luac_counts_them(line_break: bytes) -> None:
    source = line_break.join([b"--", b"local x", b"  = [[", b"]]", b"", b"x()"])
    tree = parse(b"\xef\xbb\xbf" + source)
    chunk = aidec.load(aidec.compile(source))
    call = nodes_of(tree, Call)[0]
    assert call.place is not None
    assert call.place[2:] == (chunk.main.line_info[-2], 1) == (6, 1)
    string = nodes_of(tree, String)[0]
    assert isinstance(string, String)
    assert string.value == b""


@pytest.mark.parametrize(
    "source",
    [
        b'x = "--[["\ny = "--]]"',
        b"global = 1; local global = global.global; function global() end",
        b"x = {global = 1, [global] = global}",
        b"x = 'a\0b' -- \0\xff",
        b"x = '\xff\xfe'",
        b"x = '\\\r\n'",
        b"x = '\\z  \n a'",
        b"--[==[ ]] ]=] \n]==] x = [==[ ]] ]=] --[[ ]==]",
        b"x = a--[[\n]].b",
        b"x = [[]]..''..\"\"",
        b"-- only",
        b"",
        b"#!/usr/bin/lua",
        b";;; x = 1;; return;",
        b"goto goto_ ::goto_:: local attribute, attr = 1",
    ],
)
def test_what_tree_sitter_reads_in_another_way_is_read_as_lua_does(source: bytes) -> None:
    tree = parse(source)
    text = to_source(tree)
    strings = [node.value for node in nodes_of(tree, String) if isinstance(node, String)]
    constants = [
        constant for constant in aidec.load(aidec.compile(source)).main.constants if isinstance(constant, bytes)
    ]
    assert set(constants) <= {
        *strings,
        *[node.name.encode() for node in nodes_of(tree, Name) if isinstance(node, Name)],
    }
    assert parse(text) == tree


def test_what_lua_refuses_is_refused_with_its_message() -> None:
    with pytest.raises(aidec.CompileError, match=r"^f.lua:2: unexpected symbol near '='$"):
        parse("x = 1\ny = =", "@f.lua")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tree_sitter_lua", None)
    structure._parser.cache_clear()
    with pytest.raises(aidec.CompileError, match=r"pip install 'aidec\[lua\]'"):
        parse("x = 1")


def test_parentheses_have_a_node_only_where_they_cut_values() -> None:
    tree = parse("return ((a)), ((f())), (f()).x, (...), ((...))")
    assert len(nodes_of(tree, Parenthesized)) == 1
    statement = tree.body.statements[0]
    assert isinstance(statement, Return)
    assert isinstance(statement.values[-1], Parenthesized)


def test_trees_are_equal_whatever_their_places_and_comments() -> None:
    assert parse("x = a.b -- c") == parse('x =\n\n a["b"]')
    assert parse("x = 1") != parse("x = 1.0")
    assert parse("x = 0.0") != parse("x = 1")
    assert parse("x = f()") != parse("x = f")
    assert parse("f(a)") != parse("f(a, b)")
    assert Number(0.0) != Number(-0.0)
    assert Number(math.nan) == Number(math.nan)
    assert Number(1) != String(b"1")
    assert Number(1) != 1
    assert len({parse("x = 1"), parse("x = 1")}) == 2


def test_a_copy_shares_no_node() -> None:
    tree = parse(SOURCE)
    copied = copy(tree)
    assert copied == tree
    assert to_source(copied) == to_source(tree)
    assert not {id(node) for node in copied.walk()} & {id(node) for node in tree.walk()}


def test_a_visitor_sees_each_node_before_and_after_what_is_inside() -> None:
    class Depth(Visitor):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def visit_While(self, node: While) -> None:  # noqa: ARG002, N802
            self.seen.append("while")

        def leave_While(self, node: While) -> None:  # noqa: ARG002, N802
            self.seen.append("end")

        def visit_Name(self, node: Name) -> None:  # noqa: N802
            self.seen.append(node.name)

        def visit_Function(self, node: Function) -> bool:  # noqa: ARG002, N802
            self.seen.append("function")
            return False

        def leave_Function(self, node: Function) -> None:  # noqa: ARG002, N802
            raise AssertionError

    visitor = Depth()
    visitor.walk(parse("while a do while b do f(c, function() return d end) end end"))
    assert visitor.seen == ["while", "a", "while", "b", "f", "c", "function", "end", "end"]


def test_a_tree_is_rewritten_from_the_inside() -> None:
    def change(node: Node) -> Node | list[Node] | None:
        match node:
            case Binary(left=Number(value=left), operator="+", right=Number(value=right)):
                return Number(left + right)
            case CallStatement(call=Call(function=Name(name="drop"))):
                return None
            case Do(body=Block(statements=inside)):
                return list(inside)
        return node

    tree = parse("drop() do x = 1 + 2 + 3 do drop() y() end end")
    assert to_source(rewrite(tree, change)) == b"x = 6\ny()\n"


def test_what_stands_in_no_list_can_not_be_dropped() -> None:
    with pytest.raises(TypeError, match=r"^While\.test: one node was expected, not NoneType$"):
        rewrite(parse("while x do end"), lambda node: None if isinstance(node, Name) else node)


@given(lua_trees.trees)
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_a_tree_is_json_and_back(tree: Main) -> None:
    assert from_json(json.loads(json.dumps(to_json(tree)))) == tree


def test_json_keeps_places_comments_and_what_names_stand_for() -> None:
    tree = parse(SOURCE.replace(b"return a", b"-- \xfe\nreturn a"))
    back = from_json(json.loads(json.dumps(to_json(tree))))
    assert back == tree
    assert to_source(back) == to_source(tree)
    assert [node.place for node in back.walk()] == [node.place for node in tree.walk()]
    data = to_json(parse("local a function f() return a, b end"))
    function = data["body"]["statements"][1]
    values = function["function"]["body"]["statements"][0]["values"]
    assert [value["variable"]["kind"] for value in values] == ["upvalue", "global"]
    assert data["body"]["statements"][0]["variables"][0] == {
        "node": "Variable",
        "place": {"start": 6, "end": 7, "line": 1, "column": 7},
        "name": "a",
    }


@pytest.mark.parametrize("value", [0, -1, 2**63 - 1, 1.5, -1.5, -0.0, math.inf, -math.inf, math.nan, -math.nan])
def test_a_number_is_json_with_its_type_and_bits(value: float) -> None:
    back = from_json(json.loads(json.dumps(to_json(Number(value)))))
    assert back == Number(value)
    assert isinstance(back, Number)
    assert math.copysign(1, back.value) == math.copysign(1, value)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"node": "Nothing"},
        {"node": "While"},
        {"node": "Number", "value": 1},
        {"node": "Block", "statements": [1]},
        [],
    ],
)
def test_json_of_something_else_is_an_error(data: dict[str, object]) -> None:
    with pytest.raises(aidec.AidecError, match=r"^JSON of a syntax tree: "):
        from_json(data)


def test_an_outline_has_a_line_for_each_node() -> None:
    tree = parse("local t = {x = 1.5, 'a\\n'}\nfunction f() return t, y, true end")
    lines = outline(tree).splitlines()
    assert len(lines) == len(list(tree.walk()))
    assert lines[2:7] == [
        "    statements: Local 1:1",
        "      variables: Variable t 1:7",
        "      values: Table 1:11",
        "        fields: Pair 1:12",
        '          key: String "x" 1:12',
    ]
    assert '          value: String "a\\n" 1:21' in lines
    assert "            values: Name t 2:21 upvalue 0" in lines
    assert "            values: Name y 2:24 global" in lines
    assert "            values: Boolean true 2:27" in lines


# Names


NAMES = [
    "local a, b = b, a; local a = a; a = b",
    "local function f(x) return f(x), g end local g = function() return g, f end",
    "function a.b:c(x, ...) self.x = x; local self = self; return self end",
    "for i = i, 2 do local x = i; f(function() return i, x, y end) end",
    "for k, v, w in pairs(k) do local k = k; while k do local z; break end end",
    "repeat local x = 1; local y = function() return x end until x and y",
    "local _ENV = {}; x = 1; do local _ENV = 5; function f() y = x end end",
    "local a; function f() return function() return function() return a, b end end end a = 1",
    "local x; do local x = x; do local x = x; f = function() return x end end end return x",
    "local a if a then local b elseif c then local d else local e end local f",
    "x = {function() local a; return function() return a, b end end, y = z}",
    "local function f(...) local a, b = ... return select('#', ...), a end",
    "function f(self) return self end function f:g() return self end",
    "local t = {} function t.a() return t end function t:b() return t, self end",
]


@pytest.mark.parametrize("source", NAMES)
def test_names_stand_for_what_the_chunk_says(source: str) -> None:
    tree = parse(source)
    assert list(name_differences(resolve(tree), aidec.load(aidec.compile(source)).main)) == []
    assert all(node.variable is not None for node in tree.walk() if isinstance(node, Name))


@given(lua_trees.trees)
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_names_of_trees_made_at_random(tree: Main) -> None:
    text = to_source(tree)
    try:
        chunk = aidec.load(aidec.compile(text))
    except aidec.CompileError:
        return
    assert list(name_differences(resolve(parse(text)), chunk.main)) == []


def variable(source: str, name: str, index: int = -1) -> LocalVariable | Upvalue | Global | None:
    found = [node for node in parse(source).walk() if isinstance(node, Name) and node.name == name]
    return found[index].variable


def test_a_name_leads_to_its_declaration() -> None:
    local = variable("local a = 1; local a = 2; return a", "a")
    assert isinstance(local, LocalVariable)
    assert local.declaration.place is not None
    assert (local.register, local.declaration.place.column, local.captured) == (1, 20, False)
    upvalue = variable("local a; function f() return function() return a end end", "a")
    assert isinstance(upvalue, Upvalue)
    assert upvalue.variable is not None
    assert (upvalue.in_stack, upvalue.variable.name, upvalue.variable.captured) == (False, "a", True)
    other = variable("local _ENV = {}; return a", "a")
    assert isinstance(other, Global)
    assert isinstance(other.environment, LocalVariable)
    main = variable("return a", "a")
    assert isinstance(main, Global)
    assert isinstance(main.environment, Upvalue)
    assert main.environment.variable is None


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("do goto l ::l:: end ::l::", 11),
        ("do goto l end ::l::", 15),
        ("::l:: do goto l end", 1),
        ("::l:: do ::m:: goto l end", 1),
        ("while a do if b then goto l end c() ::l:: end", 37),
        ("repeat goto l; local x ::m:: until x ::l::", 38),
    ],
)
def test_a_goto_leads_to_its_label(source: str, column: int) -> None:
    tree = parse(source)
    labels = resolve(tree).labels
    (goto,) = (node for node in tree.walk() if isinstance(node, Goto))
    label = labels[goto]
    assert isinstance(label, Label)
    assert label.place is not None
    assert label.place.column == column


def test_names_are_resolved_again_after_a_change() -> None:
    tree = parse("local a = b")
    table = Table([])
    tree.body.statements.append(Return([Name("a"), table]))
    scope = resolve(tree)
    statement = tree.body.statements[-1]
    assert isinstance(statement, Return)
    assert isinstance(statement.values[0], Name)
    assert statement.values[0].variable is scope.locals[0]


def test_names_can_be_left_unresolved() -> None:
    assert [node.variable for node in parse("x = y", resolved=False).walk() if isinstance(node, Name)] == [None, None]
