"""The two libraries that encode: tokenizers, which loads any ``tokenizer.json``, and tiktoken, for BPE, and faster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
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
    """tiktoken, for byte-level BPE."""

    def __init__(self, backend: Any) -> None:
        """Take over the ranks and the pattern of a ``tokenizers.Tokenizer``.

        Raises:
            TokenizerError: it is none, or one for which the ids could differ from those of tokenizers.
        """
        try:
            import tiktoken
        except ImportError:
            raise TokenizerError("tiktoken is not installed: pip install 'aidec[tokenizers]'") from None
        spec = json.loads(backend.to_str())
        self.fallback = TokenizersEngine(backend)
        pat_str, mergeable_ranks = self.loaded(spec, backend)
        self.encoding = tiktoken.Encoding("aidec", pat_str=pat_str, mergeable_ranks=mergeable_ranks, special_tokens={})

    def loaded(self, spec: dict[str, Any], backend: Any) -> tuple[str, dict[bytes, int]]:
        """What tiktoken is to load: the pattern, and the ranks."""
        return pattern(spec), ranks(spec, backend)

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


class AsciiEngine(TiktokenEngine):
    """tiktoken for ASCII alone, where a character is a byte: for BPE of characters; tokenizers for all other text."""

    def loaded(self, spec: dict[str, Any], backend: Any) -> tuple[str, dict[bytes, int]]:
        """What tiktoken is to load: the pattern, and the ranks of what is ASCII."""
        found = split_pattern(spec)
        if found is None or found[1]:
            raise TokenizerError("tiktoken can't load it: expected BPE of characters with one split pattern")
        return found[0], ascii_ranks(spec, backend)

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        return super().encode(text) if text.isascii() else self.fallback.encode(text)

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of several texts."""
        ascii_ids = iter(super().encode_batch([text for text in texts if text.isascii()], threads))
        other_ids = iter(self.fallback.encode_batch([text for text in texts if not text.isascii()], threads))
        return [next(ascii_ids if text.isascii() else other_ids) for text in texts]


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
    """An engine of tiktoken, where that is installed and can load the tokenizer, or else of tokenizers."""
    for engine in (TiktokenEngine, AsciiEngine):
        with suppress(TokenizerError):
            return engine(backend)
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
    try:
        return {byte_level.unspell(piece): i for piece, i in _merged(spec, backend, lambda _: True).items()}
    except KeyError as error:
        raise TokenizerError(f"tiktoken can't load it: a token has the character {error}, which is no byte") from None


def ascii_ranks(spec: dict[str, Any], backend: Any) -> dict[bytes, int]:
    """The same of a BPE of characters, of its tokens of ASCII; a character without a token has that of its byte.

    Raises:
        TokenizerError: the same, or a character has no token.
    """
    vocab = spec["model"]["vocab"]
    found = {piece.encode(): i for piece, i in _merged(spec, backend, str.isascii).items()}
    for byte in set(range(128)) - {piece[0] for piece in found if len(piece) == 1}:
        if not spec["model"].get("byte_fallback") or _FALLBACK.format(byte) not in vocab:
            raise TokenizerError(f"tiktoken can't load it: it has no token for the character {chr(byte)!r}")
        found[bytes([byte])] = vocab[_FALLBACK.format(byte)]
    return found


_FALLBACK = "<0x{:02X}>"
"""The token of a byte, where characters that have no token are spelled in bytes."""


def _merged(spec: dict[str, Any], backend: Any, is_meant: Callable[[str], bool]) -> dict[str, int]:
    """The ids of characters, and of the tokens that are merged of them, those that are meant."""
    model = spec["model"]
    if not all(token["special"] for token in spec["added_tokens"]):
        raise TokenizerError("tiktoken can't load it: it has added tokens that are not special")
    others = {token["content"] for token in spec["added_tokens"]}
    if model.get("byte_fallback"):
        others |= {_FALLBACK.format(byte) for byte in range(256)}
    vocab = {piece: i for piece, i in model["vocab"].items() if is_meant(piece) and piece not in others}
    merged = [model["vocab"][a + b] for a, b in model["merges"] if is_meant(a + b)]
    if merged != sorted(merged) or len(set(merged)) + sum(len(piece) == 1 for piece in vocab) != len(vocab):
        raise TokenizerError("tiktoken can't load it: its merges are not in the order of its ids")
    if any(model.get(key) for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix")):
        raise TokenizerError("tiktoken can't load it: it merges other than by rank alone")
    for piece, i in vocab.items():
        if [token.id for token in backend.model.tokenize(piece)] != [i]:
            raise TokenizerError(f"tiktoken can't load it: merges never make the token {piece!r}")
    return vocab
