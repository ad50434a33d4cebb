"""Conditionals: blocks with the jumps over them (lparser.c: ifstat, test_then_block)."""

from __future__ import annotations

from aidec.decompiler.conditions import Test, ends_with_nil, jumping
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.loops import Loops
from aidec.decompiler.values import Around, Reached, Reading, Statements
from aidec.lua.nodes import (
    Binary,
    Block,
    Break,
    Do,
    Expression,
    Goto,
    If,
    Statement,
)

MAX_NESTED = 3
"""How many tests that jump to a break may be conditions around what stands before it."""

REVEALING = ("moved", "operand not pending", "operand twice", "not top", "operand below result", "value tested")
"""Why a fact that showed in a value holds for a condition too."""


class Branches(Loops):
    """Reads conditionals."""

    def value_or_condition(self, reading: Reading) -> Reached | tuple[list[Statement] | Expression, int, int]:
        """A test as a part of a value; if it is none, as the condition of a statement."""
        saved = dict(self.last_made)
        try:
            return self.try_value(reading)
        except (Unreadable, Fact) as error:
            failure = error.with_traceback(None)
        # Outside of the handler, or all errors inside of the statement would be chained to this one
        self.last_made = saved
        if isinstance(failure, Fact) and (failure.sure or self.is_of_value(reading.pc)):
            raise failure
        _, rest = self.test(reading)
        if rest:
            if isinstance(failure, Fact) and failure.kind == "local" and failure.why in REVEALING:
                raise failure
            self.must_be_local(rest[-1])
        try:
            return self.conditional(reading.start, reading.active, reading.around)
        except Unreadable as unreadable:
            if isinstance(failure, Fact) and unreadable.args[0] == "no condition":
                raise failure from None
            raise

    def is_of_value(self, pc: int) -> bool:
        """Whether a test is a part of a value for sure: its jump goes to a pair of LOADBOOL, or it sets a register."""
        code = self.code
        pair = code.target[pc + 1]
        return code.op[pc] == "TESTSET" or code.is_boolean_pair(pair) or code.is_boolean_pair(pair - 1)

    def conditional(self, start: int, active: int, around: Around) -> tuple[list[Statement] | Expression, int, int]:
        """The statement that begins with a condition: if, a conditional goto or break, or the end of repeat."""
        jump: Statements | None = None
        for test, body in self.possible_conditions(start, around.end, active, around):
            found = self.structured(test, body, active, around)
            if not isinstance(found, int):
                return found
            jumps_if = jumping(test, if_true=True)
            if jump is None and jumps_if is not None:
                jump = [If(jumps_if, Block([self.goto(test.jump, found)]), [], None)], body, active
            if self.scopes is None and "shorter" not in self.choices:
                break
        if jump is None:
            raise Unreadable("no condition")
        return jump

    def structured(
        self, test: Test, body: int, active: int, around: Around
    ) -> tuple[list[Statement] | Expression, int, int] | int:
        """The statement that begins with a condition; the place that it jumps to if it is a conditional goto.

        Args:
            test: the condition.
            body: the pc behind it.
            active: the number of active variables.
            around: what stands around the statement.
        """
        code, end = self.code, around.end
        target = test.target
        before = target - 1
        is_inside = body <= before <= end and target not in around.ends - {end}
        closes = code.a[test.jump] > 0 and is_inside and self.closes_like(before, test.jump)
        if closes and not self.is_after_test(before, around):
            target = before
        if around.until is not None and test.jump == around.until:
            return self.until(test), body, active
        last = self.constant_operand(test, body)
        if last is not None:
            return [If(Binary(test.condition, "or", last), Block([]), [], None)], body, active
        self.must_land(test.jump, around)
        return self.branch(test, body, active, around, target)

    def until(self, test: Test) -> Expression:
        """The condition of ``repeat``."""
        condition = jumping(test, if_true=False)
        if condition is None:
            raise Unreadable("a loop until a constant is false")
        if ends_with_nil(condition):  # and no constant, which would be false (lparser.c: cond)
            self.was_local(self.code.a[test.jump - 1], "nil as a condition")
        return condition

    def branch(self, test: Test, body: int, active: int, around: Around, target: int) -> Statements | int:
        """The statement of a condition, a conditional break or an if; the place that a conditional goto goes to."""
        code, end = self.code, around.end
        jumps_if, goes_on_if = jumping(test, if_true=True), jumping(test, if_true=False)
        found = None if goes_on_if is None else self.jump_into_else(goes_on_if, body, active, around, target)
        if found is not None:
            return found
        place = end if target in around.ends and around.until is None else target
        is_beyond = not body <= place <= end or (around.until is not None and place > around.until)
        if target in around.breaks and (is_beyond or not body <= target <= end) and jumps_if is not None:
            if goes_on_if is not None and self.is_before_break(body, target, around):
                found = self.before_break(goes_on_if, body, active, around, test)
            return found or ([If(jumps_if, Block([Break()]), [], None)], body, active)
        is_beyond = is_beyond or (target <= test.jump and target not in around.ends)
        if is_beyond:
            place = target
        is_over_jump = code.is_jump(body) and body + 1 == place == end and code.target[body] not in around.ends
        is_over_jump = is_over_jump and jumps_if is not None
        if goes_on_if is not None and not is_over_jump:  # or `if` would have made one jump of both
            places = self.landings(test.jump, body, around, None if is_beyond else place, is_goto=jumps_if is not None)
            for here in places:
                found = found or self.with_else(goes_on_if, body, active, around, (target, here, test.jump))
                found = found or self.without_else(goes_on_if, body, active, around, (target, here, test.jump))
            if found is not None:
                return found
        if jumps_if is None:
            raise Unreadable("a condition that nothing depends on")
        return place

    def before_break(
        self, condition: Expression, body: int, active: int, around: Around, test: Test
    ) -> Statements | None:
        """An if before a break, with which the block ends; None if there is none without a goto."""
        noted = self.noted()
        found = self.without_else(condition, body, active, around, (test.target, around.end - 1, test.jump))
        if self.labels == noted[1]:
            return found
        self.forget(noted)
        return None

    def is_before_break(self, body: int, target: int, around: Around) -> bool:
        """Whether what a jump to ``target`` passes over ends before a break to the same place, with which a block ends.

        luac sends a jump to the break on to where that goes, so that ``if x then f() end break`` could also be
        ``if not x then break end f() break``. Of many such tests, these are breaks.
        """
        code, last = self.code, around.end - 1
        if not self.ends_with_break(body, target, around):
            return False
        others = sum(code.target[pc] == target for pc in code.deciding if body < pc < last)
        return others < MAX_NESTED

    def ends_with_break(self, body: int, target: int, around: Around) -> bool:
        """Whether a block ends, behind ``body``, with a break that jumps to ``target``."""
        code, last = self.code, around.end - 1
        is_jump = around.until is None and body < last and code.is_jump(last) and code.a[last] == 0
        return is_jump and code.target[last] == target

    def without_else(
        self, condition: Expression, body: int, active: int, around: Around, test: tuple[int, int, int]
    ) -> Statements | None:
        """An if without an else part; None if its block can't be read."""
        code, (target, place, jump) = self.code, test
        choice = ("early end", jump)
        if choice in self.choices:
            place = next((p for p in range(body, place) if code.is_jump(p) and code.target[p] == target), place)
        self.parts.append((choice, body, place))
        ends = {place, target} | (around.ends if place == around.end else set())
        if code.is_jump(place) and code.a[place] > 0:
            ends.add(code.target[place])
        noted = self.noted()
        try:
            block, _ = self.block(body, active, Around(place, ends, around.breaks))
        except Unreadable:
            self.forget(noted)
            return None
        return [If(condition, self.then_part(block), [], None)], place, active

    def jump_into_else(
        self, condition: Expression, body: int, active: int, around: Around, target: int
    ) -> Statements | None:
        """An if whose else part begins with a jump, so that the jump to it was sent on to ``target``."""
        code, end = self.code, around.end
        if (
            target in around.ends
            or body <= target <= end
            or around.until is not None
            or "no jump in else" in self.choices
        ):
            return None
        places = range(body + 1, end)
        for place in places if "first else" in self.choices else reversed(places):
            if not (code.is_jump(place) and code.a[place] == 0 and code.target[place] == target):
                continue
            if place in code.targets or not code.is_jump(place - 1) or place - 1 in code.targets:
                continue
            over = code.target[place - 1]
            behind = end if over in around.ends else over
            if not place < behind <= end:
                continue
            first, second = self.parts_around(around, place - 1, behind, {place - 1, over})
            made = self.both_parts(condition, (body, first), (place, second), active)
            if made is not None:
                return made
        return None

    def with_else(
        self, condition: Expression, body: int, active: int, around: Around, test: tuple[int, int, int]
    ) -> Statements | None:
        """An if with an else part, which a jump before it passes over; None if it has none."""
        code, end = self.code, around.end
        target, place, jump = test
        over = place - 1
        if over < body or not code.is_jump(over) or ("no else", jump) in self.choices:
            return None
        is_from_part = any(body <= source < place for source in code.sources.get(place, ()))
        ends_alike = target in around.ends and code.target[over] in around.ends and code.a[over] == 0
        if (target != place and not ends_alike) or (is_from_part and code.target[over] != place):  # no goto does that
            return None
        behind = code.target[over]
        before = behind - 1
        joined = code.a[over] > 0 and place < before <= end and self.closes_like(before, over)
        if joined:  # the jump to the end became one with the jump there that closes upvalues (lcode.c: luaK_jump)
            behind = before
        last = end if behind in around.ends and around.until is None else behind
        if behind in around.breaks and last != end and self.ends_with_break(place, behind, around):
            last = behind = end - 1  # if x then f() else g() end break
        closes = last == end and code.a[over] - 1 < active and code.is_jump(end) and code.a[end] == code.a[over]
        if not place <= last <= end or not (code.a[over] == 0 or closes or joined):
            return None
        lives_shorter = self.scopes is not None and active and self.scopes.end(active - 1, body) < last
        is_break = (behind in around.breaks and last != end) or self.is_after_test(last, around)
        if lives_shorter or is_break:  # and no jump over the else part, nor over the test of a loop
            return None
        self.parts.append((("no else", jump), place, last))
        first, second = self.parts_around(around, over, last, {over, behind, code.target[over]})
        return self.both_parts(condition, (body, first), (place, second), active)

    def constant_operand(self, test: Test, behind: int) -> Expression | None:
        """The string behind ``or`` in a condition that is always true: a constant that nothing uses."""
        if not test.sense or test.target != behind:
            return None
        newest = self.code.newest_constant[behind]
        dropped = [number for number, _ in self.code.dropped_strings(with_used=True) if newest <= number <= newest + 1]
        if not dropped:
            return None
        return self.constant(dropped[0]).node

    def must_land(self, jump: int, around: Around) -> None:
        """A jump to the end of a block that closes upvalues there closes the same ones (lcode.c: luaK_jump)."""
        code, end = self.code, around.end
        if code.target[jump] in around.ends and code.is_jump(end) and code.a[end] not in (0, code.a[jump]):
            raise Unreadable("a jump past the jump that closes the variables of its block")

    def landings(self, jump: int, start: int, around: Around, place: int | None, *, is_goto: bool) -> list[int]:
        """The places where the part of an if can end whose condition jumps over it, the likeliest first.

        Besides the place that it goes to, these are jumps with which it may have become one (lcode.c: luaK_jump): those
        that close upvalues, and, where it can be no goto itself, any others.
        """
        code = self.code
        found = [] if place is None else [place]
        if code.a[jump] > 0 or not is_goto:
            for pc in code.sources[code.target[jump]]:
                if start <= pc <= around.end and code.is_jump(pc) and code.a[pc] == code.a[jump]:
                    found += [pc] * (code.is_closing(pc) or not is_goto)
        return list(dict.fromkeys(found))

    @staticmethod
    def is_after_test(pc: int, around: Around) -> bool:
        """Whether a place is behind the test of the ``repeat`` whose block is read."""
        return around.until is not None and pc > around.until

    def closes_like(self, pc: int, jump: int) -> bool:
        """Whether at ``pc`` stands a jump to the next instruction that closes the upvalues that ``jump`` closes."""
        code = self.code
        return code.is_jump(pc) and code.target[pc] == pc + 1 == code.target[jump] and code.a[pc] == code.a[jump]

    def both_parts(
        self, condition: Expression, first: tuple[int, Around], second: tuple[int, Around], active: int
    ) -> Statements | None:
        """An if with two parts, each given by its pc and what stands around; None if one of them can't be read."""
        noted = self.noted()
        try:
            then, _ = self.block(first[0], active, first[1])
            otherwise, _ = self.block(second[0], active, second[1])
        except Unreadable:
            self.forget(noted)
            return None
        return [If(condition, self.then_part(then), [], otherwise)], second[1].end, active

    @staticmethod
    def then_part(block: Block) -> Block:
        """A block as the first part of an if: a jump at its start would become the jump of the condition.

        So it is in a block of its own (lparser.c: test_then_block).
        """
        if block.statements and isinstance(block.statements[0], Goto | Break):
            block.statements[0] = Do(Block([block.statements[0]]))
        return block

    @staticmethod
    def parts_around(around: Around, over: int, end: int, ends: set[int]) -> tuple[Around, Around]:
        """What stands around the two parts of an if: the first ends at a jump over the second, to ``end``."""
        outer = around.ends if end == around.end else set()
        return Around(over, ends | outer, around.breaks), Around(end, {end} | outer, around.breaks)
