"""``aidec assemble``: text back to chunks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from aidec.bytecode import Header, dump
from aidec.cli.batch import Counts, Output, run
from aidec.cli.options import chunk_sink, dialect_option, inputs_argument, jobs_option, pack_option
from aidec.common.errors import AidecError
from aidec.packs.reader import read

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Assemble:
    """Text to the bytes of a chunk."""

    pack: str
    header: Header
    dialect: Dialect | None = None

    def read(self, data: bytes, path: str) -> bytes:
        """The chunk whose text it is."""
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise AidecError(
                f"byte {error.start}: expected UTF-8 text, read {data[error.start : error.end]!r}"
            ) from None
        return dump(read(text, self.pack, self.header), self.dialect)

    def make(self, batch: Sequence[bytes]) -> Iterator[tuple[Output, Counts]]:
        """The chunks, and their sizes."""
        return (([chunk], {"bytes": len(chunk)}) for chunk in batch)


def _to_luac(relative: str) -> str:
    """``x.luac.txt`` and ``x.txt`` to ``x.luac``."""
    return os.path.splitext(relative)[0].removesuffix(".luac") + ".luac"


def _header(ctx: click.Context, named: Header, usual: Header) -> Header:
    """The header that options name; what they do not name is the usual one of the dialect."""
    options = {"is_big_endian": "big_endian"} | {field.name: field.name for field in fields(Header)[1:]}
    is_given = {
        name: ctx.get_parameter_source(option) is not ParameterSource.DEFAULT for name, option in options.items()
    }
    return replace(usual, **{name: getattr(named, name) for name in options if is_given[name]})


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
    or - for standard input.

    \b
    Examples:
      aidec assemble tokens.txt -o chunk.luac
      aidec render --pack compact script.lua | aidec assemble --pack compact - -o script.luac
      aidec assemble --size-t 4 tokens.txt
    """
    header = Header(big_endian, int(len_int), int(len_size_t), int(len_integer), int(len_number))
    if dialect is not None:
        header = _header(ctx, header, dialect.usual_header)
    sink = chunk_sink(inputs, output, _to_luac)
    ctx.exit(run(inputs, Assemble(pack, header, dialect), sink, jobs=jobs, verb="assembled"))
