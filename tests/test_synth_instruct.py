"""Proposals of a model: what is kept is proven and new, and a run that was ended asks nothing twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from chat_server import Reply, Server, serving
from click.testing import CliRunner, Result

from aidec.cli.main import cli
from aidec.common.errors import SynthesisError
from aidec.common.json_values import bytes_from_json
from aidec.evaluation import endpoint
from aidec.evaluation.model import Prediction, Test
from aidec.lua.runner import Runner
from aidec.synthesis import instructing
from aidec.synthesis.instructing import Answered, Judging, Novelty
from aidec.synthesis.proposals import RefusedError, Wish, proposal_of, read_topics, wishes


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again soon."""
    monkeypatch.setattr(endpoint, "_FIRST_PAUSE", 0.01)


@pytest.fixture
def _few_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try fewer mutants, which takes less time."""
    monkeypatch.setattr(instructing, "MOST_MUTANTS", 2)


SUM = "return function(list)\n  local sum = 0\n  for i = 1, #list do\n    sum = sum + list[i]\n  end\n  return sum\nend"
SUM_TESTS = [("return", "{}", "0"), ("return", "{1, 2, 3}", "6"), ("return", "{-1, 1.5}", "0.5")]

JUDGING = Judging(0, "m")

Calls = list[tuple[str, str, str]]


def answer(code: str = SUM, tests: Calls = SUM_TESTS, task: str = "Write a function that adds up a list.") -> str:
    rows = [dict(zip(("function", "arguments", "expected"), test, strict=True)) for test in tests]
    return f"```task\n{task}\n```\n\n```lua\n{code}\n```\n\n```json\n{json.dumps(rows)}\n```\n"


def numbered(number: int) -> str:
    """An answer that is like no other with another number."""
    code = f"return function(n)\n  return n * {number + 2} % {number + 90} + {number}\nend"
    tests = [("return", f"{n}", f"{n * (number + 2) % (number + 90) + number}") for n in (0, 7, 30)]
    return answer(code, tests, f"Mix a number, way {number}.")


def run(server: Server, path: Path, *arguments: object) -> Result:
    options = ["--endpoint", server.url, "--model", "m", "-o", path, *arguments]
    return CliRunner().invoke(cli, ["synth", "instruct", *map(str, options)])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def variant(request: dict[str, Any]) -> int:
    """The number of the question, from 1."""
    found = re.search(r"^Variant: (\d+);", request["messages"][-1]["content"], re.MULTILINE)
    assert found
    return int(found[1])


def judged(text: str) -> tuple[list[dict[str, Any]], str]:
    """The items of an answer, and the reason why there is none."""
    prediction = Prediction("instruct/0-0", 0, text.encode(), tokens=5)
    (made,) = JUDGING([Answered(Wish(0, "lists", "easy", "one function"), prediction)])
    return made.rows, next(iter(made.rejected), "")


# Answers


def test_a_proposal_has_three_blocks_whatever_stands_around_them() -> None:
    text = f"<think>\n```lua\nreturn 1\n```\n</think>\nHere it is:\n\n{answer()}\nThat is all."
    proposal = proposal_of(text.encode())
    assert proposal.task == "Write a function that adds up a list."
    assert proposal.code.decode() == SUM + "\n"
    assert proposal.tests == tuple(Test(*test) for test in SUM_TESTS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I can't.", "answer: no block task"),
        (answer() + answer(), "answer: more than one block task"),
        (answer().replace("```json", "```"), "answer: no block json"),
        (answer() + "```text\nDone.\n```\n", "answer: other blocks, or in another order"),
        (answer(task=" "), "answer: the task is empty"),
        (answer(code=""), "answer: the solution is empty"),
        (answer(SUM + " " * 16384), "answer: the solution has more than 16,384 bytes"),
        (answer().replace("[{", "[{,"), "tests: not JSON"),
        (answer().replace("[{", '{"tests": [{').replace("}]", "}]}"), "tests: no list"),
        (answer(tests=SUM_TESTS[:2] * 3), "tests: fewer than 3"),
        (answer(tests=[("return", f"{{{n}}}", str(n)) for n in range(13)]), "tests: more than 12"),
        (answer().replace('"expected"', '"result"'), "tests: one is no object of function, arguments and expected"),
        (answer(tests=[("", "", "1"), *SUM_TESTS]), "tests: one calls no function"),
        (answer(tests=[("return)(", "", "1"), *SUM_TESTS]), "tests: one calls no function"),
    ],
)
def test_what_is_no_proposal_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=f"^{re.escape(reason)}$"):
        proposal_of(text.encode())


# Judging


def test_an_item_says_what_was_asked_and_how_many_mutants_fail() -> None:
    (row,), reason = judged(answer())
    assert list(row)[:3] == ["id", "kind", "seed"]
    assert (row["id"], row["kind"], row["topic"]) == ("instruct/0-0", "instruct", "lists")
    assert bytes_from_json(row["code"]).decode() == SUM + "\n"
    assert row["calls"][1] == {"function": "return", "arguments": "{1, 2, 3}", "expected": "6"}
    assert row["mutants"]["killed"] >= 3
    assert "loop:numeric" in row["tags"] or "size:10-99" in row["tags"]
    assert (row["provenance"]["model"], row["provenance"]["tokens"]) == ("m", 5)
    assert row["provenance"]["origin"] == "m: lists"
    assert not reason


def test_tests_are_also_a_program_that_a_mutant_fails() -> None:
    code = "local M = {}\nfunction M.swap(a, b) return {b}, a end\nfunction M.nan() return -(0 / 0) end\nreturn M"
    tests = [
        ("return.swap", "1, {2, x = 'a\"'} -- swapped", "{{2, x = 'a\"'}}, 1"),
        ("return.swap", "function() return 1 end == nil, nil", "{}, false"),
        ("return.nan", "", "0 / 0"),
        ("return.swap", "", "{}, nil;"),
    ]
    (row,), _ = judged(answer(code, tests))
    with Runner(1) as runner:
        for text, status in ((code, "ok"), (code.replace("{b}, a", "{b}, b"), "error"), ("return {}", "error")):
            assert runner.run(row["tests"], files={"main.lua": text.encode()}).status == status


def test_the_greatest_integer_has_mutants_too() -> None:
    code = "return function(n) return n >= 0x7fffffffffffffff end"
    (row,), _ = judged(
        answer(code, [("return", "1", "false"), ("return", "0", "false"), ("return", "math.maxinteger", "true")])
    )
    assert row["mutants"]["killed"] >= 2


def test_mutants_that_pass_are_counted() -> None:
    dead = SUM.replace("local sum = 0", "local sum = 0\n  if list == 12 then sum = 7 end")
    (plain,), _ = judged(answer())
    (row,), _ = judged(answer(dead))
    assert row["mutants"]["survived"] > plain["mutants"]["survived"]


FORGED = "local t = setmetatable({}, {__eq = function() return true end}) return function() return t end"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (answer("return function("), "does not compile"),
        (answer(tests=[*SUM_TESTS, ("return", "{1}", "2")]), "fails its tests"),
        (answer(tests=[*SUM_TESTS, ("return.sum", "{1}", "1")]), "fails its tests"),
        (answer(FORGED), "fails its tests"),
        (answer("os.exit(0)"), "fails its tests"),
        (answer("print('ok') return function() error('passed') end"), "fails its tests"),
        (answer("while true do end"), "fails its tests"),
        (answer(tests=[*SUM_TESTS, ("return", "{1", "1")]), "tests: one has no values that can be told"),
        (answer(tests=[*SUM_TESTS, ("return", "{1}", "1 +")]), "tests: one has no values that can be told"),
        (answer(tests=[*SUM_TESTS, ("return", "{}", "string.rep('x', 200000)")]),
         "tests: one has no values that can be told"),
        (answer("local n = 0 return function() n = n + 1 return n end", [("return", n, n) for n in "123"]),
         "fails its tests"),
        (answer("local n = 0 return function(k) n = n + 1 return k < 0 and n or k end",
                [("return", "-1", "1"), ("return", "-2", "1"), ("return", "3", "3")]),
         "its tests pass alone, and not one after the other"),
        (answer("return function(n) return os.time() // 60 + n end", [("return", n, f"26297280 + {n}") for n in "123"]),
         "depends on the order of pairs, the time, or random numbers"),
        (answer("return function(...) for key in pairs({...}) do return key + 0 end return 0 end",
                [("return", "", "0"), ("return", "5", "1"), ("return", "7, 9", "1")]),
         "depends on the order of pairs, the time, or random numbers"),
        (answer("return function(n) local t = {n + 1} t[2] = t return t end",
                [("return", n, f"(function() local t = {{{n} + 1}} t[2] = t return t end)()") for n in "123"]),
         "its tests fail as a program"),
        (answer(f"return {{['end'] = {SUM[7:]}}}", [("return.end", *test[1:]) for test in SUM_TESTS]),
         "its tests fail as a program"),
        (answer("return function(n) return n end", [("return", str(n), str(n)) for n in range(3)]),
         "it has nothing to change in a mutant"),
        (answer("return function(n) local unused = 12 return n end", [("return", str(n), str(n)) for n in range(3)]),
         "its tests fail for no mutant"),
    ],
)  # fmt: skip
def test_what_is_not_proven_is_not_kept(text: str, reason: str) -> None:
    assert judged(text) == ([], reason)


# Novelty


def test_what_is_near_an_item_before_is_not_kept() -> None:
    renamed = SUM.replace("sum", "total").replace("list", "values")
    other = "return function(list)\n  local product = #list\n  return product > 2 and product or 0, not product\nend"
    tests = [("return", "{}", "0, false"), ("return", "{1, 2, 3}", "3, false"), ("return", "{1}", "0, false")]
    texts = [
        answer(),
        answer(renamed, task="Add up what a list holds."),
        answer(other, tests, "  write a function that ADDS up a list"),
        answer(other, tests, "How long is a list of more than two?"),
    ]
    answered = [
        Answered(Wish(number, "lists", "easy", "f"), Prediction(f"instruct/0-{number}", number, text.encode()))
        for number, text in enumerate(texts)
    ]
    made = list(Novelty()(list(JUDGING(answered))))
    assert [len(each.rows) for each in made] == [1, 0, 0, 1]
    assert [next(iter(each.rejected), "") for each in made[1:3]] == [
        "not new: near the code of another item",
        "not new: the task of another item",
    ]


# Topics


def test_topics_come_in_turn_in_an_order_of_the_seed() -> None:
    topics = read_topics()
    assert len(set(topics.topics)) == len(topics.topics) >= 60
    number = len(topics.topics)
    found = [wish.topic for wish in wishes(topics, 1, 2 * number)]
    assert set(found[:number]) == set(found[number:]) == set(topics.topics)
    assert found[:5] != [wish.topic for wish in wishes(topics, 2, 5)]


def test_a_file_of_topics_takes_their_place_and_an_error_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("topics:\n  - spells\n  - potions\n")
    found = read_topics(str(path))
    assert (found.topics, found.forms) == (("spells", "potions"), read_topics().forms)
    for text, problem in (
        ("levels: [easy]\ntopics: []\n", ":2: topics: expected a list of texts, none of them empty"),
        ("topics: ['']\n", ":1: topics: expected a list of texts, none of them empty"),
        ("topic: [spells]\n", ":1: unknown key 'topic'; did you mean topics?"),
        ("- spells\n", ":1: expected the file to be a mapping, with a line 'key: value' for each key"),
    ):
        path.write_text(text)
        with pytest.raises(SynthesisError) as raised:
            read_topics(str(path))
        assert str(raised.value) == f"{path}{problem}"


# Runs


def some_good(reply: Reply) -> None:
    """Each third answer is broken, each fifth question meets an error first, one meets nothing else."""
    number = variant(reply.request)
    if number == 7 or (number % 5 == 0 and reply.number == 0):
        reply.send(b"busy", 500)
    else:
        reply.say("no" if number % 3 == 0 else numbered(number), 100)


@pytest.mark.usefixtures("_few_mutants")
def test_all_that_is_not_kept_is_counted_and_processes_change_nothing(tmp_path: Path) -> None:
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path, options in zip(files, (("--concurrency", 1), ("-j", 2)), strict=True):
        with serving(some_good) as server:
            result = run(server, path, "-n", 12, "--retries", 1, "--seed", 3, *options)
        assert result.exit_code == 0, result.output
        assert "aidec: not kept: 4 answer: no block task\n" in result.stderr
        assert "aidec: not kept: 1 no answer: status 500\n" in result.stderr
        assert "aidec: 1,100 tokens spent on 12 questions\n" in result.stderr
        assert f"aidec: {path}: 7 items of 12 tried\n" in result.stderr
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [row["id"] for row in rows(files[0])] == [f"instruct/3-{number}" for number in (0, 1, 3, 4, 7, 9, 10)]


@pytest.mark.usefixtures("_few_mutants")
def test_no_question_is_asked_once_the_budget_is_spent(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    with serving(some_good) as server:
        result = run(server, path, "-n", 30, "--budget", 350, "--concurrency", 1)
        assert (len(server.requests), len(rows(path))) == (4, 3)
        assert "the budget of 350 tokens is spent: 26 of them do not count" in result.stderr
        assert run(server, path, "-n", 30, "--budget", 350).exit_code == 0
        assert len(server.requests) == 4
        several = tmp_path / "several.jsonl"
        run(server, several, "-n", 30, "--budget", 350, "--concurrency", 4)
        assert len({variant(request) for request, _, _ in server.requests}) <= 4 + 3
    assert several.read_bytes() == path.read_bytes()


def test_a_budget_needs_a_server_that_counts(tmp_path: Path) -> None:
    with serving(lambda reply: reply.say(numbered(1), None)) as server:
        result = run(server, tmp_path / "tasks.jsonl", "-n", 3, "--budget", 350)
    assert result.exit_code == 1
    assert "the server does not say how many tokens an answer takes" in result.output
    assert not (tmp_path / "tasks.jsonl").exists()


@pytest.mark.parametrize(("name", "problem"), [("", "expected a file to write, found a folder"),
                                               ("/proc/tasks.jsonl", "unable to open database file")])  # fmt: skip
def test_nothing_is_asked_where_nothing_can_be_written(tmp_path: Path, name: str, problem: str) -> None:
    with serving(lambda reply: reply.say(numbered(1))) as server:
        result = run(server, tmp_path / name, "-n", 1)
        assert (result.exit_code, server.requests) == (1, [])
    assert problem in result.output


@pytest.mark.usefixtures("_few_mutants")
def test_what_failed_is_asked_again_if_that_is_wanted(tmp_path: Path) -> None:
    is_well = False
    path = tmp_path / "tasks.jsonl"

    def deed(reply: Reply) -> None:
        number = variant(reply.request)
        reply.send(b"", 500) if number == 2 and not is_well else reply.say(numbered(number))

    with serving(deed) as server:
        run(server, path, "-n", 2, "--retries", 0)
        is_well = True
        run(server, path, "-n", 2, "--retries", 3, "--timeout", 30)
        assert (len(rows(path)), len(server.requests)) == (1, 2)
        run(server, path, "-n", 2, "--retries", 0, "--retry")
        assert (len(rows(path)), len(server.requests)) == (2, 3)
        run(server, path, "-n", 2, "--retries", 0, "--restart")
        assert (len(rows(path)), len(server.requests)) == (2, 5)


@pytest.mark.usefixtures("_few_mutants")
def test_what_is_asked_again_does_not_count_twice_for_the_budget(tmp_path: Path) -> None:
    is_well = False
    path = tmp_path / "tasks.jsonl"

    def deed(reply: Reply) -> None:
        number = variant(reply.request)
        reply.say("" if number == 1 and not is_well else numbered(number), 100)

    with serving(deed) as server:
        arguments = ("-n", 9, "--budget", 250, "--concurrency", 1)
        run(server, path, *arguments)
        assert [row["id"] for row in rows(path)] == ["instruct/0-1", "instruct/0-2"]
        is_well = True
        result = run(server, path, *arguments, "--retry")
        assert len(server.requests) == 4
    assert [row["id"] for row in rows(path)] == ["instruct/0-0", "instruct/0-1", "instruct/0-2"]
    assert "300 tokens spent" in result.stderr


@pytest.mark.usefixtures("_few_mutants")
def test_a_run_that_was_killed_asks_nothing_twice_and_ends_with_the_same_file(tmp_path: Path) -> None:
    def slow(reply: Reply) -> None:
        if not is_killed and variant(reply.request) > 4:
            time.sleep(20)
        reply.say(numbered(variant(reply.request)), 10)

    is_killed = False
    path, other = tmp_path / "tasks.jsonl", tmp_path / "other.jsonl"
    with serving(slow) as server:
        options = ["--endpoint", server.url, "--model", "m", "-n", "8", "--concurrency", "1", "-o", str(path)]
        with subprocess.Popen([sys.executable, "-m", "aidec", "synth", "instruct", *options]) as process:
            while len(server.requests) < 5 and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        is_killed = True
        assert os.listdir(tmp_path) != []
        assert not path.exists()
        assert run(server, path, "-n", 8).exit_code == 0
        asked = Counter(variant(request) for request, _, _ in server.requests)
        assert sorted(asked.values()) == [1] * 7 + [2]  # the fifth had no answer when the run was killed
        assert run(server, other, "-n", 8).exit_code == 0
    assert path.read_bytes() == other.read_bytes()
    assert len(rows(path)) == 8
