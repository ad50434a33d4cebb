"""SentencePiece's own files (``tokenizer.model``) as a ``tokenizer.json``.

The file is a message of Protocol Buffers (sentencepiece_model.proto: ModelProto); the few fields that matter are read
here, so nothing has to be installed for it.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.errors import TokenizerError

MODEL = "tokenizer.model"
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
"""The types of pieces."""

UNIGRAM, BPE = 1, 2
SPACE = "\u2581"

Field = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of a model: its spelling, its score, and its type."""

    text: str
    score: float
    kind: int


def convert(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The ``tokenizer.json`` of a ``.model`` file, and its special tokens by their names in transformers.

    Raises:
        TokenizerError: the file is no model, or one of words or characters.
    """
    try:
        return _convert(list(_fields(path.read_bytes())))
    except (IndexError, KeyError, StopIteration, UnicodeDecodeError, ValueError, struct.error):
        raise TokenizerError(f"{path}: not a model of SentencePiece") from None
    except _OtherModelError as error:
        raise TokenizerError(f"{path}: {error}") from None


class _OtherModelError(Exception):
    """A model that is neither BPE nor Unigram."""


def _convert(fields: list[Field]) -> tuple[dict[str, Any], dict[str, str]]:
    pieces = [_piece(dict(_fields(value))) for number, value in fields if number == 1]
    trainer = dict(_fields(next(value for number, value in fields if number == 2)))
    steps = dict(_fields(next((value for number, value in fields if number == 3), b"")))
    kind = trainer.get(3, UNIGRAM)
    if kind not in (UNIGRAM, BPE):
        raise _OtherModelError("a model of words or characters: expected BPE or Unigram")
    unknown = next(i for i, piece in enumerate(pieces) if piece.kind == UNKNOWN)
    has_bytes = any(piece.kind == BYTE for piece in pieces)
    if kind == BPE:
        model: dict[str, Any] = {
            "type": "BPE",
            "dropout": None,
            "unk_token": pieces[unknown].text,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": has_bytes,
            "ignore_merges": False,
            "vocab": {piece.text: i for i, piece in enumerate(pieces)},
            "merges": _merges(pieces),
        }
    else:
        vocab = [[piece.text, piece.score] for piece in pieces]
        model = {"type": "Unigram", "unk_id": unknown, "vocab": vocab, "byte_fallback": has_bytes}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    added = [
        {"id": i, "content": piece.text, **flags, "special": piece.kind != USER_DEFINED}
        for i, piece in enumerate(pieces)
        if piece.kind in (UNKNOWN, CONTROL, USER_DEFINED)
    ]
    spec: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "post_processor": None,
    }
    spec |= {"normalizer": _normalizer(steps), "pre_tokenizer": _pre_tokenizer(steps), "decoder": _decoder(steps)}
    ids = {"unk_token": trainer.get(40, 0), "bos_token": trainer.get(41, 1), "eos_token": trainer.get(42, 2)}
    ids["pad_token"] = trainer.get(43, -1)
    roles = {role: pieces[i].text for role, i in ids.items() if 0 <= i < len(pieces) and pieces[i].kind in (2, 3)}
    return {**spec, "model": model}, roles


def _normalizer(steps: dict[int, Any]) -> dict[str, Any] | None:
    """What SentencePiece does to text first: a table of characters, and runs of spaces as one."""
    found: list[dict[str, Any]] = []
    if steps.get(2):
        found.append({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(steps[2]).decode()})
    if steps.get(4, 1):
        found.append({"type": "Strip", "strip_left": True, "strip_right": True})
        found.append({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})
    elif steps.get(3, 1):
        found.append({"type": "Prepend", "prepend": SPACE})
    found.append({"type": "Replace", "pattern": {"String": " "}, "content": SPACE})
    return {"type": "Sequence", "normalizers": found}


def _pre_tokenizer(steps: dict[int, Any]) -> dict[str, Any] | None:
    """The space before a text that can't start with one; where it can, the normalizer puts it there."""
    if steps.get(4, 1) and steps.get(3, 1):
        return {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": False}
    return None


def _decoder(steps: dict[int, Any]) -> dict[str, Any]:
    decoders: list[dict[str, Any]] = [
        {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
    ]
    if steps.get(3, 1):
        decoders.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    return {"type": "Sequence", "decoders": decoders}


def _merges(pieces: list[Piece]) -> list[list[str]]:
    """The merges of a BPE: SentencePiece merges the two neighbours whose piece has the highest score."""
    known = {piece.text: i for i, piece in enumerate(pieces) if piece.kind in (NORMAL, USER_DEFINED)}
    found = []
    for piece in sorted((p for p in pieces if p.kind == NORMAL), key=lambda p: -p.score):
        halves = [(piece.text[:cut], piece.text[cut:]) for cut in range(1, len(piece.text))]
        pairs = [pair for pair in halves if pair[0] in known and pair[1] in known]
        found += sorted(([a, b] for a, b in pairs), key=lambda pair: (known[pair[0]], known[pair[1]]))
    return found


def _piece(fields: dict[int, Any]) -> Piece:
    return Piece(fields[1].decode(), struct.unpack("<f", fields.get(2, bytes(4)))[0], fields.get(3, NORMAL))


def _fields(data: bytes) -> Iterator[Field]:
    """The fields of a message, each with its number: bytes, or an integer."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield key >> 3, value - (1 << 64) if value >> 63 else value
            continue
        if kind == 2:
            size, place = _varint(data, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(kind)
        if place + size > len(data):
            raise IndexError(place)
        yield key >> 3, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        shift += 7
        if byte < 0x80:
            return value, place
