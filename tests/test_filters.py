r"""The laws of the filters: no data spells a guard or an escape, and every byte can be told from its spelling."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from conftest import Luac
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import constants, floats, strings

from aidec.bytecode import Constant, exact
from aidec.packs.filters import (
    as_float,
    as_integer,
    luac_literal,
    luac_name,
    luac_source,
    spell_json,
    spell_literal,
    spell_name,
    spell_text,
)

GUARDS = ["<|", "<", "⟨", "[[", "%{", "{{", "<|im_"]
LETTERS = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "\\": 92, '"': 34}

guards = st.sampled_from(GUARDS)


@st.composite
def hostile_strings(draw: st.DrawFn) -> tuple[bytes, str]:
    """A string and a guard that it holds parts of."""
    guard = draw(guards)
    own = [guard, guard[:1], guard[1:], guard * 2, "\\", "\\x", "\\x4", "\\x41", "\\x4a", "\\\\x41", '"', "\n", "é"]
    parts = st.lists(st.sampled_from(own).map(str.encode) | strings, max_size=6)
    return b"".join(draw(parts)), guard


def escapes(text: str) -> list[tuple[str, int]]:
    """The spelling from left to right: each character or escape, and the byte that an escape stands for, else -1."""
    found = []
    rest = text
    while rest:
        if rest[0] != "\\":
            found.append((rest[0], -1))
            rest = rest[1:]
        elif rest[1] == "x":
            assert re.match("[0-9A-F]{2}", rest[2:])
            found.append((rest[:4], int(rest[2:4], 16)))
            rest = rest[4:]
        else:
            found.append((rest[:2], LETTERS[rest[1]]))
            rest = rest[2:]
    return found


def decoded(text: str) -> bytes:
    """The bytes that a name's spelling stands for."""
    return b"".join([char.encode() if byte < 0 else bytes([byte]) for char, byte in escapes(text)])


@given(hostile_strings())
def test_a_name_never_spells_the_guard(hostile: tuple[bytes, str]) -> None:
    name, guard = hostile
    assert guard not in spell_name(name, guard=guard)


@given(hostile_strings())
def test_a_literal_never_spells_the_guard(hostile: tuple[bytes, str]) -> None:
    constant, guard = hostile
    assert guard not in spell_literal(constant, guard=guard)


@given(hostile_strings())
def test_a_text_never_spells_the_guard(hostile: tuple[bytes, str]) -> None:
    text, guard = hostile
    assert guard not in spell_text(text, guard=guard)


@given(hostile_strings())
@example((b"\\x3C|Proto|>", "<|"))
@example((bytes(range(256)), "<|"))
def test_a_name_can_be_told_from_its_spelling(hostile: tuple[bytes, str]) -> None:
    name, guard = hostile
    assert decoded(spell_name(name, guard=guard)) == name


@given(hostile_strings())
@example((b'"', "<|"))
def test_a_string_can_be_told_from_its_literal(hostile: tuple[bytes, str]) -> None:
    constant, guard = hostile
    text = spell_literal(constant, guard=guard)
    assert (text[0], decoded(text[1:-1]), text[-1]) == ('"', constant, '"')


@given(hostile_strings())
def test_a_literal_ends_at_its_first_quote_without_a_backslash(hostile: tuple[bytes, str]) -> None:
    constant, guard = hostile
    inside = spell_literal(constant, guard=guard)[1:-1]
    assert '"' not in [char for char, _ in escapes(inside)]


@given(hostile_strings())
def test_a_text_can_be_told_from_its_spelling(hostile: tuple[bytes, str]) -> None:
    text, guard = hostile
    spelling = spell_text(text, guard=guard).encode()
    assert re.sub(rb"\\x([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), spelling) == text


@given(hostile_strings())
def test_the_byte_escapes_in_a_name_are_those_that_the_filter_put_there(hostile: tuple[bytes, str]) -> None:
    name, guard = hostile
    text = spell_name(name, guard=guard)
    assert re.findall(r"\\x[0-9A-F]{2}", text) == [char for char, _ in escapes(text) if char.startswith("\\x")]


@given(st.binary(max_size=30))
def test_a_name_is_printable_on_one_line(name: bytes) -> None:
    assert spell_name(name, guard="<|").isprintable()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"", ""),
        (b'it\'s "so"', 'it\'s "so"'),
        (b"\a\b\f\n\r\t\v\\", r"\a\b\f\n\r\t\v\\"),
        (b"\x00\x1b\x7f\xff", r"\x00\x1B\x7F\xFF"),
        ("é日😀".encode(), "é日😀"),
        ("\u00a0\u200b\ue000".encode(), r"\xC2\xA0\xE2\x80\x8B\xEE\x80\x80"),
        (b"\xed\xa0\x80", r"\xED\xA0\x80"),
        (b"\xc3", r"\xC3"),
        (b"<|Proto|>", r"\x3C|Proto|>"),
        (b"<<|", r"<\x3C|"),
        (b"a < b", "a < b"),
        (b"\\x41", r"\x5Cx41"),
        (b"\\x4a \\xg1 \\x4", r"\\x4a \\xg1 \\x4"),
    ],
)
def test_a_name_is_spelled_as_the_layout_says(name: bytes, expected: str) -> None:
    assert spell_name(name, guard="<|") == expected


@pytest.mark.parametrize(
    ("constant", "expected"),
    [
        (None, "nil"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (-(2**63), "-9223372036854775808"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e100, "1e+100"),
        (0.1, "0.1"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (float("nan"), "nan"),
        (b'say "hi"', r'"say \"hi\""'),
        (b"it's", '"it\'s"'),
    ],
)
def test_a_constant_is_spelled_as_the_layout_says(constant: Constant, expected: str) -> None:
    assert spell_literal(constant, guard="<|") == expected


@given(floats.filter(lambda number: not math.isnan(number)))
def test_a_float_can_be_told_from_its_literal(number: float) -> None:
    assert exact(float(spell_literal(number, guard="<|"))) == exact(number)


@given(constants)
def test_json_is_json(constant: Constant) -> None:
    json.loads(spell_json(constant), parse_constant=pytest.fail)


@given(floats)
def test_a_float_of_the_bits_of_an_integer_and_back_is_the_same(number: float) -> None:
    assert exact(as_float(as_integer(number))) == exact(number)


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_of_the_bits_of_a_float_and_back_is_the_same(number: int) -> None:
    assert as_integer(as_float(number)) == number


def test_as_float_shows_what_the_old_readme_shows() -> None:
    assert (as_float(1), as_integer(1.0)) == (5e-324, 0x3FF0000000000000)


@pytest.mark.parametrize("filter_", [spell_name, spell_text])
@pytest.mark.parametrize("value", [None, 1, "text"])
def test_a_filter_for_strings_refuses_all_else(filter_: type[str], value: object) -> None:
    with pytest.raises(TypeError, match="this filter takes bytes, not"):
        filter_(value, guard="<|")  # type: ignore[call-overload]  # what a template may do


@given(st.lists(floats.filter(math.isfinite).map(abs), max_size=200, unique=True))
@example([0.0, 1.0, 0.1, 1 / 3, 1e14, 1e15, 1e16, 123456789012345.0, 1e100, 5e-324, 2.0**53, 1e-5, 0.0001])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_luac_literals_are_those_of_luac(luac: Luac, tmp_path: Path, numbers: list[float]) -> None:
    (tmp_path / "script.lua").write_text(f"return {{{', '.join(map(repr, numbers))}}}")
    listing = luac("-l", "-l", "-p", "script.lua", cwd=tmp_path).decode()
    assert re.findall(r"^\t\d+\t([^\t\n]+)$", listing, re.MULTILINE) == [luac_literal(number) for number in numbers]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(float("inf"), "inf"), (float("-inf"), "-inf"), (float("nan"), "nan"), (-float("nan"), "-nan"), (-0.0, "-0.0")],
)
def test_luac_literals_that_no_source_can_hold_are_those_of_c(number: float, expected: str) -> None:
    assert luac_literal(number) == expected


def test_a_name_in_the_listing_ends_at_a_nul_as_c_strings_do() -> None:
    assert luac_name(b"abc\0def") == "abc"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, "?"),
        (b"@x.lua", "x.lua"),
        (b"=stdin", "stdin"),
        (b"\x1bLua", "(bstring)"),
        (b"return 1", "(string)"),
        (b"", "(string)"),
    ],
)
def test_a_source_in_the_listing_is_named_as_luac_names_it(source: bytes | None, expected: str) -> None:
    assert luac_source(source) == expected
