"""Tasks from Lua sources, a task for each file or for each function. A task is made only if its source proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from aidec.bytecode import Chunk, Proto, dump, load, strip
from aidec.common.errors import AidecError, CompileError
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.libraries import require_libraries
from aidec.evaluation.model import Task
from aidec.evaluation.original import is_proven, source_of
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.functions import find_functions, upvalue_names
from aidec.lua.tree import parse
from aidec.sources import Document

UNITS = ("function", "file")
"""What a task can be of."""


def build_tasks(
    document: Document, report: Callable[[str], object], *, by: str = "function", stripped: bool = True
) -> Iterator[Task]:
    """The tasks of a source.

    The id of a task is the origin of the source, and if the task is a function, ``#`` and its path, such as
    ``a.lua#0.2``: the third function in the first function of the file.

    Args:
        document: the source.
        report: is called with one line about a source, or a function, of which no task is made.
        by: one of ``UNITS``.
        stripped: whether chunks have no debug information.

    Raises:
        EvaluationError: the extra ``eval`` is not installed.
    """
    require_libraries()
    try:
        chunk = load(compile_source(document.data, f"@{document.origin}"))
        syntax = Syntax(document.data, parse(document.data, resolved=False), 0)
        functions = find_functions(document.data, chunk) if by == "function" else []
        depths = [counted.depth for counted in in_tree(syntax)]
    except AidecError as error:
        has_place = isinstance(error, CompileError) and error.name
        report(str(error) if has_place else f"{document.origin}: {error}")
        return

    def made(task: Task, main: Proto, first: int) -> Task | None:
        """The task with its tags; None if its source does not prove it. ``first`` is the number of its function."""
        compiled, why = source_of(task)
        if compiled is None or not is_proven(task, compiled):
            report(f"{task.id}: {why or 'its source compiles to another chunk'}")
            return None
        depth = max(depths[first : first + sum(1 for _ in main.walk())])
        return replace(task, tags=tags_of(main, syntax.scopes[first].node.walk(), depth))

    if by == "file":
        data = dump(strip(chunk) if stripped else chunk)
        task = made(Task(document.origin, data, document.data, stripped, origin=document.origin), chunk.main, 0)
        if task is not None:
            yield task
    for number, function in enumerate(functions, 1):
        parents, proto = [], chunk.main
        for index in function.path:
            parents.append(proto)
            proto = proto.protos[index]
        alone = Chunk(chunk.header, len(proto.upvalues), replace(proto, source=chunk.main.source))
        task = made(
            Task(
                id=f"{document.origin}#{'.'.join(map(str, function.path))}",
                chunk=dump(strip(alone) if stripped else alone),
                source=document.data[function.start : function.end],
                stripped=stripped,
                is_function=True,
                upvalues=tuple(name or "" for name in upvalue_names(proto, parents)),
                origin=document.origin,
            ),
            proto,
            number,
        )
        if task is not None:
            yield task
