"""Items of Python: each function with its Lua, proven by the same calls in CPython and in Lua."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aidec.bytecode import load
from aidec.common.errors import AidecError, SynthesisError
from aidec.common.json_values import bytes_to_json
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.printer import to_source
from aidec.sources import Document
from aidec.synthesis.items import Made, opcodes_of
from aidec.synthesis.python.calls import Call, drawn_calls, hypotheses, python_text
from aidec.synthesis.python.refusals import RefusalError
from aidec.synthesis.python.running import Interpreters, Outcome
from aidec.synthesis.python.translating import Translation, translate
from aidec.synthesis.python.types import Type
from aidec.synthesis.python.units import Module, Unit
from aidec.synthesis.python.values import to_lua
from aidec.version import __version__

MOST_RUNS = 4
"""How many choices of types are run for parameters without annotations."""

SHOWN_TYPE_ERRORS = ("!TypeError", "!AttributeError")
"""Outcomes that say that a choice of types was wrong, if most calls have them."""

BEYOND = ("!beyond", "!complex")
"""Outcomes of Lua where Python's result has no place in it, such as an integer beyond 64 bits."""


@dataclass(frozen=True)
class Translating:
    """Makes the items of Python sources: one for each function that is in the subset and does the same in Lua.

    Attributes:
        seed: what decides on the calls, with the id of the function.
        calls: how many calls of a function are made, at most.
    """

    seed: int
    calls: int = 30

    def __call__(self, documents: Sequence[Document]) -> Iterator[Made]:
        """The items of each source."""
        for document in documents:
            yield self.made(document)

    def made(self, document: Document) -> Made:
        """The items of a source, and why others are none.

        Raises:
            SandboxError: nothing can be run.
        """
        made = Made()
        try:
            module = Module.parse(document.data.decode())
        except (SyntaxError, ValueError) as error:
            made.rejected[f"is no Python source: {type(error).__name__}"] += 1
            return made
        for function in module.functions():
            try:
                made.rows.append(self._row(document, module.unit(function)))
            except RefusalError as error:
                made.rejected[f"refused: {error.reason}"] += 1
            except SynthesisError as error:
                made.rejected[str(error)] += 1
        return made

    def refusals(self, document: Document) -> Iterator[tuple[str, RefusalError]]:
        """The functions that are refused, by their names, each with the place and the reason."""
        try:
            module = Module.parse(document.data.decode())
        except (SyntaxError, ValueError):
            return
        for function in module.functions():
            try:
                unit = module.unit(function)
                self._translated(unit)
            except RefusalError as error:
                yield function.name, error

    def _translated(self, unit: Unit) -> list[tuple[dict[str, Type], Translation]]:
        """The translations of a function, for each choice of types that has one, up to a few.

        Raises:
            RefusalError: there is none; what is told is the refusal farthest down.
        """
        found: list[tuple[dict[str, Type], Translation]] = []
        refusals: list[RefusalError] = []
        for types in hypotheses(unit):
            try:
                translation = translate(unit, types)
            except RefusalError as error:
                refusals.append(error)
                continue
            found.append((translation.parameters, translation))
            if len(found) == MOST_RUNS:
                break
        if not found:
            raise max(refusals, key=lambda error: error.line)
        return found

    def _row(self, document: Document, unit: Unit) -> dict[str, Any]:
        """The item of a function.

        Raises:
            RefusalError: it is outside the subset.
            SynthesisError: it is, but no call shows it, or one shows another result.
        """
        name = f"python/{self.seed}-{document.origin}:{unit.name}"
        for types, translation in self._translated(unit):
            code = to_source(translation.tree)
            try:
                main = load(compile_source(code)).main
            except AidecError as error:
                raise SynthesisError(f"does not compile: {str(error)[:60]}") from error
            calls = drawn_calls(unit, types, self.calls, name)
            kept, _ = self._interpreters.in_python(unit, calls)
            wrong = sum(outcome.told in SHOWN_TYPE_ERRORS for _, outcome in kept)
            if not any(outcome.told.startswith("=") for _, outcome in kept) or wrong * 2 > len(kept):
                continue
            kept = self._compared(code, kept)
            syntax = Syntax(code, translation.tree, 0)
            tags = tags_of(main, translation.tree.walk(), max(counted.depth for counted in in_tree(syntax)))
            return {
                "id": name,
                "kind": "python",
                "seed": self.seed,
                "function": unit.name,
                "python": unit.source,
                "code": bytes_to_json(code),
                "parameters": {each: str(type_) for each, type_ in types.items()},
                "result": str(translation.result),
                "calls": [_shown(unit, call, outcome) for call, outcome in kept],
                "tags": list(tags),
                "opcodes": opcodes_of(main),
                "provenance": {
                    "made_by": f"aidec {__version__}",
                    "command": "synth python",
                    "origin": f"{document.origin}:{unit.function.lineno}",
                    "licence": document.licence,
                    "repository": document.repository,
                },
            }
        raise SynthesisError("no call returns a value")

    def _compared(self, code: bytes, kept: list[tuple[Call, Outcome]]) -> list[tuple[Call, Outcome]]:
        """The calls, each of which comes to the same in Lua; without those that Lua says are beyond what it does.

        Raises:
            SynthesisError: a call comes to something else.
        """
        outcomes = self._interpreters.in_lua(code, [call for call, _ in kept])
        if len(outcomes) < len(kept):
            raise SynthesisError("does not end in Lua")
        compared = []
        for (call, wanted), found in zip(kept, outcomes, strict=True):
            if found.told in BEYOND:
                continue
            if wanted != found:
                raise SynthesisError(f"another result: {_difference(wanted, found)}")
            compared.append((call, wanted))
        if not compared:
            raise SynthesisError("no call returns a value")
        return compared

    @cached_property
    def _interpreters(self) -> Interpreters:
        """Made once for a process, where they are used."""
        return Interpreters()


def _difference(wanted: Outcome, found: Outcome) -> str:
    if wanted.told != found.told:
        kinds = [told if told.startswith("!") else "a value" for told in (wanted.told, found.told)]
        return f"{kinds[0]} in Python, {kinds[1]} in Lua"
    return "the arguments after the call"


def _shown(unit: Unit, call: Call, outcome: Outcome) -> dict[str, Any]:
    """A call as an item has it."""
    lua = ", ".join(to_source(to_lua(value)).decode("latin-1") for value in call.arguments)
    shown = {"python": python_text(unit, call), "lua": f"{unit.name}({lua})"}
    shown["result" if outcome.told.startswith("=") else "raises"] = outcome.told[1:]
    return shown
