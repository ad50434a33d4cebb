"""From how many instructions on equal functions are copies, and not equal by chance.

    python benchmarks/chance.py FOLDER

Takes every function of the Lua below FOLDER, whose folders are packages that have nothing to do with each other. Of the
distinct ones that stand in several packages it counts, by their instructions, those of which no text stands in two of
them, white space aside: different people wrote these. The default of ``split.apart_instructions`` comes from here.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import defaultdict
from pathlib import Path

from aidec.bytecode import load
from aidec.bytecode.fingerprint import exact_keys
from aidec.common.errors import AidecError
from aidec.dataset.card import table
from aidec.lua import compile_source
from aidec.lua.functions import find_functions
from aidec.sources import documents

BOUNDS = (2, 4, 6, 8, 9, 10, 12, 16, 32, 64)

Places = dict[bytes, set[str]]
"""For each text of a function, the packages in which it stands."""


def functions(folder: Path) -> dict[tuple[int, bytes], Places]:
    """By the instructions and the exact key of each function, where its texts stand."""
    found: dict[tuple[int, bytes], Places] = defaultdict(lambda: defaultdict(set))
    for document in documents([str(folder)], lambda _: None, with_licences=False):
        package = Path(document.origin).relative_to(folder).parts[0]
        try:
            chunk = load(compile_source(document.data))
            texts = find_functions(document.data, chunk)
        except AidecError:
            continue
        keys = dict(zip(map(id, chunk.main.walk()), exact_keys(chunk.main), strict=True))
        for function in texts:
            proto = chunk.main
            for index in function.path:
                proto = proto.protos[index]
            key = keys[id(proto)]
            text = b"".join(document.data[function.start : function.end].split())
            found[key.instructions, key.key][text].add(package)
    return found


def main() -> None:
    """Print the table."""
    rows = [[0, 0, 0] for _ in range(len(BOUNDS) + 1)]
    for (instructions, _), places in functions(Path(sys.argv[1])).items():
        row = rows[bisect_left(BOUNDS, instructions)]
        row[0] += 1
        if len(set.union(*places.values())) > 1:
            row[1] += 1
            row[2] += all(len(packages) == 1 for packages in places.values())
    names = [f"to {bound}" for bound in BOUNDS] + ["more"]
    head = ["instructions", "distinct functions", "in several packages", "of them by chance", "share"]
    shown = [
        [name, *(f"{count:,}" for count in row), f"{row[2] / row[1]:.0%}" if row[1] else "-"]
        for name, row in zip(names, rows, strict=True)
    ]
    print("\n".join(table(head, shown)))


if __name__ == "__main__":
    main()
