"""Presets: YAML files that say what a tokenizer is trained as, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aidec.common.errors import TokenizerError
from aidec.common.settings import Conf
from aidec.common.shipped import shipped_names, shipped_or_own

SHIPPED = Path(__file__).with_name("presets")
MODELS = ("byte_level", "byte_fallback")
PLACES = ("first", "last")
ROLES = ("bos_token", "eos_token", "unk_token", "pad_token")


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset.

    Attributes:
        name: the file's name without ``.yaml``.
        description: one line for people.
        model: ``byte_level``: tokens are made of bytes. ``byte_fallback``: tokens are made of characters, and a
            character without a token becomes a token for each of its bytes, as in SentencePiece.
        pattern: a regular expression that matches pre-tokens: no token reaches from one into the next.
        vocab_size: the number of tokens by default, special tokens included.
        alphabet_size: the number of characters that have a token, the most frequent ones; for ``byte_fallback``.
        special_tokens: the special tokens in the order of their ids.
        place: whether special tokens have the ``first`` ids or the ``last``.
        roles: special tokens by their names in transformers (``ROLES``).
        chat: the chat format that is saved with the tokenizer; empty for none.
        keeps_words: whether Lua's keywords, its operators and the names of its library are each kept in one token.
        prefixes: the characters that the pattern joins to the word after them.
    """

    name: str
    description: str
    model: str
    pattern: str
    vocab_size: int
    alphabet_size: int
    special_tokens: tuple[str, ...]
    place: str
    roles: dict[str, str]
    chat: str
    keeps_words: bool
    prefixes: tuple[str, ...]


def preset_names() -> list[str]:
    """The names of the presets that ship, sorted."""
    return shipped_names(SHIPPED)


def load_preset(preset: str) -> Preset:
    """The preset of a name, or of the path of a user's YAML file.

    Raises:
        TokenizerError: there is no such preset, or its file is malformed; the text names the line.
    """
    path = shipped_or_own(preset, SHIPPED, "preset", TokenizerError)
    conf = Conf(path, TokenizerError)
    special_tokens = conf.texts("special_tokens")
    loaded = Preset(
        name=path.stem,
        description=conf.text("description"),
        model=conf.choice("model", MODELS),
        pattern="|".join(conf.texts("pattern")),
        vocab_size=conf.number("vocab_size"),
        alphabet_size=conf.number("alphabet_size", default=0),
        special_tokens=special_tokens,
        place=conf.choice("place", PLACES, default="last"),
        roles={role: token for role in ROLES if (token := conf.choice(role, special_tokens, default=""))},
        chat=conf.text("chat", default=""),
        keeps_words=conf.flag("keeps_words", default=False),
        prefixes=conf.texts("prefixes"),
    )
    conf.refuse_the_rest()
    return loaded
