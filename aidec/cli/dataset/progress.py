"""Progress of long commands: a bar with rate and time left on a terminal, a line for each stage elsewhere."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def show_progress(stage: str, total: int | None, unit: str) -> Iterator[Callable[[int, int], object]]:
    """Show the progress of a stage; the function that it gives takes steps, and an amount in ``unit``.

    Args:
        stage: its name.
        total: the number of its steps, if known.
        unit: what the rate counts, such as ``tokens``.
    """
    start = time.monotonic()
    done = amount = 0

    def rate() -> str:
        return f"{amount / max(time.monotonic() - start, 1e-3):,.0f} {unit}/s"

    if sys.stderr.isatty():
        shown: Any = click.progressbar(
            itertools.repeat(None) if total is None else None,  # or else it wants a length
            length=total,
            label=f"{stage:8}",
            file=sys.stderr,
            show_pos=True,
            show_percent=True,
            item_show_func=lambda _: rate(),
        )
        with shown as bar:

            def advance(steps: int, more: int) -> None:
                nonlocal amount
                amount += more
                bar.update(steps, steps)

            yield advance
        return

    def count(steps: int, more: int) -> None:
        nonlocal done, amount
        done += steps
        amount += more

    yield count
    seconds = time.monotonic() - start
    click.echo(f"aidec: {stage}: {done:,} steps, {amount:,} {unit}, {rate()}, {seconds:.1f} s", err=True)
