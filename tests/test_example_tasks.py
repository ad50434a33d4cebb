"""The tasks of examples/tasks: they are what is made of their sources, sources score 1, and wrong ones do not."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.tasks import read_tasks
from aidec.lua.runner import Runner

TASKS = Path(__file__).parent.parent / "examples" / "tasks"


@pytest.fixture(scope="module")
def make() -> Iterator[ModuleType]:
    """The script that makes them."""
    path, before = TASKS / "make.py", list(sys.path)
    spec = importlib.util.spec_from_file_location("make_tasks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(TASKS))
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before
    del sys.modules[spec.name]


def test_the_tasks_are_what_is_made_of_their_sources(make: ModuleType) -> None:
    made = [construct.task for construct in make.constructs()]
    assert list(read_tasks(TASKS / "constructs.jsonl")) == made, "run examples/tasks/make.py"
    assert len(made) == 100
    assert all(3 <= len(task.tests) <= 6 for task in made)
    generated = list(read_tasks(TASKS / "anonymised.jsonl"))
    assert generated[:1] == list(islice(make.anonymised(), 1)), "run examples/tasks/make.py"
    assert len(generated) == make.NUMBER


def test_each_construct_scores_1_and_what_is_wrong_in_it_does_not(make: ModuleType) -> None:
    with Runner(processes=1, deterministic=True) as runner:
        behaviour = Behaviour(runner)
        for construct in make.constructs():
            assert behaviour.score(construct.task, construct.task.source) == (1.0, ""), construct.task.id
            score, note = behaviour.score(construct.task, construct.wrong)
            assert score is not None, note
            assert score < 1, construct.task.id
