"""The elements of a function, with the names that their templates see."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aidec.bytecode import Chunk, Instruction
from aidec.packs.views import ProtoView

Values = dict[str, Any]


class Jumps:
    """Where the jumps of a function lead, and its labels, numbered in the order of the instructions that have one.

    Attributes:
        targets: from the pc of a jump to that of its target.
        labels: from the pc of a target to its label.
    """

    def __init__(self, view: ProtoView) -> None:
        self.targets = view.jump_targets
        self.labels = {pc: label for label, pc in enumerate(sorted(set(self.targets.values())))}

    def values(self, pc: int) -> Values:
        """What templates see of them at an instruction."""
        target = self.targets.get(pc)
        return {
            "jump_target": target,
            "label": self.labels.get(pc),
            "target": None if target is None else self.labels[target],
        }


def line_deltas(view: ProtoView) -> list[int | None]:
    """For each instruction the lines since the one before, or its first; None where there is none."""
    lines: array[int] = view.proto.line_info
    before = [view.proto.line_defined, *lines]
    return padded([line - last for line, last in zip(lines, before, strict=False)], len(view.proto.code))


def padded(numbers: Sequence[int], size: int) -> list[int | None]:
    """So many numbers, None where there are too few."""
    return [*numbers[:size], *[None] * (size - len(numbers))]


def instructions(chunk: Chunk, view: ProtoView) -> Iterator[Values]:
    """The instructions."""
    jumps = Jumps(view)
    deltas = line_deltas(view)
    lines = padded(view.proto.line_info, len(view.proto.code))
    for pc, word in enumerate(view.proto.code):
        yield {
            "chunk": chunk,
            "proto": view,
            "instruction": Instruction(word),
            "pc": pc,
            "line": lines[pc],
            "line_delta": deltas[pc],
            **jumps.values(pc),
        }


def constants(chunk: Chunk, view: ProtoView) -> Iterator[Values]:
    """The constants."""
    for index, constant in enumerate(view.proto.constants):
        yield {"chunk": chunk, "proto": view, "constant": constant, "index": index}


def upvalues(chunk: Chunk, view: ProtoView) -> Iterator[Values]:
    """The upvalues."""
    for index, upvalue in enumerate(view.proto.upvalues):
        yield {"chunk": chunk, "proto": view, "upvalue": upvalue, "index": index}


def local_vars(chunk: Chunk, view: ProtoView) -> Iterator[Values]:
    """The local variables."""
    end = len(view.proto.code)
    last_start = 0
    for index, local_var in enumerate(view.proto.local_vars):
        yield {
            "chunk": chunk,
            "proto": view,
            "local_var": local_var,
            "index": index,
            "start_delta": local_var.start_pc - last_start,
            "lifetime": None if local_var.end_pc == end else local_var.end_pc - local_var.start_pc,
        }
        last_start = local_var.start_pc


ELEMENTS: dict[str, Callable[[Chunk, ProtoView], Iterator[Values]]] = {
    "instructions": instructions,
    "constants": constants,
    "upvalues": upvalues,
    "local_vars": local_vars,
}
"""The lists that ``proto.j2`` can print; what is made for each element, its template sees."""
