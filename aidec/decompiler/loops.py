"""Loops: blocks with the jumps around them (lparser.c: whilestat, repeatstat, forstat)."""

from __future__ import annotations

from abc import abstractmethod

from aidec.decompiler.conditions import ends_with_nil, jumping, reduced
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.logic import Logic
from aidec.decompiler.values import OPEN, Around, Reading, Stack, Statements, cut
from aidec.lua.nodes import (
    Block,
    Boolean,
    Expression,
    GenericFor,
    Goto,
    Nil,
    Number,
    NumericFor,
    Repeat,
    While,
)


class Loops(Logic):
    """Reads loops."""

    @abstractmethod
    def block(self, pc: int, active: int, around: Around) -> tuple[Block, Expression | None]:
        """The statements of a block from ``pc`` on, and the test of ``repeat`` if they end with it."""

    def exits(self, pc: int, around: Around) -> set[int]:
        """The places that a jump to ``pc`` can go to."""
        places = self.code.threaded(pc)
        return places | around.ends if pc in around.ends or pc == around.end else places

    def goto(self, pc: int, target: int) -> Goto:
        """A goto from one place to another."""
        self.labels[target] = self.labels.get(target, frozenset()) | {pc}
        return Goto(f"L_{target}")

    def loop(self, start: int, jump: int, active: int, around: Around, opened: set[int]) -> Statements:
        """A loop whose jump back is at ``jump``: while, or repeat if a test decides on it.

        Args:
            start: where it starts.
            jump: the jump.
            active: the active variables.
            around: what stands around it.
            opened: the jumps back to its start that are its own.
        """
        code = self.code
        self.opened |= opened
        if not code.is_jump(jump):
            return self.repeat(start, jump, active, around)
        exits = self.exits(jump + 1, around)
        body, condition = start, None
        tests = self.tests_from(start, jump, active)
        for number in range(len(tests), 0, -1):
            behind = tests[number - 1].jump + 1
            found = reduced(tests[:number], behind)
            condition = jumping(found[0], if_true=False) if len(found) == 1 and found[0].target in exits else None
            if condition is not None and not ends_with_nil(condition):
                body = behind
                break
            condition = None
        saved = dict(self.last_made)
        try:
            block, _ = self.block(body, active, Around(jump, {jump, start}, exits))
        except Fact as fact:
            if body == start or not start <= fact.pc < body:
                raise
            self.facts.add(fact)  # a local variable in what was read as the condition
            self.opened -= opened
            self.last_made = saved
            return self.loop(start, jump, active, around, opened)
        return [While(Boolean(value=True) if condition is None else condition, block)], jump + 1, active

    def repeat(self, start: int, jump: int, active: int, around: Around) -> Statements:
        """A loop with its test at the end, which is at ``jump``."""
        code = self.code
        behind = jump + 1
        if code.a[jump] > 0 and code.is_jump(behind) and code.a[behind] > 0:
            behind += 1  # the loop's variables are closed where it ends, too
        exits = self.exits(behind, around) | {jump + 1}
        block, test = self.block(start, active, Around(jump + 1, set(), exits, until=jump))
        if test is None:
            raise Unreadable(f"a loop at {start} without a test at {jump}")
        return [Repeat(block, test)], behind, active

    def read_FORPREP(self, reading: Reading) -> Statements:
        """A numeric loop."""
        a = self.code.a[reading.pc]
        start, limit, step = self.loop_values(a, reading)
        steps = [] if isinstance(step.node, Number) and step.node == Number(1) else [step.node]
        (variable,) = self.variables(a + 3, 1)
        loop = self.code.target[reading.pc]
        if loop >= self.code.size or self.code.op[loop] != "FORLOOP":
            raise Unreadable("a loop without FORLOOP")
        block = self.loop_body(reading, a, 4, loop, loop + 1)
        made = NumericFor(variable, start.node, limit.node, steps[0] if steps else None, block)
        return [made], loop + 1, reading.active

    def read_JMP(self, reading: Reading) -> Statements:
        """The jump to the TFORCALL of a generic loop."""
        if not self.is_generic_for(reading.pc):
            raise Unreadable("a jump")
        loop = self.code.target[reading.pc]
        a, number = self.code.a[loop], self.code.c[loop]
        excess = [value for value in reading.stack if not value.test and value.register >= a + 3]
        del reading.stack[len(reading.stack) - len(excess) :]
        values = self.loop_values(a, reading)
        nodes = self.adjusted(values, 3)
        if excess:
            nodes = self.listed([*values, *excess], is_open=excess[-1].kind == OPEN)
        block = self.loop_body(reading, a, 3 + number, loop, loop + 2)
        return [GenericFor(self.variables(a + 3, number), nodes, block)], loop + 2, reading.active

    def loop_values(self, base: int, reading: Reading) -> Stack:
        """Pop the three values of a loop."""
        self.refuse_pure(reading)
        if base < reading.active:
            self.must_have_ended(base)
        stack = reading.stack
        if len(stack) < 3 or stack[-1].register != base + 2:
            if stack and stack[-1].register > base + 2:
                self.must_be_local(stack[-1], "a value above a loop")
            self.was_local(base + 2, "a value of a loop")
        values = stack[-3:]
        del stack[-3:]
        self.no_values(reading, "a value at a loop")
        for value in values:
            self.complete(value)
        return values

    def loop_body(self, reading: Reading, base: int, number: int, loop: int, behind: int) -> Block:
        """The block of a loop, whose variables and hidden state are in so many registers from ``base`` on."""
        for place in range(base, base + number):
            self.made(place, -1, -1)
        exits = self.exits(behind, reading.around)
        block, _ = self.block(reading.pc + 1, reading.active + number, Around(loop, {loop}, exits, level=base + 3))
        return block

    def adjusted(self, values: Stack, number: int) -> list[Expression]:
        """The expressions of values that luac made as many as there are targets (lparser.c: adjust_assign)."""
        nodes: list[Expression] = []
        index = 0
        while index < len(values):
            value = values[index]
            if value.group is not None:
                if len(values) - index != value.group[1] or any(v.group != value.group for v in values[index:]):
                    raise Unreadable("some of several results")
                return [*nodes, value.node]
            nodes.append(value.node)
            index += 1
        last = len(nodes)
        while last > 1 and isinstance(nodes[last - 1], Nil) and values[last - 1].pc == values[-1].pc:
            last -= 1
        nodes = nodes[:last]
        return [*nodes[:-1], cut(nodes[-1])] if len(nodes) < number else nodes
