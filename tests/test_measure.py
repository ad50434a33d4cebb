"""Measures: counted by hand on small texts, with words and operators where Lua itself says that they stand in code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import tokenizers
from conftest import LUA_FILES
from hypothesis import given
from hypothesis import strategies as st
from lua_oracle import is_keyword, library, metamethods_called, words_in_code
from lua_text import lua
from strategies import any_bytes
from trained import foreign, of_bytes, trained

from aidec.common.errors import TokenizerError
from aidec.common.settings import load_yaml
from aidec.lua.words import KEYWORDS, LIBRARY, OPERATORS, lexemes
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.measurement import Measures, measure, split_words
from aidec.tokenizers.trainer import Corpus, train


@cache
def by_bytes() -> Tokenizer:
    """A tokenizer with a token for each byte and one special token."""
    return train(Corpus([b"x"]), of_bytes(vocab_size=257, special_tokens=("<|end|>",)))


@cache
def with_tokens(*words: str) -> Tokenizer:
    """A tokenizer of bytes and of these, each the merge of its letters from left to right."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    merges = list(dict.fromkeys((word[:i], word[i]) for word in words for i in range(1, len(word))))
    vocab = {piece: i for i, piece in enumerate([*alphabet, *(a + b for a, b in merges)])}
    backend = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocab, merges=merges))
    backend.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = tokenizers.decoders.ByteLevel()
    return Tokenizer(backend)


def of(texts: Sequence[bytes], tokenizer: Tokenizer) -> Measures:
    return measure(tokenizer, texts)


# The measures


def test_texts_bytes_lines_and_tokens_are_counted() -> None:
    measures = of([b"a = 1\nb = 2\n", b"c"], by_bytes())
    assert (measures.documents, measures.bytes, measures.lines, measures.tokens) == (2, 13, 3, 13)
    assert (measures.bytes_per_token, measures.tokens_per_line) == (1, 13 / 3)
    assert measures.vocab_size == 257


def test_a_token_of_many_bytes_counts_once() -> None:
    measures = of([b"local local"], with_tokens("local"))
    assert (measures.bytes, measures.tokens, measures.bytes_per_token) == (11, 3, 11 / 3)


def test_keywords_in_one_token_are_whole_and_the_others_are_not() -> None:
    assert of([b"local x while x do end"], by_bytes()).keywords_whole == 0
    assert of([b"local x while x do end"], with_tokens("local", "do")).keywords_whole == 2 / 4


def test_a_keyword_with_the_space_before_it_in_one_token_is_whole() -> None:
    assert of([b"if a then b() end"], with_tokens("Ġthen")).keywords_whole == 1 / 3


def test_a_keyword_in_a_comment_or_a_string_does_not_count() -> None:
    assert of([b"-- while\nx = 'while' local y"], with_tokens("local")).keywords_whole == 1


def test_operators_in_one_token_are_whole_and_the_others_are_not() -> None:
    assert of([b"a = b .. c == d // e"], with_tokens("..", "//")).operators_whole == 2 / 3


def test_an_identifier_counts_each_token_that_it_touches() -> None:
    assert of([b"player = x"], by_bytes()).tokens_per_identifier == (6 + 1) / 2
    assert of([b"player = x"], with_tokens("play", "er", "Ġx")).tokens_per_identifier == (2 + 1) / 2


def test_a_text_without_words_has_no_share_of_them() -> None:
    measures = of([b"1 + 1"], by_bytes())
    assert (measures.keywords_whole, measures.operators_whole, measures.tokens_per_identifier) == (0, 0, 0)


def test_a_token_that_no_text_needs_is_unused() -> None:
    assert of([b"aab"], by_bytes()).unused == 256 - 2


def test_special_tokens_are_not_unused() -> None:
    assert of([bytes(range(256))], by_bytes()).unused == 0


@given(texts=st.lists(any_bytes, min_size=1, max_size=4))
def test_the_sums_are_those_of_any_texts(texts: list[bytes]) -> None:
    if not any(texts):
        return
    measures = of(texts, trained("bbpe"))
    assert measures.tokens == sum(len(trained("bbpe").encode(text)) for text in texts)
    assert measures.bytes == sum(map(len, texts))
    assert measures.documents == len(texts)


@pytest.mark.parametrize("texts", [[], [b""], [b"", b""]])
def test_no_text_is_refused(texts: list[bytes]) -> None:
    with pytest.raises(TokenizerError, match="there is no text to measure with"):
        of(texts, by_bytes())


def test_a_line_is_what_ends_with_a_line_break_or_with_the_text() -> None:
    assert of([b"a\nb"], by_bytes()).lines == of([b"a\nb\n"], by_bytes()).lines == 2


def test_an_empty_text_has_no_line() -> None:
    assert of([b"a", b""], by_bytes()).lines == 1


@pytest.fixture
def few_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three characters before and behind a word, for tests that need no more."""
    for name in ("BEFORE_WORD", "AFTER_WORD", "BEFORE_OPERATOR", "AFTER_OPERATOR"):
        monkeypatch.setattr(f"aidec.tokenizers.measurement.{name}", ("", " ", "("))


@pytest.mark.usefixtures("few_contexts")
@pytest.mark.parametrize("kind", ["llama", "metaspace", "unigram", "wordpiece"])
@pytest.mark.filterwarnings("ignore::aidec.common.errors.LossWarning")
def test_a_tokenizer_that_changes_text_is_measured_where_the_library_says_its_tokens_stand(kind: str) -> None:
    tokenizer = Tokenizer(tokenizers.Tokenizer.from_str(foreign(kind)))
    found = of([b"if x then return x end"], tokenizer)
    ids = tokenizer.encode("if x then return x end")
    assert (found.bytes, found.tokens) == (22, len(ids))
    assert found.tokens_per_identifier == 1
    assert set(split_words(tokenizer))


# Words that are split


@pytest.mark.usefixtures("few_contexts")
def test_a_tokenizer_of_bytes_splits_every_word_everywhere() -> None:
    failures = split_words(by_bytes())
    assert set(failures) == {*KEYWORDS, *OPERATORS, *LIBRARY}
    assert failures["while"] == [f"{before}while{behind}" for before in ("", " ", "(") for behind in ("", " ", "(")]
    assert {".type", ":type"} <= set(failures["type"])


@pytest.mark.usefixtures("few_contexts")
def test_a_word_that_is_one_token_is_not_listed() -> None:
    failures = split_words(with_tokens("while", ".."))
    assert "while" not in failures
    assert ".." not in failures
    assert "until" in failures


@pytest.mark.usefixtures("few_contexts")
def test_a_word_in_one_token_with_what_stands_beside_it_is_not_listed() -> None:
    assert "while" not in split_words(with_tokens("while", "Ġwhile", "while("))


@pytest.mark.usefixtures("few_contexts")
def test_a_word_that_a_longer_token_cuts_is_listed_where_it_does() -> None:
    assert split_words(with_tokens("Ġw", "while"))["while"] == [" while", " while ", " while("]


@pytest.mark.usefixtures("few_contexts")
@pytest.mark.parametrize("preset", ["bbpe", "gpt4"])
def test_in_each_text_that_is_listed_no_token_has_the_word(preset: str) -> None:
    tokenizer = trained(preset)
    for word, texts in split_words(tokenizer).items():
        for text in texts:
            assert not any(word.encode() in tokenizer.token(i) for i in tokenizer.encode(text))


# Words in source texts


@pytest.mark.parametrize(
    "source",
    [pytest.param(path.read_bytes(), id=path.stem) for path in LUA_FILES]
    + [pytest.param(lua(seed, functions=2).encode(), id=f"made {seed}") for seed in (500, 501)],
)
def test_words_are_found_where_lua_says_that_they_stand_in_code(source: bytes) -> None:
    assert [(start, end) for _, start, end in lexemes(source)] == list(words_in_code(source))


def test_a_word_is_a_keyword_where_lua_takes_it_for_one(lua_file: Path) -> None:
    source = lua_file.read_bytes()
    for kind, start, end in lexemes(source):
        word = source[start:end].decode()
        if kind != "operator":
            assert (kind == "keyword") == is_keyword(word)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"a.b:c()", ["a", "b", "c"]),
        (b"x = 0xAp-3 .. 1e+5 .. .5", ["x", "..", ".."]),
        (b"f'and'\"or\"[[not]][==[ ]] if ]==]", ["f"]),
        (b"--[==[ if ]] then ]==] x", ["x"]),
        (b"--[ if\nx", ["x"]),
        (b"---[[ if ]]\nx", ["x"]),
        (b"'\\'if' x '\\\\' y", ["x", "y"]),
        (b"\"\\\nif\" x", ["x"]),
        (b"a[b[c]] = d", ["a", "b", "c", "d"]),
        (b"goto l ::l:: // << >> ~= ~ =", ["goto", "l", "::", "l", "::", "//", "<<", ">>", "~="]),
        (b"endif nonil _end", ["endif", "nonil", "_end"]),
        (b"...", ["..."]),
        (b"....", ["...", ]),
        (b"x --[[ never closed if", ["x"]),
        (b"x = [[ never closed if", ["x"]),
        (b"x = 'never closed if\nthen", ["x", "then"]),
        (b"", []),
        (b"caf\xc3\xa9 = 1", ["caf"]),
    ],
)  # fmt: skip
def test_words_are_told_from_what_only_looks_like_them(source: bytes, expected: list[str]) -> None:
    assert [source[start:end].decode() for _, start, end in lexemes(source)] == expected


@given(source=any_bytes)
def test_words_of_any_text_come_in_order_and_do_not_overlap(source: bytes) -> None:
    place = 0
    for kind, start, end in lexemes(source):
        assert place <= start < end <= len(source)
        word = source[start:end].decode()
        assert (kind == "keyword") == (word in KEYWORDS)
        assert (kind == "operator") == (word in OPERATORS)
        place = end


# The list of words


def test_the_keywords_are_those_of_lua() -> None:
    """Lua takes each for one, and none of what other languages have."""
    others = ["class", "const", "continue", "elif", "except", "self", "switch", "try", "var", "yield", "integer"]
    assert all(map(is_keyword, KEYWORDS))
    assert not any(map(is_keyword, [*others, *(set(LIBRARY) - set(KEYWORDS))]))
    assert len(set(KEYWORDS)) == 22


def test_the_names_of_the_library_are_those_of_lua() -> None:
    listed = load_yaml(Path(__file__).parent.parent / "aidec" / "lua" / "library.yaml")
    found = library()
    assert set(listed["globals"]) - {"_ENV"} == found["globals"]
    assert set(listed) - {"globals", "metamethods", "file"} == set(found) - {"_G", "globals", "file"}
    for table in set(found) - {"_G", "globals"}:
        assert set(listed[table]) == found[table], table


def test_every_name_is_in_the_list_that_is_kept_whole() -> None:
    assert set().union(*library().values()) <= set(LIBRARY)
    assert len(LIBRARY) == len(set(LIBRARY))


def test_the_metamethods_are_those_that_lua_calls() -> None:
    """No operation calls the other four (Reference Manual, §2.4, §2.5.1, §6.1)."""
    listed = load_yaml(Path(__file__).parent.parent / "aidec" / "lua" / "library.yaml")["metamethods"]
    calls = set(listed) - {"__gc", "__mode", "__metatable", "__name"}
    called = metamethods_called(calls)
    assert all(called.values()), called
    assert set().union(*called.values()) == calls
