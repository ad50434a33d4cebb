"""The nodes of a source text, made of what tree-sitter finds: values, places and comments, the inner nodes first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from aidec.common.errors import CompileError
from aidec.lua.comments import attach
from aidec.lua.lines import FIRST_LINE, line_starts
from aidec.lua.literals import number_value, string_value
from aidec.lua.node import Comments, Place
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Break,
    Call,
    CallStatement,
    Do,
    ElseIf,
    Expression,
    Function,
    FunctionBody,
    FunctionStatement,
    GenericFor,
    Goto,
    If,
    Index,
    Item,
    Label,
    Local,
    LocalFunction,
    Main,
    MethodCall,
    Name,
    Nil,
    Number,
    NumericFor,
    Pair,
    Parenthesized,
    Repeat,
    Return,
    Statement,
    String,
    Table,
    Unary,
    Vararg,
    Variable,
    While,
)
from aidec.lua.structure import node_kinds, parse_structure

if TYPE_CHECKING:
    from tree_sitter import Tree

_LEAVES = {"string", "number"}
_SIGNS = {",", ";", "(", ")", ".", "::", "="}
_METHODS = {"block": "statements"}
_new = tuple.__new__

_Host = TypeVar("_Host", Block, Table)


class _Part(NamedTuple):
    """A node of tree-sitter's, or a word or sign: its kind, its place, and what was made of it."""

    kind: str
    start: int
    end: int
    value: Any


class Builder:
    """Makes the nodes of a text, the inner ones first.

    Attributes:
        main: the tree.
        hosts: the blocks and tables, which comments can stand in.
    """

    main: Main

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.lines = line_starts(source)
        self.hosts: list[Block | Table] = []
        tree, comments = parse_structure(source, CompileError)
        self._build(tree)
        attach(self.hosts, source, comments, self.lines)
        first_line = FIRST_LINE.findall(source)[0]
        if first_line:
            self.main.body.comments = self.main.body.comments or Comments()
            self.main.body.comments.before.insert(0, first_line.rstrip())

    def _build(self, tree: Tree) -> None:
        """Walk tree-sitter's tree; the parts of each node are complete when the node is left."""
        makers = _makers()
        cursor = tree.walk()
        around: list[list[_Part]] = []
        parts: list[_Part] = []
        going_down = True
        while True:
            node: Any = cursor.node
            kind, make = makers[node.kind_id]
            if going_down and kind not in _LEAVES and cursor.goto_first_child():
                around.append(parts)
                parts = []
                continue
            inner: list[_Part] = []
            if not going_down:
                inner, parts = parts, around.pop()
            if make is not None:
                start, end = node.start_byte, node.end_byte
                parts.append(_new(_Part, (kind, start, end, make(self, inner, self.place(start, end)))))
            elif kind not in _SIGNS:
                parts.append(_Part(kind, node.start_byte, node.end_byte, None))
            going_down = cursor.goto_next_sibling()
            if not going_down and not cursor.goto_parent():
                return

    def place(self, start: int, end: int) -> Place:
        line = bisect_right(self.lines, start)
        return _new(Place, (start, end, line, start - self.lines[line - 1] + 1))

    def block(self, parts: Sequence[_Part], opener: int) -> Block:
        """The block behind a word or a sign; its place reaches to the part behind it."""
        inside = parts[opener + 1]
        is_empty = inside.kind != "block"
        end = inside.start if is_empty else parts[opener + 2].start if opener + 2 < len(parts) else inside.end
        return self.host(Block([] if is_empty else inside.value), self.place(parts[opener].end, end))

    def host(self, node: _Host, place: Place) -> _Host:
        """A block or a table with its place."""
        node.place = place
        self.hosts.append(node)
        return node

    # Each method below makes a node, or a part of one, of one kind of tree-sitter's, which its name is.

    def chunk(self, parts: list[_Part], place: Place) -> None:
        body = self.host(Block(_statements(parts)), self.place(self.lines[0], len(self.source)))
        self.main = Main(body, place=body.place)

    def statements(self, parts: list[_Part], place: Place) -> list[Statement]:
        return _statements(parts)

    def assignment_statement(self, parts: list[_Part], place: Place) -> Assign:
        targets, values = parts[0].value, parts[1].value
        return Assign(targets, _cut(values, len(targets)), place=place)

    def variable_declaration(self, parts: list[_Part], place: Place) -> Local:
        names: Any = parts[1].value
        values: list[Expression] = []
        if isinstance(names, Assign):
            names, values = names.targets, names.values
        return Local(_variables(names), values, place=place)

    def function_declaration(self, parts: list[_Part], place: Place) -> Statement:
        if parts[0].kind == "local":
            return LocalFunction(_variable(parts[2].value), self.function(parts, 3), place=place)
        target, method = parts[1].value, None
        if parts[1].kind == "method_index_expression":
            target, method = target
        return FunctionStatement(target, method, self.function(parts, 2), place=place)

    def function(self, parts: list[_Part], parameters: int) -> FunctionBody:
        """A function from its parameters, one of the parts, to its last."""
        place = self.place(parts[parameters].start, parts[-1].end)
        return FunctionBody(parts[parameters].value, self.block(parts, parameters), place=place)

    def do_statement(self, parts: list[_Part], place: Place) -> Do:
        return Do(self.block(parts, 0), place=place)

    def while_statement(self, parts: list[_Part], place: Place) -> While:
        return While(_one(parts[1].value), self.block(parts, 2), place=place)

    def repeat_statement(self, parts: list[_Part], place: Place) -> Repeat:
        return Repeat(self.block(parts, 0), _one(parts[-1].value), place=place)

    def if_statement(self, parts: list[_Part], place: Place) -> If:
        made = If(_one(parts[1].value), self.block(parts, 2), [], None, place=place)
        for part, behind in pairwise(parts):
            if part.kind == "else_statement":
                made.otherwise = part.value
                _extend(part.value, behind.start)
            elif part.kind == "elseif_statement":
                made.alternatives.append(part.value)
                _extend(part.value, behind.start)
                _extend(part.value.body, behind.start)
        return made

    def elseif_statement(self, parts: list[_Part], place: Place) -> ElseIf:
        parts.append(_Part("", place.end, place.end, None))
        return ElseIf(_one(parts[1].value), self.block(parts, 2), place=place)

    def else_statement(self, parts: list[_Part], place: Place) -> Block:
        parts.append(_Part("", place.end, place.end, None))
        return self.block(parts, 0)

    def for_statement(self, parts: list[_Part], place: Place) -> Statement:
        clause, body = parts[1], self.block(parts, 2)
        if clause.kind == "for_numeric_clause":
            variable, first, limit, step = clause.value
            return NumericFor(variable, first, limit, step, body, place=place)
        variables, values = clause.value
        return GenericFor(variables, values, body, place=place)

    def for_numeric_clause(self, parts: list[_Part], place: Place) -> tuple[Any, ...]:
        variable, *values = [part.value for part in parts]
        return _variable(variable), *map(_one, values), *[None] * (3 - len(values))

    def for_generic_clause(self, parts: list[_Part], place: Place) -> tuple[Any, ...]:
        return _variables(parts[0].value), _cut(parts[2].value, 3)

    def return_statement(self, parts: list[_Part], place: Place) -> Return:
        values = parts[1].value if len(parts) > 1 else []
        return Return(_cut(values), place=place)

    def break_statement(self, parts: list[_Part], place: Place) -> Break:
        return Break(place=place)

    def goto_statement(self, parts: list[_Part], place: Place) -> Goto:
        return Goto(parts[1].value.name, place=place)

    def label_statement(self, parts: list[_Part], place: Place) -> Label:
        return Label(parts[0].value.name, place=place)

    def expression_list(self, parts: list[_Part], place: Place) -> list[Any]:
        return [part.value for part in parts]

    variable_list = expression_list

    def identifier(self, parts: list[_Part], place: Place) -> Name:
        return Name(self.source[place.start : place.end].decode("ascii"), place=place)

    def nil(self, parts: list[_Part], place: Place) -> Nil:
        return Nil(place=place)

    def true(self, parts: list[_Part], place: Place) -> Boolean:
        return Boolean(value=True, place=place)

    def false(self, parts: list[_Part], place: Place) -> Boolean:
        return Boolean(value=False, place=place)

    def number(self, parts: list[_Part], place: Place) -> Number:
        return Number(number_value(self.source[place.start : place.end].decode("ascii")), place=place)

    def string(self, parts: list[_Part], place: Place) -> String:
        return String(string_value(self.source[place.start : place.end]), place=place)

    def vararg_expression(self, parts: list[_Part], place: Place) -> Vararg:
        return Vararg(place=place)

    def function_definition(self, parts: list[_Part], place: Place) -> Function:
        return Function(self.function(parts, 1), place=place)

    def parameters(self, parts: list[_Part], place: Place) -> list[Any]:
        values = (part.value for part in parts)
        return [_variable(value) if isinstance(value, Name) else value for value in values]

    def dot_index_expression(self, parts: list[_Part], place: Place) -> Index:
        return Index(_one(parts[0].value), _key(parts[1].value), place=place)

    def bracket_index_expression(self, parts: list[_Part], place: Place) -> Index:
        return Index(_one(parts[0].value), _one(parts[2].value), place=place)

    def method_index_expression(self, parts: list[_Part], place: Place) -> tuple[Expression, str]:
        return _one(parts[0].value), parts[-1].value.name

    def function_call(self, parts: list[_Part], place: Place) -> Call | MethodCall:
        called, arguments = parts[0].value, parts[1].value
        if parts[0].kind == "method_index_expression":
            return MethodCall(called[0], called[1], arguments, place=place)
        return Call(_one(called), arguments, place=place)

    def arguments(self, parts: list[_Part], place: Place) -> list[Expression]:
        return _cut([part.value for part in parts])

    def parenthesized_expression(self, parts: list[_Part], place: Place) -> Expression:
        inside: Expression = parts[0].value
        if isinstance(inside, Call | MethodCall | Vararg):
            return Parenthesized(inside, place=place)
        return inside

    def table_constructor(self, parts: list[_Part], place: Place) -> Table:
        fields = [part.value for part in parts if part.value is not None]
        for field in fields[:-1]:
            field.value = _one(field.value)
        return self.host(Table(fields), place)

    def field(self, parts: list[_Part], place: Place) -> Item | Pair:
        value = parts[-1].value
        if len(parts) == 1:
            return Item(value, place=place)
        key = _one(parts[1].value) if parts[0].kind == "[" else _key(parts[0].value)
        return Pair(key, _one(value), place=place)

    def binary_expression(self, parts: list[_Part], place: Place) -> Binary:
        left, operator, right = parts
        return Binary(_one(left.value), operator.kind, _one(right.value), place=place)

    def unary_expression(self, parts: list[_Part], place: Place) -> Unary:
        return Unary(parts[0].kind, _one(parts[1].value), place=place)


def _one(expression: Expression) -> Expression:
    """An expression that stands where one value is taken, so that parentheses need not cut its values to one."""
    return expression.expression if isinstance(expression, Parenthesized) else expression


def _cut(values: list[Expression], num_targets: int | None = None) -> list[Expression]:
    """Expressions without parentheses that change nothing: only the last can have more values than one.

    Args:
        values: the expressions.
        num_targets: the number of values that are taken of them; None for all there are.
    """
    last = len(values) if len(values) == num_targets else len(values) - 1
    return [_one(value) for value in values[:last]] + values[last:]


def _extend(node: ElseIf | Block, end: int) -> None:
    """Let a node reach to what stands behind it, with the comments between."""
    node.place = cast("Place", node.place)._replace(end=end)


def _statements(parts: list[_Part]) -> list[Statement]:
    """The statements among the parts of a block."""
    values = (part.value for part in parts if part.value is not None)
    return [CallStatement(v, place=v.place) if isinstance(v, Call | MethodCall) else v for v in values]


def _variable(name: Name) -> Variable:
    return Variable(name.name, place=name.place)


def _variables(names: list[Name]) -> list[Variable]:
    return [_variable(name) for name in names]


def _key(name: Name) -> String:
    return String(name.name.encode(), place=name.place)


_Make = Callable[[Builder, list[_Part], Place], Any]


@lru_cache(maxsize=1)
def _makers() -> list[tuple[str, _Make | None]]:
    """For each kind of tree-sitter's nodes its name, and what makes a node of it; None for words and signs."""
    return [
        (kind, getattr(Builder, _METHODS.get(kind, kind), None) if is_named else None)
        for kind, is_named in node_kinds()
    ]
