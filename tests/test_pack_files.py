"""Packs as folders of files: where they are found, what they take over, and what is said of a file that is at fault."""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import pytest

import aidec
from aidec.bytecode import Chunk, Header, LocalVar, Proto, Upvalue
from aidec.packs import Pack, Renderer, find_packs, load_pack, search_path
from aidec.packs.names import known_names, with_table
from aidec.packs.pack import SHIPPED
from aidec.packs.proto_view import views
from aidec.packs.rows import LISTS, Elements, chunk_rows, function_rows

CHUNK = Chunk(
    Header(),
    1,
    Proto(
        source=b"@x.lua",
        constants=(b"a", 1),
        upvalues=(Upvalue(b"_ENV", 1, 0),),
        local_vars=(LocalVar(b"x", 0, 1),),
        num_upvalue_names=1,
    ),
)
WHOLE = {
    "pack.yaml": "description: a pack for a test\n",
    "chunk.j2": "{{ main }}",
    "proto.j2": "{{ constants | join(' ') }}",
    "constant.j2": "{{ constant | literal }}",
}


def written(folder: Path, files: dict[str, str | bytes], *, on: dict[str, str] | None = None) -> Path:
    """A pack's folder, with files instead of or beside those of a whole pack."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**(WHOLE if on is None else on), **files}.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def refused(folder: Path, line: int | None, *says: str) -> None:
    """Loading the pack, or rendering with it, fails with one line that names a file, its line, and says all this."""
    with pytest.raises(aidec.PackError) as caught:
        Renderer(load_pack(folder)).render(CHUNK)
    message = str(caught.value)
    assert "\n" not in message
    for text in says:
        assert text in message
    if line is not None:
        assert re.match(rf"{re.escape(str(folder))}/[\w.]+:{line}: ", message), message


# Where packs are found


def test_a_pack_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(aidec.PackError, match=r"^clasic: no such pack; did you mean classic\?"):
        load_pack("clasic")


def test_a_pack_with_a_name_like_no_other_is_refused_with_all_names() -> None:
    with pytest.raises(aidec.PackError, match=r"one of: classic, .*json, listing"):
        load_pack("zzz")


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(aidec.PackError, match=r"no pack there: expected a folder with a pack\.yaml"):
        load_pack(tmp_path)


def test_the_packs_that_ship_are_searched_last() -> None:
    assert search_path()[-1] == SHIPPED


def test_a_pack_on_aidec_pack_path_beats_the_one_that_ships(pack_path: Path) -> None:
    written(pack_path / "classic", {"chunk.j2": "mine"})
    assert aidec.render(CHUNK, "classic") == "mine"


def test_a_pack_in_the_configuration_folder_beats_the_one_that_ships(
    pack_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    written(tmp_path / "aidec" / "packs" / "classic", {"chunk.j2": "mine"})
    assert aidec.render(CHUNK, "classic") == "mine"


def test_the_first_folder_of_aidec_pack_path_wins(
    pack_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDEC_PACK_PATH", f"{tmp_path / 'other'}:{pack_path}")
    written(pack_path / "mine", {"chunk.j2": "second"})
    written(tmp_path / "other" / "mine", {"chunk.j2": "first"})
    assert aidec.render(CHUNK, "mine") == "first"


def test_all_packs_on_the_search_path_are_found(pack_path: Path) -> None:
    written(pack_path / "mine", {})
    assert {"mine", "classic", "listing", "json"} <= set(find_packs())


def test_a_folder_on_the_search_path_that_is_not_there_is_passed_over(
    pack_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDEC_PACK_PATH", str(pack_path / "nowhere"))
    assert load_pack("classic").folder == SHIPPED / "classic"


def test_a_pack_is_found_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "mine", {})
    monkeypatch.chdir(tmp_path)
    assert load_pack("./mine").folder == tmp_path / "mine"


# What a pack takes over


def test_a_pack_takes_over_all_that_it_does_not_define(tmp_path: Path) -> None:
    folder = written(tmp_path, {"pack.yaml": "description: as it is\nextends: classic\n"}, on={})
    assert aidec.render(CHUNK, folder) == aidec.render(CHUNK, "classic")
    assert aidec.vocabulary(folder) == aidec.vocabulary("classic")


def test_a_pack_extends_another_by_a_relative_path(tmp_path: Path) -> None:
    written(tmp_path / "base", {})
    folder = written(
        tmp_path / "mine",
        {"pack.yaml": "description: x\nextends: ../base\n", "constant.j2": "{{ index }}={{ constant | literal }}"},
        on={},
    )
    assert aidec.render(CHUNK, folder) == '0="a" 1=1'


def test_a_pack_overrides_one_block(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        {
            "pack.yaml": "description: x\nextends: classic\n",
            "constant.j2": '{% extends "classic/constant.j2" %}{% block value %}?{{ super() }}{% endblock %}',
        },
        on={},
    )
    changed = aidec.render(CHUNK, "classic").replace("<|Constant|>", "<|Constant|>?")
    assert aidec.render(CHUNK, folder) == changed


def test_a_pack_of_a_pack_of_a_pack_overrides_both(tmp_path: Path) -> None:
    written(tmp_path / "base", {"constant.j2": "{% block value %}base{% endblock %}"})
    middle = '{% extends "base/constant.j2" %}{% block value %}middle {{ super() }}{% endblock %}'
    written(tmp_path / "middle", {"pack.yaml": "description: x\nextends: ../base\n", "constant.j2": middle}, on={})
    top = '{% extends "middle/constant.j2" %}{% block value %}top {{ super() }}{% endblock %}'
    folder = written(tmp_path / "top", {"pack.yaml": "description: x\nextends: ../middle\n", "constant.j2": top}, on={})
    assert aidec.render(CHUNK, folder) == "top middle base top middle base"


EXTENDED = """
description: x
order: declared
guard: "<"
tokens:
  first: {spelling: "<a{1,2}>", carries: proto}
  second: {spelling: "<b>", carries: proto}
"""


def extending(folder: Path, tokens: str) -> Pack:
    written(folder / "base", {"pack.yaml": EXTENDED})
    conf = f"description: y\nextends: ../base\ntokens:\n  {tokens}\n"
    return load_pack(written(folder / "mine", {"pack.yaml": conf}, on={}))


def test_a_family_is_replaced_by_one_of_its_name(tmp_path: Path) -> None:
    pack = extending(tmp_path, 'first: {spelling: "<c>", carries: proto}')
    assert pack.vocabulary() == ["<c>", "<b>"]


def test_a_family_is_added_at_the_end(tmp_path: Path) -> None:
    pack = extending(tmp_path, 'third: {spelling: "<c>", carries: proto}')
    assert pack.vocabulary() == ["<a1>", "<a2>", "<b>", "<c>"]


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_a_family_is_taken_away_with_null(nothing: str, tmp_path: Path) -> None:
    assert extending(tmp_path, f"first: {nothing}").vocabulary() == ["<b>"]


def test_the_guard_and_the_order_and_the_extension_are_taken_over(tmp_path: Path) -> None:
    pack = extending(tmp_path, "first: null")
    assert (pack.guard, pack.order, pack.extension) == ("<", "declared", ".txt")


@pytest.mark.parametrize(("order", "expected"), [("declared", ["b", "a"]), ("code_point", ["a", "b"])])
def test_the_order_of_the_vocabulary_is_declared(order: str, expected: list[str], tmp_path: Path) -> None:
    conf = f"description: x\norder: {order}\ntokens:\n  f: {{spelling: '{{b,a}}', carries: proto}}\n"
    assert aidec.vocabulary(written(tmp_path, {"pack.yaml": conf})) == expected


# A pack.yaml that is at fault


@pytest.mark.parametrize(
    ("conf", "line", "says"),
    [
        ("", 1, "expected the file to be a mapping"),
        ("- a list\n", 1, "expected the file to be a mapping, with a line 'key: value'"),
        ("description: x\ntokens: [\n", 3, "not YAML"),
        ("description: x\n\tname: y\n", 2, "not YAML"),
        ("description: 'x\n", 2, "not YAML"),
        ("name: x\n", 1, "the key 'description' is missing"),
        ("description: x\ndescripton: y\n", 2, "unknown key 'descripton'; did you mean description?"),
        ("description: x\nzzz: y\n", 2, "unknown key 'zzz'; expected one of: "),
        ("description: x\ndescription: y\n", 2, "'description' stands here twice"),
        ("description: [x, y]\n", 1, "description: expected a text"),
        ("description: x\norder: random\n", 2, "order: expected declared or code_point, read 'random'"),
        ("description: x\ntokens: all\n", 2, "expected tokens to be a mapping"),
        ("description: x\ntokens:\n  f: <|F|>\n", 3, "expected the family f to be a mapping"),
        ("description: x\ntokens:\n  f: {spelling: a}\n", 3, "f: expected a spelling and what it carries"),
        (
            "description: x\ntokens:\n  f: {spell: a, carries: pc}\n",
            3,
            "f: unknown key 'spell', expected one of: spelling",
        ),
        ("description: x\ntokens:\n  f: {spelling: 'a{1..3', carries: pc}\n", 3, "f: a brace without its partner"),
        ("description: x\ntokens:\n  f: {spelling: 'a{3..1}', carries: pc}\n", 3, "f: the range 3..1 goes down"),
        ("description: x\ntokens:\n  f: {spelling: 'a{x:02X}', carries: pc}\n", 3, "f: "),
        ("description: x\ntokens:\n  f: {spelling: a, carries: pc, unused: b}\n", 3, "f: the unused b is not one"),
        ("description: x\ntokens:\n  f: null\n", 3, "f: there is no such family to take away"),
        ("description: x\ntokens:\n  {{ families }}: y\n", 3, ""),
        ("description: x\ntokens: {{ families }}\n", 2, ""),
        ("? [a, b]\n: x\ndescription: x\n", 1, ""),
        ("description: a\x00b\n", 1, ""),
        ("description: a\x1bb\n", 1, ""),
    ],
)
def test_a_malformed_pack_yaml_is_refused_with_its_line_and_what_to_write(
    conf: str, line: int, says: str, tmp_path: Path
) -> None:
    refused(written(tmp_path, {"pack.yaml": conf}), line, "pack.yaml", says)


def test_a_token_of_two_families_is_refused(tmp_path: Path) -> None:
    conf = "description: x\ntokens:\n  f: {spelling: a, carries: pc}\n  g: {spelling: a, carries: pc}\n"
    refused(written(tmp_path, {"pack.yaml": conf}), None, "pack.yaml", "a is declared by two families, f and g")


def test_a_pack_yaml_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    refused(written(tmp_path, {"pack.yaml": b"description: caf\xe9\n"}), None, "pack.yaml: expected UTF-8", "byte 16")


def test_packs_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a", {"pack.yaml": "description: x\nextends: ../b\n"})
    folder = written(tmp_path / "b", {"pack.yaml": "description: x\nextends: ../a\n"})
    refused(folder, None, "pack.yaml", "b extends a extends b")


def test_a_pack_that_extends_itself_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", {"pack.yaml": "description: x\nextends: ../a\n"})
    refused(folder, None, "pack.yaml", "a extends a")


def test_a_pack_that_extends_none_that_is_there_is_refused(tmp_path: Path) -> None:
    refused(
        written(tmp_path, {"pack.yaml": "description: x\nextends: clasic\n"}), None, "clasic", "did you mean classic?"
    )


# A template that is at fault


@pytest.mark.parametrize(
    ("name", "template", "line", "says"),
    [
        ("proto.j2", "<|F|>\n{% if %}", 2, "Expected an expression"),
        ("proto.j2", "<|F|>\n{% if proto %}", 2, "endif"),
        ("constant.j2", "\n\n{{ constant | literal", 3, ""),
        (
            "constant.j2",
            "\n{{ constnt | literal }}",
            2,
            "'constnt' is undefined in constant.j2; did you mean constant?",
        ),
        (
            "constant.j2",
            "{{ pc }}",
            1,
            "'pc' is undefined in constant.j2; expected one of: chunk, constant, index, is_introduced, proto",
        ),
        ("proto.j2", "\n{{ proto.max_stack }}", 2, "has no 'max_stack'; did you mean max_stack_size?"),
        ("chunk.j2", "{{ main }}\n{{ chunk.header.len_itn }}", 2, "Header has no 'len_itn'; did you mean len_int?"),
        ("constant.j2", "\n{{ constant | litral }}", 2, "No filter named 'litral' .. did you mean literal?"),
        ("constant.j2", "{{ constant | zzz }}", 1, "No filter named 'zzz' .. expected one of: "),
        ("constant.j2", "{{ constant is strng }}", 1, "No test named 'strng'"),
        ("constant.j2", "\n{{ constant | name }}", 2, "this filter takes bytes, not int"),
        ("constant.j2", "{% if index %}{{ constant / 0 }}{% endif %}", 1, "division by zero"),
        ("constant.j2", "{{ range(10 ** 9) | length }}", 1, "too big"),
        ("constant.j2", "{{ chunk.__class__ }}", 1, "'__class__'"),
        ("constant.j2", "\n{% include 'nothing.j2' %}", None, "no template nothing.j2; searched in "),
        ("constant.j2", "{% extends 'nothing/constant.j2' %}", None, "no template nothing/constant.j2; searched in "),
        ("constant.j2", "{{ constant }}", 1, "this prints bytes as it is; give it a filter: name or literal for data"),
        ("constant.j2", "{{ constant is none }}", 1, "this prints bool as it is; give it a filter"),
        ("proto.j2", "{{ proto.source }}", 1, "this prints bytes as it is; give it a filter"),
        ("proto.j2", "{{ proto.constants }}", 1, "this prints tuple as it is; give it a filter"),
        ("proto.j2", "{{ proto.parent }}", 1, "this prints none as it is; give it a filter"),
        ("proto.j2", "{% include 'proto.j2' %}", None, "proto.j2"),
        ("constant.j2", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", None, "constant.j2"),
    ],
)
def test_a_template_at_fault_is_refused_with_its_line_and_what_to_write(
    name: str, template: str, line: int | None, says: str, tmp_path: Path
) -> None:
    refused(written(tmp_path, {name: template}), line, *says.split(" .. "))


def test_a_template_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, {"constant.j2": b"caf\xe9"})
    refused(folder, None, f"{folder / 'constant.j2'}: expected UTF-8", "byte 3")


@pytest.mark.parametrize("name", ["chunk.j2", "proto.j2", "constant.j2"])
def test_a_template_that_is_missing_is_refused_with_the_folders_searched(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path, {})
    (folder / name).unlink()
    refused(folder, None, f"no template {name}; searched in {folder}")


def test_a_template_that_no_template_prints_may_be_missing(tmp_path: Path) -> None:
    assert aidec.render(CHUNK, written(tmp_path, {})) == '"a" 1'


def test_a_fault_in_a_template_that_is_included_is_told_of_that_file(tmp_path: Path) -> None:
    folder = written(tmp_path, {"constant.j2": "{% include 'part.j2' %}", "part.j2": "\n\n{{ constant }}"})
    refused(folder, 3, "part.j2", "this prints bytes")


def test_a_fault_in_a_template_that_is_extended_is_told_of_that_file(tmp_path: Path) -> None:
    base = written(tmp_path / "base", {"constant.j2": "\n{% block value %}{{ constant }}{% endblock %}"})
    conf = "description: x\nextends: ../base\n"
    folder = written(tmp_path / "mine", {"pack.yaml": conf, "constant.j2": '{% extends "base/constant.j2" %}'}, on={})
    with pytest.raises(aidec.PackError, match=rf"^{base}/constant\.j2:2: this prints bytes"):
        aidec.render(CHUNK, folder)


def test_a_template_cannot_change_the_chunk(tmp_path: Path) -> None:
    refused(written(tmp_path, {"proto.j2": "{{ proto.code.append(1) }}"}), 1)
    assert len(CHUNK.main.code) == 0


# The text of templates


def test_line_breaks_and_the_spaces_around_them_are_not_part_of_the_text(tmp_path: Path) -> None:
    folder = written(tmp_path, {"chunk.j2": "a b  \n\n   c {{ main }} d\n", "proto.j2": "-"})
    assert aidec.render(CHUNK, folder) == "a bc - d"


def test_a_line_break_is_written_as_an_expression(tmp_path: Path) -> None:
    folder = written(tmp_path, {"chunk.j2": 'a{{ "\\n" }}\n  b'})
    assert aidec.render(CHUNK, folder) == "a\nb"


def test_the_table_of_names_in_the_docs_is_that_of_the_declaration() -> None:
    page = (Path(__file__).parent.parent / "docs" / "reference" / "packs.md").read_text("utf-8")
    assert with_table(page) == page, "make names writes it"
    assert all(f"| `{path}` |" in page for path in known_names())


def test_each_name_that_is_declared_is_there() -> None:
    """A declared name that no code knows, or that has another type, would only be noticed by the first who uses it."""
    source = (
        "local t, u = {1.5, 'x'}, ...; for i = 1, 2 do if u then t[i] = t[i] + i end end; function f() return t end"
    )
    protos = views(aidec.load(aidec.compile(source, name="@x.lua")))
    rows = {"chunk": chunk_rows([protos[0].chunk], [None]), "proto": function_rows(protos)}
    rows |= {name.removesuffix("s"): Elements(name, protos) for name in LISTS}
    for name in known_names().values():
        for unit in name.units:
            if name.type in _TYPES:
                values = list(rows[unit].column(name.path))
                allowed = (*_TYPES[name.type], *[type(None)] * name.is_optional)
                assert values, name.path
                assert {*map(type, values)} <= {*allowed}, name.path
                assert not name.bits or all(0 <= value < 1 << name.bits for value in values), name.path


_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "boolean": (bool,),
    "bytes": (bytes,),
    "constant": (type(None), bool, int, float, bytes),
    "text": (str,),
    "list": (tuple, array),
    "integers": (array,),
}
