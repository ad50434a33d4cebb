"""``aidec assemble``: text back to chunks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from aidec.bytecode import Header, dump
from aidec.cli.batch import Counts, tally
from aidec.cli.inputs import Names
from aidec.cli.options import chunk_sink, dialect_option, inputs_argument, jobs_option, pack_option
from aidec.cli.sink import Output
from aidec.common.errors import AidecError
from aidec.packs import load_pack
from aidec.packs.reader import read

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Assemble:
    """Text to the bytes of a chunk."""

    pack: str
    header: Header
    asked: tuple[str, ...] = ()
    """The fields of the header that options name."""
    dialect: Dialect | None = None

    def read(self, data: bytes, path: str) -> bytes:
        """The chunk whose text it is."""
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise AidecError(
                f"byte {error.start}: expected UTF-8 text, read {data[error.start : error.end]!r}"
            ) from None
        chunk = read(text, self.pack, self.header)
        for name in self.asked:
            printed, asked = getattr(chunk.header, name), getattr(self.header, name)
            if printed != asked:
                option, printed = ("--big-endian", "little end first") if asked is True else (_OPTIONS[name], printed)
                raise AidecError(f"{option}: {self.pack} prints the header, expected what it says: {printed}")
        return dump(chunk, self.dialect)

    def make(self, batch: Sequence[bytes]) -> Iterator[tuple[Output, Counts]]:
        """The chunks, and their sizes."""
        return (([chunk], {"bytes": len(chunk)}) for chunk in batch)


def _to_luac(relative: str) -> str:
    """``x.luac.txt`` and ``x.txt`` to ``x.luac``."""
    return os.path.splitext(relative)[0].removesuffix(".luac") + ".luac"


_OPTIONS = {
    "is_big_endian": "--big-endian",
    "len_int": "--int",
    "len_size_t": "--size-t",
    "len_integer": "--integer",
    "len_number": "--number",
}
"""The option that sets each field of the header."""


def _is_given(ctx: click.Context, name: str) -> bool:
    """Whether the option for a field of the header is on the command line."""
    return ctx.get_parameter_source(name.removeprefix("is_")) is not ParameterSource.DEFAULT


def _header(ctx: click.Context, named: Header, usual: Header) -> Header:
    """The header that options name; what they do not name is the usual one of the dialect."""
    return replace(usual, **{name: getattr(named, name) for name in _OPTIONS if _is_given(ctx, name)})


_width = click.Choice(["4", "8"])


@click.command()
@inputs_argument
@pack_option
@click.option(
    "-o", "--output", metavar="FILE|DIR", help="Where to write, - for standard output; beside the INPUT by default."
)
@click.option("--big-endian", is_flag=True, help="Write the numbers big end first.")
@click.option("--int", "len_int", type=_width, default="4", show_default=True, help="Bytes of a C int.")
@click.option("--size-t", "len_size_t", type=_width, default="8", show_default=True, help="Bytes of a size_t.")
@click.option("--integer", "len_integer", type=_width, default="8", show_default=True, help="Bytes of a lua_Integer.")
@click.option("--number", "len_number", type=_width, default="8", show_default=True, help="Bytes of a lua_Number.")
@dialect_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    pack: str,
    *,
    output: str | None,
    big_endian: bool,
    len_int: str,
    len_size_t: str,
    len_integer: str,
    len_number: str,
    dialect: Dialect | None,
    jobs: int,
) -> None:
    """Read the text of chunks back, and write the chunks.

    The pack must be the one that printed the text. What it does not print, the widths and the byte order of the chunk,
    are options; by default they are those of luac on a 64-bit machine. An INPUT is a file with the text of one chunk,
    a folder that aidec render -o wrote, or - for standard input. An option that the text contradicts is an error.

    \b
    Examples:
      aidec assemble tokens.txt -o chunk.luac
      aidec render --pack compact script.lua | aidec assemble --pack compact - -o script.luac
      aidec assemble --size-t 4 tokens.txt
      aidec assemble -j 2 -o chunks/ tokens/
    """
    header = Header(big_endian, int(len_int), int(len_size_t), int(len_integer), int(len_number))
    if dialect is not None:
        header = _header(ctx, header, dialect.usual_header)
    sink = chunk_sink(inputs, output, _to_luac)
    work = Assemble(pack, header, tuple(name for name in _OPTIONS if _is_given(ctx, name)), dialect)
    names = Names((load_pack(pack).extension,), has_chunks=False)
    ctx.exit(tally(inputs, work, sink, jobs=jobs, verb="assembled", names=names).status)
