"""The sandbox: hostile scripts are stopped, and the layers that are named are those that hold.

``check_sandbox.py`` tries all scripts on each layer alone, as root and as an ordinary user.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hostile_scripts as hostile
import pytest
from check_sandbox import sets_of_layers
from hostile_scripts import Script, Surroundings, is_there

from aidec.common.errors import SandboxError
from aidec.lua import launcher, layers
from aidec.lua.runner import Limits, Runner, run

SCRIPTS = hostile.all_scripts()


@pytest.fixture(scope="module")
def surroundings() -> Iterator[Surroundings]:
    hostile.adopt_orphans()
    surroundings = Surroundings()
    yield surroundings
    surroundings.close()
    hostile.adopt_orphans(adopt=False)


@pytest.fixture(scope="module")
def runners(surroundings: Surroundings) -> Iterator[dict[str, Runner]]:
    """A runner for all layers that can be had here, one for all but ``lua``, and one for the first two."""
    sets = {**sets_of_layers(), "process": ("lua", "process")}
    with ExitStack() as stack:
        names = ("all", "raw", "process")
        yield {name: stack.enter_context(Runner(processes=1, sandbox=sets[name])) for name in names}


def _effects(script: Script, runner: Runner, surroundings: Surroundings) -> tuple[str, int | None, list[str]]:
    runner.run("")
    before = hostile.descendants()
    result = runner.run_job(script.job(surroundings.arguments, None if "lua" in runner.layers else script.raw_wall))
    return result.status, result.exit, surroundings.effects(result, script.limits, before)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_hostile_script_is_stopped(script: Script, runners: dict[str, Runner], surroundings: Surroundings) -> None:
    assert _effects(script, runners["all"], surroundings) == (script.verdict, script.exit, [])


@pytest.mark.parametrize("script", [each for each in SCRIPTS if each.is_raw], ids=lambda script: script.name)
def test_a_hostile_script_is_stopped_without_the_lua_layer(
    script: Script, runners: dict[str, Runner], surroundings: Surroundings
) -> None:
    if runners["raw"].layers != layers.LAYERS[1:]:
        pytest.skip(f"not all layers are here: {'; '.join(runners['raw'].missing.values())}")
    status, _, effects = _effects(script, runners["raw"], surroundings)
    assert (status, effects) == (script.raw_verdict, [])


@pytest.mark.parametrize("script", [each for each in SCRIPTS if each.layer == "lua"], ids=lambda script: script.name)
def test_what_the_lua_layer_stops_needs_no_other_layer(
    script: Script, runners: dict[str, Runner], surroundings: Surroundings
) -> None:
    assert _effects(script, runners["process"], surroundings) == (script.verdict, script.exit, [])


ALONE = [
    ("landlock", "raw_write", ["wrote"]),
    ("landlock", "raw_open", ["read"]),
    ("landlock", "raw_tcp", ["sent"]),
    ("seccomp", "raw_udp", ["sent"]),
    ("seccomp", "raw_kill", ["harmed a process"]),
    ("seccomp", "raw_exec", ["read"]),
    ("process", "raw_fork", ["said so", "left a process"]),
    ("process", "raw_memory", ["said so", "used memory"]),
    ("bubblewrap", "raw_unix_path", ["sent"]),
    ("bubblewrap", "raw_stop", ["harmed a process"]),
]
"""Layers, with a script that each must stop alone, and the least that is seen of that script without any layer."""


@pytest.mark.parametrize(("name", "trick", "effects"), ALONE, ids=str)
def test_a_layer_stops_alone_what_works_without_it(
    name: str, trick: str, effects: list[str], surroundings: Surroundings
) -> None:
    if problem := layers.missing(name):
        pytest.skip(problem)
    script = next(script for script in SCRIPTS if script.name == trick)
    with Runner(processes=1, sandbox=()) as without, Runner(processes=1, sandbox=[name]) as alone:
        assert (alone.layers, without.layers) == ((name,), ())
        assert set(effects) <= set(_effects(script, without, surroundings)[2])
        assert _effects(script, alone, surroundings)[2] == []


def test_each_result_names_the_layers_that_held(runners: dict[str, Runner]) -> None:
    here = sets_of_layers()["all"]
    assert runners["all"].run("").layers == runners["all"].layers == here
    assert run("", sandbox="process").layers == ("lua", "process")
    assert run("").layers == here


def test_best_goes_on_without_a_layer_and_strict_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with Runner(processes=1) as runner:
        assert runner.layers == ("lua", "process")
        assert set(runner.missing) == {"landlock", "seccomp", "bubblewrap"}
        assert runner.run("return 1").layers == ("lua", "process")
    with pytest.raises(SandboxError) as caught:
        Runner(sandbox="strict")
    assert str(caught.value) == (
        "the layer landlock needs the extra sandbox: pip install 'aidec[sandbox]'; "
        "the layer seccomp needs the extra sandbox: pip install 'aidec[sandbox]'; "
        "bubblewrap is not installed: apt-get install bubblewrap"
    )


def test_a_layer_that_does_not_hold_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    if problem := layers.missing("seccomp"):
        pytest.skip(problem)
    allow_all = (6).to_bytes(2, "little") + bytes(2) + (0x7FFF0000).to_bytes(4, "little")  # BPF: return ALLOW
    monkeypatch.setattr(layers, "seccomp_filters", lambda: (allow_all, allow_all))
    with Runner(processes=1, sandbox="best") as runner:
        assert "seccomp" not in runner.layers
        assert "it can make a socket" in runner.missing["seccomp"]
    with pytest.raises(SandboxError, match="the layer seccomp does not hold: it can make a socket"):
        Runner(sandbox=["lua", "seccomp"])


def test_best_goes_on_without_a_layer_that_can_not_be_put_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho bwrap: no namespaces for you >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(layers, "seccomp_filters", lambda: (b"no program", b"no program"))
    with Runner(processes=1) as runner:
        assert {"lua", "process"} <= set(runner.layers) <= {"lua", "process", "landlock"}
        assert "no namespaces for you" in runner.missing["bubblewrap"]
        if not layers.missing("seccomp"):
            assert "PR_SET_SECCOMP" in runner.missing["seccomp"]
        result = runner.run("return 1")
        assert (result.returned, result.layers) == ((1,), runner.layers)
    with pytest.raises(SandboxError, match="no namespaces for you"):
        Runner(sandbox=["lua", "bubblewrap"])


def test_a_caller_may_have_any_number_of_files_open() -> None:
    """The numbers of what a process inherits are the caller's, and any of them."""
    opened: list[int] = []
    try:
        while not opened or opened[-1] < 70:
            opened.append(os.open(os.devnull, os.O_RDONLY))
            if opened[-1] > 52:
                with Runner(
                    processes=1, sandbox=[name for name in sets_of_layers()["all"] if name != "bubblewrap"]
                ) as runner:
                    assert runner.run("return 1").returned == (1,)
    finally:
        for number in opened:
            os.close(number)


def test_strict_holds_all_layers_where_they_can_be_had() -> None:
    if problems := [problem for name in layers.LAYERS if (problem := layers.missing(name))]:
        pytest.skip("; ".join(problems))
    with Runner(processes=1, sandbox="strict") as runner:
        assert runner.layers == layers.LAYERS
        assert runner.missing == {}


@pytest.mark.parametrize("sandbox", ["none", "", "lua"])
def test_a_sandbox_that_is_none_is_refused(sandbox: str) -> None:
    with pytest.raises(SandboxError, match="expected a sandbox best, strict, process"):
        Runner(sandbox=sandbox)


def test_a_layer_that_is_none_is_refused() -> None:
    with pytest.raises(SandboxError, match="expected layers lua, process, landlock, seccomp, bubblewrap, read 'x'"):
        Runner(sandbox=["lua", "x"])


def test_a_system_that_can_not_fork_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(SandboxError, match="needs a system that can fork"):
        Runner()


@pytest.mark.parametrize("name", ["process", "bubblewrap"])
def test_a_process_that_a_script_stops_is_ended(
    name: str, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if problem := layers.missing(name) or (os.getuid() == 0 and name == "process" and "root's scripts can't stop it"):
        pytest.skip(problem)
    monkeypatch.setattr(launcher, "GRACE_SECONDS", 0.1)
    before = hostile.descendants()
    with Runner(processes=1, sandbox=[name]) as runner:
        script = 'python.eval(\'__import__("os").kill(__import__("os").getppid(), 19)\')'
        result = runner.run(script, limits=Limits(wall=0.2))
        assert (result.status, result.error and result.error.kind) == ("process", "lost")
        assert runner.run("").status == "ok"
    deadline = time.monotonic() + 10
    while (left := {each for each in hostile.descendants() - before if is_there(each)}) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == set()


def test_a_folder_is_emptied_whatever_is_in_it(surroundings: Surroundings) -> None:
    """Nested deeper than a path may be long, and closed to all: as a script could leave it that broke out of Lua."""
    program = """
import os
import time
for _ in range(3000):
    os.mkdir("folder")
    os.chdir("folder")
os.chmod(".", 0)
"""
    script = f'python.eval("exec")([[{program}]], python.eval("{{}}"))'
    limits = Limits(scratch=True)
    before = set(surroundings.temporary.iterdir())
    with Runner(processes=1, sandbox=["process"]) as runner:
        assert runner.run(script, limits=limits).status == "ok"
        (folder,) = set(surroundings.temporary.iterdir()) - before
        assert list(folder.iterdir()) == []
    assert set(surroundings.temporary.iterdir()) == before
