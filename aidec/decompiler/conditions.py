"""Conditional jumps to conditions: what lcode.c's goiftrue, goiffalse, codenot and the lists of jumps did, undone.

A condition of ``and``, ``or`` and ``not`` is a run of tests, each with a jump. Two neighbours are one test if nothing
else jumps between them: they go to the same place (``a and b``), or the first jumps over the second (``a or b``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aidec.lua.node import Place
from aidec.lua.nodes import Binary, Boolean, Expression, Nil, Number, String, Unary

_OF_JUMP = Place(-1, -1, -1, -1)
"""Marks a ``not`` that is no instruction."""


@dataclass(slots=True)
class Test:
    """A test with its jump.

    Attributes:
        condition: what is tested.
        sense: whether it jumps if the condition is true.
        target: where it jumps to.
        register: the register that has the value where it jumps; None for a comparison.
        start: where the test begins.
        jump: the pc of the jump.
        copies: whether it is a TESTSET, which sets the register as it jumps.
    """

    condition: Expression
    sense: bool
    target: int
    register: int | None
    start: int
    jump: int
    copies: bool = False


def is_dead(test: Test | None) -> bool:
    """Whether a test jumps to where it goes on anyway: what follows in its ``and`` or ``or`` is a constant."""
    return test is not None and test.target == test.jump + 1 and not test.copies


def begins_dead(tests: list[Test]) -> bool:
    """Whether all jumps of some of the first tests lead to where they go on anyway: these can be a statement."""
    furthest = 0
    for test in tests[:-1]:
        furthest = max(furthest, test.target)
        if furthest == test.jump + 1 and not test.copies:
            return True
    return False


def negated(condition: Expression) -> Expression:
    """``not`` of a condition, as a jump has it; that of one that was made here is what it negates.

    A ``not`` that is an instruction stays: luac turns one ``not`` into a jump, and not two (lcode.c: jumponcond).
    """
    if isinstance(condition, Unary) and condition.place is _OF_JUMP:
        return condition.operand
    return Unary("not", condition, place=_OF_JUMP)


def decides(value: Expression) -> bool | None:
    """The sense in which a constant can be tested; None for another value.

    Nothing is emitted in the other sense (lcode.c: luaK_goiftrue, luaK_goiffalse).
    """
    match value:
        case Nil() | Boolean(value=False):
            return False
        case Boolean() | Number() | String():
            return True
        case Unary(operator="-", operand=Number(value=number)) if number != 0:  # which luac folds (lcode.c: validop)
            return True
    return None


def twice_negated(test: Test) -> Test:
    """The test of a value that NOT made: luac made a jump of the ``not`` around it (lcode.c: jumponcond)."""
    return replace(test, condition=Unary("not", test.condition), sense=not test.sense, register=None)


def is_fixed(condition: Expression) -> bool:
    """Whether ``not`` of a condition has other jumps.

    Its last operand is a constant, which lcode.c: codenot folds, or ``not not x``, of which it makes an instruction.
    """
    last = last_operand(condition)
    is_not = isinstance(last, Unary) and last.operator == "not" and last.place is not _OF_JUMP
    return is_not or decides(last) is not None


def ends_with_nil(condition: Expression) -> bool:
    """Whether the last operand of a condition is nil."""
    return isinstance(last_operand(condition), Nil)


def last_operand(condition: Expression) -> Expression:
    """The last operand of a condition of ``and`` and ``or``."""
    while isinstance(condition, Binary) and condition.operator in ("and", "or"):
        condition = condition.right
    return condition


def jumping(test: Test, *, if_true: bool) -> Expression | None:
    """The condition with which a test jumps if it is true, or false; None if there is none."""
    if test.sense == if_true:
        return test.condition
    return None if is_fixed(test.condition) else negated(test.condition)


def merged(first: Test, second: Test, behind: int, *, keep_sense: bool = False) -> Test | None:
    """Two tests as one; None if they are not.

    Args:
        first: a test.
        second: the test behind it.
        behind: the place behind the second.
        keep_sense: where there is a choice, let the result jump as the second does.
    """
    is_same, to_behind = first.sense == second.sense, first.target == behind
    ways: list[tuple[str, bool]] = []  # the operator, and whether the result jumps if it is true
    if keep_sense and to_behind and is_same:
        ways.append(("and" if second.sense else "or", second.sense))
    if first.target == second.target:
        ways += [("or", True), ("and", False)] if is_same and first.sense else [("and", False), ("or", True)]
    if to_behind:
        ways += [("or", False), ("and", True)] if is_same or first.sense else [("and", True), ("or", False)]
    ways.sort(key=lambda way: (first.sense != (way[0] == "or")) + (second.sense != way[1]))
    for operator, sense in ways:
        left = jumping(first, if_true=operator == "or")
        right = jumping(second, if_true=sense)
        if left is not None and right is not None:
            return replace(second, condition=Binary(left, operator, right), sense=sense, start=first.start)
    return None


def reduced(tests: list[Test], behind: int, *, keep_sense: bool = False) -> list[Test]:
    """Tests, of which neighbours are one where they can be, the last first.

    Args:
        tests: neighbours.
        behind: the place behind the last.
        keep_sense: as in ``merged``.
    """
    found = list(tests)
    targets = {test.target for test in tests}
    changed = True
    while changed and len(found) > 1:
        changed = False
        for index in range(len(found) - 2, -1, -1):
            first, second = found[index], found[index + 1]
            after = found[index + 2].start if index + 2 < len(found) else behind
            if second.start in targets and any(test.target == second.start for test in found[: index + 1]):
                continue
            one = merged(first, second, after, keep_sense=keep_sense)
            if one is not None:
                found[index : index + 2] = [one]
                changed = True
                break
    return found
