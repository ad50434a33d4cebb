"""``aidec lua``: Lua as a language; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "check": "Say of each source that Lua 5.3 refuses where and why.",
}

command = LazyGroup(
    "lua",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Check Lua sources.

    \b
    Examples:
      aidec lua check src/
    """,
)
