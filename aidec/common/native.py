"""Modules in C and C++: they are used if they could be compiled, unless ``AIDEC_PURE_PYTHON`` is set."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def compiled_part(name: str) -> Any:
    """The compiled module of a name, or None if its twin in Python is to be used."""
    if os.environ.get("AIDEC_PURE_PYTHON"):
        return None
    try:
        return import_module(name)
    except ImportError:
        return None
