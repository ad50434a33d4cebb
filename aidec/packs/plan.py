"""The plan of a layout: what is made for all rows together, and what for each value of what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from aidec.packs.expression import Expression, Path, Read, merged, reads
from aidec.packs.layout import (
    Choice,
    Computed,
    Integers,
    Layout,
    Literal,
    Nested,
    Node,
    Slot,
    joined,
    reads_of,
    walk,
)
from aidec.packs.names import known_names
from aidec.packs.rows import CONSTANTS, KIND, is_item
from aidec.packs.sums import column_of, deciding


class Fixed(NamedTuple):
    """Text that is the same in all rows."""

    text: str


class Filled(NamedTuple):
    """A slot, and the text around it that is emitted with it.

    Attributes:
        slot: the slot.
        before, after: the text.
        arguments: what its filter is called with beside the value: names and constants.
    """

    slot: Slot
    before: str = ""
    after: str = ""
    arguments: tuple[Expression, ...] = ()


class Keyed(NamedTuple):
    """A layout that is printed once for each value of what it reads.

    Attributes:
        body: the layout, without lists.
        paths: the values that it needs.
        reads: what decides them.
    """

    body: Layout
    paths: tuple[Path, ...]
    reads: tuple[Read, ...]


class Switch(NamedTuple):
    """A choice.

    Attributes:
        tests: its tests.
        paths: the values that they need.
        reads: what decides them.
        branches: what is emitted for each branch.
    """

    tests: tuple[Expression, ...]
    paths: tuple[Path, ...]
    reads: tuple[Read, ...]
    branches: tuple[Plan, ...]


Step: TypeAlias = "Fixed | Filled | Keyed | Switch | Nested | Integers"
Plan: TypeAlias = "tuple[Step, ...]"


class UnitPlan(NamedTuple):
    """What is known of a unit's template.

    Attributes:
        unit: the unit's name.
        used: the names that it uses.
        layout: its layout; None where Jinja2 renders it for every value.
        obstacle: what it does that a layout can't hold.
        text: the plan of the layout by which text is made.
    """

    unit: str
    used: frozenset[str]
    layout: Layout | None
    obstacle: str = ""
    text: Plan = ()


def text_plan(layout: Layout) -> Plan:
    """The plan by which text is made.

    Neighbours that are the same text in all rows, or read the same few values, are made together.
    """
    steps: list[Step] = []
    for step in map(_step, layout):
        both = together(steps[-1], step) if steps else None
        if both is not None:
            steps[-1] = both
        else:
            steps.append(step)
    return tuple(steps)


def once_for_each(plan: Plan) -> Iterator[Read]:
    """The values for each of which something is computed once."""
    for step in plan:
        if isinstance(step, (Keyed, Switch)):
            yield from [read for read in step.reads if not is_few(read)]
        if isinstance(step, Switch):
            for branch in step.branches:
                yield from once_for_each(branch)


def _step(node: Node) -> Step:
    if isinstance(node, Literal):
        return Fixed(node.text)
    if isinstance(node, Slot):
        return Filled(node)
    if isinstance(node, (Nested, Integers)):
        return node
    if isinstance(node, Computed):
        return _filled(node.expression) or as_keyed((node,))
    if decides_little(node):
        return as_keyed((node,))
    return as_switch(node, tuple(map(text_plan, node.branches)))


def _filled(expression: Expression) -> Filled | None:
    """The step of what is a column of integers, or what a filter makes of one value; None for all else."""
    column = column_of(expression)
    if column is not None:
        return None if _kind_of(column) else Filled(Slot(column))
    match expression:
        case ("filter", name, ("path", path) | (("item", *_) as path), arguments):
            if not _kind_of(path) and all(argument[0] in ("const", "path") for argument in arguments):
                return Filled(Slot(path, name), arguments=arguments)
    return None


def is_integer(slot: Slot) -> bool:
    """Whether a slot prints an integer in decimal."""
    return slot.filter in ("", "length")


def is_few(read: Read) -> bool:
    """Whether few values of it occur in any case: what kind an instruction is of, whether something is there."""
    if read.aspect == "range" and read.path in CONSTANTS:
        return False  # most of them are no integers
    return (read.aspect in ("truth", "type", "range") and not is_item(read.path)) or read.path == KIND


def decides_little(choice: Choice) -> bool:
    """Whether few values decide all that is printed in a choice."""
    inner = [*walk((choice,))]
    return not any(isinstance(node, (Slot, Nested, Integers)) for node in inner) and all(
        map(is_few, as_keyed((choice,)).reads)
    )


def as_keyed(body: Layout) -> Keyed:
    """The step that prints a layout for each value of what it reads."""
    decisive = merged(read for node in walk(body) for read in _deciding(node))
    return Keyed(body, _paths(reads_of(body)), _decisive(decisive))


def as_switch(choice: Choice, branches: tuple[Plan, ...]) -> Switch:
    """The step of a choice whose branches are planned."""
    found = merged(read for test in choice.tests for read in reads(test, "truth"))
    return Switch(choice.tests, _paths(found), _decisive(merged(_deciding(choice))), branches)


def _deciding(node: Node) -> Iterator[Read]:
    """What decides a node itself; of a choice its tests, not what is in its branches."""
    if isinstance(node, Computed):
        yield from deciding(node.expression)
    elif isinstance(node, Choice):
        for test in node.tests:
            yield from deciding(test, "truth")
    else:
        yield from reads_of((node,))


def _paths(found: Iterable[Read]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(read.path for read in found))


def _decisive(found: Iterable[Read]) -> tuple[Read, ...]:
    """What decides all that is read: of an instruction its kind, where that does."""
    return tuple(dict.fromkeys(Read(of) if (of := _kind_of(read.path)) else read for read in found))


def _kind_of(path: Path) -> str:
    """The path of the value that decides another, or an empty text."""
    return known_names()[path].of if isinstance(path, str) else ""


def together(one: Step, other: Step) -> Fixed | Keyed | None:
    """Two neighbours as one step, if they are the same text in all rows, or read the same few values."""
    if isinstance(one, Fixed) and isinstance(other, Fixed):
        return Fixed(one.text + other.text)
    if not isinstance(one, (Fixed, Keyed)) or not isinstance(other, (Fixed, Keyed)):
        return None
    first, second = (step.reads if isinstance(step, Keyed) else () for step in (one, other))
    both = max(first, second, key=len)
    if not all(map(is_few, both)) or not {*first, *second} <= {*both}:
        return None
    return as_keyed(joined([*_body(one), *_body(other)]))


def _body(step: Fixed | Keyed) -> Layout:
    return step.body if isinstance(step, Keyed) else (Literal(step.text),)
