"""The tags that constructs bring, found out by compiling each of them in a program that has nothing else."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from aidec.bytecode import load
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.tree import parse
from aidec.synthesis.declarations import TYPES, Form, Hole, choices_of, forms

CLASSES = ("size:", "depth:")
"""How the tags begin of which a program has just one each."""

SIMPLEST = {
    "int": "i",
    "num": "n",
    "str": "s",
    "bool": "b",
    "list": "l",
    "map": "m",
    "block": "",
    "loop": "",
    "ints": "i, i",
    "fields": "m.a",
    "field": "a",
    "text": '"t"',
    "results": "i",
    "call": "g(i)",
}
"""What stands in the holes of a form whose tags are found out: variables of ``_AROUND``."""

_AROUND = "local i, n, s, b, l, m, g\n"


class Brought(NamedTuple):
    """The tags that a construct surely brings, and those that it may bring, which include them."""

    surely: frozenset[str]
    perhaps: frozenset[str]


@cache
def makeable() -> frozenset[str]:
    """The tags that constructs bring, but for sizes and depths."""
    return frozenset().union(*(brought.perhaps for brought in brought_by().values()))


@cache
def brought_by() -> dict[str, Brought]:
    """The tags that each construct brings, by its name."""
    return {form.name: _brought(form, section) for section, named in forms().items() for form in named}


def _brought(form: Form, section: str) -> Brought:
    """The tags that a construct brings: of programs that have it with one choice after the other in its holes."""
    choices = [choices_of(piece) for piece in form.pieces if isinstance(piece, Hole)]
    number = max([1, *map(len, choices)])
    found = [_tags(form, section, turn, tables) for turn in range(number) for tables in (False, True)]
    return Brought(frozenset.intersection(*found), frozenset().union(*found))


def _tags(form: Form, section: str, turn: int, tables: bool) -> frozenset[str]:  # noqa: FBT001 -- private
    """The tags of a program that has a form, but for those of what is around it.

    Args:
        form: the form.
        section: where it is declared.
        turn: which of the choices of each hole is taken.
        tables: whether a table is made where one is needed, and not a variable is read.
    """
    bound = {"x": "i"} if section.startswith("printed") else {}
    text = "".join(piece if isinstance(piece, str) else _simplest(piece, bound, turn, tables) for piece in form.pieces)
    empty = ""
    if section in TYPES:
        text, empty = f"k = {text}", "k = i"
    if form.loop:
        text, empty = f"while b do {text} end", "while b do end"
    return _of_program(text) - _of_program(empty)


def _simplest(hole: Hole, bound: dict[str, str], turn: int, tables: bool) -> str:  # noqa: FBT001 -- private
    """The simplest that stands in a hole; the name that it has in the form, if any, is bound."""
    kind, name = hole.kind, ""
    if kind in bound:
        return bound[kind]
    if kind in ("var", "read"):
        kind, _, name = hole.argument.partition(":")
    elif kind == "word":
        name = hole.argument
    elif kind == "lit":
        return hole.argument.partition(",")[0]
    elif choices := choices_of(hole):
        return choices[turn % len(choices)]
    elif tables and kind in ("list", "map"):
        return "{}"
    text = f"w{name}" if kind == "word" else SIMPLEST[kind]
    if name:
        bound[name] = text
    return text


def _of_program(text: str) -> frozenset[str]:
    source = (_AROUND + text).encode()
    found = tags_of(load(compile_source(source)).main, parse(source, resolved=False).walk(), 0)
    return frozenset(tag for tag in found if not tag.startswith((*CLASSES, "self-contained", "arithmetic:")))


@cache
def forms_of(tag: str) -> tuple[Form, ...]:
    """The forms that surely bring a tag wherever they stand, and the fewest others."""
    usable = [
        form
        for named in forms().values()
        for form in named
        if tag in brought_by()[form.name].surely
        and form.weight
        and not (form.loop or form.function or form.has_call)
        and not form.name.startswith("printed.")
    ]
    fewest = min((len(brought_by()[form.name].perhaps) for form in usable), default=0)
    return tuple(form for form in usable if len(brought_by()[form.name].perhaps) <= fewest + 1)
