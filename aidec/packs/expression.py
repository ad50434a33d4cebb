"""Expressions of templates as plain tuples: what they read, and what they are worth.

An expression is a tuple of its kind and its parts:

- ``("const", value)``, ``("path", "instruction.rk_b.index")``, ``("list", items)``
- ``("not", e)``, ``("and", a, b)``, ``("or", a, b)``, ``("if", test, a, b)``
- ``("compare", e, ((operator, e), ...))``, ``("binary", operator, a, b)``, ``("unary", operator, e)``
- ``("test", name, e, arguments)``, ``("filter", name, e, arguments)``, ``("concat", items)``
- ``("item", list, index, path, attribute)``: an attribute of an item of a list, or where it is empty the item; ``list``
  is its path, and ``path`` what such a value is called where it has a name
- ``("sum", ((e, factor), ...), constant)``, made only of others: see ``sums.py``
- ``("opaque",)``, of which nothing is known
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

Expression = tuple[Any, ...]
Path = str | Expression
"""What a value is found by: the path of a name; or the expression of an item of a list, or of a sum."""

Functions = Mapping[str, Callable[..., Any]]

VALUE_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What is raised where a value can't be printed, or computed with."""

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda item, items: item in items,
    "notin": lambda item, items: item not in items,
}

OPERATIONS: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "Neg": operator.neg,
    "Pos": operator.pos,
}

TESTS: Functions = {
    "none": lambda value: value is None,
    "true": lambda value: value is True,
    "false": lambda value: value is False,
    "boolean": lambda value: value is True or value is False,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
    "number": lambda value: isinstance(value, (int, float)),
    "string": lambda value: isinstance(value, str),
    "named": lambda name, text: bool(name == text.encode()),
}
"""The tests of templates: those of Jinja2 for the types of values, and whether a name is this one."""

TYPE_TESTS = ("boolean", "false", "float", "integer", "number", "string", "true")
"""The tests that depend on the type of a value, or on which boolean it is."""


class Read(NamedTuple):
    """What an expression takes of a value.

    Attributes:
        path: the value.
        aspect: ``value``; or, where that is all that counts, its ``length``, its ``truth`` (none, false or true), its
            ``type``, or its ``range``.
        bounds: for a range, the integers where one ends and the next one starts, in ascending order.
    """

    path: Path
    aspect: str = "value"
    bounds: tuple[int, ...] = ()


class Unknown(Exception):  # noqa: N818 (no error: it says that a value is not known yet)
    """A value is not known, so that neither is that of the expression."""


class Known(dict[Path, Any]):
    """Values by their path; to ask for another raises ``Unknown``."""

    def __missing__(self, path: Path) -> Any:
        raise Unknown


def evaluate(expression: Expression, values: Mapping[Any, Any], filters: Functions) -> Any:
    """The value of an expression, as Jinja2 has it.

    Args:
        expression: the expression.
        values: the values that it reads, by their path.
        filters: the filters by name.

    Raises:
        Unknown: a value is not known on which it depends.
        TypeError, ValueError, ArithmeticError, ...: what Python raises.
    """
    return _EVALUATE[expression[0]](expression, values, filters)


def _unknown() -> NoReturn:
    raise Unknown


def _logic(expression: Expression, values: Mapping[Any, Any], filters: Functions) -> Any:
    """The value of ``and`` or ``or``; where only the right side is known, it may decide."""
    kind, left, right = expression
    decisive = kind == "or"
    try:
        value = evaluate(left, values, filters)
    except Unknown:
        value = evaluate(right, values, filters)
        if bool(value) == decisive:
            return decisive
        raise
    return value if bool(value) == decisive else evaluate(right, values, filters)


def _compare(expression: Expression, values: Mapping[Any, Any], filters: Functions) -> bool:
    _, first, others = expression
    left = evaluate(first, values, filters)
    for name, other in others:
        right = evaluate(other, values, filters)
        if not COMPARISONS[name](left, right):
            return False
        left = right
    return True


def _called(functions: Functions, expression: Expression, values: Mapping[Any, Any], filters: Functions) -> Any:
    _, name, subject, arguments = expression
    return functions[name](*[evaluate(each, values, filters) for each in (subject, *arguments)])


_EVALUATE: dict[str, Callable[[Expression, Mapping[Any, Any], Functions], Any]] = {
    "const": lambda e, _, __: e[1],
    "path": lambda e, values, _: values[e[1]],
    "item": lambda e, values, _: values[e],
    "opaque": lambda _, __, ___: _unknown(),
    "list": lambda e, values, filters: [evaluate(item, values, filters) for item in e[1]],
    "not": lambda e, values, filters: not evaluate(e[1], values, filters),
    "and": _logic,
    "or": _logic,
    "if": lambda e, values, filters: evaluate(e[2 if evaluate(e[1], values, filters) else 3], values, filters),
    "compare": _compare,
    "binary": lambda e, values, filters: OPERATIONS[e[1]](*[evaluate(side, values, filters) for side in e[2:]]),
    "unary": lambda e, values, filters: OPERATIONS[e[1]](evaluate(e[2], values, filters)),
    "test": lambda e, values, filters: _called(TESTS, e, values, filters),
    "filter": lambda e, values, filters: _called(filters, e, values, filters),
    "concat": lambda e, values, filters: "".join([str(evaluate(item, values, filters)) for item in e[1]]),
}


def parts_of(expression: Expression) -> Iterator[Expression]:
    """The expressions that one is made of."""
    kind, *rest = expression
    if kind in ("list", "concat"):
        yield from rest[0]
    elif kind == "compare":
        yield rest[0]
        yield from [other for _, other in rest[1]]
    elif kind in ("test", "filter"):
        yield rest[1]
        yield from rest[2]
    elif kind in ("binary", "unary"):
        yield from rest[1:]
    elif kind not in ("const", "path", "item", "opaque"):
        yield from rest


def reads(expression: Expression, purpose: str = "value") -> Iterator[Read]:
    """What an expression reads; a value that it takes for several purposes comes several times.

    Args:
        expression: the expression.
        purpose: what it is used for: its ``value``, or its ``truth``, as the test of a choice is.
    """
    kind = expression[0]
    if kind == "path":
        yield Read(expression[1], purpose)
    elif kind == "item":
        yield Read(expression, purpose)
    elif kind == "filter" and expression[1] == "length" and expression[2][0] == "path":
        yield Read(expression[2][1], "length")
    else:
        for part in parts_of(expression):
            yield from reads(part, purpose_of(expression, purpose, part))


def purpose_of(expression: Expression, purpose: str, part: Expression) -> str:
    """What a part is used for by its expression, which is used for a purpose itself."""
    match expression:
        case ("not", _):
            return "truth"
        case ("if", test, _, _) if part is test:
            return "truth"
        case ("and" | "or" | "if", *_):
            return purpose  # it may be the value of the whole
        case ("test", "none", *_):
            return "none"
        case ("test", name, *_) if name in TYPE_TESTS:
            return "type"
    return "value"


def merged(found: Iterable[Read]) -> list[Read]:
    """One reading of each value that serves all purposes; the length stands for itself."""
    purposes: dict[Path, list[Read]] = {}
    lengths: dict[Read, None] = {}
    for read in found:
        if read.aspect == "length":
            lengths[read] = None
        else:
            purposes.setdefault(read.path, []).append(read)
    return [_for_all(of_path) for of_path in purposes.values()] + [*lengths]


def _for_all(found: list[Read]) -> Read:
    """The reading of a value that serves several purposes."""
    path = found[0].path
    purposes = {read.aspect for read in found}
    if purposes <= {"none", "truth"}:
        return Read(path, "truth")
    if purposes <= {"none", "type"}:
        return Read(path, "type")
    if purposes <= {"none", "truth", "range"}:
        zero = {0, 1} if "truth" in purposes else set()  # which alone of all integers is false
        return Read(path, "range", tuple(sorted(zero.union(*[read.bounds for read in found]))))
    return Read(path)


def implied(test: Expression, *, is_true: bool) -> dict[str, Any]:  # noqa: PLR0911 (one for each kind)
    """The values, by their path, that are known where a test is true, or false."""
    match test:
        case ("not", inner):
            return implied(inner, is_true=not is_true)
        case ("and", left, right) if is_true:
            return implied(left, is_true=True) | implied(right, is_true=True)
        case ("or", left, right) if not is_true:
            return implied(left, is_true=False) | implied(right, is_true=False)
        case ("test", "none" | "true" | "false" as name, ("path", path), ()) if is_true:
            return {path: {"none": None, "true": True, "false": False}[name]}
        case ("test", "named", ("path", path), (("const", str(text)),)) if is_true:
            return {path: text.encode()}
        case ("compare", ("path", path), (("eq" | "ne" as name, ("const", value)),)) if (name == "eq") == is_true:
            return {path: value}
        case ("path", path):
            return {path: is_true}
    return {}


def may_fail(expression: Expression, optional: Callable[[str], bool]) -> bool:
    """Whether an expression might raise for some values; ``optional`` says which of them may be none."""
    match expression:
        case ("const" | "path" | "item", *_):
            return False  # an item that is not there fails where it is used
        case ("binary" | "unary", name, *sides) if name in ("Add", "Sub", "Mul", "Neg", "Pos"):
            return any(_may_be_none(side, optional) or may_fail(side, optional) for side in sides)
        case ("compare", first, others) if all(name in ("eq", "ne") for name, _ in others):
            return any(may_fail(side, optional) for side in (first, *[other for _, other in others]))
        case ("test", name, subject, ()) if name in TESTS:
            return may_fail(subject, optional)
        case ("not" | "and" | "or" | "if" | "list", *_):
            return any(may_fail(part, optional) for part in parts_of(expression))
    return True


def _may_be_none(expression: Expression, optional: Callable[[str], bool]) -> bool:
    match expression:
        case ("const", value):
            return type(value) is not int
        case ("path", path):
            return optional(path)
        case ("binary" | "unary", *_):
            return False
    return True
