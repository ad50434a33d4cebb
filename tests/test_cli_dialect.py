"""The option --dialect of each command that reads or writes chunks, and the commands of aidec dialect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dialect_writer import HEADERS, PERMUTATIONS, Written

import aidec
from aidec.cli.main import cli

SOURCE = Path(__file__).with_name("data") / "fifty_lines.lua"
CHUNK = aidec.load(aidec.compile(SOURCE.read_bytes(), name="@fifty_lines.lua"))
OWN = PERMUTATIONS["permutation, format 2, a key"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder of every test: a dialect, a chunk in it, and the source."""
    monkeypatch.chdir(tmp_path)
    Path("own.yaml").write_text(OWN.yaml)
    Path("own.luac").write_bytes(OWN.write(CHUNK))
    Path("official.luac").write_bytes(aidec.dump(CHUNK))
    Path("fifty_lines.lua").write_bytes(SOURCE.read_bytes())


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin, prog_name="aidec")


def good(*arguments: str, stdin: bytes | None = None) -> Result:
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    return result


@pytest.mark.parametrize("pack", ["classic", "compact", "listing"])
def test_a_chunk_is_rendered_as_the_official_one_is(pack: str) -> None:
    text = good("render", "-p", pack, "--dialect", "own.yaml", "own.luac").stdout
    assert text == good("render", "-p", pack, "official.luac").stdout


def test_a_chunk_on_standard_input_is_rendered() -> None:
    text = good("render", "--dialect", "own.yaml", "-", stdin=Path("own.luac").read_bytes()).stdout
    assert text == good("render", "official.luac").stdout


def test_text_is_assembled_to_the_bytes_of_a_dialect() -> None:
    text = good("render", "-p", "compact", "--dialect", "own.yaml", "own.luac").stdout_bytes
    written = good("assemble", "-p", "compact", "--dialect", "own.yaml", "-", stdin=text).stdout_bytes
    assert written == Path("own.luac").read_bytes()


@pytest.mark.parametrize("options", [(), ("--int", "8")])
def test_what_is_assembled_has_the_widths_of_the_dialect_and_of_options(options: tuple[str, ...]) -> None:
    Path("bare.yaml").write_text("header:\n  - signature: 1b 4c\n  - int: any\nabsent: {size_t: 4, byte_order: big}\n")
    text = good("render", "official.luac").stdout_bytes
    written = good("assemble", "--dialect", "bare.yaml", *options, "-", stdin=text).stdout_bytes
    header = aidec.load(written, "bare.yaml").header
    assert (header.is_big_endian, header.len_size_t, header.len_int) == (True, 4, 8 if options else 4)


def test_sources_are_compiled_to_a_dialect() -> None:
    good("compile", "--dialect", "own.yaml", "fifty_lines.lua", "-o", "again.luac")
    assert Path("again.luac").read_bytes() == Path("own.luac").read_bytes()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_chunks_of_a_dialect_and_sources_are_verified(jobs: str) -> None:
    result = run("verify", "-p", "compact", "--dialect", "own.yaml", "-j", jobs, "own.luac", "fifty_lines.lua")
    assert (result.exit_code, "verified 2 of 2 inputs, 0 failed" in result.stderr) == (0, True)


@pytest.mark.parametrize("command", ["verify", "decompile"])
def test_a_folder_is_searched_for_what_starts_as_chunks_of_the_dialect_do(command: str) -> None:
    Path("kua.yaml").write_text("header:\n  - signature: 4b 75 61\n  - int: any\n")
    Path("game").mkdir()
    Path("game/code.dat").write_bytes(aidec.dump(CHUNK, dialect="kua.yaml"))
    Path("game/first_line.bin").write_bytes(b"#!/bin/kua\n" + aidec.dump(CHUNK, dialect="kua.yaml"))
    Path("game/official.dat").write_bytes(aidec.dump(CHUNK))
    Path("game/words.txt").write_text("Kuala Lumpur".lower())
    result = run(command, "--dialect", "kua.yaml", "game")
    assert (result.exit_code, " 2 of 2 inputs, 0 failed" in result.stderr) == (0, True)
    assert "passed over 2 files with other names (.dat, .txt, see --glob)" in result.stderr


def test_a_chunk_that_is_not_of_the_dialect_is_refused_and_the_rest_goes_on() -> None:
    result = run("verify", "--dialect", "own.yaml", "official.luac", "own.luac")
    assert result.exit_code == 1
    assert "official.luac: byte 5 (header.format): expected b'\\x02' in the dialect 'own'" in result.stderr
    assert "verified 1 of 2 inputs" in result.stderr


def test_a_chunk_is_decompiled() -> None:
    assert "all 7 functions are proven" in good("decompile", "--dialect", "own.yaml", "own.luac").stdout


def test_the_tokens_of_a_chunk_are_counted() -> None:
    own = good("stats", "--dialect", "own.yaml", "own.luac").stdout
    assert own == good("stats", "official.luac").stdout


def test_a_dialect_that_is_not_there_is_told() -> None:
    result = run("render", "--dialect", "oficial", "own.luac")
    assert (result.exit_code, result.stderr) == (
        1,
        "aidec: no dialect 'oficial', and no file that ends in .yaml; did you mean official?\n",
    )


def test_the_dialects_that_ship_are_listed() -> None:
    assert [line.split()[0] for line in good("dialect", "list").stdout.splitlines()] == [
        "followed",
        "format-1",
        "official",
    ]


def test_a_dialect_that_is_shown_can_be_used() -> None:
    Path("mine.yaml").write_text(good("dialect", "show", "official").stdout)
    good("verify", "-p", "compact", "--dialect", "mine.yaml", "official.luac")


def test_a_bare_official_chunk_is_not_suspected() -> None:
    text = good("dialect", "guess", "official.luac").stdout
    assert text.startswith("header: official\nopcodes: changed with a likelihood of 0 %: 0 of ")


def test_a_bare_chunk_with_other_opcodes_is_suspected() -> None:
    plain = Written(OWN.yaml, numbers=OWN.numbers)
    Path("plain.luac").write_bytes(plain.write(CHUNK))
    text = good("dialect", "guess", "plain.luac").stdout
    assert "changed with a likelihood of 100 %" in text
    assert ", first in main" in text


def test_a_header_that_is_nearly_official_is_found() -> None:
    Path("game.luac").write_bytes(HEADERS["format 1 and no width of size_t"].write(CHUNK))
    assert good("dialect", "guess", "game.luac").stdout.startswith("header: format 1 and no width of size_t\n")
    good("dialect", "guess", "game.luac", "--source", "fifty_lines.lua", "-o", "game.yaml")
    good("verify", "-p", "compact", "--dialect", "game.yaml", "game.luac")


def test_a_guessed_dialect_is_usable_at_once() -> None:
    result = run("dialect", "guess", "own.luac", "--source", "fifty_lines.lua", "-o", "guessed.yaml")
    assert (result.exit_code, result.stderr) == (0, "aidec: 2 opcodes were not seen: LOADKX, EXTRAARG\n")
    good("verify", "-p", "compact", "--dialect", "guessed.yaml", "own.luac")
    assert "all 7 functions are proven" in good("decompile", "--dialect", "guessed.yaml", "own.luac").stdout


def test_a_guess_is_added_to_what_is_known() -> None:
    for name, source in (("one", "return a + b"), ("two", "return a - b")):
        Path(f"{name}.lua").write_text(source)
        good("compile", "--dialect", "own.yaml", f"{name}.lua")
    run("dialect", "guess", "one.luac", "--source", "one.lua", "-o", "one.yaml")
    run("dialect", "guess", "two.luac", "--source", "two.lua", "--dialect", "one.yaml", "-o", "two.yaml")
    for name in ("one", "two"):
        good("verify", "-p", "compact", "--dialect", "two.yaml", f"{name}.luac")
    refused = run("verify", "-p", "compact", "--dialect", "one.yaml", "two.luac")
    assert "two.luac: main.code[2]: opcode" in refused.stderr


def test_a_chunk_of_another_source_is_told() -> None:
    Path("other.lua").write_text("return function() end")
    result = run("dialect", "guess", "own.luac", "--source", "other.lua")
    assert (result.exit_code, result.stderr) == (
        1,
        "aidec: own.luac: main: functions inside: expected 1, as in the source, read 6\n",
    )


def test_a_file_that_is_no_chunk_cannot_be_guessed() -> None:
    result = run("dialect", "guess", "fifty_lines.lua")
    assert (result.exit_code, "fifty_lines.lua: byte 0 (header.magic)" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("render", "changed.luac"),
        ("render", "changed.luac", "official.luac"),
        ("render", "-p", "compact", "--dialect", "followed", "changed.luac"),
        ("stats", "changed.luac"),
        ("verify", "-p", "compact", "changed.luac"),
        ("decompile", "changed.luac"),
    ],
    ids=" ".join,
)
def test_other_opcodes_that_are_read_as_official_ones_are_named_in_one_line(words: tuple[str, ...]) -> None:
    Path("changed.luac").write_bytes(PERMUTATIONS["permutation 0"].write(CHUNK))
    found = [line for line in run(*words).stderr.splitlines() if "opcodes" in line]
    assert len(found) == 1
    assert found[0].startswith("aidec: changed.luac: its opcodes look changed, ")
    assert found[0].endswith(" instructions break a rule that luac keeps: see aidec dialect guess")


def test_other_opcodes_are_named_from_other_processes_too() -> None:
    Path("changed.luac").write_bytes(PERMUTATIONS["permutation 0"].write(CHUNK))
    words = ["-m", "aidec", "render", "-j", "2", "-o", "out/", "changed.luac", "official.luac"]
    result = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    found = "its opcodes look changed, 52 of 123 instructions break a rule that luac keeps: see aidec dialect guess"
    assert result.stderr.splitlines()[0] == f"aidec: changed.luac: {found}"
    assert result.stderr.count("opcodes") == 1
