"""Functions that are long, or nest deep, are read as small ones are."""

from __future__ import annotations

import sys

import pytest

import aidec
from aidec.common.recursion import deep_recursion

TESTS = 300
"""How many conditions a chain has: more than Python's calls nest by default, at some calls each."""

LARGE = {
    "a chain of elseif": "if t == 0 then f() " + "".join(f"elseif t == {i} then f({i}) " for i in range(TESTS)) + "end",
    "nested if": "".join(f"if t.a{i} then f({i}) " for i in range(190)) + "f(t)" + " end" * 190,
    "nested else": "".join(f"if t.a{i} then f({i}) else " for i in range(190)) + "f(t)" + " end" * 190,
    "nested loops": "".join(f"while t.a{i} do f({i}) " for i in range(190)) + " end" * 190,
    "a chain of or": "return " + " or ".join(f"t.a == {i}" for i in range(1000)),
    "a chain of and": "return " + " and ".join(f"t.a{i}" for i in range(1000)),
    "a chain of both": "return " + " or ".join(f"t.a{i} and t.b{i}" for i in range(500)),
    "a long list": "return {" + ", ".join(map(str, range(2000))) + "}",
    "a long record": "return {" + ", ".join(f"k{i} = {i}" for i in range(1000)) + "}",
    "many blocks with variables": "do local a, b = f() t.x = a + b f(a, b) end\n" * 450,
    "many blocks in a loop": "while f() do " + "do local a = f() f(a, a) end\n" * 450 + "end",
    "200 locals": "".join(f"local a{i} = t.x\n" for i in range(190)) + "a1 = a2 + a189",
}


@pytest.mark.parametrize("construct", LARGE)
def test_a_large_function_is_proven(construct: str) -> None:
    chunk = aidec.load(aidec.compile(f"local t, f = ...\n{LARGE[construct]}\n", strip=True))
    program = aidec.decompile(chunk)
    assert [function.difference for function in program.functions] == [None]
    assert b"goto" not in program.source


def test_a_chain_of_elseif_and_of_or_is_written_as_one() -> None:
    def source_of(source: str) -> str:
        return aidec.decompile(aidec.load(aidec.compile(source, strip=True)), plain=True).text.decode()

    assert source_of(f"local t, f = ...\n{LARGE['a chain of elseif']}").count("elseif") == TESTS
    assert source_of("return a or (b or (c or d)) or e or (f or g)") == "return a or b or c or d or e or f or g\n"
    assert source_of("return a and (b or c) or (d or e) and (f and g)") == (
        "return a and (b or c) or (d or e) and f and g\n"
    )


def test_calls_nest_deep_only_where_that_is_asked_for() -> None:
    before = sys.getrecursionlimit()
    with deep_recursion():
        assert sys.getrecursionlimit() > before
    assert sys.getrecursionlimit() == before
