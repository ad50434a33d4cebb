"""The command: its inputs and outputs, its exit status, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import LUA_FILES, Luac
from terminal import read_all

import aidec
from aidec.cli.main import COMMANDS, cli
from aidec.common.files import atomic

AIDEC = str(Path(sys.executable).with_name("aidec"))
"""The command as it was installed."""

PASSED_OVER = r"passed over 1 file with other names \(\.txt, see --glob\)"
SUMMARY = re.compile(r"aidec: (rendered|compiled) ([\d,]+) of ([\d,]+) inputs, ([\d,]+) failed.*, [\d.]+ s\n")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of every test: a script, its chunk, and a folder of sources, chunks and other files."""
    folder = tmp_path / "work"
    (folder / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(folder)
    Path("script.lua").write_text("local x = 1\nprint(x)\n")
    Path("script.luac").write_bytes(aidec.compile(Path("script.lua").read_bytes(), name="@script.lua"))
    Path("bad.lua").write_text("x = = 1\n")
    Path("bad.luac").write_bytes(Path("script.luac").read_bytes()[:50])
    Path("src/one.lua").write_text("a = 1")
    Path("src/deep/two.lua").write_text("b = 2")
    Path("src/deep/three.luac").write_bytes(aidec.compile("c = 3"))
    Path("src/chunk").write_bytes(aidec.compile("d = 4"))
    Path("src/notes.txt").write_text("no input")
    return folder


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin, prog_name="aidec")


def aidec_process(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command as a user does."""
    return subprocess.run([AIDEC, *arguments], input=stdin, capture_output=True, check=False)


def files_below(folder: str) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def many_sources() -> None:
    """A folder with more sources than one process takes at once, and some that are bad."""
    for copy in range(3):
        (Path("many") / str(copy)).mkdir(parents=True)
        for path in LUA_FILES:
            shutil.copy(path, Path("many") / str(copy))
        (Path("many") / str(copy) / "a_bad.lua").write_text("x = = 1")


# What render takes


def test_a_chunk_is_rendered() -> None:
    assert run("render", "script.luac").stdout == aidec.render(aidec.load("script.luac")) + "\n"


def test_a_source_is_compiled_and_rendered() -> None:
    assert run("render", "script.lua").stdout == run("render", "script.luac").stdout


def test_a_source_on_standard_input_is_rendered() -> None:
    expected = aidec.render(aidec.load(aidec.compile("a = 1", name="=stdin"))) + "\n"
    assert run("render", "-", stdin=b"a = 1").stdout == expected


def test_a_chunk_on_standard_input_is_rendered() -> None:
    assert run("render", "-", stdin=Path("script.luac").read_bytes()).stdout == run("render", "script.luac").stdout


def test_a_folder_is_searched_to_its_depth_for_sources_and_chunks() -> None:
    inputs = ["src/chunk", "src/one.lua", "src/deep/three.luac", "src/deep/two.lua"]
    assert run("render", "src").stdout == "".join([run("render", path).stdout for path in inputs])


@pytest.mark.parametrize(
    "command",
    ["render", "assemble", "verify", "stats", "compile", "decompile", "lua check", "lua tree", "lua format --check"],
)
def test_a_folder_without_inputs_is_an_error_of_every_command(command: str) -> None:
    Path("nothing").mkdir()
    Path("nothing/notes.md").touch()
    result = run(*command.split(), "nothing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("aidec: nothing: no file that ends in .")
    assert result.stderr.endswith("; passed over 1 file with other names (.md, see --glob)\n")


def test_several_inputs_are_rendered_in_their_order() -> None:
    one, two = run("render", "src/one.lua").stdout, run("render", "script.luac").stdout
    assert run("render", "src/one.lua", "script.luac").stdout == one + two


def test_a_chunk_with_the_name_of_a_source_is_rendered_as_a_chunk() -> None:
    shutil.copy("script.luac", "chunk.lua")
    assert run("render", "chunk.lua").stdout == run("render", "script.luac").stdout


def test_a_file_name_that_is_not_utf_8_is_rendered() -> None:
    name = os.fsdecode(b"caf\xe9.lua")
    Path(name).write_text("a = 1")
    assert "@caf\\xE9.lua<|/Proto-source|>" in run("render", name).stdout


def test_a_folder_with_a_pipe_in_it_is_rendered_without_waiting_for_the_pipe() -> None:
    os.mkfifo("src/pipe")
    subprocess.run([AIDEC, "render", "src"], capture_output=True, check=True, timeout=10)


def test_rendering_never_runs_the_source() -> None:
    Path("evil.lua").write_text('io.open("trace", "w"):close()')
    run("render", "evil.lua")
    assert not Path("trace").exists()


# What render makes of it


def test_a_pack_is_named_with_pack() -> None:
    assert run("render", "--pack", "listing", "script.luac").stdout == aidec.render(
        aidec.load("script.luac"), "listing"
    )


def test_a_pack_of_the_user_is_named_by_its_folder() -> None:
    Path("mine").mkdir()
    Path("mine/pack.yaml").write_text("description: mine\nextends: classic\n")
    Path("mine/chunk.j2").write_text("mine: {{ main }}")
    assert run("render", "-p", "./mine", "script.luac").stdout == "mine: " + run("render", "script.luac").stdout


def test_rendering_with_strip_is_rendering_what_luac_strips(luac: Luac) -> None:
    luac("-s", "-o", "stripped.luac", "script.lua")
    assert run("render", "--strip", "script.luac").stdout == run("render", "stripped.luac").stdout


def test_keep_source_strips_all_but_the_source() -> None:
    stripped = run("render", "--strip", "script.luac").stdout
    expected = stripped.replace("<|Proto-source|><|NULL|>", "<|Proto-source|>@script.lua")
    assert run("render", "--keep-source", "script.luac").stdout == expected


def test_a_pack_that_shows_the_script_is_given_it() -> None:
    pack = Path(__file__).parent.parent / "examples" / "packs" / "readme-sample"
    Path("demo.lua").write_text("a=1")
    expected = Path(__file__).with_name("data").joinpath("readme_sample.txt").read_text("utf-8")
    assert run("render", "--pack", pack, "demo.lua").stdout == expected


# Where render writes


def test_output_goes_to_a_file() -> None:
    result = run("render", "script.luac", "-o", "out.txt")
    assert (result.stdout, Path("out.txt").read_text()) == ("", run("render", "script.luac").stdout)


def test_the_outputs_of_several_inputs_go_to_one_file() -> None:
    run("render", "script.luac", "src/one.lua", "-o", "out.txt")
    assert Path("out.txt").read_text() == run("render", "script.luac", "src/one.lua").stdout


def test_the_outputs_of_a_folder_keep_its_tree() -> None:
    run("render", "src", "-o", "out")
    assert {path: text.decode() for path, text in files_below("out").items()} == {
        "one.lua.txt": run("render", "src/one.lua").stdout,
        "chunk.txt": run("render", "src/chunk").stdout,
        "deep/two.lua.txt": run("render", "src/deep/two.lua").stdout,
        "deep/three.luac.txt": run("render", "src/deep/three.luac").stdout,
    }


@pytest.mark.parametrize(("pack", "ending"), [("classic", ".txt"), ("listing", ".lst"), ("json", ".json")])
def test_files_in_a_folder_end_as_the_pack_says(pack: str, ending: str) -> None:
    run("render", "--pack", pack, "script.luac", "-o", "out/")
    assert list(files_below("out")) == [f"script.luac{ending}"]


def test_output_goes_into_a_folder_that_is_there() -> None:
    Path("out").mkdir()
    run("render", "script.luac", "-o", "out")
    assert list(files_below("out")) == ["script.luac.txt"]


def test_two_inputs_that_would_write_the_same_file_are_not_both_written() -> None:
    Path("other").mkdir()
    Path("other/one.lua").write_text("e = 5")
    result = run("render", "src/one.lua", "other/one.lua", "-o", "out/")
    assert result.exit_code == 1
    assert "aidec: other/one.lua: another input was written to out/one.lua.txt already\n" in result.stderr
    assert Path("out/one.lua.txt").read_text() == run("render", "src/one.lua").stdout


@pytest.mark.parametrize("output", [(), ("-o", "out.txt"), ("-o", "out/")], ids=["stdout", "file", "folder"])
def test_two_processes_write_what_one_writes_in_the_same_order(output: tuple[str, ...]) -> None:
    many_sources()
    one = aidec_process("render", "many", *output)
    written = files_below(".")
    shutil.rmtree("out", ignore_errors=True)
    two = aidec_process("render", "-j", "2", "many", *output)
    assert (two.returncode, two.stdout, files_below(".")) == (one.returncode, one.stdout, written)
    assert SUMMARY.sub("", two.stderr.decode()) == SUMMARY.sub("", one.stderr.decode())


# What is said when something is wrong


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("bad.lua", r"bad\.lua:1: unexpected symbol near '='"),
        ("bad.luac", r"bad\.luac: byte \d+ \([\w.]+\): expected .+"),
        ("src/notes.txt", r"src/notes\.txt:1: syntax error near 'input'"),
        ("nothing.luac", r"nothing\.luac: No such file or directory"),
    ],
)
def test_a_bad_input_is_told_in_one_line_with_exit_status_1(path: str, message: str) -> None:
    result = run("render", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(rf"aidec: {message}\n", result.stderr)


def test_after_a_bad_input_the_rest_goes_on() -> None:
    result = run("render", "script.luac", "bad.luac", "bad.lua", "nothing", "src/one.lua")
    assert (result.exit_code, result.stdout) == (1, run("render", "script.luac", "src/one.lua").stdout)
    summary = SUMMARY.fullmatch(result.stderr.splitlines(keepends=True)[-1])
    assert summary is not None
    assert summary.groups() == ("rendered", "2", "5", "3")


def test_a_pack_that_is_not_there_is_told_before_any_input_is_read() -> None:
    result = run("render", "--pack", "clasic", "nothing.luac")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("aidec: clasic: no such pack; did you mean classic?")


@pytest.mark.parametrize(
    "arguments",
    [
        ("render",),
        ("render", "--nope", "script.luac"),
        ("render", "-j", "-1", "script.luac"),
        ("render", "-j", "two", "script.luac"),
        ("compile",),
        ("compile", "script.lua", "src/one.lua", "-o", "out.luac"),
        ("pack", "check"),
        ("pack", "nope"),
        ("completion", "tcsh"),
        ("nope",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_with_exit_status_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: aidec")


def test_a_template_that_fails_on_one_chunk_leaves_the_files_of_the_others() -> None:
    Path("picky").mkdir()
    Path("picky/pack.yaml").write_text("description: fails where the constant is 2")
    Path("picky/chunk.j2").write_text("{{ main }}")
    Path("picky/proto.j2").write_text("{{ constants | join }}")
    Path("picky/constant.j2").write_text("{% if constant is integer %}{{ 1 // (constant - 2) }}{% endif %}")
    result = run("render", "--pack", "./picky", "src", "-o", "out")
    assert result.exit_code == 1
    assert f"src/deep/two.lua: {Path('picky').resolve()}/constant.j2:1: " in result.stderr
    assert set(files_below("out")) == {"one.lua.txt", "chunk.txt", "deep/three.luac.txt"}


def test_a_bad_input_leaves_the_output_file_as_it_was() -> None:
    Path("out.txt").write_text("from before")
    run("render", "bad.luac", "-o", "out.txt")
    assert Path("out.txt").read_text() == "from before"


def test_a_bad_input_leaves_no_output_file() -> None:
    run("render", "bad.luac", "-o", "out.txt")
    assert not Path("out.txt").exists()


@pytest.mark.parametrize("output", ["script.lua/out.txt", "script.lua/", "/dev/full", ""])
@pytest.mark.parametrize("command", ["render", "compile"])
def test_an_output_that_cannot_be_written_is_told_in_one_line(command: str, output: str) -> None:
    result = aidec_process(command, "script.lua", "-o", output)
    assert result.returncode in (1, 2)
    assert b"Traceback" not in result.stderr
    assert result.stderr.decode().splitlines()[-1].lower().startswith(("aidec: ", "error: "))


def test_a_full_standard_output_is_told_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [AIDEC, "render", "script.luac"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (result.returncode, result.stderr.count(b"\n")) == (1, 1)


def test_a_reader_that_stops_early_is_no_error() -> None:
    many_sources()
    command = f"{AIDEC} render many | head -c 10"
    result = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert result.stdout == b"<|Proto|><"
    assert b"Traceback" not in result.stderr


def test_a_file_that_is_being_written_is_not_seen_until_it_is_whole() -> None:
    Path("out.txt").write_text("from before")
    with atomic(Path("out.txt")) as file:
        file.write(b"half")
        file.flush()
        assert Path("out.txt").read_text() == "from before"
    assert Path("out.txt").read_text() == "half"


def test_a_file_whose_writing_fails_stays_as_it_was_and_nothing_else_is_left() -> None:
    Path("out").mkdir()
    Path("out/out.txt").write_text("from before")

    def write_half() -> None:
        with atomic(Path("out/out.txt")) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert files_below("out") == {"out.txt": b"from before"}


def test_an_output_that_is_a_symbolic_link_stays_one() -> None:
    Path("real.txt").write_text("from before")
    Path("out.txt").symlink_to("real.txt")
    run("render", "script.luac", "-o", "out.txt")
    assert Path("out.txt").is_symlink()
    assert Path("real.txt").read_text() == run("render", "script.luac").stdout


def test_a_folder_that_cannot_be_read_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refuse(path: str) -> os.PathLike[str]:
        if path == "src/deep":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)  # type: ignore[return-value]  # what os.walk calls

    monkeypatch.setattr(os, "scandir", refuse)
    result = run("render", "script.luac", "src")
    assert result.exit_code == 1
    assert "aidec: src/deep: Permission denied\n" in result.stderr


# The summary and the progress


def test_one_input_has_no_summary() -> None:
    assert run("render", "script.luac").stderr == ""


def test_many_inputs_end_with_a_summary_of_counts() -> None:
    result = run("render", "src")
    counts = f"{8:,} instructions, {len(result.stdout):,} characters"
    assert re.fullmatch(rf"aidec: rendered 4 of 4 inputs, 0 failed, {counts}, {PASSED_OVER}, [\d.]+ s\n", result.stderr)


def test_a_pipe_sees_no_progress_bar() -> None:
    result = aidec_process("render", "src", "-o", "out")
    assert SUMMARY.fullmatch(result.stderr.decode())


@pytest.mark.parametrize(("path", "expected"), [("src", True), ("script.luac", False)])
def test_a_terminal_sees_a_progress_bar_for_more_than_one_input(path: str, *, expected: bool) -> None:
    ours, theirs = pty.openpty()
    command = [AIDEC, "render", path, "-o", "out/"]
    subprocess.run(command, stderr=theirs, stdout=theirs, check=True)
    os.close(theirs)
    assert (b"4/4" in read_all(ours)) == expected


# Compiling


def test_a_chunk_is_written_beside_its_source(luac: Luac) -> None:
    run("compile", "src/one.lua")
    assert Path("src/one.luac").read_bytes() == luac("-o", "-", "src/one.lua")


def test_a_chunk_is_written_where_o_says(luac: Luac) -> None:
    run("compile", "script.lua", "-o", "out.luac")
    assert Path("out.luac").read_bytes() == luac("-o", "-", "script.lua")


def test_a_chunk_is_compiled_with_strip(luac: Luac) -> None:
    run("compile", "script.lua", "--strip", "-o", "out.luac")
    assert Path("out.luac").read_bytes() == luac("-s", "-o", "-", "script.lua")


@pytest.mark.parametrize("path", ["./script.lua", "src/../script.lua", "src//one.lua"])
def test_a_chunk_is_named_by_the_path_as_it_was_given(path: str, luac: Luac) -> None:
    run("compile", path, "-o", "out.luac")
    assert Path("out.luac").read_bytes() == luac("-o", "-", path)


def test_a_source_on_standard_input_is_compiled_to_standard_output() -> None:
    assert run("compile", "-", stdin=b"return 1").stdout_bytes == aidec.compile("return 1", name="=stdin")


def test_a_chunk_can_be_written_to_standard_output(luac: Luac) -> None:
    assert run("compile", "script.lua", "-o", "-").stdout_bytes == luac("-o", "-", "script.lua")


def test_a_folder_is_compiled_into_the_same_tree(luac: Luac) -> None:
    Path("src/deep/three.luac").unlink()
    Path("src/chunk").unlink()
    run("compile", "src", "-o", "out")
    assert files_below("out") == {
        "one.luac": luac("-o", "-", "src/one.lua"),
        "deep/two.luac": luac("-o", "-", "src/deep/two.lua"),
    }


def test_compiling_a_folder_passes_over_the_chunks_in_it() -> None:
    result = run("compile", "src", "-o", "out")
    assert (result.exit_code, set(files_below("out"))) == (0, {"one.luac", "deep/two.luac"})


def test_compiling_a_folder_a_second_time_succeeds_again() -> None:
    Path("src/deep/three.luac").unlink()
    Path("src/chunk").unlink()
    assert (run("compile", "src").exit_code, run("compile", "src").exit_code) == (0, 0)


def test_a_syntax_error_is_told_in_the_words_of_luac_with_exit_status_1(luac: Luac) -> None:
    result = run("compile", "bad.lua")
    assert (result.exit_code, Path("bad.luac").stat().st_size) == (1, 50)
    assert result.stderr == "aidec: " + luac("-p", "bad.lua", fails=True).decode().partition(": ")[2]


# The other commands


def test_vocab_prints_a_token_a_line() -> None:
    lines = run("vocab").stdout.splitlines()
    assert (len(lines), lines) == (4239, aidec.vocabulary("classic"))


def test_vocab_prints_json() -> None:
    assert json.loads(run("vocab", "--json").stdout) == aidec.vocabulary("classic")


def test_vocab_of_a_pack_without_tokens_is_empty() -> None:
    assert run("vocab", "--pack", "json").stdout == ""


def test_pack_list_shows_the_packs_that_ship_with_their_descriptions() -> None:
    lines = run("pack", "list").stdout
    assert re.search(r"^classic +The layout of lua53-aidec-inputgen", lines, re.MULTILINE)
    assert {"classic", "json", "listing"} <= {line.split()[0] for line in lines.splitlines()}


def test_pack_list_shows_a_pack_of_the_user(pack_path: Path) -> None:
    (pack_path / "mine").mkdir()
    (pack_path / "mine" / "pack.yaml").write_text("description: what it is for\nextends: classic\n")
    assert re.search(r"^mine +what it is for$", run("pack", "list").stdout, re.MULTILINE)


def test_pack_show_tells_templates_and_families() -> None:
    shown = run("pack", "show", "classic").stdout
    assert "tokens: 4,239" in shown
    assert re.search(r"^  proto\.j2 .*/classic/proto\.j2$", shown, re.MULTILINE)
    assert re.search(r"^  jump_target +2  <\|Jump-Target\|> +jump_target$", shown, re.MULTILINE)


def test_pack_show_of_a_pack_that_is_not_there_has_exit_status_1() -> None:
    result = run("pack", "show", "nope")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def small_pack(folder: str, tokens: str) -> None:
    """A pack that prints the token <t> and declares these."""
    Path(folder).mkdir()
    Path(folder, "pack.yaml").write_text(
        f"description: x\nguard: <\ntokens: {{f: {{spelling: '{tokens}', carries: proto}}}}"
    )
    Path(folder, "chunk.j2").write_text("{{ main }}")
    Path(folder, "proto.j2").write_text("<t>")


def test_pack_check_of_a_good_pack_says_so() -> None:
    small_pack("good", "<t>")
    result = run("pack", "check", "./good")
    assert result.exit_code == 0
    assert result.stdout.startswith("./good: good, 1 token")


def test_pack_check_of_a_bad_pack_has_exit_status_1_and_goes_on_with_the_next() -> None:
    small_pack("bad", "<{t,u}>")
    small_pack("good", "<t>")
    result = run("pack", "check", "./bad", "./good")
    assert result.exit_code == 1
    assert result.stdout.startswith("./good: good, 1 token")
    assert "aidec: ./bad: declared but never printed: <u>\n" in result.stderr


def test_version_prints_the_version() -> None:
    assert aidec.__version__ in run("--version").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_a_shell(shell: str) -> None:
    script = run("completion", shell).stdout
    assert f"_AIDEC_COMPLETE={shell}_complete" in script


def test_bash_accepts_its_completion_script() -> None:
    script = run("completion", "bash").stdout
    subprocess.run(["bash", "-euc", script + "\ncomplete -p aidec"], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("aidec rend", "render"), ("aidec render --pack lis", "listing"), ("aidec render --str", "--strip")],
)
def test_the_shell_completes_commands_options_and_packs(words: str, expected: str) -> None:
    request = {"_AIDEC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    result = subprocess.run([AIDEC], env={**os.environ, **request}, capture_output=True, check=False)
    assert result.stdout.decode().splitlines() == [f"plain,{expected}"]


# The help


def commands() -> list[tuple[str, ...]]:
    subcommands = [("pack", name) for name in ("list", "show", "check")]
    return [(), *[(name,) for name in COMMANDS], *subcommands]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_help_of_a_command_has_an_example(words: tuple[str, ...]) -> None:
    text = run(*words, "--help").stdout
    assert re.search(r"Examples?:\n +.*\baidec ", text)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_has_the_first_line_of_each_help(name: str) -> None:
    command = cli.get_command(cli.make_context("aidec", ["--help"], resilient_parsing=True), name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_every_command_has_the_file_of_its_name() -> None:
    for name in COMMANDS:
        folder = Path(aidec.__file__).parent / "cli"
        assert (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


# What a command imports, since that is what it waits for when it starts


HEAVY = {
    "tokenizers",
    "tiktoken",
    "pyarrow",
    "ray",
    "numpy",
    "rich",
    "multiprocessing",
    "concurrent.futures",
    "asyncio",
}


def imported_by(code: str) -> set[str]:
    """The modules that a new Python has imported when the code has run."""
    code += "\nimport sys; print(*sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stderr.split())


def test_importing_aidec_imports_nothing_heavy() -> None:
    assert imported_by("import aidec") & (HEAVY | {"jinja2", "yaml", "click", "lupa", "kaitaistruct"}) == set()


def test_rendering_a_chunk_imports_nothing_that_it_does_not_need() -> None:
    code = "from aidec.cli.main import cli; cli(['render', 'script.luac'], standalone_mode=False)"
    assert imported_by(code) & (HEAVY | {"lupa", "aidec.lua", "jsonschema"}) == set()


def test_compiling_imports_no_templates() -> None:
    code = "from aidec.cli.main import cli; cli(['compile', 'script.lua'], standalone_mode=False)"
    assert imported_by(code) & (HEAVY | {"jinja2", "aidec.packs"}) == set()
