"""The text of a pack as its tokens, and the text between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator


class Splitter:
    """Splits text at tokens, as a tokenizer does that has them as special tokens."""

    def __init__(self, tokens: Iterable[str], guard: str) -> None:
        self.tokens = frozenset(tokens)
        guarded = [token for token in self.tokens if guard and token.startswith(guard)]
        others = sorted(self.tokens.difference(guarded), key=len, reverse=True)
        ends = {token[-1] for token in guarded}
        if len(ends) == 1 and all(token.count(token[-1]) == 1 for token in guarded):
            # Looking a token up beats trying thousands of alternatives.
            (end,) = map(re.escape, ends)
            alternatives = [f"{re.escape(guard)}[^{end}]*{end}", *map(re.escape, others)]
        else:
            alternatives = [re.escape(token) for token in sorted(self.tokens, key=len, reverse=True)]
        self.pattern = re.compile("|".join(alternatives) or "(?!)")

    def split(self, text: str) -> Iterator[tuple[str, bool]]:
        """The parts of a text in order, none empty, each with whether it is a token."""
        start = 0
        for match in self.pattern.finditer(text):
            if match[0] in self.tokens:
                if start < match.start():
                    yield text[start : match.start()], False
                yield match[0], True
                start = match.end()
        if start < len(text):
            yield text[start:], False
