"""The chunk of a task as a program that Lua loads, for decompilers that know no other chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aidec.bytecode import Chunk, Proto, load, strip
from aidec.decompiler.values import is_identifier
from aidec.evaluation.compiled import compile_file
from aidec.evaluation.model import Task
from aidec.lua.standalone import declarations


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
    names = _names(task, len(chunk.main.upvalues))
    levels = declarations(names)
    before = b" return function() ".join(levels)
    used = f" return function() return {', '.join(names)} end".encode()  # which captures them in their order
    program = compile_file(before + used + b" end" * (len(levels) - 1)).main
    whole = Chunk(chunk.header, len(program.upvalues), _with_inner(program, chunk.main, len(levels)))
    return strip(whole) if task.stripped else whole


def _with_inner(proto: Proto, inner: Proto, depth: int) -> Proto:
    """A function in which the function so deep inside is another, with the upvalues that the one there has."""
    if depth:
        return replace(proto, protos=(_with_inner(proto.protos[0], inner, depth - 1),))
    places = zip(inner.upvalues, proto.upvalues, strict=True)
    upvalues = tuple(replace(mine, in_stack=place.in_stack, index=place.index) for mine, place in places)
    return replace(inner, upvalues=upvalues)


def _names(task: Task, number: int) -> Sequence[str]:
    """The names of a task's upvalues, or others if it does not have one for each, or one can't be declared."""
    names = task.upvalues
    if len(names) == len(set(names)) == number and all(is_identifier(name.encode()) for name in names):
        return names
    return [f"upvalue{place}" for place in range(number)]
