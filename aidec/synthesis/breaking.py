"""Items of broken programs: each gives the line and the message that it has, and its repair restores the output."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from aidec.bytecode import load
from aidec.common.errors import AidecError, CompileError
from aidec.common.json_values import bytes_from_json, bytes_to_json
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.nodes import Vararg
from aidec.lua.runner import Limits, Result, Runner
from aidec.sources import Document
from aidec.synthesis.diffs import patched, unified_diff
from aidec.synthesis.explaining import explained
from aidec.synthesis.faults import Fault, Flaw, Shows, line_of, shown
from aidec.synthesis.generating import Generating
from aidec.synthesis.items import Made
from aidec.synthesis.registry import find_faults
from aidec.synthesis.rewriting import Unit, spots_in
from aidec.version import __version__

NAME = "program"
"""The name of the file in messages: those of ``lua5.3 program``, after the name of the interpreter."""

GOOD = Limits(cpu=2.0, wall=60.0, memory=128 << 20, output=1 << 14, steps=200_000)
"""What a good program may use."""

BAD = Limits(cpu=2.0, wall=60.0, memory=128 << 20, output=1 << 17, steps=3_000_000)
"""What a broken program may use: one that runs, or prints, so much more is said to have no end."""

DEEP = replace(BAD, cpu=30.0, steps=20_000_000)
"""What one may use that fills the stack, which has a million slots."""

MOST_TRIED = 3
"""At how many places of a program a fault is tried."""

MOST_OUTPUT = 4096
"""How many bytes of what a program without an end printed are kept."""

DEPTHS = (1, 2, 3, 5, 8, 13)
"""How many values lie deeper in the stack than usual when the line of an overflow is asked for again."""

VARIED = b" ".join(Path(__file__).with_name("varied.lua").read_bytes().split()) + b" "
"""What lets a program see another order of ``pairs``, another time, and other random numbers; one line of Lua."""

_MAY_VARY = re.compile(rb"\b(?:pairs|next|time|clock|date|random)\b")
_ADDRESS = re.compile(rb"\b(?:table|function|thread|userdata|file|builtin): *\(?0x[0-9a-f]{12}")
_WRAPPED = re.compile(r"to '(?:format|tostring|pairs|next|date|time|collectgarbage)'|calling 'format' on bad self")
_OVERFLOW = "stack overflow"
_PLACE = re.compile(rf"{NAME}:(\d+): ")


class Seen(NamedTuple):
    """What a program does.

    Attributes:
        shows: what it shows; ``ok`` where it comes to its end.
        line: the line that the compiler or Lua names, or None.
        message: what they say, as luac5.3 and lua5.3 print it after their own names.
        output: what was printed.
    """

    shows: str
    line: int | None
    message: str
    output: bytes


class NotKeptError(Exception):
    """A fault is not kept; the text says why."""


@dataclass(frozen=True)
class Breaking:
    """Makes the items of good programs: of sources, or of what ``synth generate`` makes with the seed, by its numbers.

    Attributes:
        faults: the names of the faults; none for all.
        groups: the classes of the faults; none for all.
        seed: what decides, with the origin of the program and the fault.
        most: how many items are made of a program, at most.
        explanations: a folder with templates in place of those that ship.
    """

    faults: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    seed: int = 0
    most: int = 5
    explanations: str | None = None

    def __call__(self, inputs: Sequence[Document | int]) -> Iterator[Made]:
        """The items of each program."""
        for each in inputs:
            made = Made()
            document = each if isinstance(each, Document) else self._generated(each, made)
            if document is not None:
                self._add(made, document)
            yield made

    def _generated(self, number: int, made: Made) -> Document | None:
        generated = Generating(self.seed).made(number)
        made.rejected.update(generated.rejected)
        return next((Document(row["id"], bytes_from_json(row["code"])) for row in generated.rows), None)

    def _add(self, made: Made, document: Document) -> None:
        """Add the items of a program, or the reason why there are none."""
        rng = random.Random(f"break/{self.seed}-{document.origin}")  # noqa: S311 -- nothing here is secret
        try:
            unit = Unit(document.data, random.Random())  # noqa: S311 -- nothing here is secret
            output = self.printed(unit.text)
        except NotKeptError as error:
            made.rejected[f"the program {error}"] += 1
            return
        except AidecError as error:
            made.rejected[f"the program: {error}"] += 1
            return
        about = self._about(document, unit)
        for fault in in_turn(find_faults(self.faults, self.groups), rng):
            if len(made.rows) == self.most:
                return
            name = f"break/{fault.name}/{self.seed}-{document.origin}"
            unit.rng.seed(name)
            row = self._item(made, fault, unit, output)
            if row is not None:
                made.rows.append({"id": name, "kind": "break", "seed": self.seed, **row, **about})

    def _about(self, document: Document, unit: Unit) -> dict[str, Any]:
        """What all items of a program say of it."""
        main, tree = load(compile_source(unit.text)).main, unit.tree
        depth = max(counted.depth for counted in in_tree(Syntax(unit.text, tree, 0)))
        return {
            "tags": list(tags_of(main, tree.walk(), depth)),
            "provenance": {
                "made_by": f"aidec {__version__}",
                "command": "synth break",
                "origin": document.origin,
                "licence": document.licence,
                "repository": document.repository,
            },
        }

    def _item(self, made: Made, fault: Fault, unit: Unit, output: bytes) -> dict[str, Any] | None:
        """What an item says of a fault in a program; None if it is put in nowhere, and then reasons are counted."""
        flaws = list(fault.flaws(unit))
        for flaw in unit.rng.sample(flaws, min(MOST_TRIED, len(flaws))):
            try:
                return self.proven(fault, flaw, unit, output)
            except NotKeptError as error:
                made.rejected[f"{fault.name}: {error}"] += 1
        return None

    def proven(self, fault: Fault, flaw: Flaw, unit: Unit, output: bytes) -> dict[str, Any]:
        """What an item says of a fault in a program, all of it seen.

        Raises:
            NotKeptError: the broken program does not show what the fault declares, or its repair fails.
        """
        good, bad = unit.text, flaw.broken(unit.text)
        if bad == good:
            raise NotKeptError("changes nothing")
        seen = self.seen(bad, BAD)
        if seen.shows == "no end" and flaw.fills_stack:
            seen = self.seen(bad, DEEP)
            if seen.shows == "no end":
                raise NotKeptError("runs too long for its stack to overflow")
        shows: Shows = self._shown(seen, output)
        line = flaw.line(good) if seen.line is None else seen.line
        if shows not in fault.says:
            raise NotKeptError(f"shows {shows}" if shows != "error" else f"error: {_reason(seen.message)}")
        if not fault.is_shown(shows, seen.message, flaw.names):
            raise NotKeptError(f"another message: {_reason(seen.message)}")
        if _OVERFLOW in seen.message and not self._is_steady(unit, bad, seen):
            raise NotKeptError("the line of the overflow depends on the depth of the stack")
        diff = unified_diff(bad, good, f"{NAME}.lua")
        if patched(bad, diff) != good:
            raise NotKeptError("the diff does not restore the program")
        told = {
            **flaw.names,
            **_difference(output, seen.output),
            "shows": shows,
            "line": line,
            "changed": line_of(bad, flaw.start),
            "says": _PLACE.sub("", seen.message),
        }
        return {
            "fault": fault.name,
            "class": fault.group,
            "shows": shows,
            "code": bytes_to_json(bad),
            "line": line,
            "changed": told["changed"],
            "message": seen.message,
            "broken_output": bytes_to_json(seen.output[:MOST_OUTPUT] if shows == "no end" else seen.output),
            "names": dict(flaw.names),
            "explanation": explained(fault.name, told, self.explanations),
            "diff": bytes_to_json(diff),
            "repaired": bytes_to_json(good),
            "output": bytes_to_json(output),
        }

    def printed(self, text: bytes) -> bytes:
        """What a good program prints.

        Raises:
            NotKeptError: it does not come to its end, prints nothing, or differs from run to run.
        """
        seen = self.seen(text, GOOD)
        if seen.shows != "ok":
            raise NotKeptError(f"shows {seen.shows}{': ' * bool(seen.message)}{_reason(seen.message)}")
        if not seen.output:
            raise NotKeptError("prints nothing")
        return seen.output

    def seen(self, text: bytes, limits: Limits, padding: int = 0) -> Seen:
        """What a program does; with padding, so many values lie deeper in the stack.

        Raises:
            NotKeptError: it differs from run to run, or ends in another way than by an error or the limit of steps.
        """
        try:
            compile_source(text)
        except CompileError as error:
            return Seen("refused", error.line, f"{NAME}:{error.line}: {error.problem}", b"")
        seen = self._ran(text, limits, padding)
        if _MAY_VARY.search(text) and not _is_same(seen, self._ran(VARIED + text, limits, padding)):
            raise NotKeptError("depends on the order of pairs, the time, or random numbers")
        return seen

    def _ran(self, text: bytes, limits: Limits, padding: int) -> Seen:
        """What a program does that compiles."""
        result = self._runner.run(text, name=f"={NAME}", limits=limits, args=[b""] * padding)
        if result.may_differ:
            raise NotKeptError("may differ from run to run")
        if _ADDRESS.search(result.stdout):
            raise NotKeptError("prints an address")
        if result.status == "ok":
            return Seen("ok", None, "", result.stdout)
        if result.exceeded in ("steps", "output"):
            return Seen("no end", None, "", result.stdout)
        seen = _failed(result)
        if _WRAPPED.search(seen.message):
            return self._plainly(seen, text, limits, padding)
        return seen

    def _plainly(self, seen: Seen, text: bytes, limits: Limits, padding: int) -> Seen:
        """What a program does whose error is of a function that deterministic runs wrap, where Lua has its own."""
        result = self._plain_runner.run(text, name=f"={NAME}", limits=limits, args=[b""] * padding)
        plain = _failed(result)
        if plain.output != seen.output:
            raise NotKeptError("may differ from run to run")
        return plain

    def _shown(self, seen: Seen, output: bytes) -> Shows:
        """What a broken program shows."""
        if seen.shows == "ok":
            if seen.output == output:
                raise NotKeptError("the same output")
            if _WRAPPED.search(seen.output.decode("latin-1")):
                raise NotKeptError("prints a message of a function that is wrapped")
            return "output"
        return "refused" if seen.shows == "refused" else "error" if seen.shows == "error" else "no end"

    def _is_steady(self, unit: Unit, bad: bytes, seen: Seen) -> bool:
        """Whether the line of a stack overflow is the same for other depths, as other interpreters start with."""
        if any(spots_in(unit.tree, Vararg)):  # the program would see what is beneath it
            return False
        return all(self.seen(bad, DEEP, padding)[:3] == seen[:3] for padding in DEPTHS)

    @cached_property
    def _runner(self) -> Runner:
        """Made once for a process, where it is used."""
        return Runner(1, deterministic=True)

    @cached_property
    def _plain_runner(self) -> Runner:
        """One whose functions are Lua's own."""
        return Runner(1)


def _is_same(one: Seen, two: Seen) -> bool:
    """Whether two runs show the same; of those without an end, the shorter output must begin the longer one."""
    if one.shows == two.shows == "no end":
        length = min(len(one.output), len(two.output))
        return one.output[:length] == two.output[:length]
    return one == two


def in_turn(faults: Sequence[Fault], rng: random.Random) -> list[Fault]:
    """Faults in an order that is drawn, in which each class has its turn before one has another."""
    drawn = rng.sample(faults, len(faults))
    turns = Counter[str]()
    numbers = {}
    for fault in drawn:
        numbers[fault.name] = turns[fault.group]
        turns[fault.group] += 1
    return sorted(drawn, key=lambda fault: numbers[fault.name])


def _failed(result: Result) -> Seen:
    """What a program shows that failed.

    Raises:
        NotKeptError: no line of it is named, or it ended in another way.
    """
    error = result.error
    place = _PLACE.match(error.message) if error is not None and error.kind == "runtime" else None
    if error is None or place is None or result.status != "error":
        raise NotKeptError(f"ended with status {result.status}, and no line")
    return Seen("error", int(place[1]), error.message, result.stdout)


def _difference(good: bytes, bad: bytes) -> dict[str, Any]:
    """The number of the first line of output that differs, and that line in both; None where there is none."""
    lines = zip_longest(bad.splitlines(), good.splitlines())
    for number, (printed, expected) in enumerate(lines, 1):
        if printed != expected:
            both = (None if each is None else f"`{shown(each)}`" for each in (printed, expected))
            return {"differs": number, **dict(zip(("printed", "expected"), both, strict=True))}
    return {"differs": None, "printed": None, "expected": None}


def _reason(message: str) -> str:
    """A message without its place and what is the program's own in it, so that alike ones are counted together."""
    text = _PLACE.sub("", message.partition("\n")[0])
    return re.sub(r"'[^']*'|\d+", "...", text)
