"""Makes generated/tables.py, so that no YAML is read when aidec starts.

    python ksy/tables.py

The tables are the opcodes and the fields of an instruction, which ``aidec/bytecode/opcodes.yaml`` and ``fields.yaml``
declare, and the types of constants, an enum of ``lua53_chunk.ksy``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "ksy" / "lua53_chunk.ksy"
OPCODES = ROOT / "aidec" / "bytecode" / "opcodes.yaml"
FIELDS = ROOT / "aidec" / "bytecode" / "fields.yaml"
TABLES = ROOT / "generated" / "tables.py"


def tables() -> str:
    """The text of generated/tables.py, as the YAML files have it now."""
    types = _load(SPEC)["enums"]["constant_type"]
    return "\n".join([
        f'"""Made by ksy/tables.py of {", ".join(path.name for path in (OPCODES, FIELDS, SPEC))}; never edited."""',
        "",
        *_table("OPCODES", _load(OPCODES)),
        *_table("FIELDS", _load(FIELDS)),
        "# name: number",
        "CONSTANT_TYPES = {",
        *[f"    {declared['id']!r}: {number}," for number, declared in types.items()],
        "}",
        "",
    ])  # fmt: skip


def _table(name: str, rows: list[dict[str, Any]]) -> Iterable[str]:
    """The lines of a tuple with a tuple for each row, under a comment with the names of its columns."""
    columns = tuple(rows[0])
    yield f"# {', '.join(columns)}"
    yield f"{name} = ("
    yield from (f"    {tuple(row[column] for column in columns)!r}," for row in rows)
    yield from (")", "")


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


if __name__ == "__main__":
    TABLES.write_text(tables())
