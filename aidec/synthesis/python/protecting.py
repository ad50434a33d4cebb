"""Exceptions of Python as errors of Lua, caught by pcall."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aidec.lua.nodes import (
    Block,
    Boolean,
    Call,
    CallStatement,
    ElseIf,
    Expression,
    If,
    Name,
    Number,
    Statement,
)
from aidec.synthesis.python.assignments import Assignments
from aidec.synthesis.python.base import Variable, spelled
from aidec.synthesis.python.build import (
    assign,
    binary,
    call,
    function,
    give,
    local,
    negated,
    text,
    when,
)
from aidec.synthesis.python.calling import EXCEPTIONS
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import Type


@dataclass(slots=True)
class Around:
    """A loop around: the labels that ``continue`` and a ``break`` past ``else`` jump to, once they are needed."""

    number: int
    has_else: bool
    continues: bool = False
    breaks: bool = False
    is_outside: bool = False


class Protecting(Assignments):
    """Translates ``raise``, ``assert`` and ``try``."""

    loops: list[Around]
    caught: list[str]
    loop_count = 0
    is_protected = False
    is_generator = False

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Write statements to the block at hand."""
        raise NotImplementedError

    def do_raise(self, node: ast.Raise) -> None:
        """``raise``."""
        if node.exc is None:
            if not self.caught:
                refuse(node, spelled(node), "raise without an exception")
            self.out.append(CallStatement(call("error", Name(self.caught[-1]), Number(0))))
            return
        exception = node.exc
        if isinstance(exception, ast.Name) and (exception.id in EXCEPTIONS or exception.id in self.exceptions):
            self.out.append(CallStatement(call("raise", text(exception.id))))
            return
        value = self.expression(exception)
        self.settled(node, value.type, "exception", what="raise")
        if (
            isinstance(value.lua, Call)
            and isinstance(value.lua.function, Name)
            and value.lua.function.name == "exception"
        ):
            self.out.append(CallStatement(call("raise", *value.lua.arguments)))
        else:
            self.out.append(CallStatement(call("error", value.lua, Number(0))))

    def do_assert(self, node: ast.Assert) -> None:
        """``assert``."""
        test = negated(self.truth(node.test))
        with self.block() as statements:
            message = [self.text_of(node.msg)] if node.msg else []
            statements.append(CallStatement(call("raise", text("AssertionError"), *message)))
        self.out.append(when(test, statements))

    def do_try(self, node: ast.Try) -> None:
        """``try``, over pcall."""
        if node.finalbody:
            if node.handlers or node.orelse:
                inner = ast.Try(node.body, node.handlers, node.orelse, [])
                protected = lambda: self.do_try(ast.copy_location(inner, node))  # noqa: E731
                nodes: list[ast.stmt] = [*node.body, *node.orelse, *[each for h in node.handlers for each in h.body]]
            else:
                protected = lambda: self.statements(node.body)  # noqa: E731
                nodes = node.body
            ok, returns = self._protected(nodes, protected)
            self.statements(node.finalbody)
            self.out.append(when(negated(Name(ok[0])), [CallStatement(call("error", Name(ok[1]), Number(0)))]))
            self._return_if(ok, returns)
            return
        ok, returns = self._protected(node.body, lambda: self.statements(node.body))
        handled = self._handlers(node, ok[1])
        with self.block() as otherwise:
            self._return_if(ok, returns)
            self.statements(node.orelse)
        if otherwise:
            self.out.append(when(Name(ok[0]), otherwise, handled))
        else:
            self.out.append(when(negated(Name(ok[0])), handled))

    def _return_if(self, ok: list[str], returns: bool) -> None:  # noqa: FBT001 -- what _protected() returns
        """Return what a protected function returned, if it returned."""
        if returns:
            values: list[Expression] = [Name(ok[2])]
            if self.is_protected:
                values.insert(0, Boolean(True))  # noqa: FBT003
            self.out.append(when(Name(ok[1]), [give(*values)]))

    def _protected(self, nodes: list[ast.stmt], write: Callable[[], None]) -> tuple[list[str], bool]:
        """A call in protected mode; the names of what it gives, and whether what is inside can return."""
        returns = any(isinstance(each, ast.Return) for each in own_nodes(nodes))
        loops, self.loops = self.loops, [Around(0, has_else=False, is_outside=True)]
        before, self.is_protected = self.is_protected, True
        if self.is_generator and any(isinstance(each, ast.Yield) for each in own_nodes(nodes)):
            refuse(nodes[0], "yield inside try", "yield inside try")
        with self.block() as statements:
            write()
        self.loops, self.is_protected = loops, before
        names = [self.temporary("ok"), self.temporary("problem" if not returns else "result")]
        if returns:
            names.append(self.temporary("value"))
        self.out.append(local(names, call("pcall", function([], statements))))
        self.function_frame().temporary.extend(names)
        return names, returns

    def _handlers(self, node: ast.Try, problem: str) -> list[Statement]:
        """What happens where an exception was caught."""
        with self.block() as statements:
            statements.append(assign(Name(problem), call("caught", Name(problem))))
            self.caught.append(problem)
            otherwise: list[Statement] = [CallStatement(call("error", Name(problem), Number(0)))]
            chosen: list[ElseIf] = []
            for handler in node.handlers:
                test = self._test_of(handler, problem)
                handled = self._handler(handler, problem)
                if test is None:
                    otherwise = handled
                    break
                chosen.append(ElseIf(test, Block(handled)))
            self.caught.pop()
            if chosen:
                first, *others = chosen
                last = Block(otherwise) if otherwise else None
                statements.append(If(first.test, first.body, list[ElseIf](others), last))
            else:
                statements.extend(otherwise)
        return statements

    def _handler(self, handler: ast.ExceptHandler, problem: str) -> list[Statement]:
        with self.block() as body:
            if handler.name:
                variable = self.variable(handler.name)
                if variable is None:
                    variable = Variable(problem, self.cell(handler, "name"))
                    self.function_frame().variables[handler.name] = variable
                variable.name = problem
                variable.cell.add(Type("exception"))
            self.statements(handler.body)
        return body

    def _test_of(self, handler: ast.ExceptHandler, problem: str) -> Expression | None:
        """The test for the classes of a handler; None for all."""
        if handler.type is None:
            return None
        names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        tests: list[Expression] = []
        for each in names:
            if not isinstance(each, ast.Name) or not (each.id in EXCEPTIONS or each.id in self.exceptions):
                refuse(handler, spelled(each), "a class of exceptions that is not known")
            if each.id == "Exception":
                return None
            tests.append(call("is_a", Name(problem), text(each.id)))
        return binary(tests[0], "or", *tests[1:])


def own_nodes(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of statements, without those of functions and classes inside."""
    waiting: list[ast.AST] = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
