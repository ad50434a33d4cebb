"""Items of each kind of synthesis, as the task packs that ship need them, and a tokenizer with the packs' tokens."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from trained import trained

from aidec.taskpacks import find_task_packs
from aidec.tokenizers.extension import extend

ADD = "local function add(a, b)\n  return a + b\nend\nreturn add\n"

ITEMS: dict[str, dict[str, Any]] = {
    "generate": {"code": "local a = 1\nprint(a)\n", "output": "1\n", "tags": ["size:1-9"]},
    "break": {
        "code": "print(1\n",
        "message": "main.lua:2: ')' expected (to close '(' at line 1) near <eof>",
        "explanation": "A parenthesis is not closed.",
        "repaired": "print(1)\n",
        "shows": "refused",
        "output": "1\n",
        "tags": [],
    },
    "rewrite": {
        "rewrite": "rename-locals",
        "keeps": "bytecode",
        "code": "function(n) return n + step end",
        "rewritten": "function(m) return m + step end",
        "upvalues": ["step"],
        "tags": [],
    },
    "properties": {
        "function": "half",
        "doc": "Returns half of a number.",
        "meaning": "The order is kept.",
        "code": "local function half(n)\n  return n / 2\nend\n",
        "inputs": ["n"],
        "call": "half(n)",
        "examples": [{"input": "1", "output": "0.5"}],
        "mutant": "local function half(n)\n  return n * 2\nend\n",
        "change": "line 2: `*` for `/`",
        "counterexample": "1",
        "expected": "0.5",
        "got": "2",
    },
    "python": {"python": "def half(n):\n    return n // 2\n", "code": "local function half(n)\n  return n // 2\nend\n"},
    "questions": {"question": "What is nil?", "answer": "Absence.", "anchors": ["§2.1", "pdf-type"]},
    "instruct": {"task": "Add two numbers.", "code": ADD, "tests": "assert(add(1, 2) == 3)\n"},
}
"""By its kind, what an item has beside ``id`` and ``kind``."""


def item(kind: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """An item of a kind, with other fields where they are named."""
    return {"id": f"{kind}/0-{number}", "kind": kind, **ITEMS[kind], **changes}


def write_items(path: Path, items: list[dict[str, Any]]) -> Path:
    """A file of items."""
    path.write_text("".join(json.dumps(each) + "\n" for each in items))
    return path


@cache
def tokenizer(folder: Path) -> Path:
    """The folder of a tokenizer with the tokens of compact and of all task packs that ship."""
    path = folder / "talking"
    extend(trained("lua"), ("compact",), "chatml", tuple(find_task_packs())).save(path)
    return path
