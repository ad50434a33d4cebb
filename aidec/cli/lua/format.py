"""``aidec lua format``: sources in one layout, each proven to compile to the same bytecode before it is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from aidec.bytecode import load
from aidec.bytecode.compare import first_difference
from aidec.bytecode.debug_info import without_lines
from aidec.cli.batch import Made, tally
from aidec.cli.inputs import SOURCE_FILES, STDIN, chunk_name, is_many
from aidec.cli.options import inputs_argument, is_folder, jobs_option, output_option
from aidec.cli.sink import Sink
from aidec.common.errors import AidecError
from aidec.lua.compile import compile_source
from aidec.lua.printer import minify, to_source
from aidec.lua.tree import parse

CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Formatted:
    """A source before and after, and the name of its file as bytes."""

    before: bytes
    after: bytes
    path: bytes


@dataclass(frozen=True, slots=True)
class Format:
    """The bytes of a source to those of one in the layout.

    Attributes:
        is_minified: whether the layout is the shortest.
        has_comments: whether comments stay.
        only_changed: whether a source that is in the layout already is not written.
        only_names: whether the names of sources that are not are written in their place.
    """

    is_minified: bool
    has_comments: bool
    only_changed: bool
    only_names: bool

    def read(self, data: bytes, path: str) -> Formatted:
        """The source in the layout.

        Raises:
            AidecError: Lua refuses the source; or the layout would change what it compiles to.
        """
        tree = parse(data, chunk_name(path))
        after = minify(tree) if self.is_minified else to_source(tree, comments=self.has_comments)
        prove(data, after)
        return Formatted(data, after, os.fsencode(path))

    def make(self, batch: Sequence[Formatted]) -> Iterator[Made]:
        """What to write, and whether it is another source."""
        for each in batch:
            is_changed = each.before != each.after
            output = [each.path + b"\n"] if self.only_names else [each.after]
            is_written = is_changed or not (self.only_changed or self.only_names)
            yield (output if is_written else None), {CHANGED: int(is_changed)}


def prove(before: bytes, after: bytes) -> None:
    """Make sure that two sources compile to the same bytecode, but for the lines.

    Raises:
        AidecError: they do not, or one is no Lua.
    """
    chunks = [without_lines(load(compile_source(source))) for source in (before, after)]
    if difference := first_difference(*chunks):
        raise AidecError(f"the bytecode would change, so nothing is written: {difference}")


@click.command()
@inputs_argument
@click.option("-i", "--in-place", is_flag=True, help="Write each source to its own file, where that changes it.")
@click.option("--check", "is_check", is_flag=True, help="Print the names of sources that would change instead.")
@click.option("--minify", "is_minified", is_flag=True, help="Print the shortest text instead, without comments.")
@click.option("--no-comments", is_flag=True, help="Leave the comments out.")
@output_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    *,
    in_place: bool,
    is_check: bool,
    is_minified: bool,
    no_comments: bool,
    output: str | None,
    jobs: int,
) -> None:
    """Print Lua sources in one layout.

    What is printed is compiled, and compared with what the source compiles to: nothing is written unless the bytecode
    is the same, lines aside. A first line that starts with # counts as a comment. An INPUT is a source, a folder of
    sources, or - for standard input. With --check the exit status is 1 if a source would change.

    \b
    Examples:
      aidec lua format script.lua
      aidec lua format -i -j 0 src/
      aidec lua format --check src/
      aidec lua format --minify -o min/ src/
    """
    sink = _sink(inputs, in_place=in_place, is_check=is_check, output=output)
    layout = Format(is_minified, not no_comments, only_changed=in_place, only_names=is_check)
    found = tally(inputs, layout, sink, jobs=jobs, verb="formatted", names=SOURCE_FILES)
    ctx.exit(1 if found.failed or (is_check and found.counts[CHANGED]) else 0)


def _sink(inputs: tuple[str, ...], *, in_place: bool, is_check: bool, output: str | None) -> Sink:
    """Where the sources go.

    Raises:
        click.UsageError: to two places at once; or several to one.
    """
    if in_place + is_check + (output is not None) > 1:
        raise click.UsageError("-i, -o and --check exclude each other")
    if in_place:
        if STDIN in inputs:
            raise click.UsageError("-i: standard input is no file to write to")
        return Sink(is_beside=True)
    if output is not None and output != STDIN and is_folder(output, inputs):
        return Sink(folder=Path(output))
    if is_many(inputs) and not is_check:
        raise click.UsageError("more than one source: choose -i, -o DIR or --check")
    return Sink() if output is None or output == STDIN else Sink(file=Path(output))
