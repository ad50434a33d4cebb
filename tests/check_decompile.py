"""Stripped chunks of real files to source and back: how many functions, and how many whole files, are proven.

    python tests/check_decompile.py [-j N] [--at-least PERCENT] FOLDER...

Compiles and strips every ``.lua`` file below the folders, decompiles it, and compiles what comes out. Prints a table by
the size of functions, each function that is not proven with its cause, and the time. Exits 1 if what is said to be
proven is not, if a file is an error, or if fewer functions are proven than asked for.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import aidec
from aidec.bytecode import Proto, strip

SIZES = (10, 20, 50, 100, 300, 1 << 30)
"""The greatest numbers of instructions of a row of the table."""


@dataclass
class Found:
    """What became of a file."""

    functions: Counter[int] = field(default_factory=Counter)
    proven: Counter[int] = field(default_factory=Counter)
    unproven: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    files: int = 0
    whole: int = 0


def row(proto: Proto) -> int:
    return next(size for size in SIZES if len(proto.code) <= size)


def check(path: Path) -> Found:
    """Decompile what a file compiles to."""
    found = Found()
    try:
        chunk = strip(aidec.load(aidec.compile(path.read_bytes())))
    except aidec.CompileError:
        return found
    found.files = 1
    found.functions.update(row(proto) for proto in chunk.main.walk())
    start = time.process_time()
    try:
        program = aidec.decompile(chunk)
    except Exception as error:
        found.errors.append(f"{path}: {type(error).__name__}: {error}")
        return found
    found.seconds = time.process_time() - start
    again = strip(aidec.load(aidec.compile(program.source))).main
    for function in program.functions:
        if function.is_proven:
            found.proven[row(function.proto)] += 1
        else:
            place = ".".join(map(str, function.path)) or "main"
            size = len(function.proto.code)
            found.unproven.append(f"{path}: function {place}, {size} instructions: {function.difference}")
    is_same = code(again) == code(chunk.main)
    found.whole = int(is_same)
    if is_same != program.is_proven:
        found.errors.append(f"{path}: it is said to be proven: {program.is_proven}; it is the same: {is_same}")
    return found


def code(proto: Proto) -> list[object]:
    """What a stripped chunk has of a function, in another way than the decompiler compares it."""
    head = (proto.code.tobytes(), repr(proto.constants), proto.num_params, proto.is_vararg, proto.max_stack_size)
    captures = [(upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]
    return [head, captures, [code(inner) for inner in proto.protos]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("-j", type=int, default=2, dest="jobs", metavar="N")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT", help="functions that must be proven")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="every Nth file only")
    arguments = parser.parse_args()
    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.lua") if path.is_file())
    total = Found()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for found in pool.map(check, paths[:: arguments.sample], chunksize=4):
            total.functions += found.functions
            total.proven += found.proven
            total.files, total.whole = total.files + found.files, total.whole + found.whole
            total.seconds += found.seconds
            total.errors += found.errors
            for line in found.unproven:
                print(line, flush=True)
    for line in total.errors:
        print(line)
    number, proven = total.functions.total(), total.proven.total()
    for size in SIZES:
        if total.functions[size]:
            name = f"up to {size:,} instructions" if size < SIZES[-1] else "more"
            print(f"{name:>24}: {total.proven[size]:,} of {total.functions[size]:,} functions")
    print(f"{'all':>24}: {proven:,} of {number:,} functions, {100 * proven / max(number, 1):.3f} %")
    print(f"{'whole':>24}: {total.whole:,} of {total.files:,} files, {100 * total.whole / max(total.files, 1):.2f} %")
    print(f"{'time':>24}: {1000 * total.seconds / max(number, 1):.2f} ms of processor time a function")
    return 1 if total.errors or not number or 100 * proven / number < arguments.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
