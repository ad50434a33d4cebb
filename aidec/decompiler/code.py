"""The instructions of a function as the decompiler asks for them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import accumulate

from aidec.bytecode import OPCODES, Proto
from aidec.bytecode.fields import FIELDS
from aidec.bytecode.model import exact
from aidec.decompiler.opcodes import EFFECTS, operands_of

BITRK = 256
"""An operand that is at least this is a constant (lopcodes.h: ISK)."""

COMPARISONS = {name: effect.operator for name, effect in EFFECTS.items() if effect.test and effect.operator}
BINARY = {name for name, effect in EFFECTS.items() if effect.operator and len(operands_of(effect, "RK")) == 2}
TESTS = {name for name, effect in EFFECTS.items() if effect.test}
JUMPS = {name for name, effect in EFFECTS.items() if effect.next in ("jump", "either")}

READING = ("GETUPVAL", "GETTABUP", "GETTABLE", "SELF", "LOADK", "CLOSURE")
"""Opcodes that only read a value, which an instruction of the same statement uses, if it was named early."""

STORES = ("SETTABLE", "SETTABUP", "SETUPVAL")
"""Opcodes that store in what is no local variable."""

ENDING = ("RETURN", "FORPREP", "FORLOOP", "TFORCALL")
"""Opcodes that no expression has."""

_NAMES = [opcode.name for opcode in OPCODES]
_MAX_SBX = FIELDS["sbx"].offset
_WORDS = {name: effect.word for name, effect in EFFECTS.items() if effect.word}
_CONSTANTS = {name: operands_of(effect, "K", "RK") for name, effect in EFFECTS.items()}
_UPVALUES = {name: operands_of(effect, "U") for name, effect in EFFECTS.items()}


class Code:
    """A function's instructions, decoded, with where they jump.

    Attributes:
        op, a, b, c, bx, sbx: a list each, of the opcodes' names and of the operands.
        size: the number of instructions.
        target: where each jump goes, by its pc.
        deciding: the jumps that belong to the test before them.
        back: the unconditional jumps backwards to a pc, the last first.
        targets: all places that are jumped to.
        sources: the jumps to a place, in order.
        places: the places that are jumped to, in order.
        captures: for a register the pcs of the CLOSUREs that capture the local variable in it.
        is_data: whether a word is an operand of the one before it.
    """

    def __init__(self, proto: Proto) -> None:
        words = proto.code
        self.proto = proto
        self.size = len(words)
        self.op = [_NAMES[word & 63] if word & 63 < len(_NAMES) else "?" for word in words]
        self.a = [word >> 6 & 255 for word in words]
        self.c = [word >> 14 & 511 for word in words]
        self.b = [word >> 23 for word in words]
        self.bx = [word >> 14 for word in words]
        self.sbx = [bx - _MAX_SBX for bx in self.bx]
        self.is_data = [False] * self.size
        self.target: dict[int, int] = {}
        self.deciding: set[int] = set()
        self.back: dict[int, list[int]] = {}
        for pc, op in enumerate(self.op):
            if self.is_data[pc]:
                continue
            if op in _WORDS and (_WORDS[op] == "always" or self.c[pc] == 0):
                if pc + 1 < self.size:
                    self.is_data[pc + 1] = True
            elif op in TESTS:
                self.deciding.add(pc + 1)
            if op in JUMPS:
                self.target[pc] = pc + 1 + self.sbx[pc]
        for pc, target in self.target.items():
            if self.op[pc] == "JMP" and target <= pc:
                self.back.setdefault(target, []).insert(0, pc)
        self.targets = set(self.target.values())
        self.sources = self._sources()

    def _sources(self) -> dict[int, list[int]]:
        """The jumps to each place, in order."""
        found: dict[int, list[int]] = {}
        for pc, target in self.target.items():
            found.setdefault(target, []).append(pc)
        return found

    @cached_property
    def places(self) -> list[int]:
        """All places that are jumped to, in order."""
        return sorted(self.targets)

    @cached_property
    def newest_constant(self) -> list[int]:
        """For each pc the greatest number of a constant used before it, -1 for none; one more for the end."""
        newest = self._running_maximum(self.constants_used)
        for number, limit in self.dropped_strings(with_used=False):
            pc = limit
            while pc >= 0 and newest[pc] == number - 1:  # it can stand from there on
                newest[pc] = number
                pc -= 1
        return newest

    @cached_property
    def first_use(self) -> dict[int, int]:
        """Where each constant is used first."""
        found: dict[int, int] = {}
        for pc in range(self.size):
            for constant in self.constants_used(pc):
                found.setdefault(constant, pc)
        return found

    def was_early(self, constant: int, start: int, pc: int) -> bool:
        """Whether a constant that is used first in a range was named before others that are new before it there."""
        first, newest = self.first_use[constant], self.newest_constant[start]
        if not start <= first <= pc:
            return False
        before = [other for place in range(start, first) for other in self.constants_used(place)]
        if self.op[first] == "EQ" and self.c[first] == constant + BITRK and self.b[first] >= BITRK:
            before.append(self.b[first] - BITRK)  # which is named first (lcode.c: codecomp)
        return any(other > max(constant, newest) for other in before)

    @cached_property
    def is_inside(self) -> list[bool]:
        """For each pc, and the end, whether it is inside a statement for sure, so that none begins there.

        Constants and upvalues are numbered as the text names them. Only inside a statement is one used later that was
        named earlier: the target of an assignment, the left of a comparison. A string that was named far before it is
        used stood there in a condition without an instruction.
        """
        changes = [0] * (self.size + 2)
        ended = list(accumulate([self.ends_statement(pc) for pc in range(self.size)], initial=0))
        stored = list(accumulate([op in ("SETTABUP", "SETUPVAL") for op in self.op], initial=0))
        for used in (self.constants_used, self.upvalues_used):
            first: list[tuple[int, int]] = []  # what was used so far, and where first: both grow
            seen: set[int] = set()
            for pc in range(self.size):
                for number in used(pc):
                    if number in seen:
                        continue
                    seen.add(number)
                    if first and first[-1][0] > number:
                        start = first[bisect_left(first, (number, 0))][1]
                        is_store = self.op[pc] in STORES
                        if ended[start] < ended[pc] or (not is_store and stored[start] < stored[pc]):
                            continue
                        changes[start + 1] += 1
                        changes[pc + 1 + (self.op[pc] in READING)] -= 1
                    else:
                        first.append((number, pc))
        for closure, store in self.kept_keys():
            changes[closure + 1] += 1
            changes[store + 1] -= 1
        return [depth > 0 for depth in accumulate(changes[:-1])]

    def kept_keys(self) -> Iterator[tuple[int, int]]:
        """Each store whose key was named before a function that hides it, with the pc of that function's CLOSURE.

        All functions of a chunk share one table of constants, so that the key would have a new number if it was named
        behind the function (lcode.c: addk).
        """
        closures: list[int] = []
        for pc, op in enumerate(self.op):
            if op == "CLOSURE":
                closures.append(pc)
            elif self.ends_statement(pc):
                closures = []
            elif op in ("SETTABUP", "SETTABLE") and self.b[pc] >= BITRK:
                others = (closure for closure in closures if (closure + 1, self.a[closure]) != (pc, self.c[pc]))
                yield from ((closure, pc) for closure in others if self.hides(closure, self.b[pc] - BITRK))

    def hides(self, closure: int, number: int) -> bool:
        """Whether a constant was named before a CLOSURE whose function hides it.

        The function has the constant once, and no function inside it has it, so that its number there is sure.
        """
        constants, index = self.proto.constants, self.bx[closure]
        if number > self.newest_constant[closure]:
            return False
        key = exact(constants[number])
        found = list(numbers_inside(self.proto.protos[index], key)) if index < len(self.proto.protos) else []
        return len(found) == 1 and (found[0] >= len(constants) or exact(constants[found[0]]) != key)

    def ends_statement(self, pc: int) -> bool:
        """Whether an instruction ends a statement that is no assignment, or is of a loop."""
        return self.op[pc] in ENDING or (self.op[pc] == "CALL" and self.c[pc] == 1)

    @cached_property
    def newest_upvalue(self) -> list[int]:
        """For each pc the greatest number of an upvalue used before it, likewise."""
        return self._running_maximum(self.upvalues_used)

    @cached_property
    def captures(self) -> dict[int, list[int]]:
        """For a register the pcs of the CLOSUREs that capture it."""
        found: dict[int, list[int]] = {}
        for pc, op in enumerate(self.op):
            if op == "CLOSURE" and self.bx[pc] < len(self.proto.protos) and not self.is_data[pc]:
                for upvalue in self.proto.protos[self.bx[pc]].upvalues:
                    if upvalue.in_stack:
                        found.setdefault(upvalue.index, []).append(pc)
        return found

    def _running_maximum(self, used: Callable[[int], list[int]]) -> list[int]:
        newest = [-1]
        for pc in range(self.size):
            newest.append(max([newest[-1], *used(pc)]))
        return newest

    def is_jump(self, pc: int) -> bool:
        """Whether there is an unconditional jump."""
        return pc < self.size and self.op[pc] == "JMP" and pc not in self.deciding

    def is_captured(self, register: int, start: int, end: int) -> bool:
        """Whether a function that is made from ``start`` on and before ``end`` captures a register."""
        return any(start <= pc < end for pc in self.captures.get(register, ()))

    def is_entered(self, start: int, end: int) -> bool:
        """Whether a jump from elsewhere goes into what is between two places, and not to its start."""
        first, last = bisect_right(self.places, start), bisect_left(self.places, end)
        spans = ((self.sources[place][0], self.sources[place][-1]) for place in self.places[first:last])
        return any(lowest < start or highest >= end for lowest, highest in spans)

    def is_closing(self, pc: int) -> bool:
        """Whether the jump at ``pc`` can be that of a block's end, which closes upvalues (lparser.c: leaveblock).

        It goes to the next instruction, or where the jump that stands there goes.
        """
        if not self.is_jump(pc) or self.a[pc] == 0:
            return False
        return self.target[pc] == pc + 1 or (self.is_jump(pc + 1) and self.target[pc + 1] == self.target[pc])

    def is_test(self, pc: int) -> bool:
        """Whether there is a test with its jump."""
        return self.op[pc] in TESTS and pc + 1 < self.size and self.op[pc + 1] == "JMP"

    def is_boolean_pair(self, pc: int) -> bool:
        """Whether the two instructions are those that make a boolean value of jumps (lcode.c: exp2reg)."""
        return (
            pc + 1 < self.size
            and self.op[pc] == "LOADBOOL" == self.op[pc + 1]
            and (self.b[pc], self.c[pc], self.b[pc + 1], self.c[pc + 1]) == (0, 1, 1, 0)
            and self.a[pc] == self.a[pc + 1]
        )

    def constants_used(self, pc: int) -> list[int]:
        """The constants that an instruction uses, in the order of its operands; not that of LOADKX."""
        if self.is_data[pc]:
            return []
        used = []
        for kind, name in _CONSTANTS.get(self.op[pc], ()):
            operand: int = getattr(self, name)[pc]
            if kind == "K":
                used.append(operand)
            elif operand >= BITRK:
                used.append(operand - BITRK)
        return used

    def dropped_strings(self, *, with_used: bool) -> list[tuple[int, int]]:
        """The strings that no instruction uses, each with the first pc that uses a later constant.

        They stood where luac decides by itself, as in ``while "x" do`` (lcode.c: luaK_goiftrue, codenot).

        Args:
            with_used: those too that are used, but behind that pc.
        """
        used: dict[int, int] = {}
        for pc, op in enumerate(self.op):
            numbers = self.constants_used(pc)
            if op == "LOADKX" and pc + 1 < self.size:
                numbers = [self.proto.code[pc + 1] >> 6]
            for number in numbers:
                used.setdefault(number, pc)
        found, first = [], self.size - 1
        for number in range(len(self.proto.constants) - 1, -1, -1):
            pc = used.get(number, -1)
            is_late = with_used and pc > first and self.op[pc] not in ("SETTABUP", "SETTABLE")  # no target's key
            is_dropped = pc < 0 or is_late
            if is_dropped and isinstance(self.proto.constants[number], bytes):
                found.append((number, first))
            first = min(first, used.get(number, first))
        return found[::-1]

    def upvalues_used(self, pc: int) -> list[int]:
        """The upvalues that an instruction uses."""
        if self.is_data[pc]:
            return []
        op = self.op[pc]
        if op == "CLOSURE" and self.bx[pc] < len(self.proto.protos):
            return [upvalue.index for upvalue in self.proto.protos[self.bx[pc]].upvalues if not upvalue.in_stack]
        return [getattr(self, name)[pc] for _, name in _UPVALUES.get(op, ())]

    def threaded(self, pc: int) -> set[int]:
        """The places that a jump to ``pc`` may have been sent on to (lcode.c: finaltarget)."""
        places = {pc}
        for _ in range(3):
            if not self.is_jump(pc):
                break
            pc = self.target[pc]
            places.add(pc)
        return places


def numbers_inside(proto: Proto, key: object) -> Iterator[int]:
    """The numbers that a constant has in a function, and in those inside it."""
    yield from (number for number, constant in enumerate(proto.constants) if exact(constant) == key)
    for inner in proto.protos:
        yield from numbers_inside(inner, key)
