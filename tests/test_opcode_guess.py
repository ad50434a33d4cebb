"""Opcodes and keys are found from a chunk and its source; without it changed opcodes are suspected, and no others."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import LUA_FILES
from dialect_writer import OPCODES, PERMUTATIONS, Written, permutation
from hypothesis import given
from hypothesis import strategies as st

import aidec
from aidec.bytecode import Chunk, Proto
from aidec.bytecode.dialect import Dialect, find_dialect
from aidec.bytecode.key_guess import guess_key
from aidec.bytecode.opcode_guess import SURE, align, suspect
from aidec.bytecode.operands import breaks_rules

SOURCE = Path(__file__).with_name("data") / "fifty_lines.lua"
NEVER_SEEN = ["LOADKX", "EXTRAARG"]


def compiled(source: bytes, *, strip: bool = False) -> Chunk:
    return aidec.load(aidec.compile(source, strip=strip))


FIFTY_LINES = compiled(SOURCE.read_bytes())


def stored(dialect: Written, chunk: Chunk, tmp_path: Path) -> Chunk:
    """The chunk as it is stored: read in the dialect, but for the opcodes."""
    (tmp_path / "own.yaml").write_text(dialect.yaml)
    declared = find_dialect(tmp_path / "own.yaml")
    return aidec.load(dialect.write(chunk), replace(declared, opcodes=Dialect("").opcodes))


@pytest.mark.parametrize("dialect", PERMUTATIONS.values(), ids=PERMUTATIONS)
@pytest.mark.parametrize("strip", [False, True], ids=["whole", "stripped"])
def test_each_permutation_is_found_from_50_lines(dialect: Written, tmp_path: Path, *, strip: bool) -> None:
    assert SOURCE.read_bytes().count(b"\n") == 50
    chunk = compiled(SOURCE.read_bytes(), strip=strip)
    found = align(FIFTY_LINES, stored(dialect, chunk, tmp_path))
    numbers = dict(zip(OPCODES, dialect.numbers, strict=True))
    expected = tuple(None if name in NEVER_SEEN else number for name, number in numbers.items())
    assert (found.unseen, found.opcodes()[:47], found.unlike) == (NEVER_SEEN, expected, [])


@given(seed=st.integers(0, 2**32))
def test_any_permutation_is_found(seed: int) -> None:
    numbers = permutation(seed, 64)
    found = align(FIFTY_LINES, permuted(FIFTY_LINES, numbers))
    assert all(number == numbers[official] for official, number in found.numbers.items())
    assert len(found.numbers) == 45


def permuted(chunk: Chunk, numbers: list[int]) -> Chunk:
    def walk(proto: Proto) -> Proto:
        code = array("I", [word & ~63 | numbers[word & 63] for word in proto.code])
        return replace(proto, code=code, protos=tuple(map(walk, proto.protos)))

    return replace(chunk, main=walk(chunk.main))


def test_what_was_not_seen_is_unknown_until_another_file_has_it() -> None:
    numbers = permutation(1)
    few, more = compiled(b"return 1"), compiled(b"return a + 1")
    first = align(few, permuted(few, numbers))
    second = align(more, permuted(more, numbers), first.numbers)
    assert (len(first.numbers), len(second.numbers)) == (2, 4)
    assert set(OPCODES) - set(second.unseen) == {"LOADK", "RETURN", "GETTABUP", "ADD"}


def test_official_opcodes_are_found_to_be_official() -> None:
    found = align(FIFTY_LINES, FIFTY_LINES)
    assert (found.is_official, found.opcodes()) == (True, tuple(range(64)))


def test_functions_with_other_operands_are_passed_over() -> None:
    chunk = compiled(b"local function f(a) return a + 2 end local function g(a) return a * 2 end")
    other = compiled(b"local function f(a) return a + 3, a end local function g(a) return a * 2 end")
    found = align(chunk, other)
    assert (found.compared, found.unlike) == (2, ["main.protos[0]"])


@pytest.mark.parametrize(
    ("expected", "actual", "problem"),
    [
        (b"return 1", b"return function() end", "main: functions inside: expected 0, as in the source, read 1"),
        (b"return 1", b"local a, b = c", r"no function has the instructions of the source"),
        (b"return -a, -b", b"return -a, ~b", r"code\[3\]: UNM has the number 26, but 25 in main.code\[1\]"),
        (b"return -a, ~b", b"return -a, -b", r"code\[3\]: BNOT has the number 25, as UNM in main.code\[1\]"),
    ],
)
def test_what_is_no_permutation_is_told(expected: bytes, actual: bytes, problem: str) -> None:
    with pytest.raises(aidec.DialectError, match=problem):
        align(compiled(expected), compiled(actual))


@pytest.mark.parametrize("path", LUA_FILES, ids=lambda path: path.stem)
def test_an_official_chunk_breaks_no_rule(path: Path) -> None:
    chunk = compiled(path.read_bytes())
    found = suspect(chunk)
    assert not found.broken
    assert found.likelihood < 0.1
    assert not any(breaks_rules(proto) for proto in chunk.main.walk())


@pytest.mark.parametrize("seed", range(20))
def test_a_permutation_is_suspected(seed: int) -> None:
    chunk = permuted(FIFTY_LINES, permutation(seed))
    found = suspect(chunk)
    assert found.likelihood > 0.99
    assert found.is_sure
    assert breaks_rules(chunk.main)
    assert all(place.startswith("main") for place in found.examples.values())


def test_two_opcodes_that_are_exchanged_are_suspected() -> None:
    numbers = list(range(64))
    numbers[OPCODES.index("JMP")], numbers[OPCODES.index("LOADK")] = OPCODES.index("LOADK"), OPCODES.index("JMP")
    assert suspect(permuted(FIFTY_LINES, numbers)).likelihood > 0.99


def test_no_instructions_say_nothing() -> None:
    assert suspect(Chunk(FIFTY_LINES.header, 0, Proto())).likelihood == pytest.approx(0.1)


def test_the_likelihood_of_a_large_chunk_is_a_number() -> None:
    rng = random.Random(5)  # noqa: S311 (nothing secret)
    code = array("I", [rng.getrandbits(32) for _ in range(50_000)])
    assert suspect(Chunk(FIFTY_LINES.header, 0, Proto(code=code))).likelihood == 1


@given(key=st.binary(min_size=1, max_size=6))
def test_a_key_on_strings_is_found(key: bytes) -> None:
    source = "return " + ", ".join(f"'{'string ' * n}'" for n in range(1, 6))
    chunk = compiled(source.encode())
    found = guess_key(chunk, aidec.load(Written("", key=key).write(chunk)))
    assert found is not None
    written = aidec.load(Written("", key=key).write(chunk), Dialect("own", xor=found))
    assert written == chunk


@pytest.mark.parametrize(("actual", "expected"), [(b"return 'ab', 'cd'", b""), (b"return 'xy', 'zz'", None)])
def test_strings_without_a_key_have_none(actual: bytes, expected: bytes | None) -> None:
    assert guess_key(compiled(b"return 'ab', 'cd'"), compiled(actual)) == expected


def test_a_few_odd_instructions_make_nobody_sure() -> None:
    code = FIFTY_LINES.main.code + array("I", [0x3F] * 4)
    found = suspect(replace(FIFTY_LINES, main=replace(FIFTY_LINES.main, code=code)))
    assert breaks_rules(replace(FIFTY_LINES.main, code=code))
    assert (found.likelihood > SURE, found.is_sure) == (True, False)
