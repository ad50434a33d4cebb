"""Reading text back: what is wrong is told with its line and column, and packs of one's own need no code."""

from __future__ import annotations

import pickle
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aidec

SOURCE = "local t = {1, 'two', 3.5}\nfor i, v in ipairs(t) do print(i, v) end\nreturn function(...) return t, ... end"


@pytest.fixture(scope="module")
def chunk() -> aidec.bytecode.Chunk:
    return aidec.load(aidec.compile(SOURCE, name="@demo.lua"))


def refusal(text: str, pack: str = "classic") -> aidec.ReadError:
    with pytest.raises(aidec.ReadError) as caught:
        aidec.assemble(text, pack)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("pack", ["classic", "compact"])
def test_line_breaks_at_the_end_of_a_text_are_passed_over(pack: str, chunk: aidec.bytecode.Chunk) -> None:
    assert aidec.assemble(aidec.render(chunk, pack) + "\n\n", pack) == chunk


def test_another_token_is_named_with_those_that_could_stand_there(chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk)
    error = refusal(text.replace("<|/Proto-code|>", "<|/Proto|>", 1))
    assert (error.line, error.column) == (1, text.index("<|/Proto-code|>") + 1)
    assert error.found == "<|/Proto|>"
    assert set(error.expected) == {"<|Proto-code-idx|>", "<|/Proto-code|>"}


def test_a_token_that_the_opcode_does_not_have_is_named_with_the_one_it_has(chunk: aidec.bytecode.Chunk) -> None:
    error = refusal(aidec.render(chunk).replace("<|OP_LOADK|>", "<|OP_LOADNIL|>", 1))
    assert (error.found, error.expected) == ("<|Instruction-B=OpArgK|>", ("<|Instruction-B=OpArgU|>",))


@pytest.mark.parametrize("pack", ["classic", "compact"])
def test_an_empty_text_is_refused(pack: str) -> None:
    assert refusal("", pack).found == "the end of the text"


@pytest.mark.parametrize("pack", ["classic", "compact"])
def test_a_text_that_is_cut_is_refused_wherever_it_is_cut(pack: str, chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk, pack)
    for end in range(0, len(text), 1 + len(text) // 300):
        assert refusal(text[:end], pack).column <= end + 1


@pytest.mark.parametrize("pack", ["classic", "compact"])
def test_text_behind_the_chunk_is_refused(pack: str, chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk, pack)
    error = refusal(text + "x", pack)
    assert (error.column, error.found) == (len(text) + 1, "'x'")


def test_a_number_that_contradicts_the_rest_is_refused_where_it_stands(chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk)
    error = refusal(text.replace("<|Proto-sizek|>", "<|Proto-sizek|>1", 1))
    assert error.column == text.index("<|Proto-sizek|>") + len("<|Proto-sizek|>") + 1


def test_a_broken_token_is_shown_in_one_line(chunk: aidec.bytecode.Chunk) -> None:
    """Found by fuzzing: a line break inside of a token came out in the message."""
    error = refusal(aidec.render(chunk).replace("<|Proto-sizecode|>", "<|Proto-size\ncode|>", 1))
    assert error.found.startswith("'<|Proto-size\\ncode|>")


def test_an_operand_without_room_is_refused(chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk).replace("<|Instruction-C=1|>", "<|Instruction-C=512|>", 1)
    assert "instruction.c has no room for 512" in str(refusal(text))


@pytest.mark.parametrize("place", ["<|LineInfo|>", "<|Proto-linedefined|>", "<|Constant|>"])
def test_a_number_of_ten_thousand_digits_is_refused(place: str, chunk: aidec.bytecode.Chunk) -> None:
    refusal(aidec.render(chunk).replace(place, place + "1" * 10_000, 1))


def test_an_escape_that_no_filter_writes_is_refused_where_it_stands(chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk).replace('"two"', '"t\\wo"', 1)
    error = refusal(text)
    assert error.column == text.index('"t\\wo"') + 1
    assert "is no escape" in str(error)


def test_a_jump_to_a_label_that_stands_nowhere_is_refused(chunk: aidec.bytecode.Chunk) -> None:
    text = aidec.render(chunk, "compact").replace("<|JMP L1|>", "<|JMP L9|>", 1)
    assert "label 9, which stands nowhere" in str(refusal(text, "compact"))


def test_an_error_can_be_pickled() -> None:
    error = refusal("nonsense")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.column, again.expected) == (str(error), error.column, error.expected)


@pytest.mark.parametrize("pack", ["listing", "json"])
def test_a_pack_that_is_not_to_be_read_back_says_so(pack: str) -> None:
    with pytest.raises(aidec.PackError, match="can't be read back"):
        aidec.assemble("", pack)


@given(st.text(max_size=200) | st.lists(st.sampled_from(aidec.vocabulary("compact")), max_size=40).map("".join))
def test_any_text_is_refused_or_is_what_its_chunk_renders_to(text: str) -> None:
    for pack in ("classic", "compact"):
        with suppress(aidec.ReadError):
            assert aidec.render(aidec.assemble(text, pack), pack) == text.rstrip("\n")


def write(folder: Path, **files: str) -> str:
    folder.mkdir()
    for name, text in files.items():
        (folder / {"conf": "pack.yaml"}.get(name, f"{name}.j2")).write_text(text)
    return str(folder)


def test_a_pack_that_spells_a_token_otherwise_is_read_back(tmp_path: Path, chunk: aidec.bytecode.Chunk) -> None:
    conf = """
        name: short
        description: classic with one token for an opcode and its properties.
        extends: classic
        tokens:
          opcode: {spelling: "<|{@opcodes,UNKNOWN}|>", carries: instruction.opcode.name}
          is_test: null
          a: {spelling: "<|A{0..255}|>", carries: instruction.a}
          mode: null
          is_inline: null
          is_jump: null
    """
    instruction = """
        {% extends "classic/instruction.j2" %}
        {% block opcode %}<|{{ instruction.opcode.name }}|>{% endblock %}
        {% block properties %}{% endblock %}
        {% block operands %}
          <|A{{ instruction.a }}|>
          <|Instruction-B={{ instruction.b }}|><|Instruction-C={{ instruction.c }}|>
          <|Instruction-Bx|>{{ instruction.bx }}<|/Instruction-Bx|>
          <|Instruction-sBx|>{{ instruction.sbx }}<|/Instruction-sBx|>
          <|Instruction-Ax|>{{ instruction.ax }}<|/Instruction-Ax|>
        {% endblock %}
    """
    pack = write(tmp_path / "short", conf=conf, instruction=instruction)
    text = aidec.render(chunk, pack)
    assert "<|LOADK|>" in text
    assert aidec.assemble(text, pack) == chunk


def test_a_pack_that_extends_compact_is_read_back(tmp_path: Path, chunk: aidec.bytecode.Chunk) -> None:
    conf = """
        name: lineless
        description: compact, with the lines in a list of their own.
        extends: compact
    """
    proto = """
        {% extends "compact/proto.j2" %}
        {% block lines %}
          {% if proto.line_info %}<|lines|>{{ proto.line_info | join(" ") }}{% else %}<|no lines|>{% endif %}
        {% endblock %}
    """
    instruction = """
        {% extends "compact/instruction.j2" %}
        {% block line %}{% endblock %}
    """
    pack = write(tmp_path / "lineless", conf=conf, proto=proto, instruction=instruction)
    text = aidec.render(chunk, pack)
    assert "<|line +1|>" not in text
    assert aidec.assemble(text, pack) == chunk


def test_a_pack_that_leaves_something_out_is_not_read_back_in_silence(
    tmp_path: Path, chunk: aidec.bytecode.Chunk
) -> None:
    """It claims to be lossless, as the pack that it extends does; pack check finds out."""
    from aidec.packs import load_pack
    from aidec.packs.checker import check

    conf = """
        name: nameless
        description: classic without the constants.
        extends: classic
        tokens: {constant: null, constant_index: null}
    """
    pack = write(tmp_path / "nameless", conf=conf, constant="{# nothing #}")
    assert any("main.constants" in problem for problem in check(load_pack(pack)))
