"""Chunks without debug information, as ``luac -s`` writes them (ldump.c: ``DumpDebug``, ``DumpFunction``), or lines."""

from __future__ import annotations

from array import array
from dataclasses import replace

from aidec.bytecode.model import Chunk, Proto, Upvalue
from aidec.bytecode.model_types import blaming
from aidec.common.arguments import expect


def strip(chunk: Chunk, *, keep_source: bool = False) -> Chunk:
    """The chunk without line numbers, local variables, names of upvalues and sources.

    The lines where functions begin and end (``line_defined``, ``last_line_defined``) stay, as they do in Lua.

    Args:
        chunk: the chunk, which is not changed.
        keep_source: whether the sources stay too.
    """
    expect("chunk", chunk, Chunk)
    with blaming(chunk):
        return replace(chunk, main=_strip(chunk.main, keep_source=keep_source))


def without_lines(chunk: Chunk) -> Chunk:
    """The chunk with 0 for every line: what stays the same when the line breaks of its source are others."""
    return replace(chunk, main=_without_lines(chunk.main))


def _without_lines(proto: Proto) -> Proto:
    return replace(
        proto,
        line_defined=0,
        last_line_defined=0,
        line_info=array("i", bytes(4 * len(proto.line_info))),
        protos=tuple([_without_lines(inner) for inner in proto.protos]),
    )


def _strip(proto: Proto, *, keep_source: bool) -> Proto:
    return replace(
        proto,
        source=proto.source if keep_source else None,
        upvalues=tuple([Upvalue(None, upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]),
        protos=tuple([_strip(inner, keep_source=keep_source) for inner in proto.protos]),
        line_info=array("i"),
        local_vars=(),
        num_upvalue_names=0,
        unusual=(),
    )
