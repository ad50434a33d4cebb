"""Recipes: what they say by default, what beats them, and what is told of one that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aidec.common.errors import DatasetError
from aidec.dataset.recipe import EXAMPLE, Range, Recipe, Source, load_recipe


def message(path: Path, *overrides: str) -> str:
    with pytest.raises(DatasetError) as caught:
        load_recipe(path, overrides)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path.parent}/")


def of_text(folder: Path, text: str, *overrides: str) -> str:
    path = folder / "r.yaml"
    path.write_text(text)
    return message(path, *overrides)


def test_the_commented_recipe_says_the_defaults() -> None:
    assert load_recipe(EXAMPLE) == Recipe(sources=(Source("src/"),), tokenizer="tokenizer/")


def test_every_key_of_a_recipe_is_in_the_commented_one() -> None:
    text = EXAMPLE.read_text()

    def keys(settings: object) -> list[str]:
        if isinstance(settings, dict):
            return [key for name, inner in settings.items() for key in (name, *keys(inner))]
        return [key for inner in settings for key in keys(inner)] if isinstance(settings, tuple) else []

    for key in keys(load_recipe(EXAMPLE).content):
        assert re.search(rf"\b{key}: ", text) or re.search(rf"^ *{key}:$", text, re.MULTILINE), key


def test_a_source_is_a_path_or_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("tokenizer: t\nsources:\n  - a.lua\n  - {path: b.jsonl, field: content, pairs: true, name: b}\n")
    assert load_recipe(path).sources == (Source("a.lua"), Source("b.jsonl", "content", pairs=True, name="b"))


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("seed=7", "seed", 7),
        ("strip=0.25", "strip", 0.25),
        ("pack=compact", "pack", "compact"),
        ("pack=null", "pack", None),
        ("sources=[x, y]", "sources", (Source("x"), Source("y"))),
    ],
)
def test_a_setting_of_the_command_line_beats_the_recipe(override: str, name: str, value: object) -> None:
    assert getattr(load_recipe(EXAMPLE, [override]), name) == value


def test_a_setting_reaches_into_mappings_that_are_there_or_not(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("{sources: a, tokenizer: t, limits: {over: split}, split: null}")
    recipe = load_recipe(tmp_path / "r.yaml", ["limits.whole.max=9", "limits.whole.min=2", "split.test=0.5"])
    assert (recipe.limits.over, recipe.limits.whole, recipe.split.test) == ("split", Range(2, 9), 0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sources: a\ntokenizer: t\nsead: 1\n", "r.yaml:3: unknown key 'sead'; did you mean seed?"),
        (
            "sources: a\ntokenizer: t\nlimits:\n  whole: {maxx: 1}\n",
            "r.yaml:4: unknown key 'limits.whole.maxx'; did you mean max?",
        ),
        ("sources: a\n", "r.yaml:1: the key 'tokenizer' is missing"),
        ("tokenizer: t\n", "r.yaml:1: the key 'sources' is missing"),
        (
            "tokenizer: t\nsources:\n  - path: a\n    dialect: format-1\n",
            "r.yaml:4: sources.dialect: expected pairs: true beside it, which takes chunks",
        ),
        ("sources: [{field: a}]\ntokenizer: t\n", "r.yaml:1: the key 'sources.path' is missing"),
        (
            "sources: a\ntokenizer: t\nstrip: some\n",
            "r.yaml:3: strip: expected never, always, both, or a probability from 0 to 1, read 'some'",
        ),
        (
            "sources: a\ntokenizer: t\nlimits:\n  prompt:\n    min: 5\n    max: 4\n",
            "r.yaml:6: limits.prompt.max: expected 5 or more, which is min, read 4",
        ),
        (
            "sources: a\ntokenizer: t\nfilters:\n  defects: [minified, ugly]\n",
            "r.yaml:4: filters.defects: expected generated or minified or binary or not UTF-8, read 'ugly'",
        ),
        (
            "sources: a\ntokenizer: t\nsplit:\n  validation: 0.6\n  test: 0.6\n",
            "r.yaml:5: split: expected validation and test to be 1 together at most",
        ),
        ("sources: a\ntokenizer: t\nseed: [1]\n", "r.yaml:3: seed: expected a text"),
        ("sources: a\ntokenizer: t\nlimits: 3\n", "r.yaml:3: expected limits to be a mapping"),
    ],
)
def test_what_is_wrong_is_told_with_the_key_the_line_and_what_is_allowed(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert of_text(tmp_path, text).startswith(expected)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("sead=1", "--set sead: unknown key 'sead'; did you mean seed?"),
        ("limits.whole.max=none", "--set limits.whole.max: limits.whole.max: expected an integer, read 'none'"),
        ("seed", "--set seed: expected KEY=VALUE"),
        ("a..b=1", "--set a..b=1: expected KEY=VALUE"),
        ("seed.more=1", "--set seed.more: seed is no mapping"),
        ("sources=[", "--set sources: not YAML: "),
        ("deduplication.near=0", "--set deduplication.near: "),
    ],
)
def test_what_is_wrong_on_the_command_line_is_told_with_its_key(override: str, expected: str) -> None:
    assert message(EXAMPLE, override).startswith(expected)


def test_where_it_goes_and_what_computes_it_does_not_change_a_recipe() -> None:
    plain, elsewhere = load_recipe(EXAMPLE), load_recipe(EXAMPLE, ["engine=ray", "output.path=x"])
    assert plain.sha256 == elsewhere.sha256 != load_recipe(EXAMPLE, ["seed=1"]).sha256
