"""What the instructions of a function do to its registers, and how they follow each other, whoever wrote them.

This is lvm.c (luaV_execute), as ``opcodes.yaml`` declares it: no order is expected that luac would keep.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aidec.bytecode import Proto
from aidec.decompiler.code import BITRK, Code
from aidec.decompiler.opcodes import EFFECTS, Effect, Place, Sum

MAX_REGISTERS = 256
"""How many registers an instruction can name (lopcodes.h: SIZE_A)."""

FIELDS_PER_FLUSH = 50
"""How many items of a constructor a SETLIST stores (lopcodes.h)."""


class Invalid(Exception):  # noqa: N818
    """An instruction that no Lua program stands for."""


@dataclass(slots=True)
class Step:
    """An instruction that is reached, with those that take its open results.

    Sets of registers are integers, a bit for each.

    Attributes:
        pc: its place.
        chain: the places of the instructions: the first one's results go into the second, and so on.
        reads, writes: the registers.
        captures: the registers that the function which it makes captures.
        closes: the register from which on a jump closes upvalues; -1 for none.
        behind: where it goes on; -1 where it does not.
        target: where it goes on if it decides to jump; -1 if it can't.
        problem: why no statement stands for it.
    """

    pc: int
    chain: tuple[int, ...]
    reads: int = 0
    writes: int = 0
    captures: int = 0
    closes: int = -1
    behind: int = -1
    target: int = -1
    problem: str = ""

    @property
    def after(self) -> tuple[int, ...]:
        """The places that may follow."""
        return tuple([pc for pc in (self.behind, self.target) if pc >= 0])


class Flow:
    """The steps of a function that are reached from its first instruction.

    Attributes:
        proto: the function.
        code: its instructions.
        steps: the steps by their places, in order.
        entered: the steps that go to a place, of the first one -1 as well.
        captured: the registers that functions inside capture.
        order: the places of the steps.
        open: for each step the registers that functions share with this one there: captured, and not closed since.
        live: for each step the registers that are read or captured there or later, before they are written.
    """

    def __init__(self, proto: Proto) -> None:
        self.proto = proto
        self.code = Code(proto)
        code = self.code
        self.columns = {"a": code.a, "b": code.b, "c": code.c, "bx": code.bx}
        self.steps = self._reached()
        self.entered: dict[int, set[int]] = {0: {-1}}
        self.captured = 0
        for step in self.steps.values():
            self.captured |= step.captures
            for pc in step.after:
                self.entered.setdefault(pc, set()).add(step.pc)
        self.order = list(self.steps)
        self.live = self._live()
        self.open = self._open() if self.captured else dict.fromkeys(self.steps, 0)

    def _reached(self) -> dict[int, Step]:
        found: dict[int, Step] = {}
        waiting = [0]
        while waiting:
            pc = waiting.pop()
            if pc not in found:
                found[pc] = self._step(pc)
                waiting += found[pc].after
        return dict(sorted(found.items()))

    def _live(self) -> dict[int, int]:
        live = dict.fromkeys(self.steps, 0)
        live[-1] = 0  # where it does not go on
        has_changed = True
        while has_changed:
            has_changed = False
            for pc in reversed(self.order):
                step = self.steps[pc]
                if step.target < 0:
                    now = step.reads | live[step.behind] & ~step.writes
                else:  # a test writes where it jumps, and so does the end of a loop
                    now = step.reads | live[step.behind] | live[step.target] & ~step.writes
                if now != live[pc]:
                    live[pc], has_changed = now, True
        return live

    def _open(self) -> dict[int, int]:
        found = dict.fromkeys(self.steps, 0)
        has_changed = True
        while has_changed:
            has_changed = False
            for pc, step in self.steps.items():
                out = found[pc] | step.captures
                for after in step.after:
                    # A jump closes as it is taken, so a test closes on one of its two ways only
                    closes = step.closes >= 0 and (after == step.target or step.target < 0)
                    now = found[after] | (out & ~(-1 << step.closes) if closes else out)
                    if now != found[after]:
                        found[after], has_changed = now, True
        return found

    def between(self, start: int, end: int) -> list[int]:
        """The places of the steps from one place up to another."""
        return self.order[bisect_left(self.order, start) : bisect_left(self.order, end)]

    def closed(self, step: Step) -> int:
        """The registers that a step closes, if it jumps."""
        return 0 if step.closes < 0 else self.open[step.pc] & -1 << step.closes

    def live_at(self, places: Iterable[int]) -> int:
        """The registers that are read or captured from some places on, before they are written."""
        live = 0
        for pc in places:
            live |= self.live[pc]
        return live

    def _step(self, pc: int) -> Step:
        """The step at a place."""
        if pc >= self.code.size:
            return Step(pc, (), problem="the code ends without a return")
        try:
            chain = self._chain(pc)
            step = Step(pc, tuple(chain))
            top = -1
            for place in chain:
                effect = self.effect(place)
                self._add_registers(step, place, effect, top)
                top = self.code.a[place]
            self._add_ways(step, chain[-1], self.effect(chain[-1]))
        except Invalid as error:
            return Step(pc, (pc,), problem=str(error))
        return step

    def effect(self, pc: int) -> Effect:
        """What the instruction at a place does.

        Raises:
            Invalid: there is no such opcode.
        """
        effect = EFFECTS.get(self.code.op[pc])
        if effect is None:
            raise Invalid("an unknown opcode")
        if effect.name == "EXTRAARG":
            raise Invalid("an operand without its instruction")
        return effect

    def _chain(self, pc: int) -> list[int]:
        """An instruction, and those that take its open results in turn."""
        chain = [pc]
        while self.is_open(chain[-1]) and len(chain) < MAX_REGISTERS:
            pc = self.followed(chain[-1] + 1)
            if pc >= self.code.size or not self.takes_open(pc) or pc in chain:
                break
            chain.append(pc)
        return chain

    def is_open(self, pc: int) -> bool:
        """Whether an instruction writes results up to the top."""
        return any(self._is_open(place, pc) for place in self.effect(pc).writes)

    def takes_open(self, pc: int) -> bool:
        """Whether an instruction reads up to the top."""
        effect = EFFECTS.get(self.code.op[pc])
        return effect is not None and any(self._is_open(place, pc) for place in effect.uses)

    def _is_open(self, place: Place, pc: int) -> bool:
        return place.open is not None and self.columns[place.open][pc] == 0

    def followed(self, pc: int) -> int:
        """The place that jumps from a place on lead to, if they close nothing."""
        for _ in range(self.code.size):
            if pc >= self.code.size or self.code.op[pc] != "JMP" or self.code.a[pc] > 0:
                break
            target = pc + 1 + self.code.sbx[pc]
            if target == pc or not 0 <= target <= self.code.size:
                break
            pc = target
        return pc

    def number(self, declared: Sum, pc: int) -> int:
        """The number that an instruction says.

        Raises:
            Invalid: the next word says it, and there is none.
        """
        total = declared.number
        for name in declared.operands:
            if name == "ax":
                if pc + 1 >= self.code.size:
                    raise Invalid("the next word is missing")
                total += self.proto.code[pc + 1] >> 6
            else:
                total += self.columns[name][pc]
        return total

    def registers(self, place: Place, pc: int, top: int = -1) -> range:
        """The registers of a place.

        Args:
            place: a place of kind R.
            pc: the instruction.
            top: the register from which on the instruction before has open results; -1 if it has none.

        Raises:
            Invalid: there are no such registers.
        """
        first = self.number(place.first, pc)
        last = first if place.last is None else self.number(place.last, pc)
        if self._is_open(place, pc):
            if top < 0:
                raise Invalid("open results that are not there")
            if top < first:
                raise Invalid("open results below their use")
            last = top - 1
        if last >= MAX_REGISTERS or first >= MAX_REGISTERS:
            raise Invalid("a register beyond the last")
        return range(first, last + 1)

    def _add_registers(self, step: Step, pc: int, effect: Effect, top: int) -> None:
        """Add to a step what an instruction reads and writes."""
        step.reads |= mask(self._read(pc, effect, top))
        if effect.name == "CONCAT" and self.code.c[pc] <= self.code.b[pc]:
            raise Invalid("a concatenation of less than two values")
        if effect.name == "TFORCALL" and (pc + 1 >= self.code.size or self.code.op[pc + 1] != "TFORLOOP"):
            raise Invalid("a call of an iterator without its loop")
        step.writes = mask(
            register
            for place in effect.writes
            if place.kind == "R" and not self._is_open(place, pc)
            for register in self.registers(place, pc)
        )
        for place in effect.writes:
            if place.kind == "U":
                self._check(self.number(place.first, pc), self.proto.upvalues, "upvalue")
        if effect.name == "CLOSURE":
            captured = self.proto.protos[self.code.bx[pc]].upvalues
            for upvalue in captured:
                if not upvalue.in_stack:
                    self._check(upvalue.index, self.proto.upvalues, "upvalue")
            step.captures = mask(upvalue.index for upvalue in captured if upvalue.in_stack)
            step.reads |= step.captures

    def _read(self, pc: int, effect: Effect, top: int) -> Iterator[int]:
        """The registers that an instruction reads."""
        lists = {"K": self.proto.constants, "U": self.proto.upvalues, "P": self.proto.protos}
        names = {"K": "constant", "U": "upvalue", "P": "function inside"}
        for place in effect.uses:
            if place.kind == "R":
                yield from self.registers(place, pc, top)
                continue
            number = self.number(place.first, pc)
            if place.kind != "RK":
                self._check(number, lists[place.kind], names[place.kind])
            elif number >= BITRK:
                self._check(number - BITRK, self.proto.constants, "constant")
            else:
                yield number

    @staticmethod
    def _check(number: int, found: tuple[object, ...], name: str) -> None:
        if number >= len(found):
            raise Invalid(f"{name} {number}, of {len(found)}")

    def _add_ways(self, step: Step, pc: int, effect: Effect) -> None:
        """Add to a step where it goes on."""
        code = self.code
        if effect.next == "return":
            return
        jump = pc
        step.behind = pc + 1 + self._skips(pc, effect)
        if effect.next == "test":
            jump, step.behind = pc + 1, pc + 2
        if effect.name == "FORPREP" and self.loop_of(pc) >= 0:
            jump = self.loop_of(pc)
            step.behind = jump + 1
            step.writes |= mask([code.a[pc] + 3])
        if effect.next:
            step.target = self._target(jump)
            step.closes = code.a[jump] - 1 if effect.next == "test" or effect.closes else -1
        if effect.next == "jump" and jump == pc:
            step.behind, step.target = step.target, -1
        if step.behind > code.size:
            raise Invalid("the code ends without a return")
        step.behind = self.followed(step.behind) if step.behind >= 0 else -1

    def _skips(self, pc: int, effect: Effect) -> bool:
        """Whether the next word is passed over: it is an operand, or is skipped."""
        has_word = bool(effect.word) and (effect.word == "always" or self.code.c[pc] == 0)
        return has_word or (bool(effect.skips) and self.columns[effect.skips][pc] != 0)

    def _target(self, pc: int) -> int:
        """Where a word jumps, whatever its opcode: lvm.c takes the word after a test as a jump."""
        if pc >= self.code.size:
            raise Invalid("the next word is missing")
        target = pc + 1 + self.code.sbx[pc]
        if not 0 <= target <= self.code.size:
            raise Invalid("a jump out of the function")
        return self.followed(target)

    def loop_of(self, pc: int) -> int:
        """The FORLOOP that a FORPREP jumps to, with the same registers; -1 if it jumps elsewhere."""
        code = self.code
        target = pc + 1 + code.sbx[pc]
        is_loop = 0 <= target < code.size and code.op[target] == "FORLOOP" and code.a[target] == code.a[pc]
        return target if is_loop else -1


def mask(registers: Iterable[int]) -> int:
    """A set of registers."""
    found = 0
    for register in registers:
        found |= 1 << register
    return found
