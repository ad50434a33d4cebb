"""Groups of commands, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Finds command NAME as ``command`` in the module NAME of a package.

    Args:
        commands_in: the package.
        first_lines: the names of the commands and the first line of each one's help, so that the list of commands needs
            no import.
    """

    def __init__(self, *args: Any, commands_in: str, first_lines: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_in = commands_in
        self.first_lines = first_lines

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        return list(self.first_lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.first_lines:
            return None
        command: click.Command = import_module(f"{self.commands_in}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help, for which none is imported."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.first_lines.items()))
