"""``aidec lua``: Lua as a language; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "check": "Say of each source that Lua 5.3 refuses where and why.",
    "tree": "Print the syntax trees of Lua sources.",
    "format": "Print Lua sources in one layout.",
    "run": "Run a Lua script in the sandbox.",
}

command = LazyGroup(
    "lua",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Check, parse, format and run Lua.

    \b
    Examples:
      aidec lua check src/
      aidec lua tree script.lua
      aidec lua format -i src/
      aidec lua run script.lua
    """,
)
