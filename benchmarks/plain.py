"""The plain way from chunks to the text of ``classic``, and to ids, as a newcomer would write it from its description.

    python benchmarks/plain.py CHUNK [-o FILE]

What aidec's speed is measured against, so it is neither tuned nor slowed down: the file is read field by field with
struct; there is an object for each function, each instruction and each constant; each formats its tokens, and all are
joined. Only the table of opcodes is aidec's. The tests hold what it makes and what aidec makes equal.
"""

from __future__ import annotations

import argparse
import io
import struct
import sys
from pathlib import Path
from typing import Any

from aidec.bytecode.opcodes import OPCODES

LUA_NIL, LUA_BOOLEAN, LUA_NUMBER, LUA_INTEGER = 0, 1, 3, 19
BEFORE_JUMP = {"TFORCALL", "TESTSET", "TEST", "LE", "LT", "EQ"}
ESCAPES = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v", "\\": r"\\"}
INTEGER_FORMATS = {4: "i", 8: "q"}
FLOAT_FORMATS = {4: "f", 8: "d"}


def text(data: bytes) -> str:
    """A chunk's bytes to the text of ``classic``."""
    return "".join(Chunk(data).tokens())


def ids(data: bytes, tokenizer: Any) -> list[int]:
    """A chunk's bytes to ids: its text, encoded by a ``tokenizers.Tokenizer`` that has the pack's special tokens."""
    encoded: list[int] = tokenizer.encode(text(data), add_special_tokens=False).ids
    return encoded


class Reader:
    """Reads a chunk's fields, one after the other, in the widths and the byte order that its header tells."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        if self.file.read(6) != b"\x1bLua\x53\x00":
            raise ValueError("not a chunk of Lua 5.3")
        self.file.read(6)  # LUAC_DATA
        self.order = "<"
        self.len_int, self.len_size_t, _, self.len_integer, self.len_number = self.file.read(5)
        check = self.file.read(self.len_integer)
        if int.from_bytes(check, "little") != 0x5678:
            self.order = ">"
        self.number()

    def unpack(self, format_: str, size: int) -> Any:
        return struct.unpack(self.order + format_, self.file.read(size))[0]

    def byte(self) -> int:
        return self.file.read(1)[0]

    def c_int(self) -> int:
        value: int = self.unpack(INTEGER_FORMATS[self.len_int], self.len_int)
        return value

    def word(self) -> int:
        value: int = self.unpack("I", 4)
        return value

    def integer(self) -> int:
        value: int = self.unpack(INTEGER_FORMATS[self.len_integer], self.len_integer)
        return value

    def number(self) -> float:
        value: float = self.unpack(FLOAT_FORMATS[self.len_number], self.len_number)
        return value

    def string(self) -> bytes | None:
        size = self.byte()
        if size == 0xFF:
            size = self.unpack(INTEGER_FORMATS[self.len_size_t].upper(), self.len_size_t)
        return self.file.read(size - 1) if size else None


class Instruction:
    """An instruction with its operands."""

    def __init__(self, word: int) -> None:
        self.opcode = OPCODES[word & 0x3F]
        self.a = word >> 6 & 0xFF
        self.b = word >> 23
        self.c = word >> 14 & 0x1FF
        self.bx = word >> 14
        self.sbx = self.bx - 131071
        self.ax = word >> 6

    def is_inline(self) -> bool:
        if self.opcode.name == "LOADBOOL":
            return self.c != 0
        if self.opcode.name == "SETLIST":
            return self.c == 0
        return self.opcode.name in {"LOADKX", "EQ", "LT", "LE", "TEST", "TESTSET", "TFORCALL"}

    def is_jump(self) -> bool:
        return self.opcode.name in {"JMP", "FORLOOP", "FORPREP", "TFORLOOP"}

    def tokens(self) -> list[str]:
        return [
            "<|Instruction|>",
            f"<|OP_{self.opcode.name}|>",
            f"<|Instruction-T={self.opcode.is_test}|>",
            f"<|Instruction-A={self.opcode.sets_a}|>",
            f"<|Instruction-B={self.opcode.b}|>",
            f"<|Instruction-B-ISK={word_of(self.b >= 256)}|>",
            f"<|Instruction-B-K={self.b & 255}|>",
            f"<|Instruction-B-R={self.b}|>",
            f"<|Instruction-C={self.opcode.c}|>",
            f"<|Instruction-C-ISK={word_of(self.c >= 256)}|>",
            f"<|Instruction-C-K={self.c & 255}|>",
            f"<|Instruction-C-R={self.c}|>",
            f"<|Instruction-MODE={self.opcode.mode}|>",
            f"<|Instruction-INLINE={word_of(self.is_inline())}|>",
            f"<|Instruction-JUMP={word_of(self.is_jump())}|>",
            f"<|Instruction-A={self.a}|>",
            f"<|Instruction-B={self.b}|>",
            f"<|Instruction-C={self.c}|>",
            *around("Instruction-Bx", self.bx),
            *around("Instruction-sBx", self.sbx),
            *around("Instruction-Ax", self.ax),
            "<|/Instruction|>",
        ]


class Constant:
    """A constant: nil, a boolean, an integer, a float or a string."""

    def __init__(self, reader: Reader) -> None:
        kind = reader.byte()
        self.value: bool | int | float | bytes | None = None
        if kind == LUA_BOOLEAN:
            self.value = reader.byte() != 0
        elif kind == LUA_NUMBER:
            self.value = reader.number()
        elif kind == LUA_INTEGER:
            self.value = reader.integer()
        elif kind != LUA_NIL:
            self.value = reader.string()

    def tokens(self) -> list[str]:
        if self.value is None:
            value = "nil"
        elif isinstance(self.value, bool):
            value = word_of(self.value)
        elif isinstance(self.value, bytes):
            value = '"' + escape(self.value, quote='\\"') + '"'
        else:
            value = repr(self.value)
        return around("Constant", value)


class LocalVar:
    """A local variable."""

    def __init__(self, reader: Reader) -> None:
        self.name = reader.string()
        self.start_pc = reader.c_int()
        self.end_pc = reader.c_int()

    def tokens(self) -> list[str]:
        return [
            "<|LocVar|>",
            *around("LocVar-varname", name_text(self.name)),
            *around("LocVar-startpc", self.start_pc),
            *around("LocVar-endpc", self.end_pc),
            "<|/LocVar|>",
        ]


class Upvalue:
    """An upvalue; its name stands elsewhere in the file."""

    def __init__(self, reader: Reader) -> None:
        self.name: bytes | None = None
        self.in_stack = reader.byte()
        self.index = reader.byte()

    def tokens(self) -> list[str]:
        return [
            "<|Upvaldesc|>",
            *around("Upvaldesc-name", name_text(self.name)),
            f"<|Upvaldesc-instack={self.in_stack}|>",
            f"<|Upvaldesc-idx={self.index}|>",
            "<|/Upvaldesc|>",
        ]


class Proto:
    """A function, with those inside it."""

    def __init__(self, reader: Reader, source_around: bytes | None) -> None:
        self.source = reader.string()
        if self.source is None:
            self.source = source_around
        self.line_defined = reader.c_int()
        self.last_line_defined = reader.c_int()
        self.num_params = reader.byte()
        self.is_vararg = reader.byte()
        self.max_stack_size = reader.byte()
        self.code = [Instruction(reader.word()) for _ in range(reader.c_int())]
        self.constants = [Constant(reader) for _ in range(reader.c_int())]
        self.upvalues = [Upvalue(reader) for _ in range(reader.c_int())]
        self.protos = [Proto(reader, self.source) for _ in range(reader.c_int())]
        self.lines = [reader.c_int() for _ in range(reader.c_int())]
        self.local_vars = [LocalVar(reader) for _ in range(reader.c_int())]
        for i in range(reader.c_int()):
            self.upvalues[i].name = reader.string()

    def tokens(self, num_upvalues: int | None = None) -> list[str]:
        """The tokens; ``num_upvalues`` is that of the chunk, for the main function."""
        tokens = ["<|Proto|>"]
        if num_upvalues is not None:
            tokens.append(f"<|Proto-nupvalues={num_upvalues}|>")
        tokens.append(f"<|Proto-numparams={self.num_params}|>")
        tokens.append(f"<|Proto-is_vararg={self.is_vararg}|>")
        tokens.append(f"<|Proto-maxstacksize={self.max_stack_size}|>")
        tokens += around("Proto-sizeupvalues", len(self.upvalues))
        tokens += around("Proto-sizek", len(self.constants))
        tokens += around("Proto-sizecode", len(self.code))
        tokens += around("Proto-sizelineinfo", len(self.lines))
        tokens += around("Proto-sizep", len(self.protos))
        tokens += around("Proto-sizelocvars", len(self.local_vars))
        tokens += around("Proto-linedefined", self.line_defined)
        tokens += around("Proto-lastlinedefined", self.last_line_defined)
        tokens += listed("Proto-k", [constant.tokens() for constant in self.constants])
        tokens += listed("Proto-code", [self.instruction_tokens(pc) for pc in range(len(self.code))])
        tokens.append("<|Proto-lineinfo|>")
        if self.lines:
            tokens.append("<|LineInfo|>")
            for line in self.lines:
                tokens += [str(line), "<|LineInfo-pad|>"]
            tokens.append("<|/LineInfo|>")
        tokens.append("<|/Proto-lineinfo|>")
        tokens += listed("Proto-locvars", [local_var.tokens() for local_var in self.local_vars])
        tokens += listed("Proto-upvalues", [upvalue.tokens() for upvalue in self.upvalues])
        tokens += around("Proto-source", name_text(self.source))
        tokens += listed("Proto-p", [proto.tokens() for proto in self.protos])
        tokens.append("<|/Proto|>")
        return tokens

    def instruction_tokens(self, pc: int) -> list[str]:
        """The tokens of an instruction and, where it jumps, of where to."""
        instruction = self.code[pc]
        tokens = instruction.tokens()
        if instruction.is_jump() or (pc > 0 and self.code[pc - 1].opcode.name in BEFORE_JUMP):
            target = pc + 1 + instruction.sbx
            if 0 <= target < len(self.code):
                tokens += around("Jump-Target", target)
        return tokens


class Chunk:
    """A chunk: its main function, and how many upvalues that has."""

    def __init__(self, data: bytes) -> None:
        reader = Reader(data)
        self.num_upvalues = reader.byte()
        self.main = Proto(reader, None)

    def tokens(self) -> list[str]:
        return self.main.tokens(self.num_upvalues)


def around(name: str, value: object) -> list[str]:
    """A value between an opening and a closing token."""
    return [f"<|{name}|>", str(value), f"<|/{name}|>"]


def listed(name: str, items: list[list[str]]) -> list[str]:
    """The tokens of a list's items, each with its index before it."""
    tokens = [f"<|{name}|>"]
    for i, item in enumerate(items):
        tokens += around(f"{name}-idx", i)
        tokens += item
    tokens.append(f"<|/{name}|>")
    return tokens


def word_of(flag: bool) -> str:  # noqa: FBT001 (a value)
    return "true" if flag else "false"


def name_text(name: bytes | None) -> str:
    return "<|NULL|>" if name is None else escape(name, quote='"')


def escape(data: bytes, quote: str) -> str:
    """A string with the escapes of the layout; ``quote`` is how a double quote is spelled."""
    chars = data.decode("utf-8", "surrogateescape")
    escaped = []
    for i, char in enumerate(chars):
        if char == '"':
            escaped.append(quote)
        elif (char == "<" and chars[i + 1 : i + 2] == "|") or (char == "\\" and spells_byte(chars[i + 1 : i + 4])):
            escaped.append(f"\\x{ord(char):02X}")
        elif char in ESCAPES:
            escaped.append(ESCAPES[char])
        elif char.isprintable():
            escaped.append(char)
        else:
            escaped += [f"\\x{byte:02X}" for byte in char.encode("utf-8", "surrogateescape")]
    return "".join(escaped)


def spells_byte(following: str) -> bool:
    """Whether these characters behind a backslash would make an escaped byte of it."""
    return len(following) == 3 and following[0] == "x" and all(digit in "0123456789ABCDEF" for digit in following[1:])


def main() -> None:
    """The text of a chunk, to standard output or to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chunk", type=Path, metavar="CHUNK")
    parser.add_argument("-o", dest="output", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    line = text(arguments.chunk.read_bytes()) + "\n"
    if arguments.output:
        arguments.output.write_text(line, encoding="utf-8")
    else:
        sys.stdout.buffer.write(line.encode())


if __name__ == "__main__":
    main()
