"""What a file is follows from its first bytes, in every command and function; what is not taken is counted."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Luac

import aidec
from aidec.bytecode.files import PassedOver, chunk_start
from aidec.cli.main import cli
from aidec.common.encodings import wide_encoding
from aidec.sources import documents, files

CODE = aidec.compile("return 1", name="@x")
STARTS = [b"", b"\xef\xbb\xbf", b"#!/usr/bin/lua\n", b"\xef\xbb\xbf# x\n", b"#\n"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin, prog_name="aidec")


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["x.luac", "x.lua", "x", "x.txt"])
def test_a_chunk_is_read_as_luac_reads_it_whatever_its_file_is_called(start: bytes, name: str, luac: Luac) -> None:
    Path(name).write_bytes(start + CODE)
    luac("-p", name)
    assert aidec.load(name) == aidec.load(start + CODE) == aidec.load(io.BytesIO(start + CODE)) == aidec.load(CODE)
    for command in ("render", "decompile"):
        Path("plain.luac").write_bytes(CODE)
        assert run(command, name).stdout == run(command, "plain.luac").stdout != ""
        assert run(command, "-", stdin=start + CODE).stdout == run(command, "plain.luac").stdout
    assert run("verify", name).exit_code == 0


def test_the_offset_of_an_error_counts_what_was_skipped() -> None:
    with pytest.raises(aidec.ChunkError, match=r"^byte 7 \(header.version\)"):
        aidec.load(b"#x\n\x1bLua\x52")


@pytest.mark.parametrize("text", [b"", b"#", b"# x\n", b"\xef\xbb\xbf", b"return 1", b"\xef\xbb\x1bLua", b"\n\x1bLua"])
def test_all_else_is_text(text: bytes) -> None:
    assert chunk_start(text) is None


@pytest.mark.parametrize("name", ["x.nse", "X.LUA", "x", "x.luac", "x.txt"])
@pytest.mark.parametrize("command", ["render", "verify", "stats", "decompile", "compile", "lua check", "lua tree"])
def test_a_text_is_a_source_whatever_its_file_is_called(name: str, command: str) -> None:
    Path(name).write_text("#!/usr/bin/lua\nreturn 1")
    assert run(*command.split(), name).exit_code == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_pipe_is_an_input(jobs: str) -> None:
    Path("x.lua").write_text("return 1")
    aidec_command = str(Path(sys.executable).with_name("aidec"))
    shell = f"{aidec_command} render -j {jobs} <(cat x.lua) x.lua"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, check=True)
    assert b"1 of 1" not in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_of_a_chunk_of_another_lua_it_is_said_that_it_is_no_chunk() -> None:
    Path("x.luac").write_bytes(b"\x06\x03\x01\x00print\x00")
    assert "x.luac: byte 0 (header.magic): expected" in run("render", "x.luac").stderr


def many_files(folder: str) -> None:
    Path(folder, "in").mkdir(parents=True)
    for name in ("a.lua", "B.LUA", "in/c.nse", "in/d.Rockspec", "e.wlua"):
        Path(folder, name).write_text("return 1")
    for name in ("f.luac", "g.LUAC", "h"):
        Path(folder, name).write_bytes(b"# x\n" + CODE)
    for name in ("i.txt", "in/j.txt", "k"):
        Path(folder, name).write_text("return 2")


def test_in_folders_endings_count_in_any_case_and_the_rest_is_counted() -> None:
    many_files("many")
    assert "verified 8 of 8 inputs" in run("verify", "many").stderr
    assert "passed over 3 files with other names (.txt, no ending, see --glob)" in run("verify", "many").stderr
    assert "checked 5 of 5 inputs" in run("lua", "check", "many").stderr
    assert "passed over 3 files" in run("stats", "many").stderr


def test_a_glob_takes_other_names_of_folders() -> None:
    many_files("many")
    result = run("verify", "--glob", "*.txt", "--glob", "k", "many")
    assert (result.exit_code, "verified 3 of 3 inputs" in result.stderr) == (0, True)


def test_sources_are_found_in_folders_and_archives_by_the_same_endings() -> None:
    many_files("many")
    with tarfile.open("many.TAR.GZ", "w:gz") as tar:
        tar.add("many")
    with zipfile.ZipFile("many.zip", "w") as packed:
        for path in files(["many"], globs=["*"]):
            packed.write(path)
    for source in ("many", "many.TAR.GZ", "many.zip"):
        told: list[str] = []
        passed_over = PassedOver()
        found = list(documents([source], told.append, passed_over=passed_over))
        assert [document.data for document in found] == [b"return 1"] * 5
        assert (told, passed_over.counts) == ([], {".txt": 2, ".luac": 2, "": 2})
        found = list(documents([source], told.append, globs=["*.txt"]))
        assert [document.data for document in found] == [b"return 2"] * 2


def test_bytecode_is_no_text_to_train_on_wherever_it_is() -> None:
    many_files("many")
    Path("many/l.lua").write_bytes(CODE)
    Path("many/m.jsonl").write_text('{"lua": "\\u001bLuaS"}\n')
    told: list[str] = []
    assert len(list(documents(["many", "many/f.luac", "many/h"], told.append))) == 5
    assert [line.partition(": ") for line in told] == [
        (origin, ": ", "expected Lua source text, but this is a precompiled chunk")
        for origin in ("many/l.lua", "many/m.jsonl:1", "many/f.luac", "many/h")
    ]


def test_a_tokenizer_is_not_trained_on_bytecode_alone() -> None:
    Path("x.luac").write_bytes(CODE)
    result = run("tokenizer", "train", "x.luac", "--preset", "gpt4", "--vocab-size", "265", "-o", "t")
    assert (result.exit_code, os.path.exists("t")) == (1, False)
    assert "x.luac: expected Lua source text, but this is a precompiled chunk" in result.stderr


def test_a_pattern_names_sources_on_the_command_line() -> None:
    Path("src").mkdir()
    Path("src/a.lua").write_text("return 1")
    result = run("tokenizer", "train", "src/*.lua", "--preset", "gpt4", "--vocab-size", "265", "-o", "t")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("pack", ["classic", "compact"])
def test_assemble_takes_the_folder_that_render_wrote(pack: str) -> None:
    Path("src/deep").mkdir(parents=True)
    Path("src/a.luac").write_bytes(CODE)
    Path("src/deep/b.luac").write_bytes(CODE)
    assert run("render", "-p", pack, "-o", "tokens/", "src").exit_code == 0
    assert run("assemble", "-p", pack, "-o", "back/", "tokens").exit_code == 0
    assert Path("back/a.luac").read_bytes() == Path("back/deep/b.luac").read_bytes() == CODE


@pytest.mark.parametrize(
    "option", [["--big-endian"], ["--int", "8"], ["--size-t", "4"], ["--integer", "4"], ["--number", "4"]]
)
def test_an_option_that_the_text_contradicts_is_refused(option: list[str]) -> None:
    text = aidec.render(aidec.load(CODE), "compact").encode()
    result = run("assemble", "-p", "compact", *option, "-", "-o", "w.luac", stdin=text)
    assert (result.exit_code, os.path.exists("w.luac")) == (1, False)
    assert f"{option[0]}: compact prints the header" in result.stderr
    assert run("assemble", "-p", "compact", "--int", "4", "-", "-o", "w.luac", stdin=text).exit_code == 0
    asked = aidec.render(aidec.load(CODE), "classic").encode()
    assert run("assemble", *option, "-", "-o", "c.luac", stdin=asked).exit_code == 0
    assert Path("c.luac").read_bytes() != CODE


WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", WIDE)
def test_of_a_text_in_another_encoding_it_is_said_which(encoding: str) -> None:
    Path("x.lua").write_bytes("local x = 1\n".encode(encoding))
    name = encoding[:6].upper()
    for command in ("render", "verify", "compile", "decompile", "lua check", "lua tree", "tokenizer train -o t"):
        result = run(*command.split(), "x.lua")
        assert (result.exit_code, f"but this is {name}" in result.stdout + result.stderr) == (1, True)


@pytest.mark.parametrize("text", [b"#\0x\0\nreturn 1", b"--\0", b"x = '\0\0'", b""])
def test_nul_alone_makes_no_other_encoding(text: bytes) -> None:
    aidec.compile(text)
    assert wide_encoding(text) is None


def test_what_is_no_file_in_a_folder_is_counted_and_not_waited_for() -> None:
    many_files("many")
    os.mkfifo("many/pipe.lua")
    Path("many/nowhere.lua").symlink_to("gone")
    Path("many/itself").symlink_to(".")
    Path("many/loop.lua").symlink_to("loop.lua")
    result = run("verify", "many")
    assert (result.exit_code, "and 4 that are no files (links, pipes)" in result.stderr) == (0, True)
    passed_over = PassedOver()
    told: list[str] = []
    assert len(list(documents(["many"], told.append, passed_over=passed_over))) == 5
    assert [line.partition(":")[0] for line in told] == ["many/loop.lua", "many/nowhere.lua"]
    assert (passed_over.others, passed_over.total) == (2, 8)


@pytest.mark.parametrize(
    "command", ["compile -o {0} {0}", "render -o {0} {0} b.lua", "render -o {0} b.lua .", "lua format -o . {0}"]
)
def test_no_output_overwrites_its_input(command: str) -> None:
    for name in ("a.lua", "b.lua"):
        Path(name).write_text("return   1")
    result = run(*command.format("a.lua").split())
    assert (result.exit_code, "a.lua would overwrite it: expected another" in result.stderr) == (1, True)
    assert Path("a.lua").read_text() == "return   1"


def test_a_text_without_a_byte_is_none_to_train_on() -> None:
    Path("x.lua").touch()
    result = run("tokenizer", "train", "x.lua", "--preset", "gpt4", "--vocab-size", "265", "-o", "t")
    assert (result.exit_code, result.stderr) == (1, "aidec: x.lua: no text to train on\n")


def test_a_message_about_a_file_is_one_line_whatever_it_is_called() -> None:
    Path("a\nb.lua").write_text("return ]")
    for command in ("render", "compile", "decompile"):
        assert run(command, "a\nb.lua").stderr == "aidec: a\\nb.lua:1: unexpected symbol near ']'\n"
    assert run("render", "no\n.lua").stderr.count("\n") == 1


@pytest.mark.parametrize(("source", "name"), [('x = "\ud800"', "=x"), ("return 1", "=\udfff")])
def test_half_of_a_surrogate_pair_is_no_source(source: str, name: str) -> None:
    with pytest.raises(aidec.CompileError, match="half of a surrogate pair is no text"):
        aidec.compile(source, name)


def test_a_source_of_another_type_is_a_type_error_that_says_what_is_taken() -> None:
    with pytest.raises(TypeError, match="source: expected str or bytes, read int"):
        aidec.compile(5)  # type: ignore[arg-type]
