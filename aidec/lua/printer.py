"""Syntax tree to source text: one canonical layout, and the shortest text.

    >>> from aidec.lua.tree import parse
    >>> print(to_source(parse("local x=((a+b))*c  f{x=1} -- done")).decode(), end="")
    local x = (a + b) * c
    f({x = 1}) -- done
    >>> minify(parse("local x=((a+b))*c  f{x=1} -- done"))
    b'local x=(a+b)*c f{x=1}'

How a node is spelled stands in ``grammar.yaml``; here stand the rules for all: parentheses, lines, blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from aidec.common.arguments import expect
from aidec.common.errors import ArgumentError
from aidec.lua.literals import spell_number, spell_string
from aidec.lua.node import Comments, Node, Option, Piece, Slot
from aidec.lua.nodes import (
    BINARY_PRIORITY,
    KEYWORDS,
    PREFIXES,
    UNARY_PRIORITY,
    Assign,
    Binary,
    Block,
    Boolean,
    Call,
    CallStatement,
    Expression,
    FunctionBody,
    Index,
    Main,
    MethodCall,
    Name,
    Number,
    Pair,
    Statement,
    String,
    Table,
    Unary,
)
from aidec.lua.writer import TooWideError, Writer

WIDTH = 100
"""The longest line, in bytes, that a table constructor is put in whole."""

_IDENTIFIER = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = {keyword.encode() for keyword in KEYWORDS}
_NEEDLESS_BLANK = re.compile(r"(?<!\w) | (?!\w)")


def to_source(node: Node, *, comments: bool = True, printed: Mapping[FunctionBody, bytes] | None = None) -> bytes:
    """The text of a tree, or of a part of one, in the canonical layout.

    For a tree of what Lua takes, the text compiles to the same bytecode but for the lines. Printing what was printed
    gives the same text again.

    Args:
        node: a tree of `tree.parse`, or one made in another way. A negative float and NaN, which no
            literal stands for, are printed as operations that result in them.
        comments: print the comments, and the empty lines between statements.
        printed: the texts of functions inside that were printed before; they keep their indentation.

    Raises:
        ArgumentError: a ``Number`` that has no room in 64 bits.
    """
    expect("node", node, Node)
    printer = _Printer(comments=comments, printed=printed)
    printer.print(node)
    text = "".join(printer.out)
    if isinstance(node, Statement | Block | Main) and text and not text.endswith("\n"):
        text += "\n"
    return _encoded(text)


def minify(node: Node) -> bytes:
    """The shortest text of a tree that compiles to the same bytecode but for the lines, in one line but for strings.

    Names stay, since the debug information has them. The text is ASCII and valid UTF-8, which strings may have.

    Raises:
        ArgumentError: as `to_source`.
    """
    expect("node", node, Node)
    printer = _Shortest()
    printer.print(node)
    return _encoded("".join(printer.out))


def _encoded(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ArgumentError(f"expected a tree whose names are ASCII, read {text[error.start]!a} in one") from None


_Operand = tuple[Expression, int, int]
"""An expression with the priority to the right of what stands before it, and to the left of what stands behind it."""


class _Comment(str):
    """A comment, or an empty line."""

    __slots__ = ()


_Step = str | Node | _Operand | int

_NEW_LINE, _DEEPER, _HIGHER, _SEPARATE, _CALLABLE = range(5)
"""Steps that are no text: a line break, a level of indentation more or less, ``;`` if "(" would call what stands
before, and that it would."""

_NONE = Comments()


class _Printer(Writer):
    """Prints by steps that wait on a stack, so that no depth of a tree is too much."""

    shortest = False

    def __init__(
        self, *, comments: bool = True, room: int | None = None, printed: Mapping[FunctionBody, bytes] | None = None
    ) -> None:
        """Print to lines; or, with ``room``, to one line of at most so many bytes."""
        super().__init__(room)
        self.comments = comments
        self.printed = printed or {}
        self.waiting: list[_Step] = []

    def print(self, step: _Step) -> None:
        """Print all that a step stands for.

        Raises:
            TooWideError: there is no room for it.
        """
        waiting = self.waiting
        waiting.append(step)
        while waiting:
            step = waiting.pop()
            if isinstance(step, _Comment):
                self.comment(step)
            elif isinstance(step, str):
                self.piece(step)
            elif isinstance(step, int):
                self.control(step)
            elif isinstance(step, tuple):
                waiting.extend(reversed(self.operand(*step)))
            else:
                waiting.extend(reversed(list(self.node(step))))

    def control(self, step: int) -> None:
        if step == _NEW_LINE:
            self.new_line()
        elif step == _SEPARATE:
            if self.after_callable:
                self.write(";")
        elif step == _CALLABLE:
            self.after_callable = True
        else:
            self.level += 1 if step == _DEEPER else -1

    def piece(self, text: str) -> None:
        """Write a piece of a spelling: its first blank is left out where one stands before, or nothing does."""
        text = text.lstrip(" ") if self.last in " \n" else text
        if text:
            self.write(text)

    def node(self, node: Node) -> Iterator[_Step]:
        """The steps that print a node."""
        match node:
            case Name() | String() | Number() | Boolean():
                self.value(node)
            case Index(object=object_, key=String(value=key)) if _is_identifier(key):
                yield from (*_prefix(object_), ".", key.decode(), _CALLABLE)
            case Pair(key=String(value=key), value=value) if _is_identifier(key):
                yield from (key.decode(), " = ", value)
            case Table():
                yield from self.table(node)
            case Block():
                yield from self.statements(node)
            case Binary() | Unary():
                yield (node, 0, 0)
            case FunctionBody() if node in self.printed:
                self.write(self.printed[node].decode("latin-1"))
            case Main():
                comments = self.of(node.body)
                yield from (*_above(comments.before), _NEW_LINE, node.body, *_above(comments.after), _NEW_LINE)
            case _:
                yield from self.spelled(node, node.SPELLED)

    def value(self, node: Name | String | Number | Boolean) -> None:
        """Write a name or a literal."""
        match node:
            case Name(name=name):
                self.literal(name, is_callable=True)
            case String(value=text):
                self.literal(spell_string(text, shortest=self.shortest))
            case Number(value=number):
                self.literal(spell_number(number, shortest=self.shortest), is_number=True)
            case Boolean(value=boolean):
                self.literal("true" if boolean else "false")

    def spelled(self, node: Node, pieces: tuple[Piece, ...]) -> Iterator[_Step]:
        """The steps of a spelling."""
        for piece in pieces:
            if isinstance(piece, str):
                yield piece
            elif isinstance(piece, Option):
                if getattr(node, piece.name) not in (None, []):
                    yield from self.spelled(node, piece.pieces)
            else:
                yield from self.slot(getattr(node, piece.name), piece)

    def slot(self, value: object, slot: Slot) -> Iterator[_Step]:
        if isinstance(value, list):
            for index, element in enumerate(value):
                if index:
                    yield slot.separator or ""
                yield element
        elif isinstance(value, Block):
            yield from self.block(value)
        elif isinstance(value, Expression) and slot.kind == "prefix":
            yield from _prefix(value)
        elif isinstance(value, str | Node):
            yield value

    def operand(self, node: Expression, before: int, behind: int) -> list[_Step]:
        """The steps that print an expression between two operators, in parentheses where it needs them.

        lparser.c: ``subexpr`` reads operators while the priority to their left is greater than that to the right of
        the operator before. ``before`` and ``behind`` are these priorities of what stands around; 0 is nothing.
        """
        if isinstance(node, Binary):
            left, right = BINARY_PRIORITY[node.operator]
            if left <= before or behind > right:
                return ["(", (node, 0, 0), ")"]
            return [(node.left, before, left), f" {node.operator} ", (node.right, right, behind)]
        is_negative = isinstance(node, Number) and spell_number(node.value).startswith("-")
        if behind > UNARY_PRIORITY and (isinstance(node, Unary) or is_negative):
            return ["(", (node, 0, 0), ")"]
        if isinstance(node, Unary):
            blank = " " if node.operator.isalpha() else ""
            return [node.operator + blank, (node.operand, UNARY_PRIORITY, behind)]
        return [node]

    def table(self, node: Table) -> Iterator[_Step]:
        """A table constructor in one line if it fits, else with a line for each field."""
        if not node.fields and node.comments is None:
            yield "{}"
            return
        flat = self.flat(node)
        if flat is not None:
            self.literal(flat)
            return
        comments = self.of(node)
        yield from ("{", *_behind(comments.before), _DEEPER)
        for field in node.fields:
            around = self.of(field)
            yield from (*_above(around.before), _NEW_LINE, field, ",", *_behind(around.after))
        yield from (*_above(comments.after), _HIGHER, _NEW_LINE, "}")

    def flat(self, node: Table) -> str | None:
        """A table constructor in one line; None if it has comments, or there is no room for it."""
        room = WIDTH - self.column if self.room is None else self.room - self.column
        printer = _Printer(comments=self.comments, room=room, printed=self.printed)
        printer.last = "{"
        try:
            if self.of(node) != _NONE:
                return None
            for index, field in enumerate(node.fields):
                if self.of(field) != _NONE:
                    return None
                if index:
                    printer.print(", ")
                printer.print(field)
        except TooWideError:
            return None
        return f"{{{''.join(printer.out)}}}" if printer.column < room - 1 else None

    def block(self, node: Block) -> Iterator[_Step]:
        """A block between its words: on lines of its own, unless it is empty."""
        comments = self.of(node)
        if node.statements or comments != _NONE:
            yield from (*_behind(comments.before), _DEEPER, _NEW_LINE, node, _NEW_LINE)
            yield from (*_above(comments.after), _NEW_LINE, _HIGHER)

    def statements(self, node: Block) -> Iterator[_Step]:
        """Each statement of a block in a line of its own."""
        for statement in node.statements:
            comments = self.of(statement)
            yield from (*_above(comments.before), _NEW_LINE)
            if _starts_with_parenthesis(statement):
                yield _SEPARATE
            yield from (statement, *_behind(comments.after))

    def of(self, node: Node) -> Comments:
        """The comments of a node that are to be printed."""
        return node.comments if node.comments is not None and self.comments else _NONE


class _Shortest(_Printer):
    """Prints without what can be left out."""

    shortest = True

    def __init__(self) -> None:
        super().__init__(comments=False)

    def new_line(self) -> None:
        """Lines are needless."""

    def piece(self, text: str) -> None:
        text = _NEEDLESS_BLANK.sub("", text)
        if text:
            self.write(text)

    def node(self, node: Node) -> Iterator[_Step]:
        match node:
            case Call(function=function, arguments=[(String() | Table()) as argument]):
                yield from (*_prefix(function), argument, _CALLABLE)
            case MethodCall(object=object_, method=method, arguments=[(String() | Table()) as argument]):
                yield from (*_prefix(object_), ":", method, argument, _CALLABLE)
            case _:
                yield from super().node(node)

    def table(self, node: Table) -> Iterator[_Step]:
        return self.spelled(node, node.SPELLED)

    def block(self, node: Block) -> Iterator[_Step]:
        return self.statements(node)


def _above(comments: list[bytes]) -> Iterator[_Step]:
    """Comments in lines of their own."""
    for comment in comments:
        yield from (_NEW_LINE, _Comment(comment.decode("latin-1")))


def _behind(comments: list[bytes]) -> Iterator[_Step]:
    """Comments in the line."""
    for comment in comments:
        yield _Comment(comment.decode("latin-1"))


def _prefix(node: Expression) -> tuple[_Step, ...]:
    """What is called or indexed, in parentheses where it needs them (lparser.c: suffixedexp)."""
    return (node,) if isinstance(node, PREFIXES) else ("(", node, ")")


def _starts_with_parenthesis(statement: Statement) -> bool:
    node: Node
    if isinstance(statement, CallStatement):
        node = statement.call
    elif isinstance(statement, Assign):
        node = statement.targets[0]
    else:
        return False
    while isinstance(node, Call | MethodCall | Index):
        node = node.function if isinstance(node, Call) else node.object
    return not isinstance(node, Name)


@lru_cache(maxsize=4096)
def _is_identifier(key: bytes) -> bool:
    return bool(_IDENTIFIER.fullmatch(key)) and key not in _KEYWORDS
