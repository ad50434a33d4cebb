"""The commands about nothing being lost: assemble, verify, stats, pack new and pack check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import aidec
from aidec.bytecode import Chunk
from aidec.cli.main import cli
from aidec.packs import Renderer
from aidec.packs.splitter import Splitter

SOURCE = "local x = 1\nfor i = 1, 10 do print(x, i, 'text') end\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of every test: a script and its chunk, and a folder with sources, one of them bad."""
    monkeypatch.chdir(tmp_path)
    Path("script.lua").write_text(SOURCE)
    Path("script.luac").write_bytes(aidec.compile(SOURCE, name="@script.lua"))
    Path("src").mkdir()
    Path("src/one.lua").write_text("a = 1")
    Path("src/two.lua").write_text("return function(...) return ... end")
    Path("src/three.lua").write_text("x = = 1")
    return tmp_path


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin, prog_name="aidec")


# assemble


@pytest.mark.parametrize("pack", ["classic", "compact"])
def test_a_rendered_chunk_is_assembled_to_its_bytes(pack: str) -> None:
    assert run("render", "-p", pack, "script.luac", "-o", "tokens.txt").exit_code == 0
    assert run("assemble", "-p", pack, "tokens.txt", "-o", "again.luac").exit_code == 0
    assert Path("again.luac").read_bytes() == Path("script.luac").read_bytes()


def test_the_chunk_of_a_text_goes_beside_it_by_default() -> None:
    run("render", "src", "-o", "out/")
    assert run("assemble", "out/one.lua.txt").exit_code == 0
    assert Path("out/one.lua.luac").read_bytes() == aidec.compile("a = 1", name="@src/one.lua")


def test_a_text_on_standard_input_is_assembled_to_standard_output() -> None:
    text = run("render", "script.luac").stdout_bytes
    assert run("assemble", "-", stdin=text).stdout_bytes == Path("script.luac").read_bytes()


def test_widths_and_byte_order_are_options_of_assemble() -> None:
    chunk = aidec.load("script.luac")
    header = replace(chunk.header, is_big_endian=True, len_int=8, len_size_t=4, len_integer=4, len_number=4)
    run("render", "script.luac", "-o", "tokens.txt")
    widths = ["--big-endian", "--int", "8", "--size-t", "4", "--integer", "4", "--number", "4"]
    assert run("assemble", "tokens.txt", "-o", "again.luac", *widths).exit_code == 0
    assert aidec.load("again.luac") == replace(chunk, header=header)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"nonsense", "tokens.txt: line 1, column 1: expected <|Proto|>, found 'nonsense'"),
        (b"\xff", "tokens.txt: byte 0: expected UTF-8 text, read b'\\xff'"),
    ],
)
def test_a_text_that_is_no_render_is_told_in_one_line(text: bytes, message: str) -> None:
    Path("tokens.txt").write_bytes(text)
    result = run("assemble", "tokens.txt", "-o", "again.luac")
    assert (result.exit_code, result.stderr) == (1, f"aidec: {message}\n")
    assert not Path("again.luac").exists()


# verify


@pytest.mark.parametrize("pack", ["classic", "compact"])
@pytest.mark.parametrize("options", [[], ["--strip"], ["-j", "2"]])
def test_verify_proves_sources_and_chunks_and_goes_on_after_a_bad_one(pack: str, options: list[str]) -> None:
    result = run("verify", "-p", pack, *options, "src", "script.luac")
    assert result.exit_code == 1
    assert result.stderr.startswith("aidec: src/three.lua:1: unexpected symbol")
    assert "aidec: verified 3 of 4 inputs, 1 failed" in result.stderr


def test_verify_names_the_field_that_a_pack_loses() -> None:
    Path("lossy").mkdir()
    Path("lossy/pack.yaml").write_text("name: lossy\ndescription: classic without names of locals.\nextends: classic\n")
    Path("lossy/local_var.j2").write_text(
        "<|Proto-locvars-idx|>{{ index }}<|/Proto-locvars-idx|><|LocVar|><|LocVar-varname|><|NULL|><|/LocVar-varname|>"
        "<|LocVar-startpc|>{{ local_var.start_pc }}<|/LocVar-startpc|>"
        "<|LocVar-endpc|>{{ local_var.end_pc }}<|/LocVar-endpc|><|/LocVar|>"
    )
    result = run("verify", "-p", "./lossy", "script.luac")
    assert result.exit_code == 1
    local_var = aidec.load("script.luac").main.local_vars[0]
    lost = f"main.local_vars[0]: expected {local_var}, got {replace(local_var, name=None)}"
    assert result.stderr == f"aidec: script.luac: ./lossy lost {lost}\n"


def test_verify_says_where_a_chunk_is_not_as_luac_writes_it() -> None:
    code = Path("script.luac").read_bytes()
    long_form = code.replace(b"\x04\x05text", b"\x14\x05text")
    assert long_form != code
    Path("odd.luac").write_bytes(long_form)
    assert "luac would not have written it so" in run("verify", "odd.luac").stderr


def pack_with_script(name: str, script: str) -> None:
    """A pack that prints the source of a chunk too."""
    Path(name).mkdir()
    Path(name, "pack.yaml").write_text(
        f"name: {name}\ndescription: compact with the source.\nextends: compact\n"
        "tokens: {script: {spelling: '<|script|>', carries: chunk}}\n"
    )
    Path(name, "chunk.j2").write_text("{{ main }}<|script|>" + script)


def test_verify_proves_a_pack_that_prints_the_source() -> None:
    pack_with_script("shown", "{% if script is not none %}{{ script | text }}{% endif %}")
    result = run("verify", "-p", "./shown", "script.lua", "script.luac")
    assert (result.exit_code, result.stderr.count("\n")) == (0, 1)


def test_verify_says_where_the_source_is_not_read_back() -> None:
    pack_with_script("shown", "{% if script is not none %}source{% endif %}")
    result = run("verify", "-p", "./shown", "script.lua")
    assert result.exit_code == 1
    assert re.fullmatch(r"aidec: script\.lua: line 1, column \d+: expected .*, found .*\n", result.stderr)


@pytest.mark.parametrize("path", ["script.lua", "script.luac"])
def test_verify_renders_a_chunk_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[Chunk] = []
    render_all = Renderer.render_all

    def counted(self: Renderer, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Iterator[str]:
        rendered.extend(chunks)
        return render_all(self, chunks, scripts)

    monkeypatch.setattr(Renderer, "render_all", counted)
    assert run("verify", path).exit_code == 0
    assert rendered == [aidec.load("script.luac")]


# stats


def test_stats_counts_special_tokens_and_the_bytes_between_them() -> None:
    result = run("stats", "-p", "classic", "-p", "compact", "script.lua")
    assert result.exit_code == 0
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[3:]}
    chunk = aidec.load("script.luac")
    instructions = len(chunk.main.code)
    for pack in ("classic", "compact"):
        text = aidec.render(chunk, pack)
        parts = list(Splitter(aidec.vocabulary(pack)).split(text))
        special = sum(is_token for _, is_token in parts)
        rest = sum(len(part.encode()) for part, is_token in parts if not is_token)
        assert "".join(part for part, _ in parts) == text
        assert [int(column.replace(",", "")) for column in rows[pack][:3]] == [special + rest, special, rest]
        assert rows[pack][3] == f"{(special + rest) / instructions:.3f}"
        assert rows[pack][4] == f"{(special + rest) / len(SOURCE):.3f}"


def test_stats_counts_tokens_as_they_are_found_in_the_text() -> None:
    Path("odd").mkdir()
    Path("odd/pack.yaml").write_text(
        "description: prints what only looks like its tokens\nguard: <\n"
        "tokens: {t: {spelling: '<|{a,b}|>', carries: chunk}, e: {spelling: 'é|', carries: chunk}}\n"
    )
    Path("odd/chunk.j2").write_text("<|a|>x<|é|><|b|><|b<|a|>é|é")
    Path("odd/proto.j2").write_text("")
    row = run("stats", "-p", "./odd", "script.luac").stdout.splitlines()[-1].split()
    text = "<|a|>x<|é|><|b|><|b<|a|>é|é"
    parts = list(Splitter(["<|a|>", "<|b|>", "é|"]).split(text))
    special = sum(is_token for _, is_token in parts)
    between = sum(len(part.encode()) for part, is_token in parts if not is_token)
    assert row[1:4] == [str(special + between), str(special), str(between)]


def test_stats_counts_text_with_a_tokenizer(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    trained.train_from_iterator([SOURCE], trainer)
    trained.save(str(tmp_path / "tokenizer.json"))
    chunk = aidec.load("script.luac")
    special = [tokenizers.AddedToken(token, normalized=False, special=True) for token in aidec.vocabulary("compact")]
    trained.add_special_tokens(special)
    expected = len(trained.encode(aidec.render(chunk, "compact"), add_special_tokens=False).ids)
    row = run("stats", "-p", "compact", "--tokenizer", "tokenizer.json", "script.lua").stdout.splitlines()[-1]
    assert int(row.split()[1].replace(",", "")) == expected


def test_stats_counts_decompiled_source_beside_the_packs() -> None:
    result = run("stats", "-p", "compact", "--decompiled", "plain", "--decompiled", "made", "--strip", "script.lua")
    head, *rows = (line.split() for line in result.stdout.splitlines()[2:])
    assert head[:2] == ["pack", "tokens"]
    assert [row[0] for row in rows] == ["compact", "decompiled-plain", "decompiled-made"]
    chunk = aidec.load(aidec.compile(SOURCE, strip=True))
    for row, plain in zip(rows[1:], (True, False), strict=True):
        _, _, text = aidec.decompile(chunk, plain=plain).source.partition(b"\n")
        assert [int(column.replace(",", "")) for column in row[1:4]] == [len(text), 0, len(text)]


def test_stats_counts_decompiled_source_with_a_tokenizer() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0}, unk_token="?"))  # noqa: S106 (no password)
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    words.save("words.json")
    row = run("stats", "--decompiled", "plain", "--tokenizer", "words.json", "script.lua").stdout.splitlines()[-1]
    text = aidec.decompile(aidec.load("script.luac"), plain=True).source.partition(b"\n")[2]
    assert row.split()[:2] == ["decompiled-plain", str(len(text.split()))]


def test_stats_draws_a_picture() -> None:
    pytest.importorskip("matplotlib")
    assert run("stats", "--plot", "tokens.png", "script.lua", "src/one.lua").exit_code == 0
    assert Path("tokens.png").read_bytes().startswith(b"\x89PNG")


def test_stats_refuses_a_file_that_is_no_tokenizer() -> None:
    pytest.importorskip("tokenizers")
    result = run("stats", "--tokenizer", "script.lua", "script.lua")
    assert result.exit_code == 1
    assert result.stderr.startswith("aidec: script.lua: not a tokenizer.json: ")


# packs of one's own


@pytest.mark.parametrize("parent", ["classic", "compact"])
def test_a_new_pack_is_good_and_prints_what_its_parent_prints(parent: str) -> None:
    assert run("pack", "new", "./mine", "--extends", parent).exit_code == 0
    assert run("pack", "check", "./mine").stdout == (
        f"./mine: good, {len(aidec.vocabulary(parent)):,} tokens, lossless\n"
    )
    assert run("render", "-p", "./mine", "script.lua").stdout == run("render", "-p", parent, "script.lua").stdout


def test_a_new_pack_does_not_overwrite() -> None:
    result = run("pack", "new", "src")
    assert (result.exit_code, result.stderr) == (1, "aidec: src: there is something already; name a new folder\n")


def test_pack_check_fails_for_a_pack_that_claims_too_much() -> None:
    Path("mine").mkdir()
    Path("mine/pack.yaml").write_text("name: mine\ndescription: classic without sources.\nextends: classic\n")
    Path("mine/proto.j2").write_text(
        '{% extends "classic/proto.j2" %}{% block source %}<|Proto-source|><|NULL|><|/Proto-source|>{% endblock %}'
    )
    result = run("pack", "check", "./mine", "classic")
    assert result.exit_code == 1
    assert "./mine: reading its text back gives another chunk: main.source: expected" in result.stderr
    assert result.stdout.startswith("classic: good")


def test_the_numbers_of_a_chunk_survive_json() -> None:
    document = json.loads(run("render", "-p", "json", "script.luac").stdout)
    assert [instruction["word"] for instruction in document["main"]["code"]] == list(
        aidec.load("script.luac").main.code
    )
