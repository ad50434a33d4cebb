"""Chunks that luac did not write, decompiled: no exception, no hang, and a program that compiles and is what it says.

    python tests/check_mutations.py [-j N] [--mutated N] [--random N] [--seed N] FOLDER...

Compiles and strips ``.lua`` files below the folders, takes a function of each, and changes it: operands, opcodes,
jumps, constants, instructions swapped, left out, doubled and put in, heads of functions. Others get instructions made
at random. Each is decompiled; the program must compile, and the functions that are said to be proven are compared with
those of the compiled program. Prints counts and the longest time; exits 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from array import array
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import aidec
from aidec.bytecode import Chunk, Constant, Header, Proto, Upvalue, strip

SECONDS_PER_INSTRUCTION, SECONDS_PER_FUNCTION = 50e-6, 1.0
"""How much processor time decompiling may take."""

MAX_INSTRUCTIONS = 400
"""The most instructions of a function that is changed, with those inside it."""

CONSTANTS: tuple[Constant, ...] = (None, True, False, 0, -1, 2**63 - 1, -(2**63), 0.5, -0.0, float("inf"), float("nan"),
             b"", b"x", b"end", b"\xff\0", b"_ENV", b"l_0", b"l_r1")  # fmt: skip


@dataclass
class Found:
    """What became of some chunks."""

    chunks: int = 0
    functions: int = 0
    proven: int = 0
    written_down: int = 0
    longest: float = 0.0
    worst: float = 0.0
    seconds: float = 0.0
    where: str = ""
    problems: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Add what became of others."""
        for name in ("chunks", "functions", "proven", "written_down", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = max(self.longest, other.longest)
        if other.worst > self.worst:
            self.worst, self.where = other.worst, other.where
        self.problems += other.problems


@lru_cache(maxsize=256)
def functions_of(path: Path) -> list[Proto]:
    """The functions of a file that are small enough."""
    try:
        chunk = strip(aidec.load(aidec.compile(path.read_bytes())))
    except aidec.CompileError:
        return []
    return [proto for proto in chunk.main.walk() if size_of(proto) <= MAX_INSTRUCTIONS]


def size_of(proto: Proto) -> int:
    return sum(len(inner.code) for inner in proto.walk())


def mutated(proto: Proto, rng: random.Random) -> Proto:
    """A function that was changed in one to five places, or one inside it."""
    places = list(range(len(list(proto.walk()))))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        proto = change_at(proto, iter(range(len(places))), rng.choice(places), rng)
    return proto


def change_at(proto: Proto, count: object, place: int, rng: random.Random) -> Proto:
    """A function in which the one at a place of its walk is changed."""
    assert hasattr(count, "__next__")
    if next(count, -1) == place:
        return changed(proto, rng)
    return replace(proto, protos=tuple([change_at(inner, count, place, rng) for inner in proto.protos]))


def changed(proto: Proto, rng: random.Random) -> Proto:
    """A function with one change."""
    code = array("I", proto.code)
    kind = rng.choice(
        ("bit", "bit", "opcode", "operand", "jump", "swap", "delete", "double", "insert", "constant", "head")
    )
    if kind == "constant":
        return change_constants(proto, rng)
    if kind == "head":
        return change_head(proto, rng)
    if code:
        change_code(code, kind, rng)
    return replace(proto, code=code)


def change_code(code: array[int], kind: str, rng: random.Random) -> None:
    pc = rng.randrange(len(code))
    if kind == "bit":
        code[pc] ^= 1 << rng.randrange(32)
    elif kind == "opcode":
        code[pc] = code[pc] & ~63 | rng.randrange(48)
    elif kind == "operand":
        start, width = rng.choice(((6, 8), (14, 9), (23, 9)))
        limit = rng.choice((4, 16, 1 << width))
        code[pc] = code[pc] & ~((1 << width) - 1 << start) | rng.randrange(limit) << start
    elif kind == "jump":
        jumps = [place for place, word in enumerate(code) if word & 63 in (30, 39, 40, 42)]
        pc = rng.choice(jumps or [pc])
        code[pc] = code[pc] & 0x3FFF | (131071 + rng.randint(-pc - 1, len(code) - pc)) << 14
    elif kind == "swap":
        other = rng.randrange(len(code))
        code[pc], code[other] = code[other], code[pc]
    elif kind == "delete":
        del code[pc]
    else:
        code.insert(pc, rng.choice(code) if kind == "double" else rng.getrandbits(32))


def change_constants(proto: Proto, rng: random.Random) -> Proto:
    constants = list(proto.constants)
    if constants and rng.random() < 0.3:
        del constants[rng.randrange(len(constants))]
    elif constants and rng.random() < 0.3:
        rng.shuffle(constants)
    else:
        constants.insert(rng.randint(0, len(constants)), rng.choice(CONSTANTS))
        constants[rng.randrange(len(constants))] = rng.choice(CONSTANTS)
    return replace(proto, constants=tuple(constants))


def change_head(proto: Proto, rng: random.Random) -> Proto:
    upvalues, protos = list(proto.upvalues), list(proto.protos)
    kind = rng.choice(("params", "vararg", "stack", "upvalue", "drop", "add", "protos"))
    if kind == "params":
        return replace(proto, num_params=rng.choice((0, 1, 2, 5, 100, 255)))
    if kind == "vararg":
        return replace(proto, is_vararg=1 - min(proto.is_vararg, 1))
    if kind == "stack":
        return replace(proto, max_stack_size=rng.choice((0, 2, 3, 10, 250, 255)))
    if kind == "protos":
        rng.shuffle(protos)
        return replace(proto, protos=tuple(protos[rng.randint(0, 1) :]))
    if kind == "drop" and upvalues:
        del upvalues[rng.randrange(len(upvalues))]
    else:
        made = Upvalue(None, rng.choice((0, 1, 1, 7)), rng.choice((0, 1, 2, 3, 60, 255)))
        place = rng.randint(0, len(upvalues))
        upvalues[place : place + (kind == "upvalue")] = [made]
    return replace(proto, upvalues=tuple(upvalues))


def made_at_random(rng: random.Random, depth: int = 0) -> Proto:
    """A function with instructions made at random."""
    size = rng.choice((1, 5, 20, 100, 300))
    code = array("I", [rng.getrandbits(32) for _ in range(size)])
    if rng.random() < 0.8:  # operands that often lead somewhere
        places = [rng.randint(-min(pc, 20), 20) for pc in range(size)]
        code = array("I", [
            rng.randrange(4) << 23 | rng.randrange(4) << 14 | rng.randrange(6) << 6 | rng.randrange(47)
            if rng.random() < 0.7 else (131071 + place) << 14 | rng.randrange(4) << 6 | rng.choice((30, 39, 40, 42))
            for place in places
        ])  # fmt: skip
    inside = rng.randint(0, 3) if depth < 3 else 0
    return Proto(
        num_params=rng.randint(0, 3),
        is_vararg=rng.randint(0, 1),
        max_stack_size=rng.randint(2, 10),
        code=code,
        constants=tuple([rng.choice(CONSTANTS) for _ in range(rng.randint(0, 6))]),
        upvalues=tuple([Upvalue(None, rng.randint(0, 1), rng.randint(0, 3)) for _ in range(rng.randint(0, 4))]),
        protos=tuple([made_at_random(rng, depth + 1) for _ in range(inside)]),
    )


def chunk_of(number: int, seed: int, paths: list[Path]) -> tuple[str, Chunk] | None:
    """A chunk, and what it was made of; with no paths one made at random. None if there is nothing to change."""
    rng = random.Random(f"{seed} {number}")  # noqa: S311
    if not paths:
        proto, name = made_at_random(rng), "random"
    else:
        path = next((path for path in rng.sample(paths, len(paths)) if functions_of(path)), None)
        if path is None:
            return None
        proto, name = mutated(rng.choice(functions_of(path)), rng), str(path)
    chunk = Chunk(Header(), len(proto.upvalues), proto)
    return f"--only {number} {name}", aidec.load(aidec.dump(chunk))


def check(task: tuple[range, int, list[Path]]) -> Found:
    """Decompile some chunks."""
    numbers, seed, paths = task
    found = Found()
    for number in numbers:
        made = chunk_of(number, seed, paths)
        if made is not None:
            name, chunk = made
            try:
                check_chunk(name, chunk, found)
            except Exception:
                found.problems.append(f"{name}: {traceback.format_exc(limit=-4)}")
    return found


def check_chunk(name: str, chunk: Chunk, found: Found) -> None:
    start = time.process_time()
    program = aidec.decompile(chunk)
    seconds = time.process_time() - start
    size, functions = size_of(chunk.main), len(list(chunk.main.walk()))
    found.chunks += 1
    found.functions += len(program.functions)
    found.seconds += seconds
    found.longest = max(found.longest, seconds)
    used = seconds / (SECONDS_PER_INSTRUCTION * size + SECONDS_PER_FUNCTION * functions)
    if used > found.worst:
        found.worst, found.where = used, f"{name}, {functions} functions of {size} instructions, {seconds:.2f} s"
    if used > 1:
        found.problems.append(f"{name}: {seconds:.2f} s for {functions} functions of {size} instructions")
    again = strip(aidec.load(aidec.compile(program.source))).main
    found.proven += program.num_proven
    found.written_down += sum(function.transcribed is not None for function in program.functions)
    if program.is_proven != (code(again) == code(chunk.main)):
        found.problems.append(f"{name}: said to be proven: {program.is_proven}")
    compiled = Counter(head(proto) for proto in again.walk())
    compiled.subtract(head(function.proto) for function in program.functions if function.is_proven)
    if min(compiled.values()) < 0:
        found.problems.append(f"{name}: a function that is said to be proven is not in the compiled program")


def head(proto: Proto) -> str:
    """What a stripped chunk has of a function alone, in another way than the decompiler compares it."""
    sizes = (proto.num_params, proto.is_vararg, proto.max_stack_size, len(proto.upvalues))
    return repr((proto.code.tobytes(), proto.constants, sizes))


def code(proto: Proto) -> list[object]:
    captures = [(upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]
    return [head(proto), captures, [code(inner) for inner in proto.protos]]


def report(name: str, found: Found) -> None:
    print(
        f"{name}: {found.chunks:,} chunks, {found.functions:,} functions: {found.proven:,} proven, "
        f"{found.written_down:,} written down instruction by instruction; {len(found.problems)} problems"
    )
    print(
        f"  processor time: {found.seconds:.0f} s, at most {found.longest:.2f} s a chunk, "
        f"{found.worst:.0%} of what is allowed: {found.where}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("-j", type=int, default=2, dest="jobs", metavar="N")
    parser.add_argument("--mutated", type=int, default=20_000, metavar="N", help="chunks that are changed")
    parser.add_argument("--random", type=int, default=1_000, metavar="N", help="chunks that are made at random")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--only", type=int, metavar="N", help="the chunk of this number only, and its program")
    arguments = parser.parse_args()
    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.lua") if path.is_file())
    problems: list[str] = []
    for name, number, of in (("mutated", arguments.mutated, paths), ("random", arguments.random, [])):
        numbers = range(number) if arguments.only is None else range(arguments.only, arguments.only + 1)
        tasks = [(numbers[start : start + 50], arguments.seed, of) for start in range(0, len(numbers), 50)]
        total = Found()
        with ProcessPoolExecutor(arguments.jobs) as pool:
            for done, found in enumerate(pool.map(check, tasks if number else []), 1):
                total.add(found)
                for problem in found.problems:
                    print(problem, flush=True)
                if sys.stderr.isatty():
                    print(f"\r{name}: {done * 50:,} of {number:,}", end="", file=sys.stderr, flush=True)
        if arguments.only is not None and number:
            made = chunk_of(arguments.only, arguments.seed, of)
            print("" if made is None else aidec.decompile(made[1]).source.decode("utf-8", "replace"))
        report(name, total)
        problems += total.problems
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
