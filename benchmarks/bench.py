"""Measures aidec against the plain ways, as ratios, and how its steps grow with their input.

    python benchmarks/bench.py [--corpus DIR] [--rounds N] [--scale X] [--only TEXT ...]
    python benchmarks/bench.py --same [-j N] [--only TEXT ...]

Writes benchmarks/results.json, and in docs/measurements the picture performance.png and the tables of performance.md,
which explains how. With --only it measures the comparisons whose names contain one of the texts, and prints them alone.
With --same nothing is timed: whatever both ways make of every chunk of the corpus is compared.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import growth
import page
from commands import COMMANDS, CommandComparison
from comparisons import COMPARISONS, Comparison
from inputs import Corpus
from machine import ROOT, describe
from page import Result

CACHE = Path.home() / ".cache" / "aidec"
MEASUREMENTS = ROOT / "docs" / "measurements"


def compare(comparison: Comparison | CommandComparison, corpus: Corpus, rounds: int, scale: float) -> Result:
    """Measure one comparison and print what came of it."""
    sample = comparison.sample(corpus, scale)
    measured = comparison.measure(corpus, rounds, scale)
    result = Result(comparison.name, comparison.against, measured, len(sample.items), sample.instructions)
    spread = [page.number(ratio) for ratio in (result.spread.median, result.spread.least, result.spread.greatest)]
    print(f"{result.name}, against {result.against}: {spread[0]} ({spread[1]} to {spread[2]})", flush=True)
    return result


def chosen(only: list[str] | None) -> list[Comparison | CommandComparison]:
    """All comparisons, or those whose names contain one of the texts."""
    every: list[Comparison | CommandComparison] = [*COMPARISONS, *COMMANDS]
    return [comparison for comparison in every if only is None or any(text in comparison.name for text in only)]


def same(comparison: Comparison, corpus: Corpus, jobs: int) -> bool:
    """Whether both ways make the same of all chunks; prints which differ."""
    items = corpus.sample(None, comparison.largest).items
    comparison.ours(corpus)  # trains the tokenizer, once for all processes
    with ProcessPoolExecutor(jobs) as pool:
        portions = pool.map(partial(comparison.differing, corpus), [items[start::jobs] for start in range(jobs)])
        paths = [path for portion in portions for path in portion]
    told = f"{comparison.name}, against {comparison.against}: {len(items):,} chunks, {len(paths)} differ"
    print(told, *paths, flush=True)
    return not paths


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = Path(os.environ.get("AIDEC_CORPUS", CACHE / "corpus"))
    parser.add_argument("--corpus", type=Path, default=folder, metavar="DIR", help="folder of Lua files")
    parser.add_argument("--work", type=Path, default=CACHE / "bench", metavar="DIR", help="for chunks and tokenizers")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--scale", type=float, default=1, metavar="X", help="size of the samples, times the usual one")
    parser.add_argument("--only", action="append", metavar="TEXT")
    parser.add_argument("--same", action="store_true", help="compare what is made of all chunks, and time nothing")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs", metavar="N", help="processes, with --same")
    arguments = parser.parse_args()
    machine = describe()
    corpus = Corpus(arguments.corpus, arguments.work)
    if not corpus.items:
        sys.exit(f"no Lua in {arguments.corpus}: run tests/oracles/fetch_corpus.sh")
    if arguments.same:
        every = [each for each in chosen(arguments.only) if isinstance(each, Comparison) and each.is_same]
        is_same = [same(each, corpus, arguments.jobs) for each in every]
        sys.exit(not all(is_same))
    results = [compare(each, corpus, arguments.rounds, arguments.scale) for each in chosen(arguments.only)]
    if arguments.only is not None:
        return
    grown = growth.measure(corpus.tokenizer("classic"))
    print(growth.report(grown))
    growth.plot(grown, MEASUREMENTS / "performance.png")
    found = (machine, corpus.describe(), results, grown)
    (ROOT / "benchmarks" / "results.json").write_text(page.as_json(*found))
    document = MEASUREMENTS / "performance.md"
    document.write_text(page.put(document.read_text(), page.as_markdown(*found)))


if __name__ == "__main__":
    main()
