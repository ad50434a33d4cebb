"""What ``luac -s`` removes from a chunk (ldump.c: ``DumpDebug``, ``DumpFunction``)."""

from __future__ import annotations

from array import array
from dataclasses import replace

from aidec.bytecode.model import Chunk, Proto, Upvalue


def strip(chunk: Chunk, *, keep_source: bool = False) -> Chunk:
    """The chunk without its debug information: line numbers, names of local variables and upvalues, sources.

    With ``keep_source`` the sources stay. Where the functions begin and end (``line_defined``) stays in any case, as it
    does in Lua.
    """
    return replace(chunk, main=_strip(chunk.main, keep_source=keep_source))


def _strip(proto: Proto, *, keep_source: bool) -> Proto:
    return replace(
        proto,
        source=proto.source if keep_source else None,
        upvalues=tuple([Upvalue(None, upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]),
        protos=tuple([_strip(inner, keep_source=keep_source) for inner in proto.protos]),
        line_info=array("i"),
        local_vars=(),
        num_upvalue_names=0,
    )
