"""Operators of Python as operators of Lua, or functions of the runtime."""

from __future__ import annotations

import ast

from aidec.lua.nodes import (
    Binary,
    Expression,
    Name,
    Number,
    Unary,
)
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import (
    binary,
    call,
    fresh,
    is_plain,
    method,
    negated,
    plus,
)
from aidec.synthesis.python.calling import Calling
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    FLOAT,
    INT,
    NUM,
    NUMBERS,
    STR,
    Type,
)

ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}

BITS: dict[type[ast.operator], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "~"}
OPERATOR_METHODS: dict[type[ast.operator], str] = {
    ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.FloorDiv: "__floordiv__", ast.Mod: "__mod__",
    ast.Div: "__truediv__", ast.Pow: "__pow__",
}  # fmt: skip

LUA_OPERATORS = {**ARITHMETIC, ast.Div: "/", ast.Pow: "^"}


class Operators(Calling):
    """Translates operators."""

    def on_unaryop(self, node: ast.UnaryOp) -> Typed:
        if isinstance(node.op, ast.Not):
            return Typed(negated(self.truth(node.operand)), BOOL)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) and node.operand.value == 2**63:
            return Typed(Number(-(2**63)), INT)
        value = self.counted(self.expression(node.operand))
        self.settled(node, value.type, *NUMBERS, what="arithmetic")
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.Invert):
            self.settled(node, value.type, "int", what="bits")
            return Typed(Unary("~", value.lua), INT)
        if isinstance(value.lua, Number):
            return Typed(Number(-value.lua.value), value.type)
        return Typed(Unary("-", value.lua), value.type)

    def on_binop(self, node: ast.BinOp) -> Typed:
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            return self.percent(node, node.left.value)
        left = self.expression(node.left)
        right = self.expression(node.right)
        return self.operation(node, node.op, left, right)

    def operation(self, node: ast.AST, operator: ast.operator, left: Typed, right: Typed) -> Typed:
        """A binary operation.

        Raises:
            RefusalError: it is none of those known.
        """
        kind = type(operator)
        kinds = left.type.kind, right.type.kind
        if kinds[0] == "object":
            return self._operator_method(node, kind, left, right)
        if all(each in ("bool", *NUMBERS) for each in kinds):
            if kinds == ("bool", "bool") and kind in (ast.BitAnd, ast.BitOr) and is_plain(left.lua):
                return Typed(binary(left.lua, "and" if kind is ast.BitAnd else "or", right.lua), BOOL)
            return self.arithmetic(node, kind, self.counted(left), self.counted(right))
        if "bottom" in kinds:
            self.settled(node, left.type)
            self.settled(node, right.type)
            other = left.type if kinds[1] == "bottom" else right.type
            return Typed(binary(left.lua, "+", right.lua), other if kind in ARITHMETIC else BOTTOM)
        if kind is ast.Add and kinds == ("str", "str"):
            return Typed(joined([left.lua, right.lua]), STR)
        if kind is ast.Mult and set(kinds) & {"int", "bool"}:
            value, count = (left, self.counted(right)) if kinds[1] in ("int", "bool") else (right, self.counted(left))
            if value.type.kind == "str":
                return Typed(method(value.lua, "rep", count.lua), STR)
            if value.type.kind in ("list", "tuple", "row"):
                result = value.type if value.type.kind != "tuple" else self.made(node, "row", value.type.element.type)
                return Typed(call("times", value.lua, count.lua), result)
        if kind is ast.Add and kinds[0] == kinds[1] == "tuple":
            return Typed(call("concat", left.lua, right.lua), Type("tuple", left.type.cells + right.type.cells))
        if kind is ast.Add and kinds[0] == kinds[1] and kinds[0] in ("list", "row"):
            made = self.made(node, kinds[0], element_of(left.type))
            made.element.add(element_of(right.type))
            return Typed(call("concat", left.lua, right.lua), made)
        return self._of_sets(node, kind, left, right)

    def _of_sets(self, node: ast.AST, kind: type[ast.operator], left: Typed, right: Typed) -> Typed:
        names = {ast.BitOr: "union", ast.BitAnd: "intersection", ast.Sub: "difference",
                 ast.BitXor: "symmetric_difference"}  # fmt: skip
        if left.type.kind == right.type.kind == "set" and kind in names:
            left.type.element.merge(right.type.element)
            return Typed(call(names[kind], left.lua, right.lua), left.type)
        refuse(node, f"{kind.__name__} of {left.type} and {right.type}: {spelled(node)}", "an operator on other types")

    def _operator_method(self, node: ast.AST, kind: type[ast.operator], left: Typed, right: Typed) -> Typed:
        name = OPERATOR_METHODS.get(kind, "")
        found = self.classes[left.type.name].find_method(name)
        if found is None:
            refuse(node, f"no {name} in {left.type.name}", "a method that is not there")
        found.cells[1].add(right.type)
        return Typed(binary(left.lua, LUA_OPERATORS[kind], right.lua), found.result.type)

    def arithmetic(self, node: ast.AST, kind: type[ast.operator], left: Typed, right: Typed) -> Typed:
        """An operation on numbers."""
        both_int = left.type.kind == right.type.kind == "int"
        result = INT if both_int else FLOAT if "float" in (left.type.kind, right.type.kind) else NUM
        if kind in (ast.FloorDiv, ast.Mod) and not both_int:
            return Typed(call("floordiv" if kind is ast.FloorDiv else "mod", left.lua, right.lua), result)
        if kind in ARITHMETIC:
            if kind in (ast.Add, ast.Sub) and both_int and isinstance(right.lua, Number):
                step = int(right.lua.value)
                if abs(step) < 2**31:
                    return Typed(plus(left.lua, step if kind is ast.Add else -step), INT)
            return Typed(binary(left.lua, ARITHMETIC[kind], right.lua), result)
        if kind is ast.Div:
            if isinstance(right.lua, Number) and right.lua.value != 0:
                return Typed(binary(left.lua, "/", right.lua), FLOAT)
            return Typed(call("div", left.lua, right.lua), FLOAT)
        if kind is ast.Pow:
            if both_int and isinstance(right.lua, Number) and right.lua.value == 2 and isinstance(left.lua, Name):
                return Typed(binary(left.lua, "*", fresh(left.lua)), INT)
            is_negative = isinstance(right.lua, Number) and right.lua.value < 0
            return Typed(call("power", left.lua, right.lua), FLOAT if is_negative else result)
        if not both_int:
            self.settled(node, left.type, "int", what="bits")
            self.settled(node, right.type, "int", what="bits")
        if kind in BITS:
            return Typed(binary(left.lua, BITS[kind], right.lua), INT)
        if kind is ast.LShift:
            if isinstance(right.lua, Number) and 0 <= right.lua.value < 63:
                return Typed(binary(left.lua, "<<", right.lua), INT)
            return Typed(call("shift_left", left.lua, right.lua), INT)
        if kind is ast.RShift:
            if isinstance(right.lua, Number) and 0 <= right.lua.value < 62:
                return Typed(binary(left.lua, "//", Number(1 << int(right.lua.value))), INT)
            return Typed(call("shift_right", left.lua, right.lua), INT)
        refuse(node, spelled(node), f"the operator {kind.__name__}")


def joined(parts: list[Expression]) -> Expression:
    """Texts put together, from the right as Lua does."""
    flat: list[Expression] = []
    for part in parts:
        while isinstance(part, Binary) and part.operator == "..":
            flat.append(part.left)
            part = part.right  # noqa: PLW2901 -- it goes down the chain
        flat.append(part)
    result = flat.pop()
    if not flat and isinstance(result, Binary | Name | Number | Unary):
        return call("tostring", result)
    for part in reversed(flat):
        result = Binary(part, "..", result)
    return result
