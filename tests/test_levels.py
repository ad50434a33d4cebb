"""Evaluation: the levels of a prediction that can be told without running it, and rows of all levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import transformations
from hypothesis import given
from hypothesis import strategies as st
from transformations import CALLS, LEVELS, MARKS, PAGE, TRANSFORMATIONS, shown, table

from aidec.bytecode import Chunk, dump, load, strip
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import FunctionScore, Score, Task
from aidec.evaluation.tasks import chunk_of
from aidec.lua import compile_source
from aidec.lua.runner import Runner
from aidec.lua.words import tokens

SOURCE = transformations.SOURCE.encode()


def task_of(source: bytes = SOURCE, *, is_stripped: bool = True) -> Task:
    return Task("t", compile_source(source, strip=is_stripped), source, stripped=is_stripped)


def function_task(*, is_stripped: bool = True) -> Task:
    """A function with two upvalues and a function inside."""
    source = b"function(step) count = count + step print(count, name) return function() return step end end"
    outer = load(compile_source(b"local count, name = 0, 'x' return " + source))
    chunk = Chunk(outer.header, 3, outer.main.protos[0])
    data = dump(strip(chunk) if is_stripped else chunk)
    return Task("f", data, source, is_stripped, is_function=True, upvalues=("count", "_ENV", "name"))


def perfect(score: Score | FunctionScore) -> bool:
    return {value for level, value in score.values.items() if level != "same_behaviour"} <= {1.0, None}


@pytest.mark.parametrize("is_stripped", [True, False])
def test_the_source_of_a_file_has_all_levels(*, is_stripped: bool) -> None:
    score = static_score(task_of(is_stripped=is_stripped), SOURCE)
    assert perfect(score)
    assert score.notes == {}
    assert [function.path for function in score.functions] == [(), (0,)]
    assert all(perfect(function) for function in score.functions)


@pytest.mark.parametrize("is_stripped", [True, False])
def test_the_source_of_a_function_has_all_levels(*, is_stripped: bool) -> None:
    task = function_task(is_stripped=is_stripped)
    assert task.source is not None
    score = static_score(task, task.source)
    assert perfect(score)
    assert score.values["names_upvalues"] == 1.0


def test_the_first_instruction_that_differs_is_named() -> None:
    score = static_score(task_of(), SOURCE.replace(b"- item", b"+ item"))
    note = "instruction 11: ADD 2 2 8, expected SUB 2 2 8"
    assert score.values["same_bytecode"] == 0
    assert score.values["functions_equal"] == 0.5
    assert score.notes["same_bytecode"] == f"function 0: {note}"
    assert score.functions[1].notes["same_bytecode"] == note
    assert score.functions[0].values["same_bytecode"] == 1.0


@pytest.fixture(scope="module")
def behaviour() -> Iterator[Behaviour]:
    with Runner(processes=1, deterministic=True) as runner:
        yield Behaviour(runner)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformation_has_its_row_of_levels(name: str, behaviour: Behaviour) -> None:
    change = TRANSFORMATIONS[name]
    task = replace(task_of(), tests=CALLS)
    code = change.code().encode()
    values = {**static_score(task, code).values, "same_behaviour": behaviour.score(task, code)[0]}
    assert [shown(values[level]) for level in LEVELS] == change.row.split()


def test_the_page_has_the_row_of_each_transformation() -> None:
    _, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    assert rest.partition(MARKS[1])[0].strip() == table().strip(), "run tests/transformations.py"
    assert len(TRANSFORMATIONS) >= 20


@pytest.mark.parametrize(
    "code",
    [
        b"function(step) count = count + step print(count, name) return function() return step end end",
        b"local function f(step) count = count + step print(count, name) return function() return step end end",
        b"function M.f(step) count = count + step print(count, name) return function() return step end end",
        b"local c, n return function(step) c = c + step print(c, n) return function() return step end end",
        b"local M, c, n = {} function M.f(step) c = c + step print(c, n) return function() return step end end",
        b"function(step) c = c + step print(c, n) return function() return step end end",
    ],
)
def test_a_function_is_found_in_each_form_of_its_text(code: bytes) -> None:
    score = static_score(function_task(), code)
    assert score.values["same_bytecode"] == 1.0, score.notes
    assert [function.path for function in score.functions] == [(), (0,)]
    assert score.values["names_upvalues"] == (1.0 if b"count" in code else 0.0)


def test_a_method_has_the_text_of_a_function_with_self() -> None:
    task = Task("m", dump(chunk_of(b"function(self) return self.x end", ())), b"function M:get() return self.x end")
    task = replace(task, is_function=True)
    score = static_score(task, b"function(self) return self.x end")
    assert perfect(score), score.notes


@pytest.mark.parametrize(
    ("code", "level", "note"),
    [
        (b"function(step) return step + end", "parses", "line 1: unexpected symbol near 'end'"),
        (b"local function f(step)\nreturn + step end", "parses", "line 2: unexpected symbol near '+'"),
        (b"function(step) goto x end", "compiles", "line 1: no visible label 'x' for <goto> at line 1"),
        (b"print(count)", "compiles", "expected the text of one function, read 0"),
        (b"function a() end function b() end", "compiles", "expected the text of one function, read 2"),
        (b"", "compiles", "expected the text of one function, read 0"),
    ],
)
def test_what_is_no_function_says_why(code: bytes, level: str, note: str) -> None:
    score = static_score(function_task(), code)
    assert score.notes == {level: note}
    assert (score.values["parses"], score.values["compiles"]) == (float(level != "parses"), 0.0)
    assert {score.values[name] for name in ("same_bytecode", "same_text", "names", "readability")} == {0.0}


def test_without_a_source_the_levels_of_text_can_not_be_told() -> None:
    for stripped in (True, False):
        task = replace(task_of(is_stripped=stripped), source=None)
        for code in (SOURCE, b"x = = 1", b""):
            score = static_score(task, code)
            assert (score.values["same_text"], score.values["readability"]) == (None, None)
            assert (score.values["names"] is None) == stripped
            assert score.notes["same_text"] == score.notes["readability"] == "the source is not known"


def test_a_chunk_of_another_compiler_is_compared_and_its_source_too() -> None:
    other = SOURCE.replace(b"return sum_of", b"local function more() end return sum_of")
    task = replace(task_of(), chunk=compile_source(other, strip=True))
    score = static_score(task, SOURCE)
    values = [score.values[level] for level in ("same_bytecode", "same_text", "names", "readability")]
    assert values == [0.0, 1.0, 1.0, 1.0]
    assert score.functions[2].values["same_text"] is None
    assert score.functions[2].notes["same_text"] == "the source has no such function"
    assert static_score(task, other).values["same_bytecode"] == 1.0


def test_a_level_is_unknown_whatever_the_prediction_is() -> None:
    task = Task("n", compile_source("return 1", strip=True), b"return 1")
    for code in (b"return 1", b"local x return 1", b"x = = 1"):
        score = static_score(task, code)
        assert score.values["names"] is None
        assert score.notes["names"] == "it has no variables"


def test_what_is_too_long_to_compare_at_once_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.evaluation.edits.MAX_CELLS", 100)
    score = static_score(task_of(), b"local a, b = 1, 2" + b" a(b)" * 20)
    assert score.values["compiles"] == 1.0
    assert score.notes["same_text"].startswith("at least: too long to compare at once, compared in ")
    assert score.functions[0].notes["instructions_similar"].startswith("at least: ")


@given(st.data())
def test_any_prediction_has_all_levels_from_0_to_1(data: st.DataObject) -> None:
    spans = list(tokens(SOURCE))
    code = SOURCE
    for start, end in sorted(data.draw(st.lists(st.sampled_from(spans), max_size=3, unique=True)), reverse=True):
        other = data.draw(st.sampled_from(spans))
        code = code[:start] + data.draw(st.sampled_from([b"", SOURCE[other[0] : other[1]]])) + code[end:]
    task = task_of()
    score = static_score(task, code)
    expected = {level for level, value in static_score(task, SOURCE).values.items() if value is None}
    assert {level for level, value in score.values.items() if value is None} == expected
    assert all(0 <= value <= 1 for value in score.values.values() if value is not None)
    faults = {"parses", "compiles", "same_bytecode"}.intersection(score.notes)
    assert (score.values["same_bytecode"] == 1.0) == (not faults)


def test_a_text_of_which_no_tree_is_made_has_no_text_and_no_readability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.evaluation.compiled.MAX_BYTES", len(SOURCE))
    score = static_score(task_of(), SOURCE + b" ")
    assert [score.values[level] for level in ("same_bytecode", "same_text", "readability")] == [1.0, 0.0, 0.0]
    assert score.notes["same_text"].startswith(f"a text of {len(SOURCE) + 1} bytes; ")
    score = static_score(replace(task_of(SOURCE + b" "), id="long"), SOURCE)
    assert [score.values[level] for level in ("same_bytecode", "same_text", "readability")] == [1.0, None, None]


@pytest.mark.parametrize(("count", "right"), [(b"count", 1.0), (b"c", 0.5)])
def test_upvalues_are_found_where_the_code_is_wrong_elsewhere(count: bytes, right: float) -> None:
    code = b"function(step) %b = %b - step print(%b, name) return function() return step end end" % (
        count,
        count,
        count,
    )
    score = static_score(function_task(), code)
    assert score.functions[0].notes["same_bytecode"] == "instruction 2: SUB 1 1 0, expected ADD 1 1 0"
    assert score.values["names_upvalues"] == right
