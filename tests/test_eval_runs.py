"""Runs: what they make, that they can be ended at any time, and that the report is the same all the same."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import aidec
from aidec.cli.main import cli
from aidec.common.errors import EvaluationError, SandboxError
from aidec.evaluation import levels, runs, scoring
from aidec.evaluation.asking import Answers, Question
from aidec.evaluation.estimators import wilson
from aidec.evaluation.failures import complaint
from aidec.evaluation.journal import opened
from aidec.evaluation.model import Prediction, Score, Task
from aidec.evaluation.report import Settings, report_of
from aidec.evaluation.runs import Run
from aidec.evaluation.scoring import Scorer
from aidec.evaluation.tasks import write_tasks

SOURCES = [f"local a, b = ...\nreturn a {sign} b" for sign in ("+", "-", "*", "/", "//", "%", "^", "..")]
TASKS = [
    Task(
        f"t{i}", aidec.compile(source, strip=i % 2 == 0), source.encode(), i % 2 == 0, tags=("size:1-9", f"tag{i % 3}")
    )
    for i, source in enumerate(SOURCES)
]
SCORER = Scorer(behaves=False)
SAME = ("report.json", "report.csv", "scores.jsonl", "scores.csv")
"""The files of a run that hold nothing that a clock measured."""


@dataclass
class Scripted:
    """Answers by a function of the question, and keeps what it was asked."""

    answer: Callable[[Question], str | None]
    identity: str = "scripted"
    asked: list[tuple[str, int, int]] = field(default_factory=list)

    def answers(self, questions: Iterator[Question]) -> Answers:
        """As ``Answerer.answers``, the last one first."""
        for question in reversed(list(questions)):
            self.asked.append((question.task.id, question.sample, len(question.before)))
            text = self.answer(question)
            failure = None if text is not None else "timeout"
            yield question, Prediction(question.task.id, question.sample, (text or "").encode(), failure, 0.5, 10)


def source_of(question: Question) -> str:
    return (question.task.source or b"").decode()


def report(
    tasks: list[Task], answerer: Scripted, path: Path | None = None, ks: tuple[int, ...] = (), **options: Any
) -> dict[str, Any]:
    """The report of a run, after it is gone through."""
    with opened(path) as journal:
        run = Run(tasks, journal, answerer, SCORER, **options)
        run.go()
        settings = Settings("scripted", run.goal, run.rounds, ks or tuple(range(1, run.samples + 1)))
        return report_of(zip(tasks, run.results(), strict=True), settings)


def level(found: dict[str, Any], name: str, by: str = "all", value: str = "") -> float:
    group = next(group for group in found["groups"] if (group["by"], group["value"]) == (by, value))
    mean: float = group["levels"][name]["mean"]
    return mean


def test_the_report_has_levels_by_kind_of_task_and_failures_by_their_kind() -> None:
    def answer(question: Question) -> str | None:
        answers = {"t0": None, "t1": "return = 1", "t2": "local a, b = ...\nreturn b * a"}
        return answers.get(question.task.id, f"So:\n```lua\n{source_of(question)}\n```\n")

    found = report(TASKS, Scripted(answer))
    assert (found["tasks"], found["predictions"]) == (8, 8)
    assert level(found, "parses") == 6 / 8
    assert level(found, "same_bytecode") == 5 / 8
    assert level(found, "same_bytecode", "stripped", "yes") == 2 / 4
    assert level(found, "same_bytecode", "tag", "tag1") == round(2 / 3, 6)
    assert [group["by"] for group in found["groups"]] == ["all", *["stripped"] * 2, "size", *["tag"] * 3]
    assert [(each["level"], each["kind"], each["tasks"]) for each in found["failures"]] == [
        ("answer", "timeout", ["t0"]),
        ("parses", "unexpected symbol near '...'", ["t1"]),
        ("same_bytecode", "instruction: MUL with other operands", ["t2"]),
    ]
    assert found["failures"][0]["tags"] == {"size:1-9": 1, "tag0": 1}


def test_samples_are_counted_task_by_task() -> None:
    found = report(
        TASKS[:2], Scripted(lambda question: source_of(question) if question.sample == 0 else "x"), samples=4
    )
    assert [found["pass"][str(k)]["same_bytecode"]["mean"] for k in (1, 2, 3, 4)] == [0.25, 0.5, 0.75, 1.0]
    assert [found["all"][str(k)]["same_bytecode"]["mean"] for k in (2, 4)] == [0.0, 0.0]
    assert found["best"]["2"]["same_bytecode"] == found["pass"]["2"]["same_bytecode"]
    with pytest.raises(EvaluationError, match=r"^task t0: k = 5: expected from 1 to 4"):
        report(TASKS[:2], Scripted(source_of), samples=4, ks=(5,))


def test_what_is_wrong_is_asked_again_with_the_error_until_it_is_right() -> None:
    heard: dict[tuple[str, int], str] = {}

    def repair(question: Question) -> str | None:
        heard[question.task.id, len(question.before)] = question.before[-1].error
        if question.task.id == "t1":
            return source_of(question).replace("-", "+") if len(question.before) == 1 else source_of(question)
        return None if question.task.id == "t2" else source_of(question)

    repairer = Scripted(repair, "repairer")
    found = report(TASKS[:4], Scripted(lambda question: {"t3": source_of(question)}.get(question.task.id, "return")),
                   repairer=repairer, rounds=2)  # fmt: skip
    assert sorted(repairer.asked) == [("t0", 0, 1), ("t1", 0, 1), ("t1", 0, 2), ("t2", 0, 1), ("t2", 0, 2)]
    assert heard["t1", 1].startswith("It compiles to other bytecode: instruction 1: RETURN 0 1, expected VARARG")
    assert heard["t1", 2] == "It compiles to other bytecode: instruction 2: ADD 2 0 1, expected SUB 2 0 1."
    assert heard["t2", 2] == "There was no answer: timeout."
    repaired = found["repair"]
    assert [each["mean"] for each in repaired["by_round"]] == [0.25, 0.5, 0.75]
    assert repaired["gain"]["mean"] == 0.5
    assert repaired["fix_rate"] == {**repaired["fix_rate"], "mean": 0.333333, "tasks": 3}


@pytest.mark.parametrize(
    ("values", "goal", "said"),
    [
        ({"parses": 1, "compiles": 0}, "compiles", "It does not compile: it is not known where."),
        ({"parses": 1, "compiles": 1, "same_bytecode": 0}, "compiles", None),
        ({"parses": 1, "compiles": 1, "same_bytecode": 0}, "same_bytecode", "It compiles to other bytecode: "),
        ({"parses": 1, "compiles": 1, "same_bytecode": 0, "same_behaviour": 1}, "same_behaviour", None),
        ({"parses": 1, "compiles": 1, "same_bytecode": 1, "same_behaviour": 0.5}, "same_behaviour", None),
        ({"parses": 1, "compiles": 1, "same_behaviour": 0.5}, "same_bytecode", "It behaves in another way: "),
        ({"parses": 1, "compiles": 1}, "same_bytecode", None),
    ],
)
def test_a_goal_is_reached_or_something_is_said(values: dict[str, float], goal: str, said: str | None) -> None:
    found = complaint(Score("t", 0, dict(values)), goal)
    assert found is None if said is None else (found or "").startswith(said)


def test_nothing_is_asked_or_scored_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Scripted(source_of)
    found = report(TASKS, first, tmp_path / "j.db", samples=2)
    again = Scripted(source_of)
    monkeypatch.setattr(runs, "Pool", lambda *_: pytest.fail("something is scored"))
    assert report(TASKS, again, tmp_path / "j.db", samples=2) == found
    assert (len(first.asked), again.asked) == (16, [])


def test_what_failed_is_asked_again_if_that_is_wished(tmp_path: Path) -> None:
    first = Scripted(lambda question: None if question.task.id == "t1" else source_of(question))
    report(TASKS[:3], first, tmp_path / "j.db")
    again = Scripted(source_of)
    with opened(tmp_path / "j.db") as journal:
        run = Run(TASKS[:3], journal, again, SCORER)
        run.forget_failures()
        run.go()
        found = report_of(zip(TASKS, run.results(), strict=False), Settings("x"))
    assert again.asked == [("t1", 0, 0)]
    assert level(found, "same_bytecode") == 1


class Shuffled(Scripted):
    """Answers in an order of its own, and breaks off after some answers."""

    def __init__(self, order: int, most: int) -> None:
        super().__init__(lambda question: source_of(question) if question.sample or question.before else "return")
        self._order, self._most = order, most

    def answers(self, questions: Iterator[Question]) -> Answers:
        """As ``Answerer.answers``."""
        found = list(super().answers(questions))
        random.Random(self._order).shuffle(found)  # noqa: S311 (not for cryptography)
        yield from found[: self._most]
        if len(found) > self._most:
            raise KeyboardInterrupt


def test_the_order_of_answers_and_where_a_run_broke_off_change_nothing(tmp_path: Path) -> None:
    def made(name: str, order: int, most: int) -> dict[str, Any]:
        answerer = Shuffled(order, most)
        return report(TASKS[:3], answerer, tmp_path / name, samples=2, repairer=answerer, rounds=1)

    whole = made("whole.db", 0, 100)
    for order in (1, 2):
        for _ in range(4):
            with suppress(KeyboardInterrupt):
                found = made(f"{order}.db", order, 2)
        assert found == whole
    assert whole["repair"]["gain"]["mean"] == 0.5


def test_what_an_answer_depends_on_makes_it_another(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    report(TASKS[:2], Scripted(source_of), path)
    for identity, number in (("another", 6), ("scripted", 4)):
        answerer = Scripted(source_of, identity)
        report(TASKS[:3], answerer, path, samples=2)
        assert len(answerer.asked) == number


def test_a_journal_is_used_by_one_run_at_a_time_and_refused_where_it_is_none(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with opened(path), pytest.raises(EvaluationError, match="another run works in this folder"), opened(path):
        pass
    with opened(path) as journal:
        journal.put(b"x", 1)
    for anew, there in ((False, 1), (True, None)):
        with opened(path, anew=anew) as journal:
            assert journal.get(b"x") == there
    other = tmp_path / "other.db"
    other.write_bytes(b"something else " * 100)
    with pytest.raises(EvaluationError, match=r"other.db: not the journal of a run"), opened(other):
        pass


def test_a_prediction_that_kills_or_breaks_its_scorer_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(task: Task, code: bytes) -> Score:
        if code == b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if code == b"hang":
            while True:
                time.sleep(1)
        if code == b"break" or task.id == "t4":
            raise RecursionError("too deep")
        return levels.static_score(task, code)

    monkeypatch.setattr(scoring, "static_score", deadly)
    monkeypatch.setattr(sys.modules[__name__], "SCORER", Scorer(behaves=False, seconds=0.5))
    answers = {"t1": "kill", "t2": "hang", "t3": "break"}
    found = report(TASKS[:6], Scripted(lambda question: answers.get(question.task.id, source_of(question))), jobs=2)
    assert found["errors"] == {"t4": "RecursionError: too deep"}
    assert level(found, "same_bytecode") == 2 / 5
    killed = "the process that worked on it was killed by signal 9, perhaps for want of memory"
    assert {each["kind"]: each["tasks"] for each in found["failures"]} == {
        "to score it took more than 0.5 seconds": ["t2"],
        f"to score it was not possible: {killed}": ["t1"],
        "to score it was not possible: RecursionError: too deep": ["t3"],
    }


def test_where_nothing_can_be_run_no_prediction_is_to_blame(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxError("a process that runs Lua can't be started")

    monkeypatch.setattr(scoring, "Runner", refuse)
    with (
        opened(tmp_path / "j.db") as journal,
        pytest.raises(EvaluationError, match=r"^a process that runs Lua can't be"),
    ):
        Run(TASKS[:2], journal, Scripted(source_of), Scorer()).go()
    monkeypatch.undo()
    again = Scripted(source_of)
    with opened(tmp_path / "j.db") as journal:
        run = Run(TASKS[:2], journal, again, Scorer())
        run.go()
        assert [samples[0][0].score.values["same_behaviour"] for samples in run.results()] == [1, 1]
    assert again.asked == []


# The command


def tasks_file(folder: Path) -> Path:
    path = folder / "tasks.jsonl"
    write_tasks(path, TASKS)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["eval", *map(str, arguments)])


def test_predictions_in_a_file_are_scored(tmp_path: Path) -> None:
    tasks = tasks_file(tmp_path)
    predictions = tmp_path / "p.jsonl"
    rows = [{"id": task.id, "completions": [(task.source or b"").decode(), "x"]} for task in TASKS[1:]]
    predictions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = run("run", tasks, "--predictions", predictions, "-k", 2, "--no-behaviour", "--json")
    assert found.exit_code == 1, found.output  # a task is missing
    report = json.loads(found.stdout)
    assert report["pass"]["2"]["same_bytecode"]["mean"] == 7 / 8
    assert f"aidec: {predictions}: 1 tasks without a prediction, which count as wrong: t0\n" in found.stderr
    few = run("run", tasks, "--predictions", predictions, "-k", 3)
    assert few.stderr.endswith("aidec: pass@3 can't be told: the task t0 has 2 samples\n")
    first = run("run", tasks, "--predictions", predictions, "-n", 1, "--no-behaviour", "--csv")
    low, high = (round(end, 6) for end in wilson(7, 8))
    assert f"\nall,,same_bytecode,0.875,{low},{high},8\n" in first.stdout


def test_a_run_has_a_table_and_files_and_two_are_compared(tmp_path: Path) -> None:
    tasks = tasks_file(tmp_path)
    good = run("run", tasks, "--decompiler", "aidec", "-o", tmp_path / "good", "-j", 2)
    assert (good.exit_code, good.stdout.splitlines()[0]) == (0, "aidec: 8 predictions for 8 tasks")
    assert "same_behaviour        1.000  0.676 to 1.000      8   1.000\n" in good.stdout
    bad = run("run", tasks, "--decompiler", "echo return", "-o", tmp_path / "bad", "--no-behaviour")
    assert "same_bytecode: instruction: RETURN, expected VARARG" in bad.stdout
    assert {path.name for path in (tmp_path / "good").iterdir()} == {
        *SAME, "journal.db", "predictions.jsonl", "costs.json"}  # fmt: skip
    again = run("run", tasks, "--predictions", tmp_path / "good" / "predictions.jsonl", "--no-behaviour", "--json")
    assert level(json.loads(again.stdout), "same_bytecode") == 1
    compared = run("compare", tmp_path / "bad", tmp_path / "good", "--json")
    assert json.loads(compared.stdout)["levels"]["same_bytecode"] == {
        "first": 0.0,
        "second": 1.0,
        "difference": {"mean": 1.0, "low": 1.0, "high": 1.0, "tasks": 8},
        "better": 8,
        "worse": 0,
        "p": 0.0078125,
    }
    table = run("compare", tmp_path / "bad", tmp_path / "good").stdout
    assert [line.split() for line in table.splitlines() if line.startswith("same_bytecode")] == [
        ["same_bytecode", "0.000", "1.000", "+1.000", "1.000", "to", "1.000", "8", "8", "0", "0.0078"]
    ]
    write_tasks(tasks, [Task("t0", aidec.compile("return 2", strip=True))])
    other = run("run", tasks, "--decompiler", "aidec", "-o", tmp_path / "other", "--no-behaviour")
    assert other.exit_code == 0, other.stderr
    write_tasks(tasks, TASKS[1:3])
    run("run", tasks, "--decompiler", "aidec", "-o", tmp_path / "part", "--no-behaviour")
    part = run("compare", tmp_path / "bad", tmp_path / "part")
    assert part.stderr == f"aidec: 6 tasks that only {tmp_path / 'bad'} has: t0, t3, t4, t5, t6, ...\n"
    different = run("compare", tmp_path / "bad", tmp_path / "other")
    assert (different.exit_code, "the task t0 is not the same in" in different.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "expected one of --predictions, --decompiler, --endpoint"),
        (
            ["--decompiler", "aidec", "--endpoint", "http://x"],
            "expected one of --predictions, --decompiler, --endpoint",
        ),
        (["--endpoint", "http://x"], "--endpoint: name the model with --model"),
        (["--decompiler", "aidec", "-k", "5"], "-k 5: ask each task that often, with -n 5"),
        (["--decompiler", "aidec", "--rounds", "1"], "--rounds: name with --repair what is asked again"),
        (["--decompiler", "no-such-program"], "no-such-program: no such program"),
        (["--decompiler", "aidec", "--body", "[]"], "expected an object"),
        (["--decompiler", "aidec", "--model", "m"], "--model: it says how an --endpoint is asked"),
        (["--decompiler", "aidec", "--retry"], "--retry: name the folder of the run with -o"),
    ],
)
def test_what_can_not_be_run_is_refused_at_once(tmp_path: Path, arguments: list[str], problem: str) -> None:
    found = run("run", tasks_file(tmp_path), *arguments)
    assert found.exit_code in (1, 2)
    assert problem in found.stderr
    assert "score" not in found.stderr


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_report(tmp_path: Path) -> None:
    tasks = tasks_file(tmp_path)
    script = tmp_path / "slow.sh"
    script.write_text("sleep 0.05; case $2 in t3) exit 2;; t5) echo 'x = ';; *) echo return $(wc -c < $1);; esac")
    command = ["eval", "run", str(tasks), "--decompiler", f"sh {script} {{chunk}} {{id}}", "--no-behaviour",
               "--repair", f"sh {script} {{chunk}} x"]  # fmt: skip
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert CliRunner().invoke(cli, [*command, "-o", str(whole), "-j", "2"]).exit_code == 0
    kills = 0
    for number in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "aidec", *command, "-o", str(killed)], stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        while not (killed / "journal.db").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3 + 0.2 * number)
        kills += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert kills
    assert CliRunner().invoke(cli, [*command, "-o", str(killed)]).exit_code == 0
    assert [digest(whole / name) for name in SAME] == [digest(killed / name) for name in SAME]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
