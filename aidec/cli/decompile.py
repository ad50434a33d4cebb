"""``aidec decompile``: chunks to Lua source, each function proven by compiling it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.bytecode import Chunk
from aidec.cli.batch import Made, tally
from aidec.cli.inputs import is_many, read_chunk
from aidec.cli.options import dialect_option, inputs_argument, is_folder, jobs_option, output_option
from aidec.cli.sink import Output, Sink, WithSecond
from aidec.decompiler import NAMES
from aidec.decompiler.decompiled import Decompiled, DecompiledFunction
from aidec.decompiler.mapping import mapped
from aidec.decompiler.program import decompile

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect

PROVEN, WITH_DEBUG, UNPROVEN = "functions proven", "of them with debug information", "functions not proven"


class Form(Enum):
    """What is printed for a chunk: its source, an object with that and what is proven, or a page with both sides."""

    SOURCE = "lua"
    JSON = "json"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Decompile:
    """Chunks to source.

    Attributes:
        is_plain: whether variables are numbered instead of named.
        is_on_lines: whether the source is laid out on the lines of the chunk.
        has_map: whether where each instruction comes from is written as well: into objects, or a second file.
        form: what is printed.
        dialect: that of the chunks.
    """

    is_plain: bool
    is_on_lines: bool
    has_map: bool
    form: Form
    dialect: Dialect | None = None

    def read(self, data: bytes, path: str) -> tuple[Chunk, str]:
        """The chunk, and the name of its file."""
        return read_chunk(data, path, self.dialect)[0], path

    def make(self, batch: Sequence[tuple[Chunk, str]]) -> Iterator[Made]:
        """The sources, and the number of functions that are proven."""
        for chunk, path in batch:
            program = decompile(chunk, plain=self.is_plain, lines=self.is_on_lines)
            counts = {PROVEN: program.num_proven}
            if self.is_on_lines:
                counts[WITH_DEBUG] = sum(function.has_debug for function in program.functions)
            counts[UNPROVEN] = len(program.functions) - program.num_proven
            yield self._output(chunk, path, program), counts

    def _output(self, chunk: Chunk, path: str, program: Decompiled) -> Output:
        source = program.source
        if self.form is Form.HTML:
            from aidec.decompiler.page import html_page

            return [html_page(program, chunk, path).encode()]
        functions = program.functions
        places = mapped(program) if self.has_map else [{}] * len(functions)
        objects = [_object(function) | place for function, place in zip(functions, places, strict=True)]
        if self.form is Form.JSON:
            return [_encoded({"file": path, "source": source.decode(), "functions": objects})]
        return WithSecond([source], _encoded({"file": path, "functions": objects})) if self.has_map else [source]


def _object(function: DecompiledFunction) -> dict[str, object]:
    return {"path": list(function.path), "status": function.status, "difference": function.difference}


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _add_extension(form: Form, relative: str) -> str:
    """``x.luac`` to ``x.luac.lua``."""
    return f"{relative}.{form.value}"


def _sink(inputs: tuple[str, ...], output: str | None, form: Form, *, has_map: bool) -> Sink:
    """Where the outputs go.

    Raises:
        click.UsageError: there is no place for maps.
    """
    second = ".map.json" if has_map and form is Form.SOURCE else ""
    if has_map and form is Form.HTML:
        raise click.UsageError("--map: a page has the map in it; leave out one of --map and --html")
    if output is not None and is_folder(output, inputs):
        return Sink(folder=Path(output), rename=partial(_add_extension, form), second=second)
    if second and (output in (None, "-") or is_many(inputs)):
        raise click.UsageError("--map: a map stands beside the file of its source; name a place with -o, or add --json")
    return Sink() if output in (None, "-") else Sink(file=Path(output or ""), second=second)


@click.command()
@inputs_argument
@click.option("--names", type=click.Choice(NAMES), default=NAMES[0], show_default=True,
              help="Names of variables: of the debug information or made from their use, or numbers.")  # fmt: skip
@click.option("--lines", "is_on_lines", is_flag=True,
              help="Lay the source out on the lines that the chunk has for it.")  # fmt: skip
@click.option("--map", "has_map", is_flag=True,
              help="Write which line and token each instruction comes from: to SOURCE.map.json, with --json into the "
                   "object.")  # fmt: skip
@click.option("--html", "form", flag_value=Form.HTML,
              help="Print a page instead that shows source and bytecode side by side.")  # fmt: skip
@click.option("--json", "form", flag_value=Form.JSON, help="Print a JSON object for each chunk instead.")
@click.option("--strict", is_flag=True, help="Exit with status 1 unless all functions are proven.")
@dialect_option
@output_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    *,
    names: str,
    is_on_lines: bool,
    has_map: bool,
    form: Form | None,
    strict: bool,
    dialect: Dialect | None,
    output: str | None,
    jobs: int,
) -> None:
    """Decompile chunks to Lua source.

    Each function is compiled again and compared with the chunk: it is proven where instructions, constants, parameters,
    stack size and upvalues are the same. The first line of the source says how many are; a comment marks those that
    are not. Names and scopes of variables are those of the debug information, where a chunk has it; with --lines the
    lines are too, and a function is proven with debug information where all of it is the same. An INPUT is a chunk, a
    Lua source (which is compiled first, never run), a folder of both, or - for standard input.

    \b
    Examples:
      aidec decompile chunk.luac
      aidec decompile --names plain -j 0 -o sources/ chunks/
      aidec decompile --strict --json chunk.luac
      aidec decompile --html -o chunk.html chunk.luac
      aidec decompile --lines --map -o chunk.lua chunk.luac
    """
    form = form or Form.SOURCE
    sink = _sink(inputs, output, form, has_map=has_map)
    work = Decompile(names == "plain", is_on_lines, has_map, form, dialect)
    found = tally(inputs, work, sink, jobs=jobs, verb="decompiled")
    ctx.exit(1 if found.failed or (strict and found.counts[UNPROVEN]) else 0)
