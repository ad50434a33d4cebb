"""Makes the tasks of this folder: ``constructs.jsonl`` and ``anonymised.jsonl``.

    python examples/tasks/make.py [constructs | anonymised]

``constructs.jsonl`` is made of ``constructs.lua``, a task for each function, with its tests.

``anonymised.jsonl`` is generated (``aidec/synthesis/programs.py``): functions that compute something, whose names and
strings are words that nobody uses, so that no memory of public code helps. A program becomes a task if it does the same
in each run, and if its tests find at least half of six changes of it. The seed decides on all.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent.parent / "tests"))

from check_behaviour import mutants

from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.building import build_tasks
from aidec.evaluation.model import Task, Test
from aidec.evaluation.tasks import write_tasks
from aidec.lua.printer import to_source
from aidec.lua.runner import Runner
from aidec.lua.tree import parse
from aidec.sources import Document
from aidec.synthesis.programs import Generator

SEED, NUMBER = 20261129, 100
"""The seed of the anonymised tasks, and how many there are."""

LENGTHS = 200, 1500
"""The shortest and the longest source of an anonymised task, in bytes."""

TESTS = 6
"""How many tests an anonymised task has."""

_SECTION = re.compile(r"^--- (\w+): .*\n((?:--[>!] .*\n)+)([\s\S]*?\n)\n?(?=^-- |^--- |\Z)", re.MULTILINE)
_TEST = re.compile(r"--> (\w+)\((.*?)\)(?: == (.*))?")
_CHANGE = re.compile(r"--! (.*) => (.*)")


@dataclass(frozen=True)
class Construct:
    """A function of ``constructs.lua``: its task, and a text of it that is wrong."""

    task: Task
    wrong: bytes


def constructs() -> Iterator[Construct]:
    """The functions of ``constructs.lua``, in their order."""
    for match in _SECTION.finditer((HERE / "constructs.lua").read_text("utf-8")):
        name, head, source = match.groups()
        tests = tuple(Test(*found.groups()) for found in map(_TEST.fullmatch, head.splitlines()) if found)
        change = next(found for found in map(_CHANGE.fullmatch, head.splitlines()) if found)
        if change[1] not in source:
            raise ValueError(f"{name}: {change[1]!r} is not in it")
        task = task_of(f"constructs/{name}", source.encode(), "examples/tasks/constructs.lua")
        yield Construct(replace(task, tests=tests), source.replace(change[1], change[2], 1).encode())


def task_of(name: str, source: bytes, origin: str) -> Task:
    """The task of a source."""
    problems: list[str] = []
    for task in build_tasks(Document(name, source), problems.append, by="file"):
        return replace(task, id=name, origin=origin)
    raise ValueError(f"{name}: {problems}")


def anonymised(seed: int = SEED) -> Iterator[Task]:
    """Tasks of random programs, without an end."""
    with Runner(processes=1, deterministic=True) as runner:
        behaviour = Behaviour(runner)
        for number in count():
            name = f"anonymised/{seed}-{number}"
            generator = Generator(name)
            made = generator.function()
            source = to_source(parse(made.text))
            if LENGTHS[0] <= len(source) <= LENGTHS[1]:
                arguments = {generator.arguments(made.parameters) for _ in range(3 * TESTS)}
                tests = tuple(Test(made.name, text) for text in sorted(arguments)[:TESTS])
                task = replace(task_of(name, source, f"examples/tasks/make.py, seed {seed}"), tests=tests)
                if is_telling(behaviour, task):
                    yield task


def is_telling(behaviour: Behaviour, task: Task) -> bool:
    """Whether a task does the same in each run, and its tests find at least half of six changes of it."""
    source = task.source or b""
    if behaviour.score(task, source) != (1.0, ""):
        return False
    found = [behaviour.score(task, text)[0] != 1.0 for _, text in mutants(source, 6, task.id)]
    return 2 * sum(found) >= max(len(found), 1)


def main(names: list[str]) -> None:
    """Write the sets of some names, or all."""
    sets = {
        "constructs": (construct.task for construct in constructs()),
        "anonymised": islice(anonymised(), NUMBER),
    }
    for name in names or sets:
        write_tasks(HERE / f"{name}.jsonl", sets[name])


if __name__ == "__main__":
    main(sys.argv[1:])
