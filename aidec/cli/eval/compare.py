"""``aidec eval compare``: two runs on the same tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aidec.cli.eval.tables import aligned, share, within


@click.command()
@click.argument("first", metavar="A", type=click.Path(exists=True))
@click.argument("second", metavar="B", type=click.Path(exists=True))
@click.option("--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True,
              help="The seed of the intervals.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(first: str, second: str, *, seed: int, as_json: bool) -> None:
    """Compare two runs on the same tasks.

    A and B are folders of aidec eval run. Compared are the first answers to the tasks that both have: for each level
    the mean of both, B less A with its interval (a paired bootstrap over tasks), on how many tasks B is better and
    worse, and the chance of so uneven a division if there were no difference (McNemar's exact test; of graded levels
    the sign test).

    \b
    Examples:
      aidec eval compare luadec/ aidec/
      aidec eval compare --json model-a/ model-b/
    """
    from aidec.evaluation.comparing import compare_runs

    found, unpaired = compare_runs(Path(first), Path(second), seed)
    for line in unpaired:
        click.echo(f"aidec: {line}", err=True)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    rows = [["level", "A", "B", "B - A", "95 %", "tasks", "better", "worse", "p"]]
    for name, row in found["levels"].items():
        rows.append([name, *_cells(row)])
    click.echo("\n".join(aligned(rows)))


def _cells(row: dict[str, Any]) -> list[str]:
    difference = row["difference"]
    mean = "-" if difference["mean"] is None else f"{difference['mean']:+.3f}"
    counts = [f"{row[key]:,}" for key in ("better", "worse")]
    return [share(row["first"]), share(row["second"]), mean, within(difference), f"{difference['tasks']:,}", *counts,
            f"{row['p']:.2g}"]  # fmt: skip
