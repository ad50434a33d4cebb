"""``aidec tokenizer show``: tokens to look at."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidec.bytecode.files import chunk_start
from aidec.chat import Chat
from aidec.cli.colours import Token, ansi, page, table, tokens
from aidec.cli.inputs import read_chunk
from aidec.cli.options import complete_pack, dialect_option, tokenizer_argument
from aidec.common.errors import AidecError, LossWarning, at
from aidec.common.files import atomic
from aidec.tokenizers import Tokenizer

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect

CONVERSATIONS = (".json", ".jsonl", ".ndjson")


@click.command()
@tokenizer_argument
@click.argument("file", type=click.Path(exists=True, allow_dash=True, dir_okay=False))
@click.option("--ids", is_flag=True, help="Show the id of each token.")
@click.option("--html", metavar="FILE", help="Write a page for a browser instead; it needs no other file.")
@click.option("--plain", is_flag=True, help="Print a line for each token; the default without a terminal.")
@click.option("--special", is_flag=True, help="Take what a text spells as a special token for one.")
@click.option(
    "-p",
    "--pack",
    metavar="NAME|DIR",
    shell_complete=complete_pack,
    help="The pack that spells chunks; by default the one that the tokenizer was extended with.",
)
@click.option("--chat", metavar="NAME|FILE", help="The chat format; by default the one saved with the tokenizer.")
@dialect_option
@click.option("--max-tokens", metavar="N", type=click.IntRange(1), help="Cut conversations there, and say so.")
def command(
    directory: str,
    file: str,
    pack: str | None,
    chat: str | None,
    *,
    ids: bool,
    html: str | None,
    plain: bool,
    special: bool,
    max_tokens: int | None,
    dialect: Dialect | None,
) -> None:
    """Show the tokens of a text, a chunk or a conversation.

    FILE is a text, a chunk, or conversations (.json or .jsonl, objects with the key messages); - is standard input.
    Shades show the borders of tokens; in conversations green is what is trained on and red what is context.

    \b
    Examples:
      aidec tokenizer show tokenizer/ game.lua
      aidec tokenizer show tokenizer/ game.luac --ids | less -R
      aidec tokenizer show tokenizer/ conversation.json --html page.html
    """
    tokenizer = Tokenizer.from_pretrained(directory)
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    is_chunk = (chunk_start(data, dialect.start) if dialect else chunk_start(data)) is not None
    if lost := tokenizer.losses if is_chunk else tokenizer.lost_of(data.decode(errors="surrogateescape")):
        click.echo(f"aidec: the tokenizer loses text: {', '.join(lost)}", err=True)
        warnings.simplefilter("ignore", LossWarning)  # it was said
    conversations = [] if is_chunk else list(_conversations(data, file))
    if conversations:
        texts = list(_rendered(Chat(tokenizer, chat), conversations, max_tokens))
    elif is_chunk:
        with at(file):
            chunk, _, _ = read_chunk(data, file, dialect)
        texts = [tokens(tokenizer, tokenizer.encode_chunk(chunk, pack))]
    else:
        texts = [tokens(tokenizer, tokenizer.encode(data, allowed_special="all" if special else ()))]
    if html is not None:
        with atomic(Path(html)) as out:
            out.write(page(f"{Path(file).name}, {Path(directory).resolve().name}", texts, ids=ids).encode())
        return
    for shown in texts:
        if plain or not sys.stdout.isatty():
            click.echo("\n".join(table(shown)))
        else:
            click.echo(ansi(shown, ids=ids), color=True)


def _conversations(data: bytes, file: str) -> Iterator[tuple[str, Any]]:
    """The conversations of a file, each with its place: of a .json, of each line of a .jsonl, or of standard input."""
    if file == "-":
        with suppress(ValueError, RecursionError):
            conversation = json.loads(data)
            if isinstance(conversation, list) or (isinstance(conversation, dict) and "messages" in conversation):
                yield file, conversation
    if not file.endswith(CONVERSATIONS):
        return
    is_one = file.endswith(CONVERSATIONS[0])
    for number, line in enumerate([data] if is_one else data.splitlines(), 1):
        if line.strip():
            place = file if is_one else f"{file}:{number}"
            try:
                yield place, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise AidecError(f"{place}: not JSON: {error}") from None


def _rendered(chat: Chat, conversations: list[tuple[str, Any]], max_tokens: int | None) -> Iterator[list[Token]]:
    for place, conversation in conversations:
        with at(place):
            rendered = chat.render_conversation(conversation, max_tokens, "truncate")
        if rendered is not None:
            yield tokens(chat.tokenizer, *rendered)
    if chat.counts.dropped:
        click.echo(
            f"aidec: left out {chat.counts.dropped:,} of {len(conversations):,} conversations, "
            "with nothing to train on before the cut",
            err=True,
        )
    if chat.counts.truncated:
        click.echo(
            f"aidec: cut {chat.counts.truncated:,} of {len(conversations):,} conversations, "
            f"{chat.counts.lost_tokens:,} tokens are not shown",
            err=True,
        )
