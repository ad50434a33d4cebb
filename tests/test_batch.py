"""Many inputs: what is killed or interrupted, what goes out first, what is held in memory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import LUA_FILES

from aidec.cli.batch import _progress
from aidec.cli.inputs import Input, Names, find
from aidec.cli.main import cli
from aidec.cli.render import Render
from aidec.cli.sink import Sink, distinct
from aidec.common.errors import AidecError
from aidec.common.files import atomic, remove_part
from aidec.parallel import batching, pool
from aidec.parallel.batching import batches
from aidec.parallel.pool import Pool

AIDEC = str(Path(sys.executable).with_name("aidec"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of every test: sources, more than one worker takes at once."""
    monkeypatch.chdir(tmp_path)
    for copy in range(3):
        (Path("many") / str(copy)).mkdir(parents=True)
        for path in LUA_FILES:
            shutil.copy(path, Path("many") / str(copy))
    return tmp_path


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, arguments, prog_name="aidec")


@dataclass(frozen=True)
class Task:
    """An input of the pool: its file, and what its worker does."""

    path: str
    output: bytes = b""
    deed: str = ""


def do(task: Task) -> tuple[str, bytes]:
    """The work of the tests."""
    if task.deed == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.deed == "kill once" and not Path("killed").exists():
        Path("killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if task.deed == "exit":
        os._exit(3)
    if task.deed == "wait":
        time.sleep(0.3)
    with Path("begun").open("a") as file:
        file.write(task.path + "\n")
    return task.path, task.output


def workers(jobs: int = 2, *, runs_others: bool = False) -> Pool[Task, tuple[str, bytes]]:
    return Pool(partial(map, do), jobs, lambda task, problem: (task.path, problem.encode()), runs_others=runs_others)


# Order, and what goes out first


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_order_of_the_inputs(jobs: int) -> None:
    tasks = [Task(str(i), deed="wait" if i % 50 == 0 else "") for i in range(200)]
    with workers(jobs) as made:
        assert [path for path, _ in made.map(batches(tasks))] == [task.path for task in tasks]


def test_results_can_come_as_soon_as_they_are_there() -> None:
    tasks = [Task(str(i), deed="wait" if i == 0 else "") for i in range(20)]
    with workers() as made:
        paths = [path for path, _ in made.map((([task], 0) for task in tasks), in_order=False)]
    assert paths[-1] == "0"
    assert sorted(paths, key=int) == [task.path for task in tasks]


def test_a_large_input_has_a_batch_of_its_own() -> None:
    Path("large").write_bytes(bytes(batching.BATCH_BYTES))
    made = list(batches(map(Task, ["a", "b", "large", "c"])))
    assert [[task.path for task in batch] for batch, _ in made] == [["a", "b"], ["large"], ["c"]]


def test_the_list_of_inputs_is_read_as_the_work_goes_on() -> None:
    given = 0

    def endless() -> Iterator[Task]:
        nonlocal given
        while True:
            given += 1
            yield Task("a")

    with workers() as made:
        assert len(list(islice(made.map(batches(endless())), 10_000))) == 10_000
    assert given < 10_000 + (pool.LOOKAHEAD + 8) * batching.BATCH_ITEMS


def test_a_large_input_at_the_end_is_begun_before_its_turn() -> None:
    Path("large").write_bytes(bytes(8 * batching.BATCH_BYTES))
    tasks = [Task(str(i), deed="wait" if i == 0 else "") for i in range(batching.BATCH_ITEMS * 20)]
    with workers() as made:
        assert [path for path, _ in made.map(batches([*tasks, Task("large")]))][-1] == "large"
    begun = Path("begun").read_text().splitlines()
    assert begun.index("large") < len(begun) - 1


def test_results_that_wait_for_their_turn_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "STOCK_BYTES", 1 << 20)
    tasks = [Task("first", deed="wait"), *[Task(str(i), bytes(1 << 18)) for i in range(batching.BATCH_ITEMS * 8)]]
    Path("first").write_bytes(bytes(batching.BATCH_BYTES))  # a batch of its own
    most = 0
    with workers() as made:
        for _ in made.map(batches(tasks)):
            most = max(most, sum(len(output) for batch in made._ordered for _, output in batch.results))
    assert 1 << 20 <= most < (1 << 20) + 2 * (pool.MESSAGE_BYTES + (1 << 18))


# Inputs that are done together


def picky() -> None:
    """A pack that fails on the integer 2, and prints something of other integers."""
    Path("picky").mkdir()
    Path("picky/pack.yaml").write_text("description: fails where the constant is 2")
    Path("picky/chunk.j2").write_text("{{ main }}")
    Path("picky/proto.j2").write_text("{{ constants | join(' ') }}")
    Path("picky/constant.j2").write_text("{% if constant is integer %}{{ constant // (constant - 2) }}{% endif %}")


@pytest.fixture
def numbers() -> Path:
    """Sources with one number each."""
    Path("numbers").mkdir()
    for number in range(5):
        Path(f"numbers/{number}.lua").write_text(f"return {number}")
    return Path("numbers")


def test_small_inputs_are_rendered_together(numbers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together: list[int] = []
    make = Render.make

    def counted(self: Render, batch: Sequence[Any]) -> Iterator[Any]:
        together.append(len(batch))
        return make(self, batch)

    monkeypatch.setattr(Render, "make", counted)
    assert run("render", str(numbers)).exit_code == 0
    assert together == [5]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_input_that_fails_does_not_take_those_with_it_that_are_done_together(numbers: Path, jobs: str) -> None:
    picky()
    each = [run("render", "-p", "./picky", str(path)) for path in sorted(numbers.iterdir())]
    result = run("render", "-p", "./picky", "-j", jobs, str(numbers))
    assert result.stdout == "".join(one.stdout for one in each)
    assert result.stderr.startswith("".join(one.stderr for one in each))
    assert "rendered 4 of 5 inputs, 1 failed" in result.stderr


@pytest.mark.parametrize("command", ["stats", "verify"])
def test_stats_and_verify_go_on_after_an_input_that_fails(numbers: Path, command: str) -> None:
    picky()
    Path("picky/pack.yaml").write_text("description: fails where the constant is 2\nguard: <\n")
    Path("picky/proto.j2").write_text('{{ instructions | join }}{{ constants | join(" ") }}')
    Path("picky/instruction.j2").write_text("{{ instruction.opcode.name }}")
    result = run(command, "-p", "./picky", str(numbers))
    failed = [line for line in result.stderr.splitlines() if "constant.j2:1: " in line]
    assert len(failed) == 1
    assert failed[0].startswith("aidec: numbers/2.lua: ")
    if command == "stats":
        assert result.stdout.startswith("4 chunks, ")


def test_memory_that_runs_out_for_a_batch_is_tried_again_one_by_one(
    numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Render.make

    def limited(self: Render, batch: Sequence[Any]) -> Iterator[Any]:
        for count, made in enumerate(make(self, batch)):
            if (len(batch) > 1 and count == 2) or batch[0][1] == b"return 3":
                raise MemoryError
            yield made

    with monkeypatch.context() as patch:
        patch.setattr(Render, "make", limited)
        result = run("render", str(numbers))
    good = [str(path) for path in sorted(numbers.iterdir()) if path.name != "3.lua"]
    assert result.stderr.startswith("aidec: numbers/3.lua: out of memory\naidec: rendered 4 of 5 inputs, 1 failed")
    assert result.stdout == run("render", *good).stdout


@pytest.mark.parametrize("output", [(), ("-o", "out.txt"), ("-o", "out/")], ids=["stdout", "file", "folder"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_text_is_written_in_blocks(output: tuple[str, ...], jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("texts").mkdir()
    Path("texts/wide.lua").write_bytes("return 'é€😀'".encode())
    Path("texts/odd.lua").write_bytes(b"return '\xff\xc3'")
    words = ("render", "-j", jobs, "texts", *output)

    def written() -> list[bytes]:
        return [run(*words).stdout_bytes, *[path.read_bytes() for path in sorted(Path().glob("out*/**/*.txt"))]]

    whole = written()
    monkeypatch.setattr("aidec.cli.sink.BLOCK", 7)
    assert written() == whole


# Processes that are killed, as the kernel kills one when memory runs out


def test_an_input_that_kills_its_process_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run("render", "many").stdout
    Path("many/0/killer.lua").write_text("a = 1")
    done = sys.modules["aidec.cli.render"].Render.read

    def read(self: object, data: bytes, path: str) -> object:
        if "killer" in path:
            os.kill(os.getpid(), signal.SIGKILL)
        return done(self, data, path)

    monkeypatch.setattr("aidec.cli.render.Render.read", read)
    result = run("render", "-j", "2", "many")
    assert (result.exit_code, result.stdout) == (1, expected)
    assert result.stderr.startswith(
        "aidec: many/0/killer.lua: the process that worked on it was killed by signal 9, perhaps for want of memory\n"
        "aidec: rendered "
    )


def test_what_a_killed_process_had_not_done_is_done_by_another() -> None:
    tasks = [Task(str(i), deed="kill once" if i == 40 else "") for i in range(100)]
    with workers() as made:
        assert list(made.map(batches(tasks))) == [(task.path, b"") for task in tasks]


def test_every_input_that_kills_is_told() -> None:
    tasks = [Task(str(i), deed="kill" if i % 10 == 3 else "") for i in range(60)]
    with workers() as made:
        results = list(made.map(batches(tasks)))
    assert [path for path, _ in results] == [task.path for task in tasks]
    assert [path for path, problem in results if b"killed by signal 9" in problem] == [str(i) for i in range(3, 60, 10)]


def test_code_of_others_that_ends_its_process_costs_its_own_input_alone() -> None:
    tasks = [Task(str(i), deed="exit" if i == 7 else "") for i in range(20)]
    with workers(runs_others=True) as made:
        results = dict(made.map(batches(tasks)))
    assert results.pop("7") == b"the process that worked on it ended with status 3"
    assert set(results.values()) == {b""}
    with workers() as made, pytest.raises(AidecError, match=r"^a process ended by itself, with status 3$"):
        list(made.map(batches(tasks)))


def test_what_a_killed_process_had_half_written_is_deleted() -> None:
    pid = os.fork()
    if pid == 0:
        with atomic(Path("out.txt")) as file:
            file.write(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    before = list(Path().glob(".out.txt.*"))
    remove_part(Path("out.txt"), pid)
    assert (len(before), list(Path().glob(".out.txt.*"))) == (1, [])


def test_an_error_of_the_programs_own_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.cli.render.Render.read", lambda *_: 1 // 0)
    result = run("render", "-j", "2", "many")
    assert (result.exit_code, result.stderr) == (1, "aidec: a process ended by itself, with status 1\n")


# Interruption


@pytest.fixture
def long(folder: Path) -> Path:
    """Sources that take seconds each."""
    Path("long").mkdir()
    lines = "".join(f"x{i} = {i}.5 + y{i}\n" for i in range(100_000))
    for name in "abcd":
        Path(f"long/{name}.lua").write_text(lines)
    return Path("long")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def has_begun(pid: int, jobs: int) -> bool:
    """Whether a run has come to its inputs: it has its processes, or has loaded Lua itself."""
    return len(children(pid)) == jobs if jobs > 1 else "lua53" in Path(f"/proc/{pid}/maps").read_text()


INTERRUPTED = [("render", "-o", "out/"), ("render", "-o", "out.txt"), ("verify",), ("stats",)]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("to", ["SIGINT to the group", "SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", INTERRUPTED, ids=" ".join)
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(
    long: Path, command: tuple[str, ...], to: str, jobs: str
) -> None:
    words = [AIDEC, *command, "-j", jobs, str(long)]
    with subprocess.Popen(words, stdout=-1, stderr=-1, start_new_session=True) as process:
        while not has_begun(process.pid, int(jobs)):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.2)
        started = children(process.pid)
        assert process.poll() is None
        if to == "SIGINT to the group":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.Signals[to])
        output, message = process.communicate(timeout=20)
    assert (process.returncode, output, message) == (130, b"", b"aidec: interrupted\n")
    assert not any(map(is_alive, started))
    assert not [path for path in chain(Path().glob(".*"), Path().glob("out/**/*")) if path.suffix != ".txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_processes_end_when_the_first_is_killed() -> None:
    for copy in range(100):
        shutil.copytree("many/0", f"many/more/{copy}")
    with subprocess.Popen([AIDEC, "render", "-j", "2", "many"], stdout=subprocess.DEVNULL) as process:
        while not has_begun(process.pid, 2):
            assert process.poll() is None
        started = children(process.pid)
        process.kill()
    deadline = time.monotonic() + 10
    while any(map(is_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, started))


# The list of inputs


def test_inputs_are_found_in_one_order() -> None:
    for name in ("b/x.lua", "a/z.lua", "a/b/y.lua", "c.lua", "a.lua", "a-b/w.lua", "b/.lua", "a/notes.txt"):
        path = Path("tree") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    Path("tree/loop.lua").symlink_to("loop.lua")
    Path("tree/again").symlink_to("a")
    expected = ["a.lua", "c.lua", "a/z.lua", "a/b/y.lua", "a-b/w.lua", "b/.lua", "b/x.lua"]
    for named in ("tree", "tree/", "./tree", "many/../tree"):
        inputs = list(find([named], Names()))
        assert [item.relative for item in inputs] == expected
        assert [item.path for item in inputs] == [os.path.join(named, relative) for relative in expected]


def test_names_that_meet_are_told_wherever_they_stand() -> None:
    inputs = [Input(f"{folder}/{i}", str(i)) for folder in "ab" for i in range(1_000)]
    inputs.insert(0, Input("b", "", error=PermissionError()))
    found = list(distinct(iter(inputs), Sink(folder=Path("out"))))
    assert [item.path for item in found] == [item.path for item in inputs]
    assert [item.error is not None for item in found] == [True] + [False] * 1_000 + [True] * 1_000


def test_counting_for_the_bar_keeps_ahead_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import ExitStack

    counted = 0

    def inputs() -> Iterator[Input]:
        nonlocal counted
        for i in range(1_000):
            counted += 1
            yield Input(str(i), str(i))

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with ExitStack() as stack:
        advance = _progress(inputs(), stack)
        assert counted == 0
        advance()
        assert 1 < counted < 100
        for _ in range(20):
            advance()
        assert counted == 1_000
