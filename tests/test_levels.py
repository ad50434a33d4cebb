"""Evaluation: the levels of a prediction that can be told without running it."""

from __future__ import annotations

import pytest

from aidec.bytecode import Chunk, dump, load, strip
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import FunctionScore, Score, Task
from aidec.lua import compile_source

SOURCE = b"""local function sum_of(items, first)
    local total = first + 1
    for place, item in ipairs(items) do
        if item > 0 and place then
            total = total - item * 2
        else
            print("none", total)
        end
    end
    return total, #items
end

return sum_of
"""


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
