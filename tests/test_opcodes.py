"""What the decompiler declares of each opcode is what Lua's own tables and comments say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aidec.bytecode import OPCODES
from aidec.bytecode.opcodes import Opcode
from aidec.common.settings import load_yaml
from aidec.decompiler import opcodes
from aidec.decompiler.opcodes import EFFECTS, Effect, Place

KNOWN = [(opcode, EFFECTS[opcode.name]) for opcode in OPCODES if opcode.is_known]
ROWS = {row["name"]: row for row in load_yaml(Path(opcodes.__file__).with_name("opcodes.yaml"))}

each_opcode = pytest.mark.parametrize(("opcode", "effect"), KNOWN, ids=lambda value: value.name)


def operands(place: Place) -> set[str]:
    return {*place.first.operands, *(place.last.operands if place.last is not None else ())}


def named(effect: Effect, operand: str) -> list[Place]:
    """The places that an operand names."""
    return [place for place in (*effect.uses, *effect.writes) if operand in operands(place)]


def is_used(effect: Effect, operand: str) -> bool:
    """Whether an operand says anything of what the opcode does."""
    words = (effect.when, effect.skips, effect.closes, effect.word[:1].lower(), effect.form[-1:].lower())
    return bool(named(effect, operand)) or operand in words


def test_the_opcodes_are_those_of_lua_in_their_order() -> None:
    assert list(EFFECTS) == [opcode.name for opcode, _ in KNOWN]


@each_opcode
def test_what_is_written_and_tested_is_what_the_masks_say(opcode: Opcode, effect: Effect) -> None:
    writes = any(place.kind == "R" and place.first.operands == ("a",) and place.first.number == 0
                 for place in effect.writes)  # fmt: skip
    assert writes == bool(opcode.sets_a) or opcode.name == "TAILCALL"  # which returns what it writes
    assert bool(effect.test) == bool(opcode.is_test) == (effect.next == "test")


@each_opcode
@pytest.mark.parametrize("operand", ["b", "c"])
def test_an_operand_names_the_kind_of_place_that_the_masks_say(opcode: Opcode, effect: Effect, operand: str) -> None:
    if opcode.mode != "iABC":
        assert not is_used(effect, operand)
        return
    mask = getattr(opcode, operand)
    kinds = {place.kind for place in named(effect, operand)}
    assert (mask == "OpArgK") == (kinds == {"RK"})
    assert mask != "OpArgR" or kinds == {"R"}
    # The sizes of NEWTABLE are hints, and TAILCALL returns all results, whatever its C
    assert is_used(effect, operand) == (mask != "OpArgN") or (opcode.name, operand) in (
        ("NEWTABLE", "b"), ("NEWTABLE", "c"), ("TAILCALL", "c"),
    )  # fmt: skip


@each_opcode
def test_jumps_and_words_that_are_taken_are_those_of_the_instruction_set(opcode: Opcode, effect: Effect) -> None:
    assert (effect.next in ("jump", "either")) == (opcode.jump == "self")
    takes_next = effect.next == "test" or effect.word == "always" or opcode.name == "TFORCALL"
    inline = "always" if takes_next else "if_c" if effect.skips == "c" else "unless_c" if effect.word else "never"
    assert inline == opcode.inline


@each_opcode
def test_constants_and_functions_are_named_by_the_operands_of_their_modes(opcode: Opcode, effect: Effect) -> None:
    for place in effect.uses:
        if place.kind in ("K", "P"):
            assert opcode.mode == "iABx"
            assert operands(place) == ({"ax"} if effect.word else {"bx"})
        else:
            assert operands(place) <= {"a", "b", "c"}


def test_a_value_is_described_in_the_words_of_lopcodes_h() -> None:
    plain = [opcode for opcode, effect in KNOWN if opcode.name in PLAIN or effect.is_binary or effect.is_unary]
    told = {opcode.name: in_our_words(opcode.does) for opcode in plain}
    assert told == {name: f"{ROWS[name]['to']} := {ROWS[name]['value']}" for name in told}


def test_a_comparison_is_described_in_the_words_of_lopcodes_h() -> None:
    told = {opcode.name: opcode.does for opcode, effect in KNOWN if effect.test and effect.operator}
    assert told == {name: f"if (({ROWS[name]['test']}) ~= {ROWS[name]['when']}) then pc++" for name in told}


PLAIN = ("MOVE", "LOADK", "LOADKX", "GETUPVAL", "GETTABUP", "GETTABLE", "SETTABUP", "SETUPVAL", "SETTABLE", "CLOSURE")
"""The opcodes that lopcodes.h describes as an assignment of one value, without an operation."""

WORDS = (
    ("Kst(extra arg)", "K(Ax)"),
    ("Kst(", "K("),
    ("UpValue[A]", "U(A)"),
    ("UpValue[B]", "U(B)"),
    ("closure(KPROTO[Bx])", "P(Bx)"),
    ("length of ", "#"),
)


def in_our_words(told: str) -> str:
    for theirs, ours in WORDS:
        told = told.replace(theirs, ours)
    return told
