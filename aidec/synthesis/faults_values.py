"""Faults of values: bounds and indices that are off by one, and integers and floats that are mixed up."""

from __future__ import annotations

from collections.abc import Iterator

from aidec.lua.nodes import (
    Assign,
    Binary,
    Call,
    Expression,
    If,
    Index,
    MethodCall,
    Name,
    Number,
    NumericFor,
    Repeat,
    String,
    Unary,
    While,
)
from aidec.synthesis.faults import Flaw, changed, fault, operand, operator_of, place_of, replaced, shown
from aidec.synthesis.rewriting import Unit

ARITHMETIC = ("+", "-", "*", "//", "%")

STRICT = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
"""For each comparison that with the bound, or without it."""


def _moved(unit: Unit, node: Expression) -> bytes:
    """An expression and one more, or one less."""
    step = unit.rng.choice((1, -1))
    if isinstance(node, Number) and isinstance(node.value, int) and node.value + step >= 0:
        return str(node.value + step).encode()
    if isinstance(node, Binary) and node.operator in ("+", "-") and node.right == Number(1):
        return unit.bytes_of(node.left)
    return operand(unit, node) + (b" + 1" if step > 0 else b" - 1")


@fault("loop-limit")
def loop_limit(unit: Unit) -> Iterator[Flaw]:
    """Let a loop go one too far, or end one too early."""
    for node in unit.nodes(NumericFor):
        yield replaced(unit, node.limit, _moved(unit, node.limit), node, name=node.variable.name)


@fault("loop-start")
def loop_start(unit: Unit) -> Iterator[Flaw]:
    """Let a loop begin one too early, or one too late."""
    for node in unit.nodes(NumericFor):
        yield replaced(unit, node.start, _moved(unit, node.start), node, name=node.variable.name)


@fault("index-off-by-one")
def index_off_by_one(unit: Unit) -> Iterator[Flaw]:
    """Use the index before, or after."""
    for node in unit.nodes(Index):
        key = node.key
        is_number = isinstance(key, Name | Number | Unary) or (isinstance(key, Binary) and key.operator in ARITHMETIC)
        if is_number:
            yield replaced(unit, node.key, _moved(unit, node.key), node, indexed=shown(unit.bytes_of(node.object)))


@fault("append-off-by-one")
def append_off_by_one(unit: Unit) -> Iterator[Flaw]:
    """Write to the last element of a list in place of the one after it."""
    for node in (target for each in unit.nodes(Assign) for target in each.targets if isinstance(target, Index)):
        key = node.key
        if (
            isinstance(key, Binary)
            and key.right == Number(1)
            and isinstance(key.left, Unary)
            and key.left.operator == "#"
        ):
            yield replaced(unit, key, unit.bytes_of(key.left), node, indexed=shown(unit.bytes_of(node.object)))


@fault("bound-off-by-one")
def bound_off_by_one(unit: Unit) -> Iterator[Flaw]:
    """Compare with the bound, or without it."""
    for around in unit.nodes(If, While, Repeat):
        for node in around.test.walk():
            if isinstance(node, Binary) and node.operator in STRICT:
                sides = {"left": shown(unit.bytes_of(node.left)), "right": shown(unit.bytes_of(node.right))}
                yield changed(unit, *operator_of(unit, node), STRICT[node.operator].encode(), node, **sides)


@fault("substring-off-by-one")
def substring_off_by_one(unit: Unit) -> Iterator[Flaw]:
    """Cut a string one too early, or one too late."""
    for node in unit.nodes(MethodCall, Call):
        is_method = isinstance(node, MethodCall) and node.method == "sub"
        if is_method or (isinstance(node, Call) and unit.bytes_of(node.function) == b"string.sub"):
            bounds = [each for each in node.arguments[not is_method :] if isinstance(each, Number | Unary)]
            for bound in bounds:
                yield replaced(unit, bound, _moved(unit, bound), call=shown(unit.bytes_of(node)))


@fault("slash-for-floor")
def slash_for_floor(unit: Unit) -> Iterator[Flaw]:
    """Divide with ``/`` in place of ``//``."""
    yield from _operators(unit, "//", b"/")


@fault("floor-for-slash")
def floor_for_slash(unit: Unit) -> Iterator[Flaw]:
    """Divide with ``//`` in place of ``/``."""
    yield from _operators(unit, "/", b"//")


def _operators(unit: Unit, operator: str, new: bytes) -> Iterator[Flaw]:
    for node in unit.nodes(Binary):
        if node.operator == operator:
            sides = {"left": shown(unit.bytes_of(node.left)), "right": shown(unit.bytes_of(node.right))}
            yield changed(unit, *operator_of(unit, node), new, node, **sides)


@fault("float-for-integer")
def float_for_integer(unit: Unit) -> Iterator[Flaw]:
    """Write an integer as a float, such as ``3.0`` for ``3``."""
    for node in unit.nodes(Number):
        text = unit.bytes_of(node)
        if text.isdigit():
            yield replaced(unit, node, text + b".0")


@fault("integer-for-float")
def integer_for_float(unit: Unit) -> Iterator[Flaw]:
    """Write a float as an integer, such as ``3`` for ``3.0``."""
    for node in unit.nodes(Number):
        text = unit.bytes_of(node)
        if text.endswith(b".0") and text[:-2].isdigit():
            yield replaced(unit, node, text[:-2])


@fault("power-for-product")
def power_for_product(unit: Unit) -> Iterator[Flaw]:
    """Multiply with ``^``, which always makes a float."""
    for node in unit.nodes(Binary):
        if node.operator == "*" and node.left == node.right:
            yield replaced(unit, node, operand(unit, node.left) + b" ^ 2", factor=shown(unit.bytes_of(node.left)))


@fault("missing-floor")
def missing_floor(unit: Unit) -> Iterator[Flaw]:
    """Leave out the call that makes an integer of a float."""
    for node in unit.nodes(Call):
        name = unit.bytes_of(node.function)
        if name in (b"math.floor", b"math.ceil", b"math.tointeger") and len(node.arguments) == 1:
            yield replaced(unit, node, b"(" + unit.bytes_of(node.arguments[0]) + b")", function=shown(name))


@fault("format-of-float")
def format_of_float(unit: Unit) -> Iterator[Flaw]:
    """Format a half with ``%d``, which takes what is an integer alone."""
    for _, value in _formatted(unit):
        yield replaced(unit, value, operand(unit, value) + b" / 2", value=shown(unit.bytes_of(value)))


@fault("format-conversion")
def format_conversion(unit: Unit) -> Iterator[Flaw]:
    """Format an integer as a float."""
    for start, value in _formatted(unit):
        new = unit.rng.choice((b"%.1f", b"%5.2f", b"%e"))
        yield changed(unit, start, start + len(b"%d"), new, value=shown(unit.bytes_of(value)))


def _formatted(unit: Unit) -> Iterator[tuple[int, Expression]]:
    """The places of ``%d`` that begin a format, and the values that they format."""
    for node, values in _formats(unit):
        if unit.bytes_of(node)[1:3] == b"%d" and values:
            yield place_of(node).start + 1, values[0]


def _formats(unit: Unit) -> Iterator[tuple[String, list[Expression]]]:
    """The formats of calls of ``string.format``, or of the method, and the values that are formatted."""
    for node in unit.nodes(Call, MethodCall):
        if isinstance(node, MethodCall):
            first, values = node.object, node.arguments
            is_format = node.method == "format"
        else:
            first, values = (node.arguments or [node])[0], node.arguments[1:]
            is_format = unit.bytes_of(node.function) == b"string.format"
        if is_format and isinstance(first, String):
            yield first, values
