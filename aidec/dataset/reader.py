"""Datasets read back: the record of how one was built, its shards, its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from aidec.common.arguments import checked_path
from aidec.common.errors import DatasetError
from aidec.dataset import packed, tables
from aidec.dataset.recipe import SPLITS

RECORD = "aidec.json"
DATA = "data"
DECONTAMINATION = "decontamination.json"
BATCH = 64


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset.

    Attributes:
        folder: where it is.
        record: the content of ``aidec.json``, which says how it was built.
        shards: the files of each split that has any, in order.
    """

    folder: Path
    record: dict[str, Any]
    shards: dict[str, list[Path]]

    @property
    def format(self) -> str:
        """``parquet``, ``jsonl`` or ``tokens``."""
        name: str = self.record["recipe"]["output"]["format"]
        return name

    @property
    def columns(self) -> list[str]:
        """Its columns."""
        return list(self.record["recipe"]["output"]["columns"])

    def rows(self, split: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a split, each with its columns by name; token shards have only ``input_ids``."""
        for path in self.shards[split]:
            yield from rows(path, columns)


def open_dataset(folder: str | Path) -> Dataset:
    """The dataset in a folder.

    Raises:
        DatasetError: there is none, or a shard is missing.
    """
    folder = Path(checked_path("folder", folder, DatasetError))
    try:
        record = json.loads((folder / RECORD).read_bytes())
        names = record["shards"]
        found = {split: [folder / DATA / name for name in names[split]] for split in SPLITS if names.get(split)}
    except FileNotFoundError:
        raise DatasetError(
            f"{folder}: no dataset there: expected the {RECORD} that aidec dataset build writes"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder / RECORD}: not a record of a dataset: {error}") from None
    for path in (path for paths in found.values() for path in paths):
        if not path.exists():
            raise DatasetError(f"{path}: the shard is missing")
    return Dataset(folder, record, found)


def rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a shard.

    Raises:
        DatasetError: it is damaged.
    """
    if packed.is_packed(path):
        yield from ({"input_ids": ids} for ids in packed.read(path))
        return
    try:
        if path.suffix == ".parquet":
            for batch in tables.batches(path, columns, BATCH):
                yield from _with_arrays(batch)
        else:
            with pa.input_stream(str(path)) as stream:
                for line in lines(stream):
                    row = json.loads(line)
                    yield row if columns is None else {name: row[name] for name in columns}
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DatasetError(f"{path}: damaged: {str(error).splitlines()[0]}") from None


def lines(stream: Any) -> Iterator[bytes]:
    """The lines of a stream of Arrow's."""
    rest = b""
    while block := stream.read(1 << 20):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _with_arrays(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch, with lists of numbers as arrays, which take a tenth of the memory."""
    for number in range(batch.num_rows):
        yield {
            name: column[number].values.to_numpy()
            if pa.types.is_list(column.type) and pa.types.is_integer(column.type.value_type)
            else column[number].as_py()
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
