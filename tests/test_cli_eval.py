"""The commands ``aidec eval``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_multipl_e import PROBLEM

from aidec.cli.main import cli
from aidec.evaluation.tasks import read_tasks


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["eval", *map(str, arguments)])


@pytest.mark.parametrize(("options", "ids"), [([], ["#0"]), (["--by", "file"], [""])])
@pytest.mark.parametrize("strip", [True, False])
def test_tasks_are_built_of_sources(tmp_path: Path, options: list[str], ids: list[str], *, strip: bool) -> None:
    source = tmp_path / "a.lua"
    source.write_text("function f(a) return a end")
    target = tmp_path / "tasks.jsonl"
    result = run("tasks", "build", source, "-o", target, *options, *([] if strip else ["--no-strip"]))
    assert (result.exit_code, result.stderr) == (0, f"aidec: {target}: 1 task of 1 source\n")
    assert [(task.id, task.stripped) for task in read_tasks(target)] == [(f"{source}{id_}", strip) for id_ in ids]


def test_what_no_task_is_made_of_is_said(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    for name, text in (("a.lua", "function f() end"), ("b.lua", "x = = 1"), ("c.lua", "return")):
        (tmp_path / "src" / name).write_text(text)
    target = tmp_path / "tasks.jsonl"
    result = run("tasks", "build", tmp_path / "src", "-o", target)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"aidec: {tmp_path}/src/b.lua:1: unexpected symbol near '='",
        f"aidec: {target}: 1 task of 3 sources, 1 without functions, 1 not made",
    ]


def test_a_benchmark_is_imported(tmp_path: Path) -> None:
    source, target = tmp_path / "p.jsonl", tmp_path / "tasks.jsonl"
    source.write_text(f"{json.dumps(PROBLEM)}\n{{}}\n")
    result = run("tasks", "import", "--format", "multipl-e", source, "-o", target)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"aidec: {source}:2: no language",
        f"aidec: {target}: 1 task, 1 refused",
    ]
    [task] = read_tasks(target)
    assert task.prompt == str(PROBLEM["prompt"]).encode()


def test_no_tasks_are_an_error_and_leave_no_file(tmp_path: Path) -> None:
    source, target = tmp_path / "a.lua", tmp_path / "tasks.jsonl"
    source.write_text("return")
    result = run("tasks", "build", source, "-o", target)
    assert result.exit_code == 1
    assert result.stderr == f"aidec: {target}: no tasks to write: 0 tasks of 1 source, 1 without functions\n"
    source.write_text("")
    result = run("tasks", "import", "--format", "multipl-e", source, "-o", target)
    assert (result.exit_code, result.stderr) == (1, f"aidec: {target}: no tasks to write\n")
    assert not target.exists()


@pytest.mark.parametrize(
    "arguments", [["run", "examples/tasks/constructs.jsonl", "--decompiler", "aidec"], ["compare", ".", "."]]
)
def test_without_numpy_the_extra_is_named(arguments: list[str]) -> None:
    code = "import sys; sys.modules['numpy'] = None; from aidec.cli.main import main; main()"
    command = [sys.executable, "-c", code, "eval", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("aidec: ")
    assert result.stderr.endswith(" need the extra eval: pip install 'aidec[eval]'\n")
