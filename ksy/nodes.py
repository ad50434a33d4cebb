"""Makes aidec/lua/nodes.py, the classes of the syntax tree, of aidec/lua/grammar.yaml: `python ksy/nodes.py`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
GRAMMAR = ROOT / "aidec" / "lua" / "grammar.yaml"
NODES = ROOT / "aidec" / "lua" / "nodes.py"

BASES = {"statements": "Statement", "expressions": "Expression", "parts": "Node"}
VALUES = {"name": "str", "string": "bytes", "number": "int | float", "boolean": "bool", "unary": "str", "binary": "str"}

HEAD = '''"""The nodes of a syntax tree; made by ksy/nodes.py of grammar.yaml, never edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from aidec.lua.node import Node, Option, Piece, Slot
from aidec.lua.variables import NamedVariable


class Statement(Node):
    """A statement."""

    __slots__ = ()


class Expression(Node):
    """An expression."""

    __slots__ = ()

'''


def nodes() -> str:
    """The text of aidec/lua/nodes.py, as grammar.yaml has it now."""
    grammar = yaml.safe_load(GRAMMAR.read_text())
    classes = {name: (base, node) for part, base in BASES.items() for name, node in grammar[part].items()}
    lines = [HEAD]
    for name, (base, node) in classes.items():
        lines += _class(name, base, node)
    lines += [f"{name} = {' | '.join(members)}" for name, members in grammar["unions"].items()]
    lines += [
        "",
        "NODES: dict[str, type[Node]] = {",
        *[f'    "{name}": {name},' for name in classes],
        "}",
        '"""The classes of nodes, by name."""',
        "",
        f"PREFIXES = ({', '.join(grammar['prefixes'])})",
        '"""What can be called and indexed as it stands."""',
        "",
        f"KEYWORDS = {tuple(grammar['keywords'])!r}",
        "",
        f"UNARY_OPERATORS = {tuple(grammar['unary']['operators'])!r}",
        f"UNARY_PRIORITY = {grammar['unary']['priority']}",
        "",
        "BINARY_PRIORITY = {",
        *[f'    "{operator}": ({left}, {right}),' for operator, (left, right) in grammar["binary"].items()],
        "}",
        '"""The priorities of a binary operator, to its left and to its right (lparser.c)."""',
        "",
    ]
    return re.sub(r"'([^'\"\n]*)'", r'"\1"', "\n".join(lines))


def _class(name: str, base: str, node: dict[str, Any]) -> Iterator[str]:
    """The lines of a class."""
    fields = node.get("fields", {})
    head, *rest = textwrap.wrap(f'"""{node["doc"]}', 116)
    yield from ("", "@dataclass(slots=True, eq=False)", f"class {name}({base}):")
    yield from (f"    {line}" for line in (head, *rest))
    yield ""
    yield from (f"    Spelled ``{node['spelled']}``.", '    """', "")
    yield f"    FIELDS: ClassVar[tuple[str, ...]] = {tuple(fields)!r}"
    yield from (
        "    SPELLED: ClassVar[tuple[Piece, ...]] = (",
        *[f"        {piece}," for piece in _spelled(node)],
        "    )",
    )
    if fields:
        yield ""
        yield from (f"    {field}: {_annotation(kind)}" for field, kind in fields.items())
    if name == "Name":
        yield "    variable: NamedVariable | None = field(default=None, kw_only=True, repr=False)"
    yield ""


def _annotation(kind: str) -> str:
    """The type of a field for Python."""
    name = kind.rstrip("?*+")
    if name in VALUES:
        annotation = VALUES[name]
    else:
        annotation = {"expression": "Expression", "prefix": "Expression", "statement": "Statement"}.get(name, name)
    return f"list[{annotation}]" if kind[-1] in "*+" else f"{annotation} | None" if kind[-1] == "?" else annotation


def _spelled(node: dict[str, Any]) -> list[str]:
    """The pieces of a spelling as Python's source."""
    pieces = []
    for option, text in re.findall(r"\?\[(.*?\}.*?)\]|((?:(?!\?\[).)+)", node["spelled"]):
        inside = list(_pieces(option or text, node))
        if option:
            name = next(piece for piece in inside if piece.startswith("Slot")).split('"')[1]
            pieces.append(f'Option("{name}", ({", ".join(inside)}))')
        else:
            pieces += inside
    return pieces


def _pieces(text: str, node: dict[str, Any]) -> Iterator[str]:
    """Texts and slots."""
    for field, literal in re.findall(r"\{(\w+)\}|((?:(?!\{\w+\}).)+)", text):
        if not field:
            yield f'"{literal}"'
            continue
        kind = node["fields"][field]
        separator = " " if field in node.get("blanks", ()) else ", "
        yield f'Slot("{field}", "{kind.rstrip("?*+")}"' + (f', "{separator}")' if kind[-1] in "*+" else ")")


if __name__ == "__main__":
    NODES.write_text(nodes())
