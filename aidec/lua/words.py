"""The words of Lua: keywords, operators, the names of the standard library; and where they stand in a source text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aidec.common.settings import load_yaml

_WORDS = load_yaml(Path(__file__).with_name("words.yaml"))

KEYWORDS: tuple[str, ...] = tuple(_WORDS["keywords"])
OPERATORS: tuple[str, ...] = tuple(_WORDS["operators"])
"""Those of more than one character."""

LIBRARY: tuple[str, ...] = tuple(
    dict.fromkeys(
        chain(
            *_WORDS["library"].values(), [name for name in _WORDS["library"] if name not in ("globals", "metamethods")]
        )
    )
)
"""The names of the standard library, each once."""

# Reference Manual §3.1; llex.c: read_string; lauxlib.c: skipcomment. Comments and strings are passed over whole.
_LEXEME = re.compile(
    rb"""\A(?:\xEF\xBB\xBF)?\#[^\n]*                  # first line for a shell
      | --\[(?P<c>=*)\[.*?(?:\](?P=c)\]|\Z)          # long comment
      | --[^\n]*
      | \[(?P<s>=*)\[.*?(?:\](?P=s)\]|\Z)            # long string
      | "(?:[^"\\\r\n]|\\z\s*|\\\r\n|\\\n\r|\\.)*"?
      | '(?:[^'\\\r\n]|\\z\s*|\\\r\n|\\\n\r|\\.)*'?
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | 0[xX](?:[0-9a-fA-F.]|[pP][+-]?)+ | \.?[0-9](?:[0-9.]|[eE][+-]?)*
      | (?P<operator>\.\.\.?|==|~=|<=|>=|//|<<|>>|::)
    """,
    re.DOTALL | re.VERBOSE,
)


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
