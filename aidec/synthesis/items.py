"""Items, what synthesis makes: rows of JSON lines, or why there is none. A file has all of them, or is not written."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from aidec.bytecode import OPCODES, Proto
from aidec.common.errors import SynthesisError
from aidec.common.files import atomic
from aidec.evaluation.libraries import require_libraries
from aidec.parallel.pool import Pool
from aidec.synthesis.resuming import Note, Progress, resumable

T = TypeVar("T")

BATCH = 8
"""How many inputs a process gets at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of one input.

    Attributes:
        rows: the items.
        rejected: how many were tried and not kept, by the reason.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """What became of all: those that were tried are those that were kept, and those that were rejected."""

    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        """How many were tried."""
        return self.kept + self.rejected.total()


Advance = Callable[[int, int], object]
"""Is told of steps that are done, and of the items that came of them."""

Work = Callable[[Sequence[T]], Iterator[Made]]
"""Makes the items of inputs. Its fields, if it is a dataclass, and an input decide on what is made of the input."""


def write_items(  # noqa: PLR0913 -- what is made, and who is told of it
    path: Path,
    inputs: Iterable[T],
    work: Work[T],
    *,
    jobs: int = 1,
    advance: Advance = lambda _, __: None,
    note: Note = lambda _: None,
) -> Tally:
    """Write the items that are made of inputs, in the order of the inputs; returns what became of them.

    What became of them is also written beside the file, for the card of a dataset (``aidec.dataset.items.tally_of``).
    A run that was killed goes on where it stopped when it is started again.

    Args:
        path: the file, JSON lines.
        inputs: the inputs.
        work: makes the items; in another process if there are more than one.
        jobs: how many processes there are.
        advance: is called after each input.
        note: is told where a run goes on, or that it does not.

    Raises:
        SynthesisError: there are no items, or the extra is not installed; nothing is written.
        EvaluationError: another run writes this file.
        OSError: the file can't be written.
    """
    require_libraries("synth", "synthesis needs", SynthesisError)
    tally = Tally()
    with resumable(path, work, note) as (progress, was_there), atomic(path) as file:
        for made in _resumed(inputs, work, jobs, progress, note if was_there else lambda _: None):
            tally.kept += len(made.rows)
            tally.rejected += made.rejected
            file.writelines(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in made.rows)
            advance(1, len(made.rows))
        if not tally.kept:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in tally.rejected.most_common(3))
            raise SynthesisError(f"{path}: no items to write{': ' if reasons else ''}{reasons}")
    if path.is_file():  # and no pipe, beside which there is nothing
        from aidec.dataset.items import COUNTS  # late, since it needs the extra

        with atomic(path.with_name(path.name + COUNTS)) as file:
            counts = {"tried": tally.tried, "kept": tally.kept, "rejected": dict(sorted(tally.rejected.items()))}
            file.write(json.dumps(counts, ensure_ascii=False, indent=1).encode() + b"\n")
    return tally


def _resumed(inputs: Iterable[T], work: Work[T], jobs: int, progress: Progress, note: Note) -> Iterator[Made]:
    """What is made of inputs: of the first ones it is found, of the others it is made and kept."""
    waiting = deque[bytes]()
    rest = iter(inputs)
    num_found = 0
    for each in rest:
        digest = progress.digest(each)
        found = progress.find(digest)
        if found is None:
            rest = chain([each], rest)
            break
        num_found += 1
        yield Made(*found)
    note(
        f"goes on after {num_found:,} inputs of a run that did not end"
        if num_found
        else "begins anew: what a run that did not end has left is of other settings or inputs"
    )

    def given() -> Iterator[T]:
        for each in rest:
            waiting.append(progress.digest(each))
            yield each

    for made in made_of(given(), work, jobs):
        progress.add(waiting.popleft(), made.rows, made.rejected)
        yield made


def made_of(inputs: Iterable[T], work: Work[T], jobs: int) -> Iterator[Made]:
    """What is made of inputs, in their order; in other processes if there are more than one."""
    if jobs == 1:
        for each in inputs:
            yield from work([each])
        return
    with Pool(work, jobs, _lost) as pool:
        yield from pool.map(_batches(inputs))


def _batches(inputs: Iterable[T]) -> Iterator[tuple[list[T], int]]:
    batch: list[T] = []
    for each in inputs:
        batch.append(each)
        if len(batch) == BATCH:
            yield batch, len(batch)
            batch = []
    if batch:
        yield batch, len(batch)


def _lost(_: object, problem: str) -> Made:
    """What became of an input that killed a process."""
    return Made(rejected=Counter([problem]))


def opcodes_of(main: Proto) -> list[str]:
    """The names of the opcodes in a function and those inside it, in alphabetical order."""
    return sorted({OPCODES[word & 0x3F].name for proto in main.walk() for word in proto.code})
