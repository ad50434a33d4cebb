"""The bytes of each token of a ``tokenizer.json``."""

from __future__ import annotations

from typing import Any

from aidec.tokenizers import byte_level

BYTE_PIECES = tuple(f"<0x{byte:02X}>" for byte in range(256))
"""How a model with byte fallback spells the tokens of single bytes."""

_BYTE_OF_PIECE = {piece: bytes([byte]) for byte, piece in enumerate(BYTE_PIECES)}
_SPACE = "\u2581"


def pieces(spec: dict[str, Any]) -> list[str]:
    """The tokens of a ``tokenizer.json`` by id; an id that nothing has is an empty text."""
    model = spec["model"]["vocab"]
    # Unigram lists its pieces, each with its score
    by_id = (
        {i: pair[0] for i, pair in enumerate(model)} if isinstance(model, list) else {i: p for p, i in model.items()}
    )
    by_id |= {token["id"]: token["content"] for token in spec["added_tokens"]}
    return [by_id.get(i, "") for i in range(max(by_id) + 1)]


def bytes_of_tokens(spec: dict[str, Any]) -> list[bytes]:
    """The bytes that each token stands for, by id; for added tokens, those of their text.

    They are exact where ``is_exact`` says so. Elsewhere a token can stand for something else at the start of a text.
    """
    added = {token["id"] for token in spec["added_tokens"]}
    types = {part["type"] for part in parts(spec["decoder"]) + parts(spec["pre_tokenizer"])}

    def read(i: int, piece: str) -> bytes:
        if i in added:
            return piece.encode()
        if "ByteLevel" in types:
            try:
                return byte_level.unspell(piece)
            except KeyError:
                return piece.encode()
        if piece in _BYTE_OF_PIECE:
            return _BYTE_OF_PIECE[piece]
        return piece.replace(_SPACE, " ").encode() if types & {"Metaspace", "Replace"} else piece.encode()

    return [read(i, piece) for i, piece in enumerate(pieces(spec))]


def is_exact(spec: dict[str, Any]) -> bool:
    """Whether the bytes of the tokens of a text, one behind the other, are the text."""
    pre_tokenizers = parts(spec["pre_tokenizer"])
    types = {part["type"] for part in pre_tokenizers}
    if spec["normalizer"] is not None or spec["model"]["type"] != "BPE":
        return False
    if any(part.get("add_prefix_space") for part in pre_tokenizers):
        return False
    return "ByteLevel" in types or (bool(spec["model"].get("byte_fallback")) and types <= {"Split", "Sequence"})


def parts(part: dict[str, Any] | None) -> list[dict[str, Any]]:
    """A pre-tokenizer or a decoder of a ``tokenizer.json``, and those that it is made of."""
    if part is None:
        return []
    inner = [*part.get("pretokenizers", ()), *part.get("decoders", ())]
    return [part, *(one for item in inner for one in parts(item))]
