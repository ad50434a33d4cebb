"""What a text belongs to, and its licence: of files, by the folders around them, and of records, by their fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from aidec.sources import Document, documents

MIT = Path(__file__).parents[1].joinpath("LICENSE").read_text()


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*paths: str, **texts: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(texts.get(Path(path).stem, ""))


def read(*sources: str) -> list[Document]:
    told: list[str] = []
    found = list(documents(sources, told.append))
    assert told == []
    return found


def repositories(*sources: str) -> dict[str, str]:
    return {document.origin: document.repository for document in read(*sources)}


def found_licences(*sources: str) -> list[str | None]:
    return [document.licence for document in read(*sources)]


# Repositories


def test_a_file_belongs_to_the_first_folder_below_the_one_that_was_named() -> None:
    make("all/one/deep/a.lua", "all/one/b.lua", "all/two/c.lua", "all/d.lua")
    expected = {"all/d.lua": "all", "all/one/b.lua": "one", "all/one/deep/a.lua": "one", "all/two/c.lua": "two"}
    assert repositories("all") == expected
    assert repositories("all/**/*.lua") == expected
    assert set(repositories("./all/").values()) == set(expected.values())


@pytest.mark.parametrize("marker", [".git/config", ".git", "one-1.0-1.rockspec", "LICENSE", "Licence.txt", "COPYING"])
def test_or_to_the_nearest_folder_that_is_marked(marker: str) -> None:
    make("all/group/one/src/a.lua", f"all/group/one/{marker}", "all/group/two/b.lua", MIT=MIT)
    found = repositories("all")
    found.pop("all/group/one/one-1.0-1.rockspec", None)  # itself a source
    assert found == {"all/group/one/src/a.lua": "group/one", "all/group/two/b.lua": "group"}


def test_nothing_outside_of_what_was_named_is_looked_at() -> None:
    make("LICENSE", ".git", "all/one/a.lua", LICENSE=MIT)
    assert repositories("all") == {"all/one/a.lua": "one"}
    assert found_licences("all") == [None]


def test_a_folder_that_is_a_repository_itself_goes_by_its_name() -> None:
    make("mine/.git", "mine/src/a.lua", "mine/tests/b.lua")
    assert repositories("mine") == {"mine/src/a.lua": "mine", "mine/tests/b.lua": "mine"}


def test_files_that_are_named_belong_to_their_folders() -> None:
    make("one/a.lua", "one/b.lua", "c.lua")
    assert repositories("one/a.lua", "one/b.lua", "c.lua") == {"one/a.lua": "one", "one/b.lua": "one", "c.lua": "."}


def test_repositories_stay_where_the_whole_is_moved() -> None:
    make("here/all/one/a.lua", "here/all/group/two/LICENSE", "here/all/group/two/b.lua")
    before = sorted(repositories("here/all").values())
    Path("here").rename("there")
    assert sorted(repositories("there/all").values()) == before == ["group/two", "one"]


def write_records(kind: str, records: list[dict[str, Any]]) -> str:
    path = f"a.{kind}"
    if kind == "jsonl":
        Path(path).write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        parquet.write_table(pa.Table.from_pylist(records), path)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize("field", ["repo", "repository", "repo_name", "max_stars_repo_name"])
def test_a_record_belongs_to_what_its_field_says(kind: str, field: str) -> None:
    path = write_records(kind, [{"lua": "a", field: "one/two", "stars": 1}, {"lua": "b", field: None, "stars": 2}])
    assert repositories(path) == {f"{path}:1": "one/two", f"{path}:2": ""}


# Licences


def test_a_tag_counts_before_the_nearest_file() -> None:
    make("all/LICENSE", "all/one/a.lua", "all/one/tagged.lua", LICENSE=MIT, tagged="-- SPDX-License-Identifier: Zlib")
    assert found_licences("all") == ["MIT", "Zlib"]


def test_the_nearest_file_counts_and_an_unknown_one_is_not_that_further_up() -> None:
    make("all/LICENSE", "all/a.lua", "all/one/COPYING", "all/one/b.lua", LICENSE=MIT, COPYING="Ask me.")
    assert found_licences("all") == ["MIT", None]


def test_several_files_hold_together_and_are_known_only_if_all_are() -> None:
    zlib = Path(__file__).with_name("data").joinpath("licences/Zlib.txt").read_text()
    make("all/one/LICENSE", "all/one/COPYING", "all/one/a.lua", LICENSE=MIT, COPYING=zlib)
    make("all/two/LICENSE", "all/two/COPYING", "all/two/b.lua", LICENSE=MIT, COPYING="Ask me.")
    assert found_licences("all") == ["Zlib AND MIT", None]


def test_a_licence_that_can_not_be_read_is_not_known() -> None:
    make("all/a.lua")
    Path("all/LICENSE").mkdir()
    assert found_licences("all") == [None]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("license", "mit", "MIT"),
        ("licence", "Apache-2.0", "Apache-2.0"),
        ("licenses", ["MIT", "zlib", "MIT"], "MIT AND Zlib"),
        ("max_stars_repo_licenses", ["BSD-3-Clause"], "BSD-3-Clause"),
        ("license", "LicenseRef-mine", "LicenseRef-mine"),
        ("license", "other", None),
        ("license", "", None),
    ],
)
def test_the_licence_of_a_record_is_in_its_field(kind: str, field: str, value: Any, expected: str | None) -> None:
    tag = "-- SPDX-License-Identifier: ISC"
    path = write_records(kind, [{"lua": "a", field: value}, {"lua": tag, field: value}])
    assert found_licences(path) == [expected, "ISC"]


def test_licences_are_not_looked_for_where_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.sources.provenance.of_text", None)
    make("one/LICENSE", "one/a.lua", a="-- SPDX-License-Identifier: ISC")
    assert [document.licence for document in documents(["one"], print, with_licences=False)] == [None]
