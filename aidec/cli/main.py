"""``aidec``: the group of commands, each imported only when it is called."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from errno import EPIPE
from typing import Any

import click

from aidec.cli.lazy import LazyGroup
from aidec.common.errors import AidecError, one_line
from aidec.version import __version__

COMMANDS = {
    "render": "Spell chunks as text with a template pack.",
    "assemble": "Read the text of chunks back, and write the chunks.",
    "verify": "Prove that a pack loses nothing of a chunk.",
    "stats": "Count the tokens that packs need.",
    "compile": "Compile Lua sources to chunks.",
    "decompile": "Decompile chunks to Lua source.",
    "lua": "Check, parse, format and run Lua.",
    "pack": "List, show, start and check template packs.",
    "dialect": "List, show and guess dialects: how chunks of a changed Lua differ from official ones.",
    "vocab": "Print the tokens of a pack.",
    "tokenizer": "Train, extend, show, measure and export tokenizers.",
    "dataset": "Build datasets of bytecode and source, look at them and check them.",
    "eval": "Measure what a decompiler got right.",
    "synth": "Make training data: Lua that is proven by compiling and running.",
    "completion": "Print a script that completes aidec's words in a shell.",
}
"""The first line of each command's help; a test compares them."""


class Aidec(LazyGroup):
    """The commands; shows an ``AidecError`` as one line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:
                _silence()  # what nobody reads must not hold up the end
                raise Interrupted("interrupted") from None
            finally:
                sys.stdout.flush()
        except AidecError as error:
            raise Failure(str(error)) from None
        except OSError as error:
            if error.errno == EPIPE:
                raise
            _silence()
            raise Failure(f"{error.filename or 'standard output'}: {error.strerror}") from None


def _silence() -> None:
    """Send standard output nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Failure(click.ClickException):
    """Ends the command with one line and exit status 1."""

    def show(self, file: Any = None) -> None:
        """Print the line."""
        click.echo(f"aidec: {one_line(self.message)}", err=True)


class Interrupted(Failure):
    """Ends the command as a shell says that Ctrl-C did."""

    exit_code = 128 + signal.SIGINT


@click.group(
    cls=Aidec,
    commands_in="aidec.cli",
    first_lines=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="aidec")
def cli() -> None:
    """Lua 5.3 bytecode as the input of a language model, and back.

    \b
    Examples:
      aidec render chunk.luac                 tokens of a chunk, on standard output
      aidec render --pack listing game.lua    what luac -l -l shows of a source
      aidec render -j 2 -o tokens/ src/       a folder of sources and chunks
      aidec decompile stripped.luac           Lua source, each function proven by compiling it
      aidec vocab --pack classic              the tokens to add to a tokenizer
    """


def main() -> None:
    """The entry point of the command."""
    try:
        cli(prog_name="aidec")
    except SystemExit as end:
        if isinstance(end.code, int):
            _leave(end.code)
        raise


def _leave(status: int) -> None:
    """End the process without freeing its objects, which takes a tenth of a short run, or seconds for a large chunk."""
    if status != Interrupted.exit_code:  # then it must end at once, and its files are cleaned up
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)
