"""Source text to syntax tree: tree-sitter finds the structure, Lua's compiler has the last word on what is Lua.

    >>> parse("local x = a.b").body.statements
    [Local(variables=[Variable(name='x')], values=[Index(object=Name(name='a'), key=String(value=b'b'))])]

A tree holds what the text means: ``a.b`` and ``a["b"]`` are one node, parentheses have none where they change nothing,
and ``;`` has none. `printer` makes a text of it again.
"""

from __future__ import annotations

import math

from aidec.bytecode import Constant
from aidec.common.arguments import expect
from aidec.common.gc_pause import no_collection
from aidec.lua.builder import Builder
from aidec.lua.compile import as_bytes, compile_source
from aidec.lua.literals import MIN_INTEGER
from aidec.lua.names import resolve
from aidec.lua.nodes import (
    Binary,
    Boolean,
    Expression,
    Main,
    Nil,
    Number,
    String,
    Unary,
)


def parse(source: bytes | str, name: bytes | str = "=?", *, resolved: bool = True) -> Main:
    """The syntax tree of a Lua source text, with comments, and names resolved.

    Args:
        source: the text of a Lua file, in any encoding; a ``str`` is UTF-8. Places count in its bytes.
        name: the chunk's name for messages, ``@`` and a file name for the text of a file.
        resolved: set ``variable`` of each ``Name``; see `names.resolve`, which does it later as well.

    Raises:
        CompileError: the text is not valid Lua 5.3; the message is the compiler's.
    """
    source = as_bytes(source, "source")
    compile_source(source, name)
    with no_collection():
        main = Builder(source).main
        if resolved:
            resolve(main)
    return main


def literal(value: Constant) -> Expression:
    """An expression for the value of a constant, of its type and with its bits, that reads well.

    A negative number is an operation, ``-1``, but for the least integer; so is NaN, ``0 / 0`` with a sign (x86 sets
    that of what it divides), ``-(0 / 0)`` without.
    """
    if value is None:
        return Nil()
    if isinstance(value, bool):
        return Boolean(value)
    if isinstance(value, bytes):
        return String(value)
    expect("value", value, None, bool, int, float, bytes)
    if math.isnan(value):
        nan = Binary(Number(0), "/", Number(0))
        return nan if math.copysign(1, value) < 0 else Unary("-", nan)
    is_least = isinstance(value, int) and value == MIN_INTEGER
    return Unary("-", Number(-value)) if math.copysign(1, value) < 0 and not is_least else Number(value)
