r"""The token layout of the pack ``classic``, written a second time in plain Python from the description of the layout.

Nothing here is clever or fast: each function writes one row of the description. What the pack makes must be the same.
"""

from __future__ import annotations

from aidec.bytecode import Chunk, Constant, LocalVar, Proto, Upvalue

# lopcodes.c: luaP_opnames and luaP_opmodes. Name, T, A, B, C, mode.
OPCODES = [
    row.split()
    for row in (
        "MOVE 0 1 R N iABC",
        "LOADK 0 1 K N iABx",
        "LOADKX 0 1 N N iABx",
        "LOADBOOL 0 1 U U iABC",
        "LOADNIL 0 1 U N iABC",
        "GETUPVAL 0 1 U N iABC",
        "GETTABUP 0 1 U K iABC",
        "GETTABLE 0 1 R K iABC",
        "SETTABUP 0 0 K K iABC",
        "SETUPVAL 0 0 U N iABC",
        "SETTABLE 0 0 K K iABC",
        "NEWTABLE 0 1 U U iABC",
        "SELF 0 1 R K iABC",
        "ADD 0 1 K K iABC",
        "SUB 0 1 K K iABC",
        "MUL 0 1 K K iABC",
        "MOD 0 1 K K iABC",
        "POW 0 1 K K iABC",
        "DIV 0 1 K K iABC",
        "IDIV 0 1 K K iABC",
        "BAND 0 1 K K iABC",
        "BOR 0 1 K K iABC",
        "BXOR 0 1 K K iABC",
        "SHL 0 1 K K iABC",
        "SHR 0 1 K K iABC",
        "UNM 0 1 R N iABC",
        "BNOT 0 1 R N iABC",
        "NOT 0 1 R N iABC",
        "LEN 0 1 R N iABC",
        "CONCAT 0 1 R R iABC",
        "JMP 0 0 R N iAsBx",
        "EQ 1 0 K K iABC",
        "LT 1 0 K K iABC",
        "LE 1 0 K K iABC",
        "TEST 1 0 N U iABC",
        "TESTSET 1 1 R U iABC",
        "CALL 0 1 U U iABC",
        "TAILCALL 0 1 U U iABC",
        "RETURN 0 0 U N iABC",
        "FORLOOP 0 1 R N iAsBx",
        "FORPREP 0 1 R N iAsBx",
        "TFORCALL 0 0 N U iABC",
        "TFORLOOP 0 1 R N iAsBx",
        "SETLIST 0 0 U U iABC",
        "CLOSURE 0 1 U N iABx",
        "VARARG 0 1 U N iABC",
        "EXTRAARG 0 0 U U iAx",
    )
]

INLINE = ("LOADKX", "EQ", "LT", "LE", "TEST", "TESTSET", "TFORCALL")
JUMP = ("JMP", "FORLOOP", "FORPREP", "TFORLOOP")
NAMED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
BEFORE_JUMP = ("TFORCALL", "TESTSET", "TEST", "LE", "LT", "EQ")


def render(chunk: Chunk) -> str:
    """The tokens of a chunk, all on one line."""
    return proto_text(chunk.main, None, chunk.num_upvalues)


def proto_text(proto: Proto, source_around: bytes | None, num_upvalues: int | None) -> str:
    """A function; ``num_upvalues`` is there for the main function only."""
    source = source_around if proto.source is None else proto.source
    text = "<|Proto|>"
    if num_upvalues is not None:
        text += f"<|Proto-nupvalues={num_upvalues}|>"
    text += f"<|Proto-numparams={proto.num_params}|>"
    text += f"<|Proto-is_vararg={proto.is_vararg}|>"
    text += f"<|Proto-maxstacksize={proto.max_stack_size}|>"
    text += around("Proto-sizeupvalues", len(proto.upvalues))
    text += around("Proto-sizek", len(proto.constants))
    text += around("Proto-sizecode", len(proto.code))
    text += around("Proto-sizelineinfo", len(proto.line_info))
    text += around("Proto-sizep", len(proto.protos))
    text += around("Proto-sizelocvars", len(proto.local_vars))
    text += around("Proto-linedefined", proto.line_defined)
    text += around("Proto-lastlinedefined", proto.last_line_defined)
    text += listed("Proto-k", [around("Constant", constant_text(constant)) for constant in proto.constants])
    text += listed("Proto-code", [instruction_text(proto, pc) for pc in range(len(proto.code))])
    text += around("Proto-lineinfo", lines_text(proto))
    text += listed("Proto-locvars", [local_var_text(local_var) for local_var in proto.local_vars])
    text += listed("Proto-upvalues", [upvalue_text(upvalue) for upvalue in proto.upvalues])
    text += around("Proto-source", name_text(source))
    text += listed("Proto-p", [proto_text(inner, source, None) for inner in proto.protos])
    return text + "<|/Proto|>"


def around(name: str, value: object) -> str:
    return f"<|{name}|>{value}<|/{name}|>"


def listed(name: str, items: list[str]) -> str:
    return around(name, "".join([around(f"{name}-idx", i) + item for i, item in enumerate(items)]))


def lines_text(proto: Proto) -> str:
    if len(proto.line_info) == 0:
        return ""
    return around("LineInfo", "".join([f"{line}<|LineInfo-pad|>" for line in proto.line_info]))


def local_var_text(local_var: LocalVar) -> str:
    text = around("LocVar-varname", name_text(local_var.name))
    text += around("LocVar-startpc", local_var.start_pc)
    text += around("LocVar-endpc", local_var.end_pc)
    return around("LocVar", text)


def upvalue_text(upvalue: Upvalue) -> str:
    text = around("Upvaldesc-name", name_text(upvalue.name))
    text += f"<|Upvaldesc-instack={upvalue.in_stack}|><|Upvaldesc-idx={upvalue.index}|>"
    return around("Upvaldesc", text)


def instruction_text(proto: Proto, pc: int) -> str:
    """An instruction and, where it jumps, where to."""
    word = proto.code[pc]
    name, test, sets_a, mode_b, mode_c, mode = opcode_row(word)
    a, b, c = word >> 6 & 0xFF, word >> 23 & 0x1FF, word >> 14 & 0x1FF
    bx, ax = word >> 14 & 0x3FFFF, word >> 6 & 0x3FFFFFF
    inline = name in INLINE or (name == "LOADBOOL" and c != 0) or (name == "SETLIST" and c == 0)
    text = f"<|OP_{name}|><|Instruction-T={test}|><|Instruction-A={sets_a}|>"
    text += operand_text("B", mode_b, b) + operand_text("C", mode_c, c)
    text += f"<|Instruction-MODE={mode}|>"
    text += f"<|Instruction-INLINE={constant_text(inline)}|><|Instruction-JUMP={constant_text(name in JUMP)}|>"
    text += f"<|Instruction-A={a}|><|Instruction-B={b}|><|Instruction-C={c}|>"
    text += around("Instruction-Bx", bx) + around("Instruction-sBx", bx - 131071) + around("Instruction-Ax", ax)
    text = around("Instruction", text)
    follows_test = pc > 0 and opcode_row(proto.code[pc - 1])[0] in BEFORE_JUMP
    target = pc + 1 + bx - 131071
    if (name in JUMP or follows_test) and 0 <= target < len(proto.code):
        text += around("Jump-Target", target)
    return text


def opcode_row(word: int) -> list[str]:
    number = word & 0x3F
    return OPCODES[number] if number < 47 else ["UNKNOWN", "0", "0", "None", "None", "iNone"]


def operand_text(letter: str, mode: str, operand: int) -> str:
    text = f"<|Instruction-{letter}=OpArg{mode}|>"
    text += f"<|Instruction-{letter}-ISK={constant_text(operand >= 256)}|>"
    return text + f"<|Instruction-{letter}-K={operand % 256}|><|Instruction-{letter}-R={operand}|>"


def constant_text(constant: Constant) -> str:
    if constant is None:
        return "nil"
    if constant is True:
        return "true"
    if constant is False:
        return "false"
    if isinstance(constant, bytes):
        return '"' + escaped(constant, quote='\\"') + '"'
    return repr(constant)


def name_text(name: bytes | None) -> str:
    return "<|NULL|>" if name is None else escaped(name, quote='"')


def escaped(string: bytes, quote: str) -> str:
    """The string with the escapes of the layout; ``quote`` is how it spells a double quote."""
    text = ""
    position = 0
    while position < len(string):
        char, size = next_char(string, position)
        rest = string[position + size :]
        if char == '"':
            text += quote
        elif (char == "<" and rest.startswith(b"|")) or (char == "\\" and is_escape(rest)):
            text += f"\\x{ord(char):02X}"
        elif char in NAMED:
            text += NAMED[char]
        elif char != "" and char.isprintable():
            text += char
        else:
            text += "".join([f"\\x{byte:02X}" for byte in string[position : position + size]])
        position += size
    return text


def is_escape(rest: bytes) -> bool:
    """Whether a backslash before these bytes would make a byte escape of them."""
    return rest[:1] == b"x" and len(rest) >= 3 and all(digit in b"0123456789ABCDEF" for digit in rest[1:3])


def next_char(string: bytes, position: int) -> tuple[str, int]:
    """The character of UTF-8 at a position and its size; "" and 1 for a byte that starts none."""
    for size in (1, 2, 3, 4):
        text = string[position : position + size].decode("utf-8", "surrogateescape")
        if len(text) == 1 and not "\udc80" <= text <= "\udcff":
            return text, size
    return "", 1


def vocabulary() -> list[str]:
    """The tokens of the layout, sorted by code point."""
    fixed = ["Proto", "Constant", "Instruction", "Jump-Target", "LineInfo", "LocVar", "Upvaldesc", "Upvaldesc-name"]
    fixed += [f"Proto-size{what}" for what in ("upvalues", "k", "code", "lineinfo", "p", "locvars")]
    fixed += [f"Proto-{what}" for what in ("linedefined", "lastlinedefined", "k", "code", "lineinfo", "locvars")]
    fixed += [f"Proto-{what}" for what in ("upvalues", "source", "p")]
    fixed += [f"Proto-{what}-idx" for what in ("k", "code", "locvars", "upvalues", "p")]
    fixed += [f"Instruction-{operand}" for operand in ("Bx", "sBx", "Ax")]
    fixed += [f"LocVar-{what}" for what in ("varname", "startpc", "endpc")]
    names = [*fixed, *["/" + name for name in fixed], "NULL", "LineInfo-pad"]
    names += [f"OP_{row[0]}" for row in OPCODES] + ["OP_UNKNOWN"]
    names += ["Instruction-T=0", "Instruction-T=1"]
    names += [f"Instruction-MODE={mode}" for mode in ("iABC", "iABx", "iAsBx", "iAx", "iNone")]
    for flag in ("B-ISK", "C-ISK", "INLINE", "JUMP"):
        names += [f"Instruction-{flag}=true", f"Instruction-{flag}=false"]
    for letter in ("B", "C"):
        names += [f"Instruction-{letter}={n}" for n in range(512)]
        names += [f"Instruction-{letter}=OpArg{mode}" for mode in ("N", "U", "R", "K", "None")]
    names += [f"Instruction-{operand}={n}" for operand in ("A", "B-K", "B-R", "C-K", "C-R") for n in range(256)]
    names += [f"Upvaldesc-{field}={n}" for field in ("instack", "idx") for n in range(256)]
    fields = ("nupvalues", "numparams", "is_vararg", "maxstacksize")
    names += [f"Proto-{field}={n}" for field in fields for n in range(256)]
    return sorted([f"<|{name}|>" for name in names] + [f"\\x{n:02X}" for n in range(256)])
