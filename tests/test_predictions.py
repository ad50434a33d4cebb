"""Predictions in files: what is read, what is written, and what is said of lines and ids that are wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidec.common.errors import EvaluationError
from aidec.evaluation.model import Prediction
from aidec.evaluation.predictions import MISSING, read_predictions, row_of

made = st.builds(
    Prediction,
    st.just("t"),
    st.just(0),
    st.binary(),
    st.none(),
    st.none() | st.floats(0, 1e6),
    st.none() | st.integers(0),
    st.just(""),
) | st.builds(Prediction, st.just("t"), st.just(0), st.just(b""), st.text(min_size=1), detail=st.text())


def read(path: Path, ids: tuple[str, ...] = ("t",)) -> tuple[list[Prediction], list[str]]:
    reported: list[str] = []
    return list(read_predictions(str(path), dict.fromkeys(ids), reported.append)), reported


@given(st.lists(made, min_size=1, max_size=4))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, predictions: list[Prediction]) -> None:
    path = tmp_path_factory.mktemp("p") / "p.jsonl"
    path.write_bytes(row_of("t", predictions))
    found, reported = read(path)
    assert reported == []
    assert [item.sample for item in found] == list(range(len(predictions)))
    for ours, theirs in zip(found, predictions, strict=True):
        assert (ours.completion, ours.failure, ours.seconds, ours.tokens, ours.detail) == (
            theirs.completion, theirs.failure, theirs.seconds, theirs.tokens, theirs.detail)  # fmt: skip


def test_a_plain_answer_is_a_plain_text() -> None:
    assert json.loads(row_of("t", [Prediction("t", 0, b"x = 1"), Prediction("t", 1, b"\xff")])) == {
        "id": "t",
        "completions": ["x = 1", {"base64": "/w=="}],
    }


WRONG = {
    "{": "not a line of JSON: ",
    "[" * 100_000: "not a line of JSON: ",
    "[]": 'expected {"id": a text, "completions": [an answer, ...]}',
    '{"id": 1, "completions": ["x"]}': 'expected {"id": a text, "completions": [an answer, ...]}',
    '{"id": "t", "completions": []}': 'expected {"id": a text, "completions": [an answer, ...]}',
    '{"id": "t", "completions": "x"}': 'expected {"id": a text, "completions": [an answer, ...]}',
    '{"id": "t", "completions": ["x", 2]}': "completion 2: expected a text, or an object",
    '{"id": "t", "completions": [{"completion": null}]}': "completion 1: expected a text, or an object",
    '{"id": "t", "completions": [{"completion": "x", "seconds": "1"}]}': "completion 1: expected a text, or an object",
    '{"id": "t", "completions": ["\\ud800"]}': "completion 1: expected a text, or an object",
}


@pytest.mark.parametrize("line", WRONG, ids=range(len(WRONG)))
def test_a_malformed_line_is_said_with_its_number_and_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('\n{"id": "t", "completions": ["first"]}\n' + line + "\n")
    found, reported = read(path)
    assert [item.completion for item in found] == [b"first"]
    assert len(reported) == 1
    assert reported[0].startswith(f"{path}:3: {WRONG[line]}")


def test_ids_that_do_not_go_with_the_tasks_are_named_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl.gz"
    rows = [{"id": name, "completions": [name, "2"]} for name in ("b", "x1", "b", *(f"y{i}" for i in range(6)))]
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    found, reported = read(path, ("a", "b", "c"))
    assert [(item.task, item.sample, item.failure) for item in found] == [
        *[("b", 0, None), ("b", 1, None)],
        *[(name, sample, MISSING) for name in ("a", "c") for sample in (0, 1)],
    ]
    assert reported == [
        f"{path}: 7 ids that no task has: x1, y0, y1, y2, y3, ...",
        f"{path}: 1 ids that come twice, the first of which counts: b",
        f"{path}: 2 tasks without a prediction, which count as wrong: a, c",
    ]


def test_a_file_without_any_prediction_of_the_tasks_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "x", "completions": [""]}\n')
    with pytest.raises(EvaluationError, match=r"p.jsonl: no prediction of any of the 1 tasks; 1 ids .*: x$"):
        read(path)
    packed = tmp_path / "p.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes())[:-9])
    with pytest.raises(EvaluationError, match=r"p.jsonl.gz: it is damaged: "):
        read(packed)
