"""A pack's token that a base has as ordinary text: the base gives it up, so that the two can be told apart.

The library tokenizers has one id for each spelling. So the base's token is renamed to what no text can spell, and the
merges that made it go; its text is then spelled with shorter tokens. An added token that is not special is ordinary
text too: the library finds it before the model sees the text. Where the model lacks it, it is renamed to a special
token, which ordinary text never becomes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aidec.tokenizers.token_bytes import BYTE_TOKENS, bytes_of_tokens, spellings

PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
"""The flags of a token that is found wherever it stands, and takes nothing of what is beside it."""


def give_up(spec: dict[str, Any], tokens: Iterable[str]) -> dict[str, Any]:
    """A ``tokenizer.json`` of the same ids, of which none is made of text that spells one of these tokens.

    A token of a single byte is kept in a model with byte fallback, where it spells what has no other token.
    """
    wanted = {token.encode(): token for token in tokens}
    if not wanted:
        return spec
    spec = _without_added(spec, wanted.values())
    names = spellings(spec)
    given = [
        (i, names[i], wanted[data])
        for i, data in enumerate(bytes_of_tokens(spec))
        if data in wanted and not (len(data) == 1 and names[i] in BYTE_TOKENS)
    ]
    renamed = {name: _unused(i, token) for i, name, token in given}
    model = spec["model"]
    if model["type"] == "Unigram":
        return {
            **spec,
            "model": {**model, "vocab": [[renamed.get(name, name), score] for name, score in model["vocab"]]},
        }
    vocab = {renamed.get(name, name): i for name, i in model["vocab"].items()}
    if model["type"] != "BPE":
        return {**spec, "model": {**model, "vocab": vocab}}
    merges = [pair for pair in model["merges"] if not {*pair, "".join(pair)} & renamed.keys()]
    return {**spec, "model": {**model, "vocab": vocab, "merges": merges}}


def _without_added(spec: dict[str, Any], tokens: Iterable[str]) -> dict[str, Any]:
    """The ``tokenizer.json`` of which no added token that is ordinary text spells one of these tokens.

    One that the model has as well is left to the model, with the same id.
    """
    pieces = set(spellings({**spec, "added_tokens": []}))
    kept = []
    for token in spec["added_tokens"]:
        if token["special"] or token["content"] not in tokens:
            kept.append(token)
        elif token["content"] not in pieces:
            kept.append({**token, **PLAIN, "special": True, "content": _unused(token["id"], token["content"])})
    return {**spec, "added_tokens": kept}


def _unused(i: int, token: str) -> str:
    """The new name of a token of the base, by its id; it holds a space, so that no piece of text is it."""
    return f"<unused {i}: {token}>"
