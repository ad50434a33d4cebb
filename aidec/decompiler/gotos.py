"""The jumps of functions that are read without structure, as gotos or as the ends of blocks that close variables."""

from __future__ import annotations

from collections.abc import Iterator

from aidec.decompiler.paths import Back, Frame, Scope, State, Step, Way, common, declared_at, is_border
from aidec.decompiler.reader import Reader
from aidec.lua.nodes import Block, Expression, If, Statement


class Gotos(Reader):
    """Reads jumps in all ways.

    Attributes:
        frames: the path that is tried.
        scope_at: the active variables at each place of the path.
        may_part: whether gotos back to one place can have two labels there.
    """

    def begin(self) -> None:
        """Forget what was read."""
        super().begin()
        self.frames: list[Frame] = []
        self.scope_at: dict[int, Scope] = {}
        self.may_part = False

    def was_captured(self, state: State, register: int) -> bool:
        """Whether a function captured the active variable in a register."""
        return self.code.is_captured(register, declared_at(state.scope[register]), state.pc)

    def gotos(self, state: State, pc: int, condition: Expression | None) -> Iterator[Way]:
        """The gotos of a jump: to where its label can stand."""
        code, scope = self.code, state.scope
        target = code.target[pc]
        others = [source for source in self.jumps_to(target) if code.a[pc] == code.a[source] and code.is_jump(source)]
        places = [self.place_of(pc), *[other for other in others if other > pc and code.a[pc] > 0]]
        for place in dict.fromkeys(places):
            closes_nothing = code.a[pc] > len(scope) and place == target
            if not 0 <= place < code.size or closes_nothing:
                continue
            if place <= pc:
                its = self.scope_at.get(place)
                if its is None:
                    continue
                number = min(common(its, scope), code.a[pc] - 1 if code.a[pc] else len(scope))
                if number < len(its):
                    raise Back(place, number)
                self.must_close_alike(state, pc, place)
            made: Statement = self.goto(pc, place)
            if condition is not None:
                made = If(condition, Block([made]), [], None)
            yield Step("statement", [made], jump=(pc, place)), state.on(pc + 1, scope, place=place)

    def must_close_alike(self, state: State, pc: int, place: int) -> None:
        """Two gotos back to one label close the variables of both, or neither does.

        Where that is no way, there are two labels, before the block of the variables and in it.

        Raises:
            Back: one does, and the other does not: a variable ended between.
        """
        if self.may_part:
            return
        code, scope = self.code, state.scope
        for frame in reversed(self.frames):
            if frame.state.pc < place:
                return
            self.spend()
            jump = frame.step.jump if frame.step else None
            if jump is not None and jump[1] == place <= jump[0] and (code.a[jump[0]] == 0) != (code.a[pc] == 0):
                level = max(code.a[jump[0]], code.a[pc]) - 1
                if level < common(scope, frame.state.scope):
                    raise Back(jump[0] + 1, level)

    def jumps_to(self, pc: int) -> list[int]:
        """The jumps to a place, without those of loops with ``for``."""
        return [source for source in self.code.sources.get(pc, ()) if self.code.op[source] == "JMP"]

    def place_of(self, pc: int) -> int:
        """Where the label of a jump stands: where it goes, or at the end of the block whose end it closes.

        The jump at the end of a block that closes upvalues takes those to it with it (lcode.c: luaK_jump).
        """
        code = self.code
        for place in range(pc + 1, code.size if code.a[pc] else 0):
            self.spend()
            if self.closes_alike(place, pc):
                return place + 1 if self.closes_alike(place + 1, pc) else place
        return code.target[pc]

    def closes_alike(self, pc: int, jump: int) -> bool:
        """Whether there is the jump at the end of a block that a jump to it became one with."""
        code = self.code
        is_same = pc < code.size and code.a[pc] == code.a[jump] and code.target.get(pc) == code.target[jump]
        return is_same and self.closes_block(pc)

    def closes_block(self, pc: int) -> bool:
        """Whether there is the jump at the end of a block that closes upvalues (lparser.c: leaveblock)."""
        code, behind = self.code, pc + 1
        self.spend()
        if not code.is_closing(pc):
            return False
        if code.target[pc] == behind or code.a[behind] < code.a[pc]:
            return True
        return self.closes_block(behind) and any(
            code.is_captured(register, 0, pc) for register in code.captures if register >= code.a[pc]
        )

    def closings(self, state: State) -> Iterator[Way]:
        """The ends of a block with captured variables at a jump that closes them.

        Where a block around it ends at the next instruction, or a goto stands there, the jumps of both say the lowest
        register (lcode.c: luaK_jump, luaK_patchclose).

        Raises:
            Back: a goto leaves the variables and closes none, so that they were declared behind it.
        """
        pc, scope, inside = state[:3]
        code, active = self.code, len(scope)
        lowest = code.a[pc] - 1
        captured = [register for register in reversed(range(active)) if self.was_captured(state, register)]
        levels = [lowest]
        if code.is_jump(pc + 1) and (code.a[pc + 1], code.target[pc + 1]) == (code.a[pc], code.target[pc]):
            levels = [*[register for register in captured if register > lowest], lowest]
        for level in levels:
            if not captured or captured[0] < level or (level < inside.base <= captured[0]):
                continue  # what the body of a loop has is closed before the loop's own variables
            if inside.floor <= level < active and is_border(scope, level):
                left = self.left_open(state, level)
                if left >= 0 and self.closes_block(pc):
                    raise Back(left + 1, level)
                if left >= 0:
                    continue
                yield Step("end"), state.on(pc + 1, scope[:level])

    def left_open(self, state: State, level: int) -> int:
        """The pc of the last goto that leaves variables from a register on, and closes none; -1 if there is none."""
        first = declared_at(state.scope[level])
        for frame in reversed(self.frames):
            if frame.state.pc < first:
                break
            jump = frame.step.jump if frame.step else None
            if jump is not None and self.code.a[jump[0]] == 0 and not first <= jump[1] <= state.pc:
                return jump[0]
        return -1
