"""Random programs that compute something: functions of numbers, strings and tables, whose words nobody uses.

Each expression is made for a type, so that operations find what they need. Loops are bounded, strings are cut, and no
list grows while it is walked. A program is one global function, before which local functions stand that it may call.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from aidec.lua.words import GLOBALS, KEYWORDS

TYPES = ("int", "str", "bool", "list", "map")
"""The types of variables: a list is of integers, a map has integers by names."""


@dataclass
class Variable:
    """A variable in scope, and whether it may be assigned, or a list grow."""

    name: str
    kind: str
    is_free: bool = True


@dataclass
class Program:
    """A program: its text, the name of its function, and the types of its parameters."""

    name: str
    parameters: list[str]
    text: str


@dataclass
class Scope:
    """What a function sees, and how deep its blocks and loops are."""

    variables: list[Variable]
    loops: int = 0
    depth: int = 0
    labels: list[str] = field(default_factory=list)


class Generator:
    """Makes programs.

    Args:
        seed: what decides.
    """

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)  # noqa: S311 -- nothing here is secret
        self.words: set[str] = {*KEYWORDS, *GLOBALS}
        self.fields = [self.word() for _ in range(4)]
        self.texts = [self.word() for _ in range(6)]
        self.functions: list[tuple[str, list[str]]] = []

    def word(self) -> str:
        """A word of two or three syllables, which was not made before."""
        while True:
            syllables = (self.pick("bdfgklmnprstvz") + self.pick("aeiou") for _ in range(self.rng.randint(2, 3)))
            word = "".join(syllables) + self.pick(["", "n", "r", "s"])
            if word not in self.words:
                self.words.add(word)
                return word

    def pick(self, choices: str | list[str]) -> str:
        return self.rng.choice(choices)

    def program(self) -> Program:
        """A program."""
        texts = []
        for _ in range(self.rng.randint(0, 2)):
            name, kinds = self.word(), self.kinds()
            texts.append(self.function(f"local function {name}", kinds, ["int"]))
            self.functions.append((name, kinds))
        name, kinds = self.word(), self.kinds()
        results = [self.pick(["int", "str", "list", "map", "bool"]) for _ in range(self.rng.randint(1, 3))]
        texts.append(self.function(f"function {name}", kinds, results))
        return Program(name, kinds, "\n".join(texts))

    def kinds(self) -> list[str]:
        """The types of parameters."""
        return [self.rng.choice(("int", "int", "str", "list", "map")) for _ in range(self.rng.randint(1, 3))]

    def function(self, head: str, kinds: list[str], results: list[str]) -> str:
        """The text of a function."""
        scope = Scope([Variable(self.word(), kind) for kind in kinds])
        parameters = ", ".join(variable.name for variable in scope.variables)
        lines = [f"{head}({parameters})"]
        for kind in dict.fromkeys(results):
            lines += self.local(scope, kind)
        for _ in range(self.rng.randint(2, 5)):
            lines += self.statement(scope)
        returned = ", ".join(self.variable(scope, kind) or self.expression(scope, kind) for kind in results)
        return "\n".join([*lines, f"return {returned}", "end"])

    # Statements

    def statement(self, scope: Scope) -> list[str]:
        """The lines of a statement; a block where blocks are not too deep."""
        simple = [self.assignment, self.growth, self.any_local]
        nested = [self.condition, self.numeric_for, self.generic_for, self.while_loop, self.closure, self.early_end]
        can_nest = scope.depth < 3 and self.rng.random() < 0.6
        return self.rng.choice(nested if can_nest else simple)(scope)

    def block(self, scope: Scope, *more: Variable, loops: int = 0) -> list[str]:
        """The lines of a block, which sees variables of its own."""
        inner = Scope([*scope.variables, *more], scope.loops + loops, scope.depth + 1, scope.labels)
        return [line for _ in range(self.rng.randint(1, 3)) for line in self.statement(inner)]

    def any_local(self, scope: Scope) -> list[str]:
        return self.local(scope, self.rng.choice(TYPES))

    def local(self, scope: Scope, kind: str) -> list[str]:
        """A new variable."""
        value = self.expression(scope, kind)
        name = self.word()
        scope.variables.append(Variable(name, kind))
        return [f"local {name} = {value}"]

    def assignment(self, scope: Scope) -> list[str]:
        """A variable gets another value, and is most often part of it."""
        free = [each for each in scope.variables if each.is_free and each.kind in ("int", "str", "bool")]
        if not free:
            return self.any_local(scope)
        variable = self.rng.choice(free)
        value = self.expression(scope, variable.kind)
        if variable.kind == "int" and self.rng.random() < 0.7:
            value = f"{variable.name} {self.pick(['+', '-', '+', '~'])} {value}"
        if variable.kind == "str":
            value = f"({variable.name} .. {value}):sub(1, {self.rng.randint(10, 40)})"
        return [f"{variable.name} = {value}"]

    def growth(self, scope: Scope) -> list[str]:
        """A list or a map gets something more."""
        tables = [each for each in scope.variables if each.is_free and each.kind in ("list", "map")]
        if not tables:
            return self.assignment(scope)
        variable = self.rng.choice(tables)
        value = self.expression(scope, "int")
        if variable.kind == "map":
            key = self.pick(self.fields)
            return [f"{variable.name}.{key} = ({variable.name}.{key} or {self.rng.randint(0, 9)}) + {value}"]
        if self.rng.random() < 0.5:
            return [f"table.insert({variable.name}, {value})"]
        return [f"{variable.name}[#{variable.name} + 1] = {value}"]

    def condition(self, scope: Scope) -> list[str]:
        """An if, with or without other branches."""
        lines = [f"if {self.expression(scope, 'bool')} then", *self.block(scope)]
        if self.rng.random() < 0.3:
            lines += [f"elseif {self.expression(scope, 'bool')} then", *self.block(scope)]
        if self.rng.random() < 0.6:
            lines += ["else", *self.block(scope)]
        return [*lines, "end"]

    def early_end(self, scope: Scope) -> list[str]:
        """A break or a goto where a loop is open, and else a condition."""
        if not scope.loops:
            return self.condition(scope)
        end = "break" if not scope.labels or self.rng.random() < 0.5 else f"goto {scope.labels[-1]}"
        return [f"if {self.expression(scope, 'bool')} then {end} end"]

    def loop(self, scope: Scope, head: str, *variables: Variable) -> list[str]:
        """A loop with a label at the end of its body."""
        if scope.loops == 2:
            return self.condition(scope)
        label = self.word()
        body = self.block(Scope(scope.variables, scope.loops, scope.depth, [label]), *variables, loops=1)
        uses = any(f"goto {label} " in line for line in body)
        return [head, "do", *body, "end", f"::{label}::", "end"] if uses else [head, *body, "end"]

    def numeric_for(self, scope: Scope) -> list[str]:
        name = self.word()
        limit = f"math.min({self.expression(scope, 'int')}, {self.rng.randint(3, 9)})"
        step = self.pick(["", "", ", 2", ", 3"])
        head = f"for {name} = {self.rng.randint(0, 2)}, {limit}{step} do"
        return self.loop(scope, head, Variable(name, "int", is_free=False))

    def generic_for(self, scope: Scope) -> list[str]:
        """A loop over a list; none grows meanwhile, as two variables may have the same."""
        lists = [each for each in scope.variables if each.kind == "list" and each.is_free]
        if not lists:
            return self.numeric_for(scope)
        walked, names = self.rng.choice(lists), [self.word(), self.word()]
        for variable in lists:
            variable.is_free = False
        inner = [Variable(name, "int", is_free=False) for name in names]
        lines = self.loop(scope, f"for {names[0]}, {names[1]} in ipairs({walked.name}) do", *inner)
        for variable in lists:
            variable.is_free = True
        return lines

    def while_loop(self, scope: Scope) -> list[str]:
        """A loop that counts down."""
        if scope.loops == 2:
            return self.condition(scope)
        name = self.word()
        test = self.expression(scope, "bool")
        body = self.block(Scope(scope.variables, scope.loops, scope.depth), Variable(name, "int", False), loops=1)  # noqa: FBT003
        start = [f"local {name} = {self.rng.randint(2, 8)}"]
        if self.rng.random() < 0.5:
            return [*start, f"while {name} > 0 and {test} do", f"{name} = {name} - 1", *body, "end"]
        return [*start, "repeat", f"{name} = {name} - 1", *body, f"until {name} <= 0 or {test}"]

    def closure(self, scope: Scope) -> list[str]:
        """A local function that changes a variable around it, and is called."""
        free = [each for each in scope.variables if each.is_free and each.kind == "int"]
        if not free:
            return self.assignment(scope)
        changed, name, parameter = self.rng.choice(free), self.word(), self.word()
        inner = Scope([*scope.variables, Variable(parameter, "int", is_free=False)])
        calls = [f"{name}({self.expression(scope, 'int')})" for _ in range(self.rng.randint(1, 3))]
        change = f"{changed.name} = {changed.name} {self.pick(['+', '-'])} {self.expression(inner, 'int')}"
        return [f"local function {name}({parameter})", change, f"return {changed.name}", "end", *calls]

    # Expressions

    def variable(self, scope: Scope, kind: str) -> str | None:
        """A variable of a type, or None."""
        names = [each.name for each in scope.variables if each.kind == kind]
        return self.pick(names) if names else None

    def expression(self, scope: Scope, kind: str, depth: int = 0) -> str:
        """An expression of a type."""
        name = self.variable(scope, kind)
        if name and (depth > 2 or self.rng.random() < 0.35):
            return name
        made = list(getattr(self, f"of_{kind}")(scope, depth + 1))
        return self.pick(made if depth < 3 else made[:1])

    def two(self, scope: Scope, depth: int) -> tuple[str, str]:
        """Two integers that are not the same."""
        one, other = self.expression(scope, "int", depth), self.expression(scope, "int", depth)
        return one, other if other != one else str(self.rng.randint(1, 99))

    def of_int(self, scope: Scope, depth: int) -> Iterator[str]:
        """Integers, the first without others inside."""
        yield str(self.rng.randint(-9, 99))
        if depth > 3:
            return
        a, b = self.two(scope, depth)
        yield f"({a} {self.pick(['+', '-', '*', '+', '-'])} {b})"
        yield f"({a} {self.pick(['//', '%'])} {self.rng.randint(2, 9)})"
        yield f"({a} {self.pick(['&', '|', '~'])} {b})"
        yield f"math.{self.pick(['max', 'min'])}({a}, {b})"
        yield f"({self.expression(scope, 'bool', depth)} and {a} or {b})"
        yield f"{self.pick(['-', '~'])}({a})"
        for kind, form in (("list", f"(@[{a}] or {b})"), ("str", "#@"), ("list", "#@")):
            if variable := self.variable(scope, kind):
                yield form.replace("@", variable)
        if variable := self.variable(scope, "map"):
            yield f"({variable}.{self.pick(self.fields)} or {a})"
        if self.functions and not scope.loops:
            name, kinds = self.rng.choice(self.functions)
            yield f"{name}({', '.join(self.expression(scope, each, depth) for each in kinds)})"

    def of_str(self, scope: Scope, depth: int) -> Iterator[str]:
        yield f'"{self.pick(self.texts)}"'
        if depth > 3:
            return
        a, number = self.expression(scope, "str", depth), self.expression(scope, "int", depth)
        yield f"({a} .. {self.expression(scope, 'str', depth)})"
        yield f"({a} .. {number})"
        yield f"({a}):{self.pick(['upper', 'reverse', 'lower'])}()"
        yield f"({a}):sub({self.rng.randint(1, 3)}, {self.rng.randint(-3, 6)})"
        yield f"tostring({self.expression(scope, 'bool', depth)})"
        yield f'("%d{self.pick(self.texts)}"):format({number})'

    def of_bool(self, scope: Scope, depth: int) -> Iterator[str]:
        yield self.pick(["true", "false"])
        if depth > 3:
            return
        a, b = self.two(scope, depth)
        yield from (f"{a} {self.pick(['<', '>', '<=', '>=', '==', '~='])} {b}" for _ in range(4))
        yield f"{a} % {self.rng.randint(2, 5)} == {self.rng.randint(0, 1)}"
        yield f"not ({self.expression(scope, 'bool', depth)})"
        both = self.expression(scope, "bool", depth), self.expression(scope, "bool", depth)
        yield f"({both[0]} {self.pick(['and', 'or'])} {both[1]})"
        if self.variable(scope, "map"):
            yield f"{self.variable(scope, 'map')}.{self.pick(self.fields)} ~= nil"

    def of_list(self, scope: Scope, depth: int) -> Iterator[str]:
        yield "{}"
        for size in (1, 3, 5):
            yield "{" + ", ".join(self.expression(scope, "int", depth + 1) for _ in range(size)) + "}"

    def of_map(self, scope: Scope, depth: int) -> Iterator[str]:
        yield "{}"
        for size in (1, 2, 3):
            names = self.rng.sample(self.fields, size)
            yield "{" + ", ".join(f"{name} = {self.expression(scope, 'int', depth + 1)}" for name in names) + "}"

    # Arguments

    def arguments(self, kinds: list[str]) -> str:
        """Arguments of the types of parameters."""
        return ", ".join(self.argument(kind) for kind in kinds)

    def argument(self, kind: str) -> str:
        if kind == "str":
            return f'"{self.pick([*self.texts, "", self.word()])}"'
        if kind == "int":
            return str(self.rng.choice((0, 1, 2, 3, 5, 8, 12, -1, -7, 40, 100)))
        if kind == "list":
            return "{" + ", ".join(str(self.rng.randint(-9, 30)) for _ in range(self.rng.randint(0, 6))) + "}"
        names = self.rng.sample(self.fields, self.rng.randint(0, 3))
        return "{" + ", ".join(f"{name} = {self.rng.randint(-9, 30)}" for name in names) + "}"
