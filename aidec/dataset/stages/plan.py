"""The third stage, over all partitions: it keeps one of each cluster of duplicates, and gives each group to a split.

No sample of training has a twin in validation or test. Twins are samples of equal code, and with ``deduplication.near``
also of similar code; they form clusters. With deduplication one unit of each cluster is kept, the one with the smallest
hash. Without it, a cluster may have samples in several splits; those held out stay, and their twins in training are
rejected. Then samples are rejected that have functions in common with what is held out. Nothing depends on the order of
the samples.

Samples of training come as often as their weights say, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aidec.common.files import atomic
from aidec.dataset import tables
from aidec.dataset.duplicates import clusters
from aidec.dataset.recipe import SPLITS, Recipe
from aidec.dataset.sample import Reject
from aidec.dataset.stages import columns, overlap
from aidec.dataset.stages.columns import Samples
from aidec.dataset.stages.overlap import Clash
from aidec.dataset.stages.samples import rejects_batch
from aidec.dataset.weights import copies

SCHEMA = pa.schema(
    [
        ("partition", pa.int32()),
        ("row", pa.int32()),
        ("split", pa.int8()),
        ("tokens", pa.int32()),
        ("copy", pa.int32()),
    ]
)
"""``copy`` is 0 where a sample comes first, then 1 and so on; all that come first stand before all that come again."""

OVERLAP = "overlap.json"
"""The file of what splits have in common: a list of objects with the fields of ``Overlap``."""

KEPT, DUPLICATE, TWIN, SHARED, LEFT_OUT = range(5)
"""The verdict on a sample."""


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


def make(recipe: Recipe, folder: Path, num_partitions: int, advance: Callable[[int, int], object]) -> dict[str, int]:
    """Decide on every sample, and write ``plan.parquet`` and the rejects of this stage; returns counts.

    It takes 250 bytes of memory for each sample, and with ``near`` 2,000 more for each unit, measured with a million
    samples, and 400,000 with ``near``; 300 more for each sample with a function of a later split, measured with 61,000
    such among 200,000; and what ``overlap.measure`` takes.
    """
    samples = columns.read(recipe, folder, num_partitions)
    verdict, leader = _judge(recipe, samples)
    clashes = overlap.clashes(recipe, folder, samples, verdict == KEPT)
    verdict[list(clashes)] = SHARED
    times = np.where(samples.side == 0, copies(samples.weight, samples.unit, recipe.seed), 1)
    verdict[(verdict == KEPT) & (times == 0)] = LEFT_OUT
    is_kept = verdict == KEPT
    kept, copy = _copies(np.flatnonzero(is_kept), times)
    planned = (samples.partition[kept], samples.row[kept], samples.side[kept], samples.tokens[kept], copy)
    arrays = [pa.array(column, field.type) for column, field in zip(planned, SCHEMA, strict=True)]
    tables.write(folder / "plan.parquet", pa.table(arrays, schema=SCHEMA))
    with atomic(folder / OVERLAP) as file:
        file.write(json.dumps([asdict(item) for item in overlap.measure(recipe, folder, samples, is_kept)]).encode())
    reasons = _Reasons(folder, samples, verdict, leader, clashes)
    path = folder / "rejects" / "plan.parquet"
    with tables.writing(path, tables.REJECTS, rejects_batch, size=lambda _: 1, group=1 << 14) as rejects:
        found = dict(samples.by_partition(np.flatnonzero(~is_kept)))
        for number in range(num_partitions):
            places = found.get(number, kept[:0])
            for at, row in zip(places.tolist(), columns.shown(folder, number, samples.row[places]), strict=True):
                stage, reason, detail = reasons.of(at)
                rejects.add(
                    Reject(
                        row["origin"],
                        row["function"],
                        stage,
                        reason,
                        detail,
                        row["licence"],
                        is_sample=True,
                        is_stripped=row["stripped"],
                        kind=row["kind"] or "",
                    )
                )
            advance(1, int(np.count_nonzero(samples.partition == number)))
    return {"tokens": int(samples.tokens[kept].sum()), "repeated": int(np.count_nonzero(copy))}


def _copies(kept: NDArray[np.int64], times: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices of samples, each as often as it comes, and which time it is: the first of all, then the second."""
    rounds = [kept[times[kept] > again] for again in range(max(int(times[kept].max(initial=0)), 1))]
    return np.concatenate(rounds), np.repeat(np.arange(len(rounds)), [len(each) for each in rounds])


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


def rows_of(shard: Shard, folder: Path) -> Iterator[tuple[int, NDArray[np.int32], int]]:
    """The rows of a shard: the numbers of partitions, each with the numbers of its rows, ascending, and their copy."""
    table = pa.Table.from_batches(tables.batches(folder / "plan.parquet"), SCHEMA)
    chosen = np.flatnonzero(table["split"].to_numpy() == shard.split)[shard.start : shard.stop]
    partition, row, copy = (table[name].to_numpy()[chosen] for name in ("partition", "row", "copy"))
    for again in np.unique(copy):
        for number in np.unique(partition[copy == again]):
            yield int(number), row[(partition == number) & (copy == again)], int(again)


class _Reasons:
    """Why samples are rejected."""

    def __init__(
        self,
        folder: Path,
        samples: Samples,
        verdict: NDArray[np.int8],
        leader: NDArray[np.int64],
        clashes: dict[int, Clash],
    ) -> None:
        self._samples = samples
        self._verdict = verdict
        self._leader = leader
        self._clashes = clashes
        others = np.fromiter((clash.other for clash in clashes.values()), dtype=np.int64)
        named = np.union1d(leader[verdict == DUPLICATE], others)
        self._names = columns.origins(folder, samples, named.astype(np.int64))

    def of(self, at: int) -> tuple[str, str, str]:
        """The stage, the reason and the detail for the sample of an index."""
        if self._verdict[at] == DUPLICATE:
            return "duplicates", "duplicate", f"of {self._names[int(self._leader[at])]}"
        if self._verdict[at] == TWIN:
            return "split", "twin held out", "its code is in validation or test too"
        if self._verdict[at] == LEFT_OUT:
            return "weights", "left out", f"its weight is {self._samples.weight[at]:.6g}"
        clash = self._clashes[at]
        what = "its code" if clash.is_whole else f"a function in it, of {clash.instructions:,} instructions,"
        where = f"{SPLITS[self._samples.side[clash.other]]} too, in {self._names[clash.other]}"
        return "split", "function held out", f"{what} is in {where}"


def _judge(recipe: Recipe, samples: Samples) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
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
