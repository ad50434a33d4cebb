"""``aidec dataset show``: samples to look at."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

import click

from aidec.cli.dataset.extra import extra_dataset
from aidec.common.errors import AidecError


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("-n", "number", default=3, show_default=True, type=click.IntRange(1), help="How many samples.")
@click.option("--split", default="train", show_default=True, type=click.Choice(["train", "validation", "test"]))
@click.option("--ids", is_flag=True, help="Show the id of each token.")
@click.option("--plain", is_flag=True, help="Print a line for each token; the default without a terminal.")
@click.option("--most", default=400, show_default=True, metavar="N", type=click.IntRange(1), help="How many tokens.")
@click.option("--tokenizer", metavar="DIR", help="The tokenizer, where it is not where the recipe says.")
def command(
    directory: str, number: int, split: str, *, ids: bool, plain: bool, most: int, tokenizer: str | None
) -> None:
    """Show samples of a dataset.

    Shades show the borders of tokens; green is what is trained on, red is context. Of a long sample only the beginnings
    of the context and of the answer are shown.

    \b
    Examples:
      aidec dataset show dataset -n 3
      aidec dataset show dataset --split test --ids | less -R
    """
    with extra_dataset():
        from aidec.cli.colours import ansi, table, tokens
        from aidec.dataset.reader import open_dataset
        from aidec.tokenizers import Tokenizer

    built = open_dataset(directory)
    if split not in built.shards:
        raise AidecError(f"{directory}: no samples in the split {split}, expected one of: {', '.join(built.shards)}")
    loaded = Tokenizer.from_pretrained(tokenizer or built.record["recipe"]["tokenizer"])
    for row in islice(built.rows(split), number):
        if "input_ids" not in row:
            raise AidecError(f"{directory}: it was built without the column input_ids")
        click.echo(_head(row), err=True)
        found, mask = list(row["input_ids"]), row.get("assistant_masks")
        for start, stop in _shown(found, None if mask is None else list(mask), most):
            shown = tokens(loaded, found[start:stop], None if mask is None else mask[start:stop])
            if plain or not sys.stdout.isatty():
                click.echo("\n".join(table(shown)))
            else:
                click.echo(ansi(shown, ids=ids), color=True)


def _head(row: dict[str, Any]) -> str:
    named = [f"{name} {row[name]}" for name in ("origin", "licence", "stripped", "n_instructions") if name in row]
    named.append(f"{len(row['input_ids']):,} tokens")
    return f"aidec: {', '.join(named)}"


def _shown(ids: list[int], mask: list[int] | None, most: int) -> list[tuple[int, int]]:
    """The ranges of tokens to show: the first ones, and if there is a mask, those around the start of the answer."""
    if len(ids) <= most:
        return [(0, len(ids))]
    answer = mask.index(1) if mask and 1 in mask else 0
    half = most // 2
    return [(0, half), (max(answer - 8, half), min(answer - 8 + half, len(ids)))] if answer > half else [(0, most)]
