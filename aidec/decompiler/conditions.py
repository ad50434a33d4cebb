"""Conditional jumps to conditions: what lcode.c's goiftrue, goiffalse, codenot and the lists of jumps did, undone.

A condition of ``and``, ``or`` and ``not`` is a run of tests, each with a jump. Two neighbours are one test if nothing
else jumps between them: they go to the same place (``a and b``), or the first jumps over the second (``a or b``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aidec.lua.node import Place
from aidec.lua.nodes import Binary, Boolean, Expression, Nil, Number, String, Unary

TRUE, FALSE, NOT_TRUE, NOT_FALSE = -1, -2, -3, -4
"""Where a jump of a value goes, in place of a pc: the value is true or false there, the operand or its ``not``."""


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
        is_bare: whether it jumps to a LOADBOOL though the register has the value already.
    """

    condition: Expression
    sense: bool
    target: int
    register: int | None
    start: int
    jump: int
    copies: bool = False
    is_bare: bool = False


def is_dead(test: Test | None) -> bool:
    """Whether a test jumps to where it goes on anyway: what follows in its ``and`` or ``or`` is a constant."""
    return test is not None and test.target == test.jump + 1 and not test.copies


def behind_dead(test: Test | None, value: Expression) -> Expression:
    """A value behind a dead test: ``x and false or value``, or ``(x or true) and value`` (lcode.c: luaK_goiffalse)."""
    if test is None:
        return value
    if test.sense:
        return Binary(Binary(test.condition, "or", Boolean(value=True)), "and", value)
    return Binary(Binary(test.condition, "and", Boolean(value=False)), "or", value)


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
    if isinstance(value, Nil) or (isinstance(value, Boolean) and not value.value):
        return False
    return True if isinstance(value, Boolean | Number | String) else None


def twice_negated(test: Test) -> Test:
    """The test of a value that NOT made: luac made a jump of the ``not`` around it (lcode.c: jumponcond)."""
    return replace(test, condition=Unary("not", test.condition), sense=not test.sense, register=None)


def is_fixed(condition: Expression) -> bool:
    """Whether ``not`` of a condition has other jumps.

    Its last operand is a constant, which lcode.c: codenot folds, or ``not not x``, of which it makes an instruction.
    """
    while isinstance(condition, Binary) and condition.operator in ("and", "or"):
        condition = condition.right
    is_not = isinstance(condition, Unary) and condition.operator == "not" and condition.place is not _OF_JUMP
    return is_not or isinstance(condition, Number | String | Boolean | Nil)


def ends_with_nil(condition: Expression) -> bool:
    """Whether the last operand of a condition is nil."""
    while isinstance(condition, Binary) and condition.operator in ("and", "or"):
        condition = condition.right
    return isinstance(condition, Nil)


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


def reduced(tests: list[Test], behind: int, *, keep_sense: bool = False, of_value: bool = False) -> list[Test]:
    """Tests, of which neighbours are one where they can be, the last first.

    Args:
        tests: neighbours.
        behind: the place behind the last.
        keep_sense: as in ``merged``.
        of_value: the tests are those of a value, and most targets are not places.
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
            keep = keep_sense
            if of_value:
                keep = second.target < 0
                same = first.target == second.target and first.sense == second.sense
                if first.target < 0 and not same:
                    continue
            one = merged(first, second, after, keep_sense=keep)
            if one is not None:
                found[index : index + 2] = [one]
                changed = True
                break
    return found


def value_of(tests: list[Test], last: Expression, behind: int) -> Expression | None:
    """The value that tests and a last operand make; None if they make none.

    A ``not`` around an ``and`` or ``or`` stands at its last operand, turns its jumps around, and lets them go without
    their values (lcode.c: codenot, removevalues). So a jump that goes without the value that it could have had is
    inside a ``not``.

    Args:
        tests: the tests; where they jump to is what the value is there.
        last: the last operand.
        behind: the place behind the tests.
    """
    first = next((number for number, test in enumerate(tests) if test.is_bare), None)
    if first is None:
        return _value_of(tests, last, behind)
    value = TRUE if tests[first].target in (TRUE, NOT_TRUE) else FALSE
    for number in range(first + 1, len(tests)):  # the operand of an ``and`` or ``or`` is the ``not``
        final = tests[number]
        ending = final.condition
        is_not = final.target == value and is_fixed(ending) and isinstance(ending, Unary)
        if is_not and isinstance(ending, Unary):
            ending = ending.operand
        elif final.target != (NOT_TRUE if value == TRUE else NOT_FALSE):
            continue
        inside = [_turned(test, final.jump + 1, value) for test in tests[first:number]]
        inner = value_of(inside, ending, final.start)
        if inner is not None:
            one = replace(final, condition=Unary("not", inner) if is_not else inner, start=tests[first].start)
            return value_of([*tests[:first], one, *tests[number + 1 :]], last, behind)
    while outer := [number for number, test in enumerate(tests[:first]) if test.target > tests[first].start]:
        first = outer[0]
    is_not = isinstance(last, Unary) and last.operator == "not"
    operand = last.operand if is_not and isinstance(last, Unary) else negated(last)
    inner = value_of([_turned(test, 0, 0) for test in tests[first:]], operand, behind)
    if inner is None:
        return None
    return value_of(tests[:first], Unary("not", inner), tests[first].start) if first else Unary("not", inner)


def _turned(test: Test, end: int, value: int) -> Test:
    """The test of a value inside a ``not``, by that of the ``not``.

    Args:
        test: the test.
        end: the place behind the ``not``, where it goes on if it is no value; 0 where it is one.
        value: what it is where it is a value: ``TRUE`` or ``FALSE``.
    """
    if test.target == end:
        targets = (NOT_FALSE, FALSE) if value == FALSE else (TRUE, NOT_TRUE)
        return replace(test, target=targets[0] if test.sense else targets[1], is_bare=False)
    turned = {TRUE: NOT_FALSE, NOT_FALSE: TRUE, FALSE: NOT_TRUE, NOT_TRUE: FALSE}
    return replace(test, target=turned.get(test.target, test.target), is_bare=False)


def _value_of(tests: list[Test], last: Expression, behind: int) -> Expression | None:
    found = reduced(tests, behind, of_value=True)
    for index in range(len(found) - 1, -1, -1):
        if found[index].target >= 0:
            grouped = _grouped(found, index, behind)
            if grouped is None:
                return None
            found = grouped
    return _chained(found, last)


def _grouped(tests: list[Test], index: int, behind: int) -> list[Test] | None:
    """Tests of which one jumps over others, to an operand, as ``a`` in ``(a or b and c) and d``, with these as one."""
    first = tests[index]
    places = [test.start for test in tests] + [behind]
    end = places.index(first.target) if first.target in places else -1
    inside = tests[index + 1 : end]
    if not inside:
        return None
    is_false = inside[-1].target in (FALSE, NOT_FALSE)
    left = jumping(first, if_true=is_false)
    final = inside[-1].condition if inside[-1].target in (FALSE, TRUE) else negated(inside[-1].condition)
    right = _chained(inside[:-1], final)
    if left is None or right is None:
        return None
    one = replace(
        inside[-1], condition=Binary(left, "or" if is_false else "and", right), sense=not is_false,
        target=FALSE if is_false else TRUE, start=first.start,
    )  # fmt: skip
    return [*tests[:index], one, *tests[end:]]


def _chained(tests: list[Test], last: Expression) -> Expression | None:
    """The value of tests that all end it and a last operand; None if they make none."""
    value = last
    for test in reversed(tests):
        condition = test.condition if test.target in (TRUE, FALSE) else negated(test.condition)
        if test.target == NOT_TRUE or (test.target == TRUE and test.sense):
            value = Binary(condition, "or", value)
        elif test.target == NOT_FALSE or (test.target == FALSE and not test.sense):
            value = Binary(condition, "and", value)
        else:
            return None
    return value
