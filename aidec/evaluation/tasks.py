"""Files of tasks: JSON lines, a task in each, as ``Task.to_json`` makes it.

Of a task that is read, only its ``id`` must be there, and its ``chunk``, its ``source`` or a ``prompt``. What has no
chunk but a source gets one, which is compiled. All else is as in ``Task`` where it is missing, but for ``stripped``,
which is then as the chunk is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from aidec.bytecode import Chunk, Header, dump, load, strip
from aidec.common.errors import CompileError, EvaluationError, at
from aidec.common.files import atomic
from aidec.evaluation.compiled import compile_file, compile_function
from aidec.evaluation.model import Task, Test
from aidec.evaluation.rows import Row, lines_of, parsed

_FIELDS = [field.name for field in fields(Task)]
_TEST_FIELDS = [field.name for field in fields(Test)]


def read_tasks(path: str | Path) -> Iterator[Task]:
    """The tasks of a file, one at a time.

    Raises:
        EvaluationError: a line is no task, two have the same id, or there are none; the text names the file and line.
        OSError: the file can't be opened.
    """
    lines: dict[str, int] = {}
    for number, line in lines_of(path):
        with at(f"{path}:{number}", EvaluationError):
            task = task_from_json(parsed(line))
            first = lines.setdefault(task.id, number)
            if first != number:
                raise EvaluationError(f"the id {task.id!r} is that of line {first} too")
        yield task
    if not lines:
        raise EvaluationError(f"{path}: no tasks")


def write_tasks(path: str | Path, tasks: Iterable[Task]) -> int:
    """Write a file of tasks, whole or not at all; returns how many.

    Raises:
        EvaluationError: two have the same id, or there are none.
    """
    seen: set[str] = set()
    with atomic(Path(path)) as file:
        for task in tasks:
            if task.id in seen:
                raise EvaluationError(f"two tasks have the id {task.id!r}")
            seen.add(task.id)
            file.write(json.dumps(task.to_json(), ensure_ascii=False).encode() + b"\n")
        if not seen:
            raise EvaluationError(f"{path}: no tasks to write")
    return len(seen)


def task_from_json(row: Any) -> Task:
    """The task of a row.

    Raises:
        EvaluationError: the row is no task; the text says what was expected.
        AidecError: its chunk is none.
    """
    read = Row(row, "a task", _FIELDS)
    task = Task(
        id=read.text("id"),
        chunk=read.base64_data("chunk"),
        source=read.optional("source", read.data),
        is_function=read.truth("is_function"),
        upvalues=read.texts("upvalues"),
        tests=tuple(_test(test) for test in read.items("tests")),
        tags=read.texts("tags"),
        origin=read.text("origin", ""),
        prompt=read.data("prompt"),
        suffix=read.data("suffix"),
        stop_tokens=read.texts("stop_tokens"),
    )
    if not task.id:
        raise EvaluationError("id: expected a name, read an empty text")
    return _with_chunk(task, stripped=read.optional("stripped", read.truth))


def _test(row: Any) -> Test:
    read = Row(row, "a test", _TEST_FIELDS)
    return Test(read.text("function", ""), read.text("arguments", ""), read.optional("expected", read.text))


def _with_chunk(task: Task, *, stripped: bool | None) -> Task:
    """The task with its chunk, which is compiled if only the source is there, and with what is known of the chunk."""
    if task.chunk:
        with at("chunk"):
            chunk = load(task.chunk)
    elif task.source is not None:
        try:
            chunk = chunk_of(task.source, task.upvalues if task.is_function else None)
        except CompileError as error:
            place = "" if error.line is None else f", line {error.line}"
            raise EvaluationError(f"source{place}: {error.problem}") from None
        chunk = chunk if stripped is False else strip(chunk)
    elif task.prompt:
        return task
    else:
        raise EvaluationError("expected a chunk, a source or a prompt, read none of them")
    is_bare = chunk == strip(chunk)
    if stripped is not None and stripped != is_bare:
        what = "has no" if is_bare else "has"
        raise EvaluationError(f"stripped: the chunk {what} debug information, read {json.dumps(stripped)}")
    return replace(task, chunk=task.chunk or dump(chunk), stripped=is_bare)


def chunk_of(source: bytes, upvalues: Sequence[str] | None = None) -> Chunk:
    """The chunk that a source compiles to, with debug information.

    Args:
        source: the text of a file, or of one function.
        upvalues: the names of the upvalues of that function; None for a file.

    Raises:
        CompileError: it does not compile.
    """
    main = (compile_file(source) if upvalues is None else compile_function(source, upvalues)).main
    return Chunk(Header(), len(main.upvalues), main)
