"""MultiPL-E's problems in Lua as tasks: programs to complete, whose tests are calls.

A problem is a line of JSON with ``name``, ``language``, ``prompt``, ``tests`` and ``stop_tokens``. Its tests are a
program for luaunit, which is read as a syntax tree and never run:

    lu = require('luaunit')

    function test_humaneval()
    local candidate = add
        lu.assertEquals(candidate(1, 2), 3)
    end

    os.exit(lu.LuaUnit.run())

Each assertion becomes a ``Test``: what stands in the call are its arguments, what it is compared with is expected. A
problem of which one assertion can't be turned is refused whole, for with fewer tests it would be another one. As in
luaunit, the first result counts alone, and 1 equals 1.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from aidec.common.errors import AidecError, CompileError, EvaluationError, at
from aidec.evaluation.libraries import require_libraries
from aidec.evaluation.model import Task, Test
from aidec.evaluation.rows import Row, lines_of, parsed
from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Call,
    CallStatement,
    Expression,
    FunctionStatement,
    Index,
    Local,
    Name,
    Statement,
    String,
    Variable,
)
from aidec.lua.printer import to_source
from aidec.lua.tree import parse
from aidec.lua.variables import Global, local_variable
from aidec.lua.words import GLOBALS

LANGUAGE = "lua"

ASSERTIONS = {
    "assertEquals": None,
    "assert_equals": None,
    "assertTrue": "true",
    "assertIsTrue": "true",
    "assertFalse": "false",
    "assertIsFalse": "false",
    "assertNil": "nil",
    "assertIsNil": "nil",
}
"""luaunit's assertions, and what the one value must be that they take; None for those that compare two values."""


class _OtherFormError(Exception):
    """A part of the tests that can't be turned into a ``Test``; the text says what was expected."""

    def __init__(self, node: Node, expected: str) -> None:
        super().__init__(expected)
        self.node = node


def import_tasks(path: str | Path, report: Callable[[str], object]) -> Iterator[Task]:
    """The tasks of a file of MultiPL-E's problems.

    Args:
        path: the file, JSON lines.
        report: is called with one line about a problem that can't be turned into a task.

    Raises:
        EvaluationError: the extra ``eval`` is not installed, or the file is damaged.
        OSError: the file can't be opened.
    """
    require_libraries()
    lines: dict[str, int] = {}
    for number, line in lines_of(path):
        try:
            task = _task(Row(parsed(line), "a problem"), f"{path}:{number}")
            first = lines.setdefault(task.id, number)
            if first != number:
                raise EvaluationError(f"the name {task.id!r} is that of line {first} too")
        except AidecError as error:
            report(f"{path}:{number}: {error}")
        else:
            yield task


def _task(row: Row, origin: str) -> Task:
    language = row.text("language")
    if language != LANGUAGE:
        raise EvaluationError(f"language: expected {LANGUAGE!r}, read {language!r}")
    name = row.text("name")
    with at(f"{name}: tests", EvaluationError):
        function, tests = calls_of(row.text("tests").encode())
    return Task(
        id=name,
        chunk=b"",
        tests=tests,
        origin=origin,
        prompt=row.text("prompt").encode(),
        suffix=f"\nreturn function(...) return ({function}(...)) end\n".encode(),
        stop_tokens=row.texts("stop_tokens"),
    )


def calls_of(program: bytes) -> tuple[str, tuple[Test, ...]]:
    """The function that a program for luaunit tests, such as ``add`` or ``M.add``, and its tests.

    Raises:
        EvaluationError: it is not Lua, or something of it can't be turned into a test; the text has the line.
    """
    reader = _Reader()
    try:
        for statement in parse(program).body.statements:
            reader.take(statement)
    except _OtherFormError as problem:
        node = problem.node
        line = 0 if node.place is None else node.place.line
        first = to_source(node, comments=False).decode().strip().partition("\n")[0]
        raise EvaluationError(f"line {line}: expected {problem}, read {first}") from None
    except CompileError as error:
        place = "" if error.line is None else f"line {error.line}: "
        raise EvaluationError(f"{place}{error.problem}") from None
    if not reader.tests:
        raise EvaluationError("no assertion")
    if len(reader.functions) > 1:
        raise EvaluationError(f"expected one function, read {', '.join(reader.functions)}")
    return next(iter(reader.functions)), tuple(reader.tests)


@dataclass(slots=True)
class _Reader:
    """Takes the statements of a program for luaunit.

    Attributes:
        units: the names of variables that have luaunit's table.
        aliases: for a variable the function that is in it, such as ``add`` for ``candidate``.
        functions: those that are tested, in the order of their first tests.
        tests: the tests found so far.
    """

    units: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    functions: dict[str, None] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)

    def take(self, statement: Statement) -> None:
        """Take one statement.

        Raises:
            _OtherFormError: it is none of those that can be turned into tests.
        """
        if isinstance(statement, FunctionStatement):
            name = statement.method or (_path(statement.target) or "").rpartition(".")[2]
            if not name.lower().startswith("test"):  # luaunit runs no other
                raise _OtherFormError(statement, "a function whose name begins with test")
            for inside in statement.function.body.statements:
                self.take(inside)
        elif isinstance(statement, Assign | Local):
            self._assign(statement)
        elif not isinstance(statement, CallStatement):
            raise _OtherFormError(statement, "an assertion of luaunit")
        elif not self._is_run(statement.call):
            self.tests.append(self._test(statement.call))

    def _assign(self, statement: Assign | Local) -> None:
        names = statement.targets if isinstance(statement, Assign) else statement.variables
        if len(names) != 1 or len(statement.values) != 1 or not isinstance(names[0], Name | Variable):
            raise _OtherFormError(statement, "one variable and its value")
        name, value = names[0].name, statement.values[0]
        if _is_call_of(value, "require") and [_text(argument) for argument in value.arguments] == ["luaunit"]:
            self.units.add(name)
        elif (path := _path(value)) is not None:
            self.aliases[name] = path
        else:
            raise _OtherFormError(statement, "require('luaunit'), or the function that is tested")

    def _is_run(self, call: Node) -> bool:
        """Whether a call runs the tests, or ends the program with what they come to."""
        if _is_call_of(call, "os.exit"):
            return all(self._is_run(argument) for argument in call.arguments)
        return isinstance(call, Call) and any(_path(call.function) == f"{unit}.LuaUnit.run" for unit in self.units)

    def _test(self, call: Node) -> Test:
        """The test of an assertion.

        Raises:
            _OtherFormError: it is none, or none of a call of the function that is tested.
        """
        path = _path(call.function) if isinstance(call, Call) else None
        unit, _, assertion = (path or "").rpartition(".")
        if not isinstance(call, Call) or unit not in self.units or assertion not in ASSERTIONS:
            raise _OtherFormError(call, f"one of luaunit's {', '.join(ASSERTIONS)}")
        expected = ASSERTIONS[assertion]
        given = call.arguments[: 1 if expected else 2]
        if len(given) != (1 if expected else 2):
            raise _OtherFormError(call, "the values that are compared")
        tested = next((value for value in given if self._function(value) is not None), None)
        if not isinstance(tested, Call):
            raise _OtherFormError(call, "a call of the function that is tested")
        self.functions[self._function(tested) or ""] = None
        others = [_spelled(value) for value in given if value is not tested]
        arguments = ", ".join(_spelled(argument) for argument in tested.arguments)
        return Test("return", arguments, expected or others[0])

    def _function(self, value: Expression) -> str | None:
        """The function that a call calls, None if it is no call, or that of a function of Lua."""
        path = _path(value.function) if isinstance(value, Call) else None
        if path is None or path.partition(".")[0] in GLOBALS:
            return None
        first, dot, rest = path.partition(".")
        return self.aliases.get(first, first) + dot + rest


def _spelled(expression: Expression) -> str:
    """The text of an expression that uses no variable but its own, and the standard library.

    Raises:
        _OtherFormError: it uses others.
    """
    inside = set(expression.walk())
    for node in expression.walk():
        if isinstance(node, Name):
            variable = local_variable(node.variable)
            if variable is not None and variable.declaration in inside:
                continue
            if not isinstance(node.variable, Global) or node.name not in GLOBALS:
                raise _OtherFormError(expression, f"no variable of the tests ({node.name})")
    return to_source(expression, comments=False).decode()


def _path(value: Node) -> str | None:
    """A variable, or a field of one, as ``a.b``; None for another value."""
    names: list[str] = []
    while isinstance(value, Index) and (name := _text(value.key)) is not None and name.isidentifier():
        names.append(name)
        value = value.object
    return ".".join([value.name, *reversed(names)]) if isinstance(value, Name) else None


def _text(value: Node) -> str | None:
    """The text of a literal; None for another value."""
    return value.value.decode("utf-8", "replace") if isinstance(value, String) else None


def _is_call_of(value: Node, path: str) -> TypeGuard[Call]:
    return isinstance(value, Call) and _path(value.function) == path
