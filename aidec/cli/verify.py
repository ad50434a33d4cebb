"""``aidec verify``: the proof that a pack loses nothing of a chunk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import click

from aidec.bytecode import dump, first_difference, strip
from aidec.cli.batch import Counts, Sink, run
from aidec.cli.inputs import read_chunk
from aidec.cli.options import inputs_argument, jobs_option, pack_option
from aidec.common.errors import AidecError
from aidec.packs import Renderer, renderer
from aidec.packs.reader import read


@dataclass(frozen=True)
class Verify:
    """Bytes to chunk, to text, to chunk, to bytes, which must be the same."""

    pack: str
    strips: bool

    def __call__(self, data: bytes, path: str) -> tuple[None, Counts]:
        """Nothing to write, and counts of what was verified."""
        chunk, script, code = read_chunk(data, path)
        written = dump(chunk)
        if written != code:
            at = next((i for i, (a, b) in enumerate(zip(written, code, strict=False)) if a != b), len(written))
            raise AidecError(f"byte {at}: the chunk written anew differs: luac would not have written it so")
        if self.strips:
            chunk = strip(chunk)
            written = dump(chunk)
        again = read(self._renderer.render(chunk, script), self.pack, chunk.header)
        difference = first_difference(chunk, again)
        if difference:
            raise AidecError(f"{self.pack} lost {difference}")
        if dump(again) != written:
            raise AidecError(f"{self.pack}: the chunk read back is equal, but not its bytes")
        instructions = sum(len(proto.code) for proto in chunk.main.walk())
        return None, {"bytes": len(written), "instructions": instructions}

    @cached_property
    def _renderer(self) -> Renderer:
        """Looked up once for a process, not for each input."""
        return renderer(self.pack)


@click.command()
@inputs_argument
@pack_option
@click.option("--strip", "strips", is_flag=True, help="Verify the chunks without their debug information.")
@jobs_option
@click.pass_context
def command(ctx: click.Context, inputs: tuple[str, ...], pack: str, *, strips: bool, jobs: int) -> None:
    """Prove that a pack loses nothing of a chunk.

    Each INPUT is rendered, the text is read back, and the chunk that it tells is written; its bytes must be those of
    the input. The first difference is shown as the field of the function where it is. An INPUT is a chunk, a Lua
    source, which is compiled first, a folder of both, or - for standard input.

    \b
    Examples:
      aidec verify chunk.luac
      aidec verify --pack compact -j 2 src/
      aidec verify --pack ./my-pack --strip src/
    """
    renderer(pack)
    ctx.exit(run(inputs, Verify(pack, strips), Sink(), jobs=jobs, verb="verified"))
