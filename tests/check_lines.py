"""Real sources, parsed, printed, and laid out on their own lines again: the chunk must be the same, byte for byte.

    python tests/check_lines.py [-j N] FOLDER...

For every ``.lua`` file below the folders. The names of variables are those of the source, so that nothing but the lines
can differ. Prints each file that differs, with the first instruction whose line does, and exits 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import aidec
from aidec.bytecode.compare import first_difference
from aidec.decompiler.placement import placed
from aidec.lua.printer import to_source
from aidec.lua.tree import parse


def check(path: Path) -> str | None:
    """How what a file is laid out to differs from it; empty if it does not, None if it is not Lua 5.3."""
    source = path.read_bytes()
    try:
        chunk = aidec.load(aidec.compile(source, "@it.lua"))
    except aidec.CompileError:
        return None
    laid_out = placed(to_source(parse(source), comments=False), chunk.main)
    return first_difference(chunk, aidec.load(aidec.compile(laid_out, "@it.lua"))) or ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("-j", type=int, default=2, dest="jobs", metavar="N")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="every Nth file only")
    arguments = parser.parse_args()
    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.lua") if path.is_file())
    paths = paths[:: arguments.sample]
    number = same = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for path, found in zip(paths, pool.map(check, paths, chunksize=4), strict=True):
            number += found is not None
            same += found == ""
            if found:
                print(f"{path}: {found}", flush=True)
    print(f"{same:,} of {number:,} files are the same, byte for byte, on their own lines")
    return 0 if number and same == number else 1


if __name__ == "__main__":
    sys.exit(main())
