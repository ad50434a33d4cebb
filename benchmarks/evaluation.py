"""How fast predictions are scored on all levels, where the time goes, and how time and memory grow with their number.

    python benchmarks/evaluation.py [--corpus DIR] [--predictions N] [--growth N ...] [--sample N] [--every N]
                                    [--behaviour] [-j N] [--only PART ...] [--page PAGE]

The parts are ``rate``, ``split``, ``growth`` and ``levels``. The predictions are made of functions of the corpus, ten
or more for each: the source, what ``aidec decompile`` has, and others in which something was changed, of which some do
not compile. Rate: one ``aidec eval run`` of --predictions. Split: the steps of scoring, one by one in one process, on a
sample. Growth: runs of other numbers, without behaviour. Time is that of the processor, of all processes with those in
the sandbox, since others may use the machine. Levels: what the decompiler that ships has on all files and on every
--every'th function, with debug information and without; with --behaviour they are run too. With --page the tables are
written into it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from page import measure

from aidec.decompiler.program import decompile
from aidec.evaluation.answers import code_of
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import Prediction, Task
from aidec.evaluation.predictions import row_of
from aidec.evaluation.programs import program_of
from aidec.evaluation.tasks import read_tasks, write_tasks
from aidec.lua.runner import Runner

AIDEC = [sys.executable, "-m", "aidec", "eval"]
SAMPLES = 10
TICKS = os.sysconf("SC_CLK_TCK")
CHANGES = ((b"+", b"-"), (b"==", b"~="), (b"<", b"<="), (b"and", b"or"), (b"1", b"2"), (b"local ", b""), (b"end", b""))
"""What is put in the place of what; the last two may not compile."""


def processes(root: int) -> list[int]:
    """A process and all that it started, directly or not."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields of a process after its name; none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_of(pids: Sequence[int]) -> float:
    """The seconds of the processor that processes took, with those of their children that ended."""
    return sum(sum(map(int, fields[11:15])) for pid in pids if (fields := _stat(pid))) / TICKS


def memory_of(pids: Sequence[int]) -> int:
    """The bytes of memory of processes, what they share counted once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run took: seconds, seconds of the processor, and bytes of memory at most, of all its processes."""

    wall: float
    cpu: float
    memory: int


def watched(command: list[str]) -> Taken:
    """What a command took, looked at twice a second."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    cpu, memory = 0.0, 0
    while process.poll() is None:
        pids = processes(process.pid)
        cpu, memory = max(cpu, cpu_of(pids)), max(memory, memory_of(pids))
        time.sleep(0.5)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}")
    return Taken(time.monotonic() - start, cpu, memory)


def changed(source: bytes, chance: random.Random, number: int) -> bytes:
    """A source in which something was changed, and which is like no other."""
    old, new = chance.choice(CHANGES)
    places = [place for place in range(len(source)) if source.startswith(old, place)]
    if places:
        place = chance.choice(places)
        source = source[:place] + new + source[place + len(old) :]
    return source + b" -- %d" % number


def make(corpus: Path, number: int, folder: Path) -> tuple[Path, Path]:
    """Files with so many predictions, and with their tasks."""
    whole = folder / "whole.jsonl"
    if not whole.exists():
        command = [*AIDEC, "tasks", "build", str(corpus), "-o", str(whole)]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=False)  # some functions make no task
    count = sum(1 for _ in read_tasks(whole))
    wanted = -(-number // SAMPLES)
    every = max(count // wanted, 1)
    chance = random.Random(number)  # noqa: S311 (not for cryptography)
    tasks, predictions = folder / f"tasks-{number}.jsonl", folder / f"predictions-{number}.jsonl"
    chosen: list[Task] = list(islice(read_tasks(whole), 0, wanted * every, every))
    samples = -(-number // len(chosen))  # more than ten where there are few tasks
    write_tasks(tasks, chosen)
    with predictions.open("wb") as file:
        for task in chosen:
            source = task.source or b""
            texts = [source, decompile(program_of(task)).source]
            texts += [changed(source, chance, place) for place in range(samples - len(texts))]
            file.write(row_of(task.id, [Prediction(task.id, place, text) for place, text in enumerate(texts)]))
    return tasks, predictions


def rate(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """One run on all levels."""
    tasks, predictions = make(options.corpus, options.predictions, folder)
    command = [*AIDEC, "run", str(tasks), "--predictions", str(predictions), "-j", str(options.j)]
    whole = watched([*command, "-o", str(folder / "run")])
    again = watched([*command, "-o", str(folder / "run")])
    number = json.loads((folder / "run" / "report.json").read_text())["predictions"]
    yield "| predictions | processes | s | of the processor, s | ms each | a second on each processor | memory, MB |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    yield (
        f"| {number:,} | {options.j} | {whole.wall:.0f} | {whole.cpu:.0f} | {1000 * whole.cpu / number:.1f} | "
        f"{number / whole.cpu:.0f} | {whole.memory / 1e6:.0f} |"
    )
    yield ""
    yield f"The same command again, when all is in the journal: {again.cpu:.1f} s of the processor."


def split(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The steps of scoring, in this process and in its sandbox."""
    tasks, _ = make(options.corpus, options.predictions, folder)
    chosen = list(read_tasks(tasks))[:: max(options.predictions // SAMPLES // options.sample, 1)]
    chance = random.Random(1)  # noqa: S311
    answers = [(task, changed(task.source or b"", chance, 0)) for task in chosen]
    others = [(task, changed(task.source or b"", chance, 1)) for task in chosen]
    yield "| step | ms of the processor for each |"
    yield "| --- | ---: |"
    with Runner(1, deterministic=True) as runner:
        behaviour = Behaviour(runner)
        steps: dict[str, Callable[[], Sized]] = {
            "the code out of an answer in a fence": lambda: [
                code_of(b"```lua\n" + text + b"\n```") for _, text in answers
            ],
            "levels without running, the first of a task": lambda: [static_score(*each) for each in answers],
            "levels without running, another of the task": lambda: [static_score(*each) for each in others[-60:]],
            "behaviour, the first of a task": lambda: [behaviour.score(*each) for each in answers],
            "behaviour, another of the task": lambda: [behaviour.score(*each) for each in others[-200:]],
        }
        for name, step in steps.items():
            before = cpu_of(processes(os.getpid()))
            done = step()
            took = cpu_of(processes(os.getpid())) - before
            yield f"| {name} | {1000 * took / len(done):.2f} |"


def growth(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Runs of growing numbers of predictions, without behaviour."""
    yield "| predictions | of the processor, s | ms each | memory, MB | journal, MB |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    for wanted in options.growth:
        tasks, predictions = make(options.corpus, wanted, folder)
        place = folder / f"growth-{wanted}"
        command = [*AIDEC, "run", str(tasks), "--predictions", str(predictions), "-j", str(options.j)]
        took = watched([*command, "--no-behaviour", "-o", str(place)])
        size = (place / "journal.db").stat().st_size
        number = json.loads((place / "report.json").read_text())["predictions"]
        each = 1000 * took.cpu / number
        yield f"| {number:,} | {took.cpu:.0f} | {each:.2f} | {took.memory / 1e6:.0f} | {size / 1e6:.1f} |"


def levels(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The levels of the decompiler that ships."""
    columns = []
    for by, every in (("function", options.every), ("file", 1)):
        for strip, name in (("--no-strip", "with debug information"), ("--strip", "stripped")):
            tasks, place = folder / f"{by}{strip}.jsonl", folder / f"{by}{strip}"
            command = [*AIDEC, "tasks", "build", "--by", by, strip, str(options.corpus), "-o", str(tasks)]
            subprocess.run(command, stderr=subprocess.DEVNULL, check=False)  # some make no task
            write_tasks(tasks, list(islice(read_tasks(tasks), 0, None, every)))
            asked = [
                "--decompiler",
                "aidec",
                "--timeout",
                "3600",
                "--behaviour" if options.behaviour else "--no-behaviour",
            ]
            watched([*AIDEC, "run", str(tasks), *asked, "-j", str(options.j), "-o", str(place)])
            report = json.loads((place / "report.json").read_text())
            columns.append((f"{by}s, {name}, {report['tasks']:,} tasks", report["groups"][0]["levels"]))
    yield f"| level | {' | '.join(name for name, _ in columns)} |"
    yield f"| --- |{' ---: |' * len(columns)}"
    for level in columns[0][1]:
        yield f"| `{level}` | {' | '.join(_interval(found.get(level)) for _, found in columns)} |"


def _interval(found: dict[str, float] | None) -> str:
    """A mean with its interval."""
    return f"{found['mean']:.3f} ({found['low']:.3f} to {found['high']:.3f})" if found and found["tasks"] else ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = Path(os.environ.get("AIDEC_CORPUS", Path.home() / ".cache" / "aidec" / "corpus"))
    parts = {"rate": rate, "split": split, "growth": growth, "levels": levels}
    parser.add_argument("--corpus", type=Path, default=folder, metavar="DIR")
    parser.add_argument("--predictions", type=int, default=10_000, metavar="N")
    parser.add_argument("--growth", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--sample", type=int, default=300, metavar="N", help="tasks for the split")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="of the functions, for the levels")
    parser.add_argument("--behaviour", action="store_true", help="run what the levels are of")
    parser.add_argument("-j", type=int, default=2, metavar="N")
    parser.add_argument("--only", action="append", choices=parts)
    parser.add_argument("--page", type=Path, metavar="PAGE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bound = {name: partial(part, options, Path(scratch)) for name, part in parts.items()}
        measure(bound, options.only, options.page)


if __name__ == "__main__":
    main()
