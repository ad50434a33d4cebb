"""Special tokens that take white space beside them, or stand only where no letter is: the flags of added tokens.

transformers follows them in all text (added_vocabulary.rs: find_matches), so the ids are the same only where they are
followed here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_SPACES = "[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*"
AT_START = re.compile(_SPACES)
"""White space as Rust's regular expressions know it."""


class Flags(NamedTuple):
    """The flags of a special token: the sides of white space that it takes, and whether it must be a word."""

    lstrip: bool
    rstrip: bool
    single_word: bool


def flags_of(spec: dict[str, Any]) -> dict[str, Flags]:
    """The flags of the special tokens of a ``tokenizer.json`` that have any, by their text."""
    found = {
        token["content"]: Flags(token["lstrip"], token["rstrip"], token["single_word"])
        for token in spec["added_tokens"]
        if token["special"]
    }
    return {token: flags for token, flags in found.items() if any(flags)}


def stripped(parts: list[str], flags: Mapping[str, Flags]) -> list[str]:
    """Parts of a text, tokens in odd places, of which each token has taken what its flags say."""
    found = [parts[0]]
    for place in range(1, len(parts), 2):
        token, text = parts[place : place + 2]
        left, right, is_word = flags.get(token, (False, False, False))
        if is_word and (is_letter(found[-1][-1:]) or is_letter(text[:1])):
            found[-1] += token + text
            continue
        if left:
            found[-1] = found[-1][: len(found[-1]) - len(trailing(found[-1]))]
        found += [token, text[len(leading(text)) :] if right else text]
    return found


def leading(text: str) -> str:
    """The white space with which a text starts."""
    match = AT_START.match(text)
    return match[0] if match else ""


def trailing(text: str) -> str:
    """The white space with which a text ends."""
    return leading(text[::-1])[::-1]


def is_letter(char: str) -> bool:
    """Whether a character is part of a word."""
    return re.match(r"\w", char) is not None
