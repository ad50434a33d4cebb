"""The second stage: the documents of a partition are made into samples, in a file that later stages read.

Functions are small, so those of several documents are encoded together, in windows that a process can hold. What fails
there is encoded again by itself, so that one document that can't be encoded is rejected alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from aidec.bytecode.fingerprint import minhashes
from aidec.common.errors import AidecError
from aidec.dataset import tables
from aidec.dataset.recipe import Recipe
from aidec.dataset.sample import (
    CodeDraft,
    Divided,
    Draft,
    Entry,
    Reject,
    Sample,
    TalkDraft,
    reject_record,
    reject_sample,
)
from aidec.dataset.sampler import Drafted, Sampler, sampler_of
from aidec.dataset.stages.partition import name_of, read_partition
from aidec.dataset.talks import as_texts

SCHEMA = pa.schema(
    [
        ("id", pa.binary(16)),
        ("unit", pa.binary(16)),
        ("group", pa.string()),
        ("origin", pa.string()),
        ("function", pa.string()),
        ("licence", pa.string()),
        ("kind", pa.string()),
        ("weight", pa.float64()),
        ("stripped", pa.bool_()),
        ("n_instructions", pa.int32()),
        ("n_prompt", pa.int32()),
        ("n_completion", pa.int32()),
        ("functions", pa.large_binary()),
        ("key", pa.binary(16)),
        ("signature", pa.binary()),
        ("text", pa.large_string()),
        ("text_start", pa.int32()),
        ("text_stop", pa.int32()),
        ("source", pa.large_binary()),
        ("messages", pa.large_string()),
        ("item", pa.large_string()),
        ("ids", pa.large_binary()),
        ("mask", pa.large_binary()),
    ]
)
"""``ids`` are the bytes of the array that the tokenizer makes: a list of numbers takes three times as long.

``messages`` has the conversation of an item, as JSON, and ``item`` the item; for code both are null.
``text`` is what the prompt shows; where it is null, it is the text of the tokens from ``text_start`` to
``text_stop``. Making it of them takes no more time than to store it and to read it back, or to render the chunk again.
"""

FUNCTIONS = np.dtype([("key", "S16"), ("instructions", "<i4"), ("own", "<i4")])
"""An item of the column ``functions``, which has one for the sample and for each function inside it: its exact key, its
instructions with those of functions inside it, and without them."""

_REPEATED = ["group", "origin", "licence", "kind", "functions"]
"""The columns whose values repeat."""

GROUP_TOKENS = 1_000_000
"""How many tokens a row group holds, which is what a process holds in memory."""

ITEMS, SAMPLES = "items of ", "samples of "
"""How the names of counts begin that end with a kind of items."""

WINDOW_INSTRUCTIONS = 1 << 15
"""How many instructions are encoded together: with ``classic`` about two million tokens."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of a partition."""

    documents: Path
    samples: Path
    rejects: Path

    @property
    def outputs(self) -> list[Path]:
        """The files that this stage writes."""
        return [self.samples, self.rejects]


def place(folder: Path, number: int) -> Place:
    """Where the files of a partition are in the folder of a build."""
    return Place(
        documents=folder / "partitions" / name_of(number),
        samples=folder / "samples" / f"{number:05d}.parquet",
        rejects=folder / "rejects" / f"{number:05d}.parquet",
    )


def make(recipe: Recipe, folder: Path, number: int) -> dict[str, int]:
    """Make the samples of a partition; returns counts.

    Raises:
        TooLongError: a sample is too long, and the recipe says that this ends the build.
        OSError: a file can't be written.
    """
    files = place(folder, number)
    has_signatures = recipe.deduplication.near is not None or recipe.split.holds_out
    counts: Counter[str] = Counter()
    with (
        tables.writing(
            files.samples,
            SCHEMA,
            lambda rows: _batch(rows, recipe, has_signatures),
            size=_size,
            group=GROUP_TOKENS,
            dictionary=_REPEATED,
        ) as samples,
        tables.writing(files.rejects, tables.REJECTS, rejects_batch, size=lambda _: 1, group=1 << 14) as rejects,
    ):
        sampler = sampler_of(recipe)
        for result in _results(sampler, _items(sampler, read_partition(files.documents), counts), counts):
            if isinstance(result, Sample):
                counts["tokens"] += len(result.ids)
                samples.add(result)
            elif isinstance(result, Reject):
                rejects.add(result)
            else:
                counts["divided"] += 1
    return dict(counts)


@dataclass(slots=True, eq=False)
class _Record:
    """A document, and what became of it so far.

    Attributes:
        document: the document.
        is_used: whether it gave a sample, be it one that was rejected.
        has_failed: whether something went wrong that ends it.
    """

    document: Entry
    is_used: bool = False
    has_failed: bool = False


_Item = Drafted | Reject | Divided | Exception
"""What comes of a document: a draft that is to be encoded, a result, or an error that ends the document."""


def _items(
    sampler: Sampler, documents: Iterable[tuple[Entry, bool]], counts: Counter[str]
) -> Iterator[tuple[_Record, _Item]]:
    """What documents give before anything is encoded."""
    for document, is_again in documents:
        counts["records"] += 1
        if document.kind:
            counts[f"{ITEMS}{document.kind}"] += 1
        counts["bytes"] += len(document.data)
        record = _Record(document)
        if is_again:
            detail = "the sources name it more than once, or two things by one name"
            yield record, reject_record(document, "read", "named twice", detail)
            continue
        try:
            for item in sampler.drafts(document):
                yield record, item
        except OSError:
            raise
        except Exception as error:  # one record never stops a run
            yield record, error


def _results(
    sampler: Sampler, items: Iterable[tuple[_Record, _Item]], counts: Counter[str]
) -> Iterator[Sample | Reject | Divided]:
    """The results of items, in their order."""
    for window in _windows(items):
        encoded = _encode(sampler, [item for _, item in window if isinstance(item, Draft)])
        for record, item in window:
            result = next(encoded) if isinstance(item, Draft) else item
            if record.has_failed:
                continue
            if isinstance(result, Sample) and (problem := sampler.excess(result)) is not None:
                if isinstance(result.draft, CodeDraft) and sampler.can_divide(result.draft):
                    yield from _results(sampler, _divided(sampler, record, result.draft), counts)
                    continue
                result = reject_sample(result.draft, "limits", "too long", problem)
            elif isinstance(result, Sample) and (problem := sampler.shortage(result)) is not None:
                result = reject_sample(result.draft, "limits", "too short", problem)
            elif isinstance(result, Sample) and not sampler.is_trained(result):
                result = reject_sample(
                    result.draft, "encode", "nothing to train on", "the loss counts none of its tokens"
                )
            elif isinstance(result, Exception):
                record.has_failed = True
                result = _failed(record, result)
            is_sample = not isinstance(result, Reject) or result.is_sample
            counts["samples"] += is_sample
            if record.document.kind:
                counts[f"{SAMPLES}{record.document.kind}"] += is_sample
            counts["used records"] += is_sample and not record.is_used
            record.is_used |= is_sample
            yield result


def _divided(sampler: Sampler, record: _Record, draft: CodeDraft) -> Iterator[tuple[_Record, _Item]]:
    """The functions of a sample that is too long."""
    try:
        for item in sampler.divide(draft):
            yield record, item
    except Exception as error:
        yield record, error


def _windows(items: Iterable[tuple[_Record, _Item]]) -> Iterator[list[tuple[_Record, _Item]]]:
    """Items, as many at a time as are encoded together."""
    window: list[tuple[_Record, _Item]] = []
    filled = 0
    for record, item in items:
        window.append((record, item))
        filled += item.num_instructions if isinstance(item, Draft) else 1
        if filled >= WINDOW_INSTRUCTIONS:
            yield window
            window, filled = [], 0
    yield window


def _encode(sampler: Sampler, drafts: list[Drafted]) -> Iterator[Sample | Exception]:
    """The sample of each draft, or why there is none."""
    try:
        yield from sampler.encode(drafts)
    except OSError:
        raise
    except Exception:  # of one draft: which one it is shows when each is encoded by itself
        for draft in drafts:
            try:
                (sample,) = sampler.encode([draft])
            except OSError:
                raise
            except Exception as error:
                yield error
            else:
                yield sample


def _failed(record: _Record, error: Exception) -> Reject:
    """The reject of what nobody foresaw."""
    detail = str(error) if isinstance(error, AidecError) else f"{type(error).__name__}: {error}"
    document = record.document
    return Reject(
        document.origin, "", "encode", "failed", detail, document.licence, is_sample=record.is_used, kind=document.kind
    )


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
        [item.kind or None for item in rejects],
        [item.near or None for item in rejects],
        ["sample" if item.is_sample else "record" for item in rejects],
        [1] * len(rejects),
    ]
    return _record_batch(columns, tables.REJECTS)


def _size(sample: Sample) -> int:
    return len(sample.ids)


def _batch(samples: list[Sample], recipe: Recipe, has_signatures: bool) -> pa.RecordBatch:  # noqa: FBT001
    drafts = [sample.draft for sample in samples]
    talks = [draft if isinstance(draft, TalkDraft) else None for draft in drafts]
    completions = [sample.mask.count(1) for sample in samples]
    texts = [sample.prompt if isinstance(sample.prompt, str) else None for sample in samples]
    spans = [sample.prompt if isinstance(sample.prompt, tuple) else (None, None) for sample in samples]
    columns = [
        [draft.id for draft in drafts],
        [draft.unit for draft in drafts],
        [group_of(draft.document, recipe) for draft in drafts],
        [draft.document.origin for draft in drafts],
        [draft.function for draft in drafts],
        [draft.document.licence for draft in drafts],
        [draft.document.kind or None for draft in drafts],
        [draft.weight for draft in drafts],
        [draft.is_stripped for draft in drafts],
        [draft.num_instructions for draft in drafts],
        [len(sample.ids) - count for sample, count in zip(samples, completions, strict=True)],
        completions,
        tables.binaries([np.array(draft.functions, dtype=FUNCTIONS).tobytes() for draft in drafts]),
        [draft.key for draft in drafts],
        _signatures(drafts) if has_signatures else [None] * len(drafts),
        texts,
        [start for start, _ in spans],
        [stop for _, stop in spans],
        [draft.source for draft in drafts],
        [talk and json.dumps(as_texts(talk.messages), ensure_ascii=False) for talk in talks],
        [talk and talk.document.data.decode() for talk in talks],
        tables.binaries([memoryview(sample.ids).cast("B") for sample in samples]),
        tables.binaries([sample.mask for sample in samples]),
    ]
    return _record_batch(columns, SCHEMA)


def _signatures(drafts: list[Drafted]) -> list[bytes]:
    """The signatures of drafts; the stripped and the unstripped one of the same code have the same."""
    units = [list(group) for _, group in groupby(drafts, key=lambda draft: draft.unit)]
    found = minhashes([group[0].shingles() for group in units])
    return [row.tobytes() for row, group in zip(found, units, strict=True) for _ in group]


def group_of(document: Entry, recipe: Recipe) -> str:
    """What a split does not divide: the repository, or what an item was made of, or else the document itself."""
    return (recipe.split.by == "repository" and document.repository) or document.made_of or document.origin


def _record_batch(columns: list[object], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)
