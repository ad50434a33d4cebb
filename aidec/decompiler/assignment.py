"""Assignments to local variables, upvalues and fields."""

from __future__ import annotations

from collections.abc import Callable

from aidec.decompiler.code import BITRK
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.multiple_assignment import MultipleAssignments
from aidec.decompiler.values import ASSIGNED, Reading, Statements, Value
from aidec.lua.nodes import Assign, Index, Name


class Assignments(MultipleAssignments):
    """Reads assignments."""

    def store(self, reading: Reading, operands: list[int], target: Callable[..., Name | Index]) -> Statements:
        """An assignment to a field or an upvalue; the last operand is the value, the others make its target."""
        self.refuse_pure(reading)
        pc, stack, active, code = reading.pc, reading.stack, reading.active, self.code
        if len(stack) > 1 or (stack and operands[-1] != stack[-1].register):
            found = self.multiple_assignment(reading)
            if found is not None:
                return found
        if code.op[pc] != "SETUPVAL":
            self.in_order(operands, reading)
        self.check_order_of_constants(reading, operands)
        rks = () if code.op[pc] == "SETUPVAL" else (code.b[pc], code.c[pc])
        *parts, value = self.take(operands, None, reading, rks)
        if stack:
            self.must_be_local(stack[-1], "a value at an assignment")
        return [Assign([target(*parts)], [value.node])], pc + 1, active

    def check_order_of_constants(self, reading: Reading, operands: list[int]) -> None:
        """Whether a value was made before its target was named shows in the order of new constants and upvalues."""
        pc, stack, active, start, code = reading.pc, reading.stack, reading.active, reading.start, self.code
        if "no order" in self.choices or not stack or any(value.test for value in stack):
            return
        value = stack[-1]
        temporaries = [operand for operand in operands if active <= operand < BITRK]
        if value.register not in operands[-2:] or len(stack) != len(temporaries):
            return
        first = int(stack[-2].pc) + 1 if len(stack) > 1 else start
        key = code.b[pc] - BITRK
        if code.op[pc] != "SETUPVAL" and key >= 0 and value.register == code.c[pc]:
            before = range(start, first)
            newest = max([code.newest_constant[start], *[k for p in before for k in code.constants_used(p)]])
            new = [k for p in range(first, pc) for k in code.constants_used(p) if k > newest]
            if key > newest and new and min(new) < key:
                self.must_be_local(value, "constant order")
        if code.op[pc] != "SETTABLE":
            (upvalue,) = code.upvalues_used(pc)
            newest = code.newest_upvalue[start]
            new = [u for p in range(start, pc) for u in code.upvalues_used(p) if u > newest]
            if upvalue > newest and new and min(new) < upvalue:
                self.must_be_local(value, "upvalue order")

    def must_end_with_statement(self, register: int, behind: int, reading: Reading) -> None:
        """What a variable would be set to is a value of its own if the statement goes on: raises the fact."""
        if self.scopes is None and "no order" not in self.choices and self.code.is_inside[behind]:
            raise Fact("end", reading.start, register, "a statement goes on behind an assignment", sure=True)

    def result(
        self, register: int, value: Value, reading: Reading, *, fixed: bool = False, behind: int | None = None
    ) -> Statements | None:
        """Push the result of an instruction; returns the statement if it assigns it to a local variable."""
        pc, stack, active, start = reading.pc, reading.stack, reading.active, reading.start
        behind = pc + 1 if behind is None else behind
        if register < active:
            if fixed:
                self.must_end(register, reading, "a fixed result below the local variables")
            if stack:
                if stack[-1].test:
                    value.register, value.kind, value.pc = register, ASSIGNED, pc
                    stack.append(value)
                    return None
                found = self.multiple_assignment(reading, (register, value, behind))
                if found is not None:
                    return found
                self.must_be_local(stack[-1], "a value below an assignment")
            self.must_end_with_statement(register, behind, reading)
            self.made(register, pc, start)
            return [Assign([Name(self.variable(register))], [value.node])], behind, active
        free = self.free_register(reading)
        if register < free:
            for other in stack:
                if not other.test and other.register == register:
                    self.must_be_local(other, "overwritten")
            raise Unreadable("a result below open tests")
        if register > free:
            self.was_local(register - 1, "a hole")
        value.register, value.pc = register, pc
        stack.append(value)
        self.made(register, pc, start)
        return None
