"""SentencePiece's own files give the ids of SentencePiece."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from lua_text import training_texts

from aidec.chat.proof import prove
from aidec.common.errors import TokenizerError
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend

PLAIN = {"normalization_rule_name": "identity", "remove_extra_whitespaces": False, "byte_fallback": True}
CASES: dict[str, dict[str, Any]] = {
    "BPE": {"model_type": "bpe", **PLAIN},
    "BPE with single digits": {
        "model_type": "bpe",
        "split_digits": True,
        "allow_whitespace_only_pieces": True,
        **PLAIN,
    },
    "Unigram": {"model_type": "unigram", **PLAIN},
    "BPE without a space first": {"model_type": "bpe", "add_dummy_prefix": False, **PLAIN},
}
TEXTS = [text.decode() for text in training_texts()[:6]]
TEXTS += ["x", " x", "a  b", "", "é", "日本", "🙂 x", "x \n\n y\t", "local  x = 12345"]


@cache
def model(case: str) -> bytes:
    """The bytes of a ``.model`` file."""
    out = BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter("\n".join(t.decode() for t in training_texts()[:40]).splitlines()),
        model_writer=out,
        vocab_size=600,
        minloglevel=2,
        user_defined_symbols=["<|im_end|>"],
        **CASES[case],
    )
    return out.getvalue()


def written(case: str, folder: Path) -> Path:
    (folder / "tokenizer.model").write_bytes(model(case))
    return folder


@pytest.mark.parametrize("case", CASES)
def test_the_ids_are_those_of_sentencepiece(case: str, tmp_path: Path) -> None:
    ours = Tokenizer.from_pretrained(written(case, tmp_path))
    processor = sentencepiece.SentencePieceProcessor(model_proto=model(case))
    assert ours.vocab_size == processor.get_piece_size()
    for text in TEXTS:
        assert ours.encode(text) == processor.encode(text)
        assert ours.decode(ours.encode(text)) == text


@pytest.mark.parametrize("case", CASES)
def test_it_is_a_base(case: str, tmp_path: Path) -> None:
    base = Tokenizer.from_pretrained(written(case, tmp_path) / "tokenizer.model")
    assert base.losses == ()
    assert base.roles == {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    assert prove(extend(base, ["compact"], "nanochat"))


def test_a_token_that_the_user_of_sentencepiece_defined_is_the_one_of_the_chat_format(tmp_path: Path) -> None:
    base = Tokenizer.from_pretrained(written("BPE", tmp_path))
    new = extend(base, ["compact"], "chatml")
    assert new.special_id("<|im_end|>") == base.encode("<|im_end|>")[-1] < base.vocab_size
    assert new.special_id("<|im_end|>") not in new.encode("<|im_end|>")
    assert prove(new)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 9, b"\x0a\x05\x0a"])
def test_what_is_no_model_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(data)
    with pytest.raises(TokenizerError, match="not a model of SentencePiece"):
        Tokenizer.from_pretrained(tmp_path)


def test_a_model_of_words_is_refused(tmp_path: Path) -> None:
    out = BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c"] * 9), model_writer=out, model_type="word", vocab_size=6, minloglevel=2
    )
    (tmp_path / "tokenizer.model").write_bytes(out.getvalue())
    with pytest.raises(TokenizerError, match="expected BPE or Unigram"):
        Tokenizer.from_pretrained(tmp_path)
