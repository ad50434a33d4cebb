"""Rewrites of sources: what one is, how it is registered, and how it is done.

A rewrite works on the canonical text of a source, so that the layout stays but where it changes something. It declares
what it keeps, and nothing relies on that: ``checking`` proves it each time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from aidec.common.errors import CompileError
from aidec.lua.node import Node
from aidec.lua.nodes import Block, FunctionBody, Label, Main, Name, Variable
from aidec.lua.printer import to_source
from aidec.lua.tree import parse
from aidec.synthesis.words import Words

Keeps = Literal["bytecode", "behaviour"]
"""What a rewrite keeps: the bytecode but for debug information, or what the program does."""

MOST_SITES = 3
"""At how many sites one rewriting happens, at most."""

_RETURN = b"return "


class Edit(NamedTuple):
    """A change of a text: what stands from ``start`` to ``end`` becomes ``text``."""

    start: int
    end: int
    text: bytes


Site = Edit | Callable[[], object]
"""A place where a rewrite can happen: a change of the text, or what changes the tree."""


class Spot(NamedTuple):
    """Where a node stands in the node around it: its field, and its number in a list there."""

    around: Node
    field: str
    number: int | None
    node: Any

    def put(self, node: Node) -> None:
        """Put another node there."""
        if self.number is None:
            setattr(self.around, self.field, node)
        else:
            getattr(self.around, self.field)[self.number] = node


class Unit:
    """A source that is rewritten: a file, or one function.

    Attributes:
        text: its canonical text; that of a function without a name stands after ``return``.
        tree: the syntax tree of that text, with names resolved.
        root: what is rewritten: the whole, or the parameters and the body of the function.
        rng: what decides.

    Raises:
        CompileError: it is no Lua.
    """

    def __init__(self, source: bytes, rng: random.Random, *, is_function: bool = False) -> None:
        self.is_returned = False
        try:
            tree = parse(source, resolved=False)
        except CompileError:
            if not is_function:
                raise
            tree = parse(_RETURN + source, resolved=False)
            self.is_returned = True
        self.text = to_source(tree)
        self.tree: Main = parse(self.text)
        whole = (node for node in self.tree.walk() if isinstance(node, FunctionBody))
        self.root: Node = next(whole, self.tree) if is_function else self.tree
        self.rng = rng

    def source(self, text: bytes) -> bytes:
        """A text of the whole, as the text of the source."""
        return text.removeprefix(_RETURN) if self.is_returned else text

    @cached_property
    def word(self) -> Callable[[], str]:
        """Makes names that are not in the source."""
        return Words(self.rng, names_in(self.tree)).new

    def nodes(self, *kinds: type[Node]) -> Iterator[Any]:
        """The nodes of some classes, in the order of the text."""
        return (node for node in self.root.walk() if isinstance(node, kinds))

    def spots(self, *kinds: type[Node]) -> Iterator[Spot]:
        """The nodes of some classes where they stand, in the order of the text."""
        return spots_in(self.root, *kinds, deep=True)

    def statements(self, *kinds: type[Node]) -> Iterator[tuple[Block, Any]]:
        """The statements of some classes, each with the block that it stands in."""
        for block in self.nodes(Block):
            yield from ((block, statement) for statement in block.statements if isinstance(statement, kinds))

    def bytes_of(self, node: Node) -> bytes:
        """The text of a node."""
        return b"" if node.place is None else self.text[node.place.start : node.place.end]


Sites = Callable[[Unit], Iterator[Site]]
"""Finds the places in a source where a rewrite can happen."""


@dataclass(frozen=True)
class Rewrite:
    """A rewrite.

    Attributes:
        name: its name.
        keeps: what it keeps.
        doc: one line on what it does.
        sites: finds the places where it can happen.
    """

    name: str
    keeps: Keeps
    doc: str
    sites: Sites

    def done(self, unit: Unit) -> bytes | None:
        """The source after one to three sites are changed; None where there is none. The unit is not used again."""
        sites = list(self.sites(unit))
        if not sites:
            return None
        number = min(len(sites), unit.rng.randint(1, MOST_SITES))
        chosen = [sites[index] for index in sorted(unit.rng.sample(range(len(sites)), number), reverse=True)]
        edits = [site for site in chosen if isinstance(site, Edit)]
        if edits:
            return unit.source(edited(unit.text, edits))
        for site in chosen:
            if not isinstance(site, Edit):
                site()
        return unit.source(to_source(unit.tree))


REWRITES: dict[str, Rewrite] = {}
"""The rewrites that are registered, by name; ``registry`` has all."""


def rewrite(name: str, keeps: Keeps) -> Callable[[Sites], Sites]:
    """Register what finds the sites of a rewrite, whose docstring says in one line what it does."""

    def register(sites: Sites) -> Sites:
        REWRITES[name] = Rewrite(name, keeps, (sites.__doc__ or "").partition("\n")[0], sites)
        return sites

    return register


def names_in(*nodes: Node) -> set[str]:
    """The names of the variables that are used or declared in some nodes."""
    return {each.name for node in nodes for each in node.walk() if isinstance(each, Name | Variable)}


def has_labels(node: Node) -> bool:
    """Whether labels stand in a node, not in the functions inside it."""
    return isinstance(node, Label) or any(spots_in(node, Label))


def spots_in(root: Node, *kinds: type[Node], deep: bool = False) -> Iterator[Spot]:
    """The nodes of some classes inside a node where they stand; with ``deep`` also those in functions inside it."""
    waiting = [root]
    while waiting:
        around = waiting.pop()
        for name in around.FIELDS:
            value = getattr(around, name)
            for index, each in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(each, kinds):
                    yield Spot(around, name, index if isinstance(value, list) else None, each)
        waiting += [child for child in reversed(list(around.children())) if deep or not isinstance(child, FunctionBody)]


def edited(text: bytes, edits: list[Edit]) -> bytes:
    """The text with changes, of which those that reach into one after them are left out."""
    limit = len(text)
    for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
        if edit.end <= limit:
            text = text[: edit.start] + edit.text + text[edit.end :]
            limit = edit.start
    return text
