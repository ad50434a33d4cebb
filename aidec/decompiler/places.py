"""Where in a source text each instruction comes from, as luac itself attributes it.

luac writes a line for each instruction: that of the token read last, or that of another one, such as the operator
(lcode.c: luaK_code, luaK_fixline). So a copy of the text with each token in a line of its own is compiled, whose lines
are tokens. Nothing of luac is modelled.

    >>> source = b"local a = b.c"
    >>> [source[start:end] for start, end in instruction_spans(source)[()]]
    [b'b', b'c', b'c']
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aidec.bytecode import Proto, load
from aidec.lua.compile import compile_source
from aidec.lua.lines import LINE_BREAK
from aidec.lua.words import tokens

Span = tuple[int, int]
"""The offsets of a first byte and of the byte after the last."""

Path = tuple[int, ...]
"""The way to a function: an index into ``protos``, from the main function inwards."""

START = -1
"""In place of the number of a token: the start of the text. It is where a ``goto`` stands that no token precedes."""


@dataclass(frozen=True, slots=True)
class TokenLines:
    """A source text, compiled with each token in a line of its own.

    Attributes:
        source: the text.
        tokens: the tokens of the text.
        main: what it compiles to; its lines are those of the copy.
        numbers: the number of the token that ends in a line of the copy; None where that is the line less 2.
    """

    source: bytes
    tokens: list[Span]
    main: Proto
    numbers: dict[int, int] | None

    def token(self, line: int) -> int:
        """The number of the token that a line of the copy stands for, or ``START``."""
        return line - 2 if self.numbers is None else self.numbers.get(line, START)

    def text(self, token: int) -> bytes:
        """A token."""
        start, end = self.tokens[token]
        return self.source[start:end]


def token_lines(source: bytes) -> TokenLines:
    """A source text compiled with each token in a line of its own, the first in line 2.

    Raises:
        CompileError: the text is not Lua 5.3.
    """
    found = list(tokens(source))
    texts = [source[start:end] for start, end in found]
    numbers: dict[int, int] | None = None
    if any(b"\n" in text or b"\r" in text for text in texts):  # the line of a token is the one that it ends in
        numbers = {}
        line = 1
        for number, text in enumerate(texts):
            line += 1 + len(LINE_BREAK.findall(text))
            numbers[line] = number
    return TokenLines(source, found, load(compile_source(b"\n" + b"\n".join(texts))).main, numbers)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the functions of a source text, and their instructions, stand in it.

    Attributes:
        instructions: for each function, the span of the token that each instruction is attributed to.
        functions: for each function, the span from the token where it is defined (``function``, or the parenthesis
            after it) to its ``end``; for the main function that of the whole text.
    """

    instructions: dict[Path, list[Span]]
    functions: dict[Path, Span]


def find_places(source: bytes) -> Places:
    """Where the functions of a source text, and their instructions, stand in it.

    Raises:
        CompileError: the text is not Lua 5.3.
    """
    lines = token_lines(source)
    spans = [*lines.tokens, (0, 0)]  # START is the last
    instructions: dict[Path, list[Span]] = {}
    functions: dict[Path, Span] = {(): (0, len(source))}
    for path, proto in walk(lines.main):
        instructions[path] = [spans[lines.token(line)] for line in proto.line_info]
        if path:
            first, last = lines.token(proto.line_defined), lines.token(proto.last_line_defined)
            functions[path] = spans[first][0], spans[last][1]
    return Places(instructions, functions)


def instruction_spans(source: bytes) -> dict[Path, list[Span]]:
    """For each function of a source text, the span of the token that each instruction is attributed to.

    It is the token whose line luac would write for the instruction. Most often it is the last one of what the
    instruction was made of, or the one after that where luac had to see it first: a bracket, a comma, ``then``. A call
    is attributed to the first token of what is called, an operation to its operator, a closure to ``end``, and the jump
    of a ``break`` or of a loop to the token before that.

    Raises:
        CompileError: the text is not Lua 5.3.
    """
    return find_places(source).instructions


def lines_in(chunk: Proto, ours: TokenLines) -> dict[int, dict[int, int]]:
    """For each token of a text, its lines in a chunk, with how often it has them there.

    A function whose instructions differ from those in the chunk has a line for the tokens where it begins and ends
    alone. A function inside another is the one that has the same path.

    Args:
        chunk: the main function of the chunk.
        ours: the text.
    """
    found: dict[int, dict[int, int]] = {}
    functions = dict(walk(chunk))
    for path, proto in walk(ours.main):
        theirs = functions.get(path)
        if theirs is None:
            continue
        pairs = [(proto.line_defined, theirs.line_defined), (proto.last_line_defined, theirs.last_line_defined)]
        if not path:  # a main function has no such tokens
            pairs = []
        if proto.code == theirs.code:
            pairs += zip(proto.line_info, theirs.line_info, strict=False)
        for line, their_line in pairs:
            lines = found.setdefault(ours.token(line), {})
            lines[their_line] = lines.get(their_line, 0) + 1
    found.pop(START, None)
    return found


def spelled(path: Path) -> str:
    """A path as it is written: ``main.protos[0]``."""
    return "main" + "".join(f".protos[{index}]" for index in path)


def walk(main: Proto) -> Iterator[tuple[Path, Proto]]:
    """The functions of a chunk with their paths, each before those inside it."""
    waiting: list[tuple[Path, Proto]] = [((), main)]
    while waiting:
        path, proto = waiting.pop()
        yield path, proto
        waiting += [((*path, index), inner) for index, inner in enumerate(proto.protos)][::-1]
