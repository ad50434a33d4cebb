"""Random mutation of good inputs, from a seed that makes a run repeatable.

python -m fuzz.mutate TARGET --seconds N [--seed S]
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import traceback
from pathlib import Path

from fuzz.seeds import seeds
from fuzz.targets import TARGETS

FINDS = Path(__file__).parent / "finds"
EXTREMES = [n.to_bytes(4, "little") for n in (0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)]
TOKENS = re.compile(rb"<\|[^>]*>|\\x[0-9A-F]{2}|[0-9]+|[^<\\0-9]+|.", re.DOTALL)


def mutate_bytes(data: bytes, other: bytes, rng: random.Random) -> bytes:  # noqa: PLR0911 (one for each way)
    """Flip a bit, set a byte, write an extreme count, cut, delete, repeat, or join with another input."""
    if not data:
        return other
    at = rng.randrange(len(data))
    to = min(len(data), at + rng.choice((1, 2, 4, 8, 64)))
    choice = rng.randrange(7)
    if choice == 0:
        return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
    if choice == 1:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if choice == 2:
        return data[:at] + rng.choice(EXTREMES) + data[at + 4 :]
    if choice == 3:
        return data[:at]
    if choice == 4:
        return data[:at] + data[to:]
    if choice == 5:
        return data[:to] + data[at:]
    return data[:at] + other[rng.randrange(len(other) + 1) :]


def mutate_text(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Delete, repeat, swap or replace whole tokens and numbers; now and then mutate bytes."""
    if rng.random() < 0.2:
        return mutate_bytes(data, other, rng)
    tokens, others = TOKENS.findall(data[1:]), TOKENS.findall(other[1:])
    if not tokens or not others:
        return other
    at, to = sorted(rng.randrange(len(tokens) + 1) for _ in range(2))
    to = min(to, at + rng.choice((1, 1, 1, 2, 8, 1000)))
    choice = rng.randrange(5)
    if choice == 0:
        tokens[at:to] = []
    elif choice == 1:
        tokens[at:at] = tokens[at:to]
    elif choice == 2:
        tokens[at:to] = tokens[at:to][::-1]
    elif choice == 3:
        start = rng.randrange(len(others))
        tokens[at:to] = others[start : start + rng.choice((1, 1, 1, 8, 1000))]
    else:
        numbers = [i for i, token in enumerate(tokens) if token.isdigit()]
        if numbers:
            tokens[rng.choice(numbers)] = str(rng.choice((0, 1, 255, 256, 511, 2**18, 2**32, 2**70))).encode()
    return data[:1] + b"".join(tokens)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)  # noqa: S311 (repeatable, not secret)
    pool = list(seeds(arguments.target))
    mutate = mutate_bytes if arguments.target == "load" else mutate_text
    target = TARGETS[arguments.target]
    end = time.monotonic() + arguments.seconds
    runs = finds = 0
    while time.monotonic() < end:
        data = rng.choice(pool)
        for _ in range(rng.choice((1, 1, 2, 4, 16))):
            data = mutate(data, rng.choice(pool), rng)
        try:
            target(data)
        except Exception:
            finds += 1
            FINDS.mkdir(exist_ok=True)
            (FINDS / f"{arguments.target}-mutate-{arguments.seed}-{runs}").write_bytes(data)
            traceback.print_exc()
        runs += 1
    print(f"{arguments.target}: {runs:,} mutated inputs, seed {arguments.seed}, {finds} finds")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
