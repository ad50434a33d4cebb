"""What the benchmarks compare is the same on both sides, and their sums are right. Nothing here is timed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import plain
import pytest
from conftest import LUA_FILES
from hypothesis import given
from strategies import chunks
from uncached import UncachedRenderer

import aidec
from aidec.bytecode import Chunk
from aidec.packs.pack import SHIPPED

PACKS = sorted(path.parent.name for path in SHIPPED.glob("*/pack.yaml"))

uncached = cache(UncachedRenderer)


def test_the_plain_way_makes_classic_of_a_source(lua_file: Path) -> None:
    data = aidec.compile(lua_file.read_bytes(), name=f"@{lua_file.name}")
    assert plain.text(data) == aidec.render(aidec.load(data))


def test_the_plain_way_makes_classic_of_a_stripped_source(lua_file: Path) -> None:
    data = aidec.compile(lua_file.read_bytes(), strip=True)
    assert plain.text(data) == aidec.render(aidec.load(data))


@given(chunk=chunks)
def test_the_plain_way_makes_classic_of_any_chunk(chunk: Chunk) -> None:
    assert plain.text(aidec.dump(chunk)) == aidec.render(chunk)


def test_the_plain_way_refuses_what_is_no_chunk() -> None:
    with pytest.raises(ValueError, match="not a chunk of Lua"):
        plain.text(b"\x1bLua\x54")


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_without_memory_prints_the_same(pack: str) -> None:
    for path in LUA_FILES:
        data = aidec.compile(path.read_bytes(), name=f"@{path.name}")
        assert uncached(pack).text(data) == aidec.render(aidec.load(data), pack), path.name


@pytest.mark.parametrize("pack", PACKS)
@given(chunk=chunks)
def test_a_pack_without_memory_prints_the_same_of_any_chunk(pack: str, chunk: Chunk) -> None:
    assert uncached(pack).render(chunk) == aidec.render(chunk, pack)
