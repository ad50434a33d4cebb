"""A template as a grammar: what its syntax tree says about the text that it prints, so that the text can be read back.

Literal text must stand there as it is; ``{{ path }}`` and ``{{ path | filter }}`` are fields whose value the text
tells; ``{% if %}`` is a choice, which may tell a value too (``{% if upvalue.name is none %}``); a list that is joined
repeats the unit of its elements. Blocks, ``super()``, macros and ``{% set %}`` are resolved. Anything else that is
printed is computed: its text is passed over here, and the reader proves it by rendering again what it has read.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from jinja2 import nodes

from aidec.packs.environment import PackEnvironment


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A value, printed by the filter ``kind``, or by none; ``path`` is empty where the value is computed."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences, each with the values that choosing it tells."""

    branches: tuple[tuple[dict[str, Any], Sequence], ...]


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of a list, each printed by the template of its unit."""

    unit: str
    separator: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a list."""

    path: str
    separator: str


Node: TypeAlias = "Text | Field | Choice | Elements | Numbers"
Sequence: TypeAlias = tuple[Node, ...]
LISTS = {
    "instructions": "instruction",
    "constants": "constant",
    "upvalues": "upvalue",
    "local_vars": "local_var",
    "protos": "proto",
}
"""The lists that the template of a function is given, and the units of their elements."""


class Unknown(Exception):  # noqa: N818 (no error: it says that a branch stays open)
    """The value of an expression depends on the chunk."""


def grammar(env: PackEnvironment, unit: str, known: Mapping[str, Any]) -> Sequence:
    """The grammar of a unit, where the values of some paths are known already."""
    return _merged(_Builder(env, f"{unit}.j2", known).sequence())


class _Builder:
    """Builds the grammar of one template, with what it inherits."""

    def __init__(self, env: PackEnvironment, name: str, known: Mapping[str, Any]) -> None:
        self.env = env
        self.known = known
        self.blocks: dict[str, list[nodes.Block]] = {}
        self.macros: dict[str, nodes.Macro] = {}
        self.aliases: dict[str, nodes.Expr] = {}
        self.root = env.syntax_tree(name)
        while True:
            for block in self.root.find_all(nodes.Block):
                self.blocks.setdefault(block.name, []).append(block)
            self._collect_macros(self.root)
            extends = next(self.root.find_all(nodes.Extends), None)
            if extends is None:
                break
            self.root = env.syntax_tree(extends.template.as_const())

    def _collect_macros(self, tree: nodes.Template) -> None:
        for macro in tree.find_all(nodes.Macro):
            self.macros.setdefault(macro.name, macro)
        for node in tree.find_all(nodes.FromImport):
            imported = {m.name: m for m in self.env.syntax_tree(node.template.as_const()).find_all(nodes.Macro)}
            for name in node.names:
                source, target = (name, name) if isinstance(name, str) else name
                if source in imported:
                    self.macros.setdefault(target, imported[source])

    def sequence(self) -> Iterator[Node]:
        return self._statements(self.root.body, [])

    def _statements(self, body: list[nodes.Node], inside: list[nodes.Block]) -> Iterator[Node]:
        for node in body:
            if isinstance(node, nodes.Output):
                for child in node.nodes:
                    yield from self._printed(child, inside)
            elif isinstance(node, nodes.Block):
                versions = self.blocks[node.name]
                yield from self._statements(versions[0].body, versions)
            elif isinstance(node, nodes.If):
                yield from self._choice(self._branches(node, inside))
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                self.aliases[node.target.name] = self._resolve(node.node)
            elif not isinstance(node, (nodes.Macro, nodes.FromImport, nodes.Extends)):
                yield Field("", "")

    def _branches(
        self, node: nodes.If, inside: list[nodes.Block]
    ) -> Iterator[tuple[nodes.Node | None, Callable[[], Iterator[Node]]]]:
        for branch in (node, *node.elif_):
            yield branch.test, partial(self._statements, branch.body, inside)
        yield None, partial(self._statements, node.else_, inside)

    def _choice(self, branches: Iterator[tuple[nodes.Node | None, Callable[[], Iterator[Node]]]]) -> Iterator[Node]:
        """The branches that can be taken; where only one can, that one alone."""
        possible: list[tuple[dict[str, Any], Sequence]] = []
        told: dict[str, Any] = {}
        for test, body in branches:
            try:
                if test is not None and not self._evaluate(test):
                    continue
                is_last = True
            except Unknown:
                is_last = False
            tells = dict(told)
            if test is not None and not is_last:
                tells |= self._tells(test, is_true=True)
                told |= self._tells(test, is_true=False)
            possible.append((tells, _merged(body())))
            if is_last:
                break
        if len(possible) == 1 and not possible[0][0]:
            yield from possible[0][1]
        elif possible:
            yield Choice(tuple(possible))

    def _printed(self, node: nodes.Node, inside: list[nodes.Block]) -> Iterator[Node]:
        if isinstance(node, nodes.Name) and node.name == "main":
            yield Elements("main", "")
            return
        if isinstance(node, nodes.TemplateData):
            yield Text(node.data)
            return
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
            name = node.node.name
            if name == "super" and len(inside) > 1:
                yield from self._statements(inside[1].body, inside[1:])
                return
            if name in self.macros and not node.kwargs:
                yield from self._macro(self.macros[name], node.args)
                return
        if isinstance(node, nodes.CondExpr):
            yes, no = node.expr1, node.expr2
            otherwise = partial(self._printed, no or nodes.TemplateData(""), inside)
            yield from self._choice(iter([(node.test, partial(self._printed, yes, inside)), (None, otherwise)]))
            return
        try:
            yield Text(str(self._evaluate(node)))
        except Unknown:
            yield self._field(node)

    def _macro(self, macro: nodes.Macro, arguments: list[nodes.Expr]) -> Iterator[Node]:
        saved = self.aliases
        resolved = [self._resolve(argument) for argument in arguments]
        self.aliases = {
            **saved,
            **{parameter.name: value for parameter, value in zip(macro.args, resolved, strict=False)},
        }
        yield from list(self._statements(macro.body, []))
        self.aliases = saved

    def _field(self, node: nodes.Node) -> Node:
        if isinstance(node, nodes.Filter) and node.node is not None:
            source = self._resolve(node.node)
            if node.name == "join":
                separator = node.args[0].as_const() if node.args else ""
                if isinstance(source, nodes.Name) and source.name in LISTS:
                    return Elements(LISTS[source.name], separator)
                return Numbers(self._path(source), separator)
            return Field(self._path(source), node.name)
        return Field(self._path(node), "")

    def _resolve(self, node: Any) -> Any:
        while isinstance(node, nodes.Name) and node.name in self.aliases:
            node = self.aliases[node.name]
        return node

    def _path(self, node: nodes.Node) -> str:
        """``instruction.rk_b.index`` for the expression of this name, else nothing."""
        if isinstance(node, nodes.Name):
            if node.name in self.aliases:
                return self._path(self.aliases[node.name])
            return node.name
        if isinstance(node, nodes.Getattr):
            parent = self._path(node.node)
            return f"{parent}.{node.attr}" if parent else ""
        return ""

    def _tells(self, test: nodes.Node, *, is_true: bool) -> dict[str, Any]:
        """The values that are known when a test is true, or false."""
        if isinstance(test, nodes.Not):
            return self._tells(test.node, is_true=not is_true)
        if isinstance(test, nodes.And if is_true else nodes.Or):
            return self._tells(test.left, is_true=is_true) | self._tells(test.right, is_true=is_true)
        if isinstance(test, nodes.Test) and is_true and test.name in _SINGLE:
            return {self._path(test.node): _SINGLE[test.name]}
        if isinstance(test, nodes.Test) and is_true and test.name == "named":
            return {self._path(test.node): test.args[0].as_const().encode()}
        if isinstance(test, nodes.Compare) and len(test.ops) == 1:
            equal = "eq" if is_true else "ne"
            if test.ops[0].op == equal and isinstance(test.ops[0].expr, nodes.Const):
                return {self._path(test.expr): test.ops[0].expr.value}
        path = self._path(test)
        return {path: is_true} if path else {}

    def _evaluate(self, node: nodes.Node) -> Any:  # noqa: PLR0911 (one for each kind of expression)
        """The value of an expression, if it is known whatever the chunk is."""
        if isinstance(node, nodes.Const):
            return node.value
        if isinstance(node, nodes.Tuple | nodes.List):
            return [self._evaluate(item) for item in node.items]
        if isinstance(node, nodes.Not):
            return not self._evaluate(node.node)
        if isinstance(node, nodes.And | nodes.Or):
            return self._evaluate_logic(node)
        if isinstance(node, nodes.Compare):
            left = self._evaluate(node.expr)
            for part in node.ops:
                right = self._evaluate(part.expr)
                if not _COMPARE[part.op](left, right):
                    return False
                left = right
            return True
        if isinstance(node, nodes.Test) and node.name == "none":
            return self._evaluate(node.node) is None
        return self._known_value(self._path(node))

    def _evaluate_logic(self, node: nodes.And | nodes.Or) -> bool:
        decisive = isinstance(node, nodes.Or)
        values = [self._truth(side) for side in (node.left, node.right)]
        if decisive in values:
            return decisive
        if None in values:
            raise Unknown
        return not decisive

    def _truth(self, node: nodes.Expr) -> bool | None:
        """Whether an expression is true; None where that is not known."""
        try:
            return bool(self._evaluate(node))
        except Unknown:
            return None

    def _known_value(self, path: str) -> Any:
        if path not in self.known:
            raise Unknown
        return self.known[path]


_SINGLE: dict[str, Any] = {"none": None, "true": True, "false": False}
"""Tests that only one value passes."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda item, items: item in items,
    "notin": lambda item, items: item not in items,
}


def _merged(sequence: Iterator[Node]) -> Sequence:
    """The sequence with neighbouring texts as one."""
    merged: list[Node] = []
    for node in sequence:
        if isinstance(node, Text) and merged and isinstance(merged[-1], Text):
            merged[-1] = Text(merged[-1].text + node.text)
        elif node != Text(""):
            merged.append(node)
    return tuple(merged)
