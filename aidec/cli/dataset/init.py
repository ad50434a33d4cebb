"""``aidec dataset init``: a recipe to start from."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.common.errors import AidecError
from aidec.common.files import atomic
from aidec.dataset.recipe import EXAMPLE


@click.command()
@click.argument("file", default="recipe.yaml", type=click.Path(allow_dash=True))
def command(file: str) -> None:
    """Write a commented recipe to start from.

    FILE is recipe.yaml by default; - is standard output. Every key stands there with its default.

    \b
    Examples:
      aidec dataset init
      aidec dataset init - | less
    """
    text = EXAMPLE.read_bytes()
    if file == "-":
        click.echo(text, nl=False)
        return
    if Path(file).exists():
        raise AidecError(f"{file}: it is there already")
    with atomic(Path(file)) as out:
        out.write(text)
