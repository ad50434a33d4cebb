"""Rewrites of expressions: constants, comparisons, calls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from aidec.lua.node import copy
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Call,
    CallStatement,
    Expression,
    Function,
    FunctionBody,
    Index,
    Local,
    LocalFunction,
    Main,
    MethodCall,
    Name,
    Number,
    Return,
    Statement,
    String,
    Unary,
    Vararg,
    Variable,
)
from aidec.lua.variables import local_variable
from aidec.lua.words import METHODS
from aidec.synthesis.rewrites_forms import is_plain, put
from aidec.synthesis.rewriting import Site, Spot, Unit, has_labels, rewrite, spots_in

FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""The operator for each comparison whose operands change places."""

NEGATED = {"==": "~=", "~=": "=="}
"""The operator for each comparison that is its opposite for all values, NaN too."""


@rewrite("hoist-constants", "behaviour")
def hoist_constants(unit: Unit) -> Iterator[Site]:
    """Give a constant to a local variable at the start of its function."""
    for function in unit.nodes(FunctionBody, Main):
        if has_labels(function.body):
            continue
        for spot in spots_in(function.body, Number, String):
            if isinstance(spot.around, Binary | Call):
                yield partial(_hoist, unit.word(), spot, function.body)


def _hoist(name: str, spot: Spot, body: Block) -> None:
    body.statements.insert(0, Local([Variable(name)], [spot.node]))
    spot.put(Name(name))


@rewrite("flip-comparisons", "behaviour")
def flip_comparisons(unit: Unit) -> Iterator[Site]:
    """Let the operands of ``<``, ``<=``, ``>`` and ``>=`` change places."""
    for node in unit.nodes(Binary):
        if node.operator in FLIPPED and is_plain(node.left) and is_plain(node.right):
            yield partial(_flip, node)


def _flip(node: Binary) -> None:
    node.left, node.operator, node.right = node.right, FLIPPED[node.operator], node.left


@rewrite("negate-equality", "behaviour")
def negate_equality(unit: Unit) -> Iterator[Site]:
    """Write ``a ~= b`` as ``not (a == b)``, or the other way round."""
    for spot in unit.spots(Binary, Unary):
        node = spot.node
        if isinstance(node, Binary) and node.operator == "~=":
            new: Expression = Unary("not", Binary(node.left, "==", node.right))
            yield partial(spot.put, new)
        elif isinstance(node, Unary) and node.operator == "not" and isinstance(node.operand, Binary):
            inner = node.operand
            if inner.operator in NEGATED:
                new = Binary(inner.left, NEGATED[inner.operator], inner.right)
                yield partial(spot.put, new)


@rewrite("inline-constants", "behaviour")
def inline_constants(unit: Unit) -> Iterator[Site]:
    """Put a constant in the place of a local variable that has no other value."""
    assigned = {id(target) for node in unit.nodes(Assign) for target in node.targets}
    uses: dict[int, list[Spot]] = {}
    for spot in unit.spots(Name):
        variable = local_variable(spot.node.variable)
        if variable is not None:
            uses.setdefault(id(variable.declaration), []).append(spot)
    for block, node in unit.statements(Local):
        if len(node.variables) != 1 or len(node.values) != 1 or not isinstance(node.values[0], Number | String):
            continue
        spots = uses.get(id(node.variables[0]), [])
        if spots and not any(id(spot.node) in assigned or spot.field == "target" for spot in spots):
            yield partial(_inline, block, node, spots)


def _inline(block: Block, node: Local, spots: list[Spot]) -> None:
    for spot in spots:
        spot.put(copy(node.values[0]))
    block.statements = [each for each in block.statements if each is not node]


@rewrite("unfold-constants", "bytecode")
def unfold_constants(unit: Unit) -> Iterator[Site]:
    """Write an integer as a sum, which the compiler computes."""
    for spot in unit.spots(Number):
        value = spot.node.value
        if (
            isinstance(value, int)
            and 1 < value < 2**53
            and isinstance(spot.around, Binary | Call | Local | Assign | Return)
        ):
            part = unit.rng.randint(1, value - 1)
            yield partial(spot.put, Binary(Number(value - part), "+", Number(part)))


@rewrite("method-call", "behaviour")
def method_call(unit: Unit) -> Iterator[Site]:
    """Call a method of a local variable, ``a:b(c)``, as a field, ``a.b(a, c)``.

    Methods of strings and files stay: their errors count arguments from the one behind ``self`` (lauxlib.c:
    luaL_argerror).
    """
    for spot in unit.spots(MethodCall):
        node = spot.node
        if isinstance(node.object, Name) and is_plain(node.object) and node.method not in METHODS:
            field = Index(Name(node.object.name), String(node.method.encode()))
            yield partial(spot.put, Call(field, [node.object, *node.arguments]))


@rewrite("extract-function", "behaviour")
def extract_function(unit: Unit) -> Iterator[Site]:
    """Let a function compute what a statement computes in itself."""
    for block, node in unit.statements(Assign, Local, Return, CallStatement):
        if any(spots_in(node, Function, deep=True)):
            continue
        for spot in spots_in(node, Binary):
            if not any(spots_in(spot.node, Vararg)):
                yield partial(_extract, unit.word(), block, node, spot)


def _extract(name: str, block: Block, node: Statement, spot: Spot) -> None:
    returned: Expression = spot.node
    spot.put(Call(Name(name), []))
    body = FunctionBody([], Block([Return([returned])]))
    put(block, node, [LocalFunction(Variable(name), body), node])
