"""Byte-level BPE as ranks: a list of tokens, each of which merges two that stand before it, but for the 256 bytes.

Such a list is all that tiktoken needs. ``tokenizers`` wants the two halves of each token too; they follow from the
list, since BPE, with the merges that come before a token, splits that token in just these two. Both then give the same
ids: where two tokens of a text could be merged, no merge has gone beyond their outer borders so far, so that within
them the merges were those of the token standing alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise

from aidec.common.errors import TokenizerError


def _alphabet() -> str:
    """The character that stands for each byte in a ``tokenizer.json`` (GPT-2's encoder.py: bytes_to_unicode)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return "".join(chr(byte if byte in printable else next(others)) for byte in range(256))


ALPHABET = _alphabet()
_BYTE = {char: byte for byte, char in enumerate(ALPHABET)}


def spell(token: bytes) -> str:
    """A token's bytes as ``tokenizer.json`` spells them."""
    return token.decode("latin-1").translate(ALPHABET)


def unspell(piece: str) -> bytes:
    """The bytes of a token of ``tokenizer.json``.

    Raises:
        KeyError: a character stands for no byte.
    """
    return bytes([_BYTE[char] for char in piece])


def split(data: bytes, ranks: dict[bytes, int], limit: int = sys.maxsize) -> list[bytes]:
    """The tokens of a piece of text by the merges of rank below ``limit``; a token must rank after its halves."""
    parts = [data[i : i + 1] for i in range(len(data))]
    while True:
        ranked = [ranks.get(a + b, limit) for a, b in pairwise(parts)]
        lowest = min(ranked, default=limit)
        if lowest == limit:
            return parts
        # All places of the lowest rank at once, so that long runs of one character take a few rounds
        merged = []
        i = 0
        while i < len(parts):
            is_pair = i < len(ranked) and ranked[i] == lowest
            merged.append(parts[i] + parts[i + 1] if is_pair else parts[i])
            i += 1 + is_pair
        parts = merged


def merges(tokens: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """The two halves of each token that is longer than a byte, in order.

    Raises:
        TokenizerError: a token can't be merged of two that stand before it.
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
    """As many tokens, among them what keeps each word in one token, alone and behind each prefix.

    What is missing stands behind the tokens; the last of those make room for it.

    Raises:
        TokenizerError: there are too few tokens to make room.
    """
    pieces = [(prefix, word) for word in words for prefix in (b"", *prefixes)]
    kept = len(tokens)
    while True:
        ranks = {token: rank for rank, token in enumerate(tokens[:kept])}
        _append_missing(ranks, pieces)
        excess = len(ranks) - len(tokens)
        if excess <= 0:
            break
        kept -= excess
        if kept < 256:
            raise TokenizerError(f"{len(tokens):,} tokens are too few to keep {len(pieces):,} words whole")
    for token in tokens[kept:]:
        if len(ranks) < len(tokens) and token not in ranks and len(split(token, ranks)) == 2:
            ranks[token] = len(ranks)
    return list(ranks)


def is_whole(parts: Sequence[bytes], word: bytes) -> bool:
    """Whether the tokens of a piece of text that ends in a word have that word in one of them."""
    return parts[-1].endswith(word)


def _append_missing(ranks: dict[bytes, int], pieces: Iterable[tuple[bytes, bytes]]) -> None:
    """Append the tokens that are missing for each word, behind its prefix, to be in one token.

    What is appended merges last, so that it can't divide a word that was whole.
    """
    for prefix, word in pieces:
        parts = split(prefix + word, ranks)
        while not is_whole(parts, word):
            last = parts[-2] + parts[-1]
            parts[-2:] = [last]
            ranks[last] = len(ranks)
