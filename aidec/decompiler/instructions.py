"""Instructions to expressions, and to the statements that one instruction ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from aidec.bytecode import Proto
from aidec.decompiler.assignment import Assignments
from aidec.decompiler.code import BINARY, UNARY
from aidec.decompiler.facts import Fact, Unreadable
from aidec.decompiler.values import (
    METHOD,
    OPEN,
    PLAIN,
    RECEIVER,
    Constructor,
    Reading,
    Stack,
    Statements,
    Value,
    cut,
    is_identifier,
    rounded,
)
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Call,
    CallStatement,
    Expression,
    Function,
    FunctionBody,
    Index,
    Item,
    Local,
    LocalFunction,
    MethodCall,
    Name,
    Nil,
    Pair,
    Return,
    Statement,
    String,
    Table,
    Unary,
    Vararg,
    Variable,
)


class Instructions(Assignments):
    """Reads one instruction after the other."""

    def step(self, reading: Reading) -> int | Statements:
        """The pc behind an instruction, or the statement that it ends, with the pc and the active variables."""
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Unreadable("too many steps")
        pc = reading.pc
        op = self.code.op[pc]
        if op in BINARY:
            return self.binary(reading)
        if op in UNARY:
            (operand,) = self.take([self.code.b[pc]], self.code.a[pc], reading)
            return self.push(reading, Unary(UNARY[op], operand.node), [operand])
        handler: Callable[[Reading], int | Statements] | None = getattr(self, f"read_{op}", None)
        if handler is None:
            raise Unreadable(f"{op} at pc {pc}")
        return handler(reading)

    def push(
        self, reading: Reading, node: Expression, operands: Sequence[Value] = (), *, kind: int = PLAIN,
        fixed: bool = False, behind: int | None = None,
    ) -> int | Statements:  # fmt: skip
        """Push the result of an instruction into its register A."""
        pc = reading.pc
        behind = pc + 1 if behind is None else behind
        value = Value(node, kind, min([operand.least for operand in operands], default=1 << 30))
        found = self.result(self.code.a[pc], value, reading, fixed=fixed, behind=behind)
        if found is None:
            return behind
        self.refuse_pure(reading)
        return found

    def binary(self, reading: Reading) -> int | Statements:
        pc, code = reading.pc, self.code
        b, c = code.b[pc], code.c[pc]
        self.in_order([b, c], reading)
        left, right = self.take([b, c], code.a[pc], reading, (b, c))
        return self.push(reading, Binary(left.node, BINARY[code.op[pc]], right.node), [left, right])

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
        constant = self.constant(self.code.bx[reading.pc])
        return self.push(reading, constant.node, [constant])

    def read_LOADKX(self, reading: Reading) -> int | Statements:
        constant = self.constant(self.proto.code[reading.pc + 1] >> 6)
        return self.push(reading, constant.node, [constant], behind=reading.pc + 2)

    def read_LOADBOOL(self, reading: Reading) -> int | Statements:
        if self.code.c[reading.pc]:
            raise Unreadable("a boolean value of tests that are not open")
        return self.push(reading, Boolean(bool(self.code.b[reading.pc])))

    def read_LOADNIL(self, reading: Reading) -> int | Statements:
        pc, stack, active = reading.pc, reading.stack, reading.active
        a, number = self.code.a[pc], self.code.b[pc] + 1
        statements: list[Statement] = []
        for place in range(a, a + number):
            found = self.result(place, Value(Nil()), reading)
            if found is not None:
                if number == 1:
                    return found
                if found[1] != pc + 1 or any(isinstance(made, Assign) and made.targets[1:] for made in found[0]):
                    raise Unreadable("nil for several registers in a multiple assignment")
                statements += found[0]
        if not statements:
            return pc + 1
        if stack:
            statements += self.declarations(stack, active)
            return statements, pc + 1, active + len(stack)
        self.refuse_pure(reading)
        return statements, pc + 1, active

    def read_GETUPVAL(self, reading: Reading) -> int | Statements:
        return self.push(reading, Name(self.upvalues[self.code.b[reading.pc]]))

    def read_GETTABUP(self, reading: Reading) -> int | Statements:
        pc, c = reading.pc, self.code.c[reading.pc]
        (key,) = self.take([c], self.code.a[pc], reading, (c,))
        return self.push(reading, self.index_upvalue(self.code.b[pc], key), [key])

    def read_GETTABLE(self, reading: Reading) -> int | Statements:
        pc, b, c = reading.pc, self.code.b[reading.pc], self.code.c[reading.pc]
        self.in_order([b, c], reading)
        table, key = self.take([b, c], self.code.a[pc], reading, (c,))
        return self.push(reading, Index(table.node, key.node), [table, key])

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
            raise Fact("end", reading.start, a, "a function below the local variables")
        body = self.function_body(index, proto)
        if not captures_itself:
            return self.push(reading, Function(body), fixed=True)
        self.no_values(reading, "a value before a local function")
        self.refuse_pure(reading)
        if a != active:
            self.was_local(a - 1, "a hole before a local function")
        self.made(a, pc, reading.start)
        return [LocalFunction(Variable(self.variable(a)), body)], pc + 1, active + 1

    def read_SELF(self, reading: Reading) -> int | Statements:
        pc, active = reading.pc, reading.active
        a, c = self.code.a[pc], self.code.c[pc]
        object_, key = self.take([self.code.b[pc], c], a, reading)
        if a < active:
            raise Fact("end", reading.start, a, "a method below the local variables")
        if not (isinstance(key.node, String) and is_identifier(key.node.value)):
            raise Unreadable("a method whose name is no identifier")
        called = MethodCall(object_.node, key.node.value.decode(), [])
        done = self.push(reading, called, [object_, key], kind=METHOD, fixed=True)
        self.result(a + 1, Value(Nil(), RECEIVER), reading, fixed=True)
        return done

    def read_CALL(self, reading: Reading) -> int | Statements:
        pc, stack, active = reading.pc, reading.stack, reading.active
        code = self.code
        a, b, c = code.a[pc], code.b[pc], code.c[pc]
        if a < active:
            self.must_have_ended(a)
        arguments = self.above(a, b - 1, reading, "call arg")
        if not stack or stack[-1].test or stack[-1].register != a:
            if stack and stack[-1].test:
                raise Unreadable("a call across an open test")
            if stack and stack[-1].register > a:
                self.must_be_local(stack[-1], "a value above a call")
            self.was_local(a, "callee")
        function = stack.pop()
        self.complete(function)
        node = self.call(function, arguments, is_open=b == 0)
        if code.op[pc] == "TAILCALL":
            self.refuse_pure(reading)
            self.no_values(reading, "a value at a return")
            if pc + 1 >= code.size or code.op[pc + 1] != "RETURN":
                raise Unreadable("a tail call without its return")
            return [Return([node])], pc + 2, active
        if c == 1:
            self.refuse_pure(reading)
            self.no_values(reading, "a value at a call")
            return [CallStatement(node)], pc + 1, active
        operands = [function, *arguments]
        if c <= 2:
            return self.push(reading, node, operands, kind=OPEN if c == 0 else PLAIN, fixed=True)
        return self.several(reading, node, c - 1, fixed=True)

    read_TAILCALL = read_CALL

    def read_VARARG(self, reading: Reading) -> int | Statements:
        b = self.code.b[reading.pc]
        if b == 0:
            return self.push(reading, Vararg(), kind=OPEN, fixed=True)
        if b == 1:
            raise Unreadable("no values of ...")
        return self.push(reading, Vararg()) if b == 2 else self.several(reading, Vararg(), b - 1, fixed=False)

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

    def read_RETURN(self, reading: Reading) -> Statements:
        self.refuse_pure(reading)
        pc, active = reading.pc, reading.active
        a, b = self.code.a[pc], self.code.b[pc]
        if b == 1:
            nodes: list[Expression] = []
        elif b == 2:
            (value,) = self.take([a], None, reading)
            nodes = [cut(value.node)]
        else:
            if a < active:
                self.must_have_ended(a)
            nodes = self.listed(self.above(a - 1, b - 1, reading, "return"), is_open=b == 0)
        self.no_values(reading, "a value at a return")
        return [Return(nodes)], pc + 1, active

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

    def several(self, reading: Reading, node: Expression, number: int, *, fixed: bool) -> int | Statements:
        """Push several results of one call or ``...``."""
        for place in range(self.code.a[reading.pc], self.code.a[reading.pc] + number):
            value = Value(node)
            value.group = (reading.pc, number)
            if self.result(place, value, reading, fixed=fixed):
                raise Unreadable("several results below the local variables")
        return reading.pc + 1

    def above(self, base: int, number: int, reading: Reading, why: str) -> list[Value]:
        """Pop the values above a register: so many, or, with -1, all up to one that is open."""
        stack = reading.stack
        values: list[Value] = []
        if number < 0:
            if not stack or stack[-1].kind != OPEN:
                raise Unreadable("open results that are not there")
            while stack and not stack[-1].test and stack[-1].register > base:
                values.insert(0, stack.pop())
        for place in range(base + number, base, -1):
            if not stack or stack[-1].test or stack[-1].register != place:
                if stack and stack[-1].test:
                    raise Unreadable("values across an open test")
                if stack and (stack[-1].register > place or any(value.register == place for value in stack)):
                    self.must_be_local(stack[-1], "above " + why)
                self.was_local(place, why)
            values.insert(0, stack.pop())
        for value in values:
            if value.group is not None and value.group[1] > 1:
                self.must_be_local(value, "one of several results")
            self.complete(value)
        return values

    def call(self, function: Value, arguments: list[Value], *, is_open: bool) -> Call | MethodCall:
        if function.kind == METHOD:
            if not arguments or arguments[0].kind != RECEIVER:
                raise Unreadable("a method without its receiver")
            arguments = arguments[1:]
            called = cast("MethodCall", function.node)
            made: Call | MethodCall = MethodCall(called.object, called.method, self.listed(arguments, is_open=is_open))
        else:
            made = Call(function.node, self.listed(arguments, is_open=is_open))
        if any(argument.kind in (METHOD, RECEIVER) for argument in arguments):
            raise Unreadable("a method as an argument")
        return made

    @staticmethod
    def listed(values: list[Value], *, is_open: bool) -> list[Expression]:
        """The expressions of a list: the last is cut to one value unless it is open."""
        if any(value.kind == OPEN for value in values[:-1]):
            raise Unreadable("open results in the middle")
        nodes = [value.node for value in values]
        if nodes and not is_open:
            nodes[-1] = cut(nodes[-1])
        return nodes

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
        return isinstance(value.node, Nil) and isinstance(other.node, Nil) and other.pc == value.pc
