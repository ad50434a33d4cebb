"""Strings that luac put into the list of constants, and that no instruction uses.

The scanner puts each string of the text there at once (lparser.c: codestring), a number only when it is loaded. Where
the string decides a condition (``"a" and b``), or is negated, no instruction has it. So the list is followed through
the tree in the order of the compiler; where it has one string more than the tree, the tree gets a condition with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

from aidec.bytecode import Constant, Proto
from aidec.bytecode.model import exact
from aidec.decompiler.code import Code
from aidec.decompiler.conditions import decides, last_operand
from aidec.decompiler.values import is_global_name
from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Do,
    Expression,
    FunctionBody,
    If,
    Index,
    Label,
    Local,
    MethodCall,
    Multiple,
    Name,
    Nil,
    Number,
    NumericFor,
    Pair,
    Return,
    Statement,
    String,
    Unary,
)

Undo = list[Callable[[], None]]
"""What takes out again what was put into a tree, the last first."""

_ARITHMETIC = {"+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>"}


def put_unused(block: Block, proto: Proto, unused: Collection[int], numbers: ConstantNumbers) -> Undo:
    """Put strings into the tree of a function where its list of constants has them; returns what undoes it.

    Args:
        block: the statements of the function.
        proto: the function.
        unused: the constants that may be put there.
        numbers: what was found before of the functions of the chunk.
    """
    if not unused:
        return []
    placing = _Placing(proto, unused, numbers)
    with suppress(_ElsewhereError, RecursionError):
        placing.place(block)
    return placing.undo


class ConstantNumbers:
    """Where the functions of a chunk use their constants, which is found once for each."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Proto, list[_Numbered | Proto]]] = {}

    def of(self, proto: Proto) -> _Numbered:
        """The number of each constant in the function that used it last, of a function and those inside it."""
        found: _Numbered = {}
        waiting: list[_Numbered | Proto] = [proto]
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                found.update(part)
            else:
                waiting += reversed(self._parts(part))
        return found

    def _parts(self, proto: Proto) -> list[_Numbered | Proto]:
        """The numbers of a function's own constants, and the functions inside it, in the order of their use."""
        if id(proto) not in self._found:
            code, constants = Code(proto), list(enumerate(map(exact, proto.constants)))
            parts: list[_Numbered | Proto] = []
            number = 0
            for pc in range(code.size):
                for used in code.constants_used(pc):
                    if number <= used:
                        parts.append({value: new for new, value in constants[number : used + 1]})
                        number = used + 1
                if code.op[pc] == "CLOSURE" and code.bx[pc] < len(proto.protos) and not code.is_data[pc]:
                    parts.append(proto.protos[code.bx[pc]])
            parts.append({value: new for new, value in constants[number:]})
            self._found[id(proto)] = proto, parts
        return self._found[id(proto)][1]


_Numbered = dict[object, int]
"""Numbers of constants, by their exact values."""


class _ElsewhereError(Exception):
    """The constants are not those of the tree for another reason."""


class _Placing:
    """Walks the tree of a function in the order of the compiler.

    Attributes:
        constants: the constants of the function.
        unused: those that may be put into the tree.
        dropped: those of them that no instruction uses.
        known: what was found before of the functions of the chunk.
        number: how many the tree has had so far.
        numbers: of each constant that was read so far, where the compiler would look for it: all functions of a chunk
            share that, so that a function inside hides what was there before (lcode.c: addk).
        inside: the functions inside that are still to come.
        statements: the statements around the place, the innermost last: the block of each, and ``number`` where
            it began, -1 where no string of the list can stand before it.
        operand: the last expression that a string can stand before, and what it is an operand of; None if there is
            none since the last constant.
        undo: what takes out again what was put into the tree.
    """

    def __init__(self, proto: Proto, unused: Collection[int], known: ConstantNumbers) -> None:
        self.known = known
        self.constants, self.unused = proto.constants, unused
        self.dropped = {number for number, _ in Code(proto).dropped_strings(with_used=False)} if unused else set()
        self.number = 0
        self.numbers: _Numbered = {}
        self.inside = iter(proto.protos)
        self.statements: list[tuple[list[Statement], Statement, int]] = []
        self.operand: tuple[Expression, Node] | None = None
        self.undo: Undo = []

    def place(self, block: Block) -> None:
        """Put strings into the whole function."""
        self._block(block.statements)
        self._at_end(block.statements)

    def _at_end(self, statements: list[Statement]) -> None:
        """Put what is left behind the last statement; a return with values, which they stand behind, is in a block."""
        left = [index for index in range(self.number, len(self.constants)) if index in self.unused]
        last = statements[-1] if statements else None
        if left and isinstance(last, Return) and last.values:
            statements[-1] = last = Do(Block([last]))
            self.undo.insert(0, partial(_opened, statements, last))
        for index in left:
            place = len(statements) - isinstance(last, Return)
            while place and isinstance(statements[place - 1], Label):  # which may end the block as they stand
                place -= 1
            self._insert(statements, place, String(_bytes(self.constants[index])))

    def _block(self, statements: list[Statement]) -> None:
        for statement in list(statements):
            self.statements.append((statements, statement, self.number))
            self._children(statement)
            self.statements.pop()

    def _visit(self, node: Node, parent: Node, user: Node | None = None) -> None:
        """Walk a node, then count its constant; ``user`` is what uses its value, if that is not its parent."""
        user = user or parent
        if isinstance(node, Expression) and not isinstance(node, Multiple) and not _is_target(node, parent):
            self.operand = node, parent
        match node:
            case FunctionBody():  # has its own
                self._function(node)
            case Block():
                self._block(node.statements)
            case String():
                self._string(node.value)
            case Name():
                if node.name != "_ENV" and is_global_name(node.name.encode()):
                    self._string(node.name.encode())
            case Number() | Nil() | Boolean():
                self._value(getattr(node, "value", None), node, user)
            case Unary(operator="-", operand=Number(value=number)) if number != 0 or isinstance(number, int):
                self._value(-number, node, user)  # luac folds it, but for -0.0 (lcode.c: constfolding)
            case Binary():
                self._operands(node, user)
            case _:
                self._children(node)

    def _function(self, node: FunctionBody) -> None:
        """Count the constants of a function inside; strings that the list has again behind it were named before it."""
        inner = next(self.inside, None)
        hidden = {} if inner is None else _numbers_of_tree(node, inner, self.known)
        keys = [exact(constant) for constant in self.constants]
        while self.number in self.dropped and keys[self.number] in {*hidden}.intersection(keys[self.number + 1 :]):
            self._put()
        if self.number < len(keys) and keys[self.number] in hidden:  # it was named behind the function
            self.statements[-1] = (*self.statements[-1][:2], -1)
        self.numbers.update(hidden)

    def _operands(self, node: Binary, user: Node) -> None:
        if node.operator in _ARITHMETIC and _is_number(node.left):
            self._visit(node.right, node)  # a number on the left waits for the right (lcode.c: luaK_infix)
            self._visit(node.left, node)
        else:
            self._visit(node.left, node)
            self._visit(node.right, node, user if _is_right_alone(node) else None)

    def _children(self, node: Node) -> None:
        if isinstance(node, MethodCall):
            self._visit(node.object, node)
            self._string(node.method.encode())
            for argument in list(node.arguments):
                self._visit(argument, node)
            return
        for child in list(node.children()):
            if child is getattr(node, "body", None) and isinstance(node, NumericFor) and node.step is None:
                self._step(node)
            self._visit(child, node)

    def _step(self, loop: NumericFor) -> None:
        """Count the step 1 of a loop without one (lparser.c: fornum); it is written if a string stands before it."""
        number = len(self.undo)
        loop.step = step = Number(1)
        self._visit(step, loop)
        if loop.step is step:
            loop.step = None
        else:
            self.undo.insert(len(self.undo) - number, partial(setattr, loop, "step", None))

    def _string(self, value: bytes) -> None:
        """Count a string, which is in the list for sure."""
        if self._is_known(value):
            return
        while self.number < len(self.constants) and exact(self.constants[self.number]) != exact(value):
            self._put()
        if self.number >= len(self.constants):
            raise _ElsewhereError
        self._count(value)

    def _value(self, value: Constant, node: Node, user: Node) -> None:
        """Count a number, or another constant, which may be in no list."""
        if self._is_known(value) or (isinstance(node, Nil | Boolean) and not _is_operand(user)):
            return
        number = self.number
        while number in self.unused:
            number += 1
        if number < len(self.constants) and exact(self.constants[number]) == exact(value):
            while self.number < number:
                self._put()
            self._count(value)

    def _is_known(self, value: Constant) -> bool:
        """Whether the compiler finds a constant that was read before."""
        number = self.numbers.get(exact(value), self.number)
        return number < self.number and exact(self.constants[number]) == exact(value)

    def _count(self, value: Constant) -> None:
        self.numbers[exact(value)] = self.number
        self.number += 1
        self.operand = None

    def _put(self) -> None:
        """Put the next string of the list where the walk is, if it may be put there."""
        if self.number not in self.unused:
            raise _ElsewhereError
        value = _bytes(self.constants[self.number])
        operand: tuple[Expression, Node] | None = None
        statements, statement, number = self.statements[-1]
        if number == self.number:
            place = next(index for index, other in enumerate(statements) if other is statement)
            while place and _is_nil(statements[place - 1]):  # which can be one LOADNIL with what is behind it
                place -= 1
            self._insert(statements, place, String(value))
            self.statements[-1] = (statements, statement, number + 1)
        elif self.operand is None:
            raise _ElsewhereError
        else:
            node, parent = self.operand
            operand = node, self._prefix(String(value), node, parent)
        self._count(value)
        self.operand = operand

    def _insert(self, statements: list[Statement], place: int, string: String) -> None:
        """Put a statement without an instruction at a place."""
        made = If(string, Block([]), [], None)
        statements.insert(place, made)
        self.undo.insert(0, partial(_remove, statements, made))

    def _prefix(self, string: String, node: Expression, parent: Node) -> Binary:
        """Make ``string and node`` of a node, and return it."""
        both = Binary(string, "and", node)
        _replace(parent, node, both)
        self.undo.insert(0, partial(_replace, parent, both, node))
        return both


def _numbers_of_tree(function: FunctionBody, proto: Proto, known: ConstantNumbers) -> _Numbered:
    """The same as ``ConstantNumbers.of``, of the tree of a function if it was read, which tells more of the order."""
    placing = _Placing(proto, (), known)
    with suppress(_ElsewhereError):
        placing.place(function.body)
        return placing.numbers
    return known.of(proto)


def _bytes(value: Constant) -> bytes:
    return value if isinstance(value, bytes) else b""


def _is_operand(parent: Node) -> bool:
    """Whether what a node has inside can be a constant of an instruction, which nil and booleans are in no other place.

    They are keys, values of fields, and operands (lcode.c: luaK_exp2RK).
    """
    is_binary = isinstance(parent, Binary) and parent.operator not in ("and", "or", "..")
    return is_binary or isinstance(parent, Index | Pair | Assign)


def _is_nil(statement: Statement) -> bool:
    """Whether a statement declares variables without values, and so has no constants."""
    return isinstance(statement, Local) and not statement.values


def _is_right_alone(node: Binary) -> bool:
    """Whether its right operand can be all that luac makes of ``and`` or ``or`` (lcode.c: luaK_infix).

    The constant that the left ends with decides nothing then.
    """
    decided = decides(last_operand(node.left))
    return (node.operator == "and" and decided is True) or (node.operator == "or" and decided is False)


def _is_number(node: Node) -> bool:
    is_negative = isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Number)
    return is_negative or isinstance(node, Number)


def _is_target(node: Node, parent: Node) -> bool:
    """Whether a node is assigned to."""
    return isinstance(parent, Assign) and any(target is node for target in parent.targets)


def _remove(statements: list[Statement], statement: Statement) -> None:
    """Take a statement out of a list."""
    statements[:] = [other for other in statements if other is not statement]


def _opened(statements: list[Statement], block: Do) -> None:
    """Put the statements of a block in its place."""
    place = next(index for index, other in enumerate(statements) if other is block)
    statements[place : place + 1] = block.body.statements


def _replace(parent: Node, node: Expression, other: Expression) -> None:
    """Put another node in the place of one."""
    for name in parent.FIELDS:
        value = getattr(parent, name)
        if value is node:
            setattr(parent, name, other)
        elif isinstance(value, list):
            value[:] = [other if element is node else element for element in value]
