"""Arguments and options that several commands share."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem

inputs_argument = click.argument(
    "inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(allow_dash=True)
)


def complete_pack(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of packs that start as the word does, for the shell."""
    from aidec.packs import find_packs

    return [CompletionItem(name) for name in find_packs() if name.startswith(incomplete)]


pack_option = click.option(
    "-p",
    "--pack",
    default="classic",
    show_default=True,
    metavar="NAME|DIR",
    shell_complete=complete_pack,
    help="A pack by name (see aidec pack list), or the folder of your own.",
)


def _count_jobs(ctx: click.Context, param: click.Parameter, value: int) -> int:
    return value or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else value or os.cpu_count() or 1


jobs_option = click.option(
    "-j",
    "--jobs",
    default=1,
    show_default=True,
    metavar="N",
    type=click.IntRange(0),
    callback=_count_jobs,
    help="Processes to work in; 0 for one on each processor.",
)


def is_folder(output: str, inputs: tuple[str, ...]) -> bool:
    """Whether ``-o OUTPUT`` means a folder."""
    if os.path.isdir(output) or output.endswith("/"):
        return True
    return not os.path.exists(output) and any(os.path.isdir(name) for name in inputs)
