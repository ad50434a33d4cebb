"""Evaluation: files of tasks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from aidec.bytecode import load, strip
from aidec.common.errors import EvaluationError
from aidec.evaluation.model import Task
from aidec.evaluation.model import Test as Call
from aidec.evaluation.tasks import read_tasks, write_tasks
from aidec.lua import compile_source

SOURCE = b"local x = '\xff' return x"


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def test_tasks_are_read_as_they_were_written(tmp_path: Path) -> None:
    tests = (Call("f", "1, {2}", "3"), Call("", "", None))
    tasks = [
        Task("a", compile_source(SOURCE, strip=True), SOURCE, tests=tests, tags=("goto",), origin="a.lua"),
        Task("b", compile_source("local x"), stripped=False),
        Task("c", b"", None, prompt=b"function f(", suffix=b"return f", stop_tokens=("\nend",)),
    ]
    assert write_tasks(tmp_path / "tasks.jsonl", tasks) == 3
    assert list(read_tasks(tmp_path / "tasks.jsonl")) == tasks


@pytest.mark.parametrize("stripped", [True, False, None])
def test_a_task_of_a_source_alone_gets_its_chunk(tmp_path: Path, *, stripped: bool | None) -> None:
    path = written(tmp_path / "t.jsonl", {"id": "a", "source": "return 1", "stripped": stripped})
    [task] = read_tasks(path)
    assert task.stripped == (stripped is not False)
    assert (load(task.chunk) == strip(load(task.chunk))) == task.stripped


def test_a_task_of_a_function_alone_gets_its_chunk(tmp_path: Path) -> None:
    row = {"id": "a", "source": "function(a) return a + n end", "is_function": True, "upvalues": ["n"]}
    [task] = read_tasks(written(tmp_path / "t.jsonl", row))
    main = load(task.chunk).main
    assert (main.num_params, len(main.upvalues), main.is_vararg) == (1, 1, 0)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "not a line of JSON"),
        ([1], "a task: expected an object, read [1]"),
        ({"source": ""}, "no id"),
        ({"id": "", "source": ""}, "id: expected a name"),
        ({"id": 1, "source": ""}, "id: expected a text, read 1"),
        ({"id": "a"}, "expected a chunk, a source or a prompt"),
        ({"id": "a", "chunk": "?"}, 'chunk: expected base64, read "?"'),
        ({"id": "a", "chunk": "AAAA"}, "chunk: byte 0"),
        ({"id": "a", "source": "x = = 1"}, "source, line 1: unexpected symbol near '='"),
        ({"id": "a", "source": [1]}, "source: expected a text, or an object with base64, read [1]"),
        ({"id": "a", "source": "", "tag": []}, "a task has no 'tag'; did you mean tags?"),
        ({"id": "a", "source": "", "tags": "x"}, 'tags: expected a list, read "x"'),
        ({"id": "a", "source": "", "tags": [1]}, "tags: expected a text, read 1"),
        ({"id": "a", "source": "", "tags": ["\ud800"]}, "tags: expected no half of a surrogate pair"),
        ({"id": "a", "source": "", "tests": [1]}, "a test: expected an object, read 1"),
        ({"id": "a", "source": "", "tests": [{"function": 1}]}, "function: expected a text, read 1"),
        ({"id": "a", "source": "", "is_function": 1}, "is_function: expected true or false, read 1"),
        ({"id": "first", "source": ""}, "the id 'first' is that of line 1 too"),
    ],
)
def test_a_line_that_is_no_task_is_refused_with_its_number(tmp_path: Path, row: Any, message: str) -> None:
    path = written(tmp_path / "t.jsonl", {"id": "first", "source": "return"}, "", row)
    with pytest.raises(EvaluationError) as caught:
        list(read_tasks(path))
    assert str(caught.value).startswith(f"{path}:3: {message}")


def test_a_chunk_that_is_not_stripped_as_it_says_is_refused(tmp_path: Path) -> None:
    row = Task("a", compile_source("return")).to_json() | {"stripped": True}
    with pytest.raises(EvaluationError, match="the chunk has debug information, read true"):
        list(read_tasks(written(tmp_path / "t.jsonl", row)))


def test_no_tasks_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no tasks"):
        list(read_tasks(written(tmp_path / "t.jsonl", "")))
    with pytest.raises(EvaluationError, match="no tasks"):
        write_tasks(tmp_path / "none.jsonl", [])


def test_a_file_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    task = Task("a", compile_source("return"))
    with pytest.raises(EvaluationError, match="two tasks have the id 'a'"):
        write_tasks(tmp_path / "t.jsonl", [task, task])
    assert list(tmp_path.iterdir()) == []


def test_a_file_may_be_compressed(tmp_path: Path) -> None:
    packed = gzip.compress(written(tmp_path / "t.jsonl", {"id": "a", "source": "return"}).read_bytes())
    (tmp_path / "t.jsonl.gz").write_bytes(packed)
    assert [task.id for task in read_tasks(tmp_path / "t.jsonl.gz")] == ["a"]
    (tmp_path / "t.jsonl.gz").write_bytes(packed[:-9])
    with pytest.raises(EvaluationError, match=r"t.jsonl.gz: Compressed file ended"):
        list(read_tasks(tmp_path / "t.jsonl.gz"))
