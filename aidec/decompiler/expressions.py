"""What single expressions and functions say to one who looks for names."""

from __future__ import annotations

from typing import TypeGuard

from aidec.decompiler.wording import identifier, rules
from aidec.lua.node import Node
from aidec.lua.nodes import Binary, FunctionBody, Index, Name, Number, Pair, String, Unary, Variable
from aidec.lua.variables import LocalVariable, local_variable

_COMPARISONS = ("==", "~=", "<", "<=", ">", ">=")


def local_of(node: Node) -> LocalVariable | None:
    """The local variable, of this function or one around, that an expression names; None if it is something else."""
    return local_variable(node.variable) if isinstance(node, Name) else None


def key_of(node: Node) -> str | None:
    """The key of ``a.b`` and ``{b = ...}``; None for another node, and for another key."""
    if isinstance(node, Index | Pair) and isinstance(node.key, String):
        return identifier(node.key.value)
    return None


def is_method(body: FunctionBody) -> bool:
    """Whether a function that is stored in a field has the parameters of a method, once its variables are named."""
    first = body.parameters[0] if body.parameters else None
    return isinstance(first, Variable) and first.name == rules()["self"]


def is_step(value: Node) -> TypeGuard[Binary]:
    """Whether a value is like ``x + 1``."""
    return isinstance(value, Binary) and value.operator in ("+", "-") and isinstance(value.right, Number)


def kind_of(value: Node) -> str:
    """What a value is: a key of ``values`` in ``naming.yaml``, or the name of the node's class."""
    if isinstance(value, Binary):
        if value.operator == "..":
            return "Concatenation"
        return "Comparison" if value.operator in _COMPARISONS else "Arithmetic"
    if isinstance(value, Unary):
        return {"not": "Comparison", "#": "Length"}.get(value.operator, "Arithmetic")
    return type(value).__name__
