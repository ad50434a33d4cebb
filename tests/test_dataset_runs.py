"""Builds that are ended from outside, or meet a full disk: what was done is kept, and the result is the same."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from small_dataset import hashes, recipe, tokenizer, write, write_recipe, write_sources

from aidec.common.errors import DatasetError
from aidec.dataset import pipeline
from aidec.dataset.pipeline import build
from aidec.parallel import executors
from aidec.parallel.executors import Run


@pytest.fixture(scope="module")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokenizer(tmp_path_factory.mktemp("tokenizer"))


def command(recipe_file: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "aidec", "dataset", "build", str(recipe_file), *arguments]


def run(recipe_file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(recipe_file, *arguments), capture_output=True, text=True, check=False, timeout=120)


def test_a_build_that_is_killed_goes_on_and_ends_with_the_same_files(tmp_path: Path, tokenizer_folder: Path) -> None:
    write_sources(tmp_path)
    build(recipe(tmp_path, tokenizer_folder, output="undisturbed"))
    recipe_file = write_recipe(tmp_path, tokenizer_folder)
    work = tmp_path / "out.building"
    chance = random.Random(6)  # noqa: S311
    kills = 0
    for jobs in ("1", "2", "1"):
        process = subprocess.Popen(command(recipe_file, "-j", jobs), stderr=subprocess.PIPE, start_new_session=True)
        while not (work / "manifest.json").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.4)
        kills += process.poll() is None
        process.kill()
        process.communicate()
        if (tmp_path / "out").exists():  # it was done before it was killed
            assert process.returncode == 0
            shutil.rmtree(tmp_path / "out")
    done = run(recipe_file)
    assert kills
    assert done.returncode == 0
    assert hashes(tmp_path / "out") == hashes(tmp_path / "undisturbed")
    assert not work.exists()


@pytest.mark.parametrize("stage", ["_partition", "_plan", "_totals"])
def test_what_was_done_is_not_done_again(
    tmp_path: Path, tokenizer_folder: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sources(tmp_path)
    build(recipe(tmp_path, tokenizer_folder, output="undisturbed"))

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pipeline._Build, stage, fail)
        with pytest.raises(KeyboardInterrupt):
            build(recipe(tmp_path, tokenizer_folder))
    done = (
        json.loads((tmp_path / "out.building" / "manifest.json").read_bytes())["done"] if stage != "_partition" else {}
    )
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out.building").rglob("*.parquet")}
    worked: list[object] = []
    monkeypatch.setattr(executors, "opened", _recording(worked))
    build(recipe(tmp_path, tokenizer_folder))
    assert hashes(tmp_path / "out") == hashes(tmp_path / "undisturbed")
    assert bool(stamps) == bool(done)
    assert bool(worked) == (stage != "_totals")


def _recording(worked: list[object]) -> Callable[[str, int], AbstractContextManager[Run]]:
    """The engine local, which writes down what it does."""

    def run(function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        for task in tasks:
            worked.append(task)
            yield task, function(task)

    @contextmanager
    def opened(engine: str, jobs: int) -> Iterator[Run]:
        yield run

    return opened


def test_a_damaged_intermediate_file_is_made_again(tmp_path: Path, tokenizer_folder: Path) -> None:
    write_sources(tmp_path)
    build(recipe(tmp_path, tokenizer_folder, output="undisturbed"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipeline._Build, "_plan", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            build(recipe(tmp_path, tokenizer_folder))
    damaged = sorted((tmp_path / "out.building" / "samples").iterdir())[1]
    damaged.write_bytes(damaged.read_bytes()[:-9])
    build(recipe(tmp_path, tokenizer_folder))
    assert hashes(tmp_path / "out") == hashes(tmp_path / "undisturbed")


def test_a_build_of_something_else_is_not_gone_on_with(tmp_path: Path, tokenizer_folder: Path) -> None:
    sources = write_sources(tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipeline._Build, "_plan", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            build(recipe(tmp_path, tokenizer_folder))
    with pytest.raises(DatasetError, match="these have changed since: recipe; --restart begins anew"):
        build(recipe(tmp_path, tokenizer_folder, "seed=1"))
    write(sources / "package0" / "more.lua", b"return 3\n")
    with pytest.raises(DatasetError, match="these have changed since: inputs; --restart begins anew"):
        build(recipe(tmp_path, tokenizer_folder))
    counts = build(recipe(tmp_path, tokenizer_folder), restart=True)
    assert counts["records"] == 15


def test_two_builds_do_not_work_in_one_folder(tmp_path: Path, tokenizer_folder: Path) -> None:
    from aidec.dataset.manifest import locked

    write_sources(tmp_path)
    with locked(tmp_path / "out.building"), pytest.raises(DatasetError, match="another build is at work there"):
        build(recipe(tmp_path, tokenizer_folder))


def test_workers_end_with_the_build_that_started_them(tmp_path: Path, tokenizer_folder: Path) -> None:
    write(tmp_path / "src" / "long.lua", b"x = {1, 2, 3}\n" * 60_000)
    recipe_file = write_recipe(tmp_path, tokenizer_folder, partition_bytes=100)
    process = subprocess.Popen(command(recipe_file, "-j", "2"), stderr=subprocess.PIPE, start_new_session=True)
    while not (tmp_path / "out.building" / "partitions").exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(2)
    session = process.pid
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while _in_session(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _in_session(session) == []


def test_a_worker_that_is_killed_is_told_and_the_build_goes_on(tmp_path: Path, tokenizer_folder: Path) -> None:
    write(tmp_path / "src" / "long.lua", b"x = {1, 2, 3}\n" * 60_000)
    write_sources(tmp_path)
    recipe_file = write_recipe(tmp_path, tokenizer_folder, partition_bytes=30_000)
    process = subprocess.Popen(
        command(recipe_file, "-j", "2"), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    workers: list[int] = []
    while len(workers) < 2 and process.poll() is None:
        time.sleep(0.05)
        workers = [number for number in _in_session(process.pid) if b"spawn_main" in _command_line(number)]
    os.kill(workers[0], signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1] == (
        "aidec: a process was ended from outside, perhaps for want of memory; try a lower -j"
    )
    assert run(recipe_file).returncode == 0


def _command_line(number: int) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return b""


def _in_session(session: int) -> list[int]:
    """The processes of a session, but for those that are dead and wait to be told of."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB; a test that asks for one is skipped where it can't be made."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("a file system can't be mounted")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_in_one_line_and_the_build_goes_on_when_there_is_room(
    tmp_path: Path, tokenizer_folder: Path, small_disk: Path
) -> None:
    write_sources(tmp_path)
    noise = random.Random(1)  # noqa: S311
    for number in range(40):
        write(tmp_path / "src" / f"more{number}.lua", b"return '%s'\n" % noise.randbytes(2000).hex().encode())
    overrides = ["filters.defects=[]", "partition_bytes=20000"]
    build(recipe(tmp_path, tokenizer_folder, *overrides, output="undisturbed"))
    recipe_file = write_recipe(tmp_path, tokenizer_folder)
    arguments = ("-o", str(small_disk / "out"), "-j", "2", "--set", overrides[0], "--set", overrides[1])
    done = run(recipe_file, *arguments)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"aidec: {small_disk}/out.building: No space left on device; what was done is kept: make room, and the same "
        "command goes on"
    )
    assert "Traceback" not in done.stderr
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert run(recipe_file, *arguments).returncode == 0
    assert hashes(small_disk / "out") == hashes(tmp_path / "undisturbed")


def test_ctrl_c_ends_a_build_that_then_goes_on(tmp_path: Path, tokenizer_folder: Path) -> None:
    write_sources(tmp_path)
    build(recipe(tmp_path, tokenizer_folder, output="undisturbed"))
    recipe_file = write_recipe(tmp_path, tokenizer_folder)
    process = subprocess.Popen(command(recipe_file, "-j", "2"), stderr=subprocess.PIPE, start_new_session=True)
    while not (tmp_path / "out.building" / "manifest.json").exists() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert b"Traceback" not in said
    assert process.returncode != 0
    assert run(recipe_file).returncode == 0
    assert hashes(tmp_path / "out") == hashes(tmp_path / "undisturbed")
