"""``aidec completion``: words completed by the shell."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that completes aidec's words in a shell.

    \b
    Examples:
      eval "$(aidec completion bash)"                                     in ~/.bashrc
      eval "$(aidec completion zsh)"                                      in ~/.zshrc
      aidec completion fish > ~/.config/fish/completions/aidec.fish
    """
    completion: Any = get_completion_class(shell)
    click.echo(completion(ctx.find_root().command, {}, "aidec", "_AIDEC_COMPLETE").source())
