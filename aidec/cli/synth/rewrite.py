"""``aidec synth rewrite``: rewrites of sources, each proven to keep what it claims."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.options import SourceReader, by_option, field_option, glob_option, jobs_option, sources_argument
from aidec.cli.synth.outcome import items_option, seed_option, write


@click.command()
@sources_argument
@click.option(
    "--rewrite",
    "names",
    multiple=True,
    metavar="NAME",
    help="A rewrite to do (see aidec synth list); can be given several times. All where none is named.",
)
@by_option("an item")
@seed_option
@items_option
@jobs_option
@field_option
@glob_option
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    *,
    names: tuple[str, ...],
    by: str,
    seed: int,
    output: str,
    jobs: int,
    field: str,
) -> None:
    """Rewrite sources in ways that keep the bytecode or the behaviour.

    A SOURCE is as for aidec eval tasks build. Each rewrite happens at one to three places of each function, or file,
    that has any. An item has the code before and after, each in the canonical layout, and what proved that both do the
    same: the same bytecode, or the same behaviour in generated calls, run in the sandbox. What was tried and not kept
    is counted by rewrite.

    \b
    Examples:
      aidec synth rewrite src/ -o rewrites.jsonl
      aidec synth rewrite 'src/**/*.lua' --rewrite invert-if --rewrite for-to-while --seed 7 -o rewrites.jsonl -j 0
    """
    from aidec.synthesis.checking import Rewriting
    from aidec.synthesis.registry import find

    find(names)
    read = SourceReader(field, with_licences=True)
    write(ctx, Path(output), read(sources), Rewriting(names, seed, by), total=None, jobs=jobs)
    ctx.exit(1 if read.reported else 0)
