"""Byte-level BPE as ranks: equal to what tiktoken and tokenizers make of them, and words that are never split."""

from __future__ import annotations

from itertools import product

import pytest
import tiktoken
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers
from tokenizers.pre_tokenizers import ByteLevel
from transformers.convert_slow_tokenizer import bytes_to_unicode

from aidec.common.errors import TokenizerError
from aidec.tokenizers import byte_level

BYTES = [bytes([byte]) for byte in range(256)]


@st.composite
def ranked(draw: st.DrawFn, letters: bytes = b"abc", size: int = 14) -> list[bytes]:
    """Tokens as a training makes them: each the merge of two that stand before it."""
    tokens = [bytes([byte]) for byte in letters]
    for _ in range(draw(st.integers(0, size))):
        a, b = draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens))
        if a + b not in tokens:
            tokens.append(a + b)
    kept = BYTES[::-1] if draw(st.booleans()) else BYTES[:]  # single bytes can have any ids below those of merges
    # A token must be one that the merges before it lead to
    for token in tokens[len(letters) :]:
        if len(byte_level.split(token, {known: rank for rank, known in enumerate(kept)})) == 2:
            kept.append(token)
    return kept


texts = st.text("abcd", max_size=40).map(str.encode)
words = st.lists(st.text("abcd", min_size=1, max_size=6).map(str.encode), max_size=8, unique=True)
prefixes = st.lists(st.sampled_from((b" ", b".", b"a", b"ab", b"__")), max_size=3, unique=True)


def of_tiktoken(tokens: list[bytes]) -> tiktoken.Encoding:
    ranks = {token: rank for rank, token in enumerate(tokens)}
    return tiktoken.Encoding("test", pat_str=r"(?s).+", mergeable_ranks=ranks, special_tokens={})


def ranks_of(tokens: list[bytes]) -> dict[bytes, int]:
    return {token: rank for rank, token in enumerate(tokens)}


# The alphabet


def test_the_alphabet_is_that_of_the_library_tokenizers() -> None:
    assert sorted(byte_level.ALPHABET) == sorted(ByteLevel.alphabet())
    assert len(byte_level.ALPHABET) == 256


def test_the_alphabet_is_that_of_transformers_byte_by_byte() -> None:
    assert dict(enumerate(byte_level.ALPHABET)) == bytes_to_unicode()


@given(data=st.binary())
def test_a_token_is_spelled_as_transformers_spells_it_and_back(data: bytes) -> None:
    table = bytes_to_unicode()
    assert byte_level.spell(data) == "".join([table[byte] for byte in data])
    assert byte_level.unspell(byte_level.spell(data)) == data


@given(text=st.text())
def test_text_is_spelled_as_the_library_tokenizers_spells_it(text: str) -> None:
    spelled = ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text)
    assert "".join([piece for piece, _ in spelled]) == byte_level.spell(text.encode())


def test_a_character_that_stands_for_no_byte_is_an_error() -> None:
    with pytest.raises(KeyError):
        byte_level.unspell("▁")


# Splitting


@given(tokens=ranked(), data=texts)
def test_a_text_is_split_as_tiktoken_splits_it(tokens: list[bytes], data: bytes) -> None:
    encoding = of_tiktoken(tokens)
    expected = [encoding.decode_single_token_bytes(i) for i in encoding.encode_ordinary(data.decode())]
    assert byte_level.split(data, ranks_of(tokens)) == expected


@given(tokens=ranked(), data=texts, limit=st.integers(256, 270))
def test_a_text_is_split_below_a_limit_as_by_the_ranks_below_it_alone(
    tokens: list[bytes], data: bytes, limit: int
) -> None:
    ranks = ranks_of(tokens)
    assert byte_level.split(data, ranks, limit) == byte_level.split(data, ranks_of(tokens[:limit]))


@given(tokens=ranked(), data=texts)
def test_the_merges_of_the_ranks_split_in_the_library_tokenizers_as_the_ranks_do(
    tokens: list[bytes], data: bytes
) -> None:
    spelled = [byte_level.spell(token) for token in tokens]
    pairs = [(byte_level.spell(a), byte_level.spell(b)) for a, b in byte_level.merges(tokens)]
    library = tokenizers.Tokenizer(models.BPE(vocab=ranks_of_text(spelled), merges=pairs))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    assert library.encode(data.decode()).tokens == [
        byte_level.spell(part) for part in byte_level.split(data, ranks_of(tokens))
    ]


def ranks_of_text(tokens: list[str]) -> dict[str, int]:
    return {token: rank for rank, token in enumerate(tokens)}


# Merges


@given(tokens=ranked())
def test_each_token_is_merged_of_two_before_it(tokens: list[bytes]) -> None:
    ranks = ranks_of(tokens)
    pairs = byte_level.merges(tokens)
    assert [a + b for a, b in pairs] == [token for token in tokens if len(token) > 1]
    assert all(max(ranks[a], ranks[b]) < ranks[a + b] for a, b in pairs)


@pytest.mark.parametrize("tokens", [[*BYTES, b"abc"], [*BYTES, b"abc", b"ab"], [*BYTES, b"ab", b"bc", b"abcd"]])
def test_a_token_that_no_merge_makes_is_named(tokens: list[bytes]) -> None:
    with pytest.raises(TokenizerError, match=r"the token b'abcd?' of rank \d+ is no merge"):
        byte_level.merges(tokens)


# Words that are never split


@given(tokens=ranked(), words=words, prefixes=prefixes)
def test_every_word_is_whole_alone_and_behind_every_prefix(
    tokens: list[bytes], words: list[bytes], prefixes: list[bytes]
) -> None:
    tokens += fillers(tokens)
    kept = byte_level.never_split(tokens, words, prefixes)
    for prefix, word in product((b"", *prefixes), words):
        assert byte_level.split(prefix + word, ranks_of(kept))[-1].endswith(word)


def fillers(tokens: list[bytes]) -> list[bytes]:
    """Tokens that can make room, as the end of a vocabulary does."""
    return [bytes([200 + i, j]) for i in range(4) for j in range(100)]


@given(tokens=ranked(), words=words, prefixes=prefixes)
def test_keeping_words_keeps_the_size_and_each_token_once(
    tokens: list[bytes], words: list[bytes], prefixes: list[bytes]
) -> None:
    tokens += fillers(tokens)
    kept = byte_level.never_split(tokens, words, prefixes)
    assert len(kept) == len(tokens)
    assert len(set(kept)) == len(kept)
    assert set(BYTES) <= set(kept)


@given(tokens=ranked(), words=words, prefixes=prefixes)
def test_what_is_kept_is_made_of_merges_and_can_be_reached(
    tokens: list[bytes], words: list[bytes], prefixes: list[bytes]
) -> None:
    kept = byte_level.never_split(tokens + fillers(tokens), words, prefixes)
    byte_level.merges(kept)
    encoding = of_tiktoken(kept)
    assert all(encoding._encode_single_piece(token) == [rank] for rank, token in enumerate(kept))


@given(tokens=ranked(), words=words, prefixes=prefixes)
def test_no_room_is_made_by_more_tokens_than_are_needed(
    tokens: list[bytes], words: list[bytes], prefixes: list[bytes]
) -> None:
    tokens += fillers(tokens)
    kept = byte_level.never_split(tokens, words, prefixes)
    head = next((rank for rank, (a, b) in enumerate(zip(tokens, kept, strict=True)) if a != b), len(tokens))
    assert tokens[:head] == kept[:head]
    assert head >= len(tokens) - sum(len(word) + len(prefix) for word in words for prefix in (b"", *prefixes))


@given(tokens=ranked(), prefixes=prefixes)
def test_words_that_are_whole_change_nothing(tokens: list[bytes], prefixes: list[bytes]) -> None:
    assert byte_level.never_split(tokens, [], prefixes) == tokens
    assert byte_level.never_split(tokens, [b"a", b"b"], prefixes) == tokens


@given(tokens=ranked(), words=words, prefixes=prefixes)
def test_keeping_words_a_second_time_changes_nothing(
    tokens: list[bytes], words: list[bytes], prefixes: list[bytes]
) -> None:
    once = byte_level.never_split(tokens + fillers(tokens), words, prefixes)
    assert byte_level.never_split(once, words, prefixes) == once


def test_a_vocabulary_without_room_is_refused() -> None:
    with pytest.raises(TokenizerError, match=r"256 tokens are too few to keep 2 words whole"):
        byte_level.never_split(BYTES, [b"while"], [b" "])


def test_a_vocabulary_with_just_enough_room_is_not() -> None:
    kept = byte_level.never_split([*BYTES, b"zz", b"yy"], [b"if"], [])
    assert kept == [*BYTES, b"zz", b"if"]
