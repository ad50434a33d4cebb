"""Calls of what Python brings, as library.yaml declares them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from aidec.common.settings import load_yaml
from aidec.lua.nodes import Expression, Number
from aidec.synthesis.python.base import Base, Typed, element_of, spelled
from aidec.synthesis.python.build import binary, call, method, text
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOTTOM,
    INT,
    NONE,
    NUMBERS,
    ORDERED,
    STR,
    Type,
    holder,
    join,
)


@lru_cache(maxsize=1)
def declared() -> Any:
    """What ``library.yaml`` has."""
    return load_yaml(Path(__file__).with_name("library.yaml"))


class Library(Base):
    """Translates calls of Python's own functions and methods."""

    # Values as sequences

    def as_list(self, node: ast.expr, *, in_any_order: bool = False) -> Typed:
        """What an iterable gives, as a sequence of Lua.

        Raises:
            RefusalError: it can't be iterated; or it is a set, whose order Lua does not know.
        """
        self.was_set = False
        if isinstance(node, ast.GeneratorExp):
            return self.expression(self.again(node, "list", lambda: ast.ListComp(node.elt, node.generators)))
        value = self.expression(node)
        kind = value.type.kind
        if kind in ORDERED:
            return value
        if kind == "str":
            return Typed(call("chars", value.lua), self.made(node, "list", STR))
        if kind == "iterator":
            return Typed(call("collect", value.lua), self.made(node, "list", element_of(value.type)))
        if kind in ("dict", "set"):
            self.was_set = kind == "set"
            if kind == "set" and not in_any_order:
                refuse(node, f"the order of a set counts: {spelled(node)}", "the order of a set")
            return Typed(call("keys", value.lua), self.made(node, "list", element_of(value.type)))
        self.settled(node, value.type, what="iterating over a value")
        return Typed(value.lua, self.made(node, "list", BOTTOM))

    # Builtin functions

    def builtin(self, node: ast.Call, name: str) -> Typed:
        """A call of a function of Python by its name, which can be that of a module's function, ``math.floor``.

        Raises:
            RefusalError: it is not known, or not with these arguments.
        """
        special: Callable[[ast.Call], Typed] | None = getattr(self, f"call_{name.replace('.', '_')}", None)
        if special is not None:
            return special(node)
        known = declared()["functions"].get(name)
        if known is None:
            refuse(
                node,
                f"a call of {name}",
                f"a call of {name}()" if hasattr(builtins, name) else "a call of a function that is not known",
            )
        return self.declared_call(node, known, None)

    def declared_call(self, node: ast.Call, known: Any, receiver: Typed | None) -> Typed:
        """A call as ``library.yaml`` declares it."""
        takes, names = known.get("takes", []), known.get("names", [])
        given = list(node.args)
        for keyword in node.keywords:
            if keyword.arg not in names or names.index(keyword.arg) != len(given):
                refuse(node, f"the argument {keyword.arg} of {spelled(node.func)}", "a keyword argument of a builtin")
            given.append(keyword.value)
        least = sum(not each.endswith("?") for each in takes)
        if not least <= len(given) <= len(takes):
            refuse(node, f"{len(given)} arguments: {spelled(node)}", "other arguments of a builtin")
        arguments, numbers = [], BOTTOM
        for each, taken in zip(given, takes, strict=False):
            value = self.argument(each, taken.rstrip("?"), receiver)
            arguments.append(value.lua)
            numbers = join(numbers, value.type)
        result = self.declared_type(node, known["gives"], receiver, numbers)
        if "pattern" in known:
            arguments.append(text(known["pattern"]))
        if receiver is None:
            return Typed(call(known["calls"], *arguments), result)
        if known["calls"].startswith(":"):
            return Typed(method(receiver.lua, known["calls"][1:], *arguments), result)
        return Typed(call(known["calls"], receiver.lua, *arguments), result)

    def argument(self, node: ast.expr, taken: str, receiver: Typed | None) -> Typed:
        """An argument of a declared type."""
        if receiver is not None and taken == "same":
            kind = receiver.type.kind
            value = self.as_list(node) if kind == "list" else self.expression(node)
            if kind == "set" and value.type.kind in ORDERED:
                value = Typed(call("set", value.lua), holder("set", element_of(value.type)))
            if value.type.kind == kind or self.settled(node, value.type, kind, what=f"an argument that is no {kind}"):
                for mine, theirs in zip(receiver.type.cells, value.type.cells, strict=True):
                    mine.merge(theirs)
            elif kind == "list" and value.type.kind in ORDERED:
                receiver.type.element.add(element_of(value.type))
            return value
        value = self.expression(node)
        if receiver is not None and taken in ("element", "key", "value"):
            if receiver.type.kind != "tuple":
                self.store_in(node, receiver.type.cells[-1 if taken == "value" else 0].add, value)
            return value
        kinds = NUMBERS if taken == "num" else (taken,)
        self.settled(node, value.type, *kinds, what=f"an argument that is no {taken}")
        return value

    def store_in(self, node: ast.expr, add: Callable[[Type], None], value: Typed) -> None:
        """Add the type of a value to that of the elements of what holds it.

        Raises:
            RefusalError: it can be None, which a table of Lua does not hold.
        """
        if value.type.optional or value.type.kind == "none":
            refuse(node, f"None inside a container: {spelled(node)}", "None inside a container")
        add(value.type)

    def declared_type(self, node: ast.AST, gives: str, receiver: Typed | None, numbers: Type = BOTTOM) -> Type:
        """The type of a result."""
        if gives.endswith("?"):
            found = self.declared_type(node, gives[:-1], receiver)
            return join(found, NONE)
        if gives == "number":
            return numbers
        return self._resolved(node, ast.parse(gives, mode="eval").body, receiver.type if receiver else BOTTOM, "r")

    def _resolved(self, node: ast.AST, spec: ast.expr, of: Type, role: str) -> Type:
        if isinstance(spec, ast.Subscript) and isinstance(spec.value, ast.Name):
            inside = spec.slice.elts if isinstance(spec.slice, ast.Tuple) else [spec.slice]
            types = [self._resolved(node, each, of, f"{role}{i}") for i, each in enumerate(inside)]
            known = Type(spec.value.id, tuple(self.cell(node, f"{role}{i}.") for i in range(len(types))))
            for cell, each in zip(known.cells, types, strict=True):
                cell.add(each)
            return known
        match ast.unparse(spec):
            case "element":
                return element_of(of)
            case "key" | "value" as which:
                return of.cells[0 if which == "key" else 1].type if of.cells else BOTTOM
            case "same":
                return of
            case name:
                return Type(name.lower())

    # What other parts define

    def operation(self, node: ast.AST, operator: ast.operator, left: Typed, right: Typed) -> Typed:
        """A binary operation."""
        raise NotImplementedError

    was_set = False
    """Whether what was last made a sequence is a set."""

    def counted(self, value: Typed) -> Typed:
        """A number; of a bool 1 or 0."""
        if value.type.kind != "bool":
            return value
        return Typed(one_or_zero(value.lua), INT)

    def is_true(self, node: ast.AST, value: Typed) -> Expression:
        """The test for the truth of a value."""
        raise NotImplementedError

    def tested_loop(self, node: ast.GeneratorExp, *, is_any: bool) -> Expression:
        """A call that goes through a generator until a test holds, or does not."""
        raise NotImplementedError


def only(node: ast.Call) -> ast.expr:
    """The only argument of a call.

    Raises:
        RefusalError: there are others.
    """
    if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        refuse(node, spelled(node), "other arguments of a builtin")
    return node.args[0]


def one_or_zero(value: Expression) -> Expression:
    """The number that a bool is."""
    return binary(binary(value, "and", Number(1)), "or", Number(0))
