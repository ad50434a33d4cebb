"""Faults of syntax: words and signs that are missing, too many, or those of another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Call,
    CallStatement,
    Do,
    FunctionBody,
    GenericFor,
    If,
    Index,
    Local,
    MethodCall,
    Number,
    NumericFor,
    Repeat,
    Return,
    String,
    Table,
    While,
)
from aidec.lua.words import tokens
from aidec.synthesis.faults import (
    Flaw,
    changed,
    fault,
    indentation,
    lines_of,
    operator_of,
    place_of,
    replaced,
    shown,
    uses,
)
from aidec.synthesis.rewriting import Edit, Unit

OPENERS = {
    If: "if",
    While: "while",
    NumericFor: "for",
    GenericFor: "for",
    Do: "do",
    FunctionBody: "function",
    Repeat: "repeat",
}
"""The word that opens what a node is."""

COMPOUND = ("+", "-", "*", "/", "..")
"""Operators that other languages have an assignment for."""

TEMPTING = ("end", "repeat", "until", "in", "not", "goto", "break", "return", "for", "local", "do")
"""Keywords that people take for names."""

SUFFIXES = (b"f", b"d", b"e")
"""What other languages have after numbers, or what is left of an exponent."""

_CLASS = re.compile(rb"%(?=[dswpl.])")


def opened(node: Node) -> dict[str, str]:
    """What a template tells of a block: the word that opens it, and its line."""
    return {"opener": OPENERS[type(node)], "opened": str(place_of(node).line)}


def occurrences(unit: Unit, *wanted: bytes) -> Iterator[tuple[int, int]]:
    """The offsets of some keywords and signs of a source."""
    return ((start, end) for start, end in tokens(unit.text) if unit.text[start:end] in wanted)


def _without(unit: Unit, word: bytes) -> Iterator[Flaw]:
    """The flaws that a word, with the blank before it, is missing."""
    for start, end in occurrences(unit, word):
        yield changed(unit, start - 1, end, b"", missing=word.decode())


@fault("missing-end")
def missing_end(unit: Unit) -> Iterator[Flaw]:
    """Leave out the ``end`` of a block."""
    for node in unit.nodes(If, While, NumericFor, GenericFor, Do, FunctionBody):
        end = place_of(node).end
        first, last = unit.text.rfind(b"\n", 0, end) + 1, unit.text.index(b"\n", end) + 1
        is_alone = unit.text[first:last].strip() == b"end"
        yield changed(unit, first if is_alone else end - 3, last if is_alone else end, b"", node, **opened(node))


@fault("extra-end")
def extra_end(unit: Unit) -> Iterator[Flaw]:
    """Write ``end`` twice after a block."""
    for node in unit.nodes(If, While, NumericFor, GenericFor, Do):
        end = place_of(node).end
        yield changed(unit, end, end, b"\n" + indentation(unit, node) + b"end", node, **opened(node))


@fault("missing-then")
def missing_then(unit: Unit) -> Iterator[Flaw]:
    """Leave out the ``then`` of an ``if`` or ``elseif``."""
    return _without(unit, b"then")


@fault("missing-do")
def missing_do(unit: Unit) -> Iterator[Flaw]:
    """Leave out the ``do`` of a loop."""
    for node in unit.nodes(While, NumericFor, GenericFor):
        start = place_of(node.body).start
        yield changed(unit, start - 3, start, b"", node, **opened(node))


@fault("missing-in")
def missing_in(unit: Unit) -> Iterator[Flaw]:
    """Leave out the ``in`` of a loop."""
    return _without(unit, b"in")


@fault("missing-until")
def missing_until(unit: Unit) -> Iterator[Flaw]:
    """End a ``repeat`` with ``end``."""
    for node in unit.nodes(Repeat):
        start = place_of(node.body).end
        test = unit.text.index(b"until", start)
        yield changed(unit, test, place_of(node).end, b"end", **opened(node))


@fault("missing-equals")
def missing_equals(unit: Unit) -> Iterator[Flaw]:
    """Leave out the ``=`` of a declaration or an assignment."""
    for node in unit.nodes(Local, Assign):
        names = node.variables if isinstance(node, Local) else node.targets
        if node.values:
            end = place_of(names[-1]).end
            yield changed(unit, end, end + len(b" ="), b"", name=shown(unit.bytes_of(names[-1])))


@fault("missing-comma")
def missing_comma(unit: Unit) -> Iterator[Flaw]:
    """Leave out a comma between arguments, or between fields of a table."""
    for node in unit.nodes(Call, MethodCall, Table):
        listed = node.fields if isinstance(node, Table) else node.arguments
        for one, two in pairwise(listed):
            comma = unit.text.find(b",", place_of(one).end, place_of(two).start)
            names = {"before": shown(unit.bytes_of(one)), "after": shown(unit.bytes_of(two))}
            yield changed(unit, comma, comma + 1, b"", place="table" if isinstance(node, Table) else "call", **names)


@fault("missing-parenthesis")
def missing_parenthesis(unit: Unit) -> Iterator[Flaw]:
    """Leave out a closing parenthesis."""
    for start, end in occurrences(unit, b")"):
        yield changed(unit, start, end, b"")


@fault("extra-parenthesis")
def extra_parenthesis(unit: Unit) -> Iterator[Flaw]:
    """Write a closing parenthesis twice."""
    for _, end in occurrences(unit, b")"):
        yield changed(unit, end, end, b")")


@fault("missing-brace")
def missing_brace(unit: Unit) -> Iterator[Flaw]:
    """Leave out the brace that closes a table."""
    for node in unit.nodes(Table):
        end = place_of(node).end
        yield changed(unit, end - 1, end, b"", opened=str(place_of(node).line))


@fault("missing-bracket")
def missing_bracket(unit: Unit) -> Iterator[Flaw]:
    """Leave out the bracket that closes an index."""
    for node in unit.nodes(Index):
        end = place_of(node).end
        if unit.text[end - 1 : end] == b"]":
            yield changed(unit, end - 1, end, b"", indexed=shown(unit.bytes_of(node)))


@fault("single-equals")
def single_equals(unit: Unit) -> Iterator[Flaw]:
    """Compare with ``=`` in place of ``==``."""
    for node in unit.nodes(Binary):
        if node.operator == "==":
            sides = {"left": shown(unit.bytes_of(node.left)), "right": shown(unit.bytes_of(node.right))}
            yield changed(unit, *operator_of(unit, node), b"=", **sides)


@fault("comparison-statement")
def comparison_statement(unit: Unit) -> Iterator[Flaw]:
    """Assign with ``==`` in place of ``=``."""
    for node in unit.nodes(Assign):
        if len(node.targets) == 1:
            end = place_of(node.targets[0]).end
            yield changed(unit, end, end + len(b" ="), b" ==", name=shown(unit.bytes_of(node.targets[0])))


@fault("compound-assignment")
def compound_assignment(unit: Unit) -> Iterator[Flaw]:
    """Write ``x = x + y`` as ``x += y``, which is not Lua."""
    for node, value in _updates(unit):
        if value.operator in COMPOUND:
            operator = value.operator
            flaw = changed(unit, place_of(node.targets[0]).end, operator_of(unit, value)[1], f" {operator}=".encode())
            names = {"name": shown(unit.bytes_of(node.targets[0])), "operator": operator}
            yield flaw._replace(names={**flaw.names, **names})


@fault("increment")
def increment(unit: Unit) -> Iterator[Flaw]:
    """Write ``x = x + 1`` as ``x++``, which is not Lua."""
    for node, value in _updates(unit):
        if value.operator == "+" and value.right == Number(1):
            name = unit.bytes_of(node.targets[0])
            yield replaced(unit, node, name + b"++", name=shown(name))


def _updates(unit: Unit) -> Iterator[tuple[Assign, Binary]]:
    """The assignments of an operation to its left operand."""
    for node in unit.nodes(Assign):
        value = node.values[0]
        if len(node.targets) == len(node.values) == 1 and isinstance(value, Binary) and value.left == node.targets[0]:
            yield node, value


@fault("bang-equals")
def bang_equals(unit: Unit) -> Iterator[Flaw]:
    """Write ``~=`` as ``!=``, which is not Lua."""
    for start, end in occurrences(unit, b"~="):
        yield changed(unit, start, end, b"!=")


@fault("else-if")
def else_if(unit: Unit) -> Iterator[Flaw]:
    """Write ``elseif`` as two words, which asks for another ``end``."""
    for node in unit.nodes(If):
        if node.alternatives:
            start = place_of(node.alternatives[unit.rng.randrange(len(node.alternatives))]).start
            yield changed(unit, start, start + len(b"elseif"), b"else if", **opened(node))


@fault("keyword-name")
def keyword_name(unit: Unit) -> Iterator[Flaw]:
    """Name a local variable by a keyword."""
    found = uses(unit)
    for node in unit.nodes(Local):
        for variable in node.variables:
            new = unit.rng.choice(TEMPTING)
            places = [place_of(each) for each in (variable, *found.get(id(variable), []))]
            edits = tuple(Edit(start, end, new.encode()) for start, end, *_ in places)
            yield Flaw(edits, edits[0].start, {"was": variable.name, "now": new})


@fault("statement-after-return")
def statement_after_return(unit: Unit) -> Iterator[Flaw]:
    """Put a statement after the ``return`` that ends its block."""
    for block in unit.nodes(Block):
        before, last = block.statements[-2:] if len(block.statements) > 1 else (None, None)
        if isinstance(last, Return) and isinstance(before, Local | Assign | CallStatement):
            one, two = lines_of(unit, before), lines_of(unit, last)
            if one[1] == two[0]:  # with no comments between
                swapped = unit.text[two[0] : two[1]] + unit.text[one[0] : one[1]]
                names = {"was": shown(unit.bytes_of(before)), "returned": shown(unit.bytes_of(last))}
                yield changed(unit, one[0], two[1], swapped, before, **names)


@fault("unfinished-string")
def unfinished_string(unit: Unit) -> Iterator[Flaw]:
    """Leave out the quote that closes a string."""
    for node in _quoted(unit):
        end = place_of(node).end
        yield changed(unit, end - 1, end, b"", string=shown(unit.bytes_of(node)))


@fault("bad-escape")
def bad_escape(unit: Unit) -> Iterator[Flaw]:
    """Write a backslash and a letter in a string, an escape that Lua has not."""
    for node in _quoted(unit):
        start, end, *_ = place_of(node)
        match = _CLASS.search(unit.text, start, end)
        first, last = match.span() if match else (start + 1, start + 1)
        escape = b"\\" if match else unit.rng.choice((b"\\d", b"\\.", b"\\w", b"\\s"))
        yield changed(unit, first, last, escape, escape=shown(escape + (unit.text[last : last + 1] if match else b"")))


@fault("malformed-number")
def malformed_number(unit: Unit) -> Iterator[Flaw]:
    """Write a letter right after a number."""
    for node in unit.nodes(Number):
        text = unit.bytes_of(node)
        if text.isdigit():
            yield replaced(unit, node, text + unit.rng.choice(SUFFIXES))


def _quoted(unit: Unit) -> Iterator[String]:
    """The strings that stand in quotes; a name after a dot is a string too."""
    return (node for node in unit.nodes(String) if unit.bytes_of(node)[:1] in (b'"', b"'"))
