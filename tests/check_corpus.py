"""Real Lua files against luac 5.3: compiling, stripping and the listing must be byte for byte what it makes of them.

    python tests/check_corpus.py [--sample N] [-j N] FOLDER

Checks every ``.lua`` file below FOLDER, or N of them drawn by the hash of their path: aidec.compile against
``luac5.3``, with and without ``-s``; the listing against ``luac5.3 -l -l``, line by line but for addresses; classic and
json render; a render of the chunk that aidec strips is that of the chunk that luac strips. Prints each difference and
the counts; exits 1 where there is one. Files that luac does not compile must fail in aidec with the same message.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest
from pathlib import Path

import aidec

ADDRESS = re.compile(rb"0x[0-9a-f]{6,}")


def luac(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["luac5.3", *arguments], capture_output=True, check=False)


def check(path: str) -> tuple[Counter[str], list[str]]:
    """What was checked on one file, counted, and what differs."""
    counts, differences = Counter(files=1), []
    source = Path(path).read_bytes()
    expected = luac("-o", "-", path)
    try:
        compiled = aidec.compile(source, name=b"@" + os.fsencode(path))
    except aidec.CompileError as error:
        counts["not Lua 5.3"] += 1
        message = expected.stderr.decode("utf-8", "backslashreplace").strip().removeprefix("luac5.3: ")
        if expected.returncode == 0 or message.split(":")[1:] != str(error).split(":")[1:]:
            differences.append(f"{path}: {error}; luac: {message}")
        return counts, differences
    counts["compiled"] += 1
    if compiled != expected.stdout:
        differences.append(f"{path}: compile differs from luac")
    stripped = luac("-s", "-o", "-", path).stdout
    if aidec.compile(source, name=b"@" + os.fsencode(path), strip=True) != stripped:
        differences.append(f"{path}: compile with strip differs from luac -s")
    chunk = aidec.load(compiled)
    counts["instructions"] += sum(len(proto.code) for proto in chunk.main.walk())
    counts["functions"] += sum(1 for _ in chunk.main.walk())
    text = aidec.render(chunk)
    counts["characters of classic"] += len(text)
    if aidec.render(chunk, strip=True) != aidec.render(aidec.load(stripped)):
        differences.append(f"{path}: classic of the stripped chunk differs")
    json.loads(aidec.render(chunk, "json"))
    listing = aidec.render(chunk, "listing").encode("utf-8", "surrogateescape")
    lines = listing.splitlines(keepends=True)
    counts["lines of the listing"] += len(lines)
    for n, (ours, theirs) in enumerate(
        zip_longest(lines, luac("-l", "-l", "-p", path).stdout.splitlines(keepends=True)), 1
    ):
        if ADDRESS.sub(b"0x", ours or b"") != ADDRESS.sub(b"0x", theirs or b""):
            differences.append(f"{path}: line {n} of the listing: {ours!r}, luac: {theirs!r}")
            break
    return counts, differences


def sources(folder: str, sample: int | None) -> list[str]:
    """The files to check."""
    found = sorted(str(path) for path in Path(folder).rglob("*.lua") if path.is_file())
    if sample is not None:
        found = sorted(found, key=lambda path: hashlib.sha256(os.path.relpath(path, folder).encode()).digest())[:sample]
    return found


def checks(paths: list[str], jobs: int) -> Iterator[tuple[Counter[str], list[str]]]:
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(check, paths, chunksize=8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs", metavar="N")
    arguments = parser.parse_args()
    totals: Counter[str] = Counter()
    for counts, differences in checks(sources(arguments.folder, arguments.sample), arguments.jobs):
        totals += counts
        totals["differences"] += len(differences)
        for difference in differences:
            print(difference)
    for name, count in totals.items():
        print(f"{count:>15,} {name}")
    return 1 if totals["differences"] or not totals["compiled"] else 0


if __name__ == "__main__":
    sys.exit(main())
