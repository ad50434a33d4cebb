"""``aidec stats``: how many tokens packs need."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import click

from aidec.bytecode import strip
from aidec.cli.batch import Counts, Sink, process
from aidec.cli.inputs import read_chunk
from aidec.cli.options import complete_pack, inputs_argument, jobs_option
from aidec.common.errors import AidecError
from aidec.common.extras import extra
from aidec.packs import Renderer, load_pack, renderer
from aidec.packs.splitter import Splitter


@dataclass(frozen=True)
class Count:
    """Counts the tokens of a chunk with several packs."""

    packs: tuple[str, ...]
    tokenizer: str | None
    strips: bool

    def __call__(self, data: bytes, path: str) -> tuple[None, Counts]:
        """Nothing to write, and the counts."""
        chunk, script, code = read_chunk(data, path)
        if self.strips:
            chunk = strip(chunk)
        counts = {
            "source bytes": len(script or b""),
            "bytes": len(code),
            "instructions": sum(len(proto.code) for proto in chunk.main.walk()),
        }
        count_text = _text_counter(self.tokenizer)
        for name in self.packs:
            special = text = 0
            for part, is_token in _splitter(name).split(self._renderers[name].render(chunk, script)):
                if is_token:
                    special += 1
                else:
                    text += count_text(part)
            counts[f"{name} special"] = special
            counts[f"{name} text"] = text
        return None, counts

    @cached_property
    def _renderers(self) -> dict[str, Renderer]:
        """Looked up once for a process, not for each input."""
        return {name: renderer(name) for name in self.packs}


@lru_cache(maxsize=16)
def _splitter(name: str) -> Splitter:
    return Splitter(load_pack(name).vocabulary())


@lru_cache(maxsize=1)
def _text_counter(tokenizer: str | None) -> Callable[[str], int]:
    """How many tokens a piece of text has; without a tokenizer, how many bytes."""
    if tokenizer is None:
        return lambda text: len(text.encode("utf-8", "surrogateescape"))
    with extra("tokenizers", "--tokenizer needs", AidecError):
        from tokenizers import Tokenizer
    try:
        loaded: Any = Tokenizer.from_file(tokenizer)
    except Exception as error:
        raise AidecError(f"{tokenizer}: not a tokenizer.json: {error}") from None

    @lru_cache(maxsize=1 << 18)
    def count(text: str) -> int:
        return len(loaded.encode(text, add_special_tokens=False).ids)

    return count


@click.command()
@inputs_argument
@click.option(
    "-p",
    "--pack",
    "packs",
    multiple=True,
    default=("classic", "compact"),
    show_default=True,
    metavar="NAME|DIR",
    shell_complete=complete_pack,
    help="A pack to count; can be given several times.",
)
@click.option(
    "--tokenizer",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="A tokenizer.json of the tokenizers library, for the text between special tokens; without it, each byte "
    "counts as a token.",
)
@click.option("--strip", "strips", is_flag=True, help="Count the chunks without their debug information.")
@click.option("--plot", metavar="FILE", help="Draw the distributions over the chunks as a PNG or SVG picture.")
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    packs: tuple[str, ...],
    *,
    tokenizer: str | None,
    strips: bool,
    plot: str | None,
    jobs: int,
) -> None:
    """Count the tokens that packs need.

    Special tokens are those of the pack's vocabulary; the text between them is counted by a tokenizer. An INPUT is a
    chunk, a Lua source, which is compiled first, a folder of both, or - for standard input.

    \b
    Examples:
      aidec stats src/
      aidec stats --pack classic --pack ./my-pack --tokenizer tokenizer.json -j 2 src/
      aidec stats --plot tokens.png src/
    """
    for name in packs:
        renderer(name)
    _text_counter(tokenizer)
    totals: Counts = {}
    columns: dict[str, array[int]] = {}  # only what is plotted needs memory for each chunk, 8 bytes a count
    done = failed = 0
    for result in process(inputs, Count(packs, tokenizer, strips), Sink(), jobs=jobs):
        failed += result.error is not None
        done += result.error is None
        for name, count in result.counts.items():
            totals[name] = totals.get(name, 0) + count
            if plot:
                columns.setdefault(name, array("q")).append(count)
    if done:
        for line in _table(done, totals, packs, "tokens" if tokenizer else "bytes"):
            click.echo(line)
        if plot:
            _plot(columns, packs, Path(plot))
    ctx.exit(1 if failed else 0)


def _table(chunks: int, totals: Counts, packs: tuple[str, ...], text_unit: str) -> list[str]:
    lines = [
        f"{chunks:,} chunks, {totals['bytes']:,} bytes, {totals['instructions']:,} instructions"
        + (f", {totals['source bytes']:,} bytes of source" if totals["source bytes"] else ""),
        "",
        f"{'pack':<12}{'tokens':>16}{'special':>16}{'text ' + text_unit:>16}{'/instruction':>14}{'/source byte':>14}",
    ]
    for name in packs:
        special, text = totals[f"{name} special"], totals[f"{name} text"]
        lines.append(
            f"{name:<12}{special + text:>16,}{special:>16,}{text:>16,}"
            f"{_ratio(special + text, totals['instructions']):>14}{_ratio(special + text, totals['source bytes']):>14}"
        )
    return lines


def _ratio(count: int, total: int) -> str:
    return f"{count / total:.3f}" if total else "-"


def _plot(columns: dict[str, array[int]], packs: tuple[str, ...], path: Path) -> None:
    """Tokens a chunk, and tokens an instruction, each pack a line."""
    with extra("plot", "--plot needs", AidecError):
        from matplotlib.figure import Figure
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    by_chunk, by_instruction = figure.subplots(1, 2)
    for name in packs:
        tokens = [a + b for a, b in zip(columns[f"{name} special"], columns[f"{name} text"], strict=True)]
        ratios = [count / max(n, 1) for count, n in zip(tokens, columns["instructions"], strict=True)]
        for axes, values in ((by_chunk, tokens), (by_instruction, ratios)):
            axes.ecdf(values, label=name)
    by_chunk.set(xscale="log", xlabel="tokens of a chunk", ylabel="share of chunks")
    by_instruction.set(xscale="log", xlabel="tokens an instruction", ylabel="share of chunks")
    for axes in (by_chunk, by_instruction):
        axes.grid(visible=True, which="both", alpha=0.3)
        axes.legend()
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise AidecError(f"{path}: {error}") from None
