"""The tags of a task: what a chunk has, by which scores are told apart. Most are declared in ``tags.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from aidec.bytecode import Instruction, Proto
from aidec.common.settings import load_yaml
from aidec.evaluation.arithmetic import is_on_numbers
from aidec.lua.node import Node

OF_UPVALUES = {"GETUPVAL": "b", "SETUPVAL": "b", "GETTABUP": "b", "SETTABUP": "a"}
"""Opcodes that use an upvalue, and the operand that is its number."""

LOOKING_OUT = {
    *OF_UPVALUES,
    *("GETTABLE", "SETTABLE", "SELF", "CALL", "TAILCALL", "TFORCALL", "CLOSURE"),
}
"""Opcodes that read, write or call what is no local variable, or make a function."""

_ENV = b"_ENV"


def tags_of(main: Proto, nodes: Iterable[Node], depth: int) -> tuple[str, ...]:
    """The tags of a function and those inside it, in alphabetical order.

    Args:
        main: the function, with debug information.
        nodes: the nodes of its syntax tree.
        depth: how many blocks stand around the deepest statement in its function.
    """
    found = {tag for proto in main.walk() for tag in _of_code(proto)}
    kinds = {type(node).__name__ for node in nodes}
    found |= {tag for tag, names in _declared()["nodes"].items() if kinds.intersection(names)}
    size = sum(len(proto.code) for proto in main.walk())
    if not any(Instruction(word).opcode.name in LOOKING_OUT for proto in main.walk() for word in proto.code):
        found.add("self-contained")
    if found & {"arithmetic", "bitwise"} and all(map(is_on_numbers, main.walk())):
        found.add("arithmetic:on-numbers")
    return tuple(sorted([*found, size_class(size), f"depth:{depth}"]))


def size_class(instructions: int) -> str:
    """The tag of a number of instructions.

    >>> size_class(7), size_class(10), size_class(1234)
    ('size:1-9', 'size:10-99', 'size:1000-9999')
    """
    least = 10 ** (len(str(instructions)) - 1)
    return f"size:{least}-{10 * least - 1}"


def _of_code(proto: Proto) -> Iterator[str]:
    """The tags of one function, some of them more than once."""
    by_opcode, by_global = _tags("opcodes"), _tags("globals")
    names = [upvalue.name for upvalue in proto.upvalues]
    name = ""
    for word in proto.code:
        before, instruction = name, Instruction(word)
        name = instruction.opcode.name
        yield from by_opcode.get(name, ())
        if name in OF_UPVALUES:
            upvalue = names[getattr(instruction, OF_UPVALUES[name])]
            if upvalue != _ENV:
                yield "upvalue"
            elif name == "GETTABUP" and instruction.rk_c.is_constant:
                key = proto.constants[instruction.rk_c.index]
                yield from by_global.get(key.decode("latin-1"), ()) if isinstance(key, bytes) else ()
        if name == "CALL" and instruction.c not in (1, 2):
            yield "multiple-results"
        if name == "RETURN" and instruction.b not in (1, 2) and before != "TAILCALL":  # which returns for itself
            yield "multiple-results"


@lru_cache(maxsize=1)
def _declared() -> dict[str, dict[str, Sequence[str]]]:
    declared: dict[str, dict[str, Sequence[str]]] = load_yaml(Path(__file__).with_name("tags.yaml"))
    return declared


@lru_cache(maxsize=2)
def _tags(section: str) -> dict[str, list[str]]:
    """The tags of each name in a section."""
    found: dict[str, list[str]] = {}
    for tag, names in _declared()[section].items():
        for name in names:
            found.setdefault(name, []).append(tag)
    return found
