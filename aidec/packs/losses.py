"""What a lossless pack may leave untold all the same: things that luac does not write, or that options tell."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from dataclasses import replace

from aidec.bytecode import OPCODES, Chunk, Header, Proto
from aidec.packs.proto_view import usual_num_upvalue_names


def tellable(chunk: Chunk, loses: Iterable[str]) -> Chunk:
    """The chunk as a pack with these losses can tell it; a chunk that luac made of a source stays as it is."""
    for name in loses:
        chunk = LOSSES[name](chunk)
    return chunk


def _everywhere(change: Callable[[Proto], Proto]) -> Callable[[Chunk], Chunk]:
    """A change of all functions of a chunk, from that of one."""

    def walk(proto: Proto) -> Proto:
        return replace(change(proto), protos=tuple([walk(inner) for inner in proto.protos]))

    return lambda chunk: replace(chunk, main=walk(chunk.main))


def _header(chunk: Chunk) -> Chunk:
    return replace(chunk, header=Header())


def _opcode_numbers(proto: Proto) -> Proto:
    return replace(proto, code=array("I", [word if OPCODES[word & 63].is_known else word & ~63 for word in proto.code]))


def _nan_bits(proto: Proto) -> Proto:
    constants = [math.nan if isinstance(c, float) and math.isnan(c) else c for c in proto.constants]
    return replace(proto, constants=tuple(constants))


def _absent_upvalue_names(proto: Proto) -> Proto:
    return replace(proto, num_upvalue_names=usual_num_upvalue_names(proto.upvalues))


def _repeated_sources(chunk: Chunk) -> Chunk:
    def walk(proto: Proto, around: bytes | None) -> Proto:
        source = around if proto.source is None else proto.source
        inner = tuple([walk(inner, source) for inner in proto.protos])
        return replace(proto, source=None if source == around else source, protos=inner)

    return replace(chunk, main=walk(chunk.main, None))


LOSSES: dict[str, Callable[[Chunk], Chunk]] = {
    "header": _header,
    "opcode_numbers": _everywhere(_opcode_numbers),
    "nan_bits": _everywhere(_nan_bits),
    "absent_upvalue_names": _everywhere(_absent_upvalue_names),
    "repeated_sources": _repeated_sources,
}
"""By the name that ``pack.yaml`` has for them:

- ``header``: the widths and the byte order of the chunk, which are options of ``aidec assemble``;
- ``opcode_numbers``: which number above 46 an unknown opcode has;
- ``nan_bits``: which of its many bit patterns a NaN has;
- ``absent_upvalue_names``: whether absent upvalue names are listed as absent, or not listed;
- ``repeated_sources``: whether a function repeats the source of the function around it.
"""
