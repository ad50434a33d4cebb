"""Names for the variables and labels of a tree, none of which is seen where another is meant.

Variables get their names in the order of their declarations, outer ones first. A name is free for a variable if nothing
that has the name already, a variable that is visible or a global one, is used where the new variable would hide it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from aidec.common.gc_pause import no_collection
from aidec.decompiler.clues import Clue, Clues
from aidec.decompiler.expressions import local_of
from aidec.decompiler.values import is_identifier
from aidec.decompiler.wording import rules, singular
from aidec.lua.names import resolve
from aidec.lua.node import Node, Place, rewrite
from aidec.lua.nodes import (
    Block,
    Boolean,
    FunctionBody,
    GenericFor,
    Goto,
    Index,
    Label,
    Local,
    Main,
    Name,
    Nil,
    Number,
    NumericFor,
    Repeat,
    String,
    Vararg,
    Variable,
    While,
)
from aidec.lua.variables import Global, LocalVariable, Scope

_SCOPED = {Block, Local, Variable, Repeat, NumericFor, GenericFor, FunctionBody}
"""The nodes that variables begin and end at."""

_LOOPS = {While, Repeat, NumericFor, GenericFor}
_LEAVES = {String, Number, Boolean, Nil, Vararg}

_TRANSCRIBED = {"r": "r", "b": "box", "u": "upvalue"}
_REGISTER = re.compile(r"l[0-9_]*_([rbu])([0-9]+)")
"""The variables of a function that stands instruction by instruction (`transcript`): they keep their numbers."""

Uses = dict[LocalVariable | str, list[int]]
"""The places where each variable is used, in order; a global one is known by its name."""


Given = Mapping[Node, Sequence[bytes | None]]
"""The names of the variables of functions, by their ``FunctionBody`` or ``Main``."""


def name_variables(main: Main, *, plain: bool = False, given: Given | None = None) -> None:
    """Name all local variables, parameters and labels of a tree, in place. The program stays the same.

    A variable named ``_ENV``, and the ``self`` of a method, keep their names. A global variable that a given name would
    hide becomes a field of ``_ENV``.

    Args:
        main: a tree of what Lua takes.
        plain: number them instead: ``p0``, ``p1`` are the parameters of a function, ``v0``, ``v1`` its other variables.
        given: for a function the names that its variables have by the debug information, in the order of the
            declarations.
    """
    with no_collection():
        nodes, ends = _numbered(main)
        scoped = [(number, node, node.place) for number, node in enumerate(nodes) if type(node) in _SCOPED]
        for number, node, _ in scoped:
            node.place = Place(number, ends[number], 0, 0)
        scopes = list(resolve(main).walk())
        for _, node, place in scoped:
            node.place = place
        namer = _Namer(nodes, scopes, plain=plain, given=given or {})
        namer.run()
        if namer.hidden:
            rewrite(main, lambda node: _field_of_env(node) if node in namer.hidden else node)
        _name_labels(nodes, ends, scopes, plain=plain)


def _numbered(main: Main) -> tuple[list[Node], list[int]]:
    """The nodes in the order of the text, without constants, and for each the number of the first one behind it."""
    nodes: list[Node] = []
    ends: list[int] = []
    waiting: list[Node | int] = [main]
    while waiting:
        node = waiting.pop()
        if isinstance(node, int):
            ends[node] = len(nodes)
            continue
        ends.append(len(nodes) + 1)
        nodes.append(node)
        if type(node) is not Name:
            inside = [child for child in node.children() if type(child) not in _LEAVES]
            if inside:
                waiting.append(len(nodes) - 1)
                waiting += reversed(inside)
    return nodes, ends


class _Namer:
    """Gives each variable of a tree a name that is free."""

    def __init__(self, nodes: Sequence[Node], scopes: Sequence[Scope], *, plain: bool, given: Given) -> None:
        self.nodes = nodes
        self.given: dict[LocalVariable, str] = {}
        for scope in scopes:
            names = given.get(scope.node, ())
            if len(names) == len(scope.locals):
                self.given.update(
                    (variable, name.decode())
                    for variable, name in zip(scope.locals, names, strict=True)
                    if name is not None and is_identifier(name)
                )
        self.hidden: set[Node] = set()
        self.variables = [variable for scope in scopes for variable in scope.locals if variable.name.isidentifier()]
        self.variables.sort(key=lambda variable: variable.start)
        self.parameters = {
            variable: number
            for scope in scopes
            if isinstance(scope.node, FunctionBody)
            for number, node in enumerate(scope.node.parameters)
            for variable in scope.locals[number : number + 2]  # the second where a method has a self
            if variable.declaration is node
        }
        self.fixed: dict[str, list[LocalVariable]] = {}
        for variable in self.variables:
            if _is_fixed(variable):
                self.fixed.setdefault(variable.name, []).append(variable)
        self.uses: Uses = {}
        self.names: list[tuple[Name, LocalVariable]] = []
        for place, node in enumerate(nodes):
            if isinstance(node, Name):
                used = local_of(node)
                if used is not None:
                    self.names.append((node, used))
                if used is not None or isinstance(node.variable, Global):
                    self.uses.setdefault(used or node.name, []).append(place)
        is_told = plain or self.given.keys() >= set(self.variables)
        self.clues = None if is_told else Clues(nodes, scopes, self.parameters, self.uses)
        self.strong: set[LocalVariable] = set()
        self.visible: dict[str, list[LocalVariable]] = {}
        self.numbers: dict[tuple[Node, str], Iterator[int]] = {}
        self.owner = {variable: scope.node for scope in scopes for variable in scope.locals}

    def run(self) -> None:
        for variable in self.variables:
            if not _is_fixed(variable):
                variable.name = self.given_name(variable) or next(
                    name for name in self.candidates(variable) if self.is_free(name, variable)
                )
                if isinstance(variable.declaration, Variable):
                    variable.declaration.name = variable.name
            self.visible.setdefault(variable.name, []).append(variable)
        for node, variable in self.names:
            node.name = variable.name

    def given_name(self, variable: LocalVariable) -> str | None:
        """The name that the debug information gives a variable; None without one, and where it would hide another."""
        name = self.given.get(variable)
        if name is None or any(self.is_used(other, variable) for other in self.around(name, variable)):
            return None
        if self.is_used(name, variable):
            self.hidden |= {self.nodes[place] for place in self.uses[name] if variable.start <= place < variable.end}
        return name

    def is_free(self, name: str, variable: LocalVariable) -> bool:
        """Whether a variable can have a name: nothing else that has it is used where the variable is visible."""
        if self.is_used(name, variable) or any(self.is_used(other, variable) for other in self.around(name, variable)):
            return False
        inside = (other for other in self.fixed.get(name, ()) if variable.start <= other.start < variable.end)
        return not any(self.is_used(variable, other) for other in inside)

    def around(self, name: str, variable: LocalVariable) -> list[LocalVariable]:
        """The variables of a name that are visible where a variable begins."""
        visible = self.visible.get(name, [])
        visible[:] = [other for other in visible if other.end > variable.start]
        return visible

    def is_used(self, used: LocalVariable | str, where: LocalVariable) -> bool:
        """Whether a variable is used where another is visible."""
        places = self.uses.get(used, ())
        first = bisect_left(places, where.start)
        return first < len(places) and places[first] < where.end

    def candidates(self, variable: LocalVariable) -> Iterator[str]:
        """Names for a variable, the best first, without end."""
        register = _REGISTER.fullmatch(variable.name)
        if self.clues is None:
            letter = "p" if variable in self.parameters else "v"
            numbers = self.numbers.setdefault((self.owner[variable], letter), count())
            yield from (f"{letter}{number}" for number in numbers)
        elif register is not None:
            name = f"{_TRANSCRIBED[register[1]]}{register[2]}"
            yield name
            yield from (f"{name}_{number}" for number in count(2))
        else:
            yield from self.from_clues(variable, self.clues)

    def from_clues(self, variable: LocalVariable, clues: Clues) -> Iterator[str]:
        """The names that strong clues tell; without one those that weak clues tell, or ``a`` and ``v``; numbered."""
        names = list(self.texts(clues.best(variable, are_strong=True), clues))
        if names:
            self.strong.add(variable)
            yield from names
        else:
            names = [*self.texts(clues.best(variable, are_strong=False), clues)]
            number, letters = self.parameters.get(variable), rules()["parameters"]
            names.append(rules()["other"] if number is None else letters[min(number, len(letters) - 1)])
            yield from (name for name in names if self.is_new(name, variable))
        base = names[0] + "_" * names[0][-1].isdigit()
        numbered = (f"{base}{number}" for number in count(2))
        yield from (name for name in numbered if self.is_new(name, variable))

    def is_new(self, name: str, variable: LocalVariable) -> bool:
        """Whether no other variable of the same function that has a name is visible."""
        owner = self.owner[variable]
        return not any(self.owner[other] is owner for other in self.around(name, variable))

    def texts(self, clues: Sequence[Clue], found: Clues) -> Iterator[str]:
        """The names that clues tell; that of another variable only if it says what the variable is."""
        for clue in clues:
            if isinstance(clue, str):
                yield clue
                continue
            name: Clue | None = clue.variable.name if clue.variable in self.strong else None
            if name is None:
                name = next(iter(found.best(clue.variable, are_strong=True)), None)
            if isinstance(name, str) and clue.is_plural:
                name = singular(name)
            if isinstance(name, str):
                yield name


def _field_of_env(node: Node) -> Node:
    return Index(Name("_ENV"), String(node.name.encode())) if isinstance(node, Name) else node


def _is_fixed(variable: LocalVariable) -> bool:
    return variable.name == "_ENV" or not isinstance(variable.declaration, Variable)


def _name_labels(nodes: Sequence[Node], ends: Sequence[int], scopes: Sequence[Scope], *, plain: bool) -> None:
    """Name the labels, those of outer blocks first.

    A label may have the name of one in a block around if no goto jumps from its own block to that one (lparser.c:
    findlabel). Other labels of a function are numbered.
    """
    jumps = {goto: label for scope in scopes for goto, label in scope.labels.items()}
    gotos: dict[Node, list[int]] = {}
    for place, node in enumerate(nodes):
        if node in jumps:
            gotos.setdefault(jumps[node], []).append(place)
    around: list[tuple[int, list[int]]] = []
    for label, place, end, numbers, is_last in _labels(nodes, ends):
        around = [(its_end, its_gotos) for its_end, its_gotos in around if its_end > place]
        if is_last and not plain and not any(place < goto < end for _, its_gotos in around for goto in its_gotos):
            label.name = rules()["continue"]
            around.append((end, gotos.get(label, [])))
        else:
            label.name = f"{rules()['label']}{next(numbers)}"
    for goto, target in jumps.items():
        if isinstance(goto, Goto) and isinstance(target, Label):
            goto.label = target.name


def _labels(nodes: Sequence[Node], ends: Sequence[int]) -> Iterator[tuple[Label, int, int, Iterator[int], bool]]:
    """The labels, those of outer blocks first.

    Yields:
        The label, the place and the end of its block, the numbers for labels of its function, and whether it stands at
        the end of a loop's body.
    """
    loops = {block for node in nodes if type(node) in _LOOPS for block in node.children() if type(block) is Block}
    functions = [(len(nodes), count(1))]
    for place, (node, end) in enumerate(zip(nodes, ends, strict=True)):
        if type(node) is FunctionBody:
            functions.append((end, count(1)))
        if isinstance(node, Block):
            while functions[-1][0] <= place:
                functions.pop()
            for statement in node.statements:
                if isinstance(statement, Label):
                    yield statement, place, end, functions[-1][1], node in loops and statement is node.statements[-1]
