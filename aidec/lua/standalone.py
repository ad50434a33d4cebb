"""One function compiled by itself, and compared with the function that it is in its file."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import replace

from aidec.bytecode import Chunk, Proto, Upvalue, load, strip
from aidec.bytecode.compare import first_difference
from aidec.common.errors import CompileError, DatasetError
from aidec.lua.compile import compile_source

MAX_LOCALS = 199
"""How many locals a wrapper declares: one less than lparser.c: ``MAXVARS``, as the function itself may be one."""


def compile_alone(text: bytes, upvalues: Sequence[str | None]) -> Proto:
    """Compile the text of one function by itself.

    The proto is the one that it has in its file, with the functions inside it, except that lines are counted from the
    first line of the text, and that its own upvalues come from elsewhere (``in_stack``, ``index``).

    Args:
        text: the text of a ``FunctionSource``.
        upvalues: the names of its upvalues, which are declared around it, so that they do not become globals.

    Raises:
        CompileError: the text is not a function.
        DatasetError: the name of an upvalue is not known.
    """
    if None in upvalues:
        raise DatasetError("an upvalue without a name: the chunk is stripped")
    levels = declarations(upvalues)
    before = b" return function() ".join(levels)
    after = b" end" * (len(levels) - 1)
    try:
        chunk = compile_source(before + b" return " + text + after)
    except CompileError:
        chunk = compile_source(before + b" " + text + after)  # a statement: it has a name
    proto = load(chunk).main
    for _ in levels:
        if len(proto.protos) != 1:
            raise CompileError(f"expected the text of one function, read {len(proto.protos)}")
        proto = proto.protos[0]
    return proto


def program_alone(text: bytes, upvalues: Sequence[str]) -> bytes:
    """A program that returns one function, of the text of that function, with or without a name.

    >>> program_alone(b"local function f(n) return n + step end", ["step"])
    b'local step return function(n) return n + step end'
    >>> program_alone(b"function M:size() return #self end", [])
    b' return function(self) return #self end'

    Args:
        text: the text of a ``FunctionSource``.
        upvalues: the names of its upvalues, which are declared around it.
    """
    named = _NAMED.match(text)
    if named is not None:
        parameters = b"" if not named["method"] else b"self" if text[named.end() :][:1] == b")" else b"self, "
        text = b"function(" + parameters + text[named.end() :]
    levels = declarations(upvalues)
    return b" return (function() ".join(levels) + b" return " + text + b" end)()" * (len(levels) - 1)


def name_alone(text: bytes) -> str:
    """The name of the variable that the text of a function gives it to; empty where it has none, or is a field.

    >>> name_alone(b"local function f(n) return f(n - 1) end"), name_alone(b"function M.f() end")
    ('f', '')
    """
    named = _NAMED.match(text)
    name = named["name"].decode() if named is not None and not named["method"] else ""
    return name if name.isidentifier() else ""


_NAMED = re.compile(
    rb"\s*(?:--(?!\[=*\[)[^\n]*\n\s*)*(?:local\s+)?function\s+(?P<name>\w+(?:\s*\.\s*\w+)*)(?P<method>\s*:\s*\w+)?\s*\(\s*"
)
"""How the text of a function with a name begins, with comments before it."""


def declarations(upvalues: Sequence[str | None]) -> list[bytes]:
    """Declarations of upvalues, for each of the functions around a function; the last is right around it."""
    names = [name for name in dict.fromkeys(upvalues) if name is not None and name != "_ENV"]
    levels = [names[start : start + MAX_LOCALS] for start in range(0, len(names), MAX_LOCALS)] or [[]]
    return [f"local {','.join(level)}".encode() if level else b"" for level in levels]


def difference_alone(chunk: Chunk, source: bytes, upvalues: Sequence[str | None]) -> str | None:
    """The first difference between a function and what its text compiles to by itself, or None where they agree.

    Lines are counted from where the function begins in its file, and its own upvalues may come from anywhere.

    Args:
        chunk: the function, which is the main function of this chunk, stripped or not.
        source: the text of the function.
        upvalues: the names of its upvalues, as ``compile_alone`` takes them.

    Raises:
        CompileError: the text is not a function.
        DatasetError: the name of an upvalue is not known.
    """
    function = chunk.main
    alone = compile_alone(source, upvalues)
    if len(alone.upvalues) != len(function.upvalues):
        return f"the chunk has {len(function.upvalues)} upvalues, the source {len(alone.upvalues)}"
    moved = replace(
        _moved(alone, function.line_defined - alone.line_defined),
        source=function.source,
        upvalues=_placed_as(alone, function),
    )
    expected = Chunk(chunk.header, chunk.num_upvalues, moved)
    return first_difference(strip(expected) if chunk == strip(chunk) else expected, chunk)


def _placed_as(alone: Proto, function: Proto) -> tuple[Upvalue, ...]:
    """The upvalues of a function that was compiled by itself, with the places that they have in its file."""
    return tuple(
        replace(ours, in_stack=theirs.in_stack, index=theirs.index)
        for ours, theirs in zip(alone.upvalues, function.upvalues, strict=True)
    )


def _moved(proto: Proto, lines: int) -> Proto:
    """A copy of a function that begins ``lines`` lines further down, without the name of its source."""
    return replace(
        proto,
        source=None,
        line_defined=proto.line_defined + lines,
        last_line_defined=proto.last_line_defined + lines,
        line_info=array(proto.line_info.typecode, [line + lines for line in proto.line_info]),
        protos=tuple([_moved(inner, lines) for inner in proto.protos]),
    )
