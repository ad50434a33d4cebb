"""A Lua state made ready for scripts, in the process that forks: with the sandbox in it, or raw."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from lupa import lua53

from aidec.lua import descriptors

_STRIP = b"""
    local assert, dump, load = assert, string.dump, load
    return function(text, name) return load(dump(assert(load(text, name)), true), name, "b") end
"""
"""Loads a program of ours without its debug information."""


@dataclass(slots=True)
class Warm:
    """A Lua state, made ready: what a child calls, and the descriptors of notes and of reports."""

    runtime: Any
    prepare: Any
    run: Any
    note: int
    channel: int

    def forget(self) -> None:
        """Close the Lua state, by letting go of all that refers to it: finalizers run now."""
        self.prepare = self.run = self.runtime = None


def warm_state(programs: list[bytes]) -> Warm:
    """A Lua state with the lua layer.

    Args:
        programs: the texts of ``sandbox.lua`` and, where runs are deterministic, ``deterministic.lua``.
    """
    runtime = lua53.LuaRuntime(
        encoding=None,
        unpack_returned_tuples=True,
        max_memory=0,
        register_eval=False,
        register_builtins=False,
        attribute_filter=_refuse,
    )
    strip = runtime.execute(_STRIP)
    before = descriptors.open_ones()
    prepare, run, tools = strip(programs[0], b"=sandbox")(os.devnull.encode())
    note, channel = sorted(descriptors.open_ones() - before)
    for program in programs[1:]:
        strip(program, b"=deterministic")(tools)
    del tools
    runtime.execute(b"collectgarbage() collectgarbage()")
    return Warm(runtime, prepare, run, note, channel)


def _refuse(_object: object, name: object, _is_setting: bool) -> str:  # noqa: FBT001 -- lupa's signature
    """Let Lua have no attribute of an object of Python, should it ever get one."""
    raise AttributeError(name)


def raw_state() -> Warm:
    """A Lua state as lupa makes it, with all of Lua's library and Python in reach, to test the other layers.

    What raw scripts attack with is imported: once they are confined they could not, and nothing would be tried.
    """
    import mmap
    import subprocess

    del mmap, subprocess
    runtime = lua53.LuaRuntime(encoding=None, unpack_returned_tuples=True, max_memory=0)
    prepare, run = runtime.execute(_RAW)
    return Warm(runtime, prepare, run, -1, -1)


_RAW = b"""
    local traceback, getinfo, load, xpcall, unpack = debug.traceback, debug.getinfo, load, xpcall, table.unpack
    local source, name, list
    local function prepare(text, chunkname, _, _, arguments, _)
        source, name, list = text, chunkname, {}
        local position = 1
        while position <= #arguments do
            list[#list + 1], position = string.unpack("<s4", arguments, position)
        end
        arg = list
    end
    local function run()
        local chunk, message = load(source, name)
        if not chunk then return "syntax", "", message, "" end
        local ok, failure = xpcall(chunk, function(value) return traceback(tostring(value)) end, unpack(list))
        if ok then return "ok", "", false end
        return failure == "not enough memory" and "memory" or "error", "", failure, "", "runtime"
    end
    return prepare, run
"""
"""The state without the lua layer, for tests of the other layers."""
