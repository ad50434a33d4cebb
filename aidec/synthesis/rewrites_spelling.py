"""Rewrites of how something is spelled, which the bytecode does not have."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial

from aidec.lua.nodes import (
    Binary,
    Boolean,
    Call,
    ElseIf,
    FunctionStatement,
    If,
    Index,
    Local,
    MethodCall,
    Name,
    Number,
    Return,
    Statement,
    String,
    Table,
    Unary,
    Variable,
    While,
)
from aidec.lua.variables import LocalVariable, local_variable
from aidec.synthesis.rewriting import Edit, Site, Unit, rewrite

_AROUND = (Binary, Return, Local, Call, If, ElseIf, While)
"""The nodes in which expressions get parentheses."""

_DOT = re.compile(rb"\.\s*[A-Za-z_]\w*\Z")


@rewrite("rename-locals", "bytecode")
def rename_locals(unit: Unit) -> Iterator[Site]:
    """Give local variables names that nobody uses."""
    uses: dict[LocalVariable, list[Name]] = {}
    for name in unit.nodes(Name):
        variable = local_variable(name.variable)
        if variable is not None:
            uses.setdefault(variable, []).append(name)
    for variable, names in uses.items():
        declaration = variable.declaration
        if isinstance(declaration, Variable) and declaration.name != "_ENV":
            yield partial(_rename, unit.word(), (declaration, *names))


def _rename(name: str, nodes: tuple[Name | Variable, ...]) -> None:
    for node in nodes:
        node.name = name


@rewrite("string-quotes", "bytecode")
def string_quotes(unit: Unit) -> Iterator[Site]:
    """Spell strings in other quotes, in long brackets, or with escapes."""
    for node in unit.nodes(String):
        if node.place is not None and unit.bytes_of(node)[:1] in (b'"', b"'"):
            is_key = unit.text[node.place.start - 1 : node.place.start] == b"["  # where another bracket is a long one
            spelled = _quoted(node.value, unit.rng.choice((b"'", b'"', b"\\", b"'" if is_key else b"]")))
            if spelled != unit.bytes_of(node):
                yield Edit(node.place.start, node.place.end, spelled)


def _quoted(text: bytes, how: bytes) -> bytes:
    """A literal for a string, in quotes, in long brackets where they can hold it, or with an escape for each byte."""
    if how == b"]" and b"\r" not in text and b"]" not in text:
        return b"[[" + (b"\n" if text.startswith(b"\n") else b"") + text + b"]]"
    if how == b"\\":
        return b'"' + b"".join(b"\\x%02x" % byte for byte in text) + b'"'
    quote = b"'" if how == b"]" else how
    plain = set(range(32, 127)) - {quote[0], ord("\\")}
    return quote + b"".join(bytes([byte]) if byte in plain else b"\\%03d" % byte for byte in text) + quote


@rewrite("number-forms", "bytecode")
def number_forms(unit: Unit) -> Iterator[Site]:
    """Spell numbers in hexadecimal, or floats with another exponent."""
    for node in unit.nodes(Number):
        if node.place is None or not unit.bytes_of(node)[:1].isdigit() or not math.isfinite(node.value):
            continue
        forms = [hex(node.value)] if isinstance(node.value, int) else [node.value.hex()]
        if isinstance(node.value, float) and "e" not in repr(node.value):
            forms.append(f"{node.value!r}e0")
        yield Edit(node.place.start, node.place.end, unit.rng.choice(forms).encode())


@rewrite("field-brackets", "bytecode")
def field_brackets(unit: Unit) -> Iterator[Site]:
    """Spell ``a.b`` as ``a["b"]``."""
    targets = {id(node) for each in unit.nodes(FunctionStatement) for node in each.target.walk()}
    for node in unit.nodes(Index):
        if node.place is None or id(node) in targets or not isinstance(node.key, String):
            continue
        match = _DOT.search(unit.bytes_of(node))
        if match is not None:
            yield Edit(node.place.start + match.start(), node.place.end, b'["' + node.key.value + b'"]')


@rewrite("call-parentheses", "bytecode")
def call_parentheses(unit: Unit) -> Iterator[Site]:
    """Spell ``f("x")`` and ``f({})`` as ``f"x"`` and ``f{}``."""
    for node in unit.nodes(Call, MethodCall):
        if len(node.arguments) != 1 or not isinstance(node.arguments[0], String | Table):
            continue
        place, argument = node.place, node.arguments[0].place
        if place is None or argument is None or argument.end != place.end - 1:
            continue
        if unit.text[argument.start - 1 : argument.start] == b"(":
            yield Edit(argument.start - 1, place.end, unit.bytes_of(node.arguments[0]))


@rewrite("parentheses", "bytecode")
def parentheses(unit: Unit) -> Iterator[Site]:
    """Put parentheses around what has one value."""
    for spot in unit.spots(Name, Binary, Unary, Number, Boolean):
        place = spot.node.place
        is_called = isinstance(spot.around, Call) and spot.field == "function"
        if place is not None and not is_called and isinstance(spot.around, _AROUND):
            yield Edit(place.start, place.end, b"(" + unit.bytes_of(spot.node) + b")")


@rewrite("semicolons", "bytecode")
def semicolons(unit: Unit) -> Iterator[Site]:
    """Put semicolons after statements."""
    for node in unit.nodes(Statement):
        if node.place is not None:
            yield Edit(node.place.end, node.place.end, b";")
