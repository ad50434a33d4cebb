"""Maps: for each instruction of a chunk, where in the decompiled source it comes from, as JSON has it."""

from __future__ import annotations

from bisect import bisect_right

from aidec.decompiler.decompiled import Decompiled
from aidec.lua.lines import line_starts


def mapped(program: Decompiled) -> list[dict[str, object]]:
    """For each function ``lines`` and ``spans``, a value for each instruction; None for both if it is not proven.

    A span is that of the token that the instruction is attributed to (`places.instruction_spans`): the offsets in the
    source, in bytes, of its first byte and of the byte after its last. The line is the one in which the token ends: it
    is what ``luac -l`` shows for the instruction if it compiles the source.
    """
    starts = line_starts(program.source)
    found: list[dict[str, object]] = []
    for function in program.functions:
        spans = function.spans
        lines = None if spans is None else [bisect_right(starts, max(end - 1, 0)) for _, end in spans]
        found.append({"lines": lines, "spans": None if spans is None else [list(span) for span in spans]})
    return found
