"""What is compared in one process: each comparison has a way of ours and a plain one, from bytes to text or ids."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, cast

import plain
from inputs import Corpus, Item, Sample
from timing import Round, pair, seconds

import aidec
from aidec.packs import Renderer, load_pack
from aidec.packs.roundtrip import RoundTrip, check_written
from aidec.parallel.batching import batches

if TYPE_CHECKING:
    from aidec.tokenizers import Tokenizer

Way = Callable[[Sequence[Item]], Iterator[object]]
"""From chunks to what is made of them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ways to do the same.

    Attributes:
        name: what is done.
        against: what the plain way is.
        ours: gets aidec's way ready.
        plain: gets the plain way ready.
        instructions: the size of the sample of the corpus; None for all of it.
        largest: how many instructions a chunk may have, where more would be too much for the plain way's memory.
        is_same: whether both must make the same, which is checked on the chunks that they warm up with.
    """

    name: str
    against: str
    ours: Callable[[Corpus], Way]
    plain: Callable[[Corpus], Way]
    instructions: int | None
    is_same: bool = True
    largest: int | None = None

    def measure(self, corpus: Corpus, rounds: int, scale: float = 1) -> list[Round]:
        """The rounds, on a sample of ``scale`` times the usual size."""
        sample = self.sample(corpus, scale)
        for item in (*sample.items, *sample.others):
            item.data  # noqa: B018 (it reads the file)
        return [_in_fork(partial(self._round, corpus, sample, number)) for number in range(rounds)]

    def sample(self, corpus: Corpus, scale: float = 1) -> Sample:
        """The chunks."""
        return corpus.sample(None if self.instructions is None else int(self.instructions * scale), self.largest)

    def differing(self, corpus: Corpus, items: Sequence[Item]) -> list[Path]:
        """The files of those chunks of which the two ways do not make the same."""
        made = zip(items, self.ours(corpus)(items), self.plain(corpus)(items), strict=True)
        return [item.path for item, a, b in made if not _are_same(a, b)]

    def _round(self, corpus: Corpus, sample: Sample, number: int) -> Round:
        """A round in a process that has seen no chunk before.

        Both ways first do other chunks than those that are measured, as in the midst of a large dataset. Where all of
        the corpus is measured there are no others, and memory is still empty but for two small chunks.
        """
        ours, plain_way = self.ours(corpus), self.plain(corpus)
        warm_up = sample.others or sorted(sample.items, key=_size)[:2]
        for a, b in zip(ours(warm_up), plain_way(warm_up), strict=self.is_same):
            if self.is_same and not _are_same(a, b):
                raise AssertionError(f"{self.name}: not what {self.against} makes")
        turns = [
            pair(_seconds(ours, portion), _seconds(plain_way, portion), number + turn)
            for turn, portion in enumerate(sample.portions)
        ]
        return Round(sum(turn.ours for turn in turns), sum(turn.plain for turn in turns))


def _are_same(made: object, plainly: object) -> bool:
    """Whether both ways made the same; ids need not be a list, but any sequence of the same numbers."""
    return list(cast("Sequence[int]", made)) == plainly if isinstance(plainly, list) else made == plainly


def _size(item: Item) -> int:
    return item.instructions


def _seconds(way: Way, items: Sequence[Item]) -> Callable[[], float]:
    return lambda: seconds(lambda: _exhaust(way(items)))


def _exhaust(made: Iterator[object]) -> None:
    deque(made, maxlen=0)


def _each(function: Callable[[bytes], object]) -> Way:
    """A way that takes chunks one by one."""
    return lambda items: (function(item.data) for item in items)


# Our ways


def _load(_: Corpus) -> Way:
    return _each(aidec.load)


def _render(pack: str, _: Corpus) -> Way:
    return lambda items: aidec.render_all((aidec.load(item.data) for item in items), pack)


def _tokenizer(pack: str, corpus: Corpus) -> Tokenizer:
    from aidec.tokenizers import Tokenizer

    return Tokenizer.from_directory(corpus.tokenizer(pack))


def _ids(pack: str, corpus: Corpus) -> Way:
    tokenizer = _tokenizer(pack, corpus)
    return lambda items: tokenizer.encode_chunks((aidec.load(item.data) for item in items), pack)


def _render_each(_: Corpus) -> Way:
    return _each(lambda data: aidec.render(aidec.load(data)))


def _ids_each(corpus: Corpus) -> Way:
    tokenizer = _tokenizer("classic", corpus)
    return _each(lambda data: tokenizer.encode_chunk(aidec.load(data), "classic"))


def _verify(pack: str, _: Corpus) -> Way:
    round_trip = RoundTrip(pack)

    def verify(items: Sequence[Item]) -> Iterator[object]:
        for batch, _ in batches(items):
            chunks = [aidec.load(item.data) for item in batch]
            for chunk, item in zip(chunks, batch, strict=True):
                check_written(chunk, item.data)
            yield from round_trip.all_bytes(chunks, [None] * len(chunks))

    return verify


# Plain ways


def _plain_objects(_: Corpus) -> Way:
    return _each(plain.Chunk)


def _plain_text(_: Corpus) -> Way:
    return _each(plain.text)


def _uncached(pack: str, _: Corpus) -> Way:
    renderer = Renderer(load_pack(pack))
    return _each(lambda data: renderer.render_plainly(aidec.load(data)))


def _luac(_: Corpus) -> Way:
    """All chunks in one process, which loads them and prints the listing of each."""

    def listing(items: Sequence[Item]) -> Iterator[object]:
        command = ["luac5.3", "-l", "-l", "-p", *[str(item.path) for item in items]]
        yield subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout

    return listing


def _plain_ids(corpus: Corpus) -> Way:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(corpus.tokenizer("classic") / "tokenizer.json"))
    return _each(lambda data: plain.ids(data, tokenizer))


def _uncached_ids(pack: str, corpus: Corpus) -> Way:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(corpus.tokenizer(pack) / "tokenizer.json"))
    renderer = Renderer(load_pack(pack))
    return _each(lambda data: tokenizer.encode(renderer.render_plainly(aidec.load(data)), add_special_tokens=False).ids)


PLAIN = "the plain way"
UNCACHED = "Jinja2 without memory"

COMPARISONS = [
    Comparison("parse", f"{PLAIN}'s objects", _load, _plain_objects, None, is_same=False),
    Comparison("text, classic", PLAIN, partial(_render, "classic"), _plain_text, None),
    Comparison("text, classic", "chunk by chunk", partial(_render, "classic"), _render_each, 100_000),
    Comparison(
        "ids, classic", f"{PLAIN}, then tokenizers", partial(_ids, "classic"), _plain_ids, None, largest=120_000
    ),
    Comparison("ids, classic", "chunk by chunk", partial(_ids, "classic"), _ids_each, 100_000),
    Comparison(
        "ids, compact",
        f"{UNCACHED}, then tokenizers",
        partial(_ids, "compact"),
        partial(_uncached_ids, "compact"),
        50_000,
    ),
    *[
        Comparison(f"text, {pack}", UNCACHED, partial(_render, pack), partial(_uncached, pack), 50_000)
        for pack in ("classic", "compact", "listing", "json")
    ],
    Comparison("text, listing", "luac -l -l", partial(_render, "listing"), _luac, 400_000, is_same=False),
    *[
        Comparison(
            f"verify, {pack}", f"{PLAIN} to text alone", partial(_verify, pack), _plain_text, 200_000, is_same=False
        )
        for pack in ("classic", "compact")
    ],
]


def _in_fork(function: Callable[[], Round]) -> Round:
    """What a function returns, called in a process of its own, which dies with all that it remembers."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(function, sender))
    process.start()
    sender.close()
    try:
        found: Round = receiver.recv()
    except EOFError:
        sys.exit("a benchmark failed")
    finally:
        process.join()
    return found


def _send(function: Callable[[], Round], sender: Connection) -> None:
    sender.send(function())
