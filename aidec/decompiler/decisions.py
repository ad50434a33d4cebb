"""Tests to the ``and``, ``or`` and ``not`` that luac makes them of: the grammar of its lists of jumps, parsed.

An expression leaves two lists of jumps, for where it is true and for where it is false (lcode.c: expdesc.t, .f). What
follows decides what becomes of them:

- ``A and B``: A goes on if it is true (luaK_goiftrue). Where it is false its jumps are those of the whole, else they go
  to B.
- ``A or B``: A goes on if it is false (luaK_goiffalse), likewise.
- ``not A``: both lists are exchanged, and their jumps take no value along (codenot, removevalues).
- A constant that goes on anyway has no test. So all jumps of ``A or true``, where that goes on, lead to what follows.

So tests are an expression if they can be cut into such parts, down to single tests. The parts are known by where they
begin and end, so that each is looked for once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aidec.decompiler.conditions import Test, is_fixed, negated
from aidec.lua.nodes import Binary, Boolean, Expression, Unary

IF_TRUE, IF_FALSE = -1, -2
"""Where a jump leaves an expression: where that is true, where it is false. Those of a condition go to one place."""

MAX_TESTS = 30
"""Of how many tests the likeliest expression is looked for; of more, the first that is found is taken."""

MAX_PARTS = 10_000
"""How many parts are looked for at most."""

MAX_NOTS = 2
"""In how many ``not`` a part stands at most, in a part of its kind."""

DEAD = 2
"""How unlikely an operand is that decides nothing; a ``not`` around a part counts 1."""

Parsed = tuple[int, Expression] | None
"""How unlikely an expression is, and the expression."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Where the jump of a test goes.

    Attributes:
        places: the number of the test that begins there, or where it leaves the expression; several if they are one.
        keeps: whether it takes its value along.
    """

    places: frozenset[int]
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of a part of an expression.

    Attributes:
        start, end: its tests.
        if_true: whether it goes on to what follows if it is true.
        exit: where it goes if it does not go on.
        is_bare: whether its jumps take no value along.
        num_nots: in how many ``not`` it stands, with its last operand the last of all.
        ends_bare: whether the jump of its last operand takes no value along: that is made behind these ``not``.
    """

    start: int
    end: int
    if_true: bool
    exit: int
    is_bare: bool = False
    num_nots: int = 0
    ends_bare: bool = False


def parsed_condition(tests: list[Test], behind: int) -> Test | None:
    """Tests as the one of a condition, which goes where the last goes, or to ``behind``; None if there is none."""
    target = tests[-1].target
    exits = numbers_of([*[test.start for test in tests], behind])
    exits.setdefault(target, set()).update((IF_TRUE, IF_FALSE))
    parser = Decisions(tests, [Exit(frozenset(exits.get(test.target, ()))) for test in tests])
    for sense in (tests[-1].sense, not tests[-1].sense):
        condition = parser.condition(if_true=not sense)
        if condition is not None:
            return replace(tests[-1], condition=condition, sense=sense, start=tests[0].start)
    return None


def numbers_of(starts: list[int]) -> dict[int, set[int]]:
    """The numbers of the tests that begin at a place, by the place."""
    numbers: dict[int, set[int]] = {}
    for number, start in enumerate(starts):
        numbers.setdefault(start, set()).add(number)
    return numbers


class Decisions:
    """Parses tests.

    Args:
        tests: the tests.
        exits: where each goes.
        last: the operand behind the tests; None for a condition.
    """

    def __init__(self, tests: list[Test], exits: list[Exit], last: Expression | None = None) -> None:
        self.tests, self.exits, self.last = tests, exits, last
        self.parts: dict[Part, Parsed] = {}
        self.values: dict[tuple[int, bool, int], Parsed] = {}
        self.enough = 0 if len(tests) <= MAX_TESTS else 1 << 30

    def condition(self, *, if_true: bool) -> Expression | None:
        """The condition that goes on if it is true, or if it is false; None if there is none."""
        part = Part(0, len(self.tests), if_true, IF_FALSE if if_true else IF_TRUE, is_bare=True, ends_bare=True)
        found = self.part(part) if self.is_closed(part) else None
        return found and found[1]

    def value(self) -> Expression | None:
        """The value of all tests and the last operand; None if there is none."""
        found = self.value_from(0)
        return found and found[1]

    def value_from(self, start: int, *, is_bare: bool = False, num_nots: int = 0) -> Parsed:
        """The value of the tests from one on."""
        key = start, is_bare, num_nots
        if key not in self.values:
            self.values[key] = self.likeliest_value(start, is_bare=is_bare, num_nots=num_nots)
        return self.values[key]

    def likeliest_value(self, start: int, *, is_bare: bool, num_nots: int) -> Parsed:
        """The likeliest value of the tests from one on."""
        if start == len(self.tests):
            return certain(self.last and without_nots(self.last, num_nots))
        best: Parsed = None
        leaves = (IF_TRUE, IF_FALSE) if num_nots % 2 else (IF_FALSE, IF_TRUE)
        for end in range(start + 1, len(self.tests) + 1):
            for if_true, leave in zip((True, False), leaves, strict=True):
                first = Part(start, end, if_true, leave, is_bare, ends_bare=is_bare)
                left = self.part(first) if self.is_closed(first) else None
                right = left and self.value_from(end, is_bare=is_bare, num_nots=num_nots)
                best = likelier(best, joined(left, "and" if if_true else "or", right))
                if best is not None and best[0] <= self.enough:
                    return best
        if num_nots < MAX_NOTS:
            best = likelier(best, within_not(self.value_from(start, is_bare=True, num_nots=num_nots + 1)))
        return best

    def part(self, part: Part) -> Parsed:
        """A part, of which the jumps are known to stay inside, or to go to its exit."""
        if part not in self.parts:
            self.parts[part] = self.likeliest_part(part) if len(self.parts) < MAX_PARTS else None
        return self.parts[part]

    def likeliest_part(self, part: Part) -> Parsed:
        """The likeliest expression of a part."""
        best = self.without_not(part)
        if best is not None and best[0] <= self.enough:
            return best
        if part.num_nots < MAX_NOTS:
            inner = replace(part, if_true=not part.if_true, is_bare=True, num_nots=part.num_nots + 1)
            best = likelier(best, within_not(self.part(inner)))
        if part.num_nots:  # a constant, which goes on if it is negated
            constant = 1, Boolean(value=part.if_true)
            first = self.without_not(replace(part, num_nots=0, ends_bare=part.is_bare))
            best = likelier(best, joined(first, "and" if part.if_true else "or", constant))
        return likelier(best, self.dead(part)) if best is None or best[0] > DEAD else best

    def without_not(self, part: Part) -> Parsed:
        """A part that is a single test, or has two operands."""
        best: Parsed = certain(self.single(part)) if part.end == part.start + 1 else None
        for middle in range(part.start + 1, part.end):
            last = replace(part, start=middle)
            for first in (
                replace(part, end=middle, num_nots=0, ends_bare=part.is_bare),
                Part(part.start, middle, not part.if_true, part.end),
            ):
                left = self.part(first) if self.is_closed(first) else None
                best = likelier(best, joined(left, "and" if first.if_true else "or", left and self.part(last)))
                if best is not None and best[0] <= self.enough:
                    return best
        return best

    def dead(self, part: Part) -> Parsed:
        """A part with a constant behind it, so that all jumps lead to what follows."""
        operand = Part(part.start, part.end, not part.if_true, part.end)
        if part.exit == part.end or not self.is_closed(operand):
            return None
        is_turned = self.tests[part.end - 1].sense != part.if_true
        constant = DEAD + is_turned, Boolean(value=part.if_true)
        return joined(self.part(operand), "or" if part.if_true else "and", constant)

    def is_closed(self, part: Part) -> bool:
        """Whether all jumps of a part go to its exit, or forward in it, or to what follows it."""
        numbers = range(part.start, part.end)
        return all(any(place == part.exit or n < place <= part.end for place in self.exits[n].places) for n in numbers)

    def single(self, part: Part) -> Expression | None:
        """The operand of a single test."""
        test, exit_ = self.tests[part.start], self.exits[part.start]
        if part.exit not in exit_.places:
            return None
        jumps_if = part.if_true == (part.num_nots % 2 == 1)  # outside of the ``not``
        is_plain = test.sense == jumps_if
        if part.exit < 0 and exit_.keeps != (is_plain and test.register is not None and not part.ends_bare):
            return None
        if not is_plain and is_fixed(test.condition):
            return None
        return without_nots(test.condition if is_plain else negated(test.condition), part.num_nots)


def without_nots(operand: Expression, number: int) -> Expression | None:
    """The operand of which so many ``not`` make another; None if there is none (lcode.c: codenot)."""
    for _ in range(number):
        match operand:
            case Unary(operator="not", operand=inner):
                operand = inner
            case Boolean(value=value):
                operand = Boolean(value=not value)
            case Binary(operator="==" | "~=" | "<" | "<=" | ">" | ">="):
                operand = negated(operand)
            case _:
                return None
    return operand


def certain(operand: Expression | None) -> Parsed:
    """An expression of which no other is likelier; None if there is none."""
    return None if operand is None else (0, operand)


def likelier(one: Parsed, other: Parsed) -> Parsed:
    """The likelier of two expressions, the first if both are alike."""
    return other if one is None or (other is not None and other[0] < one[0]) else one


def joined(left: Parsed, operator: str, right: Parsed) -> Parsed:
    """Two operands as one expression; None if one of them is none."""
    if left is None or right is None:
        return None
    return left[0] + right[0], Binary(left[1], operator, right[1])


def within_not(operand: Parsed) -> Parsed:
    """An operand inside a ``not``."""
    return operand and (operand[0] + 1, Unary("not", operand[1]))
