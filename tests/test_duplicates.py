"""Twins: what counts as the same function, what as nearly the same, and that order and process make no difference."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import chunks, constants

import aidec
from aidec.bytecode import Chunk, Header, Instruction, Proto, dump, exact, load, strip
from aidec.dataset import duplicates
from aidec.dataset.duplicates import NUM_PERM, SHINGLE, clusters, exact_key, signature, similarity

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
    hashes = np.unique(np.concatenate([part for inner in proto.walk() for part in duplicates._shingles(inner)]))
    assert len(hashes) == len(shingles(proto))


def test_a_long_function_has_the_same_signature_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = main_of(SOURCE * 3)
    whole = signature(proto)
    for size in (1, 2, 7):
        monkeypatch.setattr(duplicates, "_SLICE", size)
        assert (signature(proto) == whole).all()


def test_keys_and_signatures_are_those_of_another_process() -> None:
    code = (
        "import sys, aidec; from aidec.dataset.duplicates import *;"
        "main = aidec.load(aidec.compile(sys.stdin.buffer.read())).main;"
        "sys.stdout.buffer.write(exact_key(main) + signature(main).tobytes())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code], input=SOURCE, capture_output=True, check=True, env=environment
        )
        assert done.stdout == exact_key(main_of(SOURCE)) + signature(main_of(SOURCE)).tobytes()


# Clusters


def family(seed: int, size: int) -> NDArray[np.uint32]:
    """Signatures of which some are like others, to all degrees."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 1 << 32, (size, NUM_PERM), dtype=np.uint32)
    for number in range(1, size):
        kept = rng.permutation(NUM_PERM)[rng.choice([0, 5, 15, 25, 40, NUM_PERM]) :]
        rows[number, kept] = rows[rng.integers(number), kept]
    return rows


def by_comparing_all(ids: list[str], signatures: NDArray[np.uint32], threshold: float) -> dict[str, str]:
    cluster = {name: {name} for name in ids}
    for i, j in combinations(range(len(ids)), 2):
        if similarity(signatures[i], signatures[j]) >= threshold:
            joined = cluster[ids[i]] | cluster[ids[j]]
            cluster.update(dict.fromkeys(joined, joined))
    return {name: min(members) for name, members in cluster.items()}


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 1.0])
def test_clusters_are_those_of_comparing_all_with_all(threshold: float) -> None:
    signatures = family(1, 200)
    ids = [f"{number:03}" for number in range(200)]
    found, expected = clusters(ids, signatures, threshold), by_comparing_all(ids, signatures, threshold)
    alike = [
        (ids[i], ids[j])
        for i, j in combinations(range(200), 2)
        if similarity(signatures[i], signatures[j]) >= threshold
    ]
    assert alike
    assert sum(found[one] == found[other] for one, other in alike) >= duplicates.RECALL * len(alike)
    assert all(expected[one] == expected[other] for one, other in combinations(ids, 2) if found[one] == found[other])


def test_what_datasketch_finds_similar_is_in_one_cluster() -> None:
    signatures = family(2, 200)
    ids = [f"{number:03}" for number in range(200)]
    found = clusters(ids, signatures, 0.8)
    index = datasketch.MinHashLSH(0.8, NUM_PERM)
    sketches = [datasketch.MinHash(hashvalues=row, scheme="affine32") for row in signatures]
    pairs = []
    for name, sketch in zip(ids, sketches, strict=True):
        near = [other for other in index.query(sketch) if sketch.jaccard(sketches[int(other)]) >= 0.8]
        pairs += [found[name] == found[other] for other in near]
        index.insert(name, sketch)
    assert len(pairs) > 50
    assert sum(pairs) >= duplicates.RECALL * len(pairs)


@given(order=st.permutations(range(40)))
def test_clusters_do_not_depend_on_the_order(order: list[int]) -> None:
    signatures = family(3, 40)
    ids = [f"{number * 7919 % 40:02}" for number in range(40)]
    assert clusters([ids[i] for i in order], signatures[order], 0.7) == clusters(ids, signatures, 0.7)


def test_a_cluster_is_named_by_its_smallest_id() -> None:
    row = family(4, 1)[0]
    found = clusters(["c", "b", "a", "d"], np.array([row, row, ~row, row]), 0.8)
    assert found == {"a": "a", "b": "b", "c": "b", "d": "b"}


def test_a_bucket_of_many_that_are_not_alike_takes_no_time_of_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    signatures = np.random.default_rng(5).integers(0, 1 << 32, (3000, NUM_PERM), dtype=np.uint32)
    signatures[:, :40] = 7
    compared: list[int] = []
    count = np.count_nonzero

    def counting(values: NDArray[np.bool_], axis: int) -> Any:
        compared.append(len(values))
        return count(values, axis=axis)

    monkeypatch.setattr(np, "count_nonzero", counting)
    assert clusters(range(3000), signatures, 0.8) == {number: number for number in range(3000)}
    assert 0 < sum(compared) < 3000 * duplicates.MAX_LEADERS * 6


def test_nothing_has_no_clusters() -> None:
    assert clusters([], np.zeros((0, NUM_PERM), dtype=np.uint32), 0.8) == {}


@pytest.mark.parametrize(
    ("ids", "shape", "threshold"),
    [(["a", "a"], (2, NUM_PERM), 0.8), (["a"], (2, NUM_PERM), 0.8), (["a"], (1, 64), 0.8), (["a"], (1, NUM_PERM), 0)],
)
def test_wrong_use_is_an_error(ids: list[str], shape: tuple[int, int], threshold: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        clusters(ids, np.zeros(shape, dtype=np.uint32), threshold)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasketch", None)
    duplicates._permutations.cache_clear()
    with pytest.raises(aidec.DatasetError, match=r"pip install 'aidec\[dataset\]'"):
        signature(Proto())
