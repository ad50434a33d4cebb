"""Arguments of public functions: of a wrong type they are a ``TypeError`` that says what is taken."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TypeVar

from aidec.common.errors import AidecError, ArgumentError

T = TypeVar("T")

PATH = (str, os.PathLike)
"""What a path may be; ``checked_path`` also refuses one that is no text."""


def expect(name: str, value: object, *kinds: type | None) -> None:
    """Make sure that an argument is of one of these types, in which None stands for itself.

    Raises:
        TypeError: it is of another; the text is ``NAME: expected A or B, read C``.
    """
    if not isinstance(value, _types(kinds)):
        raise TypeError(f"{name}: expected {_names(kinds)}, read {type(value).__name__}")


def expect_each(name: str, values: Iterable[T], *kinds: type | None) -> Iterator[T]:
    """The items of an argument, each of which is made sure of when it is taken.

    Raises:
        TypeError: the argument is no iterable, or is a text or bytes, whose items are no such items; or an item is of
            another type. The first is raised at once.
    """
    if isinstance(values, str | bytes | bytearray) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected an iterable of {_names(kinds)}, read {type(values).__name__}")
    return _each(name, values, kinds)


def _each(name: str, values: Iterable[T], kinds: tuple[type | None, ...]) -> Iterator[T]:
    types = _types(kinds)
    for number, value in enumerate(values):
        if not isinstance(value, types):
            expect(f"{name}[{number}]", value, *kinds)
        yield value


def _types(kinds: tuple[type | None, ...]) -> tuple[type, ...]:
    return tuple([type(None) if kind is None else kind for kind in kinds])


def _names(kinds: tuple[type | None, ...]) -> str:
    return " or ".join("None" if kind is None else kind.__name__ for kind in kinds)


def checked_path(name: str, path: str | os.PathLike[str], error: type[AidecError] = ArgumentError) -> str:
    """The path that an argument is, as text.

    Raises:
        TypeError: it is none.
        AidecError: no file can have such a name; the exception is an ``error``.
    """
    expect(name, path, *PATH)
    text = os.fspath(path)
    expect(name, text, str)
    try:
        is_name = os.fsencode(text) != b"" and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        is_name = False
    if not is_name:
        raise error(f"{name}: no file can have the name {text!a}")
    return text
