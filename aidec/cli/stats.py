"""``aidec stats``: how many tokens packs need, and decompiled source."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from aidec.bytecode import Chunk, strip
from aidec.bytecode.files import PassedOver
from aidec.cli.batch import Counts, results
from aidec.cli.inputs import read_chunk
from aidec.cli.options import complete_pack, dialect_option, inputs_argument, jobs_option
from aidec.cli.sink import Sink, encoded
from aidec.common.errors import AidecError
from aidec.common.extras import extra
from aidec.decompiler import NAMES
from aidec.packs import load_pack, renderer
from aidec.packs.splitter import Splitter

if TYPE_CHECKING:
    from aidec.bytecode.dialect import Dialect


@dataclass(frozen=True)
class Count:
    """Chunks and sources to the counts of their tokens.

    Attributes:
        packs: the packs to count.
        names: for each row of decompiled source, what its variables are called.
        tokenizer: the file of a tokenizer for text; None to count its bytes.
        strips: whether debug information is removed first.
        dialect: that of the chunks.
    """

    packs: tuple[str, ...]
    names: tuple[str, ...]
    tokenizer: str | None
    strips: bool
    dialect: Dialect | None = None

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows."""
        return (*self.packs, *(f"decompiled-{name}" for name in self.names))

    def read(self, data: bytes, path: str) -> tuple[Chunk, bytes | None, Counts]:
        """The chunk, the source that it was compiled from, if it was, and their sizes."""
        chunk, script, code = read_chunk(data, path, self.dialect)
        if self.strips:
            chunk = strip(chunk)
        instructions = sum(len(proto.code) for proto in chunk.main.walk())
        return chunk, script, {"source bytes": len(script or b""), "bytes": len(code), "instructions": instructions}

    def make(self, batch: Sequence[tuple[Chunk, bytes | None, Counts]]) -> Iterator[tuple[None, Counts]]:
        """Nothing to write, and the counts."""
        chunks, scripts = [chunk for chunk, _, _ in batch], [script for _, script, _ in batch]
        counts = [dict(sizes) for _, _, sizes in batch]
        for name, counter in self._counters.items():
            for count, (special, between) in zip(counts, counter.counts(chunks, scripts), strict=True):
                count[f"{name} special"] = special
                count[f"{name} text"] = between
        for count in counts:
            yield None, count

    @cached_property
    def _counters(self) -> dict[str, Counter]:
        """Made once for a process, not for each batch."""
        counters: list[Counter] = [PackCounter(name, self.tokenizer) for name in self.packs]
        counters += [DecompiledCounter(self.tokenizer, plain=name == "plain") for name in self.names]
        return dict(zip(self.rows, counters, strict=True))


class Counter(Protocol):
    """Counts the tokens of chunks."""

    def counts(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Iterator[tuple[int, int]]:
        """For each chunk how many special tokens its text has, and how many tokens are between them."""


class PackCounter:
    """Counts the tokens of texts that a pack prints: special tokens, and what is between them."""

    def __init__(self, pack: str, tokenizer: str | None) -> None:
        self.renderer = renderer(pack)
        vocabulary = load_pack(pack).vocabulary()
        self.splitter = Splitter(vocabulary)
        self.sizes = {token: len(token.encode()) for token in vocabulary}
        self.count = self._bytes if tokenizer is None else partial(self._tokens, _short_text_counter(tokenizer))

    def counts(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Iterator[tuple[int, int]]:
        """For each chunk how many special tokens its text has, and how many tokens are between them.

        Without a tokenizer, the bytes of UTF-8 between special tokens are counted.
        """
        return map(self.count, self.renderer.render_all(chunks, scripts))

    def _tokens(self, count_text: Callable[[str], int], text: str) -> tuple[int, int]:
        special = between = 0
        for part, is_token in self.splitter.split(text):
            if is_token:
                special += 1
            else:
                between += count_text(part)
        return special, between

    def _bytes(self, text: str) -> tuple[int, int]:
        special = in_tokens = 0
        start: int | None = 0
        while start is not None:
            matches, start = self.splitter.pattern.finditer(text, start), None
            for match in matches:
                size = self.sizes.get(match[0])
                if size is None:  # it only looks like a token; one may start inside it
                    start = match.start() + 1
                    break
                special += 1
                in_tokens += size
        return special, sum(map(len, encoded(text))) - in_tokens


class DecompiledCounter:
    """Counts the tokens of decompiled source, which has no special tokens."""

    def __init__(self, tokenizer: str | None, *, plain: bool) -> None:
        self.tokenizer = tokenizer
        self.plain = plain

    def counts(self, chunks: Sequence[Chunk], scripts: Sequence[bytes | None]) -> Iterator[tuple[int, int]]:
        """For each chunk none, and the tokens of its source; without a tokenizer its bytes."""
        from aidec.decompiler.program import decompile

        for chunk in chunks:
            text = decompile(chunk, plain=self.plain).text
            yield 0, len(text) if self.tokenizer is None else _text_counter(self.tokenizer)(text.decode())


@lru_cache(maxsize=1)
def _short_text_counter(tokenizer: str) -> Callable[[str], int]:
    """What counts the tokens of short texts, which repeat and are remembered."""
    return lru_cache(maxsize=1 << 18)(_text_counter(tokenizer))


@lru_cache(maxsize=1)
def _text_counter(tokenizer: str) -> Callable[[str], int]:
    """What counts the tokens of a piece of text.

    Raises:
        AidecError: the library is not installed, or the file is not a tokenizer's.
    """
    with extra("tokenizers", "--tokenizer needs", AidecError):
        from tokenizers import Tokenizer
    try:
        loaded: Any = Tokenizer.from_file(tokenizer)
    except Exception as error:
        raise AidecError(f"{tokenizer}: not a tokenizer.json: {error}") from None

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
    "--decompiled",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    help="Count the source that aidec decompile makes too, with made names or with numbers; can be given twice.",
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
@dialect_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    packs: tuple[str, ...],
    *,
    names: tuple[str, ...],
    tokenizer: str | None,
    strips: bool,
    dialect: Dialect | None,
    plot: str | None,
    jobs: int,
) -> None:
    """Count the tokens that packs need.

    Special tokens are those of the pack's vocabulary; the text between them is counted by a tokenizer, and so is
    decompiled source. An INPUT is a chunk, a Lua source, which is compiled first, a folder of both, or - for standard
    input.

    \b
    Examples:
      aidec stats src/
      aidec stats --pack classic --pack ./my-pack --tokenizer tokenizer.json -j 2 src/
      aidec stats --decompiled made --decompiled plain --strip src/
      aidec stats --plot tokens.png src/
    """
    for name in packs:
        renderer(name)
    if tokenizer is not None:
        _text_counter(tokenizer)
    count = Count(packs, tuple(dict.fromkeys(names)), tokenizer, strips, dialect)
    totals: Counts = {}
    columns: dict[str, array[int]] = {}  # only what is plotted needs memory for each chunk, 8 bytes a count
    done = failed = 0
    passed_over = PassedOver()
    for result in results(inputs, count, Sink(), passed_over, jobs=jobs):
        failed += result.error is not None
        done += result.error is None
        for name, number in result.counts.items():
            totals[name] = totals.get(name, 0) + number
            if plot:
                columns.setdefault(name, array("q")).append(number)
    if str(passed_over):
        click.echo(f"aidec: {passed_over}", err=True)
    if done:
        for line in _table(done, totals, count.rows, "tokens" if tokenizer else "bytes"):
            click.echo(line)
        if plot:
            _plot(columns, count.rows, Path(plot))
    ctx.exit(1 if failed else 0)


def _table(chunks: int, totals: Counts, rows: tuple[str, ...], text_unit: str) -> list[str]:
    width = max(12, *(len(name) + 2 for name in rows))
    lines = [
        f"{chunks:,} chunks, {totals['bytes']:,} bytes, {totals['instructions']:,} instructions"
        + (f", {totals['source bytes']:,} bytes of source" if totals["source bytes"] else ""),
        "",
        (
            f"{'pack':<{width}}{'tokens':>16}{'special':>16}{'text ' + text_unit:>16}"
            f"{'/instruction':>14}{'/source byte':>14}"
        ),
    ]
    for name in rows:
        special, text = totals[f"{name} special"], totals[f"{name} text"]
        lines.append(
            f"{name:<{width}}{special + text:>16,}{special:>16,}{text:>16,}"
            f"{_ratio(special + text, totals['instructions']):>14}{_ratio(special + text, totals['source bytes']):>14}"
        )
    return lines


def _ratio(count: int, total: int) -> str:
    return f"{count / total:.3f}" if total else "-"


def _plot(columns: dict[str, array[int]], rows: tuple[str, ...], path: Path) -> None:
    """Tokens a chunk, and tokens an instruction, each row a line."""
    with extra("plot", "--plot needs", AidecError):
        from matplotlib.figure import Figure
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    by_chunk, by_instruction = figure.subplots(1, 2)
    for name in rows:
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
