"""Behaviour on real files: a source behaves as itself, and so does what it decompiles to; changed sources do not.

    python tests/check_behaviour.py [--files N] [--mutants N] [-j N] FOLDER

Files of FOLDER, drawn by the hash of their path, become tasks: by file and by function. Of each whose behaviour can be
told the source itself must score 1.0, printed anew as well, and so must what the chunk of a file decompiles to. Then
mutants of it are scored: an operator, a number, a string or a Boolean is another. How many are found is printed, by
unit and by kind; some behave the same, and some are changed where no call leads.

Prints what is wrong and the counts; exits 1 if anything is wrong or nothing was checked.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from check_lua import sources

import aidec
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.building import UNITS, build_tasks
from aidec.evaluation.model import Task
from aidec.evaluation.runnable import program
from aidec.lua.nodes import Binary, Boolean, Main, Number, String
from aidec.lua.printer import to_source
from aidec.lua.runner import Runner
from aidec.lua.tree import parse
from aidec.sources import Document

OTHERS = {"+": "-", "-": "+", "*": "+", "/": "*", "..": "==", "==": "~=", "~=": "==", "<": ">", ">": "<=", "<=": ">"}
OTHERS |= {">=": "<", "and": "or", "or": "and", "%": "*", "//": "/"}
"""What an operator becomes."""


@cache
def behaviour() -> Behaviour:
    """Scores in this process."""
    return Behaviour(Runner(processes=1, deterministic=True))


def mutants(text: bytes, number: int, seed: str) -> Iterator[tuple[str, bytes]]:
    """So many texts of which one thing is changed, each with its kind; those that compile to the same are left out."""
    rng = random.Random(seed)  # noqa: S311 -- nothing here is secret
    size = len(_places(parse(text)))
    chunk = aidec.compile(text, strip=True)
    for place in rng.sample(range(size), min(number, size)):
        tree = parse(text)
        node = _places(tree)[place]
        kind = type(node).__name__
        if isinstance(node, Binary):
            node.operator = OTHERS[node.operator]
        elif isinstance(node, Number):
            node.value += -1 if node.value > 0 else 1
        elif isinstance(node, String):
            node.value += b"x"
        elif isinstance(node, Boolean):
            node.value = not node.value
        changed = to_source(tree)
        if aidec.compile(changed, strip=True) != chunk:
            yield kind, changed


def _places(tree: Main) -> list[Binary | Number | String | Boolean]:
    """What can be changed in a tree."""
    nodes = [node for node in tree.walk() if isinstance(node, Binary | Number | String | Boolean)]
    return [node for node in nodes if not isinstance(node, Binary) or node.operator in OTHERS]


def check(path: str, num_mutants: int) -> tuple[Counter[str], list[str]]:
    """What was checked of a file, counted, and what is wrong."""
    counts, wrong = Counter(files=1), list[str]()
    document = Document(path, Path(path).read_bytes())
    for by in UNITS:
        for task in build_tasks(document, lambda _: None, by=by):
            assert task.source is not None
            score, note = behaviour().score(task, task.source)
            counts[f"tasks by {by}"] += 1
            if score is None:
                counts[f"untold by {by}"] += 1
                continue
            counts[f"left out by {by}"] += "left out" in note or "differs" in note
            texts = {"itself": task.source, "printed": printed(task)}
            if by == "file":
                texts["decompiled"] = aidec.decompile(aidec.load(task.chunk)).source
            for name, text in texts.items():
                score, note = behaviour().score(task, text)
                if score != 1.0:
                    wrong.append(f"{task.id}, {name}: {score}: {note}")
            for kind, text in mutants(texts["printed"], num_mutants, task.id):
                counts[f"mutants by {by}"] += 1
                counts[f"mutants of {kind}"] += 1
                is_found = behaviour().score(task, text)[0] != 1.0
                counts[f"mutants by {by} found"] += is_found
                counts[f"mutants of {kind} found"] += is_found
    return counts, wrong


def printed(task: Task) -> bytes:
    """The source of a task in the canonical layout; that of a function as an expression in a program."""
    assert task.source is not None
    return to_source(parse(program(task, task.source)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--files", type=int, metavar="N", help="files to draw")
    parser.add_argument("--mutants", type=int, default=3, metavar="N", help="how many mutants of each task")
    parser.add_argument("-j", type=int, default=2, dest="jobs", metavar="N")
    arguments = parser.parse_args()
    total, failures = Counter[str](), list[str]()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        paths = sources(arguments.folder, arguments.files)
        for counts, wrong in pool.map(check, paths, [arguments.mutants] * len(paths)):
            total += counts
            failures += wrong
            for line in wrong:
                print(line, flush=True)
    for name, number in sorted(total.items()):
        share = f", {100 * number / total[name.removesuffix(' found')]:.1f} %" if name.endswith(" found") else ""
        print(f"{name:>28}: {number:,}{share}")
    return 1 if failures or not total["tasks by file"] else 0


if __name__ == "__main__":
    sys.exit(main())
