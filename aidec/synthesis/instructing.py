"""Items of proposals: each solution passes its tests, whose results are compared outside of it, and is new.

The tests are calls with expected results, which the solution never sees (docs/explanation/unforgeable.md). They must
fail for a mutant of the solution, or they test nothing.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from aidec.bytecode import Proto, load
from aidec.bytecode.fingerprint import NUM_PERM, signature
from aidec.common.errors import CompileError
from aidec.common.json_values import bytes_from_json, bytes_to_json
from aidec.dataset.duplicates import Signatures
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.model import Prediction, Task
from aidec.evaluation.observation import ArgumentsError
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.printer import to_source
from aidec.lua.runner import Limits, Runner
from aidec.lua.tree import parse
from aidec.synthesis.asserting import program_of
from aidec.synthesis.breaking import VARIED
from aidec.synthesis.items import Made
from aidec.synthesis.mutants import mutants_of
from aidec.synthesis.proposals import Proposal, RefusedError, Wish, proposal_of
from aidec.version import __version__

LIMITS = Limits(cpu=0.6, wall=60.0, memory=128 << 20, output=2 << 20)
"""What a mutant may use for all tests; a solution may use half of it."""

MOST_MUTANTS = 16
"""How many mutants of a solution are tried, drawn from all."""

SIMILAR = 0.8
"""How similar the bytecode of two solutions is, at least, if one of them is not new."""

UNTOLD = "what it does can't be told"
NO_PROGRAM = "its tests fail as a program"
VARIES = "depends on the order of pairs, the time, or random numbers"
REASONS = {
    "the test expects": "its tests pass alone, and not one after the other",
    "differs from run to run": "differs from run to run",
}
"""Why a solution is not kept that passes each test, by words in the note on it; else ``UNTOLD``."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to judge.

    Attributes:
        wish: what was asked for.
        prediction: the answer.
    """

    wish: Wish
    prediction: Prediction


@dataclass(frozen=True)
class Judging:
    """Makes the items of answers, new or not.

    Attributes:
        seed: the seed.
        model: the name of the model.
    """

    seed: int
    model: str

    def __call__(self, answers: Sequence[Answered]) -> Iterator[Made]:
        """The item of each answer, or why there is none."""
        for answer in answers:
            try:
                yield Made([self._row(answer)])
            except RefusedError as error:
                yield Made(rejected=Counter([str(error)]))

    def _row(self, answer: Answered) -> dict[str, Any]:
        prediction, wish = answer.prediction, answer.wish
        if prediction.failure is not None:
            raise RefusedError(f"no answer: {prediction.failure}")
        proposal = proposal_of(prediction.completion)
        try:
            tree = parse(proposal.code, resolved=False)
        except CompileError:
            raise RefusedError("does not compile") from None
        self._check(proposal, prediction.task)
        program = self._program(proposal)
        killed, survived = self._mutants(proposal, prediction.task, to_source(tree))
        main, syntax = load(compile_source(proposal.code)).main, Syntax(proposal.code, tree, 0)
        return {
            "id": prediction.task,
            "kind": "instruct",
            "seed": self.seed,
            "topic": wish.topic,
            "level": wish.level,
            "form": wish.form,
            "task": proposal.task,
            "code": bytes_to_json(proposal.code),
            "tests": bytes_to_json(program),
            "calls": [test.to_json() for test in proposal.tests],
            "mutants": {"killed": killed, "survived": survived},
            "tags": list(tags_of(main, tree.walk(), max(counted.depth for counted in in_tree(syntax)))),
            "provenance": {
                "made_by": f"aidec {__version__}",
                "command": "synth instruct",
                "origin": f"{self.model}: {wish.topic}",  # by which splits keep a topic together
                "licence": None,
                "repository": "",
                "model": self.model,
                "tokens": prediction.tokens,
            },
        }

    def _check(self, proposal: Proposal, name: str) -> None:
        """Make sure that a solution passes each test by itself, and all of them one after the other.

        Raises:
            RefusedError: it does not.
        """
        for test in proposal.tests:
            try:
                score, _ = self._behaviour.score(Task(name, b"", tests=(test,)), proposal.code)
            except ArgumentsError:
                score = None
            if score != 1.0:
                raise RefusedError("tests: one has no values that can be told" if score is None else "fails its tests")
        score, note = self._behaviour.score(Task(name, b"", proposal.code, tests=proposal.tests), proposal.code)
        if score is None or note:
            raise RefusedError(next((why for words, why in REASONS.items() if words in note), UNTOLD))

    def _program(self, proposal: Proposal) -> bytes:
        """The tests as a program, which the solution passes, also where ``pairs`` walks backwards and time has passed.

        Raises:
            RefusedError: it does not.
        """
        try:
            program = program_of(proposal.tests)
        except CompileError:  # such as a field with the name of a keyword
            raise RefusedError(NO_PROGRAM) from None
        for before, problem in (b"", NO_PROGRAM), (VARIED, VARIES):
            files = {"main.lua": proposal.code}
            result = self._runner.run(before + program, files=files, limits=LIMITS, name="=tests")
            if result.status != "ok" or result.may_differ:
                raise RefusedError(VARIES if result.may_differ else problem)
        return program

    def _mutants(self, proposal: Proposal, name: str, code: bytes) -> tuple[int, int]:
        """How many mutants of a solution, in the canonical layout, fail its tests, and how many pass them.

        Raises:
            RefusedError: none fails them.
        """
        rng = random.Random(name)  # noqa: S311 -- nothing here is secret
        task = Task(name, b"", tests=proposal.tests)
        killed = survived = 0
        for mutant in mutants_of(code, lambda number: rng.sample(range(number), min(number, MOST_MUTANTS))):
            score, _ = self._behaviour.score(task, mutant.code)
            killed, survived = killed + (score != 1.0), survived + (score == 1.0)
        if not killed:
            raise RefusedError("its tests fail for no mutant" if survived else "it has nothing to change in a mutant")
        return killed, survived

    @cached_property
    def _behaviour(self) -> Behaviour:
        """Made once for a process, where it is used."""
        return Behaviour(self._runner, limits=LIMITS, seed=self.seed)

    @cached_property
    def _runner(self) -> Runner:
        return Runner(1, deterministic=True)


class Novelty:
    """Keeps items that are new: neither their task nor their bytecode is near that of one kept before."""

    def __init__(self) -> None:
        self._tasks: set[tuple[str, ...]] = set()
        self._signatures = np.zeros((0, NUM_PERM), dtype=np.uint32)

    def __call__(self, batch: Sequence[Made]) -> Iterator[Made]:
        """What is kept of each, in order."""
        for made in batch:
            kept = Made(rejected=made.rejected.copy())
            for row in made.rows:
                if problem := self._problem(row):
                    kept.rejected[problem] += 1
                else:
                    kept.rows.append(row)
            yield kept

    def _problem(self, row: dict[str, Any]) -> str:
        """Why an item is not new; empty if it is, and it is known from now on."""
        words = tuple(_WORD.findall(row["task"].casefold()))
        if words in self._tasks:
            return "not new: the task of another item"
        mine = signature(self._main(row))[np.newaxis]
        nearest = Signatures(mine, SIMILAR)
        nearest.compare(self._signatures)
        if nearest.is_similar[0]:
            return "not new: near the code of another item"
        self._tasks.add(words)
        self._signatures = np.concatenate([self._signatures, mine])
        return ""

    @staticmethod
    def _main(row: dict[str, Any]) -> Proto:
        return load(compile_source(bytes_from_json(row["code"]))).main
