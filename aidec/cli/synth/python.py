"""``aidec synth python``: functions of Python and Lua that does the same, proven by running both."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.batch import GLOBS
from aidec.cli.options import SourceReader, field_option, glob_option, jobs_option, sources_argument
from aidec.cli.synth.outcome import items_option, seed_option, write


@click.command()
@sources_argument
@seed_option
@click.option(
    "--calls",
    default=30,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, 1000),
    help="How many calls of each function are made, at most.",
)
@click.option("--why", is_flag=True, help="Say of each function that is refused the line, and what stands there.")
@items_option
@jobs_option
@field_option
@glob_option
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    *,
    seed: int,
    calls: int,
    why: bool,
    output: str,
    jobs: int,
    field: str,
) -> None:
    """Turn functions of Python into Lua that does the same.

    A SOURCE is a file or a folder of Python, or records or an archive with such texts. Each function of a module is
    turned into Lua with all that it needs of the module. Calls come from its doctests, and are drawn by the types of
    its parameters. An item is kept if CPython and Lua, each in the sandbox, come to the same in all of them. What is
    outside the subset is counted by reason.

    \b
    Examples:
      aidec synth python src/ -o translations.jsonl
      aidec synth python shapes.py --calls 100 --seed 7 -o translations.jsonl
    """
    from aidec.synthesis.python.translations import Translating

    ctx.meta[GLOBS] = ctx.meta.get(GLOBS) or ("*.py",)
    read = SourceReader(field, with_licences=True)
    write(ctx, Path(output), read(sources), Translating(seed, calls), total=None, jobs=jobs)
    for document in read(sources) if why else ():
        for name, refusal in Translating(seed, calls).refusals(document):
            click.echo(f"aidec: {document.origin}:{refusal.line}: {name}: {refusal.detail}", err=True)
    ctx.exit(1 if read.reported else 0)
