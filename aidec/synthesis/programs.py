"""Random programs that compute something: well-typed, they end, and what they print tells what they did.

Their constructs are declared in ``programs.yaml``, as forms: texts of Lua with holes, which are filled by type. Names
and texts are words that nobody uses, so that no memory of public code helps.

    >>> made = Generator("1", {"size": [1, 1], "functions": [0, 0], "weights": {"print.int": 1000}}).main()
    >>> made == Generator("1", {"size": [1, 1], "functions": [0, 0], "weights": {"print.int": 1000}}).main()
    True
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aidec.synthesis.declarations import TYPES, Form, Hole, check_knobs, choices_of, declared, forms
from aidec.synthesis.words import Words

PARAMETERS = ("int", "int", "str", "list", "map")
"""The types of parameters, each as often as it is drawn."""

MOST_FORMS = 20_000
"""With so many forms a program has no more that nest, whatever the knobs are."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable in scope: its name, its type, and whether it may be assigned, or grow."""

    name: str
    kind: str
    is_free: bool = True


@dataclass(slots=True)
class Scope:
    """What a place in a function sees.

    Attributes:
        variables: the variables, the innermost last.
        loops: how many loops are around.
        depth: how many blocks are around.
        results: the types of what the function returns; None in the main function.
        frozen: the types whose variables do not grow here.
    """

    variables: list[Variable]
    loops: int = 0
    depth: int = 0
    results: Sequence[str] | None = None
    frozen: frozenset[str] = frozenset()

    def inside(self, variables: Sequence[Variable], *, depth: int = 0, loops: int = 0) -> Scope:
        """The scope of what stands inside, which sees more variables."""
        seen = [*self.variables, *variables]
        return replace(self, variables=seen, loops=self.loops + loops, depth=self.depth + depth)

    def names(self, kind: str, *, free: bool = False) -> list[str]:
        """The variables of a type that are seen, or of these those that may be assigned."""
        seen = {variable.name: variable for variable in self.variables}
        found = [each for each in seen.values() if each.kind == kind]
        return [each.name for each in found if not free or (each.is_free and kind not in self.frozen)]


@dataclass(frozen=True, slots=True)
class Function:
    """A program that is one global function, before which local functions stand that it may call.

    Attributes:
        name: the name of the function.
        parameters: the types of its parameters.
        text: the program.
    """

    name: str
    parameters: list[str]
    text: str


class Generator:
    """Makes programs.

    Args:
        seed: what decides, together with the knobs.
        knobs: the settings that differ from those of ``programs.yaml``; ``weights`` has the constructs that differ.
        required: forms of expressions and statements, of each of which the main function has one, where it can stand.

    Raises:
        SynthesisError: there is no such knob or construct.
    """

    def __init__(self, seed: str, knobs: Mapping[str, Any] | None = None, required: Sequence[Form] = ()) -> None:
        check_knobs(knobs or {})
        self.rng = random.Random(seed)  # noqa: S311 -- nothing here is secret
        self.knobs: dict[str, Any] = {**declared()["knobs"], **(knobs or {})}
        self.word = Words(self.rng).new
        self.fields = [self.word() for _ in range(4)]
        self.texts = [f'"{self.word()}"' for _ in range(6)]
        self.required = required
        self.num_forms = 0
        self.functions: list[tuple[str, list[str]]] = []

    # Whole programs

    def main(self) -> str:
        """A program that prints what it computes."""
        texts = [self.many_constants()] if self.knobs["constants"] else []
        texts += self.local_functions()
        scope = Scope([])
        texts += [self.declaration(kind, scope) for kind in TYPES if self.knobs["weights"].get(f"local.{kind}") != 0]
        statements: list[Form | None] = [None] * self.drawn("size")
        for form in self.required:
            statements.insert(self.rng.randint(0, len(statements)), form)
        texts += [self.one(form, scope) if form else self.statement(scope) for form in statements]
        texts += [self.printed(variable, scope) for variable in {each.name: each for each in scope.variables}.values()]
        return "\n".join(texts)

    def function(self) -> Function:
        """A program that is one global function."""
        texts = self.local_functions()
        name, kinds = self.word(), self.parameters()
        results = [self.rng.choice(("int", "str", "list", "map", "bool")) for _ in range(self.rng.randint(1, 3))]
        texts.append(self.function_text(f"function {name}", kinds, results))
        return Function(name, kinds, "\n".join(texts))

    def local_functions(self) -> list[str]:
        """The texts of the functions before the main one."""
        texts = []
        for _ in range(self.drawn("functions")):
            name, kinds = self.word(), self.parameters()
            texts.append(self.function_text(f"local function {name}", kinds, ["int"]))
            self.functions.append((name, kinds))
        return texts

    def function_text(self, head: str, kinds: list[str], results: list[str]) -> str:
        """The text of a function."""
        scope = Scope([Variable(self.word(), kind) for kind in kinds], results=results)
        parameters = ", ".join(variable.name for variable in scope.variables)
        lines = [f"{head}({parameters})"]
        lines += [self.declaration(kind, scope) for kind in dict.fromkeys(results)]
        lines += [self.statement(scope) for _ in range(self.drawn("function_size"))]
        return "\n".join([*lines, f"return {self.results(scope)}", "end"])

    def many_constants(self) -> str:
        """A table of as many constants as the knob says."""
        name, number = self.word(), self.knobs["constants"]
        items = ", ".join(str(1000 + index) for index in range(number))
        return f"local {name} = {{{items}}}\nprint(#{name}, {name}[{number}])"

    def printed(self, variable: Variable, scope: Scope) -> str:
        """A statement that prints a variable."""
        form = self.chosen(f"printed {variable.kind}", scope)
        fields = ", ".join(f"{variable.name}.{each}" for each in self.fields)
        return self.filled(form, scope, x=variable.name, fields=fields)

    def parameters(self) -> list[str]:
        """The types of the parameters of a function."""
        return [self.rng.choice(PARAMETERS) for _ in range(self.drawn("width"))]

    def drawn(self, knob: str) -> int:
        """A number between the two of a knob."""
        least, most = self.knobs[knob]
        return self.rng.randint(least, most)

    # Forms

    def declaration(self, kind: str, scope: Scope) -> str:
        """A statement that declares a variable of a type."""
        return self.filled(next(form for form in forms()["statements"] if form.name == f"local.{kind}"), scope)

    def statement(self, scope: Scope) -> str:
        """A statement, with or without blocks inside."""
        can_nest = (
            scope.depth < self.knobs["depth"]
            and self.num_forms < MOST_FORMS
            and self.rng.random() < self.knobs["nesting"]
        )
        return self.filled(self.chosen("blocks" if can_nest else "statements", scope), scope)

    def one(self, form: Form, scope: Scope) -> str:
        """A statement that has a form; another where the form can't stand."""
        if not self.can_stand(form, scope, -1):
            return self.statement(scope)
        kind = next(section for section, named in forms().items() if form in named)
        if kind not in TYPES:
            return self.filled(form, scope)
        name, value = self.word(), self.filled(form, scope)
        scope.variables.append(Variable(name, kind))
        return f"local {name} = {value}"

    def expression(self, scope: Scope, kind: str, depth: int = 0) -> str:
        """An expression of a type."""
        names = scope.names(kind)
        if names and (depth > self.knobs["expression_depth"] or self.rng.random() < self.knobs["reuse"]):
            return self.rng.choice(names)
        return self.filled(self.chosen(kind, scope, depth), scope, depth + 1)

    def chosen(self, section: str, scope: Scope, depth: int = -1) -> Form:
        """A form of a section that is drawn of those that can stand here; -1 is the depth of what is no expression."""
        given = self.knobs["weights"]
        weighted = [(form, float(given.get(form.name, form.weight))) for form in forms()[section]]
        usable = [(form, weight) for form, weight in weighted if weight and self.can_stand(form, scope, depth)]
        if usable:
            return self.rng.choices([form for form, _ in usable], [weight for _, weight in usable])[0]
        if section == "blocks":
            return self.chosen("statements", scope)
        named = forms()[section]  # of which one must stand here
        return next((form for form in named if self.can_stand(form, scope, depth)), named[0])

    def can_stand(self, form: Form, scope: Scope, depth: int) -> bool:
        """Whether a form has what it needs at a place."""
        is_deep = depth >= self.knobs["expression_depth"] or (depth >= 0 and self.num_forms > MOST_FORMS)
        if is_deep and not form.is_leaf:
            return False
        if (form.loop and not scope.loops) or (form.outside and scope.loops):
            return False
        if (form.function and scope.results is None) or (form.is_loop and scope.loops >= self.knobs["loops"]):
            return False
        if form.has_call and not self.functions:
            return False
        return all(scope.names(kind) for kind in form.reads) and all(
            len(scope.names(kind, free=True)) >= number for kind, number in form.changes.items()
        )

    def filled(self, form: Form, scope: Scope, depth: int = 0, **bound: str) -> str:
        """The text of a form, each of whose holes is filled; what it declares is in scope after it."""
        self.num_forms += 1
        inner = replace(scope, frozen=scope.frozen | form.freezes)
        text = "".join(
            piece if isinstance(piece, str) else self.fill(piece, inner, bound, depth) for piece in form.pieces
        )
        scope.variables += [Variable(bound[name], kind) for name, kind in form.declares.items()]
        return text

    def fill(self, hole: Hole, scope: Scope, bound: dict[str, str], depth: int) -> str:
        """What stands in a hole.

        Args:
            hole: the hole.
            scope: what is seen there.
            bound: the names in the form so far; more are added.
            depth: how deep the expressions inside are nested.
        """
        kind, argument = hole
        if kind in bound:
            return bound[kind]
        if kind in TYPES:
            return self.expression(scope.inside(_declarations(argument, bound)), kind, depth)
        if kind == "ints":
            return ", ".join(self.expression(scope, "int", depth) for _ in range(self.drawn("width")))
        if kind in ("block", "loop"):
            return self.body(scope.inside(_declarations(argument, bound), depth=1, loops=int(kind == "loop")))
        return self.fill_word(hole, scope, bound)

    def fill_word(self, hole: Hole, scope: Scope, bound: dict[str, str]) -> str:  # noqa: PLR0911
        """What stands in a hole that has no code inside."""
        kind, argument = hole
        match kind:
            case "word":
                bound[argument] = self.word()
                return bound[argument]
            case "var" | "read":
                return self.variable(scope, argument, bound, free=kind == "var")
            case "lit":
                least, most = map(int, argument.split(","))
                return str(self.rng.randint(least, most))
            case "pick" | "number" | "binary" | "unary":
                return self.rng.choice(choices_of(hole))
            case "field":
                return self.rng.choice(self.fields)
            case "text":
                return self.rng.choice([*self.texts, str(self.rng.choice(declared()["texts"]))])
            case "results":
                return self.results(scope)
            case "call":
                return self.call(scope)
        raise ValueError(f"programs.yaml: there is no hole ${kind}")

    def body(self, scope: Scope) -> str:
        """The statements of a block, or of a loop."""
        return "\n".join(self.statement(scope) for _ in range(self.drawn("block_size")))

    def variable(self, scope: Scope, argument: str, bound: dict[str, str], *, free: bool) -> str:
        """A variable, which the form has under a name from now on, and not twice."""
        kind, _, name = argument.partition(":")
        chosen = self.rng.choice([each for each in scope.names(kind, free=free) if each not in bound.values()])
        if name:
            bound[name] = chosen
        return chosen

    def results(self, scope: Scope) -> str:
        """What the function around returns, variables where there are some."""
        names = [(kind, scope.names(kind)) for kind in scope.results or ()]
        return ", ".join(self.rng.choice(each) if each else self.expression(scope, kind) for kind, each in names)

    def call(self, scope: Scope) -> str:
        """A call of a function that was made before."""
        name, kinds = self.rng.choice(self.functions)
        depth = self.knobs["expression_depth"]  # so that calls do not stand in the arguments of calls
        return f"{name}({', '.join(self.expression(scope, kind, depth) for kind in kinds)})"

    # Arguments

    def arguments(self, kinds: Sequence[str]) -> str:
        """Arguments of the types of parameters, as Lua expressions of values."""
        return ", ".join(self.argument(kind) for kind in kinds)

    def argument(self, kind: str) -> str:
        """An argument of a type of parameters."""
        if kind == "str":
            return self.rng.choice([*self.texts, '""', f'"{self.word()}"'])
        if kind == "int":
            return str(self.rng.choice((0, 1, 2, 3, 5, 8, 12, -1, -7, 40, 100)))
        if kind == "list":
            return "{" + ", ".join(str(self.rng.randint(-9, 30)) for _ in range(self.rng.randint(0, 6))) + "}"
        names = self.rng.sample(self.fields, self.rng.randint(0, 3))
        return "{" + ", ".join(f"{name} = {self.rng.randint(-9, 30)}" for name in names) + "}"


def _declarations(argument: str, bound: Mapping[str, str]) -> list[Variable]:
    """The variables that the words of a hole, such as ``i:int,v:int``, declare inside it; none may be assigned."""
    pairs = (each.split(":") for each in argument.split(",") if each)
    return [Variable(bound.get(name, name), kind, is_free=False) for name, kind in pairs]
