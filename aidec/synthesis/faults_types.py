"""Faults of types: values that can't be called, indexed, computed with, compared or joined."""

from __future__ import annotations

from collections.abc import Iterator

from aidec.lua.nodes import (
    Binary,
    Call,
    Index,
    Local,
    MethodCall,
    Name,
    Number,
    NumericFor,
    String,
    Table,
    Unary,
)
from aidec.lua.variables import Global
from aidec.lua.words import LIBRARY
from aidec.synthesis.faults import Flaw, changed, fault, misspelt, operand, place_of, replaced, shown
from aidec.synthesis.rewriting import Unit

ARITHMETIC = ("+", "-", "*", "/", "//", "%", "^")

ORDER = ("<", ">", "<=", ">=")

SYMMETRIC = (b"math.max", b"math.min", b"math.ult")
"""Functions whose arguments are of one type."""

WORDS = (b'"five"', b'"ten"', b'"n/a"', b'"none"')
"""Strings that are no numbers."""

UNJOINABLE = {b"nil": "nil", b"{}": "table", b"true": "boolean"}
"""What can't be joined to a string, with its type."""


@fault("call-misspelt-function")
def call_misspelt_function(unit: Unit) -> Iterator[Flaw]:
    """Call a function of a library by a name that it has not."""
    for node in unit.nodes(Call):
        function = node.function
        if isinstance(function, Index) and isinstance(function.key, String) and isinstance(function.object, Name):
            key = place_of(function.key)
            if function.key.value.isalpha() and unit.bytes_of(function.key) == function.key.value:
                new = misspelt(unit, function.key.value.decode())
                if new not in LIBRARY:
                    yield changed(unit, key.start, key.end, new.encode(), table=shown(unit.bytes_of(function.object)))


@fault("call-misspelt-method")
def call_misspelt_method(unit: Unit) -> Iterator[Flaw]:
    """Call a method by a name that the object has not."""
    for node in unit.nodes(MethodCall):
        start = unit.text.index(b":" + node.method.encode(), place_of(node.object).end) + 1
        new = misspelt(unit, node.method)
        if new not in LIBRARY:
            end = start + len(node.method)
            yield changed(unit, start, end, new.encode(), object=shown(unit.bytes_of(node.object)))


@fault("call-value")
def call_value(unit: Unit) -> Iterator[Flaw]:
    """Call a variable that holds no function."""
    for spot in unit.spots(Name):
        node = spot.node
        if isinstance(spot.around, Binary) and not isinstance(node.variable, Global):
            yield replaced(unit, node, unit.bytes_of(node) + b"()", name=node.name)


@fault("index-nil")
def index_nil(unit: Unit) -> Iterator[Flaw]:
    """Declare a table without a value, and index it."""
    for node in unit.nodes(Local):
        if len(node.variables) == len(node.values) == 1 and isinstance(node.values[0], Table):
            start, end = place_of(node.variables[0]).end, place_of(node).end
            yield changed(unit, start, end, b"", name=node.variables[0].name)


@fault("arithmetic-on-string")
def arithmetic_on_string(unit: Unit) -> Iterator[Flaw]:
    """Compute with a string that is no number."""
    for spot in unit.spots(Number):
        if isinstance(spot.around, Binary) and spot.around.operator in ARITHMETIC:
            yield replaced(unit, spot.node, unit.rng.choice(WORDS), operator=spot.around.operator)


@fault("comparison-of-types")
def comparison_of_types(unit: Unit) -> Iterator[Flaw]:
    """Compare a number with a string."""
    for spot in unit.spots(Number):
        if isinstance(spot.around, Binary) and spot.around.operator in ORDER:
            text = b'"' + unit.bytes_of(spot.node) + b'"'
            yield replaced(unit, spot.node, text, operator=spot.around.operator)


@fault("concatenation-of-value")
def concatenation_of_value(unit: Unit) -> Iterator[Flaw]:
    """Join nil, a table or a boolean to a string."""
    for node in unit.nodes(Binary):
        if node.operator == "..":
            side = unit.rng.choice((node.left, node.right))
            new, kind = unit.rng.choice(list(UNJOINABLE.items()))
            if not (isinstance(side, Binary) and side.operator == ".."):
                yield replaced(unit, side, new, kind=kind)


@fault("length-of-number")
def length_of_number(unit: Unit) -> Iterator[Flaw]:
    """Ask for the length of a length."""
    for node in unit.nodes(Unary):
        if node.operator == "#":
            yield replaced(unit, node, b"#" + unit.bytes_of(node), operand=shown(unit.bytes_of(node)))


@fault("dot-for-colon")
def dot_for_colon(unit: Unit) -> Iterator[Flaw]:
    """Call a method with a dot, so that it gets no object."""
    for node in unit.nodes(MethodCall):
        if isinstance(node.object, Name | Index | Call | MethodCall):
            colon = unit.text.index(b":" + node.method.encode(), place_of(node.object).end)
            names = {"object": shown(unit.bytes_of(node.object)), "method": node.method}
            yield changed(unit, colon, colon + 1, b".", **names)


@fault("missing-argument")
def missing_argument(unit: Unit) -> Iterator[Flaw]:
    """Call a function of a library without its arguments."""
    for node in unit.nodes(Call):
        function = node.function
        if isinstance(function, Index) and isinstance(function.object, Name) and node.arguments:
            start, end = place_of(function).end + 1, place_of(node).end - 1
            if unit.text[start - 1 : start] == b"(":
                yield changed(unit, start, end, b"", function=shown(unit.bytes_of(function)))


@fault("swapped-arguments")
def swapped_arguments(unit: Unit) -> Iterator[Flaw]:
    """Give a function of a library its two arguments in the other order."""
    for node in unit.nodes(Call):
        function = node.function
        if isinstance(function, Index) and isinstance(function.object, Name) and len(node.arguments) == 2:
            if unit.bytes_of(function) in SYMMETRIC:
                continue
            start, end = place_of(function).end + 1, place_of(node).end - 1
            one, two = map(unit.bytes_of, node.arguments)
            if unit.text[start:end] == one + b", " + two:
                yield changed(unit, start, end, two + b", " + one, function=shown(unit.bytes_of(function)))


@fault("missing-default")
def missing_default(unit: Unit) -> Iterator[Flaw]:
    """Leave out the default of a field that may be nil."""
    for node in unit.nodes(Binary):
        if node.operator == "or" and isinstance(node.left, Index):
            names = {"value": shown(unit.bytes_of(node.left)), "default": shown(unit.bytes_of(node.right))}
            yield replaced(unit, node, unit.bytes_of(node.left), **names)


@fault("limit-of-string")
def limit_of_string(unit: Unit) -> Iterator[Flaw]:
    """Give a loop a limit that is no number."""
    for node in unit.nodes(NumericFor):
        yield replaced(unit, node.limit, unit.rng.choice((*WORDS, b"nil", b"{}")), node, name=node.variable.name)


@fault("missing-index")
def missing_index(unit: Unit) -> Iterator[Flaw]:
    """Compute with a whole table in place of one of its fields."""
    for spot in unit.spots(Index):
        node = spot.node
        if isinstance(spot.around, Binary) and isinstance(node.object, Name):
            yield replaced(unit, node, operand(unit, node.object), name=shown(unit.bytes_of(node.object)))
