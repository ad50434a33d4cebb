"""Datasets of real files: the counts, the proof, and builds that are killed.

    python tests/check_dataset.py [--tokenizer DIR] [--kills N] [-j N] [--set KEY=VALUE ...] FOLDER

Builds a dataset of the Lua below FOLDER with each granularity, undisturbed and with SIGKILL at N random moments,
compares the hashes of all files, and runs ``aidec dataset verify``. Prints what it finds; exits 1 where anything
differs. Without --tokenizer one of 8,000 tokens is trained.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AIDEC = [sys.executable, "-m", "aidec"]


def hashes(folder: Path) -> dict[str, str]:
    """The hash of every file."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def run(*arguments: str) -> str:
    """Run a command of aidec's; returns its last line."""
    done = subprocess.run([*AIDEC, *arguments], stderr=subprocess.PIPE, text=True, check=False)
    print(done.stderr, end="")
    if done.returncode:
        sys.exit(f"aidec {arguments[0]} {arguments[1]} failed")
    return done.stderr.splitlines()[-1]


def build_and_kill(arguments: list[str], seconds: float, kills: int) -> int:
    """Build, ended by SIGKILL again and again at moments within so many seconds; returns how many kills there were."""
    chance = random.Random(kills)  # noqa: S311
    done = 0
    while done < kills:
        process = subprocess.Popen([*AIDEC, *arguments], stderr=subprocess.DEVNULL, start_new_session=True)
        # Loading takes a second or two: most kills shall meet work
        time.sleep(1.5 + chance.random() * seconds / kills * 2)
        if process.poll() is not None:
            return done
        process.kill()
        process.wait()
        done += 1
    subprocess.run([*AIDEC, *arguments], check=True)
    return done


def check(granularity: str, recipe: Path, scratch: Path, options: argparse.Namespace) -> bool:
    """Whether a granularity gives the same files however often it is killed, and these are what they should be."""
    common = ["dataset", "build", str(recipe), "-j", str(options.j), "--set", f"granularity={granularity}"]
    common += [part for override in options.set for part in ("--set", override)]
    start = time.monotonic()
    run(*common, "-o", str(scratch / "undisturbed"))
    kills = build_and_kill([*common, "-o", str(scratch / "killed")], time.monotonic() - start, options.kills)
    ours, theirs = hashes(scratch / "killed"), hashes(scratch / "undisturbed")
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    print(f"{granularity}: killed {kills} times, {len(theirs)} files, {len(differing)} differ {differing[:3]}")
    verified = run("dataset", "verify", str(scratch / "undisturbed"), "-j", str(options.j))
    return not differing and kills > 0 and verified.endswith(" 0 failed")


def main() -> int:
    """Check both granularities."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--tokenizer", type=Path, metavar="DIR")
    parser.add_argument("--kills", type=int, default=10, metavar="N")
    parser.add_argument("-j", type=int, default=2, metavar="N")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tokenizer = options.tokenizer or scratch / "tokenizer"
        if options.tokenizer is None:
            run("tokenizer", "train", str(options.folder), "--vocab-size", "8000", "-o", str(scratch / "base"))
            run("tokenizer", "extend", str(scratch / "base"), "-p", "compact", "-o", str(tokenizer))
        recipe = scratch / "recipe.yaml"
        source = {"path": str(options.folder), "name": "corpus"}
        recipe.write_text(json.dumps({"sources": [source], "tokenizer": str(tokenizer), "partition_bytes": 200_000}))
        results = []
        for granularity in ("file", "function"):
            (scratch / granularity).mkdir()
            results.append(check(granularity, recipe, scratch / granularity, options))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
