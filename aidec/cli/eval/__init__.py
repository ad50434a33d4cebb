"""``aidec eval``: make tasks, and measure what a decompiler got right; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "tasks": "Make tasks of Lua sources, and import those of others.",
    "run": "Ask a decompiler for sources, or read predictions, and score them.",
    "compare": "Compare two runs on the same tasks.",
    "base": "Measure a language model by the log-probabilities of answers.",
}

command = LazyGroup(
    "eval",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Measure what a decompiler got right.

    \b
    Examples:
      aidec eval tasks build src/ -o tasks.jsonl
      aidec eval run tasks.jsonl --decompiler aidec -j 0
      aidec eval run tasks.jsonl --predictions predictions.jsonl -o run/
      aidec eval compare run-a/ run-b/
    """,
)
