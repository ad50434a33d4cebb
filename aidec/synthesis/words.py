"""Words that nobody uses, for names and texts."""

from __future__ import annotations

import random
from collections.abc import Collection

from aidec.lua.words import GLOBALS, KEYWORDS

CONSONANTS, VOWELS, ENDS = "bdfgklmnprstvz", "aeiou", ("", "n", "r", "s")
"""What a syllable is made of, and the ends of words."""


class Words:
    """Makes words.

    Args:
        rng: what decides.
        taken: words that are not made, beside those of Lua.
    """

    def __init__(self, rng: random.Random, taken: Collection[str] = ()) -> None:
        self.rng = rng
        self.taken: set[str] = {*KEYWORDS, *GLOBALS, *taken}

    def new(self) -> str:
        """A word of two or three syllables, which was not made before."""
        while True:
            count = self.rng.randint(2, 3)
            syllables = [self.rng.choice(CONSONANTS) + self.rng.choice(VOWELS) for _ in range(count)]
            word = "".join(syllables) + self.rng.choice(ENDS)
            if word not in self.taken:
                self.taken.add(word)
                return word
