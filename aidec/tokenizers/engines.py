"""The two libraries that encode: tokenizers, which loads any ``tokenizer.json``, and tiktoken, faster, for BPE."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol

from aidec.common.errors import TokenizerError
from aidec.common.extras import extra
from aidec.tokenizers import byte_level
from aidec.tokenizers.token_bytes import BYTE_TOKENS, components

GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""What the ByteLevel pre-tokenizer of tokenizers splits with (GPT-2's encoder.py, without ``+`` on the apostrophes)."""


class Engine(Protocol):
    """Encodes text in which nothing is a special token."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of several texts."""


class TokenizersEngine:
    """The library tokenizers."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        backend.encode_special_tokens = True

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        ids: list[int] = self.backend.encode(text, add_special_tokens=False).ids
        return ids

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:  # noqa: ARG002
        """The ids of several texts; the library takes the number of its threads from RAYON_NUM_THREADS."""
        return [encoding.ids for encoding in self.backend.encode_batch_fast(list(texts), add_special_tokens=False)]


class TiktokenEngine:
    """tiktoken, for byte-level BPE.

    Args:
        backend: the ``tokenizers.Tokenizer`` that it encodes as.
        pattern: what splits text.
        ranks: the ids of tokens by their bytes.
    """

    def __init__(self, backend: Any, pattern: str, ranks: dict[bytes, int]) -> None:
        self.fallback = TokenizersEngine(backend)
        self.encoding = _encoding(pattern, ranks)

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        try:
            ids: list[int] = self.encoding.encode_ordinary(text)
        except BaseException as error:  # as in passing_panics, without what that costs for each text
            if not is_panic(error):
                raise
            return self.fallback.encode(text)
        return ids

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of several texts."""
        with passing_panics():
            ids: list[list[int]] = self.encoding.encode_ordinary_batch(list(texts), num_threads=threads)
            return ids
        return self.fallback.encode_batch(texts, threads)


_SEVERAL = -1
"""Stands for more than one id."""


class CharactersEngine(TiktokenEngine):
    """tiktoken, for BPE of characters with byte fallback.

    Args:
        backend: the ``tokenizers.Tokenizer`` that it encodes as.
        pattern: what splits text.
        spelled: what tiktoken is to merge, in this order, and the ids that each stands for: of ASCII, one.
    """

    def __init__(self, backend: Any, pattern: str, spelled: dict[bytes, list[int]]) -> None:
        super().__init__(backend, pattern, {token: ids[0] for token, ids in spelled.items() if token.isascii()})
        self.any_text = _encoding(pattern, {token: rank for rank, token in enumerate(spelled)})
        self.spelled = list(spelled.values())
        self.alone = [ids[0] if len(ids) == 1 else _SEVERAL for ids in self.spelled]

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        if text.isascii():
            return super().encode(text)
        with passing_panics():
            return self._ids(self.any_text.encode_ordinary(text))
        return self.fallback.encode(text)

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of several texts."""
        with passing_panics():
            return list(map(self._ids, self.any_text.encode_ordinary_batch(list(texts), num_threads=threads)))
        return self.fallback.encode_batch(texts, threads)

    def _ids(self, ranks: list[int]) -> list[int]:
        ids = list(map(self.alone.__getitem__, ranks))
        return list(chain.from_iterable(map(self.spelled.__getitem__, ranks))) if _SEVERAL in ids else ids


def _encoding(pattern: str, ranks: dict[bytes, int]) -> Any:
    with extra("tokenizers", "encoding with tiktoken needs", TokenizerError):
        import tiktoken
    return tiktoken.Encoding("aidec", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


@contextmanager
def passing_panics() -> Iterator[None]:
    """Leave the block where a library written in Rust panics.

    The engine of regular expressions that tiktoken and rustbpe have runs out of stack where a greedy pattern, such as
    GPT-4's, meets some 100,000 white spaces in a row.
    """
    try:
        yield
    except BaseException as error:
        if not is_panic(error):
            raise


def is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust panicked: that is no ``Exception``, and its type can't be imported."""
    return type(error).__name__ == "PanicException"


def fastest_engine(backend: Any) -> Engine:
    """The engine of tiktoken, where that is installed and can load the tokenizer, or else of tokenizers."""
    try:
        return tiktoken_engine(backend)
    except TokenizerError:
        return TokenizersEngine(backend)


def tiktoken_engine(backend: Any) -> Engine:
    """The engine of tiktoken for a ``tokenizers.Tokenizer``.

    Raises:
        TokenizerError: it is no BPE that tiktoken can load, or one for which the ids could differ.
    """
    spec = json.loads(backend.to_str())
    match split_pattern(spec):
        case found, True:
            return TiktokenEngine(backend, found, ranks(spec, backend))
        case found, False:
            return CharactersEngine(backend, found, spelled_characters(spec, backend))
    raise TokenizerError("tiktoken can't load it: expected BPE with one split pattern and no normalizer")


def pattern(spec: dict[str, Any]) -> str:
    """The regular expression for tiktoken.

    Raises:
        TokenizerError: it is none that tiktoken can load.
    """
    found = split_pattern(spec)
    if found is None or not found[1]:
        raise TokenizerError("tiktoken can't load it: expected byte-level BPE with one split pattern and no normalizer")
    return found[0]


def split_pattern(spec: dict[str, Any]) -> tuple[str, bool] | None:
    """A regular expression that matches the pieces that a ``tokenizer.json`` splits text into before it merges them.

    What a pattern leaves out tokenizers makes pieces of, and other libraries drop; so a last alternative takes that.

    Returns:
        The expression, and whether bytes are merged, not characters; None where it prepares text in another way.
    """
    match components(spec["pre_tokenizer"]):
        case _ if spec["normalizer"] is not None or spec["model"]["type"] != "BPE":
            return None
        case [{"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}]:
            return GPT2_PATTERN, True
        case [
            {"type": "Sequence"},
            {"type": "Split", "pattern": {"Regex": found}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
        ]:
            return _gapless(found), True
        case [{"type": "Split", "pattern": {"Regex": found}, "behavior": "Isolated", "invert": False}]:
            return _gapless(found), False
    return None


def _gapless(pattern: str) -> str:
    return f"{pattern}|(?:(?!{pattern})[\\s\\S])+"


def ranks(spec: dict[str, Any], backend: Any) -> dict[bytes, int]:
    """The ids of the tokens of a byte-level BPE by their bytes, for which an id is a merge's rank.

    Raises:
        TokenizerError: ids do not grow as merges do, or a token can't be reached by merges. tiktoken, which knows no
            merges but only what tokens there are, would then merge otherwise.
    """
    try:
        return {byte_level.unspell(piece): i for piece, i in _merged(spec, backend).items()}
    except KeyError as error:
        raise TokenizerError(f"tiktoken can't load it: a token has the character {error}, which is no byte") from None


def spelled_characters(spec: dict[str, Any], backend: Any) -> dict[bytes, list[int]]:
    """The ids of what a BPE of characters makes of bytes, in the order in which tiktoken is to merge them.

    First the bytes, which are merged to characters before anything else; what starts a character, and is not merged to
    one that has a token, stands for the tokens of its bytes. Then what merges make of characters.

    Raises:
        TokenizerError: as for ``ranks``, or a byte has no token.
    """
    vocab = spec["model"]["vocab"]
    found = {piece.encode(): [i] for piece, i in sorted(_merged(spec, backend).items(), key=itemgetter(1))}
    if not spec["model"].get("byte_fallback") or not vocab.keys() >= set(BYTE_TOKENS):
        raise TokenizerError("tiktoken can't load it: it has no token for some byte")
    characters = [token for token in found if len(token.decode()) == 1]
    starts = [character[:size] for size in (1, 2, 3) for character in characters]
    bytes_ = [bytes([byte]) for byte in range(256)]
    spelled = {token: [vocab[BYTE_TOKENS[byte]] for byte in token] for token in (*bytes_, *starts)}
    return {**spelled, **{character: found[character] for character in characters}, **found}


def _merged(spec: dict[str, Any], backend: Any) -> dict[str, int]:
    """The ids of characters, and of the tokens that are merged of them."""
    model = spec["model"]
    if not all(token["special"] for token in spec["added_tokens"]):
        raise TokenizerError("tiktoken can't load it: it has added tokens that are not special")
    others = {token["content"] for token in spec["added_tokens"]}
    if model.get("byte_fallback"):
        others |= set(BYTE_TOKENS)
    vocab = {piece: i for piece, i in model["vocab"].items() if piece not in others}
    merged = [model["vocab"][a + b] for a, b in model["merges"]]
    if merged != sorted(merged) or len(set(merged)) + sum(len(piece) == 1 for piece in vocab) != len(vocab):
        raise TokenizerError("tiktoken can't load it: its merges are not in the order of its ids")
    if any(model.get(key) for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix")):
        raise TokenizerError("tiktoken can't load it: it merges other than by rank alone")
    for piece, i in vocab.items():
        if [token.id for token in backend.model.tokenize(piece)] != [i]:
            raise TokenizerError(f"tiktoken can't load it: merges never make the token {piece!r}")
    return vocab
