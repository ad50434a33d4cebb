"""Random programs: luac takes each, they use all of Lua, they end, and decompiling them is no error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from check_random import LIMITS, decompiled, output
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import FIELDS, GRAMMAR, KINDS, SHAPES, program
from shrink_tree import smallest

import aidec
from aidec.bytecode import OPCODES
from aidec.lua.nodes import Break, Goto, Label, Main, Name, Number
from aidec.lua.printer import to_source
from aidec.lua.tree import parse

seeds = st.integers(0, 2**32)


def opcodes_of(tree: Main) -> set[str]:
    chunk = aidec.load(aidec.compile(to_source(tree)))
    return {OPCODES[word & 63].name for proto in chunk.main.walk() for word in proto.code}


def test_all_statements_expressions_and_opcodes_occur() -> None:
    trees = [program(seed, kind) for seed in range(60) for kind in KINDS]
    found = {type(node).__name__ for tree in trees for node in tree.walk()}
    assert found == set(FIELDS)
    assert {"Function", "Vararg"} < found & set(GRAMMAR["expressions"])
    opcodes = set().union(*map(opcodes_of, trees), opcodes_of(program(0, shape="huge")))
    assert opcodes == {opcode.name for opcode in OPCODES if opcode.name != "UNKNOWN"}


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "huge"])
@settings(max_examples=10, deadline=None)
@given(seeds, st.sampled_from(KINDS))
def test_each_is_a_program_that_luac_takes(shape: str, seed: int, kind: str) -> None:
    tree = program(seed, kind, shape)
    aidec.compile(to_source(tree))
    assert program(seed, kind, shape) == tree


@settings(deadline=None)
@given(seeds)
def test_one_that_runs_ends_and_prints_the_same_when_it_runs_again(seed: int) -> None:
    source = to_source(program(seed, "runs"))
    printed = output(source)
    assert printed.startswith((b"done", b"error"))
    assert printed == output(source)


def test_readings_are_the_same_in_each_process() -> None:
    counting = """if True:
        import sys, aidec
        chunk = aidec.load(aidec.compile(sys.stdin.read(), strip=True))
        print([function.num_steps for function in aidec.decompile(chunk).functions])
    """
    counts = {
        subprocess.run(
            [sys.executable, "-c", counting],
            input=to_source(program(5064, "runs")),
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(counts) == 1


def test_what_programs_do_shows_in_what_they_print() -> None:
    outputs = {output(source) for source in (b"f(a, b)", b"f(b, a)", b"local x = f; x(a, b)", b"return 1", b"error()")}
    assert len(outputs) == 4
    assert output(b"while tick() do end").startswith(b"error\tout of fuel")
    assert LIMITS.cpu < 10


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(KINDS))
def test_decompiling_one_is_no_error_and_claims_nothing_false(seed: int, kind: str) -> None:
    made, is_same = decompiled(to_source(program(seed, kind)))
    assert made.is_proven == is_same


def test_a_tree_shrinks_to_what_has_the_property() -> None:
    tree = parse("local a = f(1, 2); for i = 1, 9 do while a do g(i + 7, {x = 7}) break end end return a, 7")

    def has_seven(tree: Main) -> bool:
        return Number(7) in list(tree.walk())

    small = smallest(tree, has_seven)
    assert to_source(small) in (b"return 7\n", b"local a = 7\n")


def test_gotos_and_breaks_stand_where_they_can() -> None:
    trees = [program(seed, shape="jumps") for seed in range(20)]
    nodes = [node for tree in trees for node in tree.walk()]
    for kind in (Goto, Break, Label):
        assert any(isinstance(node, kind) for node in nodes)
    assert all(node.name != "tick" for node in nodes if isinstance(node, Name))
