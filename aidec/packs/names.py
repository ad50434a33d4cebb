"""The names that templates can use, as ``names.yaml`` lists them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aidec.bytecode.fields import FIELDS
from aidec.common.settings import load_yaml

MOST_BITS = 10
"""Of how many bits all values can be listed."""

TEMPLATES = ("chunk", "proto", "instruction", "constant", "upvalue", "local_var")
"""The templates of a pack; each lays out one unit of a chunk."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name, or an attribute of one; ``names.yaml`` explains what is said of it.

    Attributes:
        path: the name; for an attribute the name, a dot and the attribute.
        type: its type, without the question mark.
        is_optional: whether it may be none.
        doc: what it is, for people.
        units: the templates that are given the name.
        bits: how many bits it has at most, 0 where there is no such bound.
        of: the path of the value that decides it, or an empty text.
        is_read: whether a chunk is made of it when a text is read back.
        unit: the unit whose texts it holds, or an empty text.
        item: what an item of the list is called where it has a name, or an empty text.
    """

    path: str
    type: str
    is_optional: bool
    doc: str
    units: tuple[str, ...]
    bits: int
    of: str
    is_read: bool
    unit: str
    item: str


@lru_cache(maxsize=1)
def known_names() -> dict[str, Name]:
    """All names and attributes by their path."""
    found: dict[str, Name] = {}
    for path, entry in load_yaml(Path(__file__).with_name("names.yaml")).items():
        units = entry["in"] if "in" in entry else found[path.partition(".")[0]].units
        found[path] = Name(
            path=path,
            type=entry["type"].removesuffix("?"),
            is_optional=entry["type"].endswith("?"),
            doc=entry["doc"],
            units=tuple(units),
            bits=entry.get("bits", _bits_of_field(path)),
            of=entry.get("of", ""),
            is_read=entry.get("read", False),
            unit=entry.get("unit", ""),
            item=entry.get("item", ""),
        )
    return found


def _bits_of_field(path: str) -> int:
    """How many bits a field of an instruction has, if they are few."""
    field = FIELDS.get(path.removeprefix("instruction."))
    return field.width if field and not field.offset and field.width <= MOST_BITS else 0


def given(template: str) -> list[str]:
    """The names that a template is given, without their attributes."""
    return [name.path for name in known_names().values() if "." not in name.path and template in name.units]


def read_paths(template: str) -> frozenset[str]:
    """The values in a template's text that a chunk is made of."""
    return frozenset([name.path for name in known_names().values() if name.is_read and template in name.units])


def with_table(page: str) -> str:
    """A page of the docs with the table of all names between its two marks."""
    before, start, rest = page.partition("<!-- names:start -->\n")
    _, end, after = rest.partition("\n<!-- names:end -->")
    return f"{before}{start}\n{_table()}{end}{after}"


def _table() -> str:
    rows = ["| name | type | in | what it is |", "| --- | --- | --- | --- |"]
    for name in known_names().values():
        kind = {"element": "text", "elements": "texts"}.get(name.type, name.type) + " or none" * name.is_optional
        where = ", ".join(name.units) if "." not in name.path else ""
        rows.append(f"| `{name.path}` | {kind} | {where} | {name.doc} |")
    return "\n".join(rows) + "\n"
