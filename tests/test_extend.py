"""A base with the tokens of packs and of a chat format behind its own: their ids, their order, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tokenizers
from trained import PRESETS, extended, foreign, large_base, trained

import aidec
from aidec.chat import load_format
from aidec.common.errors import ConversationError, PackError, TokenizerError
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend

CHATML = ("<|im_start|>", "user\n", "assistant\n", "<|im_end|>")


def loaded(spec: str) -> Tokenizer:
    return Tokenizer(tokenizers.Tokenizer.from_str(spec))


@pytest.fixture(scope="module")
def large() -> Tokenizer:
    """A base of 32,768 tokens, <|im_end|> among them, with classic and ChatML behind."""
    return extend(Tokenizer(large_base(32768)), ["classic"], "chatml")


def test_the_ids_behind_a_base_of_32768_are_those_of_the_old_tool(large: Tokenizer) -> None:
    assert large.special_id("<|/Constant|>") == 32768
    assert [large.special_id(token) for token in CHATML[:3]] == [37007, 37008, 37009]
    assert large.vocab_size == 37010


def test_the_tokens_of_a_pack_come_in_the_order_of_its_vocabulary(large: Tokenizer) -> None:
    assert [large.special_id(token) for token in aidec.vocabulary("classic")] == list(range(32768, 37007))


def test_the_ids_have_no_gap(large: Tokenizer) -> None:
    assert sorted(large.backend.get_vocab().values()) == list(range(37010))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_ids_of_the_base_stay_as_they_are(preset: str) -> None:
    base, new = trained(preset), extended(preset, ("classic", "compact"), "nanochat")
    assert [new.token(i) for i in range(base.vocab_size)] == [base.token(i) for i in range(base.vocab_size)]
    text = "local x = 'é' -- 12345 <|Proto|>"
    assert new.encode(text) == base.encode(text)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_token_of_two_packs_and_a_format_is_there_once(preset: str) -> None:
    base, new = trained(preset), extended(preset, ("classic", "compact"), "chatml")
    expected = [
        *dict.fromkeys(aidec.vocabulary("classic") + aidec.vocabulary("compact")),
        *(token for token in CHATML if token not in base.special_tokens),
    ]
    assert [new.special_id(token) for token in expected] == list(range(base.vocab_size, new.vocab_size))


def test_the_order_of_the_packs_is_the_order_of_their_tokens() -> None:
    new = extended("gpt4", ("compact", "classic"), None)
    assert new.special_id(aidec.vocabulary("compact")[0]) == trained("gpt4").vocab_size
    assert new.packs == ["compact", "classic"]


def test_the_tokens_of_a_chat_format_that_the_base_has_are_left_as_they_are() -> None:
    new = extended("bbpe", ("classic",), "chatml")
    assert new.special_id("<|im_start|>") == trained("bbpe").special_id("<|im_start|>") == 3
    assert new.special_id("<|im_end|>") == 4
    assert [new.special_id(token) for token in ("user\n", "assistant\n")] == [new.vocab_size - 2, new.vocab_size - 1]


def test_a_chat_format_that_the_base_has_whole_adds_nothing() -> None:
    assert extend(trained("gpt4"), [], "nanochat").special_tokens == trained("gpt4").special_tokens


def test_the_template_is_that_of_the_chat_format() -> None:
    assert extended("gpt4", ("classic",), "chatml").chat_template == load_format("chatml").template
    assert extended("gpt4", ("classic",), "chatml").metadata["chat"] == "chatml"


def test_without_a_chat_format_the_template_stays_as_it_is() -> None:
    assert extended("gpt4", ("classic",), None).chat_template == trained("gpt4").chat_template
    assert extended("gpt4", ("classic",), None).metadata["chat"] == "nanochat"
    assert extended("lua-sp", ("classic",), None).chat_template is None


def test_what_the_base_was_trained_on_is_kept() -> None:
    assert extended("bbpe").metadata == {**trained("bbpe").metadata, "packs": ["classic"], "chat": "chatml"}
    assert extended("bbpe").roles == trained("bbpe").roles


def test_the_base_itself_is_not_changed() -> None:
    before = trained("bbpe").backend.to_str()
    extend(trained("bbpe"), ["compact"], "nanochat")
    assert trained("bbpe").backend.to_str() == before
    assert trained("bbpe").packs == []


def test_the_new_tokens_are_special_and_found_nowhere_else_than_where_they_are_allowed() -> None:
    new = extended("bbpe")
    i = new.special_id("<|Proto|>")
    assert new.encode("x<|Proto|>y", allowed_special={"<|Proto|>"}) == [*new.encode("x"), i, *new.encode("y")]
    assert i not in new.encode("x<|Proto|>y")


def pack_of_the_user(folder: Path, spelling: str = "<{a,b}>") -> Path:
    folder.mkdir()
    (folder / "pack.yaml").write_text(
        f"description: x\nguard: <\nlossless: false\ntokens: {{f: {{spelling: '{spelling}', carries: proto}}}}\n"
    )
    (folder / "chunk.j2").write_text("{{ main }}")
    (folder / "proto.j2").write_text("<a><b>")
    return folder


def test_a_pack_of_the_user_is_named_by_its_folder(tmp_path: Path) -> None:
    folder = pack_of_the_user(tmp_path / "mine")
    new = extend(trained("gpt4"), [str(folder)])
    assert [new.special_id(token) for token in ("<a>", "<b>")] == [2500, 2501]
    chunk = aidec.load(aidec.compile("a = 1"))
    assert new.encode_chunk(chunk, str(folder)).tolist() == [2500, 2501]


def test_a_pack_of_the_user_is_the_one_for_chunks_where_none_is_named(tmp_path: Path) -> None:
    new = extend(trained("gpt4"), [str(pack_of_the_user(tmp_path / "mine"))])
    assert new.encode_chunk(aidec.load(aidec.compile("a = 1"))).tolist() == [2500, 2501]


def test_a_pack_without_tokens_adds_none() -> None:
    assert extend(trained("gpt4"), ["json"]).vocab_size == trained("gpt4").vocab_size


# What is refused


def test_a_base_with_the_tokens_of_the_pack_is_refused() -> None:
    with pytest.raises(TokenizerError) as caught:
        extend(extended("bbpe"), ["classic"])
    first = aidec.vocabulary("classic")[0]
    i = extended("bbpe").special_id(first)
    assert str(caught.value) == (
        f"the base has 4,239 of the 4,239 tokens already, such as {first!r} with the id {i}: "
        "expected a base without them (several packs are given at once)"
    )


def test_a_base_with_some_tokens_of_the_pack_is_refused_with_their_number() -> None:
    shared = len(set(aidec.vocabulary("classic")) & set(aidec.vocabulary("compact")))
    new = len(aidec.vocabulary("compact"))
    with pytest.raises(TokenizerError, match=rf"^the base has {shared:,} of the {new:,} tokens already"):
        extend(extended("bbpe"), ["compact"])


def test_a_token_of_a_pack_that_is_ordinary_text_of_the_base_is_refused(tmp_path: Path) -> None:
    folder = pack_of_the_user(tmp_path / "mine", "{<,=}")
    with pytest.raises((TokenizerError, PackError)):
        extend(trained("gpt4"), [str(folder)])


def with_piece(piece: str) -> Any:
    """A base without a pre-tokenizer that has a piece as ordinary text."""
    from tokenizers import models

    return tokenizers.Tokenizer(models.WordLevel(vocab={"[UNK]": 0, piece: 1}, unk_token="[UNK]"))  # noqa: S106


def test_a_token_of_a_chat_format_that_is_ordinary_text_of_the_base_is_refused() -> None:
    with pytest.raises(TokenizerError) as caught:
        extend(Tokenizer(with_piece("<|im_end|>")), ["classic"], "chatml")
    assert str(caught.value) == "the base has '<|im_end|>' as ordinary text, with the id 1: data could spell it"


def test_a_token_that_a_byte_level_base_has_as_ordinary_text_is_refused() -> None:
    """Or else the id has a twin that stands for the same text, and decode has two ways back."""
    from trained import of_bytes

    from aidec.tokenizers.trainer import Corpus, train

    base = train(Corpus([b"user\nassistant\n" * 50]), of_bytes(vocab_size=269, pattern=r"[^\n]*\n"))
    assert b"user\n" in [base.token(i) for i in range(base.vocab_size)]
    with pytest.raises(TokenizerError, match="as ordinary text"):
        extend(base, [], "chatml")


def test_ids_with_a_gap_are_refused() -> None:
    from tokenizers import models

    backend = tokenizers.Tokenizer(models.WordLevel(vocab={"[UNK]": 0, "a": 7}, unk_token="[UNK]"))  # noqa: S106
    with pytest.raises(TokenizerError, match="gaps"):
        extend(Tokenizer(backend), ["classic"])


def test_a_pack_that_there_is_not_is_refused() -> None:
    with pytest.raises(PackError, match="nope"):
        extend(trained("bbpe"), ["nope"])


def test_a_chat_format_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConversationError, match="did you mean chatml"):
        extend(trained("bbpe"), ["classic"], "chatmll")


def test_the_same_pack_twice_is_there_once() -> None:
    assert extend(trained("bbpe"), ["classic", "classic"]).vocab_size == trained("bbpe").vocab_size + 4239


@pytest.mark.parametrize("kind", ["gpt2", "llama", "metaspace", "unigram", "wordpiece"])
def test_any_tokenizer_of_hugging_face_is_a_base(kind: str) -> None:
    base = loaded(foreign(kind))
    new = extend(base, ["classic"], "chatml")
    assert new.vocab_size == base.vocab_size + 4239 + 4
    assert new.special_id("<|/Constant|>") == base.vocab_size
    text = "local function f(x) return x + 1 end"
    assert new.encode(text) == base.encode(text)
