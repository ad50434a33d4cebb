"""What splits have in common: it is rejected as the recipe says, and what is left is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyarrow import parquet
from small_dataset import recipe, rows, tokenizer, write

import aidec
from aidec.bytecode import Proto
from aidec.bytecode.fingerprint import exact_key, signature, similarity
from aidec.cli.main import cli
from aidec.dataset.card import overlap
from aidec.dataset.pipeline import build
from aidec.dataset.reader import open_dataset
from aidec.dataset.recipe import SPLITS, Recipe, Split
from aidec.dataset.stages import plan, samples
from aidec.dataset.stages.columns import side
from aidec.dataset.stages.partition import write_partitions

SHARED = "function(a, b) local c = a * b + 7; print(c, a, b); return c - a end"
"""A function of 10 instructions."""
SHORT = "function(self) return self.name end"


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer(tmp_path_factory.mktemp("tokenizer"))


@dataclass(frozen=True)
class Planned:
    """What a plan keeps, by the split that each text was written for; what it rejects; and what is in common."""

    kept: list[str]
    rejects: list[tuple[str, str, str]]
    overlap: list[dict[str, Any]]


@pytest.fixture
def sources(tmp_path: Path, tokenizer_folder: Path) -> Callable[..., Recipe]:
    """Writes texts, each given with the split that it is to fall into, and makes their recipe."""
    numbers = count()

    def make(texts: list[tuple[str, str]], *overrides: str) -> Recipe:
        chosen = recipe(tmp_path, tokenizer_folder, "strip=always", *overrides)
        for split, text in texts:
            names = (f"src/{split}{i}.lua" for i in numbers)
            write(tmp_path / next(name for name in names if SPLITS[side(name, chosen)] == split), text.encode())
        return chosen

    return make


def planned(chosen: Recipe, *overrides: Split) -> list[Planned]:
    """The plans for a recipe with each of several settings of its split, of the same samples."""
    work = Path(f"{chosen.output.path}.planned")
    write_partitions(chosen, work / "partitions", 1, lambda _: None)
    samples.make(chosen, work, 0)
    made = parquet.read_table(work / "samples" / "00000.parquet", columns=["origin"])["origin"].to_pylist()
    found = []
    for split in overrides or (chosen.split,):
        plan.make(replace(chosen, split=split), work, 1, lambda *_: None)
        kept = parquet.read_table(work / "plan.parquet", columns=["row"])["row"].to_pylist()
        names = sorted(made[row].partition(".lua")[0].removeprefix("src/").rstrip("0123456789") for row in kept)
        rejected = parquet.read_table(work / "rejects" / "plan.parquet").to_pylist()
        reasons = [(row["stage"], row["reason"], row["detail"]) for row in rejected]
        found.append(Planned(names, reasons, json.loads((work / plan.OVERLAP).read_bytes())))
    shutil.rmtree(work)
    return found


FILE = f"local name = 'of training'; f = {SHARED}"
AROUND = f"function outer(x) return function() return x, {SHARED} end end"

Sources = Callable[..., Recipe]


def test_a_file_with_a_function_of_the_test_is_rejected_from_training(sources: Sources) -> None:
    (found,) = planned(sources([("train", FILE), ("train", "return 1 + x"), ("test", AROUND)]))
    assert found.kept == ["test", "train"]
    ((stage, reason, detail),) = found.rejects
    assert (stage, reason) == ("split", "function held out")
    assert detail.startswith("a function in it, of 10 instructions, is in test too, in src/test")


def test_validation_gives_way_to_the_test_and_training_to_what_is_left_of_it(sources: Sources) -> None:
    other = "function(t) for i = 1, #t do t[i] = t[i] .. 'x' end return t, #t end"
    texts = [("test", FILE), ("validation", f"f = {SHARED}; g = {other}"), ("train", f"g = {other}; return 5")]
    assert planned(sources(texts))[0].kept == ["test", "train"]
    assert planned(sources([("validation", f"h = {other}; return 6")]))[0].kept == ["test", "validation"]


@pytest.mark.parametrize(
    ("inside_is_test", "is_kept"),
    [
        (True, {"samples": True, "insides": False, "functions": False}),
        (False, {"samples": True, "insides": True, "functions": False}),
    ],
)
def test_the_recipe_says_what_must_not_be_in_common(
    sources: Sources, *, inside_is_test: bool, is_kept: dict[str, bool]
) -> None:
    # Too short for a sample of its own where it stands inside another
    words = "said at length " * 20
    whole = f"f = {SHARED.replace('local', f'--[[ {words} ]] local')}"
    around = f"g = function() return {SHARED}, '{words}' end"
    texts = [("train", whole), ("test", around)] if inside_is_test else [("train", around), ("test", whole)]
    chosen = sources(texts, "granularity=function", "limits.completion.min=60")
    found = planned(chosen, *(replace(chosen.split, apart=apart) for apart in is_kept))
    assert [each.kept for each in found] == [["test", "train"] if kept else ["test"] for kept in is_kept.values()]


def test_short_functions_may_be_in_common_and_are_counted(sources: Sources) -> None:
    chosen = sources([("train", f"f = {SHORT}; return 1"), ("test", f"f = {SHORT}; return 2")])
    usual, strict = planned(chosen, chosen.split, replace(chosen.split, apart_instructions=3))
    (pair,) = usual.overlap
    assert (pair["sharing"], pair["sharing_short"], pair["functions_short"]) == (0, 1, 1)
    assert (pair["shared_instructions"], pair["instructions"]) == (3, 8)
    assert strict.kept == ["test"]
    assert strict.rejects[0][2].startswith("a function in it, of 3 instructions,")


def test_what_is_counted_is_what_is_in_the_shards(sources: Sources, tmp_path: Path) -> None:
    """The prompts are read back, and every sample is compared with every other."""
    lines = [f"t{i} = f({i}, 'a{i}')" for i in range(40)]
    texts = [
        ("train", f"{FILE}; short = {SHORT}"),
        ("train", "\n".join(["h = function()", *lines, "end"])),
        ("validation", f"s = {SHORT}; return 1"),
        ("validation", "\n".join(["k = function()", *lines, "t = 1", "end"])),
        ("test", f"{AROUND} short = {SHORT}"),
        ("test", f"s = {SHORT}; return 2"),
        ("test", "\n".join(["h = function()", *lines[1:], "end"])),
    ]
    build(sources(texts, "split.apart=samples"))
    record = open_dataset(tmp_path / "out").record
    found = {(pair.pop("split"), pair.pop("earlier")): pair for pair in record["overlap"]}
    found_in: dict[str, list[Functions]] = {split: [] for split in SPLITS}
    for row in rows(tmp_path / "out"):
        main = aidec.assemble(row["prompt"][-1]["content"], "compact").main
        found_in[row["split"]].append([(exact_key(proto), proto) for proto in main.walk()])
    assert found == {
        (split, earlier): _in_common(found_in[split], found_in[earlier])
        for split, earlier in (("test", "train"), ("test", "validation"), ("validation", "train"))
    }
    counted = {name for pair in found.values() for name, number in pair.items() if number}
    assert counted >= {"sharing", "sharing_short", "similar", "functions", "functions_short"}


Functions = list[tuple[bytes, Proto]]
"""A sample and the functions inside it, with their keys."""


def _in_common(ours: list[Functions], theirs: list[Functions]) -> dict[str, int]:
    """What samples have in common with others, found the plain way."""

    def size(proto: Proto) -> int:
        return sum(len(inner.code) for inner in proto.walk())

    inside = {key for sample in theirs for key, _ in sample}
    shared = [[(key, proto) for key, proto in sample if key in inside] for sample in ours]
    short = [all(size(proto) < 10 for _, proto in sample) for sample in shared]
    similar = [
        any(similarity(signature(sample[0][1]), signature(other[0][1])) >= 0.8 for other in theirs) for sample in ours
    ]
    long = [size(sample[0][1]) >= 10 for sample in ours]
    sizes = {key: size(proto) for sample in shared for key, proto in sample}
    return {
        "samples": len(ours),
        "same": sum(sample[0][0] in {other[0][0] for other in theirs} for sample in ours),
        "sharing": sum(not is_short for is_short in short),
        "sharing_short": sum(bool(sample) and is_short for sample, is_short in zip(shared, short, strict=True)),
        "similar": sum(a and b for a, b in zip(similar, long, strict=True)),
        "similar_short": sum(a and not b for a, b in zip(similar, long, strict=True)),
        "functions": sum(number >= 10 for number in sizes.values()),
        "functions_short": sum(number < 10 for number in sizes.values()),
        "instructions": sum(len(proto.code) for sample in ours for _, proto in sample),
        "shared_instructions": sum(len(proto.code) for sample in shared for _, proto in sample),
    }


def test_stats_and_the_card_show_it(sources: Sources, tmp_path: Path) -> None:
    build(sources([("train", f"f = {SHORT}; return 1"), ("test", f"f = {SHORT}; return 2"), ("test", "return x")]))
    shown = CliRunner().invoke(cli, ["dataset", "stats", str(tmp_path / "out")], catch_exceptions=False).stdout
    table = [line.split("  ") for line in shown.splitlines()]
    assert ["in common", "test and train"] in [[cell.strip() for cell in row if cell] for row in table]
    cells = {row[0]: row[-1].strip() for row in table}
    assert cells["samples of the first"] == "2"
    assert cells["with a function of 10 or more instructions in both"] == "0"
    assert cells["with only shorter functions in both"] == "1"
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| with only shorter functions in both | 1 |" in card


def test_without_what_is_held_out_there_is_nothing_to_show(sources: Sources) -> None:
    (found,) = planned(sources([("train", FILE)], "split={test: 0, validation: 0}"))
    assert found.overlap == []
    assert overlap({"overlap": found.overlap}) == []
