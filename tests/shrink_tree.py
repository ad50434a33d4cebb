"""A syntax tree to the smallest one with a property: statements, parts and expressions go while the property stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from random_programs import FIELDS

from aidec.lua.node import Node
from aidec.lua.nodes import NODES, Block, Expression, Main, Name, Nil, Statement


class Edit(NamedTuple):
    """A field of a node, and what may stand there instead."""

    node: Node
    field: str
    value: Any


def smallest(tree: Main, is_kept: Callable[[Main], bool], *, most: int = 3000) -> Main:
    """A tree that can't be made smaller by one edit; the tree itself is changed.

    Args:
        tree: a tree that has the property.
        is_kept: whether a tree has it.
        most: how many edits are tried.
    """
    is_smaller = True
    while is_smaller and most > 0:
        is_smaller = False
        for make in (shorter_blocks, opened_blocks, shorter_lists, simpler_expressions):
            done = 0
            while most > 0:
                edit = next((edit for number, edit in enumerate(make(tree)) if number == done), None)
                if edit is None:
                    break
                most -= 1
                before = getattr(edit.node, edit.field)
                setattr(edit.node, edit.field, edit.value)
                if is_kept(tree):
                    is_smaller = True
                else:
                    setattr(edit.node, edit.field, before)
                    done += 1
    return tree


def shorter_blocks(tree: Main) -> Iterator[Edit]:
    """Blocks without some of their statements, those without many first."""
    blocks = [node for node in tree.walk() if isinstance(node, Block)]
    number = max(len(block.statements) for block in blocks)
    while number:
        for block in blocks:
            statements = block.statements
            for start in range(0, len(statements) - number + 1, number):
                yield Edit(block, "statements", statements[:start] + statements[start + number :])
        number //= 2


def opened_blocks(tree: Main) -> Iterator[Edit]:
    """Blocks in which the statements inside a statement stand in its place."""
    for block in [node for node in tree.walk() if isinstance(node, Block)]:
        for place, statement in enumerate(block.statements):
            for inside in blocks_of(statement):
                statements = [*block.statements[:place], *inside.statements, *block.statements[place + 1 :]]
                yield Edit(block, "statements", statements)


def blocks_of(statement: Statement) -> Iterator[Block]:
    """The blocks right inside a statement."""
    waiting: list[Node] = list(statement.children())
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Block):
            yield node
        else:
            waiting += node.children()


def shorter_lists(tree: Main) -> Iterator[Edit]:
    """Nodes without a part that may be left out, or without an element of a list."""
    for node in list(tree.walk()):
        for field in FIELDS[type(node).__name__]:
            value = getattr(node, field.name)
            if field.number == "?" and value is not None:
                yield Edit(node, field.name, None)
            if field.number in ("*", "+") and not isinstance(node, Block):
                number = len(value)
                while number:
                    for start in range(0, len(value) - number + 1, number):
                        if number < len(value) or field.number == "*":
                            yield Edit(node, field.name, value[:start] + value[start + number :])
                    number //= 2


def simpler_expressions(tree: Main) -> Iterator[Edit]:
    """Nodes in which an expression is a part of it, or a name, or nil."""
    for node in list(tree.walk()):
        for field in FIELDS[type(node).__name__]:
            if field.kind not in ("expression", "prefix"):
                continue
            value = getattr(node, field.name)
            if isinstance(value, list):
                for place, element in enumerate(value):
                    for other in simpler(element):
                        yield Edit(node, field.name, [*value[:place], other, *value[place + 1 :]])
            elif value is not None:
                for other in simpler(value):
                    yield Edit(node, field.name, other)


def simpler(expression: Expression) -> Iterator[Expression]:
    """Expressions that are simpler than one."""
    if isinstance(expression, Name | Nil):
        return
    yield Nil()
    yield Name("x")
    yield from (child for child in expression.children() if isinstance(child, Expression))


assert set(FIELDS) == set(NODES)
