"""Lua 5.3 itself as the oracle of its words: which stand in code, and which names its libraries have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lupa import lua53

import aidec

# Words and operators of many characters, but for escapes, the letters of numbers and the equals signs of long brackets
_CANDIDATE = re.compile(
    rb"(?<![A-Za-z0-9_\\])(?<!\\u\{)[A-Za-z_][A-Za-z0-9_]*"
    rb"|\.\.\.?|(?<!\[)(?<!\[=)==(?!=*\[)(?!\])|~=|<=|>=|//|<<|>>|::"
)


def compiles(source: bytes) -> bool:
    """Whether Lua accepts a source text."""
    try:
        aidec.compile(source)
    except aidec.CompileError:
        return False
    return True


def words_in_code(source: bytes) -> Iterator[tuple[int, int]]:
    """The offsets of the words and of the operators of many characters that are neither in a comment nor in a string.

    A dollar sign is an error in code and nowhere else.
    """
    assert compiles(source)
    for match in _CANDIDATE.finditer(source):
        if not compiles(source[: match.start()] + b"$" + source[match.start() :]):
            yield match.span()


def is_keyword(word: str) -> bool:
    return not compiles(f"local {word} = 1".encode())


def library() -> dict[str, set[str]]:
    """The names of Lua 5.3's globals, of the members of its tables, and of the methods of files."""
    lua = lua53.LuaRuntime(encoding="latin-1", register_eval=False, register_builtins=False)
    lua.execute("python = nil")  # lupa's own
    values = dict(lua.globals())
    tables = {name: set(dict(value)) for name, value in values.items() if lua53.lua_type(value) == "table"}
    files = {name for name in dict(lua.eval("getmetatable(io.stdout).__index")) if not name.startswith("__")}
    return {**tables, "file": files, "globals": set(values) - (set(tables) - {"_G"})}


_METAMETHODS = """
local names, called = {...}, {}
for _, code in ipairs{"o+1", "o-1", "o*1", "o/1", "o%1", "o^1", "o//1", "o&1", "o|1", "o~1", "o<<1", "o>>1", "-o", "~o",
    "#o", "o..1", "o==p", "o<p", "o<=p", "o()", "o.x", "tostring(o)", "pairs(o)", "(function() o.x = 1 end)()"} do
  called[code] = ""
  for _, name in ipairs(names) do
    local meta = {[name] = function() called[code] = called[code] .. " " .. name end}
    pcall(load("local o, p = ... return " .. code), setmetatable({}, meta), setmetatable({}, meta))
  end
end
return called
"""


def metamethods_called(names: Iterable[str]) -> dict[str, set[str]]:
    """For each operation of Lua those of the names whose metamethods it calls."""
    lua = lua53.LuaRuntime(register_eval=False, register_builtins=False)
    called = dict(lua.execute(_METAMETHODS, *names))
    return {str(code): set(str(found).split()) for code, found in called.items()}
