"""How many variables a prediction calls as the original does.

Compared is debug information: that of the original, and that of the compiled prediction. Each variable counts once,
where it is declared: a parameter, or another local variable; of one function by itself its upvalues too, but for
``_ENV``. What Lua declares itself, such as ``(for index)``, does not count.

A variable of the prediction is that of the original if it has the same register in the same function, and is alive at
the same instructions. Where the instructions differ they are aligned by the fewest edits first. Of several variables
those of which the scopes agree most belong together, and each to one at most. A variable to which none belongs counts
as wrong.

A name is right if it is the same. Part by part it is right as far as it has the same words, in any order: ``numItems``
and ``item_count`` have the words num, items and item, count. Twice the number of words that both have is divided by the
number of all words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aidec.bytecode import Proto
from aidec.decompiler.debug_info import registers_of
from aidec.evaluation.edits import alignment
from aidec.evaluation.instructions import operations

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9_]+")


class Variable(NamedTuple):
    """A local variable.

    Attributes:
        name: its name.
        register: its register.
        start, end: the instructions, counted from 0, from which and up to which it is alive.
        is_parameter: whether it is a parameter.
    """

    name: bytes
    register: int
    start: int
    end: int
    is_parameter: bool


@dataclass(slots=True)
class NameCounts:
    """How many variables there are, and how many are named right; by kind, ``parameters``, ``locals``, ``upvalues``.

    Attributes:
        variables: their numbers.
        right: the numbers of those that have the same name.
        words: the sum of what each has of the words of the name, from 0 to 1.
        wrong: the first that has another name, and the name that it should have.
    """

    variables: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    words: float = 0
    wrong: str = ""

    def add(self, kind: str, name: bytes, given: bytes | None) -> None:
        """Count one variable, and the name given to it, None if the prediction does not have the variable."""
        self.variables[kind] += 1
        self.right[kind] += name == given
        self.words += likeness(name, given) if given is not None else 0
        if name != given and not self.wrong:
            shown = "none" if given is None else given.decode("latin-1")
            self.wrong = f"{shown}, expected {name.decode('latin-1')}"

    def include(self, other: NameCounts, place: str) -> None:
        """Add the counts of a function; ``place`` says which one it is."""
        self.variables += other.variables
        self.right += other.right
        self.words += other.words
        self.wrong = self.wrong or (other.wrong and f"{place}{other.wrong}")


def words(name: bytes) -> list[str]:
    """The words of a name in small letters; what has none, such as ``_``, is one word.

    >>> words(b"parseHTTPHeader2"), words(b"num_items"), words(b"_")
    (['parse', 'http', 'header', '2'], ['num', 'items'], ['_'])
    """
    text = name.decode("latin-1")
    return [word.lower() for word in _WORD.findall(text)] or [text]


def likeness(one: bytes, other: bytes) -> float:
    """How many words two names share: 1.0 for all, 0.0 for none.

    >>> likeness(b"numItems", b"items_num"), likeness(b"a", b"b"), likeness(b"item", b"item_count")
    (1.0, 0.0, 0.6666666666666666)
    """
    first, second = Counter(words(one)), Counter(words(other))
    return 2 * (first & second).total() / (first.total() + second.total())


def compare_names(ours: Proto | None, theirs: Proto, *, is_alone: bool = False) -> NameCounts:
    """The counts of one function, without the functions inside it.

    Args:
        ours: the function of the prediction, with debug information; None if the prediction does not have it.
        theirs: that of the original, with debug information.
        is_alone: the function stands by itself, so that its upvalues are declared nowhere else.
    """
    counts = NameCounts()
    expected = variables_of(theirs)
    found = match(variables_of(ours), expected, _alignment(ours, theirs)) if ours is not None else {}
    for number, variable in enumerate(expected):
        given = found.get(number)
        kind = "parameters" if variable.is_parameter else "locals"
        counts.add(kind, variable.name, None if given is None else given.name)
    if is_alone:
        names = [upvalue.name for upvalue in ours.upvalues] if ours is not None else []
        for number, upvalue in enumerate(theirs.upvalues):
            if upvalue.name not in (b"_ENV", None):
                counts.add("upvalues", upvalue.name, names[number] if number < len(names) else None)
    return counts


def variables_of(proto: Proto) -> list[Variable]:
    """The local variables of a function with debug information, but for those that Lua declares itself."""
    found = []
    for number, (local, register) in enumerate(zip(proto.local_vars, registers_of(proto), strict=True)):
        if local.name is not None and not local.name.startswith(b"("):
            is_parameter = number < proto.num_params
            found.append(Variable(local.name, register, local.start_pc, local.end_pc, is_parameter))
    return found


def match(
    ours: Sequence[Variable], theirs: Sequence[Variable], places: Sequence[int] | None = None
) -> dict[int, Variable]:
    """For variables of the original, by their numbers, those of the prediction.

    Args:
        ours: the variables of the prediction.
        theirs: those of the original.
        places: for each place between instructions of the original, that in the prediction; None if they are the same.
    """
    found: dict[int, Variable] = {}
    for register in {variable.register for variable in theirs}:
        mine = [variable for variable in ours if variable.register == register]
        others = [
            (number, *((v.start, v.end) if places is None else (_at(places, v.start), _at(places, v.end))))
            for number, v in enumerate(theirs)
            if v.register == register
        ]
        pairs = sorted(_pairs(mine, others))
        used: set[int] = set()
        for _, number, place in pairs:
            if number not in found and place not in used:
                used.add(place)
                found[number] = mine[place]
    return found


def _pairs(ours: Sequence[Variable], theirs: Sequence[tuple[int, int, int]]) -> Iterator[tuple[float, int, int]]:
    """Variables of one register that are alive together: how little they agree, and the numbers of both."""
    mine = other = 0
    while mine < len(ours) and other < len(theirs):
        (_, _, start, end, _), (number, first, last) = ours[mine], theirs[other]
        common = min(end, last) - max(start, first)
        if common > 0 or (common == 0 and (start == end or first == last)):
            yield -(common + 1) / (max(end, last) - min(start, first) + 1), number, mine
        if end <= last:
            mine += 1
        else:
            other += 1


def _at(places: Sequence[int], place: int) -> int:
    """The place of the prediction; debug information that luac did not write may lead anywhere."""
    return places[min(max(place, 0), len(places) - 1)]


def _alignment(ours: Proto, theirs: Proto) -> list[int] | None:
    """For each instruction of the original, the place in the prediction; None if they are the same."""
    if ours.code == theirs.code:
        return None
    numbers: dict[object, int] = {}
    return alignment(operations(theirs, numbers), operations(ours, numbers))
