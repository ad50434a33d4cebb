"""``aidec synth generate``: programs that end and print what they compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aidec.cli.options import jobs_option
from aidec.cli.synth.outcome import items_option, seed_option, write


def _settings(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, Any]:
    """The values of options NAME=VALUE, by their names; each is YAML."""
    import yaml

    found: dict[str, Any] = {}
    for each in value:
        name, sign, text = each.partition("=")
        try:
            found[name] = yaml.safe_load(text)
        except yaml.YAMLError:
            sign = ""
        if not sign:
            raise click.BadParameter(f"expected NAME=VALUE, read {each!r}")
    return found


@click.command()
@click.option("-n", "--number", required=True, metavar="N", type=click.IntRange(1), help="How many programs are made.")
@seed_option
@items_option
@click.option(
    "--set",
    "knobs",
    multiple=True,
    metavar="KNOB=VALUE",
    callback=_settings,
    help="Change a knob, such as size=[20,40] or depth=5; can be given several times. See aidec synth list.",
)
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="CONSTRUCT=W",
    callback=_settings,
    help="How often a construct occurs among those of its kind, such as coroutine=10; 0 is never.",
)
@click.option(
    "--target",
    metavar="FILE",
    help="The share of programs that have each tag: YAML such as loop:while: 0.2, or .jsonl whose rows have tags.",
)
@click.option("--trees", is_flag=True, help="Give each item its syntax tree, as aidec lua tree --json prints it.")
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    number: int,
    seed: int,
    output: str,
    knobs: dict[str, Any],
    weights: dict[str, Any],
    target: str | None,
    trees: bool,
    jobs: int,
) -> None:
    """Make programs that end and print what they compute.

    Programs are well-typed, and end by their construction. Each is compiled and run in the sandbox; an item has its
    code, its tags, the opcodes that it compiles to, and what it printed. The seed and the knobs decide on all, whatever
    the number of processes.

    \b
    Examples:
      aidec synth generate -n 1000 --seed 1 -o programs.jsonl
      aidec synth generate -n 50 -o loops.jsonl --set size=[20,40] --weight while=20 --weight repeat=20
      aidec synth generate -n 500 -o alike.jsonl --target tasks.jsonl --trees
      aidec synth generate -n 1 -o many.jsonl --set constants=262300
    """
    from aidec.synthesis.declarations import check_knobs
    from aidec.synthesis.generating import Generating
    from aidec.synthesis.targets import read_rows, read_target, shares_of

    if weights:
        knobs = {**knobs, "weights": weights}
    check_knobs(knobs)
    shares, others = read_target(Path(target)) if target else ({}, [])
    if others:
        click.echo(f"aidec: {target}: no construct brings these tags: {', '.join(others)}", err=True)
    work = Generating(seed, knobs, shares, trees)
    write(ctx, Path(output), range(number), work, total=number, jobs=jobs)
    if shares:
        reached = shares_of(row["tags"] for row in read_rows(Path(output)))
        tag = max(shares, key=lambda each: abs(shares[each] - reached.get(each, 0)))
        told = f"{tag}, {reached.get(tag, 0):.3f} in place of {shares[tag]:.3f}"
        click.echo(f"aidec: {output}: the share furthest from the target is that of {told}", err=True)
