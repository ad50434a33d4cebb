"""What a task says of its chunk, prepared once for all predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from aidec.bytecode import Proto, load
from aidec.common.errors import AidecError
from aidec.decompiler.proof import difference
from aidec.evaluation.compiled import Compiled, Path, Syntax, compile_file, compile_function, numbers_of, protos_of
from aidec.evaluation.libraries import require_libraries
from aidec.evaluation.model import Task
from aidec.evaluation.readability import Blemishes, blemishes

MAX_REMEMBERED = 4
"""How many tasks are kept prepared: a syntax tree takes 80 to 160 times the memory of its text."""

OF_CHUNKS = ("same_bytecode", "same_text", "names", "readability")
"""The levels that a task without a chunk does not have."""


@dataclass(slots=True)
class Original:
    """The functions of a task's chunk, and what is known of their source.

    The source may compile to another chunk, if another compiler than Lua's made that of the task.

    Attributes:
        protos: the functions of the chunk, by their paths, each before those inside it.
        syntax: the syntax tree of the source; None if it can't be had.
        numbers: the number of each function of the source in the order of its text, by its path.
        blemishes: what is counted of each function of the source for readability, in that order.
        named: functions with debug information, those of the compiled source if it is known; empty if there are none.
        unknown: for each level that can't be told of any prediction, why.
    """

    protos: dict[Path, Proto]
    syntax: Syntax | None = None
    numbers: dict[Path, int] = field(default_factory=dict)
    blemishes: list[Blemishes] = field(default_factory=list)
    named: dict[Path, Proto] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many instructions Lua makes of the source."""
        return sum(len(proto.code) for proto in self.named.values())


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
        original.named = source.protos
        original.numbers = numbers_of(source.protos)
        try:
            original.blemishes = blemishes(source.syntax)
            original.syntax = source.syntax
        except AidecError as error:
            why = str(error)
    elif any(proto.local_vars or proto.line_info for proto in original.protos.values()):
        original.named = original.protos
    if original.syntax is None:
        original.unknown |= dict.fromkeys(("same_text", "readability"), why)
    if not original.named:
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
    """The source of a task, compiled; or None, and why it can't be had."""
    if task.source is None:
        return None, "the source is not known"
    try:
        if task.is_function:
            return compile_function(task.source, task.upvalues), ""
        return compile_file(task.source), ""
    except AidecError as error:
        return None, f"the source does not compile: {error}"


def is_proven(task: Task, source: Compiled) -> bool:
    """Whether the source of a task, compiled, is its chunk.

    Raises:
        ChunkError: the chunk is none.
    """
    theirs = protos_of(load(task.chunk).main)
    return source.protos.keys() == theirs.keys() and all(
        difference(source.protos[path], proto, is_alone=task.is_function and not path) is None
        for path, proto in theirs.items()
    )
