"""Statements as people write them, where luac makes the same of both: elseif, function a:b(), local function."""

from __future__ import annotations

from aidec.decompiler.values import is_identifier
from aidec.lua.node import Comments, Node, rewrite
from aidec.lua.nodes import (
    Assign,
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
    String,
    Variable,
)


def tidy(main: Main) -> None:
    """Rewrite a tree, in place."""
    rewrite(main, _tidied)


def _tidied(node: Node) -> Node:
    match node:
        case If(otherwise=Block(statements=[If() as inner], comments=None)) if inner.comments is None:
            node.alternatives += [ElseIf(inner.test, inner.body), *inner.alternatives]
            node.otherwise = inner.otherwise
        case Assign(targets=[target], values=[Function(function=body)]) if _is_path(target):
            return _function_statement(target, body, node.comments)
        case Local(variables=[variable], values=[Function(function=body)]):
            uses = (inner.name for inner in body.walk() if isinstance(inner, Name))
            if variable.name not in uses:  # the body would see the variable itself
                return LocalFunction(variable, body, comments=node.comments)
    return node


def _function_statement(target: Name | Index, body: FunctionBody, comments: Comments | None) -> FunctionStatement:
    """A function statement; one of a field whose first parameter is ``self`` is that of a method."""
    match target, body.parameters:
        case Index(object=(Name() | Index()) as path, key=String(value=field)), [Variable(name="self"), *rest]:
            body.parameters = rest
            return FunctionStatement(path, field.decode(), body, comments=comments)
    return FunctionStatement(target, None, body, comments=comments)


def _is_path(node: Expression) -> bool:
    """Whether an expression can stand behind ``function``: a name, and fields of it (lparser.c: funcname)."""
    while isinstance(node, Index) and isinstance(node.key, String) and is_identifier(node.key.value):
        node = node.object
    return isinstance(node, Name)
