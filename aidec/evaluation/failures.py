"""Failures by their kind: what is wrong first, without names, numbers and places."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aidec.evaluation.model import ANSWER, ERROR, Score, Task
from aidec.lua.nodes import KEYWORDS

ORDER = (ANSWER, "parses", "compiles", "same_bytecode", "same_behaviour")
"""Where a prediction can fail, in the order in which it is looked for."""

_COMPLAINTS = {
    ANSWER: "There was no answer: {}.",
    "parses": "It is not Lua: {}.",
    "compiles": "It does not compile: {}.",
    "same_bytecode": "It compiles to other bytecode: {}.",
    "same_behaviour": "It behaves in another way: {}.",
}
"""What is said of a prediction that fails there, with the note."""

_FIRST = 3
_TAGS = 5
_PLACE = re.compile(r"^(?:function [\d.]+: |line \d+: )+")
_NEAR = re.compile(r" near '.*", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NUMBERS = re.compile(r"(?: at line)? ?(?<![\w.])-?\d[\w.]*")
_SAME_OPCODE = re.compile(r"\b([A-Z]+), expected \1$")
_DEED = r"returned|raised|printed|called|left the arguments|left the globals|ended by [^(,;]*"
_DEEDS = re.compile(rf"\) ({_DEED}).*?, (?:the original ({_DEED})|expected)", re.DOTALL)


def complaint(score: Score, goal: str) -> str | None:
    """What is wrong with a prediction, in a sentence, if it does not reach a goal; None if it does.

    The goal is the same behaviour where a task has no bytecode.
    """
    if goal == "same_bytecode" and score.values.get(goal) is None:
        goal = "same_behaviour"
    if score.values.get("same_bytecode") == 1 or ERROR in score.notes:
        return None
    for level in (ANSWER, "parses", "compiles", goal):
        value = score.values.get(level, 0.0 if level in score.notes else None)
        if value is not None and value < 1:
            return _COMPLAINTS[level].format(score.notes.get(level, "it is not known where").rstrip("."))
    return None


def kind_of_failure(score: Score) -> tuple[str, str] | None:
    """The level on which a prediction fails first, and the kind of failure; None if it does not fail.

    Other bytecode is no failure where the behaviour is known to be the same.

    >>> kind_of_failure(Score("t", 0, {"parses": 0.0}, {"parses": "line 3: unexpected symbol near 'x'"}))
    ('parses', "unexpected symbol near '...'")
    """
    for level in ORDER:
        value = score.values.get(level, 0.0 if level in score.notes else None)
        if value is None or value == 1 or (level == "same_bytecode" and score.values.get("same_behaviour") == 1):
            continue
        note = score.notes.get(level, "")
        return level, note if level == ANSWER else kind_of_note(note)
    return None


def kind_of_note(note: str) -> str:
    """A note without its place, what it quotes but keywords, and numbers; of what was run, what both did.

    >>> kind_of_note("function 0.1: instruction 12: ADD 0 1 2, expected SUB 0 1 2")
    'instruction: ADD, expected SUB'
    >>> kind_of_note("line 5: 'end' expected (to close 'do' at line 2) near 'x'")
    "'end' expected (to close 'do') near '...'"
    >>> kind_of_note("f(1, 2) returned 3, the original raised 4"), kind_of_note("f() returned 3, expected 4")
    ('returned, the original raised', 'returned, expected something else')
    """
    if deeds := _DEEDS.search(note):
        ours, theirs = deeds[1], deeds[2]
        return f"{ours}, the original {theirs}" if theirs not in (None, ours) else f"{ours}, expected something else"
    text = _QUOTED.sub(_kept, _NEAR.sub(" near '...'", _PLACE.sub("", note)))
    return _SAME_OPCODE.sub(r"\1 with other operands", _NUMBERS.sub("", text))


def _kept(quoted: re.Match[str]) -> str:
    return quoted[0] if quoted[0][1:-1] in KEYWORDS else "'...'"


@dataclass(slots=True)
class Cluster:
    """Predictions that fail in one way.

    Attributes:
        level, kind: where, and how.
        number: how many.
        tasks: the first of the tasks.
        tags: how many have each tag.
    """

    level: str
    kind: str
    number: int = 0
    tasks: list[str] = field(default_factory=list)
    tags: Counter[str] = field(default_factory=Counter)

    def add(self, task: Task) -> None:
        """Count a prediction for a task."""
        self.number += 1
        self.tags.update(task.tags)
        if len(self.tasks) < _FIRST and task.id not in self.tasks:
            self.tasks.append(task.id)

    def to_json(self) -> dict[str, Any]:
        """The cluster as a row, with the tags that are most frequent in it."""
        tags = sorted(self.tags.items(), key=lambda item: (-item[1], item[0]))[:_TAGS]
        return {
            "level": self.level,
            "kind": self.kind,
            "predictions": self.number,
            "tasks": self.tasks,
            "tags": dict(tags),
        }


class Clusters:
    """Failures, counted by their kind."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Cluster] = {}

    def add(self, task: Task, score: Score) -> None:
        """Count a prediction, if it fails."""
        kind = kind_of_failure(score)
        if kind is not None:
            self._found.setdefault(kind, Cluster(*kind)).add(task)

    def sorted(self) -> list[Cluster]:
        """The clusters, the largest first."""
        return sorted(self._found.values(), key=lambda one: (-one.number, ORDER.index(one.level), one.kind))
