"""``aidec tokenizer train``: a tokenizer of one's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from aidec.cli.options import SourceReader, field_option, glob_option, output_folder_option, sources_argument
from aidec.cli.phrases import count
from aidec.common.errors import AidecError
from aidec.tokenizers.preset import load_preset, preset_names

SECONDS_BETWEEN = 0.2


@click.command()
@sources_argument
@click.option(
    "--preset",
    default="lua",
    show_default=True,
    metavar="NAME|FILE",
    help=f"What to train: {', '.join(preset_names())}, or a YAML file of your own.",
)
@click.option(
    "--vocab-size",
    metavar="N",
    type=click.IntRange(1),
    help="How many tokens, special tokens included; by default the preset's own number.",
)
@output_folder_option
@field_option
@glob_option
@click.option("--max-bytes", metavar="N", type=click.IntRange(1), help="Stop after so many bytes of text.")
@click.option("--doc-cap", metavar="N", type=click.IntRange(1), help="Take no more than so many bytes of each text.")
def command(
    sources: tuple[str, ...],
    preset: str,
    vocab_size: int | None,
    *,
    output: str,
    field: str,
    max_bytes: int | None,
    doc_cap: int | None,
) -> None:
    """Train a tokenizer on Lua.

    A SOURCE is a folder, whose Lua, .jsonl and .parquet files and .tar and .zip archives are taken, or any file of Lua,
    or a pattern such as 'src/**/*.lua'. Precompiled chunks are left out. The same sources give the same tokenizer, byte
    for byte. Texts are streamed: memory grows with their different words, not with their length.

    \b
    Examples:
      aidec tokenizer train src/ -o tokenizer/
      aidec tokenizer train data.jsonl.gz --field content --preset gpt4 --vocab-size 65536 -o gpt4/
      aidec tokenizer train huge.parquet --max-bytes 2000000000 --doc-cap 100000 -o tokenizer/
    """
    from aidec.tokenizers.folder import refuse_others
    from aidec.tokenizers.trainer import Corpus, train

    loaded = load_preset(preset)
    refuse_others(Path(output))
    read = SourceReader(field)
    texts = (document.data for document in read(sources))
    corpus = Corpus(_shown(texts) if sys.stderr.isatty() else texts, max_bytes, doc_cap)
    tokenizer = train(corpus, loaded, vocab_size)
    if not corpus.size:
        raise AidecError(f"{' '.join(sources)}: no text to train on")
    tokenizer.save(output)
    notes = [
        f"{count(corpus.documents, 'text')} of {corpus.size:,} bytes",
        *([f"stopped at --max-bytes {max_bytes:,}"] if corpus.is_cut else []),
        *([f"{count(corpus.cut, 'text')} cut by --doc-cap"] if corpus.cut else []),
        *([f"{count(corpus.not_utf8, 'text')} not UTF-8, {_fate(loaded.model)}"] if corpus.not_utf8 else []),
        *([f"{len(read.reported):,} not read"] if read.reported else []),
    ]
    click.echo(f"aidec: trained {loaded.name} with {tokenizer.vocab_size:,} tokens on {', '.join(notes)}", err=True)


def _fate(model: str) -> str:
    return "their bytes kept" if model == "byte_level" else "their bytes replaced by U+FFFD"


def _shown(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Texts as they come; a bar on the terminal shows how many were taken, and how fast."""
    start = shown = time.monotonic()
    size = 0
    for number, data in enumerate(texts, 1):
        size += len(data)
        now = time.monotonic()
        if now - shown > SECONDS_BETWEEN:
            shown = now
            rate = size / (now - start) / 1e6
            click.echo(f"\rreading: {number:,} texts, {size / 1e6:,.1f} MB, {rate:.1f} MB/s", nl=False, err=True)
        yield data
