"""What is run of a task: its original, and a prediction, as programs."""

from __future__ import annotations

from aidec.bytecode import Proto, load
from aidec.common.errors import AidecError, CompileError
from aidec.decompiler.code import BITRK, Code
from aidec.decompiler.program import decompile
from aidec.evaluation.calls import SETTINGS
from aidec.evaluation.model import Task
from aidec.evaluation.observation import PLAIN, Surroundings
from aidec.lua.compile import compile_source
from aidec.lua.standalone import name_alone, program_alone
from aidec.lua.words import GLOBALS


class UntoldError(AidecError):
    """The behaviour of a task can't be told; the text says why."""


def original_program(task: Task) -> bytes | None:
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


def surroundings(task: Task, source: bytes) -> Surroundings:
    """What the programs of a task find beside the library: nothing where it has tests, which say what they need.

    Args:
        task: the task.
        source: the program of its original.
    """
    if task.tests:
        return PLAIN
    upvalues = tuple(name for name in task.upvalues if name != "_ENV") if task.is_function else ()
    own_name = name_alone(task.source or b"") if task.is_function else ""
    absent = absent_globals(load(compile_source(source)).main)
    return Surroundings(standins=True, absent=absent, upvalues=upvalues, own_name=own_name)


def absent_globals(main: Proto) -> tuple[str, ...]:
    """The names of the globals that a program with debug information reads, does not set, and Lua does not have.

    Args:
        main: its main function.
    """
    uses: dict[str, set[bytes]] = {"GETTABUP": set(), "SETTABUP": set()}
    for proto in main.walk():
        code = Code(proto)
        for pc, name in enumerate(code.op):
            if name in uses:
                table, key = (code.b[pc], code.c[pc]) if name == "GETTABUP" else (code.a[pc], code.b[pc])
                constant = proto.constants[key - BITRK] if key >= BITRK else None
                if proto.upvalues[table].name == b"_ENV" and isinstance(constant, bytes):
                    uses[name].add(constant)
    names = sorted(uses["GETTABUP"] - uses["SETTABUP"])
    texts = [name.decode("latin-1") for name in names if name.isascii()]
    return tuple(name for name in texts if name not in GLOBALS and name not in SETTINGS["known"])
