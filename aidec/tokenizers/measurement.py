"""How well a tokenizer encodes Lua: measures on source texts, and the words that it splits."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, product

from aidec.common.errors import TokenizerError
from aidec.lua.words import KEYWORDS, LIBRARY, OPERATORS, lexemes
from aidec.tokenizers.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a tokenizer on source texts.

    Attributes:
        vocab_size: the number of tokens in the vocabulary.
        documents, bytes, lines, tokens: sums over the texts.
        bytes_per_token, tokens_per_line: ratios of these sums.
        keywords_whole, operators_whole: the share, from 0 to 1, of the keywords, and of the operators of more than one
            character, that are in one token; in code, not in comments or strings.
        tokens_per_identifier: the fertility of identifiers in code: how many tokens one touches, in the mean.
        unused: the number of ordinary tokens that no text needed.
        megabytes_per_second: the speed of encoding with one thread, in this run on this machine.
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
        """The measures by name."""
        return asdict(self)


def measure(tokenizer: Tokenizer, documents: Iterable[bytes]) -> Measures:
    """The measures of a tokenizer on Lua source texts.

    Raises:
        TokenizerError: there is no text.
    """
    counts = dict.fromkeys(("documents", "bytes", "lines", "tokens"), 0)
    found = dict.fromkeys(("keyword", "operator", "identifier"), 0)
    whole = dict.fromkeys(found, 0)
    touched = 0
    used: set[int] = set()
    seconds = 0.0
    ends_of = _ends(tokenizer)
    for source in documents:
        start = time.perf_counter()
        ids = tokenizer.encode(source)
        seconds += time.perf_counter() - start
        used.update(ids)
        counts["documents"] += 1
        counts["bytes"] += len(source)
        counts["lines"] += source.count(b"\n") + (source[-1:] not in (b"", b"\n"))
        counts["tokens"] += len(ids)
        ends = ends_of(source.decode(errors="surrogateescape"), ids)
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
AFTER_WORD = ("", *" \n()[]{}.:,;=+-*/%^#&|~<>\"'")
BEFORE_OPERATOR = ("a", "1 ", *" )]}\"'\n")
AFTER_OPERATOR = ("a", "1", *" (#-~{\"'\n")


def split_words(tokenizer: Tokenizer) -> dict[str, list[str]]:
    """The words of Lua that a tokenizer splits, each with the texts in which no token holds all of it.

    Words are keywords, names of the standard library, and operators of more than one character. Each is tried after and
    before every character that can stand there in code.
    """
    failures: dict[str, list[str]] = {}
    contexts, ends_of = list(_contexts()), _ends(tokenizer)
    texts = [before + word + after for word, before, after in contexts]
    for (word, before, _), text, ids in zip(contexts, texts, tokenizer.encode_batch(texts), strict=True):
        ends = ends_of(text, ids)
        if bisect_right(ends, len(before)) != bisect_left(ends, len(before) + len(word)):
            failures.setdefault(word, []).append(text)
    return failures


def _contexts() -> Iterator[tuple[str, str, str]]:
    yield from product(KEYWORDS, BEFORE_WORD, AFTER_WORD)
    yield from product(LIBRARY, (*BEFORE_WORD, ".", ":"), AFTER_WORD)
    yield from product(OPERATORS, BEFORE_OPERATOR, AFTER_OPERATOR)


def _ends(tokenizer: Tokenizer) -> Callable[[str, list[int]], list[int]]:
    """A function that returns the bytes where the tokens of a text end in it."""
    if not tokenizer.is_exact:
        return lambda text, _: tokenizer.spans(text)[2]
    sizes = [len(tokenizer.token(i)) for i in range(tokenizer.vocab_size)]
    return lambda _, ids: list(accumulate(map(sizes.__getitem__, ids)))
