"""Byte-level BPE as a list of tokens in the order of their ranks: the 256 bytes, and merges of two earlier tokens.

Such a list is all that tiktoken needs. The library tokenizers also needs the two halves of each token. They follow from
the list: BPE with the merges of lower rank alone splits a token into its two halves. Both libraries then give the same
ids. When two neighbours in a text are merged, no merge has reached beyond the two so far; so the merges within them
were those that make the token from its bytes alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise

from aidec.common.errors import TokenizerError


def _alphabet() -> str:
    """The characters that stand for bytes in a ``tokenizer.json``, by byte (GPT-2's encoder.py: bytes_to_unicode)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return "".join(chr(byte if byte in printable else next(others)) for byte in range(256))


ALPHABET = _alphabet()
_BYTE = {char: byte for byte, char in enumerate(ALPHABET)}


def spell(token: bytes) -> str:
    """The spelling of a token in ``tokenizer.json``, by its bytes."""
    return token.decode("latin-1").translate(ALPHABET)


def unspell(spelling: str) -> bytes:
    """The bytes of a token, by its spelling in ``tokenizer.json``.

    Raises:
        KeyError: a character stands for no byte.
    """
    return bytes([_BYTE[char] for char in spelling])


def split(data: bytes, ranks: dict[bytes, int], limit: int = sys.maxsize) -> list[bytes]:
    """The tokens of a pre-token, made by the merges of ranks below ``limit``; a token must rank after its halves."""
    tokens = [data[i : i + 1] for i in range(len(data))]
    while True:
        ranked = [ranks.get(a + b, limit) for a, b in pairwise(tokens)]
        lowest = min(ranked, default=limit)
        if lowest >= limit:
            return tokens
        # All pairs of the lowest rank are merged at once, so that a long run of one character takes few rounds
        merged = []
        i = 0
        while i < len(tokens):
            is_pair = i < len(ranked) and ranked[i] == lowest
            merged.append(tokens[i] + tokens[i + 1] if is_pair else tokens[i])
            i += 1 + is_pair
        tokens = merged


def merges(tokens: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """The two halves of each token that is longer than a byte, in order.

    Raises:
        TokenizerError: a token is no merge of two tokens before it.
    """
    ranks = {token: rank for rank, token in enumerate(tokens)}
    pairs = []
    for rank, token in enumerate(tokens):
        if len(token) > 1:
            halves = split(token, ranks, rank)
            if len(halves) != 2:
                raise TokenizerError(f"the token {token!r} of rank {rank} is no merge of two tokens before it")
            pairs.append((halves[0], halves[1]))
    return pairs


def never_split(tokens: Sequence[bytes], words: Iterable[bytes], prefixes: Iterable[bytes]) -> list[bytes]:
    """As many tokens as before, with those that keep each word in one token, alone and after each prefix.

    The tokens that are missing for that are appended, and as many of the last tokens are left out.

    Raises:
        TokenizerError: so many are missing that no merge could stay.
    """
    wanted = [(prefix, word) for word in words for prefix in (b"", *prefixes)]
    kept = len(tokens)
    while True:
        ranks = {token: rank for rank, token in enumerate(tokens[:kept])}
        _append_missing(ranks, wanted)
        excess = len(ranks) - len(tokens)
        if excess <= 0:
            break
        kept -= excess
        if kept < 256:
            raise TokenizerError(f"{len(tokens):,} tokens are too few to keep {len(wanted):,} words whole")
    for token in tokens[kept:]:
        if len(ranks) < len(tokens) and token not in ranks and len(split(token, ranks)) == 2:
            ranks[token] = len(ranks)
    return list(ranks)


def is_whole(tokens: Sequence[bytes], word: bytes) -> bool:
    """Whether one token holds all of a word, for the tokens of a pre-token that ends in the word."""
    return tokens[-1].endswith(word)


def _append_missing(ranks: dict[bytes, int], wanted: Iterable[tuple[bytes, bytes]]) -> None:
    """Append the tokens without which a word, after its prefix, would be in several tokens.

    Their ranks are the highest, so they merge last, and can't divide a word that was whole.
    """
    for prefix, word in wanted:
        tokens = split(prefix + word, ranks)
        while not is_whole(tokens, word):
            last = tokens[-2] + tokens[-1]
            tokens[-2:] = [last]
            ranks[last] = len(ranks)
