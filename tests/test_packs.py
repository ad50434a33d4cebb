"""The packs that ship render what their oracles say: a second implementation, luac itself, a schema, the old README."""

from __future__ import annotations

import gc
import json
import re
import struct
import weakref
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import classic_vocabulary
import plain
import pytest
from conftest import LUA_FILES, Luac
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import chunks, far_chunk

import aidec
from aidec.bytecode import Chunk, Constant, Header, LocalVar, Proto, Upvalue, strip
from aidec.common.errors import PackError
from aidec.packs import Renderer, composer, load_pack
from aidec.packs.checker import check, probes
from aidec.packs.environment import PackEnvironment
from aidec.packs.names import known_names
from aidec.packs.pack import SHIPPED
from aidec.packs.proto_view import views
from aidec.packs.rows import CONSTANTS, LISTS, Elements

ROOT = Path(__file__).parent.parent
README_SAMPLE = ROOT / "examples" / "packs" / "readme-sample"
PACKS = [*sorted(path.parent.name for path in SHIPPED.glob("*/pack.yaml")), str(README_SAMPLE)]
SCHEMA = json.loads((SHIPPED / "json" / "schema.json").read_text("utf-8"))


def compiled(path: Path) -> Chunk:
    return aidec.load(aidec.compile(path.read_bytes(), name=f"@{path.name}"))


# The pack classic


def test_classic_is_what_its_description_makes_of_a_source(lua_file: Path) -> None:
    chunk = compiled(lua_file)
    assert aidec.render(chunk) == plain.text(aidec.dump(chunk))


def test_classic_is_what_its_description_makes_of_a_stripped_source(lua_file: Path) -> None:
    chunk = aidec.load(aidec.compile(lua_file.read_bytes(), strip=True))
    assert aidec.render(chunk) == plain.text(aidec.dump(chunk))


@given(chunk=chunks)
def test_classic_is_what_its_description_makes_of_any_chunk(chunk: Chunk) -> None:
    assert aidec.render(chunk) == plain.text(aidec.dump(chunk))


@given(chunk=chunks)
def test_the_tokens_of_classic_are_those_of_the_layout_whatever_the_strings_say(chunk: Chunk) -> None:
    token = re.compile(r"<\|.*?\|>")
    harmless = Chunk(chunk.header, chunk.num_upvalues, without_strings(chunk.main))
    assert token.findall(aidec.render(chunk)) == token.findall(aidec.render(harmless))


def without_strings(proto: Proto) -> Proto:
    def harmless(string: bytes | None) -> bytes | None:
        return None if string is None else b"x"

    return replace(
        proto,
        source=harmless(proto.source),
        constants=tuple([b"x" if isinstance(constant, bytes) else constant for constant in proto.constants]),
        upvalues=tuple([Upvalue(harmless(u.name), u.in_stack, u.index) for u in proto.upvalues]),
        local_vars=tuple([LocalVar(harmless(v.name), v.start_pc, v.end_pc) for v in proto.local_vars]),
        protos=tuple([without_strings(inner) for inner in proto.protos]),
    )


def test_classic_is_one_line(lua_file: Path) -> None:
    assert len(aidec.render(compiled(lua_file)).splitlines()) == 1


# The vocabulary


def test_the_vocabulary_of_classic_is_the_one_that_its_description_lists() -> None:
    assert aidec.vocabulary("classic") == classic_vocabulary.vocabulary()


def test_the_vocabulary_of_classic_has_4239_tokens() -> None:
    assert len(set(aidec.vocabulary("classic"))) == 4239


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        (r"<\|OP_\w+\|>", 48),
        (r"<\|Instruction-T=\d\|>", 2),
        (r"<\|Instruction-(A|B-K|B-R|C-K|C-R)=\d+\|>", 5 * 256),
        (r"<\|Instruction-[BC]=\d+\|>", 2 * 512),
        (r"<\|Instruction-[BC]=OpArg(N|U|R|K|None)\|>", 2 * 5),
        (r"<\|Instruction-MODE=\w+\|>", 5),
        (r"<\|Instruction-(B-ISK|C-ISK|INLINE|JUMP)=(true|false)\|>", 4 * 2),
        (r"<\|Upvaldesc-(instack|idx)=\d+\|>", 2 * 256),
        (r"<\|Proto-(nupvalues|numparams|is_vararg|maxstacksize)=\d+\|>", 4 * 256),
        (r"\\x[0-9A-F]{2}", 256),
    ],
)
def test_a_family_of_classic_has_as_many_tokens_as_its_description_says(pattern: str, count: int) -> None:
    assert sum(re.fullmatch(pattern, token) is not None for token in aidec.vocabulary("classic")) == count


def test_the_numbers_above_255_of_a_register_are_left_to_the_base_vocabulary() -> None:
    assert "<|Instruction-B-R=255|>" in aidec.vocabulary("classic")
    assert "<|Instruction-B-R=256|>" not in aidec.vocabulary("classic")


def test_a_pack_without_tokens_has_an_empty_vocabulary() -> None:
    assert aidec.vocabulary("json") == []


# The sample of the old README


def test_the_sample_of_the_old_readme_comes_from_a_pack_of_overrides() -> None:
    chunk = aidec.load(aidec.compile("a=1", name="@demo.lua"))
    expected = Path(__file__).with_name("data").joinpath("readme_sample.txt").read_text("utf-8")
    assert aidec.render(chunk, README_SAMPLE, script=b"a=1") + "\n" == expected


def test_classic_shows_the_two_numbers_that_the_old_readme_has_wrong() -> None:
    text = aidec.render(aidec.load(aidec.compile("a=1")))
    assert "<|Proto-sizecode|>2<|/Proto-sizecode|>" in text
    assert "<|Constant|>1<|/Constant|>" in text


# The pack listing


def numbered(listing: bytes) -> bytes:
    """The listing with the number of a function for its address; numbers count from 1 in the order of the listing."""
    addresses = re.findall(rb"instructions? at (0x[0-9a-f]+)\)\n", listing)
    for number, address in enumerate(addresses, 1):
        listing = listing.replace(address, b"0x%08x" % number)
    return listing


def listing_of(chunk: Chunk) -> bytes:
    return aidec.render(chunk, "listing").encode("utf-8", "surrogateescape")


def test_the_listing_is_that_of_luac(lua_file: Path, luac: Luac) -> None:
    expected = luac("-l", "-l", "-p", lua_file.name, cwd=lua_file.parent)
    assert listing_of(compiled(lua_file)) == numbered(expected)


def test_the_listing_of_a_stripped_chunk_is_that_of_luac(lua_file: Path, luac: Luac, tmp_path: Path) -> None:
    luac("-s", "-o", tmp_path / "stripped.luac", lua_file)
    expected = luac("-l", "-l", "-p", "stripped.luac", cwd=tmp_path)
    assert listing_of(aidec.load(tmp_path / "stripped.luac")) == numbered(expected)


@pytest.mark.parametrize("name", ["luac-32bits", "luac-m32"])
def test_the_listing_of_another_build_is_its_own(
    name: str, lua_file: Path, variant: Callable[[str], Luac], tmp_path: Path
) -> None:
    build = variant(name)
    build("-o", tmp_path / "script.luac", lua_file.name, cwd=lua_file.parent)
    expected = build("-l", "-l", "-p", "script.luac", cwd=tmp_path)
    assert listing_of(aidec.load(tmp_path / "script.luac")) == numbered(expected)


def test_the_listing_of_instructions_that_point_nowhere_has_a_question_mark() -> None:
    loadk, getupval, closure = 9 << 14 | 1, 9 << 23 | 5, 9 << 14 | 44
    code = array("I", [loadk, getupval, closure])
    lines = aidec.render(Chunk(Header(), 0, Proto(code=code)), "listing").splitlines()[3:6]
    assert [line.rpartition("\t; ")[2] for line in lines] == ["?", "?", "?"]


def compacted(source: str, *, strip: bool = False) -> str:
    return aidec.render(aidec.load(aidec.compile(source, strip=strip)), "compact")


def test_compact_has_a_constant_where_it_is_used_first_and_one_that_skips_its_turn_in_the_table() -> None:
    text = compacted("print('a', 2, 'a', 1.5); local t = {x = f(y)}", strip=True)
    table = "<|str|>x<|str|>f"  # x comes before f in the constants, and is used after it
    call = "<|GETTABUP 0|><|str|>print<|LOADK 1|><|str|>a<|LOADK 2|><|2|><|LOADK 3|><|k1|><|LOADK 4|><|num|>1.5"
    value = "<|GETTABUP 1|><|k5|><|GETTABUP 2|><|str|>y<|CALL 1|><|2,2|><|SETTABLE 0|><|k4|><|r1|>"
    assert text.endswith(f"<|r0|>{table}{call}<|CALL 0|><|5,1|><|NEWTABLE 0|><|0,1|>{value}<|RETURN 0|><|/function|>")


def test_compact_has_the_length_of_a_variable_that_ends_before_the_one_it_stands_in() -> None:
    text = compacted("local a = 1; do local b, c = f(); do local d = c end; b() end; local e")
    assert "<|local +1|>a<|local +2|>b<|3|><|local +0|>c<|local +1|>d<|0|><|local +3|>e<|" in text


@given(chunk=chunks)
def test_the_listing_of_any_chunk_has_every_function(chunk: Chunk) -> None:
    text = aidec.render(chunk, "listing")
    assert len(re.findall(r"\nupvalues \(\d+\) for 0x", text)) >= len(list(chunk.main.walk()))


# The pack json


@given(chunk=chunks)
def test_json_validates_against_its_schema(chunk: Chunk) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(aidec.render(chunk, "json")))


@given(chunk=chunks)
def test_json_loses_nothing(chunk: Chunk) -> None:
    document = json.loads(aidec.render(chunk, "json"))
    header = Header(**document["header"])
    assert Chunk(header, document["num_upvalues"], proto_of(document["main"])) == chunk


def proto_of(document: dict[str, Any]) -> Proto:
    """The function that a JSON object tells of."""
    return Proto(
        source=string_of(document["source"]),
        line_defined=int(document["line_defined"]),
        last_line_defined=int(document["last_line_defined"]),
        num_params=document["num_params"],
        is_vararg=document["is_vararg"],
        max_stack_size=document["max_stack_size"],
        code=array("I", [instruction["word"] for instruction in document["code"]]),
        constants=tuple([constant_of(constant) for constant in document["constants"]]),
        upvalues=tuple([Upvalue(string_of(u["name"]), u["in_stack"], u["index"]) for u in document["upvalues"]]),
        protos=tuple([proto_of(inner) for inner in document["protos"]]),
        line_info=array("q", [int(line) for line in document["line_info"]]),
        local_vars=tuple(
            [LocalVar(string_of(v["name"]), int(v["start_pc"]), int(v["end_pc"])) for v in document["local_vars"]]
        ),
        num_upvalue_names=document["num_upvalue_names"],
    )


def string_of(value: str | dict[str, str] | None) -> bytes | None:
    if value is None:
        return None
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def constant_of(document: dict[str, Any]) -> Constant:
    if document["type"] == "nil":
        return None
    value = document["value"]
    if document["type"] == "string":
        return string_of(value)
    if document["type"] == "integer":
        return int(value)
    if document["type"] == "float" and isinstance(value, str) and value.startswith("nan:"):
        nan: float = struct.unpack(">d", bytes.fromhex(value.removeprefix("nan:")))[0]
        return nan
    return float(value) if document["type"] == "float" else bool(value)


def test_json_keeps_a_string_that_is_not_utf_8_in_hexadecimal() -> None:
    chunk = Chunk(Header(), 0, Proto(constants=(b"\xff\x00",)))
    constants = json.loads(aidec.render(chunk, "json"))["main"]["constants"]
    assert constants == [{"type": "string", "value": {"hex": "ff00"}}]


def test_json_tells_what_an_instruction_means() -> None:
    chunk = aidec.load(aidec.compile("a = 1 while true do end"))
    code = json.loads(aidec.render(chunk, "json"))["main"]["code"]
    assert code[0] == {
        "pc": 0, "word": 0x80404008, "opcode": "SETTABUP", "a": 0, "b": 256, "c": 257, "b_constant": 0, "c_constant": 1,
    }  # fmt: skip
    assert code[1] == {"pc": 1, "word": 0x7FFF801E, "opcode": "JMP", "a": 0, "sbx": -1, "jump_target": 1}


# All packs


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_a_pack_prints_what_it_declares(pack: str) -> None:
    assert check(load_pack(pack)) == []


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_rendering_with_strip_is_rendering_what_luac_strips(pack: str, lua_file: Path, luac: Luac) -> None:
    stripped = aidec.load(luac("-s", "-o", "-", lua_file.name, cwd=lua_file.parent))
    assert aidec.render(compiled(lua_file), pack, strip=True) == aidec.render(stripped, pack)


@given(chunk=chunks)
def test_stripping_what_is_stripped_changes_nothing(chunk: Chunk) -> None:
    assert strip(strip(chunk)) == strip(chunk)


def test_strip_can_keep_the_sources() -> None:
    chunk = compiled(LUA_FILES[0])
    kept = strip(chunk, keep_source=True)
    assert kept.main == replace(strip(chunk).main, source=b"@" + LUA_FILES[0].name.encode())


# Rendering with forms


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_a_render_is_what_the_templates_make_of_every_value(pack: str) -> None:
    renderer = Renderer(load_pack(pack))
    for path in LUA_FILES:
        for chunk in (compiled(path), strip(compiled(path))):
            assert renderer.render(chunk) == renderer.render_plainly(chunk)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_so_it_is_for_all_operands_jumps_lines_and_lifetimes(pack: str) -> None:
    renderer = Renderer(load_pack(pack))
    for chunk in probes(renderer.units):
        assert renderer.render(chunk, b"return 1") == renderer.render_plainly(chunk, b"return 1")


@given(chunk=chunks)
@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_so_it_is_for_chunks_that_luac_would_not_write(pack: str, chunk: Chunk) -> None:
    assert aidec.render(chunk, pack) == Renderer(load_pack(pack)).render_plainly(chunk)


@pytest.mark.parametrize("pack", ["classic", "compact", "json", str(README_SAMPLE)], ids=lambda pack: Path(pack).name)
def test_no_template_runs_where_layouts_hold_what_a_pack_prints(pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = Renderer(load_pack(pack))
    expected = [renderer.render_plainly(compiled(path)) for path in LUA_FILES]
    monkeypatch.setattr(PackEnvironment, "rendered", lambda *_: pytest.fail("a template runs"))
    assert list(renderer.render_all(map(compiled, LUA_FILES))) == expected


@settings(max_examples=25)
@given(several=st.lists(chunks, max_size=3))
@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_so_it_is_for_chunks_that_are_rendered_together(pack: str, several: list[Chunk]) -> None:
    renderer = Renderer(load_pack(pack))
    scripts = [b"return %d" % number for number in range(len(several))]
    expected = [renderer.render_plainly(chunk, script) for chunk, script in zip(several, scripts, strict=True)]
    assert list(renderer.render_all(several, scripts)) == expected


def test_chunks_are_rendered_as_they_come_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = aidec.load(aidec.compile("return 1"))
    monkeypatch.setattr(composer, "BATCH_SIZE", 2 * len(chunk.main.code))
    taken: list[int] = []

    def coming() -> Iterator[Chunk]:
        for number in range(9):
            taken.append(number)
            yield chunk

    texts = aidec.render_all(coming())
    assert next(texts) == aidec.render(chunk)
    assert len(taken) == 2
    assert [*texts] == [aidec.render(chunk)] * 8


def test_columns_are_freed_without_the_garbage_collector() -> None:
    protos = views(aidec.load(aidec.compile("local a = 1; while a do a = a + 1 end")))
    gc.disable()
    try:
        for name in LISTS:
            rows = Elements(name, protos)
            for each in known_names().values():
                if known_names()[name].unit in each.units and each.type not in ("object", "other"):
                    rows.column(each.path)
            freed = weakref.ref(rows)
            del rows
            assert freed() is None, name
    finally:
        gc.enable()


def test_scripts_are_as_many_as_chunks() -> None:
    chunk = aidec.load(aidec.compile("return 1"))
    with pytest.raises(ValueError, match="expected as many as there are chunks"):
        list(aidec.render_all([chunk], scripts=[]))


def test_a_chunk_on_which_a_template_fails_fails_with_those_before_it_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proto = "{{ instructions | join }}{{ protos | join }}"
    renderer = slots_pack(tmp_path, proto=proto, instruction="{{ line + 1 }}")
    chunk = aidec.load(aidec.compile("return 1"))
    monkeypatch.setattr(composer, "BATCH_SIZE", 1)
    texts = renderer.render_all([chunk, strip(chunk)])
    assert next(texts) == renderer.render_plainly(chunk)
    with pytest.raises(PackError, match=r"instruction.j2:1"):
        next(texts)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: Path(pack).name)
def test_so_it_is_for_numbers_of_64_bits(pack: str) -> None:
    assert aidec.render(far_chunk, pack) == Renderer(load_pack(pack)).render_plainly(far_chunk)


def test_differences_may_take_more_than_64_bits(tmp_path: Path) -> None:
    renderer = slots_pack(
        tmp_path,
        proto="{{ instructions | join(' ') }};{{ local_vars | join(' ') }}",
        instruction="{{ line_delta }}",
        local_var="{{ start_delta }}/{{ lifetime }}",
    )
    expected = f"{-(2**64) + 1} {2**64 - 1} {2 - 2**63};{-(2**63)}/{2**64 - 1} {2**64 - 1}/{1 - 2**64} {2 - 2**63}/1"
    assert renderer.render(far_chunk) == renderer.render_plainly(far_chunk) == expected


SLOTS = {
    "printed": "{{ pc }} {{ line }}",
    "printed beside a percent sign": "%s %(pc)s {{ pc }} 100%",
    "asked whether it is none": "{% if jump_target is not none %}{{ jump_target }}{% else %}-{% endif %}",
    "counted with": "{{ pc + 1 }}",
    "decided on": "{% if pc %}later{% else %}first{% endif %}",
    "compared": "{% if pc > 11 %}later{% else %}early{% endif %}",
    "decided on and printed": "{% if pc %}{{ pc }}{% else %}first{% endif %}",
    "joined": "{{ pc ~ '!' ~ line }}",
    "given to a filter": "{{ pc | string | length }}",
    "given to filters of Jinja2": "{{ instruction.opcode.name | lower }}{{ line | default(7) | string }}",
    "given to a macro": "{% macro twice(n) %}{{ n * 2 }}{% endmacro %}{{ twice(pc) }}",
    "given another name": "{% set n = pc %}{{ n * 2 }}",
    "shadowed": "{% set pc = 7 %}{{ pc * 2 }}",
    "included": "{% include 'part.j2' %}",
    "imported": "{% from 'part.j2' import part with context %}{{ part() }}",
    "printed in a filter block": "{% filter replace('1', 'one') %}{{ pc }}{% endfilter %}",
    "printed in a set block": "{% set text %}{{ pc }}{% endset %}{{ text | length }}",
    "printed in a macro": "{% macro text() %}{{ pc }}{% endmacro %}{{ text() | length }}",
    "printed in a call": "{% macro m() %}{{ caller() | length }}{% endmacro %}{% call m() %}{{ pc }}{% endcall %}",
    "printed in a block": "{% block text %}{{ pc }}{% endblock %}{{ self.text() | length }}",
}
"""What a template of an instruction can do with values that differ from one instruction to the next."""


SLOTS |= {
    "a kind, then its operands": "{% if instruction.opcode.mode == 'iABC' %}"
    "{{ instruction.b + 1 }}/{{ instruction.c + 1 }}"
    "{% elif instruction.a > 1 %}{{ instruction.bx }}{% else %}-{% endif %} {{ instruction.a + 1 }}",
    "a jump, then where to": "{% if target is none %}.{{ pc }}"
    "{% else %}{{ target + 1 }}/{{ instruction.a + 1 }}{% endif %}",
    "a set on the way": "{% set x = 0 %}{% if instruction.a %}{% set x = 1 %}{% endif %}{{ x }}{{ pc + 1 }}",
    "a set before it": "{% set x = instruction.a %}{{ x + 1 }}{{ instruction.b + 1 }}{% set x = 3 %}{{ x }}",
    "a loop": "{% for i in range(2) %}{{ i + instruction.a }}{% endfor %}{{ instruction.b + 1 }}{{ pc }}",
    "a macro that sees the line": "{# #}"
    "{% macro m(n) %}{{ n + (line or 0) }}{% endmacro %}{{ m(instruction.a) }}{{ pc + 1 }}",
    "an operand": "{{ instruction.a }},{{ instruction.rk_b.index }},{{ instruction.sbx }}",
    "an operand of a word": "A{{ instruction.a }}B{{ instruction.b }}",
    "an operand decided on": "{% if instruction.a == 1 %}one{% else %}{{ instruction.a }}{% endif %}",
    "an operand asked": "{% if instruction.a %}some{% endif %}{{ instruction.b }}",
    "an operand computed with": "{{ instruction.a + instruction.b }}",
    "the whole instruction": "{% set i = instruction %}{{ i.a }}",
    "another instruction": "{% set instruction = proto %}{{ instruction.num_params }}",
    "the opcode asked": "{% if instruction.opcode.sets_a and not instruction.opcode.is_test %}{{ pc }}{% endif %}",
    "the opcode": "{{ instruction.opcode.name }}{{ instruction.opcode.number }}",
    "the function": "{{ proto.number }}{{ instruction.a }}",
    "all jumps": "{{ label is none }}{{ target is none }}{% if target %}{{ target }}{% endif %}" * 2,
    "the line before pc": "{{ line }}:{{ pc }}:{{ line_delta }}",
    "pc twice": "{{ pc }}-{{ pc }}",
    "some with pc": "{% if instruction.a %}{{ pc }}{% endif %}",
}


def text_or_error(render: Callable[[Chunk], str], chunk: Chunk) -> str:
    try:
        return render(chunk)
    except aidec.PackError as error:
        return f"PackError: {error}"


def slots_pack(folder: Path, **templates: str) -> Renderer:
    (folder / "pack.yaml").write_text("description: what a template does with a slot")
    for name, text in {"chunk": "{{ main }}", **templates}.items():
        (folder / f"{name}.j2").write_text(text)
    return Renderer(load_pack(folder))


@pytest.mark.parametrize("separator", ["", ";"])
@pytest.mark.parametrize("template", SLOTS.values(), ids=SLOTS.keys())
def test_a_slot_is_filled_as_the_template_would_fill_it(template: str, separator: str, tmp_path: Path) -> None:
    part = "{{ pc }}{% macro part() %}{{ pc }}{% endmacro %}"
    proto = "{{ instructions | join('" + separator + "') }}{{ protos | join }}"
    renderer = slots_pack(tmp_path, proto=proto, instruction=template, part=part)
    chunk = aidec.load(aidec.compile("a = 1\n" * 12 + "if a then a = 2 end\n" * 12 + "function b() return a end"))
    for each in (chunk, strip(chunk)):
        assert text_or_error(renderer.render, each) == text_or_error(renderer.render_plainly, each)


@pytest.mark.parametrize(
    "template",
    [
        "{{ constants | join }}",
        "{{ constants | join(', ') }}/{{ constants | join }}",
        "{{ constants | length }}{{ constants | join('') | length }}",
        "{% for constant in constants %}{{ constant }};{% endfor %}",
        "{{ constants | first }}{{ (constants + instructions) | join }}",
        "{% set constants = instructions %}{{ constants | join }}",
        "{{ proto.line_info | join('/') }}{{ proto.line_info | length }}{{ proto.code | length }}",
        "{{ proto.line_info | join }}{{ proto.line_info | sum }}",
        "{% if proto.is_main %}{{ proto.num_params }}{% endif %}{{ proto.source | name }}{{ protos | join }}",
        "{% if proto.parent is none %}main{% else %}{{ proto.parent.line_defined }}{% endif %}{{ protos | join(';') }}",
        "{{ local_vars | join }}{{ upvalues | join('+') }}{{ chunk.num_upvalues }}{{ chunk.header.len_int }}",
        "{% block b %}{{ proto.line_defined }}{% endblock %}{{ protos | join }}",
        "{% filter upper %}{% block b %}{{ constants | join }}{% endblock %}{% endfilter %}",
        "{{ proto.constants | length }}%{{ '%d' }}{{ protos | join }}",
    ],
)
def test_a_list_is_put_where_the_template_puts_it(template: str, tmp_path: Path) -> None:
    renderer = slots_pack(
        tmp_path,
        proto=template,
        constant="{{ index }}={{ constant | literal }}",
        instruction="{{ pc }}:{{ instruction.a }} ",
        local_var="{{ local_var.name | name }}{{ local_var.start_pc }}..{{ local_var.end_pc }}{{ lifetime }} ",
        upvalue="{{ upvalue.name | name }}{{ upvalue.index }}",
    )
    chunk = aidec.load(aidec.compile("local x, y = 1, 1.0\nfunction f(a) return a, x, 'é%s', true, 1, 1.0 end"))
    for each in (chunk, strip(chunk), chunk):
        assert text_or_error(renderer.render, each) == text_or_error(renderer.render_plainly, each)


@pytest.mark.parametrize(
    "block", ["{{ super() }}!", "{{ super() | upper }}", "{% set t %}{{ super() }}{% endset %}{{ t | length }}"]
)
def test_what_a_block_makes_of_the_block_it_overrides_is_what_jinja2_makes(block: str, tmp_path: Path) -> None:
    renderer = slots_pack(
        tmp_path,
        proto="{{ instructions | join }}",
        base="{% block b %}x{{ instruction.a }}{{ pc }}{% endblock %}",
        instruction="{% extends 'base.j2' %}{% block b %}" + block + "{% endblock %}",
    )
    chunk = aidec.load(aidec.compile("a = 1"))
    assert renderer.render(chunk) == renderer.render_plainly(chunk)


@pytest.mark.parametrize(
    "template",
    [
        "{% extends 'base.j2' %}{% block b %}{{ m(instruction.a) }}{% endblock %}",
        "{% extends 'base.j2' %}{% block b %}{{ own(pc) }}{% endblock %}{% macro own(n) %}{{ n }}{% endmacro %}",
        "{% extends 'base.j2' %}{% macro m(n) %}own {{ n + 1 }}{% endmacro %}",
        "{% extends 'base.j2' %}{% from 'part.j2' import m %}{% block b %}{{ m(instruction.b) }}{% endblock %}",
        "{% extends 'base.j2' %}{% set twice = 3 %}not printed",
        "{% extends 'base.j2' %}{% block inner %}{{ instruction.c + 1 }}{% endblock %}",
    ],
)
def test_sections_of_a_template_that_extends_another_print_what_it_prints(template: str, tmp_path: Path) -> None:
    renderer = slots_pack(
        tmp_path,
        proto="{{ instructions | join }}",
        part="{% macro m(n) %}part {{ n * 3 }}{% endmacro %}",
        base="{% set twice = 2 %}{% macro m(n) %}{{ n * twice }};{% endmacro %}"
        "{{ m(instruction.b) }}{% block b %}{% if instruction.is_jump %}{{ pc }}{% else %}-{{ m(instruction.c) }}"
        "{% endif %}{% block inner %}!{% endblock %}{% endblock %}{{ instruction.a + 1 }}",
        instruction=template,
    )
    chunk = aidec.load(aidec.compile("a = 1\nif a then b = a.c + 2 end"))
    for _ in range(2):
        assert text_or_error(renderer.render, chunk) == text_or_error(renderer.render_plainly, chunk)


def test_a_template_that_would_grow_without_end_is_left_to_jinja2(tmp_path: Path) -> None:
    doubling = "".join(
        f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}" for n in range(1, 40)
    )
    template = "{% macro m0() %}x{% endmacro %}" + doubling + "{{ pc }}{% if pc < 0 %}{{ m39() }}{% endif %} "
    renderer = slots_pack(tmp_path, proto="{{ instructions | join }}", instruction=template)
    assert renderer.render(aidec.load(aidec.compile("return 1"))) == "0 1 2 "


# What check finds


def small_pack(folder: Path, templates: dict[str, str], tokens: str, **keys: str) -> list[str]:
    """What check says of a pack with a chunk and a proto template."""
    conf = {"description": "a small pack", "guard": '"<|"', "tokens": tokens, **keys}
    (folder / "pack.yaml").write_text("".join([f"{key}: {value}\n" for key, value in conf.items()]))
    for name, text in {"chunk": "{{ main }}", "proto": "<|F|>", **templates}.items():
        (folder / f"{name}.j2").write_text(text)
    return check(load_pack(folder))


F = '{f: {spelling: "<|F|>", carries: proto}}'


def test_check_finds_nothing_in_a_good_small_pack(tmp_path: Path) -> None:
    assert (
        small_pack(tmp_path, {"proto": "<|F|>{{ constants | join }}", "constant": "{{ constant | literal }}"}, F) == []
    )


def test_check_finds_a_token_that_is_printed_but_not_declared(tmp_path: Path) -> None:
    problems = small_pack(tmp_path, {"proto": "<|F|><|G|>"}, F)
    assert problems
    assert all("printed but not declared: '<|G|>" in problem for problem in problems)


def test_check_finds_an_operand_that_has_no_token(tmp_path: Path) -> None:
    tokens = '{f: {spelling: "<|F|>", carries: proto}, b: {spelling: "<|B{0..255}|>", carries: instruction.b}}'
    templates = {"proto": "<|F|>{{ instructions | join }}", "instruction": "<|B{{ instruction.b }}|>"}
    problems = small_pack(tmp_path, templates, tokens)
    assert any("printed but not declared: '<|B256|>" in problem for problem in problems)


def test_check_finds_a_token_that_is_declared_but_never_printed(tmp_path: Path) -> None:
    problems = small_pack(tmp_path, {}, '{f: {spelling: "<|{F,G}|>", carries: proto}}')
    assert problems == ["declared but never printed: <|G|>"]


def test_check_finds_a_token_that_is_declared_unused_but_printed(tmp_path: Path) -> None:
    problems = small_pack(tmp_path, {}, '{f: {spelling: "<|F|>", unused: "<|F|>", carries: proto}}')
    assert problems == ["declared unused but printed: <|F|>"]


@pytest.mark.parametrize(
    ("unit", "template"),
    [
        ("constant", "{{ constant | json }}"),
        ("constant", "{{ constant | luac_literal }}"),
        ("upvalue", "{{ upvalue.name | luac_name }}"),
        ("local_var", "{{ local_var.name | luac_name }}"),
    ],
)
def test_check_finds_a_filter_that_lets_data_spell_a_token(unit: str, template: str, tmp_path: Path) -> None:
    problems = small_pack(tmp_path, {"proto": f"<|F|>{{{{ {unit}s | join }}}}", unit: template}, F)
    assert any("data can spell a token" in problem for problem in problems)


def test_check_finds_data_that_spells_a_token_outside_the_units(tmp_path: Path) -> None:
    template = "<|F|>{% for constant in proto.constants %}{{ constant | luac_literal }}{% endfor %}"
    assert any("data can spell a token" in problem for problem in small_pack(tmp_path, {"proto": template}, F))


def test_check_finds_a_file_name_that_spells_a_token(tmp_path: Path) -> None:
    problems = small_pack(tmp_path, {"proto": "<|F|>{{ proto.source | luac_source }}"}, F)
    assert any("data can spell a token" in problem for problem in problems)


def test_check_finds_data_that_spells_a_token_without_the_guard(tmp_path: Path) -> None:
    tokens = '{f: {spelling: "<|F|>", carries: proto}, end: {spelling: "stop", carries: proto}}'
    templates = {"proto": "<|F|>{{ constants | join }}stop", "constant": "{{ constant | literal }}"}
    assert "data can spell a token: the string 'stop' is printed as it is" in small_pack(tmp_path, templates, tokens)


@pytest.mark.parametrize(
    ("unit", "template"),
    [
        ("constant", "{% if constant is string %}{% endif %}{{ constant }}"),
        ("upvalue", "{{ upvalue.name }}"),
        ("proto", "<|F|>{{ proto.source }}"),
        ("proto", "<|F|>{{ proto.code }}"),
        ("chunk", "{{ main }}{{ script }}"),
    ],
)
def test_check_finds_a_value_that_no_filter_spells(unit: str, template: str, tmp_path: Path) -> None:
    templates = {"proto": "<|F|>{{ constants | join }}{{ upvalues | join }}", "constant": "", "upvalue": ""}
    problems = small_pack(tmp_path, {**templates, unit: template}, F)
    assert re.search(rf"{unit}\.j2:1: this prints \w+ as it is; give it a filter", "\n".join(problems))


def test_check_finds_a_family_that_carries_no_field_of_the_model(tmp_path: Path) -> None:
    problems = small_pack(tmp_path, {}, '{f: {spelling: "<|F|>", carries: proto.num_legs}}')
    assert problems == ["the family f carries proto.num_legs, which is no field of the model"]


def test_a_template_that_computes_with_operands_says_so() -> None:
    reasons = {pack: Renderer(load_pack(pack)).units.lists["instructions"].reruns() for pack in ("classic", "compact")}
    assert reasons["classic"] is None
    assert "instruction.a" in str(reasons["compact"])


def test_the_names_of_constants_are_those_that_are_declared() -> None:
    assert {name for name, known in known_names().items() if known.type == "constant"} == set(CONSTANTS)
