"""Datasets of items of synthesis: each item comes out as conversations or is rejected, and all of it can be proven."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_items import ITEMS, item, tokenizer, write_items
from small_dataset import hashes, rejects, rows, write

from aidec.common.errors import DatasetError
from aidec.dataset.duplicates import Shared
from aidec.dataset.items import read_items
from aidec.dataset.pipeline import build
from aidec.dataset.reader import open_dataset
from aidec.dataset.recipe import COLUMNS, ITEM_COLUMNS, Recipe, Weights, load_recipe
from aidec.dataset.stages.samples import group_of
from aidec.dataset.verification import setting, verify_row, verify_shard
from aidec.dataset.weights import PassRates
from aidec.synthesis import items
from aidec.taskpacks import find_task_packs
from aidec.tokenizers import Tokenizer

Make = Callable[..., Recipe]

PACKS = sorted(find_task_packs())


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def make(tmp_path: Path, tokenizer_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a recipe of sources; JSON is YAML."""
    monkeypatch.chdir(tmp_path)

    def made(sources: list[dict[str, Any]], *, output: str = "out", **settings: Any) -> Recipe:
        common = {"tokenizer": str(tokenizer_folder), "split": {"validation": 0, "test": 0}}
        Path("r.yaml").write_text(json.dumps({"sources": sources, **common, **settings}))
        loaded = load_recipe("r.yaml")
        return replace(loaded, output=replace(loaded.output, path=output))

    return made


def verify(folder: str) -> list[str]:
    built = open_dataset(folder)
    found = setting(built)
    return [problem for paths in built.shards.values() for path in paths for problem in verify_shard(found, path)[1]]


def reasons() -> dict[tuple[str, str, str, str], str]:
    return {
        (row["origin"], row["function"], row["stage"], row["reason"]): row["detail"] for row in rejects(Path("out"))
    }


def test_all_kinds_and_files_of_lua_are_mixed_and_proven(make: Make, tmp_path: Path) -> None:
    write_items(tmp_path / "items.jsonl", [item(kind) for kind in ITEMS])
    write(tmp_path / "src" / "a.lua", b"local t = {}\nfunction t.f(x) return x end\nreturn t\n")
    recipe = make([{"synth": "items.jsonl", "task": PACKS}, {"path": "src"}])
    counts = build(recipe)
    found = rows(tmp_path / "out")
    expected = Counter({"explain": 2, "repair": 2, "rewrite": 1, "translate": 1, "answer": 1, "implement": 2})
    assert Counter(row["task"] for row in found) == expected + Counter({"complete": 3, None: 2})
    assert (counts["records"], counts["rejected records"], counts["samples"]) == (8, 0, 14)
    assert list(found[0]) == [*COLUMNS, *ITEM_COLUMNS, "split"]
    assert verify("out") == []
    special = Tokenizer.from_directory(recipe.tokenizer).special_tokens
    for row in found:
        if row["task"] is not None:
            assert row["origin"] == f"items.jsonl:{list(ITEMS).index(row['kind']) + 1}#{row['task']}"
            assert json.loads(row["item"]) == item(row["kind"])
            said = "".join(message["content"] for message in row["messages"])
            assert row["input_ids"].count(special["</FILE>"]) == said.count("</FILE>")


def test_the_order_of_sources_does_not_matter(make: Make, tmp_path: Path) -> None:
    sources = [
        {"synth": write_items(tmp_path / f"{kind}.jsonl", [item(kind)]).name, "task": PACKS, "weight": 1.5}
        for kind in ("instruct", "break")
    ]
    for output, order in (("one", 1), ("two", -1)):
        build(make(sources[::order], output=output, partition_bytes=600))
    assert hashes(tmp_path / "one" / "data") == hashes(tmp_path / "two" / "data")


def test_what_is_no_conversation_is_rejected_with_its_line_and_reason(make: Make, tmp_path: Path) -> None:
    made = [
        item("break"),
        item("break", repaired=None),
        item("break", repaired="print(1"),
        item("break", explanation="</FILE>", code="print('<FILE:main.lua>'"),
        item("questions"),
        item("generate", code="print(1)"),
    ]
    path = write_items(tmp_path / "items.jsonl", made)
    path.write_text(path.read_text() + "[1]\n{\n")
    counts = build(make([{"synth": "items.jsonl", "task": ["explain", "repair", "complete"]}]))
    found = reasons()
    assert found["items.jsonl:2", "repair", "task", "lacks a field"].endswith("needs the field 'repaired' of break")
    assert found["items.jsonl:3", "repair", "compile", "not Lua 5.3"].startswith("main.lua:2: ')' expected")
    told = "explain/user.j2: the item spells '<FILE:main.lua>', a token of the pack: nobody could tell the two apart"
    assert found["items.jsonl:4", "explain", "task", "no conversation"] == told
    told = "expected a task pack that is for this item of questions, read explain, repair, complete"
    assert found["items.jsonl:5", "", "task", "no pack for it"] == told
    told = "complete/user.j2:2: the text has a single line, so there is nothing to complete"
    assert found["items.jsonl:6", "complete", "task", "no conversation"] == told
    assert found["items.jsonl:7", "", "read", "unreadable"] == "expected an object with an id"
    assert found["items.jsonl:8", "", "read", "unreadable"].startswith("not a line of JSON: ")
    assert counts["records"] == 8
    assert counts["rejected records"] == 3


def test_a_licence_is_kept_and_filtered(make: Make, tmp_path: Path) -> None:
    def of(number: int, licence: str | None) -> dict[str, Any]:
        question = {"question": f"Question {number}?"}
        return item("questions", number, **question, provenance={"licence": licence, "repository": "r"})

    write_items(tmp_path / "items.jsonl", [of(1, "MIT"), of(2, "GPL-3.0-only"), of(3, None)])
    filters = {"licences": {"allow": ["MIT", "unknown"]}}
    build(make([{"synth": "items.jsonl", "task": "answer"}], filters=filters))
    assert sorted(row["licence"] or "" for row in rows(tmp_path / "out")) == ["", "MIT"]
    assert reasons() == {("items.jsonl:2", "", "filter", "licence not allowed"): "GPL-3.0-only"}
    assert "| MIT | 1 |" in (tmp_path / "out" / "README.md").read_text()


def test_the_card_says_how_items_were_made(make: Make, tmp_path: Path) -> None:
    Path("made").mkdir()
    one = item("questions", provenance={})
    tally = items.write_items(Path("made/q.jsonl"), range(3), Making(one))
    assert (tally.tried, tally.kept) == (6, 3)
    build(make([{"synth": "made", "name": "m", "task": "answer"}]))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| m/q.jsonl | 6 | 3 | 50.0% |" in card
    assert "| m/q.jsonl | no good \\| at all | 3 |" in card
    assert json.loads((tmp_path / "out" / "aidec.json").read_text())["items"] == {
        "questions": {"items": 3, "samples": 3}
    }


class Making:
    """Makes an item of each number, and tries another."""

    def __init__(self, made: dict[str, Any]) -> None:
        self.made = made

    def __call__(self, numbers: Sequence[int]) -> Iterator[items.Made]:
        """What is made of each number."""
        for number in numbers:
            yield items.Made([{**self.made, "id": f"questions/{number}"}], Counter(["no good | at all"]))


def test_items_that_were_made_of_the_same_file_are_one_group(make: Make, tmp_path: Path) -> None:
    made = [
        {"origin": "a.lua", "repository": "r"},
        {"origin": "a.lua"},
        {"origin": "b.lua", "repository": "r"},
        {},
        "x",
    ]
    path = write_items(tmp_path / "items.jsonl", [item("questions", provenance=each) for each in made])
    found = list(read_items([path.name], print))
    source = [{"synth": "items.jsonl", "task": "answer"}]
    own = ["items.jsonl:4", "items.jsonl:5"]
    assert [group_of(entry, make(source)) for entry in found] == ["r", "a.lua", "r", *own]
    by_origin = make(source, split={"by": "origin"})
    assert [group_of(entry, by_origin) for entry in found] == ["a.lua", "a.lua", "b.lua", *own]


def test_a_row_that_is_wrong_is_found(make: Make, tmp_path: Path) -> None:
    write_items(tmp_path / "items.jsonl", [item("instruct"), item("break")])
    build(make([{"synth": "items.jsonl", "task": ["implement", "repair"]}]))
    found = setting(open_dataset("out"))
    row, other = sorted(rows(tmp_path / "out"), key=lambda row: str(row["task"]))
    assert verify_row(found, row) is None
    ids, mask = row["input_ids"], row["assistant_masks"]
    first = mask.index(1)
    broken = json.dumps({**item("instruct"), "code": "return +"})
    changes: dict[str, dict[str, Any]] = {
        "kind": {"kind": "break"},
        "task": {"task": "complete"},
        "n_instructions": {"n_instructions": row["n_instructions"] + 1},
        "another item": {"item": json.dumps({**item("instruct"), "task": "Subtract."})},
        "an item that does not compile": {"item": broken},
        "another prompt": {"prompt": other["prompt"]},
        "an id more": {"input_ids": [*ids, ids[-1]], "assistant_masks": [*mask, 0]},
        "a mask on the prompt": {"assistant_masks": [*mask[: first - 1], 1, *mask[first:]]},
        "a mask without the end": {"assistant_masks": [*mask[:-1], 0]},
    }
    for change, columns in changes.items():
        assert verify_row(found, {**row, **columns}) is not None, change


def test_a_tokenizer_without_the_tokens_is_refused(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "curt"
    folder.mkdir()
    (folder / "pack.yaml").write_text("{description: d, extends: repair, tokens: ['<FILE:other.lua>']}")
    write_items(tmp_path / "items.jsonl", [item("break")])
    with pytest.raises(DatasetError, match=r"lacks <FILE:other\.lua>, .* see aidec tokenizer extend --task \./curt"):
        build(make([{"synth": "items.jsonl", "task": "./curt"}]))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"synth": "i.jsonl"}, "the key 'sources.task' is missing"),
        ({"synth": "i.jsonl", "task": []}, "sources.task: expected a task pack for these items"),
        ({"synth": "i.jsonl", "task": "repair", "field": "x"}, "unknown key 'sources.field'"),
        ({"path": "src", "weight": -1}, "sources.weight: expected a number from 0 to 1,000, read '-1'"),
    ],
)
def test_a_source_of_items_that_is_wrong_is_refused(make: Make, source: dict[str, Any], expected: str) -> None:
    with pytest.raises(DatasetError, match=rf"^r\.yaml:1: {expected}"):
        make([source])


# Weights


def report(path: Path, rates: dict[str, float | None]) -> Path:
    """A report of an evaluation, with the pass rate of each group, such as ``loop:while``, and of ``all``."""
    groups = []
    for tag, rate in rates.items():
        by, has_value, value = tag.partition(":")
        group = (by, value) if has_value or tag == "all" else ("tag", tag)
        levels = {"same_behaviour": {"mean": rate}, "compiles": {"mean": 1.0}}
        groups.append({"by": group[0], "value": group[1], "tasks": 9, "levels": levels})
    path.write_text(json.dumps({"groups": groups}))
    return path


def test_what_a_model_fails_at_weighs_more(tmp_path: Path) -> None:
    path = report(tmp_path / "r.json", {"all": 0.5, "loop:while": 0.0, "closure": 1.0, "kind:break": 0.2, "odd": None})
    rates = PassRates(Weights(str(path), gain=3.0))
    factors = {
        ("loop:while",): 4.0,
        ("closure",): 1.0,
        ("loop:while", "closure", "closure"): 2.5,
        ("odd", "unknown"): 2.5,
    }
    assert {tags: rates.factor({"tags": list(tags)}, "generate", "complete") for tags in factors} == factors
    assert rates.factor({"tags": ["loop:while"]}, "break", "repair") == pytest.approx(1 + 3 * 0.9)
    assert PassRates(Weights(str(path), "compiles")).factor({"tags": ["closure"]}, "generate", "complete") == 1.0
    with pytest.raises(DatasetError, match=r"it did not measure 'parses'; expected one of: compiles, same_behaviour"):
        PassRates(Weights(str(path), "parses"))
    path.write_text("[]")
    with pytest.raises(DatasetError, match="not a report of aidec eval"):
        PassRates(Weights(str(path)))


def test_samples_come_as_often_as_their_weights_say(make: Make, tmp_path: Path) -> None:
    def questions(name: str, tag: str) -> str:
        made = [
            item("questions", n, question=f"{name} {n}?", tags=[tag], provenance={"licence": "MIT"}) for n in range(40)
        ]
        return write_items(tmp_path / f"{name}.jsonl", made).name

    sources = [
        {"synth": questions("hard", "closure"), "task": "answer", "weight": 0.5},
        {"synth": questions("easy", "loop:while"), "task": "answer", "weight": 0.5},
        {"synth": questions("none", "loop:while"), "task": "answer", "weight": 0},
    ]
    path = report(tmp_path / "r.json", {"all": 0.5, "closure": 0.0, "loop:while": 1.0})
    split = {"validation": 0.2, "test": 0}
    counts = build(make(sources, weights={"report": str(path), "gain": 4.0}, split=split))
    found = Counter((row["origin"].partition(".")[0], row["split"], row["origin"]) for row in rows(tmp_path / "out"))
    trained = {
        name: [n for (of, split, _), n in found.items() if (of, split) == (name, "train")]
        for name in ("hard", "easy", "none")
    }
    held = Counter(of for of, split, _ in found if split == "validation")
    assert set(trained["hard"]) == {2, 3}  # 0.5 times 1 + 4
    assert set(trained["easy"]) == {1}
    assert 0.25 < len(trained["easy"]) / (40 - held["easy"]) < 0.75
    assert trained["none"] == []
    assert held["none"] > 0
    assert all(n == 1 for (_, split, _), n in found.items() if split == "validation")
    assert counts["repeated"] == sum(found.values()) - len(found) == counts["train"] - sum(map(len, trained.values()))
    assert len({row["id"] for row in rows(tmp_path / "out")}) == sum(found.values())
    left_out = {row["origin"]: row for row in rejects(tmp_path / "out")}
    assert {row["stage"] for row in left_out.values()} == {"weights"}
    assert {row["detail"] for row in left_out.values()} == {"its weight is 0.5", "its weight is 0"}
    assert verify("out") == []


# Decontamination

TASK = """local function median(list)
  local sorted = table.pack(table.unpack(list))
  table.sort(sorted)
  local half = #sorted // 2
  if #sorted % 2 == 1 then
    return sorted[half + 1]
  end
  return (sorted[half] + sorted[half + 1]) / 2
end
return median
"""
RENAMED = TASK.replace("sorted", "s").replace("list", "values").replace("half", "h").replace("\n  ", "\n")


def tasks(path: Path, *rows: dict[str, Any]) -> str:
    """A file of tasks."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path.name


def test_what_is_near_a_task_is_left_out_by_text_and_by_bytecode(make: Make, tmp_path: Path) -> None:
    codes = {
        "the same": TASK,
        "edited text, inside another program": f"print('x')\ndo\n{TASK.replace('== 1', '~= 0')[:-15]}\nend\n",
        "renamed": RENAMED,
        "renamed, inside another function": f"local function f()\n{RENAMED}end\nreturn f\n",
        "renamed and changed": RENAMED.replace("== 1", "~= 0"),
        "another": "local function f(t)\n  table.sort(t)\n  return t[1]\nend\nreturn f\n",
    }
    made = [item("instruct", n, code=code, task=f"Task {n}.") for n, code in enumerate(codes.values())]
    write_items(tmp_path / "items.jsonl", made)
    write(tmp_path / "src" / "a.lua", f"x = 1\n{RENAMED}".encode())
    tasks(tmp_path / "t.jsonl", {"id": "eval/1", "source": TASK}, {"id": "eval/2", "source": "return 1"})
    sources = [{"synth": "items.jsonl", "task": "implement"}, {"path": "src"}]
    counts = build(make(sources, decontaminate=["t.jsonl"], strip="never"))
    found = {row["origin"]: (row["reason"], row["near"]) for row in rejects(tmp_path / "out")}
    text, code = "near a task by text", "near a task by bytecode"
    expected = [code, text, code, code, code]
    assert found == {
        **{f"items.jsonl:{n}": (reason, "eval/1") for n, reason in enumerate(expected, 1)},
        "src/a.lua": (code, "eval/1"),
    }
    assert (counts["train"], counts["rejected samples"]) == (1, 6)
    report = json.loads((tmp_path / "out" / "decontamination.json").read_text())
    assert report["left_out"] == {"eval/1": {code: 5, text: 1}}
    assert [(file["tasks"], file["by_text"], file["by_bytecode"]) for file in report["files"]] == [(2, 1, 1)]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "these evaluations: 5 near a task by bytecode, 1 near a task by text." in card
    assert "| instruct | 6 | 6 | 1 | 16.7% |" in card
    assert "| instruct | decontaminate | near a task by bytecode | sample | 4 |" in card


def test_a_prompt_of_a_task_is_found_in_what_an_item_says(make: Make, tmp_path: Path) -> None:
    asked = "Write a function that returns the median of a list of numbers, without changing the list."
    write_items(tmp_path / "items.jsonl", [item("instruct", 1, task=asked + " Do it well."), item("instruct", 2)])
    tasks(tmp_path / "t.jsonl", {"id": "eval/1", "prompt": f"-- {asked}\nlocal function"})
    build(make([{"synth": "items.jsonl", "task": "implement"}], decontaminate={"tasks": "t.jsonl", "near": 0.7}))
    (row,) = rejects(tmp_path / "out")
    assert (row["origin"], row["near"], row["kind"]) == ("items.jsonl:1", "eval/1", "instruct")
    assert row["detail"] == "it has 78% of the text of eval/1"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "expected a task of aidec eval, with an id and a chunk, a source or a prompt"),
        ('{"id": "a"}', "expected a task of aidec eval"),
        ('{"id": "a", "source": "x ="}', "source: "),
        ('{"id": "a", "chunk": "AAAA"}', ""),
    ],
)
def test_a_file_of_tasks_that_is_wrong_ends_the_build(make: Make, tmp_path: Path, line: str, expected: str) -> None:
    write_items(tmp_path / "items.jsonl", [item("instruct")])
    (tmp_path / "t.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(DatasetError, match=rf"^t\.jsonl:2: {expected}"):
        build(make([{"synth": "items.jsonl", "task": "implement"}], decontaminate="t.jsonl"))


def test_sets_are_compared_as_sets_are() -> None:
    chance = random.Random(1)  # noqa: S311 -- nothing here is secret
    found = [np.array(sorted(chance.sample(range(60), chance.randint(1, 30))), dtype=np.uint32) for _ in range(20)]
    shared = Shared(found[:10])
    for other in map(set, found[10:]):
        sets = [set(each) for each in found[:10]]
        most = [len(each & other) / len(each) for each in sets]
        like = [len(each & other) / max(len(each), len(other)) for each in sets]
        array = np.array(sorted(other), dtype=np.uint32)
        assert shared.most_of(array) == (most.index(max(most)), max(most))
        assert shared.most_like(array) == (like.index(max(like)), max(like))
    assert Shared([]).most_of(found[0]) == (0, 0.0)
