"""Expressions of Python as expressions of Lua."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

from aidec.lua.nodes import (
    Binary,
    Boolean,
    Expression,
    Function,
    Index,
    Name,
    Nil,
    Number,
    String,
    Unary,
)
from aidec.synthesis.python.base import Signature, Typed, element_of, spelled
from aidec.synthesis.python.build import (
    at_once,
    binary,
    body,
    call,
    fresh,
    give,
    is_plain,
    length,
    local,
    method,
    negated,
    plus,
    sequence,
    text,
    when,
)
from aidec.synthesis.python.calling import Calling
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    COUNTED,
    FLOAT,
    INT,
    NONE,
    NUM,
    NUMBERS,
    ORDERED,
    STR,
    Type,
    join,
)

ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
BITS: dict[type[ast.operator], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "~"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "~=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "==", ast.IsNot: "~=",
}  # fmt: skip
OPERATOR_METHODS: dict[type[ast.operator], str] = {
    ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.FloorDiv: "__floordiv__", ast.Mod: "__mod__",
    ast.Div: "__truediv__", ast.Pow: "__pow__",
}  # fmt: skip
LUA_OPERATORS = {**ARITHMETIC, ast.Div: "/", ast.Pow: "^"}

SURE = (*NUMBERS, *COUNTED, "object", "function", "iterator")
"""Kinds whose values are true in Lua, whatever they are in Python."""


class Expressions(Calling):
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

    # Operators

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

    # Tests

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


def _has_effect(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Call | ast.NamedExpr | ast.Await) for each in ast.walk(node) if each is not node
    ) or (
        isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in ("len", "abs", "ord"))
    )


def _kind(node: ast.AST) -> str:
    names = {"NamedExpr": "an assignment in an expression", "Await": "await", "Yield": "yield as a value",
             "YieldFrom": "yield from", "Starred": "a star"}  # fmt: skip
    return names.get(type(node).__name__, type(node).__name__)
