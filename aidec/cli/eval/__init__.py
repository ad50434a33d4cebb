"""``aidec eval``: make tasks, and measure what a decompiler got right; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "tasks": "Make tasks of Lua sources, and import those of others.",
}

command = LazyGroup(
    "eval",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Measure what a decompiler got right.

    \b
    Examples:
      aidec eval tasks build src/ -o tasks.jsonl
    """,
)
