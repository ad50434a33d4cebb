"""Hypothesis strategies: chunks with everything that a file can hold, whether or not luac would write it."""

from __future__ import annotations

import ctypes
import struct
from array import array
from dataclasses import replace

from hypothesis import strategies as st

from aidec.bytecode import Chunk, Constant, Header, LocalVar, Proto, Upvalue

TOKENS = (
    b"<|Proto|>",
    b"<|/Constant|>",
    b"<|",
    b"|>",
    b"<",
    b"|",
    b"\\x3C",
    b"\\x0a",
    b"\\",
    b'"',
    b"\n",
    b"\0",
    b"%s",
    b"{{",
)
"""What a string must hold to spell a token, an escape or a format."""

words = st.integers(0, 2**32 - 1)
c_ints = st.integers(-(2**31), 2**31 - 1)
bytes_ = st.integers(0, 255)

strings = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=6).map(b"".join),
    st.text(max_size=12).map(str.encode),
    st.binary(max_size=12),
    st.integers(250, 258).map(lambda length: b"x" * length),
)
"""Strings that try to spell tokens, text, bytes of any kind, and lengths around that where a long size begins."""

floats = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0]),
)
"""Floats, NaNs of any bits among them."""

constants: st.SearchStrategy[Constant] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), floats, strings
)

upvalues = st.builds(Upvalue, name=st.none() | strings, in_stack=bytes_, index=bytes_)
pcs = st.integers(0, 8) | c_ints
local_vars = st.builds(LocalVar, name=st.none() | strings, start_pc=pcs, end_pc=pcs)


@st.composite
def code(draw: st.DrawFn) -> array[int]:
    """Words of any kind, jumps that stay inside the function, and instructions that use one of a few constants."""
    near = st.integers(-3, 3).map(lambda distance: distance + 131071 << 14)
    jumps = st.builds(lambda bx, opcode: bx | opcode, near, st.sampled_from((30, 39, 40, 42)))
    tests = st.builds(lambda word, opcode: word & ~0x3F | opcode, words, st.sampled_from((31, 34, 35, 41, 43)))
    rk = st.integers(0, 1) | st.integers(256, 262)
    loads = st.builds(lambda a, bx: bx << 14 | a << 6 | 1, bytes_, st.integers(0, 6))
    uses = st.builds(lambda opcode, a, b, c: b << 23 | c << 14 | a << 6 | opcode, st.integers(5, 31), bytes_, rk, rk)
    return array("I", draw(st.lists(st.one_of(words, jumps, tests, loads, uses), max_size=8)))


@st.composite
def protos(draw: st.DrawFn, depth: int = 0) -> Proto:
    """Functions whose debug information is whole, absent, or there in part."""
    words_of_code = draw(code())
    own_upvalues = draw(st.lists(upvalues, max_size=4))
    num_names = draw(st.integers(0, len(own_upvalues)))
    own_upvalues[num_names:] = [Upvalue(None, u.in_stack, u.index) for u in own_upvalues[num_names:]]
    lines = st.lists(c_ints, min_size=len(words_of_code), max_size=len(words_of_code))
    return Proto(
        source=draw(st.none() | strings),
        line_defined=draw(c_ints),
        last_line_defined=draw(c_ints),
        num_params=draw(bytes_),
        is_vararg=draw(bytes_),
        max_stack_size=draw(bytes_),
        code=words_of_code,
        constants=tuple(draw(st.lists(constants, max_size=6))),
        upvalues=tuple(own_upvalues),
        protos=tuple(draw(st.lists(protos(depth + 1), max_size=2 - depth))) if depth < 2 else (),
        line_info=array("i", draw(st.one_of(st.just([]), lines, st.lists(c_ints, max_size=4)))),
        local_vars=tuple(draw(st.lists(local_vars, max_size=3))),
        num_upvalue_names=num_names,
    )


headers = st.builds(
    Header,
    is_big_endian=st.booleans(),
    len_int=st.sampled_from((4, 8)),
    len_size_t=st.sampled_from((4, 8)),
)
"""The variants in which every constant of ``constants`` can be written."""

chunks = st.builds(Chunk, headers, bytes_, protos())

LEAST, GREATEST = -(2**63), 2**63 - 1

far_chunk = Chunk(
    Header(len_int=8),
    0,
    Proto(
        source=None,
        line_defined=GREATEST,
        last_line_defined=LEAST,
        num_params=0,
        is_vararg=0,
        max_stack_size=2,
        code=array("I", [0, 0, 0x0080_0026]),
        constants=(LEAST, GREATEST),
        upvalues=(),
        protos=(),
        line_info=array("q", [LEAST, GREATEST, 1]),
        local_vars=(LocalVar(b"a", LEAST, GREATEST), LocalVar(b"b", GREATEST, LEAST), LocalVar(b"c", 1, 2)),
        num_upvalue_names=0,
    ),
)
"""A chunk whose numbers are so far apart that their differences take more than 64 bits."""


LUA_PIECES = (
    "local", "function", "end", "elseif", "then", "self", "print", "string.format", "player", "camelCase", "snake_x",
    " ", "  ", "        ", "\t", "\n", "\r\n", "\n\n", "=", "==", "~=", "..", "...", "//", "::", "<<", "(", ")", ",",
    "'", '"', "[[", "]]", "[==[", "--", "--[[", "#", "%", "\\n", "0", "1", "42", "3.14", "0xFF", "1e10", "999", "don't",
    "é", "ж", "你好", "\u2028", "\u00a0", "\u0301", "😀", "\x00", "\x7f", "<|", "|>",
)  # fmt: skip
"""What Lua is made of, and what splits oddly."""

SPELLINGS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|bos|>", "<|user_start|>", "<|user_end|>", "<|assistant_start|>",
    "<|assistant_end|>", "<|python_start|>", "<|output_end|>", "<|Proto|>", "<|/Constant|>", "<|OP_MOVE|>",
    "<|TOKEN:pad|>", "user\n", "assistant\n", "\\x0A", "<0x0A>", "▁", "<|im_", "end|>", "\ud8000\ud801", "\ud802",
)  # fmt: skip
"""Texts that are special tokens of some tokenizer, are part of one, or mean something to those who make them."""

sources = st.lists(st.sampled_from(LUA_PIECES), max_size=30).map("".join)
"""Text that looks like Lua."""

forgeries = st.lists(st.sampled_from(SPELLINGS) | st.sampled_from(LUA_PIECES), min_size=1, max_size=8).map("".join)
"""Text that spells special tokens."""

plain_texts = st.one_of(sources, st.text(max_size=40), forgeries).map(
    lambda text: text.encode(errors="replace").decode()
)
"""Text of any kind, without halves of surrogate pairs."""

any_bytes = st.one_of(plain_texts.map(str.encode), st.binary(max_size=40), strings)
"""Bytes of any kind, UTF-8 or not."""


def fitting(proto: Proto, header: Header) -> Proto:
    """The function with constants that numbers of the header's widths can hold."""

    def fit(constant: Constant) -> Constant:
        if isinstance(constant, float) and header.len_number == 4:
            return ctypes.c_float(constant).value
        if type(constant) is int and header.len_integer == 4:
            return ctypes.c_int32(constant).value
        return constant

    constants = tuple(fit(constant) for constant in proto.constants)
    return replace(proto, constants=constants, protos=tuple(fitting(inner, header) for inner in proto.protos))
