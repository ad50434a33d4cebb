"""The embedded Lua 5.3."""

from aidec.lua.compile import compile_source

__all__ = ["compile_source"]
