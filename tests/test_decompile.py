"""Decompiled programs: functions that compile to the same bytecode are proven, and no others."""

from __future__ import annotations

import json
import random
from array import array
from dataclasses import replace
from pathlib import Path

import lua_trees
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lua_programs import bytecode

import aidec
from aidec.bytecode import Chunk, Proto, strip
from aidec.cli.main import cli
from aidec.common.settings import load_yaml
from aidec.decompiler.decompiled import Decompiled
from aidec.decompiler.facts import Facts, Unreadable
from aidec.decompiler.program import MAX_FLAT_STEPS, MAX_READINGS, MAX_STEPS, STEPS_PER_INSTRUCTION
from aidec.decompiler.proof import difference
from aidec.decompiler.reader import Reader
from aidec.lua.nodes import Block, Goto, Main
from aidec.lua.printer import to_source

HERE = Path(__file__).parent
SOURCES = load_yaml(HERE / "data" / "decompile.yaml")
LUA = sorted((HERE / "lua").glob("*.lua"))
ADVERSARIAL = sorted((HERE / "lua" / "decompile").glob("*.lua"))
JUMPING = (
    "break",
    "closures",
    "continue",
    "dead",
    "do",
    "goto",
    "if",
    "ladder",
    "locals",
    "loops",
    "nested",
    "repeat",
    "while",
)
"""What files are called that have jumps, blocks and local variables of all kinds."""


def stripped(source: str | bytes) -> Chunk:
    return strip(aidec.load(aidec.compile(source)))


def code_of(proto: Proto) -> list[object]:
    """What a stripped chunk has of a function and of those inside it."""
    constants = [(type(value), repr(value)) for value in proto.constants]
    captures = [(upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]
    sizes = (proto.num_params, proto.is_vararg, proto.max_stack_size)
    return [proto.code, constants, captures, sizes, [code_of(inner) for inner in proto.protos]]


def assert_proven(source: str | bytes, *, plain: bool) -> Decompiled:
    """The program of a source, which compiles to the same code, whoever compares it."""
    chunk = stripped(source)
    program = aidec.decompile(chunk, plain=plain)
    assert [function.difference for function in program.functions if not function.is_proven] == []
    assert len(program.functions) == sum(1 for _ in chunk.main.walk())
    assert code_of(stripped(program.source).main) == code_of(chunk.main)
    return program


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("source", SOURCES["proven"])
def test_each_form_of_a_construct_is_proven(source: str, plain: bool) -> None:  # noqa: FBT001
    assert_proven(source, plain=plain)


@pytest.mark.parametrize("path", ADVERSARIAL, ids=lambda path: path.stem)
def test_a_construct_among_its_neighbours_is_proven(path: Path) -> None:
    assert_proven(path.read_bytes(), plain=False)


def test_a_function_is_proven_with_gotos_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unwilling(Reader):
        def read(self) -> Block:
            raise Unreadable("not to be read with structure")

    monkeypatch.setattr("aidec.decompiler.program.Reader", Unwilling)
    paths = [path for path in ADVERSARIAL if path.stem.startswith(JUMPING)]
    assert len(paths) > 150
    for path in paths:
        assert_proven(path.read_bytes(), plain=True)


@pytest.mark.parametrize("path", LUA, ids=lambda path: path.stem)
def test_a_file_is_proven_or_says_what_is_not(path: Path) -> None:
    chunk = stripped(path.read_bytes())
    program = aidec.decompile(chunk)
    assert program.is_proven == (code_of(stripped(program.source).main) == code_of(chunk.main))


def unwritten(word: int) -> Chunk:
    """A chunk with an instruction where luac writes none such."""
    chunk = stripped("x = 1; y = 2")
    code = array("I", chunk.main.code)
    code[0] = word
    return replace(chunk, main=replace(chunk.main, code=code))


UNWRITTEN = {"VARARG": 45 | 1 << 23, "SETLIST": 43 | 1 << 14 | 1 << 23, "CONCAT": 29 | 1 << 14, "FORLOOP": 39}


@pytest.mark.parametrize("word", UNWRITTEN.values(), ids=list(UNWRITTEN))
def test_what_is_not_proven_says_so(word: int) -> None:
    program = aidec.decompile(unwritten(word))
    assert not program.is_proven
    head = program.source.decode().splitlines()
    assert head[0].startswith("-- Decompiled by aidec; ")
    assert any(line.lstrip().startswith("-- not proven: main") for line in head)
    aidec.compile(program.source)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(lua_trees.trees)
def test_programs_made_at_random_are_proven_only_if_they_are_the_same(tree: Main) -> None:
    try:
        chunk = stripped(to_source(tree))
    except aidec.CompileError:
        return
    program = aidec.decompile(chunk)
    assert program.is_proven == (code_of(stripped(program.source).main) == code_of(chunk.main))


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from(SOURCES["proven"]), st.integers(0, 2**32))
def test_a_chunk_that_luac_did_not_write_is_no_error(source: str, seed: int) -> None:
    chunk = stripped(source)
    rng = random.Random(seed)  # noqa: S311
    code = array("I", chunk.main.code)
    for _ in range(rng.randint(1, 4)):
        code[rng.randrange(len(code))] ^= 1 << rng.randrange(32)
    program = aidec.decompile(replace(chunk, main=replace(chunk.main, code=code)))
    aidec.compile(program.source)
    most = MAX_STEPS + MAX_FLAT_STEPS + 5 * MAX_READINGS  # the last step of each can be one of five
    assert all(function.num_steps <= most + STEPS_PER_INSTRUCTION * len(code) for function in program.functions)
    if program.is_proven:
        assert stripped(program.source).main.code == code


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"code": array("I", [0x00800026])}, "instruction 0"),
        ({"constants": (1.0,)}, "constants"),
        ({"max_stack_size": 9}, "max_stack_size"),
        ({"num_params": 1}, "num_params"),
        ({"is_vararg": 0}, "is_vararg"),
        ({"upvalues": ()}, "upvalues"),
        ({"protos": ()}, "captures of a function inside"),
    ],
)
def test_the_proof_finds_what_differs(change: dict[str, object], found: str) -> None:
    proto = stripped("local a = 1; return function() return a end").main
    assert difference(proto, proto) is None
    assert difference(replace(proto, **change), proto) == found  # type: ignore[arg-type]


def test_a_fact_that_explains_nothing_ends_the_reading() -> None:
    from aidec.decompiler.facts import Fact

    facts = Facts()
    facts.add(Fact("local", 3, 1))
    with pytest.raises(Unreadable):
        facts.add(Fact("local", 3, 1))


def source_of(source: str, *, plain: bool = False) -> str:
    return assert_proven(source, plain=plain).source.decode().partition("\n")[2]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "if a then b() elseif c then d() else e() end",
            "if a then\n    b()\nelseif c then\n    d()\nelse\n    e()\nend\n",
        ),
        ("function a.b:c(x) return self.x + x end", "function a.b:c(x)\n    return self.x + x\nend\n"),
        ("while a and not b do c() end", "while a and not b do\n    c()\nend\n"),
        ("repeat local x = f() until x", "repeat\n    local x = f()\nuntil x\n"),
        ("for i = 1, 10 do print(i) end", "for i = 1, 10 do\n    print(i)\nend\n"),
        ("return a > b, a ~= b", "return a > b, a ~= b\n"),
    ],
)
def test_a_program_reads_as_it_was_written(source: str, expected: str) -> None:
    found = source_of(source)
    if "local x" not in expected and "function" not in expected:
        assert found == expected
    assert bytecode(found.encode())[3] == bytecode(source.encode())[3]


def test_a_goto_is_used_only_where_nothing_else_is_left() -> None:
    used = [
        source
        for source in SOURCES["proven"]
        if "goto" not in source
        and any(isinstance(node, Goto) for node in aidec.decompile(stripped(source)).tree.walk())
    ]
    assert used == ["repeat do break end; x = 1 until true"]  # a break that jumps nowhere else


def test_a_program_is_the_same_each_time() -> None:
    for source in SOURCES["proven"][:20]:
        assert aidec.decompile(stripped(source)).source == aidec.decompile(stripped(source)).source


# The command


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(cli, ["decompile", *arguments], prog_name="aidec")
    assert result.exit_code == status, result.output
    return result.stdout


def test_the_command_decompiles_chunks_and_folders(tmp_path: Path) -> None:
    chunks = tmp_path / "chunks"
    chunks.mkdir()
    (chunks / "a.luac").write_bytes(aidec.dump(stripped("local a = 1 print(a)")))
    (chunks / "b.luac").write_bytes(aidec.dump(stripped("return ...")))
    printed = run(str(chunks / "a.luac"))
    assert printed.startswith("-- Decompiled by aidec; the 1 function is proven")
    run("-o", str(tmp_path / "out"), str(chunks))
    assert (tmp_path / "out" / "a.luac.lua").read_text() == printed
    assert (tmp_path / "out" / "b.luac.lua").read_text().endswith("\nreturn ...\n")


def test_the_command_prints_objects_and_is_strict(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.luac", tmp_path / "bad.luac"
    good.write_bytes(aidec.dump(stripped("return 1")))
    bad.write_bytes(aidec.dump(unwritten(UNWRITTEN["VARARG"])))
    assert json.loads(run("--json", str(good)))["functions"] == [{"path": [], "status": "proven", "difference": None}]
    run("--strict", str(good))
    run(str(bad))
    run("--strict", str(bad), status=1)


def test_the_command_goes_on_after_a_bad_input(tmp_path: Path) -> None:
    (tmp_path / "bad.luac").write_bytes(b"\x1bLuaQ")
    (tmp_path / "good.luac").write_bytes(aidec.dump(stripped("return 1")))
    run("-o", f"{tmp_path}/out/", str(tmp_path / "bad.luac"), str(tmp_path / "good.luac"), status=1)
    assert (tmp_path / "out" / "good.luac.lua").exists()


def test_a_function_is_not_read_again_because_one_inside_it_was() -> None:
    source = """local t, u, f = {}, {}, print
    function g(s)
        local v = t[s]
        if v then return v end
        v = u[f(s)]
        if v then return t[v] end
    end"""
    main, inner = aidec.decompile(aidec.load(aidec.compile(source, strip=True))).functions
    assert (main.is_proven, inner.is_proven) == (True, True)
    assert main.num_readings == 1 < inner.num_readings
