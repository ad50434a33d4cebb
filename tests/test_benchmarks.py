"""What the benchmarks compare is the same on both sides, and their sums are right. Nothing here is timed."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from shutil import copyfile

import decompile
import growth
import page
import plain
import pytest
import synthesis
from bench import chosen, compare, same
from commands import CommandComparison
from comparisons import COMPARISONS, Comparison
from conftest import LUA_FILES
from growth import Point
from inputs import Corpus, Item, Sample
from page import Result
from timing import Round, Spread, pair

import aidec

ROOT = Path(__file__).parent.parent


def test_the_plain_way_refuses_what_is_no_chunk() -> None:
    with pytest.raises(ValueError, match="not a chunk of Lua"):
        plain.text(b"\x1bLua\x54")


# Ratios


def test_a_ratio_is_how_many_times_the_plain_way_costs_ours() -> None:
    assert Round(ours=2.0, plain=6.0).ratio == 3.0


def test_a_spread_is_the_median_and_the_ends_of_the_ratios_of_pairs() -> None:
    slow_machine_in_the_second = [Round(1, 8), Round(10, 90), Round(1, 4)]
    assert Spread.of(slow_machine_in_the_second) == Spread(8, 4, 9)


def test_the_way_that_goes_first_alternates() -> None:
    order: list[str] = []

    def way(name: str) -> float:
        order.append(name)
        return float(len(name))

    for number in range(3):
        assert pair(lambda: way("ours"), lambda: way("plain"), number) == Round(4, 5)
    assert order == ["ours", "plain", "plain", "ours", "ours", "plain"]


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(0.0056, "0.0056"), (0.99, "0.99"), (1, "1.00"), (8.04, "8.04"), (81.23, "81.2"), (123.4, "123")],
)
def test_a_ratio_is_shown_with_three_digits(ratio: float, shown: str) -> None:
    assert page.number(ratio) == shown


# Growth


@pytest.mark.parametrize("power", [1, 2])
def test_the_slope_of_a_power_is_its_exponent(power: int) -> None:
    assert growth.slope([(n, 3.0 * n**power) for n in (10, 100, 1000)]) == pytest.approx(power)


def test_memory_that_a_process_has_in_reserve_does_not_count_for_the_slope() -> None:
    points = [Point(10_000, 1, 1), Point(100_000, 10, 10 << 20), Point(1_000_000, 100, 100 << 20)]
    assert growth.slopes(points) == pytest.approx({"time": 1, "memory": 1})


def test_a_single_point_has_no_slope() -> None:
    assert growth.slopes([Point(10_000, 1, 10 << 20)]) == {}


def test_there_are_two_sizes_a_decade() -> None:
    assert growth.sizes(10_000) == [1000, 3000, 10_000]


@pytest.mark.parametrize("size", [1000, 30_000])
def test_a_synthetic_source_has_about_so_many_instructions(size: int) -> None:
    chunk = aidec.load(aidec.compile(growth.source(size)))
    assert sum(len(proto.code) for proto in chunk.main.walk()) == pytest.approx(size, rel=0.05)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a process its peak memory")
def test_growth_is_measured_in_processes_of_their_own(corpus: Corpus, tmp_path: Path) -> None:
    found = growth.measure(corpus.tokenizer("classic"), most=1000)
    assert [len(points) for points in found.values()] == [1, 1, 1]
    growth.plot(found, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


# The page


def test_tables_take_the_place_of_those_before() -> None:
    first = page.put(f"above\n{page.BEGIN}{page.END}\nbelow", "| old |")
    assert page.put(first, "| new |") == f"above\n{page.BEGIN}\n\n| new |\n\n{page.END}\nbelow"


@pytest.mark.parametrize("text", ["", page.BEGIN, page.END, page.END + page.BEGIN, (page.BEGIN + page.END) * 2])
def test_a_page_without_its_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        page.put(text, "| new |")


def test_the_page_of_the_project_has_the_marks() -> None:
    assert page.put((ROOT / "docs" / "measurements" / "performance.md").read_text(), "tables")


def test_the_table_has_a_row_for_each_result() -> None:
    result = Result("text", "the plain way", [Round(1, 8), Round(1, 9), Round(1, 7)], 2, 3000)
    table = page.as_markdown({"when": "today"}, "two chunks", [result], {"parse": [Point(1000, 1, 1)]})
    assert "| text | the plain way | 8.00 | 7.00 | 9.00 | 3 | 2 | 3,000 |" in table.splitlines()


# A corpus, and all of it once


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The sources right in tests/lua, without the small ones for the decompiler."""
    folder = tmp_path_factory.mktemp("lua")
    for path in LUA_FILES:
        copyfile(path, folder / path.name)
    return Corpus(folder, tmp_path_factory.mktemp("work"), vocabulary=600)


def test_a_corpus_is_compiled_once(corpus: Corpus) -> None:
    first = [(item.path, item.data) for item in corpus.items]
    assert len(first) == len(LUA_FILES)
    first[0][0].write_bytes(b"changed")
    again = Corpus(corpus.folder, corpus.work.parent)
    assert [item.path for item in again.items] == [path for path, _ in first]
    assert again.items[0].data == b"changed"
    first[0][0].write_bytes(first[0][1])


def test_a_sample_is_bounded_and_apart_from_what_warms_up(corpus: Corpus) -> None:
    sample = corpus.sample(400)
    assert 200 < sample.instructions <= 400
    assert 0 < sum(item.instructions for item in sample.others) <= 200
    assert not {item.path for item in sample.items} & {item.path for item in sample.others}
    assert max(item.instructions for item in (*sample.items, *sample.others)) <= 50


@pytest.mark.parametrize(("instructions", "number"), [(10, 1), (60_000, 2), (10_000_000, 16)])
def test_a_sample_is_measured_in_portions(instructions: int, number: int) -> None:
    items = [Item(Path(str(i)), instructions // 20) for i in range(20)]
    portions = Sample(items, []).portions
    assert len(portions) == number
    assert sorted(chain.from_iterable(portions), key=lambda item: int(str(item.path))) == items


def test_a_sample_of_everything_is_everything(corpus: Corpus) -> None:
    assert corpus.sample(None).items == corpus.items


@pytest.mark.parametrize("comparison", chosen(None), ids=lambda each: f"{each.name} against {each.against}")
def test_every_comparison_runs(corpus: Corpus, comparison: Comparison | CommandComparison) -> None:
    result = compare(comparison, corpus, rounds=1, scale=0.01)
    assert result.instructions > 0 or "loops" in result.name
    assert result.rounds[0].ratio > 0


@pytest.fixture
def different() -> Comparison:
    """Two ways that make different things."""
    text, json = [next(each for each in COMPARISONS if each.name == f"text, {pack}") for pack in ("classic", "json")]
    return replace(text, plain=json.plain)


def test_ways_that_make_different_things_are_not_compared(corpus: Corpus, different: Comparison) -> None:
    with pytest.raises(SystemExit):
        different.measure(corpus, rounds=1)


def test_all_chunks_that_differ_are_printed(
    corpus: Corpus, different: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not same(different, corpus, jobs=2)
    number = len(corpus.items)
    out = capsys.readouterr().out
    assert out.startswith(f"text, classic, against the plain way: {number} chunks, {number} differ ")
    assert all(str(item.path) in out for item in corpus.items)


@pytest.mark.parametrize(
    "comparison",
    [each for each in COMPARISONS if each.is_same],
    ids=lambda each: f"{each.name} against {each.against}",
)
def test_both_ways_make_the_same_of_all_chunks(corpus: Corpus, comparison: Comparison) -> None:
    assert same(comparison, corpus, jobs=1)


# Decompiling


@pytest.mark.parametrize("kind", decompile.KINDS)
def test_a_generated_function_has_about_the_size_asked_for_and_is_proven(kind: str) -> None:
    chunk = decompile.chunk_of(kind, 2000)
    assert chunk.main.protos == ()
    assert 1000 <= len(chunk.main.code) <= 4000
    assert aidec.decompile(chunk).is_proven


# Generated programs


def test_each_tag_has_its_share_of_each_group() -> None:
    code = synthesis.Code
    groups = {"real": [code(1, ["x", "size:1-9"]), code(9, ["x", "y"])], "made": [code(3, ["y"])]}
    assert synthesis.rows(groups) == [("x", [1.0, 0.0]), ("y", [0.5, 1.0])]
    assert "| instructions, median | 9 | 3 |" in list(synthesis.table(groups))
