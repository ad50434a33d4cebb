"""Source text to chunk with the Lua 5.3 that lupa's wheel holds: the bytes that luac 5.3 writes. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lupa import lua53

from aidec.common.arguments import expect
from aidec.common.encodings import wide_encoding
from aidec.common.errors import CompileError
from aidec.lua.lines import BOM, text_start

_UNNAMED = b"=?"


def compile_source(source: bytes | str, name: bytes | str = "=?", *, strip: bool = False) -> bytes:
    """Compile Lua source text; a first line that starts with ``#`` and a byte order mark are skipped, as luac does.

    Args:
        source: the text of a Lua file; a ``str`` is compiled as UTF-8.
        name: the chunk's name, ``@`` and a file name for the text of a file.
        strip: leave out the debug information, as ``luac -s`` does.

    Raises:
        CompileError: the text is not valid Lua 5.3; the message is the compiler's, ``NAME:LINE: what is wrong``, and
            ``aidec.lua.diagnostics`` finds the column.
    """
    source, name = as_bytes(source, "source"), as_bytes(name, "name")
    source = skip_comment(source)
    if source.removeprefix(b"\n").startswith(b"\x1b"):
        raise CompileError("expected Lua source text, but this is a precompiled chunk", _shown(name))
    chunk, message = _compiler()(source, name, bool(strip))
    if chunk is None:
        if encoding := wide_encoding(source):
            raise CompileError(f"expected text in UTF-8 or alike, but this is {encoding}", _shown(name))
        if name != _UNNAMED:
            _, message = _compiler()(source, _UNNAMED, bool(strip))
        raise _error(message, _shown(name))
    return bytes(chunk)


def as_bytes(text: bytes | str, what: str) -> bytes:
    """The bytes of a text, which ``what`` names in errors.

    Raises:
        CompileError: it has half of a surrogate pair, which UTF-8 can't spell.
        TypeError: it is neither text nor bytes.
    """
    if isinstance(text, bytes | bytearray | memoryview):
        return bytes(text)
    expect(what, text, str, bytes)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise CompileError(f"{what}: half of a surrogate pair is no text: {text[error.start]!r}", "", line) from None


def skip_comment(source: bytes) -> bytes:
    """What lauxlib.c: ``skipcomment`` leaves of a file; the newline stays, so that line numbers are right."""
    start = text_start(source)
    return source[start:] or b"\n" * source.removeprefix(BOM).startswith(b"#")


def _error(message: bytes, name: str) -> CompileError:
    """The error of a message about a source that was compiled without a name."""
    place = re.match(rb"\?:(\d+): ", message)
    if place is None:  # lmem.c: luaM_growaux_ names no line, and lupa adds a traceback to what it says
        return CompileError(message.partition(b"\nstack traceback:\n")[0].decode(), name)
    return CompileError(message[place.end() :].decode("utf-8", "backslashreplace"), name, int(place[1]))


def _shown(name: bytes) -> str:
    """The name as an error message shows it, whole, where Lua itself cuts it at 60 bytes (lobject.c: luaO_chunkid)."""
    if name[:1] in (b"@", b"="):
        return name[1:].decode("utf-8", "backslashreplace")
    return "[string]"


@lru_cache(maxsize=1)
def _compiler() -> Callable[[bytes, bytes, bool], tuple[bytes | None, bytes]]:
    """A Lua function that compiles in an environment of its own, made once for a process."""
    runtime: Any = lua53.LuaRuntime(
        encoding=None, unpack_returned_tuples=True, register_eval=False, register_builtins=False
    )
    # A finalizer that runs while the parser is nested deep would take the last of its C levels, so garbage waits.
    compiler: Callable[[bytes, bytes, bool], tuple[bytes | None, bytes]] = runtime.execute(b"""
        collectgarbage("stop")
        return function(source, name, strip)
            local chunk, message = load(source, name, "t")
            local code = chunk and string.dump(chunk, strip)
            chunk = nil
            collectgarbage()
            return code, message
        end
    """)
    return compiler
