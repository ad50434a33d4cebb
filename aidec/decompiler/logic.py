"""Tests with their jumps, to conditions and to values of ``and``, ``or`` and comparisons (lcode.c: exp2reg, infix)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from aidec.decompiler.code import BINARY, BITRK
from aidec.decompiler.conditions import Test, begins_dead, is_dead, negated, reduced
from aidec.decompiler.decisions import IF_FALSE, IF_TRUE, Decisions, Exit, numbers_of, parsed_condition
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.jumps import Jumps
from aidec.decompiler.values import (
    ASSIGNED,
    METHOD,
    OPEN,
    OPEN_TEST,
    PLAIN,
    RECEIVER,
    Around,
    Reached,
    Reading,
    Stack,
    Statements,
    Value,
    forked,
)
from aidec.lua.nodes import Assign, Binary, Expression, Name, Nil, Unary


class Logic(Jumps):
    """Reads tests."""

    # Conditions

    def possible_conditions(self, start: int, end: int, active: int, around: Around) -> Iterator[tuple[Test, int]]:
        """The conditions at ``start``, the longest first, each with the pc behind it."""
        tests = self.tests_from(start, end, active)
        numbers = range(1, len(tests) + 1)
        for number in numbers if "short" in self.choices else reversed(numbers):
            behind, last = tests[number - 1].jump + 1, tests[number - 1].target
            keeps = last in around.breaks and not behind <= last <= end
            found = reduced(tests[:number], behind, keep_sense=keeps != ("flip" in self.choices))
            if len(found) == 1:
                yield found[0], behind
            elif not begins_dead(tests[:number]) and (parsed := parsed_condition(tests[:number], behind)) is not None:
                yield parsed, behind
            if self.code.is_jump(behind) and number > 1 and last != self.code.target[behind]:
                over = self.code.target[behind]
                threaded = [replace(test, target=behind) if test.target == over else test for test in tests[:number]]
                found = reduced(threaded, behind)
                if len(found) == 1:
                    yield found[0], behind

    def tests_from(self, pc: int, end: int, active: int) -> list[Test]:
        """The tests that follow each other from ``pc`` on."""
        tests: list[Test] = []
        while pc < end and not (tests and (pc in self.code.back or pc in self.facts.ends)):
            try:
                test = self.pure_test(pc, end, active)
            except (Unreadable, Fact) as failure:
                if isinstance(failure, Fact) and failure.why == "capture":
                    raise
                break
            if test is None:
                break
            tests.append(test)
            pc = test.jump + 1
        return tests

    def pure_test(self, start: int, end: int, active: int) -> Test | None:
        """The test that begins at ``start``; None if something else than an expression comes before it."""
        carried = forked(self.carried.get(start, []))
        reading = Reading(start, carried, active, start, Around(end, set(), set()), pure=True)
        while reading.pc < end:
            if not self.code.is_test(reading.pc):
                result = self.step(reading)
                if isinstance(result, tuple):
                    return None
                reading.pc = result
            else:
                try:
                    reached = self.try_value(reading)
                except (Unreadable, Fact) as failure:
                    if isinstance(failure, Fact) and failure.sure:
                        raise
                    return self.last_test(reading)
                if not isinstance(reached, Reached):
                    return None
                reading.pc, reading.stack = reached.pc, reached.stack
            if self.is_declared(reading):
                return None
        return None

    def last_test(self, reading: Reading) -> Test | None:
        """The test that is read, if no value stands below it and it makes none."""
        test, rest = self.test(reading)
        if rest or self.code.op[reading.pc] == "TESTSET":
            return None
        return replace(test, start=reading.start)

    # Values

    def try_value(self, begun: Reading) -> Reached | Statements:
        """The test that is read as a part of a value, until no test is open; the stack stays as it is.

        Raises:
            Unreadable: it is no part of a value.
            Fact: what a contradiction shows.
        """
        reading = replace(begun, stack=forked(begun.stack), pure=True)
        while True:
            stack, pc = reading.stack, reading.pc
            if pc > reading.around.end:
                raise Unreadable("a value beyond the block")
            self.push_own_variable(reading)
            if any(value.test for value in stack):
                assigned = self.close_tests(reading)
                if assigned is not None:
                    return self.assign_value(assigned, reading, begun.pc)
                self.refuse_declared(reading)
            if pc != begun.pc and not any(value.test for value in stack):
                return Reached(pc, stack)
            if pc >= reading.around.end:
                raise Unreadable("a value beyond the block")
            self.behind_dead = self.dead_operand(reading)
            try:
                assigned = self.value_step(reading)
            finally:
                self.behind_dead = None
            if assigned is not None:
                return self.assign_value(assigned, reading, begun.pc)
            if self.scopes is None:  # else variables begin where the tests are closed
                self.refuse_declared(reading)

    def push_own_variable(self, reading: Reading) -> None:
        """Push the local variable that is assigned as the last operand, as in ``x = y or x``, which emits nothing."""
        stack = reading.stack
        top = stack[-1].test if stack else None
        if top is None or top.target != reading.pc or top.register is None:
            return
        others = (test for test in open_tests(stack) if test.target == top.target and test.register == top.register)
        copies = any(test.copies for test in others)  # the test of the variable itself is TEST
        if copies and top.register < reading.active:
            stack.append(self.assigned(Name(self.variable(top.register)), top.register, reading.pc - 1))

    def value_step(self, reading: Reading) -> tuple[int, Value] | None:
        """Read one instruction of a value; returns the register and the value of a local variable that is assigned."""
        code, pc, stack = self.code, reading.pc, reading.stack
        is_boolean = code.op[pc] == "LOADBOOL" and code.c[pc] != 0
        if stack and stack[-1].kind == ASSIGNED and code.op[pc] != "JMP" and not is_boolean:
            self.must_end(stack.pop().register, reading, "a value goes on behind an assignment")
        if code.is_test(pc):
            self.spend()
            test, reading.stack = self.test(reading)
            opened = [value.test for value in reading.stack]
            is_apart = is_dead(test) and not self.code.is_inside[pc + 2]
            if is_apart and all(other and other.target == test.target and not other.copies for other in opened):
                raise Unreadable("a condition of which nothing depends")
            if test.target <= pc:
                raise Unreadable("a jump backwards in a value")
            made = Value(Nil(), OPEN_TEST)
            made.register, made.pc, made.test = self.free_register(reading), pc, test
            reading.stack.append(made)
            reading.pc += 2
            return None
        if code.op[pc] == "JMP":
            self.pass_over_pair(reading)
            is_boolean = True
        if is_boolean:
            return self.boolean(reading)
        if pc in code.back or pc in self.facts.ends:
            raise Unreadable("a loop or a block in a value")
        result = self.step(reading)
        if isinstance(result, tuple):
            raise Unreadable("a statement in a value")
        reading.pc = result
        return None

    def pass_over_pair(self, reading: Reading) -> None:
        """Go on behind a jump from the last operand over a pair of LOADBOOL."""
        code, pc, stack = self.code, reading.pc, reading.stack
        behind = pc + 3
        goes_over = code.target[pc] == behind or (code.is_jump(behind) and code.target[behind] == code.target[pc])
        if not (code.is_boolean_pair(pc + 1) and goes_over and stack):
            raise Unreadable("a jump in a value")
        reading.pc = pc + 1
        if stack[-1].test:  # the last operand is the local variable itself, as in x = x == nil or x
            own = code.a[pc + 1]
            if own >= reading.active:
                raise Unreadable("a jump in a value")
            stack.append(self.assigned(Name(self.variable(own)), own, pc))

    def boolean(self, reading: Reading) -> tuple[int, Value] | None:
        """Make a value of the tests that lead to a pair of LOADBOOL."""
        pc, stack = reading.pc, reading.stack
        if not self.code.is_boolean_pair(pc):
            raise Unreadable("a boolean value without its pair")
        register, behind = self.code.a[pc], pc + 2
        last = None
        if stack and ((not stack[-1].test and stack[-1].register == register) or stack[-1].kind == ASSIGNED):
            last = stack.pop()
            self.complete(last)
        first = first_test(stack, len(stack), behind)
        run = stack[first:]
        del stack[first:]
        if not run:
            raise Unreadable("a pair of LOADBOOL without tests")
        self.combine(run, last, reading, pair=pc)
        reading.pc = behind
        return (register, stack.pop()) if stack[-1].kind == ASSIGNED else None

    def close_tests(self, reading: Reading) -> tuple[int, Value] | None:
        """Make a value of the tests that lead here and the operand on the top, if there are any.

        Returns:
            The register and the value if it is that of a local variable, else None.
        """
        stack, pc = reading.stack, reading.pc
        if not self.is_negated_test(stack[-1].node, pc):
            self.close_dead(stack)
        last = stack[-1]
        if last.test:
            return None
        first = first_test(stack, len(stack) - 1, pc)
        run = stack[first:-1]
        at_end = [test for test in open_tests(run) if test.target == pc]
        if last.kind == ASSIGNED:  # a test may also go on to it, where it is the variable itself
            at_end = [test for test in at_end if test.copies or test.register == last.register]
        if not at_end or any(test.register != last.register for test in at_end):
            return None
        if not self.is_complete(last) or last.kind in (OPEN, RECEIVER, METHOD) or last.group:
            return None
        self.complete(last)
        del stack[first:]
        self.combine(run, last, reading, pair=None)
        return (last.register, stack.pop()) if stack[-1].kind == ASSIGNED else None

    def is_negated_test(self, node: Expression, pc: int) -> bool:
        """Whether a tested ``not`` may stand in a ``not`` of which luac made the jump (lcode.c: jumponcond)."""
        is_not = isinstance(node, Unary) and node.operator == "not"
        return is_not and self.code.op[pc] in ("TEST", "TESTSET")

    def dead_operand(self, reading: Reading) -> tuple[int, Expression] | None:
        """An operand that is in no register of its own, with the tests before it, which all lead to it.

        They are taken off the stack. None if there are none.
        """
        code, pc, stack = self.code, reading.pc, reading.stack
        if not stack or not is_dead(stack[-1].test) or code.op[pc] not in BINARY:
            return None
        known = [operand for operand in (code.b[pc], code.c[pc]) if not reading.active <= operand < BITRK]
        if not known:
            return None
        first = first_test(stack, len(stack), pc)
        tests = open_tests(stack[first:])
        node = Decisions(tests, self.exits_of_value(tests, pc), self.known(known[-1]).node).value()
        if node is None:
            return None
        del stack[first:]
        return known[-1], node

    def close_dead(self, stack: Stack) -> None:
        """Make one value of that on the top and the tests before it, if all of them lead to it."""
        if len(stack) < 2 or not is_dead(stack[-2].test) or stack[-1].kind != PLAIN or not self.is_complete(stack[-1]):
            return
        first = first_test(stack, len(stack) - 1)
        tests = open_tests(stack[first:-1])
        behind = tests[-1].jump + 1
        if all(test.target <= behind for test in tests):
            node = Decisions(tests, self.exits_of_value(tests, behind), stack[-1].node).value()
            if node is None:
                raise Unreadable("jumps that make no value")
            self.complete(stack[-1])
            stack[-1].node = node
            del stack[first:-1]

    def combine(self, run: Stack, last: Value | None, reading: Reading, *, pair: int | None) -> None:
        """Push the value of tests.

        Args:
            run: the tests.
            reading: where reading is.
            last: the last operand; None where it is the last test.
            pair: the pc of the pair of LOADBOOL that it ends with; None where it ends with its last operand.
        """
        pc = reading.pc
        register = self.code.a[pc] if pair is not None or last is None else last.register
        behind = pc if pair is None else pc + 2
        tests = open_tests(run)
        if last is not None:
            ending, behind_tests = last.node, tests[-1].jump + 1
        else:
            final = tests.pop()
            ending = final.condition if final.sense else negated(final.condition)
            behind_tests = final.start
        exits = self.exits_of_value(tests, behind_tests, register, behind, pair)
        node = Decisions(tests, exits, ending).value()
        if node is None:
            raise Unreadable("jumps that make no value")
        self.push_value(node, register, run[0], reading, pc if pair is not None else pc - 1)

    @staticmethod
    def exits_of_value(
        tests: list[Test], behind_tests: int, register: int = -1, behind: int = -1, pair: int | None = None
    ) -> list[Exit]:
        """Where the jumps of a value go; without a register all of them lead to its last operand."""
        numbers = numbers_of([*[test.start for test in tests], behind_tests])
        if pair == behind_tests + 1:  # the last operand is the local variable itself, so that jumps to it go on
            numbers.setdefault(behind, set()).add(len(tests))
        exits = []
        for test in tests:
            places, target = set(numbers.get(test.target, ())), test.target
            keeps = target == behind and test.register == register
            if keeps:
                places.add(IF_TRUE if test.sense else IF_FALSE)
            elif pair is not None and target in (pair, pair + 1):
                places.add(IF_FALSE if target == pair else IF_TRUE)
            exits.append(Exit(frozenset(places), keeps))
        return exits

    def push_value(self, node: Expression, register: int, first: Value, reading: Reading, pc: int) -> None:
        """Push a value of tests, of which ``first`` is the first, made at ``pc``."""
        start = int(first.pc) if first.test is None else first.test.start
        if register < reading.active:
            if first.register != self.free_register(reading):
                raise Unreadable("an assignment below open tests")
            made = self.assigned(node, register, pc)
        else:
            if register > first.register:
                self.was_local(register - 1, "a value above its place", sure=True)
            if register != first.register:
                raise Unreadable("a value below its place")
            used = [number for place in range(start, pc + 1) for number in self.code.constants_used(place)]
            made = Value(node, least=min(used, default=1 << 30))
            made.register, made.pc = register, pc + 0.5
        self.made(register, made.pc, reading.start)
        self.history[register] -= {place for place in self.history[register] if first.pc - 1 <= place <= pc}
        reading.stack.append(made)

    @staticmethod
    def assigned(node: Expression, register: int, pc: float) -> Value:
        """A value of a local variable, which ends an assignment."""
        value = Value(node, ASSIGNED)
        value.register, value.pc = register, pc
        return value

    def assign_value(self, assigned: tuple[int, Value], reading: Reading, begun: int) -> Statements:
        """The assignment of a value of tests, which begin at ``begun``, to a local variable."""
        register, value = assigned
        if not reading.stack:
            if self.is_statement_by_lines(value, register, begun):
                raise Unreadable("a statement by its lines")
            self.must_end_with_statement(register, reading.pc, reading)
            return [Assign([Name(self.variable(register))], [value.node])], reading.pc, reading.active
        found = None
        if not any(other.test for other in reading.stack):
            found = self.multiple_assignment(reading, (register, value, reading.pc))
        if found is None:
            raise Unreadable("an assignment with values below it")
        return found

    def is_statement_by_lines(self, assigned: Value, register: int, pc: int) -> bool:
        """Whether ``x = x or y``, whose test is at ``pc``, can be ``if not x then x = y end``, and is on several lines.

        Both are the same bytecode, unless luac would have sent the jump of ``if`` on. The lines of ``if`` fit always.
        """
        code, lines = self.code, self.proto.line_info
        if pc + 2 >= len(lines) or lines[pc + 1] == lines[pc + 2] or code.is_jump(code.target[pc + 1]):
            return False
        match assigned.node:
            case Binary(operator="and" | "or", left=Name(name=name)) if name == self.variable(register):
                return not any(code.is_test(place) for place in range(pc + 2, code.target[pc + 1]))
        return False

    def refuse_declared(self, reading: Reading) -> None:
        """No local variable stands inside a value."""
        if any(value.test for value in reading.stack) and self.is_declared(reading):
            raise Unreadable("a local variable inside a value")


def first_test(stack: Stack, end: int, limit: int = sys.maxsize) -> int:
    """Where the open tests begin that stand before an index of a stack, and go no further than a pc."""
    while end and (test := stack[end - 1].test) is not None and test.target <= limit:
        end -= 1
    return end


def open_tests(values: Stack) -> list[Test]:
    """The open tests among values."""
    return [value.test for value in values if value.test is not None]
