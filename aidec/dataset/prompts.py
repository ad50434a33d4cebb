"""Prompts that show decompiled source, each proven by compiling it again."""

from __future__ import annotations

from functools import cached_property

from aidec.bytecode import Chunk, Proto, load
from aidec.bytecode.fingerprint import exact_key
from aidec.common.errors import CompileError, DatasetError
from aidec.decompiler.alone import captured_names, text_alone
from aidec.decompiler.decompiled import Decompiled, DecompiledFunction
from aidec.decompiler.places import spelled
from aidec.decompiler.program import decompile
from aidec.lua import compile_source
from aidec.lua.nodes import Block


class Prompts:
    """The decompiled texts of a chunk and of its functions. The chunk is decompiled when the first is asked for.

    Args:
        chunk: the whole chunk, as it is to be shown: stripped or not.
        plain: number the variables, and make no names from their use.
    """

    def __init__(self, chunk: Chunk, *, plain: bool) -> None:
        self.chunk = chunk
        self.plain = plain

    def text(self, path: tuple[int, ...]) -> bytes:
        """The text of the function at a path, alone; for the empty path that of the whole chunk.

        Raises:
            DatasetError: it is not proven; the message says where it differs.
        """
        function = self._functions.get(path)
        if function is None or function.tree.body not in self._captured:
            raise DatasetError("the functions around it were decompiled without it")
        for inner in function.walk():
            if not inner.is_proven:
                raise DatasetError(f"{spelled(inner.path)} differs at: {inner.difference}")
        text = text_alone(function, self._captured[function.tree.body]) if path else self._program.text
        try:
            proto = shown(text, is_function=bool(path))
        except CompileError as error:
            raise DatasetError(f"by itself it does not compile: {error}") from None
        if exact_key(proto) != exact_key(self._proto(path)):
            raise DatasetError("by itself it compiles to other code")
        return text

    def _proto(self, path: tuple[int, ...]) -> Proto:
        proto = self.chunk.main
        for index in path:
            proto = proto.protos[index]
        return proto

    @cached_property
    def _program(self) -> Decompiled:
        return decompile(self.chunk, plain=self.plain)

    @cached_property
    def _functions(self) -> dict[tuple[int, ...], DecompiledFunction]:
        return {function.path: function for function in self._program.functions}

    @cached_property
    def _captured(self) -> dict[Block, list[str]]:
        return captured_names(self._program)


def shown(text: bytes, *, is_function: bool) -> Proto:
    """The function that a prompt shows.

    Args:
        text: the prompt.
        is_function: it is the text of a function alone, and not of a whole chunk.

    Raises:
        CompileError: the text is not Lua, or is to be that of a function but is not.
    """
    proto = load(compile_source(text)).main
    if not is_function:
        return proto
    if len(proto.protos) != 1:
        raise CompileError(f"expected the text of one function, read {len(proto.protos)}")
    return proto.protos[0]
