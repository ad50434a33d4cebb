"""Functions read without loops and conditionals: each jump is a goto, each test an if around one.

luac makes of a goto and a label what it makes of the jumps of a loop or an if: both are a JMP, patched to where the
label is (lparser.c: gotostat, labelstat; lcode.c: luaK_patchtohere). So this form compiles to the same bytecode however
loops, breaks and gotos are nested. What remains of the structure are loops with ``for``, and where variables end.
"""

from __future__ import annotations

from aidec.decompiler.blocks import Entry
from aidec.decompiler.conditions import jumping
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.reader import Reader
from aidec.decompiler.values import Around, Reading, Statements, Value
from aidec.lua.nodes import Block, Expression, If, Statement

FLAT = "flat"
"""The choice to read so."""


class FlatReader(Reader):
    """Reads a function with gotos.

    Attributes:
        born: where the variable in each register was declared.
        scope_at: the active variables at jumps and where they go: where each was declared, by register.
        leaving: for jumps back that close nothing the number of variables that they leave, and those that are active.
    """

    def begin(self) -> None:
        """Forget what was read; the facts stay."""
        super().begin()
        self.scope_at: dict[int, tuple[int, ...]] = {}
        self.leaving: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.born = [-1] * 256

    def statement(self, pc: int, active: int, around: Around) -> tuple[list[Statement] | Expression | int, int, int]:
        """The statement at ``pc``, the pc behind it, and the active variables there."""
        code = self.code
        self.reached = max(self.reached, pc)
        if pc in code.targets:
            self.end_variables(pc, active)
            self.scope_at[pc] = self.scope(active)
        if not code.is_jump(pc) or self.is_generic_for(pc):
            found = self.simple_statement(pc, active, around)
            self.born[active : found[2]] = [pc] * (found[2] - active)
            return found
        if self.closes_block(pc):
            return code.a[pc] - 1, pc + 1, active
        self.leave_for(pc, active)
        return [self.goto(pc, self.place_of(pc))], pc + 1, active

    def jumps_to(self, pc: int) -> list[int]:
        """The jumps to a place, without those of loops with ``for``."""
        return [source for source in self.code.sources.get(pc, ()) if self.code.op[source] == "JMP"]

    def scope(self, active: int) -> tuple[int, ...]:
        """The active variables: where each was declared, by register."""
        return tuple(self.born[:active])

    def loop_body(self, reading: Reading, base: int, number: int, loop: int, behind: int) -> Block:
        """The block of a loop, whose variables begin with it."""
        self.born[base : base + number] = [reading.pc] * number
        return super().loop_body(reading, base, number, loop, behind)

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

    def is_inner(self, pc: int) -> bool:
        """Whether a label at the beginning of a block stands in it: gotos from behind close what the block declares."""
        return all(source >= pc and self.code.a[source] > 0 for source in self.jumps_to(pc))

    def conditional(self, start: int, active: int, around: Around) -> tuple[list[Statement] | Expression, int, int]:
        """The goto that a test decides on."""
        test = self.pure_test(start, around.end, active)
        if test is None:
            raise Unreadable("no condition")
        self.leave_for(test.jump, active)
        pc, behind = test.jump - 2, test.jump + 1
        register = self.code.a[test.jump - 1]
        is_false = self.code.op[pc] == "LOADNIL" or (self.code.op[pc] == "LOADBOOL" and self.code.b[pc] == 0)
        if (
            is_false
            and (pc, register) in self.facts.locals
            and self.facts.ends.get(behind, active) > register == active - 1
        ):
            raise Fact("end", behind, register, "constant tested")
        condition = jumping(test, if_true=True)
        if condition is None:  # which luac would test in the other sense, or not at all
            raise Fact("local", pc, register, "constant tested")
        return [If(condition, Block([self.goto(test.jump, self.place_of(test.jump))]), [], None)], behind, active

    def result(
        self, register: int, value: Value, reading: Reading, *, fixed: bool = False, behind: int | None = None
    ) -> Statements | None:
        """Push the result of an instruction, unless it is that of a variable in the place of another."""
        if register < reading.active and (reading.pc, register) in self.facts.locals:
            raise Fact("end", reading.start, register, "a variable in the place of another")
        return super().result(register, value, reading, fixed=fixed, behind=behind)

    def read_LOADNIL(self, reading: Reading) -> int | Statements:
        """Values of nil; where the first would be assigned and the last declared, the variable of the first ended."""
        a = self.code.a[reading.pc]
        if a < reading.active <= a + self.code.b[reading.pc]:
            raise Fact("end", reading.start, a, "nil for a variable and for one that begins")
        return super().read_LOADNIL(reading)

    def end_variables(self, pc: int, active: int) -> None:
        """Let variables end that a goto from before would jump into the scope of, and that one from behind closes."""
        code, sources = self.code, self.jumps_to(pc)
        before = [self.common(source, active) for source in sources if source in self.scope_at and source < pc]
        closing = [code.a[source] - 1 for source in sources if source >= pc and code.a[source] > 0]
        least = min([*before, *closing], default=active)
        if least < active:
            raise Fact("end", pc, least, "a goto from before a variable")

    def leave_for(self, pc: int, active: int) -> None:
        """Note the active variables at a jump, and to which of them one goes back that closes none."""
        code, target = self.code, self.code.target[pc]
        self.scope_at[pc] = self.scope(active)
        if target > pc or target not in self.scope_at:
            return
        common = self.common(target, active)
        if common < len(self.scope_at[target]):
            raise Fact("end", target, common, "a goto back into the scope of a variable")
        if code.a[pc] == 0 and common < active:
            self.leaving[pc] = common, self.scope_at[pc]

    def common(self, place: int, active: int) -> int:
        """How many of the active variables were active at a place."""
        self.spend()
        pairs = zip(self.scope_at[place], self.scope(active), strict=False)
        return next(
            (number for number, (one, two) in enumerate(pairs) if one != two), min(len(self.scope_at[place]), active)
        )

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

    def jump_back(self, pc: int, around: Around) -> int | None:  # noqa: ARG002 -- where the other reader finds loops
        """No loop begins."""
        return None

    def ended(
        self, entries: list[Entry], pcs: tuple[int, int], active_variables: tuple[int, int], around: Around,
        num_closed: int,
    ) -> Block:  # fmt: skip
        """The block of what was read, in which the variables end that a goto back leaves before the block ends.

        A goto to a label in the same block closes upvalues whether there are any or not, one out of a block with the
        variables does not (lparser.c: findlabel, movegotosout).
        """
        (start, pc), (base, active) = pcs, active_variables
        levels = {
            level
            for place, (level, scope) in self.leaving.items()
            if start <= place < pc and base <= level < active and scope[level] == self.born[level]
        }
        ended = self.facts.ends.get(pc, active)
        levels |= {ended} if base <= ended < active else set()
        for register in sorted(levels, reverse=True):
            active = self.wrap(entries, register, base, pc)
        return super().ended(entries, pcs, (base, active), around, num_closed)
