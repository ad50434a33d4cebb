"""Questions on the manual: sections are read, answers come from runs, and what is not as a rule says is not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from aidec.cli.main import cli
from aidec.common.errors import SynthesisError
from aidec.lua.runner import Limits
from aidec.synthesis.manual import read_manual
from aidec.synthesis.rules import Question, read_rules, shipped

MANUAL = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<HTML><HEAD><TITLE>A Manual</TITLE></HEAD><BODY>
<P><SMALL>
Copyright &copy; 2020
Nobody.
</SMALL>
<DIV CLASS="menubar"><A HREF="contents.html#index">index</A></DIV>

<h1>3 &ndash; <a name="3">The Language</a></h1>
<p>All of
it.
<h3>3.4.1 &ndash; <a name="3.4.1">Arithmetic Operators</a></h3><p>
Lua has <code>//</code>:
<pre>
     x = 7 // 2
       y = 1
</pre><p>
See <a href="#pdf-math.pi"><code>math.pi</code></a>, and <a name="pdf-LUA_OPADD"><code>LUA_OPADD</code></a>.
<ul><li>one<li>two</ul>
<p>
<hr><h3><a name="pdf-tostring"><code>tostring (v)</code></a></h3>
A text.
</BODY></HTML>
"""

RULES = """
halves:
  anchors: ["3.4.1", pdf-tostring]
  rule: Halves of integers are floats.
  example: {code: "print(4 / 2)", prints: "2.0"}
  counterexample: {code: "print(4 / nil)", fails: arithmetic on a nil value, line: 1}
  questions:
    - code: print($a / 2)
      ask: What is the half of $a?
      values: {a: 1..9}
    - code: |
        print("first")
        print($a / nil)
      values: {a: [4]}
    - code: print(4 /)
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["synth", "questions", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    path = tmp_path / "manual.html"
    path.write_text(MANUAL, "iso-8859-1")
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "halves.yaml"
    path.write_text(RULES)
    return path


def test_sections_have_anchors_numbers_titles_texts_and_code(manual: Path) -> None:
    found = read_manual(manual)
    assert (found.title, found.copyright) == ("A Manual", "Copyright © 2020 Nobody.")
    assert [(each.anchor, each.number, each.title) for each in found.sections.values()] == [
        ("3", "3", "The Language"),
        ("3.4.1", "3.4.1", "Arithmetic Operators"),
        ("pdf-LUA_OPADD", "3.4.1", "LUA_OPADD"),
        ("pdf-tostring", "3.4.1", "tostring (v)"),
    ]
    section = found.sections["3.4.1"]
    assert section.examples == ("x = 7 // 2\n  y = 1",)
    assert section.text == "Lua has //:\n\nx = 7 // 2\n  y = 1\n\nSee math.pi, and LUA_OPADD.\n\none\n\ntwo"
    assert found.sections["pdf-LUA_OPADD"].text == section.text
    assert [found.sections[name].text for name in ("3", "pdf-tostring")] == ["All of it.", "A text."]


def test_what_is_no_manual_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<h1>A page</h1>")
    result = run(tmp_path / "page.html", "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert "page.html: expected manual.html of Lua 5.3" in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_the_output_overwrites_neither_the_manual_nor_rules(manual: Path, rules: Path) -> None:
    for path in (manual, rules):
        result = run(manual, "--rules", rules, "-o", path)
        assert result.exit_code == 1
        assert f"would overwrite {path}: expected another" in result.stderr
    assert (manual.read_text("iso-8859-1"), rules.read_text()) == (MANUAL, RULES)


def test_an_item_has_what_the_run_did_and_the_sections(manual: Path, rules: Path, tmp_path: Path) -> None:
    result = run(manual, "--rules", rules, "-n", "2", "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 0, result.output
    first, second, failed, refused = rows(tmp_path / "out.jsonl")
    number = first["code"].removeprefix("print(").partition(" ")[0]
    assert first["question"] == f"What is the half of {number}?"
    assert first["outcome"] == {"deed": "prints", "output": f"{int(number) / 2}\n", "message": "", "line": None}
    assert first["answer"] == (
        f"It prints `{int(number) / 2}`.\n\nHalves of integers are floats.\n\n"
        "See §3.4.1 (Arithmetic Operators) and `pdf-tostring` (in §3.4.1) of the Lua 5.3 reference manual."
    )
    assert second["code"] != first["code"]
    assert first["anchors"] == ["§3.4.1", "pdf-tostring"]
    assert first["sections"][1] == {"anchor": "pdf-tostring", "number": "3.4.1", "title": "tostring (v)"}
    assert first["counterexample"]["message"] == "program:1: attempt to perform arithmetic on a nil value"
    assert {"rule:halves", "topic:halves", "deed:fails", "arithmetic"} <= set(failed["tags"])
    assert first["provenance"]["licence"] == "MIT"
    assert first["provenance"]["origin"] == "A Manual: halves"
    assert (failed["outcome"]["deed"], failed["outcome"]["output"], failed["outcome"]["line"]) == (
        "fails",
        "first\n",
        2,
    )
    assert "prints `first`.\n\nIt then stops in line 2 with the message" in failed["answer"]
    assert (refused["outcome"]["deed"], refused["outcome"]["line"]) == ("refused", 1)
    assert refused["answer"].startswith(
        "It does not compile: line 1 is refused with the message `program:1: unexpected"
    )


def test_items_have_the_texts_of_sections_where_that_is_asked(manual: Path, rules: Path, tmp_path: Path) -> None:
    assert run(manual, "--rules", rules, "-n", "1", "--with-text", "-o", tmp_path / "out.jsonl").exit_code == 0
    row = rows(tmp_path / "out.jsonl")[0]
    assert [each["text"] for each in row["sections"]] == [
        read_manual(manual).sections[name].text for name in ("3.4.1", "pdf-tostring")
    ]
    assert row["provenance"]["copyright"] == "Copyright © 2020 Nobody."


def test_code_may_use_pairs_where_the_order_does_not_matter(manual: Path, rules: Path, tmp_path: Path) -> None:
    code = "\n".join(
        [
            "local t, n = setmetatable({x = $a, y = 2, 3}, {}), 0",
            "for k, v in pairs(t) do n = n + v t[k] = nil end",
            "print(n, next(t))",
            "for k, v in pairs(setmetatable({}, {__pairs = function() return ipairs({7, 8}) end})) do print(k, v) end",
            "pairs(nil)",
        ]
    )
    rules.write_text(RULES.replace("print($a / 2)", json.dumps(code)))
    assert run(manual, "--rules", rules, "-n", "1", "-o", tmp_path / "out.jsonl").exit_code == 0
    outcome = rows(tmp_path / "out.jsonl")[0]["outcome"]
    assert outcome["output"].endswith("\tnil\n1\t7\n2\t8\n")
    assert (outcome["deed"], outcome["line"]) == ("fails", 5)


def test_rules_that_are_not_so_are_not_kept(
    manual: Path, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [
        ('["3.4.1"', '["3.4.99"', "the manual has no anchor 3.4.99"),
        ('prints: "2.0"', 'prints: "2"', "the example prints '2.0', not '2'"),
        ("fails: arithmetic", "fails: comparison", "the counterexample fails 'program:1: attempt to perform"),
        ("line: 1", "line: 2", "the counterexample fails in line 1, not in line 2"),
        ("prints: ", "fails: ", "the example prints '2.0', where fails '2.0' is declared"),
        ("print(4 / 2)", "while true do end", "the example ended with status time"),
    ]
    monkeypatch.setattr("aidec.synthesis.questions.LIMITS", Limits(cpu=0.1))
    wrong = [RULES.replace("halves", f"rule-{i}").replace(old, new, 1) for i, (old, new, _) in enumerate(changes)]
    rules.write_text("".join([RULES, *wrong]))
    result = run(manual, "--rules", rules, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    for i, (_, _, reason) in enumerate(changes):
        assert f"not kept: 1 rule-{i}: {reason}" in result.stderr
    assert {row["id"].split("/")[1] for row in rows(tmp_path / "out.jsonl")} == {"halves"}


def test_questions_without_an_answer_that_holds_are_not_kept(manual: Path, rules: Path, tmp_path: Path) -> None:
    reasons = {
        "local x = $a": "prints nothing",
        "print(collectgarbage('count') > $a)": "may differ from run to run",
        "print({}, $a)": "shows an address",
        "for k in pairs({x = $a, y = 2}) do print(k) end": "depends on the order of pairs, the time or random numbers",
        r"print('\xff', $a)": "prints what is not UTF-8",
    }
    changed = [RULES.replace("halves", f"rule-{i}").replace("print($a / 2)", code) for i, code in enumerate(reasons)]
    rules.write_text("".join(changed))
    result = run(manual, "--rules", rules, "-n", "1", "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    for i, reason in enumerate(reasons.values()):
        assert f"not kept: 1 rule-{i}: a question {reason}" in result.stderr
    assert f"{2 * len(reasons)} items of {3 * len(reasons)} tried" in result.stderr


def test_rules_none_of_which_is_so_make_no_file(manual: Path, rules: Path, tmp_path: Path) -> None:
    rules.write_text(RULES.replace('["3.4.1"', '["3.4.99"'))
    result = run(manual, "--rules", rules, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert "no items to write: 1 halves: the manual has no anchor 3.4.99" in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("anchors:", "anchor:", "halves.anchors is missing"),
        ("line: 1", "lines: 1", "halves.yaml:6: unknown key 'halves.counterexample.lines'; did you mean line?"),
        (', prints: "2.0"', "", "halves.yaml:5: halves.example: expected one of prints, fails, refused beside code"),
        ("$a?", "$b?", "halves.yaml:8: halves.questions: there are no values of $b"),
        ("print($a / 2)", "print($ / 2)", "expected $name, or $$ for a $, in 'print($ / 2)'"),
        (
            "values: {a: 1..9}",
            "values: {a: 9..1}",
            "halves.questions: expected values of $a, each of them once, read none",
        ),
        ("values: {a: 1..9}", "values: {a: [1..9, 5]}", "expected values of $a, each of them once, read 1, 2, 3"),
        ("values: {a: 1..9}", "values: {a: 1, b: 2}", "there is no $b in the code, which has values"),
        ("values: {a: 1..9}", "value: {a: 1..9}", "unknown key 'halves.questions.value'; did you mean values?"),
        (RULES, "{}", "expected rules, found none"),
    ],
)
def test_an_error_in_rules_has_its_place(old: str, new: str, message: str, rules: Path) -> None:
    rules.write_text(RULES.replace(old, new, 1))
    with pytest.raises(SynthesisError) as caught:
        read_rules(rules)
    assert message in str(caught.value)
    assert "halves.yaml:" in str(caught.value)


def test_a_rule_that_is_not_there_is_an_error(manual: Path, tmp_path: Path) -> None:
    result = run(manual, "--rule", "floor-divison", "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert "there is no rule 'floor-divison'; did you mean floor-division?" in result.stderr


@given(st.lists(st.integers(1, 4), max_size=3))
def test_each_way_fills_the_places_differently(sizes: list[int]) -> None:
    values = {f"v{place}": tuple(map(str, range(size))) for place, size in enumerate(sizes)}
    text = " ".join(f"${name}" for name in values)
    question = Question(text, (), values)
    assert len({question.filled(way, text) for way in range(question.size)}) == question.size


def test_rules_that_ship_are_kept_the_same_with_two_processes(tmp_path: Path) -> None:
    names = ["floor-division", "gsub-count", "numerals", "string-rep"]
    anchors = {anchor for rule in shipped() for anchor in rule.anchors}
    manual = tmp_path / "manual.html"
    manual.write_text("".join(f'<h3><a name="{anchor}">{anchor}</a></h3>' for anchor in sorted(anchors)))
    for jobs in (1, 2):
        options = [option for name in names for option in ("--rule", name)]
        result = run(manual, "-n", "2", "--seed", "3", *options, "-j", jobs, "-o", tmp_path / f"{jobs}.jsonl")
        assert result.exit_code == 0
        assert "not kept" not in result.stderr
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()
    assert {row["id"].split("/")[1] for row in rows(tmp_path / "1.jsonl")} == set(names)
