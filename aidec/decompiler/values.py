"""What the reader keeps while it reads: values in registers, constructors, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from aidec.decompiler.conditions import Test
from aidec.lua.nodes import KEYWORDS, Expression, Multiple, Pair, Parenthesized, Statement, Table

Choice = object
"""A reading other than the likeliest: a name, or a name with the pc of the jump that is read in another way."""


class Asked(frozenset[Choice]):
    """Choices, of which it is noted which were asked for: any others change nothing."""

    def __init__(self, _: Iterable[Choice] = ()) -> None:
        self.asked: set[object] = set()

    def __contains__(self, choice: object) -> bool:
        """Whether it is among the choices; notes it."""
        self.asked.add(choice)
        return super().__contains__(choice)


Part = tuple[Choice, int, int]
"""A part of a conditional, from one pc to another, with the choice that would make it no part."""

Statements = tuple[list[Statement], int, int]
"""Statements, the pc behind them, and the active variables there."""

PLAIN, OPEN, METHOD, RECEIVER, ASSIGNED, OPEN_TEST = range(6)
"""The kinds of values."""

_IDENTIFIER = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")

_OWN = re.compile(rb"l[0-9_]*_(?:[rbiu]?[0-9]+|again|key|rest|v)")
"""The names that variables have until `naming` names them."""


class Constructor:
    """A table constructor that is open: what NEWTABLE says there will be, and what there is."""

    __slots__ = ("between", "fields", "last_list", "num_hash", "num_list", "table", "until")

    def __init__(self, table: Table, num_list: int, num_hash: int) -> None:
        self.table = table
        self.num_list, self.num_hash = num_list, num_hash
        self.fields = [0, 0]
        self.between: list[tuple[int, Pair]] = []
        self.last_list = -1

    def copy(self) -> Constructor:
        """A copy, which shares no list of fields with it."""
        made = Constructor(Table(list(self.table.fields)), self.num_list, self.num_hash)
        made.fields, made.between, made.last_list = list(self.fields), list(self.between), self.last_list
        return made

    @property
    def is_complete(self) -> bool:
        """Whether it has as many fields as NEWTABLE says."""
        return rounded(self.fields[0]) == self.num_list and rounded(self.fields[1]) == self.num_hash


def rounded(size: int) -> int:
    """A size as NEWTABLE has it (lobject.c: luaO_int2fb)."""
    exponent = 0
    if size < 8:
        return size
    while size >= 8 << 4:
        size, exponent = (size + 0xF) >> 4, exponent + 4
    while size >= 8 << 1:
        size, exponent = (size + 1) >> 1, exponent + 1
    return (exponent + 1) << 3 | (size - 8)


class Value:
    """A value that was made and not used yet.

    Attributes:
        register: where it is.
        pc: where it was made; a half more for one that jumps make.
        node: the expression.
        kind: plain; open (all results of a call or ``...``); the function or the receiver of a method call; assigned
            (the last operand of a value for a local variable); or a test that is open.
        constructor: that of a table which is not complete.
        group: for one of several results the pc and their number.
        test: the open test.
        least: the least constant that it uses.
    """

    __slots__ = ("constructor", "group", "kind", "least", "node", "pc", "register", "test")

    def __init__(self, node: Expression, kind: int = PLAIN, least: int = 1 << 30) -> None:
        self.node, self.kind, self.least = node, kind, least
        self.register, self.pc = -1, -1.0
        self.constructor: Constructor | None = None
        self.group: tuple[int, int] | None = None
        self.test: Test | None = None


Stack = list[Value]


def forked(stack: Stack) -> Stack:
    """A copy of a stack that can be read on without a change of the stack itself."""
    copies = []
    for value in stack:
        if value.constructor is not None:
            other = Value(value.node, value.kind, value.least)
            other.register, other.pc, other.group, other.test = value.register, value.pc, value.group, value.test
            other.constructor = value.constructor.copy()
            other.node = other.constructor.table
            value = other  # noqa: PLW2901
        copies.append(value)
    return copies


@dataclass(slots=True)
class Around:
    """What stands around the statements that are read.

    Attributes:
        end: the pc where the block ends.
        ends: the places that a jump to that end can go to, since luac sends on a jump to a jump.
        breaks: the places that a break can go to.
        until: the jump of the test of ``repeat``, which ends the block.
        level: the register of the first variable of the loop whose body the block is, -1 for another block.
        is_function: whether the block is a function's, which closes no upvalues at its end.
    """

    end: int
    ends: set[int]
    breaks: set[int]
    until: int | None = None
    level: int = -1
    is_function: bool = False


@dataclass(slots=True)
class Reading:
    """Where reading is.

    Attributes:
        pc: the instruction that is read.
        stack: the values.
        active: the number of active local variables.
        start: where the statement starts.
        around: what stands around the statement; its end is that of what may be read.
        pure: only an expression may be read.
    """

    pc: int
    stack: Stack
    active: int
    start: int
    around: Around
    pure: bool = False


@dataclass(slots=True)
class Reached:
    """Where reading came to: a pc, and the values there."""

    pc: int
    stack: Stack


def cut(node: Expression) -> Expression:
    """An expression of which only one value is taken at the end of a list."""
    return Parenthesized(node) if isinstance(node, Multiple) else node


@lru_cache(maxsize=4096)
def is_identifier(text: bytes) -> bool:
    """Whether a text can be a name."""
    return bool(_IDENTIFIER.fullmatch(text)) and text.decode() not in KEYWORDS


def is_global_name(text: bytes) -> bool:
    """Whether a text can stand for a global variable: it is a name, and not one that local variables have for now."""
    return is_identifier(text) and not _OWN.fullmatch(text)
