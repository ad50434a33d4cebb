"""Rewrites of functions and declarations: what another form of the same statement says too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from aidec.decompiler.idioms import is_path
from aidec.lua.nodes import (
    Assign,
    Block,
    Boolean,
    Call,
    Expression,
    Function,
    FunctionStatement,
    Index,
    Local,
    LocalFunction,
    MethodCall,
    Name,
    Nil,
    Number,
    Pair,
    Statement,
    String,
    Table,
    Vararg,
    Variable,
)
from aidec.lua.variables import Global
from aidec.synthesis.rewriting import Site, Unit, names_in, rewrite


def put(block: Block, old: Statement, new: list[Statement]) -> None:
    """Put statements in the place of one, which they get the comments of."""
    index = next(index for index, each in enumerate(block.statements) if each is old)
    old.comments, new[0].comments = None, old.comments
    block.statements[index : index + 1] = new


def is_plain(node: Expression) -> bool:
    """Whether nothing happens when an expression is evaluated: a literal, a local variable, a function."""
    if isinstance(node, Name):
        return not isinstance(node.variable, Global)
    return isinstance(node, Nil | Boolean | Number | String | Function)


@rewrite("method-definition", "bytecode")
def method_definition(unit: Unit) -> Iterator[Site]:
    """Define ``function a:b()`` as ``function a.b(self)``, or back."""
    for node in (each for each in unit.tree.walk() if isinstance(each, FunctionStatement)):
        target, parameters = node.target, node.function.parameters
        if node.method is not None:
            yield partial(_to_field, node, node.method)
        elif isinstance(target, Index) and parameters and parameters[0] == Variable("self"):
            yield partial(_to_method, node, target)


def _to_field(node: FunctionStatement, method: str) -> None:
    node.target, node.method = Index(node.target, String(method.encode())), None
    node.function.parameters.insert(0, Variable("self"))


def _to_method(node: FunctionStatement, target: Index) -> None:
    if isinstance(target.key, String) and isinstance(target.object, Name | Index):
        node.target, node.method = target.object, target.key.value.decode()
        del node.function.parameters[0]


@rewrite("function-assignment", "bytecode")
def function_assignment(unit: Unit) -> Iterator[Site]:
    """Write ``function a.b() end`` as ``a.b = function() end``, or back."""
    for block, node in unit.statements(FunctionStatement, Assign):
        if isinstance(node, FunctionStatement):
            if node.method is None:
                new: Statement = Assign([node.target], [Function(node.function)])
                yield partial(put, block, node, [new])
        elif (
            len(node.targets) == len(node.values) == 1
            and isinstance(node.values[0], Function)
            and is_path(node.targets[0])
        ):
            new = FunctionStatement(node.targets[0], None, node.values[0].function)
            yield partial(put, block, node, [new])


@rewrite("local-function", "behaviour")
def local_function(unit: Unit) -> Iterator[Site]:
    """Write ``local function f`` as ``local f`` and an assignment."""
    for block, node in unit.statements(LocalFunction):
        new: list[Statement] = [
            Local([node.variable], []),
            Assign([Name(node.variable.name)], [Function(node.function)]),
        ]
        yield partial(put, block, node, new)


@rewrite("split-locals", "bytecode")
def split_locals(unit: Unit) -> Iterator[Site]:
    """Declare in a statement each what one ``local`` declares."""
    for block, node in unit.statements(Local):
        if len(node.variables) < 2 or len(node.values) != len(node.variables):
            continue
        declared = {variable.name for variable in node.variables}
        if declared & names_in(*node.values) or isinstance(node.values[-1], Call | MethodCall | Vararg):
            continue
        pairs = zip(node.variables, node.values, strict=True)
        new: list[Statement] = [Local([variable], [value]) for variable, value in pairs]
        yield partial(put, block, node, new)


@rewrite("swap-locals", "behaviour")
def swap_locals(unit: Unit) -> Iterator[Site]:
    """Let two declarations change places, neither of which needs the other."""
    for block in unit.nodes(Block):
        for index, (one, two) in enumerate(zip(block.statements, block.statements[1:], strict=False)):
            if not isinstance(one, Local) or not isinstance(two, Local) or one.comments or two.comments:
                continue
            if {each.name for each in one.variables} & names_in(two) or {
                each.name for each in two.variables
            } & names_in(one):
                continue
            if all(map(is_plain, [*one.values, *two.values])):
                yield partial(_swap, block.statements, index)


def _swap(statements: list[Statement], index: int) -> None:
    statements[index], statements[index + 1] = statements[index + 1], statements[index]


@rewrite("constructor-fields", "behaviour")
def constructor_fields(unit: Unit) -> Iterator[Site]:
    """Assign the named fields of a table after it is made, not in its constructor."""
    for block, node in unit.statements(Local):
        if len(node.variables) != 1 or len(node.values) != 1 or not isinstance(node.values[0], Table):
            continue
        table, name = node.values[0], node.variables[0].name
        pairs = [field for field in table.fields if isinstance(field, Pair) and isinstance(field.key, String)]
        if not pairs or len(pairs) != len(table.fields) or name in names_in(table) or table.comments:
            continue
        made = [Assign([Index(Name(name), pair.key)], [pair.value]) for pair in pairs]
        new: list[Statement] = [Local(node.variables, [Table([])]), *made]
        yield partial(put, block, node, new)
