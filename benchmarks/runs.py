"""What a run of ``print(1)`` costs in a warm process, with each set of layers, and how many a pool does in a second.

    python benchmarks/runs.py [--runs N] [--rounds N] [--write-docs]

Prints a table: for each set of layers the median time of a run in milliseconds, the 5th and the 95th percentile, and
for a pool of two processes the runs in a second, as the median of the rounds and their spread. With --write-docs the
table of docs/sandbox.md is written.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import machine

from aidec.lua.layers import LAYERS, missing
from aidec.lua.runner import Job, Runner

DOCUMENT = Path(__file__).parent.parent / "docs" / "sandbox.md"

BEGIN, END = "<!-- the table that runs.py writes -->", "<!-- its end, too -->"

SCRIPT = "print(1)"


def cost(layers: tuple[str, ...], runs: int) -> list[float]:
    """The milliseconds of each of many runs, one after another in one process."""
    with Runner(processes=1, sandbox=layers) as runner:
        for _ in range(20):
            runner.run(SCRIPT)
        found = []
        for _ in range(runs):
            started = time.perf_counter()
            result = runner.run(SCRIPT)
            found.append((time.perf_counter() - started) * 1000)
            if result.stdout != b"1\n":
                sys.exit(f"expected 1, read {result}")
    return found


def rate(layers: tuple[str, ...], runs: int, rounds: int) -> list[float]:
    """The runs in a second of a pool of two processes, for each round."""
    with Runner(processes=2, sandbox=layers) as runner:
        runner.start()
        found = []
        for _ in range(rounds):
            started = time.perf_counter()
            statuses = {result.status for result in runner.run_all([Job(SCRIPT)] * runs)}
            found.append(runs / (time.perf_counter() - started))
            if statuses != {"ok"}:
                sys.exit(f"expected ok, read {statuses}")
    return found


def start(layers: tuple[str, ...], rounds: int) -> float:
    """The median of the milliseconds that a process takes to start, its trials included."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        with Runner(processes=1, sandbox=layers):
            found.append((time.perf_counter() - started) * 1000)
    return statistics.median(found)


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500, metavar="N")
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--write-docs", action="store_true")
    arguments = parser.parse_args()
    here = tuple(name for name in LAYERS if not missing(name))
    sets = list(dict.fromkeys([here[:2], tuple(name for name in here if name != "bubblewrap"), here]))
    rows = [
        "| layers | a run, ms: median (5 % to 95 %) | runs in a second, two processes | a process starts in |",
        "| --- | --- | --- | --- |",
    ]
    for layers in sets:
        times = cost(layers, arguments.runs)
        low, *_, high = statistics.quantiles(times, n=20)
        rates = rate(layers, arguments.runs, arguments.rounds)
        spread = f"{statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
        middle = f"{statistics.median(times):.1f} ({low:.1f} to {high:.1f})"
        rows.append(f"| {', '.join(layers)} | {middle} | {spread} | {start(layers, arguments.rounds):.0f} ms |")
    facts = machine.describe()
    names = ("when", "processor", "system", "Python", "load when it began", "aidec")
    rows += ["", f"Measured: {', '.join(f'{name} {facts[name]}' for name in names)}."]
    print(*rows, sep="\n")
    if arguments.write_docs:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
        table = "\n".join(rows)
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
