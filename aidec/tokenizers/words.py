"""Text as the words that a tokenizer splits it into, which come again and again, where texts do not."""

from __future__ import annotations

from typing import Any

from aidec.tokenizers import byte_level
from aidec.tokenizers.engines import split_pattern


class Words:
    """The words of printable ASCII, for which regular expressions mean the same in Python as in a tokenizer.

    Args:
        pattern: what finds them.
        model: what encodes each, a ``tokenizers.models.BPE``.
        is_byte_level: whether it wants bytes as ``byte_level`` spells them.
    """

    def __init__(self, pattern: str, model: Any, *, is_byte_level: bool) -> None:
        import regex

        self.split = regex.compile(pattern).findall
        self.model = model
        self.is_byte_level = is_byte_level

    def encode(self, word: str) -> list[int]:
        """The ids of a word that ``split`` found."""
        spelled = byte_level.spell(word.encode()) if self.is_byte_level else word
        return [token.id for token in self.model.tokenize(spelled)]


def words_of(spec: dict[str, Any], backend: Any) -> Words | None:
    """The words of a ``tokenizer.json``; None where it does not encode each alone, or not always alike."""
    found = split_pattern(spec)
    if found is None or spec["model"].get("dropout") or not all(token["special"] for token in spec["added_tokens"]):
        return None
    return Words(found[0], backend.model, is_byte_level=found[1])
