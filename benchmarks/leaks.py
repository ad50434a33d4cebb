"""What the splits of a dataset have in common, before and after it is rejected: by function and by file.

    python benchmarks/leaks.py [--tokenizer DIR] [--test SHARE] [--validation SHARE] [-j N] FOLDER

Makes the samples of the Lua below FOLDER for each granularity, stripped, once split by repository and once by file.
Then plans each twice, with ``split.apart`` of ``samples`` (only whole samples count, as without this setting) and of
``functions``, and prints what ``aidec dataset stats`` shows of both. Without --tokenizer one of 4,000 tokens is
trained; what splits have in common does not depend on it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pyarrow import parquet

from aidec.dataset.card import table
from aidec.dataset.recipe import Recipe, Source, Split
from aidec.dataset.stages import plan, samples
from aidec.dataset.stages.partition import count_partitions, inventory, write_partitions
from aidec.parallel import executors

AIDEC = [sys.executable, "-m", "aidec"]
HEAD = [
    "a sample is",
    "split by",
    "apart",
    "of",
    "samples",
    "with a function of 10 or more in",
    "only shorter",
    "similar",
    "functions in both",
    "instructions in both",
    "training",
    "rejected",
]


def trained(folder: Path, scratch: Path) -> Path:
    """The folder of a small tokenizer."""
    base, tokenizer = scratch / "base", scratch / "tokenizer"
    train = ["tokenizer", "train", folder, "--vocab-size", "4000", "-o", base]
    subprocess.run([*AIDEC, *map(str, train)], check=True)
    extend = ["tokenizer", "extend", base, "-p", "compact", "--chat", "nanochat", "-o", tokenizer]
    subprocess.run([*AIDEC, *map(str, extend)], check=True)
    return tokenizer


def make_samples(recipe: Recipe, work: Path, jobs: int) -> int:
    """Do the first two stages of a build; returns the number of partitions."""
    number = count_partitions(inventory(recipe), recipe)
    write_partitions(recipe, work / "partitions", number, lambda _: None)
    with executors.opened(recipe.engine, jobs) as run:
        for _ in run(partial(samples.make, recipe, work), range(number)):
            pass
    return number


def planned(recipe: Recipe, work: Path, number: int) -> Iterator[list[str]]:
    """A row of the table for each pair of splits, of which the earlier one is training."""
    plan.make(recipe, work, number, lambda *_: None)
    sides = Counter(parquet.read_table(work / "plan.parquet", columns=["split"])["split"].to_pylist())
    reasons = Counter(parquet.read_table(work / "rejects" / "plan.parquet", columns=["reason"])["reason"].to_pylist())
    pairs: list[dict[str, Any]] = json.loads((work / plan.OVERLAP).read_bytes())
    for pair in (pair for pair in pairs if pair["earlier"] == "train"):
        yield [
            recipe.granularity,
            recipe.split.by,
            recipe.split.apart,
            pair["split"],
            f"{pair['samples']:,}",
            f"{pair['sharing']:,}",
            f"{pair['sharing_short']:,}",
            f"{pair['similar']:,} + {pair['similar_short']:,}",
            f"{pair['functions']:,} + {pair['functions_short']:,}",
            f"{pair['shared_instructions'] / pair['instructions']:.1%}",
            f"{sides[0]:,}",
            f"{reasons['function held out']:,}",
        ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--tokenizer", type=Path, metavar="DIR")
    parser.add_argument("--validation", type=float, default=0.1, metavar="SHARE")
    parser.add_argument("--test", type=float, default=0.1, metavar="SHARE")
    parser.add_argument("-j", type=int, default=1, metavar="N")
    options = parser.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tokenizer = options.tokenizer or trained(options.folder, scratch)
        source = Source(str(options.folder), name="corpus")
        for granularity in ("function", "file"):
            for by in ("repository", "origin"):
                split = Split(by, options.validation, options.test)
                recipe = Recipe((source,), str(tokenizer), "always", granularity, split=split)
                work = scratch / "work"
                number = make_samples(recipe, work, options.j)
                for apart in ("samples", "functions"):
                    rows += planned(replace(recipe, split=replace(split, apart=apart)), work, number)
                print("\n".join(table(HEAD, rows)), file=sys.stderr, flush=True)
                shutil.rmtree(work)
    print("\n".join(table(HEAD, rows)))


if __name__ == "__main__":
    main()
