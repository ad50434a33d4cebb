"""A function's instructions to statements, read as luac wrote them: what lparser.c and lcode.c did, undone.

luac emits code in the order of the text, and keeps values on a stack of registers above the active local variables
(lparser.c: freereg). So the reader goes through the code once with that stack. What contradicts it is a fact about the
local variables (`facts`); the statement is then read again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from aidec.decompiler.branches import Branches
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


class Reader(Branches):
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
            self.put_dropped_strings(block)
            self.put_labels(block)
            put_ladders(block)
            return block
        raise Unreadable("too many readings")

    def put_dropped_strings(self, root: Block) -> None:
        """Put strings that are constants but nothing uses where they can have been: before a use of later ones."""
        strings = self.code.dropped_strings(with_used="dropped strings" in self.choices)
        blocks = [node for node in root.walk() if isinstance(node, Block) and node in self.places] if strings else []
        for number, limit in reversed(strings):  # each before the one that follows
            if any(node is self.conditions.get(number) for node in root.walk()):
                continue
            places = [(pc, block, i) for block in blocks for i, pc in enumerate(self.places[block]) if 0 <= pc <= limit]
            if places:
                _, block, index = max(places, key=lambda place: place[0])
                block.statements.insert(index, If(self.constant(number).node, Block([]), [], None))
                self.places[block].insert(index + 1, -1)

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

    def ended(
        self, entries: list[Entry], pcs: tuple[int, int], active_variables: tuple[int, int], around: Around,
        num_closed: int,
    ) -> Block:  # fmt: skip
        """The block of what was read from one pc to another, with the active variables at both."""
        (start, pc), (base, active) = pcs, active_variables
        if pc > around.end:
            raise Unreadable("a statement reaches beyond its block")
        if pc == self.code.size - 1 and base <= self.facts.ends.get(pc, active) < active:
            active = self.wrap(entries, self.facts.ends[pc], base, pc)
        own = bool(self.captured(entries, active, base, pc))
        of_loop = around.level >= 0 and any(self.code.is_captured(r, start, pc) for r in range(around.level, base))
        if not around.is_function and num_closed != own + of_loop:
            raise Unreadable("the end of a block closes no variable, or does not close one that is captured")
        return self.made_block([entry for entry in entries if entry[1]], pc)

    def last_end(self, end: int) -> int:
        """Where the variables of a block that ends at ``end`` end at the latest: behind a jump that closes upvalues."""
        closes = self.code.is_jump(end) and self.code.a[end] > 0
        return end + 1 if closes or end == self.code.size - 1 else end

    def refuse_living_on(self, register: int, pc: int, limit: int) -> None:
        """A local variable does not live on behind its block."""
        if self.scopes is not None and self.scopes.end(register, pc) > limit:
            raise Unreadable("a local variable that lives on behind its block")

    def must_be_new(self, start: int, active: int, end: int) -> None:
        """Where a block closes a variable from before it, what it assigns to that is a variable of its own."""
        code, last = self.code, end - 1
        if last < start or not code.is_closing(last) or self.closes_repeat(last):
            return
        register = code.a[last] - 1
        made = self.last_made.get(register)
        if register < active and made is not None and made[1] >= start and code.is_captured(register, start, end):
            self.must_have_ended(register)

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
        self.forget(point.noted)
        return point

    def without_closing_jumps(self, pc: int, active: int, around: Around) -> list[Around]:
        """The block without the jumps at its end that close its upvalues (lparser.c: leaveblock), the likeliest first.

        The body of a loop with variables is a block inside the one of these variables, and may have two such jumps.
        """
        code, last = self.code, around.end - 1
        if around.until is not None or around.is_function or last < pc or not code.is_jump(last) or code.a[last] == 0:
            return [around]
        if self.closes_repeat(last):
            return [around]
        level, target = code.a[last] - 1, code.target[last]
        is_own = target == around.end and level in (active, around.level)
        is_joined = target != around.end and target in around.ends and level <= active
        if not (is_own or is_joined):
            return [around]
        found = [replace(around, end=last, ends=around.ends | {last, last + 1}), around]
        before = last - 1
        if around.level >= 0 and level <= around.level and pc <= before and self.is_same_closing(before, last):
            found.insert(0, replace(around, end=before, ends=around.ends | {before, last, last + 1}))
        return found

    def is_same_closing(self, pc: int, other: int) -> bool:
        """Whether two closing jumps are of one list."""
        code = self.code
        is_closing = code.is_closing(pc) and not self.closes_repeat(pc)
        return is_closing and (code.a[pc], code.target[pc]) == (code.a[other], code.target[other])

    def without_variables_of_goto(self, entries: list[Entry], active: int, base: int, pc: int) -> int:
        """End the variables that were declared between a goto and its label, whose scope it would jump into."""
        origins = self.labels.get(pc, ())
        if self.scopes is not None or not origins or not entries:
            return active
        if self.code.is_closing(pc):  # a label at the end of a block is outside the scope
            return active
        after = [*[entry[0] for entry in entries[1:]], pc]
        levels = [
            level for (start, _, level), end in zip(entries, after, strict=True) for o in origins if start <= o < end
        ]
        level = min(levels, default=active)
        if level >= active:
            return active
        if self.captured(entries, active, level, pc):
            raise Unreadable("a goto into the scope of a captured variable")
        return self.wrap(entries, level, base, pc)

    def closed(self, entries: list[Entry], active: int, base: int, pc: int, lowest: int) -> int:
        """Put the statements of a block that ends at a closing jump in it; returns the active variables.

        Where a block around it ends at the next instruction, the jumps of both became one list, and both say the lowest
        register (lcode.c: luaK_jump, luaK_patchclose). Each block has a captured variable of its own.
        """
        code, level = self.code, lowest
        if code.is_closing(pc + 1) and code.a[pc + 1] == code.a[pc]:
            captured = self.captured(entries, active, max(lowest, base - 1) + 1, pc)
            level = captured[0] if captured else lowest
        if level < base:
            raise Unreadable("a jump that closes more than its block has")
        first = next((start for start, _, before in reversed(entries) if before <= level), pc)
        for target, origins in self.labels.items():
            if target > pc and any(first <= origin < pc and code.a[origin] == 0 for origin in origins):
                self.must_have_ended(level)  # or the goto would close it, too
        return self.wrap(entries, level, base, pc)

    def captured(self, entries: list[Entry], active: int, lowest: int, pc: int) -> list[int]:
        """The registers of the variables that are active at ``pc`` and were captured, the highest first."""
        after = [*[entry[2] for entry in entries[1:]], active]
        found = []
        for register in range(active - 1, lowest - 1, -1):
            if register in self.code.captures:
                start = next((entry[0] for entry, then in zip(entries, after, strict=True) if then > register), pc)
                if self.code.is_captured(register, start, pc):
                    found.append(register)
        return found

    def closes_repeat(self, pc: int) -> bool:
        """Whether the jump at ``pc`` closes upvalues of a loop that the test before it ends (lparser.c: repeatstat)."""
        code, jump = self.code, pc - 1
        is_back = jump in code.deciding and code.a[jump] > 0 and code.target[jump] < jump
        return is_back and code.is_jump(pc) and code.a[pc] > 0

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

    def wrap(self, entries: list[Entry], register: int, base: int, pc: int) -> int:
        """Put the statements since ``register`` was declared in a block of their own; returns the active variables."""
        if register < base and self.scopes is not None:
            raise Unreadable("local variables end below their block")
        if register < base:
            raise Fact("end of block", pc, register, "local variables end below their block")
        first = next((index for index in reversed(range(len(entries))) if entries[index][2] <= register), -1)
        if first < 0:
            raise Unreadable("local variables end that did not begin")
        first = self.first_with_goto(entries, first, register, pc)
        inner = entries[first:]
        if inner[0][2] < register:
            self.split(inner[0][0], register, pc)
        del entries[first:]
        entries.append((inner[0][0], [Do(self.made_block(inner, pc))], register))
        return register

    def first_with_goto(self, entries: list[Entry], first: int, register: int, end: int) -> int:
        """The first entry of a block so that each goto into it is in it, which sees no labels from outside."""
        origins = [o for label, several in self.labels.items() if entries[first][0] < label <= end for o in several]
        for index in range(first - 1, -1, -1):
            if entries[index][2] != register:
                break
            if any(entries[index][0] <= origin < entries[index + 1][0] for origin in origins):
                first = index
        return first

    def split(self, pc: int, register: int, end: int) -> None:
        """Let the declaration at ``pc`` end before ``register``, whose variable ends at ``end``."""
        declared = {its_register: made for made, its_register in self.declared.get(pc, ())}
        made = declared.get(register - 1, -1)
        if made == declared.get(register) and self.code.op[int(made)] != "LOADNIL":
            first = min(other for other, its_pc in declared.items() if its_pc == made)
            start = self.last_made[first][1]
            if start > pc:  # results of one call end together: where what was read as an assignment is a new variable
                raise Fact("earlier", start, first, "a declaration of results that end apart", moved=end)
        elif made >= 0 and (made, register - 1) not in self.facts.splits:
            raise Fact("split", made, register - 1, "a declaration of variables that end apart")
        raise Unreadable("variables of one declaration end apart")

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
        if code.a[pc] > 0 and (target == pc + 1 or (target in around.ends and pc >= around.end - 1)):
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
            declared.values = [*(declared.values or [Nil()]), Vararg()]
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
