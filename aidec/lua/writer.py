"""Text that is written piece by piece, with the lines, indentations and blanks that Lua needs between the pieces."""

from __future__ import annotations

INDENT = "    "

# Signs that would be another one together (llex.c: llex)
_JOINED = {"--", "..", "[[", "[=", "~=", "==", "<<", ">>", "<=", ">=", "//", "::"}


class TooWideError(Exception):
    """A text that does not fit in a line."""


class Writer:
    """Writes text to lines.

    Attributes:
        out: the text so far, of which each character is a byte.
        column: the bytes in the line so far.
        level: the number of indentations of the next line.
        last: the character before; a line break at the start of a line.
        after_callable: whether "(" would call what stands before.
    """

    def __init__(self, room: int | None = None) -> None:
        """Write to lines; or, with ``room``, to one line of at most so many bytes."""
        self.out: list[str] = []
        self.room = room
        self.column = self.level = 0
        self.last = "\n"
        self.after_number = False
        self.after_callable = False

    def new_line(self) -> None:
        """End the line, unless nothing stands in it."""
        if self.room is not None:
            raise TooWideError
        if self.last != "\n":
            if self.last == " ":
                self.out[-1] = self.out[-1].rstrip(" ")
            self.out.append("\n")
            self.last, self.column = "\n", 0

    def comment(self, text: str) -> None:
        """Write a comment, with a blank before it, or an empty line; they change nothing for what stands around."""
        if not text:
            self.out.append("\n")
            return
        after_callable = self.after_callable
        self.write(text if self.last in " \n" else " " + text)
        self.after_callable = after_callable

    def write(self, text: str) -> None:
        """Write text behind what was written, with a blank between where they would be read as one."""
        if self.last == "\n":
            indent = INDENT * self.level
            self.out.append(indent)
            self.column = len(indent)
        elif self.sticks(text[0]):
            self.out.append(" ")
            self.column += 1
        self.out.append(text)
        self.last = text[-1]
        self.after_number = False
        self.after_callable = text.rstrip(" ").endswith((")", "]"))
        line_break = text.rfind("\n")
        self.column = self.column + len(text) if line_break < 0 else len(text) - line_break - 1
        if self.room is not None and (self.column > self.room or line_break >= 0):
            raise TooWideError

    def sticks(self, first: str) -> bool:
        """Whether a text that begins so would be read as one with the text before."""
        if first.isalnum() or first == "_":
            return self.last.isalnum() or self.last == "_" or self.after_number
        return self.last + first in _JOINED or (self.after_number and first == ".")

    def literal(self, text: str, *, is_number: bool = False, is_callable: bool = False) -> None:
        """Write text that is no spelling: its blanks are its own."""
        self.write(text)
        self.after_number, self.after_callable = is_number, is_callable
