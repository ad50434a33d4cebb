"""What ``aidec decompile`` prints besides source: maps, pages, and source on the lines of the chunk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import aidec
from aidec.cli.main import cli
from aidec.decompiler.placement import LINES_A_TOKEN, MAX_LINE
from aidec.decompiler.places import walk

SOURCE = """\
local Stack = {}

function Stack:push(value)
  if value == nil then return end

  self[#self + 1] = value
end


return Stack
"""


@pytest.fixture
def chunks(tmp_path: Path) -> Path:
    """A folder of two chunks, of which one is stripped."""
    folder = tmp_path / "chunks"
    folder.mkdir()
    (folder / "stack.luac").write_bytes(aidec.compile(SOURCE, "@stack.lua"))
    (folder / "stripped.luac").write_bytes(aidec.compile(SOURCE, strip=True))
    return folder


def run(*arguments: str | Path, status: int = 0) -> str:
    result = CliRunner().invoke(cli, ["decompile", *map(str, arguments)], prog_name="aidec")
    assert result.exit_code == status, result.output
    return result.stdout if status == 0 else result.output


def lines_of(chunk: aidec.bytecode.Chunk) -> list[tuple[int, int, list[int]]]:
    return [(proto.line_defined, proto.last_line_defined, proto.line_info.tolist()) for proto in chunk.main.walk()]


def test_source_is_laid_out_on_the_lines_of_the_chunk(chunks: Path) -> None:
    printed = run("--lines", chunks / "stack.luac")
    again = aidec.load(aidec.compile(printed, "@stack.lua"))
    assert lines_of(again) == lines_of(aidec.load(chunks / "stack.luac"))
    lines = [line.split() for line in printed.splitlines()]
    assert lines[3][-2:] == ["then", "return"]
    assert lines[4] == ["end"]
    assert lines[9][0] == "return"


def test_a_stripped_chunk_has_the_lines_of_functions_alone(chunks: Path) -> None:
    printed = run("--lines", chunks / "stripped.luac")
    assert aidec.compile(printed, strip=True) == (chunks / "stripped.luac").read_bytes()


@pytest.mark.parametrize("options", [[], ["--lines"], ["--names", "plain"]])
def test_a_map_has_the_line_that_luac_writes_for_each_instruction(chunks: Path, options: list[str]) -> None:
    run("--map", *options, "-o", chunks.parent / "out.lua", chunks / "stack.luac")
    source = (chunks.parent / "out.lua").read_bytes()
    found = json.loads((chunks.parent / "out.lua.map.json").read_bytes())
    assert found.keys() == {"file", "functions"}
    assert found["file"] == str(chunks / "stack.luac")
    functions = dict(walk(aidec.load(aidec.compile(source)).main))
    assert [tuple(function["path"]) for function in found["functions"]] == [*functions]
    for function in found["functions"]:
        assert function["lines"] == functions[tuple(function["path"])].line_info.tolist()
        for line, (start, end) in zip(function["lines"], function["spans"], strict=True):
            assert source[:end].count(b"\n") == line - 1
            assert source[start:end].strip() == source[start:end] != b""


def test_a_map_stands_beside_each_source(chunks: Path) -> None:
    out = chunks.parent / "out"
    run("--map", "-o", out, chunks)
    names = ["stack.luac.lua", "stack.luac.lua.map.json", "stripped.luac.lua", "stripped.luac.lua.map.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    again = chunks.parent / "again"
    run("--map", "-j", "2", "-o", again, chunks)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in out.iterdir()
    }


def test_a_map_goes_into_an_object(chunks: Path) -> None:
    function = json.loads(run("--json", "--map", chunks / "stack.luac"))["functions"][1]
    assert function.keys() == {"path", "status", "difference", "lines", "spans"}
    assert json.loads(run("--json", chunks / "stack.luac"))["functions"][1].keys() == {"path", "status", "difference"}


def test_a_function_that_is_not_proven_has_no_map(chunks: Path) -> None:
    path = chunks / "unproven.luac"
    chunk = aidec.load(aidec.compile("x = 1"))
    chunk.main.code[0] = 45 | 1 << 23  # VARARG into a register that nothing reads
    path.write_bytes(aidec.dump(chunk))
    found = json.loads(run("--json", "--map", path))["functions"]
    unproven = [function for function in found if function["status"] == "unproven"]
    assert unproven
    assert all(function["lines"] is None and function["spans"] is None for function in unproven)


def test_a_map_needs_a_file(chunks: Path) -> None:
    assert "name a place with -o" in run("--map", chunks / "stack.luac", status=2)
    assert "name a place with -o" in run("--map", "-o", "-", chunks / "stack.luac", status=2)
    one = chunks.parent / "one.lua"
    one.touch()
    assert "name a place with -o" in run("--map", "-o", one, chunks, status=2)
    assert "leave out one of" in run("--map", "--html", chunks / "stack.luac", status=2)


def test_each_chunk_has_a_page_or_an_object(chunks: Path) -> None:
    out = chunks.parent / "out"
    run("--html", "--lines", "-o", out, chunks)
    run("--json", "-o", out, chunks)
    names = ["stack.luac.html", "stack.luac.json", "stripped.luac.html", "stripped.luac.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    page = (out / "stack.luac.html").read_text("utf-8")
    assert page == run("--html", "--lines", chunks / "stack.luac")
    assert page.startswith("<!DOCTYPE html>")


def test_a_line_that_no_text_has_is_passed_over(tmp_path: Path) -> None:
    chunk = aidec.load(aidec.compile("a()\nb()"))
    chunk.main.line_info[0] = MAX_LINE + 6 * LINES_A_TOKEN + 1  # there are six tokens
    (tmp_path / "a.luac").write_bytes(aidec.dump(chunk))
    assert len(run("--lines", tmp_path / "a.luac")) < 1000
