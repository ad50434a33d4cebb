"""``aidec dataset stats``: what a dataset has."""

from __future__ import annotations

from collections.abc import Sequence

import click

from aidec.cli.dataset.extra import extra_dataset


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
def command(directory: str) -> None:
    """Count what a dataset has, what its splits have in common, and what was rejected.

    \b
    Examples:
      aidec dataset stats dataset
    """
    with extra_dataset():
        from aidec.dataset.card import licences, overlap, overlap_head, summary, summary_head
        from aidec.dataset.reader import open_dataset
        from aidec.dataset.statistics import measure, rejects

    built = open_dataset(directory)
    found = measure(built)
    _print([summary_head(found), *summary(found)])
    if rows := overlap(built.record):
        _print([overlap_head(built.record), *rows])
    _print([("licence", "samples"), *licences(found)])
    _print([("rejected in", "for", "unit", "number"), *((*row[:3], f"{row[3]:,}") for row in rejects(built))])


def _print(rows: Sequence[Sequence[str]]) -> None:
    """A table, the first column to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo("  ".join([first, *rest]).rstrip())
    click.echo()
