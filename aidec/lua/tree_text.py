"""Syntax trees as JSON, and as an outline for reading.

>>> from aidec.lua.tree import parse
>>> main = parse("x = 1.5")
>>> print(outline(main), end="")
Main 1:1
  body: Block 1:1
    statements: Assign 1:1
      targets: Name x 1:1 global
      values: Number 1.5 1:5
>>> from_json(to_json(main)) == main
True
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from reprlib import repr as repr_of
from typing import Any

from aidec.common.arguments import expect
from aidec.common.errors import AidecError
from aidec.common.json_values import bytes_from_json, bytes_to_json
from aidec.lua.literals import number_value, spell_number, spell_string
from aidec.lua.node import Comments, Node, Place
from aidec.lua.nodes import NODES, Boolean, Name, Number, String
from aidec.lua.variables import Global, LocalVariable, NamedVariable, Upvalue

Json = dict[str, Any]


def to_json(root: Node) -> Json:
    """A tree as dictionaries, lists, texts, numbers and booleans.

    A node is a dictionary: ``node`` is its class, then come its ``place`` (``start``, ``end``, ``line``, ``column``),
    its fields by name, and its ``comments``, the first and the last only where it has them. Bytes are a text where they
    are UTF-8, else ``{"base64": ...}``. A number is a text, its literal: so type and bits return. A name that was
    resolved has a ``variable``: its ``kind`` (``local``, ``upvalue``, ``global``), and the register of a local variable
    with the offset of its ``declaration``, or the ``index`` of an upvalue.
    """
    expect("root", root, Node)
    made: dict[int, Json] = {}
    for node in reversed(list(root.walk())):
        data: Json = {"node": type(node).__name__}
        if node.place is not None:
            data["place"] = node.place._asdict()
        for name in node.FIELDS:
            value = getattr(node, name)
            if isinstance(value, Node):
                value = made.pop(id(value))
            elif isinstance(value, list):
                value = [made.pop(id(element)) for element in value]
            elif isinstance(value, bytes):
                value = bytes_to_json(value)
            elif isinstance(node, Number):
                value = spell_number(value)
            data[name] = value
        if isinstance(node, Name) and node.variable is not None:
            data["variable"] = _variable(node.variable)
        if node.comments is not None:
            comments = (("before", node.comments.before), ("after", node.comments.after))
            data["comments"] = {name: [bytes_to_json(text) for text in texts] for name, texts in comments}
        made[id(node)] = data
    return made[id(root)]


def from_json(data: Json) -> Node:
    """The tree that ``to_json`` made the dictionaries of; names are not resolved.

    Raises:
        AidecError: the dictionaries are not those of a tree.
    """
    holder: list[Node] = []
    waiting: list[tuple[Any, Any]] = [(data, holder)]
    while waiting:
        given, target = waiting.pop()
        try:
            node, inside = _node(given)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AidecError(
                f"JSON of a syntax tree: {type(error).__name__}: {error}, in {repr_of(given)[:60]}"
            ) from None
        waiting.extend(reversed(inside))
        if isinstance(target, list):
            target.append(node)
        else:
            setattr(target[0], target[1], node)
    return holder[0]


def _node(data: Json) -> tuple[Node, list[tuple[Any, Any]]]:
    """A node without those inside it, and what they are made of with where each belongs."""
    cls = NODES[data["node"]]
    values: dict[str, Any] = {name: data[name] for name in cls.FIELDS}
    inside: list[tuple[Any, Any]] = []
    for name, value in values.items():
        if cls is Number:
            values[name] = _number(value)
        elif cls is String:
            values[name] = bytes_from_json(value)
        elif isinstance(value, list):
            values[name] = []
            inside += [(element, values[name]) for element in value]
    place = Place(**data["place"]) if "place" in data else None
    comments = None
    if "comments" in data:
        comments = Comments(
            *([bytes_from_json(text) for text in data["comments"][name]] for name in ("before", "after"))
        )
    node = cls(**values, place=place, comments=comments)
    inside += [(value, (node, name)) for name, value in values.items() if isinstance(value, dict)]
    return node, inside


def _number(text: str) -> int | float:
    """The number of what ``spell_number`` returns."""
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text)
    return math.copysign(math.nan, -sign) if digits == "(0/0)" else sign * number_value(digits)


def _variable(variable: NamedVariable) -> Json:
    if isinstance(variable, LocalVariable):
        place = variable.declaration.place
        declaration = None if place is None else place.start
        return {"kind": "local", "register": variable.register, "declaration": declaration}
    return {"kind": "upvalue", "index": variable.index} if isinstance(variable, Upvalue) else {"kind": "global"}


def outline(root: Node) -> str:
    """A line for each node: the field that it stands in, its class, its value, its line and column."""
    expect("root", root, Node)
    return "".join(f"{line}\n" for line in _lines(root))


def _lines(root: Node) -> Iterator[str]:
    waiting = [(root, "", 0)]
    while waiting:
        node, field, level = waiting.pop()
        words = [f"{field}:"] if field else []
        words += [type(node).__name__, *_values(node)]
        if node.place is not None:
            words.append(f"{node.place.line}:{node.place.column}")
        if isinstance(node, Name) and node.variable is not None:
            words.append(_described(node.variable))
        yield "  " * level + " ".join(words)
        waiting.extend(reversed([(child, name, level + 1) for name, child in _children(node)]))


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    """The nodes right inside one, each with the field that it stands in."""
    for name in node.FIELDS:
        value = getattr(node, name)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, Node):
                yield name, child


def _values(node: Node) -> Iterator[str]:
    """The values of a node's fields that are no nodes."""
    for name in node.FIELDS:
        value = getattr(node, name)
        if isinstance(node, Boolean):
            yield str(value).lower()
        elif isinstance(value, bytes):
            yield spell_string(value, shortest=True).encode("latin-1").decode().replace("\n", "\\n")
        elif isinstance(value, str):
            yield value
        elif isinstance(node, Number):
            yield spell_number(value)


def _described(variable: NamedVariable) -> str:
    if isinstance(variable, LocalVariable):
        return f"local in register {variable.register}"
    return "global" if isinstance(variable, Global) else f"upvalue {variable.index}"
