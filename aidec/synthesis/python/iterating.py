"""Functions of Python that go through sequences, such as sorted, sum and zip."""

from __future__ import annotations

import ast

from aidec.lua.nodes import Expression, Name, Nil, Number
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import binary, call, function, give, length, sequence
from aidec.synthesis.python.conversions import Conversions
from aidec.synthesis.python.library import one_or_zero, only
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    COUNTED,
    INT,
    NUMBERS,
    ORDERED,
    Type,
    holder,
    join,
)


class Iterating(Conversions):
    """Translates calls of functions that go through sequences."""

    def call_sorted(self, node: ast.Call) -> Typed:
        """``sorted(x, key=, reverse=)``."""
        made = self.as_list(node.args[0], in_any_order=not any(each.arg == "key" for each in node.keywords))
        extra = self.order(node, element_of(made.type))
        return Typed(call("sorted", made.lua, *extra), self.made(node, "list", element_of(made.type)))

    def order(self, node: ast.Call, element: Type) -> list[Expression]:
        """The arguments ``key`` and ``reverse`` of what sorts."""
        key: Expression = Nil()
        descending: Expression | None = None
        for keyword in node.keywords:
            if keyword.arg == "key":
                key, element = self.applied(keyword.value, element)
            elif keyword.arg == "reverse":
                descending = self.truth(keyword.value)
            else:
                refuse(node, spelled(node), "a keyword argument of a builtin")
        self.comparable(node, element)
        if descending is not None:
            return [key, descending]
        return [] if isinstance(key, Nil) else [key]

    def comparable(self, node: ast.AST, element: Type) -> None:
        """Make sure that values have an order.

        Raises:
            RefusalError: they have none in Lua.
        """
        if element.kind in ("any", "dict", "set", "none", "bool", "function") or element.optional:
            refuse(node, f"the order of {element}", "the order of values of several types")
        for cell in element.cells if element.kind in ORDERED else ():
            self.comparable(node, cell.type)

    def applied(self, node: ast.expr, *given: Type) -> tuple[Expression, Type]:
        """A function that is handed on, and the type of what it returns for arguments of some types."""
        is_builtin = isinstance(node, ast.Name) and self.variable(node.id) is None and node.id not in self.functions
        is_method = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "str"
        if is_builtin or is_method:
            node = self.again(node, "lambda", lambda: _as_lambda(node, len(given)))
        value = self.expression(node)
        if value.type.kind != "function":
            self.settled(node, value.type, "function", what="a call")
            return value.lua, BOTTOM
        for cell, each in zip(value.type.cells[1:], given, strict=False):
            cell.add(each)
        return value.lua, value.type.cells[0].type

    def call_min(self, node: ast.Call) -> Typed:
        """``min(a, b, ...)`` and ``min(x, key=, default=)``."""
        return self._extreme(node, "least", "math.min")

    def call_max(self, node: ast.Call) -> Typed:
        """``max(a, b, ...)`` and ``max(x, key=, default=)``."""
        return self._extreme(node, "greatest", "math.max")

    def _extreme(self, node: ast.Call, name: str, of_numbers: str) -> Typed:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if len(node.args) == 1:
            if isinstance(node.args[0], ast.Starred):
                refuse(node, spelled(node), "other arguments of a builtin")
            made = self.as_list(node.args[0], in_any_order="key" not in keywords)
            result, sequence_ = element_of(made.type), made.lua
        else:
            values = [self.expression(each) for each in node.args]
            result = BOTTOM
            for value in values:
                result = join(result, value.type)
            lua = [value.lua for value in values]
            if result.kind in NUMBERS and not keywords and not result.optional:
                return Typed(call(of_numbers, *lua), result)
            sequence_ = sequence(lua)
        key: Expression = Nil()
        element = result
        if "key" in keywords:
            key, element = self.applied(keywords["key"], result)
        self.comparable(node, element)
        if "default" in keywords:
            default = self.expression(keywords["default"])
            result = join(result, default.type)
            if default.type.optional or default.type.kind == "none":
                return Typed(self._or_none(sequence_, name, key), result)
            return Typed(call(name, sequence_, key, default.lua), result)
        return Typed(call(name, sequence_, *[] if isinstance(key, Nil) else [key]), result)

    def _or_none(self, sequence_: Expression, name: str, key: Expression) -> Expression:
        if not isinstance(sequence_, Name):
            found = self.temporary("found")
            if not self.can_hoist:
                return call("least_or_none" if name == "least" else "greatest_or_none", sequence_, key)
            from aidec.synthesis.python.build import local

            self.out.append(local([found], sequence_))
            sequence_ = Name(found)
        least = call(name, Name(sequence_.name), *[] if isinstance(key, Nil) else [key])
        return binary(binary(binary(length(sequence_), ">", Number(0)), "and", least), "or", Nil())

    def call_sum(self, node: ast.Call) -> Typed:
        """``sum(x)`` and ``sum(x, start)``."""
        made = self.as_list(node.args[0], in_any_order=True)
        element, was_set = element_of(made.type), self.was_set
        start = [self.expression(each) for each in [*node.args[1:], *[k.value for k in node.keywords]]]
        if element.kind == "bool":
            made = Typed(
                call("map", function(["value"], [give(one_or_zero(Name("value")))]), made.lua), holder("list", INT)
            )
            element = INT
        if element.kind in ("float", "num") and was_set:
            refuse(node, "the order of a set counts in a sum of floats", "the order of a set")
        self.settled(node.args[0], element, *NUMBERS, what="a sum")
        result = join(INT if element.kind == "int" else join(INT, element), start[0].type if start else BOTTOM)
        return Typed(call("sum", made.lua, *[value.lua for value in start]), result)

    def call_any(self, node: ast.Call) -> Typed:
        """``any(x)``."""
        return self._tested(node, "any")

    def call_all(self, node: ast.Call) -> Typed:
        """``all(x)``."""
        return self._tested(node, "all")

    def _tested(self, node: ast.Call, name: str) -> Typed:
        argument = only(node)
        if isinstance(argument, ast.GeneratorExp):
            return Typed(self.tested_loop(argument, is_any=name == "any"), BOOL)
        made = self.as_list(argument, in_any_order=True)
        element = element_of(made.type)
        self.settled(argument, element, "bool", *NUMBERS, *COUNTED, what=f"{name}()")
        value = Name("value")
        return Typed(call(name, made.lua, function(["value"], [give(self.is_true(node, Typed(value, element)))])), BOOL)

    def call_zip(self, node: ast.Call) -> Typed:
        """``zip(a, b, ...)``, as a list of tuples."""
        lazily = all(each.arg == "strict" and ast.unparse(each.value) == "False" for each in node.keywords)
        if not lazily or any(isinstance(each, ast.Starred) for each in node.args):
            if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
                made = self.as_list(node.args[0].value)
                inner = element_of(element_of(made.type))
                row = self.made(node, "row", inner)
                return Typed(call("zip", call("table.unpack", made.lua)), self.made(node, "list", row))
            refuse(node, spelled(node), "other arguments of a builtin")
        parts = [self.as_list(each) for each in node.args]
        pair = Type("tuple", tuple(self.cell(node, f"zip{i}") for i in range(len(parts))))
        for cell, part in zip(pair.cells, parts, strict=True):
            cell.add(element_of(part.type))
        return Typed(call("zip", *[part.lua for part in parts]), self.made(node, "list", pair))

    def call_enumerate(self, node: ast.Call) -> Typed:
        """``enumerate(x, start)``, as a list of tuples."""
        made = self.as_list(node.args[0])
        start = [self.expression(each).lua for each in [*node.args[1:], *[k.value for k in node.keywords]]]
        pair = self.made(node, "tuple", INT, element_of(made.type))
        return Typed(call("enumerate", made.lua, *start), self.made(node, "list", pair))

    def call_reversed(self, node: ast.Call) -> Typed:
        """``reversed(x)``, as a list."""
        made = self.as_list(only(node))
        return Typed(call("reversed", made.lua), self.made(node, "list", element_of(made.type)))

    def call_map(self, node: ast.Call) -> Typed:
        """``map(f, x)``, as a list."""
        if len(node.args) != 2:
            refuse(node, spelled(node), "other arguments of a builtin")
        made = self.as_list(node.args[1])
        applied, result = self.applied(node.args[0], element_of(made.type))
        if result.optional or result.kind == "none":
            refuse(node, "None inside a container", "None inside a container")
        return Typed(call("map", applied, made.lua), self.made(node, "list", result))

    def call_filter(self, node: ast.Call) -> Typed:
        """``filter(f, x)``, as a list."""
        made = self.as_list(node.args[1])
        element = element_of(made.type)
        if isinstance(node.args[0], ast.Constant) and node.args[0].value is None:
            test: Expression = function(["value"], [give(self.is_true(node, Typed(Name("value"), element)))])
        else:
            test, result = self.applied(node.args[0], element)
            if result.kind not in ("bool", "bottom"):
                refuse(node, "filter() by what is no bool", "filter() by what is no bool")
        return Typed(call("filter", test, made.lua), self.made(node, "list", element))


def _as_lambda(node: ast.expr, count: int) -> ast.Lambda:
    """A function of Python, or a method ``str.upper``, as a lambda."""
    names = [f"value{i}" if i else "value" for i in range(count)]
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    inner = ast.Call(node, values, [])
    if isinstance(node, ast.Attribute):
        inner = ast.Call(ast.Attribute(values[0], node.attr, ast.Load()), values[1:], [])
    return ast.Lambda(ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, []), inner)
