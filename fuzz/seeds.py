"""Inputs to start from: the small Lua files of the tests as chunks, whole and stripped, and as the text of packs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aidec
from fuzz.targets import PACKS

SOURCES = Path(__file__).parent.parent / "tests" / "lua"


def seeds(target: str) -> Iterator[bytes]:
    """The seeds of a target."""
    for path in sorted(SOURCES.glob("*.lua")):
        for strip in (False, True):
            code = aidec.compile(path.read_bytes(), name=b"@" + path.name.encode(), strip=strip)
            if target == "load":
                yield code
            else:
                for number, pack in enumerate(PACKS):
                    yield bytes([number]) + aidec.render(aidec.load(code), pack).encode()
