"""Behaviour: what two programs do is compared as Lua can tell it; what can't be told is left out by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import aidec
from aidec.common.errors import SandboxError
from aidec.evaluation import model
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.model import Task
from aidec.lua.runner import Limits, Runner

LIMITS = Limits(cpu=0.2, memory=64 << 20, output=1 << 20)


@pytest.fixture(scope="module")
def behaviour() -> Iterator[Behaviour]:
    with Runner(processes=1, deterministic=True) as runner:
        yield Behaviour(runner, limits=LIMITS)


def made(source: str, *calls: str, **more: object) -> Task:
    """A task with a test of ``f`` for each list of arguments, or with generated calls."""
    tests = tuple(model.Test("f", arguments) for arguments in calls)
    return Task("task", b"", source.encode(), tests=tests, **more)  # type: ignore[arg-type]  # fields of any type


def note_on_wrong(task: Task, prediction: str, behaviour: Behaviour) -> str:
    """The note on a prediction that must score less than 1."""
    score, note = behaviour.score(task, prediction.encode())
    assert score is not None
    assert score < 1
    return note


SAME = {
    "names, lines and comments": (
        "function f(a) local b = a; return function() return b end, b end",
        "function f(x)\n-- a comment\nlocal y = x\nlocal function g() return y end\nreturn g, y end",
    ),
    "an order that nobody sees": (
        "function f(a) local x = a + 1; local y = a + 2; return x * y end",
        "function f(a) local y = a + 2; local x = a + 1; return x * y end",
    ),
    "another way to the same table": (
        "function f(a) return {a, k = 1} end",
        "function f(a) local t = {} t.k = 1 t[1] = a return t end",
    ),
    "the place of an error, and the name of a local variable in it": (
        "function f(a) return pcall(function(t) return t.x.y end, {}), a.b.c end",
        "function f(one)\n\n\nlocal same = one.b; return pcall(function(u) return u.x.y end, {}), same.c end",
    ),
    "a closure that is made once or twice": (
        "function f() local t = {} for i = 1, 2 do t[i] = function() end end return t[1], t[2] end",
        "function f() local g = function() end return g, g end",
    ),
}

OTHER = {
    "the type of a number": ("function f(a) return a end", "function f(a) return a + 0.0 end", "returned 1.0"),
    "the sign of zero": ("function f() return 0.0 end", "function f() return -0.0 end", "returned -0.0"),
    "the number of results": ("function f() return 1 end", "function f() return 1, nil end", "returned 1, nil"),
    "output": ("function f() print(1) end", "function f() print(1.0) end", 'printed "1.0\\n"'),
    "standard error": ("function f() io.stderr:write('a') end", "function f() end", "printed nothing"),
    "an argument": ("function f() end", "function f(_, t) t[1] = 0 end", "left the arguments 1, {0, 2}"),
    "what a callback is called with": (
        "function f(_, _, g) g(1) g(2) end",
        "function f(_, _, g) g(2) g(1) end",
        "had the effects {{2, n = 1}, {1, n = 1}, n = 2}, nil",
    ),
    "a global": ("function f() x = 1 end", "function f() x = 2 end", "left the globals x = 2"),
    "a function of the library": (
        "function f() end",
        "function f() string.len = nil end",
        "left the globals string.len = nil",
    ),
    "a metatable": (
        "function f() return setmetatable({}, {__index = {a = 1}}) end",
        "function f() return setmetatable({}, {__index = {a = 2}}) end",
        "returned {} with a metatable",
    ),
    "sharing": (
        "function f() local t = {} return {t, t} end",
        "function f() return {{}, {}} end",
        "returned {{}, {}}",
    ),
    "a cycle": (
        "function f() local t = {} t[1] = t return t end",
        "function f() return {{}} end",
        "returned {{}}",
    ),
    "a new table where there was one": (
        "local t = {} function f() return t end",
        "function f() return {} end",
        "f(1, {1, 2}, record(tostring)) returned {}",
    ),
    "the kind of an error": ("function f() error('a', 0) end", "function f() error({'a'}) end", 'raised {"a"}'),
    "what an error blames": ("function f() return y.z end", "function f() return w.z end", "(global 'w')"),
    "an exit": ("function f() os.exit(3) end", "function f() os.exit(4) end", "ended by os.exit(4)"),
    "a key that is a table": (
        "function f() return {[{1}] = 'a', [{2}] = 'b'} end",
        "function f() return {[{1}] = 'b', [{2}] = 'a'} end",
        "returned {[a table] = ",
    ),
}

ARGUMENTS = ("1, {1, 2}, record(tostring)",) * 2


@pytest.mark.parametrize("name", SAME)
def test_what_nobody_can_tell_apart_behaves_the_same(name: str, behaviour: Behaviour) -> None:
    original, prediction = SAME[name]
    assert behaviour.score(made(original, "{b = {c = 1}}", "1", "nil"), prediction.encode()) == (1.0, "")


@pytest.mark.parametrize("name", OTHER)
def test_what_lua_can_tell_is_another_behaviour(name: str, behaviour: Behaviour) -> None:
    original, prediction, note = OTHER[name]
    task = made(original, *ARGUMENTS)
    assert behaviour.score(task, original.encode()) == (1.0, "")
    assert note in note_on_wrong(task, prediction, behaviour).partition(", the original ")[0]


def test_one_call_that_is_wrong_does_not_make_others_wrong(behaviour: Behaviour) -> None:
    task = made(
        "n = 0; t = {}; function f(a) n = n + 1; if a then t[a] = {} end return t, n end", "1", "nil", "nil", "2", "2"
    )
    wrong = (
        b"n = 0; t = {}; function f(a) n = n + 1; if a == 1 then print(a) end if a then t[a] = {} end return t, n end"
    )
    score, note = behaviour.score(task, wrong)
    assert score == pytest.approx(5 / 6)
    assert note == 'f(1) printed "1\\n", the original printed nothing'


def test_calls_after_one_that_ends_the_run_are_scored(behaviour: Behaviour) -> None:
    task = made("function f(a) return a end", "1", "2", "3")
    exits = b"function f(a) if a == 2 then os.exit(0) end return a end"
    hangs = b"function f(a) while a == 2 do end return a end"
    assert behaviour.score(task, exits) == (0.75, "f(2) ended by os.exit(0), the original returned 2")
    assert behaviour.score(task, hangs) == (0.75, "f(2) ended by the limit of cpu, the original returned 2")


def test_what_is_not_deterministic_is_left_out_by_name(behaviour: Behaviour) -> None:
    source = (
        "function f(a) if a then local t = {[{}] = 1, [{}] = 2, [{}] = 3, [print] = 4, [f] = 5} "
        "local text = '' for _, v in next, t do text = text .. v end return text end return a end"
    )
    score, note = behaviour.score(made(source, "true", "false"), source.encode())
    assert (score, note) == (1.0, "f(true) is left out: what it returns differs from run to run")
    lines = "function f(a) if a then return #select(2, pcall(error, 'x', 2)), debug.traceback():len() end return a end"
    _, note = behaviour.score(made(lines, "true", "false"), b"function f(a) return a end")
    assert note.startswith("f(true) is left out: what it returns differs")


def test_what_the_original_can_not_do_within_half_the_limits_is_left_out(behaviour: Behaviour) -> None:
    source = b"function f(a) while a do end end"
    score, note = behaviour.score(made(source.decode(), "true", "nil"), source)
    assert (score, note) == (1.0, "f(true) is left out: the original ended by the limit of cpu")


@pytest.mark.parametrize(
    ("task", "note"),
    [
        (made("while true do end", "1"), "the chunk is left out: the original ended by the limit of cpu"),
        (made("x", "1"), "the source does not compile: ?:1: syntax error near <eof>"),
        (made("", "1 +"), "call 1, f(1 +): arguments:1: unexpected symbol near <eof>"),
        (Task("task", b"", prompt=b"--"), "there is neither an original nor an expected result"),
        (Task("task", aidec.compile("return 1"), is_function=True), "the source of the function is not known"),
    ],
    ids=["no call", "no program", "no arguments", "nothing expected", "no source"],
)
def test_what_can_not_be_told_has_a_reason(task: Task, note: str, behaviour: Behaviour) -> None:
    score, told = behaviour.score(task, b"")
    assert score is None
    assert told.startswith(note)


def test_a_test_that_the_original_fails_is_left_out(behaviour: Behaviour) -> None:
    tests = model.Test("f", "", "{1.0}"), model.Test("f", "", "{2}")
    task = Task("task", b"", b"function f() return {1} end", tests=tests)
    note = "f() is left out: the original returned {1}, the test expects {2}"
    assert behaviour.score(task, task.source or b"") == (1.0, note)


def test_without_an_original_the_results_must_be_those_that_are_expected(behaviour: Behaviour) -> None:
    tests = tuple(model.Test("f", *test) for test in (("1", "{2, {3}}"), ("2", "{4, {6.0}}"), ("0", "0/0")))
    task = Task("task", b"", tests=tests)
    right = b"function f(a) print() if a == 0 then return 0/0 end return {2 * a, {3 * a}} end"
    assert behaviour.score(task, right) == (1.0, "")
    score, note = behaviour.score(task, right.replace(b"3 * a", b"a == 1 or 3 * a"))
    assert score == pytest.approx(2 / 3)
    assert note == "f(1) returned {2, {true}}, expected {2, {3}}"


def test_a_chunk_without_source_is_run_as_it_is_decompiled(behaviour: Behaviour) -> None:
    task = Task("task", aidec.compile("function f(a) return a .. '!' end", strip=True), tests=(model.Test("f", "'a'"),))
    assert behaviour.score(task, b"function f(x) return x .. '!' end") == (1.0, "")
    assert behaviour.score(task, b"function f(x) return x .. '?' end")[0] == 0.5


def test_targets_are_globals_fields_methods_and_what_the_chunk_returns(behaviour: Behaviour) -> None:
    source = "s = {n = 1, d = {}} function s:f(a) self.n = self.n + a return self.n end s.d.g = s.f return {h = s.f}, 1"
    tests = tuple(
        model.Test(name, arguments)
        for name, arguments in (
            ("s:f", "1"),
            ("s.d.g", "{n = 5}, 2"),
            ("return.h", "{n = 2}, 3"),
            ("", "1"),
            ("no", ""),
        )
    )
    task = Task("task", b"", source.encode(), tests=tests)
    assert behaviour.score(task, source.encode()) == (1.0, "")
    score, note = behaviour.score(task, source.replace("self.n + a", "self.n - a").encode())
    assert (score, note) == (0.5, "s:f(1) returned 0, the original returned 2")


FUNCTION = (
    "local function step(list) count = count + #list; total.n = limit(count); return count < 3 and step(list) end"
)
UPVALUES = ("count", "total", "limit", "step")


@pytest.mark.parametrize(
    "prediction",
    [
        FUNCTION,
        "function(list) count = count + #list; total.n = limit(count); return count < 3 and step(list) end",
        f"local {', '.join(UPVALUES)} {FUNCTION} return step".replace("local function", "function"),
        "local a, b, c, d return function(l) a = a + #l b.n = c(a) return a < 3 and d(l) end",
    ],
    ids=["a statement", "an expression", "a program", "a program with other names"],
)
def test_a_function_is_scored_alone_with_stand_ins_for_its_upvalues(prediction: str, behaviour: Behaviour) -> None:
    task = made(FUNCTION, is_function=True, upvalues=UPVALUES)
    assert behaviour.score(task, prediction.encode()) == (1.0, "")
    for wrong in (prediction.replace("+ #", "- #"), prediction.replace("n = ", "m = ")):
        note_on_wrong(task, wrong, behaviour)


def test_what_becomes_of_the_upvalues_of_a_function_is_seen(behaviour: Behaviour) -> None:
    task = made("function(a) seen = true; if a then last = a end end", is_function=True, upvalues=("seen", "last"))
    assert behaviour.score(task, b"function(b) if b then last = b end seen = true end") == (1.0, "")
    for wrong in ("function(a) seen = false; if a then last = a end end", "function(a) seen = true; last = a end"):
        assert "had the effects" in note_on_wrong(task, wrong, behaviour)


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        ("local M = {} function M.add(a, b) return a + b end return M", "a + b", "a - b"),
        ("local net = require('net') function ping(host) return net.connect(host, 80):send('x') end", "80", "81"),
        ("app.register('name', {on_start = function(self) self.state = 'on' end})", "'on'", "'off'"),
        ("function counter() local n = 0 return function() n = n + 1 return n end end", "n + 1", "n + 2"),
        (
            "C = {} C.__index = C function new(n) return setmetatable({x = n}, C) end function C:g() return self.x end",
            "return self.x",
            "return self.y",
        ),
        ("function each(list, f) for i = #list, 1, -1 do f(list[i]) end end", "#list, 1, -1", "1, #list"),
        ("function kind(s) if s == 'secret' then return 1 end return 2 end", "return 1", "return 3"),
        ("print(math.pi)", "pi", "huge"),
    ],
    ids=[
        "a module",
        "a module that nobody has",
        "a callback",
        "a returned function",
        "a method of an object",
        "a callback of a call",
        "a constant",
        "the chunk",
    ],
)
def test_generated_calls_find_what_is_another(source: str, old: str, new: str, behaviour: Behaviour) -> None:
    task = made(source)
    assert behaviour.score(task, source.encode()) == (1.0, "")
    note_on_wrong(task, source.replace(old, new), behaviour)


def test_generated_calls_are_the_same_for_a_seed_and_an_id() -> None:
    task = made("function f(a, b) return a, b end")
    with Runner(processes=1, deterministic=True) as runner:
        first, again, other = (Behaviour(runner, limits=LIMITS, seed=seed)._prepared(task).calls for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) > 10


def test_a_runner_that_hides_nothing_is_refused() -> None:
    with Runner(processes=1, sandbox="process") as runner, pytest.raises(SandboxError, match="deterministic"):
        Behaviour(runner)


@pytest.mark.parametrize("start", ["#!/usr/bin/env lua\n", "\ufeff", "\ufeff#!lua\n"])
def test_what_lua_skips_before_a_source_is_no_difference(start: str, behaviour: Behaviour) -> None:
    task = made(start + "print(1) function f(a) return a + 1 end", "1")
    assert behaviour.score(task, b"print(1) function f(b) return 1 + b end") == (1.0, "")
