"""What a trainer makes of a dataset: TRL trains on the completion and nothing else, whichever columns it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_dataset import recipe, tokenizer, write_sources

from aidec.dataset.pipeline import build

datasets = pytest.importorskip("datasets")
trl = pytest.importorskip("trl")
transformers = pytest.importorskip("transformers")
pytest.importorskip("torch")

IGNORED = -100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset in ``out`` and its tokenizer in ``tokenizer``."""
    found = tmp_path_factory.mktemp("trainer")
    write_sources(found)
    build(recipe(found, tokenizer(found)))
    return found


def batch(folder: Path, columns: list[str] | None) -> tuple[list[dict[str, Any]], Any]:
    """The rows of the training split, and a batch of them as TRL's collator makes it."""
    loaded = datasets.load_dataset(str(folder / "out"), split="train", cache_dir=str(folder / "cache"))
    found = transformers.AutoTokenizer.from_pretrained(str(folder / "tokenizer"))
    config = transformers.LlamaConfig(
        vocab_size=len(found), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1
    )
    settings = trl.SFTConfig(
        output_dir=str(folder / "trainer"),
        max_length=None,
        report_to=[],
        use_cpu=True,
        assistant_only_loss=columns == ["messages"],
    )
    trainer = trl.SFTTrainer(
        model=transformers.LlamaForCausalLM(config),
        args=settings,
        train_dataset=loaded if columns is None else loaded.select_columns(columns),
        processing_class=found,
    )
    return list(loaded), trainer.data_collator([trainer.train_dataset[i] for i in range(len(loaded))])


@pytest.mark.parametrize(
    "columns",
    [None, ["input_ids", "assistant_masks"], ["prompt", "completion"], ["messages"]],
    ids=["all", "ids", "prompt", "messages"],
)
def test_a_batch_has_loss_on_the_completion_only(folder: Path, columns: list[str] | None) -> None:
    rows, made = batch(folder, columns)
    assert len(rows) > 3
    for row, ids, labels in zip(rows, made["input_ids"].tolist(), made["labels"].tolist(), strict=True):
        length = len(row["input_ids"])
        expected = [i if flag else IGNORED for i, flag in zip(row["input_ids"], row["assistant_masks"], strict=True)]
        assert ids[:length] == row["input_ids"]
        assert labels[:length] == expected
        assert set(labels[length:]) <= {IGNORED}
