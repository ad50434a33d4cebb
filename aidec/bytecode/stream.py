"""A Kaitai stream over bytes: each number and string that the generated parser asks for, read in one step.

Kaitai's own stream works over any file. Each of its reads goes through three methods and an ``io.BytesIO``, copies the
bytes and unpacks the copy. Here a number is unpacked where it stands. The two return the same, and raise the same where
bytes are missing: tests/test_stream.py holds them equal. This one has the methods that ``ksy/lua53_chunk.ksy`` needs;
inherited ones fail, since there is no file.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NoReturn

from kaitaistruct import EndOfStreamError, InvalidArgumentError, KaitaiStream


def _reader(layout: str) -> Callable[[BytesStream], Any]:
    """A method that returns the next number.

    Args:
        layout: how the number is stored, in the format of ``struct``.
    """
    width = struct.calcsize(layout)
    unpack_from = struct.Struct(layout).unpack_from

    def read(self: BytesStream) -> Any:
        pos = self._pos
        try:
            (value,) = unpack_from(self._data, pos)
        except struct.error:
            self._fail(width)
        self._pos = pos + width
        return value

    return read


class BytesStream(KaitaiStream):  # type: ignore[misc]  # kaitaistruct has no types
    """Reads ``data`` from its start."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pos = 0

    def pos(self) -> int:
        """The offset of the next byte."""
        return self._pos

    def seek(self, n: int) -> None:
        """Make ``n`` the offset of the next byte."""
        self._pos = n

    def read_bytes(self, n: int) -> bytes:
        """The next ``n`` bytes."""
        start = self._pos
        end = start + n
        if not start <= end <= len(self._data):
            self._fail(n)
        self._pos = end
        return self._data[start:end]

    def read_u1(self) -> int:
        """The next byte as a number."""
        pos = self._pos
        try:
            value = self._data[pos]
        except IndexError:
            self._fail(1)
        self._pos = pos + 1
        return value

    read_s4le, read_s4be = _reader("<i"), _reader(">i")
    read_u4le, read_u4be = _reader("<I"), _reader(">I")
    read_s8le, read_s8be = _reader("<q"), _reader(">q")
    read_u8le, read_u8be = _reader("<Q"), _reader(">Q")
    read_f8le, read_f8be = _reader("<d"), _reader(">d")

    def read_f4le(self) -> float:
        """The next number of single precision, its least significant byte first."""
        return _widened(self.read_u4le())

    def read_f4be(self) -> float:
        """The next number of single precision, its most significant byte first."""
        return _widened(self.read_u4be())

    def _fail(self, n: int) -> NoReturn:
        """Raises what Kaitai's stream raises if it can't read ``n`` bytes."""
        if n < 0:
            raise InvalidArgumentError(f"requested invalid {n} amount of bytes") from None
        left = len(self._data) - self._pos
        raise EndOfStreamError(f"requested {n} bytes, but only {left} bytes available", n, left) from None


def _widened(single: int) -> float:
    """The float that has these bits in single precision. A NaN keeps its bits, of which a processor would set one."""
    sign, exponent, fraction = single >> 31, single >> 23 & 0xFF, single & 0x7FFFFF
    if exponent == 0xFF and fraction:
        value: float = struct.unpack("<d", struct.pack("<Q", sign << 63 | 0x7FF << 52 | fraction << 29))[0]
    else:
        (value,) = struct.unpack("<f", struct.pack("<I", single))
    return value
