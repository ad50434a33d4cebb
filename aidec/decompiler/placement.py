"""Source text laid out on given lines: those that the debug information of a chunk has.

Each line that a chunk has is that of a token (``places``). Between two tokens whose lines are given, line breaks go
where the canonical layout has them, as far as there are lines for them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aidec.bytecode import Proto
from aidec.decompiler.places import START, Span, lines_in, token_lines
from aidec.decompiler.spellings import respelled
from aidec.lua.literals import spell_in_quotes, string_value
from aidec.lua.nodes import BINARY_PRIORITY
from aidec.lua.writer import INDENT

MAX_LINE, LINES_A_TOKEN = 1_000_000, 10
"""The greatest line that is obeyed, and how much greater it is for each token: a chunk may say anything."""

_OPENING, _CLOSING = (b"(", b"{", b"["), (b")", b"}", b"]")
_ENDS = {b"end", b"else", b"elseif", b"until"}
_OPERATORS = {*(operator.encode() for operator in BINARY_PRIORITY), b".", b":"}
_COMMENT = re.compile(rb"--\[(=*)\[.*?\]\1\]|--[^\n]*", re.DOTALL)


def placed(source: bytes, main: Proto) -> bytes:
    """A source text with the same tokens, on the lines that a chunk has for them.

    Compiled, it has the lines of the chunk if its syntax tree is that of the text which the chunk was compiled from.
    Parentheses, and else parts after a ``break``, that change nothing but lines are put back (`spellings`). Where lines
    contradict each other, the layout is the nearest: a token has the line of most of its instructions, and of the
    tokens whose lines would go back as few as can be have another line. A chunk without debug information has the lines
    where functions begin and end. Comments move no line: they stand in lines that are free, at ends of lines, or at the
    end; those of several lines are left out.

    Args:
        source: a text in the canonical layout.
        main: the main function of the chunk.

    Raises:
        CompileError: the text is not Lua 5.3.
    """
    ours = respelled(token_lines(source), main)
    layout = _Layout(ours.source, ours.tokens)
    last, line = START, 1
    most = MAX_LINE + LINES_A_TOKEN * len(ours.tokens)
    for token, wish in _rising(_wishes(lines_in(main, ours), most)):
        layout.spread(last + 1, token, wish - line)
        last, line = token, wish
    layout.end(last + 1)
    return b"".join(_Text(layout).pieces())


def _wishes(lines: dict[int, dict[int, int]], most: int) -> Iterator[tuple[int, int]]:
    """The tokens that have a line, ``most`` at most, in their order, with the line that they have most often."""
    for token, found in sorted(lines.items()):
        line, _ = min(found.items(), key=lambda item: (-item[1], item[0]))
        if 0 < line <= most:
            yield token, line


def _rising(wishes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The tokens with their lines, without those that would have to stand above one before them: as few as can be."""
    least: list[int] = []  # the least line that ends a sequence of each length
    ends: list[int] = []  # where in `nodes` that sequence ends
    nodes: list[tuple[int, int, int]] = []  # a token, its line, and the node before it
    for token, line in wishes:
        length = bisect_right(least, line)
        nodes.append((token, line, ends[length - 1] if length else -1))
        least[length : length + 1] = [line]
        ends[length : length + 1] = [len(nodes) - 1]
    found = []
    node = ends[-1] if ends else -1
    while node >= 0:
        token, line, node = nodes[node]
        found.append((token, line))
    return found[::-1]


@dataclass(slots=True)
class _Token:
    """A token, and where it stands.

    Attributes:
        text: the token.
        gap: what the canonical layout has before it.
        indent: the indentation of its line there.
        starts_line: whether it is the first there.
        height: how many lines it goes on after that where it starts; 0 once it is to be spelled in one line.
        breaks: how many lines after the end of the token before it stands.
    """

    text: bytes
    gap: bytes
    indent: bytes
    starts_line: bool
    height: int
    breaks: int = 0


class _Layout:
    """Decides on the line of each token.

    Attributes:
        tokens: the tokens, with their lines once they were spread.
        tail: what stands after the last of them.
        openers: for the number of each closing bracket, that of the one that it closes.
    """

    def __init__(self, source: bytes, tokens: list[Span]) -> None:
        self.tokens: list[_Token] = []
        last = 0
        indent = b""
        for start, end in tokens:
            gap, text = source[last:start], source[start:end]
            line_break = gap.rfind(b"\n")
            starts_line = line_break >= 0 or not self.tokens
            if starts_line:
                indent = gap[line_break + 1 :]
            self.tokens.append(_Token(text, gap, indent, starts_line, text.count(b"\n")))
            last = end
        self.tail = source[last:]
        self.openers = self._openers()

    def _openers(self) -> dict[int, int]:
        found: dict[int, int] = {}
        open_brackets: list[int] = []
        for number, token in enumerate(self.tokens):
            if token.text in _OPENING:
                open_brackets.append(number)
            elif token.text in _CLOSING:
                found[number] = open_brackets.pop()
        return found

    def end(self, first: int) -> None:
        """Let the tokens from ``first`` on stand as in the canonical layout."""
        for token in self.tokens[first:]:
            token.breaks = int(token.starts_line and token is not self.tokens[0])

    def spread(self, first: int, last: int, room: int) -> None:
        """Place the tokens from ``first`` to ``last``, which is so many lines below the token before."""
        tokens = self.tokens
        numbers = range(first, last + 1)
        broken = [number for number in numbers if tokens[number].starts_line and number]
        for number in numbers:
            if tokens[number].height:
                room -= self._shorten(tokens[number], room - len(broken))
        if not room:
            return
        gaps = broken or self._soft(first, last)
        if len(gaps) > room:
            if broken:  # those before the outermost statements first, and of these the last
                gaps.sort(key=lambda number: (len(tokens[number].indent), tokens[number].text in _ENDS, -number))
            gaps = gaps[:room]
        for number in gaps:
            tokens[number].breaks += 1
        room -= len(gaps)
        for number in numbers:
            opener = self.openers.get(number)
            if room and opener is not None and tokens[opener + 1].breaks and not tokens[number].breaks:
                tokens[number].breaks = 1
                room -= 1
        spare = 0 if first == 0 else broken[-1] if broken else gaps[0]
        tokens[spare].breaks += room

    def _shorten(self, token: _Token, room: int) -> int:
        """How many lines a string in long brackets goes on; one that has no room is put in quotes instead."""
        if token.height > room:
            level = token.text.index(b"[", 1) + 1
            if (
                token.height - 1 == room > 0
                and token.text[level : level + 1] == b"\n" != token.text[level + 1 : level + 2]
            ):
                token.text = token.text[:level] + token.text[level + 1 :]  # a line break that is no part of the string
            else:
                token.text = spell_in_quotes(string_value(token.text)).encode("latin-1")
            token.height = token.text.count(b"\n")
        return token.height

    def _soft(self, first: int, last: int) -> list[int]:
        """Where lines can be broken from ``first`` to ``last``, if the canonical layout does nowhere."""
        tokens = self.tokens
        inside = [
            number
            for number in range(max(first, 1), last + 1)
            if (tokens[number - 1].text in (*_OPENING, b",") or tokens[number].text in _CLOSING)
            and self.openers.get(number) != number - 1
        ]
        if inside or first == 0:
            return inside or [0]
        around = [
            number
            for number in range(max(first, 1), last + 1)
            if tokens[number].text in _OPERATORS or tokens[number - 1].text in _OPERATORS
        ]
        return around or [last]


@dataclass(slots=True)
class _Text:
    """Writes the tokens of a layout.

    Attributes:
        layout: the layout.
        waiting: comments that had no place yet.
    """

    layout: _Layout
    waiting: list[bytes] = field(default_factory=list)

    def pieces(self) -> Iterator[bytes]:
        """The text in pieces."""
        before = b""
        for token in self.layout.tokens:
            yield self._gap(before, token)
            yield token.text
            before = token.text
        rest = self.waiting + _comments(self.layout.tail)
        yield b"\n".join([*([b""] if before else []), *rest, b""])

    def _gap(self, before: bytes, token: _Token) -> bytes:
        """What stands between a token and the one before; ``before`` is empty at the start of the text."""
        comments = self.waiting + _comments(token.gap)
        self.waiting = []
        if not token.breaks:
            self.waiting = comments
            return _blank(before, token)
        free = token.breaks - 1 if before else token.breaks
        follows = bool(before and comments) and b"\n" not in token.gap.partition(b"--")[0]
        num_behind = max(len(comments) - free, int(follows))
        behind, above = comments[:num_behind], comments[num_behind:]
        if not before:
            self.waiting, behind = behind, []
        return b"".join(
            [
                *(b" " + comment for comment in behind),
                b"\n" * (token.breaks - len(above)),
                *(token.indent + comment + b"\n" for comment in above),
                _indentation(token),
            ]
        )


def _blank(before: bytes, token: _Token) -> bytes:
    """What stands between two tokens of a line."""
    if not token.starts_line and b"--" not in token.gap:
        return token.gap
    return b"" if before in (b"", *_OPENING) or token.text in _CLOSING else b" "


def _indentation(token: _Token) -> bytes:
    """The indentation of a token that starts a line."""
    return token.indent + (b"" if token.starts_line or token.text in _CLOSING else INDENT.encode())


def _comments(gap: bytes) -> list[bytes]:
    """The comments between two tokens, without those of several lines."""
    return [match[0].rstrip() for match in _COMMENT.finditer(gap) if b"\n" not in match[0]] if gap.strip() else []
