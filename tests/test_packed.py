"""Token shards for pretraining: what is written is read back, and what is none is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidec.common.errors import DatasetError
from aidec.dataset import packed


@given(st.lists(st.lists(st.integers(0, 70_000), max_size=9), max_size=5), st.sampled_from([37_010, 70_001]))
def test_documents_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, documents: list[list[int]], vocab_size: int
) -> None:
    documents = [[i % vocab_size for i in ids] for ids in documents]
    path = tmp_path_factory.mktemp("packed") / "shard.bin"
    with path.open("wb") as file:
        packed.write(file, [np.array(ids, dtype=np.uint32) for ids in documents], vocab_size)
    shard = packed.read(path)
    assert [ids.tolist() for ids in shard] == documents
    assert shard.tokens.dtype == (np.uint32 if vocab_size > 1 << 16 else np.uint16)
    assert shard.tokens.tolist() == [i for ids in documents for i in ids]


def test_the_header_is_as_it_is_documented(tmp_path: Path) -> None:
    path = tmp_path / "shard.bin"
    with path.open("wb") as file:
        packed.write(file, [np.array([5, 6, 7], dtype=np.uint32), np.array([8], dtype=np.uint32)], 300)
    data = path.read_bytes()
    assert data[:8] == b"AIDECTOK"
    assert struct.unpack_from("<IIQQQ", data, 8) == (1, 2, 300, 2, 4)
    assert data[40:64] == bytes(24)
    assert struct.unpack_from("<4H", data, 64) == (5, 6, 7, 8)
    assert struct.unpack_from("<3Q", data, 72) == (0, 3, 4)
    assert len(data) == 96


def test_what_is_no_shard_or_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shard.bin"
    with path.open("wb") as file:
        packed.write(file, [np.arange(9, dtype=np.uint32)], 300)
    whole = path.read_bytes()
    for data, expected in (
        (b"", "byte 0: not a shard of tokens"),
        (b"x" * 100, "byte 0: not a shard of tokens"),
        (whole[:8] + b"\2" + whole[9:], "byte 8: expected version 1"),
        (whole[:-1], f"expected {len(whole)} bytes, read {len(whole) - 1}"),
    ):
        path.write_bytes(data)
        with pytest.raises(DatasetError, match=expected):
            packed.read(path)
