"""Language models by log-probability: bits per byte and accuracies, equal to nanochat's arithmetic written out here."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from trained import trained

from aidec.cli.main import cli
from aidec.common.errors import EvaluationError
from aidec.evaluation.base.prompts import lay_out
from aidec.evaluation.base.scoring import centered, evaluate, to_csv
from aidec.evaluation.base.tasks import BaseTask, Item, list_names, load_tasks
from aidec.evaluation.bits import bits_per_byte


class Bigrams:
    """A model that has counted which byte follows which, in one text."""

    def __init__(self, text: bytes) -> None:
        counts = np.ones((257, 257))
        for one, other in zip([256, *text], text, strict=False):
            counts[one, other] += 1
        self.table = np.log(counts / counts.sum(axis=1, keepdims=True))

    def logprobs(self, ids: Sequence[int], /) -> np.ndarray:
        """A row for each id."""
        found: np.ndarray = self.table[list(ids)]
        return found


def encode(text: str) -> list[int]:
    return [256, *text.encode()]


MODEL = Bigrams(b"the cat sat on the mat. the rat ate the hat. 1 2 3 4 5 6 7 8 9 " * 3)

CHOICE = BaseTask(
    "choice",
    "multiple_choice",
    (
        Item(("the",), ("cat", "zzz"), 0),
        Item(("on the",), ("qqq", "mat"), 1),
        Item(("the rat",), ("ate", "xyz"), 0),
        Item(("8",), ("#", "9"), 0),
    ),
    1,
    " ",
    0.5,
)


# bits per byte


def test_bits_per_byte_is_that_of_nanochat() -> None:
    rng = np.random.default_rng(0)
    losses, ids = rng.random((3, 40)), rng.integers(0, 50, (3, 40))
    ids[0, :7] = -1
    sizes = rng.integers(0, 6, 50)
    nats = total = 0.0  # nanochat/loss_eval.py: evaluate_bpb, target by target
    for loss, i in zip(losses.ravel(), ids.ravel(), strict=True):
        size = sizes[i] if i >= 0 else 0
        nats += loss * (size > 0)
        total += size
    assert abs(bits_per_byte(losses, ids, sizes) - nats / (math.log(2) * total)) < 1e-9


def test_what_stands_for_no_bytes_is_left_out_even_if_its_loss_is_infinite() -> None:
    assert bits_per_byte([math.log(2), math.inf, math.nan], [0, 1, -1], [1, 0]) == 1
    assert bits_per_byte([1.0], [1], [1, 0]) == math.inf
    assert bits_per_byte([], [], []) == math.inf


def test_a_tokenizer_says_how_many_bytes_its_ids_stand_for() -> None:
    tokenizer = trained("gpt4")
    ids = tokenizer.encode("local x = 1", append=next(iter(tokenizer.special_tokens)))
    assert bits_per_byte([math.log(2)] * len(ids), ids, tokenizer.token_bytes()) == (len(ids) - 1) / 11


@pytest.mark.parametrize(
    ("losses", "ids", "said"),
    [([1.0], [0, 0], r"losses of \(1,\) and ids of \(2,\)"), ([1.0], [2], "expected ids less than 2, read 2")],
)
def test_bits_per_byte_refuses_what_does_not_fit(losses: list[float], ids: list[int], said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        bits_per_byte(losses, ids, [1, 1])


# accuracies


def test_options_are_scored_where_they_differ() -> None:
    (first, second) = lay_out(CHOICE, CHOICE.items[0], [CHOICE.items[1]], encode)
    assert bytes(first.ids[1:]) == b"on the mat\n\nthe cat"
    assert bytes(first.ids[first.start : first.end]) == b"cat"
    assert bytes(second.ids[second.start : second.end]) == b"zzz"
    schema = BaseTask("s", "schema", (Item(("a dog", "a cat"), ("sat",), 1),), 0, " ", 0)
    for option in lay_out(schema, schema.items[0], [], encode):
        assert bytes(option.ids[option.start : option.end]) == b" sat"
    text = BaseTask("t", "language_modeling", (Item((" one two ",), ("three",), 0),), 0, " ", 0)
    (option,) = lay_out(text, text.items[0], [], encode)
    assert bytes(option.ids[1:]) == b"one two three"
    assert bytes(option.ids[option.start : option.end]) == b" three"
    assert bytes(option.cropped(8).ids) == b"wo three"
    assert bytes(option.cropped(8).ids[option.cropped(8).start :]) == b" three"


def nanochat_accuracy(task: BaseTask, model: Bigrams) -> float:
    """The same by the steps of nanochat/core_eval.py, for bytes and multiple choice."""
    data = list(task.items)
    random.Random(1337).shuffle(data)  # noqa: S311
    right = 0
    for idx, item in enumerate(data):
        others = [i for i in range(len(data)) if i != idx]
        indices = random.Random(1234 + idx).sample(others, task.num_fewshot)  # noqa: S311
        shots = "".join(f"{data[i].contexts[0]} {data[i].continuations[data[i].gold]}\n\n" for i in indices)
        tokens = [encode(f"{shots}{item.contexts[0]} {answer}") for answer in item.continuations]
        start = next(i for i in range(len(tokens[0])) if len({each[i] for each in tokens}) > 1)
        losses = []
        for ids in tokens:
            shifted = [-model.table[one, other] for one, other in pairwise(ids)]
            losses.append(sum(shifted[start - 1 :]) / len(shifted[start - 1 :]))
        right += losses.index(min(losses)) == item.gold
    return right / len(data)


def test_accuracies_are_those_of_nanochat() -> None:
    found = evaluate(CHOICE, MODEL, encode)
    assert found.accuracy == nanochat_accuracy(CHOICE, MODEL) == 0.75
    assert found.centered == 0.5
    assert abs(centered(0.2567, 0.25) - (0.2567 - 0.01 * 25) / (1.0 - 0.01 * 25)) < 1e-6


def test_a_text_is_right_if_each_token_is_the_most_likely() -> None:
    items = (Item(("on",), ("the",), 0), Item(("the c",), ("zt",), 0))
    assert evaluate(BaseTask("t", "language_modeling", items, 0, " ", 0), MODEL, encode).accuracy == 0.5


def test_the_table_ends_with_the_mean() -> None:
    rows = [evaluate(CHOICE, MODEL, encode), evaluate(CHOICE, MODEL, encode, limit=2)]
    lines = to_csv(rows).splitlines()
    assert lines[0] == "Task,Accuracy,Centered"
    assert lines[1] == "choice,0.750000,0.500000"
    assert float(lines[-1].split(",")[2]) == pytest.approx((rows[0].centered + rows[1].centered) / 2, abs=1e-6)
    assert lines[-1].startswith("MEAN,,")


class Given:
    """A model that gives an array of a shape and a value."""

    def __init__(self, width: int | None, value: float = -1.0) -> None:
        self.width, self.value = width, value

    def logprobs(self, ids: Sequence[int], /) -> np.ndarray:
        """The array."""
        return np.full(len(ids) if self.width is None else (len(ids), self.width), self.value)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Given(None), r"of the shape \(\d+, vocab_size\) of a model, read \(\d+,\)"),
        (Given(50), r"the tokenizer has the id \d+, the model 50 ids"),
        (Given(300, math.nan), "expected log-probabilities of a model, read NaN"),
    ],
)
def test_a_model_that_gives_something_else_is_refused(model: Given, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        evaluate(CHOICE, model, encode)


def test_a_model_gets_no_more_ids_than_it_takes() -> None:
    class Short(Bigrams):
        max_length = 9
        asked: list[int]

        def logprobs(self, ids: Sequence[int], /) -> np.ndarray:
            self.asked.append(len(ids))
            return super().logprobs(ids)

    for limit, most in ((None, 9), (6, 6), (20, 20)):
        model = Short(b"the cat")
        model.asked = []
        evaluate(CHOICE, model, encode, max_length=limit)
        assert max(model.asked) == most


# lists of tasks


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"query": "a", "choices": ["b"], "gold": 1}', r"items.jsonl:2: expected \{\"query\": text"),
        ('{"query": 1, "choices": ["b"], "gold": 0}', "items.jsonl:2: expected"),
        ("{", "items.jsonl:2: expected"),
    ],
)
def test_a_malformed_item_is_named(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "items.jsonl").write_text('{"query": "a", "choices": ["b", "c"], "gold": 0}\n' + row + "\n")
    (tmp_path / "list.yaml").write_text("tasks:\n- {label: a, kind: multiple_choice, file: items.jsonl}\n")
    with pytest.raises(EvaluationError, match=said):
        load_tasks(str(tmp_path / "list.yaml"))


def test_a_list_is_checked(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text('{"context": "a", "continuation": "b"}\n')
    path = tmp_path / "list.yaml"
    entry = "label: a, kind: language_modeling, file: items.jsonl"
    for text, said in {
        f"tasks:\n- {{{entry}, num_fewshot: 1}}\n": "list.yaml:2: num_fewshot: expected 0 to 0",
        f"tasks:\n- {{{entry}, random_baseline: 25}}\n": "expected a number from 0 to less than 1, read '25'",
        f"tasks:\n- {{{entry}}}\n- {{{entry}}}\n": "each with a label of its own",
    }.items():
        path.write_text(text)
        with pytest.raises(EvaluationError, match=said):
            load_tasks(str(path))


def test_the_tasks_that_ship_have_one_right_answer_each() -> None:
    assert list_names() == ["lua"]
    for task in load_tasks("lua"):
        assert len(task.items) >= 50
        for item in task.items:
            options = max(item.contexts, item.continuations, key=len)
            assert len(set(options)) == len(options)
            assert abs(task.random_baseline - 1 / len(options)) < 1e-9 or task.kind == "language_modeling"


def test_the_command_measures_an_object_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = trained("gpt4")
    tokenizer.save(tmp_path / "tokenizer")
    (tmp_path / "uniform.py").write_text(
        "import numpy as np\nclass Uniform:\n    def logprobs(self, ids):\n"
        f"        return np.full((len(ids), {tokenizer.vocab_size}), -1.0)\nmodel = Uniform()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    arguments = ["eval", "base", "--model", "uniform:model", "--tokenizer", str(tmp_path / "tokenizer"), "--limit", "8"]
    result = CliRunner().invoke(cli, [*arguments, "-o", str(tmp_path / "base.csv")])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0].split() == ["task", "accuracy", "centred", "questions"]
    assert (tmp_path / "base.csv").read_text().splitlines()[-1].startswith("MEAN,,")
    few = CliRunner().invoke(cli, [*arguments[:-1], "3"])
    assert few.stderr == "aidec: compiles: 4 examples need 5 questions or more, read 3\n"
    failed = CliRunner().invoke(cli, [*arguments[:3], "uniform:nothing", *arguments[4:]])
    assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)
    assert json.dumps("uniform:nothing")[1:-1] in failed.stderr
