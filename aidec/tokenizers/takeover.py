"""A pack's token that a base has as ordinary text: the base gives it up, so that the two can be told apart.

The library tokenizers has one id for each spelling. So the base's token is renamed to what no text can spell, and the
merges that made it go; its text is then spelled with shorter tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aidec.common.errors import TokenizerError
from aidec.tokenizers.token_bytes import bytes_of_tokens, spellings


def give_up(spec: dict[str, Any], tokens: Iterable[str]) -> dict[str, Any]:
    """A ``tokenizer.json`` of the same ids, of which none is made of text that spells one of these tokens.

    Raises:
        TokenizerError: a token is a character that the model can't do without.
    """
    wanted = {token.encode(): token for token in tokens}
    if not wanted:
        return spec
    names = spellings(spec)
    given = {names[i]: wanted[data] for i, data in enumerate(bytes_of_tokens(spec)) if data in wanted}
    renamed = {name: f"<unused {number}: {token}>" for number, (name, token) in enumerate(given.items())}
    model = spec["model"]
    if model["type"] == "Unigram":
        return {
            **spec,
            "model": {**model, "vocab": [[renamed.get(name, name), score] for name, score in model["vocab"]]},
        }
    vocab = {renamed.get(name, name): i for name, i in model["vocab"].items()}
    if model["type"] != "BPE":
        return {**spec, "model": {**model, "vocab": vocab}}
    if needed := [token for name, token in given.items() if len(name) == 1]:
        raise TokenizerError(
            f"the base has {needed[0]!r} as a character, which it can't do without: "
            "expected another spelling of that token in a pack of your own (aidec pack new)"
        )
    merges = [pair for pair in model["merges"] if not {*pair, "".join(pair)} & given.keys()]
    return {**spec, "model": {**model, "vocab": vocab, "merges": merges}}
