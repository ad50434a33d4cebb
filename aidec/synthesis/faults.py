"""Faults of programs: what one is, how it is registered, and what it declares.

A fault finds the places of a good program where it can be put in, each as a change of the canonical text. Its class and
what it shows are declared in ``faults.yaml``. Nothing relies on that: ``breaking`` compiles and runs what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from aidec.common.settings import load_yaml
from aidec.lua.node import Node, Place
from aidec.lua.nodes import Binary, Call, Index, MethodCall, Name, Number, String, Unary
from aidec.lua.variables import local_variable
from aidec.synthesis.rewriting import Edit, Unit, edited, names_in

Shows = Literal["refused", "error", "output", "no end"]
"""What a broken program does: the compiler refuses it, it fails when run, it prints something else, or does not end."""

MOST_SHOWN = 60
"""How many characters of code an explanation quotes at most."""


class Flaw(NamedTuple):
    """A place where a fault can be put in.

    Attributes:
        edits: the changes of the good text, of which none overlap.
        at: an offset in the good text, of what a reader is pointed to where neither Lua nor the compiler names a line.
        names: what the explanation names, by the names that its template has for them.
        fills_stack: whether what repeats takes up the stack, so that it must come to an end, if late.
    """

    edits: tuple[Edit, ...]
    at: int
    names: Mapping[str, str]
    fills_stack: bool = False

    def broken(self, text: bytes) -> bytes:
        """The text with the fault in it."""
        return edited(text, list(self.edits))

    def line(self, text: bytes) -> int:
        """The line of ``at`` in the broken text."""
        moved = sum(len(edit.text) - (edit.end - edit.start) for edit in self.edits if edit.end <= self.at)
        return line_of(self.broken(text), self.at + moved)

    @property
    def start(self) -> int:
        """The offset of the first change, in both texts."""
        return min(edit.start for edit in self.edits)


Flaws = Callable[[Unit], Iterator[Flaw]]
"""Finds the places in a source where a fault can be put in."""


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: its name.
        group: its class, such as ``syntax``.
        says: what it may show, each with a regular expression for the message, in which ``{name}`` is what the flaw has
            under that name; None where there is no message.
        doc: one line on what it does.
        flaws: finds the places where it can be put in.
    """

    name: str
    group: str
    says: Mapping[Shows, str | None]
    doc: str
    flaws: Flaws

    def is_shown(self, shows: Shows, message: str, names: Mapping[str, str]) -> bool:
        """Whether what a broken program does, and the message, are what the fault declares."""
        if shows not in self.says:
            return False
        pattern = self.says[shows]
        escaped = {name: re.escape(value) for name, value in names.items()}
        return pattern is None or re.search(pattern.format_map(escaped), message) is not None


FAULTS: dict[str, Fault] = {}
"""The faults that are registered, by name; ``registry`` has all."""


def fault(name: str) -> Callable[[Flaws], Flaws]:
    """Register what finds the places of a fault of ``faults.yaml``; its docstring says in one line what it does."""

    def register(flaws: Flaws) -> Flaws:
        group, says = declared()[name]
        FAULTS[name] = Fault(name, group, says, (flaws.__doc__ or "").partition("\n")[0], flaws)
        return flaws

    return register


@cache
def declared() -> dict[str, tuple[str, dict[Shows, str | None]]]:
    """The class of each fault, and what it may show, as ``faults.yaml`` has them."""
    groups: dict[str, dict[str, dict[Any, str | None]]] = load_yaml(Path(__file__).with_name("faults.yaml"))
    return {name: (group, says) for group, named in groups.items() for name, says in named.items()}


def place_of(node: Node) -> Place:
    """Where a node of a parsed text stands."""
    return cast("Place", node.place)


def line_of(text: bytes, offset: int) -> int:
    """The line of a byte in a canonical text, counted from 1."""
    return text.count(b"\n", 0, offset) + 1


def shown(code: bytes) -> str:
    """Code as an explanation quotes it: in one line, and not too long."""
    line = " ".join(code.decode("utf-8", "backslashreplace").split())
    return line if len(line) <= MOST_SHOWN else f"{line[: MOST_SHOWN - 3].rstrip()}..."


def replaced(unit: Unit, node: Node, new: bytes, at: Node | None = None, /, **names: str) -> Flaw:
    """The flaw that a node has another text; ``was`` and ``now`` are among its names."""
    start, end, *_ = place_of(node)
    return changed(unit, start, end, new, at or node, **names)


def changed(unit: Unit, start: int, end: int, new: bytes, at: Node | None = None, /, **names: str) -> Flaw:
    """The flaw that the text between two offsets is another; ``was`` and ``now`` are among its names."""
    told = {"was": shown(unit.text[start:end]), "now": shown(new), **names}
    return Flaw((Edit(start, end, new),), start if at is None else place_of(at).start, told)


def removed(unit: Unit, node: Node, at: Node | None = None, /, **names: str) -> Flaw:
    """The flaw that a statement is left out, with its line where it has one of its own."""
    start, end = lines_of(unit, node)
    return changed(unit, start, end, b"", at, **{"was": shown(unit.bytes_of(node)), **names})


def lines_of(unit: Unit, node: Node) -> tuple[int, int]:
    """The offsets of a statement's first line and of the line after it, where it has lines of its own; else its own."""
    start, end, *_ = place_of(node)
    first, last = unit.text.rfind(b"\n", 0, start) + 1, unit.text.find(b"\n", end)
    if unit.text[first:start].strip() or unit.text[end:last].strip():
        return start, end
    return first, last + 1


def indentation(unit: Unit, node: Node) -> bytes:
    """The blanks before the line of a node."""
    start = unit.text.rfind(b"\n", 0, place_of(node).start) + 1
    line = unit.text[start : place_of(node).start]
    return line[: len(line) - len(line.lstrip())]


def operator_of(unit: Unit, node: Binary) -> tuple[int, int]:
    """The offsets of the operator of a binary operation."""
    start = unit.text.index(node.operator.encode(), place_of(node.left).end)
    return start, start + len(node.operator)


def operand(unit: Unit, node: Node) -> bytes:
    """The text of an expression as an operand: in parentheses unless it is a single term."""
    text = unit.bytes_of(node)
    is_term = isinstance(node, Name | Number | String | Index | Call | MethodCall) or (
        isinstance(node, Unary) and node.operator == "#"
    )
    return text if is_term else b"(" + text + b")"


def uses(unit: Unit) -> dict[int, list[Name]]:
    """The names that stand for each local variable, by the ``id`` of its declaration."""
    found: dict[int, list[Name]] = {}
    for node in unit.nodes(Name):
        variable = local_variable(node.variable)
        if variable is not None:
            found.setdefault(id(variable.declaration), []).append(node)
    return found


def misspelt(unit: Unit, name: str) -> str:
    """A name with a slip of the hand in it that no variable of the program has."""
    taken = names_in(unit.tree)
    index = unit.rng.randrange(len(name))
    slips = [
        name[:index] + name[index] + name[index:],
        name[:index] + name[index + 1 :] if len(name) > 2 else name + "s",
        name + unit.rng.choice("sx1"),
    ]
    usable = [slip for slip in slips if slip.isidentifier() and slip not in taken]
    return unit.rng.choice(usable) if usable else f"{name}_{len(taken)}"
