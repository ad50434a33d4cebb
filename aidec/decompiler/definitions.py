"""Assignments of functions in place of function statements, where the lines of a chunk show them.

``function a.b() end`` and ``a.b = function() end`` are the same instructions. But luac gives the one that stores the
function the line where a function statement begins (lparser.c: funcstat), and that of ``end`` after an assignment.
"""

from __future__ import annotations

from aidec.bytecode import Proto
from aidec.decompiler.places import TokenLines, lines_in, token_lines
from aidec.lua.compile import compile_source


def with_assignments(ours: TokenLines, main: Proto) -> TokenLines:
    """A source text without those function statements that a chunk has as assignments.

    Args:
        ours: the text.
        main: the main function of the chunk.
    """
    source = ours.source
    pieces: list[bytes] = []
    last = 0
    for token, lines in sorted(lines_in(main, ours).items()):
        if len(lines) > 1 and _is_statement(ours, token):
            opener = next(number for number in range(token, len(ours.tokens)) if ours.text(number) == b"(")
            name = b"".join(map(ours.text, range(token + 1, opener)))
            receiver = b"" if b":" not in name else b"self" if ours.text(opener + 1) == b")" else b"self, "
            pieces += [source[last : ours.tokens[token][0]], name.replace(b":", b"."), b" = function(", receiver]
            last = ours.tokens[opener][1]
    changed = b"".join([*pieces, source[last:]])
    if not pieces or compile_source(changed, strip=True) != compile_source(source, strip=True):
        return ours
    return token_lines(changed)


def _is_statement(ours: TokenLines, token: int) -> bool:
    """Whether a function statement that is not local begins with a token."""
    is_local = token > 0 and ours.text(token - 1) == b"local"
    return ours.text(token) == b"function" and ours.text(token + 1) != b"(" and not is_local
