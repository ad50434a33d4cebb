"""Chunk to text with one pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from os import PathLike

from aidec.bytecode import Chunk
from aidec.common.arguments import expect
from aidec.packs.composer import Composer, batches
from aidec.packs.emitter import TextEmitter
from aidec.packs.pack import Pack
from aidec.packs.pack_loader import load_pack
from aidec.packs.units import Units


class Renderer:
    """Renders chunks with one pack.

    Attributes:
        pack: the pack.
        units: its units.
    """

    def __init__(self, pack: Pack) -> None:
        expect("pack", pack, Pack)
        self.pack = pack
        self.units = Units(pack)
        self._composer = Composer(self.units, TextEmitter(self.units.filters))

    def render(self, chunk: Chunk, script: bytes | None = None) -> str:
        """The text of a chunk; ``script`` is the source that it was compiled from, where the caller has it.

        Raises:
            PackError: a template fails on this chunk.
        """
        expect("chunk", chunk, Chunk)
        expect("script", script, bytes, None)
        return next(self.render_all([chunk], [script]))

    def render_all(self, chunks: Iterable[Chunk], scripts: Iterable[bytes | None] | None = None) -> Iterator[str]:
        """The texts of chunks, in their order; several are rendered together, which takes less time for small ones.

        Raises:
            PackError: a template fails on a chunk; the texts of those rendered with it are not there then.
        """
        for batch in batches(chunks, scripts):
            yield from self._composer.compose(*batch)

    def render_plainly(self, chunk: Chunk, script: bytes | None = None) -> str:
        """The text of a chunk, as Jinja2 makes it, slowly: every template runs for every value."""
        return self.units.render(chunk, script)


def renderer(pack: str | PathLike[str]) -> Renderer:
    """The renderer of a pack, by name or folder, made once."""
    return _renderer(load_pack(pack))


@lru_cache(maxsize=16)
def _renderer(pack: Pack) -> Renderer:
    return Renderer(pack)
