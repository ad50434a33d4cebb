"""Random Lua programs, made of the grammar of ``aidec/lua/grammar.yaml``.

Each node is made of its fields, each field of its type. What binds or needs a name stands apart below: the scopes of
local variables, ``...``, breaks, and labels, whose gotos are laid when a function ends. So luac takes each program. How
often what occurs is in ``random_programs.yaml``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import aidec
from aidec.common.settings import load_yaml
from aidec.lua.node import Node
from aidec.lua.nodes import (
    NODES,
    Assign,
    Block,
    Call,
    CallStatement,
    Expression,
    FunctionBody,
    FunctionStatement,
    GenericFor,
    Goto,
    If,
    Index,
    Item,
    Label,
    Local,
    LocalFunction,
    Main,
    Name,
    Number,
    NumericFor,
    Pair,
    Repeat,
    Return,
    Statement,
    String,
    Table,
    Vararg,
    Variable,
    While,
)

GRAMMAR = load_yaml(Path(aidec.__file__).parent / "lua" / "grammar.yaml")
SETTINGS = load_yaml(Path(__file__).with_suffix(".yaml"))

KINDS = tuple(SETTINGS["kinds"])
"""What programs are for: ``any`` that compiles, or one that ``runs`` and ends."""

SHAPES = tuple(SETTINGS["shapes"])
"""What there is much of in a program."""

MAX_LOCALS = 196
"""How many local variables are active at most, with room for those of a loop; luac allows 200 (lparser.c: MAXVARS)."""

MAX_UPVALUES = 250
"""How many upvalues a function has at most; luac allows 255 (lfunc.h: MAXUPVAL)."""

MANY_LOCALS = 100
"""With so many local variables, lists are short: 255 registers hold both (lcode.c: MAXREGS)."""


class Field(NamedTuple):
    """A field of a node: its name, its type, and ``?``, ``*``, ``+`` or nothing as in ``grammar.yaml``."""

    name: str
    kind: str
    number: str


FIELDS: dict[str, list[Field]] = {
    name: [
        Field(field_name, kind.rstrip("?*+"), kind[len(kind.rstrip("?*+")) :])
        for field_name, kind in node.get("fields", {}).items()
    ]
    for part in ("statements", "expressions", "parts")
    for name, node in GRAMMAR[part].items()
}
"""The fields of each node."""


@cache
def holds(node: str, kinds: frozenset[str]) -> bool:
    """Whether a node of a class must, or can, have a node of one of the kinds inside."""
    waiting, seen = [node], set()
    while waiting:
        name = waiting.pop()
        for each in FIELDS.get(name, ()):
            inside = each.kind
            if inside in kinds:
                return True
            if inside not in seen and inside not in ("expression", "prefix", "statement"):
                seen.add(inside)
                waiting += GRAMMAR["unions"].get(inside, [inside])
    return False


LEAVES = frozenset(
    name for name in GRAMMAR["expressions"] if not holds(name, frozenset(("expression", "prefix", "Block")))
)
"""The expressions that have none inside."""

NESTING = frozenset(name for name in GRAMMAR["statements"] if holds(name, frozenset(("Block",))))
"""The statements that have statements inside."""


@dataclass(eq=False)
class Open:
    """A block that is being made.

    Attributes:
        statements: those so far.
        is_repeat: a test follows that sees its variables.
        labels: the place before which each label stands.
        backward: the labels that a goto behind them goes to.
    """

    statements: list[Statement]
    is_repeat: bool = False
    labels: dict[str, int] = field(default_factory=dict)
    backward: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Scope:
    """A function that is being made.

    Attributes:
        around: the function around.
        active: the names of the active local variables; those of loops' hidden state are no identifiers.
        upvalues: the names of its upvalues.
        blocks: its open blocks.
        gotos: each with the open blocks that it stands in, and its place in each.
        loops: how many loops are open.
        is_vararg: whether ``...`` can be used.
        num_labels: how many labels it has.
    """

    around: Scope | None
    is_vararg: bool
    active: list[str] = field(default_factory=list)
    upvalues: set[str] = field(default_factory=set)
    blocks: list[Open] = field(default_factory=list)
    gotos: list[tuple[Goto, list[tuple[Open, int]]]] = field(default_factory=list)
    loops: int = 0
    num_labels: int = 0

    def use(self, name: str) -> bool:
        """Take a variable for an upvalue where it is one; returns whether there is one of the name."""
        if name in self.active or name in self.upvalues:
            return True
        if self.around is None or not self.around.use(name):
            return False
        self.upvalues.add(name)
        return True

    def captures(self) -> list[str]:
        """The names of variables of the functions around that can be used."""
        names: list[str] = []
        around = self.around
        while around is not None:
            names += around.active
            around = around.around
        return [name for name in names if name.isidentifier() and name not in self.active]

    @property
    def has_room(self) -> bool:
        """Whether there is room for another upvalue, here and in all functions around."""
        return len(self.upvalues) < MAX_UPVALUES and (self.around is None or self.around.has_room)


def weights_of(kind: str, shape: str) -> dict[str, Any]:
    """The weights of a kind of programs, and of a shape."""
    return {**SETTINGS["weights"], **SETTINGS["kinds"][kind], **SETTINGS["shapes"][shape]}


def program(seed: int, kind: str = "any", shape: str | None = None) -> Main:
    """A program.

    Args:
        seed: what decides on it, together with the kind and the shape.
        kind: one of ``KINDS``.
        shape: one of ``SHAPES``; None to draw one.
    """
    rng = random.Random(f"{seed} {kind}")  # noqa: S311 -- nothing here is secret
    return Generator(rng, weights_of(kind, shape or shape_of(seed, kind))).main()


def shape_of(seed: int, kind: str) -> str:
    """The shape that is drawn for a program."""
    weights = [shape["weight"] for shape in SETTINGS["shapes"].values()]
    shape: str
    (shape,) = random.Random(f"{kind} {seed}").choices(SHAPES, weights)  # noqa: S311
    return shape


class Generator:
    """Makes programs.

    Args:
        rng: what decides.
        weights: as in ``random_programs.yaml``.
    """

    def __init__(self, rng: random.Random, weights: Mapping[str, Any]) -> None:
        self.rng, self.weights = rng, weights
        self.left = rng.randint(*weights["size"])
        self.scope = Scope(None, is_vararg=True, upvalues={"_ENV"})
        self.block_depth = self.expression_depth = self.num_names = 0

    def main(self) -> Main:
        """A whole program."""
        opened = self.enter()
        opened.statements += self.first_statements()
        while self.left > 0:
            opened.statements.append(self.statement())
        block = self.leave(opened)
        self.lay_gotos()
        return Main(block)

    # Any node

    def node(self, name: str) -> Node:
        """A node of a class: by its own method, or of its fields."""
        self.left -= 1
        make = getattr(self, f"make_{name}", None)
        return cast("Node", make() if make is not None else NODES[name](*map(self.field, FIELDS[name])))

    def field(self, declared: Field) -> Any:
        """The value of a field."""
        if declared.number == "?":
            return self.value(declared.kind) if self.chance("options") else None
        if declared.number in ("*", "+"):
            return [self.value(declared.kind) for _ in range(self.length(declared))]
        return self.value(declared.kind)

    def value(self, kind: str) -> Any:
        """A value of a type of fields."""
        if kind in ("expression", "prefix"):
            return self.expression(kind)
        if kind in GRAMMAR["unions"]:
            return self.node(self.chosen(kind, self.usable(GRAMMAR["unions"][kind])))
        if kind in NODES:
            return self.node(kind)
        return getattr(self, f"draw_{kind}")()

    def length(self, declared: Field) -> int:
        """How long a list is."""
        is_fields = declared.kind == "Field"
        if is_fields and self.rng.random() < self.weights["long_table"] and len(self.scope.active) < MANY_LOCALS:
            return self.rng.randint(40, 120)
        weights: list[int] = self.weights["fields" if is_fields else "lists"]
        if self.left <= 0 or len(self.scope.active) > MANY_LOCALS:
            weights = weights[:3]
        (number,) = self.rng.choices(range(len(weights)), weights)
        return max(number, 1) if declared.number == "+" else number

    def chosen(self, table: str, names: Sequence[str] | None = None) -> str:
        """One of the names of a table of weights, or of those among them that are allowed."""
        weights: dict[str, float] = self.weights[table]
        names = list(weights) if names is None else [name for name in names if weights.get(name)]
        name: str
        (name,) = self.rng.choices(names, [weights[each] for each in names])
        return name

    def chance(self, name: str) -> bool:
        """Whether what has a share happens."""
        share: float = self.weights[name]
        return self.rng.random() < share

    def draw_name(self) -> str:
        """A name of a field, or of a method."""
        name: str = self.rng.choice(SETTINGS["keys"])
        return name

    def draw_boolean(self) -> bool:
        return self.rng.random() < 0.5

    def draw_number(self) -> int | float:
        number: int | float = self.rng.choice(SETTINGS["numbers"])
        return number if self.rng.random() < 0.8 else self.rng.randint(3, 999)

    def draw_string(self) -> bytes:
        text: str = self.rng.choice(SETTINGS["strings"])
        return text.encode() if self.rng.random() < 0.8 else f"s{self.rng.randint(0, 400)}".encode()

    def draw_unary(self) -> str:
        return self.chosen("unary")

    def draw_binary(self) -> str:
        return self.chosen("binary")

    # Expressions

    def usable(self, names: Sequence[str]) -> list[str]:
        """The classes among some that may stand here."""
        without = set() if self.scope.is_vararg else {"Vararg"}
        if self.block_depth > self.weights["block_depth"] or self.left <= 0:
            without.add("Function")
        return [name for name in names if name not in without]

    def expression(self, kind: str = "expression") -> Expression:
        """An expression; a ``prefix`` is most often one that needs no parentheses."""
        if kind == "prefix":
            name = self.chosen("prefixes") if self.can_nest() else "Name"
            if name != "expression":
                return self.nested(name)
        names = list(GRAMMAR["expressions"]) if self.can_nest() else sorted(LEAVES)
        return self.nested(self.chosen("expressions", self.usable(names)))

    def can_nest(self) -> bool:
        """Whether an expression may have others inside."""
        return self.left > 0 and self.expression_depth < self.weights["expression_depth"]

    def nested(self, name: str) -> Expression:
        """An expression of a class, one deeper than what is around."""
        self.expression_depth += 1
        made = self.node(name)
        self.expression_depth -= 1
        return cast("Expression", made)

    def make_Name(self) -> Name:
        """A name that stands for a local variable, an upvalue or a global one."""
        scope = self.scope
        known = {
            "local": [name for name in scope.active if name.isidentifier()],
            "upvalue": scope.captures() if scope.has_room else sorted(scope.upvalues),
            "global": SETTINGS["globals"],
        }
        name = self.rng.choice(known[self.chosen("variables", [sort for sort in known if known[sort]])])
        if not scope.use(name):
            scope.use("_ENV")
        return Name(name)

    def make_Index(self) -> Index:
        """A field, of which most have a name."""
        table = self.expression("prefix")
        is_named = self.rng.random() < 0.6
        return Index(table, String(self.draw_name().encode()) if is_named else self.expression())

    def make_Pair(self) -> Pair:
        is_named = self.rng.random() < 0.5
        key = String(self.draw_name().encode()) if is_named else self.expression()
        return Pair(key, self.expression())

    # Statements and blocks

    def statement(self) -> Statement:
        """A statement; a goto or a break most often under a condition."""
        names = [name for name in self.weights["statements"] if name != "Break" or self.scope.loops]
        if self.block_depth >= self.weights["block_depth"] or self.left <= 0:
            names = [name for name in names if name not in NESTING]
        if len(self.scope.active) >= MAX_LOCALS - 8:
            names = [name for name in names if name not in ("Local", "LocalFunction", "NumericFor", "GenericFor")]
        name = self.chosen("statements", names)
        if name in ("Break", "Goto") and self.chance("guarded"):
            test = self.expression()
            opened = self.enter()
            opened.statements.append(cast("Statement", self.node(name)))
            return If(test, self.leave(opened), [], None)
        return cast("Statement", self.node(name))

    def enter(self, *, is_repeat: bool = False) -> Open:
        """Begin a block."""
        opened = Open([], is_repeat)
        self.scope.blocks.append(opened)
        return opened

    def leave(self, opened: Open) -> Block:
        """End a block."""
        self.scope.blocks.pop()
        return Block(opened.statements)

    def make_Block(self) -> Block:
        """A block whose local variables end with it."""
        num_active = len(self.scope.active)
        opened = self.enter()
        self.fill(opened)
        del self.scope.active[num_active:]
        return self.leave(opened)

    def fill(self, opened: Open) -> None:
        """Put statements into a block."""
        self.block_depth += 1
        depth, self.expression_depth = self.expression_depth, 0
        weights = self.weights["num_statements"]
        (number,) = self.rng.choices(range(len(weights)), weights)
        for _ in range(number):
            opened.statements.append(self.statement())
        if self.chance("returns"):
            opened.statements.append(cast("Statement", self.node("Return")))
        self.block_depth -= 1
        self.expression_depth = depth

    def declare(self, number: int) -> list[Variable]:
        """Declare new local variables."""
        names = []
        for _ in range(number):
            if self.chance("environment"):
                names.append("_ENV")
            elif self.chance("new_names"):
                self.num_names += 1
                names.append(f"v{self.num_names}")
            else:
                names.append(self.rng.choice(SETTINGS["names"]))
        self.scope.active += names
        return [Variable(name) for name in names]

    def make_Local(self) -> Local:
        """The variables begin behind the values."""
        number = self.length(Field("variables", "Variable", "+"))
        values = [self.expression() for _ in range(self.length(Field("values", "expression", "*")))]
        return Local(self.declare(number), values)

    def make_LocalFunction(self) -> LocalFunction:
        """The variable begins before the function."""
        (variable,) = self.declare(1)
        return LocalFunction(variable, self.make_FunctionBody())

    def make_FunctionStatement(self) -> FunctionStatement:
        """The target is a name with names of fields."""
        target: Name | Index = self.make_Name()
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            target = Index(target, String(self.draw_name().encode()))
        method = self.draw_name() if self.chance("options") else None
        return FunctionStatement(target, method, self.make_FunctionBody(["self"] if method else []))

    def make_FunctionBody(self, implicit: Sequence[str] = ()) -> FunctionBody:
        """A function, whose gotos are laid at its end."""
        around, loops = self.scope, self.scope.loops
        is_vararg = self.chance("vararg")
        self.scope = Scope(around, is_vararg, list(implicit))
        parameters: list[Variable | Vararg] = [*self.declare(self.length(Field("parameters", "Parameter", "*")))]
        body = self.make_body()
        self.lay_gotos()
        self.scope, around.loops = around, loops
        return FunctionBody(parameters + [Vararg()] * is_vararg, body)

    def make_body(self, *, is_repeat: bool = False) -> Block:
        """The block of a function or a loop, which begins with a call of ``tick`` where it must end."""
        num_active = len(self.scope.active)
        opened = self.enter(is_repeat=is_repeat)
        if self.weights["fuel"]:
            opened.statements.append(self.tick())
        self.fill(opened)
        if not is_repeat:
            del self.scope.active[num_active:]
            return self.leave(opened)
        return Block(opened.statements)

    def tick(self) -> Statement:
        """A call that ends the program after so many."""
        self.scope.use("_ENV")
        return CallStatement(Call(Name("tick"), []))

    def make_loop_body(self) -> Block:
        """The block of a loop."""
        self.scope.loops += 1
        body = self.make_body()
        self.scope.loops -= 1
        return body

    def make_While(self) -> While:
        return While(self.expression(), self.make_loop_body())

    def make_Repeat(self) -> Repeat:
        """The test sees the variables of the body."""
        scope = self.scope
        num_active = len(scope.active)
        scope.loops += 1
        body = self.make_body(is_repeat=True)
        scope.loops -= 1
        test = self.expression()
        del scope.active[num_active:]
        scope.blocks.pop()
        return Repeat(body, test)

    def make_NumericFor(self) -> NumericFor:
        values = [self.expression(), self.expression(), self.expression() if self.chance("options") else None]
        with_variable = self.in_loop(1)
        variable, body = with_variable
        return NumericFor(variable[0], cast("Expression", values[0]), cast("Expression", values[1]), values[2], body)

    def make_GenericFor(self) -> GenericFor:
        values = [self.expression() for _ in range(self.length(Field("values", "expression", "+")))]
        variables, body = self.in_loop(self.length(Field("variables", "Variable", "+")))
        return GenericFor(variables, values, body)

    def in_loop(self, number: int) -> tuple[list[Variable], Block]:
        """The variables of a loop, and its body, which sees them."""
        active = self.scope.active
        num_active = len(active)
        active += ["(for state)"] * 3
        variables = self.declare(number)
        body = self.make_loop_body()
        del active[num_active:]
        return variables, body

    def make_Return(self) -> Return:
        return Return([self.expression() for _ in range(self.length(Field("values", "expression", "*")))])

    # Labels

    def make_Goto(self) -> Goto:
        """A goto, whose label is found when the function ends."""
        goto = Goto("")
        self.scope.gotos.append((goto, [(opened, len(opened.statements)) for opened in self.scope.blocks]))
        return goto

    def lay_gotos(self) -> None:
        """Give each goto of the function a label that it can see, in one of the blocks around it."""
        blocks: dict[int, Open] = {}
        for goto, path in self.scope.gotos:
            opened, place = self.rng.choice(path)
            blocks[id(opened)] = opened
            goto.label = self.label_for(opened, place)
        for opened in blocks.values():
            self.put_labels(opened)

    def label_for(self, opened: Open, place: int) -> str:
        """The name of a label in a block for a goto in the statement at a place; no local variable begins between."""
        statements = opened.statements
        last = len(statements) - (bool(statements) and isinstance(statements[-1], Return))
        declared = (n for n in range(place + 1, last) if isinstance(statements[n], Local | LocalFunction))
        farthest = next(declared, last)
        can_end = not opened.is_repeat and last == len(statements)  # behind the local variables (lparser.c: labelstat)
        if can_end and self.chance("plain"):
            target = last
        elif self.chance("backward") or farthest <= place:
            target = self.rng.randint(0, min(place, last))
        else:
            target = self.rng.randint(min(place + 1, farthest), farthest)
        same = [name for name, its_place in opened.labels.items() if its_place == target]
        name = same[0] if same else f"l{self.scope.num_labels}"
        self.scope.num_labels += not same
        opened.labels[name] = target
        if target <= place:
            opened.backward.add(name)
        return name

    def put_labels(self, opened: Open) -> None:
        """Put the labels of a block into it."""
        for name, place in sorted(opened.labels.items(), key=lambda label: -label[1]):
            needs_fuel = self.weights["fuel"] and name in opened.backward
            opened.statements[place:place] = [Label(name), *([self.tick()] if needs_fuel else [])]

    # What a program begins with

    def first_statements(self) -> Iterator[Statement]:
        """Many local variables, and many constants, where the shape asks for them."""
        while len(self.scope.active) < self.weights["first_locals"]:
            number = self.rng.randint(1, 12)
            self.num_names += number
            names = [f"v{self.num_names - index}" for index in range(number)]
            values = [self.expression() for _ in range(self.rng.randint(0, 2))]
            self.scope.active += names
            yield Local([Variable(name) for name in names], values)
        number = self.weights["first_constants"]
        if number:
            self.scope.use("_ENV")
            yield Assign([Name("t")], [Table([Item(Number(1_000 + index)) for index in range(number)])])
