"""Inputs in batches by the size of their files: what is composed together, and what one message takes to a process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

BATCH_ITEMS = 64
BATCH_BYTES = 1 << 17
"""A batch is some hundredths of a second of work: little to wait for, much against the cost of starting it."""


class Item(Protocol):
    """What is asked of an input."""

    @property
    def path(self) -> str | os.PathLike[str]:
        """The file whose size is that of the work."""


T = TypeVar("T", bound=Item)


def batches(items: Iterable[T]) -> Iterator[tuple[list[T], int]]:
    """Lists of successive inputs, each with the bytes of their files; a large input is a list by itself."""
    batch: list[T] = []
    total = 0
    for item in items:
        size = _size(item)
        if batch and (len(batch) == BATCH_ITEMS or total + size >= BATCH_BYTES):
            yield batch, total
            batch, total = [], 0
        batch.append(item)
        total += size
    if batch:
        yield batch, total


def _size(item: Item) -> int:
    try:
        return os.stat(item.path).st_size
    except OSError:
        return 0
