"""Synthesis: programs end and print, rewrites keep what they claim, and what claims something false is not kept."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import aidec
from aidec.bytecode import OPCODES
from aidec.cli.main import cli
from aidec.evaluation.model import Task
from aidec.lua.nodes import NODES, LocalFunction, Table
from aidec.lua.printer import to_source
from aidec.lua.runner import Runner
from aidec.lua.tree import parse
from aidec.synthesis.checking import Rewriting
from aidec.synthesis.declarations import constructs, forms
from aidec.synthesis.generating import Generating
from aidec.synthesis.items import Made, Tally, opcodes_of, write_items
from aidec.synthesis.programs import Generator
from aidec.synthesis.registry import find
from aidec.synthesis.rewriting import Unit
from aidec.synthesis.targets import chances_of, read_target, shares_of

LOADED_WITH_MANY_CONSTANTS = {"LOADKX", "EXTRAARG"}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["synth", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


# Programs


def test_all_statements_expressions_and_opcodes_occur() -> None:
    texts = [Generator(str(seed)).main() for seed in range(40)]
    assert {type(node).__name__ for text in texts for node in parse(text, resolved=False).walk()} == set(NODES)
    found = {name for text in texts for name in opcodes_of(aidec.load(aidec.compile(text)).main)}
    wanted = {opcode.name for opcode in OPCODES if opcode.name != "UNKNOWN"}
    assert found == wanted - LOADED_WITH_MANY_CONSTANTS
    many = Generator("0", {"constants": 262_300, "size": [0, 0], "functions": [0, 0]}).main()
    assert set(opcodes_of(aidec.load(aidec.compile(many)).main)) >= LOADED_WITH_MANY_CONSTANTS


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(constructs()))
def test_each_ends_and_prints_whatever_there_is_much_of(seed: int, construct: str) -> None:
    generating = Generating(seed, {"size": [1, 3], "weights": {construct: 30}})
    (made,) = generating([0])
    assert made.rejected.total() == 0
    assert made.rows[0]["output"]
    assert made == generating.made(0)


@pytest.mark.parametrize("number", [1191, 2318, 2413])
def test_the_base_of_a_power_is_one_operand(number: int) -> None:
    assert Generating(11).made(number).rejected.total() == 0  # these had #a ^ 3, the length of a power


def test_a_construct_of_weight_0_does_not_occur_and_one_of_great_weight_does() -> None:
    loops = {form.name: 0 for form in forms()["blocks"] if form.is_loop}
    text = Generator("0", {"size": [20, 20], "weights": {**loops, "coroutine": 50}}).main()
    assert "coroutine.wrap" in text
    kinds = {
        type(node).__name__ for node in parse(Generator("1", {"weights": {**loops, "closure.loop": 0}}).main()).walk()
    }
    assert not kinds & {"While", "Repeat"}


def test_the_width_is_that_of_lists_and_parameters() -> None:
    wide = {"width": [7, 7], "functions": [2, 2], "size": [0, 0], "weights": {"list.items": 1000}}
    tree = parse(Generator("0", wide).main(), resolved=False)
    functions = [node for node in tree.walk() if isinstance(node, LocalFunction)]
    assert [len(each.function.parameters) for each in functions if each in tree.body.statements] == [7, 7]
    assert 7 in [len(node.fields) for node in tree.walk() if isinstance(node, Table)]


@pytest.mark.parametrize("depth", [0, 50])
def test_knobs_at_their_ends_make_programs_of_bounded_size(depth: int) -> None:
    deep = {"depth": depth, "expression_depth": depth, "loops": depth, "nesting": 1, "reuse": 0, "size": [1, 1]}
    text = Generator("1", {**deep, "block_size": [2, 2], "functions": [0, 0]}).main()
    assert len(text) < 2_000_000
    aidec.compile(text)


def test_a_string_that_is_assigned_is_cut_so_that_none_doubles_in_loops() -> None:
    assigning = [form for section in forms().values() for form in section if form.changes["str"]]
    assert assigning
    for form in assigning:
        assert ":sub(1, " in "".join(piece for piece in form.pieces if isinstance(piece, str)), form.name


def test_one_and_two_processes_write_the_same_items(tmp_path: Path) -> None:
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    small = ("--seed", 3, "--set", "size=[1,2]", "--set", "functions=[0,1]")
    assert run("generate", "-n", 17, *small, "-o", one).exit_code == 0
    result = run("generate", "-n", 17, *small, "-o", two, "-j", 2)
    assert result.stderr.endswith("2.jsonl: 17 items of 17 tried\n")
    assert one.read_bytes() == two.read_bytes()
    first = rows(one)[0]
    assert list(first) == ["id", "kind", "seed", "code", "tags", "opcodes", "output", "provenance"]
    with Runner(1, deterministic=True) as runner:
        assert runner.run(str(first["code"])).stdout.decode() == first["output"]


def test_a_killed_run_goes_on_where_it_stopped_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    small = ("-n", 40, "--seed", 3, "--set", "size=[1,2]", "--set", "functions=[0,0]")
    assert run("generate", *small, "-o", whole).exit_code == 0
    command = [sys.executable, "-m", "aidec", "synth", "generate", *map(str, small), "-o", str(killed)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        part = tmp_path / f".killed.jsonl.{process.pid}.part"
        while not part.exists() or not part.stat().st_size:  # so that some is made; not all of it, which is renamed
            time.sleep(0.001)
        process.kill()
    assert not killed.exists()
    result = run("generate", *small, "-o", killed, "-j", 2)
    assert re.search(r"killed.jsonl: goes on after \d+ inputs of a run that did not end\n", result.stderr)
    assert killed.read_bytes() == whole.read_bytes()
    assert result.stderr.endswith("killed.jsonl: 40 items of 40 tried\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("killed.jsonl", "killed.jsonl.counts.json", "whole.jsonl", "whole.jsonl.counts.json"),
    ]


def test_items_can_go_into_a_pipe() -> None:
    command = [
        sys.executable,
        "-m",
        "aidec",
        "synth",
        "generate",
        "-n",
        "1",
        "--set",
        "size=[0,0]",
        "-o",
        "/dev/stdout",
    ]
    result = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(result.stdout)["id"] == "generate/0-0"


@dataclass(frozen=True)
class Halves:
    """Makes an item of each even number, and ends at a number as Ctrl-C does."""

    settings: frozenset[str]
    end: ClassVar[int] = 100

    def __call__(self, numbers: Sequence[int]) -> Iterator[Made]:
        """What is made of each number."""
        for number in numbers:
            if number == self.end:
                raise KeyboardInterrupt
            yield Made([], Counter(["odd"])) if number % 2 else Made([{"id": f"{number}", "text": "\xe9"}])


def test_what_a_run_made_is_of_use_to_one_with_the_same_settings_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, notes = tmp_path / "items.jsonl", list[str]()

    def write(settings: str, number: int, end: int = 100) -> Tally:
        monkeypatch.setattr(Halves, "end", end)
        return write_items(path, range(number), Halves(frozenset(settings)), note=notes.append)

    for end in (6, 8):
        with pytest.raises(KeyboardInterrupt):
            write("abc", 10, end)
    tally = write("abc", 12)
    assert (tally.kept, tally.rejected) == (6, {"odd": 6})
    assert [row["id"] for row in rows(path)] == ["0", "2", "4", "6", "8", "10"]
    with pytest.raises(KeyboardInterrupt):
        write("abc", 10, 6)
    write("abd", 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.jsonl", "items.jsonl.counts.json"]
    kept = "what was made is kept: the same command goes on from there"
    assert notes == [
        *(kept, "goes on after 6 inputs of a run that did not end"),
        *(kept, "goes on after 8 inputs of a run that did not end"),
        *(kept, "begins anew: what a run that did not end has left is of other settings or inputs"),
    ]


def test_tags_occur_in_the_shares_of_a_target(tmp_path: Path) -> None:
    target, path = tmp_path / "target.yaml", tmp_path / "items.jsonl"
    shares = {"loop:while": 0.3, "closure": 0.6, "coroutine": 0.2, "method-call": 0.5, "table": 0.8, "size:10-99": 0.6}
    target.write_text(json.dumps(shares))
    small = ("--set", "size=[0,1]", "--set", "expression_depth=1", "--target", target)
    result = run("generate", "-n", 40, *small, "-o", path)
    assert "items.jsonl: the share furthest from the target is that of " in result.stderr
    found = shares_of(row["tags"] for row in rows(path))  # type: ignore[misc]  # a list
    for tag, share in shares.items():
        assert abs(found.get(tag, 0) - share) < 0.16, tag  # two deviations of a share of 40
    assert read_target(path)[0] == {tag: share for tag, share in found.items() if tag != "arithmetic:on-numbers"}


def test_a_tag_that_comes_of_others_is_drawn_less_often() -> None:
    chances = chances_of({"coroutine": 0.2, "closure": 0.5, "goto": 0.0})
    assert chances["coroutine"] == pytest.approx(0.2)
    assert 1 - (1 - chances["closure"]) * (1 - 0.2) == pytest.approx(0.5)
    assert chances["goto"] == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("loop:whle: 0.2", "target.yaml: no construct brings the tag 'loop:whle'; did you mean loop:while?"),
        ("closure: 2", "target.yaml: closure: expected a share from 0 to 1, read 2"),
        ("size:10-99: 0.7\nsize:100-999: 0.6", "target.yaml: the shares of size:... are more than 1 together"),
        ("- closure", "target.yaml: expected "),
    ],
)
def test_a_wrong_target_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "target.yaml").write_text(text)
    result = run("generate", "-n", 1, "-o", tmp_path / "items.jsonl", "--target", tmp_path / "target.yaml")
    assert result.exit_code == 1
    assert problem in result.stderr


def test_an_item_has_its_tree_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    run("generate", "-n", 1, "--set", "size=[1,1]", "-o", path, "--trees")
    (row,) = rows(path)
    (tmp_path / "a.lua").write_text(str(row["code"]))
    result = CliRunner().invoke(cli, ["lua", "tree", "--json", str(tmp_path / "a.lua")])
    assert json.loads(result.stdout) == row["tree"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("--set", "size=3"),
            "size: expected two integers up to 1,000,000, the least and the most, such as [3, 9], read 3",
        ),
        (("--set", "reuse=.nan"), "reuse: expected a number from 0 to 1,000,000, read nan"),
        (("--set", "depth=51"), "depth: expected a number from 0 to 50, read 51"),
        (("--set", "deptth=3"), "there is no knob 'deptth'; did you mean depth?"),
        (("--weight", "whle=3"), "there is no construct 'whle'; did you mean while?"),
        (("--weight", "while=-3"), "the weight of while: expected a number of at least 0, read -3"),
        (("--set", "depth"), "expected NAME=VALUE, read 'depth'"),
    ],
)
def test_a_wrong_knob_is_told(tmp_path: Path, arguments: tuple[str, ...], problem: str) -> None:
    result = run("generate", "-n", 1, "-o", tmp_path / "items.jsonl", *arguments)
    assert result.exit_code != 0
    assert problem in result.stderr
    assert not list(tmp_path.iterdir())


def test_programs_that_are_not_kept_are_counted_and_an_empty_file_is_not_written(tmp_path: Path) -> None:
    result = run(
        "generate", "-n", 1, "-o", tmp_path / "items.jsonl", "--set", "size=[250,250]", "--weight", "local.late=999"
    )
    assert result.exit_code == 1
    assert "no items to write: 1 does not compile: too many local variables" in result.stderr
    assert not list(tmp_path.iterdir())


# Rewrites

REWRITTEN = {
    "rename-locals": ("local a = 1\nprint(a)\n", "local NEW = 1\nprint(NEW)\n"),
    "string-quotes": ('print("x")\n', "print('x')\n"),
    "number-forms": ("print(255)\n", "print(0xff)\n"),
    "field-brackets": ("print(a.b)\n", 'print(a["b"])\n'),
    "call-parentheses": ('print("x")\n', 'print"x"\n'),
    "parentheses": ("print(1)\n", "print((1))\n"),
    "semicolons": ("print(1)\n", "print(1);\n"),
    "method-definition": ("function a:b(c)\n  return self\nend\n", "function a.b(self, c)\n  return self\nend\n"),
    "function-assignment": ("function a.b(c)\n  return 1\nend\n", "a.b = function(c)\n  return 1\nend\n"),
    "local-function": ("local function f()\n  return f\nend\n", "local f\nf = function()\n  return f\nend\n"),
    "split-locals": ("local a, b = 1, 2\n", "local a = 1\nlocal b = 2\n"),
    "swap-locals": ("local a = 1\nlocal b = 2\n", "local b = 2\nlocal a = 1\n"),
    "hoist-constants": ("print(a + 7)\n", "local NEW = 7\nprint(a + NEW)\n"),
    "flip-comparisons": ("local a = ...\nprint(a < 3)\n", "local a = ...\nprint(3 > a)\n"),
    "negate-equality": ("print(a ~= b)\n", "print(not (a == b))\n"),
    "inline-constants": ("local a = 7\nprint(a + a)\n", "print(7 + 7)\n"),
    "unfold-constants": ("print(7)\n", "print(6 + 1)\n"),
    "method-call": ("local a = ...\na:b(1)\n", "local a = ...\na.b(a, 1)\n"),
    "extract-function": (
        "local a = ...\nx = a + 1\n",
        "local a = ...\nlocal function NEW()\n  return a + 1\nend\nx = NEW()\n",
    ),
    "inline-function": (
        "local y = ...\nlocal function f(a, b)\n  print(a)\n  return b + y\nend\nlocal x = f(1, 2)\nprint(x)\n",
        "local y = ...\nlocal x\ndo\n  local a, b = 1, 2\n  print(a)\n  x = b + y\nend\nprint(x)\n",
    ),
    "and-nesting": ("if a and b then\n  c()\nend\n", "if a then\n  if b then\n    c()\n  end\nend\n"),
    "constructor-fields": ("local t = {a = 1, b = x}\n", "local t = {}\nt.a = 1\nt.b = x\n"),
    "elseif-nesting": (
        "if a then\n  b()\nelseif c then\n  d()\nend\n",
        "if a then\n  b()\nelse\n  if c then\n    d()\n  end\nend\n",
    ),
    "invert-if": ("if a then\n  b()\nelse\n  c()\nend\n", "if not a then\n  c()\nelse\n  b()\nend\n"),
    "and-or-to-if": ("x = a and 1 or b\n", "if a then\n  x = 1\nelse\n  x = b\nend\n"),
    "if-to-and-or": ("if a then\n  x = 1\nelse\n  x = b\nend\n", "x = a and 1 or b\n"),
    "while-to-repeat": (
        "while n > 0 do\n  n = f(n)\nend\n",
        "if n > 0 then\n  repeat\n    n = f(n)\n  until not (n > 0)\nend\n",
    ),
    "repeat-to-while": (
        "repeat\n  local a = f()\nuntil a\n",
        "while true do\n  local a = f()\n  if a then\n    break\n  end\nend\n",
    ),
    "for-to-while": (
        "for i = 1, #t do\n  print(i)\nend\n",
        (
            "do\n  local NEW, NEW = 1, #t\n  while NEW <= NEW do\n    do\n      local i = NEW\n      print(i)\n"
            "    end\n    NEW = NEW + 1\n  end\nend\n"
        ),
    ),
    "early-return": (
        "local function f(a)\n  if a then\n    b()\n  end\nend\n",
        "local function f(a)\n  if not a then\n    return\n  end\n  b()\nend\n",
    ),
    "late-return": (
        "local function f(a)\n  if a then\n    return 1\n  end\n  return 2\nend\n",
        "local function f(a)\n  if a then\n    return 1\n  else\n    return 2\n  end\nend\n",
    ),
}


def first() -> Mock:
    """Draws the first of all, so that one site is changed."""
    rng = Mock(spec=random.Random)
    rng.randint.return_value = 1
    rng.choice.side_effect = lambda choices: choices[0]
    rng.sample.side_effect = lambda population, number: list(population)[:number]
    return rng


def test_each_rewrite_has_an_example_but_that_which_adds_what_is_drawn() -> None:
    assert {rewrite.name for rewrite in find(())} - set(REWRITTEN) == {"dead-code"}


@pytest.mark.parametrize("name", REWRITTEN)
def test_a_rewrite_changes_a_source_as_it_says(name: str) -> None:
    before, after = REWRITTEN[name]
    unit = Unit(before.encode(), first())
    made = iter(("x1", "x2"))
    unit.__dict__["word"] = lambda: next(made)
    (rewrite,) = find((name,))
    text = (rewrite.done(unit) or b"").decode()
    assert text.replace("x1", "NEW").replace("x2", "NEW") == after.replace("  ", "    ")
    proof, why = Rewriting((name,), 0).proven(
        Task("t", b"", before.encode()), before.encode(), text.encode(), "bytecode"
    )
    assert (proof, why) == ("bytecode", "") or rewrite.keeps == "behaviour"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("local function f(a) print(a) end\nf(1)", "do\n  local a = 1\n  print(a)\nend\n"),
        (
            "local f = function(a) if a then return 1, 2 end end\nreturn f(...)",
            "do\n  local a = ...\n  if a then\n    return 1, 2\n  end\nend\nreturn\n",
        ),
        (
            "local function f() return 1 end\nreturn function() return f() end",
            "return function()\n  do\n    return 1\n  end\nend\n",
        ),
        ("local y\nlocal function f() return y end\nlocal y, x = 2\nx = f()", None),  # another y
        (
            "local function f(a) return a end\nlocal x = 1\ndo local x = f(x) end",
            None,
        ),  # x is declared before f is called
        ("local function f(...) print(...) end\nf(1)", None),
        ("local function f() return f() end", None),
        ("local function f(a) if a then return 1 end return 2 end\nx = f(y)", None),
        ("local function f() print(1) end\nf()\nf()", None),
    ],
)
def test_a_function_is_inlined_only_where_its_names_mean_the_same(before: str, after: str | None) -> None:
    (rewrite,) = find(("inline-function",))
    made = rewrite.done(Unit(before.encode(), first()))
    assert made == (after and after.replace("  ", "    ").encode())


def test_a_number_gets_one_exponent() -> None:
    (rewrite,) = find(("number-forms",))
    made = {rewrite.done(Unit(b"print(1e-05, 1e16, 0.5)\n", random.Random(seed))) for seed in range(30)}  # noqa: S311
    for text in made:
        aidec.compile(text or b"")
    assert any(b"0.5e0" in (text or b"") for text in made)


def test_a_function_of_a_field_that_is_a_keyword_stays_an_assignment() -> None:
    (rewrite,) = find(("function-assignment",))
    assert rewrite.done(Unit(b't["end"] = function() end\n', first())) is None


@pytest.mark.parametrize("seed", range(2))
def test_what_a_rewrite_claims_is_so_for_random_programs(seed: int) -> None:
    source = to_source(parse(Generator(str(seed), {"size": [2, 3]}).main()))
    task = Task("t", b"", source)
    rewriting = Rewriting((), 0)
    for rewrite in find(()):
        after = rewrite.done(Unit(source, random.Random(seed)))  # noqa: S311
        if after is not None:
            assert rewriting.proven(task, source, after, rewrite.keeps)[0], rewrite.name


def test_what_claims_something_false_is_not_kept() -> None:
    before, after = b"print(1)\n", b"print(2)\n"
    rewriting, task = Rewriting((), 0), Task("t", b"", before)
    assert rewriting.proven(task, before, after, "bytecode") == (None, "other bytecode")
    proof, why = rewriting.proven(task, before, after, "behaviour")
    assert proof is None
    assert why.startswith('other behaviour: the chunk printed "2')
    assert rewriting.proven(task, before, b"print(", "behaviour") == (None, "does not compile")


SOURCE = """
-- SPDX-License-Identifier: MIT
local M = {}
function M.sign(n)
  if n < 0 then return -1 else return 1 end
end
function M:count(t) local n = 0 for i = 1, #t do n = n + 1 end return n end
return M
"""


def test_items_of_rewrites_say_what_proved_them_and_whose_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text(SOURCE)
    output = tmp_path / "items.jsonl"
    names = ("--rewrite", "invert-if", "--rewrite", "for-to-while", "--rewrite", "method-definition")
    result = run("rewrite", tmp_path / "a.lua", *names, "-o", output)
    assert result.exit_code == 0, result.stderr
    made = rows(output)
    assert {(row["rewrite"], row["keeps"], row["proven_by"]) for row in made} == {
        ("invert-if", "behaviour", "behaviour"),
        ("for-to-while", "behaviour", "behaviour"),
        ("method-definition", "bytecode", "bytecode"),
    }
    assert all(list(row)[:3] == ["id", "kind", "seed"] and row["kind"] == "rewrite" for row in made)
    assert {row["provenance"]["licence"] for row in made} == {"MIT"}  # type: ignore[index]  # an object
    assert result.stderr.endswith(f"{output}: 3 items of 3 tried\n")
    again = tmp_path / "again.jsonl"
    assert run("rewrite", tmp_path / "a.lua", *names, "-o", again, "-j", 2).exit_code == 0
    assert again.read_bytes() == output.read_bytes()


def test_an_unknown_rewrite_is_told_and_a_source_that_is_no_lua_is_counted(tmp_path: Path) -> None:
    (tmp_path / "bad.lua").write_text("if")
    result = run("rewrite", tmp_path / "bad.lua", "--rewrite", "invert", "-o", tmp_path / "items.jsonl")
    assert "there is no rewrite 'invert'; did you mean invert-if?" in result.stderr
    result = run("rewrite", tmp_path / "bad.lua", "-o", tmp_path / "items.jsonl")
    assert result.exit_code == 1
    assert "no items to write: 1 " in result.stderr
    assert not (tmp_path / "items.jsonl").exists()


def test_the_list_has_all_constructs_and_rewrites() -> None:
    listed = run("list").stdout
    assert "loop:while, metatable, method-call" in listed
    assert all(name in listed for name in [*constructs(), *(rewrite.name for rewrite in find(()))])


def test_methods_of_strings_stay_since_their_errors_count_arguments_otherwise() -> None:
    (rewrite,) = find(("method-call",))
    assert rewrite.done(Unit(b"local s = ...\nreturn s:find({})\n", first())) is None
    assert b"t.go(t)" in (rewrite.done(Unit(b"local t = ...\nreturn t:go()\n", first())) or b"")
