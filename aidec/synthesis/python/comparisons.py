"""Comparisons, conditions, and the truth of values."""

from __future__ import annotations

import ast

from aidec.lua.nodes import (
    Boolean,
    Expression,
    Name,
    Nil,
    Number,
    String,
)
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import (
    at_once,
    binary,
    call,
    fresh,
    give,
    is_plain,
    length,
    local,
    method,
    negated,
    text,
    when,
)
from aidec.synthesis.python.operators import Operators
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    COUNTED,
    NUMBERS,
    ORDERED,
    Type,
    join,
)

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "~=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "==", ast.IsNot: "~=",
}  # fmt: skip

SURE = (*NUMBERS, *COUNTED, "object", "function", "iterator")
"""Kinds whose values are true in Lua, whatever they are in Python."""


class Comparisons(Operators):
    """Translates what is true or false, and what is chosen by it."""

    def truth(self, node: ast.expr) -> Expression:
        """The test for the truth of an expression."""
        if isinstance(node, ast.BoolOp):
            operator = "and" if isinstance(node.op, ast.And) else "or"
            first, *others = node.values
            tests = [self.truth(first)]
            with self.no_hoisting():
                tests += [self.truth(each) for each in others]
            return binary(tests[0], operator, *tests[1:])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return negated(self.truth(node.operand))
        return self.is_true(node, self.expression(node))

    def is_true(self, node: ast.AST, value: Typed) -> Expression:
        """The test for the truth of a value."""
        kind, lua = value.type.kind, value.lua
        if kind == "bool":
            return lua
        if kind == "none":
            return Boolean(False)  # noqa: FBT003 -- a literal of Lua
        if kind == "object":
            known = self.classes[value.type.name]
            if known.find_method("__bool__"):
                return method(lua, "__bool__")
            if not known.find_method("__len__"):
                return binary(lua, "~=", Nil())
        if kind in ("function", "iterator"):
            return binary(lua, "~=", Nil())
        if value.type.optional or kind == "any":
            return call("truth", lua)
        if kind in NUMBERS:
            return binary(lua, "~=", Number(0))
        if kind == "str":
            return binary(lua, "~=", text(""))
        self.settled(node, value.type, *COUNTED, "object", what="the truth")
        return binary(length(lua), ">", Number(0))

    def on_boolop(self, node: ast.BoolOp) -> Typed:
        values = node.values
        is_and, can_hoist = isinstance(node.op, ast.And), self.can_hoist
        first = self.expression(values[0])
        for each in values[1:]:
            with self.no_hoisting():
                second = self.expression(each)
            first = self._chosen(node, first, second, is_and=is_and, can_hoist=can_hoist)
        return first

    def _chosen(self, node: ast.AST, first: Typed, second: Typed, *, is_and: bool, can_hoist: bool) -> Typed:
        """``a and b`` or ``a or b`` as a value."""
        kinds = first.type.kind, second.type.kind
        operator = "and" if is_and else "or"
        if kinds == ("bool", "bool"):
            return Typed(binary(first.lua, operator, second.lua), join(first.type, second.type))
        is_like_lua = kinds[0] in ("object", "function", "none", "bool") and not (
            kinds[0] == "object" and self.classes[first.type.name].find_method("__len__")
        )
        result = join(
            first.type if is_and else Type(first.type.kind, first.type.cells, name=first.type.name), second.type
        )
        if kinds[0] == "none" and not is_and:
            result = second.type
        if is_like_lua:
            return Typed(binary(first.lua, operator, second.lua), result)
        self.settled(node, first.type)
        is_sure = not (is_and and first.type.optional)
        if is_sure and can_hoist and not is_plain(first.lua):
            held = self.temporary("value")
            self.out.append(local([held], first.lua))
            first = Typed(Name(held), first.type)
        if not is_sure or not is_plain(first.lua):
            name = self.temporary("value")
            test = self.is_true(node, Typed(Name(name), first.type))
            decided = when(negated(test) if is_and else test, [give(Name(name))])
            return Typed(at_once([local([name], first.lua), decided, give(second.lua)]), result)
        test = self.is_true(node, Typed(fresh(first.lua), first.type))
        return Typed(binary(binary(negated(test) if is_and else test, "and", first.lua), "or", second.lua), result)

    def on_ifexp(self, node: ast.IfExp) -> Typed:
        test = self.truth(node.test)
        with self.no_hoisting():
            one, two = self.expression(node.body), self.expression(node.orelse)
        result = join(one.type, two.type)
        if isinstance(one.lua, Boolean) and isinstance(two.lua, Boolean) and one.lua.value != two.lua.value:
            return Typed(test if one.lua.value else negated(test), BOOL)
        if one.type.kind in SURE and not one.type.optional:
            return Typed(binary(binary(test, "and", one.lua), "or", two.lua), result)
        if two.type.kind in SURE and not two.type.optional:
            return Typed(binary(binary(negated(test), "and", two.lua), "or", one.lua), result)
        return Typed(at_once([when(test, [give(one.lua)]), give(two.lua)]), result)

    def on_compare(self, node: ast.Compare) -> Typed:
        left = self.expression(node.left)
        tests: list[Expression] = []
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            if tests:
                with self.no_hoisting():
                    right = self.expression(right_node)
            else:
                right = self.expression(right_node)
            is_middle = len(node.ops) > 1 and right_node is not node.comparators[-1] and not is_plain(right.lua)
            if is_middle and _has_effect(right_node):
                refuse(node, spelled(node), "a chained comparison whose middle is computed")
            tests.append(self.comparison(node, operator, left, right))
            left = Typed(fresh(right.lua), right.type)
        return Typed(binary(tests[0], "and", *tests[1:]), BOOL)

    def comparison(self, node: ast.AST, operator: ast.cmpop, left: Typed, right: Typed) -> Expression:
        """The test that compares two values."""
        if isinstance(operator, ast.In | ast.NotIn):
            found = self.membership(node, left, right)
            return negated(found) if isinstance(operator, ast.NotIn) else found
        sign = COMPARISONS[type(operator)]
        kinds = {left.type.kind, right.type.kind}
        if isinstance(operator, ast.Is | ast.IsNot) and not kinds & {"none", "bool", "object", "list", "dict", "set"}:
            refuse(node, spelled(node), "is between values")
        if isinstance(operator, ast.Is | ast.IsNot) and not kinds & {"none", "bool"}:
            return binary(left.lua, sign, right.lua)
        if sign in ("==", "~="):
            return self._equality(node, sign, left, right)
        if kinds == {"str"} or kinds <= set(NUMBERS):
            return binary(left.lua, sign, right.lua)
        if kinds <= {"bool", *NUMBERS}:
            return binary(self.counted(left).lua, sign, self.counted(right).lua)
        if kinds == {"object"}:
            return self._object_order(node, operator, left, right)
        if kinds <= {"tuple", "row"} or kinds == {"list"}:
            swapped = sign in (">", "<=")
            test: Expression = call("less", *((right.lua, left.lua) if swapped else (left.lua, right.lua)))
            return negated(test) if sign in ("<=", ">=") else test
        if kinds == {"set"}:
            one, two = (left, right) if sign in ("<", "<=") else (right, left)
            if sign in ("<=", ">="):
                return call("issubset", one.lua, two.lua)
            refuse(node, spelled(node), "a proper subset")
        self.settled(node, left.type)
        self.settled(node, right.type)
        if self.is_last:
            refuse(node, f"the order of {left.type} and {right.type}", "the order of values of several types")
        return binary(left.lua, sign, right.lua)

    def _object_order(self, node: ast.AST, operator: ast.cmpop, left: Typed, right: Typed) -> Expression:
        names = {ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__lt__", ast.GtE: "__le__"}
        found = self.classes[left.type.name].find_method(names[type(operator)])
        if found is None or left.type.name != right.type.name:
            refuse(node, f"no order of {left.type.name}", "a method that is not there")
        found.cells[1].add(right.type)
        return binary(left.lua, COMPARISONS[type(operator)], right.lua)

    def _equality(self, node: ast.AST, sign: str, left: Typed, right: Typed) -> Expression:
        kinds = {left.type.kind, right.type.kind}
        if kinds == {"object"}:
            for one in (left, right):
                found = self.classes[one.type.name].find_method("__eq__")
                if found is not None:
                    found.cells[1].add(right.type)
        scalars = {"none", "bool", "str", "object", "exception", "function"}
        if "none" in kinds or kinds <= {"str"} or kinds <= set(NUMBERS) or (len(kinds) == 1 and kinds <= scalars):
            if isinstance(right.lua, Boolean) and not (left.type.optional or right.type.optional):
                return left.lua if right.lua.value == (sign == "==") else negated(left.lua)
            return binary(left.lua, sign, right.lua)
        if "bool" in kinds and kinds & set(NUMBERS):
            refuse(node, spelled(node), "a bool beside a number")
        if "any" in kinds or (kinds & {"list"} and kinds & {"tuple", "row"}):
            refuse(node, f"{left.type} == {right.type}", "an equality of other types")
        self.settled(node, left.type)
        self.settled(node, right.type)
        if kinds <= set(NUMBERS) | {"str", "bool", "none"}:
            return binary(left.lua, sign, right.lua)
        join(left.type, right.type)
        test: Expression = call("equal", left.lua, right.lua)
        return negated(test) if sign == "~=" else test

    def membership(self, node: ast.AST, left: Typed, right: Typed) -> Expression:
        """``left in right``."""
        kind = right.type.kind
        if kind == "str":
            self.settled(node, left.type, "str", what="a search in a string")
            return binary(method(right.lua, "find", left.lua, Number(1), Boolean(True)), "~=", Nil())  # noqa: FBT003
        if kind in ("dict", "set"):
            right.type.cells[0].add(Type(left.type.kind, left.type.cells, name=left.type.name))
            self.hashable(node, right.type.cells[0].type)
            return call("has", right.lua, left.lua)
        if kind in ORDERED:
            element = element_of(right.type)
            if "bool" in {left.type.kind, element.kind} and left.type.kind != element.kind != "bottom":
                refuse(node, spelled(node), "a bool beside a number")
            from aidec.lua.nodes import Item, Table

            fields = right.lua.fields if isinstance(right.lua, Table) else []
            values = [each.value for each in fields if isinstance(each, Item)]
            if 0 < len(values) <= 4 and is_plain(left.lua) and all(isinstance(v, Number | String) for v in values):
                first, *others = [binary(fresh(left.lua), "==", value) for value in values]
                return binary(first, "or", *others)
            return call("contains", right.lua, left.lua)
        self.settled(node, right.type, what="a search")
        return call("contains", right.lua, left.lua)


def _has_effect(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Call | ast.NamedExpr | ast.Await) for each in ast.walk(node) if each is not node
    ) or (
        isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in ("len", "abs", "ord"))
    )
