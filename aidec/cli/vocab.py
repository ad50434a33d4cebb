"""``aidec vocab``: the tokens of a pack."""

from __future__ import annotations

import json

import click

from aidec.cli.options import pack_option
from aidec.packs import load_pack


@click.command()
@pack_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array of strings, for tokens that hold line breaks.")
def command(pack: str, *, as_json: bool) -> None:
    """Print the tokens of a pack.

    One token a line, in the order in which a tokenizer numbers them.

    \b
    Examples:
      aidec vocab | head
      aidec vocab --pack ./my-pack --json > tokens.json
    """
    tokens = load_pack(pack).vocabulary()
    click.echo(
        json.dumps(tokens, ensure_ascii=False, indent=0) if as_json else "\n".join(tokens),
        nl=bool(tokens) or as_json,
    )
