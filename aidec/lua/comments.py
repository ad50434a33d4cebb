"""Comments to the nodes that they stand at.

A comment belongs to the innermost block or table around it. There it stands behind a statement or a field that ends in
its line, else before the next one; one inside a statement or a field stands before it. An empty line is kept as an
empty comment, but not at the start or the end of a block.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import cast

from aidec.lua.node import Comments, Node, Place
from aidec.lua.nodes import Block, Table


def attach(hosts: list[Block | Table], source: bytes, comments: list[tuple[int, int]], lines: list[int]) -> None:
    """Put comments and empty lines at the nodes of a tree.

    Args:
        hosts: the blocks and tables of the tree, each with its place.
        source: the text that the tree was made of.
        comments: where the comments start and end, in order.
        lines: where the lines start.
    """
    hosts.sort(key=lambda host: (_place(host).start, -_place(host).end))
    inside: dict[Node, list[tuple[int, int]]] = {}
    around: list[Node] = []
    waiting = iter([*hosts, None])
    following = next(waiting)
    for start, end in comments:
        while following is not None and _place(following).start <= start:
            around.append(following)
            following = next(waiting)
        while _place(around[-1]).end <= start:
            around.pop()
        inside.setdefault(around[-1], []).append((start, end))
    for host in hosts:
        _Host(host, source, lines).attach(inside.get(host, []))


class _Host:
    """A block or a table, with the statements or fields inside it."""

    def __init__(self, host: Node, source: bytes, lines: list[int]) -> None:
        self.host = host
        self.elements = list(host.children())
        self.source = source
        self.lines = lines

    def attach(self, comments: list[tuple[int, int]]) -> None:
        before: list[bytes] = []
        last = 0  # the line where what stands before ends; 0 at the start
        elements = iter([*self.elements, None])
        element = next(elements)
        behind: Node | None = None
        for start, end in comments:
            while element is not None and _place(element).end <= start:
                last = self._close(element, before, last)
                before, behind, element = [], element, next(elements)
            line = self._line(start)
            text = self._text(start, end)
            is_inside = element is not None and _place(element).start <= start
            if not is_inside and not before and behind is not None and line == self._line(_place(behind).end - 1):
                _comments(behind).after.append(text)
            elif not is_inside and not before and behind is None and line == self._line_of_opener():
                _comments(self.host).before.append(text)
            else:
                if last and line > last + 1 and not is_inside:
                    before.append(b"")
                before.append(text)
            if not is_inside:
                last = self._line(end - 1)
        while element is not None:
            last = self._close(element, before, last)
            before, element = [], next(elements)
        if before:
            _comments(self.host).after += before

    def _close(self, element: Node, before: list[bytes], last: int) -> int:
        """Give an element what stands before it; returns the line where it ends."""
        place = _place(element)
        if last and place.line > last + 1:
            before.append(b"")
        if before:
            _comments(element).before += before
        return self._line(place.end - 1)

    def _line_of_opener(self) -> int:
        """The line of the word or sign that opens the host; 0 for a whole file, which nothing opens."""
        start = _place(self.host).start
        return self._line(start if isinstance(self.host, Table) else start - 1)

    def _line(self, offset: int) -> int:
        return bisect_right(self.lines, offset)

    def _text(self, start: int, end: int) -> bytes:
        text = self.source[start:end]
        return text.replace(b"\r\n", b"\n").replace(b"\n\r", b"\n").replace(b"\r", b"\n").rstrip()


def _place(node: Node) -> Place:
    return cast("Place", node.place)


def _comments(node: Node) -> Comments:
    if node.comments is None:
        node.comments = Comments()
    return node.comments
