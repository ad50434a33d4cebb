"""Bytes to Chunk and back: the model, the loader, the writer, the instruction set, its decoder. Knows no packs."""

from aidec.bytecode.compare import first_difference
from aidec.bytecode.debug_info import strip
from aidec.bytecode.instruction import RK, Instruction, introductions, jump_targets, setlist_counts
from aidec.bytecode.loader import load
from aidec.bytecode.model import Chunk, Constant, Header, LocalVar, Proto, Upvalue, exact
from aidec.bytecode.opcodes import OPCODES, Opcode
from aidec.bytecode.writer import dump

__all__ = [
    "OPCODES",
    "RK",
    "Chunk",
    "Constant",
    "Header",
    "Instruction",
    "LocalVar",
    "Opcode",
    "Proto",
    "Upvalue",
    "dump",
    "exact",
    "first_difference",
    "introductions",
    "jump_targets",
    "load",
    "setlist_counts",
    "strip",
]
