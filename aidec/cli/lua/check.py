"""``aidec lua check``: what Lua refuses, with the place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click

from aidec.cli.batch import Counts, Made, tally
from aidec.cli.inputs import SOURCE_FILES, chunk_name
from aidec.cli.options import inputs_argument, jobs_option
from aidec.cli.sink import Sink
from aidec.common.errors import CompileError
from aidec.lua.compile import compile_source

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Check:
    """The bytes of a source to a line that says what is wrong with it."""

    is_json: bool

    def read(self, data: bytes, path: str) -> bytes | None:
        """The line; None if Lua compiles the source."""
        try:
            compile_source(data, chunk_name(path), strip=True)
        except CompileError as error:
            from aidec.lua.diagnostics import diagnose  # it reads YAML, which a good source need not wait for

            found = diagnose(data, error)
            if self.is_json:
                return json.dumps({"file": path, **asdict(found)}).encode() + b"\n"
            problem = "".join(char if char.isprintable() else repr(char)[1:-1] for char in error.problem)
            place = b"%b:%d:%d: " % (os.fsencode(path), found.line, found.column)
            return place + f"{found.kind}: {problem}\n".encode()
        return None

    def make(self, batch: Sequence[bytes | None]) -> Iterator[Made]:
        """The lines, and how many there are."""
        for line in batch:
            counts: Counts = {REFUSED: int(line is not None)}
            yield (None if line is None else [line]), counts


@click.command()
@inputs_argument
@click.option("--json", "is_json", is_flag=True, help="Print a JSON object for each refused source instead.")
@jobs_option
@click.pass_context
def command(ctx: click.Context, inputs: tuple[str, ...], *, is_json: bool, jobs: int) -> None:
    """Say of each source that Lua 5.3 refuses where and why.

    A line of output is FILE:LINE:COLUMN: KIND: MESSAGE. The line and the message are those of luac 5.3; columns count
    bytes from 1; docs/howto/lua.md lists the kinds. Of a source that Lua takes nothing is printed. Nothing is run. An
    INPUT is a source, a folder of sources, or - for standard input. The exit status is 1 if a source is refused.

    \b
    Examples:
      aidec lua check script.lua
      aidec lua check -j 0 src/
      aidec lua check --json src/ | jq -r .kind | sort | uniq -c
    """
    found = tally(inputs, Check(is_json), Sink(), jobs=jobs, verb="checked", names=SOURCE_FILES)
    ctx.exit(1 if found.failed or found.counts[REFUSED] else 0)
