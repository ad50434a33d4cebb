"""Messages between the caller and the processes that run Lua: a list of byte strings, each with its length before it.

Nothing is unpickled: what comes from a process that ran a hostile script is bytes, and never more than was asked for.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

MAX_BYTES = 1 << 31
"""The longest message; a longer one is a broken stream."""

_LENGTH = struct.Struct("<Q")


def pack(parts: Sequence[bytes]) -> bytes:
    """One message: the number of its parts, their lengths, the parts.

    >>> unpack(pack([b"a", b"", b"bc"]))
    [b'a', b'', b'bc']
    """
    return b"".join([_LENGTH.pack(len(parts)), *(_LENGTH.pack(len(part)) for part in parts), *parts])


def unpack(message: bytes) -> list[bytes]:
    """The parts of a message.

    Raises:
        ValueError: the message is cut short, or has bytes left over.
    """
    if len(message) < _LENGTH.size:
        raise ValueError("a message is cut short")
    (count,) = _LENGTH.unpack_from(message)
    start = _LENGTH.size * (1 + count)
    if start > len(message):
        raise ValueError("a message is cut short")
    parts = []
    for index in range(count):
        (length,) = _LENGTH.unpack_from(message, _LENGTH.size * (1 + index))
        parts.append(message[start : start + length])
        start += length
    if start != len(message):
        raise ValueError(f"a message of {len(message)} bytes says that it has {start}")
    return parts


def send(connection: socket.socket, parts: Sequence[bytes]) -> None:
    """Send a message.

    Raises:
        OSError: the other end is closed.
    """
    message = pack(parts)
    connection.sendall(_LENGTH.pack(len(message)) + message)


def receive(connection: socket.socket) -> list[bytes] | None:
    """The parts of the next message, or None where the other end is closed.

    Raises:
        OSError: the connection broke, or its time is over (``TimeoutError``).
        ValueError: what came is no message.
    """
    head = _exactly(connection, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_BYTES:
        raise ValueError(f"a message says that it has {length} bytes")
    message = _exactly(connection, length)
    return None if message is None else unpack(message)


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    """That many bytes, or None where the other end closes before."""
    parts = []
    while length:
        part = connection.recv(min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
