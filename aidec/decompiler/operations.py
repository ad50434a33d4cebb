"""Statements that stand for single instructions, whoever wrote them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce

from aidec.decompiler.code import BITRK
from aidec.decompiler.decompiled import DecompiledFunction
from aidec.decompiler.flow import FIELDS_PER_FLUSH, Flow, Step
from aidec.decompiler.frame import Frame, numbers, open_boxes
from aidec.decompiler.listing import listed
from aidec.decompiler.opcodes import EFFECTS, Effect, Place
from aidec.decompiler.scopes import Scope, Scopes
from aidec.decompiler.values import is_global_name
from aidec.lua.node import Comments
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Break,
    Call,
    CallStatement,
    Do,
    Expression,
    Function,
    FunctionBody,
    GenericFor,
    Goto,
    If,
    Index,
    Item,
    Local,
    Name,
    Nil,
    NumericFor,
    Return,
    Statement,
    String,
    Table,
    Unary,
    Vararg,
    Variable,
)
from aidec.lua.tree import literal

MAX_COPIES = 10_000
"""How many instructions the functions have that are made in several places, and so are copied."""

MAX_DEPTH = 60
"""How deep functions nest; luac allows 200 levels, of which a function takes two at least."""

MAX_FRESH = 200
"""How many steps a constructor has between its table and its items, for them to be one expression."""

Search = Callable[[DecompiledFunction], None]
"""Decompiles a function inside, in the best way."""


def error_call(problem: str, before: Sequence[str] = ()) -> Statement:
    """A call of ``error``, below lines of comments."""
    call = Call(Name("error"), [String(problem.encode())])
    return CallStatement(call, comments=Comments([f"-- {line}".encode() for line in before]) if before else None)


@dataclass(slots=True)
class Region:
    """Statements in the making.

    Attributes:
        loops: the loops around that are statements, the innermost last.
        statements: the statements so far.
        gap: a comment on instructions that are left out, for the next statement.
    """

    loops: list[Scope]
    statements: list[Statement] = field(default_factory=list)
    gap: list[bytes] = field(default_factory=list)


class Operations:
    """Writes down the steps of a function.

    Attributes:
        inside: the functions inside, in the order of the text.
    """

    def __init__(self, function: DecompiledFunction, known: list[DecompiledFunction], search: Search) -> None:
        self.function, self.proto, self.search = function, function.proto, search
        self.flow = Flow(function.proto)
        self.code = self.flow.code
        self.scopes = Scopes(self.flow)
        self.frame = Frame(self.flow, function.prefix, function.proto.num_params, self.scopes)
        self.known = {inner.path[-1]: inner for inner in known}
        self.inside: list[DecompiledFunction] = []
        self.said: set[int] = set()
        self.made: set[int] = set()
        self.copies_left = MAX_COPIES
        self.blocks: list[Block] = []
        self.upvalues = list(function.upvalues)
        tables = [each for each in self.flow.steps.values() if not each.problem and self.code.op[each.pc] == "NEWTABLE"]
        self.constructors = {self.items_of(step): step.pc for step in tables}
        self.constructors.pop(-1, None)
        extra = range(len(self.upvalues), len(self.proto.upvalues)) if not function.path else ()
        self.own_upvalues = [f"{function.prefix}_u{number}" for number in extra]
        self.upvalues += self.own_upvalues

    def jump(self, target: int, region: Region, *, is_nested: bool = False) -> list[Statement]:
        """The statement that goes to a place.

        Args:
            target: the place.
            region: the statements around.
            is_nested: the statement stands in a loop that is not one of the region's.
        """
        if region.loops and target == region.loops[-1].exit and not is_nested:
            return [Break()]
        return [Goto(f"L_{target}")]

    def counted(self, a: int, target: int, region: Region, *, is_first: bool) -> Statement:
        """A loop that stops at once, and goes to a place with the first value of R(A), or with the one after it."""
        values = [self.frame.place(register) for register in (a, a + 1, a + 2)]
        value, again = f"{self.function.prefix}_v", f"{self.function.prefix}_again"
        step: list[Statement] = [Assign([self.frame.place(a), self.frame.place(a + 3)], [Name(value), Name(value)])]
        step += self.jump(target, region, is_nested=True)
        if is_first:
            return NumericFor(Variable(value), values[0], values[1], values[2], Block(step))
        body = Block([If(Name(again), Block(step), [], None), Assign([Name(again)], [Boolean(value=True)])])
        loop = NumericFor(Variable(value), values[0], values[1], values[2], body)
        return Do(Block([Local([Variable(again)], []), loop]))

    # Steps

    def statements(self, step: Step, region: Region) -> list[Statement]:
        """The statements that stand for a step, but for where it goes on without a jump."""
        if step.problem:
            return [self.refused(step)]
        effect = EFFECTS[self.code.op[step.chain[-1]]]
        special = getattr(self, f"write_{effect.name}", None)
        if special is not None:
            made: list[Statement] = special(step, region)
            return made
        if effect.test:
            return self.tested(step, effect, region)
        return self.assigned(step, effect)

    def refused(self, step: Step) -> Statement:
        """A call of ``error`` in place of what no statement stands for, with its listing."""
        lines = [listed(self.proto, pc) for pc in step.chain]
        return error_call(f"instruction {step.pc + 1} could not be decompiled: {step.problem}", lines)

    def assigned(self, step: Step, effect: Effect) -> list[Statement]:
        """The values of a step are assigned to what it writes."""
        pc = step.chain[-1]
        values = self.values(step)
        targets = self.targets(step, pc, effect)
        if targets:
            return [Assign(targets, values or [Nil()])]
        return [CallStatement(value) for value in values if isinstance(value, Call)]

    def targets(self, step: Step, pc: int, effect: Effect) -> list[Name | Index]:
        """What an instruction writes."""
        if "[" in effect.target:
            table, key = (self.node(place, pc) for place in effect.targets)
            return [self.field(effect.targets[0], table, key)]
        found: list[Name | Index] = []
        for place in effect.writes:
            if place.kind == "U":
                found.append(Name(self.upvalues[self.flow.number(place.first, pc)]))
            elif self.flow.is_open(pc):
                live = (self.flow.live_at(step.after) | self.flow.captured) >> self.code.a[pc]
                found += [self.frame.place(self.code.a[pc] + number) for number in range(live.bit_length())]
            else:
                found += [self.frame.place(register) for register in self.flow.registers(place, pc)]
        return found

    def values(self, step: Step) -> list[Expression]:
        """The values of a step: those of its last instruction, with open results nested into it."""
        opened: list[Expression] = []
        top = -1
        for pc in step.chain:
            opened = self.expressions(pc, opened, top)
            top = self.code.a[pc]
        return opened

    def expressions(self, pc: int, opened: list[Expression], top: int) -> list[Expression]:
        """The values of an instruction.

        Args:
            pc: its place.
            opened: the open results that it takes.
            top: the register that they begin with.
        """
        effect = EFFECTS[self.code.op[pc]]
        nodes = [self.listed(place, pc, opened, top) for place in effect.places if place.kind != "P"]
        if not nodes:
            return self.new(pc, effect)
        values: list[Expression] = nodes[0]
        if effect.operator:
            values = [effect.operation([node for some in nodes for node in some])]
        match effect.form, nodes:
            case "_(_)", [[function], arguments]:
                values = [Call(function, arguments)]
            case "_(_, _)", [[function], [first], [second]]:
                values = [Call(function, [first, second])]
            case ".._", [[*operands, last]]:
                values = [reduce(lambda right, left: Binary(left, "..", right), reversed(operands), last)]
            case "_[_], _", [[table], [key], [receiver]]:
                values = [Index(table, key), receiver]
            case "_[_]", [[table], [key]]:
                values = [self.field(effect.places[0], table, key)]
        return values

    def new(self, pc: int, effect: Effect) -> list[Expression]:
        """The values of an instruction that reads nothing."""
        made: Expression = Nil()
        match effect.form:
            case "{}":
                made = Table([])
            case "true if B":
                made = Boolean(bool(self.code.b[pc]))
            case "..." if self.proto.is_vararg:
                made = Vararg()
            case "..." if self.flow.is_open(pc):
                return []  # a function without them has none
            case "_":
                made = self.closure(self.flow.steps[pc])
        return [made]

    def listed(self, place: Place, pc: int, opened: list[Expression], top: int) -> list[Expression]:
        """The values of a place; open results are the last of several registers that go up to the top."""
        if place.kind != "R":
            return [self.node(place, pc)]
        registers = self.flow.registers(place, pc, top)
        nodes: list[Expression] = [self.frame.place(register) for register in registers]
        return [*nodes, *opened] if place.open and self.code_of(place.open, pc) == 0 else nodes

    def code_of(self, operand: str, pc: int) -> int:
        """An operand of an instruction."""
        return self.flow.columns[operand][pc]

    def node(self, place: Place, pc: int) -> Expression:
        """The value of one register, constant or upvalue."""
        number = self.flow.number(place.first, pc)
        if place.kind == "U":
            return Name(self.upvalues[number])
        if place.kind == "K" or (place.kind == "RK" and number >= BITRK):
            return literal(self.proto.constants[number - BITRK * (place.kind == "RK")])
        return self.frame.place(number)

    @staticmethod
    def field(place: Place, table: Expression, key: Expression) -> Name | Index:
        """A field; that of the upvalue ``_ENV`` is a global variable, if no local variable has its name."""
        match place.kind, table, key:
            case "U", Name(name="_ENV"), String(value=name) if is_global_name(name):
                return Name(name.decode())
        return Index(table, key)

    def tested(self, step: Step, effect: Effect, region: Region) -> list[Statement]:
        """A test with its jump."""
        pc = step.pc
        nodes = [self.node(place, pc) for place in effect.tested]
        when = self.code_of(effect.when, pc)
        if effect.operator:
            condition: Expression = effect.operation(nodes)
            if when > 1:  # lvm.c compares it with 0 or 1
                return [Do(Block([Local([Variable("_")], [condition])]))]
        else:
            condition = nodes[0]
        if not when:
            is_equality = isinstance(condition, Binary) and condition.operator == "=="
            condition = Binary(nodes[0], "~=", nodes[1]) if is_equality else Unary("not", condition)
        body: list[Statement] = []
        if effect.form:
            body.append(Assign(self.targets(step, pc, effect), self.expressions(pc, [], -1)))
        body += self.frame.closing(step)
        if step.target != step.behind:
            body += self.jump(step.target, region)
        return [If(condition, Block(body), [], None)]

    def closure(self, step: Step) -> Expression:
        """The function that a step makes."""
        index = self.code.bx[step.pc]
        proto = self.proto.protos[index]
        places = [
            self.frame.captured(upvalue.index) if upvalue.in_stack else self.upvalues[upvalue.index]
            for upvalue in proto.upvalues
        ]
        boxes = {self.frame.box(upvalue.index) for upvalue in proto.upvalues if upvalue.in_stack}
        path = (*self.function.path, index)
        inner = self.known.get(index)
        if inner is None or index in self.made:
            if inner is not None:
                self.copies_left -= sum(len(each.code) for each in proto.walk())
            if self.copies_left < 0 or len(path) > MAX_DEPTH:
                which = "nests too deep" if len(path) > MAX_DEPTH else "is made in too many places"
                return Function(FunctionBody([Vararg()], Block([error_call(f"this function {which}")])))
            inner = DecompiledFunction(path, proto, places, numbers=self.function.numbers)
            self.search(inner)
        else:
            inner.rename_upvalues(places)
        opened = boxes & set(places)
        if opened:
            open_boxes(inner.tree, opened)
            inner.forget_texts()
        self.known[index] = inner
        self.made.add(index)
        self.inside.append(inner)
        return Function(inner.tree)

    # Instructions of their own kind

    def write_JMP(self, step: Step, _: Region) -> list[Statement]:
        return [*self.frame.closing(step)]

    def write_RETURN(self, step: Step, _: Region) -> list[Statement]:
        return [Return(self.values(step))]

    write_TAILCALL = write_RETURN

    def write_CLOSURE(self, step: Step, _: Region) -> list[Statement]:
        boxed = numbers(step.captures & self.frame.boxed & ~self.frame.fresh)
        boxes: list[Statement] = [
            Local([Variable(self.frame.box(register))], [self.frame.holder(register)]) for register in boxed
        ]
        made = self.assigned(step, EFFECTS["CLOSURE"])
        return [Do(Block([*boxes, *made]))] if boxes else made

    def write_NEWTABLE(self, step: Step, _: Region) -> list[Statement]:
        return [] if step.pc in self.constructors.values() else self.assigned(step, EFFECTS["NEWTABLE"])

    def items_of(self, step: Step) -> int:
        """The SETLIST that stores the first items of the table that a step makes, before all that is done to it.

        Its items are then in the constructor. -1 if there is none.
        """
        flow, a = self.flow, self.code.a[step.pc]
        place = step.behind
        for _ in range(0 if flow.captured >> a & 1 else MAX_FRESH):
            behind = flow.steps[place]
            if behind.problem or len(flow.entered[place]) > 1:
                break
            last = behind.chain[-1]
            if self.code.op[last] == "SETLIST" and self.code.a[last] == a and self.first_item(last) == 1:
                return last
            if (behind.reads | behind.writes) >> a & 1 or behind.target >= 0 or behind.behind < 0:
                break
            place = behind.behind
        return -1

    def first_item(self, pc: int) -> int:
        """The key of the first item that a SETLIST stores."""
        number = self.code.c[pc] or self.proto.code[pc + 1] >> 6
        return (number - 1) * FIELDS_PER_FLUSH + 1

    def write_SETLIST(self, step: Step, _: Region) -> list[Statement]:
        pc, opened, top = step.chain[-1], list[Expression](), -1
        for before in step.chain[:-1]:
            opened = self.expressions(before, opened, top)
            top = self.code.a[before]
        items = self.listed(EFFECTS["SETLIST"].reads[1], pc, opened, top)
        table, first = self.frame.place(self.code.a[pc]), self.first_item(pc)
        if pc in self.constructors:
            return [Assign([table], [Table([Item(item) for item in items])])]
        if not opened:
            return [
                Assign([Index(self.frame.place(self.code.a[pc]), literal(first + number))], [item])
                for number, item in enumerate(items)
            ]
        key, value = f"{self.function.prefix}_key", f"{self.function.prefix}_v"
        index = Binary(Name(key), "+", literal(first - 1)) if first > 1 else Name(key)
        store = Assign([Index(table, index)], [Name(value)])
        values = [Name("next"), Table([Item(item) for item in items])]
        return [GenericFor([Variable(key), Variable(value)], values, Block([store]))]

    def write_FORPREP(self, step: Step, region: Region) -> list[Statement]:
        a = self.code.a[step.pc]
        if step.target >= 0:
            return [self.counted(a, step.target, region, is_first=True)]
        start, size = self.frame.place(a), self.frame.place(a + 2)
        return [Assign([self.frame.place(a)], [Binary(start, "-", size)])]

    def write_FORLOOP(self, step: Step, region: Region) -> list[Statement]:
        return [self.counted(self.code.a[step.pc], step.target, region, is_first=False)]

    def write_TFORLOOP(self, step: Step, region: Region) -> list[Statement]:
        a = self.code.a[step.pc]
        value = self.frame.place(a + 1)
        body = [Assign([self.frame.place(a)], [self.frame.place(a + 1)]), *self.jump(step.target, region)]
        return [If(Binary(value, "~=", Nil()), Block(body), [], None)]
