"""Programs and functions as decompilers: what crashes, hangs or prints too much has failed, and nothing else has."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

import aidec
from aidec.bytecode import Chunk, dump, strip
from aidec.common.errors import EvaluationError
from aidec.evaluation.asking import Answerer, Question, Turn
from aidec.evaluation.commands import Command
from aidec.evaluation.functions import Function
from aidec.evaluation.levels import static_score
from aidec.evaluation.model import Prediction, Task
from aidec.lua.standalone import compile_alone

CHUNK = aidec.compile("return 1", strip=True)
TASK = Task("a task", CHUNK)


def ask(line: str, task: Task = TASK, *before: Turn, timeout: float = 20.0, most: int = 1 << 20) -> Prediction:
    return Command(line, 1, timeout, most).ask(Question(task, 0, before))


def test_the_program_gets_the_chunk_as_a_file_or_on_standard_input() -> None:
    by_name, by_input = (ask(line) for line in ("od -An -tx1 {chunk}", "od -An -tx1"))
    assert by_name.completion == by_input.completion
    assert bytes.fromhex(by_name.completion.decode()) == CHUNK
    assert by_name.seconds is not None
    assert ask("echo {id} {unknown} '{chunk}.x'").completion.startswith(b"a task {unknown} /")


FAILURES = {
    "sh -c 'echo x; echo no >&2; exit 3'": ("exit status 3", "no"),
    "sh -c 'kill -SEGV $$'": ("killed by SIGSEGV", ""),
    "sh -c 'kill -40 $$'": ("killed by signal 40", ""),
    "true": ("no output", ""),
    "echo ' '": ("no output", ""),
}


@pytest.mark.parametrize("line", FAILURES)
def test_a_program_that_fails_is_known_by_how(line: str) -> None:
    found = ask(line)
    assert (found.failure, found.detail) == FAILURES[line]
    assert found.completion == b""


def test_a_program_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    start = time.monotonic()
    found = ask(f"sh -c 'echo x; sleep 99 & echo $! > {pids}; sleep 99'", timeout=0.3)
    assert found.failure == "timeout"
    assert time.monotonic() - start < 10
    wait_until_gone(int(pids.read_text()))


def test_what_a_program_leaves_in_the_background_is_killed_and_its_output_counts() -> None:
    start = time.monotonic()
    found = ask("sh -c '(sleep 99; echo late) & echo soon'")
    assert found.completion == b"soon\n"
    assert time.monotonic() - start < 10


ESCAPES = {
    "another session": "setsid sleep 99 & echo $! > {pids}; sleep 99",
    "a daemon without an environment": "(env -i setsid sh -c 'sleep 99 & echo $! > {pids}; exit' &) ; sleep 99",
    "a daemon of a program that ends": "(setsid sh -c 'setsid sleep 99 & echo $! > {pids}' &) ; sleep 0.2; echo x",
    "one that ignores signals": "setsid sh -c 'trap \"\" TERM HUP INT; echo $$ > {pids}; sleep 99; :' & sleep 99",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
@pytest.mark.parametrize("name", ESCAPES)
def test_what_leaves_the_process_group_of_a_program_is_killed_too(name: str, tmp_path: Path) -> None:
    pids, script = tmp_path / "pids", tmp_path / "escapes.sh"
    script.write_text(ESCAPES[name].format(pids=pids))
    command = Command(f"sh {script}", 1, timeout=0.4)
    answers = command.answers(Question(Task(str(number), CHUNK), 0) for number in range(2))
    assert next(answers)[1].failure == (None if "ends" in name else "timeout")
    assert not is_there(int(pids.read_text()))
    answers.close()  # type: ignore[attr-defined]  # it is a generator
    assert not is_there(int(pids.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_a_run_that_is_killed_leaves_nothing_that_it_started(tmp_path: Path) -> None:
    pids, script = tmp_path / "pids", tmp_path / "escapes.sh"
    script.write_text(f"setsid sleep 99 & echo $! > {pids}; sleep 99")
    (tmp_path / "tasks.jsonl").write_text('{"id": "t", "source": "return 1"}\n')
    arguments = ["eval", "run", "tasks.jsonl", "--decompiler", f"sh {script} {{chunk}}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "aidec", *arguments],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    for _ in range(1000):
        if pids.exists() and pids.read_text():
            break
        time.sleep(0.01)
    process.kill()
    process.wait()
    wait_until_gone(int(pids.read_text()))
    for _ in range(500):
        if not list(tmp_path.glob("aidec-eval-*")):
            return
        time.sleep(0.01)
    pytest.fail("the folder of the program is still there")


def test_a_program_that_closes_its_pipes_is_waited_for() -> None:
    assert ask("sh -c 'echo x; exec >&- 2>&-; sleep 0.1; exit 4'").failure == "exit status 4"
    assert ask("sh -c 'exec >&- 2>&-; sleep 99'", timeout=0.2).failure == "timeout"


@pytest.mark.parametrize(("bytes_", "to"), [(1_000_000_000, ""), (100_000_000, " >&2")])
def test_a_gigabyte_of_output_takes_no_memory(bytes_: int, to: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = ask(f"sh -c 'head -c {bytes_} /dev/zero{to}'")
    assert found.failure == ("no output" if to else "too much output")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10


def test_output_may_be_as_long_as_the_limit() -> None:
    assert len(ask("head -c 300000 /dev/urandom", most=300_000).completion) == 300_000
    assert ask("head -c 300001 /dev/urandom", most=300_000).failure == "too much output"


def test_a_repair_gets_the_code_and_what_is_wrong_with_it() -> None:
    turn = Turn(b"answer", b"x = ", "It does not compile.")
    assert ask("cat {code} {error}", TASK, turn).completion == b"x = It does not compile."


def wait_until_gone(pid: int) -> None:
    for _ in range(500):
        if not is_there(pid):
            return
        time.sleep(0.01)
    pytest.fail(f"{pid} is still there")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "^expected a command"),
        ("'x", '^"\'x": not a command: No closing quotation$'),
        ("no-such-program x", "^no-such-program: no such program$"),
    ],
)
def test_what_is_no_command_is_refused_before_anything_runs(line: str, problem: str) -> None:
    with pytest.raises(EvaluationError, match=problem):
        Command(line)


def test_answers_come_as_they_are_ready_and_a_break_ends_all(tmp_path: Path) -> None:
    command = Command(f"sh -c 'echo $$ >> {tmp_path}/pids; case {{id}} in 0) exec sleep 99;; esac; echo {{id}}'", 2)
    answers = command.answers(Question(Task(str(i), CHUNK), 0) for i in range(4))
    assert [next(answers)[1].completion for _ in range(3)] == [b"1\n", b"2\n", b"3\n"]
    answers.close()  # type: ignore[attr-defined]  # it is a generator
    wait_until_gone(int((tmp_path / "pids").read_text().split()[0]))


def test_a_program_that_was_changed_is_another(tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("echo 1")
    first = Command(f"sh {script}").identity
    assert Command(f"sh {script}").identity == first
    script.write_text("echo 2")
    assert Command(f"sh {script}").identity != first


# Functions of Python

MODULE = """
import os, time
def right(chunk): return 'return 1'
def data(chunk): return bytes([chunk[0]])
def number(chunk): return 1
def nothing(chunk): return ' '
def much(chunk): return 'x' * 5000
def wrong(chunk): raise LookupError('no such')
def leaves(chunk): raise SystemExit(0)
def ends(chunk): os._exit(0)
def aborts(chunk): os.kill(os.getpid(), 9)
def hangs(chunk):
    while True:
        try: time.sleep(9)
        except Exception: pass
"""

OF_FUNCTIONS = {
    "right": (b"return 1", None, ""),
    "data": (b"\x1b", None, ""),
    "number": (b"", "no text", "it returned int"),
    "nothing": (b"", "no output", ""),
    "much": (b"", "too much output", ""),
    "wrong": (b"", "LookupError", "no such"),
    "leaves": (b"", "SystemExit", "0"),
    "ends": (b"", "ended its process", "the process that worked on it ended with status 0"),
    "aborts": (b"", "ended its process",
               "the process that worked on it was killed by signal 9, perhaps for want of memory"),
    "hangs": (b"", "timeout", ""),
}  # fmt: skip


def answered(answerer: Answerer, *tasks: Task) -> list[Prediction]:
    found = answerer.answers(Question(task, 0) for task in tasks)
    return [prediction for _, prediction in sorted(found, key=lambda each: each[0].task.id)]


@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_a_function_answers_or_has_failed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "decompilers.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "decompilers", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (found,) = answered(Function(f"decompilers:{name}", 1, 0.3, 4999), TASK)
    assert (found.completion, found.failure, found.detail) == OF_FUNCTIONS[name]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_what_a_function_started_ends_with_its_time_and_what_was_there_before_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "servers.py").write_text(
        "import subprocess as s\nserver = None\n"
        "def ask(chunk):\n"
        "    global server\n"
        "    if server is None:\n"
        "        server = s.Popen(['sleep', '99'])\n"
        "        return str(server.pid)\n"
        "    if server.poll() is not None: return 'the server is gone'\n"
        f"    s.run(['sh', '-c', 'setsid sleep 99 & echo $! > {tmp_path}/pids; sleep 99'])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    answers = Function("servers:ask", 1, 0.3).answers(Question(Task(str(number), CHUNK), 0) for number in range(3))
    server = int(next(answers)[1].completion)
    for _ in range(2):
        assert next(answers)[1].failure == "timeout"
        assert not is_there(int((tmp_path / "pids").read_text()))
        assert is_there(server)
    assert list(answers) == []
    assert not is_there(server)


@pytest.mark.parametrize("name", ["no_such_module:f", "os:no_such_function", "os:sep"])
def test_what_is_no_function_is_refused(name: str) -> None:
    with pytest.raises(EvaluationError, match=f"^{name}: "):
        Function(name)


@pytest.mark.parametrize("has_debug", ["stripped", "with debug information"])
def test_the_decompiler_that_is_built_in_answers_for_single_functions(has_debug: str) -> None:
    text = b"function(a) count = count + a; print(limit); return function() limit = count end end"
    names = ("count", "_ENV", "limit")
    proto = compile_alone(text, names)
    chunk = Chunk(aidec.load(CHUNK).header, len(proto.upvalues), proto)
    is_stripped = has_debug == "stripped"
    task = Task("f", dump(strip(chunk) if is_stripped else chunk), text, is_stripped, is_function=True, upvalues=names)
    (found,) = answered(Function("aidec"), task)
    assert static_score(task, found.completion).values["same_bytecode"] == 1
