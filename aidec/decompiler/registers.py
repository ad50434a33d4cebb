"""The registers of a function: what luac put there, and what of it is a local variable.

lcode.c puts a value into a register of its own only where it must (exp2reg, exp2RK, exp2nextreg), and takes values from
the top of a stack. A value that breaks this is a local variable.
"""

from __future__ import annotations

import math
from typing import NoReturn

from aidec.bytecode import Proto
from aidec.decompiler.code import BITRK, Code
from aidec.decompiler.debug_info import scopes_of
from aidec.decompiler.facts import Fact, Facts, Unreadable
from aidec.decompiler.values import PLAIN, RECEIVER, Choice, Part, Reading, Stack, Value, is_global_name
from aidec.lua.nodes import Block, Boolean, Expression, FunctionBody, Index, Name, Nil, String, Variable
from aidec.lua.tree import literal

FIXED = ("CALL", "NEWTABLE", "CLOSURE", "SELF")
"""Opcodes whose result is in a register of its own, so that a MOVE takes it into a local variable."""


NO_DEBUG = "no debug information"
"""The choice not to use the debug information."""


Noted = tuple[dict[int, tuple[float, int]], dict[int, frozenset[int]], set[int]]
"""What is noted while a part is read, and forgotten if it can't be read: ``last_made``, ``labels``, ``opened``."""


class Registers:
    """The registers, as far as a function was read.

    Attributes:
        facts: what is known of local variables.
        scopes: where they begin and end by the debug information; None without it.
        choices: the readings that are taken in place of likelier ones.
        bodies: the bodies of the functions inside, still empty, by their index, each with the names of its upvalues.
        last_made: for a register the pc where its value was made, and that of the statement.
        history: for a register all places where its values were made.
        labels: the places of labels, each with those of its gotos.
        reached: the last statement that was read, by its pc.
        behind_dead: the operand of the instruction that is read which has tests before it that decide nothing, and
            the expression of both; None if there is none.
    """

    def __init__(
        self, proto: Proto, prefix: str, upvalues: list[str], facts: Facts, choices: frozenset[Choice] = frozenset()
    ) -> None:
        self.proto, self.prefix, self.upvalues, self.facts, self.choices = proto, prefix, upvalues, facts, choices
        self.scopes = None if NO_DEBUG in choices else scopes_of(proto)
        if self.scopes is not None:
            for pc, register in self.scopes.ends.items():
                facts.end(pc, register)
        self.code = Code(proto)
        self.bodies: dict[int, tuple[FunctionBody, list[str]]] = {}
        self.steps_left = min(10_000 + 100 * self.code.size, 200_000 + 30 * self.code.size)
        self.begin()

    def begin(self) -> None:
        """Forget what was read; the facts stay."""
        self.last_made: dict[int, tuple[float, int]] = dict.fromkeys(range(self.proto.num_params), (-1, -1))
        self.history: dict[int, set[float]] = {}
        self.declared: dict[int, list[tuple[float, int]]] = {}
        self.carried: dict[int, Stack] = {}
        self.carried_to = -1
        self.labels: dict[int, frozenset[int]] = {}
        self.opened: set[int] = set()
        self.places: dict[Block, list[int]] = {}
        self.reached = 0
        self.behind_dead: tuple[int, Expression] | None = None
        self.start = 0
        self.parts: list[Part] = []

    def spend(self) -> None:
        """Count a step.

        Raises:
            Unreadable: there were too many.
        """
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Unreadable("too many steps")

    def noted(self) -> Noted:
        """What was noted so far."""
        return dict(self.last_made), dict(self.labels), set(self.opened)

    def forget(self, noted: Noted) -> None:
        """Forget what was noted since ``noted``."""
        self.last_made, self.labels, self.opened = dict(noted[0]), dict(noted[1]), set(noted[2])

    def variable(self, register: int) -> str:
        """The name of the local variable in a register."""
        return f"{self.prefix}_{register}"

    def variables(self, first: int, number: int) -> list[Variable]:
        """Declarations of the local variables in so many registers."""
        return [Variable(self.variable(register)) for register in range(first, first + number)]

    def is_declared(self, reading: Reading) -> bool:
        """Whether one of the values is a local variable."""
        if self.scopes is not None:
            return bool(reading.stack and self.scopes.starting(reading.pc, reading.active))
        known = self.facts.locals
        stack = reading.stack
        if not stack or self.facts.newest < stack[0].pc:  # a chain of tests can have thousands of values
            return False
        return any((value.pc, value.register) in known and self.is_complete(value) for value in stack)

    def is_complete(self, value: Value) -> bool:
        """Whether a table constructor has all its fields; True for any other value."""
        constructor = value.constructor
        if constructor is None:
            return True
        return constructor.is_complete and constructor.last_list >= self.facts.tables.get(int(value.pc), -1)

    def must_be_local(self, value: Value, why: str = "a value that was not used") -> None:
        """A value is a local variable: raises the fact."""
        if value.test is not None:
            raise Unreadable("an open test would be a local variable")
        raise Fact("local", value.pc, value.register, why)

    def was_local(self, register: int, why: str, *, sure: bool = False) -> None:
        """What is in a register, which is no value any more, is a local variable."""
        made = self.last_made.get(register)
        if made is None:
            raise Unreadable("a register without a value")
        pc, start = made
        if not sure and start >= 0:
            end = self.first_end(pc, register)
            if end > start and (pc, register) not in self.facts.locals and self.facts.num_moved < 200:
                raise Fact("earlier", start, register, why, moved=end)
        if (pc, register) in self.facts.locals:
            others = [
                place
                for place in self.history.get(register, ())
                if 0 <= place < pc and (place, register) not in self.facts.locals
            ]
            if not others:
                raise Unreadable(f"register {register} is a local variable already: {why}")
            raise Fact("local", max(others), register, why, sure, instead_of=(pc, register))
        raise Fact("local", pc, register, why, sure)

    def first_end(self, pc: float, register: int) -> int:
        """The first place after a pc where a local variable in a register ends; -1 for none."""
        ends = self.facts.ends
        places = range(math.floor(pc) + 1, max(self.facts.last_end, self.start) + 1)
        return next((place for place in places if ends.get(place, 256) <= register), -1)

    def must_have_ended(self, register: int) -> None:
        """Local variables from ``register`` on ended before the statement that made what is there."""
        made = self.last_made.get(register)
        if made is None or made[0] == -1:
            raise Unreadable("a parameter ends")
        raise Fact("end", made[1], register, "values below the local variables")

    def must_end(self, register: int, reading: Reading, why: str) -> NoReturn:
        """Local variables from ``register`` on end before the statement that is read: raises the fact."""
        values = [value for value in reading.stack if not value.test]
        if values:
            self.must_be_local(values[-1], "a value before variables end")
        raise Fact("end", reading.start, register, why)

    def made(self, register: int, pc: float, start: int) -> None:
        """Note that a value was made in a register."""
        self.last_made[register] = (pc, start)
        self.history.setdefault(register, set()).add(pc)

    def free_register(self, reading: Reading) -> int:
        """The first register that is free (lparser.c: freereg)."""
        stack = reading.stack
        if not stack:
            return reading.active
        return stack[-1].register + (0 if stack[-1].test else 1)

    def constant(self, index: int) -> Value:
        """A constant."""
        return Value(literal(self.proto.constants[index]), PLAIN, index)

    def complete(self, value: Value) -> None:
        """Close the constructor of a value.

        Raises:
            Unreadable: there are fields to come.
        """
        if value.constructor is not None:
            if not value.constructor.is_complete:
                raise Unreadable("a constructor without all its fields")
            value.constructor = None

    def take(
        self,
        operands: list[int],
        result: int | None,
        reading: Reading,
        rks: tuple[int, ...] = (),
        moved: str = "",
    ) -> list[Value]:
        """The values of the operands of an instruction; those that are no local variables are the top of the stack.

        Args:
            operands: registers and RKs.
            result: the register of the result; None if there is none.
            reading: where reading is.
            rks: the operands that could have been constants.
            moved: ``move`` for the operand of MOVE, ``concat`` for those of CONCAT.

        Raises:
            Fact: one of them must be a local variable.
        """
        stack, active = reading.stack, reading.active
        taken = sorted(operand for operand in operands if active <= operand < BITRK)
        if result is not None and result >= active:
            for register in taken:
                if register < result:
                    self.was_local(register, "operand below result")
        if len(set(taken)) != len(taken):
            self.was_local(taken[0], "operand twice")
        values: dict[int, Value] = {}
        for register in reversed(taken):
            if not stack or stack[-1].test or stack[-1].register != register:
                for value in stack:
                    if not value.test and value.register == register:
                        self.must_be_local(value, "not top")
                self.was_local(register, "operand not pending")
            value = stack.pop()
            self.check_operand(value, moved, could_be_constant=register in rks)
            self.complete(value)
            values[register] = value
        found = [values[operand] if operand in values else self.known(operand) for operand in operands]
        if self.behind_dead is not None:
            operand, node = self.behind_dead
            found[max(place for place, other in enumerate(operands) if other == operand)] = Value(node)
        return found

    def known(self, operand: int) -> Value:
        """The value of a constant or a local variable."""
        return self.constant(operand - BITRK) if operand >= BITRK else Value(Name(self.variable(operand)))

    def check_operand(self, value: Value, moved: str, *, could_be_constant: bool) -> None:
        """A value that luac would not have put in a register of its own is a local variable."""
        if value.group is not None and value.group[1] > 1:
            self.must_be_local(value, "one of several results")
        if isinstance(value.pc, int) and value.pc >= 0:
            op = self.code.op[value.pc]
            if op == "MOVE" and moved != "concat":
                self.must_be_local(value, "moved operand")
            fits = op == "LOADK" and self.code.bx[value.pc] < BITRK
            fits = fits or (op in ("LOADNIL", "LOADBOOL") and not self.is_beyond(value.node))
            if could_be_constant and fits:
                self.must_be_local(value, "constant operand")
            if moved == "move" and op not in FIXED:
                self.must_be_local(value, "moved relocatable")
        elif moved == "move":
            self.must_be_local(value, "moved value")
        if value.kind == RECEIVER:
            raise Unreadable("the receiver of a method as an operand")

    def is_beyond(self, node: Expression) -> bool:
        """Whether nil or a boolean is a constant whose number an operand can't hold (lcode.c: luaK_exp2RK)."""
        constants = self.proto.constants[BITRK:]
        if isinstance(node, Nil):
            return any(constant is None for constant in constants)
        return isinstance(node, Boolean) and any(constant is node.value for constant in constants)

    def in_order(self, operands: list[int], reading: Reading) -> None:
        """Operands that were not made from the left to the right are local variables."""
        stack, active = reading.stack, reading.active
        highest = -1
        registers = [operand for operand in operands if active <= operand < BITRK]
        for register in registers:
            if register < highest:
                above = [value for value in stack if not value.test and value.register == highest]
                if len(operands) == 2 and above and self.is_late_constant(above[0]):
                    continue
                for value in stack:
                    if not value.test and value.register == register:
                        self.must_be_local(value, "operand order")
            highest = max(highest, register)

    def is_late_constant(self, value: Value) -> bool:
        """Whether a value is a number that is loaded after the second operand (lcode.c: luaK_infix)."""
        if not isinstance(value.pc, int) or self.code.op[value.pc] != "LOADK":
            return False
        index = self.code.bx[value.pc]
        return index >= BITRK and not isinstance(self.proto.constants[index], bytes)

    def operand(self, operand: int, reading: Reading) -> Value:
        """The value of an RK."""
        if not reading.active <= operand < BITRK:
            return self.known(operand)
        return next(value for value in reading.stack if value.register == operand)

    def index_upvalue(self, upvalue: int, key: Value) -> Name | Index:
        """A field of an upvalue; that of ``_ENV`` is a global variable."""
        name = self.upvalues[upvalue]
        if name == "_ENV" and isinstance(key.node, String) and is_global_name(key.node.value):
            return Name(key.node.value.decode())
        return Index(Name(name), key.node)

    def no_values(self, reading: Reading, why: str) -> None:
        """All values were used, or are local variables."""
        if reading.stack:
            self.must_be_local(reading.stack[-1], why)

    @staticmethod
    def refuse_pure(reading: Reading) -> None:
        """Where only an expression may be read, there is no statement."""
        if reading.pure:
            raise Unreadable("a statement in an expression")
