"""Packs in the user's cache: what is taken from there is what would be made anew, or it is not taken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import aidec
from aidec.packs import Renderer, load_pack, pack_cache, pack_loader
from aidec.packs.pack import SHIPPED

CHUNK = aidec.load(aidec.compile("local a = 1; while a do a = a + 1 end", name="@x.lua"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "aidec" / "packs"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of one's own that extends another."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "pack.yaml").write_text("description: my own\nextends: compact\n")
    (folder / "chunk.j2").write_text("one {{ main }}")
    return folder


def text(pack: Path) -> str:
    """What a new process renders with a pack."""
    pack_loader._LOADED.clear()
    return Renderer(load_pack(pack)).render(CHUNK)


def is_taken(pack: Path) -> bool:
    """Whether a new process takes the pack from the cache."""
    return pack_cache.read(str(pack)) is not None


@pytest.mark.parametrize("pack", ["classic", "compact", "json"])
def test_a_second_start_needs_neither_yaml_nor_jinja2(pack: str, cache: Path) -> None:
    code = (
        "import aidec, sys; text = aidec.render(aidec.load(sys.stdin.buffer.read()), sys.argv[1]);"
        "print([name for name in ('jinja2', 'yaml') if name in sys.modules]); print(text)"
    )
    made = [
        subprocess.run([sys.executable, "-c", code, pack], input=aidec.dump(CHUNK), capture_output=True, check=True)
        for _ in range(2)
    ]
    first, second = [run.stdout.decode().split("\n", 1) for run in made]
    assert (first[0], second[0]) == ("['jinja2', 'yaml']", "[]")
    assert first[1] == second[1] == aidec.render(CHUNK, pack) + "\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda pack: (pack / "chunk.j2").write_text("two {{ main }}"),
        lambda pack: (pack / "main.j2").write_text("a template that nobody uses"),
        lambda pack: (pack / "pack.yaml").write_text("description: another\nextends: classic\n"),
    ],
    ids=["a template", "a new file", "pack.yaml"],
)
def test_a_pack_that_changed_is_loaded_anew(change: Callable[[Path], object], pack: Path, cache: Path) -> None:
    before = text(pack)
    assert is_taken(pack)
    change(pack)
    assert not is_taken(pack)
    shutil.rmtree(cache)
    fresh = text(pack)
    assert (fresh == before) == ((pack / "main.j2").exists())
    assert text(pack) == fresh


def test_plans_of_files_that_changed_meanwhile_are_not_kept(pack: Path, cache: Path) -> None:
    loaded = load_pack(pack)
    (pack / "chunk.j2").write_text("two {{ main }}")
    Renderer(loaded)
    assert not is_taken(pack)
    assert text(pack).startswith("two ")


def test_a_pack_that_comes_to_stand_in_for_the_one_extended_is_noticed(
    pack: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = text(pack)
    shutil.copytree(SHIPPED / "compact", tmp_path / "others" / "compact")
    (tmp_path / "others" / "compact" / "proto.j2").write_text("<|function|>")
    monkeypatch.setenv("AIDEC_PACK_PATH", str(tmp_path / "others"))
    assert text(pack) == "one <|function|>" != before


@pytest.mark.parametrize("damage", [lambda data: data[:-7], lambda data: data[:99] + b"?" + data[100:], lambda _: b""])
def test_a_damaged_file_is_as_if_it_were_not_there(damage: Callable[[bytes], bytes], pack: Path, cache: Path) -> None:
    before = text(pack)
    for file in cache.iterdir():
        file.write_bytes(damage(file.read_bytes()))
    assert not is_taken(pack)
    assert text(pack) == before
    assert is_taken(pack)


def test_what_others_can_write_is_not_taken(pack: Path, cache: Path) -> None:
    text(pack)
    for place in (*cache.iterdir(), cache):
        place.chmod(0o777)
        assert not is_taken(pack)
        place.chmod(0o700)
        assert is_taken(pack)


def test_nothing_is_written_where_others_can_write(pack: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    text(pack)
    assert list(cache.iterdir()) == []


def test_without_a_place_for_the_cache_all_is_the_same(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert text(pack).startswith("one ")
    assert not is_taken(pack)


def test_only_the_packs_written_last_are_kept(pack: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_cache, "MOST_PACKS", 2)
    for number in range(4):
        shutil.copytree(pack, pack.with_name(f"own{number}"))
        text(pack.with_name(f"own{number}"))
    assert [is_taken(pack.with_name(f"own{number}")) for number in range(4)] == [False, False, True, True]
