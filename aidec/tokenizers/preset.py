"""Presets: what a tokenizer is trained as, each a YAML file that says why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aidec.common.errors import TokenizerError
from aidec.common.settings import Conf
from aidec.common.shipped import shipped_names, shipped_or_own

SHIPPED = Path(__file__).with_name("presets")
MODELS = ("byte_level", "byte_fallback")
PLACES = ("first", "last")


@dataclass(frozen=True, slots=True)
class Preset:
    """What a tokenizer is trained as.

    Attributes:
        name: the file's name without ``.yaml``.
        description: one line for people.
        model: ``byte_level``: tokens are made of bytes. ``byte_fallback``: they are made of characters, and characters
            that have no token are spelled with a token for each byte, as SentencePiece does.
        pattern: the regular expression whose matches are the pieces of text that no token goes beyond.
        vocab_size: how many tokens there are by default, special tokens included.
        alphabet_size: how many characters have a token, the most frequent first; for ``byte_fallback``.
        special_tokens: the special tokens in the order of their ids.
        place: whether special tokens have the ``first`` ids or the ``last``.
        roles: what transformers calls some of them: ``bos_token``, ``eos_token``, ``unk_token``, ``pad_token``.
        chat: the chat format that is saved with the tokenizer, or an empty text.
        keeps_words: whether Lua's keywords and the names of its library are kept in one token.
        prefixes: the characters that the pattern joins to the word behind them.
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
    """The presets that ship."""
    return shipped_names(SHIPPED)


def load_preset(preset: str) -> Preset:
    """A preset by its name, or from a YAML file of the user's.

    Raises:
        TokenizerError: there is no such preset, or its file is malformed; the message names the line.
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


ROLES = ("bos_token", "eos_token", "unk_token", "pad_token")
