"""Statements of Python as statements of Lua."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aidec.lua.nodes import (
    Block,
    Boolean,
    Break,
    Call,
    CallStatement,
    Do,
    ElseIf,
    Goto,
    Label,
    MethodCall,
    Name,
    Nil,
    Return,
    Statement,
    While,
)
from aidec.synthesis.python.base import Typed, spelled
from aidec.synthesis.python.build import (
    call,
    give,
    local,
    when,
)
from aidec.synthesis.python.definitions import Definitions
from aidec.synthesis.python.protecting import Around
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import NONE


class Statements(Definitions):
    """Translates statements; a method for each kind of node, with its name."""

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Write statements to the block at hand; what can't be reached is left out."""
        for node in nodes:
            self.can_hoist = True
            count = len(self.function_frame().temporary)
            scope = self.scope()
            for name in scope.before.get(node, []):
                variable = self.known(name)
                self.out.append(local([variable.name]))
            method_: Callable[[ast.stmt], None] | None = getattr(self, f"do_{type(node).__name__.lower()}", None)
            if method_ is None:
                refuse(
                    node,
                    f"the statement {type(node).__name__}: {spelled(node)}",
                    f"the statement {type(node).__name__}",
                )
            method_(node)
            del self.function_frame().temporary[count:]
            if self.out and isinstance(self.out[-1], Return | Break | Goto):
                break

    def inside(self, nodes: list[ast.stmt]) -> list[Statement]:
        """The statements of a block of its own."""
        with self.block() as statements:
            self.statements(nodes)
        return statements

    def do_expr(self, node: ast.Expr) -> None:
        """A call whose result is dropped, or a docstring."""
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Yield):
            self.do_yield(node.value)
            return
        if not isinstance(node.value, ast.Call):
            refuse(node, spelled(node), "an expression as a statement")
        value = self.expression(node.value)
        if isinstance(value.lua, Call | MethodCall):
            self.out.append(CallStatement(value.lua))
        elif not isinstance(value.lua, Nil | Name):
            self.out.append(local(["_"], value.lua))

    def do_yield(self, node: ast.Yield) -> None:
        """``yield x``."""
        value = self.expression(node.value) if node.value else Typed(Nil(), NONE)
        if value.type.optional or value.type.kind == "none":
            refuse(node, spelled(node), "a generator that yields None")
        result = self.function_frame().result
        if result is not None:
            result.add(value.type)
        self.out.append(CallStatement(call("coroutine.yield", value.lua)))

    def do_pass(self, node: ast.Pass) -> None:
        """Nothing."""

    do_nonlocal = do_pass

    # Choices and loops

    def do_if(self, node: ast.If) -> None:
        """A choice; ``else`` with one choice inside becomes ``elseif``."""
        test = self.truth(node.test)
        made = when(test, self.inside(node.body))
        self.out.append(made)
        rest = node.orelse
        while len(rest) == 1 and isinstance(rest[0], ast.If) and not self._needs_block(rest[0]):
            inner = rest[0]
            with self.no_hoisting():
                test = self.truth(inner.test)
            made.alternatives.append(ElseIf(test, Block(self.inside(inner.body))))
            rest = inner.orelse
        if rest:
            statements = self.inside(rest)
            made.otherwise = Block(statements) if statements else None

    def _needs_block(self, node: ast.If) -> bool:
        return bool(self.scope().before.get(node))

    @contextmanager
    def loop(self, node: ast.For | ast.While) -> Iterator[Around]:
        """A loop around what follows."""
        self.loop_count += 1
        known = Around(self.loop_count, bool(node.orelse))
        self.loops.append(known)
        try:
            yield known
        finally:
            self.loops.pop()

    def _body(self, node: ast.For | ast.While, first: list[Statement], known: Around) -> list[Statement]:
        """The body of a loop, with the label for ``continue`` at its end."""
        with self.block() as statements:
            statements.extend(first)
            self.statements(node.body)
            if known.continues:
                if isinstance(statements[-1], Return):
                    statements.append(Do(Block([statements.pop()])))
                statements.append(Label(f"continue{self._suffix(known)}"))
        return statements

    def _suffix(self, known: Around) -> str:
        return "" if known.number == 1 else str(known.number)

    def _after(self, node: ast.For | ast.While, known: Around) -> None:
        """The ``else`` of a loop, which a ``break`` jumps over."""
        if node.orelse:
            statements = self.inside(node.orelse)
            if known.breaks:
                self.out += [Do(Block(statements)), Label(f"found{self._suffix(known)}")]
            else:
                self.out += statements

    def do_for(self, node: ast.For) -> None:
        """``for``."""
        scope = self.scope()
        own = scope.own.get(node, set())
        shifts = {name: variable.shift for name in own if (variable := self.variable(name))}
        safe, lowest = dict(self.safe), dict(self.lowest)
        with self.loop(node) as known:
            header, first = self.header(node.target, node.iter, list(node.body), own)
            statements = self._body(node, first, known)
            self.out.append(header(statements))
        self.safe, self.lowest = safe, lowest
        for name, shift in shifts.items():
            variable = self.known(name)
            variable.shift = shift
        self._after(node, known)

    def do_while(self, node: ast.While) -> None:
        """``while``."""
        safe, self.safe = self.safe, {}
        with self.no_hoisting():
            test = self.truth(node.test)
        with self.loop(node) as known:
            statements = self._body(node, [], known)
            self.out.append(While(test, Block(statements)))
        self.safe = safe
        self._after(node, known)

    def do_break(self, node: ast.Break) -> None:
        """``break``; past an ``else`` a jump."""
        known = self.loops[-1]
        if known.is_outside:
            refuse(node, "break inside try", "break or continue out of try")
        known.breaks = True
        self.out.append(Goto(f"found{self._suffix(known)}") if known.has_else else Break())

    def do_continue(self, node: ast.Continue) -> None:
        """``continue``: a jump to the end of the body."""
        known = self.loops[-1]
        if known.is_outside:
            refuse(node, "continue inside try", "break or continue out of try")
        known.continues = True
        self.out.append(Goto(f"continue{self._suffix(known)}"))

    def do_return(self, node: ast.Return) -> None:
        """``return``."""
        value = self.expression(node.value) if node.value else Typed(Nil(), NONE)
        result = self.function_frame().result
        if result is None or self.is_generator:
            if node.value is None:
                self.out.append(give())
                return
            refuse(node, spelled(node), "return of a value in a generator")
        result.add(value.type)
        if self.is_protected:
            self.out.append(give(Boolean(True), value.lua))  # noqa: FBT003
        elif isinstance(value.lua, Nil):
            self.out.append(give() if node.value is None else give(Nil()))
        else:
            self.out.append(give(value.lua))
