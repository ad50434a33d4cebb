"""The third stage, over all partitions: it keeps one of each cluster of duplicates, and gives each group to a split.

No sample of training has a twin in validation or test. Twins are samples of equal code, and with ``deduplication.near``
also of similar code; they form clusters. With deduplication one unit of each cluster is kept, the one with the smallest
hash. Without it, a cluster may have samples in several splits; those held out stay, and their twins in training are
rejected. Nothing depends on the order of the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aidec.dataset import tables
from aidec.dataset.duplicates import clusters
from aidec.dataset.recipe import SPLITS, Recipe
from aidec.dataset.sample import Reject, fraction, origin_of
from aidec.dataset.stages.samples import place, rejects_batch

SCHEMA = pa.schema([("partition", pa.int32()), ("row", pa.int32()), ("split", pa.int8()), ("tokens", pa.int32())])

KEPT, DUPLICATE, TWIN = range(3)
"""The verdict on a sample."""

_COLUMNS = ["unit", "group", "key", "n_prompt", "n_completion"]
_SHOWN = ["origin", "function", "licence", "stripped"]


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of the result.

    Attributes:
        split: an index into ``SPLITS``.
        number: its number in the split, from 0.
        count: how many shards the split has.
        start, stop: its rows in the plan.
    """

    split: int
    number: int
    count: int
    start: int
    stop: int

    def name(self, suffix: str) -> str:
        """The file's name, as the hub's datasets have it."""
        return f"{SPLITS[self.split]}-{self.number:05d}-of-{self.count:05d}.{suffix}"


def side(group: str, recipe: Recipe) -> int:
    """The split of a group: an index into ``SPLITS``, by its hash and the seed."""
    place = fraction(b"split", str(recipe.seed).encode(), group.encode())
    if place < recipe.split.test:
        return 2
    return 1 if place < recipe.split.test + recipe.split.validation else 0


def make(recipe: Recipe, folder: Path, num_partitions: int, advance: Callable[[int, int], object]) -> dict[str, int]:
    """Decide on every sample, and write ``plan.parquet`` and the rejects of this stage; returns counts.

    It takes 250 bytes of memory for each sample, and with ``near`` 2,000 more for each unit; measured with a million
    samples, and 400,000 with ``near``.
    """
    samples = _read(recipe, folder, num_partitions)
    verdict, leader = _judge(recipe, samples)
    kept = np.flatnonzero(verdict == KEPT)
    columns = (samples.partition[kept], samples.row[kept], samples.side[kept], samples.tokens[kept])
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    tables.write(folder / "plan.parquet", pa.table(arrays, schema=SCHEMA))
    names = _origins(folder, samples, np.unique(leader[verdict == DUPLICATE]))
    path = folder / "rejects" / "plan.parquet"
    with tables.writing(path, tables.REJECTS, rejects_batch, size=lambda _: 1, group=1 << 14) as rejects:
        for number, places in _by_partition(samples, np.flatnonzero(verdict != KEPT), num_partitions):
            for at, row in zip(places.tolist(), _shown(folder, number, samples.row[places]), strict=True):
                is_twin = verdict[at] == TWIN
                reject = Reject(
                    row["origin"],
                    row["function"],
                    "split" if is_twin else "duplicates",
                    "twin held out" if is_twin else "duplicate",
                    "its code is in validation or test too" if is_twin else f"of {names[int(leader[at])]}",
                    row["licence"],
                    is_sample=True,
                    is_stripped=row["stripped"],
                )
                rejects.add(reject)
            advance(1, int(np.count_nonzero(samples.partition == number)))
    return {"tokens": int(samples.tokens[kept].sum())}


def planned_shards(recipe: Recipe, folder: Path) -> list[Shard]:
    """The shards of a plan, each split's in order."""
    table = pa.Table.from_batches(tables.batches(folder / "plan.parquet"), SCHEMA)
    split, tokens = table["split"].to_numpy(), table["tokens"].to_numpy()
    found = []
    for number in range(len(SPLITS)):
        rows = np.flatnonzero(split == number)
        ends = []
        filled = 0
        for place_, row in enumerate(rows, 1):
            filled += int(tokens[row])
            if filled >= recipe.output.shard_tokens or place_ == len(rows):
                ends.append(place_)
                filled = 0
        found += [
            Shard(number, i, len(ends), start, stop)
            for i, (start, stop) in enumerate(zip([0, *ends], ends, strict=False))
        ]
    return found


def rows_of(shard: Shard, folder: Path) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """The rows of a shard: the numbers of partitions, each with the numbers of its rows, ascending."""
    table = pa.Table.from_batches(tables.batches(folder / "plan.parquet"), SCHEMA)
    chosen = np.flatnonzero(table["split"].to_numpy() == shard.split)[shard.start : shard.stop]
    partition, row = table["partition"].to_numpy()[chosen], table["row"].to_numpy()[chosen]
    for number in np.unique(partition):
        yield int(number), row[partition == number]


@dataclass(frozen=True, slots=True)
class _Samples:
    """What decisions are made of: an entry for each sample in all arrays but the last two.

    These have an entry for each unit: its hash in ``signed``, its signature in ``signatures``.
    """

    partition: NDArray[np.int32]
    row: NDArray[np.int32]
    unit: NDArray[np.bytes_]
    key: NDArray[np.bytes_]
    side: NDArray[np.int8]
    tokens: NDArray[np.int64]
    signed: NDArray[np.bytes_]
    signatures: NDArray[np.uint32]


def _read(recipe: Recipe, folder: Path, num_partitions: int) -> _Samples:
    found: dict[str, list[NDArray[Any]]] = {field.name: [] for field in fields(_Samples)}
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
            if is_near:
                is_first = np.append(True, unit[1:] != unit[:-1])  # the stripped one mostly follows, with the same
                found["signed"].append(unit[is_first])
                joined = b"".join(batch["signature"].filter(pa.array(is_first)).to_pylist())
                found["signatures"].append(np.frombuffer(joined, dtype=np.uint32).reshape(is_first.sum(), -1))
            first += batch.num_rows
    arrays: dict[str, Any] = {}
    for name in list(found):
        parts = found.pop(name)
        arrays[name] = np.concatenate(parts) if parts else np.zeros(0, np.int8)
    return _Samples(**arrays)


def _judge(recipe: Recipe, samples: _Samples) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """The verdict on each sample, and the index of the sample that leads its cluster, which duplicates give way to."""
    # From here on units are numbered in the order of their hashes
    units, first, unit = np.unique(samples.unit, return_index=True, return_inverse=True)
    cluster = np.unique(samples.key, return_inverse=True)[1]
    least = np.full(len(samples.unit), len(units), dtype=np.int64)
    np.minimum.at(least, cluster, unit)
    leader = least[cluster]  # for each sample, the smallest unit of its cluster
    if recipe.deduplication.near is not None and len(units):
        # Equal code has equal signatures, so those of leaders are enough
        leaders = np.unique(leader)
        by_name = np.argsort(samples.signed, kind="stable")
        chosen = by_name[np.searchsorted(samples.signed, units[leaders], sorter=by_name)]
        similar = clusters(leaders.tolist(), samples.signatures[chosen], recipe.deduplication.near)
        table = np.zeros(len(units), dtype=np.int64)
        table[leaders] = [similar[number] for number in leaders.tolist()]
        leader = table[leader]
    verdict = np.full(len(samples.unit), KEPT, dtype=np.int8)
    if recipe.deduplication.exact or recipe.deduplication.near is not None:
        verdict[leader != unit] = DUPLICATE
    else:
        held = np.zeros(len(units), dtype=np.int8)
        np.maximum.at(held, leader, samples.side)
        verdict[held[leader] != samples.side] = TWIN
    return verdict, first[leader] if len(units) else leader


def _origins(folder: Path, samples: _Samples, places: NDArray[np.int64]) -> dict[int, str]:
    """The origins of some samples, by their indices."""
    found: dict[int, str] = {}
    for number, here in _by_partition(samples, places, int(samples.partition.max(initial=-1)) + 1):
        for at, row in zip(here.tolist(), _shown(folder, number, samples.row[here]), strict=True):
            found[at] = origin_of(row["origin"], row["function"])
    return found


def _by_partition(
    samples: _Samples, places: NDArray[np.int64], num_partitions: int
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Ascending indices of samples, partition by partition."""
    bounds = np.searchsorted(samples.partition[places], np.arange(num_partitions + 1))
    for number in range(num_partitions):
        yield number, places[bounds[number] : bounds[number + 1]]


def _shown(folder: Path, number: int, rows: NDArray[np.int32]) -> Iterator[dict[str, Any]]:
    """The columns that rejects show, of some rows of a partition, in order."""
    for table, here in tables.picked(place(folder, number).samples, rows, _SHOWN):
        yield from table.take(pa.array(here)).to_pylist()
