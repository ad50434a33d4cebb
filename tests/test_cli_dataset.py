"""``aidec dataset``: its commands, what they print, and what they say when something is wrong."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet
from small_dataset import rows, tokenizer, write_recipe, write_sources

from aidec.cli.dataset import COMMANDS
from aidec.cli.dataset import command as group
from aidec.cli.main import cli
from aidec.dataset.recipe import EXAMPLE


@pytest.fixture(scope="module")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokenizer_folder: Path) -> None:
    """The current folder of every test: sources and a recipe."""
    monkeypatch.chdir(tmp_path)
    write_sources(tmp_path)
    write_recipe(tmp_path, tokenizer_folder)


def aidec(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(cli, ["dataset", *arguments], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def test_the_list_of_commands_has_their_first_lines() -> None:
    for name, line in COMMANDS.items():
        command = group.get_command(None, name)  # type: ignore[arg-type] # it asks nothing of its context
        assert command is not None
        assert (command.help or "").splitlines()[0] == line


def test_init_writes_the_commented_recipe_and_never_over_another() -> None:
    aidec("init", "new.yaml")
    assert Path("new.yaml").read_bytes() == EXAMPLE.read_bytes()
    assert aidec("init", "-").stdout_bytes == EXAMPLE.read_bytes()
    assert aidec("init", "new.yaml", status=1).stderr == "aidec: new.yaml: it is there already\n"


def test_build_says_what_became_of_the_input() -> None:
    told = aidec("build", "recipe.yaml", "-o", "small", "--set", "strip=never").stderr.splitlines()
    assert [line.split(":")[1].strip() for line in told] == ["read", "samples", "plan", "shards", "small"]
    found = rows(Path("small"))
    per_split = [sum(row["split"] == split for row in found) for split in ("train", "validation", "test")]
    assert told[-1] == (
        "aidec: small: 14 records in, 6 rejected; 8 samples of the others, 1 rejected, 0 divided; "
        f"{per_split[0]} for training, {per_split[1]} for validation, {per_split[2]} for test; "
        f"{sum(len(row['input_ids']) for row in found):,} tokens"
    )


def test_build_says_which_split_is_empty() -> None:
    told = aidec("build", "recipe.yaml", "--set", "split={validation: 0, test: 0.001}").stderr
    assert "aidec: none of the groups fell into test: with few, take a larger split.test\n" in told
    assert "validation:" not in told


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--set", "foo=1"), "--set foo: unknown key 'foo'; "),
        (("--set", "tokenizer=nowhere"), "nowhere: not a tokenizer's folder: expected a tokenizer.json in it"),
        (("--set", "pack=clasic"), "clasic: no such pack; did you mean classic?"),
        (("--set", "chat=chatml"), "the tokenizer lacks <|im_start|>, which chatml needs; "),
        (("-o", "src"), "src: something is there already; --replace puts the dataset in its place"),
    ],
)
def test_what_is_wrong_with_a_build_is_told_in_one_line(arguments: tuple[str, ...], expected: str) -> None:
    told = aidec("build", "recipe.yaml", *arguments, status=1).stderr
    assert told.startswith(f"aidec: {expected}")
    assert told.count("\n") == 1


def test_stats_counts_what_is_there() -> None:
    aidec("build", "recipe.yaml")
    table = [line.split() for line in aidec("stats", "out").stdout.splitlines()]
    found = rows(Path("out"))
    assert next(line for line in table if line[:1] == ["samples"])[-1] == f"{len(found)}"
    assert next(line for line in table if line[:1] == ["tokens"])[-1] == f"{sum(len(r['input_ids']) for r in found):,}"
    assert ["duplicates", "duplicate", "sample", "2"] in table
    assert ["unknown", f"{len(found)}"] in table


def test_stats_and_show_know_token_shards_too() -> None:
    aidec("build", "recipe.yaml", "--set", "output.format=tokens")
    assert "tokens" in aidec("stats", "out").stdout
    assert aidec("show", "out", "-n", "1").stdout.count("\n") > 9
    assert "it takes the column origin" in aidec("verify", "out", status=1).stderr


def test_show_prints_the_tokens_of_the_first_rows() -> None:
    aidec("build", "recipe.yaml")
    shown = aidec("show", "out", "-n", "2", "--most", "9999")
    first, second = [row for row in rows(Path("out")) if row["split"] == "train"][:2]
    lines = shown.stdout.splitlines()
    assert [int(line.split("\t")[0]) for line in lines] == first["input_ids"] + second["input_ids"]
    assert [line.split("\t")[1] == "trained" for line in lines] == [
        flag == 1 for row in (first, second) for flag in row["assistant_masks"]
    ]
    assert first["origin"] in shown.stderr


def test_show_leaves_out_the_middle_of_a_long_sample() -> None:
    aidec("build", "recipe.yaml")
    lines = aidec("show", "out", "-n", "1", "--most", "20").stdout.splitlines()
    assert len(lines) == 20
    assert {line.split("\t")[1] for line in lines} == {"context", "trained"}


def test_show_says_which_splits_there_are() -> None:
    aidec("build", "recipe.yaml", "--set", "split={test: 0, validation: 0}")
    told = aidec("show", "out", "--split", "test", status=1).stderr
    assert told == "aidec: out: no samples in the split test, expected one of: train\n"


def test_verify_finds_a_shard_that_was_changed() -> None:
    aidec("build", "recipe.yaml")
    assert aidec("verify", "out").stderr.endswith(f"aidec: verified {len(rows(Path('out')))} rows, 0 failed\n")
    path = min(Path("out/data").glob("train-*"))
    table = parquet.read_table(path)
    changed = table.set_column(3, "stripped", [[not value for value in table["stripped"].to_pylist()]])
    parquet.write_table(changed, path)
    told = aidec("verify", "out", "-j", "2", status=1).stderr
    assert f"{path.name}, row 1, " in told
    assert f"{table.num_rows} failed" in told


def test_a_folder_that_is_no_dataset_is_told() -> None:
    for name in ("stats", "show", "verify"):
        told = aidec(name, "src", status=1).stderr
        assert told == "aidec: src: no dataset there: expected the aidec.json that aidec dataset build writes\n"
    aidec("build", "recipe.yaml")
    min(Path("out/data").iterdir()).unlink()
    assert aidec("stats", "out", status=1).stderr.endswith("the shard is missing\n")


def test_a_terminal_sees_a_bar_with_the_rate_and_colours() -> None:
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-m", "aidec", "dataset", "build", "recipe.yaml"]
    process = subprocess.Popen(arguments, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while True:
        try:
            block = os.read(ours, 1 << 16)
        except OSError:
            break
        if not block:
            break
        said += block
    os.close(ours)
    assert process.wait() == 0
    assert b"tokens/s" in said
    assert b"100%" in said


@pytest.mark.parametrize("name", ["build", "stats", "show", "verify"])
def test_a_missing_library_is_told_in_one_line(name: str) -> None:
    code = "import sys; sys.modules['pyarrow'] = None; from aidec.cli.main import main; main()"
    argument = "recipe.yaml" if name == "build" else "src"
    done = subprocess.run([sys.executable, "-c", code, "dataset", name, argument], capture_output=True, check=False)
    assert done.stderr == b"aidec: no pyarrow: datasets need the extra dataset: pip install 'aidec[dataset]'\n"
    assert done.returncode == 1


def test_a_build_needs_no_library_beyond_those_of_the_extra(tmp_path: Path) -> None:
    code = """if True:
        import sys
        from importlib.abc import MetaPathFinder

        class Without(MetaPathFinder):
            def find_spec(self, name, path, target=None):
                if name == "pandas":
                    raise ModuleNotFoundError(name)

        sys.meta_path.insert(0, Without())
        from aidec.cli.main import main
        main()
    """
    build = [sys.executable, "-c", code, "dataset", "build", "recipe.yaml", "--set", "deduplication.near=0.9"]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "out")


def test_render_loads_no_library_of_datasets() -> None:
    code = (
        "import sys, aidec, aidec.cli.render, json; "
        "print(json.dumps([name for name in ('pyarrow', 'numpy', 'datasketch', 'ray') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_dataset_without_samples_is_an_error_with_the_first_reason(tokenizer_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text('{"lua": null}\n{"lua": 5}\n')
    recipe = tmp_path / "none.yaml"
    recipe.write_text(f"sources: [none.jsonl]\ntokenizer: {tokenizer_folder}\noutput: {{path: none}}\n")
    result = aidec("build", str(recipe), status=1)
    assert "none: no samples: 2 of 2 records were rejected, and 0 samples; none.jsonl:1: expected an" in result.stderr
    assert result.stderr.endswith("read null\n")
