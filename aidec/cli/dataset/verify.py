"""``aidec dataset verify``: the proof of a dataset."""

from __future__ import annotations

from functools import partial

import click

from aidec.cli.dataset.extra import extra_dataset
from aidec.cli.dataset.progress import show_progress
from aidec.cli.options import jobs_option


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--tokenizer", metavar="DIR", help="The tokenizer, where it is not where the recipe says.")
@jobs_option
@click.pass_context
def command(ctx: click.Context, directory: str, tokenizer: str | None, jobs: int) -> None:
    """Prove that a dataset is what its sources compile to.

    Of every row: its ids decode to its text, the mask covers the answer and nothing else, the bytecode is read back
    from its text, and it is what the answer compiles to, stripped where the row says so.

    \b
    Examples:
      aidec dataset verify dataset -j 2
    """
    with extra_dataset():
        from aidec.dataset.reader import open_dataset
        from aidec.dataset.verification import losses, setting, verify_shard
        from aidec.parallel import executors

    built = open_dataset(directory)
    found = setting(built, tokenizer)
    check = partial(verify_shard, found)
    shards = [path for paths in built.shards.values() for path in paths]
    verified = failed = 0
    with executors.opened("local", jobs) as run, show_progress("verify", len(shards), "rows") as advance:
        for _, (number, problems) in run(check, shards):
            for problem in problems:
                click.echo(f"aidec: {problem}", err=True)
            verified += number
            failed += len(problems)
            advance(1, number)
    if lost := losses(found):
        click.echo(
            f"aidec: the tokenizer loses {', '.join(lost)}: its ids do not give texts back, and were "
            "compared with those that the texts have",
            err=True,
        )
    click.echo(f"aidec: verified {verified:,} rows, {failed:,} failed", err=True)
    ctx.exit(1 if failed or not verified else 0)
