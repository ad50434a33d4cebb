"""``aidec compile``: Lua sources to chunks."""

from __future__ import annotations

from dataclasses import dataclass

import click

from aidec.cli.batch import Counts, run
from aidec.cli.inputs import chunk_name
from aidec.cli.options import chunk_sink, inputs_argument, jobs_option
from aidec.lua import compile_source


@dataclass(frozen=True, slots=True)
class Compile:
    """Bytes of a source to bytes of a chunk."""

    strips: bool

    def __call__(self, data: bytes, path: str) -> tuple[bytes, Counts]:
        """The chunk, and its size."""
        chunk = compile_source(data, chunk_name(path), strip=self.strips)
        return chunk, {"bytes": len(chunk)}


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
@jobs_option
@click.pass_context
def command(ctx: click.Context, inputs: tuple[str, ...], *, strips: bool, output: str | None, jobs: int) -> None:
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
    ctx.exit(run(inputs, Compile(strips), sink, jobs=jobs, verb="compiled", chunks=False))
