"""Hints at the name that was meant: what an error says of a name that nothing has."""

from __future__ import annotations

from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that is spelled most like this one, or None where none is much like it."""
    from difflib import get_close_matches  # imported here, since most runs need no hint

    return next(iter(get_close_matches(name, known, 1)), None)


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The end of an error's line: ``; did you mean X?``, or else ``; expected one of: A, B, C``, all that are known."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else f"; expected one of: {', '.join(known)}"


def no_such(name: str, kind: str, expected: str, known: Collection[str]) -> str:
    """An error's line about a name, or a path, for which nothing was found.

    >>> no_such("clasic", "pack", "a folder", ["classic", "compact"])
    'clasic: no such pack; did you mean classic? expected a folder or one of: classic, compact'

    Args:
        name: what was asked for.
        kind: what it should have named.
        expected: what else could have been given: a file or a folder.
        known: the names that there are, in the order in which they are listed.
    """
    near = nearest(name, known)
    hint = f"did you mean {near}? " if near else ""
    return f"{name}: no such {kind}; {hint}expected {expected} or one of: {', '.join(known)}"
