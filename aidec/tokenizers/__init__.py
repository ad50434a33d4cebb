"""Tokenizers: they are trained on Lua, extended with the tokens of packs, measured, exported, and used to encode."""

from aidec.tokenizers.tokenizer import Tokenizer

__all__ = ["Tokenizer"]
