"""What the steps of a ``tokenizer.json`` do to text before its model sees it: prefixes, prefix-less twins, loss."""

from __future__ import annotations

import copy
from typing import Any

from aidec.tokenizers import byte_level
from aidec.tokenizers.token_bytes import BYTE_TOKENS, components

SPACE = "\u2581"
"""What SentencePiece writes for a space."""

REMOVING = {"Whitespace", "WhitespaceSplit", "BertPreTokenizer", "CharDelimiterSplit"}
"""Pre-tokenizers that drop white space, or the character at which they split."""


def prefix(spec: dict[str, Any]) -> str:
    """Where a space is put before text: ``first``, ``each`` or nowhere (an empty text).

    ``first`` is the start of the whole text; ``each`` is the start, and after each added token.
    """
    for each in components(spec["pre_tokenizer"]):
        scheme = each.get("prepend_scheme") if each["type"] == "Metaspace" else None
        if scheme in ("first", "always"):
            return "first" if scheme == "first" else "each"
        if each.get("add_prefix_space"):
            return "each"
    return "each" if any(each["type"] == "Prepend" for each in components(spec["normalizer"])) else ""


def without_prefix(spec: dict[str, Any]) -> dict[str, Any]:
    """The ``tokenizer.json`` of the same tokenizer that puts no space before text."""
    changed = copy.deepcopy({key: spec[key] for key in ("normalizer", "pre_tokenizer")})
    for each in components(changed["pre_tokenizer"]):
        if each["type"] == "Metaspace":
            each["prepend_scheme"] = "never"
        elif each["type"] == "ByteLevel":
            each["add_prefix_space"] = False
    return {**spec, **changed, "normalizer": _without_prepend(changed["normalizer"])}


def _without_prepend(normalizer: dict[str, Any] | None) -> dict[str, Any] | None:
    if normalizer is None or normalizer["type"] == "Prepend":
        return None
    if normalizer["type"] == "Sequence":
        return {**normalizer, "normalizers": [n for n in map(_without_prepend, normalizer["normalizers"]) if n]}
    return normalizer


def normalizes(spec: dict[str, Any]) -> bool:
    """Whether there is a normalizer that could change text; an empty sequence can't."""
    return any(each["type"] != "Sequence" for each in components(spec["normalizer"]))


def has_all_bytes(spec: dict[str, Any]) -> bool:
    """Whether the model has a token for every byte, so that it can spell any text."""
    model = spec["model"]
    vocab = model["vocab"]
    spellings = {piece for piece, *_ in vocab} if isinstance(vocab, list) else vocab.keys()
    if any(each["type"] == "ByteLevel" for each in components(spec["pre_tokenizer"])):
        return set(byte_level.ALPHABET) <= spellings
    return bool(model.get("byte_fallback")) and set(BYTE_TOKENS) <= spellings


def removes(spec: dict[str, Any]) -> bool:
    """Whether a pre-tokenizer, or an added token that is ordinary text, drops part of a text."""
    return any(
        each["type"] in REMOVING or each.get("behavior") == "Removed" for each in components(spec["pre_tokenizer"])
    ) or any(token["lstrip"] or token["rstrip"] for token in spec["added_tokens"] if not token["special"])


def drops(spec: dict[str, Any]) -> bool:
    """Whether characters without a token vanish: a BPE that has neither all bytes nor a token for what is unknown."""
    model = spec["model"]
    return model["type"] == "BPE" and model.get("unk_token") not in model["vocab"] and not has_all_bytes(spec)


def joins(spec: dict[str, Any]) -> bool:
    """Whether the bytes of a text's tokens, joined, are the text as it was normalized, prefixes included."""
    if spec["model"]["type"] not in ("BPE", "Unigram") or removes(spec) or not has_all_bytes(spec):
        return False
    model = spec["model"]
    return not (model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"))


def plain_offsets(spec: dict[str, Any]) -> dict[str, Any]:
    """The ``tokenizer.json`` of which no post-processor cuts white space off the offsets of tokens.

    transformers finds by offsets which tokens a loss counts; with these, a token of white space is counted as well.
    """

    def plain(processor: Any) -> Any:
        if not isinstance(processor, dict):
            return processor
        found = {**processor, **({"trim_offsets": False} if "trim_offsets" in processor else {})}
        if "processors" in found:
            found["processors"] = [plain(each) for each in found["processors"]]
        return found

    return {**spec, "post_processor": plain(spec["post_processor"])}


def is_exact(spec: dict[str, Any]) -> bool:
    """Whether the bytes of a text's tokens, joined, are always the text."""
    if spec["model"]["type"] != "BPE":
        return False
    return joins(spec) and not normalizes(spec) and not prefix(spec) and not _writes_spaces(spec)


def _writes_spaces(spec: dict[str, Any]) -> bool:
    """Whether spaces become another character, which is then read as a space where a text has it."""
    return any(each["type"] == "Metaspace" for each in components(spec["pre_tokenizer"]))
