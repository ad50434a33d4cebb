"""Phrases of the lines that commands end with."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "task"), count(1200, "task")
    ('1 task', '1,200 tasks')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
