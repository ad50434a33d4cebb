"""Synthesis in bulk: programs end and reach all there is, and rewrites of real functions keep what they claim.

    python tests/check_synth.py [-n 1000] [-j N] [--seed S] [--files 50] [FOLDER]

Makes programs (``aidec synth generate``), with 1 process and with N, whose files must be the same. Prints the sizes,
and how many programs reach each production of the grammar, each opcode (from 5,000 on with one of 262,300 constants),
registers and constants as operands, values at the borders, and each pair of operators, one as either operand of the
other, so that it is written with parentheses and without. If a FOLDER is named, the functions of some of its Lua files,
drawn by the seed, are rewritten in all ways (``aidec synth rewrite``). Printed is for each rewrite how many kept what
it claims, how many of these by their bytecode, and why others are not kept. Each item is then proven once more: by
luac5.3, or in calls that are drawn anew. Exits 1 if a program is not kept, if something is not reached (of pairs and
operands, with 5,000 programs), or if an item is not what it claims.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from aidec.bytecode import OPCODES, Instruction, Proto, load
from aidec.common.json_values import bytes_from_json
from aidec.evaluation.behaviour import Behaviour
from aidec.evaluation.model import Task
from aidec.lua.compile import compile_source
from aidec.lua.node import Node
from aidec.lua.nodes import BINARY_PRIORITY, NODES, UNARY_OPERATORS, Binary, Unary
from aidec.lua.runner import Runner
from aidec.lua.standalone import program_alone
from aidec.lua.tree import parse
from aidec.sources import Document
from aidec.synthesis.checking import Rewriting
from aidec.synthesis.generating import Generating
from aidec.synthesis.items import write_items
from aidec.synthesis.registry import find

ENOUGH = 5000
"""With so many programs what is rare occurs as well."""

MANY_CONSTANTS = {
    "constants": 262_300,
    "size": [0, 0],
    "functions": [0, 0],
    "weights": {"printed.str-plain": 0, "printed.str-function": 0},
}
"""Knobs of a program with more constants than LOADK has room for, which calls a method."""

OF_MANY_CONSTANTS = ("LOADKX", "EXTRAARG")
"""The opcodes that such a program alone has."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The items of a file."""
    with path.open("rb") as file:
        yield from map(json.loads, file)


def table(title: str, counts: Counter[str], known: set[str], *, short: bool = False) -> bool:
    """Print how many items have each of some names, or in short the fewest; returns whether all are there."""
    missing = sorted(known - set(counts))
    print(f"\n{title}: {len(known) - len(missing)} of {len(known)} reached")
    names = sorted(known, key=lambda name: (-counts[name], name))
    if short:
        numbers = sorted(counts[name] for name in known)
        print(f"programs that have one: {numbers[0]:,} to {numbers[-1]:,}, median {numbers[len(numbers) // 2]:,}")
    for start in range(0, 0 if short else len(names), 4):
        print("  ".join(f"{name:<22}{counts[name]:>7,}" for name in names[start : start + 4]))
    if missing:
        print(f"not reached: {', '.join(missing[:40])}")
    return not missing


def check_programs(number: int, seed: int, jobs: int, folder: Path) -> bool:
    """Whether programs are all kept, the same with one process and with several, and reach all there is."""
    files = [folder / "one.jsonl", folder / "several.jsonl"]
    tallies = []
    for path, processes in zip(files, (1, jobs), strict=True):
        start = time.monotonic()
        tallies.append(write_items(path, range(number), Generating(seed), jobs=processes))
        seconds = time.monotonic() - start
        print(f"{number:,} programs with {processes} processes: {seconds:.1f} s, {number / seconds:.1f} a second")
    is_same = files[0].read_bytes() == files[1].read_bytes()
    kept = all(tally.kept == tally.tried == number for tally in tallies)
    print(f"kept: {tallies[0].kept:,}; not kept: {dict(tallies[0].rejected)}; the same file: {is_same}")
    reached, sizes, outputs = Reached(), [], set()
    for row in rows(files[0]):
        code = bytes_from_json(row["code"])
        reached.add(code, row["opcodes"])
        sizes.append(len(code))
        outputs.add(bytes_from_json(row["output"]))
    if number >= ENOUGH:
        for made in Generating(seed, MANY_CONSTANTS).made(0).rows:
            reached.add(bytes_from_json(made["code"]), made["opcodes"])
    sizes.sort()
    print(f"bytes of code: {sizes[0]:,} to {sizes[-1]:,}, median {sizes[len(sizes) // 2]:,}")
    print(f"different outputs: {len(outputs):,}")
    return reached.is_all(is_enough=number >= ENOUGH) and is_same and kept


@dataclass
class Reached:
    """How many programs reach what there is: each production and opcode, each pair of operators, and so on."""

    productions: Counter[str] = field(default_factory=Counter)
    opcodes: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    operands: Counter[str] = field(default_factory=Counter)
    literals: Counter[str] = field(default_factory=Counter)

    def add(self, code: bytes, opcodes: list[str]) -> None:
        """Count what a program reaches."""
        nodes = list(parse(code, resolved=False).walk())
        self.productions.update({type(node).__name__ for node in nodes})
        self.opcodes.update(opcodes)
        self.pairs.update({pair for node in nodes for pair in pairs_in(node)})
        protos = list(load(compile_source(code)).main.walk())
        self.operands.update({operand for proto in protos for operand in operands_in(proto)})
        self.literals.update(name for name, text in COMPUTED.items() if text in code)
        self.literals.update(
            {name for proto in protos for value in proto.constants for name in LITERALS if LITERALS[name](value)}
        )

    def is_all(self, *, is_enough: bool) -> bool:
        """Print the tables; whether all is reached.

        Args:
            is_enough: whether there are so many programs that what is rare must occur as well.
        """
        has_all = table("productions", self.productions, set(NODES))
        unusual = {"UNKNOWN"} if is_enough else {"UNKNOWN", *OF_MANY_CONSTANTS}
        has_all &= table("opcodes", self.opcodes, {opcode.name for opcode in OPCODES} - unusual)
        has_rare = table("values at the borders", self.literals, {*LITERALS, *COMPUTED})
        has_rare &= table("registers and constants as operands", self.operands, OPERANDS)
        has_rare &= table("operators in operators, on both sides", self.pairs, PAIRS, short=True)
        return has_all and (has_rare or not is_enough)


def pairs_in(node: Node) -> Iterator[str]:
    """The operators of a node with those of its operands; parentheses stand where the tree needs them."""
    if isinstance(node, Binary):
        if isinstance(node.left, Binary | Unary):
            yield f"({spelled(node.left)}) {node.operator}"
        if isinstance(node.right, Binary | Unary):
            yield f"{node.operator} ({spelled(node.right)})"
    elif isinstance(node, Unary) and isinstance(node.operand, Binary | Unary):
        yield f"{spelled(node)} ({spelled(node.operand)})"


def spelled(node: Binary | Unary) -> str:
    """An operator, which says of which kind it is."""
    return node.operator if isinstance(node, Binary) else f"unary {node.operator}"


UNARY = [f"unary {operator}" for operator in UNARY_OPERATORS]
PAIRS = {
    text
    for inner in (*BINARY_PRIORITY, *UNARY)
    for outer in BINARY_PRIORITY
    for text in (f"({inner}) {outer}", f"{outer} ({inner})")
} | {f"{outer} ({inner})" for inner in (*BINARY_PRIORITY, *UNARY) for outer in UNARY}
"""Each pair of operators: what stands in parentheses here is an operand of what stands beside it."""

COMPUTING = ("ADD", "SUB", "MUL", "MOD", "POW", "DIV", "IDIV", "BAND", "BOR", "BXOR", "SHL", "SHR", "EQ", "LT", "LE")
BOTH = (*COMPUTING, "SETTABLE", "SETTABUP")
LAST = (*BOTH, "GETTABLE", "GETTABUP", "SELF")
OPERANDS = {
    f"{name} {place} {kind}"
    for names, place in ((BOTH, "B"), (LAST, "C"))
    for name in names
    for kind in ("register", "constant")
}
"""Each operand that is a register or a constant, as both."""


def operands_in(proto: Proto) -> Iterator[str]:
    """The operands of a function that are registers or constants, as in ``OPERANDS``."""
    for word in proto.code:
        each = Instruction(word)
        name = each.opcode.name
        if name in BOTH:
            yield f"{name} B {'constant' if each.rk_b.is_constant else 'register'}"
        if name in LAST:
            yield f"{name} C {'constant' if each.rk_c.is_constant else 'register'}"


LITERALS: dict[str, Callable[[Any], bool]] = {
    "0": lambda value: type(value) is int and value == 0,
    "1": lambda value: type(value) is int and value == 1,
    "-1": lambda value: type(value) is int and value == -1,
    "mininteger": lambda value: type(value) is int and value == -(2**63),
    "maxinteger": lambda value: type(value) is int and value == 2**63 - 1,
    "2^53": lambda value: type(value) is int and value == 2**53,
    "2^53 float": lambda value: type(value) is float and value == 2.0**53,
    "infinite": lambda value: type(value) is float and value == math.inf,
    "empty string": lambda value: value == b"",
    "long string": lambda value: isinstance(value, bytes) and len(value) > 40,
    "binary string": lambda value: isinstance(value, bytes) and b"\xff" in value,
    "string with NUL": lambda value: isinstance(value, bytes) and b"\0" in value,
}
"""Constants that programs must have."""

COMPUTED = {"-0.0": b"-0.0", "NaN": b"0 / 0"}
"""Values at the borders that are no constants, and how programs spell them."""


def documents(folder: Path, seed: int) -> Iterator[Document]:
    """The Lua files of a folder, in an order that the seed decides on."""
    paths = sorted(folder.rglob("*.lua"))
    random.Random(seed).shuffle(paths)  # noqa: S311 -- nothing here is secret
    for path in paths:
        if path.stat().st_size < 60_000:
            yield Document(str(path.relative_to(folder)), path.read_bytes())


def check_rewrites(folder: Path, files: int, seed: int, work: Path) -> bool:
    """Whether all rewrites of functions that are written keep what they claim."""
    path = work / "rewrites.jsonl"
    start = time.monotonic()
    tally = write_items(path, islice(documents(folder, seed), files), Rewriting((), seed))
    seconds = time.monotonic() - start
    kept, proofs, functions, wrong = Counter[str](), Counter[str](), set(), []
    with Runner(1, deterministic=True) as runner:
        behaviour = Behaviour(runner, seed=seed + 1)
        for row in rows(path):
            kept[row["rewrite"]] += 1
            proofs[row["rewrite"]] += row["proven_by"] == "bytecode"
            functions.add((row["provenance"]["origin"], str(row["code"])))
            if problem := is_wrong(row, behaviour):
                wrong.append(f"{row['id']}: {problem}")
    print(
        f"\n{files:,} files, {len(functions):,} functions: {tally.kept:,} rewrites of {tally.tried:,}, {seconds:.0f} s"
    )
    print(f"{'rewrite':<20}{'claims':<11}{'kept':>7}{'by bytecode':>13}{'not kept':>10}  why")
    for each in find(()):
        reasons = Counter[str]()
        for reason, count in tally.rejected.items():
            name, _, why = reason.partition(": ")
            reasons[why.partition(":")[0]] += count if name == each.name else 0
        told = ", ".join(f"{count:,} {why}" for why, count in reasons.most_common() if count)
        numbers = f"{kept[each.name]:>7,}{proofs[each.name]:>13,}{reasons.total():>10,}"
        print(f"{each.name:<20}{each.keeps:<11}{numbers}  {told}")
    print("\n".join([f"{len(wrong):,} of {tally.kept:,} are not what they claim", *wrong]))
    return not wrong


def is_wrong(row: dict[str, Any], behaviour: Behaviour) -> str:
    """How an item does not keep what it claims, by what has no part in its making; empty if it does.

    Bytecode is that of luac5.3; behaviour is compared in other calls.
    """
    before, after = bytes_from_json(row["code"]), bytes_from_json(row["rewritten"])
    if row["proven_by"] == "bytecode":
        one, two = (compiled(program_alone(text, row["upvalues"])) for text in (before, after))
        return "" if one == two else "luac5.3 makes other bytecode of it"
    task = Task(row["id"], b"", before, is_function=True, upvalues=tuple(row["upvalues"]))
    score, note = behaviour.score(task, after)
    return note if score not in (1.0, None) else ""


def compiled(program: bytes) -> list[tuple[Any, ...]]:
    """What luac5.3 makes of a program: of each function the code, the constants, the parameters and the upvalues."""
    done = subprocess.run(["luac5.3", "-s", "-o", "-", "-"], input=program, capture_output=True, check=True)
    return [
        (list(each.code), [repr(value) for value in each.constants], each.num_params, each.is_vararg, each.upvalues)
        for each in load(done.stdout).main.walk()
    ]


def main() -> int:
    """Check what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=1000, help="how many programs (default: %(default)s)")
    parser.add_argument("-j", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=int, default=50, help="how many files of the folder (default: %(default)s)")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        is_good = check_programs(options.n, options.seed, options.j, Path(work))
        if options.folder is not None:
            is_good &= check_rewrites(options.folder, options.files, options.seed, Path(work))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
