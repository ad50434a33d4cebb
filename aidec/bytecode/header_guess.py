"""The header of a chunk that is nearly official: which one makes the rest a whole chunk, and how it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from aidec.bytecode.dialect import CHECKS, NUMBERS, OFFICIAL_HEADER, WIDTHS, Dialect, End, HeaderField
from aidec.bytecode.model import SIGNATURE, Chunk, Header
from aidec.common.errors import AidecError

Load = Callable[[bytes, Dialect], Chunk]
"""Loads a chunk in a dialect."""


def guess_header(data: bytes, load: Load) -> Dialect | None:
    """The dialect by whose header the bytes are a chunk; None where there is none among those that are tried.

    Tried are another version, format and data; without any one of the fields; and with one byte more in any place.

    Args:
        data: the bytes; they start with Lua's signature.
        load: loads bytes in a dialect.
    """
    if not data.startswith(SIGNATURE) or len(data) < 8:
        return None
    followed = None
    for header, absent in sorted(_headers(data), key=_num_changed):
        dialect = Dialect("guessed", header=header, absent=absent, end=End(None))
        try:
            rest = load(data, dialect).rest
        except AidecError:
            continue
        if not rest:
            return replace(dialect, end=End())
        followed = followed or dialect
    return followed


def describe_header(dialect: Dialect) -> str:
    """How the header of a dialect differs from an official one, such as ``format 1 and no width of size_t``."""
    official = {field.name: field for field in OFFICIAL_HEADER}
    own = {field.name: field for field in dialect.header}
    found = [_value(field) for name, field in own.items() if name in official and field != official[name]]
    missing = [name for name in official if name not in own]
    found += [f"no width of {name}" if name in WIDTHS else f"no {name}" for name in missing]
    for before, field in zip(dialect.header, dialect.header[1:], strict=False):
        if field.name not in official and isinstance(field.value, bytes):
            found.append(f"{field.value.hex(' ')} after {before.name}")
    if dialect.end.literal is None:
        found.append("more bytes after the chunk")
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def _value(field: HeaderField) -> str:
    if isinstance(field.value, bytes):
        is_small = field.name in NUMBERS and field.value[0] < 10
        return f"{field.name} {field.value[0] if is_small else field.value.hex(' ')}"
    return f"another {field.name}"


def _headers(data: bytes) -> Iterator[tuple[tuple[HeaderField, ...], Header]]:
    """Headers that the bytes may start with, and what each does not say.

    Of the widths that may be missing that of size_t comes first: chunks without long strings do not use it, so many
    look as if that of an int were missing, which no Lua is known to leave out.
    """
    usual = Header()
    yield _with_values(data, OFFICIAL_HEADER), usual
    first_check = len(OFFICIAL_HEADER) - len(CHECKS)
    droppable = sorted(enumerate(OFFICIAL_HEADER[1:first_check], 1), key=lambda item: item[1].name != "size_t")
    for i, field in droppable:
        fields = _with_values(data, OFFICIAL_HEADER[:i] + OFFICIAL_HEADER[i + 1 :])
        yield fields, usual
        width = f"len_{field.name}"
        if hasattr(usual, width):
            yield fields, replace(usual, **{width: 12 - getattr(usual, width)})
    for i in range(1, first_check + 1):
        more = (*OFFICIAL_HEADER[:i], HeaderField("bytes", b"?"), *OFFICIAL_HEADER[i:])
        yield _with_values(data, more), usual


def _num_changed(candidate: tuple[tuple[HeaderField, ...], Header]) -> int:
    """How many bytes of a header differ from those that its fields have officially."""
    official = {field.name: field.value for field in OFFICIAL_HEADER}
    return sum(
        sum(a != b for a, b in zip(field.value, expected, strict=False))
        for field in candidate[0]
        if isinstance(field.value, bytes) and isinstance(expected := official.get(field.name), bytes)
    )


def _with_values(data: bytes, fields: tuple[HeaderField, ...]) -> tuple[HeaderField, ...]:
    """The fields with the bytes that ``data`` has in their places; a known number may not stand before bytes."""
    at = 0
    found = []
    for field in fields:
        size = len(field.value) if isinstance(field.value, bytes) else 1
        found.append(replace(field, value=data[at : at + size]) if isinstance(field.value, bytes) else field)
        at += size
    return tuple(found)
