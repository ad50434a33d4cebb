"""Where the registers of a function are, in the program that stands for it instruction by instruction.

A register is a local variable, declared before all statements, since a goto can't enter the scope of one. Where a jump
closes upvalues (lfunc.c: luaF_close) and the register goes on with another variable, a local variable would stay the
same for all functions that captured it: such a register holds a table with the value, its box, and closing makes a new
one. luac has room for 200 local variables and 255 registers; the registers that are used least are in a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import reduce
from operator import or_

from aidec.decompiler.flow import Flow, Step, mask
from aidec.decompiler.scopes import Scopes
from aidec.lua.node import Node, rewrite
from aidec.lua.nodes import (
    Assign,
    Expression,
    FunctionBody,
    Index,
    Item,
    Local,
    Name,
    Number,
    Statement,
    Table,
    Vararg,
    Variable,
)

MAX_LOCALS, MAX_STACK = 200, 255
"""How many local variables and registers luac has room for (lparser.c: MAXVARS, lcode.c: MAXREGS)."""

RESERVE = 40
"""How many of both are kept for loops and operands."""


class Frame:
    """The registers of a function.

    Attributes:
        prefix: what the names of its variables begin with.
        boxed: the registers that are in boxes, as a set of bits.
        fresh: the registers that are local variables of a block around the statements that are made, likewise.
    """

    def __init__(self, flow: Flow, prefix: str, num_params: int, scopes: Scopes) -> None:
        self.flow, self.prefix = flow, prefix
        self.num_params = num_params
        used: Counter[int] = Counter(range(num_params))
        widest = captures = 0
        for step in flow.steps.values():
            registers = list(numbers(step.reads | step.writes))
            used.update(registers)
            widest = max(widest, len(registers) + len(step.chain))
            captures = max(captures, step.captures.bit_count())
        room = min(MAX_LOCALS - RESERVE, MAX_STACK - RESERVE - widest)
        self.fresh = 0
        self.boxed = _boxed(flow, scopes)
        room = max(num_params, room - scopes.most - (captures if self.boxed else 0), 0)
        preferred = sorted(used, key=lambda register: (
            register >= num_params, not flow.captured >> register & 1, -used[register], register,
        ))  # fmt: skip
        self.locals = sorted(preferred[:room])
        self.spilled = sorted(preferred[room:])
        self.boxed |= flow.captured & mask(self.spilled)

    def name(self, register: int) -> str:
        """The name of a register's local variable."""
        return f"{self.prefix}_r{register}"

    def box(self, register: int) -> str:
        """The name of a local variable that has the box of a register, for a function that captures it."""
        return f"{self.prefix}_b{register}"

    def captured(self, register: int) -> str:
        """The name under which a function captures a register."""
        return self.box(register) if self.is_boxed(register) else self.name(register)

    def holder(self, register: int) -> Name | Index:
        """The variable that has a register's value, or its box."""
        if register in self.spilled and not self.fresh >> register & 1:
            return Index(Name(f"{self.prefix}_rest"), Number(register))
        return Name(self.name(register))

    def place(self, register: int) -> Name | Index:
        """A register's value, to be read or assigned to."""
        holder = self.holder(register)
        return Index(holder, Number(1)) if self.is_boxed(register) else holder

    def is_boxed(self, register: int) -> bool:
        """Whether a register's value is in a box."""
        return bool((self.boxed & ~self.fresh) >> register & 1)

    def declarations(self, *, is_main: bool) -> Iterator[Statement]:
        """The statements that declare the registers.

        Args:
            is_main: it is a main function, whose parameters are extra arguments.
        """
        params = [register for register in self.locals if register < self.num_params]
        if is_main and params:
            yield Local([Variable(self.name(register)) for register in params], [Vararg()])
        others = [register for register in self.locals if register >= self.num_params]
        plain = [register for register in others if not self.is_boxed(register)]
        if plain:
            yield Local([Variable(self.name(register)) for register in plain], [])
        for register in self.locals:
            if self.is_boxed(register):
                if register < self.num_params:
                    yield Assign([Name(self.name(register))], [Table([Item(Name(self.name(register)))])])
                else:
                    yield Local([Variable(self.name(register))], [Table([])])
        if self.spilled:
            yield Local([Variable(f"{self.prefix}_rest")], [Table([])])
            for register in self.spilled:
                if self.is_boxed(register):
                    yield Assign([self.holder(register)], [Table([])])

    def closing(self, step: Step) -> Iterator[Statement]:
        """The statements that close upvalues where a step jumps."""
        live = self.flow.live[step.target if step.target >= 0 else step.behind]
        for register in numbers(self.flow.closed(step) & self.boxed & ~self.fresh):
            kept: list[Expression] = [self.place(register)] if live >> register & 1 else []
            yield Assign([self.holder(register)], [Table([Item(value) for value in kept])])


def _boxed(flow: Flow, scopes: Scopes) -> int:
    """The registers that a jump closes, but for variables of blocks."""
    return reduce(or_, (scopes.closed(pc) for pc, step in flow.steps.items() if step.closes >= 0), 0)


def numbers(registers: int) -> Iterator[int]:
    """The registers of a set, in order."""
    while registers:
        lowest = registers & -registers
        yield lowest.bit_length() - 1
        registers ^= lowest


def open_boxes(body: FunctionBody, boxes: set[str]) -> None:
    """Let a function take the values of upvalues out of their boxes."""

    def opened(node: Node) -> Node:
        return Index(node, Number(1)) if isinstance(node, Name) and node.name in boxes else node

    if boxes:
        rewrite(body, opened)
