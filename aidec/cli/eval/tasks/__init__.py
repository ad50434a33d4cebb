"""``aidec eval tasks``: files of tasks; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "build": "Make tasks of Lua sources.",
    "import": "Import tasks of another benchmark.",
}

command = LazyGroup(
    "tasks",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Make tasks of Lua sources, and import those of others.

    \b
    Examples:
      aidec eval tasks build src/ -o tasks.jsonl
      aidec eval tasks import --format multipl-e humaneval-lua.jsonl -o humaneval.jsonl
    """,
)
