"""Chunks of real files to source and back: how many functions, and how many whole files, are proven.

    python tests/check_decompile.py [--debug] [--readability] [-j N] [--sample N] [--at-least PERCENT] FOLDER...

Compiles every ``.lua`` file below the folders, strips it unless ``--debug`` is given, decompiles it, and compiles what
comes out. Prints each function that is not proven with its cause, tables by the size of functions and by what is in
them, and the time. With ``--debug`` files count that come back byte for byte, and those that do but for the lines. With
``--readability`` statements are counted that people seldom write, beside those of the original source. Exits 1 if what
is said to be proven is not, if a file is an error, or if fewer functions are proven than asked for.
"""

from __future__ import annotations

import argparse
import sys
import time
from array import array
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import aidec
from aidec.bytecode import OPCODES, Chunk, Proto, strip
from aidec.bytecode.instruction import Instruction
from aidec.decompiler.decompiled import Decompiled
from aidec.lua import nodes, tree
from aidec.lua.node import Node

SIZES = (10, 20, 50, 100, 300, 1 << 30)
"""The greatest numbers of instructions of a row of the table."""

NAME = b"@file.lua"
"""The name of all chunks."""


class View:
    """What tells constructs apart: the instructions of a function, by opcode, and where its jumps go."""

    def __init__(self, proto: Proto) -> None:
        words = [Instruction(word) for word in proto.code]
        self.proto = proto
        self.code = [(OPCODES[word.word & 63].name if word.word & 63 < len(OPCODES) else "?", word) for word in words]
        self.ops = {name for name, _ in self.code}
        self.jumps = [(pc, pc + 1 + word.sbx) for pc, (name, word) in enumerate(self.code) if name == "JMP"]
        tests = ("EQ", "LT", "LE", "TEST", "TESTSET")
        self.free = [(pc, target) for pc, target in self.jumps if pc == 0 or self.code[pc - 1][0] not in tests]
        loops = [
            (pc, pc + 1 + word.sbx) for pc, (name, word) in enumerate(self.code) if name in ("FORLOOP", "TFORLOOP")
        ]
        self.loops = [(target, pc) for pc, target in [*self.jumps, *loops] if target <= pc]

    def any(self, opcode: str, test: Callable[[Instruction], bool]) -> bool:
        """Whether an instruction of an opcode passes a test."""
        return any(name == opcode and test(word) for name, word in self.code)

    def stores_in_a_row(self) -> bool:
        """Whether values of registers are stored from the last to the first (lparser.c: restassign)."""
        stores = {"SETTABUP": "c", "SETTABLE": "c", "SETUPVAL": "a"}
        values = [getattr(word, stores[name]) if name in stores else -1 for name, word in self.code]
        return any(0 <= other == one - 1 < 255 for one, other in pairwise(values))


CONSTRUCTS: dict[str, Callable[[View], bool]] = {
    "for, numeric": lambda view: "FORLOOP" in view.ops,
    "for, generic": lambda view: "TFORLOOP" in view.ops,
    "while, repeat, goto back": lambda view: any(target <= pc for pc, target in view.jumps),
    "break, goto out of a loop": lambda view: any(
        start <= pc < end < target for pc, target in view.free for start, end in view.loops
    ),
    "nested loops": lambda view: any(
        one[0] <= other[0] and other[1] <= one[1] and one[1] != other[1] for one in view.loops for other in view.loops
    ),
    "variables closed by jumps": lambda view: view.any("JMP", lambda word: word.a > 0),
    "functions inside": lambda view: bool(view.proto.protos),
    "functions inside a loop": lambda view: any(
        start <= pc <= end for pc, (name, _) in enumerate(view.code) if name == "CLOSURE" for start, end in view.loops
    ),
    "upvalues assigned": lambda view: "SETUPVAL" in view.ops,
    "varargs": lambda view: "VARARG" in view.ops,
    "open results": lambda view: view.any("CALL", lambda word: word.b == 0 or word.c == 0),
    "several results": lambda view: view.any("CALL", lambda word: word.c > 2),
    "tail calls": lambda view: "TAILCALL" in view.ops,
    "methods": lambda view: "SELF" in view.ops,
    "multiple assignment": View.stores_in_a_row,
    "constructors": lambda view: "NEWTABLE" in view.ops,
    "constructors of more than 50": lambda view: view.any("SETLIST", lambda word: word.c != 1),
    "and, or as values": lambda view: "TESTSET" in view.ops,
    "comparisons as values": lambda view: view.any("LOADBOOL", lambda word: word.c == 1),
    "conditions": lambda view: bool(view.ops & {"EQ", "LT", "LE", "TEST"}),
    "concatenation": lambda view: "CONCAT" in view.ops,
    "more than 256 constants": lambda view: len(view.proto.constants) > 256,
    "more than 50 registers": lambda view: view.proto.max_stack_size > 50,
}
"""The constructs that a function has by its bytecode; a function can have several, or none."""

COUNTED: dict[str, type[Node]] = {
    "statements": nodes.Statement,
    "goto": nodes.Goto,
    "do": nodes.Do,
    "local": nodes.Local,
    "while": nodes.While,
    "repeat": nodes.Repeat,
    "elseif": nodes.ElseIf,
}
"""What is counted for readability."""


@dataclass
class Found:
    """What became of files: counters have the sizes of functions and the constructs in them, or kinds of statements."""

    functions: Counter[int | str] = field(default_factory=Counter)
    proven: Counter[int | str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    theirs: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    unproven: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: Found) -> None:
        """Add what became of other files."""
        for name in ("functions", "proven", "ours", "theirs", "files"):
            getattr(self, name).update(getattr(other, name))
        self.unproven += other.unproven
        self.errors += other.errors
        self.seconds += other.seconds


def rows(proto: Proto) -> list[int | str]:
    """The rows of the tables that a function counts in."""
    view = View(proto)
    size = next(size for size in SIZES if len(proto.code) <= size)
    return ["all", size, *(name for name, has in CONSTRUCTS.items() if has(view))]


def check(path: Path, *, debug: bool, readability: bool) -> Found:
    """Decompile what a file compiles to."""
    found = Found()
    source = path.read_bytes()
    try:
        given = aidec.compile(source, NAME)
    except aidec.CompileError:
        return found
    chunk = aidec.load(given) if debug else strip(aidec.load(given))
    found.files["all"] = 1
    start = time.process_time()
    try:
        program = aidec.decompile(chunk, lines=debug)
    except Exception as error:
        found.errors.append(f"{path}: {type(error).__name__}: {error}")
        return found
    found.seconds = time.process_time() - start
    for function in program.functions:
        places = rows(function.proto)
        found.functions.update(places)
        if function.is_proven:
            found.proven.update(places)
        else:
            place = ".".join(map(str, function.path)) or "main"
            size, names = len(function.proto.code), ", ".join(name for name in CONSTRUCTS if name in places)
            found.unproven.append(f"{path}: function {place}, {size} instructions: {function.difference} ({names})")
    compare(found, path, program, chunk, given)
    if readability:
        found.ours.update(kinds(program.tree))
        try:
            found.theirs.update(kinds(tree.parse(source)))
        except aidec.AidecError as error:
            found.errors.append(f"{path}: {error}")
    return found


def compare(found: Found, path: Path, program: Decompiled, chunk: Chunk, given: bytes) -> None:
    """Compile a program again, and compare it with what it was made of."""
    compiled = aidec.compile(program.source, NAME)
    again = aidec.load(compiled)
    is_same = code(again.main) == code(chunk.main)
    found.files["whole"] = int(is_same)
    found.files["byte for byte"] = int(compiled == given)
    found.files["byte for byte but for lines"] = int(without_lines(again.main) == without_lines(chunk.main))
    if is_same != program.is_proven:
        found.errors.append(f"{path}: it is said to be proven: {program.is_proven}; it is the same: {is_same}")


def code(proto: Proto) -> list[object]:
    """What a stripped chunk has of a function, in another way than the decompiler compares it."""
    head = (proto.code.tobytes(), repr(proto.constants), proto.num_params, proto.is_vararg, proto.max_stack_size)
    captures = [(upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]
    return [head, captures, [code(inner) for inner in proto.protos]]


def without_lines(proto: Proto) -> Proto:
    """A function without its lines in the source."""
    inside = tuple(without_lines(inner) for inner in proto.protos)
    return replace(proto, line_defined=0, last_line_defined=0, line_info=array("i"), protos=inside)


def kinds(main: nodes.Main) -> Counter[str]:
    """How often each kind of statement is in a tree."""
    return Counter(name for node in main.walk() for name, kind in COUNTED.items() if isinstance(node, kind))


def table(total: Found, *, debug: bool, readability: bool) -> list[str]:
    """What was found, in lines."""
    lines = []
    places: list[int | str] = [*SIZES, *CONSTRUCTS, "all"]
    for name in places:
        number, proven = total.functions[name], total.proven[name]
        shown = name if isinstance(name, str) else f"up to {name:,} instructions" if name < SIZES[-1] else "more"
        if number:
            lines.append(f"{shown:>28}: {proven:,} of {number:,} functions, {100 * proven / number:.3f} %")
    files = total.files["all"]
    for kind in ["whole", *(["byte for byte", "byte for byte but for lines"] if debug else [])]:
        share = 100 * total.files[kind] / max(files, 1)
        lines.append(f"{kind:>28}: {total.files[kind]:,} of {files:,} files, {share:.2f} %")
    milliseconds = 1000 * total.seconds / max(total.functions["all"], 1)
    lines.append(f"{'time':>28}: {milliseconds:.2f} ms of processor time a function")
    if readability:
        lines += [f"{kind:>28}: {total.ours[kind]:,}, in the originals {total.theirs[kind]:,}" for kind in COUNTED]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("-j", type=int, default=2, dest="jobs", metavar="N")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT", help="functions that must be proven")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="every Nth file only")
    parser.add_argument("--debug", action="store_true", help="with debug information")
    parser.add_argument("--readability", action="store_true", help="count statements, beside those of the originals")
    arguments = parser.parse_args()
    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.lua") if path.is_file())
    total = Found()
    task = partial(check, debug=arguments.debug, readability=arguments.readability)
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for found in pool.map(task, paths[:: arguments.sample], chunksize=4):
            total.add(found)
            for line in found.unproven:
                print(line, flush=True)
    print("\n".join([*total.errors, *table(total, debug=arguments.debug, readability=arguments.readability)]))
    number, proven = total.functions["all"], total.proven["all"]
    return 1 if total.errors or not number or 100 * proven / number < arguments.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
