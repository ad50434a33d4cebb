"""The program of last resort: a function instruction by instruction, with a goto for each jump.

It stands for functions that luac did not write, or that could not be read. `flow` says what the instructions do,
`frame` where the registers are. A loop over numbers is a ``for`` where nothing else enters it or sees its hidden
variables; elsewhere a ``for`` that stops at once counts, so that overflow, floats and errors are Lua's own. Open
results are nested into what takes them. Instructions that no statement stands for call ``error``, under their listing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aidec.decompiler.decompiled import DecompiledFunction
from aidec.decompiler.frame import numbers
from aidec.decompiler.listing import listing_of
from aidec.decompiler.operations import MAX_DEPTH, Operations, Region, Search, error_call
from aidec.decompiler.proof import compared_alone
from aidec.decompiler.scopes import Scope
from aidec.lua.node import Comments, Node
from aidec.lua.nodes import (
    Assign,
    Block,
    Do,
    Expression,
    GenericFor,
    Goto,
    If,
    Label,
    Local,
    Name,
    NumericFor,
    Return,
    Statement,
    Vararg,
    Variable,
)

DEPTHS = (MAX_DEPTH, 30, 10, 3, 1, 0)
"""How deep functions nest at most, if the program does not compile otherwise."""


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
        _, found = compared_alone(function)
        function.difference = found and problem
        if found is None or "does not compile" not in found:
            return
    function.inside, function.tree.parameters = [], [Vararg()]
    function.tree.body = Block([error_call("this function could not be decompiled", listing_of(function.proto))])
    function.difference = problem


def cut_until(root: DecompiledFunction, compiles: Callable[[DecompiledFunction], bool]) -> None:
    """Leave out the functions that nest the deepest, until a program compiles."""
    for depth in DEPTHS:
        for function in list(root.walk()):
            if len(function.path) == depth:
                function.inside = []
                function.tree.body = Block([error_call("this function nests too deep")])
                function.transcribed = function.transcribed or "nests too deep"
        if compiles(root):
            return


class Transcript(Operations):
    """Writes a function down."""

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
        problem = error_call("this function could not be decompiled", listing_of(self.proto))
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
        region = Region(loops)
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
