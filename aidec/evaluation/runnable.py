"""What is run of a task: its original, and a prediction, as programs."""

from __future__ import annotations

from aidec.bytecode import load
from aidec.common.errors import AidecError, CompileError
from aidec.decompiler.program import decompile
from aidec.evaluation.model import Task
from aidec.lua.compile import compile_source
from aidec.lua.standalone import program_alone


class UntoldError(AidecError):
    """The behaviour of a task can't be told; the text says why."""


def original(task: Task) -> bytes | None:
    """The program of a task: its source, or what its chunk decompiles to; None where it has neither.

    Raises:
        UntoldError: it has a chunk alone, and no program is known that does what that does.
    """
    if task.source is not None:
        try:
            return program(task, task.source)
        except CompileError as error:
            raise UntoldError(f"the source does not compile: {error}") from None
    if not task.chunk:
        return None
    if task.is_function:
        raise UntoldError("the source of the function is not known")
    decompiled = decompile(load(task.chunk))
    if not decompiled.is_proven:
        raise UntoldError("the source is not known, and what the chunk decompiles to is not proven to be the same")
    return decompiled.source


def program(task: Task, text: bytes) -> bytes:
    """The program of a text: the text itself, or one that returns it where it is a function.

    Raises:
        CompileError: it does not compile.
    """
    if task.is_function:
        alone = program_alone(text, task.upvalues)
        try:
            compile_source(alone)
        except CompileError:
            compile_source(text)  # a program that declares the upvalues itself
        else:
            return alone
    else:
        compile_source(text)
    return text
