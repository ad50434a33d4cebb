"""A pause of Python's garbage collector, for code that makes many objects and drops few."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from running in the block.

    It would search all new objects again and again, and find nothing to free. Objects made in the block must not refer
    to each other in circles, which it alone frees.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
