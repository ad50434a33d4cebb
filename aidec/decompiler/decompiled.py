"""What decompiling returns: a program, and what is proven of each of its functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

from aidec.bytecode import Proto
from aidec.common.errors import CompileError
from aidec.decompiler.constants import ConstantNumbers
from aidec.decompiler.placement import placed
from aidec.decompiler.places import Path, Places, Span, find_places
from aidec.lua.nodes import Block, FunctionBody, Main, Name
from aidec.lua.printer import to_source

PROVEN, PROVEN_WITH_DEBUG, UNPROVEN = "proven", "proven with debug information", "unproven"
"""What is known of a function: see ``DecompiledFunction.status``."""


@dataclass
class Printed:
    """The text of a program, as its functions know it.

    Attributes:
        tree: the syntax tree.
        lined: the main function of the chunk on whose lines the text is laid out; None for the canonical layout.
    """

    tree: Main
    lined: Proto | None = None

    @cached_property
    def source(self) -> bytes:
        """The text."""
        source = to_source(self.tree)
        with suppress(CompileError):  # a program of what luac did not write
            return source if self.lined is None else placed(source, self.lined)
        return source

    @cached_property
    def places(self) -> Places:
        """Where the functions that the text compiles to, and their instructions, stand; none if it does not compile."""
        try:
            return find_places(self.source)
        except CompileError:  # a program of what luac did not write
            return Places({}, {})


@dataclass(slots=True)
class DecompiledFunction:
    """A function that was decompiled.

    Attributes:
        path: the way to its proto: an index into ``protos``, from the main function inwards.
        proto: the function.
        upvalues: the names of its upvalues.
        tree: its parameters and its statements.
        difference: how what the tree compiles to differs from the function; None if it does not: it is proven.
        has_debug: whether the debug information is the same, too: names, scopes and lines.
        num_readings: how often it was read.
        num_steps: how many instructions were read for that.
        transcribed: why the tree stands for the function instruction by instruction; None if it does not.
        inside: the functions right inside it.
        text: its tree as it was printed for the functions around it; None if it was not printed, or was changed.
        numbers: where the functions of its chunk use their constants.
        printed: the program that it is a part of, and place: the way to it in what that compiles to. It is another than
            the path if functions are left out, which nothing makes.
    """

    path: tuple[int, ...]
    proto: Proto
    upvalues: list[str]
    tree: FunctionBody = field(default_factory=lambda: FunctionBody([], Block([])), repr=False)
    difference: str | None = None
    has_debug: bool = False
    num_readings: int = 0
    num_steps: int = 0
    transcribed: str | None = None
    inside: list[DecompiledFunction] = field(default_factory=list, repr=False)
    text: bytes | None = field(default=None, repr=False, compare=False)
    numbers: ConstantNumbers = field(default_factory=ConstantNumbers, repr=False, compare=False)
    printed: Printed | None = field(default=None, repr=False, compare=False)
    place: Path = field(default=(), repr=False, compare=False)

    @property
    def is_proven(self) -> bool:
        """Whether it compiles to the same bytecode."""
        return self.difference is None

    @property
    def status(self) -> str:
        """``proven``, ``proven with debug information``, or ``unproven``."""
        if not self.is_proven:
            return UNPROVEN
        return PROVEN_WITH_DEBUG if self.has_debug else PROVEN

    @property
    def spans(self) -> list[Span] | None:
        """For each instruction, the offsets in ``Decompiled.source`` of the token that it comes from.

        It is the token whose line luac writes for the instruction: see `places.instruction_spans`. None if the function
        is not proven: the source has other instructions then. The program is compiled when this is asked for first.
        """
        return self.printed.places.instructions.get(self.place) if self.printed is not None and self.is_proven else None

    @property
    def prefix(self) -> str:
        """What the names of its variables begin with; the register follows."""
        return "l" + "_".join(map(str, self.path))

    def rename_upvalues(self, names: list[str]) -> None:
        """Give the upvalues other names, here and in the functions inside."""
        changed = {old: new for old, new in zip(self.upvalues, names, strict=True) if old != new}
        if changed:
            self.forget_texts()
            for each in self.walk():
                each.upvalues = [changed.get(name, name) for name in each.upvalues]
            for node in self.tree.walk():
                if isinstance(node, Name):
                    node.name = changed.get(node.name, node.name)

    def forget_texts(self) -> None:
        """Print this function and those inside it anew, whose trees are changed."""
        for each in self.walk():
            each.text = None

    def walk(self) -> Iterator[DecompiledFunction]:
        """This function and all inside it, each before those inside it."""
        waiting = [self]
        while waiting:
            function = waiting.pop()
            yield function
            waiting += reversed(function.inside)


@dataclass(slots=True)
class Decompiled:
    """A chunk that was decompiled.

    Attributes:
        tree: the syntax tree of the source.
        functions: the functions, the main function first, each before those inside it.
        lines: whether the text is laid out on the lines of the chunk.
    """

    tree: Main
    functions: list[DecompiledFunction]
    lines: bool = False
    printed: Printed = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.reprint()

    def reprint(self) -> None:
        """Print the tree anew, which was changed."""
        self.printed = Printed(self.tree, _as_printed(self.functions[0]) if self.lines else None)
        for function in self.functions:
            function.printed = self.printed
            for number, inner in enumerate(function.inside):
                inner.place = (*function.place, number)

    @property
    def num_proven(self) -> int:
        """How many functions are proven."""
        return sum(function.is_proven for function in self.functions)

    @property
    def is_proven(self) -> bool:
        """Whether all functions are proven."""
        return self.num_proven == len(self.functions)

    @property
    def has_debug(self) -> bool:
        """Whether the text compiles to the chunk with all its debug information."""
        return all(function.status == PROVEN_WITH_DEBUG for function in self.functions)

    @property
    def source(self) -> bytes:
        """The text; a comment says how many functions are proven, in the first line where that is free."""
        return self.printed.source

    @property
    def text(self) -> bytes:
        """The text without its first line: what a model reads."""
        return self.source.partition(b"\n")[2]


def _as_printed(function: DecompiledFunction) -> Proto:
    """What a function was decompiled from, with those functions inside it alone that are in the source."""
    return replace(function.proto, protos=tuple(map(_as_printed, function.inside)))
