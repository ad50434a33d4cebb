"""Evaluation: tasks made of sources, and their tags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aidec.bytecode import Chunk, Proto, first_difference, load, strip
from aidec.bytecode.debug_info import without_lines
from aidec.evaluation.building import build_tasks
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import Task
from aidec.evaluation.programs import program_of
from aidec.lua import compile_source
from aidec.sources import Document

LUA = Path(__file__).parent / "lua"


def built(source: bytes, *, by: str = "function", stripped: bool = True) -> list[Task]:
    problems: list[str] = []
    tasks = list(build_tasks(Document("a.lua", source), problems.append, by=by, stripped=stripped))
    assert problems == []
    return tasks


@pytest.mark.parametrize("stripped", [True, False])
@pytest.mark.parametrize("by", ["function", "file"])
def test_the_source_of_each_task_has_all_levels(by: str, *, stripped: bool) -> None:
    for path in sorted(LUA.glob("[c-g]*.lua")):
        for task in built(path.read_bytes(), by=by, stripped=stripped):
            score = static_score(task, task.source or b"")
            values = [score.values, *(function.values for function in score.functions)]
            assert {value for row in values for value in row.values()} <= {1.0, None}, f"{path}: {task.id}"
            chunk = load(task.chunk)
            assert (chunk == strip(chunk)) == stripped == task.stripped


def test_a_function_is_named_by_its_path_and_knows_its_upvalues() -> None:
    tasks = built(b"local n = 1 function f() return function(a) n = a print(n) end end")
    assert [task.id for task in tasks] == ["a.lua#0", "a.lua#0.0"]
    assert tasks[1].source == b"function(a) n = a print(n) end"
    assert tasks[1].upvalues == ("n", "_ENV")


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("for i = 1, 2 do end", "loop:numeric"),
        ("for k in next, {} do end", "loop:generic"),
        ("while a do end", "loop:while"),
        ("repeat until a", "loop:repeat"),
        ("goto done ::done::", "goto"),
        ("while a do break end", "break"),
        ("if a then b() end", "branch"),
        ("return function() end", "closure"),
        ("return ...", "vararg"),
        ("a:b()", "method-call"),
        ("return a()", "tail-call"),
        ("return -a", "arithmetic"),
        ("return ~a", "bitwise"),
        ("local n = 0 for i = a, b do n = n + i * 2 end return -n", "arithmetic:on-numbers"),
        ("local n = 1 return function() local m = 2 return m + m end, ~n", "arithmetic:on-numbers"),
        ("return a < b", "comparison"),
        ("return a .. b", "concatenation"),
        ("return #a", "length"),
        ("return {}", "table"),
        ("outer = 1", "upvalue"),
        ("return outer.b", "upvalue"),
        ("return 1, 2", "multiple-results"),
        ("local a, b = c()", "multiple-results"),
        ("a(b())", "multiple-results"),
        ("return coroutine.wrap(a)", "coroutine"),
        ("pcall(a)", "protected-call"),
        ("return string.rep", "library:string"),
        ("local a = ... return a + 1", "self-contained"),
        ("local a = ... if a then while a do end end", "depth:1"),
        ("return", "size:1-9"),
        ("return a + b, a + b, a + b, a + b", "size:10-99"),
    ],
)
def test_a_tag_says_what_a_chunk_has(body: str, tag: str) -> None:
    assert tag in built(f"local outer = {{}} function f(...) {body} end".encode())[0].tags


def test_what_a_chunk_does_not_have_is_no_tag() -> None:
    [empty, call] = built(b"function f() end function g() return (a(b)) end")
    assert empty.tags == ("depth:0", "self-contained", "size:1-9")
    assert call.tags == ("depth:0", "size:1-9")


def test_a_source_of_which_no_task_can_be_made_is_reported() -> None:
    problems: list[str] = []
    assert list(build_tasks(Document("a.lua", b"x = = 1"), problems.append)) == []
    assert problems == ["a.lua:1: unexpected symbol near '='"]


@pytest.mark.parametrize("number", [0, 1, 3, 199, 200, 230])
@pytest.mark.parametrize("stripped", [True, False])
def test_a_function_stands_in_a_program_that_luac_would_write(number: int, *, stripped: bool) -> None:
    names = [f"v{place}" for place in range(number)]
    levels = [names[:199], names[199:]] if number > 199 else [names]
    before = " return function() ".join(f"local {', '.join(level)}" if level else "" for level in levels)
    source = f"{before} return function(a) print(a, {', '.join([*names, 'a'])}) end{' end' * (len(levels) - 1)}"
    task = built(source.encode(), stripped=stripped)[-1]
    expected = without_lines(load(compile_source(source, "@a.lua", strip=stripped)))
    assert first_difference(_without_sources(expected), _without_sources(without_lines(program_of(task)))) is None


def _without_sources(chunk: Chunk) -> Chunk:
    """The chunk without the names of sources: of a function that stands by itself they are written elsewhere."""
    return replace(chunk, main=_without_source(chunk.main))


def _without_source(proto: Proto) -> Proto:
    return replace(proto, source=None, protos=tuple(map(_without_source, proto.protos)))


@pytest.mark.parametrize(
    "body",
    [
        "local n = ... return n + 1",
        "local n = 1 n = a() return n + 1",
        "local n, m = a() return m * 2",
        "local n return -n",
        "local n = {} return n .. 1, 1 + #n",
        "local n = '1' return n + 1",
        "local n = 1 a(function() n = {} end) return n + 1",
        "for k, v in a() do b = v + 1 end",
        "for i = 1, 2 do i = a b = i + 1 end",
        "local n = 1 return function() return n + 1 end",
        "return a.b + 1",
    ],
)
def test_arithmetic_that_may_call_a_metamethod_is_told_apart(body: str) -> None:
    assert "arithmetic:on-numbers" not in built(f"function f(...) {body} end".encode())[0].tags


@pytest.mark.parametrize("names", [(), ("a",), ("a", "a"), ("", ""), ("end", "b"), ("?", "b"), ("ä", "b")])
def test_a_program_names_upvalues_that_the_task_can_not_name(names: tuple[str, ...]) -> None:
    (task,) = built(b"local a, b = 1, 2 return function() return a + b end")
    (function,) = program_of(replace(task, upvalues=names)).main.protos
    assert function.code == load(task.chunk).main.code
    assert [upvalue.index for upvalue in function.upvalues] == [0, 1]
