"""Python to Lua in bulk: functions of each construct, and those of a real package, do the same in both.

    python tests/check_synth_python.py [--calls 45] [--only NAME] [--seed S] [--package algorithms==1.0.1]

Turns the functions of tests/synth/python into Lua (``aidec synth python``). All must be in the subset, and each call
must come to the same in CPython and in Lua. Each is then made once more by the CPython that runs this script, from the
text in the item. With --package, a package of pure Python is brought by pip, and printed is how many of its functions
are kept, and why others are not. Exits 1 if a function of the tests is not kept, or a result is another.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from aidec.sources import Document
from aidec.synthesis.items import Tally, write_items
from aidec.synthesis.python.harness import FUTURE_ANNOTATIONS, canonical
from aidec.synthesis.python.translations import Translating
from aidec.synthesis.python.units import Module

FOLDER = Path(__file__).parent / "synth" / "python"

ALLOWED = {"refused: *args of the function itself": 1}
"""What of the tests is refused on purpose: a function that others call with any number of arguments."""


def made(row: dict[str, Any], call: dict[str, str]) -> str:
    """What a call of an item comes to in this CPython."""
    names: dict[str, Any] = {"__name__": "unit"}
    exec(compile(row["python"], "unit", "exec", FUTURE_ANNOTATIONS, dont_inherit=True), names)  # noqa: S102 -- ours
    try:
        return canonical(eval(call["python"], names))  # noqa: S307 -- a call of a function of ours
    except Exception as error:
        return type(error).__name__


def translated(
    documents: list[Document], seed: int, calls: int, work: Path
) -> tuple[Tally, list[dict[str, Any]], float]:
    """What became of the functions of some sources, the items, and the seconds that they took."""
    start = time.monotonic()
    path = work / "items.jsonl"
    tally = write_items(path, documents, Translating(seed, calls))
    return tally, [json.loads(line) for line in path.read_bytes().splitlines()], time.monotonic() - start


def check_tests(only: str, seed: int, calls: int, work: Path) -> bool:
    """Whether all functions of the tests are kept, and their calls come to the same in this CPython."""
    documents = [Document(path.name, path.read_bytes()) for path in sorted(FOLDER.glob(f"{only}.py"))]
    tally, rows, seconds = translated(documents, seed, calls, work)
    wrong = [
        f"{row['function']}: {call['python']}: {now} here, {call.get('result', call.get('raises'))} in the sandbox"
        for row in rows
        for call in row["calls"]
        if (now := made(row, call)) != call.get("result", call.get("raises"))
    ]
    number = sum(len(row["calls"]) for row in rows)
    raising = sum("raises" in call for row in rows for call in row["calls"])
    print(f"{tally.kept:,} functions of {tally.tried:,}, {number:,} calls, {raising:,} of which raise; {seconds:.0f} s")
    others = {reason: count for reason, count in tally.rejected.items() if count > ALLOWED.get(reason, 0)}
    print(f"not kept: {others or 'none'}; other results here: {len(wrong):,}", *wrong, sep="\n")
    return not wrong and not others


def sources_of(package: str, work: Path) -> list[Document]:
    """The modules of a package, brought by pip; without its tests."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work), package]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = work.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".py") and "test" not in name)
        return [Document(f"{wheel.name}/{name}", archive.read(name)) for name in names]


def check_package(package: str, seed: int, calls: int, work: Path) -> None:
    """Print how many functions of a package are kept, and why others are not."""
    documents = sources_of(package, work)
    number = 0
    for document in documents:
        try:
            number += sum(1 for _ in Module.parse(document.data.decode()).functions())
        except SyntaxError:
            continue
    tally, rows, seconds = translated(documents, seed, calls, work)
    made_calls = sum(len(row["calls"]) for row in rows)
    share = tally.kept / number
    print(f"\n{package}: {tally.kept:,} of {number:,} functions ({share:.1%}), {made_calls:,} calls, {seconds:.0f} s")
    kinds = Counter[str]()
    for reason, count in tally.rejected.items():
        kinds[reason.partition(":")[0]] += count
    print("by kind:", ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common()))
    for reason, count in tally.rejected.most_common():
        print(f"{count:>6,}  {reason}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=45)
    parser.add_argument("--only", default="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--package")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        is_sound = check_tests(given.only, given.seed, given.calls, Path(folder))
        if given.package:
            check_package(given.package, given.seed, given.calls, Path(folder))
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
