"""Ways through a function that is read without structure: its statements one after the other, and the tree of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from aidec.decompiler.blocks import Entry
from aidec.decompiler.branches import Branches
from aidec.decompiler.code import Code
from aidec.decompiler.values import Value
from aidec.lua.nodes import (
    Block,
    Do,
    Expression,
    GenericFor,
    Goto,
    If,
    Label,
    Local,
    LocalFunction,
    NumericFor,
    Repeat,
    Statement,
)

Scope = tuple[int, ...]
"""The active variables: where each was declared, by register. Those of one declaration have the same number."""


def birth(pc: int, number: int) -> int:
    """The number in a scope of variables that the statement at a pc declares, apart from its others."""
    return pc << 8 | number


def declared_at(number: int) -> int:
    """The pc of the statement that declared a variable, by its number in a scope."""
    return number >> 8


def common(one: Scope, other: Scope) -> int:
    """How many of the variables that are active at one place are active at another."""
    if one is other:
        return len(one)
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (mine, its) in pairs if mine != its), min(len(one), len(other)))


def is_border(scope: Scope, level: int) -> bool:
    """Whether the variables below a register can live longer than those from there on."""
    return level == 0 or scope[level] != scope[level - 1]


def births(statements: list[Statement], pc: int) -> Scope:
    """What statements at a pc declare, as a part of a scope; results of one call end together."""
    found: list[int] = []
    for statement in statements:
        if isinstance(statement, Local):
            for number in range(len(statement.variables)):
                is_one = number > 0 and statement.values
                found.append(found[-1] if is_one else birth(pc, len(found)))
        elif isinstance(statement, LocalFunction):
            found.append(birth(pc, len(found)))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """A block that is read.

    Attributes:
        end: the pc where it ends.
        behind: the pc behind it.
        outside: the number of variables that are active around it.
        base: the number of variables that are active where it begins.
        floor: the lowest register that a jump at its end can close.
        around: the block around it; None for that of a function.
        is_repeat: whether the test of a ``repeat`` ends it.
    """

    end: int
    behind: int
    outside: int
    base: int
    floor: int
    around: Inside | None = None
    is_repeat: bool = False


class State(NamedTuple):
    """Where reading is between two statements.

    Attributes:
        pc: the next instruction.
        scope: the active variables.
        inside: the block that is read.
        carried: the values that were made already.
        pending: for the places behind it to which gotos go how many variables can be active there: those that were at
            the gotos, and ever since.
    """

    pc: int
    scope: Scope
    inside: Inside
    carried: Sequence[Value] = ()
    pending: Mapping[int, int] = MappingProxyType({})

    def on(
        self, pc: int, scope: Scope, inside: Inside | None = None, *, carried: Sequence[Value] = (), place: int = -1
    ) -> State:
        """The state at a pc with other active variables, behind a goto to a place."""
        pending, active = self.pending, len(scope)
        if pending and (active < len(self.scope) or any(target < pc for target in pending)):
            pending = {target: min(number, active) for target, number in pending.items() if target >= pc}
        if place >= pc:
            pending = {**pending, place: min(pending.get(place, active), active)}
        return State(pc, scope, inside or self.inside, carried, pending)


@dataclass(slots=True)
class Step:
    """What leads from one state to another.

    Attributes:
        kind: ``statement``; ``open`` and ``close``: a block begins, or ends; ``end``: local variables end.
        statements: the statements, or the loop or conditional that begins.
        until: the condition of the ``repeat`` that ends.
        jump: the pc of a goto, and where its label stands.
        number: which of the ways on from its state it is.
        is_late: whether it is less likely than that variables ended before.
    """

    kind: str
    statements: list[Statement] = field(default_factory=list)
    until: Expression | None = None
    jump: tuple[int, int] | None = None
    number: int = -1
    is_late: bool = False


Way = tuple[Step, State]
"""A step, and where it leads."""

Path = list[tuple[State, Step, State]]
"""Steps, each with the states before and after it."""


def joined(path: Path) -> Path:
    """A path in which variables that end at one place without a jump end in one step."""
    found: Path = []
    for before, step, after in path:
        if found and step.kind == "end" == found[-1][1].kind and found[-1][2].pc == found[-1][0].pc == after.pc:
            found[-1] = found[-1][0], step, after
        else:
            found.append((before, step, after))
    return found


@dataclass(slots=True)
class Frame:
    """A state of the path that is tried, the ways on from it that are left, and the step that is taken."""

    state: State
    ways: Iterator[Way]
    step: Step | None = None


class Back(Exception):  # noqa: N818
    """Variables ended before a place that was read: so many can be active there."""

    def __init__(self, place: int, number: int) -> None:
        super().__init__(place, number)
        self.place, self.number = place, number


@dataclass(slots=True)
class _Opened:
    """A block that is built.

    Attributes:
        pc: where it begins.
        base: how many variables are active there.
        step: what begins it.
        entries: what it has so far.
        left: the variables that gotos leave: their registers and numbers.
        end: the place of the jump at its end that closes its variables.
    """

    pc: int
    base: int
    step: Step | None
    entries: list[Entry] = field(default_factory=list)
    left: set[tuple[int, int]] = field(default_factory=set)
    end: int | None = None


class Tree:
    """Makes the tree of a path.

    Args:
        code: the instructions.
        labels: the places of labels, each with those of its gotos.
        places: the places of the statements of each block.
        made_block: makes a block of statements with their places, and the place of its end.
    """

    def __init__(
        self,
        code: Code,
        labels: dict[int, frozenset[int]],
        places: dict[Block, list[int]],
        made_block: Callable[[list[Entry], int], Block],
    ) -> None:
        self.code, self.labels, self.places, self.made_block = code, labels, places, made_block
        self.gotos: dict[int, Goto] = {}

    def built(self, path: Path, end: int) -> Block:
        """The block of a function, which ends at a pc."""
        scopes: dict[int, Scope] = {}
        blocks = [_Opened(0, len(path[0][0].scope) if path else 0, None)]
        for before, step, after in joined(path):
            top = blocks[-1]
            if step.kind != "end":
                scopes[before.pc] = before.scope
            if step.kind == "statement":
                top.entries.append((before.pc, step.statements, len(before.scope)))
                self.note_left(step, before.scope, scopes, top)
            elif step.kind == "open":
                blocks.append(_Opened(before.pc, after.inside.base, step))
            elif step.kind == "end":
                if len(after.scope) < top.base:  # the variables of a loop, which end with its block
                    top.end = before.pc
                    self.wrap_left(top, before.scope, before.pc, top.base - 1)
                else:
                    self.wrap_left(top, before.scope, before.pc, len(after.scope))
                    self.wrap(top, len(after.scope), before.pc, is_closed=after.pc > before.pc)
            else:
                self.close(blocks, before, step, len(after.scope))
        return self.finished(blocks[0], path[-1][2].scope if path else (), end)

    def note_left(self, step: Step, scope: Scope, scopes: dict[int, Scope], block: _Opened) -> None:
        """Note a goto, and the variables that one back leaves without closing any: they end before its label's block.

        A goto to a label in the same block closes upvalues whether there are any or not, one out of a block with the
        variables does not (lparser.c: findlabel, movegotosout).
        """
        if step.jump is None:
            return
        pc, place = step.jump
        self.gotos[pc] = next(node for made in step.statements for node in made.walk() if isinstance(node, Goto))
        if place <= pc and self.code.a[pc] == 0 and place in scopes:
            level = common(scopes[place], scope)
            if level < len(scope):
                block.left.add((level, scope[level]))

    def close(self, blocks: list[_Opened], before: State, step: Step, active: int) -> None:
        """End the block that is read, before which so many variables were active."""
        opened = blocks.pop()
        block = self.finished(opened, before.scope, before.pc)
        blocks[-1].left |= opened.left
        begun = opened.step.statements if opened.step else []
        if step.until is not None:
            begun = [Repeat(block, step.until)]
        elif begun and isinstance(begun[0], NumericFor | GenericFor | If):
            begun[0].body = Branches.then_part(block) if isinstance(begun[0], If) else block
        blocks[-1].entries.append((opened.pc, begun, active))

    def finished(self, opened: _Opened, scope: Scope, end: int) -> Block:
        """A block of what was read."""
        end = end if opened.end is None else opened.end
        self.wrap_left(opened, scope, end, opened.base - 1)
        return self.made_block([entry for entry in opened.entries if entry[1]], end)

    def wrap_left(self, opened: _Opened, scope: Scope, end: int, above: int) -> None:
        """Put the variables above a register that a goto back leaves in blocks of their own."""
        alive = {level for level, number in opened.left if above < level < len(scope) and scope[level] == number}
        for level in sorted(alive, reverse=True):
            self.wrap(opened, level, end)

    def wrap(self, opened: _Opened, level: int, pc: int, *, is_closed: bool = False) -> None:
        """Put the statements since the variable in a register was declared in a block of their own."""
        entries = opened.entries
        first = next(number for number in reversed(range(len(entries))) if entries[number][2] <= level)
        if entries[first][2] < level:
            self.split(entries, first, level)
            first += 1
        start = entries[first][0]
        labels = set() if is_closed else self.labels_inside(start, pc, level)
        ending = [o for o in self.labels.get(pc, ()) if is_closed and self.code.a[o] == level + 1]
        first = self.first_with(entries, first, level, labels, ending)
        inner = entries[first:]
        body = self.made_block(inner, pc)
        if inner[0][0] in labels:
            self.put_label(body, inner[0][0], [o for o in self.labels[inner[0][0]] if start <= o < pc], level)
        entries[first:] = [(inner[0][0], [Do(body)], level)]

    def first_with(self, entries: list[Entry], first: int, level: int, labels: set[int], origins: list[int]) -> int:
        """The first entry of a block so that some labels and gotos are in it, and all gotos to what is behind them.

        These are the labels of gotos that close its variables, and the gotos to its end: they become one with the jump
        there that closes upvalues (lcode.c: luaK_jump).
        """
        found, wanted = first, set(origins)
        for number in range(first - 1, -1, -1):
            if entries[number][2] != level:
                break
            pc, behind = entries[number][0], entries[number + 1][0]
            if pc in labels or any(pc <= origin < behind for origin in wanted):
                for place, _, _ in entries[number + 1 : found + 1]:
                    wanted.update(self.labels.get(place, ()))
                found = number
        return found

    def put_label(self, body: Block, place: int, inside: list[int], level: int) -> None:
        """Put a label of its own before the statements of a block, for those gotos inside that close its variables.

        Others to the same place leave the block: their label stands before it.
        """
        own = {origin for origin in inside if self.code.a[origin] == level + 1}
        name = f"L_{place}_{level}"
        for origin in own:
            self.gotos[origin].label = name
        body.statements.insert(0, Label(name))
        self.places[body].insert(1, -1)
        self.labels[place] -= own
        if not self.labels[place]:
            del self.labels[place]

    def labels_inside(self, start: int, end: int, level: int) -> set[int]:
        """The labels of gotos back from between two places that close variables which no function captured.

        They stand in the block of the variables (lparser.c: findlabel).
        """
        code = self.code
        return {
            label
            for label, origins in self.labels.items()
            if label <= start and any(start <= o < end and code.a[o] == level + 1 for o in origins)
        }

    @staticmethod
    def split(entries: list[Entry], first: int, level: int) -> None:
        """Make two entries of one that declares variables of which some end."""
        pc, statements, active = entries[first]
        singly: list[Statement] = []
        for statement in statements:
            if isinstance(statement, Local) and not statement.values:
                singly += [Local([variable], []) for variable in statement.variables]
            else:
                singly.append(statement)
        number = 0
        while number < len(singly) and active < level:
            statement = singly[number]
            active += len(statement.variables) if isinstance(statement, Local) else 0
            number += 1
        entries[first : first + 1] = [(pc, singly[:number], entries[first][2]), (-1, singly[number:], active)]
