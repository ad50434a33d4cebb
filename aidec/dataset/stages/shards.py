"""The last stage: the samples that are kept, in the files of the dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aidec.bytecode import load
from aidec.common.files import atomic
from aidec.dataset import packed, plan, tables
from aidec.dataset.partitions import place
from aidec.dataset.plan import Shard
from aidec.dataset.recipe import Recipe
from aidec.dataset.samples import maker, origin_of
from aidec.packs import renderer

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
    ]
)
"""The columns of a dataset; ``docs/datasets.md`` explains them."""

SUFFIXES = {"parquet": "parquet", "jsonl": "jsonl", "tokens": "bin"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the dataset: its columns but for ids and mask, and these."""

    columns: dict[str, Any]
    ids: NDArray[np.uint32]
    mask: NDArray[np.int8]


def suffix(recipe: Recipe) -> str:
    """How the names of shards end."""
    compressed = recipe.output.format == "jsonl" and recipe.output.compression == "zstd"
    return SUFFIXES[recipe.output.format] + (".zst" if compressed else "")


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
            packed.write(file, (row.ids for row in counted()), maker(recipe).tokenizer.vocab_size)
    elif recipe.output.format == "jsonl":
        _write_lines(path, counted(), recipe)
    else:
        _write_parquet(path, counted(), recipe)
    return counts


def _rows(recipe: Recipe, folder: Path, shard: Shard) -> Iterator[Row]:
    made_by = maker(recipe)
    pack = renderer(made_by.pack)
    wants_text = recipe.output.format != "tokens" and bool({"messages", "prompt"} & set(recipe.output.columns))
    for number, chosen in plan.rows_of(shard, folder):
        for sample in _samples(place(folder, number).samples, chosen):
            text = pack.render(load(sample["chunk"].as_py())) if wants_text else ""
            prompt = [
                *([{"role": "system", "content": recipe.system}] if recipe.system else []),
                {"role": "user", "content": text},
            ]
            # A source that is not UTF-8 has no text; its bytes are in the ids
            completion = [{"role": "assistant", "content": sample["source"].as_py().decode(errors="replace")}]
            columns = {
                "id": sample["id"].as_py().hex(),
                "origin": origin_of(sample["origin"].as_py(), sample["function"].as_py()),
                "licence": sample["licence"].as_py(),
                "stripped": sample["stripped"].as_py(),
                "n_instructions": sample["n_instructions"].as_py(),
                "messages": prompt + completion,
                "prompt": prompt,
                "completion": completion,
            }
            ids = sample["ids"].values.to_numpy()
            yield Row(columns, ids, np.frombuffer(sample["mask"].as_py(), dtype=np.int8))


def _samples(path: Path, chosen: list[int]) -> Iterator[dict[str, Any]]:
    """Some rows of a partition, each column a scalar of Arrow's."""
    first = 0
    wanted = np.array(chosen)
    for batch in tables.batches(path, size=16):
        for row in wanted[(wanted >= first) & (wanted < first + batch.num_rows)] - first:
            yield {name: batch[name][int(row)] for name in batch.schema.names}
        first += batch.num_rows


def _write_parquet(path: Path, rows: Iterator[Row], recipe: Recipe) -> None:
    schema = pa.schema([field for field in SCHEMA if field.name in recipe.output.columns])
    with tables.writing(
        path,
        schema,
        lambda found: _batch(found, schema),
        size=lambda row: len(row.ids),
        group=recipe.output.row_group_tokens,
        compression=recipe.output.compression,
    ) as table:
        for row in rows:
            table.add(row)


def _batch(rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        if field.name == "input_ids":
            array = _lists([row.ids.astype(np.int32) for row in rows])
        elif field.name == "assistant_masks":
            array = _lists([row.mask for row in rows])
        else:
            array = pa.array([row.columns[field.name] for row in rows], field.type)
        arrays.append(array)
    return pa.record_batch(arrays, schema=schema)


def _lists(found: list[NDArray[Any]]) -> pa.Array:
    offsets = np.cumsum([0, *map(len, found)], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate(found)))


def _write_lines(path: Path, rows: Iterator[Row], recipe: Recipe) -> None:
    with atomic(path) as file, _compressing(file, recipe) as out:
        for row in rows:
            columns = {**row.columns, "input_ids": row.ids.tolist(), "assistant_masks": row.mask.tolist()}
            line = {name: columns[name] for name in SCHEMA.names if name in recipe.output.columns}
            out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _compressing(file: Any, recipe: Recipe) -> Any:
    from contextlib import nullcontext

    if recipe.output.compression == "none":
        return nullcontext(file)
    return pa.CompressedOutputStream(file, "zstd")
