"""Nodes of Lua, made shortly: names, calls, and arithmetic that is done where both sides are known."""

from __future__ import annotations

from typing import TypeVar, cast

from aidec.lua.node import Node, copy
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Call,
    CallStatement,
    Expression,
    Function,
    FunctionBody,
    If,
    Index,
    Item,
    Local,
    MethodCall,
    Name,
    Nil,
    Number,
    Parameter,
    Return,
    Statement,
    String,
    Table,
    Unary,
    Variable,
)

Kind = TypeVar("Kind", bound=Node)

_INVERSE = {"==": "~=", "~=": "=="}


def text(value: str) -> String:
    """A string."""
    return String(value.encode("latin-1"))


def call(name: str, *arguments: Expression) -> Call:
    """A call of a function by its name, such as ``math.max``."""
    first, *fields = name.split(".")
    function: Expression = Name(first)
    for each in fields:
        function = Index(function, text(each))
    return Call(function, list(arguments))


def method(value: Expression, name: str, *arguments: Expression) -> MethodCall:
    """A call of a method."""
    return MethodCall(value, name, list(arguments))


def binary(left: Expression, operator: str, *right: Expression) -> Expression:
    """The operands joined by an operator, from the left."""
    for each in right:
        left = Binary(left, operator, each)
    return left


def plus(value: Expression, number: int) -> Expression:
    """A value and a constant; what is constant in both is added here."""
    if isinstance(value, Number) and isinstance(value.value, int):
        return Number(value.value + number)
    if isinstance(value, Binary) and value.operator in "+-" and isinstance(value.right, Number):
        constant = value.right.value
        if isinstance(constant, int):
            return plus(value.left, (constant if value.operator == "+" else -constant) + number)
    if number == 0:
        return value
    return Binary(value, "+" if number > 0 else "-", Number(abs(number)))


def negated(test: Expression) -> Expression:
    """The opposite of a test."""
    if isinstance(test, Unary) and test.operator == "not":
        return test.operand
    if isinstance(test, Binary) and test.operator in _INVERSE:
        return Binary(test.left, _INVERSE[test.operator], test.right)
    if isinstance(test, Boolean):
        return Boolean(not test.value)
    return Unary("not", test)


def length(value: Expression) -> Expression:
    """The length of a value."""
    return Unary("#", value)


def sequence(values: list[Expression]) -> Table:
    """A table of values in turn."""
    return Table([Item(value) for value in values])


def local(names: list[str], *values: Expression) -> Local:
    """A declaration of variables."""
    return Local([Variable(name) for name in names], list(values))


def assign(target: Name | Index, value: Expression) -> Assign:
    """An assignment to one target."""
    return Assign([target], [value])


def append(sequence_: Expression, value: Expression) -> Statement:
    """A value put at the end of a sequence."""
    if isinstance(sequence_, Name):
        return assign(Index(sequence_, plus(length(Name(sequence_.name)), 1)), value)
    return CallStatement(call("table.insert", sequence_, value))


def function(parameters: list[str], statements: list[Statement]) -> Function:
    """A function without a name."""
    return Function(body(parameters, statements))


def body(parameters: list[str], statements: list[Statement]) -> FunctionBody:
    """The parameters and the block of a function."""
    declared: list[Parameter] = [Variable(name) for name in parameters]
    return FunctionBody(declared, Block(statements))


def at_once(statements: list[Statement]) -> Call:
    """The call of a function that has these statements; the printer sets its parentheses."""
    return Call(function([], statements), [])


def when(test: Expression, statements: list[Statement], otherwise: list[Statement] | None = None) -> If:
    """A choice."""
    return If(test, Block(statements), [], Block(otherwise) if otherwise else None)


def give(*values: Expression) -> Return:
    """The end of a function."""
    return Return(list(values))


def fresh(value: Kind) -> Kind:
    """A copy of a node, for a second place."""
    return cast("Kind", copy(value))


def is_plain(value: Expression) -> bool:
    """Whether an expression can stand twice: it does nothing but look."""
    return isinstance(value, Name | Number | String | Boolean | Nil) or (
        isinstance(value, Unary) and value.operator == "#" and isinstance(value.operand, Name)
    )
