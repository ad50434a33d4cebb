"""Chunks with bytes changed at random, through all that reads them: no exception but AidecError, and no other bytes.

    python tests/check_bad_chunks.py [--number 20000] [--seed N] FOLDER...

Compiles the ``.lua`` files below the folders, half of them stripped, and changes, cuts, repeats and exchanges bytes of
each. What is loaded is written back byte for byte, rendered with each pack, read back, and searched for other opcodes.
"""

from __future__ import annotations

import argparse
import random
import sys
import traceback
from collections import Counter
from functools import lru_cache
from pathlib import Path

import aidec
from aidec.bytecode import Chunk, first_difference, strip
from aidec.bytecode.opcode_guess import suspect

MOST_BYTES = 8_000
"""The longest chunk that is changed."""


@lru_cache(maxsize=512)
def compiled(path: Path, *, is_stripped: bool) -> bytes:
    """The chunk of a file; empty where there is none, or it is too long."""
    try:
        code = aidec.compile(path.read_bytes(), f"@{path.name}", strip=is_stripped)
    except aidec.CompileError:
        return b""
    return code if len(code) <= MOST_BYTES else b""


def changed(code: bytes, dice: random.Random) -> bytes:
    """A chunk with some of its bytes changed."""
    data = bytearray(code)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        if not data:
            break
        place, size = dice.randrange(len(data)), dice.choice((1, 2, 4, 8))
        kind = dice.choice(("byte", "byte", "bit", "large", "cut", "repeat", "exchange", "end"))
        if kind == "byte":
            data[place] = dice.randrange(256)
        elif kind == "bit":
            data[place] ^= 1 << dice.randrange(8)
        elif kind == "large":
            data[place : place + size] = b"\xff" * size
        elif kind == "cut":
            del data[place : place + size]
        elif kind == "repeat":
            data[place:place] = data[place : place + size]
        elif kind == "exchange":
            other = dice.randrange(len(data))
            data[place], data[other] = data[other], data[place]
        else:
            del data[place + 1 :]
    return bytes(data)


def tried(data: bytes) -> str:
    """What became of a chunk: ``refused`` or ``read``.

    Raises:
        AssertionError: it is written, or read back, otherwise.
    """
    try:
        chunk = aidec.load(data)
    except aidec.ChunkError as error:
        refusal = error
    else:
        return held(chunk, data)
    assert 0 <= refusal.offset <= len(data)
    assert refusal.field
    return "refused"


def held(chunk: Chunk, data: bytes) -> str:
    """``read``, where all holds for a chunk that was read."""
    assert aidec.dump(chunk) == data
    for pack in ("classic", "compact", "listing", "json"):
        aidec.render(chunk, pack)
    read = aidec.assemble(aidec.render(chunk, "compact"), "compact")
    assert first_difference(chunk, read) is None
    aidec.dump(strip(chunk))
    suspect(chunk)
    return "read"


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("--number", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.lua") if path.is_file())
    found: Counter[str] = Counter()
    for number in range(arguments.number):
        dice = random.Random(f"{arguments.seed} {number}")  # noqa: S311 (the same each time)
        code = compiled(dice.choice(paths), is_stripped=bool(number % 2))
        if not code:
            found["passed over"] += 1
            continue
        data = changed(code, dice)
        try:
            found[tried(data) if data else "refused"] += 1
        except Exception as error:
            name = "AidecError" if isinstance(error, aidec.AidecError) else "wrong"
            found[name] += 1
            print(f"{number}: {data.hex()}\n{traceback.format_exc(limit=-3)}", flush=True)
    print(", ".join(f"{count:,} {name}" for name, count in sorted(found.items())))
    return 1 if found["wrong"] or not found["read"] else 0


if __name__ == "__main__":
    sys.exit(main())
