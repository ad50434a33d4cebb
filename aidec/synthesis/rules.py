"""Rules of Lua and its library, each with an example, a counterexample and questions, as YAML files declare them.

Those that ship are in ``language/``. A rule is, under its name:

    anchors:         where the manual has it, such as ``3.4.1`` or ``pdf-string.rep``
    rule:            what it says
    example:         ``code``, and what it does: it ``prints`` a text, ``fails`` with an error whose message has a text,
    counterexample:  or is ``refused`` by the compiler with such a message; the last two in a ``line``, if it is named
    questions:       a list; each is ``code``, in which ``$name`` is one of the ``values`` of that name; and ``ask``,
                     the questions that can be asked of it, if the usual ones don't do

Of values, ``-5..5`` is the integers from -5 to 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from pathlib import Path
from string import Template

from aidec.common.errors import SynthesisError
from aidec.common.hints import did_you_mean
from aidec.common.settings import Conf

FOLDER = Path(__file__).with_name("language")
"""Where the rules that ship are."""

DEEDS = ("prints", "fails", "refused")
"""What an example can do."""

_RANGE = re.compile(r"(-?[0-9]+)\.\.(-?[0-9]+)")


@dataclass(frozen=True, slots=True)
class Example:
    """Code, and what it does.

    Attributes:
        code: the code.
        deed: one of ``DEEDS``.
        text: what it prints, or a part of the message.
        line: the line of the message; None where that is left open.
    """

    code: str
    deed: str
    text: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that has places for values.

    Attributes:
        code: the code, in which ``$name`` is a place.
        ask: what is asked; empty for the usual questions.
        values: the values of each place, by its name.
    """

    code: str
    ask: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many ways there are to fill the places."""
        return prod(map(len, self.values.values()))

    def filled(self, number: int, text: str) -> str:
        """A text in whose places are the values of one of the ways, which are numbered from 0."""
        chosen = {}
        for name, values in self.values.items():
            number, index = divmod(number, len(values))
            chosen[name] = values[index]
        return Template(text).substitute(chosen)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: its name.
        topic: the name of its file, without the ending.
        anchors: where the manual has it.
        text: what it says.
        example: code that shows it.
        counterexample: code that goes against it, or where it ends.
        questions: the questions.
    """

    name: str
    topic: str
    anchors: tuple[str, ...]
    text: str
    example: Example
    counterexample: Example
    questions: tuple[Question, ...]


@cache
def shipped() -> tuple[Rule, ...]:
    """The rules that ship, in the order of their files."""
    return tuple(rule for path in sorted(FOLDER.glob("*.yaml")) for rule in read_rules(path))


def chosen(rules: Sequence[Rule], names: Sequence[str]) -> list[Rule]:
    """The rules that have one of some names; all if there are no names.

    Raises:
        SynthesisError: a name is that of no rule.
    """
    known = [rule.name for rule in rules]
    for name in names:
        if name not in known:
            raise SynthesisError(f"there is no rule {name!r}{did_you_mean(name, known)}")
    return [rule for rule in rules if not names or rule.name in names]


def read_rules(path: Path) -> list[Rule]:
    """The rules of a file.

    Raises:
        SynthesisError: the file is malformed; the text names the line.
        OSError: it can't be read.
    """
    conf = Conf(path, SynthesisError)
    rules = [_rule(conf.section(name), name, path.stem) for name in list(conf.entries)]
    if not rules:
        raise SynthesisError(f"{path}: expected rules, found none")
    return rules


def _rule(conf: Conf, name: str, topic: str) -> Rule:
    rule = Rule(
        name,
        topic,
        conf.texts("anchors"),
        conf.text("rule").strip(),
        _example(conf.section("example")),
        _example(conf.section("counterexample")),
        tuple(_questions(conf)),
    )
    if not rule.anchors:
        raise conf.fail(1, f"the key {conf.prefix}anchors is missing")
    conf.refuse_the_rest()
    return rule


def _example(conf: Conf) -> Example:
    where = conf.where("code")
    code = conf.text("code")
    deeds = [deed for deed in DEEDS if deed in conf.entries]
    if len(deeds) != 1:
        raise conf.fail(where, f"{conf.prefix.rstrip('.')}: expected one of {', '.join(DEEDS)} beside code")
    text = conf.text(deeds[0])
    line = conf.number("line", 0) or None
    conf.refuse_the_rest()
    return Example(code, deeds[0], text, line)


def _questions(conf: Conf) -> Iterator[Question]:
    where = conf.where("questions")
    for each in conf.items("questions"):
        if isinstance(each, str):
            raise conf.fail(where, f"{conf.prefix}questions: expected a list of mappings, each with code")
        where = each.where("code")
        code, ask = each.text("code"), each.texts("ask")
        places = each.section("values")
        values = {name: tuple(_expanded(places.texts(name))) for name in list(places.entries)}
        each.refuse_the_rest()
        try:
            yield _checked(Question(code, ask, values))
        except ValueError as error:
            raise conf.fail(where, f"{each.prefix.rstrip('.')}: {error}") from None


def _expanded(values: Sequence[str]) -> Iterator[str]:
    for value in values:
        if match := _RANGE.fullmatch(value):
            yield from map(str, range(int(match[1]), int(match[2]) + 1))
        else:
            yield value


def _checked(question: Question) -> Question:
    """A question whose places have values, each of which makes other code.

    Raises:
        ValueError: one has none, or makes the same code; the text says which.
    """
    in_code = _places(question.code)
    for name, values in question.values.items():
        if name not in in_code:
            raise ValueError(f"there is no ${name} in the code, which has values")
        if not values or len(set(values)) < len(values):
            raise ValueError(f"expected values of ${name}, each of them once, read {', '.join(values) or 'none'}")
    for name in in_code.union(*map(_places, question.ask)):
        if name not in question.values:
            raise ValueError(f"there are no values of ${name}")
    return question


def _places(text: str) -> set[str]:
    """The names of the places in a text.

    Raises:
        ValueError: a ``$`` begins none.
    """
    found = set()
    for match in Template.pattern.finditer(text):
        if match["invalid"] is not None:
            raise ValueError(f"expected $name, or $$ for a $, in {text!r}")
        if match["escaped"] is None:
            found.add(match["named"] or match["braced"])
    return found
