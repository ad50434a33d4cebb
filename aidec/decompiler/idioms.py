"""Statements as people write them, where luac makes the same of both: function a:b(), local function."""

from __future__ import annotations

from collections.abc import Container
from itertools import pairwise

from aidec.decompiler.conditions import is_fixed, negated
from aidec.decompiler.values import is_identifier
from aidec.lua.node import Comments, Node, rewrite
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    ElseIf,
    Expression,
    Function,
    FunctionBody,
    FunctionStatement,
    If,
    Index,
    Local,
    LocalFunction,
    Main,
    Name,
    Repeat,
    Statement,
    String,
    Unary,
    Variable,
    While,
)

_FUNCTIONS = (FunctionStatement, LocalFunction)


def tidy(main: Main, assigned: Container[Node] = ()) -> None:
    """Rewrite a tree, in place.

    Args:
        main: the tree.
        assigned: the bodies of functions that assignments store, by their lines.
    """
    chains: dict[Node, Binary] = {}
    rewrite(main, lambda node: _tidied(node, chains, assigned))


def _tidied(node: Node, chains: dict[Node, Binary], assigned: Container[Node]) -> Node:
    """What a node becomes; ``chains`` has of each chain of one operator the first link, by the last."""
    match node:
        case Assign(targets=[target], values=[Function(function=body)]) if body not in assigned and is_path(target):
            return _function_statement(target, body, node.comments)
        case Local(variables=[variable], values=[Function(function=body)]):
            uses = (inner.name for inner in body.walk() if isinstance(inner, Name))
            if variable.name not in uses:  # the body would see the variable itself
                return LocalFunction(variable, body, comments=node.comments)
        case Unary(operator="not", operand=Binary(operator="==") as inner):
            inner.operator = "~="  # luac negates what the test asks for (lcode.c: codenot)
            return inner
        case Binary(operator="and" | "or"):
            return _from_the_left(node, chains)
        case If() | ElseIf() | While() | Repeat():
            node.test = _without_negations(node.test)
        case Block(statements=statements):
            _set_functions_apart(statements)
    return node


def _from_the_left(node: Binary, chains: dict[Node, Binary]) -> Binary:
    """``a or (b or c)`` as ``a or b or c``, which has the same jumps."""
    left, right = node.left, node.right
    first = chains[left] if isinstance(left, Binary) and left.operator == node.operator else node
    if isinstance(right, Binary) and right.operator == node.operator:
        joint = chains[right]
        joint.left, node.right, node = node, joint.left, right
    chains[node] = first
    return node


def _without_negations(condition: Expression) -> Expression:
    """A condition that negates no ``and`` or ``or``: their operands instead, by the same jumps (lcode.c: codenot)."""
    top = Unary("not", condition)
    waiting: list[tuple[Node, str]] = [(top, "operand")]
    while waiting:
        parent, field = waiting.pop()
        node = getattr(parent, field)
        match node:
            case Binary(operator="and" | "or"):
                waiting += [(node, "left"), (node, "right")]
            case Unary(operator="not", operand=Binary(operator="and" | "or" as operator) as inner) if _is_open(inner):
                inner.operator = "or" if operator == "and" else "and"
                inner.left, inner.right = _negated(inner.left), _negated(inner.right)
                setattr(parent, field, inner)
                waiting.append((parent, field))
    return top.operand


def _is_open(condition: Binary) -> bool:
    """Whether each operand but the last, which luac negates itself, has the same jumps if it is negated."""
    return not any(map(is_fixed, _operands(condition)[:-1]))


def _operands(condition: Expression) -> list[Expression]:
    """The operands of a condition of ``and`` and ``or``, in their order."""
    found: list[Expression] = []
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Binary) and node.operator in ("and", "or"):
            waiting += [node.right, node.left]
        else:
            found.append(node)
    return found


def _negated(condition: Expression) -> Expression:
    match condition:
        case Binary(operator="==" | "~=" as operator):
            condition.operator = "~=" if operator == "==" else "=="
            return condition
    return negated(condition)


def _set_functions_apart(statements: list[Statement]) -> None:
    """Put an empty line between a function and what stands beside it."""
    for before, statement in pairwise(statements):
        if isinstance(before, _FUNCTIONS) or isinstance(statement, _FUNCTIONS):
            statement.comments = statement.comments or Comments()
            statement.comments.before.insert(0, b"")


def _function_statement(target: Name | Index, body: FunctionBody, comments: Comments | None) -> FunctionStatement:
    """A function statement; one of a field whose first parameter is ``self`` is that of a method."""
    match target, body.parameters:
        case Index(object=(Name() | Index()) as path, key=String(value=field)), [Variable(name="self"), *rest]:
            body.parameters = rest
            return FunctionStatement(path, field.decode(), body, comments=comments)
    return FunctionStatement(target, None, body, comments=comments)


def is_path(node: Expression) -> bool:
    """Whether an expression can stand behind ``function``: a name, and fields of it (lparser.c: funcname)."""
    while isinstance(node, Index) and isinstance(node.key, String) and is_identifier(node.key.value):
        node = node.object
    return isinstance(node, Name)
