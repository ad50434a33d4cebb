"""The loops over numbers of a function that a ``for`` can stand for, though luac may not have written it."""

from __future__ import annotations

from dataclasses import dataclass

from aidec.decompiler.flow import Flow, Step, mask

MAX_LOOPS = 8
"""How deep loops over numbers nest; luac allows 200 levels and local variables, which others need as well."""

MAX_AFTER = 30
"""How many steps are looked at behind a jump that closes a variable of a loop."""


@dataclass(slots=True)
class Loop:
    """A loop over numbers.

    Attributes:
        start, end: the places of FORPREP and FORLOOP.
        exit: where it goes on when it has ended.
        first: the place that each turn begins at.
        fresh: the registers that are new variables in each turn, which functions capture, as a set of bits.
        is_control: whether the register of the control variable is used in the loop alone.
    """

    start: int
    end: int
    exit: int
    first: int
    fresh: int = 0
    is_control: bool = False


def loops_of(flow: Flow) -> dict[int, Loop]:
    """The loops by their places."""
    found: dict[int, Loop] = {}
    around: list[Loop] = []
    for pc, step in flow.steps.items():
        while around and pc >= around[-1].end:
            around.pop()
        if step.problem or flow.code.op[pc] != "FORPREP" or len(around) >= MAX_LOOPS:
            continue
        loop = _loop(flow, step, around[-1].end if around else flow.code.size)
        if loop is not None:
            around.append(loop)
            found[pc] = loop
    return found


def _loop(flow: Flow, step: Step, end: int) -> Loop | None:
    """The loop that a FORPREP begins; None if something else enters it, or sees its hidden variables."""
    last = flow.loop_of(step.pc)
    if not step.pc < last < end or step.target != flow.followed(step.pc + 1):
        return None
    a = flow.code.a[step.pc]
    hidden = mask(range(a, a + 3))
    inside = flow.between(step.pc + 1, last + 1)
    left: set[int] = {step.behind}
    captured = flow.open[step.pc]
    for pc in inside:
        each = flow.steps[pc]
        captured |= each.captures
        if pc != last and (each.reads | each.writes) & hidden:
            return None
        if any(not step.pc <= before <= last for before in flow.entered[pc]):
            return None
        left.update(after for after in each.after if not step.pc < after <= last)
    behind = 0
    for pc in left:
        behind |= flow.live[pc]
    if (captured | behind) & hidden:
        return None
    loop = Loop(step.pc, last, step.behind, step.target)
    control = 1 << a + 3
    loop.fresh = _fresh(flow, loop, inside, captured & ~behind & -1 << a + 3, control)
    shared = captured & ~loop.fresh
    loop.is_control = not (behind | shared) & control
    return loop


def _fresh(flow: Flow, loop: Loop, inside: list[int], captured: int, control: int) -> int:
    """Those of some registers that are new variables in each turn of a loop: closed before it ends, if open."""
    begins = flow.live.get(loop.first, 0) & ~control if loop.first != loop.end else 0
    found = captured & ~begins & ~flow.open[loop.start] & ~flow.open.get(loop.end, 0)
    for pc in inside:
        step = flow.steps[pc]
        for after in step.after:
            if not loop.start < after <= loop.end:
                found &= ~flow.open[after]
        closed = flow.closed(step) & found
        if closed:
            found &= ~_touched(flow, step.behind if step.target < 0 else step.target, loop, closed)
    return found


def _touched(flow: Flow, pc: int, loop: Loop, registers: int) -> int:
    """Those of some registers that a turn of a loop uses from a place on; all if that is too far to see."""
    seen: set[int] = set()
    waiting = [pc]
    touched = 0
    while waiting:
        pc = waiting.pop()
        if pc in seen or not loop.start < pc < loop.end:
            continue
        seen.add(pc)
        if len(seen) > MAX_AFTER:
            return registers
        step = flow.steps[pc]
        touched |= step.reads | step.writes
        waiting += step.after
    return touched & registers
