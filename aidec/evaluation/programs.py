"""The chunk of a task as a program that Lua loads, for decompilers that know no other chunks."""

from __future__ import annotations

from dataclasses import replace

from aidec.bytecode import Chunk, Proto, load, strip
from aidec.evaluation.compiled import compile_file
from aidec.evaluation.model import Task
from aidec.lua.standalone import MAX_LOCALS


def program_of(task: Task) -> Chunk:
    """The chunk of a task; of a function a program that declares its upvalues and returns it.

        local count, name
        return function(step) ... end

    The function is the task's, to the bit, but for where it finds its upvalues. The program is stripped if the task is.

    Raises:
        ChunkError: the task has no chunk.
    """
    chunk = load(task.chunk)
    if not task.is_function:
        return chunk
    names = list(task.upvalues) if len(task.upvalues) == len(chunk.main.upvalues) else _made(len(chunk.main.upvalues))
    declared = [name for name in names if name != "_ENV"]
    levels = [declared[start : start + MAX_LOCALS] for start in range(0, len(declared), MAX_LOCALS)] or [[]]
    before = " return function() ".join(f"local {', '.join(level)}" if level else "" for level in levels)
    used = f" return function() return {', '.join(names)} end"  # which captures them in their order
    program = compile_file(f"{before}{used}{' end' * (len(levels) - 1)}".encode()).main
    whole = Chunk(chunk.header, len(program.upvalues), _with_inner(program, chunk.main, len(levels)))
    return strip(whole) if task.stripped else whole


def _with_inner(proto: Proto, inner: Proto, depth: int) -> Proto:
    """A function in which the function so deep inside is another, with the upvalues that the one there has."""
    if depth:
        return replace(proto, protos=(_with_inner(proto.protos[0], inner, depth - 1),))
    places = zip(inner.upvalues, proto.upvalues, strict=True)
    upvalues = tuple(replace(mine, in_stack=place.in_stack, index=place.index) for mine, place in places)
    return replace(inner, upvalues=upvalues)


def _made(number: int) -> list[str]:
    """Names for upvalues of which the task has none."""
    return [f"upvalue{place}" for place in range(number)]
