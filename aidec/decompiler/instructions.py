"""Instructions to expressions, and to the statements that one instruction ends."""

from __future__ import annotations

from collections.abc import Callable

from aidec.bytecode import Proto
from aidec.decompiler.calls import Calls
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.opcodes import EFFECTS, Effect, Place
from aidec.decompiler.values import (
    Constructor,
    Reading,
    Stack,
    Statements,
    Value,
    rounded,
)
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Function,
    FunctionBody,
    Index,
    Item,
    Local,
    LocalFunction,
    Name,
    Nil,
    Pair,
    Statement,
    Table,
    Variable,
)

_REGISTERS = ("R", "RK")

_VALUES = {
    effect.name: effect
    for effect in EFFECTS.values()
    if effect.target == "_" and not effect.test and (effect.operator or effect.form in ("_", "_[_]"))
}
"""The opcodes that put a value into a register, and do nothing else."""


class Instructions(Calls):
    """Reads one instruction after the other."""

    def step(self, reading: Reading) -> int | Statements:
        """The pc behind an instruction, or the statement that it ends, with the pc and the active variables."""
        self.spend()
        pc = reading.pc
        op = self.code.op[pc]
        handler: Callable[[Reading], int | Statements] | None = getattr(self, f"read_{op}", None)
        if handler is not None:
            return handler(reading)
        if op in _VALUES:
            return self.value(reading, _VALUES[op])
        raise Unreadable(f"{op} at pc {pc}")

    def value(self, reading: Reading, effect: Effect) -> int | Statements:
        """Push the value that ``opcodes.yaml`` declares."""
        pc, code = reading.pc, self.code
        operands = [(place.kind, self.operand_at(pc, place)) for place in effect.places]
        registers = [operand for kind, operand in operands if kind in _REGISTERS]
        self.in_order(registers, reading)
        rks = tuple([operand for kind, operand in operands if kind == "RK"])
        taken = self.take(registers, code.a[pc], reading, rks)
        waiting = iter(taken)
        values = []
        for kind, operand in operands:
            if kind in _REGISTERS:
                values.append(next(waiting))
            else:
                values.append(self.constant(operand) if kind == "K" else Value(Name(self.upvalues[operand])))
        nodes = [value.node for value in values]
        node = nodes[0]
        if effect.operator:
            node = effect.operation(nodes)
        elif len(nodes) > 1:
            kind, operand = operands[0]
            node = self.index_upvalue(operand, values[1]) if kind == "U" else Index(nodes[0], nodes[1])
        return self.push(reading, node, values, behind=pc + 2 if effect.word else None)

    def operand_at(self, pc: int, place: Place) -> int:
        """The number of a place that one operand names."""
        (name,) = place.first.operands
        operand: int = self.proto.code[pc + 1] >> 6 if name == "ax" else getattr(self.code, name)[pc]
        return operand

    def read_MOVE(self, reading: Reading) -> int | Statements:
        a, b = self.code.a[reading.pc], self.code.b[reading.pc]
        stack, active = reading.stack, reading.active
        if a < active <= b and len(stack) > 1 and not reading.pure:
            found = self.multiple_assignment(reading)
            if found is not None:
                return found
        if b >= active and a >= active:
            for value in stack:
                if not value.test and value.register == a < b:
                    self.must_be_local(value, "overwritten")
            self.was_local(b, "moved")
        (value,) = self.take([b], a, reading, moved="move")
        return self.push(reading, value.node)

    def read_LOADK(self, reading: Reading) -> int | Statements:
        return self.load(reading, self.code.bx[reading.pc], reading.pc + 1)

    def read_LOADKX(self, reading: Reading) -> int | Statements:
        return self.load(reading, self.proto.code[reading.pc + 1] >> 6, reading.pc + 2)

    def load(self, reading: Reading, number: int, behind: int) -> int | Statements:
        """Push a constant, or read the method whose name it is."""
        called = self.self_behind(reading, self.constant(number), behind)
        return self.value(reading, _VALUES[self.code.op[reading.pc]]) if called is None else called

    def read_LOADBOOL(self, reading: Reading) -> int | Statements:
        if self.code.c[reading.pc]:
            raise Unreadable("a boolean value of tests that are not open")
        return self.push(reading, Boolean(bool(self.code.b[reading.pc])))

    def read_LOADNIL(self, reading: Reading) -> int | Statements:
        pc, stack, active = reading.pc, reading.stack, reading.active
        a, number = self.code.a[pc], self.code.b[pc] + 1
        statements: list[Statement] = []
        for place in range(a, a + number):
            node = Binary(Boolean(value=True), "and", Nil()) if place == a and self.is_apart(pc) else Nil()
            found = self.result(place, Value(node), reading)
            if found is not None:
                if number == 1:
                    return found
                if found[1] != pc + 1 or any(isinstance(made, Assign) and made.targets[1:] for made in found[0]):
                    raise Unreadable("nil for several registers in a multiple assignment")
                statements += found[0]
        if not statements:
            return pc + 1
        self.refuse_pure(reading)
        if stack and self.scopes is None and "carried nil" not in self.choices:
            statements += self.declarations(stack, active)
            return statements, pc + 1, active + len(stack)
        if stack:
            self.carried[pc + 1], self.carried_to = stack, pc + 1
        return statements, pc + 1, active

    def is_apart(self, pc: int) -> bool:
        """Whether luac would have made one LOADNIL of this and that before it, but for a label (lcode.c: luaK_nil)."""
        code = self.code
        if pc == 0 or code.op[pc - 1] != "LOADNIL" or pc in code.targets:
            return False
        first, last = code.a[pc - 1], code.a[pc - 1] + code.b[pc - 1]
        return first <= code.a[pc] <= last + 1 or code.a[pc] <= first <= code.a[pc] + code.b[pc] + 1

    def read_CONCAT(self, reading: Reading) -> int | Statements:
        pc, b, c = reading.pc, self.code.b[reading.pc], self.code.c[reading.pc]
        if b < reading.active:
            self.must_have_ended(b)
        operands = self.take(list(range(b, c + 1)), self.code.a[pc], reading, moved="concat")
        node = operands[-1].node
        for operand in reversed(operands[:-1]):
            node = Binary(operand.node, "..", node)
        return self.push(reading, node, operands)

    def read_NEWTABLE(self, reading: Reading) -> int | Statements:
        pc = reading.pc
        table = Table([])
        done = self.push(reading, table, fixed=True)
        reading.stack[-1].constructor = Constructor(table, self.code.b[pc], self.code.c[pc])
        return done

    def read_CLOSURE(self, reading: Reading) -> int | Statements:
        pc, active = reading.pc, reading.active
        a, index = self.code.a[pc], self.code.bx[pc]
        proto = self.proto.protos[index]
        captured = [upvalue.index for upvalue in proto.upvalues if upvalue.in_stack and upvalue.index >= active]
        for register in captured:
            if register != a:
                self.capture(register, reading)
        captures_itself = a in captured
        if a < active:
            self.must_end(a, reading, "a function below the local variables")
        body = self.function_body(index, proto)
        if not captures_itself:
            return self.push(reading, Function(body), fixed=True)
        self.no_values(reading, "a value before a local function")
        self.refuse_pure(reading)
        if a != active:
            self.was_local(a - 1, "a hole before a local function")
        self.made(a, pc, reading.start)
        return [LocalFunction(Variable(self.variable(a)), body)], pc + 1, active + 1

    def read_SETLIST(self, reading: Reading) -> int | Statements:
        pc, stack, active = reading.pc, reading.stack, reading.active
        a, b, c = self.code.a[pc], self.code.b[pc], self.code.c[pc]
        if a < active:
            made = self.last_made.get(a)
            place = -1 if made is None else int(made[0])
            if place >= 0 and self.code.op[place] == "NEWTABLE" and self.facts.tables.get(place, -1) < pc:
                raise Fact("table", place, pc, "a constructor goes on")
            self.must_have_ended(a)
        items = self.above(a, b or -1, reading, "item")
        constructor = stack[-1].constructor if stack else None
        if constructor is None or stack[-1].register != a:
            raise Unreadable("items without their table")
        constructor.last_list = pc
        nodes = self.listed(items, is_open=b == 0)
        for number in range(len(nodes) + 1):
            constructor.table.fields += [pair for place, pair in constructor.between if place == number]
            if number < len(nodes):
                constructor.table.fields.append(Item(nodes[number]))
        constructor.between = []
        constructor.fields[0] += len(items) - (b == 0)
        stack[-1].least = min([stack[-1].least, *[item.least for item in items]])
        return pc + 1 + (c == 0)

    def read_SETTABLE(self, reading: Reading) -> int | Statements:
        pc, stack, active = reading.pc, reading.stack, reading.active
        a, b, c = self.code.a[pc], self.code.b[pc], self.code.c[pc]
        places = [place for place, value in enumerate(stack) if not value.test and value.register == a >= active]
        constructor = stack[places[-1]].constructor if places else None
        if constructor is not None:
            if rounded(constructor.fields[1] + 1) <= constructor.num_hash:
                return self.pair(reading, places[-1], constructor)
            self.must_be_local(stack[places[-1]], "a constructor with all its fields")
        return self.store(reading, [a, b, c], lambda table, key: Index(table.node, key.node))

    def read_SETTABUP(self, reading: Reading) -> Statements:
        b, c = self.code.b[reading.pc], self.code.c[reading.pc]
        upvalue = self.code.a[reading.pc]
        return self.store(reading, [b, c], lambda key: self.index_upvalue(upvalue, key))

    def read_SETUPVAL(self, reading: Reading) -> Statements:
        name = Name(self.upvalues[self.code.b[reading.pc]])
        return self.store(reading, [self.code.a[reading.pc]], lambda: name)

    def capture(self, register: int, reading: Reading) -> None:
        """What a function captures is a local variable."""
        made = self.last_made.get(register)
        if made is None:
            raise Unreadable("a register without a value is captured")
        for value in reading.stack:
            if not value.test and value.register == register:
                if reading.pure and (value.pc, value.register) in self.facts.locals:
                    raise Unreadable("a local variable inside a value")
                raise Fact("local", value.pc, value.register, "capture", sure=True)
        raise Fact("local", made[0], register, "capture", sure=True)

    def function_body(self, index: int, proto: Proto) -> FunctionBody:
        """The body of a function inside, still without statements."""
        names = [
            self.variable(upvalue.index) if upvalue.in_stack else self.upvalues[upvalue.index]
            for upvalue in proto.upvalues
        ]
        body = FunctionBody([], Block([]))
        self.bodies[index] = (body, names)
        return body

    def pair(self, reading: Reading, place: int, constructor: Constructor) -> int:
        """A field with a key in the constructor at a place of the stack."""
        pc, stack = reading.pc, reading.stack
        b, c = self.code.b[pc], self.code.c[pc]
        if any(value.test for value in stack[place + 1 :]):
            raise Unreadable("a constructor across an open test")
        table = stack[place]
        key, value = self.take([b, c], self.code.a[pc] + 1, reading, (b, c))
        made = Pair(key.node, value.node)
        if stack[-1] is table and not constructor.between:
            constructor.table.fields.append(made)
        else:
            constructor.between.append((len(stack) - 1 - place, made))
        constructor.fields[1] += 1
        table.least = min(table.least, key.least, value.least)
        return pc + 1

    def declarations(self, stack: Stack, active: int) -> list[Statement]:
        """The statements that declare local variables with the values."""
        self.declared[self.start] = [(value.pc, value.register) for value in stack]
        statements: list[Statement] = []
        index = 0
        while index < len(stack):
            value = stack[index]
            self.complete(value)
            number = 1
            while index + number < len(stack) and self.is_one_with(value, stack[index + number]):
                number += 1
            if value.group is not None and number != value.group[1]:
                raise Unreadable("some of several results")
            declared = self.variables(active + index, number)
            values = [] if isinstance(value.node, Nil) else [value.node]
            statements.append(Local(declared, values))
            index += number
        return statements

    @staticmethod
    def is_one_with(value: Value, other: Value) -> bool:
        if value.group is not None:
            return other.group == value.group
        is_nil = isinstance(value.node, Nil | Binary) and isinstance(other.node, Nil)
        return is_nil and other.pc == value.pc
