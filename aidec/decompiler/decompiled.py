"""What decompiling returns: a program, and what is proven of each of its functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aidec.bytecode import Proto
from aidec.lua.nodes import Block, FunctionBody, Main
from aidec.lua.printer import to_source

PROVEN, PROVEN_WITH_DEBUG, UNPROVEN = "proven", "proven with debug information", "unproven"
"""What is known of a function: see ``DecompiledFunction.status``."""


@dataclass(slots=True)
class DecompiledFunction:
    """A function that was decompiled.

    Attributes:
        path: the way to its proto: an index into ``protos``, from the main function inwards.
        proto: the function.
        upvalues: the names of its upvalues.
        tree: its parameters and its statements.
        difference: how what the tree compiles to differs from the function; None if it does not: it is proven.
        num_readings: how often it was read.
        num_steps: how many instructions were read for that.
        transcribed: why the tree stands for the function instruction by instruction; None if it does not.
        inside: the functions right inside it.
    """

    path: tuple[int, ...]
    proto: Proto
    upvalues: list[str]
    tree: FunctionBody = field(default_factory=lambda: FunctionBody([], Block([])), repr=False)
    difference: str | None = None
    num_readings: int = 0
    num_steps: int = 0
    transcribed: str | None = None
    inside: list[DecompiledFunction] = field(default_factory=list, repr=False)

    @property
    def is_proven(self) -> bool:
        """Whether it compiles to the same bytecode."""
        return self.difference is None

    @property
    def status(self) -> str:
        """``proven`` or ``unproven``."""
        return PROVEN if self.is_proven else UNPROVEN

    @property
    def prefix(self) -> str:
        """What the names of its variables begin with; the register follows."""
        return "l" + "_".join(map(str, self.path))

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
    """

    tree: Main
    functions: list[DecompiledFunction]

    @property
    def num_proven(self) -> int:
        """How many functions are proven."""
        return sum(function.is_proven for function in self.functions)

    @property
    def is_proven(self) -> bool:
        """Whether all functions are proven."""
        return self.num_proven == len(self.functions)

    @property
    def source(self) -> bytes:
        """The text; its first line says how many functions are proven."""
        return to_source(self.tree)

    @property
    def text(self) -> bytes:
        """The text without its first line: what a model reads."""
        return self.source.partition(b"\n")[2]
