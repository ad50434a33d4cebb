"""``aidec synth break``: good programs with a fault in them, each with its message, its explanation and its repair."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.cli.options import SourceReader, field_option, glob_option, jobs_option, optional_sources_argument
from aidec.cli.synth.outcome import items_option, seed_option, write

if TYPE_CHECKING:
    from aidec.sources import Document


@click.command(name="break")
@optional_sources_argument
@click.option(
    "-n", "--number", metavar="N", type=click.IntRange(1), help="Break N programs that aidec synth generate makes."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="A fault to put in (see aidec synth list); can be given several times. All where none is named.",
)
@click.option(
    "--class",
    "groups",
    multiple=True,
    metavar="CLASS",
    help="A class of faults to put in, too; can be given several times.",
)
@click.option(
    "--most",
    default=5,
    show_default=True,
    metavar="M",
    type=click.IntRange(1),
    help="How many broken programs are made of one, at most. The classes take turns, in an order that is drawn.",
)
@click.option(
    "--explanations",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="A folder with templates of explanations, FAULT.txt.j2, in place of those that ship.",
)
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
    number: int | None,
    faults: tuple[str, ...],
    groups: tuple[str, ...],
    most: int,
    explanations: str | None,
    seed: int,
    output: str,
    jobs: int,
    field: str,
) -> None:
    """Break good programs, and tell what that does and how it is repaired.

    A SOURCE is as for aidec eval tasks build, such as a file of aidec synth generate with --field code; each of its
    texts is a program that runs by itself. An item has the broken program, the class of its fault, the line and the
    message that luac5.3 or lua5.3 gives, an explanation, and the repair, as a diff and as a whole. It is kept if the
    program does what the fault declares, and the repair restores the output. What was tried and not kept is counted
    by fault.

    \b
    Examples:
      aidec synth break -n 1000 --seed 1 -o broken.jsonl
      aidec synth break programs.jsonl --field code --class scope --class type -o broken.jsonl -j 0
    """
    from aidec.synthesis.breaking import Breaking
    from aidec.synthesis.registry import find_faults

    find_faults(faults, groups)
    if bool(sources) == (number is not None):
        raise click.UsageError("expected sources, or -n N for programs that are made")
    read = SourceReader(field, with_licences=True)
    inputs: Iterable[Document | int] = read(sources) if number is None else range(number)
    work = Breaking(faults, groups, seed, most, explanations)
    write(ctx, Path(output), inputs, work, total=number, jobs=jobs)
    ctx.exit(1 if read.reported else 0)
