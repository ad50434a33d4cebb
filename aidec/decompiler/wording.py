"""The words that names are made of: what ``naming.yaml`` declares, and texts of a program as names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from aidec.common.settings import load_yaml
from aidec.lua.nodes import KEYWORDS

MAX_LENGTH = 40
"""The longest name that is taken from a text of the program."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@lru_cache(maxsize=1)
def rules() -> dict[str, Any]:
    """What ``naming.yaml`` declares."""
    declared: dict[str, Any] = load_yaml(Path(__file__).with_name("naming.yaml"))
    return declared


def identifier(text: bytes) -> str | None:
    """A text as a name that a variable can have; None if it can't."""
    name = text.decode("ascii", "replace")
    name = rules()["keywords"].get(name, name) if name in KEYWORDS else name
    fits = _IDENTIFIER.fullmatch(name) and len(name) <= MAX_LENGTH and name not in KEYWORDS and name != "_ENV"
    return name if fits else None


def lowered(name: str) -> str | None:
    """A name that starts with a small letter: ``foo`` for ``Foo``, ``url`` for ``URL``."""
    return identifier((name.lower() if name.isupper() else name[:1].lower() + name[1:]).encode())


def singular(name: str) -> str | None:
    """A name without the end of a plural: ``unit`` for ``units``; None if it is none."""
    for end, other in rules()["plurals"].items():
        if name.endswith(end):
            return None if other == "-" else identifier((name[: -len(end)] + other).encode())
    return None


def without(name: str, words: Iterable[str]) -> str | None:
    """What follows the first word in a name, such as ``name`` in ``getName`` and ``get_name``, if it is among some."""
    match = re.fullmatch(r"(?:_*)([A-Z]?[a-z]+)(?:_([A-Za-z]\w*)|([A-Z]\w*))", name)
    return lowered(match[2] or match[3]) if match is not None and match[1] in words else None
