"""Modules in C and C++: they are used if they could be compiled, unless ``AIDEC_PURE_PYTHON`` is set."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
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


def keep_freed_memory() -> None:
    """Have glibc keep what is freed, up to a GiB, for what comes next; elsewhere do nothing.

    A large text is freed when it is written, and the next one needs as much. If the system takes it back each time,
    finding it anew is a fifth of the time of ``render -o DIR``. It holds for all that a process does, so it is for
    processes of our own.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):  # a C library without mallopt
        for parameter in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            ctypes.CDLL(None).mallopt(parameter, 1 << 30)


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
