"""``aidec tokenizer export``: for programs that do not read a ``tokenizer.json``."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.options import output_folder_option, tokenizer_argument


@click.command()
@tokenizer_argument
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["tiktoken", "nanochat"]),
    help="tiktoken: ranks and special tokens. nanochat: tokenizer.pkl and token_bytes.pt, which needs PyTorch.",
)
@output_folder_option
def command(directory: str, form: str, output: str) -> None:
    """Write a tokenizer for tiktoken or nanochat.

    DIR is a byte-level tokenizer's folder. transformers, TRL and the library tokenizers need no export: they load that
    folder as it is.

    \b
    Examples:
      aidec tokenizer export tokenizer/ --format tiktoken -o tiktoken/
      aidec tokenizer export tokenizer/ --format nanochat -o ~/.cache/nanochat/tokenizer
    """
    from aidec.tokenizers import Tokenizer
    from aidec.tokenizers.export import export_nanochat, export_tiktoken

    tokenizer = Tokenizer.from_pretrained(directory, engine="tiktoken")
    write = {"tiktoken": export_tiktoken, "nanochat": export_nanochat}[form]
    for path in write(tokenizer, Path(output)):
        click.echo(path)
