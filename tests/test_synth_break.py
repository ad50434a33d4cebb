"""Broken programs: a fault shows what it declares, its repair restores the output, and others are counted."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from aidec.cli.main import cli
from aidec.common.errors import SynthesisError
from aidec.sources import Document
from aidec.synthesis.breaking import BAD, Breaking, NotKeptError
from aidec.synthesis.diffs import patched, unified_diff
from aidec.synthesis.explaining import SHIPPED, explained
from aidec.synthesis.faults import FAULTS, Flaw, Shows, declared
from aidec.synthesis.registry import find_faults
from aidec.synthesis.rewriting import Edit, Unit

GOOD = """
-- SPDX-License-Identifier: MIT
local list = {3, 1, 2}
local total = 0
local function fact(n, product)
  if n < 2 then
    return product
  end
  return fact(n - 1, n * product)
end
for i = 1, #list do
  total = total + list[i]
end
while total > 3 do
  total = total - 3
end
repeat
  total = total + 1
until total == 7
while true do
  total = total * total
  if total > 100 then
    break
  end
end
do
  if total < 0 then
    goto done
  end
  list[#list + 1] = total // 2
  ::done::
end
for _, value in ipairs(list) do
  print(value, ("%d:%s"):format(value, "x"), ("name"):sub(1, 2) .. value)
end
local function pair(...)
  local one, two = ...
  return two, one
end
local point = {x = 1.0}
function point:move(by)
  self.x = self.x + by
  return self
end
if total ~= 5 and total > 1 then
  print(fact(5, 1), pair(1, 2), math.floor(7 / 2), point:move(2.0).x)
elseif total == 5 then
  print(table.concat(list, " "))
end
for i = 3, 1, -1 do
  print(i, (point.y or 0) + i)
end
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["synth", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def broken(source: str, fault: str) -> dict[str, Any]:
    """The first item of a source with a fault that is kept."""
    (made,) = Breaking((fault,))([Document("good.lua", source.encode())])
    assert made.rows, made.rejected
    return made.rows[0]


def test_each_fault_is_declared_and_has_an_explanation() -> None:
    assert set(declared()) == set(FAULTS)
    assert {each.name for each in SHIPPED.iterdir()} == {f"{name}.txt.j2" for name in (*FAULTS, "_fault")}
    for fault in FAULTS.values():
        assert fault.doc
        assert set(fault.says) <= set(get_args(Shows))


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    """The items of a program that has a place for nearly each fault."""
    (made,) = Breaking(most=len(FAULTS))([Document("good.lua", GOOD.encode(), licence="MIT")])
    return made.rows


def test_faults_of_all_classes_show_all_that_there_is_to_show(items: list[dict[str, Any]]) -> None:
    assert {item["class"] for item in items} == {group for group, _ in declared().values()}
    assert {item["shows"] for item in items} == set(get_args(Shows))
    assert len(items) > 50


def test_an_item_says_what_the_broken_program_does_and_how_it_is_repaired(items: list[dict[str, Any]]) -> None:
    for item in items:
        assert list(item)[:3] == ["id", "kind", "seed"]
        assert item["message"].startswith(f"program:{item['line']}: ") or not item["message"]
        assert bool(item["message"]) == (item["shows"] in ("refused", "error"))
        assert patched(item["code"].encode(), item["diff"].encode()).decode() == item["repaired"]
        assert (item["broken_output"] != item["output"]) or item["shows"] == "error"
        assert item["provenance"]["licence"] == "MIT"
        lines = item["code"].split("\n")
        assert 1 <= item["line"] <= len(lines)
        assert lines[: item["changed"] - 1] == item["repaired"].split("\n")[: item["changed"] - 1]


@pytest.mark.parametrize(
    ("source", "fault", "line", "message"),
    [
        (
            "for i = 1, 2 do\n    print(i)\nend\n",
            "missing-end",
            3,
            "'end' expected (to close 'for' at line 1) near <eof>",
        ),
        ("local a = 1\nprint(a == 2)\n", "single-equals", 2, "')' expected near '='"),
        ("print('a')\n", "unfinished-string", 1, "unfinished string near '\"a)'"),
        ("local ab = 1\nprint(ab + 1)\n", "undefined-variable", 2, None),
        ("print(#{} < 1)\n", "comparison-of-types", 1, "attempt to compare number with string"),
        ("print(1 .. 2)\n", "concatenation-of-value", 1, None),
        (
            "local function f(n)\n    return n < 1 and 0 or f(n - 1) + 1\nend\nprint(f(3))\n",
            "missing-base-case",
            2,
            "stack overflow",
        ),
        ("local t = {}\nt.x = 1\nprint(t.x)\n", "index-nil", 2, "attempt to index a nil value (local 't')"),
        ("if print then\n    print(1)\nend\n", "break-outside-loop", 5, "<break> at line 3 not inside a loop"),
        (
            "print(('%d'):format(3))\n",
            "format-of-float",
            1,
            "bad argument #1 to 'format' (number has no integer representation)",
        ),
    ],
)
def test_line_and_message_are_those_of_lua(source: str, fault: str, line: int, message: str | None) -> None:
    item = broken(source, fault)
    assert item["line"] == line
    assert message is None or item["message"] == f"program:{line}: {message}"


def test_the_line_of_what_only_changes_the_output_is_that_of_the_statement() -> None:
    item = broken(
        "local t = {1, 2}\nlocal n = 0\nfor i = 1, #t do\n    n = n + t[i] * i\nend\nprint(n, #t)\n", "loop-start"
    )
    assert (item["shows"], item["line"], item["message"]) == ("output", 3, "")
    assert "line 1 of the output is `" in item["explanation"]


def test_a_loop_without_an_end_is_named_at_its_head() -> None:
    item = broken("print(1)\nlocal n = 3\nwhile n > 0 do\n    n = n - 1\nend\nprint(n)\n", "counter-unchanged")
    assert (item["shows"], item["line"], item["changed"], item["broken_output"]) == ("no end", 3, 4, "1\n")
    assert "Put back `n = n - 1`, at line 4." in item["explanation"]


@pytest.mark.parametrize(
    ("source", "fault", "reason"),
    [
        ("if print == 0 then\n    print(1 + 2)\nend\nprint('a')\n", "float-for-integer", "the same output"),
        ("print(1)\n", "missing-end", None),
        ("print({} ~= 1)\nprint(tostring({}))\n", "bang-equals", "the program prints an address"),
        ("for key in pairs({a = 1, b = 2}) do\n    print(key)\nend\n", "missing-end", "depends on the order of pairs"),
        ("print(os.time())\n", "missing-parenthesis", "depends on the order of pairs, the time"),
        ("local x = 1\n", "missing-equals", "the program prints nothing"),
        ("error('no')\n", "missing-end", "the program shows error: no"),
        ("while true do end\n", "missing-end", "the program shows no end"),
        ("if\n", "missing-end", "the program: "),
        ("print(pcall(function() return 1 + 2 end))\n", "arithmetic-on-string", "shows output"),
    ],
)
def test_what_shows_nothing_or_something_else_is_not_kept_and_counted(
    source: str, fault: str, reason: str | None
) -> None:
    (made,) = Breaking((fault,))([Document("good.lua", source.encode())])
    assert not made.rows
    assert (reason is None and not made.rejected) or any(reason in each for each in made.rejected if reason)


def test_a_claim_that_is_false_is_not_kept() -> None:
    breaking, unit = Breaking(), Unit(b"print(1)\n", random.Random(0))  # noqa: S311
    (fault,) = find_faults(("float-for-integer",))
    (flaw,) = fault.flaws(unit)
    assert breaking.proven(fault, flaw, unit, b"1\n")["shows"] == "output"
    for name in ("missing-end", "arithmetic-on-string", "counter-unchanged"):
        with pytest.raises(NotKeptError, match="shows output"):
            breaking.proven(FAULTS[name], flaw, unit, b"1\n")
    with pytest.raises(NotKeptError, match="the same output"):
        breaking.proven(fault, flaw, unit, b"1.0\n")


def test_a_message_of_a_wrapped_function_is_the_one_of_lua() -> None:
    source = b"local function f(x)\n    return ('%d'):format(x)\nend\nprint(f(1.5))\n"
    seen = Breaking().seen(source, BAD)
    assert (seen.line, seen.message.partition(": ")[2]) == (
        2,
        "bad argument #1 to 'format' (number has no integer representation)",
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["", "a", "b", "-- c", "\r", "+++ d"])), st.data())
def test_a_diff_makes_the_text_that_it_is_of(lines: list[str], data: st.DataObject) -> None:
    other = data.draw(st.permutations(lines)) + data.draw(st.lists(st.sampled_from(["", "x", "@@ y"])))
    before, after = ("".join(f"{line}\n" for line in each).encode() for each in (lines, other))
    assert patched(before, unified_diff(before, after, "program")) == after


def test_a_diff_of_another_text_is_told() -> None:
    diff = unified_diff(b"a\nb\n", b"a\nc\n", "program")
    with pytest.raises(SynthesisError, match="line 5 of the diff does not fit the text, line 2"):
        patched(b"a\nx\n", diff)


def test_the_users_templates_come_first_and_what_they_lack_is_told(tmp_path: Path) -> None:
    (tmp_path / "missing-end.txt.j2").write_text("Line {{ line }}: {{ says }}")
    (tmp_path / "extra-end.txt.j2").write_text("{{ nothing }}")
    assert explained("missing-end", {"line": 3, "says": "no end"}, str(tmp_path)) == "Line 3: no end"
    with pytest.raises(SynthesisError, match=r"extra-end\.txt\.j2: UndefinedError: 'nothing' is undefined"):
        explained("extra-end", {}, str(tmp_path))


def test_one_and_two_processes_write_the_same_items_of_made_programs(tmp_path: Path) -> None:
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    options = ("-n", 2, "--seed", 4, "--class", "scope", "--most", 3)
    assert run("break", *options, "-o", one).exit_code == 0
    assert run("break", *options, "-o", two, "-j", 2).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
    assert {item["class"] for item in rows(one)} == {"scope"}


def test_a_file_of_programs_is_broken_and_wrong_options_are_told(tmp_path: Path) -> None:
    programs, output = tmp_path / "programs.jsonl", tmp_path / "broken.jsonl"
    programs.write_text(json.dumps({"code": GOOD, "license": "MIT"}) + "\n")
    result = run("break", programs, "--field", "code", "--fault", "missing-then", "-o", output)
    assert result.exit_code == 0, result.stderr
    (item,) = rows(output)
    assert (item["id"], item["provenance"]["licence"]) == (f"break/missing-then/0-{programs}:1", "MIT")
    assert (
        "there is no fault 'missing-thn'; did you mean missing-then?"
        in run("break", programs, "--fault", "missing-thn", "-o", output).stderr
    )
    assert (
        "there is no class of faults 'scop'; did you mean scope?"
        in run("break", programs, "--class", "scop", "-o", output).stderr
    )
    assert "expected sources, or -n N for programs that are made" in run("break", "-o", output).stderr


def test_a_program_whose_output_does_not_depend_on_the_order_of_pairs_is_broken() -> None:
    source = (
        "local sum = 0\nfor _, n in pairs({x = 1, y = 2}) do\n    sum = sum + n\nend\nprint(sum, next({}), next({5}))\n"
    )
    item = broken(source, "undefined-variable")
    assert (item["line"], item["shows"], item["output"]) == (3, "error", "3\tnil\t1\t5\n")


def test_a_recursion_ends_where_it_fills_the_stack_and_does_not_where_it_is_a_tail_call() -> None:
    function = (
        "local function f(n)\n    if n < 1 then\n        return 0\n    end\n    return %sf(n - 1)\nend\nprint(f(2))\n"
    )
    (fault,) = find_faults(("recursion-unchanged",))
    for call, is_bounded in (("1 + ", True), ("", False)):
        (flaw,) = fault.flaws(Unit((function % call).encode(), random.Random(0)))  # noqa: S311
        assert flaw.fills_stack is is_bounded
    item = broken(function % "", "recursion-unchanged")
    assert (item["shows"], item["line"]) == ("no end", 5)


def test_a_recursion_that_runs_too_long_for_its_stack_to_overflow_is_not_kept() -> None:
    breaking, source = Breaking(), b"while true do\nend\n"
    unit = Unit(b"print(1)\n", random.Random(0))  # noqa: S311
    flaw = Flaw((Edit(0, 0, source),), 0, {}, fills_stack=True)
    with pytest.raises(NotKeptError, match="runs too long for its stack to overflow"):
        breaking.proven(FAULTS["recursion-unchanged"], flaw, unit, b"1\n")
