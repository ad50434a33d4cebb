"""``aidec lua``: its commands, what they print, and what they say when something is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import LUA_FILES, Luac

import aidec
from aidec.cli.lua import COMMANDS
from aidec.cli.lua import command as group
from aidec.cli.main import cli
from aidec.lua.diagnostics import check

AIDEC = str(Path(sys.executable).with_name("aidec"))
"""The command as it was installed."""

BAD = "local x = 1\nif x then\n  x = = 2\nend\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder of every test: a good source, a bad one, and a folder of both."""
    monkeypatch.chdir(tmp_path)
    Path("src/deep").mkdir(parents=True)
    Path("good.lua").write_text("local x = 1\nprint(x)\n")
    Path("bad.lua").write_text(BAD)
    Path("src/one.lua").write_text("goto nowhere\n")
    Path("src/deep/two.lua").write_text("a = 1\n")
    Path("src/deep/three.lua").write_text("x = [[\na\n]] [[b\n\tc]]\n")
    Path("src/notes.txt").write_text("= = =")


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """Run the command in this process."""
    words = ["lua", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(cli, words, input=stdin, prog_name="aidec")


def test_the_list_of_commands_has_the_first_line_of_each_help() -> None:
    for name, line in COMMANDS.items():
        command = group.get_command(group.make_context("lua", ["--help"], resilient_parsing=True), name)
        assert command is not None
        assert (command.help or "").splitlines()[0] == line


@pytest.mark.parametrize("words", [(), *[(name,) for name in COMMANDS]], ids=" ".join)
def test_the_help_of_a_command_has_an_example(words: tuple[str, ...]) -> None:
    assert re.search(r"Examples?:\n +.*\baidec lua ", run(*words, "--help").stdout)


# check


def test_of_a_good_source_nothing_is_printed() -> None:
    result = run("check", "good.lua")
    assert (result.exit_code, result.output) == (0, "")


def test_a_refused_source_is_told_with_its_place_and_exit_status_1() -> None:
    result = run("check", "bad.lua")
    assert result.exit_code == 1
    assert result.stdout == "bad.lua:3:7: syntax: unexpected symbol near '='\n"
    assert result.stderr == ""


def test_a_refused_source_on_standard_input_is_told() -> None:
    result = run("check", "-", stdin=BAD.encode())
    assert (result.exit_code, result.stdout) == (1, "-:3:7: syntax: unexpected symbol near '='\n")


def test_the_line_and_the_message_are_those_of_luac(luac: Luac) -> None:
    _, _, message = luac("-p", "bad.lua", fails=True).decode().partition(": ")
    assert re.sub(r":\d+: syntax", "", run("check", "bad.lua").stdout) == message


def test_a_folder_is_checked_to_its_depth_and_a_summary_is_printed() -> None:
    result = run("check", "src")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "src/one.lua:1:1: undefined label: no visible label 'nowhere' for <goto> at line 1",
        r"src/deep/three.lua:4:1: syntax: unexpected symbol near '[[b\n\tc]]'",
    ]
    assert re.fullmatch(r"aidec: checked 3 of 3 inputs, 0 failed, 2 refused, [\d.]+ s\n", result.stderr)


def test_good_sources_of_a_folder_end_with_exit_status_0() -> None:
    Path("src/one.lua").unlink()
    Path("src/deep/three.lua").unlink()
    result = run("check", "src", "good.lua")
    assert (result.exit_code, result.stdout) == (0, "")


def test_two_processes_print_what_one_prints() -> None:
    for number, path in enumerate(LUA_FILES):
        Path(f"src/{number}.lua").write_bytes(path.read_bytes() + b"\nreturn return")
    assert run("check", "-j", "2", "src").stdout == run("check", "src").stdout


def test_json_is_one_object_a_line_with_all_that_is_known() -> None:
    result = run("check", "--json", "bad.lua", "good.lua", "src/deep/three.lua")
    assert result.exit_code == 1
    expected = [check(Path(path).read_bytes(), f"@{path}") for path in ("bad.lua", "src/deep/three.lua")]
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": path, **asdict(found)}
        for path, found in zip(("bad.lua", "src/deep/three.lua"), expected, strict=True)
        if found is not None
    ]


def test_after_a_file_that_cannot_be_read_the_rest_goes_on() -> None:
    result = run("check", "none.lua", "bad.lua")
    assert result.exit_code == 1
    assert result.stdout.startswith("bad.lua:3:7:")
    assert result.stderr.startswith("aidec: none.lua: No such file or directory\n")


@pytest.mark.parametrize("options", [(), ("-j", "2")], ids=["one process", "two"])
def test_a_folder_without_sources_is_an_error(options: tuple[str, ...]) -> None:
    Path("nothing").mkdir()
    result = run("check", "nothing", *options)
    assert result.exit_code == 1
    assert result.stderr.endswith("aidec: nothing: no file that ends in .lua\n")


def test_a_chunk_is_no_source() -> None:
    Path("chunk.lua").write_bytes(aidec.compile("return 1"))
    result = run("check", "chunk.lua")
    assert result.exit_code == 1
    assert result.stdout.startswith("chunk.lua:1:1: precompiled chunk: ")


def test_a_file_name_that_is_not_utf_8_is_printed_as_it_is() -> None:
    name = b"caf\xe9.lua"
    Path(name.decode("utf-8", "surrogateescape")).write_text(BAD)
    done = subprocess.run([AIDEC.encode(), b"lua", b"check", name], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, name + b":3:7: syntax: unexpected symbol near '='\n")


def test_checking_never_runs_the_source() -> None:
    Path("evil.lua").write_text('io.open("trace", "w"):close()')
    assert run("check", "evil.lua").exit_code == 0
    assert not Path("trace").exists()


def test_checking_a_good_source_reads_no_yaml() -> None:
    code = "from aidec.cli.main import cli; cli(['lua', 'check', 'good.lua'], standalone_mode=False)"
    code += "\nimport sys; sys.exit('yaml' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
