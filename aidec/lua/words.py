"""The words of Lua: keywords, operators, the names of the standard library; and where they stand in a source text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aidec.common.settings import load_yaml
from aidec.lua.nodes import BINARY_PRIORITY, KEYWORDS

__all__ = ["GLOBALS", "KEYWORDS", "LIBRARY", "METHODS", "OPERATORS", "lexemes", "tokens"]

_LIBRARY = load_yaml(Path(__file__).with_name("library.yaml"))

OPERATORS: tuple[str, ...] = (
    *[operator for operator in BINARY_PRIORITY if len(operator) > 1 and not operator.isalpha()],
    "::",
    "...",
)
"""Operators and other signs of more than one character, which could be split."""

LIBRARY: tuple[str, ...] = tuple(
    dict.fromkeys(chain(*_LIBRARY.values(), [name for name in _LIBRARY if name not in ("globals", "metamethods")]))
)
"""The names of the standard library, each once."""

GLOBALS = frozenset(
    [*_LIBRARY["globals"], *[name for name in _LIBRARY if name not in ("globals", "metamethods", "file")]]
)
"""The global variables of the standard library."""

METHODS = frozenset([*_LIBRARY["string"], *_LIBRARY["file"]])
"""The methods of strings and files."""

# Reference Manual §3.1; llex.c: llex, read_string, read_numeral; lauxlib.c: skipcomment. Comments and strings are
# passed over whole, up to the end of the text or the line where nothing closes them.
_FORMS = rb"""
        (?P<start>\A(?:\xEF\xBB\xBF(?:\#[^\n]*)?|\#[^\n]*))  # byte order mark, first line for a shell
      | (?P<comment>--\[(?P<c>=*)\[.*?(?:\](?P=c)\]|\Z) | --[^\r\n]*)
      | \[(?P<s>=*)\[.*?(?:\](?P=s)\]|\Z)            # long string
      | "(?:[^"\\\r\n]|\\z\s*|\\\r\n|\\\n\r|\\.|\\\Z)*"?
      | '(?:[^'\\\r\n]|\\z\s*|\\\r\n|\\\n\r|\\.|\\\Z)*'?
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | 0[xX](?:[0-9a-fA-F.]|[pP][+-]?)* | \.?[0-9](?:[eE][+-]?|[0-9a-fA-F.])*
      | (?P<operator>\.\.\.?|==|~=|<=|>=|//|<<|>>|::)
"""
_LEXEME = re.compile(_FORMS, re.DOTALL | re.VERBOSE)
_TOKEN = re.compile(_FORMS + rb"| \[=+ | \S", re.DOTALL | re.VERBOSE)


def lexemes(source: bytes) -> Iterator[tuple[str, int, int]]:
    """The keywords, operators and identifiers of a source text, in order.

    Returns:
        For each its kind (``keyword``, ``operator``, ``identifier``), and the offsets of its first byte and of the byte
        behind it. Comments, strings, numbers and operators of one character are left out.
    """
    keywords = {word.encode() for word in KEYWORDS}
    for match in _LEXEME.finditer(source):
        kind = match.lastgroup
        if kind == "name":
            kind = "keyword" if match[0] in keywords else "identifier"
        if kind in ("keyword", "identifier", "operator"):
            yield kind, match.start(), match.end()


def tokens(source: bytes) -> Iterator[tuple[int, int]]:
    """The offsets of each token's first byte and of the byte after it, as llex.c: ``llex`` divides any text.

    Comments are no tokens. What ``llex`` refuses is one token: a string that nothing closes ends before the line break,
    or with the text if it is a long one; a malformed number may be longer than what ``llex`` reads of it.
    """
    for match in _TOKEN.finditer(source):
        if match.lastgroup not in ("start", "comment"):
            yield match.span()
