"""Literals: their values are those of Lua, and the texts of values have them again."""

from __future__ import annotations

import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import aidec
from aidec.bytecode import Constant
from aidec.lua.literals import number_value, spell_number, spell_string, string_value


def value_in_lua(literal: str | bytes) -> Constant:
    """The constant that a literal compiles to."""
    literal = literal.encode() if isinstance(literal, str) else literal
    return aidec.load(aidec.compile(b"return " + literal)).main.constants[0]


def bits(value: object) -> tuple[type, object]:
    return type(value), struct.pack("<d", value) if isinstance(value, float) else value


@pytest.mark.parametrize(
    "literal",
    [
        *["0", "00", "08", "9223372036854775807", "9223372036854775808", "0" * 30 + "1", "1" * 30],
        *["3.", ".5", "3.e5", "5E+20", "1e400", "1e-400", "123456789012345678901234567890e-10", "0.1", "1e15"],
        *["0xff", "0XfFfF", "0x7fffffffffffffff", "0x8000000000000000", "0xffffffffffffffffffff", "0x0"],
        *["0x.8", "0xA.", "0xA.8p1", "0x1p-2000", "0x1p2000", "0X1P+4", "0x1.fffffffffffff8p0", "0x1.fffffffffffff7p0"],
    ],
)
def test_a_numeral_has_the_value_that_lua_gives_it(literal: str) -> None:
    assert bits(number_value(literal)) == bits(value_in_lua(literal))


NUMBERS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(min_value=0.0, allow_nan=False, width=64)
    | st.integers(0, 2**64 - 1).map(float)
)


@given(NUMBERS)
def test_the_text_of_a_number_has_its_type_and_bits(value: float) -> None:
    texts = [spell_number(value), spell_number(value, shortest=True)]
    assert len(texts[1]) <= len(texts[0])
    for text in texts:
        assert bits(number_value(text)) == bits(value_in_lua(text)) == bits(value)


@pytest.mark.parametrize(
    ("value", "text", "shortest"),
    [
        *[
            (0.0, "0.0", "0."),
            (100.0, "100.0", "1e2"),
            (0.5, "0.5", ".5"),
            (1e15, "1e15", "1e15"),
            (1e-5, "1e-5", "1e-5"),
        ],
        *[(1e14, "100000000000000.0", "1e14"), (float("inf"), "1e999", "1e999"), (1.5e300, "1.5e300", "15e299")],
        *[(-0.0, "-0.0", "-0."), (1234567890123456.0, "1.234567890123456e15", "1234567890123456e0")],
        *[
            (-(2**63), "0x8000000000000000", "0x8000000000000000"),
            (2**63 - 1, "9223372036854775807", "0x7fffffffffffffff"),
        ],
    ],
)
def test_numbers_read_well(value: float, text: str, shortest: str) -> None:
    assert (spell_number(value), spell_number(value, shortest=True)) == (text, shortest)


ESCAPES = (
    *(rb"\a", rb"\b", rb"\f", rb"\n", rb"\r", rb"\t", rb"\v", rb"\\", rb"\"", rb"\'", b"\\\n", b"\\\r\n", b"\\\n\r"),
    *(b"\\z \n\t\v\f\r x", rb"\x41", rb"\xfF", rb"\0", rb"\65", rb"\255", b"1", b"x", b"\x01", b"\0", b"\xff"),
    *(rb"\u{48}", rb"\u{10FFFF}", rb"\u{d800}", rb"\u{7ff}", rb"\u{000800}"),
)


@given(st.lists(st.sampled_from(ESCAPES)).map(b"".join), st.sampled_from([b'"', b"'"]))
def test_a_string_in_quotes_has_the_bytes_that_lua_gives_it(inside: bytes, quote: bytes) -> None:
    literal = quote + inside + quote
    try:
        expected = value_in_lua(literal)
    except aidec.CompileError:
        assume(False)  # noqa: FBT003  a decimal escape that a digit made too large
    assert string_value(literal) == expected


@given(st.lists(st.sampled_from([b"\r", b"\n", b"a", b"]", b"[", b"\\", b"\xff"])).map(b"".join), st.integers(0, 2))
def test_a_string_in_brackets_has_the_bytes_that_lua_gives_it(inside: bytes, level: int) -> None:
    signs = b"=" * level
    assume(b"]" + signs + b"]" not in inside + b"]" + signs)
    literal = b"[" + signs + b"[" + inside + b"]" + signs + b"]"
    assert string_value(literal) == value_in_lua(literal)


PARTS = [
    b"a",
    b"0",
    b"\n",
    b"\r",
    b'"',
    b"'",
    b"\\",
    b"[",
    b"]",
    b"=",
    b"\0",
    b"\x7f",
    b"\xff",
    b"\xc3",
    b"\xa9",
    b"\xed\xa0\x80",
]


@given(st.binary(max_size=8) | st.lists(st.sampled_from(PARTS), max_size=8).map(b"".join) | st.text().map(str.encode))
def test_the_text_of_a_string_has_its_bytes(value: bytes) -> None:
    texts = [spell_string(value).encode("latin-1"), spell_string(value, shortest=True).encode("latin-1")]
    assert len(texts[1]) <= len(texts[0])
    for text in texts:
        assert string_value(text) == value_in_lua(text) == value
        text.decode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", '"plain"'),
        (b'a "word"', "'a \"word\"'"),
        (b"\"'", '"\\"\'"'),
        (b"\n", r'"\n"'),
        (b"a\n", r'"a\n"'),
        (b"a\nb", "[[\na\nb]]"),
        (b"a\n]]", "[=[\na\n]]]=]"),
        (b"a\nb]", "[=[\na\nb]]=]"),
        (b"a\r\nb", r'"a\r\nb"'),
        (b"\0001\x1b", r'"\0001\27"'),
        ("é€".encode(), '"é€"'),
        (b"\xe9", r'"\xe9"'),
    ],
)
def test_strings_read_well(value: bytes, text: str) -> None:
    assert spell_string(value).encode("latin-1").decode() == text
