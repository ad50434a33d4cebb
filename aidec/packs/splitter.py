"""Text as special tokens, and the text between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator


class Splitter:
    """Splits text at tokens, as tokenizers find them: at the first place where any fits, the longest.

    Attributes:
        tokens: the tokens.
        longest: how many characters the longest has.
        shape: how the tokens that start and end alike start, and a regular expression for them; None if there are none.
    """

    def __init__(self, tokens: Collection[str]) -> None:
        self.tokens = frozenset(tokens)
        self.longest = max(map(len, self.tokens), default=0)
        self.shape = _shape(self.tokens)
        others = self.tokens
        alternatives = []
        if self.shape is not None:
            start, pattern = self.shape
            others = frozenset(token for token in self.tokens if not re.fullmatch(pattern, token))
            if any(other.startswith(start) or start.startswith(other) for other in others):
                self.shape, others = None, self.tokens
            else:
                # Text of one shape can be looked up, which beats trying thousands of alternatives one by one
                alternatives = [pattern]
        alternatives += [re.escape(token) for token in sorted(others, key=len, reverse=True)]
        self.pattern = re.compile("|".join(alternatives) or "(?!)")
        self.capturing = re.compile(f"({self.pattern.pattern})")

    def parts(self, text: str) -> list[str]:
        """The parts of a text in order: ordinary text, which may be empty, in even places, tokens in odd ones."""
        parts: list[str] = self.capturing.split(text)
        if self.tokens.issuperset(parts[1::2]):
            return parts
        parts = [""]
        for part, is_token in self.split(text):
            if not is_token:
                parts[-1] = part
            else:
                parts += [part, ""]
        return parts

    def split(self, text: str) -> Iterator[tuple[str, bool]]:
        """The parts of a text in order, none empty, each with whether it is a token."""
        start = place = 0
        while match := self.pattern.search(text, place):
            place = match.end()
            if match[0] in self.tokens:
                if start < match.start():
                    yield text[start : match.start()], False
                yield match[0], True
                start = place
            else:
                place = match.start() + 1
        if start < len(text):
            yield text[start:], False


def _shape(tokens: Collection[str]) -> tuple[str, str] | None:
    """How most tokens start, and a pattern for those that start and end so and do neither in between, as ``<|...>``."""
    shapes = Counter((token[:2], token[-1]) for token in tokens if len(token) > 2)
    for (start, end), _ in shapes.most_common(1):
        return start, f"{re.escape(start)}(?:(?!{re.escape(start)})[^{re.escape(end)}])*{re.escape(end)}"
    return None
