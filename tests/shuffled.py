"""Chunks that luac would not write but that do the same: the blocks of each function in another order, with jumps."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace

from aidec.bytecode import OPCODES, Chunk, Proto

NUMBERS = {opcode.name: opcode.number for opcode in OPCODES if opcode.is_known}
MAX_SBX = 131071


def word(name: str, a: int = 0, b: int = 0, c: int = 0) -> int:
    return b << 23 | c << 14 | a << 6 | NUMBERS[name]


def jump(name: str, a: int, distance: int) -> int:
    return distance + MAX_SBX << 14 | a << 6 | NUMBERS[name]


def shuffled(chunk: Chunk, seed: int) -> Chunk:
    """The chunk with the blocks of all functions in an order made at random."""
    return replace(chunk, main=_function(chunk.main, random.Random(seed)))  # noqa: S311


def _function(proto: Proto, rng: random.Random) -> Proto:
    protos = tuple(_function(inner, rng) for inner in proto.protos)
    return replace(proto, protos=protos, code=array("I", _code(list(proto.code), rng)), line_info=array("i"),
                   local_vars=())  # fmt: skip


def _code(code: list[int], rng: random.Random) -> list[int]:
    units = _units(code)
    starts = [start for start, _ in units]
    blocks = []
    while units:
        size = rng.randint(1, 4)
        blocks.append(units[:size])
        units = units[size:]
    first, *others = blocks
    rng.shuffle(others)
    made: list[int] = []
    places: dict[int, int] = {}
    jumps: list[tuple[int, int]] = []  # where a word jumps, and where it went before
    for block in [first, *others]:
        for start, end in block:
            places[start] = len(made)
            for pc in range(start, end):
                _emit(code, pc, start, made, jumps)
        last = block[-1][1]
        if last in starts:
            jumps.append((len(made), last))
            made.append(jump("JMP", 0, 0))
    for pc, target in jumps:
        made[pc] = made[pc] & 0x3FFF | (places[target] - pc - 1 + MAX_SBX) << 14
    return made


def _emit(code: list[int], pc: int, start: int, made: list[int], jumps: list[tuple[int, int]]) -> None:
    """Put the instruction at a place; one that skips the next becomes one with a jump."""
    name = OPCODES[code[pc] & 63].name
    is_word = pc > start and OPCODES[code[start] & 63].name in ("LOADKX", "SETLIST")
    if not is_word and name in ("JMP", "FORLOOP", "FORPREP", "TFORLOOP"):
        jumps.append((len(made), pc + 1 + (code[pc] >> 14) - MAX_SBX))
    made.append(code[pc])
    if not is_word and name == "LOADBOOL" and code[pc] >> 14 & 511:
        made[-1] &= ~(511 << 14)
        jumps.append((len(made), pc + 2))
        made.append(jump("JMP", 0, 0))


def _units(code: list[int]) -> list[tuple[int, int]]:
    """The parts of the code that stay together, from one place up to another."""
    units = []
    pc = 0
    while pc < len(code):
        end = pc
        while True:
            name, b, c = OPCODES[code[end] & 63].name, code[end] >> 23, code[end] >> 14 & 511
            end += 1
            is_open = (name == "CALL" and c == 0) or (name == "VARARG" and b == 0)
            if name in ("EQ", "LT", "LE", "TEST", "TESTSET", "TFORCALL", "LOADKX") or (name == "SETLIST" and c == 0):
                end += 1
            if not is_open:
                break
        units.append((pc, end))
        pc = end
    return units
