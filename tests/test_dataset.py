"""Datasets: every record comes out as samples or as a reject, and the same ones whatever does the work."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from conftest import Luac
from pyarrow import parquet
from small_dataset import COUNTER, hashes, recipe, rejects, rows, tokenizer, write, write_sources

import aidec
from aidec.bytecode.fingerprint import exact_key
from aidec.chat import Chat
from aidec.chat.conversation import Encoded
from aidec.common.errors import DatasetError, DialectError, TokenizerError
from aidec.dataset import packed
from aidec.dataset.pipeline import build
from aidec.dataset.reader import open_dataset
from aidec.dataset.recipe import COLUMNS, SPLITS, Recipe, Source
from aidec.dataset.sample import origin_key
from aidec.dataset.stages.columns import side
from aidec.dataset.verification import setting, verify_row, verify_shard
from aidec.lua.structure import _parser
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.chat_format import SHIPPED

Make = Callable[..., Recipe]


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def make(tmp_path: Path, tokenizer_folder: Path) -> Make:
    """Makes a recipe for the small sources."""
    write_sources(tmp_path)
    return lambda *overrides, output="out": recipe(tmp_path, tokenizer_folder, *overrides, output=output)


def verify(folder: Path) -> list[str]:
    """What is wrong with a dataset."""
    built = open_dataset(folder)
    found = setting(built)
    return [problem for paths in built.shards.values() for path in paths for problem in verify_shard(found, path)[1]]


# What comes out


def test_every_record_is_in_the_dataset_or_rejected_with_its_reason(make: Make, tmp_path: Path) -> None:
    counts = build(make())
    found = Counter((row["origin"], row["stage"], row["reason"], row["unit"]) for row in rejects(tmp_path / "out"))
    twin = next(origin for origin, stage, *_ in found if stage == "duplicates")
    assert twin in ("src/package0/counter.lua", "src/package1/renamed.lua")
    assert found == {
        ("src/package1/broken.lua", "compile", "not Lua 5.3", "record"): 1,
        ("src/package2/latin.lua", "filter", "not UTF-8", "record"): 1,
        ("src/package3/empty.lua", "filter", "empty", "record"): 1,
        ("src/package2/made.lua", "filter", "generated", "record"): 1,
        ("src/package2/strings_with_every_byte.lua", "filter", "minified", "record"): 1,
        ("src/package3/gone.lua", "read", "unreadable", "record"): 1,
        (twin, "duplicates", "duplicate", "sample"): 2,
    }
    assert counts["records"] == 14
    assert counts["rejected records"] + len({row["origin"] for row in rows(tmp_path / "out")}) == 14 - 1
    assert counts["samples"] == len(rows(tmp_path / "out")) + 2
    detail = next(row["detail"] for row in rejects(tmp_path / "out") if row["stage"] == "compile")
    assert detail == "src/package1/broken.lua:1: unexpected symbol near '='"


def test_a_row_has_all_columns_and_they_say_the_same(make: Make, tmp_path: Path, tokenizer_folder: Path) -> None:
    build(make("system=Decompile."))
    chat = Chat(Tokenizer.from_directory(tokenizer_folder))
    found = rows(tmp_path / "out")
    for row in found:
        assert [name for name in row if name != "split"] == list(COLUMNS)
        source = (tmp_path / row["origin"]).read_bytes()
        chunk = aidec.load(aidec.compile(source, f"@{row['origin']}", strip=row["stripped"]))
        expected = [
            {"role": "system", "content": "Decompile."},
            {"role": "user", "content": aidec.render(chunk, "compact")},
            {"role": "assistant", "content": source.decode()},
        ]
        assert row["messages"] == expected
        assert (row["prompt"], row["completion"]) == (expected[:2], expected[2:])
        parts = [{"type": "chunk", "chunk": chunk, "pack": "compact"}]
        said = [expected[0], {"role": "user", "content": parts}, {"role": "assistant", "content": source}]
        assert (row["input_ids"], row["assistant_masks"]) == chat.render_conversation(said)
        assert row["n_instructions"] == sum(len(proto.code) for proto in chunk.main.walk())
    assert len({row["id"] for row in found}) == len(found)
    assert Counter(row["stripped"] for row in found) == {True: len(found) // 2, False: len(found) // 2}


def test_what_is_built_is_verified(make: Make, tmp_path: Path) -> None:
    for granularity in ("file", "function"):
        for pack in ("compact", "classic"):
            build(make(f"granularity={granularity}", f"pack={pack}", output=f"{granularity}-{pack}"))
            assert verify(tmp_path / f"{granularity}-{pack}") == []


@pytest.mark.parametrize("granularity", ["file", "function"])
def test_a_row_that_is_wrong_is_found(make: Make, tmp_path: Path, granularity: str) -> None:
    build(make(f"granularity={granularity}"))
    built = open_dataset(tmp_path / "out")
    found = setting(built)
    row = next(row for row in rows(tmp_path / "out") if "n = n + " in row["completion"][0]["content"])
    assert verify_row(found, row) is None
    other = next(row for row in rows(tmp_path / "out") if row["n_instructions"] > 20)
    ids, mask = row["input_ids"], row["assistant_masks"]
    first = mask.index(1)
    changes: dict[str, dict[str, Any]] = {
        "stripped": {"stripped": not row["stripped"]},
        "n_instructions": {"n_instructions": row["n_instructions"] + 1},
        "another prompt": {"prompt": other["prompt"]},
        "another completion": {"completion": other["completion"]},
        "an id more": {"input_ids": [*ids, ids[-1]], "assistant_masks": [*mask, 0]},
        "a mask too short": {"assistant_masks": mask[:-1]},
        "a mask on the prompt": {"assistant_masks": [*mask[: first - 1], 1, *mask[first:]]},
        "a mask without the end": {"assistant_masks": [*mask[:-1], 0]},
        "another row's text": {name: other[name] for name in ("prompt", "input_ids", "assistant_masks", "completion")},
    }
    for change, columns in changes.items():
        assert verify_row(found, {**row, **columns}) is not None, change


def test_a_function_stands_alone_with_the_names_of_its_upvalues(make: Make, tmp_path: Path) -> None:
    build(make("granularity=function", "strip=never"))
    row = next(row for row in rows(tmp_path / "out") if row["completion"][0]["content"].startswith("function count("))
    counter = COUNTER if "step" in row["completion"][0]["content"] else COUNTER.replace(b"step", b"by")
    assert row["origin"].endswith("#0")
    assert row["completion"][0]["content"].encode() == counter[12:-1]
    chunk = aidec.assemble(row["prompt"][0]["content"], "compact")
    assert [upvalue.name for upvalue in chunk.main.upvalues] == [b"n"]


def test_a_file_of_many_functions_gives_one_sample_each(make: Make, tmp_path: Path) -> None:
    nested = b"".join(b"function f%d()\n" % i for i in range(100)) + b"end " * 100
    write(tmp_path / "src" / "nested.lua", nested)
    build(make("granularity=function", "strip=always", "deduplication.exact=false"))
    of_nested = [row for row in rows(tmp_path / "out") if row["origin"].startswith("src/nested.lua#")]
    assert len(of_nested) == 100
    assert verify(tmp_path / "out") == []


# The same whatever does the work


def test_the_result_does_not_depend_on_the_number_of_processes(make: Make, tmp_path: Path) -> None:
    build(make(output="one"), jobs=1)
    build(make(output="two"), jobs=2)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


def test_the_result_does_not_depend_on_the_order_of_the_sources(make: Make, tmp_path: Path) -> None:
    folders = [Source(f"{tmp_path}/src/package{i}", name=f"src/package{i}") for i in range(4)]
    build(replace(make(output="one"), sources=tuple(folders)))
    build(replace(make(output="two"), sources=tuple(folders[::-1])))
    one, two = hashes(tmp_path / "one"), hashes(tmp_path / "two")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= {"aidec.json", "README.md"}  # these show the recipe


def test_what_is_stripped_is_decided_by_the_content_and_the_seed(make: Make, tmp_path: Path) -> None:
    def stripped(*overrides: str, output: str) -> dict[str, bool]:
        build(make(*overrides, output=output))
        return {row["origin"]: row["stripped"] for row in rows(tmp_path / output)}

    half = stripped("strip=0.5", output="half")
    assert set(half.values()) == {True, False}
    alone = tmp_path / "src" / "package0"
    few = replace(make("strip=0.5", output="few"), sources=(Source(str(alone), name="src/package0"),))
    build(few)
    for row in rows(tmp_path / "few"):
        assert row["stripped"] == half.get(row["origin"], row["stripped"])
    assert stripped("strip=0.5", "seed=1", output="other") != half
    assert set(stripped("strip=0", output="none").values()) == {False}
    assert set(stripped("strip=1.0", output="all").values()) == {True}


def test_ray_gives_the_same_files(make: Make, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    build(make(output="local"))
    build(make("engine=ray", output="ray"), jobs=2)
    assert hashes(tmp_path / "local") == hashes(tmp_path / "ray")


# Splits and duplicates


def test_a_group_is_on_one_side_and_no_test_sample_has_a_twin_in_training(make: Make, tmp_path: Path) -> None:
    for name, text in (("a", b"return 1 + x"), ("b", b"return 1 + x -- again"), ("c", b"y = {1, 2}")):
        for number in range(9):
            write(tmp_path / "src" / f"{name}{number}.lua", text)
    build(make("deduplication.exact=false", "split.test=0.3", "split.validation=0.2"))
    keys: dict[str, set[bytes]] = {"train": set(), "validation": set(), "test": set()}
    for row in rows(tmp_path / "out"):
        source = row["completion"][0]["content"]
        keys[row["split"]].add(exact_key(aidec.load(aidec.compile(source)).main))
    assert keys["train"]
    assert not keys["train"] & keys["test"]
    assert not keys["train"] & keys["validation"]
    assert not keys["validation"] & keys["test"]
    reasons = Counter(row["reason"] for row in rejects(tmp_path / "out"))
    assert reasons["twin held out"] > 0
    assert reasons["duplicate"] == 0


def test_one_of_similar_functions_is_kept(make: Make, tmp_path: Path) -> None:
    lines = [b"t%d = f(%d, 'a%d')" % (i, i, i) for i in range(60)]
    write(tmp_path / "src" / "long1.lua", b"\n".join(lines))
    write(tmp_path / "src" / "long2.lua", b"\n".join([*lines, b"return t1"]))
    build(make("deduplication.near=0.8"))
    kept = {row["origin"] for row in rows(tmp_path / "out")}
    assert len(kept & {"src/long1.lua", "src/long2.lua"}) == 1


# Limits and filters


def test_what_is_too_long_is_left_out_divided_or_an_error(make: Make, tmp_path: Path) -> None:
    def all_of(output: str) -> tuple[list[dict[str, Any]], Counter[str]]:
        return rows(tmp_path / output), Counter(row["reason"] for row in rejects(tmp_path / output))

    limit = "limits.whole.max=160"
    counts = build(make(limit, output="drop"))
    found, reasons = all_of("drop")
    assert all(len(row["input_ids"]) <= 160 for row in found)
    assert reasons["too long"] > 0
    assert counts["divided"] == 0
    counts = build(make(limit, "limits.over=split", output="split"))
    found, _ = all_of("split")
    assert all(len(row["input_ids"]) <= 160 for row in found)
    assert counts["divided"] > 0
    assert any("#" in row["origin"] for row in found)
    assert any("#" not in row["origin"] for row in found)
    assert verify(tmp_path / "split") == []
    with pytest.raises(DatasetError, match=r"tokens of the whole, expected 160 at most \(limits.over: error\)"):
        build(make(limit, "limits.over=error", output="error"))


def test_limits_hold_for_the_prompt_and_the_completion_too(make: Make, tmp_path: Path) -> None:
    build(make("limits.prompt.max=200", "limits.completion.min=9", "limits.completion.max=60"))
    found = rows(tmp_path / "out")
    assert found
    for row in found:
        assert 9 <= sum(row["assistant_masks"]) <= 60
        assert len(row["input_ids"]) - sum(row["assistant_masks"]) <= 200


def test_a_huge_source_is_left_out_before_anything_is_spent_on_it(make: Make, tmp_path: Path) -> None:
    write(tmp_path / "src" / "huge.lua", b"return {" + b"1," * 500_000 + b"}")
    write(tmp_path / "src" / "large.lua", b"x = 1\n" * 2000)
    build(make("limits.source_bytes=20000", "limits.instructions=1500", "partition_bytes=1000000"))
    found = {row["origin"]: row["detail"] for row in rejects(tmp_path / "out")}
    assert found["src/huge.lua"] == "1,000,009 bytes, expected 20,000 at most"
    assert found["src/large.lua"] == "2,001 instructions, expected 1,500 at most"


def test_licences_are_allowed_and_denied(make: Make, tmp_path: Path) -> None:
    records = [{"lua": f"x = {i}", "license": name} for i, name in enumerate(["MIT", "GPL-3.0-only", None])]
    write(tmp_path / "records.jsonl", b"".join(json.dumps(record).encode() + b"\n" for record in records))

    def origins(*overrides: str, output: str) -> set[str]:
        built = replace(make(*overrides, output=output), sources=(Source(f"{tmp_path}/records.jsonl", name="r"),))
        build(built)
        return {row["origin"] for row in rows(tmp_path / output)}

    assert origins("filters.licences.allow=[MIT, unknown]", output="allow") == {"r:1", "r:3"}
    assert origins("filters.licences.deny=[MIT]", output="deny") == {"r:2", "r:3"}
    assert {row["licence"] for row in rows(tmp_path / "deny")} == {"GPL-3.0-only", None}


def test_a_source_that_is_not_utf8_keeps_its_bytes_in_the_ids(make: Make, tmp_path: Path) -> None:
    build(make("filters.defects=[]"))
    row = next(row for row in rows(tmp_path / "out") if row["origin"] == "src/package2/latin.lua")
    assert row["completion"][0]["content"] == "return '\ufffd'\n"
    assert verify(tmp_path / "out") == []


def test_an_origin_that_comes_twice_is_used_once(make: Make, tmp_path: Path) -> None:
    twice = make()
    counts = build(replace(twice, sources=twice.sources * 2))
    reasons = Counter(row["reason"] for row in rejects(tmp_path / "out"))
    assert reasons["named twice"] == 13
    assert counts["records"] == 28


EMPTY = (
    "",
    " \n\t",
    "-- a comment",
    "--[[ one\n]] -- more",
    "return",
    "return;",
    ";;",
    "do end",
    "::here::",
    "#!/bin/lua",
)
NOT_EMPTY = ("return nil", "local x", "f()", "goto here; ::here::", "return function() end")


def test_an_empty_source_makes_no_sample(make: Make, tmp_path: Path) -> None:
    texts = [*EMPTY, *(f"\ufeff{text}" for text in EMPTY), *NOT_EMPTY]
    write(tmp_path / "texts.jsonl", "".join(json.dumps({"lua": text}) + "\n" for text in texts).encode())
    source = Source(str(tmp_path / "texts.jsonl"), name="t")
    build(replace(make("filters.defects=[]"), sources=(source,)))
    empty = [row for row in rejects(tmp_path / "out") if row["reason"] == "empty"]
    assert {row["origin"] for row in empty} == {f"t:{number}" for number in range(1, 2 * len(EMPTY) + 1)}
    assert {(row["stage"], row["detail"]) for row in empty} == {("filter", "no statement in it that does anything")}


def test_what_has_nothing_to_train_on_makes_no_sample(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokenizer_folder: Path
) -> None:
    """A tokenizer that loses text may leave nothing of an answer but the token that ends it."""
    end = Tokenizer.from_directory(tokenizer_folder).special_id("<|assistant_end|>")

    def without_counters(chat: Chat, conversations: list[Any]) -> list[Encoded]:
        found = encode(chat, conversations)
        for conversation, encoded in zip(conversations, found, strict=True):
            if b"n = n +" in conversation[-1]["content"]:
                encoded.mask = bytearray(token == end for token in encoded.ids)
            elif b"goto" in conversation[-1]["content"]:
                encoded.mask = bytearray(len(encoded.ids))
        return found

    encode = Chat.encode_conversations
    monkeypatch.setattr(Chat, "encode_conversations", without_counters)
    build(make("deduplication.exact=false"))
    found = {
        (row["origin"], row["stage"], row["reason"]) for row in rejects(tmp_path / "out") if row["unit"] == "sample"
    }
    paths = [path for path in tmp_path.glob("src/*/*.lua") if path.exists()]
    texts = {str(path.relative_to(tmp_path)): path.read_bytes() for path in paths}
    lost = [origin for origin, text in texts.items() if b"n = n +" in text or b"goto" in text]
    assert found == {(origin, "encode", "nothing to train on") for origin in lost}
    build(make("output.format=tokens", "deduplication.exact=false", output="tokens"))
    assert not [row for row in rejects(tmp_path / "tokens") if row["unit"] == "sample"]


def test_a_template_that_marks_nothing_as_trained_on_ends_a_build_before_it_begins(make: Make, tmp_path: Path) -> None:
    shipped = yaml.safe_load((SHIPPED / "nanochat.yaml").read_text())
    template = shipped["template"].replace("{%- generation %}", "").replace("{%- endgeneration %}", "")
    write(tmp_path / "unmarked.yaml", yaml.safe_dump({**shipped, "template": template}).encode())
    setting = f"chat={tmp_path}/unmarked.yaml"
    with pytest.raises(DatasetError, match="marks nothing as trained on, so masks would be all zeros"):
        build(make(setting))
    build(make(setting, "output.columns=[messages]"))
    assert rows(tmp_path / "out")


# Files


@pytest.mark.parametrize("setting", [(), ("output.compression=zstd",)])
def test_jsonl_is_packed_as_readers_can_read_it_or_as_asked(
    make: Make, tmp_path: Path, setting: tuple[str, ...]
) -> None:
    build(make("output.format=jsonl", *setting, output="lines"))
    endings = {path.name.partition(".")[2] for path in (tmp_path / "lines" / "data").iterdir()}
    assert endings == {"jsonl.zst" if setting else "jsonl.gz"}
    assert verify(tmp_path / "lines") == []


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_dataset_loads_in_datasets_whatever_is_null_where(make: Make, tmp_path: Path, form: str) -> None:
    """Licences are null in the first rows of training, in all rows of validation, and in no row of the test."""
    datasets = pytest.importorskip("datasets")
    chosen = make(f"output.format={form}", "output.shard_tokens=1", "partition_bytes=1000000", "strip=never")
    numbers = sorted(range(1, 31), key=lambda number: origin_key(f"r:{number}"))
    sides = {number: SPLITS[side(f"r:{number}", chosen)] for number in numbers}
    late = [number for number in numbers if sides[number] == "train"][5:]
    licences = {number: "MIT" if number in late or sides[number] == "test" else None for number in numbers}
    records = [{"lua": f"return {number} + x", "license": licences[number]} for number in range(1, 31)]
    write(tmp_path / "r.jsonl", b"".join(json.dumps(record).encode() + b"\n" for record in records))
    build(replace(chosen, sources=(Source(str(tmp_path / "r.jsonl"), name="r"),)))
    built = open_dataset(tmp_path / "out")
    expected = {split: [_plain(row) for row in built.rows(split)] for split in built.shards}
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert {split: loaded[split].to_list() for split in loaded} == expected
    found = {split: [row["licence"] for row in expected[split]] for split in expected}
    assert found["train"] == [None] * 5 + ["MIT"] * len(late)
    assert (set(found["validation"]), set(found["test"])) == ({None}, {"MIT"})


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose arrays are lists."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in row.items()}


def test_jsonl_has_the_rows_of_parquet(make: Make, tmp_path: Path) -> None:
    build(make(output="parquet"))
    build(make("output.format=jsonl", output="jsonl"))
    build(make("output.format=jsonl", "output.compression=none", output="plain"))
    plain = [
        {**json.loads(line), "split": path.name.partition("-")[0]}
        for path in sorted((tmp_path / "plain" / "data").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    assert plain == rows(tmp_path / "parquet")
    built = open_dataset(tmp_path / "jsonl")
    assert [row for split in sorted(built.shards) for row in built.rows(split)] == [
        {name: value for name, value in row.items() if name != "split"} for row in plain
    ]
    assert verify(tmp_path / "jsonl") == []


def test_token_shards_have_the_ids_of_parquet(make: Make, tmp_path: Path, tokenizer_folder: Path) -> None:
    build(make(output="parquet"))
    build(make("output.format=tokens", output="tokens"))
    shards = sorted((tmp_path / "tokens" / "data").glob("train-*.bin"))
    ids = [document.tolist() for path in shards for document in packed.read(path)]
    assert ids == [row["input_ids"] for row in rows(tmp_path / "parquet") if row["split"] == "train"]
    assert packed.read(shards[0]).vocab_size == Tokenizer.from_directory(tokenizer_folder).vocab_size


def test_shards_and_row_groups_end_where_the_recipe_says(make: Make, tmp_path: Path) -> None:
    build(make())
    shards = sorted((tmp_path / "out" / "data").glob("train-*.parquet"))
    assert [path.name for path in shards] == [f"train-{i:05d}-of-{len(shards):05d}.parquet" for i in range(len(shards))]
    for path in shards:
        with parquet.ParquetFile(path) as file:
            groups = [file.read_row_group(i)["input_ids"].to_pylist() for i in range(file.num_row_groups)]
            assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        for group in groups:
            assert sum(map(len, group[:-1])) < 300
        lengths = [len(ids) for group in groups for ids in group]
        assert sum(lengths[:-1]) < 800
        assert path is shards[-1] or sum(lengths) >= 800


def test_columns_can_be_chosen(make: Make, tmp_path: Path) -> None:
    build(make("output.columns=[assistant_masks, input_ids]"))
    assert {tuple(name for name in row if name != "split") for row in rows(tmp_path / "out")} == {
        ("input_ids", "assistant_masks")
    }
    with pytest.raises(DatasetError, match="takes the column origin, which it was built without"):
        setting(open_dataset(tmp_path / "out"))


def test_the_card_tells_the_hub_and_people_what_there_is(make: Make, tmp_path: Path) -> None:
    counts = build(make())
    card = (tmp_path / "out" / "README.md").read_text()
    _, front, text = card.split("---\n", 2)
    configs = yaml.safe_load(front)["configs"]
    for files in configs[0]["data_files"]:
        assert list((tmp_path / "out").glob(files["path"]))
    assert yaml.safe_load(front)["size_categories"] == ["n<1K"]
    assert f"| tokens | {' | '.join(f'{n:,}' for n in _tokens(tmp_path / 'out'))} |" in text
    assert counts["tokens"] == _tokens(tmp_path / "out")[-1]
    assert (tmp_path / "out" / "tokens.png").read_bytes().startswith(b"\x89PNG")
    assert parquet.read_table(tmp_path / "out" / "inputs.parquet").num_rows == 13


def _tokens(folder: Path) -> list[int]:
    found = rows(folder)
    numbers = [
        sum(len(row["input_ids"]) for row in found if row["split"] == split)
        for split in ("train", "validation", "test")
    ]
    return [*[number for number in numbers if number], sum(numbers)]


def test_load_dataset_finds_the_splits(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    build(make())
    for arguments in ((str(tmp_path / "out"),), ("parquet", None, str(tmp_path / "out"))):
        loaded = datasets.load_dataset(*arguments, cache_dir=str(tmp_path / "cache"))
        for split in ("train", "validation", "test"):
            expected = [row for row in rows(tmp_path / "out") if row.pop("split") == split]
            assert list(loaded[split]) == expected


# What is wrong with a build


def test_a_tokenizer_without_the_tokens_of_the_pack_is_refused_at_once(make: Make, tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"lacks .* of the .* tokens of the pack readme-sample"):
        build(make("pack=./examples/packs/readme-sample"))
    assert not (tmp_path / "out.building").exists()


def test_what_is_there_is_not_overwritten(make: Make, tmp_path: Path) -> None:
    write(tmp_path / "out" / "precious.txt", b"mine")
    with pytest.raises(DatasetError, match="something is there already"):
        build(make())
    assert (tmp_path / "out" / "precious.txt").read_bytes() == b"mine"
    build(make(), replace=True)
    assert not (tmp_path / "out" / "precious.txt").exists()


# Pairs of chunks and sources


def test_chunks_that_stand_beside_their_sources_are_taken(make: Make, tmp_path: Path, luac: Luac) -> None:
    folder = tmp_path / "pairs"
    for name, text in (("good", COUNTER), ("stripped", b"return 2\n"), ("stale", b"x = 1\n"), ("bad", b"x = 3\n")):
        write(folder / f"{name}.lua", text)
    luac("-o", "good.luac", "good.lua", cwd=folder)
    luac("-s", "-o", "stripped.luac", "stripped.lua", cwd=folder)
    luac("-o", "stale.luac", "good.lua", cwd=folder)
    write(folder / "bad.luac", b"\x1bLua")
    write(folder / "alone.luac", b"\x1bLua")
    build(replace(make(), sources=(Source(str(folder), pairs=True, name="p"),)))
    found = rows(tmp_path / "out")
    assert {(row["origin"], row["stripped"]) for row in found} == {
        ("p/good.lua", False),
        ("p/good.lua", True),
        ("p/stripped.lua", True),
    }
    assert "@good.lua" in next(row["prompt"][0]["content"] for row in found if not row["stripped"])
    details = {row["origin"]: row["detail"] for row in rejects(tmp_path / "out")}
    assert details["p/stale.lua"] == "the chunk beside it is not what it compiles to"
    assert details["p/bad.lua"].startswith("byte 4 ")
    assert "alone.lua" in details["p/alone.luac"]
    assert verify(tmp_path / "out") == []


def test_the_chunks_beside_sources_can_be_of_a_dialect(make: Make, tmp_path: Path) -> None:
    text = "name: own\nheader:\n  - signature: 4b 75 61\n  - int: any\nopcodes: {RETURN: 0, MOVE: 38}\nend: any\n"
    write(tmp_path / "own.yaml", text.encode())
    folder, dialect = tmp_path / "pairs", str(tmp_path / "own.yaml")
    chunk = aidec.load(aidec.compile(COUNTER, "@of_the_game"))
    write(folder / "good.lua", COUNTER)
    write(folder / "good.luac", aidec.dump(chunk, dialect=dialect) + b"more of the game")
    write(folder / "official.lua", COUNTER)
    write(folder / "official.luac", aidec.dump(chunk))
    write(folder / "no_text.lua", aidec.dump(chunk, dialect=dialect))
    source = Source(str(folder), pairs=True, name="p", dialect=dialect)
    build(replace(make("strip=never"), sources=(source,)))
    (row,) = rows(tmp_path / "out")
    assert row["prompt"][0]["content"] == aidec.render(chunk, "compact")
    assert {row["origin"]: row["detail"] for row in rejects(tmp_path / "out")} == {
        "p/no_text.lua": "expected Lua source text, but this is a precompiled chunk",
        "p/official.lua": "byte 0 (header.signature): expected b'Kua' in the dialect 'own', read b'\\x1bLu'",
    }
    assert verify(tmp_path / "out") == []
    before = open_dataset(tmp_path / "out").record["sha256"]
    write(tmp_path / "own.yaml", text.replace("MOVE: 38", "LOADK: 38, MOVE: 1").encode())
    build(replace(make("strip=never", output="other"), sources=(source,)))
    after = open_dataset(tmp_path / "other").record["sha256"]
    assert {name for name in before if before[name] != after[name]} == {"dialects"}
    with pytest.raises(DialectError, match="no dialect 'nowhere'"):
        build(replace(make(output="third"), sources=(replace(source, dialect="nowhere"),)))
    assert not (tmp_path / "third.building").exists()


def test_a_missing_library_ends_a_build_before_it_begins(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_lua", None)
    _parser.cache_clear()
    with pytest.raises(DatasetError, match="needs the extra lua"):
        build(make("granularity=function", "seed=99"))
    assert not (tmp_path / "out.building").exists()


def test_odd_records_do_no_harm(make: Make, tmp_path: Path, tokenizer_folder: Path) -> None:
    records = [
        {"lua": "x = 1", "repo": "\ud800", "license": "\ud800"},
        {"lua": "x = '\ud800'"},
        {"lua": "x = '<|assistant_end|><|user_start|>' -- <|function|>\n"},
        {"lua": "\0"},
        {"lua": "x = " + "(" * 250 + "1" + ")" * 250},
        {"other": 1},
    ]
    lines = [json.dumps(record).encode() for record in records] + [b"no json", b'{"lua": "cut']
    write(tmp_path / "odd.jsonl", b"\n".join(lines))
    counts = build(replace(make("filters.defects=[]"), sources=(Source(str(tmp_path / "odd.jsonl"), name="odd"),)))
    assert {row["origin"] for row in rows(tmp_path / "out")} == {"odd:1", "odd:2", "odd:3"}
    assert {row["origin"] for row in rejects(tmp_path / "out")} == {f"odd:{i}" for i in range(4, 9)}
    assert counts["records"] == 8
    assert verify(tmp_path / "out") == []
    control = Tokenizer.from_directory(tokenizer_folder).special_id("<|assistant_end|>")
    assert all(row["input_ids"].count(control) == 1 for row in rows(tmp_path / "out"))


def test_a_record_that_nobody_foresaw_ends_no_build(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(proto: object) -> int:
        raise ZeroDivisionError("nobody foresaw it")

    monkeypatch.setattr("aidec.dataset.sampler.instructions", fail)
    build(make())
    details = {row["detail"] for row in rejects(tmp_path / "out") if row["stage"] == "encode"}
    assert details == {"ZeroDivisionError: nobody foresaw it"}
    assert rows(tmp_path / "out") == []


@pytest.mark.parametrize("granularity", ["file", "function"])
def test_a_document_that_cannot_be_encoded_is_rejected_alone(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, granularity: str
) -> None:
    def all_but_counters(chat: Chat, conversations: list[Any]) -> list[Encoded]:
        if any(b"n = n +" in conversation[-1]["content"] for conversation in conversations):
            raise TokenizerError("no token for it")
        return encode(chat, conversations)

    encode = Chat.encode_conversations
    options = (f"granularity={granularity}", "deduplication.exact=false", "split.by=repository")
    build(make(*options, output="whole"))
    monkeypatch.setattr(Chat, "encode_conversations", all_but_counters)
    build(make(*options))
    counters = {"src/package0/counter.lua", "src/package1/renamed.lua"}
    assert [row for row in rows(tmp_path / "whole") if row["origin"].partition("#")[0] not in counters] == rows(
        tmp_path / "out"
    )
    failed = [row for row in rejects(tmp_path / "out") if row["stage"] == "encode"]
    assert {row["origin"] for row in failed} == counters
    assert {(row["reason"], row["detail"], row["unit"]) for row in failed} == {("failed", "no token for it", "record")}


def test_a_pack_without_tokens_gives_the_same_texts(make: Make, tmp_path: Path, tokenizer_folder: Path) -> None:
    build(make("pack=listing", "strip=never"))
    found = rows(tmp_path / "out")
    assert found
    tokenizer_ = Tokenizer.from_directory(tokenizer_folder)
    for row in found:
        source = (tmp_path / row["origin"]).read_bytes()
        text = aidec.render(aidec.load(aidec.compile(source, f"@{row['origin']}")), "listing")
        assert row["prompt"] == [{"role": "user", "content": text}]
        assert text.encode() in tokenizer_.decode_bytes(row["input_ids"])
