"""Lua as a language on real files, against luac 5.3.

    python tests/check_lua.py [--only SECTION] [--files N] [--mutations N] [-j N] FOLDER

Errors: every ``.lua`` file below FOLDER, and N mutations of each kind (a token dropped, doubled, or swapped with its
neighbour) of N files drawn by the hash of their path, must be refused with luac's line, kind and message, or compile as
they do with luac.

Programs: every file that luac takes must have a tree whose names are those of the chunk's debug information, and print
in both ways to the same bytecode, with the same comments and again to the same text.

Prints each difference and the counts; exits 1 where there is one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lua_programs import differences

from aidec.common.errors import CompileError
from aidec.lua.diagnostics import check, diagnose
from aidec.lua.words import tokens

MUTATIONS = ("dropped", "doubled", "swapped")
"""What becomes of a token; one that is swapped changes its place with the next."""

Found = tuple["Counter[str]", list[str]]
"""What was checked, counted, and what differs."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What luac says of a file; the line is None where it names none."""

    kind: str
    line: int | None
    message: str


def refusal_of_luac(source: bytes, folder: Path, kilobytes: int | None = None) -> Refusal | None:
    """What luac says of a source, named script.lua; None if it compiles. Its memory can be limited."""
    (folder / "script.lua").write_bytes(source)

    def limit() -> None:
        if kilobytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (kilobytes << 10, kilobytes << 10))

    done = subprocess.run(
        ["luac5.3", "-p", "script.lua"],
        cwd=folder,
        capture_output=True,
        check=False,
        preexec_fn=limit,
    )
    if done.returncode == 0:
        return None
    text = done.stderr.decode("utf-8", "backslashreplace").removeprefix("luac5.3: ").removesuffix("\n")
    place = re.match(r"script\.lua:(\d+): ", text)
    line, problem = (int(place[1]), text[place.end() :]) if place else (None, text)
    found = diagnose(source, CompileError(problem, "script.lua", line))
    return Refusal(found.kind, found.line if place else None, found.message)


def mutated(source: bytes, spans: Sequence[tuple[int, int]], how: str, place: int) -> bytes | None:
    """A source of which the token at or after a place is mutated; None if there is none, or none to swap it with."""
    index = bisect_left(spans, (place, place))
    if index + (how == "swapped") >= len(spans):
        return None
    start, end = spans[index]
    token = source[start:end]
    if how == "swapped":
        next_start, next_end = spans[index + 1]
        return b" ".join(
            (source[:start], source[next_start:next_end], source[end:next_start], token, source[next_end:])
        )
    return source[:start] + {"dropped": b" ", "doubled": token + b" " + token}[how] + source[end:]


def compare(source: bytes, name: str, folder: Path) -> Found:
    """The error of a source, ours and that of luac."""
    expected, found = refusal_of_luac(source, folder), check(source, "@script.lua")
    if expected is None or found is None:
        differs = (expected is None) != (found is None)
        return Counter({"compile": 1}), [f"{name}: ours {found}, luac's {expected}"] if differs else []
    differs = (found.kind, found.message) != (expected.kind, expected.message) or expected.line not in (
        None,
        found.line,
    )
    return Counter({"refused": 1, f"refused: {found.kind}": 1}), [
        f"{name}: ours {found}, luac's {expected}"
    ] if differs else []


def check_file(path: str) -> Found:
    """A file as it is."""
    with tempfile.TemporaryDirectory() as folder:
        counts, differences = compare(Path(path).read_bytes(), path, Path(folder))
    return Counter({f"files: {name}": count for name, count in counts.items()}), differences


def check_mutations(path: str, number: int) -> Found:
    """Mutations of a file, so many of each kind, always the same ones."""
    source = Path(path).read_bytes()
    spans = list(tokens(source))
    rng = random.Random(path)  # noqa: S311
    counts: Counter[str] = Counter()
    differences: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for how in MUTATIONS:
            for _ in range(number):
                place = rng.choice(spans)[0] if spans else 0
                text = mutated(source, spans, how, place)
                if text is None:
                    continue
                found, differing = compare(text, f"{path}: {how} at {place}", Path(folder))
                counts += Counter(
                    {f"mutations, {how}: {name}": count for name, count in found.items() if ":" not in name}
                )
                counts += Counter({f"mutations, {name}": count for name, count in found.items() if ":" in name})
                differences += differing
    return counts, differences


def sources(folder: str, sample: int | None = None) -> list[str]:
    """The files to check."""
    found = sorted(str(path) for path in Path(folder).rglob("*.lua") if path.is_file())
    if sample is not None:
        found = sorted(found, key=lambda path: hashlib.sha256(os.path.relpath(path, folder).encode()).digest())[:sample]
    return found


def errors(arguments: argparse.Namespace) -> Iterator[Found]:
    """What is refused, and how."""
    parts: list[tuple[Callable[[str], Found], list[str]]] = [
        (check_file, sources(arguments.folder)),
        (partial(check_mutations, number=arguments.mutations), sources(arguments.folder, arguments.files)),
    ]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for part, paths in parts:
            yield from pool.map(part, paths, chunksize=4)


def check_program(path: str) -> tuple[Counter[str], list[str], Counter[str]]:
    """A file whose tree is printed, with the nanoseconds that it took."""
    source, seconds = Path(path).read_bytes(), Counter[str]()
    if check(source) is not None:
        return Counter({"refused": 1}), [], seconds
    found = [f"{path}: {difference}" for difference in differences(source, seconds)]
    return Counter({"files": 1, "bytes": len(source)}), found, seconds


def programs(arguments: argparse.Namespace) -> Iterator[Found]:
    """Trees and what is printed of them, with the rates."""
    size, seconds = 0, Counter[str]()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for counts, found, its_seconds in pool.map(check_program, sources(arguments.folder), chunksize=4):
            size += counts["bytes"]
            seconds += its_seconds
            yield counts, found
    for what, nanoseconds in seconds.items():
        print(f"{size * 1000 / nanoseconds:>15.2f} MB/s of processor time: {what}")


SECTIONS: dict[str, Callable[[argparse.Namespace], Iterator[Found]]] = {"errors": errors, "programs": programs}
"""The parts of the check, by name."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--files", type=int, default=200, metavar="N", help="files to mutate")
    parser.add_argument("--mutations", type=int, default=5, metavar="N", help="mutations of each kind of one file")
    parser.add_argument("--only", choices=SECTIONS, metavar="SECTION", help=f"one of {', '.join(SECTIONS)}")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs", metavar="N")
    arguments = parser.parse_args()
    failed = False
    for name, section in SECTIONS.items():
        if arguments.only not in (None, name):
            continue
        totals: Counter[str] = Counter()
        for counts, differing in section(arguments):
            totals += counts
            totals["differences"] += len(differing)
            for difference in differing:
                print(difference)
        print(f"== {name}")
        for what, count in sorted(totals.items()):
            print(f"{count:>15,} {what}")
        failed |= bool(totals["differences"]) or not totals.total()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
