"""The exceptions of aidec: all that it raises on purpose is an ``AidecError``, and its text is one line."""

from __future__ import annotations


class AidecError(Exception):
    """The root of the tree; its text is one line that says what is wrong, where, and what was expected."""


class ChunkError(AidecError):
    """Bytes that are not a Lua 5.3 chunk.

    Attributes:
        offset: the byte where the trouble starts, counted from 0.
        field: the field there, as ``ksy/lua53_chunk.ksy`` names it, for example ``main.constants[3].string``.
    """

    def __init__(self, problem: str, offset: int, field: str) -> None:
        super().__init__(f"byte {offset} ({field}): {problem}")
        self.problem = problem
        self.offset = offset
        self.field = field

    def __reduce__(self) -> tuple[type[ChunkError], tuple[str, int, str]]:
        return ChunkError, (self.problem, self.offset, self.field)


class CompileError(AidecError):
    """Source text that Lua 5.3 does not compile; the text is the compiler's own message."""


class PackError(AidecError):
    """A template pack that is missing or malformed; the text names the file and the line."""
