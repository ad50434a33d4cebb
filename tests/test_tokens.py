"""Special tokens in text: found where a plain search finds them, at the first place, and there the longest."""

from __future__ import annotations

from collections.abc import Collection

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chunks
from tokenizers import AddedToken, models

import aidec
from aidec.bytecode import Chunk
from aidec.packs.splitter import Splitter

CLASSIC = frozenset(aidec.vocabulary("classic"))

TOKENS = (
    "<|a|>", "<|a|>>", "<|a|>b", "<|b|>", "<|", "|>", "<|a", "<<|a|>", "<|a<|b|>", "<|a|><|b|>", "a", "user\n", "user",
    "r\n", "\n", "\n\n", "<|\n|>", "é", "éé", "[a]", "<x|>", "<||>", ">",
)  # fmt: skip
"""Tokens that start, end or contain one another, or that are not of the shape of the others."""

PIECES = (*TOKENS, "<", "|", "b", "u", "use", "x", " ", "é", "\ud800", "\udcff")

token_sets = st.sets(st.sampled_from(TOKENS), max_size=8)
texts = st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text("<|>abu\ns", max_size=30)


def plain_split(tokens: Collection[str], text: str) -> list[tuple[str, bool]]:
    """What Splitter promises, in the plainest way."""
    parts: list[tuple[str, bool]] = []
    start = place = 0
    while place < len(text):
        found = max((token for token in tokens if token and text.startswith(token, place)), key=len, default="")
        if found:
            if start < place:
                parts.append((text[start:place], False))
            parts.append((found, True))
            start = place = place + len(found)
        else:
            place += 1
    if start < len(text):
        parts.append((text[start:], False))
    return parts


@given(tokens=token_sets, text=texts)
def test_tokens_are_found_at_the_first_place_and_there_the_longest(tokens: set[str], text: str) -> None:
    assert list(Splitter(tokens).split(text)) == plain_split(tokens, text)


@given(tokens=token_sets, shaped=st.sets(st.from_regex(r"<\|[a-c/=]{1,3}\|>", fullmatch=True), min_size=1), text=texts)
def test_tokens_of_one_shape_among_others_are_found_alike(tokens: set[str], shaped: set[str], text: str) -> None:
    text += "".join(sorted(shaped)) + text
    assert list(Splitter(tokens | shaped).split(text)) == plain_split(tokens | shaped, text)


@given(text=st.lists(st.sampled_from([*sorted(CLASSIC)[::97], *PIECES]), max_size=12).map("".join))
def test_the_tokens_of_a_pack_are_found_alike(text: str) -> None:
    assert list(Splitter(CLASSIC).split(text)) == plain_split(CLASSIC, text)


@settings(max_examples=15)
@given(chunk=chunks, tokens=token_sets)
def test_the_parts_of_a_text_are_the_text(chunk: Chunk, tokens: set[str]) -> None:
    text = aidec.render(chunk, "classic")
    assert "".join(part for part, _ in Splitter(CLASSIC | tokens).split(text)) == text


@given(tokens=token_sets.filter(bool), text=texts.filter(lambda text: text.isprintable() or "\n" in text))
def test_tokens_are_found_where_the_library_tokenizers_finds_them(tokens: set[str], text: str) -> None:
    text = text.encode(errors="replace").decode()
    library = tokenizers.Tokenizer(models.BPE())
    library.add_special_tokens([AddedToken(token, normalized=False) for token in sorted(tokens)])
    found = [part for part, is_token in Splitter(tokens).split(text) if is_token]
    assert found == library.encode(text).tokens


@pytest.mark.parametrize("text", ["", "<|a|>", "plain"])
def test_without_tokens_all_is_text(text: str) -> None:
    assert list(Splitter(()).split(text)) == ([(text, False)] if text else [])


def test_a_token_that_is_cut_short_is_text() -> None:
    assert list(Splitter({"<|a|>"}).split("<|a|<|a|>")) == [("<|a|", False), ("<|a|>", True)]
