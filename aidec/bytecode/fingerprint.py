"""What a function is recognised by, with debug information left out: an exact key, and a MinHash for similar code.

Names of locals, comments, layout and the build of Lua change neither, so that a function is found again whatever its
source looks like.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from aidec.bytecode.instruction import BITRK
from aidec.bytecode.model import Constant, Proto
from aidec.bytecode.opcodes import OPCODES
from aidec.common.errors import DatasetError
from aidec.common.extras import extra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY_BYTES = 16
NUM_PERM = 128
SHINGLE = 4
"""How many instructions in a row make a shingle."""

_SLICE = 1 << 16
"""How many instructions, or shingles, are worked on at a time."""

_SPREAD = 0x9E3779B97F4A7C15  # odd, its bits in no order: 2**64 divided by the golden ratio


class FunctionKey(NamedTuple):
    """What a function, or one inside it, is recognised by.

    Attributes:
        key: its exact key.
        instructions: how many instructions it has, those of functions inside it too.
        own: how many it has without them.
    """

    key: bytes
    instructions: int
    own: int


def exact_key(proto: Proto) -> bytes:
    """16 bytes, equal for equal functions and, but for accidents of 1 in 2**64, different for different ones.

    Instructions count, constants to their bits, parameters, the size of the stack and the functions inside, with the
    places where these find their upvalues. Where the outermost function finds its own does not count: that depends on
    the function around it.
    """
    digest = blake2b(digest_size=KEY_BYTES)
    for inner in proto.walk():
        digest.update(_content(inner))
        if inner is not proto:
            digest.update(_places(inner))
    return digest.digest()


def exact_keys(proto: Proto) -> list[FunctionKey]:
    """The exact keys of a function and of all functions inside it, in the order of ``Proto.walk``.

    Each is what ``exact_key`` returns, in less time.
    """
    found = list(proto.walk())
    contents = [_content(inner) for inner in found]
    placed = [content + _places(inner) for content, inner in zip(contents, found, strict=True)]
    keys = []
    sizes: list[tuple[int, int]] = []  # of the functions not yet inside another: how many they are, and instructions
    for at in reversed(range(len(found))):
        count, instructions = 1, len(found[at].code)
        for _ in found[at].protos:
            inner_count, inner_instructions = sizes.pop()
            count, instructions = count + inner_count, instructions + inner_instructions
        sizes.append((count, instructions))
        digest = blake2b(contents[at], digest_size=KEY_BYTES)
        for content in placed[at + 1 : at + count]:
            digest.update(content)
        keys.append(FunctionKey(digest.digest(), instructions, len(found[at].code)))
    return keys[::-1]


def signature(proto: Proto) -> NDArray[np.uint32]:
    """The MinHash of a function and those inside it, of shape ``(NUM_PERM,)``: see ``signatures``.

    Raises:
        DatasetError: the extra ``dataset`` is not installed.
    """
    values: NDArray[np.uint32] = signatures([proto])[0]
    return values


def signatures(protos: Sequence[Proto]) -> NDArray[np.uint32]:
    """The MinHashes of functions, of shape ``(len(protos), NUM_PERM)``.

    A MinHash stands for a set: every run of ``SHINGLE`` instructions of the function and of those inside it, each
    instruction as its opcode and its constants, without registers and jump distances. The share of equal numbers in two
    of them estimates how much of the sets is common. The numbers are those of ``datasketch.MinHash`` with its scheme
    ``affine32``.

    Raises:
        DatasetError: the extra ``dataset`` is not installed.
    """
    return minhashes([shingles(proto) for proto in protos])


def shingles(proto: Proto) -> NDArray[np.uint32]:
    """The hashes of the shingles of a function and of those inside it, ascending, each once: see ``signatures``.

    Raises:
        DatasetError: the extra ``dataset`` is not installed.
    """
    with extra("dataset", "near-duplicates need", DatasetError):
        import numpy as np

    found: NDArray[np.uint32] = np.unique(np.concatenate([part for inner in proto.walk() for part in _shingles(inner)]))
    return found


def minhashes(sets: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """The MinHashes of sets of hashes, none of which is empty, of shape ``(len(sets), NUM_PERM)``: see ``signatures``.

    Raises:
        DatasetError: the extra ``dataset`` is not installed.
    """
    with extra("dataset", "near-duplicates need", DatasetError):
        import numpy as np

    multipliers, summands = _permutations()
    values = np.full((NUM_PERM, len(sets)), (1 << 32) - 1, dtype=np.uint32)
    if not len(sets):
        return values.T
    starts = np.cumsum([0, *map(len, sets)])
    hashes = _mixed(np.concatenate(sets))
    for start in range(0, len(hashes), _SLICE):
        part = hashes[start : start + _SLICE]
        # The functions that have shingles here, and where each begins
        first = np.searchsorted(starts, start, "right") - 1
        last = np.searchsorted(starts, start + len(part), "left")
        begins = np.maximum(starts[first:last], start) - start
        here = values[:, first:last]
        for row, multiplier, summand in zip(here, multipliers, summands, strict=True):
            np.minimum(row, np.minimum.reduceat(part * multiplier + summand, begins), out=row)
    return np.ascontiguousarray(values.T)


def similarity(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    """How similar two functions are, 0 to 1: the Jaccard similarity of their sets, estimated from their signatures."""
    return float((first == second).mean())


def _mixed(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hashes whose bits depend on all bits of the ones given: the finalizer of MurmurHash3."""
    import numpy as np

    mixed = (hashes ^ hashes >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    mixed = (mixed ^ mixed >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    result: NDArray[np.uint32] = mixed ^ mixed >> np.uint32(16)
    return result


def _content(proto: Proto) -> bytes:
    """What counts of a function, without the functions inside it."""
    code = proto.code
    if sys.byteorder == "big":
        code = code[:]
        code.byteswap()
    sizes = (len(code), len(proto.constants), len(proto.upvalues), len(proto.protos))
    head = struct.pack("<3B4Q", proto.num_params, proto.is_vararg, proto.max_stack_size, *sizes)
    return b"".join([head, code.tobytes(), *map(_spelled, proto.constants)])


def _places(proto: Proto) -> bytes:
    """Where a function finds its upvalues."""
    return bytes([place for upvalue in proto.upvalues for place in (upvalue.in_stack, upvalue.index)])


def _spelled(constant: Constant) -> bytes:
    """The type and the bits of a constant; for a string also its length."""
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
    """The hashes of a function's own shingles, in slices; a function of fewer than ``SHINGLE`` instructions is one."""
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
    """The indices of the constants that words use: by operand B or Bx, then by operand C; 2**31 where there is none."""
    import numpy as np

    kinds = _kinds_of_operands()[words & 0x3F]
    none = np.uint32(1 << 31)
    b, c = words >> 23, words >> 14 & 0x1FF
    by_b = np.where((kinds & 1 != 0) & (b >= BITRK), b - BITRK, none)
    yield np.where(kinds & 4 != 0, words >> 14, by_b)
    yield np.where((kinds & 2 != 0) & (c >= BITRK), c - BITRK, none)


@lru_cache(maxsize=1)
def _kinds_of_operands() -> NDArray[np.uint8]:
    """Flags for each opcode: 1 where B is a register or a constant, 2 where C is one, 4 where Bx is a constant."""
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
    """The permutations of all signatures, of shape ``(2, NUM_PERM)``: multipliers and summands."""
    import numpy as np

    # As datasketch has them (minhash.py: _init_permutations), which takes longer to import than a small build takes
    random = np.random.RandomState(1)
    multipliers = random.randint(0, 1 << 31, NUM_PERM, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return np.array([multipliers, random.randint(0, 1 << 32, NUM_PERM, dtype=np.uint32)])
