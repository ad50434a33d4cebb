"""What each name stands for, found in the order in which Lua's compiler finds it.

The functions of lparser.c that this follows are singlevar (what a name is), adjustlocalvars (where a variable begins),
forstat, body and localfunc (what they declare), and findlabel (where a goto goes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aidec.common.arguments import expect
from aidec.common.gc_pause import no_collection
from aidec.lua.node import Node
from aidec.lua.nodes import (
    Block,
    FunctionBody,
    FunctionStatement,
    GenericFor,
    Goto,
    Label,
    Local,
    LocalFunction,
    Main,
    Name,
    NumericFor,
    Repeat,
    Variable,
)
from aidec.lua.variables import Global, LocalVariable, Scope, Upvalue

NUMERIC_STATE = ("(for index)", "(for limit)", "(for step)")
GENERIC_STATE = ("(for generator)", "(for state)", "(for control)")
"""The hidden variables of loops (lparser.c: fornum, forlist)."""


def resolve(main: Main) -> Scope:
    """The variables of a whole file; sets ``variable`` of each ``Name`` in it, and of no other node.

    It may be called again after a tree was changed.

    Args:
        main: a tree of what Lua takes. Without places, the variables have no ``start`` and ``end``.
    """
    expect("main", main, Main)
    resolver = _Resolver(main)
    with no_collection():
        resolver.run()
    return resolver.main.scope


@dataclass(slots=True, eq=False)
class _Block:
    """A block that is open.

    Attributes:
        around: the block around it in the same function.
        num_active: the number of variables that were active when it began.
        labels: its labels by name.
    """

    around: _Block | None = None
    num_active: int = 0
    labels: dict[str, Label] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Function:
    """A function that is open.

    Attributes:
        scope: its variables as found so far.
        around: the function around.
        active: its local variables that can be seen; the place of each is its register.
        by_name: its upvalues.
        block: the innermost block.
        gotos: those in it, each with the block that it stands in.
    """

    scope: Scope
    around: _Function | None
    active: list[LocalVariable] = field(default_factory=list)
    by_name: dict[str, Upvalue] = field(default_factory=dict)
    block: _Block = field(default_factory=_Block)
    gotos: list[tuple[Goto, _Block]] = field(default_factory=list)

    def find(self, name: str) -> LocalVariable | Upvalue | None:
        """The variable of a name (lparser.c: singlevaraux)."""
        for variable in reversed(self.active):
            if variable.name == name:
                return variable
        upvalue = self.by_name.get(name)
        if upvalue is None and self.around is not None:
            captured = self.around.find(name)
            if captured is not None:
                upvalue = self.capture(name, captured)
        return upvalue

    def capture(self, name: str, captured: LocalVariable | Upvalue | None) -> Upvalue:
        """A new upvalue (lparser.c: newupvalue)."""
        in_stack = not isinstance(captured, Upvalue)
        upvalue = Upvalue(name, len(self.scope.upvalues), in_stack, captured)
        if isinstance(captured, LocalVariable):
            captured.captured = True
        self.scope.upvalues.append(upvalue)
        self.by_name[name] = upvalue
        return upvalue


_Step = Node | Callable[[], None]


class _Resolver:
    """Walks a tree in the order of the compiler. What waits is a node, or something to do between nodes."""

    def __init__(self, main: Main) -> None:
        self.main = self.function = _Function(Scope(main), None)
        self.function.capture("_ENV", None)
        self.waiting: list[_Step] = [main.body]

    def run(self) -> None:
        while self.waiting:
            step = self.waiting.pop()
            if not isinstance(step, Node):
                step()
                continue
            handle = _HANDLERS.get(type(step))
            steps = step.children() if handle is None else handle(self, step)
            self.waiting.extend(reversed(list(steps)))
        self._join_gotos()

    def name(self, node: Name) -> Sequence[_Step]:
        node.variable = self.function.find(node.name)
        if node.variable is None:
            environment = cast("LocalVariable | Upvalue", self.function.find("_ENV"))  # the main function has one
            node.variable = Global(node.name, environment)
        return ()

    def block(self, node: Block) -> Sequence[_Step]:
        self._enter()
        return (*node.statements, lambda: self._leave(node))

    def repeat(self, node: Repeat) -> Sequence[_Step]:
        """The test stands in the block."""
        self._enter()
        return (*node.body.statements, node.test, lambda: self._leave(node))

    def local(self, node: Local) -> Sequence[_Step]:
        return (*node.values, lambda: self._declare(node.variables, _end(node)))

    def local_function(self, node: LocalFunction) -> Sequence[_Step]:
        self._declare([node.variable], _end(node.variable))
        return (node.function,)

    def numeric_for(self, node: NumericFor) -> Sequence[_Step]:
        values = [node.start, node.limit] + ([] if node.step is None else [node.step])
        return (*values, *self._loop(node, NUMERIC_STATE, [node.variable], node.body))

    def generic_for(self, node: GenericFor) -> Sequence[_Step]:
        return (*node.values, *self._loop(node, GENERIC_STATE, node.variables, node.body))

    def _loop(self, node: Node, state: Sequence[str], variables: list[Variable], body: Block) -> Iterator[_Step]:
        """The hidden state and the variables of a loop, each in a block of its own (lparser.c: forbody)."""

        def begin() -> None:
            self._enter()
            for name in state:
                self._activate(name, node, _start(body))

        def begin_body() -> None:
            self._enter()
            self._declare(variables, _start(body))

        yield from (begin, begin_body, body, lambda: self._leave(body), lambda: self._leave(node))

    def function_statement(self, node: FunctionStatement) -> Sequence[_Step]:
        parameters = ["self"] if node.method is not None else []
        return (node.target, lambda: self.waiting.extend(reversed(self.body(node.function, parameters))))

    def body(self, node: FunctionBody, parameters: Sequence[str] = ()) -> Sequence[_Step]:
        """A function; ``parameters`` are those that stand before the ones in the text."""
        scope = Scope(node, self.function.scope)
        self.function.scope.functions.append(scope)
        self.function = _Function(scope, self.function)
        self._enter()
        for name in parameters:
            self._activate(name, node, _start(node))
        self._declare([p for p in node.parameters if isinstance(p, Variable)], _start(node.body))
        return (*node.body.statements, lambda: self._leave(node.body), self._end_function)

    def goto(self, node: Goto) -> Sequence[_Step]:
        self.function.gotos.append((node, self.function.block))
        return ()

    def label(self, node: Label) -> Sequence[_Step]:
        self.function.block.labels[node.name] = node
        return ()

    def _end_function(self) -> None:
        self._join_gotos()
        self.function = self.function.around or self.main

    def _join_gotos(self) -> None:
        """Find the label of each goto: that of the innermost block around it that has one of the name."""
        for goto, block in self.function.gotos:
            around: _Block | None = block
            while around is not None and goto.label not in around.labels:
                around = around.around
            if around is not None:
                self.function.scope.labels[goto] = around.labels[goto.label]

    def _enter(self) -> None:
        self.function.block = _Block(self.function.block, len(self.function.active))

    def _leave(self, node: Node) -> None:
        """End the innermost block where ``node`` ends."""
        block = self.function.block
        for variable in self.function.active[block.num_active :]:
            variable.end = _end(node)
        del self.function.active[block.num_active :]
        self.function.block = block.around or _Block()

    def _declare(self, variables: list[Variable], start: int) -> None:
        for variable in variables:
            self._activate(variable.name, variable, start)

    def _activate(self, name: str, declaration: Node, start: int) -> None:
        variable = LocalVariable(name, declaration, len(self.function.active), start)
        self.function.active.append(variable)
        self.function.scope.locals.append(variable)


def _start(node: Node) -> int:
    return -1 if node.place is None else node.place.start


def _end(node: Node) -> int:
    return -1 if node.place is None else node.place.end


_HANDLERS: dict[type[Node], Callable[[_Resolver, Any], Iterable[_Step]]] = {
    Name: _Resolver.name,
    Block: _Resolver.block,
    Repeat: _Resolver.repeat,
    Local: _Resolver.local,
    LocalFunction: _Resolver.local_function,
    NumericFor: _Resolver.numeric_for,
    GenericFor: _Resolver.generic_for,
    FunctionStatement: _Resolver.function_statement,
    FunctionBody: _Resolver.body,
    Goto: _Resolver.goto,
    Label: _Resolver.label,
}
