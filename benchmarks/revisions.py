"""How much processor time building a dataset takes with this revision, in relation to another one.

    python benchmarks/revisions.py --other PYTHON [--base DIR] [--rounds N] [--packs NAME ...] FOLDER ...

PYTHON is the interpreter of an environment in which the other revision is installed. Both build the Lua below the
FOLDERs, by function, with classic and with compact, in turn in each round, with one process and nothing else
different. Prints the user and system time of each command, and of each round the ratio, other over ours: how many times
as many samples a second this revision makes. Exits 1 where the rows or the rejects differ. The tokenizer is that of
``benchmarks/dataset.py``, made by this revision.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path
from statistics import median

from dataset import tokenizers

from aidec.dataset.reader import DATA, open_dataset
from aidec.dataset.tables import batches


def processor_seconds(command: list[str], folder: Path) -> float:
    """The user and system time of a command, and of the processes that it waited for; it runs in a folder."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder)
    said = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(said)
    return usage.ru_utime + usage.ru_stime


def are_equal(one: Path, other: Path) -> bool:
    """Whether two datasets have the same rows, in the same shards, and the same rejects."""
    ours, theirs = open_dataset(one), open_dataset(other)
    if ours.record["counts"] != theirs.record["counts"] or ours.record["shards"] != theirs.record["shards"]:
        return False
    names = ["rejects.parquet", *(f"{DATA}/{name}" for shards in ours.record["shards"].values() for name in shards)]
    return all(
        mine == yours for name in names for mine, yours in zip_longest(batches(one / name), batches(other / name))
    )


def main() -> int:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--other", required=True, metavar="PYTHON")
    parser.add_argument("--base", type=Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--packs", nargs="+", choices=["classic", "compact"], default=["classic", "compact"])
    parser.add_argument("--granularity", choices=["file", "function"], default="function")
    options = parser.parse_args()
    pythons = {"other": options.other, "ours": sys.executable}
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        sources = [{"path": str(Path(folder).resolve()), "name": Path(folder).name} for folder in options.folders]
        of_pack = tokenizers(options.folders, options.base, scratch)
        for pack in options.packs:
            recipe = scratch / "recipe.yaml"
            settings = {"sources": sources, "tokenizer": str(of_pack[pack]), "granularity": options.granularity}
            recipe.write_text(json.dumps({**settings, "filters": {"defects": []}}))
            ratios = []
            for number in range(1, options.rounds + 1):
                took = {}
                for which, python in pythons.items():
                    build = ["-m", "aidec", "dataset", "build", str(recipe), "-o", str(scratch / which), "--replace"]
                    took[which] = processor_seconds([python, *build], scratch)
                ratios.append(took["other"] / took["ours"])
                print(
                    f"{pack}, round {number}: {took['other']:.1f} s and {took['ours']:.1f} s: {ratios[-1]:.2f}",
                    flush=True,
                )
            samples = open_dataset(scratch / "ours").record["counts"]["samples"]
            is_same = are_equal(scratch / "ours", scratch / "other")
            wrong += not is_same
            print(
                f"{options.granularity}, {pack}, {samples:,} samples: {median(ratios):.2f} times as many a second "
                f"({min(ratios):.2f} to {max(ratios):.2f}); the rows {'are equal' if is_same else 'DIFFER'}",
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
