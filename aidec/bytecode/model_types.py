"""The types in a model that somebody made: which field is of another type than the model says.

``load`` makes no such model, so nothing is looked at until something fails (``blaming``).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

from aidec.bytecode.model import Chunk, Header, LocalVar, Proto, Unusual, Upvalue
from aidec.common.arguments import expect

_TYPES: dict[str, tuple[type | None, ...]] = {
    "Constant": (None, bool, int, float, bytes),
    "array[int]": (array,),
    "bytes | None": (bytes, None),
    **{kind.__name__: (kind,) for kind in (bool, int, bytes, str, Header, LocalVar, Proto, Unusual, Upvalue)},
}
"""What the annotations of the model's fields take."""


def check_types(chunk: Chunk) -> None:
    """Make sure that each field of a chunk has the type that the model says.

    Raises:
        TypeError: one has another; the text has its path, such as ``main.constants[0]``.
    """
    expect("chunk", chunk, Chunk)
    waiting: list[tuple[str, Any]] = [("", chunk)]
    while waiting:
        waiting += check_fields(*waiting.pop())


def check_fields(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What stands in the fields of a part of a model and has fields itself, each with its path.

    Raises:
        TypeError: as ``check_types``, of the fields of this part.
    """
    for field in fields(value):
        name = f"{place}.{field.name}".lstrip(".")
        found = getattr(value, field.name)
        item = str(field.type).removeprefix("tuple[").removesuffix(", ...]")
        inside = [(name, found)]
        if item != field.type:
            expect(name, found, tuple, list)
            inside = [(f"{name}[{number}]", each) for number, each in enumerate(found)]
        for path, each in inside:
            expect(path, each, *_TYPES[item])
            if isinstance(each, array) and each.typecode in "fdu":
                raise TypeError(f"{path}: expected an array of integers, read one of the type {each.typecode!r}")
            if is_dataclass(each):
                yield path, each


@contextmanager
def blaming(chunk: Chunk) -> Iterator[None]:
    """Errors of Python in the block are blamed on a field of the chunk that has a type of its own, if one has.

    Raises:
        TypeError: as ``check_types``.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        check_types(chunk)
        raise
