"""Layouts print, become ids and read what Jinja2 prints, whatever the template; here templates are made at random."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import chunks
from trained import extended

import aidec
from aidec.bytecode import Chunk, strip
from aidec.packs import Renderer, load_pack
from aidec.packs.names import Name, known_names

SOURCE = "local a, b = 1, 'x'\nfor i = 1, 3 do\n  if i > 1 then a = a + i elseif b then b = {i, f = b} end\nend\n"
CHUNK = aidec.load(aidec.compile(SOURCE + "function f(p, ...) return p, a, b, 300, 1.5, nil, true end", name="@x.lua"))

TOKENS = ("<|A|>", "<|B|>", "<|0|>", "<|1|>", "<|2|>", "<|A1|>")
TEXTS = st.sampled_from([*TOKENS, "x", "1", " ", "<|", "|>", "A", "%s", "<", ">"])
TESTS = ("none", "integer", "string", "true")


IF_ELSE = "{{% if {} %}}{}{{% else %}}{}{{% endif %}}"
IF = "{{% if {} %}}{}{{% endif %}}"
SET = "{{% set n = {} %}}{{{{ n }}}}{}"


def values(unit: str, *kinds: str) -> list[Name]:
    return [name for name in known_names().values() if unit in name.units and name.type in kinds]


def expressions(unit: str) -> st.SearchStrategy[str]:
    """Expressions of any type, of which some fail."""
    paths = st.sampled_from([name.path for name in values(unit, "integer", "boolean", "text", "bytes", "constant")])
    numbers = st.sampled_from([name.path for name in values(unit, "integer")] + ["0", "1", "255"])
    sizes = st.sampled_from([f"{name.path} | length" for name in values(unit, "list", "integers")])
    compared = st.tuples(numbers, st.sampled_from(["<", "==", "!=", ">="]), numbers).map(" ".join)
    tested = st.tuples(paths, st.sampled_from([f"is {test}" for test in (*TESTS, *[f"not {t}" for t in TESTS])]))
    items = st.sampled_from(
        ["proto.constants[{}]", "proto.upvalues[{}].name", "proto.code[{}]", "proto.children[{}].number"]
    )
    item = st.tuples(items, numbers).map(lambda each: each[0].format(each[1]))
    simple = paths | numbers | sizes | compared | tested.map(" ".join) | item
    return st.recursive(
        simple,
        lambda inner: (
            st.tuples(inner, st.sampled_from(["and", "or", "+", "-", "<", "~"]), inner).map(
                lambda each: f"({' '.join(each)})"
            )
            | inner.map(lambda each: f"not ({each})")
            | st.tuples(inner, inner, inner).map(lambda each: f"({each[0]} if {each[1]} else {each[2]})")
        ),
        max_leaves=4,
    )


def printed(unit: str) -> st.SearchStrategy[str]:
    """What prints something, nearly always something that can be printed."""
    data = st.sampled_from([name.path for name in values(unit, "bytes", "constant")] or ["none"])
    spelled = st.tuples(data, st.sampled_from(["literal", "json", "luac_name"])).map(" | ".join)
    numbers = st.sampled_from([name.path for name in values(unit, "integer", "text")])
    return (numbers | numbers | spelled | expressions(unit)).map(lambda each: f"{{{{ {each} }}}}")


def templates(unit: str) -> st.SearchStrategy[str]:
    """Templates of a unit: text, values, choices, blocks, macros and names for values."""
    nodes = st.deferred(
        lambda: (
            TEXTS
            | printed(unit)
            | st.tuples(expressions(unit), body, body).map(
                lambda e: "{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format(*e)
            )
            | st.tuples(expressions(unit), body).map(lambda e: IF.format(*e))
            | st.tuples(numbers, body).map(lambda e: SET.format(*e))
            | numbers.map(lambda each: f"{{{{ m({each}) }}}}")
        )
    )
    numbers = st.sampled_from([name.path for name in values(unit, "integer")])
    body = st.lists(nodes, max_size=4).map("".join)
    macro = "{% macro m(n) %}{% if n is none %}-{% elif n < 3 %}<|{{ n }}|>{% else %}{{ n }}{% endif %}{% endmacro %}"
    return st.tuples(body, body).map(lambda each: f"{macro}{each[0]}{{% block b %}}{each[1]}{{% endblock %}}")


@st.composite
def packs(draw: st.DrawFn) -> dict[str, str]:
    """The files of a pack."""
    lists = ["instructions", "constants", "upvalues", "local_vars", "protos"]
    joined = draw(st.lists(st.tuples(templates("proto"), st.sampled_from(lists), TEXTS), min_size=1, max_size=4))
    seen: list[str] = []
    for number, (template, name, separator) in enumerate(joined):
        own = template.replace("{% block b %}", f"{{% block b{number} %}}")
        if number:  # the macro is there already
            own = own.partition("{% endmacro %}")[2]
        seen.append(own + f"{{{{ {name} | join('{separator}') }}}}")
    files = {unit: draw(templates(unit)) for unit in ("instruction", "constant", "upvalue", "local_var")}
    start = draw(st.sampled_from(["", "<|A|>"]))
    return {"chunk": "{{ main }}", "proto": start + "".join(seen), **{k: start + v for k, v in files.items()}}


def made(files: dict[str, str], folder: Path) -> Path:
    tokens = ", ".join(f'"{token}"' for token in TOKENS)
    conf = f'description: made at random\nguard: "<|"\ntokens: {{t: {{spelling: [{tokens}], carries: proto}}}}\n'
    (folder / "pack.yaml").write_text(conf)
    for unit, template in files.items():
        (folder / f"{unit}.j2").write_text(template)
    return folder


def text_or_error(renderer: Renderer, chunk: Chunk, *, plainly: bool) -> str:
    try:
        return renderer.render_plainly(chunk) if plainly else renderer.render(chunk)
    except aidec.PackError as error:
        return f"PackError: {error}"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(files=packs(), other=chunks)
def test_the_text_of_a_layout_is_that_of_its_template(files: dict[str, str], other: Chunk) -> None:
    with TemporaryDirectory() as folder:
        try:
            renderer = Renderer(load_pack(made(files, Path(folder))))
        except aidec.PackError:
            return
        for chunk in (CHUNK, strip(CHUNK), other):
            assert text_or_error(renderer, chunk, plainly=False) == text_or_error(renderer, chunk, plainly=True)


@pytest.mark.parametrize("preset", ["gpt4", "lua-sp"])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(files=packs())
def test_the_ids_of_a_layout_are_those_of_its_text(preset: str, files: dict[str, str]) -> None:
    with TemporaryDirectory() as name:
        folder = made(files, Path(name))
        try:
            text = Renderer(load_pack(folder)).render(CHUNK)
        except aidec.PackError:
            return
        tokenizer = extended(preset, (str(folder),))
        expected = tokenizer.encode(text, allowed_special=TOKENS)
        assert tokenizer.encode_chunk(CHUNK, str(folder)).tolist() == expected
