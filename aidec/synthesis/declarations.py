"""The constructs of random programs, as ``programs.yaml`` declares them: texts of Lua with holes; and the knobs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from aidec.common.errors import SynthesisError
from aidec.common.hints import did_you_mean
from aidec.common.settings import load_yaml
from aidec.lua.nodes import BINARY_PRIORITY, UNARY_OPERATORS

TYPES = ("int", "num", "str", "bool", "list", "map")
"""The types of variables."""

MOST, MOST_DEPTH = 1_000_000, 50
"""The greatest values of knobs, and of those that say how deep something is nested."""

_HOLE = re.compile(
    rf"\$(?:({'|'.join((*TYPES, 'var', 'read', 'word', 'lit', 'pick', 'block', 'loop'))})\(([^)]*)\)|(\w+))"
)


class Hole(NamedTuple):
    """A hole of a form: what fills it, and the words in its parentheses."""

    kind: str
    argument: str


@dataclass(frozen=True)
class Form:
    """A construct.

    Attributes:
        name: its name.
        pieces: its text, and its holes.
        weight: how often it occurs among others of its kind.
        declares: the types of the variables that are there from now on, by the names of their holes.
        loop, outside, function: where it stands: in a loop, not in a loop, in a function.
        freezes: the types whose variables do not grow inside it.
    """

    name: str
    pieces: tuple[str | Hole, ...]
    weight: float = 1.0
    declares: Mapping[str, str] = field(default_factory=dict)
    loop: bool = False
    outside: bool = False
    function: bool = False
    freezes: frozenset[str] = frozenset()

    @cached_property
    def reads(self) -> list[str]:
        """The types of which it needs a variable."""
        return [hole.argument.partition(":")[0] for hole in self._holes if hole.kind == "read"]

    @cached_property
    def changes(self) -> Counter[str]:
        """How many variables it needs, by their types, that may be assigned, or grow."""
        return Counter(hole.argument.partition(":")[0] for hole in self._holes if hole.kind == "var")

    @cached_property
    def has_call(self) -> bool:
        """Whether it calls a function that was made before."""
        return any(hole.kind == "call" for hole in self._holes)

    @cached_property
    def is_leaf(self) -> bool:
        """Whether no expression stands inside."""
        return not self.has_call and not any(hole.kind in (*TYPES, "ints") for hole in self._holes)

    @cached_property
    def is_loop(self) -> bool:
        """Whether it is a loop around statements."""
        return any(hole.kind == "loop" for hole in self._holes)

    @property
    def _holes(self) -> list[Hole]:
        return [piece for piece in self.pieces if isinstance(piece, Hole)]


@cache
def declared() -> dict[str, Any]:
    """What ``programs.yaml`` declares."""
    settings: dict[str, Any] = load_yaml(Path(__file__).with_name("programs.yaml"))
    return settings


@cache
def forms() -> dict[str, tuple[Form, ...]]:
    """The forms of each type of expressions, of ``statements``, of ``blocks``, and of each type that is printed."""
    sections = {**declared()["expressions"], "statements": declared()["statements"], "blocks": declared()["blocks"]}
    sections |= {f"printed {kind}": named for kind, named in declared()["printed"].items()}
    return {
        section: tuple(_form(name, **settings) for name, settings in named.items())
        for section, named in sections.items()
    }


def _form(name: str, form: str, freezes: Sequence[str] = (), **others: Any) -> Form:
    pieces: list[str | Hole] = []
    start = 0
    for match in _HOLE.finditer(form):
        pieces += [form[start : match.start()], Hole(match[1] or match[3], match[2] or "")]
        start = match.end()
    return Form(name, (*pieces, form[start:]), freezes=frozenset(freezes), **others)


def choices_of(hole: Hole) -> Sequence[str]:
    """The words of which one stands in a hole; none where it is filled in another way."""
    match hole.kind:
        case "pick":
            return hole.argument.split()
        case "number":
            return [str(each) for each in declared()["numbers"]]
        case "binary":
            return list(BINARY_PRIORITY)
        case "unary":
            return UNARY_OPERATORS
    return ()


def constructs() -> list[str]:
    """The names of all constructs."""
    return [form.name for section in forms().values() for form in section]


def check_knobs(knobs: Mapping[str, Any]) -> None:
    """See that knobs are there, and of the right kind.

    Raises:
        SynthesisError: one is not; the text says what was expected.
    """
    usual = declared()["knobs"]
    for name, value in knobs.items():
        if name not in usual:
            raise SynthesisError(f"there is no knob {name!r}{did_you_mean(name, usual)}")
        _check(name, value, usual[name])
    for name, weight in knobs.get("weights", {}).items():
        if name not in constructs():
            raise SynthesisError(f"there is no construct {name!r}{did_you_mean(name, constructs())}")
        if not isinstance(weight, int | float) or not 0 <= weight < 1e9:
            raise SynthesisError(f"the weight of {name}: expected a number of at least 0, read {weight!r}")


def _check(name: str, value: Any, usual: Any) -> None:
    """See that the value of a knob is like the usual one."""
    most = MOST_DEPTH if name in ("depth", "expression_depth", "loops") else MOST
    if isinstance(usual, list):
        is_good = isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value)
        if not is_good or not 0 <= value[0] <= value[1] <= most:
            expected = f"two integers up to {most:,}, the least and the most, such as {usual}"
            raise SynthesisError(f"{name}: expected {expected}, read {value!r}")
    elif isinstance(usual, dict):
        if not isinstance(value, dict):
            raise SynthesisError(f"{name}: expected weights by the names of constructs, read {value!r}")
    elif isinstance(value, bool) or not isinstance(value, int | type(usual)) or not 0 <= value <= most:
        raise SynthesisError(f"{name}: expected a number from 0 to {most:,}, read {value!r}")
