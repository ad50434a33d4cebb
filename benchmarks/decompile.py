"""How fast functions are decompiled, how time and memory grow with a function, and what a cold start takes.

    python benchmarks/decompile.py [--corpus DIR] [--sample N] [--rounds N] [--most N] [--only PART ...] [--page PAGE]

The parts are ``speed``, ``growth`` and ``start``. Speed: each round decompiles every Nth chunk of the corpus, stripped,
in one process, beside what compiling the same sources takes: the ratio says what the machine does not. Growth:
functions of generated source, each size in a process of its own, up to --most instructions. Start: ``aidec decompile``
of a file of 1,000 lines as a command, beside ``python -c pass``. With --page the tables are written into it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from growth import slope
from page import measure
from timing import Round, Spread, pair, seconds

import aidec
from aidec.bytecode import Chunk, strip

HERE = Path(__file__).parent
SIZES = (1_000, 5_000, 20_000, 100_000, 500_000)
START_LINES = 1_000

KINDS: dict[str, Callable[[int], str]] = {
    "straight-line code": lambda n: "".join(f"t.a = f(t.b + {i % 200}, 'c{i % 50}') f(t)\n" for i in range(n // 9)),
    "conditions": lambda n: "if t.a then f(1) elseif t.b == 2 then f(2) else f(3) end\n" * (n // 13),
    "nested blocks": lambda n: (
        (
            "if t.a then while t.b do for i = 1, 9 do if f(i) then t.c = i else t.d = i end "
            "repeat local x = f() until x end end end\n"
        )
        * (n // 23)
    ),
    "one chain of elseif": lambda n: (
        "if t == 0 then f() " + "".join(f"elseif t == {i % 200} then f({i % 200}) " for i in range(n // 6)) + "end"
    ),
    "and, or": lambda n: "t.a = t.b and f(t) or t.c == 3 and 1 or 2\n" * (n // 14),
    "one chain of or": lambda n: "return " + " or ".join(["t.a == 1"] * (n // 3)),
    "one constructor, a list": lambda n: f"return {{{','.join(str(i % 250) for i in range(n))}}}",
    "one constructor, a record": lambda n: f"return {{{','.join(f'k{i % 250}={i % 250}' for i in range(n))}}}",
    "constructors in one": lambda n: f"return {{{','.join(f'{{1, 2, a = {i % 250}}}' for i in range(n // 5))}}}",
    "190 variables": lambda n: (
        "".join(f"local a{i} = t.x{i}\n" for i in range(190))
        + "".join(f"a{i % 190} = a{i * 7 % 190} + t.y\n" for i in range(n // 2))
    ),
    "blocks with variables": lambda n: "do local a, b = f() t.x = a + b f(a, b) end\n" * (n // 8),
    "loops with goto": lambda n: (
        "for i = 1, 3 do if t.a then goto continue end f(i) if t.b then break end f(2) ::continue:: end\n" * (n // 17)
    ),
}
"""Sources of about so many instructions in one function, whose first line declares ``t`` and ``f``.

The last two have the most local variables that luac allows in a function (lparser.c: registerlocalvar) before 500,000.
"""


@dataclass(frozen=True, slots=True)
class Point:
    """What decompiling a chunk took: seconds of the processor, and bytes of memory at the peak beyond those before."""

    instructions: int
    seconds: float
    bytes: int
    proven: bool


def chunk_of(kind: str, size: int) -> Chunk:
    """The stripped chunk of a generated source."""
    return aidec.load(aidec.compile(f"local t, f = ...\n{KINDS[kind](size)}\n", strip=True))


def grow(kind: str, size: int) -> Point | None:
    """Decompile a generated function in this process; None if luac does not take it."""
    aidec.decompile(chunk_of(kind, 500))
    try:
        chunk = chunk_of(kind, size)
    except aidec.CompileError:
        return None
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _memory("VmRSS")
    programs = []
    took = seconds(lambda: programs.append(aidec.decompile(chunk)))
    instructions = sum(len(proto.code) for proto in chunk.main.walk())
    return Point(instructions, took, max(_memory("VmHWM") - before, 1), programs[0].is_proven)


def _memory(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


def growth(most: int) -> Iterator[str]:
    """The table of growth; the slope is that of time over the instructions, from 5,000 on: 1 is linear."""
    yield "| one function of | instructions | µs an instruction | MB at the peak | slope of time | proven |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for kind in KINDS:
        points = []
        for size in SIZES:
            if size <= most:
                words = [sys.executable, __file__, "--grow", kind, str(size)]
                found = json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout)
                points += [] if found is None else [Point(**found)]
        line = [(point.instructions, point.seconds) for point in points if point.instructions >= 4_000]
        shown = f"{slope(line):.2f}" if len(line) > 1 else "-"
        first, last = points[0], points[-1]
        costs = [f"{1e6 * point.seconds / point.instructions:.0f}" for point in (first, last)]
        yield (
            f"| {kind} | {last.instructions:,} | {costs[1]} ({costs[0]} with {first.instructions:,}) | "
            f"{last.bytes / 1e6:,.0f} | {shown} | {'all' if all(point.proven for point in points) else 'not all'} |"
        )


def speed(corpus: Path, sample: int, rounds: int) -> Iterator[str]:
    """The table of speed on real files."""
    sources = []
    for path in sorted(corpus.rglob("*.lua"))[::sample]:
        try:
            sources.append((path.read_bytes(), strip(aidec.load(aidec.compile(path.read_bytes())))))
        except (aidec.CompileError, OSError):
            continue
    chunks = [chunk for _, chunk in sources]
    functions = sum(1 for chunk in chunks for _ in chunk.main.walk())
    size = sum(len(aidec.dump(chunk)) for chunk in chunks)

    def ours() -> float:
        return seconds(lambda: [aidec.decompile(chunk) for chunk in chunks])

    def compiling() -> float:
        return seconds(lambda: [aidec.load(aidec.compile(source)) for source, _ in sources])

    found = [pair(ours, compiling, number) for number in range(rounds)]
    spread = Spread.of([Round(round_.plain, round_.ours) for round_ in found])
    median = statistics.median(round_.ours for round_ in found)
    yield f"{len(chunks):,} chunks, {functions:,} functions, {size:,} bytes:"
    yield ""
    yield "| functions a second | MB of chunks a second | ms a function | times as long as compiling and loading |"
    yield "| ---: | ---: | ---: | ---: |"
    ratio = f"{spread.median:.0f} ({spread.least:.0f} to {spread.greatest:.0f})"
    yield f"| {functions / median:,.0f} | {size / median / 1e6:.3f} | {1000 * median / functions:.2f} | {ratio} |"


def start(corpus: Path, rounds: int) -> Iterator[str]:
    """The table of cold starts."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "file.luac"
        path.write_bytes(aidec.compile(thousand_lines(corpus), strip=True))
        python = [sys.executable]
        ours, empty = [*python, "-m", "aidec", "decompile", str(path)], [*python, "-c", "pass"]
        found = [(_measured(ours), _measured(empty)) for _ in range(rounds)]
    yield "| `aidec decompile`, a file of 1,000 lines | seconds: median, least, greatest | times `python -c pass` |"
    yield "| --- | ---: | ---: |"
    for name, figure in (("by the clock", "seconds"), ("of the processor", "processor")):
        took = [one[figure] for one, _ in found]
        spread = Spread.of([Round(other[figure], one[figure]) for one, other in found])
        shown = f"{statistics.median(took):.2f} ({min(took):.2f} to {max(took):.2f})"
        yield f"| {name} | {shown} | {spread.median:.1f} ({spread.least:.1f} to {spread.greatest:.1f}) |"


def thousand_lines(corpus: Path) -> bytes:
    """The file of the corpus whose number of lines is the closest to 1,000."""
    texts = (path.read_bytes() for path in sorted(corpus.rglob("*.lua")) if path.is_file())
    return min(texts, key=lambda text: (abs(text.count(b"\n") - START_LINES), len(text)))


def _measured(command: list[str]) -> dict[str, float]:
    """What a command takes, as ``measured.py`` says it."""
    done = subprocess.run([sys.executable, str(HERE / "measured.py"), *command], stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print; or, with --grow, one size in this process."""
    if sys.argv[1:2] == ["--grow"]:
        resource.setrlimit(resource.RLIMIT_DATA, (6 << 30, 6 << 30))
        point = grow(sys.argv[2], int(sys.argv[3]))
        print(json.dumps(point and asdict(point)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = Path(os.environ.get("AIDEC_CORPUS", Path.home() / ".cache" / "aidec" / "corpus"))
    parser.add_argument("--corpus", type=Path, default=folder, metavar="DIR")
    parser.add_argument("--sample", type=int, default=20, metavar="N", help="every Nth file of the corpus")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--most", type=int, default=SIZES[-1], metavar="N", help="the largest function")
    parser.add_argument("--only", action="append", choices=("speed", "growth", "start"))
    parser.add_argument("--page", type=Path, metavar="PAGE")
    options = parser.parse_args()
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "speed": lambda: speed(options.corpus, options.sample, options.rounds),
        "growth": lambda: growth(options.most),
        "start": lambda: start(options.corpus, options.rounds),
    }
    measure(parts, options.only, options.page)


if __name__ == "__main__":
    main()
