"""Other spellings of the same instructions, put into a text where the lines of a chunk show them.

A syntax tree has no parentheses that change nothing, and a decompiled one has ``if a then break end b()`` where the
original may have had ``if a then break else b() end``. But luac attributes what it emits next to the parenthesis, or to
the ``end``. So a token of the text has two lines in the chunk: its own, and that of the one that is missing.
Where no such spelling is found, a semicolon after a statement has the line.
"""

from __future__ import annotations

from collections.abc import Iterator

from aidec.bytecode import Proto, load
from aidec.bytecode.debug_info import without_lines
from aidec.common.errors import CompileError
from aidec.decompiler.places import TokenLines, lines_in, token_lines
from aidec.lua.compile import compile_source
from aidec.lua.nodes import BINARY_PRIORITY
from aidec.lua.writer import INDENT

MAX_TOKENS = 64
"""How many tokens have several lines at most, for these to be taken for spellings."""

MAX_COMPILED = 200_000_000
"""How many bytes are compiled at most to find spellings."""

_OPEN, _CLOSED = (b"(", b"{", b"["), (b")", b"}", b"]")
_BORDERS = {*(b"=", b"return", b"if", b"elseif", b"while", b"until", b"in", b"then", b"do", b"else", b"local", b";")}
"""Tokens that no expression goes across, unless they stand in brackets."""

_BEFORE_VALUES = {
    *(*_OPEN, b",", b"=", b"return", b"if", b"elseif", b"while", b"until", b"in", b"not", b"#"),
    *(operator.encode() for operator in BINARY_PRIORITY),
}
"""Tokens that an expression may follow."""

_BLOCK_OPENS, _BLOCK_ENDS = {b"do", b"then", b"function", b"repeat"}, {b"end", b"until"}

_Edit = tuple[int, int, bytes]
"""The offsets of a first byte and of the byte after the last, and what stands in their place."""


def respelled(ours: TokenLines, main: Proto) -> TokenLines:
    """A source text with those spellings that a chunk shows, and that change no instruction.

    Args:
        ours: the text.
        main: the main function of the chunk.
    """
    excess = _excess(ours, main)
    if not 0 < len(excess) <= MAX_TOKENS:
        return ours
    code = compile_source(ours.source, strip=True)
    trials = MAX_COMPILED // len(ours.source)
    waiting = [edits for last in excess for edits in _spellings(ours, last)]
    while waiting and trials:
        trials -= 1
        text = _edited(ours.source, waiting.pop(0))
        if not _compiles_to(text, code):
            continue
        changed = token_lines(text)
        left = _excess(changed, main)
        if sum(left.values()) < sum(excess.values()):
            ours, excess = changed, left
            waiting = [edits for last in excess for edits in _spellings(ours, last)]
    return ours


def _excess(ours: TokenLines, main: Proto) -> dict[int, int]:
    """For the tokens that have more than one line in a chunk, how many more."""
    return {token: len(lines) - 1 for token, lines in sorted(lines_in(main, ours).items()) if len(lines) > 1}


def _spellings(ours: TokenLines, last: int) -> Iterator[list[_Edit]]:
    """Edits that have a token come after one that has two lines."""
    end = ours.tokens[last][1]
    for first in _starts(ours, last):
        start = ours.tokens[first][0]
        yield [(start, start, b"("), (end, end, b")")]
    for number in _ends(ours, last):
        yield _with_else(ours, number, last)
    yield [(end, end, b";")]


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


def _ends(ours: TokenLines, last: int) -> list[int]:
    """Where conditional jumps end before a token that is the last of a block, in that block; the last one first.

    After ``if a then break`` and ``if a then goto b`` luac has no jump over an else part (lparser.c: test_then_block).
    """
    if last + 1 < len(ours.tokens) and ours.text(last + 1) not in {*_BLOCK_ENDS, b"else", b"elseif"}:
        return []
    found: list[int] = []
    depth = 0
    for number in range(last, -1, -1):
        text = ours.text(number)
        jumps = number < last and (ours.text(number - 1) == b"break" or ours.text(number - 2) == b"goto")
        if depth == 0 and text == b"end" and jumps:
            found.append(number)
        if text in _BLOCK_ENDS or text == b"elseif":  # whose "then" opened none of its own
            depth += 1
        elif text in _BLOCK_OPENS:
            depth -= 1
        if depth < 0 or (depth == 0 and text == b"else"):
            break
    return found


def _with_else(ours: TokenLines, end: int, last: int) -> list[_Edit]:
    """The edits that make what comes after an ``end``, up to a token, an else part."""
    edits = [(*ours.tokens[end], b"else")]
    for number in range(end + 1, last + 1):
        start = ours.tokens[number][0]
        if b"\n" in ours.source[ours.tokens[number - 1][1] : start]:
            edits.append((start, start, INDENT.encode()))
    start, behind = ours.tokens[end][0], ours.tokens[last][1]
    indentation = ours.source[ours.source.rfind(b"\n", 0, start) + 1 : start]
    return [*edits, (behind, behind, b"\n" + (indentation if not indentation.strip() else b"") + b"end")]


def _edited(source: bytes, edits: list[_Edit]) -> bytes:
    pieces = []
    last = 0
    for start, end, text in edits:
        pieces += [source[last:start], text]
        last = end
    return b"".join([*pieces, source[last:]])


def _compiles_to(source: bytes, code: bytes) -> bool:
    """Whether a text has the instructions of a stripped chunk, whatever its lines are."""
    try:
        found = compile_source(source, strip=True)
    except CompileError:
        return False
    return found == code or without_lines(load(found)) == without_lines(load(code))
