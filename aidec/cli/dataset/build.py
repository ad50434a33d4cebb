"""``aidec dataset build``: from a recipe to shards."""

from __future__ import annotations

import errno
from pathlib import Path

import click

from aidec.cli.dataset.extra import extra_dataset
from aidec.cli.dataset.progress import show_progress
from aidec.cli.options import jobs_option
from aidec.common.errors import AidecError
from aidec.dataset.recipe import ENGINES, load_recipe


@click.command()
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting that beats the recipe's; dots in KEY where settings nest. Can be given several times.",
)
@click.option("-o", "--output", metavar="DIR", help="The folder to write; short for --set output.path=DIR.")
@jobs_option
@click.option("--engine", type=click.Choice(ENGINES), help="What computes; short for --set engine=NAME.")
@click.option("--replace", is_flag=True, help="Put the dataset in the place of what is there.")
@click.option("--restart", is_flag=True, help="Do not go on with a build that was ended: begin anew.")
def command(
    recipe: str,
    overrides: tuple[str, ...],
    output: str | None,
    *,
    jobs: int,
    engine: str | None,
    replace: bool,
    restart: bool,
) -> None:
    """Build the dataset of a recipe.

    A build that was ended, whatever by, goes on where it was when it is called again, and ends with the same files.
    Until then they are in DIR.building.

    \b
    Examples:
      aidec dataset build recipe.yaml -j 2
      aidec dataset build recipe.yaml -o small --set limits.whole.max=8192 --set strip=never
    """
    with extra_dataset():
        from aidec.dataset.pipeline import build, why_none

    short = [f"output.path={output}"] * (output is not None) + [f"engine={engine}"] * (engine is not None)
    loaded = load_recipe(recipe, [*overrides, *short])
    try:
        counts = build(loaded, jobs=jobs, restart=restart, replace=replace, progress=show_progress)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        folder = Path(loaded.output.path)
        raise AidecError(
            f"{folder}.building: {error.strerror}; what was done is kept: make room, and the same command goes on"
        ) from None
    if not counts["train"] + counts["validation"] + counts["test"]:
        raise AidecError(f"{loaded.output.path}: no samples: {why_none(Path(loaded.output.path), counts)}")
    if counts["passed over"]:
        click.echo(
            f"aidec: passed over {counts['passed over']:,} files in folders and archives that have other "
            "names, or are links or pipes; see glob in the recipe",
            err=True,
        )
    for split in ("validation", "test"):
        if getattr(loaded.split, split) and not counts[split]:
            click.echo(f"aidec: none of the groups fell into {split}: with few, take a larger split.{split}", err=True)
    click.echo(
        f"aidec: {loaded.output.path}: {counts['records']:,} records in, {counts['rejected records']:,} rejected; "
        f"{counts['samples']:,} samples of the others, {counts['rejected samples']:,} rejected, "
        f"{counts['divided']:,} divided; {counts['train']:,} for training, {counts['validation']:,} for validation, "
        f"{counts['test']:,} for test; {counts['tokens']:,} tokens",
        err=True,
    )
