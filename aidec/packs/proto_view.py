"""What templates see of a chunk beyond the model itself."""

from __future__ import annotations

from functools import cached_property

from aidec.bytecode import Chunk, Proto, Upvalue, jump_targets, setlist_counts


class ProtoView:
    """A function and its place in the chunk; has all the attributes of ``Proto`` too.

    Attributes:
        chunk: the chunk.
        parent: the view of the function around this one, None for the main function.
        index: its index among the functions of its parent, 0 for the main function.
        number: its number in the chunk, counted from 0 in the order of the listing: a function, then those inside it.
        depth: how many functions are around it.
        children: the views of the functions inside it.
    """

    def __init__(self, chunk: Chunk, proto: Proto, parent: ProtoView | None, index: int, number: int) -> None:
        self.chunk = chunk
        self.proto = proto
        self.parent = parent
        self.index = index
        self.number = number
        self.depth: int = parent.depth + 1 if parent else 0
        self.children: tuple[ProtoView, ...] = ()

    def __getattr__(self, name: str) -> object:
        return getattr(self.proto, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *Proto.__slots__]

    @property
    def code(self) -> memoryview:
        """The instruction words, not to be changed."""
        return memoryview(self.proto.code).toreadonly()

    @property
    def line_info(self) -> memoryview:
        """The lines, not to be changed."""
        return memoryview(self.proto.line_info).toreadonly()

    @property
    def is_main(self) -> bool:
        """Whether this is the main function."""
        return self.parent is None

    @cached_property
    def source_in_effect(self) -> bytes | None:
        """The source that Lua takes this function to have: its own, or that of the function around it."""
        if self.proto.source is None and self.parent is not None:
            return self.parent.source_in_effect
        return self.proto.source

    @property
    def has_line_info(self) -> bool:
        """Whether there is a line for each instruction, as in all that luac writes and does not strip."""
        return len(self.proto.line_info) == len(self.proto.code) > 0

    @property
    def last_line(self) -> int:
        """The line of its last instruction, where luac puts the ``end`` of a function; 0 without line info."""
        return self.proto.line_info[-1] if self.proto.line_info else 0

    @property
    def usual_num_upvalue_names(self) -> int:
        """How many upvalue names are listed when some are there: all of them; or else none."""
        return usual_num_upvalue_names(self.proto.upvalues)

    @cached_property
    def jump_targets(self) -> dict[int, int]:
        """Where its jumps lead, from pc to pc."""
        return jump_targets(self.proto.code)

    @cached_property
    def setlist_counts(self) -> frozenset[int]:
        """The pcs of words that are the operand of a SETLIST."""
        return setlist_counts(self.proto.code)


class Scopes:
    """The local variables that live at a place, while a list of them is gone through in its order.

    Args:
        end: where the function ends.

    Attributes:
        ends: where the function ends, and then those variables, to which the one that starts next is to be added.
    """

    __slots__ = ("ends",)

    def __init__(self, end: int) -> None:
        self.ends = [end]

    def end_at(self, start: int) -> int:
        """Where the last variable that still lives at a place ends; where none does, the function's end."""
        ends = self.ends
        while ends[-1] <= start and len(ends) > 1:
            ends.pop()
        return ends[-1]


def usual_num_upvalue_names(upvalues: tuple[Upvalue, ...]) -> int:
    """How many upvalue names luac lists for a function with these upvalues."""
    return len(upvalues) if any(upvalue.name is not None for upvalue in upvalues) else 0


def views(chunk: Chunk) -> list[ProtoView]:
    """The views of all functions of a chunk, by their number."""
    found: list[ProtoView] = []
    children: list[list[ProtoView]] = []
    stack: list[tuple[Proto, ProtoView | None, int]] = [(chunk.main, None, 0)]
    while stack:
        proto, parent, index = stack.pop()
        view = ProtoView(chunk, proto, parent, index, len(found))
        found.append(view)
        children.append([])
        if parent:
            children[parent.number].append(view)
        stack.extend((inner, view, i) for i, inner in reversed(list(enumerate(proto.protos))))
    for view, own in zip(found, children, strict=True):
        view.children = tuple(own)
    return found
