"""What is fuzzed: whatever bytes come in, only an ``AidecError`` comes out, and what is read can be written again."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import aidec
from aidec.bytecode import Chunk, python_parser
from aidec.common.errors import AidecError, ChunkError

PACKS = ("classic", "compact")
SECONDS = 1.0
SECONDS_PER_MEGABYTE = 60.0
MEMORY = 512 << 20
MEMORY_PER_BYTE = 2048
"""Bounds on the time of one input and on the growth of the process: a part that is fixed, and one for the size."""


def load(data: bytes) -> None:
    """A chunk loads and is the same when it is written and loaded again, and renders; or both parsers refuse it."""
    chunk = _loaded(aidec.load, data)
    assert chunk == _loaded(python_parser.parse, data), "the parsers in C++ and in Python differ"
    if chunk is None:
        return
    try:
        again = aidec.load(aidec.dump(chunk))
        assert again == chunk, "the chunk written again differs"
        for pack in (*PACKS, "listing", "json"):
            aidec.render(chunk, pack)
    except AidecError as error:
        _is_one_line(error)


def _loaded(by: Callable[[bytes], Chunk], data: bytes) -> Chunk | None:
    try:
        return by(data)
    except ChunkError as error:
        _is_one_line(error)
        return None


def read(data: bytes) -> None:
    """A text is read and is what its chunk renders to; or it is refused. The first byte chooses the pack."""
    pack = PACKS[data[0] % len(PACKS)] if data else PACKS[0]
    text = data[1:].decode("utf-8", "replace")
    try:
        chunk = aidec.assemble(text, pack)
        assert aidec.render(chunk, pack) == text.rstrip("\n"), "the text read differs from the text rendered"
        aidec.dump(chunk)
    except AidecError as error:
        _is_one_line(error)


def _is_one_line(error: AidecError) -> None:
    assert "\n" not in str(error), f"an error of several lines: {error}"


def bounded(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, failing where it takes more time or memory than its input's size allows."""

    def run(data: bytes) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        target(data)
        seconds = time.process_time() - start
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        assert seconds < SECONDS + SECONDS_PER_MEGABYTE * len(data) / 1e6, f"{seconds:.1f} s for {len(data)} bytes"
        assert grown < MEMORY + MEMORY_PER_BYTE * len(data), f"{grown:,} bytes of memory for {len(data)} bytes"

    return run


TARGETS = {"load": bounded(load), "read": bounded(read)}
