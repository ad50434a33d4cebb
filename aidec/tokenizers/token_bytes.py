"""The bytes of each token of a ``tokenizer.json``."""

from __future__ import annotations

from typing import Any

from aidec.tokenizers import byte_level

BYTE_TOKENS = tuple(f"<0x{byte:02X}>" for byte in range(256))
"""The spellings of the tokens of single bytes, in a model with byte fallback, by byte."""

_BYTE_OF_TOKEN = {spelling: bytes([byte]) for byte, spelling in enumerate(BYTE_TOKENS)}
_SPACE = "\u2581"


def spellings(spec: dict[str, Any]) -> list[str]:
    """The spellings of the tokens of a ``tokenizer.json`` by id; empty for an id that no token has."""
    model = spec["model"]["vocab"]
    # A Unigram model is a list of spellings, each with its score
    is_unigram = isinstance(model, list)
    by_id = dict(enumerate(pair[0] for pair in model)) if is_unigram else {i: text for text, i in model.items()}
    by_id |= {token["id"]: token["content"] for token in spec["added_tokens"]}
    return [by_id.get(i, "") for i in range(max(by_id) + 1)]


def bytes_of_tokens(spec: dict[str, Any]) -> list[bytes]:
    """The bytes that each token of a ``tokenizer.json`` stands for, by id; for an added token, the bytes of its text.

    Where a tokenizer puts a space before text, the first token after that place has it too.
    """
    model = spec["model"]["vocab"]
    pieces = {piece for piece, *_ in model} if isinstance(model, list) else model.keys()
    # An added token that is ordinary text has the id of the same piece of the model, which text gives more often
    added = {token["id"] for token in spec["added_tokens"] if token["special"] or token["content"] not in pieces}
    types = {each["type"] for each in components(spec["decoder"]) + components(spec["pre_tokenizer"])}

    def read(i: int, spelling: str) -> bytes:
        if i in added:
            return spelling.encode()
        if "ByteLevel" in types:
            try:
                return byte_level.unspell(spelling)
            except KeyError:
                return spelling.encode()
        if spelling in _BYTE_OF_TOKEN:
            return _BYTE_OF_TOKEN[spelling]
        return spelling.replace(_SPACE, " ").encode() if types & {"Metaspace", "Replace"} else spelling.encode()

    return [read(i, spelling) for i, spelling in enumerate(spellings(spec))]


def components(component: dict[str, Any] | None) -> list[dict[str, Any]]:
    """A normalizer, pre-tokenizer or decoder of a ``tokenizer.json``, and all that it is composed of; none for None."""
    if component is None:
        return []
    inner = [*component.get("pretokenizers", ()), *component.get("decoders", ()), *component.get("normalizers", ())]
    return [component, *(each for item in inner for each in components(item))]
