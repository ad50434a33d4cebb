"""``aidec synth list``: the constructs of programs, and the rewrites."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """List the constructs of programs, and the rewrites.

    A rewrite has what it keeps beside it.

    \b
    Example:
      aidec synth list
    """
    from aidec.synthesis.declarations import declared, forms
    from aidec.synthesis.registry import find

    click.echo("Knobs of programs, for --set:")
    for knob, value in declared()["knobs"].items():
        if knob != "weights":
            click.echo(f"  {knob}={str(value).replace(' ', '')}")
    click.echo("\nConstructs, for --weight, with their weights:")
    for section, named in forms().items():
        click.echo(f"  {section}: {', '.join(f'{form.name}={form.weight:g}' for form in named)}")
    click.echo("\nRewrites, for --rewrite:")
    for rewrite in find(()):
        click.echo(f"  {rewrite.name:<20} {rewrite.keeps:<10} {rewrite.doc}")
