"""Faults of control flow: recursion and loops that do not end, and results that are not returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Break,
    Call,
    Expression,
    FunctionBody,
    FunctionStatement,
    Goto,
    If,
    Label,
    Local,
    LocalFunction,
    MethodCall,
    Name,
    Number,
    NumericFor,
    Repeat,
    Return,
    Unary,
    While,
)
from aidec.synthesis.faults import Flaw, changed, fault, operator_of, place_of, removed, replaced, shown
from aidec.synthesis.rewriting import Unit, names_in, spots_in

OPPOSITE = {"-": "+", "+": "-"}

RESULT = b"result"
"""The variable that gets what is not returned."""

# Recursion


class Recursive(NamedTuple):
    """A function that calls itself.

    Attributes:
        name: its name.
        body: its parameters and its body.
        calls: the calls.
        fills_stack: whether one of them is no tail call, which takes no room in the stack.
    """

    name: str
    body: FunctionBody
    calls: Sequence[Call | MethodCall]
    fills_stack: bool


def recursive(unit: Unit) -> Iterator[Recursive]:
    """The functions of a source that call themselves by their own names."""
    for node in unit.nodes(LocalFunction, FunctionStatement):
        if isinstance(node, LocalFunction):
            name, target, method = node.variable.name, Name(node.variable.name), None
        else:
            name, target, method = shown(unit.bytes_of(node.target)), node.target, node.method
        inside = [spot.node for spot in spots_in(node.function.body, Call, MethodCall)]
        calls = [each for each in inside if _calls(each, target, method)]
        if calls:
            returns = (spot.node.values for spot in spots_in(node.function.body, Return))
            tails = [id(values[0]) for values in returns if len(values) == 1]
            yield Recursive(method or name, node.function, calls, any(id(call) not in tails for call in calls))


def _calls(node: Call | MethodCall, target: Expression, method: str | None) -> bool:
    """Whether a call is of a function of some name, or of a method."""
    return node.method == method if isinstance(node, MethodCall) else method is None and node.function == target


@fault("missing-base-case")
def missing_base_case(unit: Unit) -> Iterator[Flaw]:
    """Leave out the case in which a function does not call itself."""
    for name, body, calls, fills_stack in recursive(unit):
        own = {id(call) for call in calls}
        for spot in spots_in(body, If, Binary):
            node = spot.node
            if isinstance(node, If) and _returns(node.body) and not _has(node.body, own):
                yield _without_case(unit, node, name)._replace(fills_stack=fills_stack)
            test = _choice(node)
            if test is not None and _has(node.right, own) and not _has(node.left, own):
                names = {"name": name, "test": shown(unit.bytes_of(test))}
                yield replaced(unit, node, unit.bytes_of(node.right), **names)._replace(fills_stack=fills_stack)


def _choice(node: Node) -> Expression | None:
    """The test of ``test and a or b``."""
    if not isinstance(node, Binary) or node.operator != "or" or not isinstance(node.left, Binary):
        return None
    return node.left.left if node.left.operator == "and" else None


def _without_case(unit: Unit, node: If, name: str) -> Flaw:
    """The flaw that a choice has not its first case."""
    names = {"name": name, "test": shown(unit.bytes_of(node.test))}
    start = place_of(node).start
    if node.alternatives:
        return changed(unit, start, place_of(node.alternatives[0].test).start, b"if ", **names)
    if node.otherwise is not None:
        return changed(unit, start, place_of(node.otherwise).start, b"do", **names)
    return removed(unit, node, **names)


@fault("recursion-unchanged")
def recursion_unchanged(unit: Unit) -> Iterator[Flaw]:
    """Let a function call itself with the argument that it got."""
    for (name, _, _, fills_stack), argument in _steps(unit):
        value = unit.bytes_of(argument.left)
        yield replaced(unit, argument, value, name=name, value=shown(value))._replace(fills_stack=fills_stack)


@fault("recursion-direction")
def recursion_direction(unit: Unit) -> Iterator[Flaw]:
    """Let a function call itself with an argument that goes away from its base case."""
    for (name, _, _, fills_stack), argument in _steps(unit):
        if argument.operator in OPPOSITE:
            new, value = OPPOSITE[argument.operator].encode(), shown(unit.bytes_of(argument.left))
            flaw = changed(unit, *operator_of(unit, argument), new, argument, name=name, value=value)
            yield flaw._replace(fills_stack=fills_stack)


def _steps(unit: Unit) -> Iterator[tuple[Recursive, Binary]]:
    """The arguments of recursive calls that are a parameter and a number, such as ``n - 1``."""
    for function in recursive(unit):
        for call in function.calls:
            for each in call.arguments:
                if isinstance(each, Binary) and isinstance(each.left, Name) and isinstance(each.right, Number):
                    yield function, each


def _has(node: Node, wanted: set[int]) -> bool:
    return any(id(each) in wanted for each in node.walk())


def _returns(block: Block) -> bool:
    return bool(block.statements) and isinstance(block.statements[-1], Return)


# Loops


def _counted(unit: Unit) -> Iterator[tuple[Node, Expression, Assign]]:
    """The loops whose tests need a variable that the body assigns: the loop, its test, and the assignment."""
    for node in unit.nodes(While, Repeat):
        yield from ((node, node.test, each) for each in _assigned([node.body], _read(node.test, [node.body])))
    for block in unit.nodes(Block):
        for index, node in enumerate(block.statements):
            if isinstance(node, If) and len(node.body.statements) == 1 and isinstance(node.body.statements[0], Goto):
                before = block.statements[:index]
                label = next((n for n, each in enumerate(before) if each == Label(node.body.statements[0].label)), None)
                if label is not None:
                    yield from (
                        (node, node.test, each) for each in _assigned(before[label:], _read(node.test, before[label:]))
                    )


def _read(test: Expression, body: Sequence[Node]) -> set[str]:
    """The names that a test needs: those in it, and those of which the body declares these."""
    names = names_in(test)
    for node in body:
        for each in node.walk():
            if isinstance(each, Local) and {variable.name for variable in each.variables} & names:
                names |= names_in(*each.values)
    return names


def _assigned(body: Sequence[Node], names: set[str]) -> Iterator[Assign]:
    """The assignments of a body to a variable of some names that compute it of itself."""
    inside = [spot.node for around in body for spot in spots_in(around, Assign)]
    for each in [*inside, *(around for around in body if isinstance(around, Assign))]:
        target, value = each.targets[0], each.values[0]
        is_single = len(each.targets) == len(each.values) == 1
        is_update = is_single and isinstance(value, Binary) and value.left == target
        if is_update and isinstance(target, Name) and target.name in names:
            yield each


@fault("counter-unchanged")
def counter_unchanged(unit: Unit) -> Iterator[Flaw]:
    """Leave out the assignment that brings a loop to its end."""
    for loop, test, node in _counted(unit):
        yield removed(unit, node, loop, **_of_loop(unit, node, test))


@fault("counter-direction")
def counter_direction(unit: Unit) -> Iterator[Flaw]:
    """Let the variable of a loop's test go the other way."""
    for loop, test, node in _counted(unit):
        value = node.values[0]
        if isinstance(value, Binary) and value.operator in OPPOSITE:
            new = OPPOSITE[value.operator].encode()
            yield changed(unit, *operator_of(unit, value), new, loop, **_of_loop(unit, node, test))


def _of_loop(unit: Unit, node: Assign, test: Expression) -> dict[str, str]:
    return {"name": shown(unit.bytes_of(node.targets[0])), "test": shown(unit.bytes_of(test))}


@fault("constant-condition")
def constant_condition(unit: Unit) -> Iterator[Flaw]:
    """Give a loop a test that never ends it."""
    for node in unit.nodes(While, Repeat):
        new = b"true" if isinstance(node, While) else b"false"
        if not isinstance(node.test, Boolean):
            yield replaced(unit, node.test, new, node, loop="while" if isinstance(node, While) else "repeat")


@fault("missing-break")
def missing_break(unit: Unit) -> Iterator[Flaw]:
    """Leave out the ``break`` of a loop whose test does not end it."""
    for loop in unit.nodes(While, Repeat):
        if isinstance(loop.test, Boolean):
            for node in (spot.node for spot in spots_in(loop.body, If)):
                if node.body.statements == [Break()] and not node.alternatives and node.otherwise is None:
                    yield removed(unit, node, loop, test=shown(unit.bytes_of(node.test)))


@fault("zero-step")
def zero_step(unit: Unit) -> Iterator[Flaw]:
    """Let a loop that counts down have the step 0."""
    for node in unit.nodes(NumericFor):
        if isinstance(node.step, Unary) and isinstance(node.step.operand, Number):
            yield replaced(unit, node.step, b"0", node, name=node.variable.name)


# Results


@fault("lost-return")
def lost_return(unit: Unit) -> Iterator[Flaw]:
    """Compute the result of a function, and not return it."""
    for node in _with_values(unit):
        start, values, end = place_of(node).start, place_of(node.values[0]).start, place_of(node).end
        is_call = len(node.values) == 1 and isinstance(node.values[0], Call | MethodCall)
        keeps = is_call and not unit.bytes_of(node.values[0]).startswith(b"(")
        new = b"" if keeps else b"local " + RESULT + b" = "
        yield changed(unit, start, values, new, node, value=shown(unit.text[values:end]))


@fault("empty-return")
def empty_return(unit: Unit) -> Iterator[Flaw]:
    """Return nothing where a function has a result."""
    for node in _with_values(unit):
        value = unit.text[place_of(node.values[0]).start : place_of(node).end]
        yield replaced(unit, node, b"return", value=shown(value))


@fault("lost-result")
def lost_result(unit: Unit) -> Iterator[Flaw]:
    """Return one value less than a function has."""
    for node in _with_values(unit):
        if len(node.values) > 1:
            start, end = place_of(node.values[-2]).end, place_of(node.values[-1]).end
            if unit.text[start : start + 1] == b",":
                yield changed(unit, start, end, b"", node, value=shown(unit.bytes_of(node.values[-1])))


def _with_values(unit: Unit) -> Iterator[Return]:
    """What returns a value of a function; the main one is called by nobody."""
    for function in unit.nodes(FunctionBody):
        yield from (spot.node for spot in spots_in(function.body, Return) if spot.node.values)
