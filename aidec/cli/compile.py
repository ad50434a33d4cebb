"""``aidec compile``: Lua sources to chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from aidec.bytecode import dump, load
from aidec.cli.batch import Counts, tally
from aidec.cli.inputs import SOURCE_FILES, chunk_name
from aidec.cli.options import chunk_sink, dialect_option, inputs_argument, jobs_option
from aidec.cli.sink import Output
from aidec.lua import compile_source

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Compile:
    """The bytes of a source to those of a chunk."""

    strips: bool
    dialect: Dialect | None = None

    def read(self, data: bytes, path: str) -> bytes:
        """The chunk that is compiled of a source."""
        code = compile_source(data, chunk_name(path), strip=self.strips)
        if self.dialect is None:
            return code
        return dump(replace(load(code), header=self.dialect.usual_header), self.dialect)

    def make(self, batch: Sequence[bytes]) -> Iterator[tuple[Output, Counts]]:
        """The chunks, and their sizes."""
        return (([chunk], {"bytes": len(chunk)}) for chunk in batch)


def _to_luac(relative: str) -> str:
    """``x.lua`` to ``x.luac``."""
    return relative.removesuffix(".lua") + ".luac"


@click.command()
@inputs_argument
@click.option("--strip", "strips", is_flag=True, help="Leave out debug information, as luac -s does.")
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="Where to write, - for standard output. By default a chunk is written beside its source, script.luac beside "
    "script.lua.",
)
@dialect_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    *,
    strips: bool,
    output: str | None,
    dialect: Dialect | None,
    jobs: int,
) -> None:
    """Compile Lua sources to chunks.

    The chunks are those that luac 5.3 writes on a 64-bit machine, byte for byte, and named as luac names them. Nothing
    is run. An INPUT is a source, a folder of sources, or - for standard input.

    \b
    Examples:
      aidec compile script.lua
      aidec compile script.lua --strip -o out.luac
      aidec compile -j 2 -o chunks/ src/
    """
    sink = chunk_sink(inputs, output, _to_luac)
    ctx.exit(tally(inputs, Compile(strips, dialect), sink, jobs=jobs, verb="compiled", names=SOURCE_FILES).status)
