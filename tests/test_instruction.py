"""The instruction set is that of lopcodes.h and lopcodes.c, and a word decodes as the format's declaration says."""

from __future__ import annotations

import re
from array import array
from io import BytesIO
from operator import attrgetter
from pathlib import Path

import pytest
from aidec.generated.lua53_chunk import Lua53Chunk
from aidec.ksy.tables import TABLES, tables
from chunk_writer import write
from hypothesis import given
from hypothesis import strategies as st
from kaitaistruct import KaitaiStream
from strategies import words

from aidec.bytecode import OPCODES, RK, Chunk, Header, Instruction, Proto, jump_targets, setlist_counts
from aidec.bytecode.fields import FIELDS, Field
from aidec.bytecode.instruction import COLUMNS
from aidec.bytecode.python_parser import OFFICIAL_TYPES

NUMBERS = {opcode.name: opcode.number for opcode in OPCODES if opcode.is_known}


def word(name: str, a: int = 0, b: int = 0, c: int = 0) -> int:
    return b << 23 | c << 14 | a << 6 | NUMBERS[name]


def jump(name: str, distance: int) -> int:
    return distance + 131071 << 14 | NUMBERS[name]


def test_the_names_are_those_of_lopcodes_c_in_their_order(lua_sources: Path) -> None:
    names = re.search(r"luaP_opnames.*?\{(.*?)NULL", (lua_sources / "lopcodes.c").read_text(), re.DOTALL)
    assert names is not None
    assert re.findall(r'"(\w+)"', names[1]) == [opcode.name for opcode in OPCODES[:47]]


def test_the_modes_are_those_of_lopcodes_c(lua_sources: Path) -> None:
    row = re.compile(r"opmode\((\d), (\d), (\w+), (\w+), (\w+)\)\s*/\* OP_(\w+) \*/")
    expected = row.findall((lua_sources / "lopcodes.c").read_text())
    ours = [(str(o.is_test), str(o.sets_a), o.b, o.c, o.mode, o.name) for o in OPCODES[:47]]
    assert ours == expected


def test_the_fields_are_those_of_lopcodes_h(lua_sources: Path) -> None:
    header = (lua_sources / "lopcodes.h").read_text()
    defined = dict(re.findall(r"^#define ((?:SIZE|POS)_\w+)\s+(.+)$", header, re.MULTILINE))

    def value(name: str) -> int:
        return sum(int(term) if term.isdigit() else value(term) for term in re.findall(r"\w+", defined[name]))

    for name in ("A", "B", "C", "Bx", "Ax"):
        field = FIELDS[name.lower()]
        assert (field.position, field.width) == (value(f"POS_{name}"), value(f"SIZE_{name}"))
    assert (FIELDS["opcode"].position, FIELDS["opcode"].width) == (value("POS_OP"), value("SIZE_OP"))
    assert re.search(r"#define MAXARG_sBx\s+\(MAXARG_Bx>>1\)", header)
    assert FIELDS["sbx"].offset == FIELDS["bx"].mask >> 1
    assert (FIELDS["sbx"].position, FIELDS["sbx"].width) == (FIELDS["bx"].position, FIELDS["bx"].width)


def test_what_an_opcode_does_is_told_in_the_words_of_lopcodes_h(lua_sources: Path) -> None:
    row = re.compile(r"^OP_(\w+),?/\*\t[ABCsx ]+\t(.*?)(?:\s*\(see note\)\s*)?\*/", re.DOTALL | re.MULTILINE)
    expected = [(name, " ".join(does.split())) for name, does in row.findall((lua_sources / "lopcodes.h").read_text())]
    assert [(opcode.name, opcode.does) for opcode in OPCODES[:47]] == expected


def test_the_opcodes_that_skip_or_take_the_next_instruction_are_those_of_lvm_c(lua_sources: Path) -> None:
    machine = (lua_sources / "lvm.c").read_text()
    cases = re.split(r"vmcase\(OP_(\w+)\)", machine)[1:]
    bodies = dict(zip(cases[::2], cases[1::2], strict=True))
    takers = {name for name, body in bodies.items() if re.search(r"savedpc\+\+|donextjump", body)}
    assert takers == {opcode.name for opcode in OPCODES if opcode.inline != "never"}


@pytest.mark.parametrize("number", range(47, 64))
def test_a_number_without_an_opcode_is_unknown_and_keeps_its_operands(number: int) -> None:
    instruction = Instruction(300 << 23 | 77 << 14 | 200 << 6 | number)
    assert (instruction.opcode.name, instruction.opcode.number, instruction.opcode.is_known) == (
        "UNKNOWN",
        number,
        False,
    )
    assert (instruction.a, instruction.b, instruction.c) == (200, 300, 77)


@given(code=st.lists(words, min_size=1, max_size=20), is_big_endian=st.booleans())
def test_words_decode_as_the_declared_format_decodes_them(code: list[int], *, is_big_endian: bool) -> None:
    data = write(Chunk(Header(is_big_endian), 0, Proto(code=array("I", code))))
    declared = Lua53Chunk(*OFFICIAL_TYPES, KaitaiStream(BytesIO(data))).main.code.instructions
    for ours, theirs in zip(map(Instruction, code), declared, strict=True):
        assert (ours.a, ours.b, ours.c, ours.bx, ours.sbx, ours.ax) == (
            theirs.a, theirs.b, theirs.c, theirs.bx, theirs.sbx, theirs.ax,
        )  # fmt: skip
        number = theirs.opcode if isinstance(theirs.opcode, int) else theirs.opcode.value
        assert ours.opcode.number == number


def test_the_tables_are_what_the_declarations_make() -> None:
    assert TABLES.read_text() == tables()


@given(word=words)
def test_a_property_is_what_its_field_takes_out_of_the_word(word: int) -> None:
    instruction = Instruction(word)
    for name, field in FIELDS.items():
        own = instruction.opcode.number if name == "opcode" else attrgetter(name)(instruction)
        assert own == field.take(word)
        assert list(field.take_all(array("I", [word]))) == [field.take(word)]


@given(word=words, field=st.sampled_from(list(FIELDS.values())))
def test_what_is_put_into_a_field_is_what_it_takes(word: int, field: Field) -> None:
    assert field.put(field.take(word)) == word & field.bits


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_a_value_that_a_field_has_no_room_for_is_refused(field: Field) -> None:
    least, greatest = field.take(0), field.take(0xFFFFFFFF)
    for value in (least - 1, greatest + 1):
        with pytest.raises(ValueError, match=f"{field.name} has no room for {value}"):
            field.put(value)


def test_the_declared_format_names_the_opcodes_alike() -> None:
    declared = [opcode.name.removeprefix("op_").upper() for opcode in Lua53Chunk.Opcode]
    assert declared == [opcode.name for opcode in OPCODES[:47]]


@given(first=words, second=words)
def test_instructions_are_equal_where_their_words_are(first: int, second: int) -> None:
    assert (Instruction(first) == Instruction(second)) == (first == second)
    assert len({Instruction(first), Instruction(first)}) == 1


@pytest.mark.parametrize("index", [0, 1, 255])
@pytest.mark.parametrize("is_constant", [False, True])
def test_an_operand_of_256_and_above_is_a_constant(index: int, *, is_constant: bool) -> None:
    operand = 256 + index if is_constant else index
    assert Instruction(word("ADD", b=operand)).rk_b == RK(is_constant, index)
    assert Instruction(word("ADD", c=operand)).rk_c == RK(is_constant, index)


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        (word("LOADBOOL", c=0), False),
        (word("LOADBOOL", c=1), True),
        (word("SETLIST", c=0), True),
        (word("SETLIST", c=1), False),
        (word("LOADKX"), True),
        (word("EQ"), True),
        (word("TFORCALL"), True),
        (word("JMP"), False),
        (word("EXTRAARG"), False),
        (0x3F, False),
    ],
)
def test_is_inline_tells_whether_the_next_instruction_may_be_taken_or_skipped(
    instruction: int, *, expected: bool
) -> None:
    assert Instruction(instruction).is_inline == expected


@given(st.lists(words))
def test_columns_are_what_the_properties_of_each_word_are(code: list[int]) -> None:
    for name, column in COLUMNS.items():
        assert list(column(array("I", code))) == list(map(attrgetter(name), map(Instruction, code)))


@given(st.lists(words, min_size=2), st.integers(0, 2**32 - 1))
def test_words_of_one_kind_differ_in_operands_alone(code: list[int], other: int) -> None:
    kinds: dict[object, Instruction] = {}
    for instruction in map(Instruction, [*code, *(word & 0x8040_003F | other & 0x7FBF_FFC0 for word in code)]):
        first = kinds.setdefault(instruction.kind, instruction)
        for name in ("opcode", "is_regular", "is_inline", "is_jump", "rk_b.is_constant", "rk_c.is_constant"):
            assert attrgetter(name)(instruction) == attrgetter(name)(first)


@pytest.mark.parametrize("name", ["JMP", "FORLOOP", "FORPREP", "TFORLOOP"])
def test_a_jump_leads_to_the_instruction_after_it_plus_its_distance(name: str) -> None:
    move = word("MOVE")
    assert jump_targets(array("I", [jump(name, 2), move, jump(name, -3), move])) == {0: 3, 2: 0}


@pytest.mark.parametrize("distance", [-2, 1, 2])
def test_a_jump_out_of_the_function_has_no_target(distance: int) -> None:
    assert jump_targets(array("I", [jump("JMP", distance), word("MOVE")])) == {}


@pytest.mark.parametrize("name", ["EQ", "LT", "LE", "TEST", "TESTSET", "TFORCALL"])
def test_what_follows_a_test_is_taken_for_a_jump_whatever_it_is(name: str) -> None:
    assert jump_targets(array("I", [word(name), jump("MOVE", -1), word("MOVE")])) == {1: 1}


@pytest.mark.parametrize("name", ["LOADKX", "LOADBOOL", "SETLIST", "MOVE"])
def test_what_follows_another_opcode_is_no_jump(name: str) -> None:
    assert jump_targets(array("I", [word(name, c=1), jump("MOVE", -1)])) == {}


def test_the_word_after_a_setlist_without_c_is_its_count() -> None:
    assert setlist_counts([word("SETLIST"), 7, word("SETLIST", c=1), word("SETLIST"), 7]) == {1, 4}


def test_a_count_that_looks_like_a_setlist_has_no_count_of_its_own() -> None:
    assert setlist_counts([word("SETLIST"), word("SETLIST"), word("MOVE")]) == {1}
