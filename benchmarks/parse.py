"""How fast are chunks parsed? Times ``aidec.load`` against the plain way, a first sketch of the spec, in one run.

    python benchmarks/parse.py [--rounds R] [--sample N] [--json FILE] FOLDER

Reads the chunks (*.luac) of a folder and compiles its sources (*.lua). In each round both ways load all of them, the
one that starts alternating; what counts is the ratio of their processor times within a round. Prints both speeds and
the median ratio with its spread over the rounds.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sketch import load as load_by_sketch

import aidec

WAYS: dict[str, Callable[[bytes], object]] = {"sketch": load_by_sketch, "aidec": aidec.load}


def read_chunks(folder: Path) -> list[bytes]:
    """The chunks in a folder, and those of its sources that are Lua 5.3."""
    chunks = [path.read_bytes() for path in sorted(folder.rglob("*.luac")) if path.is_file()]
    for path in sorted(folder.rglob("*.lua")):
        if path.is_file():
            try:
                chunks.append(aidec.compile(path.read_bytes(), name=f"@{path.name}"))
            except aidec.CompileError as error:
                print(f"{path}: left out: {error}")
    return chunks


def seconds(load: Callable[[bytes], object], chunks: Sequence[bytes]) -> float:
    """The processor time in which all chunks are loaded, each dropped before the next."""
    gc.collect()
    start = time.process_time()
    for data in chunks:
        load(data)
    return time.process_time() - start


def main() -> None:
    """Time both ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="take every N-th chunk only")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    chunks = read_chunks(arguments.folder)[:: arguments.sample]
    megabytes = sum(map(len, chunks)) / 1e6
    if not chunks:
        parser.error(f"no chunks and no sources in {arguments.folder}")
    speeds: dict[str, list[float]] = {name: [] for name in WAYS}
    for round_ in range(arguments.rounds):
        for name in sorted(WAYS, reverse=round_ % 2 == 0):
            speeds[name].append(megabytes / seconds(WAYS[name], chunks))
    ratios = [ours / plain for ours, plain in zip(speeds["aidec"], speeds["sketch"], strict=True)]
    print(f"{len(chunks)} chunks, {megabytes:.1f} MB, {arguments.rounds} rounds")
    print(f"{'':14}{'median':>8}{'min':>8}{'max':>8}")
    for name, values in [*[(f"{way}, MB/s", speeds[way]) for way in WAYS], ("ratio", ratios)]:
        print(f"{name:14}{statistics.median(values):8.2f}{min(values):8.2f}{max(values):8.2f}")
    if arguments.json:
        results = {"chunks": len(chunks), "megabytes": megabytes, "megabytes a second": speeds, "ratio": ratios}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
