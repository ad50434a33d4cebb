"""A function's instructions to statements, read as luac wrote them: what lparser.c and lcode.c did, undone.

luac emits code in the order of the text, and keeps values on a stack of registers above the active local variables
(lparser.c: freereg). So the reader goes through the code once with that stack. What contradicts it is a fact about the
local variables (`facts`); the statement is then read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from aidec.decompiler.blocks import Blocks, Entry
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.registers import Noted
from aidec.decompiler.values import Around, Reached, Reading, Statements
from aidec.lua.nodes import (
    Block,
    Break,
    Do,
    ElseIf,
    Expression,
    FunctionBody,
    If,
    Label,
    Local,
    Nil,
    Return,
    Statement,
    Vararg,
)

ABOUT_SCOPES = ("local", "split", "end", "end of block", "earlier")
"""The facts that are known where there is debug information."""

EVERY = 16
"""After how many statements of a block it is noted how to go on from there."""


@dataclass(slots=True)
class Point:
    """A statement from which a block can be read again.

    Attributes:
        number: how many statements of the block were read before it.
        pc, active: the pc and the active variables there.
        entries: what was read of the block before it.
        noted: what was noted until there.
    """

    number: int
    pc: int
    active: int
    entries: list[Entry]
    noted: Noted


State = tuple[
    dict[int, tuple[float, int]],
    dict[int, frozenset[int]],
    set[int],
    dict[int, int],
    dict[int, tuple[FunctionBody, list[str]]],
]
"""Values made, labels, loops that are read, ends of variables, and bodies of functions: what a reading changes."""


def put_ladders(root: Block) -> None:
    """Make ``elseif`` of an ``if`` that is alone in an else part, in place: luac nests blocks 200 deep at most."""
    for node in root.walk():
        while isinstance(node, If) and node.otherwise is not None and len(node.otherwise.statements) == 1:
            (inner,) = node.otherwise.statements
            if not isinstance(inner, If):
                break
            node.alternatives += [ElseIf(inner.test, inner.body), *inner.alternatives]
            node.otherwise = inner.otherwise


class Reader(Blocks):
    """Reads a function."""

    def read(self) -> Block:
        """The statements of the function."""
        end = self.code.size - 1
        around = Around(end, {end}, set(), is_function=True)
        for _ in range(400):
            self.begin()
            try:
                block, _ = self.block(0, self.proto.num_params, around)
            except Fact as fact:
                self.facts.add(fact)
                continue
            self.put_labels(block)
            put_ladders(block)
            return block
        raise Unreadable("too many readings")

    def put_labels(self, root: Block) -> None:
        """Put labels before the statements that are jumped to."""
        behind_label: set[int] = set()  # what stands first in a block that has the label before it
        for node in list(root.walk()):
            if isinstance(node, Block) and node in self.places:
                statements: list[Statement] = []
                for pc, statement in zip(self.places[node], [*node.statements, None], strict=True):
                    inner = statement.body if isinstance(statement, Do) else None
                    if pc in self.labels:
                        if id(statement) not in behind_label:
                            statements.append(Label(f"L_{pc}"))
                        behind_label.update(map(id, inner.statements[:1] if inner else []))
                    if statement is not None:
                        statements.append(statement)
                node.statements = [
                    Do(Block([statement])) if isinstance(statement, Return) and number < len(statements) else statement
                    for number, statement in enumerate(statements, 1)
                ]

    def block(self, pc: int, active: int, around: Around) -> tuple[Block, Expression | None]:
        """The statements of a block from ``pc`` on, and the test of ``repeat`` if they end with it."""
        if not around.is_function and self.code.is_entered(pc, around.end):
            raise Unreadable("a jump into a block")
        insides = self.without_closing_jumps(pc, active, around)
        if len(insides) == 1:
            return self.statements(pc, active, around, 0)
        before = self.state()
        found: list[tuple[int, int, tuple[Block, Expression | None], State]] = []
        for inside in insides:
            try:
                made = self.statements(pc, active, inside, around.end - inside.end)
            except Unreadable:  # the jump is that of a block that ends there, too
                if inside is insides[-1] and not found:
                    self.must_be_new(pc, active, around.end)
                    raise
            else:
                found.append((len(self.labels), len(found), made, self.state()))
                if len(self.labels) == len(before[1]):
                    break
            self.restore(before)
        _, _, made, state = min(found, key=lambda reading: reading[:2])  # the one with the fewest gotos
        self.restore(state)
        return made

    def state(self) -> State:
        """What is known where reading is, as a copy."""
        return *self.noted(), dict(self.facts.ends), dict(self.bodies)

    def restore(self, state: State) -> None:
        """Go back to what was known."""
        self.forget(state[:3])
        self.facts.ends, self.bodies = dict(state[3]), dict(state[4])

    def statements(self, pc: int, active: int, around: Around, num_closed: int) -> tuple[Block, Expression | None]:
        """The statements of a block; ``num_closed`` is the number of jumps behind them that close its variables."""
        entries: list[Entry] = []
        start, base = pc, active
        limit = self.last_end(around.end + num_closed)
        points: list[Point] = []
        number = 0
        while pc < around.end:
            self.note(points, number, pc, active, entries)
            number += 1
            try:
                active = self.without_ended(entries, active, base, pc)
                active = self.without_variables_of_goto(entries, active, base, pc)
                found = self.statement_again(entries, pc, active, base, around)
            except Fact as fact:
                point = self.point_before(points, fact)
                number, pc, active, entries[:] = point.number, point.pc, point.active, point.entries
                continue
            if found is None:  # local variables end before the statement, which is read once more
                active = self.facts.ends[pc]
                continue
            statements, behind, now_active = found
            if now_active > active:
                self.refuse_living_on(now_active - 1, behind, limit)
            if self.carried_to != behind:
                self.carried.pop(behind, None)
            self.carried_to = -1
            if isinstance(statements, Expression):
                return self.made_block([*entries, (pc, [], active)], -1), statements
            if isinstance(statements, list):
                entries.append((pc, statements, active))
            elif behind < around.end or around.is_function or statements not in (base, around.level):
                now_active = self.closed(entries, active, base, pc, statements)
            else:
                num_closed += 1
            pc, active = behind, now_active
        return self.ended(entries, (start, pc), (base, active), around, num_closed), None

    def note(self, points: list[Point], number: int, pc: int, active: int, entries: list[Entry]) -> None:
        """Note a point of a block now and then; of those before it, fewer are kept towards the block's start."""
        if number % EVERY:
            return
        distance = EVERY
        kept = [Point(number, pc, active, list(entries), self.noted())]
        for other in reversed(points):
            if other.number == 0 or number - other.number >= distance:
                kept.append(other)
                distance = 2 * (number - other.number)
        points[:] = kept[::-1]

    def point_before(self, points: list[Point], fact: Fact) -> Point:
        """Go back to the last point of a block before what a fact is about; a fact about what was before is raised."""
        while points and points[-1].pc > fact.pc:
            points.pop()
        if not points or fact.kind == "end of block":
            raise fact
        self.facts.add(fact)
        self.steps_left -= 5
        point = points.pop()
        self.forget(point.noted)
        return point

    def statement_again(
        self, entries: list[Entry], pc: int, active: int, base: int, around: Around
    ) -> tuple[list[Statement] | Expression | int, int, int] | None:
        """A statement, read again with each fact that it shows about itself or what is inside it.

        None if it shows that local variables end before it; the statements so far are in a block of their own then.
        """
        for _ in range(300):
            noted = self.noted()
            try:
                return self.statement(pc, active, around)
            except Fact as fact:
                if self.scopes is not None and fact.kind in ABOUT_SCOPES:
                    raise Unreadable(f"the debug information says otherwise: {fact.why}") from None
                if fact.kind == "end of block" and fact.register >= base:
                    self.facts.ends.pop(int(fact.pc), None)
                    self.forget(noted)
                    self.facts.end(pc, fact.register)
                    self.wrap(entries, fact.register, base, pc)
                    return None
                if fact.pc < pc or (fact.kind in ("end", "end of block", "earlier") and fact.pc == pc):
                    raise
                self.facts.add(fact)
                self.forget(noted)
                self.steps_left -= 5
        raise Unreadable("too many readings of a statement")

    def statement(self, pc: int, active: int, around: Around) -> tuple[list[Statement] | Expression | int, int, int]:
        """The statement at ``pc``, the pc behind it, and the active variables there.

        In place of a statement stands the test of ``repeat``, or the register from which on a jump closes upvalues.
        """
        code = self.code
        self.reached = max(self.reached, pc)
        jump = self.jump_back(pc, around)
        if jump is not None and ("no loop", jump) not in self.choices:
            self.parts.append((("no loop", jump), pc, jump))
            for opened in self.jumps_of_loop(pc, jump):
                noted = self.noted()
                try:
                    return self.loop(pc, jump, active, around, opened)
                except Unreadable:
                    self.forget(noted)
            self.opened |= set(code.back[pc])  # they are gotos
        if not code.is_jump(pc) or self.is_generic_for(pc):
            return self.simple_statement(pc, active, around)
        target = code.target[pc]
        is_end = target == pc + 1 or (target in around.ends and pc >= around.end - 1) or self.is_end_of_two(pc, active)
        if code.a[pc] > 0 and is_end:
            return code.a[pc] - 1, pc + 1, active
        if target in around.breaks:
            return [Break()], pc + 1, active
        self.must_land(pc, around)
        return [self.goto(pc, around.end if target in around.ends else target)], pc + 1, active

    def jumps_of_loop(self, start: int, jump: int) -> list[set[int]]:
        """Which jumps back to the start of a loop are its own, the likeliest first; others are of loops inside it."""
        code, every = self.code, set(self.code.back[start])
        if all(back in self.opened or back == jump for back in every):
            return [every]
        ways = [{jump}] if "nested" in self.choices else [every, {jump}]
        if not code.is_jump(jump):  # conditions go on to the condition of a repeat, so a jump back is of a while in it
            conditional = {back for back in every if not code.is_jump(back)}
            ways = [conditional, *ways] if conditional != every else ways
        return ways

    def jump_back(self, pc: int, around: Around) -> int | None:
        """The jump back of the loop that begins at ``pc``, the last of several; None if there is none."""
        code = self.code
        last = around.end if around.until is None else around.until - 1
        for jump in code.back.get(pc, ()):
            is_jump = code.is_jump(jump)
            if (
                pc <= jump <= last
                and jump not in self.opened
                and not (code.a[jump] > 0 and not self.closes_repeat(jump + 1))
            ):
                return jump if not is_jump or jump < around.end else None
        return None

    def simple_statement(self, pc: int, active: int, around: Around) -> tuple[list[Statement] | Expression, int, int]:
        """A statement that is no loop and no jump."""
        reading = Reading(pc, list(self.carried.get(pc, ())), active, pc, around)
        self.start = pc
        while not self.is_declared(reading):
            pc, stack = reading.pc, reading.stack
            if pc >= around.end:
                if not stack or (around.until is not None and pc > around.end):
                    raise Unreadable("an empty statement")
                break
            loops = [jump for jump in self.code.back.get(pc, ()) if jump >= pc and jump not in self.opened]
            if stack and pc != reading.start and (loops or self.is_own_jump(pc)):
                self.must_be_local(stack[-1], "a value before a loop or a jump")
            if self.code.is_test(pc) and not any(value.test for value in stack):
                reached = self.value_or_condition(reading)
                if not isinstance(reached, Reached):
                    return reached
                reading.pc, reading.stack = reached.pc, reached.stack
            else:
                result = self.step(reading)
                if isinstance(result, tuple):
                    return result
                reading.pc = result
        return self.declare(reading)

    def is_excess(self, pc: int, register: int) -> bool:
        """Whether there is a ``...`` without results: the last of too many values (lparser.c: adjust_assign)."""
        code = self.code
        return (code.op[pc], code.a[pc], code.b[pc]) == ("VARARG", register, 1)

    def is_own_jump(self, pc: int) -> bool:
        """Whether there is a jump that is a statement, or ends a block: it takes no values."""
        return self.code.is_jump(pc) and not self.is_generic_for(pc)

    def declare(self, reading: Reading) -> Statements:
        """Local variables of the values up to the highest that is one; of all if none is."""
        if self.scopes is not None:
            return self.declare_known(reading, self.scopes.starting(reading.pc, reading.active))
        stack, pc, active, known = reading.stack, reading.pc, reading.active, self.facts.locals
        if any(value.test for value in stack):
            raise Unreadable("a declaration with an open test")
        marked = [i for i, value in enumerate(stack) if (value.pc, value.register) in known and self.is_complete(value)]
        top = marked[-1] if marked else len(stack) - 1
        for index, value in enumerate(stack[:top]):
            if (value.pc, value.register) in self.facts.splits:
                top = index
                break
        while top < len(stack) - 1 and stack[top].group and stack[top + 1].group == stack[top].group:
            top += 1
        statements = self.declarations(stack[: top + 1], active)
        if top < len(stack) - 1:
            self.carried[pc] = stack[top + 1 :]
            self.carried_to = pc
        elif self.is_excess(pc, stack[-1].register + 1):
            declared = cast("Local", statements[-1])
            declared.values = [*(declared.values or [Nil() for _ in declared.variables]), Vararg()]
            pc += 1
        return statements, pc, active + top + 1

    def declare_known(self, reading: Reading, registers: list[int]) -> Statements:
        """The declaration of the local variables in some registers."""
        stack, pc, active = reading.stack, reading.pc, reading.active
        number = len(registers)
        if [value.register for value in stack[:number]] != registers or any(value.test for value in stack):
            raise Unreadable("local variables begin that have no values")
        for value in stack[:number]:
            self.complete(value)
        nodes = self.adjusted(stack[:number], number)
        above = stack[number:]
        if above and all(value.pc == stack[number - 1].pc for value in above):  # one LOADNIL made them
            self.carried[pc], self.carried_to = above, pc
        elif above:  # values in excess
            nodes = self.adjusted(stack, len(stack))
        if all(isinstance(node, Nil) for node in nodes):
            nodes = []
        return [Local(self.variables(active, number), nodes)], pc, active + number
