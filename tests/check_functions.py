"""Real files in bulk: each function's text, compiled by itself, must be the function that luac makes of it in its file.

    python tests/check_functions.py [-j N] FOLDER

For every ``.lua`` file below FOLDER that ``luac5.3`` compiles: ``functions`` must find as many texts as the chunk has
functions, in the chunk as it is and stripped; each text, compiled by itself with its upvalues declared around it, must
give the same instructions, constants, names of locals and upvalues, and nested functions, with its lines moved to where
it stands. Prints each difference and the counts; exits 1 where there is one or where the counts don't add up.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from array import array
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import aidec
from aidec.bytecode import Chunk, Header, Proto, strip
from aidec.bytecode.compare import first_difference
from aidec.lua.functions import find_functions, upvalue_names
from aidec.lua.standalone import compile_alone


def moved(proto: Proto, lines: int) -> Proto:
    """The function as if its text stood so many lines further down."""
    return replace(
        proto,
        line_defined=proto.line_defined + lines,
        last_line_defined=proto.last_line_defined + lines,
        line_info=array("i", [line + lines for line in proto.line_info]),
        protos=tuple([moved(inner, lines) for inner in proto.protos]),
    )


def without_origins(proto: Proto) -> Proto:
    """The function without the places where it finds its upvalues; those of the functions inside it stay."""
    return replace(
        proto, source=None, upvalues=tuple([replace(upvalue, in_stack=0, index=0) for upvalue in proto.upvalues])
    )


def check(path: str) -> tuple[Counter[str], list[str]]:
    """What was checked on one file, counted, and what differs."""
    counts = Counter(files=1)
    differences: list[str] = []
    compiled = subprocess.run(["luac5.3", "-o", "-", path], capture_output=True, check=False)
    if compiled.returncode:
        counts["not Lua 5.3"] += 1
        return counts, differences
    counts["compiled"] += 1
    source = Path(path).read_bytes()
    chunk = aidec.load(compiled.stdout)
    counts["functions of the chunks, without main functions"] += sum(1 for _ in chunk.main.walk()) - 1
    try:
        found = find_functions(source, chunk)
        if find_functions(source, strip(chunk)) != found:
            differences.append(f"{path}: other functions where the chunk is stripped")
    except aidec.AidecError as error:
        return counts, [f"{path}: {error}"]
    counts["texts found"] += len(found)
    for function in found:
        parents, proto = [], chunk.main
        for index in function.path:
            parents.append(proto)
            proto = proto.protos[index]
        text = source[function.start : function.end]
        place = f"{path}: bytes {function.start} to {function.end}"
        names = upvalue_names(proto, parents)
        try:
            alone = compile_alone(text, names)
        except aidec.AidecError as error:
            differences.append(f"{place}: {error}")
            continue
        alone = moved(alone, proto.line_defined - alone.line_defined)
        header = Header()
        difference = first_difference(
            Chunk(header, 0, without_origins(proto)), Chunk(header, 0, without_origins(alone))
        )
        if difference:
            differences.append(f"{place}: {difference}")
        else:
            counts["texts that compile to their function"] += 1
        counts["bytes of texts"] += len(text)
        counts["upvalues declared"] += len(names)
    return counts, differences


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs", metavar="N")
    arguments = parser.parse_args()
    paths = sorted(str(path) for path in Path(arguments.folder).rglob("*.lua") if path.is_file())
    totals: Counter[str] = Counter()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for counts, differences in pool.map(check, paths, chunksize=8):
            totals += counts
            totals["differences"] += len(differences)
            for difference in differences:
                print(difference)
    for name, count in totals.items():
        print(f"{count:>15,} {name}")
    expected = totals["functions of the chunks, without main functions"]
    is_whole = expected == totals["texts found"] == totals["texts that compile to their function"] > 0
    return 1 if totals["differences"] or not is_whole else 0


if __name__ == "__main__":
    sys.exit(main())
