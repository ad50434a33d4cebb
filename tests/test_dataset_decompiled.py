"""Datasets whose prompts are decompiled source: proven, whatever does the work, and never a control token."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from small_dataset import hashes, recipe, rejects, rows, tokenizer, write, write_recipe, write_sources
from trained import extended

import aidec
from aidec.bytecode import Chunk, strip
from aidec.bytecode.fingerprint import exact_key
from aidec.chat import Chat
from aidec.common.errors import DatasetError
from aidec.dataset import prompts
from aidec.dataset.pipeline import build
from aidec.dataset.prompts import Prompts, shown
from aidec.dataset.reader import open_dataset
from aidec.dataset.recipe import load_recipe
from aidec.dataset.verification import setting, verify_row, verify_shard
from aidec.decompiler.decompiled import Decompiled
from aidec.lua.nodes import Binary
from aidec.tokenizers import Tokenizer

Make = Callable[..., Path]

METHOD = b"""local Queue = {}
Queue.__index = Queue
function Queue.new() return setmetatable({last = 0}, Queue) end
function Queue:push(value) self.last = self.last + 1; self[self.last] = value; return function() return Queue end end
return Queue
"""
COUNT = "src/package0/counter.lua#0"


@pytest.fixture(scope="module")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, tokenizer_folder: Path) -> Path:
    """The folder of the small sources and of some more."""
    folder = tmp_path_factory.mktemp("sources")
    write_sources(folder)
    write(folder / "src" / "queue.lua", METHOD)
    write(folder / "src" / "field.lua", b"local t = {}\nfunction f() t.g = 1 end\n")
    control = next(token for token in Tokenizer.from_pretrained(tokenizer_folder).special_tokens if "end" in token)
    write(folder / "src" / "forged.lua", b'return f("' + control.encode() + b'")\n')
    return folder


@pytest.fixture(scope="module")
def make(sources: Path, tokenizer_folder: Path) -> Make:
    """Builds a dataset of decompiled prompts, each once; returns its folder."""

    @cache
    def made(*overrides: str, jobs: int = 1) -> Path:
        output = "".join(c if c.isalnum() else "-" for c in f"{jobs} {overrides}")
        settings = ("prompt=decompiled", "strip=always", "deduplication.exact=false", *overrides)
        build(recipe(sources, tokenizer_folder, *settings, output=output), jobs=jobs)
        return sources / output

    return made


def verify(folder: Path) -> list[str]:
    """What is wrong with a dataset."""
    built = open_dataset(folder)
    found = setting(built)
    return [problem for paths in built.shards.values() for path in paths for problem in verify_shard(found, path)[1]]


def row_of(folder: Path, origin: str) -> dict[str, Any]:
    """The row of an origin."""
    (row,) = (row for row in rows(folder) if row["origin"] == origin)
    return row


def texts_of(source: bytes, *, plain: bool = True) -> Prompts:
    return Prompts(strip(aidec.load(aidec.compile(source))), plain=plain)


def problem_with(folder: Path, tokenizer_folder: Path, row: dict[str, Any], text: str) -> str | None:
    """What is wrong with a row that has another prompt, with the tokens of that."""
    prompt = [{"role": "user", "content": text}]
    chat = Chat(Tokenizer.from_pretrained(tokenizer_folder))
    ids, mask = chat.render_conversation([*prompt, *row["completion"]]) or ([], [])
    changed = {"prompt": prompt, "input_ids": ids, "assistant_masks": mask}
    return verify_row(setting(open_dataset(folder)), {**row, **changed})


# What is shown


@pytest.mark.parametrize("granularity", ["file", "function"])
@pytest.mark.parametrize("names", ["made", "plain"])
def test_each_prompt_compiles_to_the_code_of_its_completion(
    make: Make, sources: Path, granularity: str, names: str
) -> None:
    folder = make(f"granularity={granularity}", f"names={names}")
    assert verify(folder) == []
    for row in rows(folder):
        origin, _, path = row["origin"].partition("#")
        proto = aidec.load(aidec.compile((sources / origin).read_bytes())).main
        for index in filter(None, path.split(".")):
            proto = proto.protos[int(index)]
        text = row["prompt"][0]["content"].encode()
        assert exact_key(shown(text, is_function=granularity == "function")) == exact_key(proto)
        assert b"--" not in text


def test_a_function_is_shown_with_what_it_captures(make: Make) -> None:
    row = row_of(make("granularity=function", "names=plain"), COUNT)
    expected = "local v0\nreturn function(p0)\n    v0 = v0 + p0\n    return v0\nend\n"
    assert row["prompt"][0]["content"] == expected


def test_a_method_is_shown_with_its_self() -> None:
    text = texts_of(METHOD, plain=False).text((1,)).decode()
    assert text.splitlines()[1].startswith("return function(self, ")


def test_names_are_made_from_use_or_numbered() -> None:
    source = b'local reader = require("reader"); return function() return reader.next() end'
    assert texts_of(source, plain=False).text((0,)).startswith(b"local reader\nreturn function()")
    assert texts_of(source, plain=True).text((0,)).startswith(b"local v0\nreturn function()")


def test_a_file_that_is_too_long_is_divided(make: Make) -> None:
    folder = make("limits.over=split", "limits.whole.max=90")
    assert "gave way to those of their functions" in (folder / "README.md").read_text()
    assert any("#" in row["origin"] for row in rows(folder))
    assert verify(folder) == []


def test_a_prompt_that_spells_a_control_token_is_text(make: Make, tokenizer_folder: Path) -> None:
    folder = make("granularity=file", "names=made")
    row = row_of(folder, "src/forged.lua")
    loaded, found = Tokenizer.from_pretrained(tokenizer_folder), setting(open_dataset(folder))
    token = row["prompt"][0]["content"].split('"')[1]
    control, spelled = loaded.special_id(token), loaded.encode(token)
    assert len(spelled) > 1
    assert verify_row(found, row) is None
    ids, mask = row["input_ids"], row["assistant_masks"]
    start = next(i for i in range(len(ids)) if ids[i : i + len(spelled)] == spelled)
    end = start + len(spelled)
    forged = {"input_ids": [*ids[:start], control, *ids[end:]], "assistant_masks": [*mask[:start], 0, *mask[end:]]}
    assert verify_row(found, {**row, **forged}) == "the ids have other control tokens than the template"


# What is proven


def test_what_is_not_proven_is_rejected_with_its_reason(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(chunk: Chunk, *, plain: bool) -> Decompiled:
        """The program of a chunk with a mistake where it adds."""
        program = aidec.decompile(chunk, plain=plain)
        for node in program.tree.walk():
            if isinstance(node, Binary) and node.operator == "+":
                node.operator = "-"
        return program

    monkeypatch.setattr(prompts, "decompile", wrong)
    folder = make("granularity=function", "seed=1")
    found = [row for row in rejects(folder) if row["stage"] == "decompile"]
    assert {row["origin"] for row in found} >= {"src/package0/counter.lua", "src/package1/renamed.lua"}
    assert {(row["reason"], row["detail"], row["unit"]) for row in found} == {
        ("not proven", "by itself it compiles to other code", "sample")
    }
    assert rows(folder)
    assert all("+" not in row["completion"][0]["content"] for row in rows(folder))
    assert verify(folder) == []


def test_a_function_that_differs_takes_those_around_it_with_it() -> None:
    texts = texts_of(b"return function() return function() return 1 end end, function() return 2 end")
    inner = next(function for function in texts._program.functions if function.path == (0, 0))
    inner.difference = "instruction 1"
    for path in ((), (0,), (0, 0)):
        with pytest.raises(DatasetError, match=r"main\.protos\[0\]\.protos\[0\] differs at: instruction 1"):
            texts.text(path)
    assert texts.text((1,)) == b"return function()\n    return 2\nend\n"


@pytest.mark.parametrize("granularity", ["file", "function"])
def test_a_row_that_is_wrong_is_found(make: Make, granularity: str) -> None:
    folder = make(f"granularity={granularity}", "names=plain")
    found = setting(open_dataset(folder))
    row = next(row for row in rows(folder) if "n = n + " in row["completion"][0]["content"])
    other = next(row for row in rows(folder) if row["origin"].startswith("src/queue.lua"))
    assert verify_row(found, row) is None
    changes: dict[str, dict[str, Any]] = {
        "n_instructions": {"n_instructions": row["n_instructions"] + 1},
        "another prompt": {"prompt": other["prompt"]},
        "another completion": {"completion": other["completion"]},
        "another row": {name: other[name] for name in ("prompt", "input_ids", "assistant_masks", "completion")},
        "a mask too short": {"assistant_masks": row["assistant_masks"][:-1]},
    }
    for change, columns in changes.items():
        assert verify_row(found, {**row, **columns}) is not None, change


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("v0 = v0 + p0", "v0 = v0 - p0"),  # another instruction
        ("v0 = v0 + p0", "v0 = p0 + v0"),  # other operands
        ("local v0\n", ""),  # a global variable in place of an upvalue
        ("return function(p0)", "return function(p0, ...)"),
        ("return v0", "return v0, 1"),
        ("return function(p0)", "return 1, function(p0)"),  # what is around the function does not count
    ],
)
def test_a_prompt_of_other_code_is_found(make: Make, tokenizer_folder: Path, before: str, behind: str) -> None:
    folder = make("granularity=function", "names=plain")
    row = row_of(folder, COUNT)
    text = row["prompt"][0]["content"]
    assert before in text
    problem = problem_with(folder, tokenizer_folder, row, text.replace(before, behind))
    assert (problem is None) == (behind == "return 1, function(p0)")


def test_a_prompt_of_the_environment_in_the_place_of_an_upvalue_is_found(make: Make, tokenizer_folder: Path) -> None:
    folder = make("granularity=function", "names=plain")
    row, text = row_of(folder, "src/field.lua#0"), "return function()\n    g = 1\nend\n"
    expected = "the prompt compiles to other code than the completion"
    assert problem_with(folder, tokenizer_folder, row, text) == expected


# The same whatever does the work


def test_the_result_does_not_depend_on_the_number_of_processes(make: Make) -> None:
    one, two = make("granularity=file", "names=made"), make("granularity=file", "names=made", jobs=2)
    assert hashes(one) == hashes(two)


def test_a_tokenizer_needs_no_tokens_of_a_pack(make: Make, tmp_path: Path) -> None:
    extended("lua", (), "chatml").save(tmp_path / "without")
    assert verify(make(f"tokenizer={tmp_path / 'without'}")) == []


def test_a_recipe_of_decompiled_prompts_names_no_pack(tmp_path: Path, tokenizer_folder: Path) -> None:
    path = write_recipe(tmp_path, tokenizer_folder, prompt="decompiled", pack="compact")
    with pytest.raises(DatasetError, match="pack: expected null, since the prompt is decompiled, read 'compact'"):
        load_recipe(path)


@pytest.mark.parametrize(("names", "said"), [("made", "made from their use"), ("plain", "numbers")])
def test_the_card_says_what_the_prompts_are(make: Make, names: str, said: str) -> None:
    card = (make("granularity=file", f"names={names}") / "README.md").read_text()
    assert "the user shows what `aidec decompile` makes of bytecode" in card
    assert f"they are {said} in prompts" in card
