"""Headers: the official one as bytes, and those of dialects, which are turned into it.

A spec of Kaitai's has its fields in one order. So the header of a dialect is matched here, field by field, and the
official header that says the same stands before the rest when the spec's parser reads it.
"""

from __future__ import annotations

import struct

from aidec.bytecode.dialect import CHECKS, OFFICIAL_HEADER, WIDTHS, Dialect, HeaderField
from aidec.bytecode.model import Header
from aidec.common.errors import ChunkError, WriteError

_INT = {4: "i", 8: "q"}
_FLOAT = {4: "f", 8: "d"}
_ORDERS = {"<": False, ">": True}


def header_bytes(header: Header, fields: tuple[HeaderField, ...] = OFFICIAL_HEADER) -> bytes:
    """A header as these fields."""
    widths = _widths(header)
    order = ">" if header.is_big_endian else "<"
    parts = []
    for field in fields:
        if field.name in WIDTHS:
            parts.append(bytes([widths[field.name]]))
        elif isinstance(field.value, bytes):
            parts.append(field.value)
        else:
            parts.append(_packed(field, widths, order))
    return b"".join(parts)


def write_header(header: Header, dialect: Dialect) -> bytes:
    """A header as that of a dialect.

    Raises:
        WriteError: it has a width, or the byte order, that the dialect has not.
    """
    widths, absent = _widths(header), _widths(dialect.absent)
    declared = {field.name: field.value for field in dialect.header}
    for name, width in widths.items():
        expected = declared.get(name, absent[name])
        if expected not in (None, width):
            raise WriteError(
                f"header: the dialect {dialect.name!r} has {expected!r} bytes for {name}, the chunk {width}"
            )
    if not declared.keys() & set(CHECKS) and header.is_big_endian != dialect.absent.is_big_endian:
        raise WriteError(f"header: the dialect {dialect.name!r} has another byte order than the chunk")
    return header_bytes(header, dialect.header)


def read_header(data: bytes, dialect: Dialect) -> tuple[Header, int]:
    """The header that ``data`` starts with, and where it ends.

    Raises:
        ChunkError: it is not that of the dialect.
    """
    widths = _widths(dialect.absent)
    orders = set(_ORDERS)
    at = 0
    for field in dialect.header:
        size = len(field.value) if isinstance(field.value, bytes) else 1
        if field.name in CHECKS:
            size = widths[field.name.removeprefix("check_")]
        found = data[at : at + size]
        place = f"header.{field.name}"
        if len(found) < size:
            raise ChunkError(f"expected {size} byte{'s' * (size > 1)}, but only {len(found)} are left", at, place)
        if isinstance(field.value, bytes):
            if found != field.value:
                raise _unlike(dialect, repr(field.value), found, at, place)
        elif field.name in WIDTHS:
            if found[0] not in ((4, 8) if field.value is None else (field.value,)):
                raise _unlike(dialect, "4 or 8" if field.value is None else f"{field.value}", found, at, place)
            widths[field.name] = found[0]
        else:
            orders = {order for order in orders if _packed(field, widths, order) == found}
            if not orders:
                raise _unlike(dialect, f"{field.value}", found, at, place)
        at += size
    is_big_endian = _ORDERS[orders.pop()] if len(orders) == 1 else dialect.absent.is_big_endian
    return Header(is_big_endian, *(widths[name] for name in WIDTHS if name != "instruction")), at


def _unlike(dialect: Dialect, expected: str, found: bytes, at: int, place: str) -> ChunkError:
    return ChunkError(f"expected {expected} in the dialect {dialect.name!r}, read {found!r}", at, place)


def _widths(header: Header) -> dict[str, int]:
    widths = (header.len_int, header.len_size_t, 4, header.len_integer, header.len_number)
    return dict(zip(WIDTHS, widths, strict=True))


def _packed(field: HeaderField, widths: dict[str, int], order: str) -> bytes:
    """A known number, as stored in a byte order."""
    width = widths[field.name.removeprefix("check_")]
    return struct.pack(order + (_INT if field.name == "check_integer" else _FLOAT)[width], field.value)
