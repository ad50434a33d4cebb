"""Expressions of Python as expressions of Lua."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

from aidec.lua.nodes import (
    Boolean,
    Expression,
    Function,
    Index,
    Name,
    Nil,
    Number,
    String,
)
from aidec.synthesis.python.base import Signature, Typed, element_of, spelled
from aidec.synthesis.python.build import (
    body,
    call,
    fresh,
    give,
    is_plain,
    method,
    plus,
    sequence,
    text,
)
from aidec.synthesis.python.comparisons import Comparisons
from aidec.synthesis.python.operators import joined
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    STR,
    Type,
)


class Expressions(Comparisons):
    """Translates expressions; a method for each kind of node, with its name."""

    def expression(self, node: ast.expr) -> Typed:
        """The value of an expression.

        Raises:
            RefusalError: it is outside the subset.
        """
        method_: Callable[[ast.expr], Typed] | None = getattr(self, f"on_{type(node).__name__.lower()}", None)
        if method_ is None:
            refuse(node, f"{_kind(node)}: {spelled(node)}", _kind(node))
        value = method_(node)
        if self.can_hoist and not is_plain(value.lua):
            self.can_hoist = isinstance(value.lua, String | Function)
        return value

    # Names and literals

    def on_constant(self, node: ast.Constant) -> Typed:
        match node.value:
            case None:
                return Typed(Nil(), NONE)
            case bool() as value:
                return Typed(Boolean(value), BOOL)
            case int() as value:
                if not -(2**63) <= value < 2**63:
                    refuse(node, f"an integer beyond 64 bits: {value}", "an integer beyond 64 bits")
                return Typed(Number(value), INT)
            case float() as value:
                if math.isinf(value):
                    return Typed(call("math.huge").function, FLOAT)
                return Typed(Number(value), FLOAT)
            case str() as value:
                if not value.isascii():
                    refuse(node, f"a string that is not ASCII: {value!a}", "a string that is not ASCII")
                return Typed(text(value), STR)
        refuse(node, spelled(node), f"a literal of type {type(node.value).__name__}")

    def on_name(self, node: ast.Name) -> Typed:
        variable = self.variable(node.id)
        if variable is not None:
            return Typed(self.lua_name(variable), variable.cell.type)
        if node.id in self.functions:
            return self.function_value(node, self.functions[node.id])
        if node.id in self.modules:
            return self.module_constant(node, self.modules[node.id])
        refuse(node, f"the name {node.id} is not known here", "a name that is not known")

    def function_value(self, node: ast.AST, signature: Signature) -> Typed:
        """A known function as a value."""
        if signature.defaults or signature.rest or signature.is_generator:
            refuse(
                node, f"a function with defaults as a value: {signature.name}", "a function with defaults as a value"
            )
        return Typed(Name(signature.name), Type("function", (signature.result, *signature.cells)))

    def on_lambda(self, node: ast.Lambda) -> Typed:
        parameters = [each.arg for each in node.args.args]
        if node.args.defaults or node.args.vararg or node.args.kwonlyargs or node.args.kwarg:
            refuse(node, spelled(node), "a lambda with defaults")
        result = self.cell(node, "result")
        cells = [self.cell(node, name) for name in parameters]
        with self.function([], parameters, cells, result) as names, self.block() as statements:
            value = self.expression(node.body)
            result.add(value.type)
            statements.append(give(value.lua))
        return Typed(Function(body(names, statements)), Type("function", (result, *cells)))

    def on_joinedstr(self, node: ast.JoinedStr) -> Typed:
        parts = [self.formatted(each) for each in node.values]
        if not parts:
            return Typed(text(""), STR)
        return Typed(joined(parts), STR)

    def formatted(self, node: ast.expr) -> Expression:
        """A part of an f-string."""
        if isinstance(node, ast.Constant):
            return self.expression(node).lua
        if not isinstance(node, ast.FormattedValue):
            refuse(node, spelled(node), "a part of an f-string")
        if node.conversion == ord("r") and node.format_spec is None:
            return self.call_repr(self.again(node, "repr", lambda: ast.Call(ast.Name("repr"), [node.value], []))).lua
        if node.conversion not in (-1, ord("s")):
            refuse(node, spelled(node), "a conversion in an f-string")
        if node.format_spec is None:
            value = self.expression(node.value)
            if value.type.kind == "int" and not value.type.optional:
                return value.lua  # Lua turns an integer beside .. into the same digits
            return self.text_of(node.value)
        spec = node.format_spec
        if not isinstance(spec, ast.JoinedStr) or not all(isinstance(each, ast.Constant) for each in spec.values):
            refuse(node, spelled(node), "a format that is computed")
        pattern = "".join(str(each.value) for each in spec.values if isinstance(each, ast.Constant))
        return self.spec(node, self.expression(node.value), pattern)

    # Containers

    def elements(self, nodes: list[ast.expr]) -> list[Typed]:
        """The values of a display."""
        values = []
        for each in nodes:
            if isinstance(each, ast.Starred):
                refuse(each, spelled(each), "a star in a display")
            value = self.expression(each)
            if value.type.optional or value.type.kind == "none":
                refuse(each, f"None inside a container: {spelled(each)}", "None inside a container")
            values.append(value)
        return values

    def on_list(self, node: ast.List) -> Typed:
        return self._display(node, "list")

    def _display(self, node: ast.List | ast.Set, kind: str) -> Typed:
        values = self.elements(node.elts)
        known = self.made(node, kind, BOTTOM)
        for value in values:
            known.element.add(value.type)
        return Typed(sequence([value.lua for value in values]), known)

    def on_set(self, node: ast.Set) -> Typed:
        value = self._display(node, "set")
        self.hashable(node, element_of(value.type))
        return Typed(call("set", value.lua), value.type)

    def on_tuple(self, node: ast.Tuple) -> Typed:
        values = self.elements(node.elts)
        return Typed(sequence([v.lua for v in values]), self.made(node, "tuple", *[v.type for v in values]))

    def on_dict(self, node: ast.Dict) -> Typed:
        known = self.made(node, "dict", BOTTOM, BOTTOM)
        entries: list[Expression] = []
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            if key_node is None:
                refuse(node, spelled(node), "a star in a display")
            key, value = self.elements([key_node, value_node])
            self.hashable(key_node, key.type)
            known.cells[0].add(key.type)
            known.cells[1].add(value.type)
            entries.append(sequence([key.lua, value.lua]))
        return Typed(call("dict", *[sequence(entries)] if entries else []), known)

    # Elements and slices

    def on_subscript(self, node: ast.Subscript) -> Typed:
        value = self.expression(node.value)
        if isinstance(node.slice, ast.Slice):
            return self._slice(node, value, node.slice)
        index = self.expression(node.slice)
        kind = value.type.kind
        if kind == "dict":
            value.type.cells[0].add(index.type)
            return Typed(Index(value.lua, index.lua), value.type.cells[1].type)
        if kind == "tuple" and isinstance(index.lua, Number):
            place = int(index.lua.value)
            count = len(value.type.cells)
            if not -count <= place < count:
                refuse(node, spelled(node), "an index out of a tuple")
            return Typed(Index(value.lua, Number(place % count + 1)), value.type.cells[place % count].type)
        if kind == "object":
            found = self.classes[value.type.name].find_method("__getitem__")
            if found is not None:
                found.cells[1].add(index.type)
                return Typed(method(value.lua, "__getitem__", index.lua), found.result.type)
        self.settled(node, value.type, "list", "row", "tuple", "str", what="an index")
        self.settled(node, index.type, "int", what="an index")
        if kind == "str":
            if self.is_safe(node):
                character = plus(index.lua, 1)
                return Typed(method(value.lua, "sub", character, fresh(character)), STR)
            return Typed(call("char", value.lua, index.lua), STR)
        if self.is_safe(node):
            return Typed(Index(value.lua, plus(index.lua, 1)), element_of(value.type))
        return Typed(call("at", value.lua, index.lua), element_of(value.type))

    def is_safe(self, node: ast.Subscript) -> bool:
        """Whether an index is known to be in its sequence."""
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)):
                return (name, index) in self.safe and self.safe[name, index][0] <= 0 <= self.safe[name, index][1]
            case ast.Subscript(
                value=ast.Name(id=name),
                slice=ast.BinOp(
                    left=ast.Name(id=index), op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int() as step)
                ),
            ):
                step = step if isinstance(op, ast.Add) else -step
                low, high = self.safe.get((name, index), (1, 0))
                return low <= step <= high
        return False

    def _slice(self, node: ast.Subscript, value: Typed, part: ast.Slice) -> Typed:
        parts = [self.expression(each) if each else Typed(Nil(), NONE) for each in (part.lower, part.upper, part.step)]
        for each, bound in zip((part.lower, part.upper, part.step), parts, strict=True):
            if each is not None:
                self.settled(each, bound.type, "int", "none", what="a slice")
        lower, upper, step = [bound.lua for bound in parts]
        kind = value.type.kind
        result = value.type if kind != "tuple" else self.made(node, "row", value.type.element.type)
        self.settled(node, value.type, "str", "list", "row", "tuple", what="a slice")
        if kind == "str":
            simple = _substring(value.lua, lower, upper, step)
            if simple is not None:
                return Typed(simple, STR)
        elif kind == "list":
            result = self.made(node, "list", element_of(value.type))
            if isinstance(lower, Nil) and isinstance(upper, Nil) and isinstance(step, Nil):
                return Typed(call("copy", value.lua), result)
        arguments = [lower, upper, step]
        while arguments and isinstance(arguments[-1], Nil):
            arguments.pop()
        return Typed(call("slice", value.lua, *arguments), result)


def _substring(value: Expression, lower: Expression, upper: Expression, step: Expression) -> Expression | None:
    """A slice of a string as Lua's sub, where it is the same for all strings."""
    if isinstance(step, Number) and step.value == -1 and isinstance(lower, Nil) and isinstance(upper, Nil):
        return method(value, "reverse")
    if not isinstance(step, Nil) or not all(isinstance(bound, Nil | Number) for bound in (lower, upper)):
        return None
    first = lower.value if isinstance(lower, Number) else 0
    start = Number(first + 1 if first >= 0 else first)
    if not isinstance(upper, Number):
        return method(value, "sub", start)
    if first < 0 or upper.value == 0:
        return None
    return method(value, "sub", start, Number(upper.value if upper.value > 0 else upper.value - 1))


def _kind(node: ast.AST) -> str:
    names = {"NamedExpr": "an assignment in an expression", "Await": "await", "Yield": "yield as a value",
             "YieldFrom": "yield from", "Starred": "a star"}  # fmt: skip
    return names.get(type(node).__name__, type(node).__name__)
