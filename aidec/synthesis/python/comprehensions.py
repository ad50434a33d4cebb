"""Comprehensions of Python as loops that fill a table."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aidec.lua.nodes import (
    Boolean,
    Expression,
    Index,
    Name,
)
from aidec.synthesis.python.base import Frame, Typed, Variable, spelled
from aidec.synthesis.python.build import (
    append,
    assign,
    at_once,
    binary,
    call,
    give,
    local,
    negated,
    sequence,
    when,
)
from aidec.synthesis.python.loops import Loops
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.scopes import stored_names
from aidec.synthesis.python.types import BOTTOM, Type


class Comprehensions(Loops):
    """Translates comprehensions."""

    def _through(self, generators: list[ast.comprehension], parts: list[ast.AST], inside: Callable[[], None]) -> None:
        """Write the loops of a comprehension around what is written inside."""
        loop, *others = generators
        if loop.is_async:
            refuse(loop.iter, "async", "async")
        own = set(stored_names(loop.target))
        rest: list[ast.AST] = [*loop.ifs, *others, *parts]
        safe = dict(self.safe)
        frame = Frame({name: Variable(self.own_name(name), self.cell(loop, name)) for name in own})
        outer_names = self.frames
        with self.block() as statements:
            self.frames = [*outer_names, frame]
            header, first = self.header(loop.target, loop.iter, rest, own)
            hoisted, self.out[:] = list(statements), first
            if hoisted:
                refuse(loop.iter, spelled(loop.iter), "a computed iterable in a comprehension")
            tests = [self.truth(test) for test in loop.ifs]

            def deeper() -> None:
                self.can_hoist = True
                if others:
                    self._through(others, parts, inside)
                else:
                    inside()

            if tests:
                with self.block() as chosen:
                    deeper()
                statements.append(when(binary(tests[0], "and", *tests[1:]), chosen))
            else:
                deeper()
            self.frames = outer_names
        self.safe = safe
        self.out.append(header(statements))

    def own_name(self, name: str) -> str:
        """The name of a comprehension's variable in Lua."""
        return self.safe_name(name)

    def _listed(
        self,
        node: ast.ListComp | ast.SetComp | ast.DictComp,
        made: Type,
        inside: Callable[[str], None],
        start: Expression,
    ) -> Typed:
        """A comprehension: a loop before the statement at hand, or in a function of its own."""
        parts: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        result = self.wanted_name or self.temporary("result")
        self.wanted_name = ""

        def fill() -> None:
            self._through(node.generators, parts, lambda: inside(result))

        if self.can_hoist:
            self.out.append(local([result], start))
            fill()
            return Typed(Name(result), made)
        with self.block() as statements:
            statements.append(local([result], start))
            fill()
            statements.append(give(Name(result)))
        return Typed(at_once(statements), made)

    def on_listcomp(self, node: ast.ListComp) -> Typed:
        """A list comprehension."""
        made = self.made(node, "list", BOTTOM)

        def inside(result: str) -> None:
            value = self.elements([node.elt])[0]
            made.element.add(value.type)
            self.out.append(append(Name(result), value.lua))

        return self._listed(node, made, inside, sequence([]))

    def on_generatorexp(self, node: ast.GeneratorExp) -> Typed:
        """A generator, which is made at once."""
        refuse(node, spelled(node), "a generator as a value")

    def on_setcomp(self, node: ast.SetComp) -> Typed:
        """A set comprehension."""
        made = self.made(node, "set", BOTTOM)

        def inside(result: str) -> None:
            value = self.elements([node.elt])[0]
            made.element.add(value.type)
            self.hashable(node, value.type)
            self.out.append(assign(Index(Name(result), value.lua), Boolean(True)))  # noqa: FBT003

        before, self.in_any_order = self.in_any_order, True
        try:
            return self._listed(node, made, inside, call("set"))
        finally:
            self.in_any_order = before

    def on_dictcomp(self, node: ast.DictComp) -> Typed:
        """A dict comprehension."""
        made = self.made(node, "dict", BOTTOM, BOTTOM)

        def inside(result: str) -> None:
            key, value = self.elements([node.key, node.value])
            self.hashable(node, key.type)
            made.cells[0].add(key.type)
            made.cells[1].add(value.type)
            self.out.append(assign(Index(Name(result), key.lua), value.lua))

        return self._listed(node, made, inside, call("dict"))

    def tested_loop(self, node: ast.GeneratorExp, *, is_any: bool) -> Expression:
        """``any()`` or ``all()`` of a generator: a function that returns as soon as it is decided."""
        before, self.in_any_order = self.in_any_order, True
        with self.no_hoisting(), self.block() as statements:

            def inside() -> None:
                test = self.truth(node.elt)
                self.out.append(when(test if is_any else negated(test), [give(Boolean(is_any))]))

            self._through(node.generators, [node.elt], inside)
            statements.append(give(Boolean(not is_any)))
        self.in_any_order = before
        return at_once(statements)

    wanted_name = ""
