"""Whether two functions do the same, though their instructions differ: in unused constants, dead code, jumps to jumps.

Both are walked at once, from their first instructions on. Wherever both do the same with the same registers and
constants, and go on to places of which that holds as well, they can't be told apart by running them.
"""

from __future__ import annotations

from aidec.bytecode import Proto
from aidec.bytecode.model import exact
from aidec.decompiler.code import BITRK, Code
from aidec.decompiler.opcodes import EFFECTS, Place


def behaves_alike(ours: Proto, theirs: Proto, upvalues: list[str]) -> bool:
    """Whether two functions do the same step by step; False also where that can't be seen in this way.

    Args:
        ours: a function with debug information, which says what its upvalues are.
        theirs: another one.
        upvalues: what the upvalues of the other one are.
    """
    if (ours.num_params, bool(ours.is_vararg)) != (theirs.num_params, bool(theirs.is_vararg)):
        return False
    names = [(upvalue.name or b"").decode("latin-1") for upvalue in ours.upvalues]
    walks = _Walk(ours, names), _Walk(theirs, upvalues)
    seen: set[tuple[int, int]] = set()
    waiting = [(0, 0)]
    try:
        while waiting:
            pair = walks[0].followed(waiting[-1][0]), walks[1].followed(waiting.pop()[1])
            if pair in seen:
                continue
            seen.add(pair)
            one, other = (walk.step(pc) for walk, pc in zip(walks, pair, strict=True))
            if one[0] != other[0] or min([0, *one[1], *other[1]]) < 0:
                return False
            waiting += zip(one[1], other[1], strict=True)
    except LookupError:  # operands that lead nowhere, in what luac did not write
        return False
    return True


class _Walk:
    """What a function does, place by place."""

    def __init__(self, proto: Proto, upvalues: list[str]) -> None:
        self.proto, self.upvalues = proto, upvalues
        self.code = Code(proto)

    def followed(self, pc: int) -> int:
        """The place that jumps from a place on lead to, if they close nothing."""
        code = self.code
        for _ in range(code.size):
            if code.op[pc] != "JMP" or code.a[pc] > 0 or code.target[pc] < 0:
                break
            pc = code.target[pc]
        return pc

    def step(self, pc: int) -> tuple[object, list[int]]:
        """What an instruction does, and where it goes on.

        Raises:
            LookupError: its operands lead nowhere.
        """
        code, effect = self.code, EFFECTS[self.code.op[pc]]
        operands = {name: getattr(code, name)[pc] for name in ("a", "b", "c")}
        means = [self.meaning(place, pc) for place in (*effect.uses, *effect.writes)]
        if effect.test:
            jump = pc + 1
            ways = [jump + 1 + code.sbx[jump], pc + 2]
            when = operands[effect.when] if effect.operator else int(operands[effect.when] > 0)
            if when == 0 and code.a[jump] == 0 and not effect.writes:
                when, ways = 1, ways[::-1]
            return (effect.name, means, when, code.a[jump]), ways
        ways = [] if effect.next == "return" else [pc + 1]
        if effect.next in ("jump", "either"):
            ways = [code.target[pc], *([pc + 1] if effect.next == "either" else [])]
            return (effect.name, operands["a"]), ways
        if effect.skips:
            ways = [pc + 2] if operands[effect.skips] else [pc + 1]
            return (effect.name, means, bool(code.b[pc])), ways
        if effect.word == "always" or (effect.word and operands["c"] == 0):
            word = self.proto.code[pc + 1] >> 6
            return (effect.name, means, operands if effect.name == "SETLIST" else (), word), [pc + 2]
        is_plain = all(place.last is None for place in (*effect.uses, *effect.writes))
        return (effect.name, means, () if is_plain else operands), ways

    def meaning(self, place: Place, pc: int) -> object:
        """What a place is, however it is numbered."""
        if place.first.operands == ("ax",):
            number = self.proto.code[pc + 1] >> 6
        else:
            number = place.first.number + sum(getattr(self.code, name)[pc] for name in place.first.operands)
        if place.kind == "K" or (place.kind == "RK" and number >= BITRK):
            return exact(self.proto.constants[number - BITRK * (place.kind == "RK")])
        if place.kind == "U":
            return self.upvalues[number]
        if place.kind == "P":
            inside = self.proto.protos[number]
            return number, [
                (upvalue.in_stack, upvalue.index if upvalue.in_stack else self.upvalues[upvalue.index])
                for upvalue in inside.upvalues
            ]
        return number
