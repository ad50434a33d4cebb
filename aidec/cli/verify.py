"""``aidec verify``: the proof that a pack loses nothing of a chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import click

from aidec.bytecode import Chunk, strip
from aidec.cli.batch import Counts, tally
from aidec.cli.inputs import read_chunk
from aidec.cli.options import dialect_option, inputs_argument, jobs_option, pack_option
from aidec.cli.sink import Sink
from aidec.packs import renderer
from aidec.packs.roundtrip import RoundTrip, check_written

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


@dataclass(frozen=True)
class Verify:
    """Chunks and sources to the proof that they survive the way to text and back."""

    pack: str
    strips: bool
    dialect: Dialect | None = None

    def read(self, data: bytes, path: str) -> tuple[Chunk, bytes | None]:
        """The chunk, and the source that it was compiled from, if it was."""
        chunk, script, code = read_chunk(data, path, self.dialect)
        check_written(chunk, code, self.dialect if script is None else None)
        return (strip(chunk) if self.strips else chunk), script

    def make(self, batch: Sequence[tuple[Chunk, bytes | None]]) -> Iterator[tuple[None, Counts]]:
        """Nothing to write, and the counts of what was verified."""
        chunks, scripts = [chunk for chunk, _ in batch], [script for _, script in batch]
        for chunk, written in zip(chunks, self._round_trip.all_bytes(chunks, scripts), strict=True):
            instructions = sum(len(proto.code) for proto in chunk.main.walk())
            yield None, {"bytes": len(written), "instructions": instructions}

    @cached_property
    def _round_trip(self) -> RoundTrip:
        """Made once for a process, not for each batch."""
        return RoundTrip(self.pack)


@click.command()
@inputs_argument
@pack_option
@click.option("--strip", "strips", is_flag=True, help="Verify the chunks without their debug information.")
@dialect_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context, inputs: tuple[str, ...], pack: str, *, strips: bool, dialect: Dialect | None, jobs: int
) -> None:
    """Prove that a pack loses nothing of a chunk.

    Each INPUT is rendered, the text is read back, and the chunk that was read is written; its bytes must be those of
    the input. The first difference is shown as the field of the function where it is. An INPUT is a chunk, a Lua
    source, which is compiled first, a folder of both, or - for standard input.

    \b
    Examples:
      aidec verify chunk.luac
      aidec verify --pack compact -j 2 src/
      aidec verify --pack ./my-pack --strip src/
      aidec verify --dialect format-1 game/
    """
    renderer(pack)
    ctx.exit(tally(inputs, Verify(pack, strips, dialect), Sink(), jobs=jobs, verb="verified").status)
