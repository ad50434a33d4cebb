"""The parts in C and C++, which are there where there was a compiler, and used unless ``AIDEC_PURE_PYTHON`` is set."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def compiled_part(name: str) -> Any:
    """A compiled module, or None where what is the same in Python is to be used."""
    if os.environ.get("AIDEC_PURE_PYTHON"):
        return None
    try:
        return import_module(name)
    except ImportError:
        return None
