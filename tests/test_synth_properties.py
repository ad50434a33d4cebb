"""Properties of functions: claims hold, mutants are caught with a minimal input, and libraries are checked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import aidec
from aidec.cli.main import cli
from aidec.lua.runner import Runner
from aidec.synthesis.drawing import draw, smallest
from aidec.synthesis.inputs import Type, read_type, simpler, spelled, strategy
from aidec.synthesis.lab import Lab, Subject
from aidec.synthesis.library import load_library
from aidec.synthesis.mutants import mutants_of
from aidec.synthesis.proving import Proving

HALF_YAML = """\
licence: Zlib
functions:
  half:
    doc: Returns half of an integer.
    takes: {n: integer}
    properties:
      - monotone
      - equals: n // 2
    lua: |
      local function half(n)
        return n >> 1
      end
"""

TWICE_LUA = """\
-- SPDX-License-Identifier: MIT
-- doc: Returns a list with each element twice.
-- takes: {xs: integers}
-- properties:
--   - as: twice as long
--     holds: "#twice(xs) == 2 * #xs"
local function twice(xs)
    local made = {}
    for i = 1, #xs do -- each
        made[2 * i - 1], made[2 * i] = xs[i], xs[i]
    end
    return made
end
return twice
"""

ROW = [
    *(
        "id",
        "kind",
        "seed",
        "function",
        "doc",
        "property",
        "law",
        "meaning",
        "claim",
        "where",
        "except",
        "because",
        "with",
    ),
    *("code", "tags", "inputs", "parameters", "call", "runs", "exceptions", "examples"),
    *("mutant", "change", "counterexample", "expected", "got", "simpler", "provenance"),
]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["synth", "properties", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


# Inputs

TYPES = [
    read_type(each, {"one": Type("any", choices=load_library().types["mapping"].choices)})
    for each in (
        *("integer", "integer(-9, 9)", "float", "float(0.5, 2.0)", "string", "text(1, 3)", "boolean", "one"),
        *("list(integer(0, 5), 1, 3)", "map(text, either(integer, string))", "optional(list(float))"),
    )
]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_an_input_is_spelled_as_lua_spells_it_and_becomes_simpler_step_by_step(lab: Lab, data: st.DataObject) -> None:
    declared = data.draw(st.sampled_from(TYPES))
    value = data.draw(strategy(declared))
    lab.take(1, Subject(b"local function same_again(x) return x end", "same_again", ("x",), "same_again(x)"))
    lab.claim("local _, _, same = select(2, ...) return function() return true end, function() end, same")
    (result,) = lab.call(1, [spelled(value)])
    if declared.kind != "any":
        assert lab.call(1, [result]) == [result]
        assert lab.check(1, [spelled(value) + b", " + result]) == [("holds", b"")]
    steps = 0
    while (following := next(simpler(value, declared), None)) is not None:
        aidec.compile(b"return " + spelled(following))
        value, steps = following, steps + 1
        assert steps < 200


def test_inputs_are_drawn_the_same_again_and_the_smallest_has_nothing_simpler_that_fails() -> None:
    inputs = {"xs": read_type("list(integer)", {}), "s": read_type("string", {})}
    assert draw(inputs, 40, 7) == draw(inputs, 40, 7) != draw(inputs, 40, 8)
    found = smallest(inputs, 40, 7, lambda values: sum(values[0]) > 10 and len(values[1]) > 1)
    assert found is not None
    (xs, s), _ = found
    assert sum(xs) == 11
    assert s == b"aa"


# Items


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = tmp_path_factory.mktemp("items") / "items.jsonl"
    named = [part for name in ("reverse_digits", "compose") for part in ("--function", name)]
    result = run(*named, "--runs", 40, "--mutants", 3, "-o", path)
    assert result.exit_code == 0, result.stderr
    other = path.with_name("other.jsonl")
    run(*named, "--runs", 40, "--mutants", 3, "-o", other, "-j", 2)
    assert path.read_bytes() == other.read_bytes()
    return rows(path)


def test_all_items_have_the_same_fields(made: list[dict[str, Any]]) -> None:
    assert {tuple(row) for row in made} == {tuple(ROW)}
    assert len({row["id"] for row in made}) == len(made)


def test_calls_give_what_an_item_says_when_run_alone(made: list[dict[str, Any]]) -> None:
    lines = []
    for row in made:
        names = ", ".join(row["parameters"])
        for example in row["examples"] or []:
            given = f"{row['code']} local {names} = {example['input']}"
            lines.append(f"do {given} assert(tostring({row['call']}) == tostring({example['output']})) end")
        if row["mutant"] and not row["got"].startswith("error: "):
            names = ", ".join(row["inputs"])
            for code, result in ((row["code"], row["expected"]), (row["mutant"], row["got"])):
                given = f"{code} local {names} = {row['counterexample']}"
                lines.append(f"do {given} assert({row['call']} == {result}) end")
    assert len(lines) > 30
    with Runner(1) as runner:
        for number in range(0, len(lines), 100):
            result = runner.run("\n".join(lines[number : number + 100]))
            assert result.error is None, result.error


def test_a_declared_exception_is_met_and_counted(made: list[dict[str, Any]]) -> None:
    (row,) = (each for each in made if each["property"] == "involution" and each["examples"])
    assert row["except"] == "n % 10 == 0 and n > 0"
    assert row["exceptions"] > 0


def test_mutants_that_are_the_same_to_lua_are_left_out() -> None:
    found = list(mutants_of(b"local function f(x)\n    return x + 1 < 2 and not x\nend\n"))
    assert {each.change for each in found} >= {
        "`-` for `+`",
        "`2` for `1`",
        "`<=` for `<`",
        "`or` for `and`",
        "no `not`",
    }
    assert len({aidec.compile(each.code, strip=True) for each in found}) == len(found)
    assert {each.line for each in found} == {2}


# Libraries


def test_functions_of_a_user_are_proven_without_python(tmp_path: Path) -> None:
    folder, items = tmp_path / "mine", tmp_path / "items.jsonl"
    folder.mkdir()
    (folder / "half.yaml").write_text(HALF_YAML)
    (folder / "twice.lua").write_text(TWICE_LUA)
    result = run("--library", folder, "--function", "half", "--function", "twice", "--mutants", 3, "-o", items)
    assert result.exit_code == 0, result.stderr
    assert "half, monotone: fails for 0, -1" not in result.stderr
    assert "1 half, equals: fails for -1\n" in result.stderr
    twice = [row for row in rows(items) if row["function"] == "twice"]
    assert twice[0]["code"].startswith("local function twice(xs)\n")
    assert "return twice" not in twice[0]["code"]
    assert twice[0]["provenance"]["licence"] == "MIT"
    assert twice[0]["provenance"]["origin"] == "mine/twice.lua"
    assert any(row["mutant"] for row in twice)


@pytest.mark.parametrize(
    ("changed", "into", "line", "problem"),
    [
        ("n: integer", "n: intger", 5, "functions.half.takes.n: there is no type 'intger'; did you mean integer?"),
        ("- monotone", "- monotone:\n        also: {n: integer}", 7, "monotone: another input is called 'n' already"),
        (
            "n: integer",
            "n: 'integer(0, 1e9)'",
            5,
            "expected two integers, the least and the most, from -9223372036854775808",
        ),
        ("n: integer", "n: 'text(0, 2, 5)'", 5, "expected text, or text(LOW, HIGH, LETTERS)"),
        ("n: integer", "n: 'list(integer, 5, 1)'", 5, "expected two integers, the least and the most, from 0 to 1000"),
        ("n: integer", "n: 'map(float, integer)'", 5, "expected integers, texts or booleans as keys"),
        ("n: integer", "n: '1 +'", 5, "expected a type, such as list(integer(0, 9), 1, 5), read '1 +'"),
        ("n: integer", "n: 'integer(3)'", 5, "expected integer, or integer(LOW, HIGH)"),
        ("- monotone", "- monotonous", 7, "half: there is no law 'monotonous'; did you mean monotone?"),
        ("- monotone", "- associative", 7, "associative is claimed of functions that take 2 or more, and this takes 1"),
        ("- monotone", "- at-least", 7, "half: at-least needs 'low': expected 'at-least: ...'"),
        ("- monotone", "- monotone: 3", 7, "monotone needs nothing, read '3'"),
        ("- monotone", "- monotone:\n        except: n < 0", 7, "monotone: expected 'because', with the reason"),
        ("equals: n // 2", "equals: n //", 8, "half, equals: unexpected symbol near"),
        ("return n >> 1", "return n >>", 12, "half: unexpected symbol near 'end'"),
        ("local function half", "local function hlf", 10, "expected 'local function half(...)' in its code"),
        ("    doc:", "    dox:", 1, "the key 'functions.half.doc' is missing"),
        ("    lua:", "    colour: red\n    lua:", 9, "unknown key 'functions.half.colour'"),
        ("  half:", "  clamp:", 4, "there is a function of this name"),
    ],
)
def test_what_is_wrong_with_a_library_is_told(tmp_path: Path, changed: str, into: str, line: int, problem: str) -> None:
    path = tmp_path / "mine.yaml"
    assert changed in HALF_YAML
    path.write_text(HALF_YAML.replace(changed, into))
    result = run("--library", path, "-o", tmp_path / "items.jsonl")
    assert result.exit_code == 1
    assert f"{path}:{line}: " in result.stderr
    assert problem in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["mine.yaml"]


def test_what_fails_or_does_not_end_is_no_item_but_counted(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    endless = HALF_YAML.replace("return n >> 1", "while n ~= 0 do end return n // 2")
    path.write_text(endless.replace("- equals: n // 2", "- equals: nothing.at_all"))
    (function,) = (each for each in load_library((path,)).functions.values() if each.name == "half")
    (made,) = Proving(0, runs=20)([function])
    assert not made.rows
    assert sorted(made.rejected) == ["half, equals: fails for 0", "half, monotone: too long for 0, 1"]


def test_a_run_that_ends_costs_its_function_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(HALF_YAML.replace("return n >> 1", "os.exit(3)"))
    functions = load_library((path,)).functions
    broken, made = Proving(0, runs=5, mutants=0)([functions["half"], functions["triangular"]])
    assert not broken.rows
    assert list(broken.rejected) == ["half: the run ended: ok"]
    assert len(made.rows) == len(functions["triangular"].properties)


def test_a_function_leaves_nothing_behind(lab: Lab) -> None:
    text = b"local n = 0 local function f() n = n + 1 return n end"
    lab.take(1, Subject(text, "f", ("x",), "f(x)"))
    assert lab.call(1, [b"1", b"2"]) == [b"1", b"1"]
    lab.take(1, Subject(b"local function f(x) string.rep = x return x end", "f", ("x",), "f(x)"))
    lab.take(2, Subject(b"local function f(x) return string.rep('a', x) end", "f", ("x",), "f(x)"))
    assert lab.call(1, [b"3"]) + lab.call(2, [b"3"]) == [b"3", b'"aaa"']
    lab.take(1, Subject(b"local function f(x) seen = x end", "f", ("x",), "f(x)"))
    assert lab.call(1, [b"1"]) == [b"error: function:1: sets the global variable seen"]


def test_the_library_that_ships_has_functions_of_all_kinds_and_uses_each_law() -> None:
    library = load_library()
    files = Counter(each.origin.partition(":")[0] for each in library.functions.values())
    assert set(files) == {f"properties/{kind}.yaml" for kind in ("numbers", "strings", "tables", "closures")}
    assert min(files.values()) > 20
    assert {each.licence for each in library.functions.values()} == {"MIT"}
    claimed = {each.law for function in library.functions.values() for each in function.properties}
    assert claimed == set(library.laws)
