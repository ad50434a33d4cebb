"""``aidec lua``: its commands, what they print, and what they say when something is wrong."""

from __future__ import annotations

import json
import re
import stat
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
from aidec.cli.lua.format import prove
from aidec.cli.main import cli
from aidec.lua.diagnostics import check
from aidec.lua.tree import parse
from aidec.lua.tree_text import from_json, outline

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


# tree


def test_a_tree_is_printed_as_an_outline() -> None:
    tree = parse(Path("good.lua").read_bytes())
    assert run("tree", "good.lua").stdout == outline(tree)
    assert "Local 1:1" in outline(tree)


def test_a_tree_is_printed_as_json_that_reads_back_to_it() -> None:
    tree = parse(Path("good.lua").read_bytes())
    assert from_json(json.loads(run("tree", "--json", "good.lua").stdout)) == tree


def test_the_trees_of_a_folder_follow_each_other_one_on_a_line() -> None:
    Path("src/one.lua").write_text("b = 2")
    result = run("tree", "--json", "src")
    assert result.exit_code == 1
    assert [from_json(json.loads(line)) for line in result.stdout.splitlines()] == [parse("b = 2"), parse("a = 1")]
    assert result.stderr.startswith("aidec: src/deep/three.lua:4: ")


def test_a_tree_too_deep_for_json_is_told_in_one_line() -> None:
    Path("deep.lua").write_text("x = 1" + " + 1" * 20_000)
    result = run("tree", "--json", "deep.lua")
    assert (result.exit_code, result.stderr) == (1, "aidec: deep.lua: the tree is too deep for JSON\n")


# format

UGLY = "#!/usr/bin/lua\n-- adds\nlocal  x=((a+b))*c  f{x=1} -- done\n"
PRETTY = "#!/usr/bin/lua\n-- adds\nlocal x = (a + b) * c\nf({x = 1}) -- done\n"


@pytest.fixture
def ugly() -> Path:
    """A source that is not in the layout."""
    path = Path("ugly.lua")
    path.write_text(UGLY)
    return path


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), PRETTY),
        (("--no-comments",), "local x = (a + b) * c\nf({x = 1})\n"),
        (("--minify",), "local x=(a+b)*c f{x=1}"),
    ],
    ids=["layout", "without comments", "shortest"],
)
def test_a_source_is_printed_in_a_layout(options: tuple[str, ...], expected: str, ugly: Path) -> None:
    result = run("format", *options, ugly)
    assert (result.exit_code, result.stdout, result.stderr) == (0, expected, "")
    assert ugly.read_text() == UGLY


def test_a_source_on_standard_input_is_printed_in_the_layout() -> None:
    assert run("format", "-", stdin=UGLY.encode()).stdout == PRETTY


def test_in_place_writes_what_changes_and_keeps_its_mode(ugly: Path) -> None:
    ugly.chmod(0o754)
    good = Path("good.lua").stat()
    result = run("format", "-i", "ugly.lua", "good.lua")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (ugly.read_text(), stat.S_IMODE(ugly.stat().st_mode)) == (PRETTY, 0o754)
    assert Path("good.lua").stat() == good
    assert "formatted 2 of 2 inputs, 0 failed, 1 changed" in result.stderr


def test_in_place_leaves_a_source_that_lua_refuses() -> None:
    result = run("format", "-i", "bad.lua")
    assert (result.exit_code, result.stderr) == (1, "aidec: bad.lua:3: unexpected symbol near '='\n")
    assert Path("bad.lua").read_text() == BAD


def test_a_folder_is_formatted_into_the_same_tree() -> None:
    Path("src/one.lua").write_text(UGLY)
    assert run("format", "-j", "2", "-o", "out/", "src").exit_code == 1
    assert Path("out/one.lua").read_text() == PRETTY
    assert Path("out/deep/two.lua").read_text() == "a = 1\n"
    assert not Path("out/deep/three.lua").exists()


def test_check_prints_the_names_of_what_would_change(ugly: Path) -> None:
    result = run("format", "--check", "ugly.lua", "good.lua")
    assert (result.exit_code, result.stdout) == (1, "ugly.lua\n")
    assert ugly.read_text() == UGLY
    assert run("format", "--check", "good.lua").exit_code == 0


def test_a_layout_that_would_change_the_bytecode_is_not_written(ugly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.cli.lua.format.to_source", lambda *_, **_options: b"local x = a + b * c f{x = 1}")
    result = run("format", "-i", "ugly.lua")
    assert result.exit_code == 1
    assert result.stderr.startswith("aidec: ugly.lua: the bytecode would change, so nothing is written: main.")
    assert ugly.read_text() == UGLY


@pytest.mark.parametrize("lines", [b"\n\nf()", b"f\n(\n)\n"])
def test_other_line_breaks_change_no_bytecode(lines: bytes) -> None:
    prove(b"f()", lines)


@pytest.mark.parametrize("other", [b"f() f()", b"g()", b"local f f()", b"f(nil)"])
def test_other_code_and_names_change_the_bytecode(other: bytes) -> None:
    with pytest.raises(aidec.AidecError, match="bytecode would change"):
        prove(b"f()", other)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-i", "-"),
        ("-i", "--check", "good.lua"),
        ("-i", "-o", "x", "good.lua"),
        ("src",),
        ("-o", "x.lua", "src/one.lua", "good.lua"),
    ],
    ids=" ".join,
)
def test_wrong_usage_of_format_is_told_with_exit_status_2(arguments: tuple[str, ...]) -> None:
    assert run("format", *arguments).exit_code == 2


def test_the_sources_of_the_tests_are_formatted_and_stay_so(lua_file: Path) -> None:
    for options in ((), ("--minify",)):
        once = run("format", *options, lua_file)
        assert once.exit_code == 0
        assert run("format", *options, "-", stdin=once.stdout_bytes).stdout_bytes == once.stdout_bytes
