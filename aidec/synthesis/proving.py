"""Items of properties: functions whose claims hold, and mutants with the smallest inputs for which one fails."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from aidec.bytecode import load
from aidec.common.errors import SynthesisError
from aidec.common.json_values import bytes_to_json
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.tree import parse
from aidec.synthesis.claims import Function, Property
from aidec.synthesis.drawing import HYPOTHESIS, Values, draw, smallest
from aidec.synthesis.inputs import spelled
from aidec.synthesis.items import Made
from aidec.synthesis.lab import Lab, Subject
from aidec.synthesis.mutants import Mutant, mutants_of
from aidec.version import __version__

ORIGINAL, MUTANT = 1, 2
"""The numbers that functions have in the lab."""

BAD = {"fails", "broken"}
"""What the claim of a mutant comes to where it is caught."""


@dataclass(frozen=True)
class Proving:
    """Makes the items of functions: one for each property that holds, and one for each mutant that is caught.

    Attributes:
        seed: what decides, with the names of the function and the property.
        runs: how many inputs are drawn for each property.
        examples: how many calls an item has at most.
        mutants: how many mutants of a function are tried at most.
    """

    seed: int
    runs: int = 100
    examples: int = 8
    mutants: int = 10

    def __call__(self, functions: Sequence[Function]) -> Iterator[Made]:
        """The items of each function."""
        for function in functions:
            made = Made()
            try:
                self._add(made, function)
            except SynthesisError as error:
                made.rejected[f"{function.name}: {error}"] += 1
                self._lab.close()  # it may have ended; the next function gets another
                del self.__dict__["_lab"]
            yield made

    def _add(self, made: Made, function: Function) -> None:
        trials = list[Trial]()
        self._lab.take(ORIGINAL, subject(function, function.code))
        drawn: dict[str, list[Values]] = {}  # for properties with the same inputs together, since drawing takes longest
        for number, item in enumerate(function.properties):
            trial = Trial(self, function, item, self._lab, drawn)
            row, why = trial.row(number)
            if row is None:
                made.rejected[f"{function.name}, {item.name}: {why}"] += 1
            else:
                made.rows.append(row)
                trials.append(trial)
        if not trials:
            return
        for mutant in self._chosen(function):
            row, why = self._caught(function, mutant, trials)
            if row is None:
                made.rejected[f"{function.name}, mutant with {mutant.change} in line {mutant.line}: {why}"] += 1
            else:
                made.rows.append(row)

    def _chosen(self, function: Function) -> list[Mutant]:
        """The mutants that are tried."""

        def order(count: int) -> list[int]:
            return sorted(range(count), key=lambda number: self.number(f"{function.name}/{number}"))

        return sorted(islice(mutants_of(function.code, order), self.mutants))

    def _caught(self, function: Function, mutant: Mutant, trials: Sequence[Trial]) -> tuple[dict[str, Any] | None, str]:
        """The item of a mutant for which a property fails; or None, and why."""
        self._lab.take(MUTANT, subject(function, mutant.code))
        for trial in trials:
            verdicts = trial.verdicts(MUTANT, trial.drawn)
            if "too long" in verdicts:  # such a claim is neither kept nor broken
                return None, "takes too long"
            if not BAD.isdisjoint(verdicts):
                return trial.counterexample(mutant)
        return None, "survives"

    def number(self, name: str) -> int:
        """A number that the seed and a name decide on."""
        return zlib.crc32(f"{self.seed}/{name}".encode())

    def row(self, function: Function, name: str, item: Property, code: bytes) -> dict[str, Any]:
        """What all items have."""
        return {
            "id": f"properties/{self.seed}-{name}",
            "kind": "properties",
            "seed": self.seed,
            "function": function.name,
            "doc": function.doc,
            "property": item.name,
            "law": item.law,
            "meaning": item.meaning,
            "claim": item.claim,
            "where": None if item.where == "true" else item.where,
            "except": None if item.excepted == "false" else item.excepted,
            "because": item.because or None,
            "with": item.brings or None,
            "code": bytes_to_json(code),
            "tags": tags(code),
            "inputs": list(item.inputs),
            "parameters": list(function.inputs),
            "call": function.call,
        }

    def provenance(self, function: Function) -> dict[str, Any]:
        """What made an item, and where its function is from."""
        return {
            "made_by": f"aidec {__version__}",
            "command": "synth properties",
            "inputs_by": HYPOTHESIS,
            "origin": function.origin,
            "licence": function.licence,
            "repository": None,
        }

    @cached_property
    def _lab(self) -> Lab:
        """Made once for a process, where it is used."""
        return Lab()


class Trial:
    """A property that is tried.

    Attributes:
        drawn: the inputs that were drawn.
    """

    def __init__(
        self, proving: Proving, function: Function, item: Property, lab: Lab, drawn: dict[str, list[Values]]
    ) -> None:
        self._proving, self._function, self._item, self._lab = proving, function, item, lab
        name = f"{function.name}({', '.join(f'{name}: {declared}' for name, declared in item.inputs.items())})"
        self._seed = proving.number(name)
        if name not in drawn:
            drawn[name] = draw(item.inputs, proving.runs, self._seed)
        self.drawn = drawn[name]

    def verdicts(self, number: int, inputs: Sequence[Values]) -> list[str]:
        """What the claim comes to for a function in the lab with inputs."""
        self._lab.claim(self._item.text(self._function.name))
        return [verdict for verdict, _ in self._lab.check(number, [spelled(*values) for values in inputs])]

    def row(self, number: int) -> tuple[dict[str, Any] | None, str]:
        """The item of the property with a number, if it holds for all that was drawn; or None, and why."""
        verdicts = self.verdicts(ORIGINAL, self.drawn)
        for verdict in ("broken", "fails", "too long"):
            if verdict in verdicts:
                found = self._smallest(ORIGINAL, {verdict})
                return None, f"{verdict} for {spelled(*found[0]).decode('utf-8', 'replace') if found else ''}"
        held = [values for values, verdict in zip(self.drawn, verdicts, strict=True) if verdict == "holds"]
        if not held:
            return None, "nothing was drawn for which it is claimed"
        name = f"{self._function.name}/{self._item.name.replace(' ', '-')}"
        return {
            **self._proving.row(self._function, name, self._item, self._function.code),
            "runs": len(held),
            "exceptions": verdicts.count("declared"),
            "examples": self._examples(held, number),
            "mutant": None,
            "change": None,
            "counterexample": None,
            "expected": None,
            "got": None,
            "simpler": None,
            "provenance": self._proving.provenance(self._function),
        }, ""

    def _examples(self, held: Sequence[Values], number: int) -> list[dict[str, Any]]:
        """Calls of the function and what they give, from short to long; properties with other numbers have others."""
        own = sorted(
            {spelled(*values[: len(self._function.inputs)]) for values in held}, key=lambda each: (len(each), each)
        )
        step = max(len(own) // max(self._proving.examples, 1), 1)
        chosen = own[number % step :: step][: self._proving.examples]
        pairs = zip(chosen, self._lab.call(ORIGINAL, chosen), strict=True)
        return [{"input": bytes_to_json(inputs), "output": bytes_to_json(result)} for inputs, result in pairs if result]

    def counterexample(self, mutant: Mutant) -> tuple[dict[str, Any] | None, str]:
        """The item of a mutant for which the property fails; or None, and why."""
        found = self._smallest(MUTANT, BAD)
        if found is None:
            return None, "takes too long"
        values, simpler = found
        own = spelled(*values[: len(self._function.inputs)])
        call = self._function.call
        expected, got = (self._lab.call(number, [own])[0] for number in (ORIGINAL, MUTANT))
        if not expected or expected == got:
            arguments, expected, got = self._lab.difference(MUTANT, ORIGINAL, spelled(*values))
            call = f"{self._function.name}({arguments.decode('utf-8', 'replace')})"
        if not got:
            return None, "no call that can be shown gives something else"
        name = f"{self._function.name}/mutant-{mutant.line}-{zlib.crc32(mutant.code):08x}"
        return {
            **self._proving.row(self._function, name, self._item, self._function.code),
            "call": call,
            "runs": None,
            "exceptions": None,
            "examples": None,
            "mutant": bytes_to_json(mutant.code),
            "change": f"line {mutant.line}: {mutant.change}",
            "counterexample": bytes_to_json(spelled(*values)),
            "expected": bytes_to_json(expected),
            "got": bytes_to_json(got),
            "simpler": simpler,
            "provenance": self._proving.provenance(self._function),
        }, ""

    def _smallest(self, number: int, bad: set[str]) -> tuple[Values, int] | None:
        """The smallest inputs for which the claim is bad; None if others that were tried take too long."""
        is_slow = False

        def fails(values: Values) -> bool:
            nonlocal is_slow
            ((verdict, _),) = self._lab.check(number, [spelled(*values)])
            is_slow |= verdict == "too long" and verdict not in bad
            return verdict in bad

        found = smallest(self._item.inputs, self._proving.runs, self._seed, fails)
        return None if is_slow else found


def subject(function: Function, code: bytes) -> Subject:
    """A function, or a mutant of it, for the lab."""
    return Subject(code, function.name, tuple(function.inputs), function.call, function.brings)


@lru_cache(maxsize=64)
def tags(code: bytes) -> list[str]:
    """The tags of a text of Lua."""
    tree = parse(code, resolved=False)
    depth = max(counted.depth for counted in in_tree(Syntax(code, tree, 0)))
    return list(tags_of(load(compile_source(code)).main, tree.walk(), depth))
