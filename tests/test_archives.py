"""Archives: their Lua members are texts, whatever packs them; what is damaged is told, and the rest goes on."""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from aidec.sources import Document, archives, documents

MEMBERS = {
    "top/b.lua": b"b = '\xff'",
    "top/a.lua": b"a = 1",
    "top/readme.md": b"# no",
    "top/deep/er/c.lua": b"",
    "d.lua": b"d = 4",
}
TEXTS = [(name, text) for name, text in MEMBERS.items() if name.endswith(".lua")]
TARS = ["a.tar", "a.tar.gz", "a.tgz", "a.tar.xz", "a.tar.zst"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(*sources: str) -> tuple[list[Document], list[str]]:
    told: list[str] = []
    return list(documents(sources, told.append)), told


def write(path: str, members: Mapping[str, bytes] = MEMBERS) -> None:
    """Let the system's own tar, or zipfile, make an archive."""
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        return
    for name, text in members.items():
        Path("tree", name).parent.mkdir(parents=True, exist_ok=True)
        Path("tree", name).write_bytes(text)
    subprocess.run(["tar", "-C", "tree", "-cf", "plain.tar", *members], check=True)
    content = Path("plain.tar").read_bytes()
    for pack, endings in ((gzip.compress, ("gz", "tgz")), (lzma.compress, ("xz",)), (compress_zstandard, ("zst",))):
        content = pack(content) if path.endswith(endings) else content
    Path(path).write_bytes(content)
    shutil.rmtree("tree")


def compress_zstandard(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


@pytest.mark.parametrize("path", [*TARS, "a.zip"])
def test_each_lua_member_is_a_text_whose_origin_names_it(path: str) -> None:
    write(path)
    found, told = read(path)
    assert [(document.origin, document.data) for document in found] == [
        (f"{path}:{name}", text) for name, text in TEXTS
    ]
    assert told == []


@pytest.mark.parametrize("path", ["lua-5.3.tar.gz", "lua-5.3.zip"])
def test_a_member_belongs_to_the_top_folder_or_else_to_the_archive(path: str) -> None:
    write(path, {**MEMBERS, "./other/x.lua": b""})
    assert [document.repository for document in read(path)[0]] == ["top", "top", "top", "lua-5", "other"]


@pytest.mark.parametrize("path", ["a.tar", "a.zip"])
def test_the_licence_of_a_member_is_in_the_archive_wherever_it_stands(path: str) -> None:
    mit = Path(__file__).parents[1].joinpath("LICENSE").read_bytes()
    write(
        path, {"one/src/a.lua": b"", "two/b.lua": b"-- SPDX-License-Identifier: Zlib", "c.lua": b"", "one/LICENSE": mit}
    )
    assert [document.licence for document in read(path)[0]] == ["MIT", "Zlib", None]


@pytest.mark.parametrize("path", ["a.tar", "a.zip"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_the_same_name_have_origins_of_their_own(path: str) -> None:
    if path == "a.tar":
        with tarfile.open(path, "w") as archive:
            for text in (b"1", b"2"):
                header = tarfile.TarInfo("x.lua")
                header.size = 1
                archive.addfile(header, io.BytesIO(text))
    else:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("x.lua", "1")
            packed.writestr("x.lua", "2")
    assert [(one.origin, one.data) for one in read(path)[0]] == [(f"{path}:x.lua", b"1"), (f"{path}:x.lua#2", b"2")]


def test_links_and_files_with_holes_are_told() -> None:
    Path("a.lua").write_text("a")
    Path("link.lua").symlink_to("a.lua")
    with Path("holes.lua").open("wb") as file:
        file.truncate(1 << 40)
        file.write(b"x" * 5000)
    subprocess.run(["tar", "-cSf", "a.tar", "a.lua", "link.lua", "holes.lua"], check=True)
    found, told = read("a.tar")
    assert [document.data for document in found] == [b"a"]
    assert told == [f"a.tar:{name}.lua: a link, or a file with holes" for name in ("link", "holes")]


@pytest.mark.parametrize("path", ["a.tar", "a.zip"])
def test_a_member_that_is_too_large_is_told(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBER", 5)
    write(path)
    found, told = read(path)
    assert [document.data for document in found] == [b"a = 1", b"", b"d = 4"]
    assert told == [f"{path}:top/b.lua: 7 bytes, too large"]


@pytest.mark.parametrize("path", ["a.tar", "a.zip"])
def test_a_member_may_stand_as_deep_as_a_file_can_and_no_deeper(path: str) -> None:
    deep, deeper = ("a/" * count + "x.lua" for count in (2045, 2046))
    with tarfile.open(path, "w") if path == "a.tar" else zipfile.ZipFile(path, "w") as archive:
        for name in (deep, deeper, "b.lua"):
            if isinstance(archive, tarfile.TarFile):
                archive.addfile(tarfile.TarInfo(name))
            else:
                archive.writestr(name, "")
    found, told = read(path)
    assert [(document.origin, document.repository) for document in found] == [
        (f"{path}:{deep}", "a"),
        (f"{path}:b.lua", "a"),
    ]
    assert told == [f"{path}: a member with a name of 4,097 characters"]


def assert_goes_on(path: str) -> tuple[list[bytes], str]:
    """Read a damaged archive and what follows it; returns what the archive gave, and what was told of it."""
    Path("b.lua").write_text("goes on")
    found, told = read(path, "b.lua")
    assert found[-1].data == b"goes on"
    assert len(told) == 1
    assert told[0].startswith(f"{path}")
    assert "\n" not in told[0]
    return [document.data for document in found[:-1]], told[0]


@pytest.mark.parametrize("path", [*TARS, "a.zip"])
def test_what_is_no_archive_is_told(path: str) -> None:
    Path(path).write_bytes(b"return 1\n" * 1000)
    assert assert_goes_on(path)[0] == []


@pytest.mark.parametrize("path", [*TARS, "a.zip"])
def test_an_empty_file_is_no_archive(path: str) -> None:
    Path(path).touch()
    assert assert_goes_on(path)[0] == []


def test_an_archive_that_is_not_there_is_told() -> None:
    assert assert_goes_on("no.tar")[1] == "no.tar: No such file or directory"
    assert assert_goes_on("no.zip")[1] == "no.zip: No such file or directory"


@pytest.mark.parametrize("path", TARS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_tar_file_that_is_cut_short_gives_what_is_whole_and_is_told(path: str, share: float) -> None:
    texts = {f"{number}.lua": b"x = %d\n" % number**20 * 100 for number in range(300)}
    write(path, texts)
    Path(path).write_bytes(Path(path).read_bytes()[: int(Path(path).stat().st_size * share)])
    whole, _ = assert_goes_on(path)
    assert len(whole) < 300
    assert whole == list(texts.values())[: len(whole)]


def test_a_tar_file_that_ends_between_two_members_is_told() -> None:
    write("a.tar", {"a.lua": b"a", "c.lua": b"c"})
    Path("a.tar").write_bytes(Path("a.tar").read_bytes()[:1024])
    assert assert_goes_on("a.tar") == ([b"a"], "a.tar: not a tar file, or cut short")


def test_a_damaged_header_does_not_pass_for_the_end() -> None:
    write("a.tar", {"a.lua": b"a", "c.lua": b"c"})
    content = bytearray(Path("a.tar").read_bytes())
    content[1024 + 10] ^= 1
    Path("a.tar").write_bytes(content)
    assert assert_goes_on("a.tar") == ([b"a"], "a.tar: not a tar file, or damaged: bad checksum")


def test_a_damaged_member_of_a_zip_file_is_told_and_the_others_are_read() -> None:
    texts = {f"{name}.lua": name.encode() * 1000 for name in "abc"}
    write("a.zip", texts)
    with zipfile.ZipFile("a.zip") as archive:
        start = archive.getinfo("b.lua").header_offset
    content = bytearray(Path("a.zip").read_bytes())
    content[start + 38] ^= 0xFF
    Path("a.zip").write_bytes(content)
    whole, told = assert_goes_on("a.zip")
    assert whole == [texts["a.lua"], texts["c.lua"]]
    assert told.startswith("a.zip:b.lua: ")


def test_a_member_that_is_encrypted_is_told() -> None:
    write("a.zip", {"a.lua": b"a"})
    content = bytearray(Path("a.zip").read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    content[6] |= 1
    Path("a.zip").write_bytes(content)
    assert assert_goes_on("a.zip")[1].startswith("a.zip:a.lua: ")


def test_memory_does_not_grow_with_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    header: Any = tarfile.TarInfo()
    header.size = 10
    with tarfile.open("a.tar.gz", "w:gz", compresslevel=1) as archive:
        for number in range(6000):
            header.name = f"folder/{number}.txt"
            archive.addfile(header, io.BytesIO(bytes(10)))
        header.name = "a.lua"
        archive.addfile(header, io.BytesIO(b"x = 1234567"))
    tracemalloc.start()
    assert [document.data for document in read("a.tar.gz")[0]] == [b"x = 123456"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
