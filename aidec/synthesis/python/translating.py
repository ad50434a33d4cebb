"""A function of Python and what it needs, as a chunk of Lua that returns the function."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from aidec.lua.node import Comments, Node, rewrite
from aidec.lua.nodes import Block, Main, Name, Number, Unary
from aidec.synthesis.python.base import Frame, Variable
from aidec.synthesis.python.build import call, give
from aidec.synthesis.python.classes import Classes
from aidec.synthesis.python.refusals import RefusalError, refuse
from aidec.synthesis.python.runtime import names_in, needed
from aidec.synthesis.python.scopes import scope_of
from aidec.synthesis.python.types import Type
from aidec.synthesis.python.units import Unit

ROUNDS = 12
"""How often the code is gone through, at most, until all types are known."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of a unit.

    Attributes:
        tree: the chunk, with the functions of the runtime that it uses in front.
        runtime: how many of its statements are of the runtime.
        parameters: the types of the function's parameters.
        result: the type of what it returns.
    """

    tree: Main
    runtime: int
    parameters: dict[str, Type]
    result: Type


class Translator(Classes):
    """Goes through a unit in rounds."""

    def translate(self, unit: Unit, types: Mapping[str, Type]) -> Translation:
        """The chunk of a unit, where the parameters have some types.

        Raises:
            RefusalError: something is outside the subset.
        """
        self.modules = unit.modules
        self.bases = {ast.unparse(base) for each in unit.body if isinstance(each, ast.ClassDef) for base in each.bases}
        for name, type_ in types.items():
            self.cell(unit.function, f"parameter {name}").add(type_)
        before = ""
        for _ in range(ROUNDS):
            self._round(unit.body)
            now = " ".join(f"{cell.type}" for cell in self.cells.values())
            if now == before:
                break
            before = now
        else:
            refuse(unit.function, "its types do not settle", "types that do not settle")
        self.reserved = names_in(Block(self.out)) & self.reserved
        self.is_last = True
        self._round(unit.body)
        return self._finished(unit)

    def _round(self, body: list[ast.stmt]) -> None:
        """Go through all code once."""
        self.out, self.loops, self.caught = [], [], []
        self.loop_count = 0
        scope = scope_of(body, [])
        frame = Frame(scope=scope)
        for name in scope.names:
            frame.variables[name] = Variable(self.safe_name(name), self.cell(body[0], f"global {name}"))
        for each in body:
            if isinstance(each, ast.ClassDef):
                frame.variables.pop(each.name, None)
        self.frames = [frame]
        self.statements(body)

    def _finished(self, unit: Unit) -> Translation:
        variable = self.frames[0].variables[unit.name]
        signature = self.local_functions[id(variable.cell)]
        if signature.rest is not None:
            refuse(unit.function, "*args of a function that is called from outside", "*args of the function itself")
        statements = [*self.out, give(Name(variable.name))]
        rewrite(Block(statements), _with_signs)
        runtime = needed(self.reserved)  # by names in the last round a variable could be taken for a function
        if runtime:
            first = statements[0].comments or Comments()
            statements[0].comments = Comments([b"", *first.before], first.after)
        cells = zip(signature.parameters, signature.cells, strict=True)
        parameters = {name: cell.type for name, cell in cells}
        return Translation(Main(Block([*runtime, *statements])), len(runtime), parameters, self.result_of(signature))


def _with_signs(node: Node) -> Node:
    """Negative numbers as operations; a literal of Lua has no sign."""
    if isinstance(node, Number) and isinstance(node.value, int) and node.value < 0:
        return call("math.mininteger").function if node.value == -(2**63) else Unary("-", Number(-node.value))
    return node


def translate(unit: Unit, types: Mapping[str, Type]) -> Translation:
    """The chunk of a unit, where the parameters have some types.

    Raises:
        RefusalError: something is outside the subset.
    """
    words = {each.id for part in unit.body for each in ast.walk(part) if isinstance(each, ast.Name)}
    words |= {each.arg for part in unit.body for each in ast.walk(part) if isinstance(each, ast.arg)}
    words |= {
        each.name for part in unit.body for each in ast.walk(part) if isinstance(each, ast.FunctionDef | ast.ClassDef)
    }
    translator = Translator(words)
    translator.local_functions, translator.current_class = {}, None
    try:
        return translator.translate(unit, types)
    except RecursionError:
        raise RefusalError(unit.function, "code that nests too deep") from None
