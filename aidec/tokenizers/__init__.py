"""Tokenizers: trained on Lua, extended with a pack's tokens, measured, and exported."""

from aidec.tokenizers.tokenizer import Tokenizer

__all__ = ["Tokenizer"]
