"""Runs of an evaluation that everything goes wrong with: each failure is counted, and the report is the same.

    python tests/check_eval.py [--kills N] [--most N] [-j N] SOURCE...

Makes tasks of the functions in the sources. A decompiler that crashes, hangs, prints garbage or a gigabyte, and leaves
processes behind, also in sessions of their own, is run undisturbed, and with SIGKILL at N random moments. The failures
must be those that it was told to have, the hashes of the report the same, memory bounded, and no process left. Then a
model is asked for whole files, behind a server that answers with status 500, slowly and with broken JSON at first: all
must be right in the end. Prints what it finds; exits 1 if anything is otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from chat_server import Reply, serving

import aidec
from aidec.bytecode import dump
from aidec.evaluation.programs import program_of
from aidec.evaluation.tasks import read_tasks, write_tasks

AIDEC = [sys.executable, "-m", "aidec", "eval"]
SAME = ("report.json", "report.csv", "scores.jsonl", "scores.csv")
MOST_MEMORY = 700 << 10
"""KiB that the largest of the processes of a run may take."""

MARK = "check-eval-hangs"
"""What stands in the command lines of processes that hang."""

DEEDS = ("crash", "hang", "status", "garbage", "gigabyte", "nothing", "leave", "right", "right", "right")

SCRIPT = f"""
chunk=$1
case $(cksum < $chunk | sed 's/ .*//; s/.*\\(.\\)$/\\1/') in
0) kill -SEGV $$ ;;
1) setsid bash -c 'exec -a {MARK} sleep 99' & exec -a {MARK} sleep 99 ;;
2) echo 'return 1'; exit 3 ;;
3) tail -c +2 $chunk; exit ;;
4) head -c 1000000000 /dev/zero ;;
5) exit 0 ;;
6) (exec -a {MARK} sleep 99) & (setsid bash -c 'exec -a {MARK} sleep 99' &) ;;
esac
exec {sys.executable} -m aidec decompile $chunk
"""

EXPECTED = {
    "crash": "answer: killed by SIGSEGV",
    "hang": "answer: timeout",
    "status": "answer: exit status 3",
    "gigabyte": "answer: too much output",
    "nothing": "answer: no output",
}
"""The kinds of failures that deeds lead to; garbage is no Lua, of one kind or another."""


def deed_of(chunk: bytes) -> str:
    """What the script does for a chunk."""
    done = subprocess.run(["cksum"], input=chunk, capture_output=True, check=True)
    return DEEDS[int(done.stdout.split()[0]) % 10]


def run(*arguments: str) -> bool:
    """Whether a command of aidec eval ends well."""
    done = subprocess.run([*AIDEC, *arguments], stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        print(f"aidec eval {' '.join(arguments)} ended with status {done.returncode}")
    return done.returncode == 0


def hashes(folder: Path) -> list[str]:
    """The hashes of what is the same in all runs."""
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in SAME]


def left() -> list[str]:
    """The processes that hang and are there still."""
    found = subprocess.run(["pgrep", "-f", f"^{MARK}"], capture_output=True, text=True, check=False)
    return found.stdout.split()


def killed(command: list[str], folder: Path, seconds: float, kills: int) -> tuple[int, int]:
    """Run, ended by SIGKILL at moments within so many seconds; how many kills met a run, and left a process."""
    chance = random.Random(kills)  # noqa: S311
    done = leaving = 0
    for _ in range(kills):
        process = subprocess.Popen(
            [*AIDEC, *command, "-o", str(folder)],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not (folder / "journal.db").exists() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(chance.random() * seconds / (kills + 1))
        done += process.poll() is None
        process.kill()
        process.wait()
        deadline = time.monotonic() + 5
        while left() and time.monotonic() < deadline:
            time.sleep(0.05)
        leaving += bool(left())
    run(*command, "-o", str(folder))
    return done, leaving


def check_program(tasks: Path, scratch: Path, options: argparse.Namespace) -> bool:
    """Whether a program that does everything wrong costs its own answers alone."""
    script = scratch / "decompiler.sh"
    script.write_text(SCRIPT)
    command = ["run", str(tasks), "--decompiler", f"bash {script} {{chunk}}", "--timeout", "10", "-j", str(options.j)]
    start = time.monotonic()
    ended = run(*command, "-o", str(scratch / "whole"))
    seconds = time.monotonic() - start
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    deeds = Counter(deed_of(dump(program_of(task))) for task in read_tasks(tasks))
    report = json.loads((scratch / "whole" / "report.json").read_text())
    kinds = {f"{each['level']}: {each['kind']}": each["predictions"] for each in report["failures"]}
    expected = {EXPECTED[deed]: number for deed, number in deeds.items() if deed in EXPECTED}
    garbage = sum(number for kind, number in kinds.items() if kind not in expected)
    right = report["groups"][0]["levels"]["same_bytecode"]["mean"] * report["tasks"]
    hang = left()
    print(
        f"a program: {report['tasks']} tasks, {dict(deeds)}; {kinds}; {right:.0f} right; "
        f"{seconds:.0f} s, {memory >> 10} MiB, {len(hang)} processes left"
    )
    kills, leaving = killed(command, scratch / "killed", seconds, options.kills)
    is_same = hashes(scratch / "killed") == hashes(scratch / "whole")
    print(f"killed {kills} times: {'the same report' if is_same else 'ANOTHER REPORT'}; {leaving} times processes left")
    return (
        ended
        and is_same
        and not hang
        and not leaving
        and memory < MOST_MEMORY
        and kills > 0
        and {kind: kinds.get(kind) for kind in expected} == expected
        and garbage == deeds["garbage"]
        and round(right) == deeds["right"] + deeds["leave"]
    )


def check_endpoint(tasks: Path, scratch: Path, options: argparse.Namespace) -> bool:
    """Whether a server that answers badly at first costs no answer."""
    told: Counter[str] = Counter()

    def answer(reply: Reply) -> None:
        prompt = reply.request["messages"][-1]["content"]
        deed = (
            ("500", "429", "slow", "broken", "cut off", "right")[sum(prompt.encode()) % 6] if not reply.number else ""
        )
        told[deed or "again"] += 1
        if deed in ("500", "429"):
            reply.send(b"busy", int(deed))
        elif deed == "slow":
            reply.drip(0.2)
        elif deed == "broken":
            reply.send(b'{"choices": [{"message": {"content": "return')
        elif deed == "cut off":
            reply.send(b"{", Content_Length="99")
        else:
            source = aidec.decompile(aidec.assemble(prompt, "compact")).source.decode(errors="surrogateescape")
            reply.say(f"Here it is:\n\n```lua\n{source}\n```\nIt is proven.", len(source))

    with serving(answer) as server:
        ended = run(
            *["run", str(tasks), "--endpoint", server.url, "--model", "m", "-p", "compact", "--prompt", "{chunk}"],
            *["--timeout", "5", "-j", str(options.j), "--no-behaviour", "-o", str(scratch / "endpoint")],
        )
    report = json.loads((scratch / "endpoint" / "report.json").read_text())
    level = report["groups"][0]["levels"]["same_bytecode"]["mean"]
    costs = json.loads((scratch / "endpoint" / "costs.json").read_text())
    print(f"an endpoint: {report['tasks']} tasks, {dict(told)}; same bytecode {level}, {costs['tokens']} tokens")
    return ended and level == 1 and bool(told["again"]) and bool(costs["tokens"])


def main() -> int:
    """Check both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    parser.add_argument("--kills", type=int, default=10, metavar="N")
    parser.add_argument("--most", type=int, default=100, metavar="N", help="how many tasks")
    parser.add_argument("-j", type=int, default=2, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for by in ("function", "file"):
            whole, tasks = scratch / f"all-{by}.jsonl", scratch / f"{by}.jsonl"
            if not run("tasks", "build", *options.sources, "--by", by, "-o", str(whole)):
                return 1
            found = list(read_tasks(whole))
            write_tasks(tasks, found[:: -(-len(found) // options.most)])
        results = [
            check_program(scratch / "function.jsonl", scratch, options),
            check_endpoint(scratch / "file.jsonl", scratch, options),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
