"""Time and memory against the number of instructions, from a thousand to ten million, as a plot and as slopes.

    python benchmarks/growth.py [--most N] [--plot FILE]

The chunks are compiled from synthetic sources of growing size. Each step runs on each size in a process of its own,
whose memory may not exceed 6 GiB: where a step needs more, its curve ends. On both axes logarithms, so that a step
that is linear is a straight line of slope 1. Needs Linux, which tells a process its own peak memory.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from timing import seconds

import aidec

MOST = 10_000_000
MEMORY_LIMIT = 6 << 30
STEPS = ("parse", "text, classic", "ids, classic")
FUNCTION = """
function app.handler_%(i)d(self, key, ...)
  local total, name = %(i)d, "item %(i)d"
  for i, value in ipairs(self.items) do
    if value.kind == "leaf" and i > %(i)d then
      total = total + value.size * %(i)d.5
    elseif not value.done and value.depth ~= nil then
      self:visit(value, key .. "/" .. name, ...)
    else
      self.cache[key], value.mark_%(j)d = value.parent[i + 1], { id = i, name = name, "node", total // 3 }
    end
  end
  return function(other) return other and other.total - total or name end
end
"""
PER_FUNCTION = 60
"""How many instructions each FUNCTION makes: its own, those of the function in it, and some in the main function."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a step took on a chunk."""

    instructions: int
    seconds: float
    bytes: int


def source(instructions: int) -> str:
    """Lua that compiles to about so many instructions."""
    count = max(1, round(instructions / PER_FUNCTION))
    functions = "".join([FUNCTION % {"i": i, "j": i % 1000} for i in range(count)])
    return f"local app = {{}}\n{functions}return app\n"


def sizes(most: int) -> list[int]:
    """Two sizes a decade, from a thousand on."""
    return [size for power in range(3, 9) for size in (10**power, 3 * 10**power) if size <= most]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the straight line through the logarithms of points (least squares)."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    return statistics.linear_regression(xs, ys).slope


def slopes(points: Sequence[Point]) -> dict[str, float]:
    """The slopes of time and of memory, of each if there are two points or more."""
    time = [(point.instructions, point.seconds) for point in points if point.instructions >= 5_000]
    return {name: slope(line) for name, line in (("time", time), ("memory", memory_line(points))) if len(line) > 1}


def memory_line(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Instructions and memory, where that is more than what a process has in reserve from what it did before."""
    return [(point.instructions, point.bytes) for point in points if point.bytes >= 8 << 20]


def measure(tokenizer: Path, most: int = MOST) -> dict[str, list[Point]]:
    """The points of every step, each measured in a process of its own; a curve ends where memory does."""
    found: dict[str, list[Point]] = {step: [] for step in STEPS}
    ended: set[str] = set()
    with tempfile.TemporaryDirectory(dir=tokenizer.parent) as scratch:
        for size in sizes(most):
            chunk = Path(scratch) / f"{size}.luac"
            _run("compile", str(size), str(chunk))
            for step, points in found.items():
                if step in ended:
                    continue
                done = _run("step", step, str(chunk), str(tokenizer))
                if done.returncode:
                    print(f"{step} at {size:,}: {_last_line(done.stderr)}", file=sys.stderr)
                    ended.add(step)
                else:
                    points.append(Point(**json.loads(done.stdout)))
            chunk.unlink()
    return found


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["ended without a word"])[-1]


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=words[0] != "step")


# In the process of one step


def compile_to(size: int, path: Path) -> None:
    """Write the chunk of a size."""
    path.write_bytes(aidec.compile(source(size), name="@growth.lua"))


def run_step(step: str, path: Path, tokenizer: Path) -> Point:
    """Run a step on a chunk: the memory that the first time takes, and the median time of as many as fit a second."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
    prepare = _prepared(step, tokenizer)
    prepare(aidec.compile(source(1000), name="@warm-up.lua"))()
    data = path.read_bytes()
    before = _forget_peak()
    run = prepare(data)
    times = [seconds(run)]
    peak = _memory("VmHWM")
    while sum(times) < 1 and len(times) < 9:
        times.append(seconds(run))
    instructions = sum(len(proto.code) for proto in aidec.load(data).main.walk())
    return Point(instructions, statistics.median(times), max(peak - before, 1))


def _prepared(step: str, tokenizer: Path) -> Callable[[bytes], Callable[[], object]]:
    if step == "parse":
        return lambda data: lambda: aidec.load(data)
    if step == "text, classic":
        return lambda data: lambda: aidec.render(aidec.load(data))
    from aidec.tokenizers import Tokenizer

    loaded = Tokenizer.from_directory(tokenizer)
    return lambda data: lambda: loaded.encode_chunk(aidec.load(data), "classic")


def _forget_peak() -> int:
    """The memory of this process in bytes, from which on the peak is counted."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(key: str) -> int:
    """A figure of ``/proc/self/status`` in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


# The plot


def plot(found: dict[str, list[Point]], path: Path) -> None:
    """Time, solid, and memory, dashed, on axes of logarithms; a thin line has the slope 1."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.5), layout="constrained")
    time: Any = figure.subplots()
    memory: Any = time.twinx()
    for number, (step, points) in enumerate(found.items()):
        xs = [point.instructions for point in points]
        slope_of = slopes(points)
        colour = f"C{number}"
        label = f"{step}: slope {slope_of.get('time', math.nan):.2f}, memory {slope_of.get('memory', math.nan):.2f}"
        time.loglog(xs, [point.seconds for point in points], "o-", color=colour, markersize=4, label=label)
        line = memory_line(points)
        memory.loglog([x for x, _ in line], [y / 2**20 for _, y in line], "s--", color=colour, markersize=3, alpha=0.6)
    time.loglog([10**3, 10**7], [10**-3.5, 10**0.5], color="grey", linewidth=0.8, label="slope 1")
    time.set(xlabel="instructions", ylabel="seconds (solid)", ylim=(1e-4, 1e3), xlim=(7e2, 1.5e7))
    memory.set(ylabel="MiB of memory at the peak (dashed)", ylim=(1e-2, 1e5))
    time.grid(alpha=0.3)
    time.legend(loc="upper left", fontsize=8)
    figure.savefig(path, dpi=130)


def report(found: dict[str, list[Point]]) -> str:
    """Slopes and ends of the curves, a line for each."""
    lines = []
    for step, points in found.items():
        described = ", ".join(f"slope of {name} {value:.2f}" for name, value in slopes(points).items())
        lines.append(f"{step}: {described}; up to {points[-1].instructions:,} instructions")
    return "\n".join(lines)


def main() -> None:
    """Measure and print the slopes; or, with other arguments, what ``measure`` has run in a process of its own."""
    if sys.argv[1:2] == ["compile"]:
        compile_to(int(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["step"]:
        print(json.dumps(asdict(run_step(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])))))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("tokenizer", type=Path, metavar="TOKENIZER")
        parser.add_argument("--most", type=int, default=MOST, metavar="N")
        parser.add_argument("--plot", type=Path, metavar="FILE")
        arguments = parser.parse_args()
        found = measure(arguments.tokenizer, arguments.most)
        print(report(found))
        if arguments.plot:
            plot(found, arguments.plot)


if __name__ == "__main__":
    main()
