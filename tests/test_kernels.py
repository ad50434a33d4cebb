"""What is done for all rows at once in C is what is done in Python, for all that it may be given."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from array import array
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import code

import aidec
from aidec import kernels
from aidec.bytecode.fields import FIELDS
from aidec.bytecode.instruction import jump_targets
from aidec.kernels import LONGEST_NUMBER, MOST_GROUPS, NUM_UNSIGNED, pure

_compiled = pytest.importorskip("aidec.kernels._compiled", reason="the extension was not built")

KIND = ("opcode", "b", "c", "rk_b.is_constant", "rk_c.is_constant")

PACKS = ("classic", "compact", "json", "listing")

LIMITS = {"B": (0, 2**8 - 1), "H": (0, 2**16 - 1), "I": (0, 2**32 - 1), "i": (-(2**31), 2**31 - 1)}
LIMITS["q"] = (-(2**63), 2**63 - 1)

TEXTS = st.text(max_size=5) | st.sampled_from(["", "<|A|>", "\udcff", "ä", "\U0001f600", "x" * 5000])
BYTES = st.binary(max_size=5)


def ints(rows: int, least: int | None = None, greatest: int | None = None) -> st.SearchStrategy[Any]:
    """Columns of integers, in each of the formats, as an array or as a memoryview."""

    def of_code(code: str) -> st.SearchStrategy[Any]:
        low, high = LIMITS[code]
        low, high = (low if least is None else least), (high if greatest is None else greatest)
        values = st.lists(st.integers(low, high), min_size=rows, max_size=rows).map(lambda found: array(code, found))
        return values | values.map(lambda found: memoryview(found))  # noqa: PLW0108 (whose type mypy knows)

    return st.sampled_from(list(LIMITS)).flatmap(of_code)


def cut_in(size: int) -> bytes:
    """Cuts into groups of so many characters, the sign among them."""
    cuts = []
    for _ in range(2):
        for length in range(LONGEST_NUMBER + 1):
            groups = [size] * (length // size) + ([length % size] if length % size else [])
            cuts.append(bytes(groups).ljust(MOST_GROUPS, b"\0"))
    return b"".join(cuts)


def groups(size: int) -> tuple[bytes, list[bytes | None], Callable[[str], bytes]]:
    return cut_in(size), [None] * (2 * NUM_UNSIGNED), lambda text: f"({text})".encode()


def column(rows: int, pieces: st.SearchStrategy[Any], *, is_text: bool) -> st.SearchStrategy[Any]:
    lists = st.lists(pieces, min_size=1, max_size=4)
    coded = lists.flatmap(lambda items: st.tuples(st.just(items), ints(rows, 0, len(items) - 1)))
    numbers = (
        st.tuples(st.none(), ints(rows)) if is_text else st.tuples(st.sampled_from([3, 4]).map(groups), ints(rows))
    )
    return pieces | st.lists(pieces, min_size=rows, max_size=rows + 1) | coded | numbers


@st.composite
def woven(draw: st.DrawFn) -> tuple[list[Any], int, Any, Any]:
    """Strands, the number of their rows, bounds of groups of them, and the empty piece."""
    is_text = draw(st.booleans())
    rows = draw(st.integers(0, 6))
    one = column(rows, TEXTS if is_text else BYTES, is_text=is_text)
    programs = st.lists(st.lists(one, max_size=4), min_size=1, max_size=3)
    strand = programs.flatmap(lambda made: st.tuples(st.just(made), st.none() | ints(rows, 0, len(made) - 1)))
    bounds = draw(st.lists(st.integers(0, rows), min_size=1, max_size=5).map(sorted))
    return draw(st.lists(strand, max_size=3)), rows, array("q", bounds), "" if is_text else b""


@given(woven())
def test_rows_are_woven_alike(given: tuple[list[Any], int, Any, Any]) -> None:
    made = _compiled.weave(*given)
    if made is None:
        assert any("\udc00" <= char <= "\udfff" for char in repr_of(given[0]))
    assert kernels.weave(*given) == pure.weave(*given)


def repr_of(strands: Any) -> str:
    """All text in strands."""
    if isinstance(strands, str):
        return strands
    return "".join(map(repr_of, strands)) if isinstance(strands, list | tuple) else ""


@given(woven(), st.data())
def test_parts_are_joined_alike(given: tuple[list[Any], int, Any, Any], data: st.DataObject) -> None:
    strands, rows, bounds, empty = given
    pieces = TEXTS if empty == "" else BYTES
    spans = st.sampled_from(list(pairwise(bounds)) or [(0, 0)])
    parts = st.lists(pieces | spans.map(lambda span: (strands, rows, *span)), max_size=6)
    lists = data.draw(st.lists(parts, max_size=3))
    assert kernels.join(lists, empty) == pure.join(lists, empty)


@given(st.integers(0, 40).flatmap(lambda rows: st.tuples(
    st.lists(ints(rows) | ints(rows, 0, 2), max_size=3), st.just(rows), st.none() | ints(rows, 0, 1)
)))  # fmt: skip
def test_rows_that_differ_are_numbered_alike(given: tuple[Any, int, Any]) -> None:
    firsts, codes = _compiled.distinct(*given)
    expected, expected_codes = pure.distinct(*given)
    assert (firsts, list(codes)) == (expected, list(expected_codes))


@given(st.lists(st.integers(0, 2**32 - 1)), st.integers(0, 31), st.integers(0, 2**18 - 1), st.integers(-9, 2**18))
def test_bits_are_taken_alike(words: list[int], shift: int, mask: int, less: int) -> None:
    code = array("I", words)
    assert list(_compiled.operand(code, shift, mask, less)) == list(pure.operand(code, shift, mask, less))
    assert list(_compiled.kinds(code)) == list(pure.kinds(code)) == [kind(word) for word in words]


def kind(word: int) -> int:
    """The kind of an instruction, made of the fields as they are declared."""
    opcode, b, c, is_b, is_c = (FIELDS[name].take(word) for name in KIND)
    return opcode | is_b << 6 | is_c << 7 | (b == 0) << 8 | (c == 0) << 9


@given(st.lists(st.integers(0, 2**32 - 1)), st.data())
def test_jumps_lead_where_the_declared_field_says(words: list[int], data: st.DataObject) -> None:
    sbx = FIELDS["sbx"]
    distances = data.draw(st.lists(st.integers(-3, 3), min_size=len(words), max_size=len(words)))
    code = array("I", [word & ~sbx.bits | sbx.put(own) for word, own in zip(words, distances, strict=True)])
    expected = {pc: pc + 1 + own for pc, own in enumerate(distances) if 0 <= pc + 1 + own < len(words)}
    for module in (pure, _compiled):
        assert module.jump_targets(code, array("q", [0, len(words)]), b"\1" * 256) == expected
    assert sbx.offset == kernels.MAXARG_SBX


@given(ints(9, 0, 3), st.lists(st.integers(-(2**31), 2**31 - 1), min_size=4, max_size=4))
def test_codes_are_recoded_and_found_alike(codes: Any, numbers: list[int]) -> None:
    assert list(_compiled.recode(codes, numbers)) == list(pure.recode(codes, numbers))
    assert _compiled.rows_with(codes, 2) == pure.rows_with(codes, 2)


@given(st.lists(code(), max_size=5))
def test_functions_are_gone_through_alike(codes: list[array[int]]) -> None:
    words, bounds = array("I", b"".join(codes)), kernels.bounds_of(map(len, codes))
    assert (
        list(_compiled.places(bounds)) == list(pure.places(bounds)) == [pc for each in codes for pc in range(len(each))]
    )
    targets = jump_targets(words, bounds)
    assert targets == {
        start + pc: start + target
        for start, each in zip(bounds, codes, strict=False)
        for pc, target in jump_targets(each).items()
    }
    roles = bytes([low % 3 for low in range(256)])
    assert _compiled.jump_targets(words, bounds, roles) == pure.jump_targets(words, bounds, roles)


@given(st.lists(st.binary(max_size=3) | st.integers(0, 9), max_size=20), st.integers(0, 3))
def test_pieces_are_remembered_alike(values: list[bytes | int], longest: int) -> None:
    made: dict[Any, tuple[list[str], dict[Any, str], list[Any]]] = {}
    for module in (pure, _compiled):
        asked: list[Any] = []

        def make(value: object, asked: list[Any] = asked) -> str:
            asked.append(value)
            return f"<{value!r}>"

        known: dict[Any, str] = {b"": "empty"}
        made[module] = (module.remembered(known, values, repr, make, longest), known, asked)
    assert made[pure] == made[_compiled]
    pieces, known, asked = made[pure]
    assert pieces == ["empty" if value == b"" else f"<{value!r}>" for value in values]
    assert len(asked) == len(set(map(repr, asked)))
    assert all(len(key) <= longest for key in known if isinstance(key, bytes))


FEW = array("i", [0, 1])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: _compiled.weave([([[(["a"], FEW)]], None)], 2, array("q", [0, 2]), ""), "a code has no piece"),
        (lambda: _compiled.weave([([[["a"]]], None)], 2, array("q", [0, 2]), ""), "a code has no piece"),
        (lambda: _compiled.weave([([[(["a"], FEW)]], None)], 3, array("q", [0, 3]), ""), "a column has 2 of 3 rows"),
        (lambda: _compiled.weave([([["a"]], FEW)], 2, array("q", [0, 2]), ""), "a row has no program"),
        (lambda: _compiled.weave([([["a"]], None)], 2, array("q", [0, 3]), ""), "bounds are no bounds of these rows"),
        (lambda: _compiled.weave([([["a"]], None)], 2, array("q", [2, 1]), ""), "bounds are no bounds of these rows"),
        (lambda: _compiled.weave([([[b"a"]], None)], 2, array("q", [0, 2]), ""), "a piece is bytes"),
        (lambda: _compiled.weave([([["a", None]], None)], 2, array("q", [0, 2]), ""), "a piece is NoneType"),
        (lambda: _compiled.weave([([[(["a", None], FEW)]], None)], 2, array("q", [0, 2]), ""), "a piece is NoneType"),
        (lambda: _compiled.weave([([[(None, FEW)]], None)], 2, array("q", [0, 2]), b""), "a column is of no kind"),
        (lambda: _compiled.weave([([[((b"", [], str), FEW)]], None)], 2, FEW, b""), "cuts of another size"),
        (lambda: _compiled.weave([([[(groups(5), array("q", [12345]))]], None)], 1, FEW, b""), "the cuts are not"),
        (lambda: _compiled.weave([([[((cut_in(4), [], str), FEW)]], None)], 2, FEW, b""), "a code has no piece"),
        (lambda: _compiled.weave([([[(["a"], array("d", [0]))]], None)], 1, FEW, ""), "the format 'd'"),
        (lambda: _compiled.weave([["a"]], 1, FEW, ""), "a strand is a tuple"),
        (lambda: _compiled.weave([([("a",)], None)], 1, FEW, ""), "a program is a list of columns"),
        (lambda: _compiled.join([[("a",)]], ""), "a part is a tuple"),
        (lambda: _compiled.join([[([], 1, 0, 2)]], ""), "bounds are no bounds of these rows"),
        (lambda: _compiled.join([[([], 1, 0, "2")]], ""), "integer"),
        (lambda: _compiled.join([[0]], ""), "a piece is int"),
        (lambda: _compiled.join([0], ""), "parts are a list"),
        (lambda: _compiled.recode(FEW, [7]), "a code has no number"),
        (lambda: _compiled.places(array("q", [0, 2, 1])), "bounds are no bounds of these rows"),
        (lambda: _compiled.places(array("q", [1, 2])), "bounds start at 0"),
        (lambda: _compiled.places(array("q", [0, 2**40])), "too many rows"),
        (lambda: _compiled.places(array("q")), "a column has 0 of 1 rows"),
        (lambda: _compiled.jump_targets(FEW, array("q", [0, 3]), bytes(256)), "bounds are no bounds of these rows"),
        (lambda: _compiled.jump_targets(FEW, array("q", [0, 2]), b""), "there is a role for each byte"),
        (lambda: _compiled.distinct([FEW], 3, None), "a column has 2 of 3 rows"),
        (lambda: _compiled.distinct([FEW], -1, None), "too many rows"),
    ],
)
def test_what_does_not_fit_together_is_refused(call: Callable[[], object], error: str) -> None:
    with pytest.raises((IndexError, TypeError, ValueError), match=re.escape(error)):
        call()


def test_what_makes_a_piece_may_fail() -> None:
    def fail(text: str) -> bytes:
        raise LookupError(text)

    strands: Any = [([[((cut_in(4), [None] * (2 * NUM_UNSIGNED), fail), array("q", [-123456]))]], None)]
    with pytest.raises(LookupError, match="-123"):
        _compiled.weave(strands, 1, array("q", [0, 1]), b"")


def test_nothing_is_left_in_memory() -> None:
    strands: Any = [([["x" * 100, (["a" * 1000, "b"], FEW), (None, FEW), ["ä", "b"]]], None)]

    def use() -> None:
        _compiled.weave(strands, 2, array("q", [0, 1, 2]), "")
        _compiled.join([["a", (strands, 2, 0, 2)], ["b"]], "")
        _compiled.distinct([FEW, FEW], 2, FEW)
        _compiled.jump_targets(array("I", [30 | 1 << 30] * 2), array("q", [0, 2]), b"\1" * 256)
        _compiled.places(array("q", [0, 2]))
        _compiled.remembered({}, [b"x" * 99, b"a", 1, 1], repr, lambda value: f"<{value}>", 9)
        with suppress(ZeroDivisionError):
            _compiled.remembered({}, [b"a", 0], repr, lambda value: f"{1 / value}" if value == 0 else "", 0)
        for wrong in [([["a", None]], None)], [([["\udcff"]], None)], [([["a"]], FEW)]:
            with suppress(TypeError, IndexError):
                _compiled.weave(wrong, 2, array("q", [0, 2]), "")

    tracemalloc.start()
    try:
        for _ in range(50):
            use()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(2000):
            use()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000  # less than an object each time
    finally:
        tracemalloc.stop()


def test_without_the_extension_all_is_the_same() -> None:
    source = 'local function f(a, ...) if a == "ä" then return 1.5, ... end end for i = 1, 300000 do f("x" .. i) end'
    code = (
        "import aidec, sys; from aidec import kernels; assert not kernels.is_compiled;"
        "chunk = aidec.load(sys.stdin.buffer);"
        "sys.stdout.buffer.write(''.join(aidec.render(chunk, pack) for pack in sys.argv[1:]).encode())"
    )
    chunk = aidec.compile(source)
    env = {**os.environ, "AIDEC_PURE_PYTHON": "1"}
    run = subprocess.run([sys.executable, "-c", code, *PACKS], input=chunk, env=env, capture_output=True, check=True)
    assert run.stdout.decode() == "".join(aidec.render(aidec.load(chunk), pack) for pack in PACKS)
