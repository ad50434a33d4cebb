"""Functions read without loops and conditionals: each jump is a goto, each test an if around one.

luac makes of a goto and a label what it makes of the jumps of a loop or an if: both are a JMP, patched to where the
label is (lparser.c: gotostat, labelstat; lcode.c: luaK_patchtohere). So this form compiles to the same bytecode however
loops, breaks and gotos are nested. What remains of the structure are loops with ``for``, where variables end, and
conditions that decide and that no goto has in their sense.

Reading is a search. What can follow between two statements depends on the pc and the number of active variables, and
hardly on what was read before. So each statement is read in all ways, until one of them leads to the end; a state from
which none does is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterator

from aidec.decompiler.facts import Unreadable
from aidec.decompiler.paths import Back, Frame, Inside, Path, State, Step, Tree, Way, birth, is_border
from aidec.decompiler.reader import put_ladders
from aidec.decompiler.values import Choice
from aidec.decompiler.ways import Ways
from aidec.lua.nodes import Block

FLAT = "flat"
"""The choice to read so."""

MAX_BACK = 200
"""How often it is found at most that variables ended before a label."""

Key = tuple[int, int, Inside, int, tuple[int, ...], tuple[int, ...], frozenset[tuple[int, int]]]
"""The pc of a state, its numbers of active variables and of values carried, with its block between; the registers of
variables that end with the one below, and that are captured; and what gotos to come allow."""


class FlatReader(Ways):
    """Reads a function with gotos.

    Attributes:
        given: the choices of the whole reading.
        limits: how many variables can be active at a place.
        num_back: how often such a limit was found.
        failed: the states from which no way leads to the end.
    """

    def read(self) -> Block:
        """The statements of the function."""
        self.given = self.choices
        self.begin()
        path = self.search() or self.search(with_late=True) or self.search(with_late=True, may_part=True)
        if path is None:
            raise Unreadable(self.problem[1])
        self.labels = {}
        self.parts = []
        for state, step, after in path:
            if step.jump is not None:
                pc, place = step.jump
                self.labels[place] = self.labels.get(place, frozenset()) | {pc}
            if step.number >= 0:
                self.parts.append((choice_of(state, step.number), state.pc, after.pc))
        tree = Tree(self.code, self.labels, self.places, self.made_block)
        block = tree.built(path, self.code.size - 1)
        self.put_labels(block)
        put_ladders(block)
        return block

    # The search

    def search(self, *, with_late: bool = False, may_part: bool = False) -> Path | None:
        """A way through the function; None if there is none.

        Args:
            with_late: take ways that are less likely, too.
            may_part: gotos back to one place can have two labels there.
        """
        self.with_late, self.may_part = with_late, may_part
        self.scope_at = {}
        self.limits: dict[int, int] = {}
        self.num_back = 0
        self.frames = []
        self.failed: set[Key] = set()
        end, number = self.code.size - 1, self.proto.num_params
        scope = tuple([birth(-1, register) for register in range(number)])
        state = State(0, scope, self.inside_of(end, end, (number, number, number)))
        frames = self.frames
        while state.pc != end or state.inside.around is not None:
            frames.append(Frame(state, self.ways(state)))
            found = None
            while found is None:
                if not frames:
                    return None
                found = self.next_state(frames)
            state = found
        states = [*[frame.state for frame in frames], state]
        steps = [frame.step for frame in frames]
        return [(states[n], step, states[n + 1]) for n, step in enumerate(steps) if step is not None]

    def next_state(self, frames: list[Frame]) -> State | None:
        """Where the next way on from the last state leads; None if there is none, and the state is left."""
        frame = frames[-1]
        try:
            for step, state in frame.ways:
                if self.key_of(state) not in self.failed:
                    frame.step = step
                    return state
        except Back as back:
            self.limits[back.place] = back.number
            self.num_back += 1
            while frames[-1].state.pc > back.place or (len(frames) > 1 and frames[-2].state.pc == back.place):
                frames.pop()
            if self.num_back > MAX_BACK:
                frames.clear()
                return None
            frames[-1].ways = self.ways(frames[-1].state)
            return None
        self.failed.add(self.key_of(frame.state))
        frames.pop()
        return None

    def key_of(self, state: State) -> Key:
        """What decides whether a way leads from a state to the end."""
        scope = state.scope
        joined = [register for register in range(1, len(scope)) if scope[register] == scope[register - 1]]
        captured = [r for r in self.code.captures if r < len(scope) and self.was_captured(state, r)]
        gotos = frozenset(state.pending.items())
        return state.pc, len(scope), state.inside, len(state.carried), tuple(joined), tuple(captured), gotos

    def ways(self, state: State) -> Iterator[Way]:
        """The ways on from a state, the likeliest first."""
        pc, inside, active = state.pc, state.inside, len(state.scope)
        self.reached = max(self.reached, pc)
        self.spend()
        if pc >= inside.end:
            yield from self.close(state)
            return
        limit = self.limit(state)
        if limit < active and not self.code.is_closing(pc):
            yield from self.ends(state, [limit])
            return
        self.scope_at[pc] = state.scope
        late: list[Way] = []
        for number, (step, after) in enumerate(self.statements_at(state)):
            step.number = number
            if choice_of(state, number) in self.given:
                continue
            if not step.is_late and not self.code.is_inside[after.pc]:
                yield step, after
            elif self.with_late:
                late.append((step, after))
        yield from self.ends(state, list(range(active - 1, inside.base - 1, -1)))
        yield from late
        if self.with_late:
            yield from self.nils_again(state)

    def limit(self, state: State) -> int:
        """How many variables can be active: those that are at all gotos to here, which jump into no scope."""
        return min(self.limits.get(state.pc, 256), state.pending.get(state.pc, 256))

    def ends(self, state: State, levels: list[int]) -> Iterator[Way]:
        """The end of local variables from the first of some registers on that can be; captured ones end at a jump."""
        pc, scope, inside, carried = state[:4]
        lowest = len(scope)
        for level in levels:
            if level < inside.base or carried:
                return
            if any(self.was_captured(state, register) for register in range(level, lowest)):
                return
            lowest = level
            if is_border(scope, level):
                yield Step("end"), state.on(pc, scope[:level])
                return  # where fewer are active is a way on from there

    def close(self, state: State) -> Iterator[Way]:
        """The end of a block: all that was captured in it was closed."""
        pc, scope, inside, carried = state[:4]
        if pc > inside.end or carried or inside.is_repeat or inside.around is None:
            return
        if not any(self.was_captured(state, register) for register in range(inside.floor, len(scope))):
            yield Step("close"), state.on(inside.behind, scope[: inside.outside], inside.around)


def choice_of(state: State, number: int) -> Choice:
    """The choice not to take a way on from a state."""
    return ("other way", state.pc, len(state.scope), number)
