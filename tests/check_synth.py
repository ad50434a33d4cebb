"""Synthesis in bulk: programs end and reach all there is, and rewrites of real functions keep what they claim.

    python tests/check_synth.py [-n 1000] [-j N] [--seed S] [--files 50] [FOLDER]

Makes programs (``aidec synth generate``), with 1 process and with N, whose files must be the same. Prints how many
programs reach each production of the grammar and each opcode, and the sizes. If a FOLDER is named, the functions of
some of its Lua files, drawn by the seed, are rewritten in all ways (``aidec synth rewrite``). Printed is for each
rewrite how many kept what it claims, how many of these by their bytecode, and why others are not kept. Each item is
then proven once more: by luac5.3, or in calls that are drawn anew. Exits 1 if a program is not kept, if a production or
an opcode is not reached, those of a program with 262,300 constants included, or if an item is not what it claims.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from aidec.bytecode import OPCODES, load
from aidec.common.json_values import bytes_from_json
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.model import Task
from aidec.lua.nodes import NODES
from aidec.lua.runner import Runner
from aidec.lua.standalone import program_alone
from aidec.lua.tree import parse
from aidec.sources import Document
from aidec.synthesis.checking import Rewriting
from aidec.synthesis.generating import Generating
from aidec.synthesis.items import write_items
from aidec.synthesis.registry import find

MANY_CONSTANTS = {"constants": 262_300, "size": [0, 0], "functions": [0, 0]}
"""Knobs of a program with more constants than LOADK has room for."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The items of a file."""
    with path.open("rb") as file:
        yield from map(json.loads, file)


def table(title: str, counts: Counter[str], known: set[str]) -> bool:
    """Print how many items have each of some names; returns whether all are there."""
    print(f"\n{title}: {len(known & set(counts))} of {len(known)} reached")
    names = sorted(known, key=lambda name: (-counts[name], name))
    for start in range(0, len(names), 4):
        print("  ".join(f"{name:<18}{counts[name]:>7,}" for name in names[start : start + 4]))
    return known <= set(counts)


def check_programs(number: int, seed: int, jobs: int, folder: Path) -> bool:
    """Whether programs are all kept, the same with one process and with several, and reach all there is."""
    files = [folder / "one.jsonl", folder / "several.jsonl"]
    tallies = []
    for path, processes in zip(files, (1, jobs), strict=True):
        start = time.monotonic()
        tallies.append(write_items(path, range(number), Generating(seed), jobs=processes))
        seconds = time.monotonic() - start
        print(f"{number:,} programs with {processes} processes: {seconds:.1f} s, {number / seconds:.1f} a second")
    is_same = files[0].read_bytes() == files[1].read_bytes()
    kept = all(tally.kept == tally.tried == number for tally in tallies)
    print(f"kept: {tallies[0].kept:,}; not kept: {dict(tallies[0].rejected)}; the same file: {is_same}")
    productions, opcodes = Counter[str](), Counter[str]()
    sizes, outputs = [], set()
    for row in rows(files[0]):
        code = bytes_from_json(row["code"])
        productions.update({type(node).__name__ for node in parse(code, resolved=False).walk()})
        opcodes.update(row["opcodes"])
        sizes.append(len(code))
        outputs.add(bytes_from_json(row["output"]))
    sizes.sort()
    print(f"bytes of code: {sizes[0]:,} to {sizes[-1]:,}, median {sizes[len(sizes) // 2]:,}")
    print(f"different outputs: {len(outputs):,}")
    has_all = table("productions", productions, set(NODES))
    many = Generating(seed, MANY_CONSTANTS).made(0)
    opcodes.update(many.rows[0]["opcodes"] if many.rows else ())
    has_all &= table("opcodes", opcodes, {opcode.name for opcode in OPCODES} - {"UNKNOWN"})
    return is_same and kept and has_all


def documents(folder: Path, seed: int) -> Iterator[Document]:
    """The Lua files of a folder, in an order that the seed decides on."""
    paths = sorted(folder.rglob("*.lua"))
    random.Random(seed).shuffle(paths)  # noqa: S311 -- nothing here is secret
    for path in paths:
        if path.stat().st_size < 60_000:
            yield Document(str(path), path.read_bytes())


def check_rewrites(folder: Path, files: int, seed: int, work: Path) -> bool:
    """Whether all rewrites of functions that are written keep what they claim."""
    path = work / "rewrites.jsonl"
    start = time.monotonic()
    tally = write_items(path, islice(documents(folder, seed), files), Rewriting((), seed))
    seconds = time.monotonic() - start
    kept, proofs, functions, wrong = Counter[str](), Counter[str](), set(), []
    with Runner(1, deterministic=True) as runner:
        behaviour = Behaviour(runner, seed=seed + 1)
        for row in rows(path):
            kept[row["rewrite"]] += 1
            proofs[row["rewrite"]] += row["proven_by"] == "bytecode"
            functions.add((row["provenance"]["origin"], str(row["code"])))
            if problem := is_wrong(row, behaviour):
                wrong.append(f"{row['id']}: {problem}")
    print(
        f"\n{files:,} files, {len(functions):,} functions: {tally.kept:,} rewrites of {tally.tried:,}, {seconds:.0f} s"
    )
    print(f"{'rewrite':<20}{'claims':<11}{'kept':>7}{'by bytecode':>13}{'not kept':>10}  why")
    for each in find(()):
        reasons = Counter[str]()
        for reason, count in tally.rejected.items():
            name, _, why = reason.partition(": ")
            reasons[why.partition(":")[0]] += count if name == each.name else 0
        told = ", ".join(f"{count:,} {why}" for why, count in reasons.most_common() if count)
        numbers = f"{kept[each.name]:>7,}{proofs[each.name]:>13,}{reasons.total():>10,}"
        print(f"{each.name:<20}{each.keeps:<11}{numbers}  {told}")
    print("\n".join([f"{len(wrong):,} of {tally.kept:,} are not what they claim", *wrong]))
    return not wrong


def is_wrong(row: dict[str, Any], behaviour: Behaviour) -> str:
    """How an item does not keep what it claims, by what has no part in its making; empty if it does.

    Bytecode is that of luac5.3; behaviour is compared in other calls.
    """
    before, after = bytes_from_json(row["code"]), bytes_from_json(row["rewritten"])
    if row["proven_by"] == "bytecode":
        one, two = (compiled(program_alone(text, row["upvalues"])) for text in (before, after))
        return "" if one == two else "luac5.3 makes other bytecode of it"
    task = Task(row["id"], b"", before, is_function=True, upvalues=tuple(row["upvalues"]))
    score, note = behaviour.score(task, after)
    return note if score not in (1.0, None) else ""


def compiled(program: bytes) -> list[tuple[Any, ...]]:
    """What luac5.3 makes of a program: of each function the code, the constants, the parameters and the upvalues."""
    done = subprocess.run(["luac5.3", "-s", "-o", "-", "-"], input=program, capture_output=True, check=True)
    return [
        (list(each.code), [repr(value) for value in each.constants], each.num_params, each.is_vararg, each.upvalues)
        for each in load(done.stdout).main.walk()
    ]


def main() -> int:
    """Check what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=1000, help="how many programs (default: %(default)s)")
    parser.add_argument("-j", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=int, default=50, help="how many files of the folder (default: %(default)s)")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        is_good = check_programs(options.n, options.seed, options.j, Path(work))
        if options.folder is not None:
            is_good &= check_rewrites(options.folder, options.files, options.seed, Path(work))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
