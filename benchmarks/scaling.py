"""Is every step linear in its input? Times chunks of n, 2n and 4n constants, functions and instructions.

    python benchmarks/scaling.py [-n N] [--rounds R] [--json FILE]

In each round the three sizes are timed one after the other; what counts is the ratio of a doubling within a round,
which is 2 for a linear step and 4 for a quadratic one. Prints the median ratio and its spread over the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from array import array
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aidec
from aidec.bytecode import Chunk, Header, Proto

SHAPES: dict[str, Callable[[int], Proto]] = {
    "constants": lambda n: Proto(constants=tuple(b"constant %d" % i for i in range(n))),
    "functions": lambda n: Proto(protos=tuple(Proto(num_params=i % 256) for i in range(n))),
    "instructions": lambda n: Proto(
        code=array("I", [i * 2654435761 % 2**32 for i in range(n)]), line_info=array("i", range(n))
    ),
    "one string": lambda n: Proto(constants=(b"x<|y\\" * n,)),
}


def steps(chunk: Chunk) -> dict[str, Callable[[], Any]]:
    """What is timed, by name."""
    data = aidec.dump(chunk)
    texts = {pack: aidec.render(chunk, pack) for pack in ("classic", "compact")}
    timed: dict[str, Callable[[], Any]] = {"load": lambda: aidec.load(data), "dump": lambda: aidec.dump(chunk)}
    for pack in ("classic", "compact", "listing", "json"):
        timed[f"render {pack}"] = partial(aidec.render, chunk, pack)
    for pack, text in texts.items():
        timed[f"assemble {pack}"] = partial(aidec.assemble, text, pack)
    return timed


def seconds(step: Callable[[], Any]) -> float:
    """The processor time that a step takes."""
    start = time.process_time()
    step()
    return time.process_time() - start


def ratios(shape: Callable[[int], Proto], n: int, rounds: int) -> dict[str, list[float]]:
    """The ratios of both doublings in every round, by step; known opcodes only, so that classic can be read back."""
    from aidec.packs import load_pack
    from aidec.packs.losses import tellable

    loses = load_pack("classic").loses
    sizes = [steps(tellable(Chunk(Header(), 0, shape(n * factor)), loses)) for factor in (1, 2, 4)]
    found: dict[str, list[float]] = {name: [] for name in sizes[0]}
    for name, doublings in found.items():
        for _ in range(rounds):
            first, second, third = (seconds(size[name]) for size in sizes)
            doublings += [second / first, third / second]
    return found


def main() -> None:
    """Time everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results: dict[str, dict[str, list[float]]] = {}
    print(f"{'':14}{'':18}{'median':>8}{'min':>8}{'max':>8}")
    for shape_name, shape in SHAPES.items():
        results[shape_name] = ratios(shape, arguments.n, arguments.rounds)
        for name, doublings in results[shape_name].items():
            median = statistics.median(doublings)
            print(f"{shape_name:14}{name:18}{median:8.2f}{min(doublings):8.2f}{max(doublings):8.2f}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps({"n": arguments.n, "ratios": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
