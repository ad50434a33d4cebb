"""The proof that a pack loses nothing of a chunk: from bytes to text and back, the bytes must be the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aidec.bytecode import Chunk, Proto, dump, first_difference
from aidec.common.errors import AidecError
from aidec.packs.reader import Reader, read
from aidec.packs.rendering import renderer

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


def check_written(chunk: Chunk, code: bytes, dialect: Dialect | None = None) -> None:
    """Returns if a chunk is written, in a dialect, as the bytes that it was loaded from.

    Raises:
        AidecError: the bytes differ; the message names the first.
    """
    written = dump(chunk, dialect)
    if written != code:
        at = next((i for i, (a, b) in enumerate(zip(written, code, strict=False)) if a != b), len(written))
        raise AidecError(f"byte {at}: the chunk written anew differs: luac would not have written it so")


class RoundTrip:
    """Renders chunks with a pack, reads their texts back and writes the chunks that were read."""

    def __init__(self, pack: str) -> None:
        self.pack = pack
        self.renderer = renderer(pack)
        self.reader = Reader(self.renderer)
        self.prints_script = "script" in self.renderer.units.chunk.plan.used

    def all_bytes(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Iterator[bytes]:
        """The bytes of each chunk, in order, written anew from its text.

        Args:
            chunks: the chunks; small ones are rendered together.
            scripts: the source of each, where there is one.

        Raises:
            ReadError: the pack does not read a text back, or prints another text for the chunk that it reads.
            PackError: a template fails on a chunk, and on those that are rendered with it.
            AidecError: the chunk that is read back differs; the message names the first field.
        """
        texts = self.renderer.render_all(chunks, scripts)
        for chunk, script, text in zip(chunks, scripts, texts, strict=True):
            yield self._bytes(chunk, script, text)

    def _bytes(self, chunk: Chunk, script: bytes | None, text: str) -> bytes:
        again, printed = self.reader.read(text.rstrip("\n"), chunk.header)
        if again != chunk or printed != (script if self.prints_script else None):
            # An equal chunk and script have the same text. With others, read renders them and compares.
            again = read(text, self.pack, chunk.header)
            difference = first_difference(chunk, again)
            if difference:
                raise AidecError(f"{self.pack} lost {difference}")
        written = dump(again)
        if written != dump(chunk):
            places = _unusual_places(chunk.main, "main")
            raise AidecError(
                f"{self.pack} does not say how {next(places)} is stored: luac would not have written it so"
            )
        return written


def _unusual_places(proto: Proto, place: str) -> Iterator[str]:
    """Where a function, or one inside it, stores something otherwise than luac writes it."""
    for each in proto.unusual:
        yield f"{place}.{each.field}" + (f"[{each.index}]" if each.field != "source" else "")
    for i, inner in enumerate(proto.protos):
        yield from _unusual_places(inner, f"{place}.protos[{i}]")
