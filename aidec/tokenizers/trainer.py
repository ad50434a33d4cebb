"""The training of a preset: texts to a tokenizer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from aidec.common.arguments import expect, expect_each
from aidec.common.errors import TokenizerError
from aidec.common.extras import extra
from aidec.lua.words import KEYWORDS, LIBRARY, OPERATORS
from aidec.tokenizers import byte_level
from aidec.tokenizers.chat_format import load_format
from aidec.tokenizers.engines import passing_panics
from aidec.tokenizers.preset import Preset
from aidec.tokenizers.token_bytes import BYTE_TOKENS
from aidec.tokenizers.tokenizer import Tokenizer

BYTES = 256

MOST_TOKENS = 1 << 31
"""No trainer counts further."""


@dataclass(slots=True)
class Corpus:
    """The texts to train on, counted as they are taken.

    Attributes:
        source: the texts.
        max_bytes: the most bytes to take of all texts together; None for no limit.
        doc_cap: the most bytes to take of each text; None for no limit.
        documents, size: the number of texts taken, and their bytes.
        cut: the number of texts that were longer than ``doc_cap``.
        not_utf8: the number of texts that were not UTF-8.
        is_cut: whether ``max_bytes`` was reached.
        digest: the SHA-256 of what was taken, each text with its length before it.
    """

    source: Iterable[bytes]
    max_bytes: int | None = None
    doc_cap: int | None = None
    documents: int = 0
    size: int = 0
    cut: int = 0
    not_utf8: int = 0
    is_cut: bool = False
    digest: Any = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        for name, limit in (("max_bytes", self.max_bytes), ("doc_cap", self.doc_cap)):
            expect(name, limit, int, None)
            if limit is not None and limit < 0:
                raise TokenizerError(f"{name}: expected 0 or more, or None, read {limit:,}")

    def __iter__(self) -> Iterator[bytes]:
        for text in expect_each("source", self.source, bytes):
            data = text
            if self.doc_cap is not None and len(data) > self.doc_cap:
                data = _head(data, self.doc_cap)
                self.cut += 1
            if self.max_bytes is not None and self.size + len(data) > self.max_bytes:
                data = _head(data, self.max_bytes - self.size)
                self.is_cut = True
            if data or not self.is_cut:
                self.documents += 1
                self.size += len(data)
                self.digest.update(len(data).to_bytes(8, "little") + data)
                yield data
            if self.is_cut:
                return

    def decoded(self, errors: str) -> Iterator[str]:
        """The texts as ``str``; ``errors`` is how bytes that are not UTF-8 are decoded, as in ``bytes.decode``."""
        for data in self:
            try:
                yield data.decode()
            except UnicodeDecodeError:
                self.not_utf8 += 1
                yield data.decode(errors=errors)


def _head(data: bytes, size: int) -> bytes:
    """The first bytes of a text; fewer, if there the last character would be cut."""
    for end in range(size, max(size - 4, -1), -1):
        if data[end] & 0xC0 != 0x80:
            return data[:end]
    return data[:size]


def train(corpus: Corpus, preset: Preset, vocab_size: int | None = None) -> Tokenizer:
    """A tokenizer trained on texts; the same texts in the same order give the same tokenizer.

    Memory grows with the number of different pre-tokens (the preset's ``pattern`` matches them), not with the texts.

    Args:
        corpus: the texts; it counts what is taken.
        preset: what to train.
        vocab_size: the number of tokens, special tokens included; by default the preset's.

    Raises:
        TokenizerError: the vocabulary has no room for bytes and special tokens, or the texts give too few tokens for
            it; the preset is at fault; the extra ``tokenizers`` is not installed.
    """
    expect("corpus", corpus, Corpus)
    expect("preset", preset, Preset)
    expect("vocab_size", vocab_size, int, None)
    vocab_size = preset.vocab_size if vocab_size is None else vocab_size
    least = BYTES + len(preset.special_tokens)
    if vocab_size > MOST_TOKENS:
        raise TokenizerError(f"a vocabulary of {vocab_size:,} is too large: expected {MOST_TOKENS:,} at most")
    if vocab_size < least:
        raise TokenizerError(
            f"a vocabulary of {vocab_size:,} is too small: {preset.name} needs {least:,} for "
            f"{BYTES} bytes and {len(preset.special_tokens)} special tokens"
        )
    if len(set(preset.special_tokens)) < len(preset.special_tokens) or "" in preset.special_tokens:
        raise TokenizerError(f"{preset.name}: expected special tokens that are different, none of them empty")
    chat = load_format(preset.chat) if preset.chat else None
    trainer = _train_byte_level if preset.model == "byte_level" else _train_byte_fallback
    with extra("tokenizers", "training needs", TokenizerError):
        backend = trainer(corpus, preset, vocab_size - len(preset.special_tokens))
    trained_on = {"documents": corpus.documents, "bytes": corpus.size, "sha256": corpus.digest.hexdigest()}
    return Tokenizer(
        backend,
        roles=preset.roles,
        chat_template=chat.template if chat else None,
        metadata={"preset": preset.name, "trained_on": trained_on, **(chat.metadata if chat else {})},
    )


def _train_byte_level(corpus: Corpus, preset: Preset, size: int) -> Any:
    """A ``tokenizers.Tokenizer`` with ``size`` ordinary tokens, trained with rustbpe."""
    import rustbpe
    from tokenizers import decoders, models, pre_tokenizers

    split = _split(preset)
    trainer = rustbpe.Tokenizer()
    texts = chain.from_iterable(map(_cut, corpus.decoded("surrogateescape")))
    is_done = False
    with passing_panics(), _naming_the_pattern(preset):
        trainer.train_from_iterator([], BYTES, pattern=preset.pattern)
    with passing_panics():
        trainer.train_from_iterator(texts, size, pattern=preset.pattern)
        is_done = True
    if not is_done:
        raise TokenizerError(
            f"the pattern of {preset.name} ran out of stack, as it can on a long run of one character; see --doc-cap"
        )
    tokens = [bytes(token) for token, _ in sorted(trainer.get_mergeable_ranks(), key=lambda pair: pair[1])]
    _refuse_shortage(len(tokens), size, preset, corpus)
    if preset.keeps_words:
        words = [word.encode() for word in chain(KEYWORDS, OPERATORS, LIBRARY)]
        tokens = byte_level.never_split(tokens, words, [prefix.encode() for prefix in preset.prefixes])
    merges = [(byte_level.spell(a), byte_level.spell(b)) for a, b in byte_level.merges(tokens)]
    backend = _backend(preset, map(byte_level.spell, tokens), merges, models.BPE)
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            split,
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    return backend


def _split(preset: Preset) -> Any:
    """The pre-tokenizer of a preset."""
    from tokenizers import Regex, pre_tokenizers

    with _naming_the_pattern(preset):
        return pre_tokenizers.Split(Regex(preset.pattern), "isolated")


@contextmanager
def _naming_the_pattern(preset: Preset) -> Iterator[None]:
    """Raise what a library's engine of regular expressions says of the pattern as a ``TokenizerError``."""
    try:
        yield
    except Exception as error:  # tokenizers raises nothing narrower
        raise TokenizerError(f"{preset.name}: pattern: {' '.join(str(error).split())}") from None


def _cut(text: str) -> Iterator[str]:
    """The parts of a text between bytes that are not UTF-8, each of which has a token already.

    Long runs of white space are cut out too, since the engine of regular expressions runs out of stack on them.
    """
    return filter(None, re.split(r"[\udc80-\udcff]+|(\s{1024})", text))


def _train_byte_fallback(corpus: Corpus, preset: Preset, size: int) -> Any:
    """A ``tokenizers.Tokenizer`` with ``size`` ordinary tokens, trained with the library tokenizers."""
    from tokenizers import Tokenizer, decoders, models, trainers

    split = _split(preset)
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = split
    trainer = trainers.BpeTrainer(
        vocab_size=size - BYTES, limit_alphabet=preset.alphabet_size, show_progress=False, special_tokens=[]
    )
    learner.train_from_iterator(corpus.decoded("replace"), trainer)
    model = json.loads(learner.to_str())["model"]
    _refuse_shortage(BYTES + len(model["vocab"]), size, preset, corpus)
    spellings = chain(BYTE_TOKENS, sorted(model["vocab"], key=model["vocab"].get))
    backend = _backend(
        preset, spellings, [tuple(pair) for pair in model["merges"]], partial(models.BPE, byte_fallback=True)
    )
    backend.pre_tokenizer = split
    backend.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return backend


def _backend(
    preset: Preset, spellings: Iterable[str], merges: Sequence[tuple[str, ...]], bpe: Callable[..., Any]
) -> Any:
    """A ``tokenizers.Tokenizer`` of ordinary tokens, by their spellings in the order of ids, and the special tokens."""
    from tokenizers import AddedToken, Tokenizer

    spellings = list(spellings)
    if clash := {spell(token) for token in preset.special_tokens for spell in (str, _spelled)}.intersection(spellings):
        raise TokenizerError(f"{preset.name}: the special token {min(clash)!r} was learned as ordinary text too")
    first = preset.special_tokens if preset.place == "first" else ()
    vocab = {spelling: i for i, spelling in enumerate(chain(first, spellings))}
    backend = Tokenizer(bpe(vocab=vocab, merges=merges, unk_token=preset.roles.get("unk_token")))
    backend.add_special_tokens([AddedToken(token, normalized=False) for token in preset.special_tokens])
    return backend


def _spelled(token: str) -> str:
    return byte_level.spell(token.encode())


def _refuse_shortage(trained: int, size: int, preset: Preset, corpus: Corpus) -> None:
    if trained < size:
        reached = trained + len(preset.special_tokens)
        raise TokenizerError(
            f"a vocabulary of {size + len(preset.special_tokens):,} can't be reached: {corpus.documents:,} texts of "
            f"{corpus.size:,} bytes give {reached:,} tokens; give more text or a smaller --vocab-size"
        )
