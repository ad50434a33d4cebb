"""Plans of layouts for ids: tokens of the pack stay whole, and every border between pieces has one on one side.

Pieces are encoded apart. That gives the ids of the whole text only where no token of the tokenizer goes beyond a
border, and none does where a token of the pack stands on one side, since the text is split there before all else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from aidec.packs.layout import Choice, Integers, Layout, Literal, Nested, Node, Slot, has_lists, joined
from aidec.packs.plan import (
    Filled,
    Fixed,
    Plan,
    Step,
    as_keyed,
    as_switch,
    decides_little,
    is_integer,
    together,
)
from aidec.packs.splitter import Splitter

MOST_NODES = 10_000
"""How many nodes a layout may grow to where the start of a token is repeated in the branches of choices."""


JOIN = "join "
"""How the filter of a slot starts that prints a list of integers as one text; the separator follows."""


class Unseparated(Exception):  # noqa: N818 (no error: it is caught, and the text is encoded)
    """A layout has ordinary text at a border, where what stands on the other side could make one token with it."""


@dataclass(frozen=True, slots=True)
class Edges:
    """What may stand at the start and the end of a step: ``token``, ``text`` or, where it may be empty, ``nothing``."""

    start: frozenset[str]
    end: frozenset[str]

    @classmethod
    def of(cls, *kinds: str) -> Edges:
        """Edges with these kinds at both ends."""
        return cls(frozenset(kinds), frozenset(kinds))

    def before(self, other: Edges) -> Edges:
        """The edges of a step with these and one behind it with others."""
        start = self.start - _NOTHING | other.start if self.start & _NOTHING else self.start
        end = other.end - _NOTHING | self.end if other.end & _NOTHING else other.end
        return Edges(start, end)

    def beside(self, other: Edges) -> Edges:
        """The edges of one step or the other."""
        return Edges(self.start | other.start, self.end | other.end)


_NOTHING = frozenset(["nothing"])
_TOKEN, _TEXT, _EMPTY = Edges.of("token"), Edges.of("text"), Edges.of("nothing")
_MAY_BE_EMPTY = _TEXT.beside(_EMPTY)
_ANY = _MAY_BE_EMPTY.end | _TOKEN.end


@dataclass(frozen=True, slots=True)
class Planned:
    """A step, its edges, and the layout that it is made of."""

    step: Step
    edges: Edges
    body: Layout

    def joined(self, other: Planned, step: Step) -> Planned:
        """This step and the one behind it as one."""
        return Planned(step, self.edges.before(other.edges), (*self.body, *other.body))


class TokenPlanner:
    """Plans layouts.

    Args:
        splitter: what finds the pack's tokens.

    Attributes:
        expects_tokens: whether what is a token for some values is planned as one, and not as text.
        merges: whether text beside text is made in one, for all the values that decide both.
        num_nodes: how many nodes the layout that is planned has grown to.

    Raises:
        Unseparated: the pack's tokens do not start and end alike, so that they can't be found in a layout.
    """

    def __init__(self, splitter: Splitter) -> None:
        if splitter.shape is None:
            raise Unseparated
        self.expects_tokens = self.merges = False
        self.num_nodes = 0
        self.splitter = splitter
        self.start, pattern = splitter.shape
        alike = [token for token in splitter.tokens if re.fullmatch(pattern, token)]
        self.stop = alike[0][-1]
        if any(self.start[0] in token for token in splitter.tokens.difference(alike)):
            raise Unseparated  # such a token could reach into one that starts behind it
        self.border = re.compile(f"{re.escape(self.start)}|{re.escape(self.stop)}")

    def plan(self, layout: Layout, unit: str) -> Plan:
        """The plan of a unit.

        Raises:
            Unseparated: a token could go beyond a border.
        """
        self.num_nodes = 0
        whole = self._whole(layout)
        for self.expects_tokens, self.merges in ((False, False), (True, False), (True, True)):
            with suppress(Unseparated):
                steps = self._planned(whole)
                # Units of a list stand one behind the other, and behind anything
                if unit == "chunk" or _edges(steps).start <= _TOKEN.start | _NOTHING:
                    return _plan(steps)
        raise Unseparated

    # Choices that start and end outside of tokens

    def _whole(self, layout: Sequence[Node]) -> Layout:
        """A layout whose choices start and end outside of tokens.

        What opens a token before a choice is repeated in its branches; where one is still open behind a choice, all
        that follows is repeated too.
        """
        self.num_nodes += len(layout)
        if self.num_nodes > MOST_NODES:
            raise Unseparated
        found: list[Node] = []
        for place, node in enumerate(layout):
            if not isinstance(node, Choice):
                found.append(node)
                continue
            found, opening = self._split_open(found)
            branches = [joined([*opening, *branch]) for branch in node.branches]
            is_last = any(True in self._inside(branch, {False}) for branch in branches)
            if is_last:
                branches = [joined([*branch, *layout[place + 1 :]]) for branch in branches]
            found.append(Choice(node.tests, tuple(map(self._whole, branches))))
            if is_last:
                break
        return joined(found)

    def _split_open(self, found: list[Node]) -> tuple[list[Node], list[Node]]:
        """The nodes up to a token that has not ended, and that token's."""
        opening: list[Node] = []
        for place in reversed(range(len(found))):
            node = found[place]
            if isinstance(node, Literal):
                borders = [*self.border.finditer(node.text)]
                if borders:
                    at = borders[-1].start() if borders[-1][0] == self.start else len(node.text)
                    if at == len(node.text):
                        break
                    return [*found[:place], Literal(node.text[:at])], [Literal(node.text[at:]), *found[place + 1 :]]
            elif isinstance(node, (Choice, Nested, Integers)):
                break
            opening.append(node)
        return found, []

    def _inside(self, layout: Layout, states: set[bool]) -> set[bool]:
        """Whether a place is inside of a token, behind a layout, from whether it is before it."""
        for node in layout:
            if isinstance(node, Literal):
                borders = self.border.findall(node.text)
                states = {borders[-1] == self.start} if borders else states
            elif isinstance(node, Choice):
                states = {state for branch in node.branches for state in self._inside(branch, states)}
            elif isinstance(node, (Nested, Integers)) and True in states:
                raise Unseparated
        return states

    # Steps

    def _planned(self, layout: Layout) -> list[Planned]:
        """The steps of a layout; what can be made together is one step.

        Raises:
            Unseparated: text may stand beside text.
        """
        steps: list[Planned] = []
        for step in self._steps(layout):
            both = together(steps[-1].step, step.step) if steps else None
            if both is not None:
                steps[-1] = steps[-1].joined(step, both)
            elif "text" in _edges(steps).end and "text" in step.edges.start:
                steps = self._merged(steps, step)
            else:
                steps.append(step)
        return steps

    def _merged(self, steps: list[Planned], last: Planned) -> list[Planned]:
        """The steps, with those that may end with text and one that may start with text as one."""
        if not self.merges:
            raise Unseparated
        while "text" in _edges(steps).end:
            step = steps.pop()
            if any(map(has_lists, (*step.body, *last.body))):
                raise Unseparated
            last = step.joined(last, as_keyed(joined([*step.body, *last.body])))
        return [*steps, last]

    def _steps(self, layout: Layout) -> Iterable[Planned]:
        """Tokens, what stands between them, choices and lists."""
        text: list[Node] = []
        token: list[Node] = []
        for node in layout:
            if isinstance(node, Literal):
                rest = node.text
                while border := self.border.search(rest):
                    before, rest = rest[: border.start()], rest[border.end() :]
                    if border[0] == self.start:
                        text += [*token, Literal(before)]  # a token that starts anew was none
                        token = [Literal(self.start)]
                    elif token:
                        yield from self._text(text)
                        yield self._token(joined([*token, Literal(before + self.stop)]))
                        text, token = [], []
                    else:
                        text.append(Literal(before + self.stop))
                (token or text).append(Literal(rest))
            elif not isinstance(node, (Choice, Nested, Integers)):
                (token or text).append(node)
            elif token:
                self._refuse()
            else:
                yield from self._text(text)
                text = []
                yield self._choice(node) if isinstance(node, Choice) else self._list(node)
        if token:
            self._refuse()
        yield from self._text(text)

    def _refuse(self) -> NoReturn:
        raise Unseparated

    def _token(self, layout: Layout) -> Planned:
        """The step of a token of the pack; a token that is one for some values only may count as text."""
        if len(layout) == 1 and isinstance(layout[0], Literal):
            text = layout[0].text
            return Planned(Fixed(text), _TOKEN if text in self.splitter.tokens else _TEXT, layout)
        match layout:
            case (Literal(before), Slot() as slot, Literal(after)) if is_integer(slot) and slot.bits:
                tokens = [f"{before}{value}{after}" for value in range(1 << slot.bits)]
                is_token = self.splitter.tokens.issuperset(tokens)
                if is_token or not self.expects_tokens:
                    return Planned(Filled(slot, before, after), _TOKEN if is_token else _TEXT, layout)
        return Planned(as_keyed(layout), _TOKEN, layout)  # the emitter looks at what it makes of it

    def _text(self, text: list[Node]) -> Iterable[Planned]:
        """The step of what stands between tokens, if anything does."""
        layout = joined(text)
        before, rest = (layout[0].text, layout[1:]) if layout and isinstance(layout[0], Literal) else ("", layout)
        match rest:
            case ():
                if before:
                    yield Planned(Fixed(before), _TEXT, layout)
            case (Slot() as slot,) if is_integer(slot) and not before:
                yield Planned(Filled(slot), _TEXT, layout)
            case (Slot() as slot,) if not is_integer(slot):
                yield Planned(Filled(slot, before), _TEXT if before else _MAY_BE_EMPTY, layout)
            case (Slot() as slot, Literal(after)) if not is_integer(slot):
                yield Planned(Filled(slot, before, after), _TEXT, layout)
            case _:
                yield Planned(as_keyed(layout), _MAY_BE_EMPTY, layout)

    def _choice(self, choice: Choice) -> Planned:
        branches = [self._planned(branch) for branch in choice.branches]
        edges = _edges(branches[0])
        for branch in branches[1:]:
            edges = edges.beside(_edges(branch))
        step = as_keyed((choice,)) if decides_little(choice) else as_switch(choice, tuple(map(_plan, branches)))
        return Planned(step, edges, (choice,))

    def _list(self, node: Nested | Integers) -> Planned:
        is_separated = all(is_token for _, is_token in self.splitter.split(node.separator))
        if isinstance(node, Integers):
            is_plain = node.separator and is_separated
            step = node if is_plain else Filled(Slot(node.path, f"{JOIN}{node.separator}"))
            return Planned(step, _MAY_BE_EMPTY, (node,))
        if not is_separated:
            raise Unseparated
        return Planned(node, Edges(_TOKEN.start | _NOTHING, _ANY), (node,))


def _edges(steps: list[Planned]) -> Edges:
    """The edges of steps, one behind the other."""
    whole = _EMPTY
    for step in steps:
        whole = whole.before(step.edges)
    return whole


def _plan(steps: list[Planned]) -> Plan:
    return tuple([step.step for step in steps])
