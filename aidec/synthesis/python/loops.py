"""Loops and comprehensions of Python as loops of Lua."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aidec.lua.nodes import (
    Block,
    Expression,
    GenericFor,
    Index,
    Name,
    Number,
    NumericFor,
    Statement,
)
from aidec.lua.nodes import (
    Variable as Declared,
)
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import (
    assign,
    call,
    fresh,
    length,
    local,
    method,
    plus,
    sequence,
    text,
)
from aidec.synthesis.python.expressions import Expressions
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import INT, ORDERED, STR, Type

Header = Callable[[list[Statement]], Statement]
"""Makes a loop of its body."""


class Loops(Expressions):
    """Translates loops: over ranges, sequences, dicts and iterators."""

    def header(
        self, target: ast.expr, iterable: ast.expr, body: list[ast.AST], own: set[str]
    ) -> tuple[Header, list[Statement]]:
        """What makes a loop of its body, and the statements that its body begins with.

        Args:
            target: what each turn assigns.
            iterable: what the loop goes through.
            body: what is inside the loop.
            own: the variables that are the loop's alone.
        """
        match iterable:
            case ast.Call(func=ast.Name(id="range")) if self.variable("range") is None:
                return self._over_range(target, iterable, body, own)
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *start], keywords=[]):
                first = start[0] if start else ast.Constant(0)
                match target, first:
                    case ast.Tuple(elts=[ast.Name() as index, value]), ast.Constant(value=int() as number):
                        return self._over_numbered(inner, 1 - number, (index, value), body, own)
            case ast.Call(func=ast.Name(id="reversed"), args=[ast.Name() as inner]) if isinstance(target, ast.Name):
                return self._backwards(target, inner, own)
            case ast.Call(func=ast.Name(id="zip"), args=[ast.Name(), ast.Name(), *_] as parts, keywords=[]):
                for part in parts:
                    if isinstance(part, ast.Name) and _is_changed(part.id, body):
                        refuse(iterable, f"{part.id} changes while zip() goes through it", "a list that a loop changes")
                if isinstance(target, ast.Tuple) and len(target.elts) == len(parts):
                    return self._over_several(target, iterable, own)
            case ast.Call(func=ast.Attribute(value=inner, attr="items" | "values" | "keys" as which), args=[]):
                known = self.expression(inner)
                if known.type.kind == "dict":
                    return self._over_dict(target, known, which, own)
        return self._over_values(target, iterable, own)

    def taken(self, target: ast.expr, type_: Type, own: set[str], name: str) -> tuple[str, list[Statement]]:
        """The variable of a loop, and the statements that make the target of it."""
        if isinstance(target, ast.Name) and target.id in own:
            variable = self.known(target.id)
            variable.cell.add(type_)
            return variable.name, []
        if isinstance(target, ast.Name) and target.id == "_":
            return "_", []
        held = self.temporary(name)
        with self.block() as statements:
            self.assign_to(target, Typed(Name(held), type_), own)
        return held, statements

    def assign_to(self, target: ast.expr, value: Typed, own: set[str]) -> None:
        """Assign a value to a target; what is a loop's own is declared."""
        raise NotImplementedError

    def _over_range(
        self, target: ast.expr, node: ast.Call, body: list[ast.AST], own: set[str]
    ) -> tuple[Header, list[Statement]]:
        start, stop, step = self.range_parts(node)
        by = step.value if isinstance(step, Number) else 0
        if isinstance(step, Name) and isinstance(node.args[2], ast.Name):
            by = self.lowest.get(node.args[2].id, 0)  # where it is at least 1, the loop counts up
        if by == 0:
            made = self.call_range(node)
            return self._over_sequence(target, made, own)
        limit = plus(stop, -1 if by > 0 else 1)
        if isinstance(target, ast.Name) and isinstance(start, Number) and not _is_stored(target.id, body):
            self.lowest[target.id] = int(start.value) if by > 0 else 0
        is_one = isinstance(step, Number) and step.value == 1
        if isinstance(target, ast.Name) and target.id in own and is_one:
            self._mark_range(target.id, node, body)
            if self._only_indexes(target.id, body):
                variable = self.known(target.id)
                variable.shift = 1
                start, limit = plus(start, 1), plus(limit, 1)
        held, first = self.taken(target, INT, own, "i")

        def header(statements: list[Statement]) -> Statement:
            return NumericFor(Declared(held), start, limit, None if is_one else step, Block(statements))

        return header, first

    def _mark_range(self, index: str, node: ast.Call, body: list[ast.AST]) -> None:
        """Remember what the index of ``range(len(x))`` is in."""
        low = 0
        if len(node.args) > 1:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, int):
                low = first.value
            elif isinstance(first, ast.BinOp | ast.Name):
                known = _offset(first)
                if known is None or not any(
                    pair[1] == known[0] and bounds[0] <= known[1] for pair, bounds in self.safe.items()
                ):
                    return
            else:
                return
        length_ = _length_of(node.args[0] if len(node.args) == 1 else node.args[1])
        if length_ is None or low < 0:
            return
        name, less = length_
        if _stays(name, index, body):
            self.safe[name, index] = (-low, less)

    def _only_indexes(self, index: str, body: list[ast.AST]) -> bool:
        """Whether the index of a range is used mostly as an index, so that the loop can count as Lua does."""
        inside = outside = 0
        for part in body:
            for each in ast.walk(part):
                if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Name) and each.slice.id == index:
                    inside += 1
                elif isinstance(each, ast.Name) and each.id == index:
                    outside += 1
        safe = any(pair[1] == index for pair in self.safe)
        return safe and inside > 0 and outside == inside

    def _over_numbered(
        self, inner: ast.expr, shift: int, target: tuple[ast.Name, ast.expr], body: list[ast.AST], own: set[str]
    ) -> tuple[Header, list[Statement]]:
        """``for i, x in enumerate(values)``; Lua counts from 1, which is ``shift`` more than Python."""
        index, value = target
        made = self.as_list(inner)
        variable = self.known(index.id)
        first: list[Statement] = []
        variable.cell.add(INT)
        if index.id not in own or _is_stored(index.id, body):
            place = self.temporary("place")
            moved = plus(Name(place), -shift)
            first = [local([variable.name], moved) if index.id in own else assign(Name(variable.name), moved)]
        else:
            variable.shift = shift
            place = variable.name
        if isinstance(inner, ast.Name) and shift == 1 and _stays(inner.id, index.id, body):
            self.safe[inner.id, index.id] = (0, 0)
        held, more = self.taken(value, element_of(made.type), own, "value")

        def header(statements: list[Statement]) -> Statement:
            names = [Declared(place), Declared(held)]
            return GenericFor(names, [call("ipairs", made.lua)], Block(statements))

        return header, first + more

    def _backwards(self, target: ast.Name, inner: ast.Name, own: set[str]) -> tuple[Header, list[Statement]]:
        """``for x in reversed(values)``."""
        made = self.as_list(inner)
        place = self.temporary("i")
        with self.block() as first:
            self.assign_to(target, Typed(Index(made.lua, Name(place)), element_of(made.type)), own)

        def header(statements: list[Statement]) -> Statement:
            return NumericFor(Declared(place), length(made.lua), Number(1), Number(-1), Block(statements))

        if not isinstance(made.lua, Name):
            return self._over_sequence(target, Typed(call("reversed", made.lua), made.type), own)
        return header, first

    def _over_several(self, target: ast.Tuple, node: ast.Call, own: set[str]) -> tuple[Header, list[Statement]]:
        """``for x, y in zip(a, b)`` of lists."""
        made = [self.as_list(each) for each in node.args]
        if not all(isinstance(each.lua, Name) for each in made):
            return self._over_sequence(target, self.call_zip(node), own)
        place = self.temporary("i")
        values = [Typed(Index(each.lua, Name(place)), element_of(each.type)) for each in made]
        names = [part.id for part in target.elts if isinstance(part, ast.Name) and part.id in own]
        with self.block() as first:
            if len(names) == len(values):
                for name, value in zip(names, values, strict=True):
                    self.known(name).cell.add(value.type)
                first.append(local([self.known(name).name for name in names], *[value.lua for value in values]))
            else:
                for part, value in zip(target.elts, values, strict=True):
                    self.assign_to(part, value, own)
        shortest = call("math.min", *[length(fresh(each.lua)) for each in made])

        def header(statements: list[Statement]) -> Statement:
            return NumericFor(Declared(place), Number(1), shortest, None, Block(statements))

        return header, first

    def _over_dict(self, target: ast.expr, known: Typed, which: str, own: set[str]) -> tuple[Header, list[Statement]]:
        """``for k, v in d.items()`` and alike."""
        key, value = (cell.type for cell in known.type.cells)
        names: list[str] = []
        first: list[Statement] = []
        if which == "items" and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            for each, type_, name in zip(target.elts, (key, value), ("key", "value"), strict=True):
                held, more = self.taken(each, type_, own, name)
                names.append(held)
                first += more
        elif which == "items":
            names = [self.temporary("key"), self.temporary("value")]
            pair = Typed(sequence([Name(name) for name in names]), self.made(target, "tuple", key, value))
            with self.block() as first:
                self.assign_to(target, pair, own)
        else:
            held, first = self.taken(target, key if which == "keys" else value, own, which[:-1])
            names = [held] if which == "keys" else ["_", held]

        def header(statements: list[Statement]) -> Statement:
            return GenericFor([Declared(name) for name in names], [call("pairs", known.lua)], Block(statements))

        return header, first

    def _over_values(self, target: ast.expr, iterable: ast.expr, own: set[str]) -> tuple[Header, list[Statement]]:
        """A loop over the elements of a value."""
        value = self.as_list(iterable) if isinstance(iterable, ast.GeneratorExp) else self.expression(iterable)
        kind = value.type.kind
        if kind == "dict":
            return self._over_dict(target, value, "keys", own)
        if kind == "str":
            held, first = self.taken(target, STR, own, "c")
            return self._generic([held], method(value.lua, "gmatch", text("."))), first
        if kind == "iterator":
            held, first = self.taken(target, element_of(value.type), own, "value")
            return self._generic([held], value.lua), first
        if kind == "set":
            if not self.in_any_order:
                refuse(iterable, f"the order of a set counts: {spelled(iterable)}", "the order of a set")
            held, first = self.taken(target, element_of(value.type), own, "value")
            return self._generic([held], call("pairs", value.lua)), first
        self.settled(iterable, value.type, *ORDERED, what="iterating over a value")
        return self._over_sequence(target, value, own)

    def _over_sequence(self, target: ast.expr, value: Typed, own: set[str]) -> tuple[Header, list[Statement]]:
        held, first = self.taken(target, element_of(value.type), own, "value")
        return self._generic(["_", held], call("ipairs", value.lua)), first

    def _generic(self, names: list[str], iterator: Expression) -> Header:
        def header(statements: list[Statement]) -> Statement:
            return GenericFor([Declared(name) for name in names], [iterator], Block(statements))

        return header

    in_any_order = False
    """Whether the loop at hand comes to the same in whatever order it goes."""


def _is_changed(name: str, body: list[ast.AST]) -> bool:
    """Whether code changes the length of a list, or hands it on to what could."""
    nodes = [each for part in body for each in ast.walk(part)]
    looked_at = sum(
        isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name) and each.value.id == name for each in nodes
    )
    lengths = sum(isinstance(each, ast.Call) and ast.unparse(each) == f"len({name})" for each in nodes)
    return sum(isinstance(each, ast.Name) and each.id == name for each in nodes) > looked_at + lengths


def _is_stored(name: str, body: list[ast.AST]) -> bool:
    """Whether code assigns a variable."""
    nodes = (each for part in body for each in ast.walk(part) if isinstance(each, ast.Name))
    return any(each.id == name and not isinstance(each.ctx, ast.Load) for each in nodes)


def _length_of(node: ast.expr) -> tuple[str, int] | None:
    """Of ``len(x) - k`` the name x and k."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            return name, 0
        case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=int() as less)) if less >= 0:
            inner = _length_of(left)
            return (inner[0], inner[1] + less) if inner else None
    return None


def _offset(node: ast.expr) -> tuple[str, int] | None:
    """Of ``i + k`` the name i and k."""
    match node:
        case ast.Name(id=name):
            return name, 0
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=int() as more)):
            return name, more
    return None


def _stays(name: str, index: str, body: list[ast.AST]) -> bool:
    """Whether a sequence stays as long as it is, and the index as it is: elements are only looked at, or replaced."""
    looked_at = 0
    for part in body:
        for each in ast.walk(part):
            if isinstance(each, ast.Name) and each.id == index and not isinstance(each.ctx, ast.Load):
                return False
            if isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name) and each.value.id == name:
                if (isinstance(each.slice, ast.Slice) and not isinstance(each.ctx, ast.Load)) or isinstance(
                    each.ctx, ast.Del
                ):
                    return False
                looked_at += 1
            if (
                isinstance(each, ast.Call)
                and isinstance(each.func, ast.Name)
                and each.func.id in ("len", "sum", "min", "max", "abs")
            ):
                looked_at += sum(isinstance(a, ast.Name) and a.id == name for a in each.args)
    uses = sum(isinstance(each, ast.Name) and each.id == name for part in body for each in ast.walk(part))
    return uses == looked_at
