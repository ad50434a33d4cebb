"""Random Lua programs to bytecode and back: how many are proven, and whether the others do the same.

    python tests/check_random.py [-n 100000] [-j N] [--seed S] [--kind KIND] [--shape SHAPE] [--keep DIR] [-v]

Makes programs (see ``random_programs.py``), compiles, strips and decompiles them, and compares what comes out by itself
with the claim of the proof. A program of the kind that runs, and is not proven, runs as it was and as it came out, and
must print the same. Exits 1 if there is an error, if a claim is wrong, if a program does something else, or if
fewer are proven than asked for. ``--keep`` writes those that are not proven to a folder, as they are and made as
small as they can be with that.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from check_decompile import code
from random_programs import KINDS, SHAPES, program, shape_of
from shrink_tree import smallest

import aidec
from aidec.bytecode import strip
from aidec.decompiler.decompiled import Decompiled
from aidec.lua.nodes import Main
from aidec.lua.printer import to_source
from aidec.lua.runner import Job, Limits, Runner

RUNS = Path(__file__).with_name("random_runs.lua")

LIMITS = Limits(cpu=2.0, wall=20.0, memory=64 << 20)

BATCH = 50
"""How many programs a process makes at once."""


@dataclass(frozen=True)
class Sort:
    """What programs are made: of which kind, and of which shape, if not of all."""

    kind: str
    shape: str | None

    def program(self, seed: int) -> Main:
        """The program of a seed."""
        return program(seed, self.kind, self.shape)


@dataclass
class Found:
    """What became of programs: each counted by its shape, and those that are worth a line."""

    programs: Counter[str] = field(default_factory=Counter)
    proven: Counter[str] = field(default_factory=Counter)
    functions: int = 0
    proven_functions: int = 0
    same: int = 0
    other: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    unproven: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, found: Found) -> None:
        """Add what became of others."""
        self.programs += found.programs
        self.proven += found.proven
        self.functions += found.functions
        self.proven_functions += found.proven_functions
        self.same += found.same
        self.other += found.other
        self.errors += found.errors
        self.unproven += found.unproven
        self.seconds += found.seconds


def decompiled(source: bytes) -> tuple[Decompiled, bool]:
    """The program of a source, and whether it is the same, found in another way than the proof finds it."""
    chunk = strip(aidec.load(aidec.compile(source)))
    made = aidec.decompile(chunk)
    again = strip(aidec.load(aidec.compile(made.source)))
    return made, code(again.main) == code(chunk.main)


def check(sort: Sort, seeds: range) -> Found:
    """Make programs, and decompile them."""
    found = Found()
    for seed in seeds:
        shape = sort.shape or shape_of(seed, sort.kind)
        found.programs[shape] += 1
        where = f"{sort.kind} {seed} ({shape})"
        source = to_source(sort.program(seed))
        start = time.process_time()
        try:
            made, is_same = decompiled(source)
        except Exception as error:
            found.errors.append(f"{where}: {type(error).__name__}: {error}")
            continue
        found.seconds += time.process_time() - start
        found.functions += len(made.functions)
        found.proven_functions += made.num_proven
        found.proven[shape] += made.is_proven
        if is_same != made.is_proven:
            found.errors.append(f"{where}: it is said to be proven: {made.is_proven}; it is the same: {is_same}")
        if made.is_proven:
            continue
        cause = next(str(function.difference) for function in made.functions if not function.is_proven)
        found.unproven.append((seed, f"{where}: {cause}"))
        if sort.kind == "runs":
            outputs = [output(text) for text in (source, made.source)]
            found.same += outputs[0] == outputs[1]
            if outputs[0] != outputs[1]:
                found.other.append(f"{where}: prints {outputs[1]!r} for {outputs[0]!r}")
    return found


@lru_cache(maxsize=1)
def runner() -> Runner:
    """Runs programs in this process."""
    return Runner(processes=1, limits=LIMITS, deterministic=True)


def output(source: bytes) -> bytes:
    """What a program prints, or how it ended."""
    result = runner().run_job(Job(RUNS.read_bytes(), files={"program.lua": source}))
    return result.stdout if result.status == "ok" else result.status.encode()


def is_unproven(tree: Main) -> bool:
    """Whether a program compiles and is not proven."""
    try:
        return not decompiled(to_source(tree))[0].is_proven
    except aidec.CompileError:
        return False


def keep(sort: Sort, seed: int, line: str, folder: Path) -> str:
    """Write a program, and the smallest like it, to a folder; returns the latter."""
    tree = sort.program(seed)
    name = f"{sort.kind}_{seed}"
    (folder / f"{name}.lua").write_bytes(f"-- {line}\n".encode() + to_source(tree))
    text = to_source(smallest(tree, is_unproven))
    (folder / f"{name}.small.lua").write_bytes(text)
    return text.decode()


def batches(number: int, seed: int) -> Iterator[range]:
    """The seeds of so many programs."""
    for start in range(seed, seed + number, BATCH):
        yield range(start, min(start + BATCH, seed + number))


def report(sort: Sort, total: Found) -> None:
    """Print the counts of a kind."""
    for shape in sorted(total.programs):
        print(f"{shape:>16}: {total.proven[shape]:,} of {total.programs[shape]:,} programs are proven")
    number, proven = total.programs.total(), total.proven.total()
    print(f"{sort.kind:>16}: {proven:,} of {number:,} programs are proven, {100 * proven / number:.3f} %")
    share = 100 * total.proven_functions / max(total.functions, 1)
    print(f"{'functions':>16}: {total.proven_functions:,} of {total.functions:,} are proven, {share:.3f} %")
    if sort.kind == "runs":
        print(f"{'behaviour':>16}: {total.same:,} of {number - proven:,} that are not proven print the same")
    print(f"{'time':>16}: {1000 * total.seconds / number:.1f} ms of processor time a program", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=1000, dest="number", metavar="N", help="how many programs of each kind")
    parser.add_argument("-j", type=int, default=2, dest="jobs", metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the seed of the first program")
    parser.add_argument("--kind", choices=KINDS, action="append", help="the kinds of programs; all if none is given")
    parser.add_argument("--shape", choices=SHAPES, help="the shape of all programs")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT", help="programs that must be proven")
    parser.add_argument("--verbose", "-v", action="store_true", help="name the programs that are not proven")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write the programs that are not proven there")
    arguments = parser.parse_args()
    is_good = True
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for sort in [Sort(kind, arguments.shape) for kind in arguments.kind or KINDS]:
            total = Found()
            futures = [pool.submit(check, sort, seeds) for seeds in batches(arguments.number, arguments.seed)]
            for number, future in enumerate(futures, 1):
                found = future.result()
                total.add(found)
                for line in [*found.errors, *found.other, *([line for _, line in found.unproven] * arguments.verbose)]:
                    print(line)
                if number % 20 == 0:
                    done, proven = total.programs.total(), total.proven.total()
                    print(f"... {proven:,} of {done:,}", file=sys.stderr, flush=True)
            report(sort, total)
            is_good &= not total.errors and not total.other
            is_good &= 100 * total.proven.total() >= arguments.at_least * total.programs.total()
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                shrunk = [pool.submit(keep, sort, seed, line, arguments.keep) for seed, line in total.unproven]
                counts = Counter(future.result() for future in shrunk)
                for text, count in counts.most_common():
                    print(f"-- {count} times\n{text}", flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
