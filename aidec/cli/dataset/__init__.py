"""``aidec dataset``: build datasets, look at them and check them; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "init": "Write a commented recipe to start from.",
    "build": "Build the dataset of a recipe.",
    "stats": "Count what a dataset has, what its splits have in common, and what was rejected.",
    "show": "Show samples of a dataset.",
    "verify": "Prove that a dataset is what its sources compile to.",
}

command = LazyGroup(
    "dataset",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Build datasets of bytecode and source, look at them and check them.

    \b
    Examples:
      aidec dataset init recipe.yaml
      aidec dataset build recipe.yaml -j 2 --set output.path=dataset
      aidec dataset show dataset -n 3
      aidec dataset verify dataset -j 2
    """,
)
