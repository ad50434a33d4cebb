"""Counts of a dataset, read from its shards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from aidec.dataset.reader import Dataset

_COLUMNS = ("licence", "stripped", "n_instructions", "kind", "task")


@dataclass(slots=True)
class Statistics:
    """Counts of a split.

    Attributes:
        whole: the number of tokens of each sample.
        completion: how many of them the loss counts; empty if the dataset has no masks.
        instructions: the number of instructions of each sample; empty if the dataset does not have it.
        stripped: how many samples are stripped.
        licences: the number of samples of each licence; None is an unknown one.
        tasks: the number of samples of each kind of items and task pack.
        disk: the size of the shards in bytes.
    """

    whole: list[int] = field(default_factory=list)
    completion: list[int] = field(default_factory=list)
    instructions: list[int] = field(default_factory=list)
    stripped: int = 0
    licences: Counter[str | None] = field(default_factory=Counter)
    tasks: Counter[tuple[str, str]] = field(default_factory=Counter)
    disk: int = 0

    @property
    def prompt(self) -> NDArray[np.int64]:
        """The number of tokens of each sample that the loss does not count."""
        pairs = zip(self.whole, self.completion, strict=False)
        return np.array([whole - completion for whole, completion in pairs], dtype=np.int64)

    @property
    def tokens(self) -> int:
        """The number of tokens of all samples."""
        return sum(self.whole)

    @property
    def tokens_an_instruction(self) -> float | None:
        """The tokens of prompts divided by the instructions in them, or None if the dataset does not have these."""
        total = sum(self.instructions)
        return float(self.prompt.sum()) / total if total and self.completion else None


def measure(dataset: Dataset) -> dict[str, Statistics]:
    """The counts of each split.

    Raises:
        DatasetError: a shard is damaged.
    """
    found = {}
    for split, paths in dataset.shards.items():
        statistics = found[split] = Statistics(disk=sum(path.stat().st_size for path in paths))
        there = ["input_ids"] if dataset.format == "tokens" else dataset.columns
        # A mask is as long as the tokens, and is read in less time
        lengths = next((name for name in ("assistant_masks", "input_ids") if name in there), None)
        columns = [name for name in (*_COLUMNS, lengths) if name in there]
        for row in dataset.rows(split, columns):
            if lengths is not None:
                statistics.whole.append(len(row[lengths]))
            if lengths == "assistant_masks":
                statistics.completion.append(int(np.count_nonzero(row["assistant_masks"])))
            if "n_instructions" in row:
                statistics.instructions.append(row["n_instructions"])
            statistics.stripped += row.get("stripped", False)
            statistics.licences[row.get("licence")] += 1
            if row.get("kind") and row.get("task"):
                statistics.tasks[row["kind"], row["task"]] += 1
    return found


def rejects_of_items(dataset: Dataset) -> dict[str, Counter[tuple[str, str, str]]]:
    """By the kind of items how many were rejected, by stage, reason and unit."""
    columns = ["kind", "stage", "reason", "unit", "n"]
    table: pa.Table = parquet.read_table(dataset.folder / "rejects.parquet", columns=columns)
    found: dict[str, Counter[tuple[str, str, str]]] = {}
    for row in table.to_pylist():
        if row["kind"] is not None:
            found.setdefault(row["kind"], Counter())[row["stage"], row["reason"], row["unit"]] += row["n"]
    return found


def rejects(dataset: Dataset) -> list[tuple[str, str, str, int]]:
    """The stage, the reason, the unit and the number of what was rejected, the most frequent first in each stage."""
    table: pa.Table = parquet.read_table(dataset.folder / "rejects.parquet", columns=["stage", "reason", "unit", "n"])
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in table.to_pylist():
        counts[row["stage"], row["reason"], row["unit"]] += row["n"]
    return sorted(
        ((*key, number) for key, number in counts.items()), key=lambda item: (item[0], -item[3], item[1], item[2])
    )
