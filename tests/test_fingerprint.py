"""Fingerprints: what counts as the same function, what as nearly the same, and that the process makes no difference."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import chunks, constants

import aidec
from aidec.bytecode import Chunk, Header, Instruction, Proto, dump, exact, fingerprint, load, strip
from aidec.bytecode.fingerprint import NUM_PERM, SHINGLE, exact_key, exact_keys, signature, signatures, similarity

SOURCE = b"""
local function greet(name, ...)
  local parts = {...}
  for i = 1, #parts do print("hello", name, parts[i], 1.5, function() return name .. i end) end
end
greet("you", 1, 2)
"""
RENAMED = b"""local function g(n,...) --[[ another layout ]] local p={...}
for k=1,#p do print('hello',n,p[k],15e-1,function() return n..k end)end end; g("you",1,2)"""


def main_of(source: bytes) -> Proto:
    return load(aidec.compile(source)).main


def same(first: bytes, second: bytes) -> tuple[bool, float]:
    one, other = main_of(first), main_of(second)
    return exact_key(one) == exact_key(other), similarity(signature(one), signature(other))


def test_names_of_locals_comments_and_layout_make_no_difference() -> None:
    assert SOURCE != RENAMED
    assert same(SOURCE, RENAMED) == (True, 1.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"hello"', b'"hallo"'),
        (b"1.5", b"1.25"),
        (b"1, 2", b"1, 2.0"),
        (b"name .. i", b"i .. name"),
        (b"(name, ...)", b"(...)"),
    ],
)
def test_what_a_function_does_makes_a_difference(old: bytes, new: bytes) -> None:
    is_same, estimate = same(SOURCE, SOURCE.replace(old, new, 1))
    assert not is_same
    assert 0.2 < estimate <= 1


def test_a_key_does_not_depend_on_debug_information_or_the_build(lua_file: Path) -> None:
    chunk = load(aidec.compile(lua_file.read_bytes(), name="@a.lua"))
    other = replace(strip(chunk), header=Header(is_big_endian=True, len_int=8, len_size_t=4))
    again = load(dump(other))
    assert again != chunk
    assert exact_key(again.main) == exact_key(chunk.main)
    assert (signature(again.main) == signature(chunk.main)).all()


@given(chunk=chunks)
def test_debug_information_of_any_kind_does_not_count(chunk: Chunk) -> None:
    bare = replace(strip(chunk).main, line_defined=7, last_line_defined=8)
    assert exact_key(bare) == exact_key(chunk.main)
    assert (signature(bare) == signature(chunk.main)).all()


@given(chunk=chunks)
def test_the_keys_of_all_functions_are_those_of_each_with_its_instructions(chunk: Chunk) -> None:
    assert exact_keys(chunk.main) == [
        (exact_key(inner), sum(len(each.code) for each in inner.walk()), len(inner.code)) for inner in chunk.main.walk()
    ]


@given(first=st.lists(constants, max_size=3), second=st.lists(constants, max_size=3))
def test_keys_are_equal_only_where_constants_are_to_their_bits(first: list[None], second: list[None]) -> None:
    keys = [exact_key(Proto(constants=tuple(values))) for values in (first, second)]
    assert (keys[0] == keys[1]) == ([*map(exact, first)] == [*map(exact, second)])


@pytest.mark.parametrize("values", [(1, 1.0, True, b"\1", b"1"), (0.0, -0.0, 0, False, None, b""), (-1, 2**63 - 1)])
def test_constants_that_look_alike_have_other_keys(values: tuple[None, ...]) -> None:
    protos = [Proto(constants=(value,)) for value in values]
    assert len({exact_key(proto) for proto in protos}) == len(values)


def test_where_a_function_finds_its_upvalues_counts_only_inside() -> None:
    source = b"local a, b, c; function f() return %s end"
    one, other = (main_of(source % name) for name in (b"a", b"c"))
    assert one.protos[0].upvalues != other.protos[0].upvalues
    assert exact_key(one.protos[0]) == exact_key(other.protos[0])
    assert exact_key(one) != exact_key(other)


@pytest.mark.parametrize("change", [{"num_params": 3}, {"is_vararg": 1}, {"max_stack_size": 9}, {"upvalues": ()}])
def test_the_shape_of_a_function_counts(change: dict[str, int]) -> None:
    proto = main_of(b"local function f(a) return b end").protos[0]
    assert exact_key(replace(proto, **change)) != exact_key(proto)  # type: ignore[arg-type]


def test_where_functions_nest_counts() -> None:
    leaf, pair = Proto(), Proto(protos=(Proto(), Proto()))
    assert exact_key(pair) != exact_key(Proto(protos=(Proto(protos=(leaf,)),)))


def shingles(proto: Proto) -> set[tuple[object, ...]]:
    """The set that a signature stands for, by the model's own views of instructions."""
    found: set[tuple[object, ...]] = set()
    for inner in proto.walk():
        row = []
        for word in inner.code:
            view = Instruction(word)
            rks = [
                rk.index if kind == "OpArgK" and rk.is_constant else None
                for kind, rk in ((view.opcode.b, view.rk_b), (view.opcode.c, view.rk_c))
            ]
            indices = [view.bx] if view.opcode.name == "LOADK" else rks
            row.append((view.opcode.name, *[None if i is None else exact(inner.constants[i]) for i in indices]))
        found |= {tuple(row[i : i + SHINGLE]) for i in range(max(1, len(row) - SHINGLE + 1))}
    return found


def test_a_signature_estimates_how_much_two_sets_of_shingles_share() -> None:
    lines = [f"t.f{i} = g({i}, 'text {i}') + {i * i}".encode() for i in range(300)]
    protos = [main_of(b"\n".join(lines[start : start + 100])) for start in (0, 10, 30, 60, 90, 150)]
    for one, other in combinations(protos, 2):
        mine, yours = shingles(one), shingles(other)
        expected = len(mine & yours) / len(mine | yours)
        assert similarity(signature(one), signature(other)) == pytest.approx(expected, abs=0.15)


def test_real_constructs_have_sets_of_the_same_size(lua_file: Path) -> None:
    """No two shingles fall together, and none is told apart that is the same."""
    proto = main_of(lua_file.read_bytes())
    hashes = np.unique(np.concatenate([part for inner in proto.walk() for part in fingerprint._shingles(inner)]))
    assert len(hashes) == len(shingles(proto))


def test_a_long_function_has_the_same_signature_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = main_of(SOURCE * 3)
    whole = signature(proto)
    for size in (1, 2, 7):
        monkeypatch.setattr(fingerprint, "_SLICE", size)
        assert (signature(proto) == whole).all()


def test_keys_and_signatures_are_those_of_another_process() -> None:
    code = (
        "import sys, aidec; from aidec.bytecode.fingerprint import *;"
        "main = aidec.load(aidec.compile(sys.stdin.buffer.read())).main;"
        "sys.stdout.buffer.write(exact_key(main) + signature(main).tobytes())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code], input=SOURCE, capture_output=True, check=True, env=environment
        )
        assert done.stdout == exact_key(main_of(SOURCE)) + signature(main_of(SOURCE)).tobytes()


@given(several=st.lists(chunks, max_size=5))
def test_signatures_of_several_functions_are_those_of_datasketch(several: list[Chunk]) -> None:
    found = signatures([chunk.main for chunk in several])
    assert found.shape == (len(several), NUM_PERM)
    for chunk, row in zip(several, found, strict=True):
        minhash = datasketch.MinHash(NUM_PERM, seed=1, scheme="affine32", hashfunc=int)
        for inner in chunk.main.walk():
            for part in fingerprint._shingles(inner):
                minhash.update_batch(part.tolist())
        assert (row == minhash.hashvalues).all()


def test_signatures_are_the_same_where_functions_go_beyond_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    protos = [main_of(SOURCE * count) for count in (1, 3, 2)]
    whole = signatures(protos)
    for size in (1, 2, 7, 50):
        monkeypatch.setattr(fingerprint, "_SLICE", size)
        assert (signatures(protos) == whole).all()


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(aidec.DatasetError, match=r"pip install 'aidec\[dataset\]'"):
        signature(Proto())
