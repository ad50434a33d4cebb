"""Proposals in bulk: a server that answers well and badly, as planned, and a command that is killed again and again.

    python tests/check_synth_instruct.py [-n 300] [-j 2] [--kills 4] [--seed S]

A server stands in for a model. Each of its answers is of a kind (``KINDS``) that the number of the question decides on:
good ones, and those with which something is wrong, among them ``tests/attacks``, whose tests expect what they don't
return. ``aidec synth instruct`` asks it for N proposals: in one go, and with several processes while it is killed again
and again. Exits 1 if the files differ, if not exactly the good answers are kept, if the reasons for others are not as
planned, if a question is asked again to which there was an answer, or if a budget is not kept.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from attacks import all_attacks
from chat_server import Reply, Server, serving
from test_synth_instruct import SUM, answer, numbered, variant

from aidec.synthesis.proposals import BLOCKS

TOKENS = 100
"""What an answer costs."""

ATTACKS = all_attacks()

_REASON = re.compile(r"^aidec: not kept: ([\d,]+) (.*)$", re.MULTILINE)


def attack(number: int) -> str:
    """An answer whose solution is an attack, and whose tests expect what it does not return."""
    code = ATTACKS[number // len(KINDS) % len(ATTACKS)].source.decode()
    return answer(code, [("add", f"2, {n}", f"'{number} {n}'") for n in range(3)], f"Attack, variant {number}.")


def thought(number: int) -> str:
    """A good answer after a thought."""
    return f"<think>\n```lua\nreturn {number}\n```\n</think>\n{numbered(number)}"


def without(tag: bytes) -> Callable[[int], str]:
    """Makes answers that lack a block."""
    return lambda number: numbered(number).replace(f"```{tag.decode()}\n", "```text\n")


KINDS: dict[str, tuple[Callable[[int], str], str]] = {
    "good": (numbered, ""),
    "after a thought": (thought, ""),
    "good after an error": (numbered, ""),
    **{f"no {tag.decode()}": (without(tag), f"answer: no block {tag.decode()}") for tag in BLOCKS},
    "broken JSON": (lambda number: numbered(number).replace("[{", "[{,"), "tests: not JSON"),
    "no Lua": (lambda number: numbered(number).replace("return n", "return = n"), "does not compile"),
    "wrong": (lambda number: numbered(number).replace('"expected": "', '"expected": "1'), "fails its tests"),
    "attack": (attack, "fails its tests"),
    "constant": (lambda number: answer("return function(n) return n end",
                                       [("return", f"{n + number}", f"{n + number}") for n in range(3)]),
                 "it has nothing to change in a mutant"),
    "pairs": (lambda number: answer("return function(t) for key in pairs(t) do return key + 0 end end",
                                    [("return", f"{{{n}, 2, {number}}}", "1") for n in range(3)]),
              "depends on the order of pairs, the time, or random numbers"),
    "the same task": (lambda number: numbered(0).replace("% 90", f"% {90 + number}"),
                      "not new: the task of another item"),
    "the same code": (lambda number: answer(SUM, task=f"Add up {number}."), "not new: near the code of another item"),
    "an error": (numbered, "no answer: status 500"),
}  # fmt: skip
"""For each kind what makes an answer of a number, and why it is not kept; of the same code the first one is."""


def kind_of(number: int) -> str:
    """The kind of the answer to a question."""
    return list(KINDS)[number % len(KINDS)]


def deed(reply: Reply) -> None:
    """Answer as planned, after a while."""
    time.sleep(0.02)
    number = variant(reply.request) - 1
    kind = kind_of(number)
    if kind == "an error" or (kind == "good after an error" and reply.number == 0):
        reply.send(b"busy", 500)
        return
    reply.say(KINDS[kind][0](number), TOKENS)


def planned(number: int) -> tuple[list[int], Counter[str]]:
    """The numbers of the answers that are kept, and how many are not, by their reasons."""
    kept, reasons, seen = [], Counter[str](), set()
    for each in range(number):
        kind = kind_of(each)
        reason = KINDS[kind][1]
        if not reason or (kind == "the same code" and kind not in seen):
            kept.append(each)
        else:
            reasons[reason] += 1
        seen.add(kind)
    return kept, reasons


def command(server: Server, path: Path, number: int, *options: object) -> list[str]:
    """The command that asks the server for proposals."""
    words = ["synth", "instruct", "--endpoint", server.url, "--model", "m", "-n", number, "-o", path, "--retries", 1]
    return [sys.executable, "-m", "aidec", *map(str, [*words, *options])]


def run(server: Server, path: Path, number: int, *options: object) -> str:
    """What the command says."""
    done = subprocess.run(command(server, path, number, *options), capture_output=True, check=True)
    return done.stderr.decode()


def answered(server: Server) -> Counter[int]:
    """How often each question was asked to which there is an answer at once."""
    numbers = (variant(request) - 1 for request, _, _ in server.requests)
    return Counter(number for number in numbers if "error" not in kind_of(number))


def problems(number: int, jobs: int, kills: int, rng: random.Random, folder: Path) -> Iterator[str]:
    """What is not as it should be."""
    whole, pieces, bought = (folder / name for name in ("whole.jsonl", "pieces.jsonl", "bought.jsonl"))
    with serving(deed) as server:
        start = time.monotonic()
        said = run(server, whole, number)
        seconds = time.monotonic() - start
        print(f"{number:,} proposals in one go: {seconds:.1f} s, {number / seconds:.1f} a second")
    print(said, end="")
    kept, reasons = planned(number)
    found = [int(json.loads(line)["id"].rpartition("-")[2]) for line in whole.read_bytes().splitlines()]
    if found != kept:
        yield f"kept beside the good ones: {set(found) - set(kept)}; good and not kept: {set(kept) - set(found)}"
    told = Counter({reason: int(many.replace(",", "")) for many, reason in _REASON.findall(said)})
    if told != reasons:
        yield f"not kept: expected {dict(reasons)}, was told {dict(told)}"
    with serving(deed) as server:
        for turn in count():
            with subprocess.Popen(command(server, pieces, number, "-j", jobs), stderr=subprocess.DEVNULL) as process:
                try:
                    process.wait(rng.uniform(1.0, 4.0) if turn < kills else None)
                except subprocess.TimeoutExpired:
                    process.kill()
                    continue
            break
        again = sum(many - 1 for many in answered(server).values())
    print(f"killed {turn} times: {again} questions were under way then and asked again")
    if again > 8 * turn:
        yield f"{again} questions were asked again after {turn} kills with 8 at once"
    if pieces.read_bytes() != whole.read_bytes():
        yield "the file of the run that was killed is another"
    budget = number * TOKENS // 4
    with serving(deed) as server:
        said = run(server, bought, number, "--budget", budget, "--concurrency", 1)
        paid = {variant(request) for request, _, _ in server.requests if kind_of(variant(request) - 1) != "an error"}
        spent = TOKENS * len(paid)
    print(f"a budget of {budget:,} tokens: {spent:,} spent")
    if not budget <= spent < budget + TOKENS:
        yield f"spent {spent:,} of a budget of {budget:,}"
    if not whole.read_bytes().startswith(bought.read_bytes()):
        yield "the file within a budget is not the start of the whole"


def main() -> int:
    """Check what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=300, help="how many proposals (default: %(default)s)")
    parser.add_argument("-j", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=4, help="how often a run is killed (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="what decides on the times of these (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rng = random.Random(options.seed)  # noqa: S311 -- nothing here is secret
        wrong = list(problems(options.n, options.j, options.kills, rng, Path(folder)))
    print("\n".join(wrong) or "all is as planned")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
