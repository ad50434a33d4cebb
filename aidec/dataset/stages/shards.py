"""The last stage: the samples that are kept, in the files of the dataset."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence, Sized
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aidec.common.files import atomic
from aidec.dataset import packed, tables
from aidec.dataset.messages import Message, messages_of
from aidec.dataset.recipe import Recipe
from aidec.dataset.sample import digest, origin_of
from aidec.dataset.sampler import Sampler, sampler_of
from aidec.dataset.stages import plan
from aidec.dataset.stages.plan import Shard
from aidec.dataset.stages.samples import place
from aidec.tokenizers import Tokenizer

_MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("licence", pa.string()),
        pa.field("stripped", pa.bool_(), nullable=False),
        pa.field("n_instructions", pa.int32(), nullable=False),
        pa.field("messages", pa.list_(_MESSAGE), nullable=False),
        pa.field("prompt", pa.list_(_MESSAGE), nullable=False),
        pa.field("completion", pa.list_(_MESSAGE), nullable=False),
        pa.field("input_ids", pa.list_(pa.int32()), nullable=False),
        pa.field("assistant_masks", pa.list_(pa.int8()), nullable=False),
        pa.field("kind", pa.string()),
        pa.field("task", pa.string()),
        pa.field("item", pa.large_string()),
    ]
)
"""The columns of a dataset; ``docs/reference/datasets.md`` explains them."""

_NEEDED = ["id", "origin", "function", "licence", "stripped", "n_instructions", "source", "kind", "messages", "item"]
_TEXT = ["text", "text_start", "text_stop"]
"""The columns of samples that rows are made of, but for tokens and masks."""

_REPEATED = ["licence", "kind", "task", "assistant_masks.list.element"]
_REPEATED += [f"{name}.list.element.role" for name in ("messages", "prompt", "completion")]
"""The columns whose values repeat; with a dictionary of texts and tokens, files are larger and take longer."""

PACKED = {"zstd": ".zst", "gzip": ".gz", "none": ""}
SUFFIXES = {"parquet": "parquet", "jsonl": "jsonl", "tokens": "bin"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the dataset.

    Attributes:
        columns: its values by column, but for tokens and mask.
        ids: the tokens.
        mask: the mask.
    """

    columns: dict[str, Any]
    ids: NDArray[np.unsignedinteger]
    mask: NDArray[np.int8]


def suffix(recipe: Recipe) -> str:
    """How the names of shards end."""
    packed_as = PACKED[recipe.output.packing] if recipe.output.format == "jsonl" else ""
    return SUFFIXES[recipe.output.format] + packed_as


def make(recipe: Recipe, work: Path, data: Path, shard: Shard) -> dict[str, int]:
    """Write a shard from the samples in the folder of a build to the folder ``data``; returns counts."""
    path = data / shard.name(suffix(recipe))
    counts = {"samples": 0, "tokens": 0}

    def counted() -> Iterator[Row]:
        for row in _rows(recipe, work, shard):
            counts["samples"] += 1
            counts["tokens"] += len(row.ids)
            yield row

    if recipe.output.format == "tokens":
        with atomic(path) as file:
            packed.write(file, (row.ids for row in counted()), sampler_of(recipe).tokenizer.vocab_size)
    elif recipe.output.format == "jsonl":
        _write_lines(path, counted(), recipe)
    else:
        _write_parquet(path, counted(), recipe)
    return counts


def _rows(recipe: Recipe, folder: Path, shard: Shard) -> Iterator[Row]:
    sampler = sampler_of(recipe)
    tokens = _tokens(sampler.tokenizer)
    for number, chosen, copy in plan.rows_of(shard, folder):
        for samples, here in tables.picked(place(folder, number).samples, chosen, [*_NEEDED, *_TEXT, "ids", "mask"]):
            found = samples.select([*_NEEDED, *_TEXT]).take(pa.array(here)).to_pylist()
            for i, sample in zip(here.tolist(), found, strict=True):
                ids = np.frombuffer(samples["ids"][i].as_buffer(), dtype=sampler.tokenizer.type_code)
                messages = _messages(sampler, sample, ids, tokens)
                columns = {
                    "id": (digest(sample["id"], str(copy).encode()) if copy else sample["id"]).hex(),
                    "origin": origin_of(sample["origin"], sample["function"]),
                    "licence": sample["licence"],
                    "stripped": sample["stripped"],
                    "n_instructions": sample["n_instructions"],
                    "messages": messages,
                    "prompt": messages[:-1],
                    "completion": messages[-1:],
                    "kind": sample["kind"],
                    "task": sample["function"] if sample["kind"] else None,
                    "item": sample["item"],
                }
                yield Row(columns, ids, np.frombuffer(samples["mask"][i].as_buffer(), dtype=np.int8))


def _messages(
    sampler: Sampler, sample: dict[str, Any], ids: NDArray[Any], tokens: NDArray[np.object_]
) -> list[Message]:
    """The conversation of a sample, as texts."""
    if sample["messages"] is not None:
        found: list[Message] = json.loads(sample["messages"])
        return found
    text = sample["text"]
    if sampler.has_texts and text is None:
        text = b"".join(tokens[ids[sample["text_start"] : sample["text_stop"]]].tolist()).decode()
    # A source that is not UTF-8 has no text; its bytes are in the ids
    return messages_of(sampler.recipe.system, text or "", sample["source"].decode(errors="replace"))


def _tokens(tokenizer: Tokenizer) -> NDArray[np.object_]:
    """The bytes of each token: numpy looks up many in half the time of a list."""
    tokens = np.empty(tokenizer.vocab_size, dtype=object)
    tokens[:] = [tokenizer.token(i) for i in range(tokenizer.vocab_size)]
    return tokens


def _write_parquet(path: Path, rows: Iterator[Row], recipe: Recipe) -> None:
    schema = pa.schema([field for field in SCHEMA if field.name in recipe.output.columns])
    with tables.writing(
        path,
        schema,
        lambda found: _batch(found, schema),
        size=lambda row: len(row.ids),
        group=recipe.output.row_group_tokens,
        compression=recipe.output.packing,
        dictionary=_REPEATED,
    ) as table:
        for row in rows:
            table.add(row)


def _batch(rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        if field.name == "input_ids":
            array = _lists([row.ids for row in rows], np.int32)
        elif field.name == "assistant_masks":
            array = _lists([row.mask for row in rows], np.int8)
        elif field.type == pa.list_(_MESSAGE):
            array = _conversations([row.columns[field.name] for row in rows])
        else:
            array = pa.array([row.columns[field.name] for row in rows], field.type)
        arrays.append(array)
    return pa.record_batch(arrays, schema=schema)


def _lists(found: list[NDArray[Any]], dtype: type[np.integer]) -> pa.Array:
    """A column of lists of numbers."""
    return pa.ListArray.from_arrays(_offsets(found), pa.array(np.concatenate(found, dtype=dtype, casting="unsafe")))


def _conversations(found: list[list[Message]]) -> pa.Array:
    """A column of lists of messages."""
    messages = list(chain.from_iterable(found))
    values = [pa.array([message[field.name] for message in messages], field.type) for field in _MESSAGE]
    return pa.ListArray.from_arrays(_offsets(found), pa.StructArray.from_arrays(values, fields=list(_MESSAGE)))


def _offsets(found: Sequence[Sized]) -> pa.Array:
    return pa.array(np.cumsum([0, *map(len, found)], dtype=np.int32))


def _write_lines(path: Path, rows: Iterator[Row], recipe: Recipe) -> None:
    with atomic(path) as file, _compressing(file, recipe) as out:
        for row in rows:
            columns = {**row.columns, "input_ids": row.ids.tolist(), "assistant_masks": row.mask.tolist()}
            line = {name: columns[name] for name in SCHEMA.names if name in recipe.output.columns}
            out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _compressing(file: Any, recipe: Recipe) -> Any:
    if recipe.output.packing == "none":
        return nullcontext(file)
    if recipe.output.packing == "gzip":
        return gzip.GzipFile("", "wb", fileobj=file, mtime=0)  # the bytes depend on the content alone
    return pa.CompressedOutputStream(file, "zstd")
