"""Blocks: where local variables end, and the jumps that close those that were captured (lparser.c: leaveblock)."""

from __future__ import annotations

from dataclasses import replace

from aidec.decompiler.branches import Branches
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.values import Around
from aidec.lua.nodes import Block, Do, Statement

Entry = tuple[int, list[Statement], int]
"""What was read at a pc: statements, and the active variables before them."""


class Blocks(Branches):
    """Puts statements in blocks."""

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

    def ended(
        self, entries: list[Entry], pcs: tuple[int, int], active_variables: tuple[int, int], around: Around,
        num_closed: int,
    ) -> Block:  # fmt: skip
        """The block of what was read from one pc to another, with the active variables at both."""
        (start, pc), (base, active) = pcs, active_variables
        if pc > around.end:
            raise Unreadable("a statement reaches beyond its block")
        if around.is_function and self.facts.ends.get(pc, active) < active:
            active = self.wrap(entries, self.facts.ends[pc], base, pc)
        own = bool(self.captured(entries, active, base, pc))
        of_loop = around.level >= 0 and any(self.code.is_captured(r, start, pc) for r in range(around.level, base))
        if not around.is_function and num_closed != own + of_loop:
            raise Unreadable("the end of a block closes no variable, or does not close one that is captured")
        return self.made_block([entry for entry in entries if entry[1]], pc)

    def last_end(self, end: int) -> int:
        """Where the variables of a block that ends at ``end`` end at the latest; in a function, behind its return."""
        return end + 1 if end == self.code.size - 1 else end

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

    def without_ended(self, entries: list[Entry], active: int, base: int, pc: int) -> int:
        """The active variables at a statement, after those ended of which that is known."""
        lowest = self.facts.ends.get(pc, active)
        return self.wrap(entries, lowest, base, pc) if lowest < active else active

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
            if captured and self.scopes is not None:
                level = max(self.facts.ends.get(pc + 1, level), base)
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

    def is_end_of_two(self, pc: int, active: int) -> bool:
        """Whether the jump at ``pc`` is known to end a block with captured variables, and the next that around it."""
        if self.scopes is None or not (self.code.is_closing(pc + 1) and self.is_same_closing(pc, pc + 1)):
            return False
        ending = range(self.facts.ends.get(pc + 1, active), active)
        return any(self.code.is_captured(register, self.last_made[register][1], pc) for register in ending)

    def closes_repeat(self, pc: int) -> bool:
        """Whether the jump at ``pc`` closes upvalues of a loop that the test before it ends (lparser.c: repeatstat)."""
        code, jump = self.code, pc - 1
        is_back = jump in code.deciding and code.a[jump] > 0 and code.target[jump] < jump
        return is_back and code.is_jump(pc) and code.a[pc] > 0

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
