"""A rewrite that puts the body of a function in the place of its only call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from aidec.lua.nodes import (
    Assign,
    Block,
    Call,
    CallStatement,
    Do,
    Function,
    FunctionBody,
    Goto,
    Local,
    LocalFunction,
    Name,
    Return,
    Statement,
    Vararg,
    Variable,
)
from aidec.lua.variables import local_variable
from aidec.synthesis.rewrites_forms import put
from aidec.synthesis.rewriting import Site, Unit, has_labels, names_in, rewrite, spots_in


class Called(NamedTuple):
    """A statement that is a call, or has its value: the block around, the statement, and the call."""

    block: Block
    statement: Statement
    call: Call


@rewrite("inline-function", "behaviour")
def inline_function(unit: Unit) -> Iterator[Site]:
    """Put the body of a local function in the place of its only call."""
    uses: dict[int, list[Name]] = {}
    for name in unit.nodes(Name):
        variable = local_variable(name.variable)
        if variable is not None:
            uses.setdefault(id(variable.declaration), []).append(name)
    calls = {id(called.call.function): called for called in _calls(unit)}
    for block, node in unit.statements(LocalFunction, Local):
        declared = _declared(node)
        if declared is None:
            continue
        declaration, function = declared
        names = uses.get(id(declaration), [])
        called = calls.get(id(names[0])) if len(names) == 1 else None
        if called is None or any(each is names[0] for each in function.walk()):
            continue
        if _can_move(block, node, function) and _has_form(called, function):
            yield partial(_inline, block, node, called, function)


def _calls(unit: Unit) -> Iterator[Called]:
    """The statements that are a call of a name, or have its value as the only one."""
    for block, node in unit.statements(CallStatement, Assign, Local, Return):
        values = [node.call] if isinstance(node, CallStatement) else node.values
        if len(values) == 1 and isinstance(values[0], Call) and isinstance(values[0].function, Name):
            yield Called(block, node, values[0])


def _declared(node: LocalFunction | Local) -> tuple[Variable, FunctionBody] | None:
    """The variable and the function of a statement that declares a function and nothing else."""
    if isinstance(node, LocalFunction):
        return node.variable, node.function
    if len(node.variables) == len(node.values) == 1 and isinstance(node.values[0], Function):
        return node.variables[0], node.values[0].function
    return None


def _can_move(block: Block, node: Statement, function: FunctionBody) -> bool:
    """Whether a function means the same everywhere after its declaration: no name that it uses is declared again."""
    if any(spots_in(function, Vararg, Goto)) or has_labels(function.body):
        return False
    inside = {id(each) for each in function.walk()}
    free = set()
    for name in (each for each in function.walk() if isinstance(each, Name)):
        variable = local_variable(name.variable)
        if variable is None or id(variable.declaration) not in inside:
            free.add(name.name)
    after = block.statements[next(index for index, each in enumerate(block.statements) if each is node) + 1 :]
    declared = {each.name for rest in after for each in rest.walk() if isinstance(each, Variable)}
    return not free & (declared | {"self", "_ENV"})


def _has_form(called: Called, function: FunctionBody) -> bool:
    """Whether statements can do what a call does: its value is returned, or dropped, or comes of the last statement."""
    statement, arguments = called.statement, called.call.arguments
    if arguments and not function.parameters:
        return False
    returns: list[Return] = [spot.node for spot in spots_in(function.body, Return)]
    if not isinstance(statement, Assign | Local):
        return isinstance(statement, Return) or not returns
    if len(returns) != 1 or len(returns[0].values) != 1 or not isinstance(function.body.statements[-1], Return):
        return False
    places = statement.targets if isinstance(statement, Assign) else statement.variables
    if len(places) != 1 or not isinstance(places[0], Name | Variable):
        return False
    return places[0].name not in names_in(function, *arguments)


def _inline(block: Block, node: Statement, called: Called, function: FunctionBody) -> None:
    """Put the body in the place of the call, if that has not changed, and take the declaration away."""
    statement, body = called.statement, function.body
    if not any(each is statement for each in called.block.statements):
        return
    new: list[Statement] = [Do(body)]
    last = body.statements[-1] if body.statements else None
    if isinstance(statement, Return):
        if not isinstance(last, Return):
            new.append(Return([]))
    elif isinstance(statement, Assign | Local) and isinstance(last, Return):
        place = statement.targets[0] if isinstance(statement, Assign) else statement.variables[0]
        if isinstance(place, Name | Variable):
            body.statements[-1] = Assign([Name(place.name)], last.values)
        if isinstance(place, Variable):
            new.insert(0, Local([place], []))
    parameters = [each for each in function.parameters if isinstance(each, Variable)]
    if parameters:
        body.statements.insert(0, Local(parameters, called.call.arguments))
    put(called.block, statement, new)
    block.statements = [each for each in block.statements if each is not node]
