"""Assignments of several values (lparser.c: assignment)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from aidec.decompiler.code import BITRK, STORES
from aidec.decompiler.registers import Registers
from aidec.decompiler.values import METHOD, OPEN, RECEIVER, Reading, Stack, Statements, Value, cut
from aidec.lua.nodes import Assign, Expression, Index, Name, Nil

MAX_STORES = 250
"""How many targets a multiple assignment has at most; luac's nesting allows fewer (llimits.h: LUAI_MAXCCALLS)."""


@dataclass(slots=True)
class Store:
    """A store of a multiple assignment.

    Attributes:
        pc: where it is; -1 for the first, which a value of tests made.
        register: its operand A.
        prefixes: the registers that are parts of its target.
    """

    pc: int
    register: int
    prefixes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Stores:
    """The stores of a multiple assignment, the last target first.

    Attributes:
        stores: those found.
        values: the values that they store.
        prefixes: the registers that are parts of targets.
        left: the registers that were not used yet.
        wanted: the register that the next store takes its value from.
        has_own: whether the last target is a local variable that gets its own value, which emits nothing.
    """

    stores: list[Store]
    values: Stack
    prefixes: set[int]
    left: set[int]
    wanted: int
    has_own: bool = False


class MultipleAssignments(Registers):
    """Reads assignments of several values."""

    def multiple_assignment(self, reading: Reading, first: tuple[int, Value, int] | None = None) -> Statements | None:
        """The assignment of several values, whose stores begin here and use up the stack; None if it is none.

        lparser.c: assignment evaluates the targets from the left to the right, then the values, and stores the last
        value first.

        Args:
            reading: where reading is.
            first: the register of a local variable, its value, and the pc behind it: what was stored first.
        """
        if "no multiple assignment" in self.choices:
            return None
        may_be_many = first is None and (self.scopes is not None or "excess" in self.choices)
        num_excess = range(len(reading.stack) if may_be_many else 1)
        made = (self.assignment(reading, first, number) for number in num_excess)
        return next((statements for statements in made if statements is not None), None)

    def assignment(self, reading: Reading, first: tuple[int, Value, int] | None, num_excess: int) -> Statements | None:
        """The assignment of several values, of which so many at the end have no target."""
        whole = reading.stack
        kept = len(whole) - num_excess
        stack, excess = whole[:kept], whole[kept:]
        reading = replace(reading, stack=stack)
        if any(self.is_no_operand(value) for value in [*stack, *excess[:-1]]):
            return None
        found = self.stores(reading, first, is_exact=not excess)
        if found is None or not self.is_in_order(reading, found, first):
            return None
        registers = [value.register for value in found.values if value.register >= reading.active]
        if found.prefixes and min(registers, default=999) < max(found.prefixes):
            return None
        self.check_copies(reading, found)
        for value in whole:
            self.complete(value)
        targets = [self.target(store, reading) for store in reversed(found.stores)]
        values = [*([first[1]] if first is not None else []), *found.values][::-1]
        own = self.own_target(found, reading.active)
        targets += [Name(self.variable(register)) for register in own]
        values += map(self.known, own)
        nodes = self.assigned_values(values)
        if nodes is None or len(own) < found.has_own:
            return None
        if excess:
            nodes += self.listed_values(excess)
        elif first is None and self.is_loaded_nil(values[-1]):  # luac's own (lcode.c: luaK_nil)
            while len(nodes) > 1 and isinstance(nodes[-1], Nil):
                nodes.pop()
            nodes[-1] = cut(nodes[-1])
        return [Assign(targets, nodes)], found.stores[-1].pc + 1, reading.active

    def is_loaded_nil(self, value: Value) -> bool:
        """Whether a value is nil that is no constant, which an operand can be."""
        return isinstance(value.node, Nil) and value.pc >= 0 and self.code.op[int(value.pc)] == "LOADNIL"

    def own_target(self, found: Stores, active: int) -> list[int]:
        """The register of the last target, if that gets its own value; empty if no variable can be it."""
        if not found.has_own:
            return []
        stored = self.local_targets(found)
        return [register for register in reversed(range(active)) if register not in stored][:1]

    def local_targets(self, found: Stores) -> set[int]:
        """The registers of the local variables that are targets."""
        return {store.register for store in found.stores if store.pc < 0 or self.code.op[store.pc] == "MOVE"}

    @staticmethod
    def listed_values(values: Stack) -> list[Expression]:
        """The expressions of values at the end of a list."""
        nodes = [value.node for value in values]
        return nodes if values[-1].kind == OPEN else [*nodes[:-1], cut(nodes[-1])]

    def is_no_operand(self, value: Value) -> bool:
        """Whether a value can be no part of a multiple assignment."""
        return (
            value.test is not None
            or not self.is_complete(value)
            or value.kind in (OPEN, METHOD, RECEIVER)
            or (value.pc, value.register) in self.facts.locals
        )

    def stores(self, reading: Reading, first: tuple[int, Value, int] | None, *, is_exact: bool) -> Stores | None:
        """The stores of a multiple assignment; None if there is none.

        Args:
            reading: where reading is.
            first: as above.
            is_exact: there are as many values as targets, so that the last value is not in a register of its own.
        """
        code, stack = self.code, reading.stack
        found = Stores([], [], set(), {value.register for value in stack}, stack[-1].register)
        place = reading.pc
        if first is not None:
            found.stores.append(Store(-1, first[0]))
            place = first[2]
        while found.left:
            is_target = place in code.targets and place != reading.pc
            is_end = place >= code.size or is_target or len(found.stores) > MAX_STORES
            if is_end or not self.add(found, place, reading, is_exact=is_exact):
                if len(found.stores) + found.has_own > 1:
                    self.must_be_below(found, stack)
                return None
            place += 1
        return found if len(found.stores) > is_exact or found.has_own else None

    def add(self, found: Stores, place: int, reading: Reading, *, is_exact: bool) -> bool:
        """Add the store at a place to those of a multiple assignment; False if it is none of it."""
        code, active = self.code, reading.active
        op, a, b, c = code.op[place], code.a[place], code.b[place], code.c[place]
        by_register = {value.register: value for value in reading.stack}
        if op == "MOVE" and found.stores and active <= a < b == found.wanted and a in found.left:
            self.must_be_local(by_register[a], "overwritten by a multiple assignment")
        is_store = op in STORES or (op == "MOVE" and a < active)
        if len(found.stores) > is_exact and not is_store:
            self.must_be_below(found, reading.stack)
        if not is_store:
            return False
        operand = {"SETTABLE": c, "SETTABUP": c, "SETUPVAL": a, "MOVE": b}[op]
        if active <= operand < BITRK:
            value = by_register.get(operand)
            if operand != found.wanted or operand in found.prefixes or value is None:
                return False
            if is_exact and not found.stores and self.would_not_be_moved(value, op):
                if self.scopes is None and not self.was_named_early(place, reading):  # it is read as a local variable
                    return False
                found.has_own = True
            found.wanted -= 1
            found.left.discard(operand)
            found.values.append(value)
        elif found.stores:
            return False
        else:
            found.values.append(self.known(operand))
        parts = [part for part in {"SETTABLE": [a, b], "SETTABUP": [b]}.get(op, []) if active <= part < BITRK]
        if not self.are_free(parts, found, by_register):
            return False
        found.prefixes.update(parts)
        found.left.difference_update(parts)
        found.stores.append(Store(place, a, sorted(parts)))
        return True

    def was_named_early(self, place: int, reading: Reading) -> bool:
        """Whether the key of a store is a constant that was named before a value of the statement."""
        code = self.code
        is_field = code.op[place] in ("SETTABLE", "SETTABUP") and code.b[place] >= BITRK
        return is_field and code.was_early(code.b[place] - BITRK, reading.start, place)

    def are_free(self, parts: list[int], found: Stores, by_register: dict[int, Value]) -> bool:
        """Whether registers can be parts of one more target; a copy can be that of several.

        Raises:
            Fact: a register that is no copy is a part of this target, or above it, and of one that was named later,
                so that it is a local variable.
        """
        if not found.left.union(found.prefixes).issuperset(parts):
            return False
        own = [part for part in parts if not self.is_copy(by_register[part], found)]
        prefixes = [part for store in found.stores for part in store.prefixes]
        later = [part for part in prefixes if not self.is_copy(by_register[part], found)]
        if own and later and self.scopes is None and max(own) >= min(later):
            self.must_be_local(by_register[min(later)], "a part of two targets, or of one below another")
        return found.left.issuperset(own) and len(set(own)) == len(own)

    def must_be_below(self, found: Stores, stack: Stack) -> None:
        """Values that are left below all that a multiple assignment used are local variables: raises the fact."""
        below = max(found.left)
        if all(below <= value.register for value in stack if value.register not in found.left):
            value = next(value for value in stack if value.register == below)
            self.must_be_local(value, "under a multiple assignment")

    def check_copies(self, reading: Reading, found: Stores) -> None:
        """A copy in a target is a local variable if the assignment does not set what it copies.

        Where it does, luac copies it by itself (lparser.c: check_conflict).
        """
        code = self.code
        assigned = self.local_targets(found)
        for value in reading.stack:
            is_prefix = isinstance(value.pc, int) and value.register in found.prefixes
            if is_prefix and code.op[int(value.pc)] == "MOVE" and code.b[int(value.pc)] not in assigned:
                self.must_be_local(value, "moved operand")

    def is_copy(self, value: Value, found: Stores) -> bool:
        """Whether a value is the copy of a local variable, or of an upvalue that a later target sets."""
        code, pc = self.code, value.pc
        if not isinstance(pc, int):
            return False
        if code.op[pc] != "GETUPVAL":
            return code.op[pc] == "MOVE"
        places = [store.pc for store in found.stores if store.pc >= 0]
        return any(code.op[place] == "SETUPVAL" and code.b[place] == code.b[pc] for place in places)

    def would_not_be_moved(self, value: Value, op: str) -> bool:
        """Whether luac would have stored the last value without a register of its own."""
        if value.group is not None or not isinstance(value.pc, int):
            return False
        code, made = self.code, self.code.op[value.pc]
        if made == "MOVE":
            return True
        if op in ("SETTABLE", "SETTABUP"):
            is_constant = made == "LOADK" and code.bx[value.pc] < BITRK
            if is_constant or (made == "LOADBOOL" and not code.c[value.pc]):
                return True
        return op == "MOVE" and made not in ("CALL", "NEWTABLE", "CLOSURE", "LOADNIL")

    def is_in_order(self, reading: Reading, found: Stores, first: tuple[int, Value, int] | None) -> bool:
        """Whether new constants and upvalues came in the order in which a multiple assignment uses them."""
        code, stack, start = self.code, reading.stack, reading.start
        stores, prefixes = found.stores, found.prefixes
        first_store = first[2] if first is not None else stores[0].pc
        ends = [start - 1, *[int(value.pc) for value in stack]]
        numbers = {value.register: number for number, value in enumerate(stack)}

        def made_by(place: int) -> list[int]:
            number = numbers[place]
            return [k for p in range(ends[number] + 1, ends[number + 1] + 1) for k in code.constants_used(p)]

        of_targets: list[int] = []
        for store in reversed(stores):
            for place in store.prefixes:
                of_targets += sorted(made_by(place))  # a constant on the left is used last
            if store.pc >= 0 and code.op[store.pc] in ("SETTABLE", "SETTABUP") and code.b[store.pc] >= BITRK:
                of_targets.append(code.b[store.pc] - BITRK)
        newest = code.newest_constant[start]
        dropped = {number for number, _ in code.dropped_strings(with_used=False)}
        for constant in of_targets:
            if missing := set(range(newest + 1, constant)) - dropped:
                early = [v for v in stack if v.register in prefixes and missing.intersection(made_by(v.register))]
                if early and self.scopes is None:
                    self.must_be_local(early[0], "named before the first target")
                return False
            newest = max(newest, constant)
        of_values = [k for value in stack if value.register not in prefixes for k in made_by(value.register)]
        of_values += [k for p in range(int(stack[-1].pc) + 1, first_store) for k in code.constants_used(p)]
        if any(code.newest_constant[start] < k < newest for k in of_values if k not in of_targets):
            return False
        newest_upvalue = code.newest_upvalue[start]
        used = [u for s in reversed(stores) if s.pc >= 0 for u in code.upvalues_used(s.pc)]
        targets = list(dict.fromkeys(u for u in used if u > newest_upvalue))
        if not targets or prefixes:
            return True
        values = [u for p in range(start, first_store) for u in code.upvalues_used(p) if u > newest_upvalue]
        return targets == sorted(targets) and not (values and min(values) < max(targets) and min(values) not in targets)

    def target(self, store: Store, reading: Reading) -> Name | Index:
        """The target of a store."""
        code, pc = self.code, store.pc
        if pc < 0 or code.op[pc] == "MOVE":
            return Name(self.variable(store.register))
        if code.op[pc] == "SETUPVAL":
            return Name(self.upvalues[code.b[pc]])
        key = self.operand(code.b[pc], reading)
        if code.op[pc] == "SETTABUP":
            return self.index_upvalue(code.a[pc], key)
        return Index(self.operand(code.a[pc], reading).node, key.node)

    @staticmethod
    def assigned_values(values: Stack) -> list[Expression] | None:
        """The expressions of a multiple assignment; None if several results do not stand at its end."""
        nodes: list[Expression] = []
        for index, value in enumerate(values):
            nodes.append(value.node)
            if value.group is not None:
                rest = values[index:]
                same = all(other.group == value.group for other in rest)
                return nodes if same and len(rest) == value.group[1] else None
        return nodes
