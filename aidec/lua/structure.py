"""The structure of a source text as tree-sitter finds it.

tree-sitter gets a text without what it reads in another way than Lua: ``"--[["`` opens a comment for it, ``global`` is
a keyword, and it stops at NUL and at bytes that are not UTF-8. So comments become blanks, strings hold nothing but
``x``, and all keep their length.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from aidec.common.errors import AidecError
from aidec.common.extras import extra
from aidec.lua.lines import LINE_BREAK, text_start

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Tree

MOST_MEMORY = 400
"""How many bytes tree-sitter takes for each byte of a text of nothing but ``;``; for each of most texts it takes 60."""

# llex.c: llex, read_long_string, read_string
_OPAQUE = re.compile(
    rb"""(?P<comment>--(?:\[(?P<c>=*)\[.*?\](?P=c)\]|[^\r\n]*))
      | (?P<string>\[(?P<s>=*)\[.*?\](?P=s)\] | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
      | (?P<name>\bglobal\b)
    """,
    re.DOTALL | re.VERBOSE,
)


def parse_structure(source: bytes, error: type[AidecError]) -> tuple[Tree, list[tuple[int, int]]]:
    """The syntax tree of tree-sitter, without comments, and where the comments start and end.

    Args:
        source: a text that Lua's compiler takes; offsets are those in it.
        error: the exception to raise.

    Raises:
        AidecError: tree-sitter is not installed, or can't parse the text; the exception is an ``error``.
        MemoryError: there may not be enough for tree-sitter.
    """
    comments: list[tuple[int, int]] = []
    begin = text_start(source)
    plain = [b" " * begin]
    for match in _OPAQUE.finditer(source, begin):
        start, end = match.span()
        plain.append(source[begin:start])
        if match.lastgroup == "comment":
            comments.append((start, end))
            plain.append(b" " * (end - start))
        elif match.lastgroup == "string":
            plain.append(b'"%b"' % (b"x" * (end - start - 2)))
        else:
            plain.append(b"x" * (end - start))
        begin = end
    plain.append(source[begin:])
    with extra("lua", "reading the syntax of Lua needs", error):
        # Without memory tree-sitter ends the process, and Python raises; untouched bytes cost nothing
        bytes(MOST_MEMORY * (len(source) + 1024))
        tree = _parser().parse(b"".join(plain))
    if tree.root_node.has_error:
        line = len(LINE_BREAK.findall(source, 0, _first_error(tree.root_node).start_byte)) + 1
        raise error(f"line {line}: the syntax can't be parsed by tree-sitter")
    return tree, comments


def _first_error(node: Node) -> Node:
    """The innermost node with an error, the first of several."""
    while inner := next((child for child in node.children if child.has_error or child.is_missing), None):
        node = inner
    return node


@lru_cache(maxsize=1)
def node_kinds() -> list[tuple[str, bool]]:
    """For each kind of tree-sitter's nodes, by its number, its name, and whether it is more than a word or a sign."""
    language = cast("Language", _parser().language)
    numbers = range(language.node_kind_count)
    return [(language.node_kind_for_id(n) or "", language.node_kind_is_named(n)) for n in numbers]


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_lua

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language()))
