"""``aidec tokenizer eval``: tokenizers side by side."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import click

from aidec.cli.options import SourceReader, field_option, glob_option
from aidec.common.errors import AidecError, LossWarning
from aidec.common.extras import extra
from aidec.common.files import atomic

ROWS = {
    "vocab_size": ("tokens in the vocabulary", "{:,}"),
    "documents": ("texts", "{:,}"),
    "bytes": ("bytes", "{:,}"),
    "tokens": ("tokens", "{:,}"),
    "bytes_per_token": ("bytes a token", "{:.3f}"),
    "tokens_per_line": ("tokens a line", "{:.2f}"),
    "keywords_whole": ("keywords kept whole", "{:.2%}"),
    "operators_whole": ("operators kept whole", "{:.2%}"),
    "tokens_per_identifier": ("tokens an identifier", "{:.3f}"),
    "unused": ("tokens never used", "{:,}"),
    "megabytes_per_second": ("MB/s, one thread, this run", "{:.1f}"),
    "split_words": ("words of Lua split somewhere", "{:,}"),
}
PLOTTED = ("bytes_per_token", "tokens_per_line", "tokens_per_identifier", "unused")


@click.command()
@click.argument("directories", metavar="DIR...", nargs=-1, required=True, type=click.Path(exists=True))
@click.option(
    "--text",
    "sources",
    metavar="SOURCE",
    multiple=True,
    required=True,
    type=click.Path(exists=True),
    help="A folder or file of Lua that the tokenizers have not seen; can be given several times.",
)
@field_option
@glob_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the list of the words that each splits.")
@click.option("--plot", metavar="FILE", help="Draw the measures as a PNG or SVG picture.")
@click.option("--never-split", is_flag=True, help="List the words that are split, and exit with 1 where there are any.")
@click.pass_context
def command(
    ctx: click.Context,
    directories: tuple[str, ...],
    sources: tuple[str, ...],
    field: str,
    *,
    as_json: bool,
    plot: str | None,
    never_split: bool,
) -> None:
    """Measure tokenizers on Lua, side by side.

    How many bytes a token holds, how many tokens a line takes, which share of keywords and operators in code stand in
    one token, how many tokens an identifier takes, how much of the vocabulary no text needed. "Words of Lua split" are
    keywords, operators and names of the standard library that are split in some context, whether the texts have it
    or not.

    \b
    Examples:
      aidec tokenizer eval lua/ gpt4/ --text held-out/
      aidec tokenizer eval lua/ --text held-out/ --never-split
      aidec tokenizer eval lua/ gpt4/ --text test.parquet --field content --plot measures.png
    """
    from aidec.tokenizers import Tokenizer
    from aidec.tokenizers.measurement import measure, split_words

    read = SourceReader(field)
    columns: dict[str, dict[str, float]] = {}
    split: dict[str, dict[str, list[str]]] = {}
    for directory in directories:
        tokenizer = Tokenizer.from_pretrained(directory)
        if tokenizer.losses:
            click.echo(f"aidec: {directory}: it loses {', '.join(tokenizer.losses)}", err=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LossWarning)
                measures = measure(tokenizer, (document.data for document in read(sources))).as_dict()
            split[directory] = split_words(tokenizer)
        except AidecError as error:
            raise AidecError(f"{directory}: {error}") from None
        columns[directory] = {**measures, "split_words": len(split[directory])}
    if as_json:
        click.echo(json.dumps({name: {**columns[name], "split": split[name]} for name in columns}, indent=2))
    else:
        for line in _table(columns):
            click.echo(line)
    if plot is not None:
        _plot(columns, Path(plot))
    if never_split:
        for directory, words in split.items():
            for word, texts in words.items():
                click.echo(
                    f"aidec: {directory}: {word} is split in {len(texts):,} contexts, such as {texts[0]!r}", err=True
                )
        ctx.exit(1 if any(split.values()) else 0)


def _table(columns: dict[str, dict[str, float]]) -> list[str]:
    heads = {name: Path(name).name or name for name in columns}
    width = max(12, *(len(head) + 2 for head in heads.values()))
    lines = [" " * 30 + "".join(f"{head:>{width}}" for head in heads.values())]
    for key, (label, form) in ROWS.items():
        lines.append(f"{label:<30}" + "".join(f"{form.format(column[key]):>{width}}" for column in columns.values()))
    return lines


def _plot(columns: dict[str, dict[str, float]], path: Path) -> None:
    with extra("plot", "--plot needs", AidecError):
        from matplotlib.figure import Figure
    names = [Path(name).name or name for name in columns]
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    for axes, key in zip(figure.subplots(1, len(PLOTTED)), PLOTTED, strict=True):
        bars = axes.bar(range(len(names)), [column[key] for column in columns.values()], color="#4c78a8")
        axes.bar_label(bars, fmt=lambda value, form=ROWS[key][1]: form.format(value), fontsize=8)
        axes.set_xticks(range(len(names)), names, rotation=20)
        axes.set_title(ROWS[key][0], fontsize=10)
        axes.margins(y=0.15)
    with atomic(path) as file:
        try:
            figure.savefig(file, format=path.suffix[1:] or "png")
        except ValueError as error:
            raise AidecError(f"{path}: {error}") from None
