"""Dialects that the tests know, and chunks in them: an official chunk's fields, changed one by one.

Nothing here asks the package how a dialect is written, so reading what this wrote tests it.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from chunk_writer import Field, fields

from aidec.bytecode import Chunk, Header

OPCODES = [
    line.split("OP_")[1].split(",")[0].split("/")[0].strip()
    for line in (Path(__file__).parent.parent / "ksy/lua53_chunk.ksy").read_text().upper().splitlines()
    if ": OP_" in line
]
"""The names of the 47 opcodes, in their official order."""

TYPES = {0: "nil", 1: "boolean", 3: "number", 4: "short_string", 19: "integer", 20: "long_string"}

OFFICIAL = Header()

Change = Callable[[list[Field]], list[Field]]


@dataclass(frozen=True)
class Written:
    """A dialect.

    Attributes:
        yaml: the file that declares it.
        change: makes its header of the fields of an official one.
        header: the widths and the byte order of the chunk.
        numbers: the number of each opcode, in their official order.
        types: other types of constants.
        key: what strings are combined with.
        end: what follows a chunk of so many bytes.
    """

    yaml: str
    change: Change = list
    header: Header = OFFICIAL
    numbers: Sequence[int] = range(47)
    types: tuple[tuple[int, int], ...] = ()
    key: bytes = b""
    end: Callable[[int], bytes] = lambda _: b""

    def write(self, chunk: Chunk) -> bytes:
        """The bytes of a chunk in the dialect."""
        order = ">" if self.header.is_big_endian else "<"
        every = list(fields(Chunk(self.header, chunk.num_upvalues, chunk.main)))
        head = [field for field in every if field[0].startswith("header.")]
        parts = [data for _, data in self.change(head)]
        parts += [self._field(path.rsplit(".", 1)[-1], data, order) for path, data in every[len(head) :]]
        whole = b"".join(parts)
        return whole + self.end(len(whole))

    def _field(self, name: str, data: bytes, order: str) -> bytes:
        """A field that is not of the header."""
        if name == "code":
            words = struct.unpack(f"{order}{len(data) // 4}I", data)
            return struct.pack(f"{order}{len(words)}I", *(word & ~63 | self._number(word & 63) for word in words))
        if name in ("value", "string"):
            return bytes(a ^ b for a, b in zip(data, cycle(self.key or b"\0"), strict=False))
        return bytes([dict(self.types).get(data[0], data[0])]) if name == "type" else data

    def _number(self, opcode: int) -> int:
        """The number of an opcode; those of what means nothing are kept, or else the free ones in their order."""
        if opcode < 47:
            return self.numbers[opcode]
        free = [number for number in range(64) if number not in self.numbers]
        others = iter([number for number in free if number < 47])
        return {number: number if number in free else next(others) for number in range(47, 64)}[opcode]


def opcode_lines(numbers: Sequence[int]) -> str:
    return "opcodes:\n" + "".join(f"  {name}: {number}\n" for name, number in zip(OPCODES, numbers, strict=True))


def permutation(seed: int, of: int = 47) -> list[int]:
    return random.Random(seed).sample(range(of), 47)  # noqa: S311 (nothing secret)


def header_of(*names: str, **values: bytes) -> Change:
    """The named fields in that order, with other values; what the official header does not have is added."""

    def change(head: list[Field]) -> list[Field]:
        own = {path.removeprefix("header."): data for path, data in head} | values
        return [(f"header.{name}", own[name]) for name in names]

    return change


LENGTHS = ("len_int", "len_size_t", "len_instruction", "len_integer", "len_number")
CHECKS = ("check.integer", "check.number")
START = "header:\n  - signature: 1b 4c 75 61\n  - version: 0x53\n"
DATA = "  - data: 19 93 0d 0a 1a 0a\n"
WIDTHS = "  - int: any\n  - size_t: any\n  - instruction: 4\n  - integer: any\n  - number: any\n"
KNOWN = "  - check_integer: 0x5678\n  - check_number: 370.5\n"

HEADERS = {
    "format 1 and no width of size_t": Written(
        START + "  - format: 1\n" + DATA + WIDTHS.replace("  - size_t: any\n", "") + KNOWN,
        header_of("magic", "version", "format", "data", *LENGTHS[:1], *LENGTHS[2:], *CHECKS, format=b"\1"),
    ),
    "another signature and version": Written(
        "header:\n  - signature: 7f 47 6d\n  - version: 0x99\n  - format: 0\n" + DATA + WIDTHS + KNOWN,
        header_of("magic", "version", "format", "data", *LENGTHS, *CHECKS, magic=b"\x7fGm", version=b"\x99"),
    ),
    "a byte more, and no data": Written(
        START + "  - format: 0\n  - bytes: c0 de\n" + WIDTHS + "  - bytes: '01'\n" + KNOWN,
        header_of("magic", "version", "format", "x", *LENGTHS, "y", *CHECKS, x=b"\xc0\xde", y=b"\1"),
    ),
    "widths in another order, big endian": Written(
        START + "  - format: 0\n  - number: 4\n  - integer: 4\n  - size_t: 4\n  - int: 8\n" + DATA
        + "  - check_number: 1.5\n  - check_integer: 0x0102\nabsent: {instruction: 4}\n",
        header_of("magic", "version", "format", "len_number", "len_integer", "len_size_t", "len_int", "data", "n", "i",
                n=struct.pack(">f", 1.5), i=b"\0\0\1\2"),
        Header(is_big_endian=True, len_int=8, len_size_t=4, len_integer=4, len_number=4),
    ),
    "nothing but a signature, big endian": Written(
        "header:\n  - signature: 4c 75 61 21\nabsent: {size_t: 4, byte_order: big}\n",
        header_of("m", m=b"Lua!"),
        Header(is_big_endian=True, len_size_t=4),
    ),
}  # fmt: skip
CONTENTS = {
    "other types of constants": Written(
        "constants: {nil: 7, boolean: 0, number: 19, integer: 3, short_string: 1, long_string: 1}\n",
        types=((0, 7), (1, 0), (3, 19), (19, 3), (4, 1), (20, 1)),
    ),
    "a key on strings": Written("xor: 5a 00 ff 13\n", key=b"\x5a\x00\xff\x13"),
    "an end, and zeros": Written(
        "end: {bytes: 45 4e 44, multiple: 16}\n", end=lambda size: b"END" + bytes(-(size + 3) % 16)
    ),
}
PERMUTATIONS = {
    **{f"permutation {seed}": Written(opcode_lines(permutation(seed)), numbers=permutation(seed)) for seed in range(3)},
    "permutation of 64": Written(opcode_lines(permutation(3, 64)), numbers=permutation(3, 64)),
    "permutation, format 2, a key": Written(
        START + "  - format: 2\n" + DATA + WIDTHS + KNOWN + opcode_lines(permutation(4)) + "xor: a5\n",
        header_of("magic", "version", "format", "data", *LENGTHS, *CHECKS, format=b"\2"),
        numbers=permutation(4),
        key=b"\xa5",
    ),
}
DIALECTS = HEADERS | CONTENTS | PERMUTATIONS
