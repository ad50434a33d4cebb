"""The second stage: the documents of a partition are made into samples, in a file that later stages read."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from aidec.bytecode import dump
from aidec.bytecode.fingerprint import exact_key, signature
from aidec.common.errors import AidecError
from aidec.dataset import tables
from aidec.dataset.recipe import Recipe
from aidec.dataset.samples import Divided, Reject, Sample, TooLongError, instructions, maker
from aidec.dataset.spool import name_of, spooled
from aidec.sources import Document

SCHEMA = pa.schema(
    [
        ("id", pa.binary(16)),
        ("unit", pa.binary(16)),
        ("group", pa.string()),
        ("origin", pa.string()),
        ("function", pa.string()),
        ("licence", pa.string()),
        ("stripped", pa.bool_()),
        ("n_instructions", pa.int32()),
        ("n_prompt", pa.int32()),
        ("n_completion", pa.int32()),
        ("key", pa.binary(16)),
        ("signature", pa.binary()),
        ("chunk", pa.large_binary()),
        ("source", pa.large_binary()),
        ("ids", pa.list_(pa.uint32())),
        ("mask", pa.large_binary()),
    ]
)

GROUP_TOKENS = 1_000_000
"""How many tokens a row group holds, which is what a process holds in memory."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of a partition."""

    spool: Path
    samples: Path
    rejects: Path

    @property
    def outputs(self) -> list[Path]:
        """Those that this stage writes."""
        return [self.samples, self.rejects]


def place(folder: Path, number: int) -> Place:
    """Where the files of a partition are in the folder of a build."""
    return Place(
        spool=folder / "spool" / name_of(number),
        samples=folder / "samples" / f"{number:05d}.parquet",
        rejects=folder / "rejects" / f"{number:05d}.parquet",
    )


def make(recipe: Recipe, folder: Path, number: int) -> dict[str, int]:
    """Make the samples of a partition; returns counts.

    Raises:
        TooLongError: a sample is, and the recipe says that this ends the build.
        OSError: a file can't be written.
    """
    files = place(folder, number)
    is_near = recipe.deduplication.near is not None
    counts: Counter[str] = Counter()
    with (
        tables.writing(
            files.samples, SCHEMA, lambda rows: _batch(rows, recipe, is_near), size=_size, group=GROUP_TOKENS
        ) as samples,
        tables.writing(files.rejects, tables.REJECTS, rejects_batch, size=lambda _: 1, group=1 << 14) as rejects,
    ):
        for document, is_again in spooled(files.spool):
            counts["records"] += 1
            counts["bytes"] += len(document.data)
            is_used = False
            for result in [_again(document)] if is_again else _samples(recipe, document):
                is_sample = not isinstance(result, Reject) or result.is_sample
                is_used |= is_sample
                counts["samples"] += is_sample
                if isinstance(result, Sample):
                    counts["tokens"] += len(result.ids)
                    samples.add(result)
                elif isinstance(result, Divided):
                    counts["divided"] += 1
                else:
                    rejects.add(result)
            counts["used records"] += is_used
    return dict(counts)


def rejects_batch(rejects: list[Reject]) -> pa.RecordBatch:
    """Columns of rejects."""
    columns = [
        [item.origin for item in rejects],
        [item.function for item in rejects],
        [item.is_stripped for item in rejects],
        [item.stage for item in rejects],
        [item.reason for item in rejects],
        [item.detail.encode(errors="replace").decode() for item in rejects],
        [item.licence for item in rejects],
        ["sample" if item.is_sample else "record" for item in rejects],
        [1] * len(rejects),
    ]
    return _record_batch(columns, tables.REJECTS)


def _samples(recipe: Recipe, document: Document) -> Iterator[Sample | Reject | Divided]:
    """What a document gives, one by one: a sample may have a hundred million tokens."""
    has_any = False
    try:
        for result in maker(recipe).make(document):
            has_any = True
            yield result
    except (TooLongError, OSError):
        raise
    except Exception as error:  # one record never stops a run
        detail = str(error) if isinstance(error, AidecError) else f"{type(error).__name__}: {error}"
        yield Reject(document.origin, "", "encode", "failed", detail, document.licence, is_sample=has_any)


def _again(document: Document) -> Reject:
    detail = "the sources name it more than once, or two things by one name"
    return Reject(document.origin, "", "read", "named twice", detail, document.licence)


def _size(sample: Sample) -> int:
    return len(sample.ids)


def _batch(samples: list[Sample], recipe: Recipe, is_near: bool) -> pa.RecordBatch:  # noqa: FBT001
    completions = [sample.mask.count(1) for sample in samples]
    columns = [
        [sample.id for sample in samples],
        [sample.unit for sample in samples],
        [group_of(sample.document, recipe) for sample in samples],
        [sample.document.origin for sample in samples],
        [sample.function for sample in samples],
        [sample.document.licence for sample in samples],
        [sample.is_stripped for sample in samples],
        [instructions(sample.chunk.main) for sample in samples],
        [len(sample.ids) - count for sample, count in zip(samples, completions, strict=True)],
        completions,
        [exact_key(sample.chunk.main) for sample in samples],
        [signature(sample.chunk.main).tobytes() if is_near else None for sample in samples],
        [dump(sample.chunk) for sample in samples],
        [sample.source for sample in samples],
        token_lists([sample.ids for sample in samples]),
        [sample.mask for sample in samples],
    ]
    return _record_batch(columns, SCHEMA)


def token_lists(found: list[array[int]]) -> pa.Array:
    """A column of lists of tokens."""
    offsets = np.zeros(len(found) + 1, dtype=np.int32)
    np.cumsum([len(ids) for ids in found], out=offsets[1:])
    values = np.concatenate([np.frombuffer(ids, dtype=np.uint32) for ids in found])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))


def group_of(document: Document, recipe: Recipe) -> str:
    """What a split does not divide: the repository, or the document itself where that is not known."""
    return (recipe.split.by == "repository" and document.repository) or document.origin


def _record_batch(columns: list[object], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)
