"""What bytes are that are no chunk of Lua 5.3 but look like one of its relatives."""

from __future__ import annotations

from aidec.bytecode.model import SIGNATURE

_VERSIONS = {0x23: "2.4", **{byte: f"{byte >> 4}.{byte & 15}" for byte in b"\x25\x31\x32\x40\x50\x51\x52\x54\x55"}}
"""The Lua that writes each version byte; 2.4 kept the format of 2.3, and its number."""
_TEXT = b"\t\n\r"
_LUAU_VERSIONS, _LUAU_TYPES = range(1, 16), range(1, 4)
"""The first byte of a Luau chunk, and since version 4 the second."""


def relative(data: bytes) -> str | None:
    """What the bytes seem to be, such as ``this is a LuaJIT chunk``; None where nothing is known of them."""
    if data.startswith(b"\x1bLJ"):
        return "this is a LuaJIT chunk"
    if data.startswith(b"\x1bRavi"):
        return "this is a Ravi chunk"
    if data.startswith(SIGNATURE):
        version = _VERSIONS.get(data[4]) if len(data) > 4 else None
        return version and f"this is a Lua {version} chunk"
    if len(data) > 1 and data[0] in _LUAU_VERSIONS and (data[0] < 4 or data[1] in _LUAU_TYPES):
        is_text = data[0] in _TEXT and data[1] not in _LUAU_TYPES
        return None if is_text else f"this may be a Luau chunk of version {data[0]}"
    return None
