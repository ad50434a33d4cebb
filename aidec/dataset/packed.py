"""Token shards for pretraining: all ids of a shard in one array in a file, to be mapped into memory.

The file, all numbers little-endian:

    offset  size  what
    0       8     the magic ``AIDECTOK``
    8       4     version: 1
    12      4     bytes a token: 2 (uint16) or 4 (uint32)
    16      8     size of the vocabulary: every token is less
    24      8     number of documents, D
    32      8     number of tokens, T
    40      24    zeros
    64      ...   the tokens, one document behind the other; zeros up to a multiple of 8
    ...     ...   D + 1 offsets of 8 bytes: where each document starts, in tokens, and T
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aidec.common.arguments import checked_path
from aidec.common.errors import DatasetError

MAGIC = b"AIDECTOK"
VERSION = 1
HEADER = struct.Struct("<8sIIQQQ24x")
DTYPES: dict[int, np.dtype[Any]] = {2: np.dtype("<u2"), 4: np.dtype("<u4")}


@dataclass(frozen=True, slots=True)
class Packed:
    """A shard of tokens.

    Attributes:
        tokens: all of them, of shape ``(T,)``, mapped into memory.
        offsets: of shape ``(D + 1,)``: document i is ``tokens[offsets[i] : offsets[i + 1]]``.
        vocab_size: every token is less.
    """

    tokens: NDArray[np.unsignedinteger]
    offsets: NDArray[np.uint64]
    vocab_size: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> NDArray[np.unsignedinteger]:
        if not 0 <= number < len(self):
            raise IndexError(f"document {number} of {len(self)}")
        return self.tokens[int(self.offsets[number]) : int(self.offsets[number + 1])]

    def __iter__(self) -> Iterator[NDArray[np.unsignedinteger]]:
        return (self[number] for number in range(len(self)))


def read(path: str | os.PathLike[str]) -> Packed:
    """Map a shard into memory.

    Raises:
        DatasetError: it is none, or is cut short.
        OSError: it can't be read.
    """
    path = checked_path("path", path, DatasetError)
    with open(path, "rb") as file:
        header = file.read(HEADER.size)
    if len(header) < HEADER.size or not header.startswith(MAGIC):
        raise DatasetError(f"{path}: byte 0: not a shard of tokens: expected {MAGIC.decode()}")
    _, version, width, vocab_size, num_documents, num_tokens = HEADER.unpack(header)
    if version != VERSION or width not in DTYPES:
        raise DatasetError(f"{path}: byte 8: expected version {VERSION} and 2 or 4 bytes, read {version} and {width}")
    start = HEADER.size + _padded(num_tokens * width)
    size = start + 8 * (num_documents + 1)
    if os.path.getsize(path) != size:
        raise DatasetError(f"{path}: expected {size:,} bytes, read {os.path.getsize(path):,}")
    whole = np.memmap(path, np.uint8, "r")
    tokens = whole[HEADER.size : HEADER.size + num_tokens * width].view(DTYPES[width])
    return Packed(tokens, whole[start:].view("<u8"), vocab_size)


def write(file: BinaryIO, documents: Iterable[NDArray[np.unsignedinteger]], vocab_size: int) -> None:
    """Write a shard to a file that can seek, one document after the other."""
    width = 2 if vocab_size <= 1 << 16 else 4
    file.write(bytes(HEADER.size))
    offsets = [0]
    for ids in documents:
        file.write(ids.astype(DTYPES[width]).tobytes())
        offsets.append(offsets[-1] + len(ids))
    file.write(bytes(_padded(offsets[-1] * width) - offsets[-1] * width))
    file.write(np.array(offsets, dtype="<u8").tobytes())
    file.seek(0)
    file.write(HEADER.pack(MAGIC, VERSION, width, vocab_size, len(offsets) - 1, offsets[-1]))


def _padded(size: int) -> int:
    return -(-size // 8) * 8


def is_packed(path: Path) -> bool:
    """Whether a file has the name of such a shard."""
    return path.suffix == ".bin"
