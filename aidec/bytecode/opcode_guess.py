"""The numbers of the opcodes of a chunk, from another of its source; or how likely it is that they were changed."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, lgamma, log

from aidec.bytecode.dialect import completed
from aidec.bytecode.model import Chunk, Proto
from aidec.bytecode.opcodes import OPCODES
from aidec.bytecode.operands import broken_rules
from aidec.common.errors import DialectError

PRIOR = 0.1
"""How likely it is that opcodes were changed where nothing is known of a chunk."""
ACCIDENT = 1e-5
"""How often an instruction breaks a rule where opcodes were not changed: in code that luac did not write."""
SURE, SURE_SHARE = 0.999, 0.05
"""How likely it must be that opcodes were changed, and which share of instructions must break a rule, to be sure.

With opcodes in another order half of them do. In code that a program changed to hide what it does, a few do as well.
"""


@dataclass(slots=True)
class Aligned:
    """What two chunks of one source say of the numbers of opcodes.

    Attributes:
        numbers: for the official number of each opcode that was seen, the number that is stored.
        compared: how many functions were compared.
        unlike: the places of the functions that have other instructions but for the opcodes, which say nothing.
    """

    numbers: dict[int, int] = field(default_factory=dict)
    compared: int = 0
    unlike: list[str] = field(default_factory=list)

    @property
    def is_official(self) -> bool:
        """Whether all that was seen has its official number."""
        return all(official == stored for official, stored in self.numbers.items())

    @property
    def unseen(self) -> list[str]:
        """The names of the opcodes that were not seen."""
        return [opcode.name for opcode in OPCODES if opcode.is_known and opcode.number not in self.numbers]

    def opcodes(self) -> tuple[int | None, ...]:
        """The number of each opcode, for a dialect; None where it was not seen."""
        if self.is_official:
            return tuple(range(64))
        return completed({opcode.number: self.numbers.get(opcode.number) for opcode in OPCODES if opcode.is_known})


def align(expected: Chunk, stored: Chunk, known: Mapping[int, int] | None = None) -> Aligned:
    """What a chunk says of the numbers of opcodes, beside the official chunk of its source.

    Instructions at the same place of the same function have the same operands, so each pair is an opcode and its
    number.

    Args:
        expected: the official chunk.
        stored: the chunk, with its opcodes as they are stored.
        known: for the official number of each opcode that is known already, the number that is stored.

    Raises:
        DialectError: it is no chunk of that source, or its opcodes are no permutation.
    """
    found = Aligned(dict(known or {}))
    places = dict.fromkeys(found.numbers, "the dialect")
    owners = {number: official for official, number in found.numbers.items()}
    for place, ours, theirs in _functions(expected.main, stored.main):
        if array("I", [word >> 6 for word in ours.code]) != array("I", [word >> 6 for word in theirs.code]):
            found.unlike.append(place)
            continue
        found.compared += 1
        for pc, (word, changed) in enumerate(zip(ours.code, theirs.code, strict=True)):
            official, number = word & 63, changed & 63
            here = f"{place}.code[{pc}]"
            name = OPCODES[official].name
            if found.numbers.setdefault(official, number) != number:
                before = f"{found.numbers[official]} in {places[official]}"
                raise DialectError(
                    f"{here}: {name} has the number {number}, but {before}: this is no permutation of opcodes"
                )
            if owners.setdefault(number, official) != official:
                other = f"{OPCODES[owners[number]].name} in {places[owners[number]]}"
                raise DialectError(
                    f"{here}: {name} has the number {number}, as {other}: this is no permutation of opcodes"
                )
            places.setdefault(official, here)
    if not found.compared:
        raise DialectError(
            "no function has the instructions of the source but for their opcodes: is it of this source?"
        )
    return found


def _functions(expected: Proto, stored: Proto) -> Iterator[tuple[str, Proto, Proto]]:
    """The functions of two chunks in pairs, with their places.

    Raises:
        DialectError: the functions are others.
    """
    stack = [("main", expected, stored)]
    while stack:
        place, ours, theirs = stack.pop()
        if len(ours.protos) != len(theirs.protos):
            counts = f"functions inside: expected {len(ours.protos)}, as in the source, read {len(theirs.protos)}"
            raise DialectError(f"{place}: {counts}")
        yield place, ours, theirs
        pairs = enumerate(zip(ours.protos, theirs.protos, strict=True))
        stack += [(f"{place}.protos[{i}]", *pair) for i, pair in reversed(list(pairs))]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the instructions of a chunk say of its opcodes.

    Attributes:
        num_instructions: how many it has.
        broken: how often each rule is broken that luac keeps.
        examples: for each of these rules the place of the first instruction.
    """

    num_instructions: int
    broken: Counter[str]
    examples: dict[str, str]

    @property
    def likelihood(self) -> float:
        """How likely it is that opcodes were changed, from 0 to 1.

        By Bayes' theorem: where they were, any share of the instructions may break a rule, each share as likely as
        another; where they were not, ``ACCIDENT`` of them do.
        """
        n, k = self.num_instructions, self.broken.total()
        changed = log(PRIOR) + lgamma(k + 1) + lgamma(n - k + 1) - lgamma(n + 2)
        official = log(1 - PRIOR) + k * log(ACCIDENT) + (n - k) * log(1 - ACCIDENT)
        return 1 / (1 + exp(min(official - changed, 700)))

    @property
    def is_sure(self) -> bool:
        """Whether opcodes were changed beyond doubt."""
        return self.likelihood > SURE and self.broken.total() > SURE_SHARE * self.num_instructions


def suspect(chunk: Chunk) -> Suspicion:
    """How likely it is that the opcodes of a chunk are others than the official ones, which it was read with."""
    broken: Counter[str] = Counter()
    examples: dict[str, str] = {}
    count = 0
    for place, proto, _ in _functions(chunk.main, chunk.main):
        count += len(proto.code)
        for pc, rule in broken_rules(proto):
            broken[rule] += 1
            examples.setdefault(rule, f"{place}.code[{pc}]")
    return Suspicion(count, broken, examples)
