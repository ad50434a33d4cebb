"""``aidec synth properties``: functions whose claims hold, and mutants with a smallest counterexample."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.options import jobs_option
from aidec.cli.synth.outcome import items_option, seed_option, write


@click.command()
@click.option(
    "--library",
    "paths",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="A file .yaml or .lua, or a folder of them, with functions of your own; can be given several times.",
)
@click.option(
    "--function",
    "names",
    multiple=True,
    metavar="NAME",
    help="A function of a library; can be given several times. All where none is named.",
)
@click.option("--runs", default=100, show_default=True, metavar="N", type=click.IntRange(1), help="Runs of a property.")
@click.option(
    "--examples", default=8, show_default=True, metavar="N", type=click.IntRange(0), help="Most calls of an item."
)
@click.option(
    "--mutants", default=10, show_default=True, metavar="N", type=click.IntRange(0), help="Most mutants of a function."
)
@seed_option
@items_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    runs: int,
    examples: int,
    mutants: int,
    seed: int,
    output: str,
    jobs: int,
) -> None:
    """Prove what is claimed of functions, and catch mutants of them.

    The library has functions of numbers, strings, tables and closures, each with what is claimed of it: that it is
    commutative, that its result is sorted. Inputs are drawn by hypothesis from the types that are declared. An item has
    a function, a property that held in all runs, and calls with their results. Another kind of item has a mutant of a
    function and the smallest inputs for which a property fails. Mutants that no property catches are counted.

    \b
    Examples:
      aidec synth properties -o properties.jsonl
      aidec synth properties --library mine.yaml --function clamp --runs 1000 --mutants 50 -o clamp.jsonl
    """
    from aidec.synthesis.library import find_functions, load_library
    from aidec.synthesis.proving import Proving

    functions = find_functions(load_library(paths), names)
    write(ctx, Path(output), functions, Proving(seed, runs, examples, mutants), total=len(functions), jobs=jobs)
