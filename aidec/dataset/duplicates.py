"""What is the same function as another, exactly or nearly, by its bytecode without debug information.

Names of locals, comments and layout leave no trace in what is compared, nor does the build of Lua, so that none of them
makes a twin of a test sample look like another function.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from aidec.bytecode import OPCODES, Constant, Proto
from aidec.common.errors import DatasetError
from aidec.common.extras import extra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Id = TypeVar("Id", str, bytes, int)

KEY_BYTES = 16
NUM_PERM = 128
SHINGLE = 4
"""How many instructions in a row make a shingle."""

RECALL = 0.99
"""How many of the pairs that are just as similar as the threshold meet in a bucket of ``clusters``."""

MAX_LEADERS = 256
"""With how many signatures those in a bucket are compared: time must not grow with the square of its size."""

_SLICE = 1 << 16
"""How many instructions, or shingles, are in the works at a time."""

_BITRK = 256
_SPREAD = 0x9E3779B97F4A7C15  # odd, its bits in no order: 2**64 divided by the golden ratio


def exact_key(proto: Proto) -> bytes:
    """16 bytes that are the same for the same function and, but for accidents of 1 in 2**64, for no other.

    What counts are instructions, constants to their bits, parameters, the size of the stack and the functions inside,
    with the places where those find their upvalues. The places where the outermost function finds its own don't count:
    they tell of the function around.
    """
    digest = blake2b(digest_size=KEY_BYTES)
    for inner in proto.walk():
        code = inner.code
        if sys.byteorder == "big":
            code = code[:]
            code.byteswap()
        sizes = (len(code), len(inner.constants), len(inner.upvalues), len(inner.protos))
        digest.update(struct.pack("<3B4Q", inner.num_params, inner.is_vararg, inner.max_stack_size, *sizes))
        digest.update(code.tobytes())
        for constant in inner.constants:
            digest.update(_spelled(constant))
        if inner is not proto:
            digest.update(bytes([place for upvalue in inner.upvalues for place in (upvalue.in_stack, upvalue.index)]))
    return digest.digest()


def signature(proto: Proto) -> NDArray[np.uint32]:
    """The MinHash of a function and those inside it: 128 numbers, as many of them equal as two functions are similar.

    The set that it stands for has every run of ``SHINGLE`` instructions, each as its opcode and its constants: no
    registers, no jump distances.

    Raises:
        DatasetError: the extra ``dataset`` is not installed.
    """
    import numpy as np

    minhash = _datasketch().MinHash(NUM_PERM, permutations=_permutations(), scheme="affine32", hashfunc=int)
    shingles = np.unique(np.concatenate([part for inner in proto.walk() for part in _shingles(inner)]))
    for start in range(0, len(shingles), _SLICE):
        minhash.update_batch(shingles[start : start + _SLICE].tolist())
    values: NDArray[np.uint32] = minhash.hashvalues
    return values


def similarity(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    """How similar two functions are, by their signatures: about the Jaccard similarity of their sets, 0 to 1."""
    return float((first == second).mean())


def clusters(ids: Sequence[Id], signatures: NDArray[np.uint32], threshold: float) -> dict[Id, Id]:
    """What is similar to what: for each id the smallest id of its cluster, its own where it is like no other.

    Locality-sensitive hashing finds ``RECALL`` or more of the pairs at the threshold, and nearly all that are more
    similar, and what it finds is compared. Clusters are closed: where a is like b, and b like c, the three are one. The
    result does not depend on the order of the ids.

    A million signatures take 512 MB; clustering them, with ids of 32 characters, took 160 MB more, and 17 s.

    Args:
        ids: distinct ids.
        signatures: their signatures, an array of shape ``(len(ids), NUM_PERM)``.
        threshold: the least similarity, above 0 and at most 1.

    Raises:
        ValueError: the ids are not distinct, or the shape or the threshold is another.
    """
    import numpy as np

    if signatures.shape != (len(ids), NUM_PERM) or len(set(ids)) != len(ids):
        raise ValueError(f"expected {len(ids)} distinct ids and as many signatures, read {signatures.shape}")
    if not 0 < threshold <= 1:
        raise ValueError(f"expected a threshold above 0 and at most 1, read {threshold}")
    by_rank = sorted(range(len(ids)), key=ids.__getitem__)
    ranked = np.array(by_rank, dtype=np.intp)
    first = list(range(len(ids)))  # of a rank: a smaller rank in its cluster, or itself

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


def _buckets(signatures: NDArray[np.uint32], ranked: NDArray[np.intp], threshold: float) -> Iterator[NDArray[np.intp]]:
    """The ranks whose signatures agree in a band, band by band, in order of rank."""
    import numpy as np

    num_rows = _rows(threshold)
    for start in range(0, NUM_PERM - num_rows + 1, num_rows):
        key = np.zeros(len(ranked), dtype=np.uint64)
        for column in range(start, start + num_rows):
            key = (key + signatures[:, column][ranked]) * np.uint64(_SPREAD)
            key ^= key >> np.uint64(29)
        order = np.argsort(key, kind="stable")
        ends = np.flatnonzero(np.diff(key[order])) + 1
        starts = np.concatenate([[0], ends])
        ends = np.concatenate([ends, [len(order)]])
        for i in np.flatnonzero(ends - starts > 1):
            yield order[starts[i] : ends[i]]


def _rows(threshold: float) -> int:
    """How many of a signature's numbers must agree for two to meet: the most with which ``RECALL`` is kept."""
    return max(
        (
            num_rows
            for num_rows in range(1, NUM_PERM + 1)
            if 1 - (1 - threshold**num_rows) ** (NUM_PERM // num_rows) >= RECALL
        ),
        default=1,
    )


def _spelled(constant: Constant) -> bytes:
    """The type and the bits of a constant, with its length where that is open."""
    if constant is None:
        return b"n"
    if isinstance(constant, bool):
        return b"t" if constant else b"f"
    if isinstance(constant, int):
        return b"i" + (constant & (1 << 64) - 1).to_bytes(8, "little")
    if isinstance(constant, float):
        return b"d" + struct.pack("<d", constant)
    return b"s" + len(constant).to_bytes(8, "little") + constant


def _shingles(proto: Proto) -> Iterator[NDArray[np.uint32]]:
    """The hashes of a function's shingles, but for those of functions inside; a short function is one shingle."""
    import numpy as np

    spread = np.uint64(_SPREAD)
    hashes = [int.from_bytes(blake2b(_spelled(value), digest_size=8).digest(), "little") for value in proto.constants]
    constants = np.array([*hashes, 0], dtype=np.uint64)
    code = np.frombuffer(proto.code, dtype=np.uint32) if proto.code else np.zeros(0, dtype=np.uint32)
    length = min(SHINGLE, len(code))
    for start in range(0, max(len(code) - length + 1, 1), _SLICE):
        words = code[start : start + _SLICE + length - 1]
        token = (words & 0x3F).astype(np.uint64)
        for index in _constant_indices(words):
            token = (token + constants[np.minimum(index, len(hashes))]) * spread
            token ^= token >> np.uint64(32)
        count = len(words) - length + 1
        shingle = np.full(count, length, dtype=np.uint64)
        for i in range(length):
            shingle = (shingle + token[i : i + count]) * spread
            shingle ^= shingle >> np.uint64(29)
        yield (shingle >> np.uint64(32)).astype(np.uint32)


def _constant_indices(words: NDArray[np.uint32]) -> Iterator[NDArray[np.uint32]]:
    """Which constants words refer to, by operand B or Bx and by operand C; beyond all constants where to none."""
    import numpy as np

    kinds = _kinds_of_operands()[words & 0x3F]
    none = np.uint32(1 << 31)
    b, c = words >> 23, words >> 14 & 0x1FF
    by_b = np.where((kinds & 1 != 0) & (b >= _BITRK), b - _BITRK, none)
    yield np.where(kinds & 4 != 0, words >> 14, by_b)
    yield np.where((kinds & 2 != 0) & (c >= _BITRK), c - _BITRK, none)


@lru_cache(maxsize=1)
def _kinds_of_operands() -> NDArray[np.uint8]:
    """For each opcode, 1 where its B, 2 where its C is a register or a constant, 4 where its Bx is a constant."""
    import numpy as np

    is_abc = [opcode.mode == "iABC" for opcode in OPCODES]
    return np.array(
        [
            (opcode.b == "OpArgK" and (1 if abc else 4)) | (opcode.c == "OpArgK" and abc and 2)
            for opcode, abc in zip(OPCODES, is_abc, strict=True)
        ],
        dtype=np.uint8,
    )


@lru_cache(maxsize=1)
def _permutations() -> NDArray[np.uint32]:
    """The permutations of all signatures, made of a seed."""
    permutations: NDArray[np.uint32] = _datasketch().MinHash(NUM_PERM, seed=1, scheme="affine32").permutations
    return permutations


def _datasketch() -> ModuleType:
    with extra("dataset", "near-duplicates need", DatasetError):
        return import_module("datasketch")
