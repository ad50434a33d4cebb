"""The plain way to load a chunk: the parser that a first sketch of the spec makes, its tree turned into the model.

The measure for ``aidec.load``: benchmarks/parse.py compares the speed, tests/test_sketch.py the chunks.
"""

from __future__ import annotations

from array import array
from typing import Any

from aidec.bytecode import Chunk, Constant, Header, LocalVar, Proto, Upvalue
from sketch.lua53_sketch import Lua53Sketch

_Type = Lua53Sketch.ConstantType


def load(data: bytes) -> Chunk:
    """The chunk that these bytes are. What they are not, or not quite, is not told."""
    tree = Lua53Sketch.from_bytes(data)
    head = tree.header
    header = Header(head.is_big_endian, head.len_int, head.len_size_t, head.len_integer, head.len_number)
    return Chunk(header, tree.num_upvalues, _proto(tree.main, header))


def _proto(tree: Any, header: Header) -> Proto:
    names = [_string(name) for name in tree.upvalue_names]
    names += [None] * (tree.num_upvalues - len(names))
    return Proto(
        source=_string(tree.source),
        line_defined=tree.line_defined,
        last_line_defined=tree.last_line_defined,
        num_params=tree.num_params,
        is_vararg=tree.is_vararg,
        max_stack_size=tree.max_stack_size,
        code=array("I", tree.code),
        constants=tuple(_constant(constant) for constant in tree.constants),
        upvalues=tuple(Upvalue(name, u.in_stack, u.index) for name, u in zip(names, tree.upvalues, strict=True)),
        protos=tuple(_proto(inner, header) for inner in tree.protos),
        line_info=array("i" if header.len_int == 4 else "q", tree.line_info),
        local_vars=tuple(LocalVar(_string(v.name), v.start_pc, v.end_pc) for v in tree.local_vars),
        num_upvalue_names=tree.num_upvalue_names,
    )


def _string(tree: Any) -> bytes | None:
    return None if tree.is_absent else tree.value


def _constant(tree: Any) -> Constant:
    value: Constant = None
    if tree.type in {_Type.short_string, _Type.long_string}:
        value = tree.string.value
    elif tree.type == _Type.integer:
        value = tree.integer
    elif tree.type == _Type.number:
        value = tree.number.value
    elif tree.type == _Type.boolean:
        value = tree.boolean != 0
    return value
