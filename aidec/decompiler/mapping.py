"""Maps: for each instruction of a chunk, where in the decompiled source it comes from, as JSON has it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from aidec.common.errors import CompileError
from aidec.decompiler.decompiled import DecompiledFunction
from aidec.decompiler.places import Places, find_places
from aidec.lua.lines import line_starts


def mapped(source: bytes, functions: Sequence[DecompiledFunction]) -> list[dict[str, object]]:
    """For each function ``lines`` and ``spans``, a value for each instruction; None for both if it is not proven.

    A span is that of the token that the instruction is attributed to (`places.instruction_spans`): the offsets in the
    source, in bytes, of its first byte and of the byte after its last. The line is the one in which the token ends: it
    is what ``luac -l`` shows for the instruction if it compiles the source.

    Args:
        source: the text of the program, in any layout.
        functions: the functions of the program.
    """
    try:
        places = find_places(source)
    except CompileError:  # a program of what luac did not write
        places = Places({}, {})
    starts = line_starts(source)
    found: list[dict[str, object]] = []
    for function in functions:
        spans = places.instructions.get(function.place) if function.is_proven else None
        lines = None if spans is None else [bisect_right(starts, max(end - 1, 0)) for _, end in spans]
        found.append({"lines": lines, "spans": None if spans is None else [list(span) for span in spans]})
    return found
