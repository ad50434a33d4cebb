"""Runs the hostile scripts of tests/hostile, and shows what stops each.

    python tests/check_sandbox.py [--only TEXT ...] [--write-docs]
    python tests/check_sandbox.py --at-once 500
    python tests/check_sandbox.py --repeat 100 --load

The first runs each script with all layers, with each layer alone, and with none; as the user that calls it and, for
root, as nobody too. What a layer stops is seen from outside, never told by the runner: no file made, no byte received,
no process left, no secret read. With --write-docs the table of docs/sandbox.md is written.

The second runs 500 scripts at the same time and compares processes, files and memory before and after. The third runs
each script many times, with --load while all processors are busy, and prints the scripts whose verdict varied.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hostile_scripts as hostile
from hostile_scripts import Script, Surroundings

from aidec.lua.layers import LAYERS, missing
from aidec.lua.runner import Job, Result, Runner

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

import machine

ROOT = Path(__file__).parent.parent

DOCUMENT = ROOT / "docs" / "sandbox.md"

PACKAGES = ("lupa", "yaml", "_yaml", "py_landlock", "pyseccomp")
"""What the runner and this script import that Python does not bring."""

NOBODY = 65534

ORDER = ("lua", "seccomp", "landlock", "process", "bubblewrap")
"""The layers in the order in which a script meets them: the kernel asks seccomp before it does what is asked for."""

SECONDS_ALONE = 1.0
"""The limit of the wall clock for a script and one layer, which need not stop it."""

Seen = dict[str, dict[str, list[str]]]
"""The effects that were seen, by script and by set of layers: ``all``, ``raw``, ``none`` or the name of a layer."""


def sets_of_layers() -> dict[str, tuple[str, ...]]:
    """The sets that can be had here, by name; ``raw`` is all but ``lua``."""
    here = tuple(name for name in LAYERS if not missing(name))
    sets = {"all": here, "raw": here[1:], "none": ()}
    return {**sets, **{name: (name,) for name in ORDER if name in here}}


def look(scripts: Sequence[Script]) -> tuple[Seen, list[str]]:
    """Run each script with each set of layers: the effects that were seen, and what was not as it should be."""
    hostile.adopt_orphans()
    surroundings = Surroundings()
    seen: Seen = {script.name: {} for script in scripts}
    problems = []
    try:
        for name, layers in sets_of_layers().items():
            with Runner(processes=1, sandbox=layers) as runner:
                for script in scripts:
                    if name == "raw" and not script.is_raw:
                        continue
                    wall = None if name in ("all", "raw") else SECONDS_ALONE
                    wall = wall if name == "all" else script.raw_wall or wall
                    result, effects = look_at(script, runner, surroundings, wall)
                    seen[script.name][name] = effects
                    problems += wrong(script, name, result, effects)
    finally:
        surroundings.close()
    return seen, problems


def look_at(script: Script, runner: Runner, surroundings: Surroundings, wall: float | None) -> tuple[Result, list[str]]:
    """The result of a script, and its effects."""
    runner.run("")  # starts a process again, where the script before ended it
    before = hostile.descendants()
    result = runner.run_job(script.job(surroundings.arguments, wall))
    return result, surroundings.effects(result, script.limits, before)


def wrong(script: Script, name: str, result: Result, effects: list[str]) -> list[str]:
    """What is not as the script's header says, for a run with all layers."""
    expected = {"all": script.verdict, "raw": script.raw_verdict}.get(name)
    if expected is None:
        return []
    problems = [f"{script.name}, {name}: it {effect}" for effect in effects]
    if result.status != expected:
        told = result.error.message if result.error else ""
        problems.append(f"{script.name}, {name}: expected {expected}, read {result.status} {told}")
    if name == "all" and result.exit != script.exit:
        problems.append(f"{script.name}, {name}: expected exit {script.exit}, read {result.exit}")
    return problems


def first(script: Script, seen: dict[str, list[str]], *, raw: bool) -> str:
    """The layer that a script meets first of those that stop it alone; where none is needed, an empty text."""
    if not seen["none"]:
        return ""
    return next((name for name in ORDER[int(raw) :] if name in seen and not seen[name]), "nothing")


def misdeclared(scripts: Sequence[Script], seen: Seen) -> list[str]:
    """The scripts whose headers name another layer than the one that was seen to stop them first."""
    problems = []
    for script in scripts:
        for declared, raw in ((script.layer, False), *[(script.raw_layer, True)] * script.is_raw):
            observed = first(script, seen[script.name], raw=raw)
            if observed != ("" if declared in ("interpreter", "runner") else declared):
                problems.append(f"{script.name}: its header says {declared!r}, {observed!r} was seen")
    return problems


def look_as(user: int, names: Sequence[str]) -> tuple[Seen, list[str]]:
    """What ``look`` gives, in a process of another user."""
    with tempfile.TemporaryDirectory() as folder:
        command, paths, other = [sys.executable, __file__], [str(ROOT)], dict[str, Any]()
        if user != os.getuid():
            command, paths = _copies(Path(folder))
            other = {"user": user, "group": user, "extra_groups": []}
        done = subprocess.run(
            [*command, "--look", *names],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "HOME": "/"},
            stdout=subprocess.PIPE,
            cwd="/",
            check=False,
            **other,
        )
    if done.returncode:
        sys.exit(f"the run as user {user} failed")
    seen, problems = json.loads(done.stdout)
    return seen, problems


def _copies(folder: Path) -> tuple[list[str], list[str]]:
    """Copies of this Python, its library, and what this script needs, for a user who may not read where they are.

    Returns:
        The command that runs the copy of this script, and the folders that it imports from.
    """
    folder.chmod(0o755)
    library = Path(os.__file__).parent
    ignored = shutil.ignore_patterns(
        "site-packages", "test", "__pycache__", "config-*", "idlelib", "ensurepip", "*.so.*"
    )
    shutil.copytree(library, folder / "lib" / library.name, ignore=ignored)
    for path in library.parent.glob("libpython*.so*"):
        shutil.copy(path, folder / "lib" / path.name)
    (folder / "bin").mkdir()
    shutil.copy(os.path.realpath(sys.executable), folder / "bin" / "python3")
    packages = [Path(spec.origin) for name in PACKAGES if (spec := find_spec(name)) and spec.origin]
    for path in packages:
        if path.name == "__init__.py":
            shutil.copytree(path.parent, folder / "packages" / path.parent.name)
        else:
            (folder / "packages").mkdir(exist_ok=True)
            shutil.copy(path, folder / "packages" / path.name)
    for name in ("aidec", "tests", "benchmarks"):
        shutil.copytree(ROOT / name, folder / "project" / name, ignore=shutil.ignore_patterns("__pycache__"))
    script = folder / "project" / "tests" / Path(__file__).name
    return [str(folder / "bin" / "python3"), str(script)], [str(folder / "project"), str(folder / "packages")]


def table(scripts: Sequence[Script], seen: dict[str, Seen]) -> list[str]:
    """The rows of the table of the documentation."""
    users = list(seen)
    columns = ["none", *ORDER]
    names = ["no layer", *(f"{name} alone" for name in ORDER)]
    rows = [
        "| script | what it tries | verdict | stopped first by | " + " | ".join(names) + " |",
        "| --- | --- | --- | --- |" + " --- |" * len(names),
    ]
    for script in scripts:
        marks = []
        for column in columns:
            stopped = [user for user in users if not seen[user][script.name].get(column, ["unknown"])]
            marks.append("yes" if stopped == users else " ".join(stopped) if stopped else "no")
        verdict = f"{script.verdict}; {script.raw_verdict}" if script.is_raw else script.verdict
        layer = f"{script.layer}; {script.raw_layer}" if script.is_raw else script.layer
        rows.append(f"| `{script.name}` | {script.trick} | {verdict} | {layer} | {' | '.join(marks)} |")
    return rows


def check_layers(scripts: Sequence[Script], *, write: bool) -> bool:
    """Run all scripts with all sets of layers, and print, or write, the table; whether all was as it should be."""
    users = {"root": 0, "nobody": NOBODY} if os.getuid() == 0 else {"user": os.getuid()}
    started = time.monotonic()
    with ThreadPoolExecutor(len(users)) as threads:
        names = [script.name for script in scripts]
        found = dict(zip(users, threads.map(lambda user: look_as(user, names), users.values()), strict=True))
    problems = [f"{user}: {problem}" for user, (_, wrongs) in found.items() for problem in wrongs]
    problems += misdeclared(scripts, found[next(iter(users))][0])  # an ordinary user can do less without any layer
    rows = table(scripts, {user: seen for user, (seen, _) in found.items()})
    if write:
        _write(rows)
    else:
        print(*rows, sep="\n")
    print(f"{len(scripts)} scripts, as {' and as '.join(users)}, {time.monotonic() - started:.0f} s")
    print(*problems, sep="\n")
    return not problems


def _write(rows: list[str]) -> None:
    """Put the table between its marks in the documentation."""
    begin, end = "<!-- the table that check_sandbox.py writes -->", "<!-- its end -->"
    facts = machine.describe()
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    where = (
        f"Seen on {when}, on {facts['system']}, {facts['processor']}, Python {facts['Python']}, aidec {facts['aidec']}."
    )
    before, mark, rest = DOCUMENT.read_text("utf-8").partition(begin)
    _, other_mark, behind = rest.partition(end)
    if not mark or not other_mark:
        sys.exit(f"{DOCUMENT}: expected the lines {begin!r} and {end!r}")
    content = "\n".join([*rows, "", where])
    DOCUMENT.write_text(f"{before}{begin}\n\n{content}\n\n{end}{behind}", "utf-8")


def resident(process: int) -> int:
    """The KiB of a process in memory that it shares with no other (smaps_rollup); 0 where it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def state(surroundings: Surroundings) -> dict[str, int]:
    """What a run could leave: processes, files, memory."""
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    processes = hostile.descendants()
    return {
        "processes": len(processes),
        "files in the folders of the runs": sum(len(names) for _, _, names in os.walk(surroundings.temporary)),
        "open files of this process": len(os.listdir("/proc/self/fd")),
        "KiB of shared memory": int(memory["Shmem"].split()[0]),
        "KiB of the processes that fork": sum(resident(each) for each in processes),
        "KiB of this process": resident(os.getpid()),
    }


def check_at_once(scripts: Sequence[Script], count: int) -> bool:
    """Run many scripts at the same time, and print what is there before and after; whether nothing is left."""
    hostile.adopt_orphans()
    surroundings = Surroundings()
    jobs = [scripts[index % len(scripts)].job(surroundings.arguments) for index in range(count)]
    with Runner(processes=count) as runner:
        barrier = threading.Barrier(count)

        def together(job: Job) -> Result:
            barrier.wait()
            return runner.run_job(job)

        runner.start()
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(together, [Job("return 1")] * count))
            before = state(surroundings)
            started = time.monotonic()
            results = list(threads.map(together, jobs))
            seconds = time.monotonic() - started
            time.sleep(0.5)
            after = state(surroundings)
            answers = list(threads.map(together, [Job("return 6 * 7")] * count))
        is_answering = all(answer.returned == (42,) for answer in answers)
    time.sleep(0.5)
    left = [each for each in hostile.descendants() - {surroundings.victim.pid} if hostile.is_there(each)]
    folders = list(surroundings.temporary.iterdir())
    surroundings.close()
    print(f"{count} at once, layers {', '.join(runner.layers)}: {seconds:.1f} s")
    print(
        *(f"  {status}: {number}" for status, number in Counter(result.status for result in results).items()), sep="\n"
    )
    pairs = zip(results, (scripts[index % len(scripts)] for index in range(count)), strict=True)
    unlike = [f"{script.name} {result.status}" for result, script in pairs if result.status != script.verdict]
    print(f"  verdicts unlike those of the headers: {', '.join(unlike) or 'none'}")
    for name, value in before.items():
        print(f"  {name}: {value:,} before, {after[name]:,} after")
    print(f"  the pool answers: {is_answering}")
    print(f"  once it is closed: {len(left)} processes, {len(folders)} folders")
    is_clean = not left and not folders and before["processes"] == after["processes"]
    return is_clean and is_answering and after["files in the folders of the runs"] == 0


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Processes that keep as many processors busy, while the block runs."""
    burners = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def check_verdicts(scripts: Sequence[Script], times: int, *, load: bool) -> bool:
    """Run each script many times and print those whose verdict varied; whether none did."""
    surroundings = Surroundings()
    started = time.monotonic()
    verdicts: dict[tuple[str, str], Counter[tuple[str, str | None, int | None]]] = {}
    sets = sets_of_layers()
    with busy(os.cpu_count() or 1 if load else 0):
        for name in ("all", "raw"):
            chosen = [script for script in scripts if name == "all" or script.is_raw]
            with Runner(processes=4, sandbox=sets[name]) as runner:
                jobs = (
                    script.job(surroundings.arguments, script.raw_wall if name == "raw" else None)
                    for _ in range(times)
                    for script in chosen
                )
                for index, result in enumerate(runner.run_all(jobs)):
                    counter = verdicts.setdefault((chosen[index % len(chosen)].name, name), Counter())
                    counter[result.status, result.exceeded, result.exit] += 1
                    if (index + 1) % (10 * len(chosen)) == 0:
                        print(
                            f"  {name}: {(index + 1) // len(chosen)} times, {time.monotonic() - started:.0f} s",
                            flush=True,
                        )
    surroundings.close()
    varied = {key: counter for key, counter in verdicts.items() if len(counter) > 1}
    for (script, name), counter in varied.items():
        print(f"{script}, {name}: {json.dumps([[*verdict, number] for verdict, number in counter.items()])}")
    wanted = {script.name: (script.verdict, script.raw_verdict) for script in scripts}
    unlike = [key for key, counter in verdicts.items() if next(iter(counter))[0] != wanted[key[0]][key[1] == "raw"]]
    print(*(f"{script}, {name}: not the verdict of its header" for script, name in unlike), sep="\n")
    runs = sum(sum(counter.values()) for counter in verdicts.values())
    print(f"{len(verdicts)} scripts, {times} times each: {runs:,} runs, {len(varied)} varied, ", end="")
    print(f"{time.monotonic() - started:.0f} s{', all processors busy' * load}")
    return not varied and not unlike


def main() -> None:
    """Check what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="TEXT", help="the scripts whose names contain a text")
    parser.add_argument("--write-docs", action="store_true", help="write the table of docs/sandbox.md")
    parser.add_argument("--at-once", type=int, metavar="N")
    parser.add_argument("--repeat", type=int, metavar="N")
    parser.add_argument("--load", action="store_true", help="with --repeat: keep all processors busy")
    parser.add_argument("--look", nargs="+", metavar="NAME", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.look:
        json.dump(look([hostile.load(hostile.SCRIPTS / f"{name}.lua") for name in arguments.look]), sys.stdout)
        return
    scripts = [
        script
        for script in hostile.all_scripts()
        if arguments.only is None or any(text in script.name for text in arguments.only)
    ]
    if arguments.at_once:
        is_good = check_at_once(scripts, arguments.at_once)
    elif arguments.repeat:
        is_good = check_verdicts(scripts, arguments.repeat, load=arguments.load)
    else:
        is_good = check_layers(scripts, write=arguments.write_docs)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
