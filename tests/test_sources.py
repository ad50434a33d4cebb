"""Texts out of files: what a folder, JSON lines and Parquet give, and what is told of those that can't be read."""

from __future__ import annotations

import gzip
import json
import os
import sys
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from aidec.bytecode.files import chunk_start
from aidec.common.errors import SourceError
from aidec.sources import Document, documents, files


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(*sources: str, field: str = "lua") -> tuple[list[Document], list[str]]:
    """The texts, and what was told of the rest."""
    told: list[str] = []
    return list(documents(sources, told.append, field)), told


def data(*sources: str, field: str = "lua") -> list[bytes]:
    found, told = read(*sources, field=field)
    assert told == []
    return [document.data for document in found]


def write_table(path: str, column: Sequence[Any], kind: pa.DataType | None = None, name: str = "lua") -> None:
    parquet.write_table(pa.table({name: pa.array(column, kind), "stars": list(range(len(column)))}), path)


def packed(content: bytes, path: str) -> bytes:
    """The content as a file of such a name has it."""
    if path.endswith(".gz"):
        return gzip.compress(content)
    return pa.Codec("zstd").compress(content, asbytes=True) if path.endswith(".zst") else content


def json_lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


# Files and folders


def test_a_file_is_one_text_byte_for_byte() -> None:
    Path("a.lua").write_bytes(b"a = '\xff\x00'\r\n")
    assert read("a.lua") == ([Document("a.lua", b"a = '\xff\x00'\r\n", repository=".")], [])


def test_a_file_of_any_other_name_is_a_text_too() -> None:
    Path("script").write_bytes(b"a = 1")
    assert data("script") == [b"a = 1"]


def test_an_empty_file_is_an_empty_text() -> None:
    Path("a.lua").touch()
    assert data("a.lua") == [b""]


def test_a_folder_gives_its_lua_and_record_files_to_its_depth_and_no_others() -> None:
    Path("src/deep/er").mkdir(parents=True)
    names = ["a.lua", "deep/b.lua", "deep/er/c.jsonl", "d.jsonl.gz", "e.ndjson", "f.ndjson.gz", "g.parquet"]
    names += ["h.jsonl.zst", "i.tar", "j.tar.gz", "deep/k.tgz", "l.tar.xz", "m.tar.zst", "n.zip"]
    for name in [*names, "notes.txt", "a.luac", "x.json", "lua", "deep/readme.md"]:
        Path("src", name).touch()
    assert sorted(files(["src"])) == sorted(f"src/{name}" for name in names)


def test_the_order_of_a_folder_is_that_of_the_names_whatever_the_order_on_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("b/z.lua", "b/a.lua", "a/k.lua", "B.lua", "b.lua"):
        Path("src", name).parent.mkdir(parents=True, exist_ok=True)
        Path("src", name).touch()
    expected = list(files(["src"]))
    walk = os.walk

    def backwards(folder: str, **options: Any) -> Any:
        for parent, folders, names in walk(folder, **options):
            folders.reverse()
            yield parent, folders, names[::-1]

    monkeypatch.setattr(os, "walk", backwards)
    assert list(files(["src"])) == expected
    assert expected == ["src/B.lua", "src/b.lua", "src/a/k.lua", "src/b/a.lua", "src/b/z.lua"]


def test_several_sources_come_in_the_order_in_which_they_are_given_each_once() -> None:
    for name in ("a", "b", "c"):
        Path(f"{name}.lua").write_text(name)
    assert data("c.lua", "a.lua", "b.lua", "./a.lua", ".") == [b"c", b"a", b"b"]


def test_a_file_that_is_not_there_is_told_and_the_rest_goes_on() -> None:
    Path("a.lua").write_text("a")
    assert read("nope.lua", "a.lua") == (
        [Document("a.lua", b"a", repository=".")],
        ["nope.lua: No such file or directory"],
    )


def test_a_file_that_may_not_be_read_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("src").mkdir()
    Path("src/b.lua").write_text("b")
    Path("src/a.lua").symlink_to("nowhere")
    found, told = read("src")
    assert [document.data for document in found] == [b"b"]
    assert told == ["src/a.lua: No such file or directory"]


def test_a_folder_that_can_not_be_searched_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("src/deep").mkdir(parents=True)
    Path("src/b.lua").write_text("b")
    scan = os.scandir

    def refuse(path: str) -> Any:
        if path == "src/deep":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, told = read("src")
    assert [document.data for document in found] == [b"b"]
    assert told == ["src/deep: Permission denied"]


def test_a_folder_that_is_named_like_a_file_is_searched() -> None:
    Path("src/data.jsonl").mkdir(parents=True)
    Path("src/data.jsonl/a.lua").write_text("a")
    assert data("src/data.jsonl") == [b"a"]
    assert data("src") == [b"a"]


# Patterns


def test_a_pattern_gives_the_files_that_it_matches_in_order() -> None:
    for name in ("src/b.lua", "src/a.lua", "src/deep/er/c.lua", "src/notes.txt", "other/d.lua"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert list(files(["src/*.lua"])) == ["src/a.lua", "src/b.lua"]
    assert list(files(["src/**/*.lua"])) == ["src/a.lua", "src/b.lua", "src/deep/er/c.lua"]
    assert list(files(["*/[ad].*"])) == ["other/d.lua", "src/a.lua"]


def test_a_pattern_that_matches_a_folder_means_what_is_in_it() -> None:
    Path("src/deep").mkdir(parents=True)
    Path("src/deep/a.lua").touch()
    Path("src/deep/a.txt").touch()
    assert list(files(["s*"])) == ["src/deep/a.lua"]


def test_a_name_that_exists_is_no_pattern() -> None:
    Path("[a].lua").write_text("brackets")
    Path("a.lua").write_text("none")
    assert data("[a].lua") == [b"brackets"]
    Path("[a].lua").unlink()
    assert data("[a].lua") == [b"none"]


def test_a_pattern_that_matches_nothing_is_told() -> None:
    assert read("src/**/*.lua") == ([], ["src/**/*.lua: no file has such a name"])


def test_a_name_that_is_not_utf_8_is_spelled_in_utf_8() -> None:
    Path(os.fsdecode(b"caf\xe9.lua")).write_text("a")
    found, told = read(".", os.fsdecode(b"no-\xe9.lua"))
    assert [document.origin for document in found] == ["./caf\\xe9.lua"]
    assert told == ["no-\\xe9.lua: No such file or directory"]


# Pairs


def test_a_chunk_beside_its_source_comes_with_it() -> None:
    for name in ("src/a.lua", "src/a.luac", "src/b.lua"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(name)
    for named in (["src"], ["src/a.luac", "src/b.lua"], ["src/a.lua", "src/a.luac", "src"], ["src/*.lua*"]):
        told: list[str] = []
        found = list(documents(named, told.append, pairs=True))
        assert [(one.origin, one.data, one.chunk) for one in found] == [
            ("src/a.lua", b"src/a.lua", b"src/a.luac"),
            ("src/b.lua", b"src/b.lua", None),
        ]
        assert told == []


def test_without_pairs_a_chunk_is_left_alone() -> None:
    Path("a.lua").write_text("a")
    Path("a.luac").write_text("chunk")
    assert [document.chunk for document in read(".")[0]] == [None]


def test_a_chunk_without_its_source_is_told() -> None:
    Path("a.luac").touch()
    Path("b.lua").write_text("b")
    told: list[str] = []
    assert [document.data for document in documents(["."], told.append, pairs=True)] == [b"b"]
    assert told == ["./a.luac: expected its source a.lua beside it"]


# JSON lines


@pytest.mark.parametrize("path", ["a.jsonl", "a.ndjson", "a.jsonl.gz", "a.ndjson.gz", "a.jsonl.zst", "a.ndjson.zst"])
def test_each_line_of_json_is_a_text_whose_origin_names_the_line(path: str) -> None:
    lines = json_lines({"lua": "a = 1"}, {"id": 7, "lua": "b = 'é'"})
    Path(path).write_bytes(packed(lines, path))
    assert read(path) == ([Document(f"{path}:1", b"a = 1"), Document(f"{path}:2", "b = 'é'".encode())], [])


def test_the_field_can_be_named() -> None:
    Path("a.jsonl").write_bytes(json_lines({"lua": "a", "content": "b"}))
    assert data("a.jsonl", field="content") == [b"b"]


def is_text(text: str) -> bool:
    return chunk_start(text.encode()) is None


@given(texts=st.lists(st.text(max_size=20).filter(is_text), max_size=5), is_ascii=st.booleans())
def test_any_text_comes_back_out_of_json_as_utf_8(texts: list[str], *, is_ascii: bool) -> None:
    lines = "".join(json.dumps({"lua": text}, ensure_ascii=is_ascii) + "\n" for text in texts)
    Path("any.jsonl").write_text(lines, "utf-8", newline="")
    assert data("any.jsonl") == [text.encode() for text in texts]


def test_half_a_surrogate_pair_in_json_is_bytes_that_are_not_utf_8() -> None:
    Path("a.jsonl").write_bytes(b'{"lua": "x\\ud83d"}\n{"lua": "\\ud83d\\ude00"}\n')
    assert data("a.jsonl") == [b"x\xed\xa0\xbd", "\U0001f600".encode()]


def test_a_last_line_without_a_line_break_is_read() -> None:
    Path("a.jsonl").write_bytes(json_lines({"lua": "a"}) + b'{"lua": "b"}')
    assert data("a.jsonl") == [b"a", b"b"]


def test_a_byte_order_mark_or_a_carriage_return_does_no_harm() -> None:
    Path("a.jsonl").write_bytes(b'\xef\xbb\xbf{"lua": "a"}\r\n{"lua": "b"}\r\n')
    assert data("a.jsonl") == [b"a", b"b"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "not a line of JSON: "),
        (b"\xff", "not a line of JSON: "),
        (b"{'lua': 1}", "not a line of JSON: "),
        (b"null", "expected an object with a text in the field 'lua', read null"),
        (b'["lua"]', "expected an object with a text in the field 'lua', read a list"),
        (b'{"lua": 5}', "expected an object with a text in the field 'lua', read a number"),
        (b'{"lua": true}', "expected an object with a text in the field 'lua', read true"),
        (b'{"lua": {"lua": 1}}', "expected an object with a text in the field 'lua', read an object"),
        (b"{}", "expected an object with a text in the field 'lua', read an object with no keys"),
        (b'{"lua": null}', "expected an object with a text in the field 'lua', read null"),
        (b'{"id": 1, "code": "x"}', "expected an object with a text in the field 'lua', read 'id', 'code'"),
        pytest.param(
            b"[" * 100_000,
            "not a line of JSON: ",
        ),
    ],
    ids=[
        "cut",
        "not UTF-8",
        "not JSON",
        "null",
        "a list",
        "a number",
        "true",
        "an object",
        "no keys",
        "no text",
        "no field",
        "too deep",
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(line: bytes, told: str) -> None:
    Path("a.jsonl").write_bytes(json_lines({"lua": "a"}) + line + b"\n" + json_lines({"lua": "c"}))
    found, problems = read("a.jsonl")
    assert [document.origin for document in found] == ["a.jsonl:1", "a.jsonl:3"]
    assert len(problems) == 1
    assert problems[0].startswith(f"a.jsonl:2: {told}")
    assert "\n" not in problems[0]


def test_an_empty_line_is_passed_over() -> None:
    Path("a.jsonl").write_bytes(b'{"lua": "a"}\n\n{"lua": "b"}\n\n')
    assert data("a.jsonl") == [b"a", b"b"]


def test_a_gz_file_that_is_cut_short_gives_what_is_whole_and_is_told() -> None:
    lines = json_lines(*({"lua": f"x = {number**5}"} for number in range(20_000)))
    Path("a.jsonl.gz").write_bytes(gzip.compress(lines)[:-5000])
    Path("b.lua").write_text("b")
    found, told = read("a.jsonl.gz", "b.lua")
    assert len(found) > 1000
    assert found[999].data == b"x = %d" % 999**5
    assert found[-1] == Document("b.lua", b"b", repository=".")
    assert told == ["a.jsonl.gz: Compressed file ended before the end-of-stream marker was reached"]


@pytest.mark.parametrize("path", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_packed_file_that_is_none_is_told_and_the_rest_goes_on(path: str) -> None:
    Path(path).write_bytes(json_lines({"lua": "a"}))
    Path("b.lua").write_text("b")
    found, told = read(path, "b.lua")
    assert [document.data for document in found] == [b"b"]
    assert [problem.partition(": ")[0] for problem in told] == [path]


@pytest.mark.parametrize("damage", [lambda data: data[:-5], lambda data: data[:20] + b"\xff" * 20 + data[40:]])
def test_a_zst_file_that_is_damaged_or_cut_short_is_told_and_the_rest_goes_on(damage: Any) -> None:
    lines = json_lines(*({"lua": f"x = {number**5}"} for number in range(20_000)))
    Path("a.jsonl.zst").write_bytes(damage(packed(lines, "a.jsonl.zst")))
    Path("b.lua").write_text("b")
    found, told = read("a.jsonl.zst", "b.lua")
    assert found[-1].data == b"b"
    assert {problem.partition(":")[0] for problem in told} == {"a.jsonl.zst"}
    assert not any("\n" in problem for problem in told)


def test_a_missing_library_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    Path("a.jsonl.zst").touch()
    with pytest.raises(SourceError, match=r"^a\.jsonl\.zst: Zstandard needs the extra dataset: pip install"):
        read("a.jsonl.zst")


def test_memory_does_not_grow_with_the_file() -> None:
    """What is in memory is one record, however many there are and however large."""
    record = json.dumps({"lua": "x" * 1_000_000}).encode() + b"\n"
    Path("a.jsonl").write_bytes(record * 40)
    tracemalloc.start()
    assert sum(len(document.data) for document in documents(["a.jsonl"], print)) == 40_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_record_of_50_mb_in_one_line_is_read() -> None:
    Path("a.jsonl").write_bytes(b'{"lua": "return {' + b"1," * 25_000_000 + b'}"}\n')
    assert [len(text) for text in data("a.jsonl")] == [50_000_009]


def test_a_gz_file_that_is_damaged_is_told_and_the_rest_goes_on() -> None:
    packed = bytearray(gzip.compress(json_lines(*({"lua": f"x = {number**5}"} for number in range(20_000)))))
    packed[5000:5100] = b"\xff" * 100
    Path("a.jsonl.gz").write_bytes(packed)
    Path("b.lua").write_text("b")
    found, told = read("a.jsonl.gz", "b.lua")
    assert found[-1].data == b"b"
    assert {problem.partition(":")[0] for problem in told} == {"a.jsonl.gz"}


# Parquet


def test_each_row_of_parquet_is_a_text_whose_origin_names_the_row() -> None:
    write_table("a.parquet", ["a = 1", "b = 'é'"])
    assert read("a.parquet") == (
        [Document("a.parquet:1", b"a = 1"), Document("a.parquet:2", "b = 'é'".encode())],
        [],
    )


def test_rows_are_numbered_beyond_a_batch() -> None:
    write_table("a.parquet", [str(number) for number in range(1, 201)])
    found, _ = read("a.parquet")
    assert [(document.origin, document.data) for document in found] == [
        (f"a.parquet:{number}", str(number).encode()) for number in range(1, 201)
    ]


def test_the_column_can_be_named() -> None:
    write_table("a.parquet", ["a"], name="content")
    assert data("a.parquet", field="content") == [b"a"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_a_column_of_any_kind_of_text_is_read(kind: pa.DataType) -> None:
    write_table("a.parquet", ["é", ""], kind)
    assert data("a.parquet") == ["é".encode(), b""]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()], ids=str)
def test_a_column_of_bytes_is_read_byte_for_byte(kind: pa.DataType) -> None:
    write_table("a.parquet", [b"\xff\x00"], kind)
    assert data("a.parquet") == [b"\xff\x00"]


def test_a_column_of_a_dictionary_is_read() -> None:
    parquet.write_table(pa.table({"lua": pa.array(["a", "b", "a"]).dictionary_encode()}), "a.parquet")
    assert data("a.parquet") == [b"a", b"b", b"a"]


def test_a_row_without_a_text_is_told_with_its_number_and_the_rest_goes_on() -> None:
    write_table("a.parquet", ["a", None, "c"])
    found, told = read("a.parquet")
    assert [document.origin for document in found] == ["a.parquet:1", "a.parquet:3"]
    assert told == ["a.parquet:2: no text in the column 'lua'"]


def test_a_column_that_is_not_there_is_an_error_that_lists_those_that_are() -> None:
    write_table("a.parquet", ["a"], name="content")
    with pytest.raises(SourceError, match=r"^a\.parquet: no column 'lua', expected one of: content, stars$"):
        read("a.parquet")


@pytest.mark.parametrize("kind", [pa.float64(), pa.int64(), pa.bool_(), pa.list_(pa.string())], ids=str)
def test_a_column_of_no_texts_is_an_error(kind: pa.DataType) -> None:
    write_table("a.parquet", [None, None], kind)
    with pytest.raises(SourceError, match=r"^a\.parquet: expected texts or bytes in the column 'lua'"):
        read("a.parquet")


@pytest.mark.parametrize("size", [0, 3, 400])
def test_a_parquet_file_that_is_cut_short_is_told_in_one_line_and_the_rest_goes_on(size: int) -> None:
    write_table("a.parquet", ["a"])
    Path("a.parquet").write_bytes(Path("a.parquet").read_bytes()[:size])
    Path("b.lua").write_text("b")
    found, told = read("a.parquet", "b.lua")
    assert [document.data for document in found] == [b"b"]
    assert len(told) == 1
    assert told[0].startswith("a.parquet: ")
    assert "\n" not in told[0]


def test_a_parquet_file_that_is_not_there_is_told_and_the_rest_goes_on() -> None:
    Path("b.lua").write_text("b")
    found, told = read("a.parquet", "b.lua")
    assert [document.data for document in found] == [b"b"]
    assert len(told) == 1
    assert told[0].startswith("a.parquet: ")


def test_texts_come_one_by_one() -> None:
    """The first is there before the second is read."""
    Path("a.jsonl").write_bytes(json_lines({"lua": "a"}) + b"{\n")
    told: list[str] = []
    assert next(documents(["a.jsonl"], told.append)).data == b"a"
    assert told == []
