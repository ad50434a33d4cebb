"""Text as special tokens, and the text between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator


class Splitter:
    """Splits text at tokens, as tokenizers find them: at the first place where any fits, the longest."""

    def __init__(self, tokens: Collection[str]) -> None:
        self.tokens = frozenset(tokens)
        alternatives = [re.escape(token) for token in sorted(self.tokens, key=len, reverse=True)]
        self.pattern = re.compile(_as_one_shape(self.tokens) or "|".join(alternatives) or "(?!)")

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


def _as_one_shape(tokens: Collection[str]) -> str | None:
    """A pattern for tokens of which nearly all start and end alike, as ``<|...>`` does.

    Such text can be looked up, which beats trying thousands of alternatives one by one.
    """
    shapes = Counter((token[:2], token[-1]) for token in tokens if len(token) > 2)
    for (start, end), _ in shapes.most_common(1):
        shaped = {token for token in tokens if token.find(start, 1) < 0 and token.find(end) == len(token) - 1}
        others = sorted((token for token in tokens if token not in shaped or token[:2] != start), key=len, reverse=True)
        if not any(other.startswith(start) or start.startswith(other) for other in others):
            shape = f"{re.escape(start)}(?:(?!{re.escape(start)})[^{re.escape(end)}])*{re.escape(end)}"
            return "|".join([shape, *map(re.escape, others)])
    return None
