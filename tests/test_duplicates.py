"""Clusters of similar functions: what is in one, and that the order makes no difference."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aidec.bytecode.fingerprint import NUM_PERM, similarity
from aidec.dataset import duplicates
from aidec.dataset.duplicates import Signatures, clusters


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


@pytest.mark.parametrize("threshold", [0.5, 0.8, 1.0])
def test_signatures_are_similar_to_those_that_comparing_all_finds(threshold: float) -> None:
    signatures = family(6, 300)
    ours = Signatures(signatures[:100], threshold)
    expected = np.array(
        [any(similarity(row, other) >= threshold for other in signatures[100:]) for row in signatures[:100]]
    )
    for part in np.split(signatures[100:], 4):
        ours.compare(part)
    assert 10 < np.count_nonzero(expected) < 100
    assert not (ours.is_similar & ~expected).any()
    assert np.count_nonzero(ours.is_similar) >= duplicates.RECALL * np.count_nonzero(expected)


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
