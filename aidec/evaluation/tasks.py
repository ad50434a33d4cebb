"""Files of tasks: JSON lines, a task in each, as ``Task.to_json`` makes it.

Of a task that is read, only its ``id`` must be there, and its ``chunk``, its ``source`` or a ``prompt``. What has no
chunk but a source gets one, which is compiled. All else is as in ``Task`` where it is missing, but for ``stripped``,
which is then as the chunk is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from aidec.bytecode import Chunk, Header, dump, load, strip
from aidec.common.errors import CompileError, EvaluationError, at
from aidec.common.files import atomic
from aidec.common.hints import did_you_mean
from aidec.common.json_values import bytes_from_json
from aidec.evaluation.compiled import compile_file, compile_function
from aidec.evaluation.model import Task, Test

MAX_SHOWN = 60
"""How many signs of a wrong value a message shows."""

T = TypeVar("T")

_FIELDS = [field.name for field in fields(Task)]
_TEST_FIELDS = [field.name for field in fields(Test)]
_KINDS = {str: "a text", bool: "true or false", list: "a list"}


def read_tasks(path: str | Path) -> Iterator[Task]:
    """The tasks of a file, one at a time.

    Raises:
        EvaluationError: a line is no task, two have the same id, or there are none; the text names the file and line.
        OSError: the file can't be read.
    """
    lines: dict[str, int] = {}
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            with at(f"{path}:{number}", EvaluationError):
                task = task_from_json(_parsed(line))
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
    read = _Row(row, "a task", _FIELDS)
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
    read = _Row(row, "a test", _TEST_FIELDS)
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


class _Row:
    """An object of JSON, whose values are taken by their names.

    Raises:
        EvaluationError: it is no object, or has a value with an unknown name; the methods raise it for values of
            another kind.
    """

    def __init__(self, row: Any, what: str, known: Sequence[str]) -> None:
        if not isinstance(row, dict):
            raise EvaluationError(f"{what}: expected an object, read {_shown(row)}")
        for name in row:
            if name not in known:
                raise EvaluationError(f"{what} has no {name!r}{did_you_mean(name, known)}")
        self.row: dict[str, Any] = row

    def optional(self, name: str, take: Callable[[str], T]) -> T | None:
        """What a method takes; None for a value that is null or missing."""
        return None if self.row.get(name) is None else take(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text, which has a default unless it must be there."""
        if default is None and name not in self.row:
            raise EvaluationError(f"no {name}")
        return self._whole(name, self._taken(name, default or ""))

    def truth(self, name: str) -> bool:
        """A truth value, false if it is missing."""
        return self._taken(name, default=False)

    def items(self, name: str) -> list[Any]:
        """A list, empty if it is missing."""
        default: list[Any] = []
        return self._taken(name, default)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty if it is missing."""
        return tuple([self._whole(name, item) for item in self.items(name)])

    def data(self, name: str) -> bytes:
        """A text, or an object with base64 (aidec.common.json_values); empty if it is missing."""
        value = self.row.get(name, "")
        try:
            return bytes_from_json(value)
        except (KeyError, TypeError, ValueError):
            raise self._other(name, "a text, or an object with base64", value) from None

    def base64_data(self, name: str) -> bytes:
        """Bytes in base64; empty if they are missing."""
        value = self.row.get(name) or ""
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            raise self._other(name, "base64", value) from None

    def _taken(self, name: str, default: T) -> T:
        """A value of the type of the default."""
        value = self.row.get(name, default)
        if not isinstance(value, type(default)):
            raise self._other(name, _KINDS[type(default)], value)
        return value

    def _whole(self, name: str, value: Any) -> str:
        """A text without half of a surrogate pair, which JSON can spell, and UTF-8 can't."""
        if not isinstance(value, str):
            raise self._other(name, "a text", value)
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise self._other(name, "no half of a surrogate pair", value)
        return value

    @staticmethod
    def _other(name: str, expected: str, value: Any) -> EvaluationError:
        return EvaluationError(f"{name}: expected {expected}, read {_shown(value)}")


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"not a line of JSON: {error}") from None


def _shown(value: Any) -> str:
    """A value as JSON, cut short."""
    text = json.dumps(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
