"""``aidec dialect``: list, show and guess dialects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.bytecode import OPCODES, Chunk, load
from aidec.bytecode.dialect import Dialect, as_yaml, find_dialect, shipped_dialects
from aidec.cli.options import dialect_option
from aidec.common.errors import ChunkError, at
from aidec.common.files import atomic

if TYPE_CHECKING:
    from aidec.bytecode.opcode_guess import Aligned

NUM_OPCODES = sum(opcode.is_known for opcode in OPCODES)
MANY = 8
"""How many names of opcodes are printed at most."""


@click.group()
def command() -> None:
    """List, show and guess dialects: how chunks of a changed Lua differ from official ones.

    \b
    Examples:
      aidec dialect list
      aidec dialect show official > own.yaml
      aidec dialect guess game.luac
      aidec dialect guess game.luac --source game.lua -o game.yaml
    """


@command.command("list")
def list_() -> None:
    """List the dialects that ship.

    \b
    Example:
      aidec dialect list
    """
    found = shipped_dialects()
    for name in found:
        click.echo(f"{name:{max(map(len, found))}}  {find_dialect(name).description}")


@command.command()
@click.argument("dialect", metavar="NAME|FILE")
def show(dialect: str) -> None:
    """Check the file of a dialect and print it, to start one of your own, say.

    \b
    Example:
      aidec dialect show official > own.yaml
    """
    find_dialect(dialect)
    click.echo(shipped_dialects().get(dialect, Path(dialect)).read_text("utf-8"), nl=False)


@command.command()
@click.argument("file", metavar="CHUNK", type=click.Path(exists=True, dir_okay=False))
@click.option("--source", metavar="FILE", type=click.Path(exists=True, dir_okay=False),
              help="The Lua source that the chunk was compiled from.")  # fmt: skip
@dialect_option
@click.option("--name", metavar="NAME", help="What the dialect is called; by default as the chunk.")
@click.option("-o", "--output", metavar="FILE", help="Write the dialect there, instead of to standard output.")
def guess(file: str, source: str | None, dialect: Dialect | None, name: str | None, output: str | None) -> None:
    """Find out how a chunk differs from official ones.

    With its source, which is compiled and compared instruction by instruction, the numbers of opcodes are found, and
    the dialect is printed as a YAML file, with the key on strings if there is one. Without, it is said how likely it
    is that opcodes were changed: from operands, jumps and ends of functions that luac never writes. A header that is
    nearly official is found in both ways; what else differs must be declared with --dialect. A dialect that was
    guessed from one file can be named so for the next, which adds to it.

    \b
    Examples:
      aidec dialect guess game.luac
      aidec dialect guess game.luac --source game.lua -o game.yaml
    """
    data = Path(file).read_bytes()
    with at(file):
        found = replace(dialect or _dialect_of(data), name=name or Path(file).stem)
        chunk = load(data, replace(found, opcodes=tuple(range(64))))
    if source is None:
        lines = list(_opinion(chunk, found))
    else:
        with at(file):
            lines = list(_declaration(chunk, found, Path(source)))
    text = "\n".join(lines) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    with atomic(Path(output)) as out:
        out.write(text.encode())


def _dialect_of(data: bytes) -> Dialect:
    """The dialect whose header a chunk has: the official one, or one that is nearly official.

    Raises:
        ChunkError: it has neither.
    """
    from aidec.bytecode.header_guess import guess_header

    official = Dialect("official")
    try:
        load(data)
    except ChunkError:
        found = guess_header(data, load)
        if found is None:
            raise
        return found
    return official


def _opinion(chunk: Chunk, dialect: Dialect) -> Iterator[str]:
    """What a bare chunk says, in lines."""
    from aidec.bytecode.header_guess import describe_header
    from aidec.bytecode.opcode_guess import suspect

    found = suspect(chunk)
    difference = describe_header(dialect)
    yield f"header: {difference or 'official'}"
    yield (
        f"opcodes: changed with a likelihood of {100 * found.likelihood:.0f} %: "
        f"{found.broken.total():,} of {found.num_instructions:,} instructions break a rule that luac keeps"
    )
    for rule, count in found.broken.most_common(MANY):
        yield f"  {count:,}: {rule}, first in {found.examples[rule]}"
    if not found.broken:
        yield "  (opcodes that have operands alike, such as ADD and SUB, can be exchanged without breaking one)"


def _declaration(chunk: Chunk, dialect: Dialect, source: Path) -> Iterator[str]:
    """The file of a dialect, in lines, the first of which say what it is made of."""
    from aidec.bytecode.key_guess import guess_key
    from aidec.bytecode.opcode_guess import align
    from aidec.lua import compile_source

    expected = load(compile_source(source.read_bytes(), f"@{source}".encode()))
    known = {} if dialect.opcodes == tuple(range(64)) else dict(enumerate(dialect.opcodes[:NUM_OPCODES]))
    found = align(expected, chunk, {official: stored for official, stored in known.items() if stored is not None})
    yield f"# Guessed from a chunk and its source: {_functions(found)} compared, {len(found.numbers)} opcodes known."
    if found.unlike:
        yield f"# Passed over, since their operands are not those of the source: {_some(found.unlike)}."
    if found.is_official:
        yield "# All of them have their official numbers."
    elif found.unseen:
        yield "# The others were not seen. A chunk that has one is refused until its number is filled in."
        click.echo(f"aidec: {len(found.unseen)} opcodes were not seen: {', '.join(found.unseen)}", err=True)
    key = dialect.xor or guess_key(expected, chunk)
    if key is None:
        yield "# Strings are not those of the source, and there is no key that makes them so."
    yield from as_yaml(replace(dialect, opcodes=found.opcodes(), xor=key or b""))


def _functions(found: Aligned) -> str:
    return f"{found.compared:,} function{'s' * (found.compared != 1)}"


def _some(places: list[str]) -> str:
    return ", ".join(places[:MANY]) + (f" and {len(places) - MANY:,} more" if len(places) > MANY else "")
