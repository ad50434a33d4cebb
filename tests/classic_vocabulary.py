"""The vocabulary of the pack ``classic``, written a second time from the description of its layout."""

from __future__ import annotations

from aidec.bytecode import OPCODES


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
    names += [f"OP_{name}" for name in sorted({opcode.name for opcode in OPCODES})]
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
