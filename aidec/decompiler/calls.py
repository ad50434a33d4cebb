"""Calls and lists of values, whose results may be many (lparser.c: funcargs, explist, retstat)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aidec.decompiler.assignment import Assignments
from aidec.decompiler.code import STORES
from aidec.decompiler.facts import Unreadable
from aidec.decompiler.values import (
    METHOD,
    OPEN,
    PLAIN,
    RECEIVER,
    Reading,
    Statements,
    Value,
    cut,
    is_identifier,
)
from aidec.lua.nodes import (
    Call,
    CallStatement,
    Expression,
    MethodCall,
    Nil,
    Return,
    String,
    Vararg,
)


class Calls(Assignments):
    """Reads calls, ``...`` and returns."""

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

    def several(self, reading: Reading, node: Expression, number: int) -> int:
        """Push several results of one call or ``...``, which are never made in a local variable."""
        for place in range(self.code.a[reading.pc], self.code.a[reading.pc] + number):
            value = Value(node)
            value.group = (reading.pc, number)
            self.result(place, value, reading, fixed=True)
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

    @staticmethod
    def listed(values: list[Value], *, is_open: bool) -> list[Expression]:
        """The expressions of a list: the last is cut to one value unless it is open."""
        if any(value.kind == OPEN for value in values[:-1]):
            raise Unreadable("open results in the middle")
        nodes = [value.node for value in values]
        if nodes and not is_open:
            nodes[-1] = cut(nodes[-1])
        return nodes

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

    def read_SELF(self, reading: Reading) -> int | Statements:
        a, c = self.code.a[reading.pc], self.code.c[reading.pc]
        object_, key = self.take([self.code.b[reading.pc], c], a, reading)
        return self.method(reading, object_, key)

    def self_behind(self, reading: Reading, key: Value, behind: int) -> int | Statements | None:
        """The method call whose name, a constant above 255, was put above its two registers (lcode.c: luaK_self)."""
        code, register = self.code, self.code.a[reading.pc]
        if behind >= code.size or code.op[behind] != "SELF":
            return None
        if (code.a[behind], code.c[behind]) != (register - 2, register) or behind in code.targets:
            return None
        reading.pc = behind
        (object_,) = self.take([code.b[behind]], code.a[behind], reading)
        return self.method(reading, object_, key)

    def method(self, reading: Reading, object_: Value, key: Value) -> int | Statements:
        """Push a method and its receiver."""
        a = self.code.a[reading.pc]
        if a < reading.active:
            self.must_end(a, reading, "a method below the local variables")
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
        if c == 1 and self.is_in_excess(reading, a):
            return self.push(reading, node, [function, *arguments], kind=OPEN, fixed=True)
        if c == 1:
            self.refuse_pure(reading)
            self.no_values(reading, "a value at a call")
            return [CallStatement(node)], pc + 1, active
        operands = [function, *arguments]
        if c <= 2:
            return self.push(reading, node, operands, kind=OPEN if c == 0 else PLAIN, fixed=True)
        return self.several(reading, node, c - 1)

    read_TAILCALL = read_CALL

    def read_VARARG(self, reading: Reading) -> int | Statements:
        b = self.code.b[reading.pc]
        if b == 0:
            return self.push(reading, Vararg(), kind=OPEN, fixed=True)
        if b == 1:
            return self.no_varargs(reading)
        return self.push(reading, Vararg()) if b == 2 else self.several(reading, Vararg(), b - 1)

    def is_in_excess(self, reading: Reading, register: int) -> bool:
        """Whether a call or ``...`` without results is the last of too many values (lparser.c: adjust_assign)."""
        code, behind = self.code, reading.pc + 1
        if not reading.stack or reading.pure:
            return False
        if "excess" in self.choices and code.op[behind] in (*STORES, "MOVE"):
            return True
        return self.is_generic_for(behind) and code.a[code.target[behind]] + 3 <= register

    def no_varargs(self, reading: Reading) -> int | Statements:
        """Read ``...`` at the end of too many values (lparser.c: adjust_assign)."""
        register, stack = self.code.a[reading.pc], reading.stack
        if self.is_in_excess(reading, register):
            return self.push(reading, Vararg(), kind=OPEN, fixed=True)
        if stack and not stack[-1].test and stack[-1].register == register - 1:
            self.must_be_local(stack[-1], "a value before ... in excess")  # `declare` reads it then
        if register <= reading.active:
            self.must_have_ended(max(register - 1, 0))
        raise Unreadable("no values of ...")

    def is_generic_for(self, pc: int) -> bool:
        """Whether a jump goes to the TFORCALL of a loop whose body begins behind it."""
        code = self.code
        if not code.is_jump(pc):
            return False
        call = code.target[pc]
        return pc < call < code.size - 1 and code.op[call] == "TFORCALL" and code.target.get(call + 1) == pc + 1

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
