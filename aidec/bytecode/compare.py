"""The first field in which two chunks differ, by its path in the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from aidec.bytecode.model import Chunk, Proto, exact
from aidec.bytecode.model_types import blaming
from aidec.common.arguments import expect


def first_difference(expected: Chunk, actual: Chunk) -> str | None:
    """The first field that differs, such as ``main.protos[2].constants[0]: expected 1, got 1.0``; None if none does.

    Values are compared as Lua compares them, to the bit (``model.exact``).
    """
    expect("expected", expected, Chunk)
    expect("actual", actual, Chunk)
    with blaming(expected), blaming(actual):
        return next(_chunks(expected, actual), None)


def _chunks(expected: Chunk, actual: Chunk) -> Iterator[str]:
    for name in ("header", "num_upvalues", "rest"):
        yield from _values(name, getattr(expected, name), getattr(actual, name))
    stack = [("main", expected.main, actual.main)]
    while stack:
        place, ours, theirs = stack.pop()
        yield from _protos(place, ours, theirs)
        pairs = list(enumerate(zip(ours.protos, theirs.protos, strict=False)))
        stack += [(f"{place}.protos[{i}]", *pair) for i, pair in reversed(pairs)]


def _protos(place: str, expected: Proto, actual: Proto) -> Iterator[str]:
    for field in fields(Proto):
        if field.name == "unusual":
            continue
        ours, theirs = getattr(expected, field.name), getattr(actual, field.name)
        if field.name == "protos":
            yield from _values(f"{place}.protos, their number", len(ours), len(theirs))
        elif isinstance(ours, Sequence) and not isinstance(ours, bytes):
            yield from _lists(f"{place}.{field.name}", ours, theirs)
        else:
            yield from _values(f"{place}.{field.name}", ours, theirs)


def _lists(place: str, expected: Sequence[Any], actual: Sequence[Any]) -> Iterator[str]:
    for i, (ours, theirs) in enumerate(zip(expected, actual, strict=False)):
        yield from _values(f"{place}[{i}]", ours, theirs)
    yield from _values(f"{place}, their number", len(expected), len(actual))


def _values(place: str, expected: Any, actual: Any) -> Iterator[str]:
    if exact(expected) != exact(actual):
        yield f"{place}: expected {expected!r}, got {actual!r}"
