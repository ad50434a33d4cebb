"""The third stage, over all partitions: one of each cluster of duplicates is kept, and groups are dealt to splits.

No sample of training has a twin in validation or test. Twins are samples of equal code, and with ``deduplication.near``
those of similar code too. With deduplication one of each cluster is kept, that of the smallest id; without, where a
cluster lies on two sides, what is held out stays, and its twins are left out of training. Ids decide, not the order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from aidec.dataset import tables
from aidec.dataset.duplicates import clusters
from aidec.dataset.partitions import place, rejects_batch
from aidec.dataset.recipe import Recipe
from aidec.dataset.samples import Reject, fraction

SPLITS = ("train", "validation", "test")
"""In the order in which a twin yields to those behind it."""

SCHEMA = pa.schema([("partition", pa.int32()), ("row", pa.int32()), ("split", pa.int8()), ("tokens", pa.int32())])

_COLUMNS = ["unit", "group", "key", "signature", "n_prompt", "n_completion"]


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of the result.

    Attributes:
        split: an index into ``SPLITS``.
        number: its place in the split, from 0.
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
    """Decide on every sample: write ``plan.parquet``, and the rejects of this stage; returns counts.

    Memory: some 200 bytes a sample, and 700 with near-duplicates.
    """
    units, keys, sides, signatures = _units(recipe, folder, num_partitions)
    cluster = _clusters(units, keys, signatures, recipe.deduplication.near)
    first: dict[int, bytes] = {}
    held: dict[int, int] = {}
    for unit, number, its_side in zip(units, cluster, sides, strict=True):
        first[number] = min(first.get(number, unit), unit)
        held[number] = max(held.get(number, 0), its_side)
    is_one_kept = recipe.deduplication.exact or recipe.deduplication.near is not None
    verdict = {}
    for unit, number, its_side in zip(units, cluster, sides, strict=True):
        if is_one_kept:
            if first[number] != unit:
                verdict[unit] = ("duplicates", "duplicate", first[number].hex())
        elif held[number] != its_side:
            verdict[unit] = ("split", "twin held out", SPLITS[held[number]])
    counts: Counter[str] = Counter()
    with (
        tables.writing(folder / "plan.parquet", SCHEMA, _batch, size=lambda _: 1, group=1 << 18) as plan,
        tables.writing(
            folder / "rejects" / "plan.parquet", tables.REJECTS, rejects_batch, size=lambda _: 1, group=1 << 14
        ) as rejects,
    ):
        of = dict(zip(units, sides, strict=True))
        for number in range(num_partitions):
            row = -1
            for row, sample in enumerate(_rows(place(folder, number).samples, verdict)):
                if isinstance(sample, Reject):
                    counts["rejected samples"] += 1
                    rejects.add(sample)
                else:
                    unit, tokens = sample
                    counts[SPLITS[of[unit]]] += 1
                    counts["tokens"] += tokens
                    plan.add((number, row, of[unit], tokens))
            advance(1, row + 1)
    return dict(counts)


def shards(recipe: Recipe, folder: Path) -> list[Shard]:
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


def rows_of(shard: Shard, folder: Path) -> Iterator[tuple[int, list[int]]]:
    """The rows of a shard: the number of a partition, and rows in it, in order."""
    table = pa.Table.from_batches(tables.batches(folder / "plan.parquet"), SCHEMA)
    chosen = np.flatnonzero(table["split"].to_numpy() == shard.split)[shard.start : shard.stop]
    partition, row = table["partition"].to_numpy()[chosen], table["row"].to_numpy()[chosen]
    for number in np.unique(partition):
        yield int(number), row[partition == number].tolist()


def _units(
    recipe: Recipe, folder: Path, num_partitions: int
) -> tuple[list[bytes], list[bytes], list[int], np.ndarray | None]:
    """Of each unit once: its name, its code's key, its split, and its signature."""
    units: list[bytes] = []
    keys: list[bytes] = []
    sides: list[int] = []
    signatures: list[bytes] = []
    memory: dict[str, int] = {}
    last = None
    for number in range(num_partitions):
        for batch in tables.batches(place(folder, number).samples, _COLUMNS):
            for unit, group, key, signature in zip(*(batch[name].to_pylist() for name in _COLUMNS[:4]), strict=True):
                if unit == last:
                    continue
                last = unit
                if group not in memory:
                    memory[group] = side(group, recipe)
                units.append(unit)
                keys.append(key)
                sides.append(memory[group])
                signatures.append(signature)
    if recipe.deduplication.near is None:
        return units, keys, sides, None
    table = np.frombuffer(b"".join(signatures), dtype=np.uint32).reshape(len(units), -1)
    return units, keys, sides, table


def _clusters(units: list[bytes], keys: list[bytes], signatures: np.ndarray | None, near: float | None) -> list[int]:
    """A number for each unit, the same for duplicates of each other."""
    first: dict[bytes, int] = {}
    exact = [first.setdefault(key, number) for number, key in enumerate(keys)]
    if near is None or signatures is None or not units:
        return exact
    # Equal code has equal signatures, so one of each is enough
    chosen = sorted(first.values())
    similar = clusters([units[number] for number in chosen], signatures[chosen], near)
    number_of = {unit: number for number, unit in enumerate(units)}
    return [number_of[similar[units[number]]] for number in exact]


def _rows(path: Path, verdict: dict[bytes, tuple[str, str, str]]) -> Iterator[Reject | tuple[bytes, int]]:
    columns = ["unit", "origin", "function", "stripped", "licence", "n_prompt", "n_completion"]
    for batch in tables.batches(path, columns):
        for row in batch.to_pylist():
            if row["unit"] in verdict:
                stage, reason, detail = verdict[row["unit"]]
                yield Reject(
                    row["origin"],
                    row["function"],
                    stage,
                    reason,
                    detail,
                    row["licence"],
                    is_sample=True,
                    is_stripped=row["stripped"],
                )
            else:
                yield row["unit"], row["n_prompt"] + row["n_completion"]


def _batch(rows: Iterable[tuple[int, int, int, int]]) -> pa.RecordBatch:
    arrays = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)]
    return pa.record_batch(arrays, schema=SCHEMA)
