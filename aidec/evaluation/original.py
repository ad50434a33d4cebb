"""What a task says of its chunk, prepared once for all predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from aidec.bytecode import Proto, load
from aidec.common.errors import AidecError
from aidec.decompiler.proof import difference
from aidec.evaluation.compiled import Compiled, Path, Syntax, compile_file, compile_function, protos_of
from aidec.evaluation.libraries import require_libraries
from aidec.evaluation.model import Task
from aidec.evaluation.readability import Blemishes, blemishes

MAX_REMEMBERED = 64
"""How many tasks are kept prepared."""

OF_CHUNKS = ("same_bytecode", "same_text", "names", "readability")
"""The levels that a task without a chunk does not have."""


@dataclass(slots=True)
class Original:
    """The functions of a task's chunk, and what is known of their source.

    Attributes:
        protos: the functions, by their paths, each before those inside it.
        syntax: the syntax tree of the source, None if it can't be had.
        blemishes: what is counted of each function of the source for readability, None if it can't be had.
        named: the functions with debug information; None if it can't be had.
        unknown: for each level that can't be told of any prediction, why.
    """

    protos: dict[Path, Proto]
    syntax: Syntax | None = None
    blemishes: list[Blemishes] | None = None
    named: dict[Path, Proto] | None = None
    unknown: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=MAX_REMEMBERED)
def original_of(task: Task) -> Original:
    """What a task says of its chunk.

    Raises:
        ChunkError: the chunk is none.
        EvaluationError: the extra ``eval`` is not installed.
    """
    require_libraries()
    if not task.chunk:
        return Original({}, unknown=dict.fromkeys(OF_CHUNKS, "there is no chunk"))
    original = Original(protos_of(load(task.chunk).main))
    source, why = source_of(task)
    if source is not None:
        try:
            original.syntax = source.syntax
            original.blemishes = blemishes(source.syntax)
        except AidecError as error:
            original.syntax, why = None, str(error)
    if original.syntax is None:
        original.unknown |= dict.fromkeys(("same_text", "readability"), why)
    if any(proto.local_vars or proto.line_info for proto in original.protos.values()):
        original.named = original.protos
    elif source is not None:
        original.named = source.protos
    else:
        original.unknown["names"] = why
    return original


def compile_prediction(task: Task, code: bytes) -> Compiled:
    """The text that a prediction has for a task, compiled.

    Raises:
        CompileError: it does not compile, or is not one function if the task is one.
    """
    if not task.is_function:
        return compile_file(code)
    theirs = original_of(task).protos[()]
    return compile_function(code, task.upvalues, theirs if task.stripped else None)


def source_of(task: Task) -> tuple[Compiled | None, str]:
    """The source of a task, compiled; or None, and why there is none that compiles to the chunk.

    Raises:
        ChunkError: the chunk is none.
    """
    if task.source is None:
        return None, "the source is not known"
    try:
        compiled = compile_function(task.source, task.upvalues) if task.is_function else compile_file(task.source)
    except AidecError as error:
        return None, f"the source does not compile: {error}"
    for path, theirs in protos_of(load(task.chunk).main).items():
        ours = compiled.protos.get(path)
        if ours is None or difference(ours, theirs, is_alone=task.is_function and not path) is not None:
            return None, "the source compiles to another chunk"
    return compiled, ""
