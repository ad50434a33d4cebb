"""A function's instructions to statements, read as luac wrote them: what lparser.c and lcode.c did, undone.

luac emits code in the order of the text, and keeps values on a stack of registers above the active local variables
(lparser.c: freereg). So the reader goes through the code once with that stack. What contradicts it is a fact about the
local variables (`facts`); the statement is then read again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aidec.decompiler.branches import Branches
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.values import Around, Reached, Reading, Statements
from aidec.lua.nodes import Block, Break, Do, Expression, Label, Return, Statement

State = tuple[dict[int, tuple[float, int]], set[int], set[int]]
"""The values made last in the registers, the places of labels, the jumps back whose loops were read."""

Entry = tuple[int, list[Statement], int]
"""What was read at a pc: statements, and the active variables before them."""

EVERY = 16
"""After how many statements of a block it is noted how to go on from there."""


@dataclass(slots=True)
class Point:
    """A statement from which a block can be read again.

    Attributes:
        number: how many statements of the block were read before it.
        pc, active: the pc and the active variables there.
        entries: what was read of the block before it.
        state: what ``Reader.state`` was.
    """

    number: int
    pc: int
    active: int
    entries: list[Entry]
    state: State


class Reader(Branches):
    """Reads a function."""

    def read(self) -> Block:
        """The statements of the function."""
        for _ in range(400):
            self.begin()
            end = self.code.size - 1
            try:
                block, _ = self.block(0, self.proto.num_params, Around(end, {end}, set()))
            except Fact as fact:
                self.facts.add(fact)
                continue
            self.put_labels(block)
            return block
        raise Unreadable("too many readings")

    def put_labels(self, root: Block) -> None:
        """Put labels before the statements that are jumped to."""
        for node in list(root.walk()):
            if isinstance(node, Block) and node in self.places:
                statements: list[Statement] = []
                for pc, statement in zip(self.places[node], [*node.statements, None], strict=True):
                    if pc in self.labels:
                        statements.append(Label(f"L_{pc}"))
                    if statement is not None:
                        statements.append(statement)
                node.statements = [
                    Do(Block([statement])) if isinstance(statement, Return) and number < len(statements) else statement
                    for number, statement in enumerate(statements, 1)
                ]

    def made_block(self, entries: list[Entry], end: int) -> Block:
        """A block of statements with their places; ``end`` is the place behind the last, -1 where none can be."""
        statements, places = [], []
        for pc, several, _ in entries:
            for number, statement in enumerate(several):
                statements.append(statement)
                places.append(pc if number == 0 else -1)
        block = Block(statements)
        self.places[block] = [*places, end]
        return block

    def block(self, pc: int, active: int, around: Around) -> tuple[Block, Expression | None]:
        """The statements of a block from ``pc`` on, and the test of ``repeat`` if they end with it."""
        entries: list[Entry] = []
        base, until = active, None
        points: list[Point] = []
        number = 0
        around = self.without_closing_jump(pc, active, around)
        while pc < around.end:
            self.note(points, number, pc, active, entries)
            number += 1
            try:
                active = self.without_ended(entries, active, base, pc)
                found = self.statement_again(entries, pc, active, base, around)
            except Fact as fact:
                point = self.point_before(points, fact)
                number, pc, active, entries[:] = point.number, point.pc, point.active, point.entries
                continue
            if found is None:  # local variables end before the statement, which is read once more
                active = self.facts.ends[pc]
                continue
            statements, behind, now_active = found
            if self.carried_to != behind:
                self.carried.pop(behind, None)
            self.carried_to = -1
            if isinstance(statements, Expression):
                until = statements
                entries.append((pc, [], active))
                break
            if isinstance(statements, list):
                entries.append((pc, statements, active))
            elif behind < around.end or statements not in (base, around.level):
                now_active = self.wrap(entries, statements, base, pc)
            pc, active = behind, now_active
        if until is not None:
            return self.made_block(entries, -1), until
        if pc > around.end:
            raise Unreadable("a statement reaches beyond its block")
        return self.made_block([entry for entry in entries if entry[1]], pc), None

    def note(self, points: list[Point], number: int, pc: int, active: int, entries: list[Entry]) -> None:
        """Note a point of a block now and then; of those before it, fewer are kept towards the block's start."""
        if number % EVERY:
            return
        distance = EVERY
        kept = [Point(number, pc, active, list(entries), self.state())]
        for other in reversed(points):
            if other.number == 0 or number - other.number >= distance:
                kept.append(other)
                distance = 2 * (number - other.number)
        points[:] = kept[::-1]

    def without_ended(self, entries: list[Entry], active: int, base: int, pc: int) -> int:
        """The active variables at a statement, after those ended of which that is known."""
        lowest = self.facts.ends.get(pc, active)
        return self.wrap(entries, lowest, base, pc) if lowest < active else active

    def point_before(self, points: list[Point], fact: Fact) -> Point:
        """Go back to the last point of a block before what a fact is about; a fact about what was before is raised."""
        while points and points[-1].pc > fact.pc:
            points.pop()
        if not points or fact.kind == "end of block":
            raise fact
        self.facts.add(fact)
        self.steps_left -= 5
        point = points.pop()
        self.last_made, self.labels, self.opened = point.state
        return point

    def state(self) -> State:
        """What changes from statement to statement."""
        return dict(self.last_made), set(self.labels), set(self.opened)

    def without_closing_jump(self, pc: int, active: int, around: Around) -> Around:
        """The block without a jump at its end that closes upvalues (lparser.c: leaveblock)."""
        code, last = self.code, around.end - 1
        if last < pc or around.until is not None or not code.is_jump(last) or code.a[last] == 0:
            return around
        level, target = code.a[last] - 1, code.target[last]
        is_own = target == around.end and level in (active, around.level)
        is_joined = target != around.end and target in around.ends and level <= active
        return replace(around, end=last, ends=around.ends | {last, last + 1}) if is_own or is_joined else around

    def statement_again(
        self, entries: list[Entry], pc: int, active: int, base: int, around: Around
    ) -> tuple[list[Statement] | Expression | int, int, int] | None:
        """A statement, read again with each fact that it shows about itself or what is inside it.

        None if it shows that local variables end before it; the statements so far are in a block of their own then.
        """
        for _ in range(300):
            saved = self.state()
            try:
                return self.statement(pc, active, around)
            except Fact as fact:
                if fact.kind == "end of block" and fact.register >= base:
                    self.facts.ends.pop(int(fact.pc), None)
                    self.last_made, self.labels, self.opened = saved
                    self.facts.end(pc, fact.register)
                    self.wrap(entries, fact.register, base, pc)
                    return None
                if fact.pc < pc or (fact.kind in ("end", "end of block", "earlier") and fact.pc == pc):
                    raise
                self.facts.add(fact)
                self.last_made, self.labels, self.opened = saved
                self.steps_left -= 5
        raise Unreadable("too many readings of a statement")

    def wrap(self, entries: list[Entry], register: int, base: int, pc: int) -> int:
        """Put the statements since ``register`` was declared in a block of their own; returns the active variables."""
        if register < base:
            raise Fact("end of block", pc, register, "local variables end below their block")
        first = next((index for index in reversed(range(len(entries))) if entries[index][2] <= register), -1)
        if first < 0:
            raise Unreadable("local variables end that did not begin")
        inner = entries[first:]
        if inner[0][2] < register:
            self.split(inner[0][0], register)
        del entries[first:]
        entries.append((inner[0][0], [Do(self.made_block(inner, pc))], register))
        return register

    def split(self, pc: int, register: int) -> None:
        """Let the declaration at ``pc`` end before ``register``."""
        for made, its_register in self.declared.get(pc, ()):
            if its_register == register - 1 and (made, its_register) not in self.facts.splits:
                raise Fact("split", made, its_register, "a declaration of variables that end apart")
        raise Unreadable("variables of one declaration end apart")

    def statement(self, pc: int, active: int, around: Around) -> tuple[list[Statement] | Expression | int, int, int]:
        """The statement at ``pc``, the pc behind it, and the active variables there.

        In place of a statement stands the test of ``repeat``, or the register from which on a jump closes upvalues.
        """
        code = self.code
        jump = self.jump_back(pc, around)
        if jump is not None:
            return self.loop(pc, jump, active, around)
        if not code.is_jump(pc) or self.is_generic_for(pc):
            return self.simple_statement(pc, active, around)
        target = code.target[pc]
        if code.a[pc] > 0 and (target == pc + 1 or (target in around.ends and pc >= around.end - 1)):
            return code.a[pc] - 1, pc + 1, active
        return [Break() if target in around.breaks else self.goto(target)], pc + 1, active

    def jump_back(self, pc: int, around: Around) -> int | None:
        """The jump back of the loop that begins at ``pc``, the last of several; None if there is none."""
        code = self.code
        last = around.end if around.until is None else around.until - 1
        for jump in code.back.get(pc, ()):
            is_jump = code.is_jump(jump)
            if pc <= jump <= last and jump not in self.opened and not (is_jump and code.a[jump] > 0):
                return jump if not is_jump or jump < around.end else None
        return None

    def simple_statement(self, pc: int, active: int, around: Around) -> tuple[list[Statement] | Expression, int, int]:
        """A statement that is no loop and no jump."""
        reading = Reading(pc, list(self.carried.get(pc, ())), active, pc, around)
        self.start = pc
        while not self.is_declared(reading.stack):
            pc, stack = reading.pc, reading.stack
            if pc >= around.end:
                if not stack or (around.until is not None and pc > around.end):
                    raise Unreadable("an empty statement")
                break
            loops = [jump for jump in self.code.back.get(pc, ()) if jump >= pc and jump not in self.opened]
            if stack and pc != reading.start and loops:
                self.must_be_local(stack[-1], "a value before a loop")
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

    def declare(self, reading: Reading) -> Statements:
        """Local variables of the values up to the highest that is one; of all if none is."""
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
        return statements, pc, active + top + 1
