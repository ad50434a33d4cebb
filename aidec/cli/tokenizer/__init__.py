"""``aidec tokenizer``: train, extend, show, measure and export tokenizers; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "train": "Train a tokenizer on Lua.",
    "extend": "Append the tokens of packs, of task packs and of a chat format.",
    "show": "Show the tokens of a text, a chunk or a conversation.",
    "eval": "Measure tokenizers on Lua, side by side.",
    "export": "Write a tokenizer for tiktoken or nanochat.",
}

command = LazyGroup(
    "tokenizer",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Train, extend, show, measure and export tokenizers.

    \b
    Examples:
      aidec tokenizer train src/ --vocab-size 32768 -o base/
      aidec tokenizer extend base/ --pack classic --chat nanochat -o tokenizer/
      aidec tokenizer show tokenizer/ game.lua
      aidec tokenizer eval base/ other/ --text held-out/
      aidec tokenizer export base/ --format tiktoken -o tiktoken/
    """,
)
