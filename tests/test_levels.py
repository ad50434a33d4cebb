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


ROW = (
    *("parses", "compiles", "same_bytecode", "functions_equal"),
    *("instructions_similar", "same_text", "names", "readability"),
)
TRANSFORMATIONS: dict[str, tuple[list[tuple[str, str]], str]] = {
    # what is changed, and the values of ROW; + is between 0 and 1
    "other layout": ([("    ", " "), ("return total", "-- done\n return total")], "1 1 1 1 1 1 1 1"),
    "parentheses that change nothing": ([("item * 2", "(item * 2)")], "1 1 1 1 1 1 1 +"),
    "parentheses that change something": ([("total - item * 2", "(total - item) * 2")], "1 1 0 + + + 1 1"),
    "another operator": ([("- item", "+ item")], "1 1 0 + + + 1 1"),
    "another number": ([("* 2", "* 3")], "1 1 0 + + + 1 1"),
    "a float": ([("* 2", "* 2.0")], "1 1 0 + + + 1 1"),
    "another string": ([('"none"', '"all"')], "1 1 0 + + + 1 1"),
    "another global": ([("print", "error")], "1 1 0 + + + 1 1"),
    "another name": ([("total", "sum")], "1 1 1 1 1 + + 1"),
    "a comparison turned around": ([("item > 0", "0 < item")], "1 1 1 1 1 + 1 1"),
    "a comparison denied": ([("item > 0", "not (item <= 0)")], "1 1 0 + + + 1 1"),
    "a variable for a value": (
        [("total = total - item * 2", "local two = item * 2 total = total - two")],
        "1 1 1 1 1 + 1 +",
    ),
    "a block": ([("total = total - item * 2", "do total = total - item * 2 end")], "1 1 1 1 1 + 1 +"),
    "a goto": (
        [("        else\n", "            goto done\n        end\n"), ("total)\n        end", "total) ::done::")],
        "1 1 1 1 1 + 1 +",
    ),
    "nested ifs": (
        [("item > 0 and place then", "item > 0 then if place then"), ("        else", "        end else")],
        "1 1 0 + + + 1 +",
    ),
    "a function as a value": ([("local function sum_of(", "local sum_of = function(")], "1 1 1 1 1 + 1 1"),
    "without a statement": ([('            print("none", total)\n', "")], "1 1 0 + + + 1 +"),
    "statements that changed places": ([("return total, #items", "return #items, total")], "1 1 0 + + + 1 1"),
    "without a parameter": ([("(items, first)", "(items)")], "1 1 0 + + + + 1"),
    "one more function": ([("return sum_of", "local function f() end return sum_of")], "1 1 0 + + + 1 1"),
    "nothing of it": ([(SOURCE.decode(), "")], "1 1 0 0 + 0 0 +"),
    "a syntax error": ([("return total,", "return total,,")], "0 0 0 0 0 0 0 0"),
    "a string that is not finished": ([('"none"', '"none')], "0 0 0 0 0 0 0 0"),
    "a label that is not there": ([("return total", "do goto nowhere end return total")], "1 0 0 0 0 0 0 0"),
    "a break outside of loops": ([("return total", "do break end return total")], "1 0 0 0 0 0 0 0"),
    "too many variables": ([("return total", "local a" + ", a" * 200 + " return total")], "1 0 0 0 0 0 0 0"),
    "bytecode": ([(SOURCE.decode(), "\x1bLua")], "0 0 0 0 0 0 0 0"),
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformation_has_its_row_of_levels(name: str) -> None:
    changes, expected = TRANSFORMATIONS[name]
    code = SOURCE.decode()
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    values = static_score(task_of(), code.encode()).values
    found = [values[level] for level in ROW]
    assert " ".join("+" if 0 < (value or 0) < 1 else str(int(value or 0)) for value in found) == expected
