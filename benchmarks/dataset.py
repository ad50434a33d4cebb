"""How fast datasets are built, and in how much memory: each stage, in one process, in two, and on Ray.

    python benchmarks/dataset.py [--base DIR] [--page PAGE] [--runs NAME ...] FOLDER ...

Builds the Lua below the FOLDERs with each granularity and with classic and compact, stripped and not, once with each of
the runs ``local-1``, ``local-2`` and ``ray-2``; compares the hashes of the files that they give; verifies one of them;
and writes a table into a page. The tokenizer has 32,768 tokens of lua-sp, trained on the same files unless --base names
it, and those of the pack and of ChatML: with classic 37,010. Memory is the peak of the resident memory of all processes
together, pages that they share counted once for each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from machine import describe
from page import put

AIDEC = [sys.executable, "-m", "aidec"]
RUNS = {"local-1": ("-j", "1"), "local-2": ("-j", "2"), "ray-2": ("-j", "2", "--engine", "ray")}
STAGE = re.compile(r"aidec: (\w+): [\d,]+ steps, ([\d,]+) (\w+), [\d,]+ \w+/s, ([\d.]+) s")
LAST = re.compile(
    r"([\d,]+) records in, ([\d,]+) rejected; ([\d,]+) samples of the others, ([\d,]+) rejected.*; ([\d,]+) tokens"
)
INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """What a build took: seconds, bytes of memory, what it said, and the hash of what it wrote."""

    seconds: float
    memory: int
    said: str
    sha256: str


def processes() -> dict[int, tuple[int, int]]:
    """The parent of each process, and its resident memory in bytes (proc(5): stat, fields 4 and 24)."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        found[int(path.parent.name)] = int(fields[1]), int(fields[21]) * 4096
    return found


def memory_of(root: int) -> int:
    """The resident memory of a process and of those that it started."""
    found = processes()
    ours = {root}
    size = 0
    while size != len(ours):
        size = len(ours)
        ours |= {number for number, (parent, _) in found.items() if parent in ours}
    return sum(found[number][1] for number in ours if number in found)


def measure(arguments: list[str], output: Path) -> Measured:
    """Build, and watch."""
    start = time.monotonic()
    process = subprocess.Popen([*AIDEC, *arguments], stderr=subprocess.PIPE, text=True)
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(INTERVAL)

    watching = threading.Thread(target=watch)
    watching.start()
    said = process.communicate()[1]
    watching.join()
    seconds = time.monotonic() - start
    if process.returncode:
        sys.exit(said)
    state = hashlib.sha256()
    for path in sorted(path for path in output.rglob("*") if path.is_file()):
        state.update(hashlib.sha256(path.read_bytes()).digest())
    return Measured(seconds, peak, said, state.hexdigest())


def tokenizers(folders: list[str], base: Path | None, scratch: Path) -> dict[str, Path]:
    """A tokenizer for each pack."""
    if base is None:
        base = scratch / "base"
        train = ["tokenizer", "train", *folders, "--preset", "lua-sp", "--vocab-size", "32768", "-o", str(base)]
        subprocess.run([*AIDEC, *train], check=True)
    found = {}
    for pack in ("classic", "compact"):
        found[pack] = scratch / pack
        extend = ["tokenizer", "extend", str(base), "-p", pack, "--chat", "chatml", "-o", str(found[pack])]
        subprocess.run([*AIDEC, *extend], check=True)
    return found


def row(names: list[str], measured: Measured) -> str:
    """A row of the table."""
    stages = {
        name: (int(amount.replace(",", "")), float(took)) for name, amount, _, took in STAGE.findall(measured.said)
    }
    counts = LAST.search(measured.said)
    if counts is None:
        sys.exit(f"no counts in: {measured.said}")
    samples = int(counts[3].replace(",", ""))
    cells = [*names, counts[1], counts[3], counts[5]]
    for name in ("samples", "shards"):
        tokens, took = stages[name]
        cells += [f"{took:,.0f}", f"{samples / max(took, 0.1):,.0f}", f"{tokens / max(took, 0.1) / 1e6:.2f}"]
    cells += [f"{measured.seconds:,.0f}", f"{measured.memory / 2**20:,.0f}"]
    return f"| {' | '.join(cells)} |"


COLUMNS = ["granularity", "pack", "engine", "records", "samples", "tokens"]
COLUMNS += ["samples: s", "samples/s", "M tokens/s", "shards: s", "samples/s", "M tokens/s", "all: s", "MiB"]
HEAD = [f"| {' | '.join(COLUMNS)} |", f"| --- | --- | --- |{' ---: |' * (len(COLUMNS) - 3)}"]


def main() -> int:
    """Measure, compare, verify, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--base", type=Path, metavar="DIR")
    parser.add_argument("--page", type=Path, metavar="PAGE")
    parser.add_argument("--runs", nargs="+", choices=RUNS, default=list(RUNS), metavar="NAME")
    parser.add_argument("--scratch", type=Path, metavar="DIR")
    options = parser.parse_args()
    machine = describe()
    lines = [*HEAD]
    wrong = 0
    with tempfile.TemporaryDirectory(dir=options.scratch) as name:
        scratch = Path(name)
        of_pack = tokenizers(options.folders, options.base, scratch)
        sources = [{"path": folder, "name": Path(folder).name} for folder in options.folders]
        for granularity in ("file", "function"):
            for pack, tokenizer in of_pack.items():
                recipe = scratch / "recipe.yaml"
                settings = {"sources": sources, "tokenizer": str(tokenizer), "granularity": granularity}
                recipe.write_text(json.dumps({**settings, "filters": {"defects": []}}))
                found: dict[str, Measured] = {}
                for run in options.runs:
                    output = scratch / "out"
                    arguments = ["dataset", "build", str(recipe), "-o", str(output), "--replace", *RUNS[run]]
                    found[run] = measure(arguments, output)
                    lines.append(row([granularity, pack, run.replace("-", ", ")], found[run]))
                    print(lines[-1], flush=True)
                wrong += len({each.sha256 for each in found.values()}) - 1
                verify = [*AIDEC, "dataset", "verify", str(output), "-j", "2"]
                verified = subprocess.run(verify, stderr=subprocess.PIPE, text=True, check=False)
                print(verified.stderr.splitlines()[-1], flush=True)
                wrong += verified.returncode
    print(f"{wrong} of the results differ or are wrong")
    table = "\n".join([*(f"- {key}: {value}" for key, value in machine.items()), "", *lines])
    if options.page:
        options.page.write_text(put(options.page.read_text("utf-8"), table), "utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
