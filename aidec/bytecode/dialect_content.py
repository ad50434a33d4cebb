"""What a dialect makes of the contents of functions: opcodes with other numbers, strings that are combined with a key.

Both say nothing of the layout, so the parser returns numbers and strings as they are stored, and the writer gets them
so.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from dataclasses import replace

from aidec.bytecode.dialect import Dialect
from aidec.bytecode.fields import FIELDS
from aidec.bytecode.model import Chunk, LocalVar, Proto, Upvalue
from aidec.bytecode.opcodes import OPCODES
from aidec.common.errors import DialectError, WriteError

_OPCODE = FIELDS["opcode"].bits


def decoded(chunk: Chunk, dialect: Dialect) -> Chunk:
    """The chunk with official opcodes and plain strings, of one whose functions are as they are stored.

    Raises:
        DialectError: an instruction has an opcode that the dialect does not know.
    """
    official: list[int | None] = [None] * 64
    for number, stored in enumerate(dialect.opcodes):
        if stored is not None:
            official[stored] = number

    def refuse(place: str, opcode: int) -> DialectError:
        names = dialect.unknown_opcodes
        which = ", ".join(names[:6]) + (f" or {len(names) - 6} more" if len(names) > 6 else "")
        return DialectError(
            f"{place}: opcode {opcode}, which the dialect {dialect.name!r} does not know; it may be {which}"
        )

    return _with_contents(chunk, dialect, official, refuse)


def encoded(chunk: Chunk, dialect: Dialect) -> Chunk:
    """The chunk with its functions as they are stored.

    Raises:
        WriteError: an instruction has an opcode whose number the dialect does not know.
    """

    def refuse(place: str, opcode: int) -> WriteError:
        return WriteError(f"{place}: the dialect {dialect.name!r} does not know the number of {OPCODES[opcode].name}")

    return _with_contents(chunk, dialect, list(dialect.opcodes), refuse)


def _with_contents(
    chunk: Chunk, dialect: Dialect, numbers: list[int | None], refuse: Callable[[str, int], Exception]
) -> Chunk:
    if not dialect.xor and numbers == list(range(64)):
        return chunk
    table = bytes(low & ~_OPCODE & 0xFF | (numbers[low & _OPCODE] or 0) for low in range(256))
    without = {opcode for opcode, number in enumerate(numbers) if number is None}

    def proto(old: Proto, place: str) -> Proto:
        if without:
            for pc, word in enumerate(old.code):
                if word & _OPCODE in without:
                    raise refuse(f"{place}.code[{pc}]", word & _OPCODE)
        return replace(
            old,
            source=_xored(old.source, dialect.xor),
            code=_translated(old.code, table),
            constants=tuple([_xored(c, dialect.xor) if isinstance(c, bytes) else c for c in old.constants]),
            upvalues=tuple([Upvalue(_xored(u.name, dialect.xor), u.in_stack, u.index) for u in old.upvalues]),
            protos=tuple([proto(inner, f"{place}.protos[{i}]") for i, inner in enumerate(old.protos)]),
            local_vars=tuple([LocalVar(_xored(v.name, dialect.xor), v.start_pc, v.end_pc) for v in old.local_vars]),
        )

    return replace(chunk, main=proto(chunk.main, "main"))


def _translated(code: array[int], table: bytes) -> array[int]:
    """The words, each with what a table has for its lowest byte, which holds the opcode."""
    low = 0 if sys.byteorder == "little" else 3
    raw = bytearray(code.tobytes())
    raw[low::4] = raw[low::4].translate(table)
    return array("I", bytes(raw))


def _xored(string: bytes | None, key: bytes) -> bytes | None:
    if not key or not string:
        return string
    size = len(string)
    whole = (key * (size // len(key) + 1))[:size]
    return (int.from_bytes(string, "big") ^ int.from_bytes(whole, "big")).to_bytes(size, "big")
