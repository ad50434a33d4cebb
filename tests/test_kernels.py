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
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import code

import aidec
from aidec import kernels
from aidec.bytecode.fields import FIELDS
from aidec.bytecode.instruction import _CONSTANT_ROLES, introductions, jump_targets
from aidec.kernels import LONGEST_NUMBER, MOST_GROUPS, NUM_UNSIGNED, each, pure, switch

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
def program(draw: st.DrawFn, rows: int, around: int, *, is_text: bool, depth: int = 2) -> list[Any]:
    """A program of so many rows, in a table of as many or more."""
    pieces = TEXTS if is_text else BYTES
    columns = draw(st.lists(column(rows, pieces, is_text=is_text), max_size=4))
    if depth and draw(st.booleans()):
        inner = [draw(program(rows, around, is_text=is_text, depth=depth - 1)) for _ in range(draw(st.integers(1, 3)))]
        columns.append(switch(inner, draw(ints(rows, 0, len(inner) - 1))))
    if depth and draw(st.booleans()):
        size = draw(st.integers(0, 4))
        inner = draw(program(size, size, is_text=is_text, depth=depth - 1))
        order = draw(st.none() | (ints(5, 0, size - 1) if size else st.none()))
        most = size if order is None else 5
        offsets = sorted(draw(st.lists(st.integers(0, most), min_size=rows + 1, max_size=rows + 1)))
        columns.append(each(inner, size, array("q", offsets), order, draw(st.none() | pieces)))
    return draw(st.permutations(columns))


@st.composite
def woven(draw: st.DrawFn) -> tuple[list[Any], int, Any]:
    """A program, the number of its rows, some of which may have later ones of its own in them, and the empty piece."""
    is_text = draw(st.booleans())
    rows = draw(st.integers(0, 6))
    made = draw(program(rows, rows, is_text=is_text))
    if rows and draw(st.booleans()):
        parents = [draw(st.integers(0, row - 1)) for row in range(1, rows)]
        order = sorted(range(1, rows), key=lambda row: parents[row - 1])
        offsets = kernels.offsets_of([parents.count(row) for row in range(rows)])
        made.insert(draw(st.integers(0, len(made))), each(None, rows, offsets, array("q", order)))
    return made, rows, "" if is_text else b""


@given(woven())
def test_rows_are_woven_alike(given: tuple[list[Any], int, Any]) -> None:
    made = _compiled.weave(*given)
    if made is None:
        assert any("\udc00" <= char <= "\udfff" for char in repr_of(given[0]))
    assert kernels.weave(*given) == pure.weave(*given)


def repr_of(columns: Any) -> str:
    """All text in columns."""
    if isinstance(columns, str):
        return columns
    return "".join(map(repr_of, columns)) if isinstance(columns, list | tuple) else ""


def test_a_row_has_the_rows_of_its_own_table_that_belong_to_it() -> None:
    tree = ["(", ["a", "b", "c", "d"], each(None, 4, array("q", [0, 2, 2, 3, 3]), array("q", [1, 2, 3]), ","), ")"]
    assert kernels.weave(tree, 4, "") == pure.weave(tree, 4, "") == ["(a(b),(c(d)))", "(b)", "(c(d))", "(d)"]


def test_a_table_that_nests_without_end_is_refused() -> None:
    itself = [each(None, 1, array("q", [0, 1]), array("q", [0]))]
    for module in (_compiled, pure):
        with pytest.raises(RecursionError):
            module.weave(itself, 1, "")


@given(st.integers(0, 40).flatmap(lambda rows: st.tuples(
    st.lists(ints(rows) | ints(rows, 0, 2), max_size=3), st.just(rows), st.none() | ints(rows, 0, 1)
)))  # fmt: skip
def test_rows_that_differ_are_numbered_alike(given: tuple[Any, int, Any]) -> None:
    firsts, codes = _compiled.factorize(*given)
    expected, expected_codes = pure.factorize(*given)
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
    assert list(_compiled.take(codes, numbers)) == list(pure.take(codes, numbers))
    assert list(_compiled.rows_with(codes, 2)) == list(pure.rows_with(codes, 2))


@given(
    st.lists(st.tuples(ints(5), st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2)), max_size=3), st.integers(-9, 9)
)
def test_sums_are_alike(terms: list[tuple[Any, int]], constant: int) -> None:
    found = []
    for module in (pure, _compiled):
        try:
            found.append(list(module.total([column for column, _ in terms], [by for _, by in terms], constant, 5)))
        except OverflowError:
            found.append([])
    in_full = [constant + sum(column[row] * by for column, by in terms) for row in range(5)]
    assert found[0] in ([], in_full)
    assert found[1] in ([], in_full)
    assert found[0] == found[1] or not found[1]  # where only a part of the sum does not fit


@given(ints(9), st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 9), max_size=4).map(sorted))
def test_ranges_are_found_alike(column: Any, bounds: list[int]) -> None:
    assert list(_compiled.ranges(column, bounds)) == list(pure.ranges(column, bounds))
    assert list(pure.ranges(column, bounds)) == [sum(number >= bound for bound in bounds) for number in column]


@given(st.lists(code(), max_size=5))
def test_functions_are_gone_through_alike(codes: list[array[int]]) -> None:
    words, offsets = array("I", b"".join(codes)), kernels.offsets_of(map(len, codes))
    assert (
        list(_compiled.cumcount(offsets))
        == list(pure.cumcount(offsets))
        == [pc for each in codes for pc in range(len(each))]
    )
    targets = jump_targets(words, offsets)
    assert targets == {
        start + pc: start + target
        for start, each in zip(offsets, codes, strict=False)
        for pc, target in jump_targets(each).items()
    }
    roles = bytes([low % 3 for low in range(256)])
    assert _compiled.jump_targets(words, offsets, roles) == pure.jump_targets(words, offsets, roles)


@given(st.lists(st.tuples(code(), st.integers(0, 5)), max_size=4), st.binary(min_size=64, max_size=64))
def test_constants_are_introduced_alike(functions: list[tuple[array[int], int]], roles: bytes) -> None:
    words = array("I", b"".join([code for code, _ in functions]))
    offsets, constants = (
        kernels.offsets_of([len(c) for c, _ in functions]),
        kernels.offsets_of([n for _, n in functions]),
    )
    for own in (bytes([role & 15 for role in roles]), _CONSTANT_ROLES):
        found = list(pure.introductions(words, offsets, constants, own))
        assert list(_compiled.introductions(words, offsets, constants, own)) == found
        by_operand, flags = found[: 2 * len(words)], found[2 * len(words) :]
        assert sorted(place for place in by_operand if place >= 0) == [row for row, flag in enumerate(flags) if flag]


def test_a_constant_is_introduced_where_it_is_used_first_and_in_its_turn() -> None:
    k, loadk, gettable, settable, add = 256, 1, 7, 10, 13
    operands = [
        (loadk, 0, 0),  # introduces constant 0
        (settable, k + 1, k + 2),  # 1, then 2
        (gettable, k, k + 3),  # irregular: B is no register
        (add, k + 2, k + 3),  # 2 again; 3
        (loadk, 0, 5),  # 4 is skipped, so that 5 is not in its turn
        (gettable, 0, k + 4),
        (add, k + 6, k + 6),  # 6, and again
        (loadk, 0, 7),  # there is none
    ]
    words = [b << 23 | c << 14 | opcode for opcode, b, c in operands]
    found = introductions(array("I", words), array("q", [0, 8]), array("q", [0, 7])).tolist()
    assert found[:8] == [0, 1, -1, -1, -1, -1, 6, -1]
    assert found[8:16] == [-1, 2, -1, 3, -1, -1, -1, -1]
    assert found[16:] == [1, 1, 1, 1, 0, 0, 1]


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
        (lambda: _compiled.weave([(["a"], FEW)], 2, ""), "a code has no piece"),
        (lambda: _compiled.weave([["a"]], 2, ""), "a code has no piece"),
        (lambda: _compiled.weave([(["a"], FEW)], 3, ""), "a column has 2 of 3 rows"),
        (lambda: _compiled.weave([switch([["a"]], FEW)], 2, ""), "a row has no program"),
        (lambda: _compiled.weave([switch(["a"], FEW)], 2, ""), "a program is a list of columns"),  # type: ignore[list-item]
        (lambda: _compiled.weave([switch(0, FEW)], 2, ""), "programs are a list"),  # type: ignore[arg-type]
        (lambda: _compiled.weave([each(["a"], 2, array("q", [0, 3]))], 1, ""), "offsets are not those of these rows"),
        (lambda: _compiled.weave([each(["a"], 2, array("q", [2, 1]))], 1, ""), "offsets are not those of these rows"),
        (lambda: _compiled.weave([each(["a"], 2, array("q", [0, 3]), FEW)], 1, ""), "offsets are not those of"),
        (lambda: _compiled.weave([each(["a"], 1, array("q", [0, 2]), FEW)], 1, ""), "a table has no such row"),
        (lambda: _compiled.weave([each(["a"], 2, array("q", [0]))], 1, ""), "a column has 1 of 2 rows"),
        (lambda: _compiled.weave([each(None, 3, array("q", [0, 0]))], 1, ""), "has not so many rows"),
        (lambda: _compiled.weave([each("a", 2, FEW)], 1, ""), "a program is a list of columns"),  # type: ignore[arg-type]
        (lambda: _compiled.weave([b"a"], 2, ""), "a piece is bytes"),
        (lambda: _compiled.weave([["a", None]], 2, ""), "a piece is NoneType"),
        (lambda: _compiled.weave([(["a", None], FEW)], 2, ""), "a piece is NoneType"),
        (lambda: _compiled.weave([(None, FEW)], 2, b""), "a column is of no kind"),
        (lambda: _compiled.weave([("a", FEW)], 2, ""), "a column is of no kind"),
        (lambda: _compiled.weave([("a",)], 1, ""), "a column is of no kind"),
        (lambda: _compiled.weave([((b"", [], str), FEW)], 2, b""), "cuts of another size"),
        (lambda: _compiled.weave([(groups(5), array("q", [12345]))], 1, b""), "the cuts are not"),
        (lambda: _compiled.weave([((cut_in(4), [], str), FEW)], 2, b""), "a code has no piece"),
        (lambda: _compiled.weave([(["a"], array("d", [0]))], 1, ""), "the format 'd'"),
        (lambda: _compiled.weave(["a"], -1, ""), "a program is a list of columns"),
        (lambda: _compiled.weave([0], 1, ""), "a piece is int"),
        (lambda: _compiled.take(FEW, [7]), "a code has no number"),
        (lambda: _compiled.total([FEW], [1], 0, 3), "a column has 2 of 3 rows"),
        (lambda: _compiled.total([FEW], [], 0, 2), "not a factor for each column"),
        (lambda: _compiled.total([], [], 0, -1), "too many rows"),
        (lambda: _compiled.cumcount(array("q", [0, 2, 1])), "offsets are not those of these rows"),
        (lambda: _compiled.cumcount(array("q", [1, 2])), "offsets start at 0"),
        (lambda: _compiled.cumcount(array("q", [0, 2**40])), "too many rows"),
        (lambda: _compiled.cumcount(array("q")), "a column has 0 of 1 rows"),
        (lambda: _compiled.jump_targets(FEW, array("q", [0, 3]), bytes(256)), "offsets are not those of these rows"),
        (lambda: _compiled.jump_targets(FEW, array("q", [0, 2]), b""), "there is a role for each byte"),
        (lambda: _compiled.introductions(FEW, FEW, array("q", [0]), bytes(64)), "an offset for each function"),
        (lambda: _compiled.introductions(FEW, FEW, FEW, bytes(63)), "a role for each opcode"),
        (
            lambda: _compiled.introductions(FEW, array("q", [0, 3]), FEW, bytes(64)),
            "offsets are not those of these rows",
        ),
        (
            lambda: _compiled.introductions(FEW, array("q", [0, 1, 2]), array("q", [0, 2, 1]), bytes(64)),
            "offsets are not",
        ),
        (lambda: _compiled.introductions(FEW, FEW, array("q", [0, 2**40]), bytes(64)), "too many rows"),
        (lambda: _compiled.introductions(FEW, FEW, array("q"), bytes(64)), "a column has 0 of 1 rows"),
        (lambda: _compiled.factorize([FEW], 3, None), "a column has 2 of 3 rows"),
        (lambda: _compiled.factorize([FEW], -1, None), "too many rows"),
    ],
)
def test_what_does_not_fit_together_is_refused(call: Callable[[], object], error: str) -> None:
    with pytest.raises((IndexError, TypeError, ValueError), match=re.escape(error)):
        call()


def test_what_makes_a_piece_may_fail() -> None:
    def fail(text: str) -> bytes:
        raise LookupError(text)

    numbers: Any = (cut_in(4), [None] * (2 * NUM_UNSIGNED), fail), array("q", [-123456])
    with pytest.raises(LookupError, match="-123"):
        _compiled.weave([numbers], 1, b"")


def test_nothing_is_left_in_memory() -> None:
    columns: Any = ["x" * 100, (["a" * 1000, "b"], FEW), (None, FEW), ["ä", "b"]]
    table = each(columns, 2, array("q", [0, 1, 2]), array("i", [1, 0]), "; ")
    nested = [*columns, switch([[table], []], FEW), each(None, 2, array("q", [0, 1, 1]), FEW[1:])]

    def use() -> None:
        _compiled.weave(nested, 2, "")
        _compiled.factorize([FEW, FEW], 2, FEW)
        _compiled.jump_targets(array("I", [30 | 1 << 30] * 2), array("q", [0, 2]), b"\1" * 256)
        _compiled.introductions(array("I", [1, 1]), array("q", [0, 2]), array("q", [0, 2]), b"\1" * 64)
        _compiled.cumcount(array("q", [0, 2]))
        _compiled.rows_with(FEW, 1)
        _compiled.total([FEW, FEW], [1, -1], 5, 2)
        _compiled.ranges(FEW, [1])
        with suppress(OverflowError):
            _compiled.total([FEW], [2**62], 2**62, 2)
        _compiled.remembered({}, [b"x" * 99, b"a", 1, 1], repr, lambda value: f"<{value}>", 9)
        with suppress(ZeroDivisionError):
            _compiled.remembered({}, [b"a", 0], repr, lambda value: f"{1 / value}" if value == 0 else "", 0)
        for wrong in ["a", None], ["\udcff"], switch([["a"]], FEW), each(["a"], 1, array("q", [0, 1, 2]), FEW):
            with suppress(TypeError, IndexError):
                _compiled.weave([table, wrong], 2, "")

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


NESTED: list[Any] = ["x" * 100, (["a" * 1000, "b"], FEW), (None, FEW), ["ä", "b"]]
NESTED += [switch([[each(NESTED[:], 2, array("q", [0, 1, 2]), array("i", [1, 0]), "; ")], []], FEW)]

CODE = aidec.compile("local t = {1, 2.5, 'x'}; for i = 1, 3 do t[i] = function(a, ...) return a .. t[i], 'y' end end")

NATIVE: dict[str, Callable[[], object]] = {
    "weave": lambda: _compiled.weave(NESTED, 2, ""),
    "weave numbers": lambda: _compiled.weave([(groups(4), array("q", [-123456]))], 1, b""),
    "factorize": lambda: _compiled.factorize([FEW, FEW], 2, FEW),
    "jump_targets": lambda: _compiled.jump_targets(array("I", [30 | 1 << 30] * 2), array("q", [0, 2]), b"\1" * 256),
    "cumcount": lambda: _compiled.cumcount(array("q", [0, 2])),
    "rows_with": lambda: _compiled.rows_with(FEW, 1),
    "total": lambda: _compiled.total([FEW, FEW], [1, -1], 5, 2),
    "ranges": lambda: _compiled.ranges(FEW, [1]),
    "take": lambda: _compiled.take(FEW, [7, 8]),
    "remembered": lambda: _compiled.remembered({}, [b"x" * 99, b"a", 1, 1], repr, lambda value: f"<{value}>", 9),
    "load": lambda: aidec.load(CODE),
}


def plain(value: object) -> object:
    """A value in which columns are lists."""
    if isinstance(value, list | tuple | memoryview):
        return [plain(each) for each in value]
    return value


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("name", NATIVE)
def test_each_allocation_that_fails_is_a_memory_error(name: str, *, once: bool) -> None:
    testcapi = pytest.importorskip("_testcapi", reason="this Python is built without its tests")

    def call(first: int, stop: int) -> object:
        testcapi.set_nomemory(first, stop)
        try:
            return NATIVE[name]()
        finally:
            testcapi.remove_mem_hooks()

    expected = plain(NATIVE[name]())
    failed = 0
    for number in range(1000):
        try:
            found = call(number, number + 1 if once else 0)
        except MemoryError:
            failed += 1
            continue
        assert plain(found) == expected
        break
    assert 0 < failed < 1000


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
