"""``aidec lua``: its commands, what they print, and what they say when something is wrong."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import termios
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
    assert re.fullmatch(
        r"aidec: checked 3 of 3 inputs, 0 failed, 2 refused, passed over 1 file with .*, [\d.]+ s\n", result.stderr
    )


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
    assert result.stderr.endswith("aidec: nothing: no file that ends in .lua, .nse, .pd_lua, .rockspec, .wlua\n")


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


# run


def run_process(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ``aidec lua run`` as a user does."""
    return subprocess.run([AIDEC, "lua", "run", *arguments], input=stdin, capture_output=True, check=False)


def script(text: str) -> str:
    """A script of a text, by its name."""
    Path("script.lua").write_text(text)
    return "script.lua"


def test_a_script_gets_its_arguments_and_input_and_gives_its_output() -> None:
    path = script("print(arg[0], ...) io.write(io.read('a'):upper()) io.stderr:write('to err')")
    done = run_process(path, "--cpu", "-x", stdin=b"text\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"script.lua\t--cpu\t-x\nTEXT\n", b"to err")


@pytest.mark.parametrize(("code", "status"), [("", 0), ("os.exit(7)", 7), ("os.exit(true)", 0), ("os.exit(false)", 1)])
def test_the_exit_status_is_that_of_the_script(code: str, status: int) -> None:
    done = run_process(script(code))
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize(
    "code",
    [
        "local function f() error('no') end\nf()",
        "error({})",
        "error(setmetatable({}, {__tostring = function() return 'text' end}))",
        "local x = nil + 1",
        "f(",
    ],
)
def test_an_error_is_told_as_lua_tells_it(code: str) -> None:
    path = script(code)
    lua = shutil.which("lua5.3")
    if lua is None:
        pytest.skip("no lua5.3 on the PATH")
    expected = subprocess.run([lua, path], capture_output=True, check=False)
    done = run_process(path)
    syntax = b"\nstack traceback:\n\t[C]: in ?"  # lua5.3 adds this to messages of the compiler
    message = expected.stderr.removesuffix(syntax + b"\n") + b"\n" * expected.stderr.endswith(syntax + b"\n")
    assert (done.returncode, done.stderr) == (1, message.replace(lua.encode() + b":", b"aidec:", 1))


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--cpu", "0.2"), "while true do end", b"the limit of cpu, 0.2 s"),
        (("--memory", "4M"), "local t = {} while true do t[#t + 1] = {} end", b"the limit of memory, 4,194,304 bytes"),
        (("--output", "1K"), "while true do print('x') end", b"the limit of output, 1,024 bytes"),
        (("--wall", "0.3"), "io.read()", b"the limit of wall, 0.3 s"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_was_exceeded_is_told_in_one_line(options: tuple[str, ...], code: str, told: bytes) -> None:
    command = [AIDEC, "lua", "run", *options, script(code)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.read() == b"aidec: script.lua: ended at " + told + b"\n"
    assert process.returncode == 1


def test_all_that_is_known_of_a_run_is_printed_as_json() -> None:
    path = script("print(...) io.stderr:write('\\xFF') return 1, 'a', 0/0")
    shown = json.loads(run_process("--json", "--deterministic", path, "one").stdout)
    assert (shown["status"], shown["stdout"], shown["stderr"]) == ("ok", "one\n", {"base64": "/w=="})
    assert shown["returned"][:2] == [1, "a"]
    assert "nan" in shown["returned"][2]["float"]
    assert {"lua", "process"} <= set(shown["layers"])
    assert json.loads(run_process("--json", "--cpu", "0.2", script("while true do end")).stdout)["exceeded"] == "cpu"


def test_files_can_be_written_with_scratch_alone() -> None:
    path = script("print(io.open('x', 'w') ~= nil)")
    assert run_process(path).stdout == b"false\n"
    assert run_process("--scratch", path).stdout == b"true\n"
    assert not Path("x").exists()


def test_a_script_on_standard_input_is_run() -> None:
    for words, argument in (((), b"nil"), (("-",), b"nil"), (("-", "one"), b"one")):
        done = run_process(*words, stdin=b"print(arg[0], (...), io.read())")
        assert done.stdout == b"stdin\t%b\tnil\n" % argument


def test_output_comes_while_the_script_runs() -> None:
    command = [AIDEC, "lua", "run", script("print('name?') print('hello ' .. io.read())")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"name?\n"
        process.stdin.write(b"you\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"hello you\n"


@pytest.mark.parametrize("size", ["0", "-1", "x", "1.5M", "K"])
def test_a_size_that_is_none_is_wrong_usage(size: str) -> None:
    done = run_process("--memory", size, script(""))
    assert done.returncode == 2
    assert b"is no size above 0" in done.stderr


def test_a_script_that_is_not_there_is_told_in_one_line() -> None:
    done = run_process("none.lua")
    assert (done.returncode, done.stderr) == (1, b"aidec: none.lua: No such file or directory\n")


SECONDS = 60
"""How long a terminal waits for what must come."""

ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A session on a terminal of its own, whose prompt is shown."""

    def __init__(self, *options: str) -> None:
        environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "XDG_STATE_HOME": os.getcwd()}
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execve(AIDEC, [AIDEC, "lua", "run", *options], environment)  # noqa: S606
        self.seen = b""
        self.expect(b"Ctrl-D ends the session.\r\n", b">")

    def read(self) -> bytes:
        """What is shown next; nothing if the session has ended."""
        if not select.select([self.descriptor], [], [], SECONDS)[0]:
            os.kill(self.pid, signal.SIGKILL)
            pytest.fail(f"nothing comes after {self.seen!r}")
        try:
            return os.read(self.descriptor, 1 << 16)
        except OSError:
            return b""

    def expect(self, *texts: bytes) -> None:
        """Wait until texts are shown, each after the one before."""
        for text in texts:
            while text not in self.seen:
                part = self.read()
                assert part, self.seen
                self.seen = ESCAPE.sub(b"", self.seen + part)
            self.seen = self.seen.partition(text)[2]

    def type(self, text: bytes) -> None:
        """Type a text."""
        os.write(self.descriptor, text)

    def status(self) -> int:
        """The exit status, when the session has ended."""
        while self.read():
            pass
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_a_session_on_a_terminal_keeps_its_state_and_history_and_takes_many_lines() -> None:
    terminal = Terminal()
    terminal.type(b"x = 6 print('set')\r")
    terminal.expect(b"\nset\r\n", b">")
    terminal.type(b"=x * 7\r")
    terminal.expect(b"\n42\r\n", b">")
    terminal.type(b"for i = 1, 2 do\r")
    terminal.expect(b">>")
    terminal.type(b"print('line' .. i) end\r")
    terminal.expect(b"\nline1\r\nline2\r\n", b">")
    terminal.type(b"error('no')\r")
    terminal.expect(b"\nstdin:1: no\r\nstack traceback:", b">")
    terminal.type(b"os.exit(3)\r")
    assert terminal.status() == 3
    assert "=x * 7" in Path("aidec/lua_history").read_text()


def test_a_session_that_reaches_a_limit_is_followed_by_a_new_one() -> None:
    terminal = Terminal("--cpu", "0.3")
    terminal.type(b"x = 6 while true do end\r")
    terminal.expect(b"aidec: session: ended at the limit of cpu, 0.3 s\r\n", b"a new one begins\r\n", b">")
    terminal.type(b"x\r")
    terminal.expect(b"\nnil\r\n", b">")
    terminal.type(b"\x04")
    assert terminal.status() == 0


def test_ctrl_c_ends_what_runs_and_clears_what_is_typed() -> None:
    terminal = Terminal("--cpu", "1000")
    terminal.type(b"print('begun') while true do end\r")
    terminal.expect(b"\nbegun\r\n")
    terminal.type(b"\x03")
    terminal.expect(b"a new one begins\r\n", b">")
    terminal.type(b"no such")
    terminal.expect(b"such")
    terminal.type(b"\x03")
    terminal.expect(b">")
    terminal.type(b"'cl' .. 'ear'\r")
    terminal.expect(b"\nclear\r\n", b">")
    terminal.type(b"\x04")
    assert terminal.status() == 0
