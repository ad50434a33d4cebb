"""Memory of commands over very many inputs: it must not grow with their number.

    python tests/check_batch.py FOLDER [--inputs N ...] [--jobs N ...] [--flat] [--command WORDS]

Makes N links to a tiny source below FOLDER (best on a file system in memory), a thousand to a folder or all in one with
``--flat``, runs ``aidec WORDS`` on them in so many processes, and prints the peak memory of the first process and of
the largest worker, and the inputs a second. {out} in WORDS is a new folder there. Exits 1 where the first process takes
more than 8 bytes for each input above the fewest; with ``--flat`` 160, since names are sorted a folder at a time.
Linux only: reads /proc.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IN_FOLDER = 1_000


def make(folder: Path, count: int, *, flat: bool) -> None:
    """The inputs: links to one source, a new one for every thousand, since file systems limit links."""
    for number in range(count):
        parent = folder if flat else folder / f"{number // IN_FOLDER:04}"
        if number % IN_FOLDER == 0:
            parent.mkdir(parents=True, exist_ok=True)
            first = parent / f"{number}.lua"
            first.write_text("return 1")
        else:
            os.link(first, parent / f"{number}.lua")


def peak(pid: int) -> int:
    """The most memory that a process had so far, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


def workers(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def measure(words: list[str]) -> tuple[int, int, float]:
    """The peak memory of the first process and of the largest worker, in bytes, and the seconds that it took."""
    first = largest = 0
    start = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            first = max(first, peak(process.pid))
            largest = max(largest, *map(peak, workers(process.pid)), 0)
            time.sleep(0.05)
        assert process.stderr is not None
        if process.returncode:
            sys.exit(f"{' '.join(words)}: {process.stderr.read().decode()}")
    return first, largest, time.monotonic() - start


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inputs", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--command", default="compile -o {out}/")
    options = parser.parse_args()
    least: dict[int, tuple[int, int]] = {}
    has_grown = False
    print(f"{'inputs':>9}  -j  {'first MiB':>9}  {'worker MiB':>10}  {'inputs/s':>8}")
    for count in sorted(options.inputs):
        with tempfile.TemporaryDirectory(dir=options.folder) as work:
            make(Path(work) / "in", count, flat=options.flat)
            for jobs in options.jobs:
                out = Path(work) / "out"
                out.mkdir()
                words = options.command.format(out=out).split()
                command = [sys.executable, "-m", "aidec", *words, "-j", str(jobs), f"{work}/in"]
                first, largest, seconds = measure(command)
                shutil.rmtree(out)
                print(f"{count:9,}  {jobs:2}  {first / 2**20:9.1f}  {largest / 2**20:10.1f}  {count / seconds:8,.0f}")
                sys.stdout.flush()
                few, memory = least.setdefault(jobs, (count, first))
                has_grown |= first - memory > (160 if options.flat else 8) * (count - few)
    return int(has_grown)


if __name__ == "__main__":
    sys.exit(main())
