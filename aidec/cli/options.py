"""Arguments and options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidec.bytecode.files import PassedOver
from aidec.cli.batch import CHUNK_START, GLOBS
from aidec.cli.inputs import STDIN, is_many
from aidec.cli.sink import Sink
from aidec.common.errors import one_line

if TYPE_CHECKING:  # these take modules that few commands need
    from click.shell_completion import CompletionItem

    from aidec.bytecode.dialect import Dialect
    from aidec.sources import Document

Command = Callable[..., Any]


def _keep_globs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    ctx.meta[GLOBS] = value


glob_option = click.option(
    "--glob",
    multiple=True,
    metavar="PATTERN",
    expose_value=False,
    callback=_keep_globs,
    help="In folders, take the files with such names, as '*.txt', instead of those with the usual endings; can be "
    "given several times.",
)


def inputs_argument(command: Command) -> Command:
    """The argument ``INPUT...``, and the option that says what is taken of folders."""
    argument = click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(allow_dash=True))
    return argument(glob_option(command))


def complete_pack(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of packs that start with an incomplete word, for the shell."""
    from click.shell_completion import CompletionItem

    from aidec.packs import find_packs

    return [CompletionItem(name) for name in find_packs() if name.startswith(incomplete)]


pack_option = click.option(
    "-p",
    "--pack",
    default="classic",
    show_default=True,
    metavar="NAME|DIR",
    shell_complete=complete_pack,
    help="A pack by name (see aidec pack list), or the folder of your own.",
)


def _complete_dialect(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of dialects that start with an incomplete word, and files, for the shell."""
    from click.shell_completion import CompletionItem

    from aidec.bytecode.dialect import shipped_dialects

    return [
        *[CompletionItem(name) for name in shipped_dialects() if name.startswith(incomplete)],
        CompletionItem(incomplete, type="file"),
    ]


def _find_dialect(ctx: click.Context, param: click.Parameter, value: str | None) -> Dialect | None:
    if value is None:
        return None
    from aidec.bytecode.dialect import find_dialect

    dialect = find_dialect(value)
    ctx.meta[CHUNK_START] = dialect.start
    return dialect


dialect_option = click.option(
    "--dialect",
    metavar="NAME|FILE",
    shell_complete=_complete_dialect,
    callback=_find_dialect,
    help="How chunks differ from official ones: a name (see aidec dialect list), or a YAML file of your own.",
)


def _count_jobs(ctx: click.Context, param: click.Parameter, value: int) -> int:
    return value or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else value or os.cpu_count() or 1


jobs_option = click.option(
    "-j",
    "--jobs",
    default=1,
    show_default=True,
    metavar="N",
    type=click.IntRange(0),
    callback=_count_jobs,
    help="Processes to work in; 0 for one on each processor.",
)

output_option = click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="Where to write, instead of standard output. With DIR (a folder that is there, a name that ends in /, or "
    "where an INPUT is a folder) each input gets a file of its own, in the tree that it has below the folder.",
)


def _existing(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for source in value:
        if not (os.path.exists(source) or any(sign in source for sign in "*?[")):
            raise click.BadParameter(f"{source}: no such file or folder")
    return value


sources_argument = click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, callback=_existing)
optional_sources_argument = click.argument("sources", metavar="[SOURCE...]", nargs=-1, callback=_existing)

tokenizer_argument = click.argument("directory", metavar="DIR", type=click.Path(exists=True))

field_option = click.option(
    "--field",
    default="lua",
    show_default=True,
    metavar="NAME",
    help="The field of .jsonl records, or the column of .parquet files, that holds the text.",
)


def by_option(made: str) -> Callable[[Command], Command]:
    """The option that says whether one thing is made of each function, or of each file; ``made`` names it."""
    return click.option(
        "--by",
        type=click.Choice(["function", "file"]),
        default="function",
        show_default=True,
        help=f"What {made} is of.",
    )


output_folder_option = click.option(
    "-o", "--output", required=True, metavar="DIR", type=click.Path(), help="The folder to write."
)


class SourceReader:
    """Reads texts, and prints what can't be read, once; the rest goes on.

    Attributes:
        reported: what was printed, a line for each file or record that could not be read.
    """

    def __init__(self, field: str, *, with_licences: bool = False) -> None:
        self.field, self.with_licences = field, with_licences
        self.reported: set[str] = set()
        self._globs = click.get_current_context().meta.get(GLOBS, ())  # texts may be read in a thread, which has none
        self._noted: set[str] = set()

    def __call__(self, sources: tuple[str, ...]) -> Iterator[Document]:
        """The texts of sources."""
        from aidec.sources import documents

        passed_over = PassedOver()
        yield from documents(
            sources,
            self.report,
            self.field,
            with_licences=self.with_licences,
            globs=self._globs,
            passed_over=passed_over,
        )
        if str(passed_over):
            self._note(str(passed_over))

    def report(self, problem: str) -> None:
        """Print that something can't be read, or used, once."""
        if problem not in self.reported:
            self.reported.add(problem)
            self._note(problem)

    def _note(self, line: str) -> None:
        if line not in self._noted:
            self._noted.add(line)
            click.echo(f"aidec: {one_line(line)}", err=True)


def is_folder(output: str, inputs: tuple[str, ...]) -> bool:
    """Whether ``-o OUTPUT`` means a folder."""
    if os.path.isdir(output) or output.endswith("/"):
        return True
    return not os.path.exists(output) and any(os.path.isdir(name) for name in inputs)


def chunk_sink(inputs: tuple[str, ...], output: str | None, rename: Callable[[str], str]) -> Sink:
    """Where chunks go: to ``-o OUTPUT``, or beside their inputs, under the name that ``rename`` makes of an input's.

    Raises:
        click.UsageError: several chunks would go to one file, or a chunk to a terminal.
    """
    if output is not None and output != STDIN and is_folder(output, inputs):
        return Sink(folder=Path(output), rename=rename)
    if is_many(inputs) and output is not None:
        raise click.UsageError("-o: more than one chunk needs a folder to go to, such as chunks/")
    if output == STDIN or (output is None and inputs == (STDIN,)):
        if sys.stdout.isatty():
            raise click.UsageError("a chunk is no text for a terminal; name a file with -o")
        return Sink()
    if output is not None:
        return Sink(file=Path(output))
    return Sink(is_beside=True, rename=rename)
