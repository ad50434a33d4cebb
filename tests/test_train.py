"""Training: the same bytes for the same texts, the ids and the pieces that a preset promises, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lua_oracle import words_in_code
from lua_text import lua, training_texts
from strategies import sources
from trained import KEEPERS, PRESETS, SIZE, of_bytes, trained

from aidec.common.errors import AidecError, TokenizerError
from aidec.lua.words import KEYWORDS, LIBRARY, OPERATORS
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.measurement import split_words
from aidec.tokenizers.preset import load_preset
from aidec.tokenizers.trainer import Corpus, train

SPECIAL_TOKENS = {
    "lua-sp": (["<|TOKEN:unk|>", "<|endoftext|>", "<|im_end|>", "<|TOKEN:pad|>"], 0),
    "bbpe": (
        [
            *("<|endoftext|>", "<|unk|>", "<|pad|>", "<|im_start|>", "<|im_end|>"),
            *("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
        ],
        0,
    ),
    "gpt4": (
        [
            *("<|bos|>", "<|user_start|>", "<|user_end|>", "<|assistant_start|>", "<|assistant_end|>"),
            *("<|python_start|>", "<|python_end|>", "<|output_start|>", "<|output_end|>"),
        ],
        SIZE - 9,
    ),
}
"""The special tokens of the presets, and the id of the first, as issue 4 lists them."""

SIZES = {"lua-sp": 32768, "bbpe": 49152}


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def tokens_of(tokenizer: Tokenizer, text: str | bytes) -> list[bytes]:
    return [tokenizer.token(i) for i in tokenizer.encode(text)]


def ordinary(tokenizer: Tokenizer) -> list[bytes]:
    special = set(tokenizer.special_tokens.values())
    return [tokenizer.token(i) for i in range(tokenizer.vocab_size) if i not in special]


# The same texts give the same tokenizer


@pytest.mark.parametrize("preset", PRESETS)
def test_training_twice_gives_the_same_files_byte_for_byte(preset: str, tmp_path: Path) -> None:
    trained(preset).save(tmp_path / "one")
    train(Corpus(training_texts()), load_preset(preset), SIZE).save(tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from trained import trained
for preset in sys.argv[3:]:
    trained(preset).save(Path(sys.argv[2]) / preset)
"""


def test_training_in_one_thread_of_another_process_gives_the_same_files(tmp_path: Path) -> None:
    arguments = [str(Path(__file__).parent), str(tmp_path / "theirs"), *PRESETS]
    environment = {**os.environ, "RAYON_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True, env=environment)
    for preset in PRESETS:
        trained(preset).save(tmp_path / "ours" / preset)
        assert files_of(tmp_path / "ours" / preset) == files_of(tmp_path / "theirs" / preset)


def test_the_record_tells_what_a_tokenizer_was_trained_on(tmp_path: Path) -> None:
    texts = training_texts()
    digest = hashlib.sha256(b"".join(len(text).to_bytes(8, "little") + text for text in texts)).hexdigest()
    trained("bbpe").save(tmp_path / "saved")
    assert json.loads((tmp_path / "saved" / "aidec.json").read_bytes()) == {
        "preset": "bbpe",
        "trained_on": {"documents": len(texts), "bytes": sum(map(len, texts)), "sha256": digest},
        "chat": "chatml",
        "chat_needs": ["<|im_start|>", "<|im_end|>"],
        "packs": [],
    }


# What a preset promises


@pytest.mark.parametrize("preset", PRESETS)
def test_a_vocabulary_has_just_the_size_that_was_asked_for(preset: str) -> None:
    assert trained(preset).vocab_size == trained(preset).backend.get_vocab_size() == SIZE


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - set(KEEPERS)))
@pytest.mark.parametrize("size", [700, 1001])
def test_a_vocabulary_of_another_size_has_just_that_size(preset: str, size: int) -> None:
    tokenizer = train(Corpus(training_texts()[:60]), load_preset(preset), size)
    assert tokenizer.vocab_size == size
    assert sorted(tokenizer.backend.get_vocab().values()) == list(range(size))


@pytest.mark.parametrize(("preset", "expected"), SPECIAL_TOKENS.items())
def test_the_special_tokens_have_the_ids_of_the_issue(preset: str, expected: tuple[list[str], int]) -> None:
    tokens, first = expected
    assert trained(preset).special_tokens == {token: i for i, token in enumerate(tokens, first)}


@pytest.mark.parametrize(("preset", "size"), SIZES.items())
def test_the_size_by_default_is_that_of_the_issue(preset: str, size: int) -> None:
    assert load_preset(preset).vocab_size == size


def test_the_end_of_a_message_is_the_end_that_a_sampler_stops_at() -> None:
    assert {trained(preset).roles["eos_token"] for preset in ("lua-sp", "bbpe")} == {"<|im_end|>"}


@pytest.mark.parametrize("preset", PRESETS)
def test_each_token_stands_for_other_bytes_than_the_rest(preset: str) -> None:
    tokens = ordinary(trained(preset))
    if preset == "lua-sp":  # a byte below 0x80 is a character too
        tokens = tokens[256:]
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - {"lua-sp", *KEEPERS}))
def test_the_tokens_of_a_byte_level_preset_are_those_of_rustbpe(preset: str) -> None:
    import rustbpe

    loaded = load_preset(preset)
    learner = rustbpe.Tokenizer()
    texts = [text.decode() for text in training_texts() if is_utf_8(text)]
    learner.train_from_iterator(iter(texts), 1000, pattern=loaded.pattern)
    tokenizer = train(Corpus(text.encode() for text in texts), loaded, 1000 + len(loaded.special_tokens))
    expected = [bytes(token) for token, _ in sorted(learner.get_mergeable_ranks(), key=lambda pair: int(pair[1]))]
    assert ordinary(tokenizer) == expected


def is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def digits(token: bytes) -> int:
    return sum(chr(byte).isdigit() for byte in token)


def test_lua_sp_has_digits_one_by_one() -> None:
    assert max(digits(token) for token in ordinary(trained("lua-sp"))) == 1
    assert tokens_of(trained("lua-sp"), "2024")[-4:] == [b"2", b"0", b"2", b"4"]


def test_gpt4_has_at_most_two_digits_in_a_token() -> None:
    assert max(digits(token) for token in ordinary(trained("gpt4"))) == 2
    assert tokens_of(trained("gpt4"), "99999") == [b"99", b"99", b"9"]


def test_lua_sp_has_a_token_for_each_byte_behind_its_special_tokens() -> None:
    names = [trained("lua-sp").backend.id_to_token(i) for i in range(4, 260)]
    assert names == [f"<0x{byte:02X}>" for byte in range(256)]


def test_lua_sp_spells_a_character_that_it_did_not_see_with_bytes() -> None:
    ids = trained("lua-sp").encode("ᚠ")
    assert [trained("lua-sp").backend.id_to_token(i) for i in ids] == ["<0xE1>", "<0x9A>", "<0xA0>"]


def test_lua_sp_keeps_spaces_as_they_are_and_runs_of_them_together() -> None:
    tokens = ordinary(trained("lua-sp"))
    assert not any("\u2581".encode() in token for token in tokens)
    assert b"    " in tokens
    assert not any(token.strip() and token.rstrip() != token for token in tokens)


def test_the_pattern_of_gpt4_is_that_of_the_issue() -> None:
    assert load_preset("gpt4").pattern == (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    )


# The words of Lua


@pytest.mark.parametrize("preset", KEEPERS)
def test_a_preset_that_keeps_words_splits_none_in_code(preset: str) -> None:
    assert split_words(trained(preset)) == {}


@pytest.mark.parametrize("preset", KEEPERS)
def test_a_word_of_lua_alone_is_one_token(preset: str) -> None:
    assert [word for word in (*KEYWORDS, *LIBRARY, *OPERATORS) if len(trained(preset).encode(word)) > 1] == []


@pytest.mark.parametrize("preset", KEEPERS)
def test_keywords_and_operators_are_whole_in_lua_that_was_not_trained_on(preset: str) -> None:
    tokenizer = trained(preset)
    for text in [lua(seed).encode() for seed in range(9000, 9003)]:
        borders = {0, *accumulate(len(token) for token in tokens_of(tokenizer, text))}
        for start, end in words_in_code(text):
            if text[start:end].decode() in (*KEYWORDS, *OPERATORS):
                assert not borders & set(range(start + 1, end)), text[start - 10 : end + 10]


@pytest.mark.parametrize("preset", KEEPERS)
def test_a_vocabulary_with_too_little_room_for_the_words_is_refused(preset: str) -> None:
    with pytest.raises(TokenizerError, match=r"^\d+ tokens are too few to keep [\d,]+ words whole$"):
        train(Corpus(training_texts()), load_preset(preset), 300)


@given(text=sources)
def test_a_preset_of_the_user_keeps_words_behind_its_prefixes(text: str) -> None:
    tokenizer = keeper_of_words()
    for word in ("while", "function", "string"):
        for prefix in ("", " "):
            tokens = tokens_of(tokenizer, f"{text}({prefix}{word})")
            assert any(token.endswith(word.encode()) for token in tokens)


@cache
def keeper_of_words() -> Tokenizer:
    pattern = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s"
    preset = of_bytes(vocab_size=1600, pattern=pattern, keeps_words=True, prefixes=(" ",))
    return train(Corpus(training_texts()), preset)


# What is refused


@pytest.mark.parametrize("preset", PRESETS)
def test_a_vocabulary_smaller_than_the_bytes_and_the_special_tokens_is_refused(preset: str) -> None:
    least = 256 + len(load_preset(preset).special_tokens)
    with pytest.raises(TokenizerError) as caught:
        train(Corpus([b"a"]), load_preset(preset), least - 1)
    needed = f"{preset} needs {least} for 256 bytes and {least - 256} special tokens"
    assert str(caught.value) == f"a vocabulary of {least - 1} is too small: {needed}"


@pytest.mark.parametrize("preset", ["bbpe", "gpt4"])
def test_the_smallest_vocabulary_is_the_bytes_and_the_special_tokens(preset: str) -> None:
    least = 256 + len(load_preset(preset).special_tokens)
    tokenizer = train(Corpus([b"local x"]), load_preset(preset), least)
    assert tokenizer.vocab_size == least
    assert tokens_of(tokenizer, b"ab\xff") == [b"a", b"b", b"\xff"]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_size_that_can_not_be_reached_is_refused_with_what_can(preset: str) -> None:
    with pytest.raises(TokenizerError) as caught:
        train(Corpus([b"local x = 1", b"x()"]), load_preset(preset), 2000)
    message = str(caught.value)
    assert message.startswith("a vocabulary of 2,000 can't be reached: 2 texts of 14 bytes give ")
    assert message.endswith(" tokens; give more text or a smaller --vocab-size")


@pytest.mark.parametrize("preset", ["bbpe", "gpt4", "lua-sp"])
def test_what_can_be_reached_can_be_trained(preset: str) -> None:
    texts = [lua(1).encode()]
    with pytest.raises(TokenizerError) as caught:
        train(Corpus(texts), load_preset(preset), 200_000)
    reached = int(str(caught.value).partition(" give ")[2].partition(" tokens")[0].replace(",", ""))
    assert train(Corpus(texts), load_preset(preset), reached).vocab_size == reached
    with pytest.raises(TokenizerError):
        train(Corpus(texts), load_preset(preset), reached + 1)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_text_at_all_is_refused(preset: str) -> None:
    with pytest.raises(TokenizerError, match="can't be reached: 0 texts of 0 bytes"):
        train(Corpus([]), load_preset(preset), 1000)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"pattern": "("}, "a pattern that is no regular expression"),
        ({"pattern": "("}, "a pattern that is none, for the other model"),
        ({"special_tokens": ("<b>", "<b>")}, "a special token twice"),
        ({"special_tokens": ("", "<b>")}, "a special token without a text"),
        ({"special_tokens": ("local",)}, "a special token that is an ordinary one too"),
        ({"pattern": r"(?s).+"}, "a pattern that only one of two libraries reads"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_preset_that_can_not_be_trained_is_refused_in_one_line(changes: dict[str, Any], what: str) -> None:
    model = {"model": "byte_fallback", "alphabet_size": 300} if "other" in what else {}
    preset = of_bytes(**{"vocab_size": 600, **model, **changes})
    with pytest.raises(AidecError) as caught:
        train(Corpus(training_texts()[:60]), preset)
    assert "\n" not in str(caught.value)


def test_a_chat_format_that_there_is_not_is_refused_before_the_texts_are_read() -> None:
    def texts() -> Iterator[bytes]:
        pytest.fail("the texts were read")
        yield b""

    with pytest.raises(AidecError):
        train(Corpus(texts()), of_bytes(chat="chatmll"))


# What happens to texts on their way


def test_bytes_that_are_not_utf_8_are_counted_and_kept_by_the_byte_level_presets() -> None:
    texts = [b"\xfflocal\xfe\xfe = 'caf\xe9'"] * 2 + [b"local"]
    for preset in ("bbpe", "gpt4"):
        counted = Corpus(texts)
        tokenizer = train(counted, load_preset(preset), 256 + 9 + 3)
        assert counted.not_utf8 == 2
        assert tokenizer.decode_bytes(tokenizer.encode(texts[0])) == texts[0]
        assert not any("\ufffd".encode() in token for token in ordinary(tokenizer))


def test_bytes_that_are_not_utf_8_are_counted_and_replaced_in_lua_sp() -> None:
    counted = Corpus([*training_texts(), b"\xff = '\xfe'"])
    tokenizer = train(counted, load_preset("lua-sp"), 1000)
    assert counted.not_utf8 == 1 + sum(not is_utf_8(text) for text in training_texts())
    assert "\ufffd".encode() in ordinary(tokenizer)
    assert tokenizer.decode_bytes(tokenizer.encode(b"\xff = '\xfe'")) == b"\xff = '\xfe'"


@given(texts=st.lists(st.text("aé你😀", max_size=12).map(str.encode), max_size=6), limit=st.integers(1, 30))
def test_max_bytes_is_never_passed_and_cuts_no_character(texts: list[bytes], limit: int) -> None:
    limited = Corpus(texts, max_bytes=limit)
    taken = list(limited)
    whole = b"".join(texts)
    assert limited.size == sum(map(len, taken)) <= limit
    assert whole.startswith(b"".join(taken))
    assert all(is_utf_8(text) for text in taken)
    assert limited.is_cut == (len(whole) > limit)
    assert not limited.is_cut or limited.size > limit - 4
    assert limited.documents == len(taken)


@given(texts=st.lists(st.text("aé你😀", max_size=12).map(str.encode), max_size=6), cap=st.integers(1, 30))
def test_doc_cap_takes_the_start_of_each_text_and_cuts_no_character(texts: list[bytes], cap: int) -> None:
    capped = Corpus(texts, doc_cap=cap)
    taken = list(capped)
    assert [text.startswith(head) and is_utf_8(head) for text, head in zip(texts, taken, strict=True)] == [True] * len(
        texts
    )
    assert all(len(head) == len(text) or cap - 4 < len(head) <= cap for text, head in zip(texts, taken, strict=True))
    assert capped.cut == sum(len(text) > cap for text in texts)


@given(text=st.binary(max_size=20), cap=st.integers(1, 25))
def test_doc_cap_cuts_bytes_that_are_not_utf_8_somewhere(text: bytes, cap: int) -> None:
    (head,) = Corpus([text], doc_cap=cap)
    assert text.startswith(head)
    assert len(head) <= cap


def test_doc_cap_of_a_text_of_continuation_bytes_takes_some_of_it() -> None:
    (head,) = Corpus([b"\x80" * 1000], doc_cap=500)
    assert len(head) > 490


def test_texts_are_read_one_by_one() -> None:
    seen: list[int] = []

    def texts() -> Iterator[bytes]:
        for number in range(5):
            seen.append(number)
            yield b"x"

    next(iter(Corpus(texts())))
    assert seen == [0]


def test_reading_stops_at_max_bytes() -> None:
    read: list[int] = []

    def texts() -> Iterator[bytes]:
        for number in range(1000):
            read.append(number)
            yield b"x" * 10

    assert sum(map(len, Corpus(texts(), max_bytes=95))) == 95
    assert len(read) == 10


def test_a_limit_gives_the_tokenizer_of_the_texts_that_it_leaves() -> None:
    texts = training_texts()
    head = b"".join(texts)[:20_000]
    taken: Corpus = Corpus([b"".join(texts)], max_bytes=20_000)
    assert train(taken, of_bytes(vocab_size=400)).spec == train(Corpus([head]), of_bytes(vocab_size=400)).spec


def test_ids_of_merges_grow_with_the_merges() -> None:
    spec = trained("bbpe").spec["model"]
    ids = [spec["vocab"][a + b] for a, b in spec["merges"]]
    assert all(a < b for a, b in pairwise(ids))
