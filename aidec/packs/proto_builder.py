"""The model of what was read: functions made of the values that patterns read."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from aidec.bytecode import OPCODES, Instruction, LocalVar, Proto, Upvalue
from aidec.bytecode.fields import FIELDS, WIDTH
from aidec.bytecode.instruction import constant_index
from aidec.packs.pattern import Values
from aidec.packs.proto_view import Scopes, usual_num_upvalue_names

BY_NAME = {opcode.name: opcode.number for opcode in OPCODES if opcode.is_known}
"""The opcode numbers of the names that Lua 5.3 has."""


_FIELDS = {f"instruction.{name}": field for name, field in FIELDS.items()}
"""The fields of an instruction, by their paths."""

_INTRODUCTIONS = [(operand, f"introduces_{operand}", f"introduced_{operand}") for operand in "bc"]
"""The operands, with the paths that tell whether they introduce a constant, and which."""

_RK_PATHS = [(f"instruction.{x}", f"instruction.rk_{x}.is_constant", f"instruction.rk_{x}.index") for x in "bc"]
"""The paths of operand B, and of C: the whole of it, and its parts where it is an RK."""


def build_proto(values: Values) -> Proto:
    """The function that has these values; its source is that in effect, where that is what was printed.

    Raises:
        ValueError: a value has no room in its field.
    """
    code: Code = values.get("code", Code())
    constants = code.constants([constant.get("constant") for constant in values.get("constant", ())])
    words = code.array()
    line_defined = int(values.get("proto.line_defined", 0))
    lines = _line_info(values, code, line_defined)
    upvalues = tuple(
        Upvalue(_name(u, "upvalue.name"), u.get("upvalue.in_stack", 0), u.get("upvalue.index", 0))
        for u in values.get("upvalue", ())
    )
    return Proto(
        source=values.get("proto.source_in_effect", values.get("proto.source")),
        line_defined=line_defined,
        last_line_defined=int(values.get("proto.last_line_defined", lines[-1] if lines else 0)),
        num_params=_byte(values, "proto.num_params"),
        is_vararg=_byte(values, "proto.is_vararg"),
        max_stack_size=_byte(values, "proto.max_stack_size"),
        code=words,
        constants=tuple(constants),
        upvalues=upvalues,
        protos=tuple(values.get("protos", ())),
        line_info=_line_array(lines),
        local_vars=tuple(_local_vars(values.get("local_var", ()), len(words))),
        num_upvalue_names=values.get("proto.num_upvalue_names", usual_num_upvalue_names(upvalues)),
    )


@dataclass(slots=True)
class Code:
    """The instructions of a function while they are read."""

    words: list[int] = field(default_factory=list)
    labels: dict[int, int] = field(default_factory=dict)
    jumps: dict[int, int] = field(default_factory=dict)
    lines: list[tuple[int, bool]] = field(default_factory=list)
    uses: list[tuple[int, str, bool, Any]] = field(default_factory=list)
    """Where the text tells whether an operand introduces a constant: the pc, the operand, the answer, the constant."""

    def add(self, values: Values, name: str) -> None:
        """Add an instruction.

        Raises:
            ValueError: an operand has no room in the word, or the text does not tell which opcode it is.
        """
        pc = len(self.words)
        self.words.append(_word(values, name))
        if values.get("label") is not None:
            self.labels[values["label"]] = pc
        if values.get("target") is not None:
            self.jumps[pc] = values["target"]
        for operand, introduces, introduced in _INTRODUCTIONS:
            if introduces in values:
                self.uses.append((pc, operand, values[introduces], values.get(introduced)))
        line = values.get("line")
        self.lines.append((values.get("line_delta") or 0, False) if line is None else (line, True))

    def constants(self, table: list[Any]) -> list[Any]:
        """The constants of the function; those that instructions introduce get their operands.

        Args:
            table: the other constants.

        Raises:
            ValueError: an operand has no room for a constant's index.
        """
        found: list[Any] = []
        left = table[::-1]
        for pc, operand, introduces, constant in self.uses:
            word = self.words[pc]
            if introduces:
                self.words[pc] = word | _constant_operand(word, operand, len(found))
                found.append(constant)
            else:  # those up to one that is used before its turn are introduced nowhere
                index = constant_index(word, operand)
                if len(found) <= index < len(found) + len(left):
                    found += [left.pop() for _ in range(index + 1 - len(found))]
        return found + left[::-1]

    def array(self) -> array[int]:
        """The words, with jumps to labels as distances."""
        for pc, label in self.jumps.items():
            if label not in self.labels:
                raise ValueError(f"a jump leads to label {label}, which stands nowhere in its function")
            self.words[pc] |= FIELDS["sbx"].put(self.labels[label] - pc - 1)
        return array("I", self.words)

    def line_info(self, line: int) -> list[int]:
        """The line of each instruction, from the line before the first."""
        lines = []
        for value, is_absolute in self.lines:
            line = value if is_absolute else line + value
            lines.append(line)
        return lines


def _word(values: Values, name: str) -> int:
    """The word that the printed operands make."""
    word: int | None = values.get("instruction.word")
    if word is not None:
        if not 0 <= word < 1 << WIDTH:
            raise ValueError(f"instruction.word has no room for {word}")
        return word
    number = BY_NAME.get(name, values.get("instruction.opcode.number"))
    if number is None:
        raise ValueError(f"{name} does not tell which of the opcode numbers from {len(BY_NAME)} on it is")

    def put(path: str) -> int:
        return _FIELDS[path].put(int(values.get(path) or 0))

    opcode = FIELDS["opcode"].put(number)
    if "instruction.ax" in values and "instruction.a" not in values:
        return opcode | put("instruction.ax")
    word = opcode | put("instruction.a")
    if "instruction.sbx" in values and "instruction.b" not in values:
        return word | put("instruction.sbx")
    if "instruction.bx_low" in values:
        return word | put("instruction.bx_high") | put("instruction.bx_low")
    if "instruction.bx" in values and "instruction.b" not in values:
        return word | put("instruction.bx")
    for whole, is_constant, index in _RK_PATHS:
        word |= put(whole) if whole in values else put(is_constant) | put(index)
    return word


def _constant_operand(word: int, operand: str, index: int) -> int:
    """The bits of B (of Bx, where there is one) or C that mean the constant with this index."""
    if Instruction(word).opcode.mode == "iABx":
        return FIELDS["bx"].put(index)
    return FIELDS[f"rk_{operand}.is_constant"].put(1) | FIELDS[f"rk_{operand}.index"].put(index)


def _byte(values: Values, path: str) -> int:
    value = int(values.get(path, 0))
    if not 0 <= value <= 0xFF:
        raise ValueError(f"{path}: {value} is no byte")
    return value


def _name(values: Values, path: str) -> bytes | None:
    """The name; False stands for an empty one, where a template asks only whether there is a name."""
    name = values.get(path)
    return b"" if name is False else name


def _line_info(values: Values, code: Code, line_defined: int) -> list[int]:
    lines = values.get("proto.line_info")
    if isinstance(lines, list):
        return lines
    return code.line_info(line_defined) if values.get("proto.has_line_info") else []


def _line_array(lines: list[int]) -> array[int]:
    try:
        return array("i", lines)
    except OverflowError:
        return array("q", lines)


def _local_vars(elements: Iterable[Values], end: int) -> Iterator[LocalVar]:
    start = 0
    scopes = Scopes(end)
    for values in elements:
        start = values.get("local_var.start_pc", start + values.get("start_delta", 0))
        lifetime = values.get("own_lifetime", values.get("lifetime"))
        default = scopes.end_at(start) if "own_lifetime" in values else end
        own_end = values.get("local_var.end_pc", default if lifetime is None else start + lifetime)
        scopes.ends.append(own_end)
        yield LocalVar(_name(values, "local_var.name"), start, own_end)


def with_own_sources(proto: Proto, around: bytes | None) -> Proto:
    """The function with a source of its own only where it is not that of the function around it."""
    inner = tuple([with_own_sources(inner, proto.source) for inner in proto.protos])
    return replace(proto, source=None if proto.source == around else proto.source, protos=inner)
