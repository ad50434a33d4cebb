"""The two libraries that encode: tokenizers loads any ``tokenizer.json``; tiktoken loads BPE alone, and is faster."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import accumulate, chain, groupby
from operator import itemgetter
from typing import Any, Protocol

from aidec.common.errors import TokenizerError
from aidec.common.extras import extra
from aidec.tokenizers import byte_level
from aidec.tokenizers.pipeline import normalizes
from aidec.tokenizers.token_bytes import BYTE_TOKENS, components

GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""The pattern of the ByteLevel pre-tokenizer of tokenizers (GPT-2's encoder.py, without ``+`` on the apostrophes)."""


class Engine(Protocol):
    """Encodes text in which no special token is looked for."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of each text."""


class TokenizersEngine:
    """The engine of the library tokenizers, for a ``tokenizers.Tokenizer``."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        backend.encode_special_tokens = True

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        ids: list[int] = self.backend.encode(text, add_special_tokens=False).ids
        return ids

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:  # noqa: ARG002
        """The ids of each text; the library takes the number of its threads from RAYON_NUM_THREADS."""
        return [encoding.ids for encoding in self.backend.encode_batch_fast(list(texts), add_special_tokens=False)]


class TiktokenEngine:
    """The engine of tiktoken, for byte-level BPE.

    Args:
        backend: the ``tokenizers.Tokenizer`` whose ids it gives; it encodes the texts on which tiktoken panics.
        pattern: the regular expression of the pre-tokenizer.
        ranks: the ids of tokens by their bytes.
    """

    def __init__(self, backend: Any, pattern: str, ranks: dict[bytes, int]) -> None:
        self.fallback = TokenizersEngine(backend)
        self.encoding = _encoding(pattern, ranks)

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        try:
            ids: list[int] = self.encoding.encode_ordinary(text)
        except BaseException as error:  # as passing_panics does, which takes too long to enter for each short text
            if not is_panic(error):
                raise
            return self.fallback.encode(text)
        return ids

    def encode_batch(self, texts: Sequence[str], threads: int) -> list[list[int]]:
        """The ids of each text."""
        with passing_panics():
            return _encoded(self.encoding, texts, threads)
        return self.fallback.encode_batch(texts, threads)


_SEVERAL = -1
"""Stands in a table of ids for a rank that has more than one."""


class CharactersEngine(TiktokenEngine):
    """The engine of tiktoken, for BPE of characters with byte fallback.

    Args:
        backend: as for ``TiktokenEngine``.
        pattern: as for ``TiktokenEngine``.
        spelled: what tiktoken is to merge, in the order of ranks, each with its ids; what is ASCII has one id.
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
        """The ids of each text."""
        with passing_panics():
            return list(map(self._ids, _encoded(self.any_text, texts, threads)))
        return self.fallback.encode_batch(texts, threads)

    def _ids(self, ranks: list[int]) -> list[int]:
        ids = list(map(self.alone.__getitem__, ranks))
        return list(chain.from_iterable(map(self.spelled.__getitem__, ranks))) if _SEVERAL in ids else ids


def _encoding(pattern: str, ranks: dict[bytes, int]) -> Any:
    with extra("tokenizers", "encoding with tiktoken needs", TokenizerError):
        import tiktoken
    return tiktoken.Encoding("aidec", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


_PART_SIZE = 1 << 14
"""How many characters of texts a thread takes at once, at least: ``encode_ordinary_batch`` has it take one text."""


def _encoded(encoding: Any, texts: Sequence[str], threads: int) -> list[list[int]]:
    """The ids of each text, as ``tiktoken.Encoding.encode_ordinary`` gives them, made by several threads."""
    ends = [end // _PART_SIZE for end in accumulate(map(len, texts))]
    parts = [list(part) for _, part in groupby(range(len(texts)), ends.__getitem__)]

    def encoded(part: list[int]) -> list[list[int]]:
        return [encoding.encode_ordinary(texts[number]) for number in part]

    with ThreadPoolExecutor(threads) as pool:
        return list(chain.from_iterable(pool.map(encoded, parts)))


@contextmanager
def passing_panics() -> Iterator[None]:
    """Leave the block, and go on after it, when a library written in Rust panics.

    tiktoken and rustbpe panic when their engine of regular expressions runs out of stack: a greedy pattern, such as
    GPT-4's, does that on some 100,000 white spaces in a row.
    """
    try:
        yield
    except BaseException as error:
        if not is_panic(error):
            raise


def is_panic(error: BaseException) -> bool:
    """Whether an error is the panic of a library written in Rust, which is no ``Exception``, and not to be imported."""
    return type(error).__name__ == "PanicException"


def fastest_engine(backend: Any) -> Engine:
    """The engine of tiktoken if it is installed and can load the tokenizer, else that of tokenizers."""
    try:
        return tiktoken_engine(backend)
    except TokenizerError:
        return TokenizersEngine(backend)


def tiktoken_engine(backend: Any) -> Engine:
    """The engine of tiktoken for a ``tokenizers.Tokenizer``.

    Raises:
        TokenizerError: tiktoken can't load the tokenizer, or its ids could differ, or it is not installed.
    """
    spec = json.loads(backend.to_str())
    match split_pattern(spec):
        case found, True:
            return TiktokenEngine(backend, found, ranks(spec, backend))
        case found, False:
            return CharactersEngine(backend, found, spelled_characters(spec, backend))
    raise TokenizerError("tiktoken can't load it: expected BPE with one split pattern and no normalizer")


def pattern(spec: dict[str, Any]) -> str:
    """The regular expression by which tiktoken cuts text as a byte-level ``tokenizer.json`` does.

    Raises:
        TokenizerError: there is none.
    """
    found = split_pattern(spec)
    if found is None or not found[1]:
        raise TokenizerError("tiktoken can't load it: expected byte-level BPE with one split pattern and no normalizer")
    return found[0]


def split_pattern(spec: dict[str, Any]) -> tuple[str, bool] | None:
    """A regular expression for the pre-tokens of a ``tokenizer.json``, and whether bytes are merged, not characters.

    None if the ``tokenizer.json`` is no BPE, or prepares text in another way than with one pattern. What the pattern
    does not match becomes a pre-token in tokenizers, and is lost in other libraries; a last alternative matches it.
    """
    match components(spec["pre_tokenizer"]):
        case _ if normalizes(spec) or spec["model"]["type"] != "BPE":
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
    """The ids of a byte-level BPE's tokens by their bytes; tiktoken takes ids for ranks.

    Raises:
        TokenizerError: a byte has no token, the ids do not grow with the merges, or merges never make a token.
            tiktoken knows the tokens alone, not the merges, and would then merge in another order.
    """
    try:
        found = {byte_level.unspell(spelling): i for spelling, i in _merged(spec, backend).items()}
    except KeyError as error:
        raise TokenizerError(f"tiktoken can't load it: a token has the character {error}, which is no byte") from None
    if not all(bytes([byte]) in found for byte in range(256)):  # tiktoken panics where it meets such a byte
        raise TokenizerError("tiktoken can't load it: it has no token for some byte")
    return found


def spelled_characters(spec: dict[str, Any], backend: Any) -> dict[bytes, list[int]]:
    """What tiktoken is to merge to encode as a BPE of characters does: bytes in the order of ranks, each with its ids.

    First come single bytes, and the first bytes of each character that has a token: they stand for the tokens of their
    bytes. Then come these characters, so that bytes become characters before characters are merged; then the merges.

    Raises:
        TokenizerError: as for ``ranks``, or a byte has no token.
    """
    vocab = spec["model"]["vocab"]
    found = {spelling.encode(): [i] for spelling, i in sorted(_merged(spec, backend).items(), key=itemgetter(1))}
    if not spec["model"].get("byte_fallback") or not vocab.keys() >= set(BYTE_TOKENS):
        raise TokenizerError("tiktoken can't load it: it has no token for some byte")
    characters = [token for token in found if len(token.decode()) == 1]
    starts = [character[:size] for size in (1, 2, 3) for character in characters]
    bytes_ = [bytes([byte]) for byte in range(256)]
    spelled = {token: [vocab[BYTE_TOKENS[byte]] for byte in token] for token in (*bytes_, *starts)}
    return {**spelled, **{character: found[character] for character in characters}, **found}


def _merged(spec: dict[str, Any], backend: Any) -> dict[str, int]:
    """The ids of the tokens that are characters, or merges of them, by their spelling.

    Raises:
        TokenizerError: tiktoken, which merges by rank alone, would merge in another way.
    """
    model = spec["model"]
    if not all(token["special"] for token in spec["added_tokens"]):
        raise TokenizerError("tiktoken can't load it: it has added tokens that are not special")
    others = {token["content"] for token in spec["added_tokens"]}
    if model.get("byte_fallback"):
        others |= set(BYTE_TOKENS)
    vocab = {spelling: i for spelling, i in model["vocab"].items() if spelling not in others}
    merged = [model["vocab"][a + b] for a, b in model["merges"]]
    if merged != sorted(merged) or len(set(merged)) + sum(len(spelling) == 1 for spelling in vocab) != len(vocab):
        raise TokenizerError("tiktoken can't load it: its merges are not in the order of its ids")
    if any(model.get(key) for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix")):
        raise TokenizerError("tiktoken can't load it: it merges other than by rank alone")
    for spelling, i in vocab.items():
        if [token.id for token in backend.model.tokenize(spelling)] != [i]:
            raise TokenizerError(f"tiktoken can't load it: merges never make the token {spelling!r}")
    return vocab
