"""Attacks on the comparison of behaviour: none scores more than what it does right; the page names what stops it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import MARK, PAGE, SOURCE, TASK, Attack, all_attacks, table

import aidec
from aidec.bytecode import OPCODES
from aidec.evaluation.behaviour import Behaviour
from aidec.lua.runner import Limits, Runner

HARNESS = Path(aidec.__file__).parent / "evaluation" / "harness.lua"
CALLS = 1 + len(TASK.tests)
LIMITS = Limits(cpu=0.2, memory=32 << 20, output=512 << 10)


@pytest.fixture(scope="module")
def behaviour() -> Iterator[Behaviour]:
    with Runner(processes=1, deterministic=True) as runner:
        yield Behaviour(runner, limits=LIMITS)


def test_what_is_right_scores_1(behaviour: Behaviour) -> None:
    assert behaviour.score(TASK, SOURCE) == (1.0, "")
    assert behaviour.score(TASK, SOURCE.replace(b"list", b"xs").replace(b"\n", b"\n\n")) == (1.0, "")


@pytest.mark.parametrize("attack", all_attacks(), ids=lambda attack: attack.name)
def test_an_attack_scores_no_more_than_it_does_right(attack: Attack, behaviour: Behaviour) -> None:
    score, note = behaviour.score(TASK, attack.source)
    assert attack.agrees < CALLS
    assert score == pytest.approx(attack.agrees / CALLS)
    assert attack.note in note


def test_bytecode_is_no_prediction(behaviour: Behaviour) -> None:
    score, note = behaviour.score(TASK, aidec.compile(SOURCE))
    assert (score, note) == (0.0, "it does not compile: expected Lua source text, but this is a precompiled chunk")


def test_the_page_names_each_attack_and_explains_what_stops_it() -> None:
    page, _, shown = PAGE.read_text("utf-8").partition(MARK)
    assert shown.strip() == table().strip(), "run tests/attacks.py"
    explained = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert {attack.stop for attack in all_attacks()} == explained
    assert len(all_attacks()) >= 30


def test_the_harness_reads_no_global_once_the_chunk_can_run() -> None:
    source = HARNESS.read_bytes()
    main = aidec.load(aidec.compile(source)).main
    reads = [pc for pc, word in enumerate(main.code) if OPCODES[word & 63].name in ("GETTABUP", "SETTABUP")]
    runs = source[: source.index(b"\nperform(0")].count(b"\n") + 2
    assert max(main.line_info[pc] for pc in reads) < runs
    standins = aidec.load(aidec.compile(HARNESS.with_name("standins.lua").read_bytes())).main
    for proto in (*main.protos, *standins.protos):
        assert b"_ENV" not in [upvalue.name for inner in proto.walk() for upvalue in inner.upvalues]
