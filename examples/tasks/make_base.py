"""Makes the tasks for language models that ship, ``aidec/evaluation/base/*.jsonl``, of what ``constructs.lua`` holds.

    python examples/tasks/make_base.py

Bytecode stands in them as ``luac -l`` names and counts it, stripped, so that a model needs no tokens of its own.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from make import Construct, constructs

from aidec.bytecode import load, strip
from aidec.common.errors import CompileError
from aidec.decompiler.listing import listing_of
from aidec.evaluation.base import tasks
from aidec.evaluation.compiled import protos_of
from aidec.lua import compile_source
from aidec.lua.words import tokens

SEED = 20261129
NUM_OPTIONS = 4

FOLDER = Path(tasks.__file__).parent
Rows = Iterator[dict[str, Any]]


def bytecode(source: bytes) -> str:
    """The function of a source, and those inside it, as a listing."""
    functions = protos_of(strip(load(compile_source(source))).main.protos[0])
    lines = []
    for path, proto in functions.items():
        lines += [f"function {'.'.join(map(str, path))}".strip(), *listing_of(proto)]
        for number, upvalue in enumerate(proto.upvalues):
            lines.append(f"upvalue {number}: {'register' if upvalue.in_stack else 'upvalue'} {upvalue.index}")
    return "\n".join(lines)


def text(source: bytes) -> str:
    """A source as an answer."""
    return source.decode().strip()


def question(source: bytes) -> str:
    """What stands before the source that is asked for."""
    return f"-- bytecode\n{bytecode(source)}\n-- source"


def which_source(known: list[Construct], rng: random.Random) -> Rows:
    """Which of four sources a bytecode is of: the right one, one that was changed in one place, and two others."""
    for construct in known:
        right = construct.task.source or b""
        others = rng.sample([other.task.source or b"" for other in known if other is not construct], NUM_OPTIONS - 2)
        options = [right, construct.wrong, *others]
        rng.shuffle(options)
        yield {"query": question(right), "choices": list(map(text, options)), "gold": options.index(right)}


def which_bytecode(known: list[Construct], rng: random.Random) -> Rows:
    """Which of two bytecodes a source is of: the right one, or that of a source that was changed in one place."""
    for construct in known:
        right = construct.task.source or b""
        options = [question(right), question(construct.wrong)]
        rng.shuffle(options)
        yield {"context_options": options, "continuation": text(right), "gold": options.index(question(right))}


def next_instruction(known: list[Construct], rng: random.Random) -> Rows:
    """Which instruction comes next, where the source and those before it are known."""
    for construct in known:
        source = construct.task.source or b""
        lines = bytecode(source).split("\n")
        place = rng.choice([i for i, line in enumerate(lines) if line[0].isdigit()])
        context = ["-- source", text(source), "-- bytecode", *lines[:place]]
        yield {"context": "\n".join(context), "continuation": lines[place]}


def compiles(known: list[Construct], rng: random.Random) -> Rows:
    """Whether a text compiles; every other one lacks a token, so that it does not."""
    for number, construct in enumerate(known):
        source = construct.task.source or b""
        shown = broken(source, rng) if number % 2 else source
        yield {"query": f"{text(shown)}\n-- does it compile?", "choices": ["yes", "no"], "gold": number % 2}


def broken(source: bytes, rng: random.Random) -> bytes:
    """A text without one of its tokens, which does not compile."""
    places = list(tokens(source))
    while True:
        start, end = rng.choice(places)
        shown = source[:start] + source[end:]
        try:
            compile_source(shown)
        except CompileError:
            return shown


SETS = (which_source, which_bytecode, next_instruction, compiles)


def main() -> None:
    """Write the tasks."""
    known = list(constructs())
    for each in SETS:
        rows = [json.dumps(row) for row in each(known, random.Random(SEED))]  # noqa: S311 (a repeatable choice)
        (FOLDER / f"{each.__name__}.jsonl").write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
