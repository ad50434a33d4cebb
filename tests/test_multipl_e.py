"""Evaluation: MultiPL-E's problems become tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aidec.common.errors import EvaluationError
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import Task
from aidec.evaluation.model import Test as Call
from aidec.evaluation.multipl_e import calls_of, import_tasks

PROBLEM = {
    "name": "HumanEval_53_add",
    "language": "lua",
    "prompt": "-- Adds two numbers.\nlocal function add(x, y)\n",
    "doctests": "transform",
    "tests": """lu = require('luaunit')

function test_humaneval()
local candidate = add
    lu.assertEquals(candidate(0, 1), 1)
    lu.assertEquals(candidate({1.5, "a, b)"}, nil), {["x"] = -2, [3] = {}})
    lu.assertEquals("x\\n", candidate((2)))
    lu.assertTrue(candidate(function(a) return a + math.pi end))
end

os.exit(lu.LuaUnit.run())""",
    "stop_tokens": ["\nlocal", "\nfunction", "\n--", "\n\n"],
}

PROGRAM = """lu = require('luaunit')
function test_it()
    local candidate = f
    %s
end
os.exit(lu.LuaUnit.run())
"""


def imported(tmp_path: Path, *rows: Any) -> tuple[list[Task], list[str]]:
    path = tmp_path / "p.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    problems: list[str] = []
    tasks = list(import_tasks(path, problems.append))
    return tasks, [problem.removeprefix(f"{path}:") for problem in problems]


def test_a_problem_becomes_a_task_whose_tests_are_calls(tmp_path: Path) -> None:
    [task], problems = imported(tmp_path, PROBLEM)
    assert problems == []
    assert (task.id, task.chunk, task.stop_tokens) == ("HumanEval_53_add", b"", tuple(PROBLEM["stop_tokens"]))
    assert task.origin.endswith("p.jsonl:1")
    function = "function(a)\n    return a + math.pi\nend"
    assert task.tests == (
        Call("return", "0, 1", "1"),
        Call("return", '{1.5, "a, b)"}, nil', "{x = -2, [3] = {}}"),
        Call("return", "2", '"x\\n"'),
        Call("return", function, "true"),
    )


def test_what_completes_the_prompt_is_a_program_that_returns_the_function(tmp_path: Path) -> None:
    [task], _ = imported(tmp_path, PROBLEM)
    right, wrong = (task.completed(code) for code in (b"    return x + y\nend", b"    return x + \nend"))
    assert right.startswith(b"-- Adds two numbers.\nlocal function add(x, y)\n    return x + y\nend\n")
    values = static_score(task, right).values
    assert (values["parses"], values["compiles"], values["same_bytecode"]) == (1.0, 1.0, None)
    assert static_score(task, wrong).notes["parses"] == "line 4: unexpected symbol near 'end'"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("lu.assertEquals(candidate(1)[1], 2)", "line 4: expected a call of the function that is tested, read"),
        ("lu.assertEquals(candidate(x), 2)", "line 4: expected no variable of the tests (x), read x"),
        ("local x = 1", "line 4: expected require('luaunit'), or the function that is tested, read local x = 1"),
        ("local x, y = f, g", "line 4: expected one variable and its value, read local x, y = f, g"),
        ("lu.assertEquals(candidate(1), candidate(2))", "line 4: expected no variable of the tests (candidate), read"),
        ("lu.assertAlmostEquals(candidate(1), 2, 0.1)", "line 4: expected one of luaunit's assertEquals, "),
        ("assert(candidate(1) == 2)", "line 4: expected one of luaunit's assertEquals, "),
        ("for i = 1, 2 do lu.assertEquals(candidate(i), i) end", "line 4: expected an assertion of luaunit, read for"),
        ("lu.assertEquals(candidate(1))", "line 4: expected the values that are compared, read"),
        ("lu.assertEquals(math.abs(1), 2)", "line 4: expected a call of the function that is tested, read"),
        ("lu.assertEquals(candidate(1), 2) lu.assertEquals(g(1), 2)", "expected one function, read f, g"),
        ("end function helper()", "line 4: expected a function whose name begins with test, read function helper()"),
        ("", "no assertion"),
        ("lu.assertEquals(candidate(1, 2)", "line 5: ')' expected"),
    ],
)
def test_tests_that_are_no_calls_are_refused(statement: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        calls_of((PROGRAM % statement).encode())
    assert str(caught.value).startswith(message)


def test_a_function_in_a_table_is_found() -> None:
    function, tests = calls_of((PROGRAM % "lu.assert_equals(M.g(1), nil)").encode())
    assert (function, tests) == ("M.g", (Call("return", "1", "nil"),))


def test_a_problem_that_can_not_be_turned_is_named_with_its_line(tmp_path: Path) -> None:
    tasks, problems = imported(
        tmp_path,
        PROBLEM,
        "{",
        {**PROBLEM, "name": "a", "language": "py"},
        {**PROBLEM, "name": "a", "tests": "x = = 1"},
        {key: value for key, value in PROBLEM.items() if key != "prompt"} | {"name": "b"},
        PROBLEM,
    )
    assert len(tasks) == 1
    expected = [
        "2: not a line of JSON: ",
        "3: language: expected 'lua', read 'py'",
        "4: a: tests: line 1: unexpected symbol near '='",
        "5: no prompt",
        "6: the name 'HumanEval_53_add' is that of line 1 too",
    ]
    assert [found[: len(line)] for found, line in zip(problems, expected, strict=True)] == expected
