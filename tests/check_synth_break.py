"""Broken programs in bulk: luac5.3 and lua5.3 say what each item says, and each repair restores the output.

    python tests/check_synth_break.py [-n 2200] [--most 5] [-j N] [--seed S] [--may-lack] [--files N] [FOLDER]

Breaks programs that are made (``aidec synth break``), and those of the Lua files of a FOLDER that run by themselves.
Then of each item it is asked, in processes of their own with limits: what luac5.3 or lua5.3 says of the broken program,
which must be the line and the message of the item, to the byte; what it prints; whether the message is one that
``faults.yaml`` declares for the fault; whether ``patch`` makes the repaired program of it; and what that prints. Prints
how many items there are by class and fault, by what they show, and why others are not kept. Exits 1 if one item is not
what it says, or, without --may-lack, if a fault has none.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from aidec.common.json_values import bytes_from_json
from aidec.sources import Document, documents
from aidec.synthesis.breaking import Breaking
from aidec.synthesis.items import Tally, write_items
from aidec.synthesis.registry import find_faults

STEPS = 20_000_000
"""A program that runs more instructions is said to have no end: many times as many as where the item was made."""

NO_END = 99
"""The exit status of such a program."""

HOOK = f"""
local function stop() io.stdout:flush() os.exit({NO_END}) end
local create, resume = coroutine.create, coroutine.resume
function coroutine.create(f)
    local thread = create(f)
    debug.sethook(thread, stop, '', {STEPS})
    return thread
end
local function checked(ok, ...) if ok then return ... end error(..., 0) end
function coroutine.wrap(f)
    local thread = coroutine.create(f)
    return function(...) return checked(resume(thread, ...)) end
end
debug.sethook(stop, '', {STEPS})
"""
"""What ends such a program, also in a coroutine."""

MOST_PRINTED = 1 << 19
"""A program that prints more bytes has no end either: four times as many as where the item was made."""

ENDLESS = ["bash", "-c", f'set -o pipefail; "$@" | head -c {MOST_PRINTED}', "bash", "lua5.3", "-e", HOOK, "program"]
ENDED_BY_PIPE = 128 + 13

NEED_SOURCES = {"missing-break"}
"""Faults of what programs that are made do not have: loops that only a break ends."""

SHOWS = ("refused", "error", "output", "no end")
OTHER_NAMES = re.compile(rb"^(?:luac5\.3|lua5\.3): ")


LIMITED = 'ulimit -t 20; ulimit -v 1048576; exec "$@"'
"""What limits a command: seconds, and memory in KiB."""


def ran(arguments: list[str], folder: Path) -> tuple[int, bytes, bytes]:
    """The exit status of a command, what it printed, and what it said of an error."""
    with (folder / "stdout").open("w+b") as out, (folder / "stderr").open("w+b") as err:
        command = ["sh", "-c", LIMITED, "sh", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, check=False)
        out.seek(0)
        err.seek(0)
        return done.returncode, out.read(), OTHER_NAMES.sub(b"", err.read())


def problem_of(row: dict[str, Any], folder: Path) -> str:
    """How an item is not what it says; empty if it is."""
    bad, good = bytes_from_json(row["code"]), bytes_from_json(row["repaired"])
    program = folder / "program"
    program.write_bytes(bad)
    fault = {each.name: each for each in find_faults()}[row["fault"]]
    if fault.group != row["class"] or not fault.is_shown(row["shows"], row["message"], row["names"]):
        return "its message is none that the fault declares"
    if row["message"] and not row["message"].startswith(f"program:{row['line']}: "):
        return "its line is not that of its message"
    if not 1 <= row["line"] <= bad.count(b"\n") + 1:
        return "its line is not in the program"
    told = bad_is_other(row, folder)
    if told:
        return told
    (folder / "diff").write_bytes(bytes_from_json(row["diff"]))
    status, _, said = ran(["patch", "-s", "--binary", "program", "diff"], folder)
    if status or program.read_bytes() != good:
        return f"patch does not make the repaired program: {said.decode()}"
    return "" if printed(good, folder) == unsigned(row["output"]) else "the repaired program prints otherwise"


def bad_is_other(row: dict[str, Any], folder: Path) -> str:
    """How the broken program does not do what its item says."""
    message = row["message"].encode()
    if row["shows"] == "refused":
        status, _, said = ran(["luac5.3", "-p", "program"], folder)
        is_so = status == 1 and shown(said) == message + b"\n"
        return "" if is_so else f"luac5.3 says {said.decode(errors='replace')}"
    expected = unsigned(row["broken_output"])
    if row["shows"] == "no end":
        status, out, _ = ran(ENDLESS, folder)
        is_so = status in (NO_END, ENDED_BY_PIPE) and unsigned(out).startswith(expected)
        return "" if is_so else f"lua5.3 ends with {status}"
    status, out, said = ran(["lua5.3", "program"], folder)
    if unsigned(out) != expected:
        return f"lua5.3 prints {out[:200]!r}"
    if row["shows"] == "error":
        is_so = status == 1 and shown(said).startswith(message + b"\nstack traceback:\n")
        return "" if is_so else f"lua5.3 says {said.decode(errors='replace')}"
    return "" if status == 0 and unsigned(out) != unsigned(row["output"]) else f"lua5.3 ends with {status}"


def shown(said: bytes) -> bytes:
    """What was said, as a message has it."""
    return said.decode("utf-8", "backslashreplace").encode()


@cache
def printed(text: bytes, folder: Path) -> bytes | None:
    """What a good program prints; None if it does not end well."""
    (folder / "program").write_bytes(text)
    status, out, _ = ran(["lua5.3", "program"], folder)
    return None if status else unsigned(out)


def unsigned(output: Any) -> bytes:
    """What was printed, in bytes or as a row has it, without the signs of NaNs, which are the C compiler's choice."""
    return (output if isinstance(output, bytes) else bytes_from_json(output)).replace(b"-nan", b"nan")


def table(shows: Counter[tuple[str, str]], rejected: Counter[str]) -> None:
    """Print how many items each fault has, by what they show, and why others are not kept."""
    print(
        f"\n{'class':<15}{'fault':<25}{'items':>7}" + "".join(f"{each:>9}" for each in SHOWS) + f"{'not kept':>10}  why"
    )
    for fault in find_faults():
        counts = [shows[fault.name, each] for each in SHOWS]
        reasons = Counter(
            {reason.partition(": ")[2]: n for reason, n in rejected.items() if reason.startswith(f"{fault.name}: ")}
        )
        told = ", ".join(f"{n:,} {reason}" for reason, n in reasons.most_common(3))
        numbers = f"{sum(counts):>7,}" + "".join(f"{n:>9,}" for n in counts) + f"{reasons.total():>10,}"
        print(f"{fault.group:<15}{fault.name:<25}{numbers}  {told}")
    for reason, count in rejected.most_common():
        if reason.startswith("the program"):
            print(f"no items: {count:,} times {reason}")


def sources(folder: Path | None, files: int) -> Iterator[Document]:
    """Some Lua files of a folder."""
    if folder is not None:
        yield from islice(documents([str(folder)], print), files)


def main() -> int:
    """Check what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=2200, help="how many programs are made (default: %(default)s)")
    parser.add_argument("--most", type=int, default=5, help="items of one program, at most (default: %(default)s)")
    parser.add_argument("-j", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--may-lack", action="store_true", help="faults may have no item, as for few programs")
    parser.add_argument("--files", type=int, default=1_000_000, help="how many files of the folder, at most")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    shows, wrong = Counter[tuple[str, str]](), list[str]()
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "broken.jsonl"
        start = time.monotonic()
        inputs: Iterator[Document | int] = chain(range(options.n), sources(options.folder, options.files))
        tally: Tally = write_items(path, inputs, Breaking(seed=options.seed, most=options.most), jobs=options.j)
        made = time.monotonic()
        with path.open("rb") as file:
            for row in map(json.loads, file):
                shows[row["fault"], row["shows"]] += 1
                if problem := problem_of(row, Path(work)):
                    wrong.append(f"{row['id']}: {problem}")
                    print(wrong[-1], flush=True)
        print(f"{tally.kept:,} broken programs of {tally.tried:,} tried in {made - start:.0f} s; ", end="")
        print(f"asked of luac5.3, lua5.3 and patch in {time.monotonic() - made:.0f} s")
    table(shows, tally.rejected)
    missing = {fault.name for fault in find_faults()} - {name for name, _ in shows}
    missing -= set() if options.folder else NEED_SOURCES
    lacking = ", ".join(sorted(missing)) if missing else "none"
    print(f"\n{len(wrong):,} of {tally.kept:,} are not what they say; faults without an item: {lacking}")
    return 1 if wrong or (missing and not options.may_lack) else 0


if __name__ == "__main__":
    sys.exit(main())
