"""What all nodes of a syntax tree have: their place in the text, comments, walking, equality and a copy.

Nothing here calls itself for the nodes inside a node: ``a .. b .. c`` and ``f()()()`` nest as deep as they are long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

from aidec.bytecode.model import exact


class Place(NamedTuple):
    """Where a node stands in its text: ``text[start:end]``.

    Attributes:
        start, end: offsets in bytes.
        line: the line of the first byte, counted from 1 as luac does (llex.c: ``inclinenumber``).
        column: the first byte, counted from 1 in its line.
    """

    start: int
    end: int
    line: int
    column: int


class Slot(NamedTuple):
    """A field in the spelling of a node.

    Attributes:
        name: the field's name.
        kind: its type as ``grammar.yaml`` has it, without ``?``, ``*`` and ``+``.
        separator: what stands between the elements of a list; None for a field that is no list.
    """

    name: str
    kind: str
    separator: str | None = None


class Option(NamedTuple):
    """Pieces of a spelling that are left out where the first field among them is None or an empty list.

    Attributes:
        name: that field's name.
        pieces: texts and slots.
    """

    name: str
    pieces: tuple[str | Slot, ...]


Piece = str | Slot | Option


@dataclass(slots=True)
class Comments:
    """The comments at a node, each as it stands in the text, ``--`` and all; an empty one is an empty line.

    Attributes:
        before: those on lines before a statement or a field; for a block and a table, the one behind its first word.
        after: those behind a statement or a field in its line; for a block and a table, those on lines before its end.
    """

    before: list[bytes] = field(default_factory=list)
    after: list[bytes] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Node:
    """A node of a syntax tree: plain data, which may be changed.

    Two nodes are equal if they are of one class and their fields are equal, whatever their places and comments.

    Attributes:
        place: where the node stands in the text that was parsed; None for one made in another way.
        comments: those that stand at the node; only statements, fields of tables, tables and blocks have any.
        FIELDS: the names of the fields, in the order of the text.
        SPELLED: how the node is spelled.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    SPELLED: ClassVar[tuple[Piece, ...]] = ()

    place: Place | None = field(default=None, kw_only=True, repr=False)
    comments: Comments | None = field(default=None, kw_only=True, repr=False)

    def children(self) -> Iterator[Node]:
        """The nodes right inside this one, in the order of the text."""
        for name in self.FIELDS:
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, list):
                yield from value

    def walk(self) -> Iterator[Node]:
        """This node and all inside it, in the order of the text, each before those inside it."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(list(node.children())))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        waiting = [(self, other)]
        while waiting:
            mine, theirs = waiting.pop()
            if type(mine) is not type(theirs):
                return False
            for name in mine.FIELDS:
                one, two = getattr(mine, name), getattr(theirs, name)
                if isinstance(one, Node) and isinstance(two, Node):
                    waiting.append((one, two))
                elif isinstance(one, list) and isinstance(two, list):
                    if len(one) != len(two):
                        return False
                    waiting.extend(zip(one, two, strict=True))
                elif exact(one) != exact(two):
                    return False
        return True

    __hash__ = object.__hash__


class Visitor:
    """Walks a tree and calls its methods: ``visit_While`` before what is inside a While, ``leave_While`` after it.

    A class of nodes without such methods is walked through. ``visit_...`` may return False: the nodes inside are then
    passed over, and ``leave_...`` is not called.
    """

    def walk(self, root: Node) -> None:
        """Walk a node and all inside it, in the order of the text."""
        waiting: list[tuple[Node, bool]] = [(root, False)]
        while waiting:
            node, inside_done = waiting.pop()
            name = type(node).__name__
            if inside_done:
                leave = getattr(self, f"leave_{name}", None)
                if leave is not None:
                    leave(node)
                continue
            visit = getattr(self, f"visit_{name}", None)
            if visit is not None and visit(node) is False:
                continue
            waiting.append((node, True))
            waiting.extend((child, False) for child in reversed(list(node.children())))


Replacement = Node | list[Node] | None


def rewrite(root: Node, change: Callable[[Node], Replacement]) -> Node:
    """The tree in which each node is what ``change`` returns for it, those inside a node before the node itself.

    The tree itself is changed, and the nodes that stay are the same objects. Names are not resolved again: that is
    ``names.resolve``'s.

    Args:
        root: the tree.
        change: returns the node that is to stand in a node's place: another, or the same one. Where a list stands
            around the node, such as the statements of a block, it may return a list or None (nothing).

    Raises:
        TypeError: None or a list for a node that has no list around it.
    """
    for node in reversed(list(root.walk())):
        for name in node.FIELDS:
            value = getattr(node, name)
            if isinstance(value, Node):
                setattr(node, name, _one(change(value), node, name))
            elif isinstance(value, list):
                setattr(node, name, [new for old in value for new in _many(change(old))])
    return _one(change(root), root, "root")


def _one(new: Replacement, node: Node, name: str) -> Node:
    if not isinstance(new, Node):
        raise TypeError(f"{type(node).__name__}.{name}: one node was expected, not {type(new).__name__}")
    return new


def _many(new: Replacement) -> list[Node]:
    return [] if new is None else [new] if isinstance(new, Node) else new


def copy(root: Node) -> Node:
    """A copy of a tree that shares no node with it; places are shared, since they don't change."""
    copies: dict[int, Any] = {}
    for node in reversed(list(root.walk())):
        values: dict[str, Any] = {}
        for name in (declared.name for declared in fields(node)):
            value = getattr(node, name)
            if isinstance(value, Node):
                value = copies.get(id(value), value)
            elif isinstance(value, list):
                value = [copies[id(element)] for element in value]
            elif isinstance(value, Comments):
                value = Comments(list(value.before), list(value.after))
            values[name] = value
        copies[id(node)] = type(node)(**values)
    copied: Node = copies[id(root)]
    return copied
