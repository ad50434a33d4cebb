"""The names of a stripped function's upvalues, found again from its source."""

from __future__ import annotations

import pytest

import aidec
from aidec.bytecode import Chunk, Proto, strip
from aidec.bytecode.fingerprint import exact_key
from aidec.lua.functions import find_functions
from aidec.lua.standalone import compile_alone
from aidec.lua.upvalues import names_of

HEAD = b"local a, b, c, print = {}, {}, {}, print\n"
MANY = b"x = {" + b", ".join(b"'s%d'" % i for i in range(300)) + b"} "


def found(text: bytes) -> tuple[Proto, bytes]:
    """The last function of a text, stripped, and its source."""
    chunk: Chunk = aidec.load(aidec.compile(HEAD + text))
    function = find_functions(HEAD + text, chunk)[-1]
    proto = strip(chunk).main
    for index in function.path:
        proto = proto.protos[index]
    return proto, (HEAD + text)[function.start : function.end]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"function f() end", set()),
        (b"function f() return x, _G.a end", set()),
        (b"function f() return a end", {"a"}),
        (b"function f() print(a, 'b', c) end", {"print", "a", "c"}),
        (b"function f() return a.a, b.a.c end", {"a", "b"}),
        (b"function f() a, b = nil, nil end", {"a", "b"}),
        (b"function f() a[b] = c end", {"a", "b", "c"}),
        (b"function f() return function() return function() return b end end end", {"b"}),
        (b"function f() " + MANY + b" return a, y, b end", {"a", "b"}),
        (b"local function f() return f, f.f end", set()),
        (b"return function(a) return a, b end", {"b"}),
    ],
)
def test_the_names_are_those_with_which_the_code_is_the_same(text: bytes, names: set[str]) -> None:
    proto, source = found(text)
    proposed = names_of(proto, source)
    assert exact_key(compile_alone(source, proposed)) == exact_key(proto)
    assert names <= set(proposed)


def test_names_that_are_there_are_taken() -> None:
    chunk = aidec.load(aidec.compile(HEAD + b"function f() return a, x end"))
    assert names_of(chunk.main.protos[0], b"") == ["a", "_ENV"]
