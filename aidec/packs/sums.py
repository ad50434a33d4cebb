"""Sums of integers, and where they are compared: what is computed for all rows at once.

``pc + 1`` is a sum. ``instruction.bx < proto.constants | length`` compares one with 0: the difference of both sides. So
neither takes a step for each value that occurs.
"""

from __future__ import annotations

from collections.abc import Iterator

from aidec.packs.expression import Expression, Path, Read, parts_of, purpose_of, reads
from aidec.packs.names import known_names

_SIGNS = {"Add": 1, "Sub": -1}
_ORDERED = ("eq", "ne", "lt", "lteq", "gt", "gteq")


def sum_of(expression: Expression) -> Expression | None:
    """An expression as ``("sum", ((e, factor), ...), constant)``, each e once; None where it is no sum."""
    match expression:
        case ("const", value) if type(value) is int:
            return ("sum", (), value)
        case ("path", str()) | ("filter", "length", ("path", str()), ()):
            return ("sum", ((expression, 1),), 0)
        case ("unary", "Neg", inner):
            return _added(("sum", (), 0), sum_of(inner), -1)
        case ("binary", "Add" | "Sub" as name, left, right):
            return _added(sum_of(left), sum_of(right), _SIGNS[name])
    return None


def _added(left: Expression | None, right: Expression | None, factor: int) -> Expression | None:
    """A sum, and another one times a factor."""
    if left is None or right is None:
        return None
    terms = dict(left[1])
    for term, times in right[1]:
        terms[term] = terms.get(term, 0) + times * factor
    return ("sum", tuple(terms.items()), left[2] + factor * right[2])


def column_of(expression: Expression) -> Path | None:
    """The path of the column with an expression's values: a name's own, or that of a sum; None where it is neither.

    All that a sum is made of is an integer in every row.
    """
    match expression, sum_of(expression):
        case ("path", str(path)), _:
            return path if _is_integer(expression) else None
        case _, ("sum", terms, _) as found if terms and all(_is_integer(term) for term, _ in terms):
            return found
    return None


def _is_integer(term: Expression) -> bool:
    """Whether a term is an integer in every row."""
    if term[0] == "filter":
        return known_names()[term[2][1]].type in ("list", "integers")
    name = known_names()[term[1]]
    return name.type == "integer" and not name.is_optional


def deciding(expression: Expression, purpose: str = "value") -> Iterator[Read]:
    """What decides an expression: what ``reads`` says, but of integers that are compared only the outcome."""
    compared = [*_ranges(expression)] if expression[0] == "compare" else []
    if compared:
        yield from compared
    elif expression[0] in ("path", "item") or (expression[0] == "filter" and expression[1] == "length"):
        yield from reads(expression, purpose)
    else:
        for part in parts_of(expression):
            yield from deciding(part, purpose_of(expression, purpose, part))


def _ranges(comparison: Expression) -> Iterator[Read]:
    """The ranges that decide a comparison; none where it is not one of integers."""
    _, first, others = comparison
    found = []
    left = first
    for name, right in others:
        difference = _added(sum_of(left), sum_of(right), -1) if name in _ORDERED else None
        if difference is None:
            return
        terms = [(term, times) for term, times in difference[1] if times]
        match terms:
            case [(("path", str(path)), 1 | -1 as times)]:
                bound = -times * difference[2]
                found.append(Read(path, "range", (bound, bound + 1)))
            case [_, *_] if all(_is_integer(term) for term, _ in terms):
                found.append(Read(("sum", tuple(terms), difference[2]), "range", (0, 1)))
            case _:
                return
        left = right
    yield from found
