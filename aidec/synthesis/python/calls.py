"""Calls of a function: from its doctests, and drawn by the types of its parameters, which annotations and use tell."""

from __future__ import annotations

import ast
import doctest
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Any

from aidec.synthesis.python.library import declared
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import BOOL, FLOAT, INT, NONE, STR, Type, holder, holds, join, of_annotation
from aidec.synthesis.python.units import Unit
from aidec.synthesis.python.values import Drawer, fits, type_of

MOST_HYPOTHESES = 48
"""How many choices of types are tried for parameters without annotations."""

NUMERIC = (INT, FLOAT)


@dataclass(frozen=True, slots=True)
class Call:
    """A call.

    Attributes:
        arguments: the values of the parameters, in order; those that are left out are missing at the end.
        source: ``doctest`` or ``drawn``.
    """

    arguments: tuple[Any, ...]
    source: str


def doctest_calls(unit: Unit) -> list[Call]:
    """The calls in the doctests of a function whose arguments are literals."""
    found = []
    names = [each.arg for each in (*unit.function.args.posonlyargs, *unit.function.args.args)]
    try:
        examples = doctest.DocTestParser().get_examples(ast.get_docstring(unit.function) or "")
    except ValueError:
        return []
    for example in examples:
        try:
            tree = ast.parse(example.source.strip(), mode="eval")
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == unit.name:
                arguments = _literals(node, names)
                if arguments is not None and all(type_of(each) for each in arguments):
                    found.append(Call(arguments, "doctest"))
    return found


def _literals(node: ast.Call, names: list[str]) -> tuple[Any, ...] | None:
    """The arguments of a call in order; None where one is no literal, or one in between is left out."""
    try:
        given = [ast.literal_eval(each) for each in node.args]
        named = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
    except ValueError:
        return None
    for name in names[len(given) :]:
        if not named:
            break
        if name not in named:
            return None
        given.append(named.pop(name))
    return None if named else tuple(given)


def hypotheses(unit: Unit) -> Iterator[dict[str, Type]]:
    """Types of all parameters, the likeliest first.

    Raises:
        RefusalError: a parameter is a function, or an object.
    """
    arguments = unit.function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    defaults = _defaults(arguments)
    examples = doctest_calls(unit)
    choices = []
    for index, parameter in enumerate(plain):
        stated = of_annotation(parameter.annotation)
        is_open = parameter.annotation is None or (stated is not None and stated.kind in ("bottom", "none"))
        stated = None if is_open else stated
        if stated is not None and holds(stated, ("object", "function", "any")):
            refuse(parameter, f"the parameter {parameter.arg}: {stated}", "a parameter of a type that is not drawn")
        if stated is None and parameter.annotation is not None and not is_open:
            refuse(parameter, f"the annotation {ast.unparse(parameter.annotation)}", "an annotation that is not known")
        shown = [type_of(call.arguments[index]) for call in examples if len(call.arguments) > index]
        default = defaults.get(parameter.arg)
        choices.append(_choices(unit, parameter, stated, [each for each in shown if each], default))
    ranked = sorted(
        product(*[range(len(each)) for each in choices]), key=lambda ranks: (sum(ranks), max(ranks, default=0))
    )
    for ranks in islice(ranked, MOST_HYPOTHESES):
        kinds = [choices[index][rank] for index, rank in enumerate(ranks)]
        yield {parameter.arg: _again(kind) for parameter, kind in zip(plain, kinds, strict=True)}


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    plain = [*arguments.posonlyargs, *arguments.args]
    found = {
        each.arg: value
        for each, value in zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True)
    }
    found |= {each.arg: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value}
    return found


def _again(type_: Type) -> Type:
    """The same type with cells of its own; what is inside and not known is an int."""
    inside = [_again(cell.type) if cell.type.kind != "bottom" else INT for cell in type_.cells]
    made = holder(type_.kind, *inside)
    return Type(made.kind, made.cells, type_.optional, type_.name)


def _choices(
    unit: Unit, parameter: ast.arg, stated: Type | None, shown: list[Type], default: ast.expr | None
) -> list[Type]:
    """What a parameter can be, the likeliest first."""
    if shown:
        known = shown[0]
        for each in shown[1:]:
            known = join(known, each)
        if stated is not None:
            both = join(_again(known), _again(stated))
            return [both] if not holds(both, ("any",)) else [known, stated]
        return [known]
    if stated is not None:
        return [stated]
    value = None
    if default is not None:
        try:
            value = type_of(ast.literal_eval(default))
        except ValueError:
            value = None
        if value is not None and value.kind != "none":
            return [value, FLOAT] if value.kind == "int" else [value]
    guessed = guesses(unit, parameter)
    if value is not None:
        guessed = [join(each, NONE) for each in guessed] if not isinstance(default, ast.Constant) else guessed
    return guessed


@lru_cache(maxsize=1)
def _owners() -> dict[str, set[str]]:
    """The kinds that have a method."""
    owners: dict[str, set[str]] = {
        "join": {"str"}, "format": {"str"}, "append": {"list"}, "sort": {"list"}, "add": {"set"}, "items": {"dict"},
    }  # fmt: skip
    for kind, methods in declared()["methods"].items():
        for name in methods:
            owners.setdefault(name, set()).add(kind)
    return owners


def guesses(unit: Unit, parameter: ast.arg) -> list[Type]:
    """What a parameter can be by its use.

    Raises:
        RefusalError: it is a function, or an object.
    """
    name = parameter.arg
    kinds: set[str] = set()
    for node in ast.walk(unit.function):
        match node:
            case ast.Call(func=ast.Name(id=called)) if called == name:
                refuse(parameter, f"the parameter {name}, a function", "a parameter that is a function")
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if owner == name:
                owners = _owners().get(attribute, set()) & {"str", "list", "dict", "set"}
                if not owners:
                    refuse(parameter, f"the parameter {name}, an object", "a parameter that is an object")
                kinds |= owners
            case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_] as args):
                if any(isinstance(each, ast.Name) and each.id == name for each in args):
                    kinds.add("int")
            case ast.Call(
                func=ast.Name(id="len" | "sorted" | "sum" | "min" | "max" | "enumerate" | "reversed" | "set" | "list"),
                args=[ast.Name(id=given), *_],
            ) if given == name:
                kinds |= {"list", "sequence"}
            case ast.For(iter=ast.Name(id=given)) | ast.comprehension(iter=ast.Name(id=given)) if given == name:
                kinds |= {"list", "sequence"}
            case ast.Subscript(value=ast.Name(id=given), slice=ast.Constant(value=str())) if given == name:
                kinds.add("dict")
            case ast.Subscript(value=ast.Name(id=given)) if given == name:
                kinds |= {"list", "sequence"}
            case ast.Subscript(value=ast.Subscript(value=ast.Name(id=given))) if given == name:
                kinds.add("grid")
            case ast.BinOp(left=one, right=two):
                if any(isinstance(each, ast.Name) and each.id == name for each in (one, two)):
                    kinds.add("int")
            case ast.AugAssign(value=ast.Name(id=given)) if given == name:
                kinds.add("int")
            case ast.Call(func=ast.Name(id="range"), args=args):
                if any(isinstance(each, ast.Name) and each.id == name for each in args):
                    kinds.add("int")
            case ast.Compare(left=one, comparators=others):
                numbers = [
                    each
                    for each in (one, *others)
                    if isinstance(each, ast.Constant) and isinstance(each.value, int | float)
                ]
                if numbers and any(isinstance(each, ast.Name) and each.id == name for each in (one, *others)):
                    kinds.add("int")
    return _likely(kinds)


def _likely(kinds: set[str]) -> list[Type]:
    numbers, rows = holder("list", INT), holder("list", holder("list", INT))
    texts, pairs, table = holder("list", STR), holder("list", holder("tuple", INT, INT)), holder("dict", STR, INT)
    if "grid" in kinds:
        return [rows, texts, pairs]
    if kinds >= {"str", "list"} or ("sequence" in kinds and not kinds & {"str", "dict", "set"}):
        return [numbers, STR, texts, rows, pairs, holder("list", FLOAT), table]
    if "str" in kinds:
        return [STR]
    if "dict" in kinds:
        return [
            table,
            holder("dict", STR, STR),
            holder("dict", INT, holder("list", INT)),
            holder("dict", STR, holder("list", STR)),
        ]
    if "set" in kinds:
        return [holder("set", INT), holder("set", STR)]
    if "list" in kinds:
        return [numbers, texts, rows]
    if "int" in kinds:
        return [INT, FLOAT, STR, numbers]
    return [INT, STR, numbers, FLOAT, BOOL, texts]


def drawn_calls(unit: Unit, types: dict[str, Type], number: int, name: str) -> list[Call]:
    """Calls with drawn arguments, those that are small first; none twice.

    Args:
        unit: the function.
        types: the types of its parameters.
        number: how many there are, at most.
        name: what decides.
    """
    constants = [each.value for part in unit.body for each in ast.walk(part) if isinstance(each, ast.Constant)]
    drawer = Drawer(random.Random(name), constants)  # noqa: S311 -- nothing here is secret
    optional = len(_defaults(unit.function.args))
    found: dict[str, Call] = {}
    for call in doctest_calls(unit):
        if all(fits(value, type_) for value, type_ in zip(call.arguments, types.values(), strict=False)):
            found.setdefault(repr(call.arguments), call)
    for _ in range(number * 3):
        if len(found) >= number:
            break
        values = drawer.arguments([*types.values()])
        if optional and drawer.rng.random() < 0.4:
            values = values[: len(values) - drawer.rng.randint(1, optional)]
        found.setdefault(repr(values), Call(tuple(values), "drawn"))
    return sorted(found.values(), key=lambda call: (call.source != "doctest", len(repr(call.arguments))))


def python_text(unit: Unit, call: Call) -> str:
    """A call as Python writes it."""
    plain = [*unit.function.args.posonlyargs, *unit.function.args.args, *unit.function.args.kwonlyargs]
    first_named = len(unit.function.args.posonlyargs) + len(unit.function.args.args)
    parts = [
        repr(value) if index < first_named else f"{plain[index].arg}={value!r}"
        for index, value in enumerate(call.arguments)
    ]
    return f"{unit.name}({', '.join(parts)})"
