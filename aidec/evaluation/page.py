"""A report as a page: HTML in one file that needs nothing else, with each failure to open, source beside bytecode.

``page.html.j2`` is the page. Its script makes the rows of failures out of data, so that a page of 1,000 stays quick.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path as File
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aidec.common.errors import AidecError
from aidec.decompiler.listing import listing_of
from aidec.decompiler.proof import first_other
from aidec.evaluation.failures import kind_of_failure
from aidec.evaluation.model import LEVELS, Scored, Task
from aidec.evaluation.original import compile_prediction, original_of
from aidec.evaluation.outputs import Results
from aidec.evaluation.report import groups_of

MAX_FAILURES = 2000
"""How many failures a page holds, the first of all; it says how many it leaves out."""

MAX_LINES = 400
"""How many lines of a text or a listing a page shows; of listings those around the first difference."""

Side = tuple[str, str, bool]
"""A line of two listings: what the chunk has, what the prediction has, and whether they are the same."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A prediction that failed, as the page shows it.

    Attributes:
        task, sample: which prediction it is.
        level, kind: where it fails first, and how: its cluster.
        note: the same with its place and its names.
        groups: the kinds of the task, such as ``size: 10-99``.
        values: what it got on each level.
        source: the source of the task, if that is known.
        code: the code that was predicted.
        function: which function the listing is of, where it is not the main one.
        listing: the instructions of both.
    """

    task: str
    sample: int
    level: str
    kind: str
    note: str
    groups: list[str]
    values: list[tuple[str, float | None]]
    source: str | None
    code: str
    function: str
    listing: list[Side]

    def to_json(self) -> dict[str, Any]:
        """The failure as the script of the page reads it."""
        return {name: getattr(self, name) for name in self.__slots__}


def html_report(report: dict[str, Any], results: Results) -> str:
    """The page of a run, a text in HTML.

    Args:
        report: its report (aidec/evaluation/report.py).
        results: for each task, for each sample, its rounds, of which the first is shown.
    """
    failed = failed_of(results)
    shown = [failure_of(*each).to_json() for each in islice(failed, MAX_FAILURES)]
    loader = FileSystemLoader(File(__file__).parent)
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    return environment.get_template("page.html.j2").render(
        report=report,
        levels=LEVELS,
        num_left_out=sum(1 for _ in failed),
        failures=shown,
    )


def failed_of(results: Results) -> Iterator[tuple[Task, Scored, str, str]]:
    """The predictions that failed, in the order of the tasks, each with its level and its kind."""
    for task, samples in results:
        for rounds in samples:
            kind = kind_of_failure(rounds[0].score)
            if kind is not None:
                yield task, rounds[0], *kind


def failure_of(task: Task, scored: Scored, level: str, kind: str) -> Failure:
    """A prediction that failed, as the page shows it; both sides are compiled for that."""
    score = scored.score
    path = next((one.path for one in score.functions if one.values.get("same_bytecode") == 0), ())
    return Failure(
        task=task.id,
        sample=score.sample,
        level=level,
        kind=kind,
        note=score.notes.get(level, ""),
        groups=[f"{by}: {value}" for by, value in groups_of(task)],
        values=[(name, score.values.get(name)) for name in LEVELS],
        source=None if task.source is None else _text(task.source),
        code=_text(scored.code),
        function=".".join(map(str, path)),
        listing=_listing(task, scored.code, path),
    )


def _text(data: bytes) -> str:
    """A text, of which the end is cut if it is long."""
    lines = data.decode("utf-8", "backslashreplace").split("\n")
    more = len(lines) - MAX_LINES
    return "\n".join([*lines[:MAX_LINES], f"... {more:,} more lines"] if more > 0 else lines)


def _listing(task: Task, code: bytes, path: tuple[int, ...]) -> list[Side]:
    """The instructions of a function of the chunk and of the prediction, side by side; the latter if it compiles."""
    if not task.chunk:
        return []
    theirs = listing_of(original_of(task).protos[path])
    try:
        compiled = compile_prediction(task, code).protos.get(path)
    except AidecError:
        compiled = None
    ours = [] if compiled is None else listing_of(compiled)
    start = max(first_other(theirs, ours) - MAX_LINES // 2, 0)
    return _aligned(theirs[start : start + MAX_LINES], ours[start : start + MAX_LINES])


def _aligned(theirs: list[str], ours: list[str]) -> list[Side]:
    """Two listings line by line; instructions that are the same but for their numbers stand beside each other."""
    bare = [[line.partition(" ")[2] for line in lines] for lines in (theirs, ours)]
    found: list[Side] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, bare[0], bare[1], autojunk=False).get_opcodes():
        for k in range(max(i_end - i, j_end - j)):
            left = theirs[i + k] if i + k < i_end else ""
            right = ours[j + k] if j + k < j_end else ""
            found.append((left, right, kind == "equal"))
    return found
