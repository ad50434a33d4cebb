"""The plan of a layout: what is made for all rows together, and what for each value of what it reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from aidec.packs.expression import Expression, Read, merged, reads
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
from aidec.packs.rows import KIND


class Fixed(NamedTuple):
    """Text that is the same in all rows."""

    text: str


class Filled(NamedTuple):
    """A slot, and the text around it that is emitted with it."""

    slot: Slot
    before: str = ""
    after: str = ""


class Keyed(NamedTuple):
    """A layout that is printed once for each value of what it reads.

    Attributes:
        body: the layout, without lists.
        paths: the values that it needs.
        reads: what decides them.
    """

    body: Layout
    paths: tuple[str, ...]
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
    paths: tuple[str, ...]
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


def _step(node: Node) -> Step:
    if isinstance(node, Literal):
        return Fixed(node.text)
    if isinstance(node, Slot):
        return Filled(node)
    if isinstance(node, (Nested, Integers)):
        return node
    if isinstance(node, Computed) or decides_little(node):
        return as_keyed((node,))
    return as_switch(node, tuple(map(text_plan, node.branches)))


def is_integer(slot: Slot) -> bool:
    """Whether a slot prints an integer in decimal."""
    return slot.filter in ("", "length")


def is_few(read: Read) -> bool:
    """Whether few values of it occur in any case: what kind an instruction is of, whether something is there."""
    return read.aspect in ("truth", "type") or read.path == KIND


def decides_little(choice: Choice) -> bool:
    """Whether few values decide all that is printed in a choice."""
    inner = [*walk((choice,))]
    return not any(isinstance(node, (Slot, Nested, Integers)) for node in inner) and all(
        map(is_few, as_keyed((choice,)).reads)
    )


def as_keyed(body: Layout) -> Keyed:
    """The step that prints a layout for each value of what it reads."""
    found = reads_of(body)
    return Keyed(body, _paths(found), _decisive(found))


def as_switch(choice: Choice, branches: tuple[Plan, ...]) -> Switch:
    """The step of a choice whose branches are planned."""
    found = merged(read for test in choice.tests for read in reads(test, "truth"))
    return Switch(choice.tests, _paths(found), _decisive(found), branches)


def _paths(found: Iterable[Read]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read.path for read in found))


def _decisive(found: Iterable[Read]) -> tuple[Read, ...]:
    """What decides all that is read: of an instruction its kind, where that does."""
    return tuple(dict.fromkeys(Read(of) if (of := known_names()[read.path].of) else read for read in found))


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
