"""The ways on from a place between two statements, for functions that are read without structure.

A statement is read in all ways: with or without a declaration that ends it, as a goto or as a jump that closes a block.
"""

from __future__ import annotations

from collections.abc import Iterator

from aidec.decompiler.conditions import Test, ends_with_nil, jumping, reduced
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.gotos import Gotos
from aidec.decompiler.paths import Inside, State, Step, Way, birth, births
from aidec.decompiler.values import (
    METHOD,
    OPEN,
    RECEIVER,
    Around,
    Asked,
    Choice,
    Reached,
    Reading,
    Statements,
    Value,
    forked,
)
from aidec.lua.nodes import Block, Expression, If, Local, Nil, Statement, Vararg

VARIANTS: tuple[Choice, ...] = ("no multiple assignment", "excess", "carried nil", "no order")
"""Other readings of one statement, the likeliest first."""

LATE = ("no order",)
"""Those that are less likely than that variables ended before."""

MAX_LOCALS = 200
"""How many local variables are active at most (lparser.c: MAXVARS)."""

MAX_TESTS = 30
"""How many tests a condition has at most whose last operand is a constant."""

Found = tuple[list[Statement] | Expression, int, int]
"""Statements, the pc behind them, and the active variables there."""

Candidate = tuple[int, int, tuple[float, int]]
"""Where a declaration can end a statement: the pc, the number of values, and the pc and register of the last."""


class Ways(Gotos):
    """Reads a statement in all ways.

    Attributes:
        insides: all blocks that were begun.
        wanted: the declaration that is to end the statement which is read.
        candidates: the declarations that could.
        tested: the test that was read as a condition.
        begun: the loop that was read, by the pc of its jump, and its body.
        failure: what kept the statement from being read.
        problem: the pc of the farthest such failure, and its reason.
    """

    def begin(self) -> None:
        """Forget what was read."""
        super().begin()
        self.insides: dict[tuple[object, ...], Inside] = {}
        self.problem = (-1, "no statement")

    def inside_of(
        self,
        end: int,
        behind: int,
        registers: tuple[int, int, int],
        around: Inside | None = None,
        *,
        is_repeat: bool = False,
    ) -> Inside:
        """The one such block; ``registers`` are those outside, at its beginning, and the lowest to close."""
        key = (end, behind, registers, around, is_repeat)
        return self.insides.setdefault(key, Inside(end, behind, *registers, around, is_repeat))

    # Statements

    def statements_at(self, state: State) -> Iterator[Way]:
        """The statements at a state, and the blocks that begin or end with one."""
        pc, code = state.pc, self.code
        if code.is_jump(pc) and not self.is_generic_for(pc):
            if state.carried:
                return
            if code.is_closing(pc):
                yield from self.closings(state)
            yield from self.gotos(state, pc, None)
            return
        likeliest = Asked()
        found = self.attempt(state, likeliest)
        candidates = ordered(self.candidates, self.failure)
        yield from self.ways_of(state, found)
        for candidate in candidates:
            found = self.attempt(state, Asked(), candidate)
            yield from self.ways_of(state, found)
        for choice in VARIANTS:
            if choice in likeliest.asked:
                for step, after in self.ways_of(state, self.attempt(state, Asked([choice]))):
                    step.is_late = choice in LATE
                    yield step, after
        yield from self.repeats(state)

    def attempt(self, state: State, choices: Asked, wanted: Candidate | None = None) -> Found | None:
        """A statement that is read with some choices, or that a declaration ends; None if it can't be read."""
        pc, end = state.pc, state.inside.end
        self.choices = choices
        self.carried, self.carried_to = {pc: forked(list(state.carried))}, -1
        self.wanted, self.failure = wanted, None
        self.candidates: list[Candidate] = []
        self.tested: Test | None = None
        self.begun: tuple[int, tuple[int, int, int, int]] | None = None
        try:
            return self.simple_statement(pc, len(state.scope), Around(end, {end}, set()))
        except (Fact, Unreadable) as failure:
            self.failure = failure.with_traceback(None)
            if self.steps_left < 0:
                raise
            if self.reached >= self.problem[0]:
                self.problem = (self.reached, str(failure))
        return None

    def ways_of(self, state: State, found: Found | None) -> Iterator[Way]:
        """The ways on with what was read as a statement, if anything was."""
        if found is None:
            return
        statements, behind, active = found
        pc, scope, inside = state[:3]
        if behind > inside.end + (self.tested is not None and inside.is_repeat):
            return
        if self.begun is not None:
            yield from self.loop_begins(state, statements, *self.begun)
        elif self.code.is_entered(pc, behind):
            return
        elif self.tested is not None:
            condition = jumping(self.tested, if_true=True)
            if condition is not None:
                yield from self.gotos(state, self.tested.jump, condition)
            for test in self.deciding(state):
                yield from self.structures(state, test)
        elif not isinstance(statements, Expression):
            carried = self.carried.get(behind, []) if self.carried_to == behind else []
            declared = births(statements, pc)
            if len(scope) + len(declared) == active <= MAX_LOCALS:
                yield Step("statement", statements), state.on(behind, scope + declared, carried=carried)

    def is_declared(self, reading: Reading) -> bool:
        """Whether the declaration that is wanted ends the statement; notes those that can."""
        stack, pc = reading.stack, reading.pc
        if reading.pure or not stack or pc == reading.start:
            return False
        for value in stack:
            if value.test or value.kind in (OPEN, METHOD, RECEIVER) or not self.is_complete(value):
                return False
        for number in range(len(stack), 0, -1):
            if number < len(stack) and not self.is_cut(stack[number - 1], stack[number]):
                break
            candidate = (pc, number, (stack[number - 1].pc, stack[number - 1].register))
            if candidate == self.wanted:
                return True
            self.candidates.append(candidate)
        return False

    def is_cut(self, value: Value, above: Value) -> bool:
        """Whether a declaration can end between two values: one LOADNIL made them."""
        return value.pc == above.pc and value.group is None and isinstance(above.node, Nil)

    def declare(self, reading: Reading) -> Statements:
        """Local variables of the values, or of so many as is wanted."""
        stack, pc, active = reading.stack, reading.pc, reading.active
        number = len(stack) if self.wanted is None else self.wanted[1]
        if any(value.test for value in stack):
            raise Unreadable("a declaration with an open test")
        statements = self.declarations(stack[:number], active)
        if number < len(stack):
            self.carried[pc], self.carried_to = stack[number:], pc
        elif self.is_excess(pc, stack[-1].register + 1):
            declared = statements[-1]
            if isinstance(declared, Local):
                declared.values = [*(declared.values or [Nil() for _ in declared.variables]), Vararg()]
                pc += 1
        return statements, pc, active + number

    def try_value(self, begun: Reading) -> Reached | Statements:
        """The test that is read as a part of a value; what it shows of what comes behind holds for this way alone."""
        try:
            return super().try_value(begun)
        except Fact as fact:
            fact.sure = False
            raise

    def conditional(self, start: int, active: int, around: Around) -> Found:
        """The test that a jump depends on; what it is the condition of is found in ``ways_of``."""
        self.tested = self.pure_test(start, around.end, active)
        if self.tested is None:
            raise Unreadable("no condition")
        return [], self.tested.jump + 1, active

    def nils_again(self, state: State) -> Iterator[Way]:
        """The nils that were made for variables which ended: luac makes none again for values (lcode.c: luaK_nil)."""
        pc, code, active = state.pc, self.code, len(state.scope)
        if state.carried or pc == 0 or code.op[pc - 1] != "LOADNIL" or pc in code.targets:
            return
        first, last = code.a[pc - 1], code.a[pc - 1] + code.b[pc - 1]
        for top in range(last, active - 1, -1) if first <= active else ():
            carried = [Value(Nil()) for _ in range(active, top + 1)]
            for register, value in enumerate(carried, active):
                value.register, value.pc = register, pc - 1
            yield Step("statement"), state.on(pc, state.scope, carried=carried)

    # Blocks

    def loop_body(self, reading: Reading, base: int, number: int, loop: int, behind: int) -> Block:
        """The block of a loop, whose statements are read after its beginning."""
        self.begun = reading.pc, (base, number, loop, behind)
        return Block([])

    def loop_begins(
        self, state: State, statements: list[Statement] | Expression, pc: int, loop: tuple[int, int, int, int]
    ) -> Iterator[Way]:
        """A loop with ``for``, whose jump to its end is at a pc."""
        base, number, end, behind = loop
        scope = state.scope
        is_entered = self.code.is_entered(state.pc, pc + 1)
        if len(scope) != base or is_entered or end > state.inside.end or isinstance(statements, Expression):
            return
        inside = self.inside_of(end, behind, (base, base + number, base + 3), state.inside)
        within = scope + (birth(state.pc, 254),) * 3 + (birth(state.pc, 255),) * (number - 3)
        yield Step("open", statements), state.on(pc + 1, within, inside)

    def deciding(self, state: State) -> Iterator[Test]:
        """The conditions that begin at a state and that no goto has, since their last operand is a constant."""
        tests: list[Test] = []
        pc, end = state.pc, state.inside.end
        while len(tests) < MAX_TESTS:
            try:
                test = self.pure_test(pc, end, len(state.scope))
            except (Fact, Unreadable):
                return
            if test is None:
                return
            tests.append(test)
            pc = test.jump + 1
            if jumping(test, if_true=True) is None:
                found = reduced(tests, pc)
                if len(found) == 1 and not self.code.is_entered(state.pc, pc):
                    yield found[0]

    def structures(self, state: State, test: Test) -> Iterator[Way]:
        """The conditionals and the end of a loop that a test decides on which goes on if it is true, and only so."""
        condition, behind = jumping(test, if_true=False), test.jump + 1
        scope, inside, code, active = state.scope, state.inside, self.code, len(state.scope)
        if condition is None:
            return
        if inside.is_repeat and inside.end == behind:
            is_closed = code.a[test.jump] > 0 and code.is_jump(behind) and code.a[behind] > 0
            if ends_with_nil(condition):
                return
            after = state.on(behind + is_closed, scope[: inside.outside], inside.around)
            yield Step("close", until=condition), after
            return
        ends = [test.target] if test.target >= behind else []
        ends += [o for o in self.jumps_to(test.target) if code.is_jump(o) and code.a[o] == code.a[test.jump]]
        if any(source < state.pc for source in self.jumps_to(behind)):
            return
        for end in ends:
            if behind <= end <= inside.end and not code.is_entered(behind, end):
                within = self.inside_of(end, end, (active, active, active), inside)
                yield Step("open", [If(condition, Block([]), [], None)]), state.on(behind, scope, within)

    def repeats(self, state: State) -> Iterator[Way]:
        """The loops that begin at a state and end with a test which a goto back does not have."""
        pc, scope, inside, carried = state[:4]
        code, active = self.code, len(scope)
        for jump in reversed(self.jumps_to(pc)):
            is_until = jump > pc + 1 and jump in code.deciding and code.op[jump - 2] in ("LOADBOOL", "NOT")
            if not is_until or carried or jump + 1 > inside.end or code.is_entered(pc, jump + 1):
                continue
            around: Inside | None = inside
            while around is not None and around.end != jump + 1:
                around = around.around
            if around is None:
                registers = (active, active, active)
                within = self.inside_of(jump + 1, jump + 1, registers, inside, is_repeat=True)
                yield Step("open"), state.on(pc, scope, within)


def ordered(candidates: list[Candidate], failure: Exception | None) -> list[Candidate]:
    """Declarations, the likeliest first: of what a contradiction showed to be a local variable, then the longest."""
    shown = (failure.pc, failure.register) if isinstance(failure, Fact) and failure.kind == "local" else None
    first = [candidate for candidate in candidates if candidate[2] == shown]
    return list(dict.fromkeys([*first[:1], *reversed(candidates)]))
