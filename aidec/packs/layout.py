"""The layout of a unit: a template as a small program, of which text is printed, ids are made and text is read back.

A layout is a sequence of literal text, slots, what is computed, choices and lists. ``layout_builder.py`` makes it of a
template, with blocks, ``super()``, macros and ``set`` resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from aidec.packs.expression import Expression, Functions, Path, Read, Unknown, evaluate, implied, merged, reads


class Literal(NamedTuple):
    """Text that is always the same."""

    text: str


class Slot(NamedTuple):
    """A value that is printed as it is, or through a filter of the pack's.

    Attributes:
        path: the value; of a sum, in a plan, its expression.
        filter: the filter; ``length`` for the length of a list; an empty text where an integer is printed in decimal.
        bits: how many bits the integer has at most, 0 where there is no such bound.
    """

    path: Path
    filter: str = ""
    bits: int = 0


class Computed(NamedTuple):
    """Text that an expression computes."""

    expression: Expression


class Choice(NamedTuple):
    """One of several sequences: the first whose test is true, or else the last, which has no test."""

    tests: tuple[Expression, ...]
    branches: tuple[Layout, ...]

    def implied(self) -> Iterator[tuple[dict[str, Any], Layout]]:
        """Each branch with the values, by their path, that are known where it is taken."""
        known: dict[str, Any] = {}
        for test, branch in zip(self.tests, self.branches, strict=False):
            yield known | implied(test, is_true=True), branch
            known |= implied(test, is_true=False)
        yield known, self.branches[-1]


class Nested(NamedTuple):
    """The texts of a list of units, with a separator between them; or that of one unit, the main function."""

    name: str
    unit: str
    separator: str = ""


class Integers(NamedTuple):
    """A list of integers in decimal, with a separator between them."""

    path: str
    separator: str


Node: TypeAlias = "Literal | Slot | Computed | Choice | Nested | Integers"
Layout: TypeAlias = "tuple[Node, ...]"


def joined(nodes: Iterable[Node]) -> Layout:
    """A sequence in which neighbouring literals are one, and none is empty."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Literal) and found and isinstance(found[-1], Literal):
            found[-1] = Literal(found[-1].text + node.text)
        elif node != Literal(""):
            found.append(node)
    return tuple(found)


def walk(layout: Layout) -> Iterator[Node]:
    """All nodes of a layout, also those in the branches of choices."""
    for node in layout:
        yield node
        if isinstance(node, Choice):
            for branch in node.branches:
                yield from walk(branch)


def has_lists(node: Node) -> bool:
    """Whether a node prints a list, somewhere."""
    return any(isinstance(inner, (Nested, Integers)) for inner in walk((node,)))


def reads_of(layout: Layout) -> list[Read]:
    """What the text of a layout depends on, slots included."""
    return merged(read for node in walk(layout) for read in _reads(node))


def computed_with(layout: Layout) -> list[Read]:
    """What a layout computes with, beyond printing it."""
    return merged(read for node in walk(layout) if not isinstance(node, Slot) for read in _reads(node))


def _reads(node: Node) -> Iterator[Read]:
    if isinstance(node, Slot):
        yield Read(node.path, "length" if node.filter == "length" else "value")
    elif isinstance(node, Computed):
        yield from reads(node.expression)
    elif isinstance(node, Choice):
        for test in node.tests:
            yield from reads(test, "truth")


def spelling_of(slot: Slot, filters: Functions) -> Callable[[Any], str]:
    """What spells the values of a slot; it raises where a value can't be printed, as none."""
    if slot.filter == "length":
        return lambda value: f"{len(value):d}"
    return filters[slot.filter] if slot.filter else "{:d}".format


def printed(layout: Layout, values: Mapping[Any, Any], filters: Functions) -> str:
    """The text of a layout without lists.

    Raises:
        TypeError: something is computed that is no text and no integer.
        ValueError, ArithmeticError, ...: what the expressions raise.
    """
    return "".join([_printed(node, values, filters) for node in layout])


def _printed(node: Node, values: Mapping[Any, Any], filters: Functions) -> str:
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Slot):
        return spelling_of(node, filters)(values[node.path])
    if isinstance(node, Computed):
        return spelled(evaluate(node.expression, values, filters))
    if isinstance(node, Choice):
        return printed(node.branches[branch_of(node.tests, values, filters)], values, filters)
    raise TypeError(f"{node} prints a list")


def spelled(value: object) -> str:
    """The text of a value that a template prints: text, or an integer.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    kind = "none" if value is None else type(value).__name__
    raise TypeError(f"this prints {kind} as it is; give it a filter: name or literal for data, length for a list")


def branch_of(tests: Sequence[Expression], values: Mapping[Any, Any], filters: Functions) -> int:
    """The number of the branch that is taken of a choice with these tests."""
    for number, test in enumerate(tests):
        if evaluate(test, values, filters):
            return number
    return len(tests)


def specialised(layout: Layout, known: Mapping[Any, Any], filters: Functions) -> Layout:
    """The layout where some values are known: choices are made, and text is computed, as far as they allow.

    Args:
        layout: the layout.
        known: these values by their path; to ask it for others raises ``Unknown``.
        filters: the filters by name.
    """
    return joined(new for node in layout for new in _specialised(node, known, filters))


def _specialised(node: Node, known: Mapping[Any, Any], filters: Functions) -> Iterator[Node]:
    if isinstance(node, Choice):
        yield from _chosen(node, known, filters)
        return
    if isinstance(node, (Computed, Slot)):
        try:
            yield Literal(_printed(node, known, filters))
        except Unknown:
            yield node
        return
    yield node


def _chosen(choice: Choice, known: Mapping[Any, Any], filters: Functions) -> Iterator[Node]:
    """The choice between the branches that can be taken; where only one can, that one alone."""
    tests: list[Expression] = []
    branches: list[Layout] = []
    for test, branch in zip(choice.tests, choice.branches, strict=False):
        try:
            if not evaluate(test, known, filters):
                continue
            last = branch
            break
        except Unknown:
            tests.append(test)
            branches.append(specialised(branch, known, filters))
    else:
        last = choice.branches[-1]
    last = specialised(last, known, filters)
    if tests:
        yield Choice(tuple(tests), (*branches, last))
    else:
        yield from last
