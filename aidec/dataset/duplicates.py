"""Which functions, or texts, are alike, by their signatures (``aidec.bytecode.fingerprint``): clusters of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from aidec.bytecode.fingerprint import NUM_PERM

Id = TypeVar("Id", str, bytes, int)

RECALL = 0.99
"""How many of the pairs that are just as similar as the threshold meet in a bucket of ``clusters``."""

MAX_LEADERS = 256
"""How many signatures of a bucket the others are compared with: time must not grow with the square of its size."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits in no order: 2**64 divided by the golden ratio


_TOKENS = re.compile(rb"\w+|[^\w\s]")
TEXT_SHINGLE = 5
"""How many tokens in a row make a shingle of a text."""


def text_shingles(text: bytes) -> NDArray[np.uint32]:
    """The hashes of all runs of ``TEXT_SHINGLE`` tokens of a text, ascending, each once; of a shorter text just one.

    Tokens are words and single signs, so that white space counts for nothing.
    """
    tokens = np.array([crc32(token) for token in _TOKENS.findall(text)], dtype=np.uint64)
    length = min(TEXT_SHINGLE, len(tokens))
    found = np.zeros(len(tokens) - length + 1, dtype=np.uint64)
    for i in range(length):
        found = (found + tokens[i : i + len(found)]) * _SPREAD
        found ^= found >> np.uint64(29)
    return np.unique((found >> np.uint64(32)).astype(np.uint32))


def clusters(ids: Sequence[Id], signatures: NDArray[np.uint32], threshold: float) -> dict[Id, Id]:
    """For each id the smallest id of its cluster, which is its own if it is similar to no other.

    Locality-sensitive hashing finds ``RECALL`` or more of the pairs at the threshold, and nearly all that are more
    similar; the signatures of these pairs are then compared. If a is similar to b, and b to c, all three are in one
    cluster. The result does not depend on the order of the ids.

    A million signatures take 512 MB; clustering them, with ids of 32 characters, took 160 MB more, and 17 s.

    Args:
        ids: distinct ids.
        signatures: their signatures, an array of shape ``(len(ids), NUM_PERM)``.
        threshold: the least similarity, above 0 and at most 1.

    Raises:
        ValueError: the ids are not distinct, or the shape or the threshold is wrong.
    """
    if signatures.shape != (len(ids), NUM_PERM) or len(set(ids)) != len(ids):
        raise ValueError(f"expected {len(ids)} distinct ids and as many signatures, read {signatures.shape}")
    if not 0 < threshold <= 1:
        raise ValueError(f"expected a threshold above 0 and at most 1, read {threshold}")
    by_rank = sorted(range(len(ids)), key=ids.__getitem__)
    ranked = np.array(by_rank, dtype=np.intp)
    first = list(range(len(ids)))  # for each rank, a smaller rank in its cluster, or itself

    def find(rank: int) -> int:
        while first[rank] != rank:
            first[rank] = rank = first[first[rank]]
        return rank

    for bucket in _buckets(signatures, ranked, threshold):
        if len({find(rank) for rank in bucket.tolist()}) == 1:
            continue
        rest = bucket
        for _ in range(MAX_LEADERS):
            leader, others = int(rest[0]), rest[1:]
            equal = np.count_nonzero(signatures[ranked[others]] == signatures[ranked[leader]], axis=1)
            is_like = equal >= threshold * NUM_PERM
            for rank in others[is_like].tolist():
                low, high = sorted((find(leader), find(rank)))
                first[high] = low
            rest = others[equal < NUM_PERM]
            if len(rest) < 2 or is_like.all():
                break
    return {ids[by_rank[rank]]: ids[by_rank[find(rank)]] for rank in range(len(ids))}


class Signatures:
    """Signatures that others are compared with, found as ``clusters`` finds them; memory does not grow with the others.

    Attributes:
        is_similar: for each signature whether one of the others so far is similar.

    Args:
        signatures: an array of shape ``(n, NUM_PERM)``.
        threshold: the least similarity, above 0 and at most 1.
    """

    def __init__(self, signatures: NDArray[np.uint32], threshold: float) -> None:
        self.is_similar = np.zeros(len(signatures), dtype=bool)
        self._signatures = signatures
        self._least = threshold * NUM_PERM
        self._bands = []
        for band in _bands(threshold):
            keys = _band_keys(signatures, band)
            order = np.argsort(keys, kind="stable")
            self._bands.append((band, keys[order], order))

    def compare(self, others: NDArray[np.uint32]) -> None:
        """Find out which of the signatures are similar to others."""
        distinct = others[np.unique(_band_keys(others, range(NUM_PERM)), return_index=True)[1]]
        for band, keys, order in self._bands:
            found = _band_keys(distinct, band)
            first, last = np.searchsorted(keys, found, "left"), np.searchsorted(keys, found, "right")
            for row in np.flatnonzero(last > first).tolist():
                bucket = order[first[row] : last[row]]
                bucket = bucket[~self.is_similar[bucket]][:MAX_LEADERS]
                equal = np.count_nonzero(self._signatures[bucket] == distinct[row], axis=1)
                self.is_similar[bucket[equal >= self._least]] = True


class Shared:
    """Sets of hashes, of which those are found that another has much in common with: exactly, and not by signatures.

    Time goes with what is in common, and memory with the sets: 12 bytes a hash.

    Args:
        sets: the sets, each ascending and each hash once.
    """

    def __init__(self, sets: Sequence[NDArray[np.uint32]]) -> None:
        self._sizes = np.array([len(each) for each in sets], dtype=np.int64)
        hashes = np.concatenate([np.zeros(0, dtype=np.uint32), *sets])
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._owners = np.repeat(np.arange(len(sets)), self._sizes)[order]

    def most_of(self, other: NDArray[np.uint32]) -> tuple[int, float]:
        """The set that another has the largest share of, by its index, and the share; the share is 0 where none is."""
        return _largest(self._common(other) / np.maximum(self._sizes, 1))

    def most_like(self, other: NDArray[np.uint32]) -> tuple[int, float]:
        """The set that is most like another, by its index, and the share of the larger one that both have."""
        return _largest(self._common(other) / np.maximum(self._sizes, max(len(other), 1)))

    def _common(self, other: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How many hashes each set has in common with another."""
        first, last = (np.searchsorted(self._hashes, other, side) for side in ("left", "right"))
        is_there = last > first
        counts = (last - first)[is_there]
        places = np.repeat(first[is_there] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        return np.bincount(self._owners[places], minlength=len(self._sizes))


def _largest(values: NDArray[np.float64]) -> tuple[int, float]:
    """The index of the largest value, the first of equal ones, and the value; 0 and 0 for none."""
    at = int(np.argmax(values)) if len(values) else 0
    return at, float(values[at]) if len(values) else 0.0


def _buckets(signatures: NDArray[np.uint32], ranked: NDArray[np.intp], threshold: float) -> Iterator[NDArray[np.intp]]:
    """Sets of ranks whose signatures are equal in a band, band by band; ranks ascend."""
    for band in _bands(threshold):
        key = _band_keys(signatures, band)[ranked]
        order = np.argsort(key, kind="stable")
        ends = np.flatnonzero(np.diff(key[order])) + 1
        starts = np.concatenate([[0], ends])
        ends = np.concatenate([ends, [len(order)]])
        for i in np.flatnonzero(ends - starts > 1):
            yield order[starts[i] : ends[i]]


def _bands(threshold: float) -> Iterator[range]:
    """The columns of each band."""
    num_rows = _rows(threshold)
    for start in range(0, NUM_PERM - num_rows + 1, num_rows):
        yield range(start, start + num_rows)


def _band_keys(signatures: NDArray[np.uint32], columns: range) -> NDArray[np.uint64]:
    """A hash of some columns of each signature."""
    keys = np.zeros(len(signatures), dtype=np.uint64)
    for column in columns:
        keys = (keys + signatures[:, column]) * _SPREAD
        keys ^= keys >> np.uint64(29)
    return keys


def _rows(threshold: float) -> int:
    """How many numbers of a signature make a band: the most with which ``RECALL`` is kept."""
    return max(
        (
            num_rows
            for num_rows in range(1, NUM_PERM + 1)
            if 1 - (1 - threshold**num_rows) ** (NUM_PERM // num_rows) >= RECALL
        ),
        default=1,
    )
