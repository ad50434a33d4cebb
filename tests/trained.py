"""Small tokenizers to test with: each preset trained once a process, extended, and some of Hugging Face's kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import tokenizers
from lua_text import training_texts
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, trainers

from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend
from aidec.tokenizers.preset import Preset, load_preset, preset_names
from aidec.tokenizers.trainer import Corpus, train

PRESETS = preset_names()
KEEPERS = [name for name in PRESETS if load_preset(name).keeps_words]
"""The presets that promise never to split the words of Lua."""

SIZE = 2500


@cache
def trained(preset: str) -> Tokenizer:
    """A preset trained on some 400 kB of Lua."""
    return train(Corpus(training_texts()), load_preset(preset), SIZE)


@cache
def extended(preset: str, packs: tuple[str, ...] = ("classic",), chat: str | None = "chatml") -> Tokenizer:
    """A trained preset with the tokens of packs and of a chat format."""
    return extend(trained(preset), packs, chat)


def of_bytes(**changes: Any) -> Preset:
    """A preset whose smallest vocabulary is a token for each byte, and no special tokens."""
    settings = {
        "name": "bytes",
        "description": "bytes",
        "model": "byte_level",
        "pattern": r"\s+|\S+",
        "vocab_size": 256,
        "alphabet_size": 0,
        "special_tokens": (),
        "place": "last",
        "roles": {},
        "chat": "",
        "keeps_words": False,
        "prefixes": (),
    }
    return Preset(**{**settings, **changes})


# Tokenizers as the library tokenizers makes them, for programs that know nothing of aidec


def _texts() -> list[str]:
    return [text.decode(errors="replace") for text in training_texts()[-20:]]


def gpt2_like() -> Any:
    """Byte-level BPE with GPT-2's pre-tokenizer, in one part."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1200,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    return tokenizer


def llama_like() -> Any:
    """BPE with byte fallback, spaces as ▁ by a normalizer, and one more at the start."""
    pieces = {piece: number for number, piece in enumerate(["<unk>", "<s>", "</s>"])}
    learner = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106
    learner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    learner.train_from_iterator(
        _texts(), trainers.BpeTrainer(vocab_size=900, show_progress=False, special_tokens=[], limit_alphabet=200)
    )
    vocab: dict[str, int] = learner.get_vocab()
    for piece in [f"<0x{byte:02X}>" for byte in range(256)] + sorted(vocab, key=vocab.__getitem__):
        pieces.setdefault(piece, len(pieces))
    merges = _merges(learner)
    tokenizer = tokenizers.Tokenizer(
        models.BPE(vocab=pieces, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)  # noqa: S106
    )
    tokenizer.normalizer = learner.normalizer
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def _merges(learner: Any) -> list[tuple[str, str]]:
    return [(a, b) for a, b in json.loads(learner.to_str())["model"]["merges"]]


def metaspace_like() -> Any:
    """BPE behind Metaspace, as SentencePiece's models of later years have it."""
    tokenizer = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        _texts(), trainers.BpeTrainer(vocab_size=900, show_progress=False, special_tokens=["<unk>"])
    )
    return tokenizer


def unigram_like() -> Any:
    """A Unigram model, whose pieces have scores."""
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=400,
        show_progress=False,
        special_tokens=["<unk>"],
        unk_token="<unk>",  # noqa: S106
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    return tokenizer


def wordpiece_like() -> Any:
    """WordPiece as BERT has it: lower case, ## inside of words."""
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        _texts(), trainers.WordPieceTrainer(vocab_size=800, show_progress=False, special_tokens=["[UNK]", "[CLS]"])
    )
    return tokenizer


FOREIGN: dict[str, Callable[[], Any]] = {
    "gpt2": gpt2_like,
    "llama": llama_like,
    "metaspace": metaspace_like,
    "unigram": unigram_like,
    "wordpiece": wordpiece_like,
}


@cache
def foreign(kind: str) -> str:
    """The ``tokenizer.json`` of one of them."""
    text: str = FOREIGN[kind]().to_str()
    return text


def large_base(size: int) -> Any:
    """A byte-level ``tokenizers.Tokenizer`` of just so many tokens, of merges that nobody learned, and <|im_end|>."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [(a, b) for a in alphabet for b in alphabet][: size - len(alphabet) - 2]
    vocab = {piece: number for number, piece in enumerate([*alphabet, *(a + b for a, b in pairs)])}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab=vocab, merges=pairs))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+|\S+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in ("<|endoftext|>", "<|im_end|>")])
    return tokenizer
