"""Programs whose tags occur in the shares that a target says.

The rule: for each program each tag of the target is drawn, to be there or not. A program that shall have a tag gets a
construct that surely brings it. It has no construct that may bring a tag that it shall not have, but where another tag
needs one. Constructs bring several tags, as a coroutine brings a closure: so a tag is drawn less often by what comes of
the others. Of sizes and of depths one class is drawn, and a program is made up to ``TURNS`` times, with other knobs
each time, until it has the tags; else the nearest is taken. The name of the program decides on all.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.errors import SynthesisError
from aidec.common.hints import did_you_mean
from aidec.common.settings import load_yaml
from aidec.synthesis.bringing import CLASSES, brought_by, forms_of, makeable
from aidec.synthesis.declarations import TYPES, Form, declared

ROUNDS = 50
"""How often the chances of tags are corrected; they change no more long before."""

TURNS = 8
"""How often a program is made at most."""

PATIENCE = 2
"""After so many turns that came no nearer no other is tried."""

SMALL = 100
"""Programs of fewer instructions have variables of few types, and no functions before the main one."""

MOST = 40
"""The most statements and functions of a program that shall be large, lest it has too many local variables."""

FEW = 0.15
"""The share of types that such a program has variables of."""


def read_target(path: Path) -> tuple[dict[str, float], list[str]]:
    """The shares of tags that a file says, and the tags in it that no construct brings.

    The file is YAML, a share from 0 to 1 for each tag; or JSON lines, ``.jsonl``, whose rows have ``tags``, such as
    tasks of an evaluation or items: the shares are theirs, and no program shall have a tag that they do not have.

    Raises:
        SynthesisError: it is neither.
        OSError: it can't be read.
    """
    shares = _counted(path) if path.suffix == ".jsonl" else load_yaml(path)
    if not isinstance(shares, dict) or not shares:
        raise SynthesisError(f"{path}: expected shares by the names of tags, such as loop:while: 0.2")
    for tag, share in shares.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise SynthesisError(f"{path}: {tag}: expected a share from 0 to 1, read {share!r}")
        if not _is_known(tag) and path.suffix != ".jsonl":
            raise SynthesisError(f"{path}: no construct brings the tag {tag!r}{did_you_mean(str(tag), makeable())}")
    for prefix in CLASSES:
        if sum(share for tag, share in shares.items() if tag.startswith(prefix)) > 1 + 1e-6:
            raise SynthesisError(f"{path}: the shares of {prefix}... are more than 1 together")
    return {tag: float(share) for tag, share in shares.items() if _is_known(tag)}, [
        tag for tag in shares if not _is_known(tag)
    ]


def _counted(path: Path) -> dict[str, float]:
    """The shares of tags among the rows of a file."""
    try:
        return dict.fromkeys(sorted(makeable()), 0.0) | shares_of(row["tags"] for row in read_rows(path))
    except (ValueError, KeyError, TypeError):
        raise SynthesisError(f"{path}: expected JSON lines that have tags") from None


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines.

    Raises:
        ValueError: a line is no JSON.
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        yield from map(json.loads, file)


def shares_of(tags: Iterable[Sequence[str]]) -> dict[str, float]:
    """The share of lists that have a tag, by tag in alphabetical order.

    >>> shares_of([["a", "b"], ["a"]])
    {'a': 1.0, 'b': 0.5}
    """
    counts, number = Counter[str](), 0
    for each in tags:
        counts.update(set(each))
        number += 1
    return {tag: counts[tag] / number for tag in sorted(counts)}


def _is_known(tag: object) -> bool:
    return tag in makeable() or (isinstance(tag, str) and tag.startswith(CLASSES))


def chances_of(shares: Mapping[str, float]) -> dict[str, float]:
    """How often each tag is drawn, so that with what comes of others it occurs as often as its share says.

    A tag that comes of others more often than its share says has 0.
    """
    tags = [tag for tag in shares if not tag.startswith(CLASSES) and forms_of(tag)]
    comes = {
        (one, two): sum(form.weight for form in forms_of(one) if two in brought_by()[form.name].surely)
        / sum(form.weight for form in forms_of(one))
        for one in tags
        for two in tags
    }
    chances = {tag: shares[tag] for tag in tags}
    for _ in range(ROUNDS):
        for two in tags:
            absent = math.prod(1 - chances[one] * comes[one, two] for one in tags if one != two)
            chances[two] = min(1.0, max(0.0, 1 - (1 - shares[two]) / absent)) if absent else 0.0
    return chances


@dataclass(frozen=True)
class Aim:
    """What one program shall be.

    Attributes:
        name: the name of the program.
        wanted: the tags that it shall have.
        unwanted: the tags that it shall not have.
        classes: of sizes and of depths the tag that it shall have, if one was drawn.
    """

    name: str
    wanted: frozenset[str]
    unwanted: frozenset[str]
    classes: frozenset[str]

    def misses(self, tags: Iterable[str]) -> int:
        """How many tags are not as they shall be."""
        found = frozenset(tags)
        return len(self.wanted - found) + len(self.unwanted & found) + len(self.classes - found)

    def required(self) -> list[Form]:
        """Forms that bring what is wanted, drawn by their weights."""
        rng, chosen, has = self._rng("required"), list[Form](), set[str]()
        for tag in sorted(self.wanted):
            if tag not in has:
                bringing = forms_of(tag)
                chosen += rng.choices(bringing, [form.weight for form in bringing])
                has |= brought_by()[chosen[-1].name].surely
        return chosen

    def first(self, knobs: Mapping[str, Any]) -> dict[str, Any]:
        """Knobs to begin with, which are those of a user but for what would bring what is unwanted."""
        new = {**declared()["knobs"], **knobs}
        unwanted = {name: 0 for name, brought in brought_by().items() if brought.perhaps & self.unwanted}
        new["weights"] = {**new["weights"], **unwanted}
        if "closure" in self.unwanted:
            new["functions"] = [0, 0]
        depth = _least(self.classes, "depth:")
        if depth is not None:
            new |= {"depth": depth, "nesting": 0.8}
        return self._of_few_types(new, -1)

    def corrected(self, knobs: Mapping[str, Any], turn: int, before: Sequence[str]) -> dict[str, Any]:
        """Knobs that differ, so that the size and the depth come nearer than those of a program before.

        Args:
            knobs: those of that program.
            turn: its number.
            before: its tags.
        """
        new = dict(knobs)
        for prefix in CLASSES:
            wanted, had = _least(self.classes, prefix), _least(before, prefix)
            if wanted is None or had is None or wanted == had:
                continue
            is_more = wanted > had
            if prefix == "depth:":
                new["depth"] = max(0, knobs["depth"] + (1 if is_more else -1))
            elif is_more:
                new |= {knob: [min(2 * each + 2, MOST) for each in knobs[knob]] for knob in ("size", "function_size")}
                if "closure" not in self.unwanted:
                    new["functions"] = [min(2 * each + 2, MOST) for each in knobs["functions"]]
            else:
                new["size"] = [each // 2 for each in knobs["size"]]
                new |= {"expression_depth": max(1, knobs["expression_depth"] - 1), "block_size": [1, 1]}
        return self._of_few_types(new, turn)

    def _of_few_types(self, knobs: dict[str, Any], turn: int) -> dict[str, Any]:
        """The knobs, which are changed if the program shall be small: it has variables of few types then."""
        least = _least(self.classes, "size:")
        if least is None or least >= SMALL:
            return knobs
        rng, weights = self._rng(f"types {turn}"), dict(knobs["weights"])
        needed = {kind for form in self.required() for kind in (*form.reads, *form.changes)}
        for kind in TYPES[1:]:
            weights[f"local.{kind}"] = int(kind in needed or (weights.get(f"local.{kind}") != 0 and rng.random() < FEW))
        return {**knobs, "functions": [0, 0], "width": [1, 2], "weights": weights}

    def _rng(self, purpose: str) -> random.Random:
        return random.Random(f"{self.name} {purpose}")  # noqa: S311 -- nothing here is secret


def _least(tags: Iterable[str], prefix: str) -> int | None:
    """The number in the tag of a class, of two the first."""
    found = next((tag for tag in tags if tag.startswith(prefix)), None)
    return None if found is None else int(found.removeprefix(prefix).partition("-")[0])


def aim_of(name: str, shares: Mapping[str, float], chances: Mapping[str, float]) -> Aim:
    """What a program shall be: each tag is drawn by its chance, of each class one tag by its share.

    Args:
        name: the name of the program, which decides.
        shares: the target.
        chances: how often each tag is drawn (see ``chances_of``).
    """
    rng = random.Random(f"{name} aim")  # noqa: S311 -- nothing here is secret
    wanted = frozenset(tag for tag in sorted(chances) if rng.random() < chances[tag])
    unwanted, classes = set(chances) - wanted, []
    for prefix in CLASSES:
        tags = sorted(tag for tag in shares if tag.startswith(prefix))
        drawn = rng.random()
        for tag in tags:
            drawn -= shares[tag]
            if drawn < 0:
                classes.append(tag)
                break
        else:
            unwanted |= set(tags)
    return Aim(name, wanted, frozenset(unwanted), frozenset(classes))
