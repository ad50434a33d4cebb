"""``aidec lua tree``: the syntax tree of a source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from aidec.cli.batch import Made, tally
from aidec.cli.inputs import SOURCE_FILES, chunk_name
from aidec.cli.options import inputs_argument, jobs_option
from aidec.cli.sink import Sink, encoded
from aidec.common.errors import AidecError
from aidec.lua.tree import parse
from aidec.lua.tree_text import outline, to_json


@dataclass(frozen=True, slots=True)
class Show:
    """The bytes of a source to the text of its tree."""

    is_json: bool

    def read(self, data: bytes, path: str) -> str:
        """The text.

        Raises:
            AidecError: Lua refuses the source; or json can't write a tree so deep.
        """
        tree = parse(data, chunk_name(path))
        if not self.is_json:
            return outline(tree)
        try:
            return json.dumps(to_json(tree)) + "\n"
        except RecursionError:
            raise AidecError("the tree is too deep for JSON") from None

    def make(self, batch: Sequence[str]) -> Iterator[Made]:
        """The texts."""
        return ((encoded(text), {}) for text in batch)


@click.command()
@inputs_argument
@click.option("--json", "is_json", is_flag=True, help="Print each tree as JSON, on one line.")
@jobs_option
@click.pass_context
def command(ctx: click.Context, inputs: tuple[str, ...], *, is_json: bool, jobs: int) -> None:
    """Print the syntax trees of Lua sources.

    A node is a line, and what is inside it is indented. An INPUT is a source, a folder of sources, or - for standard
    input.

    \b
    Examples:
      aidec lua tree script.lua
      aidec lua tree --json script.lua | jq .
    """
    ctx.exit(tally(inputs, Show(is_json), Sink(), jobs=jobs, verb="parsed", names=SOURCE_FILES).status)
