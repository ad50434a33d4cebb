"""Names for variables: each rule, and the law that the program stays the same, of which the compiler is the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from lua_trees import trees

from aidec.bytecode import Proto, load
from aidec.common.errors import CompileError
from aidec.decompiler.expressions import is_method
from aidec.decompiler.naming import name_variables
from aidec.decompiler.program import decompile
from aidec.decompiler.wording import identifier, rules
from aidec.lua.compile import compile_source
from aidec.lua.nodes import KEYWORDS, FunctionBody, Label, Main, Variable
from aidec.lua.printer import to_source
from aidec.lua.tree import parse


def code(source: bytes) -> Any:
    """What a stripped chunk has but for the lines of its functions."""
    return _parts(load(compile_source(source, strip=True)).main)


def _parts(proto: Proto) -> Any:
    fields = (proto.num_params, proto.is_vararg, proto.max_stack_size, proto.code, proto.upvalues)
    return *fields, [(type(value), repr(value)) for value in proto.constants], [_parts(one) for one in proto.protos]


def named(source: str, *, plain: bool = False) -> str:
    """A source whose variables are named anew, printed."""
    tree = parse(source.encode())
    name_variables(tree, plain=plain)
    text = to_source(tree)
    assert code(text) == code(source.encode())
    return text.decode()


def printed(source: str) -> str:
    return to_source(parse(source.encode())).decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # loops
        ("for x = 1, 9 do for y = 1, x do f(x, y) end end", "for i = 1, 9 do for j = 1, i do f(i, j) end end"),
        ("for x, y in pairs(_G) do f(x, y) end", "for k, v in pairs(_G) do f(k, v) end"),
        ("for x, y in next, _G do f(x, y) end", "for k, v in next, _G do f(k, v) end"),
        ("for x, y in ipairs(t) do f(x, y) end", "for i, v in ipairs(t) do f(i, v) end"),
        ("for x, y in ipairs(t) do f(y) end", "for _, v in ipairs(t) do f(v) end"),
        ("for x, y in ipairs(t.units) do f(y) end", "for _, unit in ipairs(t.units) do f(unit) end"),
        ("for x in io.lines() do f(x) end", "for line in io.lines() do f(line) end"),
        ("for x in g:lines() do f(x) end", "for line in g:lines() do f(line) end"),
        ("for x in string.gmatch(s, p) do f(x) end", "for match in string.gmatch(s, p) do f(match) end"),
        # methods
        ("function a.m(x) x.n = 1 end a:m()", "function a.m(self) self.n = 1 end a:m()"),
        ("a.m = function(x) x.n = 1 end a:m()", "a.m = function(self) self.n = 1 end a:m()"),
        ("a = {__len = function(x) return x.n end}", "a = {__len = function(self) return self.n end}"),
        ("a.m = function(x) x.n = 1 end a.m(b)", "a.m = function(a) a.n = 1 end a.m(b)"),
        # values and results
        ("local x = t.name f(x)", "local name = t.name f(name)"),
        ("local x = t.name or t.title f(x)", "local name = t.name or t.title f(name)"),
        ("local x = t['end'] f(x)", "local last = t['end'] f(last)"),
        ("local x = tostring f(x)", "local tostring = tostring f(tostring)"),
        ("local x = require('a.name') f(x)", "local name = require('a.name') f(name)"),
        ("local x = require 'lua-name' f(x)", "local name = require 'lua-name' f(name)"),
        ("local x = y:getName() f(x)", "local name = y:getName() f(name)"),
        ("local x = y.get_name() f(x)", "local name = y.get_name() f(name)"),
        ("local x = Foo.new() f(x)", "local foo = Foo.new() f(foo)"),
        ("local x = URL.create() f(x)", "local url = URL.create() f(url)"),
        ("local x, y = pcall(g) f(x, y)", "local ok, err = pcall(g) f(ok, err)"),
        ("local x, y = io.open(n) f(x, y)", "local file, err = io.open(n) f(file, err)"),
        ("local x = assert(io.open(n)) f(x)", "local file = assert(io.open(n)) f(file)"),
        ("local x = string.match local y = x(s) f(y)", "local match = string.match local match = match(s) f(match)"),
        ("local x = readConfig() f(x)", "local config = readConfig() f(config)"),
        ("local x = t.units[n] f(x)", "local unit = t.units[n] f(unit)"),
        # where values go
        ("local x = g() t.name = x", "local name = g() t.name = name"),
        ("local x = g() return {name = x}", "local name = g() return {name = name}"),
        ("local x = function() end M.run = x", "local run = function() end M.run = run"),
        ("local x = {} x.a = 1 return x", "local M = {} M.a = 1 return M"),
        ("local function x(y) string.format(y) end x()", "local function f(format) string.format(format) end f()"),
        ("local function x(y) return type(y) == 'table' end x()",
         "local function f(t) return type(t) == 'table' end f()"),
        ("local function x(y) y() end x()", "local function f(callback) callback() end f()"),
        ("local function x(y) return y:read() end x()", "local function f(file) return file:read() end f()"),
        ("local function x(y) return #y end x()", "local function f(list) return #list end f()"),
        ("local function x(y) end x(t.name)", "local function f(name) end f(t.name)"),
        ("local x = g() h(x) string.rep(x)", "local s = g() h(s) string.rep(s)"),
        ("local function x(y) t.name = y end local z = g() x(z)",
         "local function f(name) t.name = name end local name = g() f(name)"),
        ("f(function() local x, y = g() if y then return nil, y end h(x) end)",
         "f(function() local v, err = g() if err then return nil, err end h(v) end)"),
        ("local x = 0 while g() do x = x + 1 end", "local n = 0 while g() do n = n + 1 end"),
        ("local x = 0 while t[x] do x = x + 1 end", "local i = 0 while t[i] do i = i + 1 end"),
        ("local x = g() f() do return x, 1 end", "local result = g() f() do return result, 1 end"),
        # types, and nothing
        ("local x, y, z = {}, '', 1 f(x, y, z)", "local t, s, n = {}, '', 1 f(t, s, n)"),
        ("local x = f == g f(x)", "local flag = f == g f(flag)"),
        ("local x = f(1) local y = f(x) f(y)", "local v = f(1) local v2 = f(v) f(v2)"),
        ("local x, y = f() g(y)", "local _, v = f() g(v)"),
        ("f(function(x, y) return x .. y end)", "f(function(a, b) return a .. b end)"),
    ],
)  # fmt: skip
def test_a_name_comes_from_the_use(source: str, expected: str) -> None:
    assert named(source) == printed(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("local x = t.name print(name, x)", "local t_name = t.name print(name, t_name)"),
        ("local x = t.v1 local y = u[1].v1 f(x, y)", "local v1 = t.v1 local v1_2 = u[1].v1 f(v1, v1_2)"),
        ("local x = t.name do local y = t.name f(x, y) end",
         "local name = t.name do local t_name = t.name f(name, t_name) end"),
        ("local x = t.name f(x) local y = t.name f(y)", "local name = t.name f(name) local name = t.name f(name)"),
        ("local x = {} local y = {} f(y)", "local _ = {} local t = {} f(t)"),
        ("local x = t.name f(function() local y = u.name return x end)",
         "local name = t.name f(function() local u_name = u.name return name end)"),
        ("local x = t.name f(function() local y = u.name return y end)",
         "local name = t.name f(function() local name = u.name return name end)"),
        ("repeat local x = t.name until x == name", "repeat local t_name = t.name until t_name == name"),
        ("local x = {} function x:m() f(self, x) end", "local t = {} function t:m() f(self, t) end"),
        ("local x = a.self function t:m() return x end", "local a_self = a.self function t:m() return a_self end"),
        ("local x = a['_ENV'] f(x)", "local v = a['_ENV'] f(v)"),
        ("local _ENV = {} local x = t.name f(x)", "local _ENV = {} local name = t.name f(name)"),
    ],
)  # fmt: skip
def test_no_name_hides_what_is_used(source: str, expected: str) -> None:
    assert named(source) == printed(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("while f() do if g() then goto x end h() ::x:: end",
         "while f() do if g() then goto continue end h() ::continue:: end"),
        ("do goto x end f() ::x:: ::y::", "do goto label1 end f() ::label1:: ::label2::"),
        ("while f() do while g() do goto x ::y:: end ::x:: end",
         "while f() do while g() do goto continue ::label1:: end ::continue:: end"),
        ("while f() do while g() do goto y ::y:: end goto x ::x:: end",
         "while f() do while g() do goto continue ::continue:: end goto continue ::continue:: end"),
        ("::x:: f(function() ::x:: goto x end) goto x",
         "::label1:: f(function() ::label1:: goto label1 end) goto label1"),
    ],
)  # fmt: skip
def test_a_label_at_the_end_of_a_loop_is_continue(source: str, expected: str) -> None:
    assert named(source) == printed(expected)


def test_plain_names_are_numbered_in_each_function() -> None:
    source = (
        "local x, y = 1 f(function(a, b, ...) local c = a for d in f do h(d, y) end end) while x do goto l ::l:: end"
    )
    expected = (
        "local v0, v1 = 1 f(function(p0, p1, ...) local v0 = p0 for v2 in f do h(v2, v1) end end) "
        "while v0 do goto label1 ::label1:: end"
    )
    assert named(source, plain=True) == printed(expected)


def test_a_local_variable_named_as_a_parameter_is_none() -> None:
    assert named("f(function(a, ...) local a = g() h(a) end)") == printed("f(function(a, ...) local v = g() h(v) end)")


def test_the_parameters_of_a_method_come_after_self() -> None:
    assert named("function t:m(x, y) h(self, x, y) end") == printed("function t:m(a, b) h(self, a, b) end")


def test_a_method_is_known_by_its_first_parameter() -> None:
    tree = parse(b"a.m = function(x) x.n = 1 end a.f = function(x) end a.g = function() end a:m()")
    name_variables(tree)
    assert [is_method(node) for node in tree.walk() if isinstance(node, FunctionBody)] == [True, False, False]


def test_what_is_declared_can_name_a_variable() -> None:
    declared = rules()
    lists = [words for table in ("iterators", "results", "arguments") for words in declared[table].values()]
    names = [name for words in [*lists, declared["loops"], declared["parameters"]] for name in words if name != "-"]
    for table in ("receivers", "types", "values", "keywords"):
        names += declared[table].values()
    names += [
        declared[key] for key in ("self", "module", "counter", "error", "index", "list", "returned", "key", "other")
    ]
    assert [name for name in names if identifier(str(name).encode()) != name] == []
    assert set(declared["keywords"]) <= set(KEYWORDS)


@given(trees)
def test_a_program_stays_the_same(tree: Main) -> None:
    _check(tree)


@given(trees)
def test_a_decompiled_program_stays_the_same(tree: Main) -> None:
    try:
        chunk = load(compile_source(to_source(tree), strip=True))
    except CompileError:
        reject()
    program = decompile(chunk)
    was_proven = program.is_proven
    _check(program.tree)
    assert not was_proven or code(program.source) == _parts(chunk.main)


def test_a_decompiled_file_stays_the_same(lua_file: Path) -> None:
    _check(decompile(load(compile_source(lua_file.read_bytes(), strip=True))).tree)


def _check(tree: Main) -> None:
    """That both ways of naming leave the program, and the places, as they are, and give the same names each time."""
    text = to_source(tree)
    try:
        expected = code(text)
    except CompileError:
        reject()
    for plain in (True, False):
        places = [node.place for node in tree.walk()]
        name_variables(tree, plain=plain)
        assert code(to_source(tree)) == expected
        assert [node.place for node in tree.walk()] == places
        again = parse(text)
        name_variables(again, plain=plain)
        names = _names(tree)
        assert names == _names(again)
        assert not set(names).intersection(KEYWORDS)


def _names(tree: Main) -> list[str]:
    """The names of variables where they are declared, and of labels."""
    return [node.name for node in tree.walk() if isinstance(node, Variable | Label)]
