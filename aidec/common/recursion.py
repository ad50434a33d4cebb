"""Calls that nest deeper than Python allows by default."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

MOST_CALLS = 200_000 if sys.version_info >= (3, 11) else 4_000
"""How deep calls may nest; before Python 3.11 each takes of the stack of C, which is small in threads."""


@contextmanager
def deep_recursion() -> Iterator[None]:
    """A block in which calls may nest ``MOST_CALLS`` deep."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, MOST_CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
