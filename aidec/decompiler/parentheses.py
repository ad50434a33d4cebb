"""Parentheses that change nothing but the lines of a chunk, put back where its debug information shows them.

A syntax tree has no parentheses that change nothing. But luac attributes what it emits after an expression to the
parenthesis that closes it, so that a chunk has two lines for the last token of the expression: its own, and that one's.
"""

from __future__ import annotations

from aidec.bytecode import Proto
from aidec.common.errors import CompileError
from aidec.decompiler.places import TokenLines, lines_in, token_lines
from aidec.lua.compile import compile_source
from aidec.lua.nodes import BINARY_PRIORITY

MAX_TOKENS = 16
"""How many tokens have several lines at most, for these to be taken for parentheses."""

MAX_COMPILED = 10_000_000
"""How many bytes are compiled at most to find parentheses."""

_OPEN, _CLOSED = (b"(", b"{", b"["), (b")", b"}", b"]")
_BORDERS = {*(b"=", b"return", b"if", b"elseif", b"while", b"until", b"in", b"then", b"do", b"else", b"local", b";")}
"""Tokens that no expression goes across, unless they stand in brackets."""

_BEFORE_VALUES = {
    *(*_OPEN, b",", b"=", b"return", b"if", b"elseif", b"while", b"until", b"in", b"not", b"#"),
    *(operator.encode() for operator in BINARY_PRIORITY),
}
"""Tokens that an expression may follow."""


def with_parentheses(ours: TokenLines, main: Proto) -> TokenLines:
    """A source text with the parentheses that a chunk shows, and that change no instruction.

    Args:
        ours: the text.
        main: the main function of the chunk.
    """
    excess = _excess(ours, main)
    if not 0 < len(excess) <= MAX_TOKENS:
        return ours
    code = compile_source(ours.source, strip=True)
    trials = MAX_COMPILED // len(ours.source)
    waiting = [(first, last) for last in excess for first in _starts(ours, last)]
    while waiting and trials:
        first, last = waiting.pop(0)
        start, end = ours.tokens[first][0], ours.tokens[last][1]
        text = b"".join([ours.source[:start], b"(", ours.source[start:end], b")", ours.source[end:]])
        trials -= 1
        if not _compiles_to(text, code):
            continue
        changed = token_lines(text)
        left = _excess(changed, main)
        if sum(left.values()) < sum(excess.values()):
            ours, excess = changed, left
            waiting = [(first, last) for last in excess for first in _starts(ours, last)]
    return ours


def _excess(ours: TokenLines, main: Proto) -> dict[int, int]:
    """For the tokens that have more than one line in a chunk, how many more."""
    return {token: len(lines) - 1 for token, lines in sorted(lines_in(main, ours).items()) if len(lines) > 1}


def _starts(ours: TokenLines, last: int) -> list[int]:
    """The tokens that may begin an expression which ends with a token, the outermost first."""
    found = []
    depth = 0
    for number in range(last, 0, -1):
        text = ours.text(number)
        if text in _CLOSED:
            depth += 1
        elif text in _OPEN:
            depth -= 1
        if depth < 0 or (depth == 0 and text in _BORDERS):
            break
        if depth == 0 and ours.text(number - 1) in _BEFORE_VALUES:
            found.append(number)
    return found[::-1]


def _compiles_to(source: bytes, code: bytes) -> bool:
    try:
        return compile_source(source, strip=True) == code
    except CompileError:
        return False
