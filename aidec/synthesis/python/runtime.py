"""The runtime: the functions of ``runtime.lua``, of which a module gets those that it uses."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from aidec.lua.node import Node, copy
from aidec.lua.nodes import Local, LocalFunction, Name, Statement
from aidec.lua.tree import parse


@lru_cache(maxsize=1)
def _declared() -> list[tuple[str, Statement, frozenset[str]]]:
    """The statements of the runtime: the name that each declares, and the names that it uses."""
    tree = parse(Path(__file__).with_name("runtime.lua").read_bytes(), resolved=False)
    found: list[tuple[str, Statement, frozenset[str]]] = []
    for statement in tree.body.statements:
        match statement:
            case LocalFunction(variable=variable) | Local(variables=[variable]):
                found.append((variable.name, statement, names_in(statement)))
    return found


def names_in(node: Node) -> frozenset[str]:
    """All names that stand in a tree."""
    return frozenset(each.name for each in node.walk() if isinstance(each, Name))


@lru_cache(maxsize=1)
def runtime_names() -> frozenset[str]:
    """The names of all functions and tables of the runtime."""
    return frozenset(name for name, _, _ in _declared())


def needed(names: frozenset[str]) -> list[Statement]:
    """The statements of the runtime that declare some names, and what these use, in the order of the file."""
    wanted = set(names & runtime_names())
    chosen = []
    for name, statement, uses in reversed(_declared()):
        if name in wanted:
            chosen.append(copy(statement))
            wanted |= uses
    return [statement for statement in reversed(chosen) if isinstance(statement, Statement)]
