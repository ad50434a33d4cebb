"""Items of rewrites: each is proven to keep what it claims, by compiling it, or by running it and the original."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from aidec.bytecode import Proto
from aidec.common.errors import AidecError
from aidec.common.json_values import bytes_to_json
from aidec.decompiler.proof import difference
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.building import build_tasks
from aidec.evaluation.model import Task
from aidec.evaluation.tasks import chunk_of
from aidec.lua.runner import Runner
from aidec.sources import Document
from aidec.synthesis.items import Made, opcodes_of
from aidec.synthesis.registry import find
from aidec.synthesis.rewriting import Rewrite, Unit
from aidec.version import __version__


@dataclass(frozen=True)
class Rewriting:
    """Makes the items of sources: one for each rewrite that has something to do there and keeps what it claims.

    Attributes:
        names: the names of the rewrites; none for all.
        seed: what decides, with the id of the task and the rewrite.
        by: what is rewritten of a source: each ``function``, or the whole ``file``.
    """

    names: tuple[str, ...]
    seed: int
    by: str = "function"

    def __call__(self, documents: Sequence[Document]) -> Iterator[Made]:
        """The items of each source."""
        rewrites = find(self.names)
        for document in documents:
            made, problems = Made(), list[str]()
            for task in build_tasks(document, problems.append, by=self.by):
                for rewrite in rewrites:
                    self._add(made, document, task, rewrite)
            made.rejected.update(dict.fromkeys(problems, 1))
            yield made

    def _add(self, made: Made, document: Document, task: Task, rewrite: Rewrite) -> None:
        """Add the item of a rewrite, or the reason why there is none."""
        name = f"rewrite/{rewrite.name}/{self.seed}-{task.id}"
        rng = random.Random(name)  # noqa: S311 -- nothing here is secret
        try:
            unit = Unit(task.source or b"", rng, is_function=task.is_function)
            before = unit.source(unit.text)
            after = rewrite.done(unit)
        except AidecError as error:
            made.rejected[f"{rewrite.name}: {error}"] += 1
            return
        if after is None or after == before:
            return
        proof, why = self.proven(task, before, after, rewrite.keeps)
        if proof is None:
            made.rejected[f"{rewrite.name}: {why}"] += 1
            return
        made.rows.append(
            {
                "id": name,
                "kind": "rewrite",
                "seed": self.seed,
                "rewrite": rewrite.name,
                "keeps": rewrite.keeps,
                "proven_by": proof,
                "code": bytes_to_json(before),
                "rewritten": bytes_to_json(after),
                "upvalues": list(task.upvalues) if task.is_function else None,
                "tags": list(task.tags),
                "opcodes": opcodes_of(self._main(task, after)),
                "provenance": {
                    "made_by": f"aidec {__version__}",
                    "command": "synth rewrite",
                    "origin": task.origin,
                    "licence": document.licence,
                    "repository": document.repository,
                },
            }
        )

    def proven(self, task: Task, before: bytes, after: bytes, keeps: str) -> tuple[str | None, str]:
        """What proves that a rewritten source does the same, ``bytecode`` or ``behaviour``; or None, and why.

        Raises:
            SandboxError: nothing can be run.
        """
        try:
            protos = self._main(task, before), self._main(task, after)
        except AidecError:
            return None, "does not compile"
        if _is_same(*protos):
            return "bytecode", ""
        if keeps == "bytecode":
            return None, "other bytecode"
        score, note = self._behaviour.score(task, after)
        if score is None:
            return None, "behaviour can't be told"
        return ("behaviour", "") if score == 1.0 else (None, f"other behaviour: {note}")

    def _main(self, task: Task, text: bytes) -> Proto:
        return chunk_of(text, task.upvalues if task.is_function else None).main

    @cached_property
    def _behaviour(self) -> Behaviour:
        """Made once for a process, where it is used."""
        return Behaviour(Runner(1, deterministic=True), seed=self.seed)


def _is_same(one: Proto, two: Proto) -> bool:
    """Whether two functions, with those inside them, are the same but for debug information."""
    waiting = [(one, two)]
    while waiting:
        mine, theirs = waiting.pop()
        if difference(mine, theirs, is_alone=True) is not None or len(mine.protos) != len(theirs.protos):
            return False
        waiting += zip(mine.protos, theirs.protos, strict=True)
    return True
