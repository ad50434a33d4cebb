"""One test with its jump: what it compares, and how it was written (lcode.c: codecomp, jumponcond)."""

from __future__ import annotations

from dataclasses import replace

from aidec.decompiler.code import BITRK, COMPARISONS
from aidec.decompiler.conditions import Test, decides, twice_negated
from aidec.decompiler.facts import Unreadable
from aidec.decompiler.instructions import Instructions
from aidec.decompiler.values import Reading, Stack, Value
from aidec.lua.nodes import Binary, Unary


class Jumps(Instructions):
    """Reads a test."""

    def test(self, reading: Reading) -> tuple[Test, Stack]:
        """The test that is read with its jump, and the stack without its operands."""
        code, pc, stack = self.code, reading.pc, list(reading.stack)
        reading = replace(reading, stack=stack)
        op = code.op[pc]
        if op in COMPARISONS:
            test = self.comparison(reading)
        else:
            operand = code.b[pc] if op == "TESTSET" else code.a[pc]
            (value,) = self.take([operand], None, reading)
            if isinstance(value.pc, float) and value.pc >= 0:
                if (value.pc, value.register) in self.facts.locals:
                    raise Unreadable("a local variable inside a value")
                self.must_be_local(value, "value tested")
            test = Test(value.node, bool(code.c[pc]), code.target[pc + 1], code.a[pc], pc, pc + 1, op == "TESTSET")
            if value.register >= 0 and decides(value.node) not in (None, test.sense):
                self.must_be_local(value, "a constant that decides")
            if isinstance(value.node, Unary) and value.node.operator == "not":
                test = twice_negated(test)
        test.start = self.start_above(reading)
        return test, stack

    @staticmethod
    def start_above(reading: Reading) -> int:
        """Where what is read above the values on the stack begins."""
        if not reading.stack:
            return reading.start
        top = reading.stack[-1]
        return top.test.jump + 1 if top.test else int(top.pc) + 1

    def comparison(self, reading: Reading) -> Test:
        """The test of a comparison."""
        code, pc = self.code, reading.pc
        b, c = code.b[pc], code.c[pc]
        left, right = self.take([b, c], None, reading, (b, c))
        operator = COMPARISONS[code.op[pc]]
        if operator != "==" and self.is_swapped(reading, right):
            left, right, operator = right, left, {"<": ">", "<=": ">="}[operator]
        condition = Binary(left.node, operator, right.node)
        return Test(condition, bool(code.a[pc]), code.target[pc + 1], None, pc, pc + 1)

    def is_swapped(self, reading: Reading, right: Value) -> bool:
        """Whether ``a > b`` was written, which luac turns around (lcode.c: codecomp).

        The operand that was written first was made first; of a constant, it is its number that tells.
        """
        code, pc, active = self.code, reading.pc, reading.active
        b, c = code.b[pc], code.c[pc]
        if self.behind_dead is not None:
            return self.behind_dead[0] == b != c  # that was written last
        if active <= b < BITRK and active <= c < BITRK:
            return b > c
        start = self.start_above(reading)
        if b >= BITRK and c >= BITRK:
            return c < b and code.first_use[b - BITRK] == code.first_use[c - BITRK] == pc
        if b < BITRK:
            return c >= BITRK and code.was_early(c - BITRK, start, pc)
        number = b - BITRK
        if code.first_use[number] >= start:
            return not code.was_early(number, start, pc)
        return not (c >= active and number < right.least < 1 << 30)
