"""What a translation knows as it goes through the code: variables and their types, the statements that it writes."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from aidec.lua.nodes import KEYWORDS, Expression, Name, Statement
from aidec.synthesis.python.build import plus
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.runtime import runtime_names
from aidec.synthesis.python.scopes import Scope
from aidec.synthesis.python.types import BOTTOM, Cell, Type

Node = TypeVar("Node", bound=ast.expr)

LUA_GLOBALS = {
    "assert", "coroutine", "error", "io", "ipairs", "load", "math", "next", "os", "pairs", "pcall", "print", "require",
    "select", "self", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8",
}  # fmt: skip
"""Names that the Lua code may use itself, besides those of the runtime."""


class Typed(NamedTuple):
    """An expression of Lua, and the type of its value."""

    lua: Expression
    type: Type


@dataclass(slots=True)
class Variable:
    """A variable: its name in Lua, and what is known of its value, which in Python is less by ``shift``."""

    name: str
    cell: Cell
    shift: int = 0


@dataclass(slots=True)
class Signature:
    """What callers of a function know.

    Attributes:
        name: its name in Lua.
        parameters: the names of its parameters.
        cells: the types of these.
        result: the type of what it returns.
        defaults: the names of those that can be left out.
        rest: the type of the elements of ``*args``, if there are any.
        is_generator: whether it yields.
    """

    name: str
    parameters: list[str]
    cells: list[Cell]
    result: Cell
    defaults: set[str] = field(default_factory=set)
    rest: Cell | None = None
    is_generator: bool = False


@dataclass(slots=True)
class Class:
    """What is known of a class: its name, the class above, its methods and the types of its fields."""

    name: str
    base: Class | None = None
    methods: dict[str, Signature] = field(default_factory=dict)
    fields: dict[str, Cell] = field(default_factory=dict)
    static: set[str] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)

    def find_method(self, name: str) -> Signature | None:
        """A method, of this class or one above."""
        return self.methods.get(name) or (self.base.find_method(name) if self.base else None)

    def field(self, name: str) -> Cell:
        """The type of a field, of this class or one above."""
        above = self.base
        while above is not None:
            if name in above.fields:
                return above.fields[name]
            above = above.base
        return self.fields.setdefault(name, Cell())


@dataclass(slots=True)
class Frame:
    """The variables of a function, or of a comprehension in it."""

    variables: dict[str, Variable] = field(default_factory=dict)
    scope: Scope | None = None
    result: Cell | None = None
    temporary: list[str] = field(default_factory=list)


class Base(ABC):
    """The state of a translation. A round goes through all code; in the last one nothing may be unknown.

    Attributes:
        is_last: whether this is the last round.
        out: the statements of the block that is being written.
        can_hoist: whether a statement written now is run before all else of the expression.
        reserved: names that variables must not have: all of Lua and the runtime, in the last round those that are used.
        lowest: the least value that the index of a loop has.
        safe: places that an index is known to be in: the sequence, the index, and how much may be added to it.
    """

    def __init__(self, words: set[str]) -> None:
        """Begin; ``words`` are all names in the code."""
        self.words = words
        self.is_last = False
        self.reserved = frozenset(LUA_GLOBALS) | runtime_names()
        self.lowest: dict[str, int] = {}
        self.cells: dict[tuple[ast.AST, str], Cell] = {}
        self.others: dict[tuple[ast.AST, str], ast.AST] = {}
        self.functions: dict[str, Signature] = {}
        self.classes: dict[str, Class] = {}
        self.exceptions: dict[str, str] = {}
        self.frames: list[Frame] = []
        self.out: list[Statement] = []
        self.can_hoist = True
        self.safe: dict[tuple[str, str], tuple[int, int]] = {}
        self.modules: dict[str, str] = {}

    # What other parts define

    @abstractmethod
    def expression(self, node: ast.expr) -> Typed:
        """The value of an expression."""

    @abstractmethod
    def truth(self, node: ast.expr) -> Expression:
        """The test for the truth of an expression."""

    @abstractmethod
    def arguments(self, node: ast.Call, signature: Signature, skipped: int = 0) -> list[Expression]:
        """The arguments of a call of a known function, in the order of its parameters."""

    # Names

    def safe_name(self, name: str) -> str:
        """A name of Python as one of Lua."""
        if not name.isascii():
            name = "".join(c if c.isascii() else f"u{ord(c):x}" for c in name)
        taken = name in KEYWORDS or name in self.reserved
        while taken:
            name += "_"
            taken = name in self.words
        return name

    def temporary(self, name: str) -> str:
        """A name for a variable of the translation's own, that no other has here."""
        frame = self.function_frame()
        number, found = 1, self.safe_name(name)
        while found in self.words or found in frame.temporary:
            number += 1
            found = f"{name}{number}"
        frame.temporary.append(found)
        return found

    def function_frame(self) -> Frame:
        """The frame of the function around."""
        return next(frame for frame in reversed(self.frames) if frame.scope is not None)

    def variable(self, name: str) -> Variable | None:
        """The variable that a name means here."""
        for frame in reversed(self.frames):
            if name in frame.variables:
                return frame.variables[name]
        return None

    def known(self, name: str) -> Variable:
        """The variable that a name means here.

        Raises:
            KeyError: there is none, which the caller made sure of.
        """
        found = self.variable(name)
        if found is None:
            raise KeyError(name)
        return found

    def scope(self) -> Scope:
        """The variables of the function around."""
        return next(frame.scope for frame in reversed(self.frames) if frame.scope is not None)

    # Types

    def cell(self, node: ast.AST, role: str = "") -> Cell:
        """The cell of a node, the same in each round."""
        return self.cells.setdefault((node, role), Cell())

    def again(self, node: ast.AST, role: str, make: Callable[[], Node]) -> Node:
        """A node that is made of another, the same in each round."""
        if (node, role) not in self.others:
            self.others[node, role] = ast.fix_missing_locations(ast.copy_location(make(), node))
        found: Any = self.others[node, role]
        return found  # type: ignore[no-any-return]  # what make() returned

    def made(self, node: ast.AST, kind: str, *inside: Type) -> Type:
        """The type of what an expression makes; its cells are the same in each round."""
        known = Type(kind, tuple(self.cell(node, f"{kind}{i}") for i in range(len(inside))))
        for cell, each in zip(known.cells, inside, strict=True):
            cell.add(each)
        return known

    def settled(self, node: ast.AST, type_: Type, *kinds: str, what: str = "") -> bool:
        """Whether a type is one of some kinds; in the last round it must be known.

        Raises:
            RefusalError: it is not known, in the last round.
        """
        if type_.kind in kinds:
            return True
        if self.is_last and type_.kind == "bottom":
            refuse(node, f"the type of {spelled(node)} is not known", "a type is not known")
        if self.is_last and what:
            refuse(node, f"{what} of {type_}: {spelled(node)}", f"{what} of another type")
        return False

    def lua_name(self, variable: Variable) -> Expression:
        """A variable where it is read."""
        return plus(Name(variable.name), -variable.shift)

    # Blocks

    @contextmanager
    def block(self) -> Iterator[list[Statement]]:
        """Write the statements that follow to a block of their own."""
        before, hoist, self.out, self.can_hoist = self.out, self.can_hoist, [], True
        count = len(self.function_frame().temporary)
        try:
            yield self.out
        finally:
            self.out, self.can_hoist = before, hoist
            del self.function_frame().temporary[count:]

    @contextmanager
    def no_hoisting(self) -> Iterator[None]:
        """Write no statement before the one at hand: what follows may never be evaluated, or later."""
        before, self.can_hoist = self.can_hoist, False
        try:
            yield
        finally:
            self.can_hoist = before

    @contextmanager
    def names(self, frame: Frame) -> Iterator[Frame]:
        """Let names mean other variables."""
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.pop()


def spelled(node: ast.AST) -> str:
    """The text of a node, cut to a few words."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else text[:37] + "..."


def element_of(type_: Type) -> Type:
    """The type of what a value gives in turn."""
    if type_.kind == "str":
        return Type("str")
    if type_.kind in ("list", "row", "tuple", "set", "dict", "iterator") and type_.cells:
        return type_.element.type
    return BOTTOM
