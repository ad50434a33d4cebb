"""Items of questions on the manual: what code does is told by running it, and each answer cites sections that exist."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from aidec.bytecode import load
from aidec.common.errors import SynthesisError
from aidec.common.settings import load_yaml
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.runner import Limits, Runner
from aidec.lua.tree import parse
from aidec.synthesis.breaking import VARIED
from aidec.synthesis.items import Made
from aidec.synthesis.manual import Manual, Section
from aidec.synthesis.rules import Example, Rule
from aidec.version import __version__

LIMITS = Limits(cpu=5.0, wall=60.0, memory=128 << 20)
"""What code may use."""

NAME = "program"
"""The name of code in messages."""

_ADDRESS = re.compile("0x0{6}[0-9a-f]{6}")
"""An address as it is where runs do not differ (deterministic.lua: number_of); elsewhere it is another."""

_VARIED = VARIED.decode()
_MAY_VARY = re.compile(r"\b(?:pairs|next|random|os)\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes:
        deed: ``prints``, ``fails`` or ``refused``, as in ``rules.DEEDS``.
        output: what it printed.
        message: the error's message; empty if there was none.
        line: the line of the error, or None.
    """

    deed: str
    output: str
    message: str = ""
    line: int | None = None

    def problem(self, example: Example) -> str:
        """How this is not what an example says that it does; empty if it is."""
        seen = self.output.rstrip("\n") if self.deed == "prints" else self.message
        expected = example.text.rstrip("\n")
        if self.deed != example.deed:
            return f"{self.deed} {seen!r}, where {example.deed} {expected!r} is declared"
        if seen != expected if self.deed == "prints" else expected not in seen:
            return f"{self.deed} {seen!r}, not {expected!r}"
        if example.line not in (None, self.line):
            return f"{self.deed} in line {self.line}, not in line {example.line}"
        return ""


@dataclass(frozen=True)
class Asking:
    """Makes the items of rules: questions whose places are filled by the seed, and whose answers come from runs.

    Attributes:
        seed: the seed.
        number: how many questions are made of each that has places, at most.
        manual: the manual.
        with_text: whether items have the texts of the sections, for answers that are read there.
    """

    seed: int
    number: int
    manual: Manual
    with_text: bool = False

    def __call__(self, rules: Sequence[Rule]) -> Iterator[Made]:
        """The items of each rule, or why there are none."""
        for rule in rules:
            yield self.made(rule)

    def made(self, rule: Rule) -> Made:
        """The items of a rule. There are none if an anchor or an example is not as the rule says.

        Raises:
            SandboxError: nothing can be run.
        """
        missing = [anchor for anchor in rule.anchors if anchor not in self.manual.sections]
        if missing:
            return Made(rejected=Counter([f"{rule.name}: the manual has no anchor {missing[0]}"]))
        shown = {}
        for kind, example in (("example", rule.example), ("counterexample", rule.counterexample)):
            try:
                outcome = self._told(example.code)
                problem = outcome.problem(example)
            except SynthesisError as error:
                problem = str(error)
            if problem:
                return Made(rejected=Counter([f"{rule.name}: the {kind} {problem}"]))
            shown[kind] = {"code": example.code, **asdict(outcome)}
        made = Made()
        for name, code, asked in self._questions(rule):
            try:
                made.rows.append(self._row(name, rule, code, asked) | shown)
            except SynthesisError as error:
                made.rejected[f"{rule.name}: a question {error}"] += 1
        return made

    def _questions(self, rule: Rule) -> Iterator[tuple[str, str, str]]:
        """The name, the code and the words of each question of a rule, with the values that the seed draws."""
        for index, question in enumerate(rule.questions):
            name = f"questions/{rule.name}/{self.seed}-{index + 1}"
            rng = random.Random(name)  # noqa: S311 -- nothing here is secret
            for way in rng.sample(range(question.size), min(self.number, question.size)):
                asked = rng.choice(question.ask or _phrases()["ask"])
                yield f"{name}.{way}", question.filled(way, question.code), question.filled(way, asked)

    def _row(self, name: str, rule: Rule, code: str, asked: str) -> dict[str, Any]:
        """The item of a question, without the examples of its rule.

        Raises:
            SynthesisError: what the code does can't be told, or it does nothing.
        """
        outcome = self._told(code)
        if not outcome.output and outcome.deed == "prints":
            raise SynthesisError("prints nothing")
        sections = [self.manual.sections[anchor] for anchor in rule.anchors]
        return {
            "id": name,
            "kind": "questions",
            "seed": self.seed,
            "question": asked,
            "code": code,
            "answer": _answer().render(**asdict(outcome), rule=rule.text, sections=sections),
            "outcome": asdict(outcome),
            "anchors": [_anchor(section) for section in sections],
            "sections": [self._cited(section) for section in sections],
            "rule": rule.text,
            "tags": sorted([f"rule:{rule.name}", f"topic:{rule.topic}", f"deed:{outcome.deed}", *_tags(code, outcome)]),
            "provenance": {
                "made_by": f"aidec {__version__}",
                "command": "synth questions",
                "origin": f"{self.manual.title}: {rule.name}",
                "licence": "MIT",
                "repository": None,
                "copyright": self.manual.copyright,
            },
        }

    def _told(self, code: str) -> Outcome:
        """What code does, whatever the order of ``pairs``, the time and random numbers are.

        Raises:
            SynthesisError: that can't be told, or differs from run to run.
        """
        outcome = self._run(code)
        if _MAY_VARY.search(code) and outcome.deed != "refused" and self._run(_VARIED + code).output != outcome.output:
            raise SynthesisError("depends on the order of pairs, the time or random numbers")
        return outcome

    def _cited(self, section: Section) -> dict[str, str]:
        cited = {"anchor": section.anchor, "number": section.number, "title": section.title}
        return cited | ({"text": section.text} if self.with_text else {})

    def _run(self, code: str) -> Outcome:
        """What a run of code does; errors are those of ``_told``."""
        result = self._runner.run(code, name=f"={NAME}")
        if result.may_differ:
            raise SynthesisError("may differ from run to run")
        try:
            output = result.stdout.decode()
        except UnicodeDecodeError:
            raise SynthesisError("prints what is not UTF-8") from None
        if _ADDRESS.search(output) or (result.error and _ADDRESS.search(result.error.message)):
            raise SynthesisError("shows an address")
        if result.status == "ok":
            return Outcome("prints", output)
        if result.status not in ("error", "syntax") or result.error is None:
            raise SynthesisError(f"ended with status {result.status}")
        deed = "refused" if result.status == "syntax" else "fails"
        return Outcome(deed, output, result.error.message, result.error.line)

    @cached_property
    def _runner(self) -> Runner:
        """Made once for a process, where it is used."""
        return Runner(1, limits=LIMITS, deterministic=True)


def _anchor(section: Section) -> str:
    """An anchor as answers cite it: ``§3.3.4``, or ``pdf-string.rep``."""
    return f"§{section.anchor}" if section.anchor == section.number else section.anchor


def _tags(code: str, outcome: Outcome) -> tuple[str, ...]:
    """The tags of code; none if it does not compile."""
    if outcome.deed == "refused":
        return ()
    source = code.encode()
    tree = parse(source, resolved=False)
    depth = max(counted.depth for counted in in_tree(Syntax(source, tree, 0)))
    return tags_of(load(compile_source(source)).main, tree.walk(), depth)


@cache
def _phrases() -> dict[str, Any]:
    """What ``phrases.yaml`` declares."""
    phrases: dict[str, Any] = load_yaml(Path(__file__).with_name("phrases.yaml"))
    return phrases


@cache
def _answer() -> Template:
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 -- it makes Markdown
    return environment.from_string(_phrases()["answer"])
