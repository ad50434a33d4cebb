"""What the plan is made of: columns of all samples, some of them in memory, and others read when they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aidec.bytecode.fingerprint import NUM_PERM
from aidec.dataset import tables
from aidec.dataset.recipe import Recipe
from aidec.dataset.sample import fraction, origin_of
from aidec.dataset.stages.samples import FUNCTIONS, place

_COLUMNS = ["unit", "group", "key", "n_prompt", "n_completion", "weight"]
_SHOWN = ["origin", "function", "licence", "stripped", "kind"]


@dataclass(frozen=True, slots=True)
class Samples:
    """What decisions are made of: an entry for each sample in all arrays but the last two.

    These have an entry for each unit: its hash in ``signed``, its signature in ``signatures``.
    """

    partition: NDArray[np.int32]
    row: NDArray[np.int32]
    unit: NDArray[np.bytes_]
    key: NDArray[np.bytes_]
    side: NDArray[np.int8]
    tokens: NDArray[np.int64]
    weight: NDArray[np.float64]
    signed: NDArray[np.bytes_]
    signatures: NDArray[np.uint32]

    def by_partition(self, places: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Ascending indices of samples, partition by partition, of those that have any."""
        numbers, starts = np.unique(self.partition[places], return_index=True)
        yield from zip(numbers.tolist(), np.split(places, starts[1:]), strict=False)  # without any, split gives a part


def side(group: str, recipe: Recipe) -> int:
    """The split of a group: an index into ``SPLITS``, by its hash and the seed."""
    hashed = fraction(b"split", str(recipe.seed).encode(), group.encode())
    if hashed < recipe.split.test:
        return 2
    return 1 if hashed < recipe.split.test + recipe.split.validation else 0


def read(recipe: Recipe, folder: Path, num_partitions: int) -> Samples:
    """The samples of all partitions, with signatures if near duplicates are looked for."""
    found: dict[str, list[NDArray[Any]]] = {field.name: [] for field in fields(Samples)}
    sides: dict[str, int] = {}
    is_near = recipe.deduplication.near is not None
    columns = [*_COLUMNS, *(["signature"] if is_near else [])]
    for number in range(num_partitions):
        first = 0
        for batch in tables.batches(place(folder, number).samples, columns, size=1 << 12):
            for group in batch["group"].unique().to_pylist():
                sides.setdefault(group, side(group, recipe))
            unit = np.array(batch["unit"].to_pylist(), dtype="S16")
            found["partition"].append(np.full(batch.num_rows, number, dtype=np.int32))
            found["row"].append(np.arange(first, first + batch.num_rows, dtype=np.int32))
            found["unit"].append(unit)
            found["key"].append(np.array(batch["key"].to_pylist(), dtype="S16"))
            found["side"].append(np.array([sides[group] for group in batch["group"].to_pylist()], dtype=np.int8))
            found["tokens"].append(batch["n_prompt"].to_numpy().astype(np.int64) + batch["n_completion"].to_numpy())
            found["weight"].append(batch["weight"].to_numpy())
            if is_near:
                is_first = np.append(True, unit[1:] != unit[:-1])  # the stripped one mostly follows, with the same
                found["signed"].append(unit[is_first])
                found["signatures"].append(_rows(batch["signature"].filter(pa.array(is_first))))
            first += batch.num_rows
    arrays: dict[str, Any] = {}
    for name in list(found):
        parts = found.pop(name)
        arrays[name] = np.concatenate(parts) if parts else np.zeros(0, np.int8)
    return Samples(**arrays)


def functions(
    folder: Path, samples: Samples, places: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """The functions of samples, those inside them too: for each the index of its sample, and an item of ``FUNCTIONS``.

    Args:
        folder: the folder of the build.
        samples: all samples.
        places: the indices of some of them, ascending.
    """
    for here, column in _column(folder, samples, places, "functions"):
        values = column.to_pylist()
        counts = [len(value) // FUNCTIONS.itemsize for value in values]
        yield np.repeat(here, counts), np.frombuffer(b"".join(values), dtype=FUNCTIONS)


def signatures(
    folder: Path, samples: Samples, places: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint32]]]:
    """The signatures of samples, given by ascending indices: the indices of some, and an array with a row for each."""
    for here, column in _column(folder, samples, places, "signature"):
        yield here, _rows(column)


def origins(folder: Path, samples: Samples, places: NDArray[np.int64]) -> dict[int, str]:
    """The origins of some samples, by their indices."""
    found: dict[int, str] = {}
    for number, here in samples.by_partition(places):
        for at, row in zip(here.tolist(), shown(folder, number, samples.row[here]), strict=True):
            found[at] = origin_of(row["origin"], row["function"])
    return found


def shown(folder: Path, number: int, rows: NDArray[np.int32]) -> Iterator[dict[str, Any]]:
    """The columns that rejects show, of some rows of a partition, in order."""
    for table, here in tables.picked(place(folder, number).samples, rows, _SHOWN):
        yield from table.take(pa.array(here)).to_pylist()


def _column(
    folder: Path, samples: Samples, places: NDArray[np.int64], name: str
) -> Iterator[tuple[NDArray[np.int64], pa.ChunkedArray]]:
    """A column of some samples, a row group at a time, with the indices of these samples."""
    for number, here in samples.by_partition(places):
        start = 0
        for table, rows in tables.picked(place(folder, number).samples, samples.row[here], [name]):
            yield here[start : start + len(rows)], table[name].take(pa.array(rows))
            start += len(rows)


def _rows(column: pa.Array) -> NDArray[np.uint32]:
    """Signatures as an array with a row for each."""
    return np.frombuffer(b"".join(column.to_pylist()), dtype=np.uint32).reshape(len(column), NUM_PERM)
