"""``aidec decompile``: chunks to Lua source, each function proven by compiling it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from aidec.bytecode import Chunk
from aidec.cli.batch import Made, Sink, tally
from aidec.cli.inputs import read_chunk
from aidec.cli.options import inputs_argument, is_folder, jobs_option, output_option
from aidec.decompiler.decompiled import Decompiled
from aidec.decompiler.program import decompile

PROVEN, UNPROVEN = "functions proven", "functions not proven"


@dataclass(frozen=True, slots=True)
class Decompile:
    """Chunks to source.

    Attributes:
        is_plain: whether variables are numbered instead of named.
        is_json: whether an object is made for each chunk, with the source and what is proven of it.
    """

    is_plain: bool
    is_json: bool

    def read(self, data: bytes, path: str) -> tuple[Chunk, str]:
        """The chunk, and the name of its file."""
        return read_chunk(data, path)[0], path

    def make(self, batch: Sequence[tuple[Chunk, str]]) -> Iterator[Made]:
        """The sources, and the number of functions that are proven."""
        for chunk, path in batch:
            program = decompile(chunk, plain=self.is_plain)
            counts = {PROVEN: program.num_proven, UNPROVEN: len(program.functions) - program.num_proven}
            yield [_object(path, program) if self.is_json else program.source], counts


def _object(path: str, program: Decompiled) -> bytes:
    functions = [
        {"path": list(function.path), "proven": function.is_proven, "difference": function.difference}
        for function in program.functions
    ]
    return json.dumps({"file": path, "source": program.source.decode(), "functions": functions}).encode() + b"\n"


def _add_extension(relative: str) -> str:
    """``x.luac`` to ``x.luac.lua``."""
    return f"{relative}.lua"


@click.command()
@inputs_argument
@click.option("--names", type=click.Choice(["made", "plain"]), default="made", show_default=True,
              help="Make the names of variables from their use, or number them.")  # fmt: skip
@click.option("--json", "is_json", is_flag=True, help="Print a JSON object for each chunk instead.")
@click.option("--strict", is_flag=True, help="Exit with status 1 unless all functions are proven.")
@output_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    *,
    names: str,
    is_json: bool,
    strict: bool,
    output: str | None,
    jobs: int,
) -> None:
    """Decompile chunks to Lua source.

    Each function is compiled again and compared with the chunk: it is proven where instructions, constants, parameters,
    stack size and upvalues are the same. The first line of the source says how many are; a comment marks those that
    are not. Debug information is not used. An INPUT is a chunk, a Lua source (which is compiled first, never run), a
    folder of both, or - for standard input.

    \b
    Examples:
      aidec decompile chunk.luac
      aidec decompile --names plain -j 0 -o sources/ chunks/
      aidec decompile --strict --json chunk.luac
    """
    sink = Sink()
    if output is not None and is_folder(output, inputs):
        sink = Sink(folder=Path(output), rename=_add_extension)
    elif output is not None and output != "-":
        sink = Sink(file=Path(output))
    found = tally(inputs, Decompile(names == "plain", is_json), sink, jobs=jobs, verb="decompiled")
    ctx.exit(1 if found.failed or (strict and found.counts[UNPROVEN]) else 0)
