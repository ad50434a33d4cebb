"""Names for decompiled variables on real files: how many are those of the source.

    python tests/check_names.py [--files N] [-j N] FOLDER...

Files of each folder, drawn by the hash of their path, are compiled, stripped and decompiled. Of those that are proven,
the variables are named, the program must stay the same, and the names are compared with the debug information. Those of
functions that declare other variables than the source are left out. Prints the shares by kind, and the processor time;
exits 1 where a program changed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from check_lua import sources

from aidec.bytecode import Proto, load
from aidec.common.errors import CompileError
from aidec.decompiler.naming import name_variables
from aidec.decompiler.program import decompile
from aidec.decompiler.proof import difference
from aidec.lua.compile import compile_source
from aidec.lua.names import resolve
from aidec.lua.nodes import GenericFor, Main, NumericFor
from aidec.lua.printer import to_source
from aidec.lua.variables import Scope


def check(path: str) -> Counter[str]:
    """The counts of a file."""
    source = Path(path).read_bytes()
    try:
        theirs = load(compile_source(source)).main
    except CompileError:
        return Counter({"refused": 1})
    program = decompile(load(compile_source(source, strip=True)))
    if not program.is_proven:
        return Counter({"unproven": 1})
    start = time.process_time_ns()
    name_variables(program.tree)
    counts = Counter({"nanoseconds": time.process_time_ns() - start})
    ours = load(compile_source(to_source(program.tree))).main
    scope, loops = resolve(program.tree), _loop_variables(program.tree)
    for function, our_proto, proto in _functions(scope, ours, theirs):
        counts["functions"] += 1
        counts["changed"] += difference(our_proto, proto) is not None
        if len(function.locals) != len(proto.local_vars):
            counts["functions left out"] += 1
            continue
        for number, (variable, original) in enumerate(zip(function.locals, proto.local_vars, strict=True)):
            kind = "parameter" if number < proto.num_params else "loop" if variable.declaration in loops else "local"
            if variable.name.isidentifier():
                counts[kind] += 1
                counts[f"{kind}, right"] += original.name == variable.name.encode()
    return counts


def _loop_variables(tree: Main) -> set[object]:
    loops = (node for node in tree.walk() if isinstance(node, NumericFor | GenericFor))
    return {name for loop in loops for name in ([loop.variable] if isinstance(loop, NumericFor) else loop.variables)}


def _functions(scope: Scope, ours: Proto, theirs: Proto) -> Iterator[tuple[Scope, Proto, Proto]]:
    waiting = [(scope, ours, theirs)]
    while waiting:
        yield waiting[-1]
        scope, ours, theirs = waiting.pop()
        waiting += zip(scope.functions, ours.protos, theirs.protos, strict=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+")
    parser.add_argument("--files", type=int, metavar="N", help="files to draw from each folder")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs", metavar="N")
    arguments = parser.parse_args()
    changed = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for folder in arguments.folders:
            counts: Counter[str] = Counter()
            for found in pool.map(check, sources(folder, arguments.files), chunksize=4):
                counts += found
            print(f"== {folder}: {counts['nanoseconds'] / 1e6 / max(1, counts['functions']):.2f} ms a function")
            for name in ("refused", "unproven", "functions", "functions left out", "changed"):
                print(f"{counts[name]:>9,} {name}")
            for kind in ("parameter", "loop", "local"):
                print(
                    f"{counts[kind]:>9,} {kind}: {counts[f'{kind}, right'] / max(1, counts[kind]):.1%} are the original"
                )
            changed += counts["changed"]
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
