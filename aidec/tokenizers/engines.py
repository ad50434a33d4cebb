"""The two libraries that encode: tokenizers, which loads any ``tokenizer.json``, and tiktoken, for byte-level BPE."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from aidec.errors import TokenizerError
from aidec.tokenizers import byte_level
from aidec.tokenizers.pieces import parts

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
    """tiktoken, for those tokenizers for which it gives the ids that the library tokenizers gives."""

    def __init__(self, backend: Any) -> None:
        """Take over the ranks and the pattern of a ``tokenizers.Tokenizer``.

        Raises:
            TokenizerError: it is no byte-level BPE, or one for which the ids could differ.
        """
        try:
            import tiktoken
        except ImportError:
            raise TokenizerError("tiktoken is not installed: pip install 'aidec[tokenizers]'") from None
        spec = json.loads(backend.to_str())
        self.fallback = TokenizersEngine(backend)
        self.encoding = tiktoken.Encoding(
            "aidec", pat_str=pattern(spec), mergeable_ranks=ranks(spec, backend), special_tokens={}
        )

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        try:
            return self.encoding.encode_ordinary(text)
        except BaseException as error:  # as in passing_panics, without what that costs for each text
            if not is_panic(error):
                raise
        return self.fallback.encode(text)

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of several texts."""
        with passing_panics():
            return self.encoding.encode_ordinary_batch(list(texts), num_threads=threads)
        return self.fallback.encode_batch(texts, threads)


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
        return TiktokenEngine(backend)
    except TokenizerError:
        return TokenizersEngine(backend)


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
    match parts(spec["pre_tokenizer"]):
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
    model = spec["model"]
    if not all(token["special"] for token in spec["added_tokens"]):
        raise TokenizerError("tiktoken can't load it: it has added tokens that are not special")
    special = {token["content"] for token in spec["added_tokens"]}
    vocab = {piece: i for piece, i in model["vocab"].items() if piece not in special}
    merged = [model["vocab"][a + b] for a, b in model["merges"]]
    if merged != sorted(merged) or len(set(merged)) + len(byte_level.ALPHABET) != len(vocab):
        raise TokenizerError("tiktoken can't load it: its merges are not in the order of its ids")
    if any(model.get(key) for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix")):
        raise TokenizerError("tiktoken can't load it: it merges other than by rank alone")
    try:
        found = {byte_level.unspell(piece): i for piece, i in vocab.items()}
    except KeyError as error:
        raise TokenizerError(f"tiktoken can't load it: a token has the character {error}, which is no byte") from None
    for piece, i in vocab.items():
        if [token.id for token in backend.model.tokenize(piece)] != [i]:
            raise TokenizerError(f"tiktoken can't load it: merges never make the token {piece!r}")
    return found
