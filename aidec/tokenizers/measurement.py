"""How well a tokenizer serves Lua: what it makes of source texts, and which words it splits."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, product

from aidec.common.errors import TokenizerError
from aidec.lua.words import KEYWORDS, LIBRARY, OPERATORS, lexemes
from aidec.tokenizers.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Measures:
    """What a tokenizer makes of source texts.

    Attributes:
        vocab_size: how many tokens there are.
        documents, bytes, lines, tokens: of the texts, in all.
        bytes_per_token, tokens_per_line: ratios of these sums.
        keywords_whole, operators_whole: the share of the keywords, and of the operators of more than one character, in
            code (not in comments or strings) that stand in one token; 1 is all.
        tokens_per_identifier: how many tokens an identifier in code touches, in the mean: its fertility.
        unused: how many ordinary tokens no text needed.
        megabytes_per_second: of text encoded, by one thread, in this run on this machine.
    """

    vocab_size: int
    documents: int
    bytes: int
    lines: int
    tokens: int
    bytes_per_token: float
    tokens_per_line: float
    keywords_whole: float
    operators_whole: float
    tokens_per_identifier: float
    unused: int
    megabytes_per_second: float

    def as_dict(self) -> dict[str, float]:
        """The numbers by name."""
        return asdict(self)


def measure(tokenizer: Tokenizer, documents: Iterable[bytes]) -> Measures:
    """Measure a tokenizer on Lua source texts.

    Raises:
        TokenizerError: there is no text, or the tokenizer changes text, so that its tokens do not say where they stand.
    """
    _refuse_inexact(tokenizer)
    counts = dict.fromkeys(("documents", "bytes", "lines", "tokens"), 0)
    found = dict.fromkeys(("keyword", "operator", "identifier"), 0)
    whole = dict.fromkeys(found, 0)
    touched = 0
    used: set[int] = set()
    seconds = 0.0
    for source in documents:
        start = time.perf_counter()
        ids = tokenizer.encode(source)
        seconds += time.perf_counter() - start
        used.update(ids)
        counts["documents"] += 1
        counts["bytes"] += len(source)
        counts["lines"] += source.count(b"\n") + (source[-1:] not in (b"", b"\n"))
        counts["tokens"] += len(ids)
        ends = list(accumulate(len(tokenizer.token(i)) for i in ids))
        for kind, begin, end in lexemes(source):
            first, last = bisect_right(ends, begin), bisect_left(ends, end)
            found[kind] += 1
            whole[kind] += first == last
            if kind == "identifier":
                touched += last - first + 1
    if not counts["bytes"]:
        raise TokenizerError("there is no text to measure with")
    ordinary = tokenizer.vocab_size - len(tokenizer.special_tokens)
    return Measures(
        vocab_size=tokenizer.vocab_size,
        **counts,
        bytes_per_token=counts["bytes"] / counts["tokens"],
        tokens_per_line=counts["tokens"] / counts["lines"],
        keywords_whole=whole["keyword"] / max(found["keyword"], 1),
        operators_whole=whole["operator"] / max(found["operator"], 1),
        tokens_per_identifier=touched / max(found["identifier"], 1),
        unused=ordinary - len(used),
        megabytes_per_second=counts["bytes"] / seconds / 1e6,
    )


BEFORE_WORD = ("", *" \n\t()[]{},;=+-*/%^#&|~<>\"'")
BEHIND_WORD = ("", *" \n()[]{}.:,;=+-*/%^#&|~<>\"'")
BEFORE_OPERATOR = ("a", "1 ", *" )]}\"'\n")
BEHIND_OPERATOR = ("a", "1", *" (#-~{\"'\n")


def split_words(tokenizer: Tokenizer) -> dict[str, list[str]]:
    """The words of Lua that a tokenizer splits: keywords, names of the standard library, operators of many characters.

    Returns:
        For each such word texts in which no token holds all of it. The word was tried behind and before each character
        that can stand there in code.

    Raises:
        TokenizerError: the tokenizer changes text, so that its tokens do not say where they stand.
    """
    _refuse_inexact(tokenizer)
    failures: dict[str, list[str]] = {}
    contexts = list(_contexts())
    texts = [before + word + behind for word, before, behind in contexts]
    for (word, before, _), text, ids in zip(contexts, texts, tokenizer.encode_batch(texts), strict=True):
        ends = list(accumulate(len(tokenizer.token(i)) for i in ids))
        if bisect_right(ends, len(before)) != bisect_left(ends, len(before) + len(word)):
            failures.setdefault(word, []).append(text)
    return failures


def _contexts() -> Iterator[tuple[str, str, str]]:
    yield from product(KEYWORDS, BEFORE_WORD, BEHIND_WORD)
    yield from product(LIBRARY, (*BEFORE_WORD, ".", ":"), BEHIND_WORD)
    yield from product(OPERATORS, BEFORE_OPERATOR, BEHIND_OPERATOR)


def _refuse_inexact(tokenizer: Tokenizer) -> None:
    if not tokenizer.is_exact:
        raise TokenizerError("it changes text before it encodes it, so that its tokens do not say where they stand")
