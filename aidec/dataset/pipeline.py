"""Building a dataset: the stages one after the other, and at the end the proof that nothing is missing.

    inputs ──partition──▶ documents ──samples──▶ samples ──plan──▶ the rows of each shard ──shards──▶ the dataset

All of it is written to a folder beside the output, and moved to the output when it is complete.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa

from aidec.common.errors import DatasetError
from aidec.dataset import card, tables
from aidec.dataset.identity import identity_of, versions
from aidec.dataset.manifest import Manifest, locked
from aidec.dataset.reader import DATA, DECONTAMINATION, RECORD, open_dataset
from aidec.dataset.recipe import SPLITS, Recipe
from aidec.dataset.sampler import sampler_of
from aidec.dataset.stages import plan, samples, shards
from aidec.dataset.stages.partition import Input, count_partitions, inventory, tallies, write_partitions
from aidec.dataset.stages.samples import place, rejects_batch
from aidec.parallel import executors
from aidec.parallel.executors import Run

Task = TypeVar("Task")

Advance = Callable[[int, int], object]
"""Takes note of progress: of how many steps were made, and how many bytes, samples or tokens they had."""


class Progress(Protocol):
    """Shows the progress of a stage."""

    def __call__(self, stage: str, total: int | None, unit: str) -> AbstractContextManager[Advance]:
        """Show a stage of ``total`` steps, or None if that is not known, whose rate is counted in ``unit``."""


@contextmanager
def silently(stage: str, total: int | None, unit: str) -> Iterator[Advance]:  # noqa: ARG001 (a Progress)
    """Shows nothing."""
    yield lambda _steps, _amount: None


def build(
    recipe: Recipe, *, jobs: int = 1, restart: bool = False, replace: bool = False, progress: Progress = silently
) -> dict[str, int]:
    """Build a dataset, or go on with a build that was ended.

    Args:
        recipe: what to build.
        jobs: how many processes.
        restart: begin anew even if a build was ended before it was complete.
        replace: replace the dataset that is in the output's place.
        progress: shows the progress of each stage.

    Returns:
        Counts: the ``records`` of the input, and ``rejected records`` among them; the files in folders that were
        ``passed over`` since they have other names than Lua's; the ``samples`` that were made of the
        others, among them the ``divided`` ones, which gave way to samples of their functions, and the ``rejected
        samples``; those that are left in ``train``, ``validation`` and ``test``, of which ``repeated`` ones come
        again, as their weights say; and the ``tokens`` of these.

    Raises:
        AidecError: the recipe, the tokenizer or the pack do not fit, or the counts do not add up.
        OSError: something can't be written; what was done is kept, and another call goes on.
    """
    output = Path(recipe.output.path)
    if output.exists() and not replace:
        raise DatasetError(f"{output}: something is there already; --replace puts the dataset in its place")
    sampler_of(recipe)
    work = output.with_name(f"{output.name}.building")
    with locked(work):
        if restart:
            for item in work.iterdir():
                shutil.rmtree(item) if item.is_dir() else item.unlink()
        inputs = inventory(recipe)
        with executors.opened(recipe.engine, jobs) as run:
            under_way = _Build(recipe, work, inputs, run, progress)
            totals = under_way.stages()
        _finish(under_way, inputs, totals)
        if output.exists():
            old = output.with_name(f"{output.name}.old")
            output.rename(old)
            (work / "final").rename(output)
            shutil.rmtree(old)
        else:
            (work / "final").rename(output)
        shutil.rmtree(work)
    return totals


class _Build:
    """A build under way, in its folder."""

    def __init__(self, recipe: Recipe, work: Path, inputs: list[Input], run: Run, progress: Progress) -> None:
        self.recipe = recipe
        self.work = work
        self.run = run
        self.progress = progress
        self.manifest = Manifest(work, identity_of(recipe, inputs))
        self.num_partitions = count_partitions(inputs, recipe)

    def stages(self) -> dict[str, int]:
        """Do what is not done yet; returns the counts of all."""
        self._partition()
        numbers = range(self.num_partitions)
        make = partial(samples.make, self.recipe, self.work)
        self._each("samples", make, numbers, str, lambda number: place(self.work, number).outputs)
        self._plan()
        wanted = plan.planned_shards(self.recipe, self.work)
        data = self.work / "final" / DATA
        suffix = shards.suffix(self.recipe)
        write = partial(shards.make, self.recipe, self.work, data)
        self._each("shards", write, wanted, lambda shard: shard.name(suffix), lambda shard: [data / shard.name(suffix)])
        return self._totals(numbers, [shard.name(suffix) for shard in wanted])

    def _partition(self) -> None:
        folder, rejects = self.work / "partitions", self.work / "rejects" / "partition.parquet"
        if self.manifest.is_done("partition", rejects):
            return
        shutil.rmtree(folder, ignore_errors=True)
        with self.progress("read", None, "bytes") as advance:
            found, num_documents, passed_over = write_partitions(
                self.recipe, folder, self.num_partitions, lambda document: advance(1, len(document.data))
            )
        tables.write(rejects, pa.Table.from_batches([rejects_batch(found)]))
        self.manifest.finish(
            "partition",
            {
                "records": num_documents + len(found),
                "rejected records": len(found),
                "passed over": passed_over.total,
            },
            rejects,
        )

    def _plan(self) -> None:
        files = [self.work / "plan.parquet", self.work / plan.OVERLAP, self.work / "rejects" / "plan.parquet"]
        if not self.manifest.is_done("plan", *files):
            with self.progress("plan", self.num_partitions, "samples") as advance:
                counts = plan.make(self.recipe, self.work, self.num_partitions, advance)
            self.manifest.finish("plan", counts, *files)

    def _each(
        self,
        stage: str,
        function: Callable[[Task], dict[str, int]],
        tasks: Sequence[Task],
        name: Callable[[Task], str],
        files: Callable[[Task], list[Path]],
    ) -> None:
        """Do a stage's tasks that are not done yet."""
        with self.progress(stage, len(tasks), "tokens") as advance:
            left = []
            for task in tasks:
                if self.manifest.is_done(f"{stage} {name(task)}", *files(task)):
                    advance(1, 0)
                else:
                    left.append(task)
            for task, counts in self.run(function, left):
                self.manifest.finish(f"{stage} {name(task)}", counts, *files(task))
                advance(1, counts.get("tokens", 0))

    def _totals(self, numbers: Sequence[int], names: list[str]) -> dict[str, int]:
        """The counts that ``build`` returns.

        Raises:
            DatasetError: what the stages counted does not agree with what is in the files.
        """
        read, planned = self.manifest.counts("partition"), self.manifest.counts("plan")
        made: Counter[str] = Counter()
        for number in numbers:
            made.update(self.manifest.counts(f"samples {number}"))
        written: Counter[str] = Counter()
        for name in names:
            counts = self.manifest.counts(f"shards {name}")
            written["tokens"] += counts["tokens"]
            written[name.partition("-")[0]] += counts["samples"]
        rejected = self._merge_rejects()
        totals = {
            "records": read["records"],
            "passed over": read["passed over"],
            "rejected records": rejected["record"],
            "samples": made["samples"],
            "divided": made["divided"],
            "rejected samples": rejected["sample"],
            "repeated": planned["repeated"],
            **{split: written[split] for split in SPLITS},
            "tokens": written["tokens"],
        }
        kept = sum(written[split] for split in SPLITS)
        for what, ours, theirs in (
            (
                "records read and records worked on",
                read["records"] - read["rejected records"],
                made["records"],
            ),
            (
                "records and those used or rejected",
                read["records"],
                made["used records"] + rejected["record"],
            ),
            (
                "samples, repeated ones too, and those kept, divided or rejected",
                made["samples"] + planned["repeated"],
                kept + made["divided"] + rejected["sample"],
            ),
            ("tokens planned and written", planned["tokens"], written["tokens"]),
        ):
            if ours != theirs:
                raise DatasetError(f"{self.work}: the counts do not add up: {what}: {ours:,} and {theirs:,}")
        return totals

    def items(self) -> dict[str, dict[str, int]]:
        """By the kind of items how many were worked on, and how many samples were made of them."""
        made: Counter[str] = Counter()
        for number in range(self.num_partitions):
            made.update(self.manifest.counts(f"samples {number}"))
        kinds = sorted(name.removeprefix(samples.ITEMS) for name in made if name.startswith(samples.ITEMS))
        return {kind: {"items": made[samples.ITEMS + kind], "samples": made[samples.SAMPLES + kind]} for kind in kinds}

    def _merge_rejects(self) -> Counter[str]:
        """Write ``rejects.parquet``; returns how many there are of each unit."""
        folder = self.work / "rejects"
        parts = [folder / "partition.parquet"]
        parts += [place(self.work, number).rejects for number in range(self.num_partitions)]
        parts.append(folder / "plan.parquet")
        counts: Counter[str] = Counter()
        with tables.merging(self.work / "final" / "rejects.parquet", tables.REJECTS) as writer:
            for part in parts:
                for batch in tables.batches(part, size=1 << 14):
                    writer.write_batch(batch)
                    for unit, number in zip(batch["unit"].to_pylist(), batch["n"].to_pylist(), strict=True):
                        counts[unit] += number
        return counts


def why_none(folder: Path, totals: dict[str, int]) -> str:
    """Why a dataset has no samples: how many there were, and what became of the first."""
    records, samples = totals["records"], totals["rejected samples"]
    text = f"{totals['rejected records']:,} of {records:,} records were rejected, and {samples:,} samples"
    if totals["passed over"]:
        passed_over = totals["passed over"]
        text += f"; {passed_over:,} files in folders have other names, or are links or pipes, see glob in the recipe"
    for batch in tables.batches(folder / "rejects.parquet", size=1):
        for row in batch.to_pylist():
            return f"{text}; {row['origin']}: {row['detail'] or row['reason']}"
    return text


def _finish(build: _Build, inputs: list[Input], totals: dict[str, int]) -> None:
    """Write what stands beside the shards: the record, the inputs, the report of decontamination, the card."""
    recipe, work, items, identity = build.recipe, build.work, build.items(), build.manifest.identity
    final = work / "final"
    names = sorted(path.name for path in (final / DATA).glob("*")) if (final / DATA).exists() else []
    tokenizer = sampler_of(recipe).tokenizer
    record = {
        "recipe": recipe.content,
        "versions": versions(),
        "sha256": {key: value for key, value in identity.items() if key != "versions"},
        "counts": totals,
        **({"items": items, "made": tallies(recipe)} if items else {}),
        "overlap": json.loads((work / plan.OVERLAP).read_bytes()),
        "losses": list(tokenizer.losses),
        "rare_losses": list(tokenizer.rare_losses),
        "shards": {split: [name for name in names if name.startswith(f"{split}-")] for split in SPLITS},
    }
    (final / RECORD).write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
    tables.write(final / "inputs.parquet", pa.Table.from_pylist([asdict(item) for item in inputs], tables.INPUTS))
    if recipe.decontaminate.tasks:
        report = sampler_of(recipe).tasks.report(_left_out(final / "rejects.parquet"))
        (final / DECONTAMINATION).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    card.write(open_dataset(final))


def _left_out(path: Path) -> dict[str, dict[str, int]]:
    """By the id of a task how many samples were left out for being near it, by the reason."""
    found: dict[str, Counter[str]] = {}
    for batch in tables.batches(path, ["near", "reason"], size=1 << 14):
        for row in batch.to_pylist():
            if row["near"] is not None:
                found.setdefault(row["near"], Counter())[row["reason"]] += 1
    return {task: dict(sorted(found[task].items())) for task in sorted(found)}
