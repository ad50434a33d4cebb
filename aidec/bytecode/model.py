"""The model of a chunk: immutable, slotted, compared by value. Lua strings are ``bytes`` everywhere.

The fields are those of lobject.h (``Proto``, ``Upvaldesc``, ``LocVar``) under the names of ``ksy/lua53_chunk.ksy``.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

SIGNATURE = b"\x1bLua"
"""The bytes that a chunk starts with (lua.h: LUA_SIGNATURE)."""

MAX_SHORT_STRING = 40
"""llimits.h: LUAI_MAXSHORTLEN."""

Constant: TypeAlias = "bool | int | float | bytes | None"
"""A Lua constant: nil, a boolean, an integer, a float or a string."""


@dataclass(frozen=True, slots=True)
class Header:
    """How the machine that wrote a chunk stores its numbers; the defaults are luac's on a 64-bit machine.

    Widths are in bytes, 4 or 8: of a C ``int``, a ``size_t``, a ``lua_Integer`` and a ``lua_Number``.
    """

    is_big_endian: bool = False
    len_int: int = 4
    len_size_t: int = 8
    len_integer: int = 8
    len_number: int = 8


@dataclass(frozen=True, slots=True)
class Upvalue:
    """Where a closure finds one of its upvalues when it is made (``Upvaldesc``).

    Attributes:
        name: debug information; None where it is absent.
        in_stack: 1 if it is a register of the function around this one, 0 if it is an upvalue of that function.
        index: the number of that register or upvalue.
    """

    name: bytes | None
    in_stack: int
    index: int


@dataclass(frozen=True, slots=True)
class LocalVar:
    """A local variable (``LocVar``), alive from instruction ``start_pc`` to the one before ``end_pc``."""

    name: bytes | None
    start_pc: int
    end_pc: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """How a chunk stores a string or a boolean that Lua would write otherwise and reads alike (lundump.c).

    Attributes:
        field: where it is: ``source``, ``constants``, ``local_vars`` or ``upvalues``.
        index: its place there, 0 for the source.
        byte: the byte of a boolean that is true, usually 1; 0 for a string.
        has_other_type: whether a short string has the type of long ones, or a long string that of short ones.
        has_long_length: whether the length of a string that is shorter than 254 bytes, or absent, is stored as
            ``size_t``.
    """

    field: str
    index: int
    byte: int = 0
    has_other_type: bool = False
    has_long_length: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Proto:
    """A function prototype.

    Two protos are equal if Lua could not tell them apart: unlike in Python, the constants 1, 1.0 and true differ, as do
    0.0 and -0.0, and a NaN equals a NaN of the same bits. What is ``unusual`` does not count.

    Attributes:
        source: the name of the source; None where the chunk does not have it, which is so in a stripped chunk, and in a
            function whose source is that of the function around it.
        line_defined: the line of the function's first token, 0 for a main function.
        last_line_defined: the line of its last token, 0 for a main function.
        num_params: how many fixed parameters it has.
        is_vararg: 1 if its parameters end in ``...``, else 0.
        max_stack_size: how many registers it needs.
        code: an ``array('I')``, a word of 32 bits for each instruction.
        constants: the constant table.
        upvalues: where it finds its upvalues.
        protos: the functions defined inside it.
        line_info: a line for each instruction, or empty; an ``array('i')``, or ``array('q')`` if a C int has 8 bytes.
        local_vars: debug information on local variables.
        num_upvalue_names: how many upvalue names the debug information lists, in Lua either none or all. The names of
            upvalues after these are None. Lua takes a negative number for 0.
        unusual: what is stored otherwise than Lua writes it, so that the chunk can be written as it was.
    """

    source: bytes | None = None
    line_defined: int = 0
    last_line_defined: int = 0
    num_params: int = 0
    is_vararg: int = 0
    max_stack_size: int = 2
    code: array[int] = field(default_factory=lambda: array("I"))
    constants: tuple[Constant, ...] = ()
    upvalues: tuple[Upvalue, ...] = ()
    protos: tuple[Proto, ...] = ()
    line_info: array[int] = field(default_factory=lambda: array("i"))
    local_vars: tuple[LocalVar, ...] = ()
    num_upvalue_names: int = 0
    unusual: tuple[Unusual, ...] = ()

    def walk(self) -> Iterator[Proto]:
        """This function and all functions inside it, each before the functions that are inside it."""
        stack = [self]
        while stack:
            proto = stack.pop()
            yield proto
            stack.extend(reversed(proto.protos))

    def _value(self) -> tuple[object, ...]:
        return (
            self.source,
            self.line_defined,
            self.last_line_defined,
            self.num_params,
            self.is_vararg,
            self.max_stack_size,
            self.code,
            tuple([exact(constant) for constant in self.constants]),
            self.upvalues,
            self.protos,
            self.line_info,
            self.local_vars,
            self.num_upvalue_names,
        )

    def __eq__(self, other: object) -> bool:
        return self._value() == other._value() if isinstance(other, Proto) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.source, self.line_defined, self.upvalues, self.code.tobytes()))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A precompiled chunk.

    Attributes:
        header: how its numbers are stored.
        num_upvalues: that of the closure that Lua makes when it loads the chunk.
        main: the main function.
        rest: the bytes after the chunk, where a dialect takes any.
    """

    header: Header
    num_upvalues: int
    main: Proto
    rest: bytes = b""


def exact(constant: Constant) -> tuple[type, object]:
    """A key for a constant. Two constants have the same key only if Lua has them as one type and value, to the bit."""
    if isinstance(constant, float):
        return float, struct.pack("<d", constant)
    return type(constant), constant
