"""The program of last resort: a function instruction by instruction, with a goto for each jump.

It stands for functions that luac did not write, or that could not be read. `flow` says what the instructions do,
`frame` where the registers are. A loop over numbers is a ``for`` where nothing else enters it or sees its hidden
variables; elsewhere a ``for`` that stops at once counts, so that overflow, floats and errors are Lua's own. Open
results are nested into what takes them. Instructions that no statement stands for call ``error``, under their listing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce

from aidec.decompiler.code import BITRK
from aidec.decompiler.decompiled import DecompiledFunction
from aidec.decompiler.flow import FIELDS_PER_FLUSH, Flow, Step
from aidec.decompiler.frame import Frame, numbers
from aidec.decompiler.listing import listed, listing_of
from aidec.decompiler.opcodes import EFFECTS, Effect, Place
from aidec.decompiler.proof import difference_alone
from aidec.decompiler.scopes import Scope, Scopes
from aidec.decompiler.values import is_identifier
from aidec.lua.node import Comments, Node, rewrite
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
    Label,
    Local,
    Name,
    Nil,
    Number,
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

DEPTHS = (MAX_DEPTH, 30, 10, 3, 1, 0)
"""How deep functions nest at most, if the program does not compile otherwise."""

MAX_FRESH = 200
"""How many steps a constructor has between its table and its items, for them to be one expression."""

Search = Callable[[DecompiledFunction], None]
"""Decompiles a function inside, in the best way."""

_RESERVED = re.compile(rb"l[0-9_]*_(?:[rbiu]?[0-9]+|again|key|rest|v)")
"""The names that variables have until `naming` names them."""


def transcribe(function: DecompiledFunction, problem: str, search: Search) -> None:
    """Make the tree of a function that does what its instructions do, one after the other.

    Args:
        function: the function. Functions inside that were read stay as they are, but for the names of their upvalues.
        problem: why it could not be read; it is noted.
        search: decompiles the functions inside that were not read yet.
    """
    function.transcribed = problem
    known = function.inside
    for make in (Transcript.body, Transcript.listing):
        transcript = Transcript(function, known, search)
        block = make(transcript)
        function.inside = transcript.inside
        function.tree.parameters, function.tree.body = transcript.parameters(), block
        found = difference_alone(function.tree, function.upvalues, function.proto, is_main=not function.path)
        function.difference = found and problem
        if found is None or "does not compile" not in found:
            return
    function.inside, function.tree.parameters = [], [Vararg()]
    function.tree.body = Block([_error("this function could not be decompiled", listing_of(function.proto))])
    function.difference = problem


def cut_until(root: DecompiledFunction, compiles: Callable[[DecompiledFunction], bool]) -> None:
    """Leave out the functions that nest the deepest, until a program compiles."""
    for depth in DEPTHS:
        for function in list(root.walk()):
            if len(function.path) == depth:
                function.inside = []
                function.tree.body = Block([_error("this function nests too deep")])
                function.transcribed = function.transcribed or "nests too deep"
        if compiles(root):
            return


def _error(problem: str, before: list[bytes] | None = None) -> Statement:
    """A call of ``error``, below comments."""
    call = Call(Name("error"), [String(problem.encode())])
    return CallStatement(call, comments=Comments(before) if before else None)


@dataclass(slots=True)
class Region:
    """Statements in the making.

    Attributes:
        end: the place behind them.
        loops: the loops around that are statements, the innermost last.
        statements: the statements so far.
        gap: a comment on instructions that are left out, for the next statement.
    """

    end: int
    loops: list[Scope]
    statements: list[Statement] = field(default_factory=list)
    gap: list[bytes] = field(default_factory=list)


class Transcript:
    """Writes a function down.

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

    # The function

    def parameters(self) -> list[Variable | Vararg]:
        """The parameters; those of a main function are local variables."""
        named = [Variable(self.frame.name(register)) for register in range(self.proto.num_params)]
        return [*named, *[Vararg()] * bool(self.proto.is_vararg)]

    def body(self) -> Block:
        """The statements of the function."""
        region = self.region(0, self.code.size + 1, self.code.size + 1, [])
        is_main = not self.function.path
        head = [*self.frame.declarations(is_main=is_main)]
        if self.own_upvalues:
            head.insert(0, Local([Variable(name) for name in self.own_upvalues], []))
        block = Block([*head, *region.statements], comments=Comments([], region.gap) if region.gap else None)
        self.blocks.append(block)
        for each in self.blocks:
            each.statements = [
                statement
                for number, statement in enumerate(each.statements, 1)
                if not isinstance(statement, Goto) or not _leads_on(statement, each.statements[number:])
            ]
        own = (node for each in self.blocks for statement in each.statements for node in _own_nodes(statement))
        jumps = {node.label for node in own if isinstance(node, Goto)}
        for each in self.blocks:
            self.finish(each, jumps)
        if block.statements and block.statements[-1] == Return([]):
            block.statements.pop()
        block.statements[:0] = self.touches(block)
        return block

    def listing(self) -> Block:
        """A call of ``error`` under a listing, and the functions inside, which see what they capture."""
        self.frame.boxed = 0
        captured = numbers(self.flow.captured)
        own = [Variable(self.frame.name(number)) for number in captured if number >= self.proto.num_params]
        statements: list[Statement] = [Local(own[:150], [])] if own else []
        for step in self.flow.steps.values():
            if not step.problem and self.code.op[step.pc] == "CLOSURE":
                made = self.closure(step)
                statements.append(Do(Block([Local([Variable("_")], [made])])))
        problem = _error("this function could not be decompiled", listing_of(self.proto))
        return Block([*statements, problem])

    def touches(self, block: Block) -> list[Statement]:
        """Statements that name the upvalues in their order, if the others don't: functions around are proven by it."""
        if not self.function.path:
            return []
        used = [node.name for node in block.walk() if isinstance(node, Name)]
        known = set(self.upvalues)
        order = list(dict.fromkeys(name for name in used if name in known))
        if order == self.upvalues or len(self.upvalues) > 200:
            return []
        names = [self.upvalues[start : start + 20] for start in range(0, len(self.upvalues), 20)]
        return [Do(Block([Local([Variable("_")], [Name(name) for name in some])])) for some in names]

    @staticmethod
    def finish(block: Block, jumps: set[str]) -> None:
        """Drop the labels of a block that nothing jumps to, and put returns before others in blocks of their own."""
        kept = [each for each in block.statements if not isinstance(each, Label) or each.name in jumps]
        block.statements = [
            Do(Block([statement])) if isinstance(statement, Return) and number < len(kept) else statement
            for number, statement in enumerate(kept, 1)
        ]
        for before, statement in zip(kept, block.statements, strict=True):
            if before is not statement:
                statement.comments, before.comments = before.comments, None

    # Regions

    def region(self, start: int, end: int, behind: int, loops: list[Scope], depth: int = 0) -> Region:
        """The statements from one place up to another.

        Args:
            start: the first place.
            end: the other place.
            behind: the place of what follows the statements.
            loops: the loops around.
            depth: how many of the blocks that begin at the first place are around already.
        """
        region = Region(end, loops)
        last = start
        for pc in self.flow.between(start, end):
            if pc < last:  # it is in a block of its own
                continue
            step = self.flow.steps[pc]
            self.add_gap(region, last, pc)
            self.said.update(step.chain)
            is_first = pc == start
            scopes = self.scopes.found.get(pc, [])
            if not (is_first and depth and scopes[depth - 1].kind == "block"):
                region.statements.append(Label(f"L_{pc}"))
            scopes = scopes[depth if is_first else 0 :]
            last = scopes[0].end + 1 if scopes else pc + 1
            following = next(iter(self.flow.between(last, end)), behind)
            if not scopes:
                self.add(region, self.statements(step, region))
            elif scopes[0].kind == "block":
                self.add(region, [self.block(scopes[0], following, loops, depth + 1 if is_first else 1)])
                continue
            else:
                if scopes[0].kind == "values":
                    region.statements.append(Label(f"L_{scopes[0].next}"))
                self.add(region, [self.loop(scopes[0], loops, depth + 1 if is_first else 1)])
            goes_on = scopes[0].exit if scopes else step.behind
            if goes_on >= 0 and goes_on != following:
                region.statements += self.jump(goes_on, region)
        self.add_gap(region, last, min(end, self.code.size))
        return region

    def block(self, scope: Scope, following: int, loops: list[Scope], depth: int) -> Statement:
        """A block of its own, before what follows at a place."""
        frame = self.frame
        fresh, frame.fresh = frame.fresh, frame.fresh | scope.fresh
        region = self.region(scope.start, scope.end + 1, following, loops, depth)
        frame.fresh = fresh
        own = Local([Variable(frame.name(register)) for register in numbers(scope.fresh)], [])
        block = Block([own, *region.statements], comments=Comments([], region.gap) if region.gap else None)
        self.blocks.append(block)
        return Do(block)

    def add(self, region: Region, statements: list[Statement]) -> None:
        """Add statements, below a comment on those that were left out."""
        if statements and region.gap:
            first = statements[0]
            comments = first.comments or Comments()
            first.comments = Comments([*region.gap, *comments.before], comments.after)
            region.gap = []
        region.statements += statements

    def add_gap(self, region: Region, start: int, end: int) -> None:
        """Say in a comment what is never reached between two places; jumps that were followed are not said."""
        missing = [
            pc
            for pc in range(start, end)
            if pc not in self.said
            and not self.code.is_data[pc]
            and pc not in self.code.deciding
            and self.code.op[pc] not in ("JMP", "FORLOOP", "RETURN")
        ]
        if missing:
            which = f"s {missing[0] + 1} to {missing[-1] + 1} are" if missing[1:] else f" {missing[0] + 1} is"
            region.gap.append(f"-- instruction{which} never reached".encode())

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

    # Loops over numbers

    def loop(self, loop: Scope, loops: list[Scope], depth: int) -> Statement:
        """A loop as a statement."""
        frame = self.frame
        values: list[Expression] = [frame.place(register) for register in range(loop.hidden, loop.hidden + 3)]
        fresh, frame.fresh = frame.fresh, frame.fresh | loop.fresh | loop.own
        start = loop.body.start
        region = self.region(start, loop.next, loop.next, [*loops, loop], depth if loop.kind == "values" else 0)
        controls = [
            frame.name(register) if loop.own >> register & 1 else f"{self.function.prefix}_i{register}"
            for register in loop.controls
        ]
        others = [register for register in loop.controls if not loop.own >> register & 1]
        own = [Variable(frame.name(register)) for register in numbers(loop.fresh & ~loop.own)]
        head: list[Statement] = [Local(own, [])] if own else []
        if others:
            names: list[Expression] = [Name(f"{self.function.prefix}_i{register}") for register in others]
            head.append(Assign([frame.place(register) for register in others], names))
        if loop.first != next(iter(self.flow.between(start, loop.next)), loop.next):
            head += self.jump(loop.first, region, is_nested=True)
        frame.fresh = fresh
        comments = Comments([], region.gap) if region.gap else None
        self.said.update(range(loop.next, loop.end + 1))
        body = Block([*head, *region.statements, Label(f"L_{loop.next}")], comments=comments)
        self.blocks.append(body)
        if loop.kind == "numbers":
            return NumericFor(Variable(controls[0]), values[0], values[1], values[2], body)
        return GenericFor([Variable(name) for name in controls], values, body)

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
        lines = [f"-- {listed(self.proto, pc)}" for pc in step.chain]
        return _error(
            f"instruction {step.pc + 1} could not be decompiled: {step.problem}", [line.encode() for line in lines]
        )

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
            values = [_operation(effect, [node for some in nodes for node in some])]
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
            case "U", Name(name="_ENV"), String(value=name) if is_identifier(name) and not _RESERVED.fullmatch(name):
                return Name(name.decode())
        return Index(table, key)

    def tested(self, step: Step, effect: Effect, region: Region) -> list[Statement]:
        """A test with its jump."""
        pc = step.pc
        nodes = [self.node(place, pc) for place in effect.tested]
        when = self.code_of(effect.when, pc)
        if effect.operator:
            condition: Expression = _operation(effect, nodes)
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
                return Function(FunctionBody([Vararg()], Block([_error(f"this function {which}")])))
            inner = DecompiledFunction(path, proto, places)
            self.search(inner)
        else:
            _rename(inner, dict(zip(inner.upvalues, places, strict=True)))
        _open(inner, boxes & set(places))
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


def _own_nodes(statement: Statement) -> Iterator[Node]:
    """The statements in a statement that are not in a block of a function inside."""
    waiting: list[Node] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, If | Do | Block | NumericFor | GenericFor):
            waiting += [child for child in node.children() if isinstance(child, Statement | Block)]


def _leads_on(jump: Goto, behind: list[Statement]) -> bool:
    """Whether a goto leads to what stands right behind it."""
    for statement in behind:
        if not isinstance(statement, Label):
            break
        if statement.name == jump.label:
            return True
    return False


def _operation(effect: Effect, nodes: list[Expression]) -> Expression:
    """An operation on operands."""
    return Unary(effect.operator, nodes[0]) if effect.is_unary else Binary(nodes[0], effect.operator, nodes[1])


def _rename(function: DecompiledFunction, names: dict[str, str]) -> None:
    """Give upvalues of a function other names, in it and in those inside it."""
    changed = {old: new for old, new in names.items() if old != new}
    if changed:
        for each in function.walk():
            each.upvalues = [changed.get(name, name) for name in each.upvalues]
        for node in function.tree.walk():
            if isinstance(node, Name):
                node.name = changed.get(node.name, node.name)


def _open(function: DecompiledFunction, boxes: set[str]) -> None:
    """Let a function take the values of upvalues out of their boxes."""

    def opened(node: Node) -> Node:
        return Index(node, Number(1)) if isinstance(node, Name) and node.name in boxes else node

    if boxes:
        rewrite(function.tree, opened)
