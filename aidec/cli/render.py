"""``aidec render``: chunks to text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.bytecode import Chunk, strip
from aidec.cli.batch import Counts, tally
from aidec.cli.inputs import read_chunk
from aidec.cli.options import dialect_option, inputs_argument, is_folder, jobs_option, output_option, pack_option
from aidec.cli.sink import Output, Sink, encoded
from aidec.packs import Renderer, load_pack, renderer

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


@dataclass(frozen=True)
class Render:
    """Chunks and sources to text."""

    pack: str
    strips: bool
    keeps_source: bool
    dialect: Dialect | None = None

    def read(self, data: bytes, path: str) -> tuple[Chunk, bytes | None]:
        """The chunk, and the source that it was compiled from, if it was."""
        chunk, script, _ = read_chunk(data, path, self.dialect)
        return (strip(chunk, keep_source=self.keeps_source) if self.strips else chunk), script

    def make(self, batch: Sequence[tuple[Chunk, bytes | None]]) -> Iterator[tuple[Output, Counts]]:
        """The texts, and the counts of what went in and came out."""
        chunks, scripts = [chunk for chunk, _ in batch], [script for _, script in batch]
        for chunk, text in zip(chunks, self._renderer.render_all(chunks, scripts), strict=True):
            end = "" if text.endswith("\n") else "\n"
            instructions = sum(len(proto.code) for proto in chunk.main.walk())
            yield (
                chain(encoded(text), [end.encode()]),
                {"instructions": instructions, "characters": len(text) + len(end)},
            )

    @cached_property
    def _renderer(self) -> Renderer:
        """Looked up once for a process, not for each batch."""
        return renderer(self.pack)


def _add_extension(extension: str, relative: str) -> str:
    """``x.luac`` to ``x.luac.txt``."""
    return relative + extension


@click.command()
@inputs_argument
@pack_option
@click.option("--strip", "strips", is_flag=True, help="Remove debug information first, exactly what luac -s removes.")
@click.option("--keep-source", is_flag=True, help="Strip, but leave the name of the source.")
@dialect_option
@output_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    pack: str,
    *,
    strips: bool,
    keep_source: bool,
    dialect: Dialect | None,
    output: str | None,
    jobs: int,
) -> None:
    """Spell chunks as text with a template pack.

    An INPUT is a chunk, a Lua source (which is compiled first, never run), a folder of both, or - for standard input.
    Each chunk's text ends with a line break. One bad input is reported and the rest goes on; the exit status is 1 where
    any failed.

    \b
    Examples:
      aidec render chunk.luac
      aidec render --pack listing script.lua
      aidec render --strip --pack ./my-pack -j 2 -o tokens/ src/
      luac5.3 -o - script.lua | aidec render -
    """
    renderer(pack)
    sink = Sink()
    if output is not None and is_folder(output, inputs):
        sink = Sink(folder=Path(output), rename=partial(_add_extension, load_pack(pack).extension))
    elif output is not None and output != "-":
        sink = Sink(file=Path(output))
    work = Render(pack, strips or keep_source, keep_source, dialect)
    ctx.exit(tally(inputs, work, sink, jobs=jobs, verb="rendered").status)
