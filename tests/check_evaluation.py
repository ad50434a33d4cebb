"""Evaluation on real files: the source itself has all levels, and what is changed in it is found.

    python tests/check_evaluation.py [--files N] [-j N] FOLDER

Files of FOLDER, drawn by the hash of their path, become tasks: by file and by function, stripped and not. Of each task
the source itself must have 1.0 on every level that can be told, for the whole and for each function; a level that
can't be told must say why. Then each file is changed:

- one operator is another: ``same_bytecode`` must be 0, and the instruction that is named must be the first in which the
  listings of ``luac5.3`` differ;
- all local variables but ``_ENV`` have other names: ``same_bytecode`` must be 1.0, and of the names those alone are
  right that stay, such as that of an implicit ``self``.

Prints what is wrong and the counts; exits 1 if anything is wrong or nothing was checked.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from check_lua import sources

from aidec.common.errors import CompileError
from aidec.evaluation.building import UNITS, build_tasks
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import Task
from aidec.lua.compile import compile_source
from aidec.lua.names import resolve
from aidec.lua.nodes import Binary, Name, Number, Variable
from aidec.lua.printer import to_source
from aidec.lua.tree import parse
from aidec.lua.variables import LocalVariable, Scope, local_variable
from aidec.sources import Document

OTHERS = {"+": "-", "-": "+", "*": "/", "/": "*", "..": "+", "==": "~=", "~=": "==", "<": ">", ">": "<", "and": "or"}
"""What an operator becomes."""

_INSTRUCTION = re.compile(r"\t\d+\t\[[^]]*\]\t(\w+) *\t([^;\n]*)")


def check(path: str) -> tuple[Counter[str], list[str]]:
    """What was checked of a file, counted, and what is wrong."""
    counts, wrong = Counter(files=1), list[str]()
    source = Path(path).read_bytes()
    document = Document(path, source)
    for by in UNITS:
        for stripped in (True, False):
            problems: list[str] = []
            for task in build_tasks(document, problems.append, by=by, stripped=stripped):
                counts[f"tasks by {by}, {'stripped' if stripped else 'not stripped'}"] += 1
                found = list(_not_perfect(task, counts))
                wrong += found
                counts[f"perfect by {by}"] += not found
                if by == "file" and stripped:
                    wrong += _changed_operator(task, counts)
                    wrong += _renamed(task, counts)
            refused = [problem for problem in problems if not _is_no_lua(source)]
            counts["no task"] += len(problems)
            wrong += refused
    return counts, wrong


def _is_no_lua(source: bytes) -> bool:
    try:
        compile_source(source)
    except CompileError:
        return True
    return False


def _not_perfect(task: Task, counts: Counter[str]) -> Iterator[str]:
    """What the source of a task does not have."""
    score = static_score(task, task.source or b"")
    rows = [((), score.values, score.notes), *((each.path, each.values, each.notes) for each in score.functions)]
    for path, values, notes in rows:
        counts["rows"] += 1
        for level, value in values.items():
            if value is None and level in ("same_text", "readability", "names"):
                counts[f"{level} can't be told: {notes.get(level)}"] += 1
                if notes.get(level) != "it has no variables":
                    yield f"{task.id} {path}: {level} can't be told: {notes.get(level)}"
            elif value not in (1.0, None):
                yield f"{task.id} {path}: {level} is {value}: {notes}"


def _changed_operator(task: Task, counts: Counter[str]) -> Iterator[str]:
    """Change the operator in the middle of the text, and compare what is named with luac's listings."""
    source = task.source or b""
    places = [place for node in parse(source).walk() if (place := _operator(node, source)) is not None]
    if not places:
        return
    start, operator = places[len(places) // 2]
    changed = source[:start] + OTHERS[operator].encode() + source[start + len(operator) :]
    expected = _first_other(source, changed)
    if expected is None:  # luac has computed it, or made a jump of it that goes the other way
        counts["operators without an instruction"] += 1
        return
    counts["changed operators"] += 1
    score = static_score(task, changed)
    function, pc = expected
    paths = [found.path for found in score.functions]
    note = score.functions[function].notes.get("same_bytecode", "nothing")
    if score.values["same_bytecode"] != 0 or not note.startswith(f"instruction {pc}: "):
        yield f"{task.id}: {operator} at byte {start}: expected instruction {pc} of {paths[function]}, found {note}"


def _operator(node: object, source: bytes) -> tuple[int, str] | None:
    """Where the operator of a binary operation stands, and which one it is."""
    if not isinstance(node, Binary) or node.operator not in OTHERS or isinstance(node.left, Number):
        return None
    if node.left.place is None or node.right.place is None:
        return None
    between = source[node.left.place.end : node.right.place.start]
    found = list(re.finditer(rb"(?<![-.=~<>/])" + re.escape(node.operator.encode()) + rb"(?![-.=~<>/])", between))
    return (node.left.place.end + found[0].start(), node.operator) if len(found) == 1 else None


def _first_other(source: bytes, changed: bytes) -> tuple[int, int] | None:
    """The first function, by its number, and the first instruction in it, in which luac's listings differ."""
    listings = [_listing(text) for text in (source, changed)]
    for number, (one, two) in enumerate(zip(*listings, strict=True)):
        if one != two:
            return number, next(pc for pc, (a, b) in enumerate(zip(one, two, strict=False), 1) if a != b)
    return None


def _listing(source: bytes) -> list[list[tuple[str, ...]]]:
    """The instructions of each function, as luac lists them."""
    with tempfile.NamedTemporaryFile(suffix=".lua") as file:
        file.write(source)
        file.flush()
        command = ["luac5.3", "-p", "-l", file.name]
        text = subprocess.run(command, capture_output=True, check=True).stdout.decode("latin-1")
    functions = re.split(r"^(?:main|function) <", text, flags=re.MULTILINE)[1:]
    return [[match.groups() for match in _INSTRUCTION.finditer(function)] for function in functions]


def _renamed(task: Task, counts: Counter[str]) -> Iterator[str]:
    """Give all local variables other names."""
    tree = parse(task.source or b"")
    scope = resolve(tree)
    names = _other_names(scope)
    for node in list(tree.walk()):
        if isinstance(node, Name):
            found = local_variable(node.variable)
            if found in names:
                node.name = names[found]
    for variable, name in names.items():
        if isinstance(variable.declaration, Variable):
            variable.declaration.name = name
    score = static_score(task, to_source(tree))
    counts["renamed"] += 1
    if score.values["same_bytecode"] != 1.0 or score.values["functions_equal"] != 1.0:
        yield f"{task.id}: with other names: {score.notes.get('same_bytecode')}"
    kept, variables = _counted(scope)
    expected = kept / variables if variables else None
    if score.values["names"] != expected:
        yield f"{task.id}: with other names: names are {score.values['names']}, expected {expected}"


def _other_names(scope: Scope) -> dict[LocalVariable, str]:
    """A name for each variable that a text declares; the name says nothing."""
    found = [each for function in scope.walk() for each in function.locals if not _keeps_name(each)]
    return {variable: f"zz{number}" for number, variable in enumerate(found)}


def _keeps_name(variable: LocalVariable) -> bool:
    """Whether no text names a variable, or it is ``_ENV``, without which globals are others."""
    return not isinstance(variable.declaration, Variable) or variable.name == "_ENV"


def _counted(scope: Scope) -> tuple[int, int]:
    """How many variables keep their names, and how many there are, without the hidden ones of loops."""
    variables = [each for function in scope.walk() for each in function.locals if not each.name.startswith("(")]
    return sum(map(_keeps_name, variables)), len(variables)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--files", type=int, metavar="N", help="files to draw")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs", metavar="N")
    arguments = parser.parse_args()
    totals: Counter[str] = Counter()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for counts, wrong in pool.map(check, sources(arguments.folder, arguments.files), chunksize=4):
            totals += counts
            totals["wrong"] += len(wrong)
            for problem in wrong:
                print(problem)
    for name, count in sorted(totals.items()):
        print(f"{count:>12,} {name}")
    done = min(totals["perfect by file"], totals["perfect by function"], totals["changed operators"], totals["renamed"])
    return 1 if totals["wrong"] or not done else 0


if __name__ == "__main__":
    sys.exit(main())
