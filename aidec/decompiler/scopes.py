"""Blocks of a function that luac may not have written: its ``for`` loops, and the reach of variables that are captured.

A function that captures a variable keeps it when the block ends (lparser.c: leaveblock), and the next turn of a loop
has another one. Where all that is done to a register lies between two places that are entered at the first alone, and
the register is closed whenever the last is left, it is a local variable of a block there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aidec.decompiler.flow import Flow, Step, mask

MAX_DEPTH = 8
"""How deep blocks nest; luac allows 200 levels and local variables, which others need as well."""

MAX_FRESH = 100
"""How many variables blocks that nest declare at most, for the same reason."""

MAX_STARTS = 30
"""How many places are tried as the start of a block."""

MAX_WORK = 2_000_000
"""How many steps are looked at in a function; where there are more, there are fewer blocks."""


@dataclass(slots=True)
class Scope:
    """A block.

    Attributes:
        start, end: the places of its first and last step: of FORPREP and FORLOOP, or of the body and TFORLOOP.
        kind: ``numbers`` or ``values`` for a loop, ``block`` for another block.
        exit: where a loop goes on when it has ended.
        first: the place that each turn of a loop begins at.
        next: the place that decides on the next turn, FORLOOP or TFORCALL.
        hidden: the register of the first of three variables that a loop keeps to itself.
        controls: the registers of a loop's control variables.
        fresh: the registers that are variables of the block, a new one each time, as a set of bits.
        own: those of the control variables that are used in the loop alone, likewise.
    """

    start: int
    end: int
    kind: str = "block"
    exit: int = -1
    first: int = -1
    next: int = -1
    hidden: int = -1
    controls: range = range(0)
    fresh: int = 0
    own: int = 0

    @property
    def body(self) -> range:
        """The places of the body of a loop."""
        return range(self.start + (self.kind == "numbers"), self.next)


class Scopes:
    """The blocks of a function.

    Attributes:
        found: the blocks at each place, the outermost first.
        most: how many variables blocks that nest declare.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.found: dict[int, list[Scope]] = {}
        self.work_left = MAX_WORK
        self.most = 0
        self.own: dict[int, int] = {}  # for a step the registers that are variables of blocks around
        self._find_loops()
        closing = [pc for pc in flow.order if flow.closed(flow.steps[pc])]
        for _ in range(2 if closing else 0):
            for pc in closing:
                if self.closed(pc):
                    self._find_block(pc)
            for loop in [scope for scopes in self.found.values() for scope in scopes if scope.kind != "block"][::-1]:
                self._is_loop(loop)

    def around(self, start: int, end: int) -> list[Scope] | None:
        """The blocks around two places, the outermost first; None if another block begins or ends between them."""
        found = []
        for scopes in self.found.values():
            for scope in scopes:
                if scope.start <= start and end <= scope.end:
                    found.append(scope)
                elif not (scope.end < start or end < scope.start or (start <= scope.start and scope.end <= end)):
                    return None
        return sorted(found, key=lambda scope: (scope.start, -scope.end))

    def closed(self, pc: int) -> int:
        """The registers that a step closes and that are no variables of a block."""
        return self.flow.closed(self.flow.steps[pc]) & ~self.own.get(pc, 0)

    def _find_loops(self) -> None:
        flow = self.flow
        generic = {
            flow.steps[pc + 1].target: pc
            for pc, step in flow.steps.items()
            if not step.problem and flow.code.op[pc] == "TFORCALL" and not flow.steps[pc + 1].problem
        }
        around: list[Scope] = []
        for pc, step in flow.steps.items():
            while around and pc > around[-1].end:
                around.pop()
            for loop in (self._generic(generic.get(pc, -1)), self._numeric(step)):
                is_inside = loop is not None and (not around or loop.end < around[-1].end)
                if loop is not None and is_inside and len(around) < MAX_DEPTH and self._is_loop(loop):
                    around.append(loop)
                    self.found.setdefault(pc, []).append(loop)

    def _numeric(self, step: Step) -> Scope | None:
        """The loop that a FORPREP would begin."""
        flow, code = self.flow, self.flow.code
        if step.problem or code.op[step.pc] != "FORPREP":
            return None
        last, a = flow.loop_of(step.pc), code.a[step.pc]
        if last < step.pc or step.target != flow.followed(step.pc + 1):
            return None
        return Scope(step.pc, last, "numbers", step.behind, step.target, last, a, range(a + 3, a + 4))

    def _generic(self, call: int) -> Scope | None:
        """The loop that a TFORCALL would decide on."""
        if call < 0:
            return None
        code, loop = self.flow.code, self.flow.steps[call + 1]
        a, number = code.a[call], code.c[call]
        if loop.target >= call or code.a[call + 1] != a + 2 or number < 1:
            return None
        controls = range(a + 3, a + 3 + number)
        return Scope(loop.target, call + 1, "values", loop.behind, loop.target, call, a, controls)

    def _is_loop(self, loop: Scope) -> bool:
        """Whether a loop can be a statement: nothing else enters it, or sees its hidden variables. Notes its others."""
        flow = self.flow
        hidden, controls = mask(range(loop.hidden, loop.hidden + 3)), mask(loop.controls)
        left: set[int] = {loop.exit}
        captured = flow.open[loop.start] if loop.kind == "numbers" else flow.open.get(loop.next, 0)
        for pc in flow.between(loop.start, loop.end + 1):
            step = flow.steps[pc]
            captured |= step.captures
            is_entry = pc == (loop.start if loop.kind == "numbers" else loop.next)
            if pc in loop.body and (step.reads | step.writes) & hidden:
                return False
            if not is_entry and not self._is_from(pc, loop.start, loop.end):
                return False
            left.update(after for after in step.after if not loop.start <= after <= loop.end)
        if loop.kind == "numbers":
            left.update(step for step in [loop.start] if self.flow.entered[step] & set(loop.body))
        behind = flow.live_at(left)
        if (captured | behind) & hidden:
            return False
        begins = flow.live_at([loop.first] if loop.first in loop.body else [])
        candidates = captured & ~behind & -1 << loop.hidden + 3 & ~(begins & ~controls) & ~flow.open.get(loop.next, 0)
        loop.fresh = self._fresh(flow.between(loop.body.start, loop.body.stop), loop.body, candidates, controls)
        loop.own = controls & ~(behind | captured & ~loop.fresh)
        self._note(loop)
        return True

    def _note(self, scope: Scope) -> None:
        """Note the variables of a block."""
        if scope.fresh:
            for pc in self.flow.between(scope.start, scope.end + 1):
                self.own[pc] = self.own.get(pc, 0) | scope.fresh

    def _is_from(self, pc: int, start: int, end: int) -> bool:
        """Whether a step is entered only from between two places."""
        return all(start <= before <= end for before in self.flow.entered[pc])

    def _fresh(self, inside: Iterable[int], within: range, found: int, control: int = 0) -> int:
        """Those of some registers that can be variables of a block: closed when it is left, and not used after that."""
        flow = self.flow
        for pc in inside:
            step = flow.steps[pc]
            self.work_left -= 1
            for after in step.after:
                if after not in within:
                    found &= ~(flow.open.get(after, 0) | flow.live.get(after, 0) & ~control)
            closed = self.closed(pc) & found
            if closed:
                found &= ~self._touched(step.behind if step.target < 0 else step.target, within, closed)
            if not found:
                break
        return found

    def _touched(self, pc: int, within: range, registers: int) -> int:
        """Those of some registers that a block uses from a place on."""
        seen: set[int] = set()
        waiting = [pc]
        touched = 0
        while waiting and registers & ~touched:
            pc = waiting.pop()
            if pc not in seen and pc in within:
                seen.add(pc)
                step = self.flow.steps[pc]
                touched |= (step.reads | step.writes) & ~self.own.get(pc, 0)
                waiting += step.after
        self.work_left -= len(seen)
        return touched & registers

    def _find_block(self, end: int) -> None:
        """Find the block that ends with a jump which closes registers."""
        flow = self.flow
        closed = self.closed(end)
        places = flow.between(0, end + 1)
        tried = 0
        for pc in reversed(places):
            lowest = closed & -closed
            begins = flow.steps[pc].writes & lowest and not (flow.live[pc] | flow.open[pc]) & lowest
            self.work_left -= 1
            if self.work_left < 0 or tried > MAX_STARTS:
                return
            if begins:
                tried += 1
                found = self._block(pc, end, closed & ~(flow.live[pc] | flow.open[pc]))
                if found & lowest:
                    self._add(Scope(pc, end, fresh=found))
                    return

    def _block(self, start: int, end: int, registers: int) -> int:
        """Those of some registers that are variables of a block between two places; none if it can't be one."""
        around = self.around(start, end)
        inside = self.flow.between(start, end + 1)
        self.work_left -= len(inside)
        if around is None or len(around) >= MAX_DEPTH or any(scope.start == start for scope in around):
            return 0
        if not all(self._is_from(pc, start, end) for pc in inside[1:]):
            return 0
        found = self._fresh(inside, range(start + 1, end + 1), registers)
        inner = [scope for scopes in self.found.values() for scope in scopes if start <= scope.start <= end]
        deepest = (sum(_num_variables(outer) for outer in inner if scope.start in range(outer.start, outer.end + 1))
                   for scope in inner)  # fmt: skip
        most = found.bit_count() + sum(map(_num_variables, around)) + max(deepest, default=0)
        if most > MAX_FRESH:
            return 0
        self.most = max(self.most, most)
        return found

    def _add(self, scope: Scope) -> None:
        """Add a block, outside of those that begin at the same place."""
        self.found.setdefault(scope.start, []).insert(0, scope)
        self._note(scope)


def _num_variables(scope: Scope) -> int:
    """How many local variables luac needs for a block."""
    return scope.fresh.bit_count() + (3 + len(scope.controls) if scope.kind != "block" else 0)
