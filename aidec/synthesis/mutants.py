"""Mutants: a function in which one operator, constant, bound or condition is another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from aidec.lua.compile import compile_source
from aidec.lua.nodes import (
    Binary,
    Boolean,
    ElseIf,
    Expression,
    If,
    Main,
    Number,
    NumericFor,
    Repeat,
    String,
    Unary,
    While,
)
from aidec.lua.printer import to_source
from aidec.lua.tree import literal, parse
from aidec.synthesis.rewriting import Spot, spots_in

OPERATORS: Mapping[str, tuple[str, ...]] = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+", "//"),
    "/": ("*", "//"),
    "//": ("/", "*"),
    "%": ("//",),
    "^": ("*",),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("~=",),
    "~=": ("==",),
    "and": ("or",),
    "or": ("and",),
    "&": ("|",),
    "|": ("&",),
    "~": ("&",),
    "<<": (">>",),
    ">>": ("<<",),
}
"""The operators that take the place of each."""


class Mutant(NamedTuple):
    """A function with a change.

    Attributes:
        number: the number of the change, in the order in which changes are found.
        code: its text.
        line: the line of the change.
        change: what was put in the place of what, such as ```<=` for `<```.
    """

    number: int
    code: bytes
    line: int
    change: str


def mutants_of(code: bytes, order: Callable[[int], Iterable[int]] = range) -> Iterator[Mutant]:
    """The mutants of a function in the canonical layout that compile to other bytecode, each once.

    Args:
        code: the text of the function.
        order: the numbers of changes in the order in which they are done, for how many there are.
    """
    seen = {compile_source(code, strip=True)}
    for number in order(sum(1 for _ in _changes(parse(code, resolved=False)))):
        tree = parse(code, resolved=False)  # anew, since the change is made in it
        spot, new, told = next(islice(_changes(tree), number, None))
        line = spot.node.place.line
        spot.put(new)
        changed = to_source(tree)
        chunk = compile_source(changed, strip=True)
        if chunk not in seen:
            seen.add(chunk)
            yield Mutant(number, changed, line, told)


def _changes(tree: Main) -> Iterator[tuple[Spot, Expression, str]]:
    """Where something can be put, what that is, and what is told of it."""
    for spot in spots_in(tree, Expression, deep=True):
        for new, told in (*_others(spot), *_bounds(spot)):
            yield spot, new, told


def _others(spot: Spot) -> Iterator[tuple[Expression, str]]:
    """What can be in the place of an operation or a constant."""
    node = spot.node
    if isinstance(node, Binary):
        for operator in OPERATORS.get(node.operator, ()):
            yield Binary(node.left, operator, node.right), f"`{operator}` for `{node.operator}`"
    elif isinstance(node, Unary):
        yield node.operand, f"no `{node.operator}`"
    elif isinstance(node, Boolean):
        yield Boolean(not node.value), f"`{str(not node.value).lower()}` for `{str(node.value).lower()}`"
    elif isinstance(node, Number):
        for value in map(_in_range, (node.value + 1, node.value - 1)):
            yield literal(value), f"`{value}` for `{node.value}`"
    elif isinstance(node, String) and node.value and spot.field != "key":
        yield String(b""), "an empty string"


def _in_range(value: float) -> float:
    """A number as Lua has it: an integer wraps around in 64 bits."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63) if isinstance(value, int) else value


def _bounds(spot: Spot) -> Iterator[tuple[Expression, str]]:
    """What can be in the place of a bound of a loop, or of a condition."""
    if isinstance(spot.around, NumericFor) and spot.field in ("start", "limit") and not isinstance(spot.node, Number):
        for sign in "+-":
            yield Binary(spot.node, sign, Number(1)), f"`{sign} 1` at the {spot.field} of a loop"
    elif isinstance(spot.around, ElseIf | If | Repeat | While) and spot.field == "test":
        yield Unary("not", spot.node), "`not` before a condition"
