"""What a tokenizer loses of text, found by encoding short texts and decoding them again."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

from aidec.common.errors import TokenizerError


class Roundtrip(Protocol):
    """What is tried: a ``Tokenizer``, which imports this module."""

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special."""

    def decode_bytes(self, ids: Any) -> bytes:
        """The bytes of ids."""


CHARACTERS = string.ascii_letters + string.digits + string.punctuation + "éüñčøØÉ日本я€🙂\x00\x07"
WHITE_SPACE = ("a b", "a  b", "a   b", "f(x) + 1", "a\nb", "a\n\nb", "\n a", "a\tb", "a\r\nb", "a \n", "a\n    b\n")


RARE: dict[str, tuple[str, Callable[[str], bool]]] = {
    "a space at the start": (" x", lambda text: text.startswith(" ")),
    "U+2581": ("x\u2581x", lambda text: "\u2581" in text),
    "text that is not NFC": ("xe\u0301x", lambda text: not unicodedata.is_normalized("NFC", text)),
    "text that is not NFKC": ("x\ufb01x", lambda text: not unicodedata.is_normalized("NFKC", text)),
}
"""What tokenizers lose that keep all other text: a text to try, and what tells texts that have it."""


def rare_losses(tokenizer: Roundtrip) -> tuple[str, ...]:
    """What is lost of texts that are rare in Lua, by the names of ``RARE``."""
    return tuple(name for name, (text, _) in RARE.items() if round_trip(tokenizer, text) != text)


def losses(tokenizer: Roundtrip) -> tuple[str, ...]:
    """What is lost: ``upper case``, ``accents``, ``white space``, ``characters without a token``, and bytes.

    What only rare texts lose is not among it: see ``rare_losses``.
    """
    found: dict[str, None] = {}
    for char in CHARACTERS:
        if (back := round_trip(tokenizer, f"x{char}x")) is None or back != f"x{char}x":
            found[_reason(char, back)] = None
    if any(round_trip(tokenizer, text) != text for text in WHITE_SPACE):
        found["white space"] = None
    if round_trip(tokenizer, "x\udcffx") is None:
        found["bytes that are not UTF-8"] = None
    return tuple(found)


def round_trip(tokenizer: Roundtrip, text: str) -> str | None:
    """What a text becomes; None if it can't be encoded."""
    try:
        return tokenizer.decode_bytes(tokenizer.encode_ordinary(text)).decode(errors="surrogateescape")
    except TokenizerError:
        return None


def _reason(char: str, back: str | None) -> str:
    """How a character is lost that became another text."""
    text = (back or "").replace(" ", "")
    plain = unicodedata.normalize("NFD", char)[0]
    if char != char.lower() and text == f"x{char.lower()}x":
        return "upper case"
    if char != plain and text in (f"x{plain}x", f"x{plain.lower()}x"):
        return "accents"
    return "white space" if text == f"x{char}x" else "characters without a token"
