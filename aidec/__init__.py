"""aidec turns Lua 5.3 bytecode into the input of a language model, and back.

>>> import aidec
>>> chunk = aidec.load(aidec.compile("a=1", name="@demo.lua"))
>>> chunk.main.constants
(b'a', 1)
>>> aidec.render(chunk)[:59]
'<|Proto|><|Proto-nupvalues=1|><|Proto-numparams=0|><|Proto-'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO

from aidec.common.arguments import expect, expect_each
from aidec.common.errors import (
    AidecError,
    ChunkError,
    CompileError,
    DatasetError,
    DialectError,
    PackError,
    ReadError,
    WriteError,
)
from aidec.version import __version__

if TYPE_CHECKING:
    from aidec.bytecode import Chunk, Header
    from aidec.bytecode.dialect import Dialect
    from aidec.decompiler.decompiled import Decompiled

__all__ = [
    "AidecError",
    "ChunkError",
    "CompileError",
    "DatasetError",
    "DialectError",
    "PackError",
    "ReadError",
    "WriteError",
    "__version__",
    "assemble",
    "compile",
    "decompile",
    "dump",
    "load",
    "render",
    "render_all",
    "vocabulary",
]


def load(source: str | PathLike[str] | bytes | BinaryIO, dialect: str | PathLike[str] | Dialect | None = None) -> Chunk:
    """Read a precompiled Lua 5.3 chunk.

    >>> import aidec
    >>> chunk = aidec.load(aidec.compile("local x <const> = 1", name="@x.lua"))
    Traceback (most recent call last):
    aidec.common.errors.CompileError: x.lua:1: unexpected symbol near '<'

    Args:
        source: the path of a file, the bytes themselves, or a file opened in binary mode.
        dialect: the name of a dialect, or the path of its file, where the chunk is no official one. The opcodes and
            strings of what is returned are plain all the same.

    Raises:
        ChunkError: the bytes are not one whole chunk of Lua 5.3; it has the offset and the field.
        DialectError: there is no such dialect, its file is malformed, or it does not know an opcode of the chunk.
        OSError: the file cannot be read.
    """
    from aidec.bytecode import load

    return load(source, dialect)


def render(
    chunk: Chunk,
    pack: str | PathLike[str] = "classic",
    strip: bool = False,  # noqa: FBT001, FBT002 (the way it is written everywhere)
    script: bytes | None = None,
) -> str:
    """Spell a chunk as text with a template pack.

    >>> import aidec
    >>> chunk = aidec.load(aidec.compile("a=1"))
    >>> "_ENV" in aidec.render(chunk), "_ENV" in aidec.render(chunk, strip=True)
    (True, False)

    Args:
        chunk: what ``load`` returns.
        pack: the name of a pack, or the path of a pack's folder.
        strip: first remove the debug information, as ``luac -s`` does.
        script: the source text of the chunk, for packs that show it.

    Raises:
        PackError: there is no such pack, or one of its files is at fault; the message names the file and the line.
    """
    from aidec import bytecode, packs

    expect("strip", strip, bool, int)
    return packs.renderer(pack).render(bytecode.strip(chunk) if strip else chunk, script)


def render_all(
    chunks: Iterable[Chunk],
    pack: str | PathLike[str] = "classic",
    strip: bool = False,  # noqa: FBT001, FBT002 (as in ``render``)
    scripts: Iterable[bytes | None] | None = None,
) -> Iterator[str]:
    """Spell many chunks, in their order: as ``render`` would one by one, but small ones together, in less time.

    >>> import aidec
    >>> chunks = [aidec.load(aidec.compile(f"return {number}")) for number in range(3)]
    >>> list(aidec.render_all(chunks)) == [aidec.render(chunk) for chunk in chunks]
    True

    Args:
        chunks: what ``load`` returns; they are taken as texts are asked for, some of them ahead.
        pack: as for ``render``.
        strip: as for ``render``.
        scripts: the source text of each, for packs that show it.

    Raises:
        PackError: as for ``render``; a chunk on which a template fails takes those with it that are rendered together.
        ArgumentError: there are not as many scripts as chunks.
    """
    from aidec import bytecode, packs

    expect("strip", strip, bool, int)
    taken = expect_each("chunks", chunks, bytecode.Chunk)
    return packs.renderer(pack).render_all(map(bytecode.strip, taken) if strip else taken, scripts)


def compile(source: str | bytes, name: str | bytes = "=?", *, strip: bool = False) -> bytes:  # noqa: A001
    r"""Compile Lua source to the bytes that luac 5.3 writes; the source is never run.

    >>> import aidec
    >>> aidec.compile("return 1", name="@one.lua")[:5]
    b'\x1bLuaS'

    Args:
        source: the text of a Lua file; a ``str`` is taken as UTF-8.
        name: the chunk's name, ``@`` and a file name for the text of a file.
        strip: leave out the debug information, as ``luac -s`` does.

    Raises:
        CompileError: the source is not Lua 5.3; the message is the compiler's, ``NAME:LINE: what is wrong``.
    """
    from aidec.lua import compile_source

    return compile_source(source, name, strip=strip)


def decompile(chunk: Chunk, *, plain: bool = False, lines: bool = False) -> Decompiled:
    """Decompile a chunk to Lua source, and prove each function by compiling it again.

    >>> import aidec
    >>> program = aidec.decompile(aidec.load(aidec.compile("local n = 0; function f(t) n = n + #t end", strip=True)))
    >>> print(program.source.decode(), end="")
    -- Decompiled by aidec; all 2 functions are proven: compiled again, the bytecode is the same.
    local n = 0
    <BLANKLINE>
    function f(list)
        n = n + #list
    end

    Args:
        chunk: the chunk; names and scopes of its debug information are used where it has them.
        plain: number the variables: use neither the names of the debug information nor any made from their use.
        lines: lay the text out on the lines of the debug information, and compare that too.
    """
    from aidec.decompiler.program import decompile as decompile_chunk

    return decompile_chunk(chunk, plain=plain, lines=lines)


def assemble(text: str, pack: str | PathLike[str] = "classic", header: Header | None = None) -> Chunk:
    """Read back the text of a chunk, and prove that it is what the pack prints for it.

    >>> import aidec
    >>> chunk = aidec.load(aidec.compile("a=1"))
    >>> aidec.assemble(aidec.render(chunk)) == chunk
    True

    Args:
        text: what ``render`` returned; line breaks at its end are passed over.
        pack: the name of the pack that printed it, or the path of its folder.
        header: widths and byte order, where the pack does not print them; luac's on a 64-bit machine by default.

    Raises:
        ReadError: the pack prints no such text; the message names the line and the column, and what could stand there.
        PackError: there is no such pack, or it does not print all that a chunk is made of.
    """
    from aidec.packs.reader import read

    return read(text, pack, header)


def dump(chunk: Chunk, dialect: str | PathLike[str] | Dialect | None = None) -> bytes:
    """The bytes of a chunk, in the widths and the byte order of its header; Lua 5.3 loads them if it has these too.

    >>> import aidec
    >>> code = aidec.compile("a=1")
    >>> aidec.dump(aidec.load(code)) == code
    True

    Args:
        chunk: what ``load`` returns.
        dialect: as for ``load``; an official chunk is written by default.

    Raises:
        WriteError: a value does not fit the header's widths, or the dialect has no room for something.
        DialectError: as for ``load``, but an opcode is a ``WriteError``.
    """
    from aidec.bytecode import dump

    return dump(chunk, dialect)


def vocabulary(pack: str | PathLike[str] = "classic") -> list[str]:
    """The tokens of a pack, in the order in which a tokenizer numbers them.

    >>> import aidec
    >>> len(aidec.vocabulary("classic"))
    4239

    Raises:
        PackError: there is no such pack, or its ``pack.yaml`` is at fault.
    """
    from aidec.packs import load_pack

    return load_pack(pack).vocabulary()
