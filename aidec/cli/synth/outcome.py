"""What the commands of ``aidec synth`` share: where items go, and what is said of them at the end."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from aidec.cli.batch import interrupt_when_terminated
from aidec.cli.dataset.progress import show_progress
from aidec.cli.phrases import count

items_option = click.option("-o", "--output", required=True, metavar="FILE", help="The file to write, JSON lines.")
seed_option = click.option(
    "--seed", default=0, show_default=True, metavar="S", type=int, help="What decides on all that is drawn."
)

MOST_REASONS = 20
"""How many reasons are told."""


def write(ctx: click.Context, path: Path, inputs: Iterable[Any], work: Any, *, total: int | None, jobs: int) -> None:
    """Write the items of inputs, and say what became of them.

    Args:
        ctx: the command.
        path: the file.
        inputs: the inputs.
        work: makes the items of inputs.
        total: how many inputs there are, if that is known.
        jobs: how many processes there are.
    """
    from aidec.synthesis.items import write_items

    def note(text: str) -> None:
        click.echo(f"aidec: {path}: {text}", err=True)

    with ExitStack() as stack:
        interrupt_when_terminated(stack)
        advance = stack.enter_context(show_progress(ctx.info_name or "synth", total, "items"))
        tally = write_items(path, inputs, work, jobs=jobs, advance=advance, note=note)
    for reason, number in tally.rejected.most_common(MOST_REASONS):
        click.echo(f"aidec: not kept: {number:,} {reason}", err=True)
    others = len(tally.rejected) - MOST_REASONS
    if others > 0:
        click.echo(f"aidec: not kept: {count(others, 'other reason')}", err=True)
    click.echo(f"aidec: {path}: {count(tally.kept, 'item')} of {tally.tried:,} tried", err=True)
