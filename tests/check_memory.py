"""Runs aidec under limits on memory, each in a process of its own: it succeeds or raises MemoryError, and never dies.

    check_memory.py [--limits 500] [--step KIB]

Each limit leaves a process so much memory beyond what it has when its input is there. Exit status 1 where one failed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

from trained import extended

import aidec
from aidec.bytecode import Chunk, strip
from aidec.chat import Chat
from aidec.lua.diagnostics import check
from aidec.lua.tree import parse

PACKS = ("classic", "compact", "listing", "json")
ACTIONS = (
    "load",
    "dump",
    *PACKS,
    "assemble",
    "refused",
    "compile",
    "check",
    "tree",
    "strip",
    "decompile",
    "ids",
    "chat",
)
MESSAGES = {"done", "MemoryError"}
SLOW = 100
"""How many functions are decompiled."""

ON_TEXT: dict[str, Callable[[str], object]] = {"compile": aidec.compile, "check": check, "tree": parse}
ON_CHUNKS: dict[str, Callable[[Chunk], object]] = {"dump": aidec.dump, "strip": strip, "decompile": aidec.decompile}


def source(number: int) -> str:
    """A source of many functions, constants and tables."""
    entries = (f'  function(a) local b = a + {i}; return {{x = "{i}s", y = b .. "{i}"}} end,' for i in range(number))
    return "local t = {\n" + "\n".join(entries) + "\n}\nreturn t"


def work(action: str) -> Callable[[], object]:
    """What is done under the limit; all that it needs but memory is there."""
    text = source(SLOW if action == "decompile" else 3000)
    if action in ON_TEXT:
        ON_TEXT[action]("return 1")
        return lambda: ON_TEXT[action](text)
    data = aidec.compile(text, name="@big.lua")
    small = aidec.load(aidec.compile("return {1, 'x', function() end}"))
    if action == "load":
        return lambda: aidec.load(data)
    if action == "refused":
        return lambda: aidec.load(data[:-1])
    return on_chunk(action, aidec.load(data), small)


def on_chunk(action: str, chunk: Chunk, small: Chunk) -> Callable[[], object]:
    """What is done with a chunk, after it was done with a small one."""
    if action in ("ids", "chat"):
        return encoding(action, chunk, small)
    if action in ON_CHUNKS:
        ON_CHUNKS[action](small)
        return lambda: ON_CHUNKS[action](chunk)
    pack = "compact" if action == "assemble" else action
    rendered = aidec.render(small, pack)
    if action == "assemble":
        aidec.assemble(rendered, pack)
        text = aidec.render(chunk, pack)
        return lambda: aidec.assemble(text, pack)
    return lambda: aidec.render(chunk, pack)


def encoding(action: str, chunk: Chunk, small: Chunk) -> Callable[[], object]:
    """The ids of a chunk, alone or in a conversation."""
    tokenizer = extended("gpt4", ("compact",), "chatml")
    chat = Chat(tokenizer)

    def talk(chunk: Chunk) -> object:
        code = {"type": "chunk", "chunk": chunk, "pack": "compact"}
        return chat.encode_conversations(
            [[{"role": "user", "content": [code]}, {"role": "assistant", "content": "x" * 9999}]]
        )

    encode = talk if action == "chat" else lambda chunk: tokenizer.encode_chunk(chunk, "compact")
    encode(small)
    return lambda: encode(chunk)


def limited(action: str, kib: int) -> None:
    """Do one action with so much memory left, and print what became of it."""
    do = work(action)
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (used + kib * 1024, hard))
    try:
        do()
        message = "done"
    except MemoryError:
        message = "MemoryError"
    except aidec.AidecError as error:
        is_expected = isinstance(error, aidec.ChunkError) and action == "refused"
        message = "done" if is_expected or "memory" in str(error) else f"{type(error).__name__}: {error}"
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    print(message)


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limits", type=int, default=500)
    parser.add_argument("--step", type=int, default=128, help="how many KiB are between two limits")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        limited(options.one[0], int(options.one[1]))
        return 0
    found: Counter[tuple[str, str]] = Counter()
    failed = 0
    for number in range(options.limits):
        action, kib = ACTIONS[number % len(ACTIONS)], number // len(ACTIONS) * options.step
        done = subprocess.run(
            [sys.executable, __file__, "--one", action, str(kib)], capture_output=True, text=True, check=False
        )
        message = done.stdout.strip()
        found[action, message] += 1
        if done.returncode or message not in MESSAGES:
            failed += 1
            print(f"{action}, {kib} KiB: exit status {done.returncode}, {message} {done.stderr[-300:]!r}")
    for (action, message), count in sorted(found.items()):
        print(f"{action:10} {message:12} {count:5}")
    print(f"{options.limits} limits, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
