"""Rewrites of control flow: branches, loops, and the ends of functions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Boolean,
    Break,
    Call,
    Do,
    ElseIf,
    Expression,
    Function,
    FunctionBody,
    If,
    Local,
    MethodCall,
    Name,
    Number,
    NumericFor,
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
from aidec.synthesis.rewrites_forms import put
from aidec.synthesis.rewriting import Site, Unit, has_labels, names_in, rewrite


def negated(test: Expression) -> Expression:
    """The opposite of a test."""
    if isinstance(test, Unary) and test.operator == "not":
        return test.operand
    return Unary("not", test)


def _is_true(node: Expression) -> bool:
    """Whether an expression is surely neither nil nor false."""
    return isinstance(node, Number | String | Table | Function) or node == Boolean(value=True)


@rewrite("elseif-nesting", "bytecode")
def elseif_nesting(unit: Unit) -> Iterator[Site]:
    """Write ``elseif`` as an ``if`` in an ``else``, or back."""
    for node in unit.nodes(If):
        if node.alternatives:
            yield partial(_nest, node)
        elif node.otherwise is not None and len(node.otherwise.statements) == 1 and not node.otherwise.comments:
            inner = node.otherwise.statements[0]
            if isinstance(inner, If) and not inner.comments:
                yield partial(_flatten, node, inner)


def _nest(node: If) -> None:
    last = node.alternatives.pop()
    node.otherwise = Block([If(last.test, last.body, [], node.otherwise)])


def _flatten(node: If, inner: If) -> None:
    node.alternatives += [ElseIf(inner.test, inner.body), *inner.alternatives]
    node.otherwise = inner.otherwise


@rewrite("and-nesting", "bytecode")
def and_nesting(unit: Unit) -> Iterator[Site]:
    """Write ``if a and b then`` as two tests, one in the other."""
    for node in unit.nodes(If):
        if (
            isinstance(node.test, Binary)
            and node.test.operator == "and"
            and not node.alternatives
            and not node.otherwise
        ):
            yield partial(_nest_test, node, node.test)


def _nest_test(node: If, test: Binary) -> None:
    node.body = Block([If(test.right, node.body, [], None)])
    node.test = test.left


@rewrite("invert-if", "behaviour")
def invert_if(unit: Unit) -> Iterator[Site]:
    """Negate the test of an ``if``, and let its branches change places."""
    for node in unit.nodes(If):
        if node.otherwise is not None and not node.alternatives:
            yield partial(_invert, node, node.otherwise)


def _invert(node: If, otherwise: Block) -> None:
    node.test, node.body, node.otherwise = negated(node.test), otherwise, node.body


@rewrite("and-or-to-if", "behaviour")
def and_or_to_if(unit: Unit) -> Iterator[Site]:
    """Write ``x = c and a or b``, or ``return`` of that, as an ``if`` with two branches, where ``a`` is true."""
    for block, node in unit.statements(Assign, Local, Return):
        parts = _choice(node.values[0]) if len(node.values) == 1 else None
        if parts is None:
            continue
        test, one, two = parts
        new: list[Statement]
        if isinstance(node, Return):
            values = [
                Parenthesized(each) if isinstance(each, Call | MethodCall | Vararg) else each for each in (one, two)
            ]
            new = [If(test, Block([Return([values[0]])]), [], Block([Return([values[1]])]))]
        else:
            places = node.targets if isinstance(node, Assign) else node.variables
            if len(places) != 1 or not isinstance(places[0], Name | Variable):
                continue
            name = places[0].name
            if isinstance(node, Local) and name in names_in(*parts):
                continue
            branches = [Block([Assign([Name(name)], [each])]) for each in (one, two)]
            chosen = If(test, branches[0], [], branches[1])
            new = [Local(node.variables, []), chosen] if isinstance(node, Local) else [chosen]
        yield partial(put, block, node, new)


def _choice(value: Expression) -> tuple[Expression, Expression, Expression] | None:
    """The three parts of ``c and a or b`` where ``a`` is true."""
    if isinstance(value, Binary) and value.operator == "or" and isinstance(value.left, Binary):
        both = value.left
        if both.operator == "and" and _is_true(both.right):
            return both.left, both.right, value.right
    return None


@rewrite("if-to-and-or", "behaviour")
def if_to_and_or(unit: Unit) -> Iterator[Site]:
    """Write an ``if`` with two assignments to one variable as ``x = c and a or b``, where ``a`` is true."""
    for block, node in unit.statements(If):
        if node.alternatives or node.otherwise is None:
            continue
        one, two = _assigned(node.body), _assigned(node.otherwise)
        if one is None or two is None or one[0].name != two[0].name or not _is_true(one[1]):
            continue
        new = Assign([one[0]], [Binary(Binary(node.test, "and", one[1]), "or", two[1])])
        yield partial(put, block, node, [new])


def _assigned(block: Block) -> tuple[Name, Expression] | None:
    """The variable and the value of a block that is one assignment."""
    node = block.statements[0] if len(block.statements) == 1 else None
    if not isinstance(node, Assign) or len(node.targets) != 1 or len(node.values) != 1:
        return None
    target = node.targets[0]
    return (target, node.values[0]) if isinstance(target, Name) else None


@rewrite("while-to-repeat", "behaviour")
def while_to_repeat(unit: Unit) -> Iterator[Site]:
    """Write ``while c do ... end`` as ``if c then repeat ... until not c end``."""
    for block, node in unit.statements(While):
        declared = {each.name for each in node.body.walk() if isinstance(each, Variable)}
        if declared & names_in(node.test) or has_labels(node.body) or _ends(node.body):
            continue
        new = If(node.test, Block([Repeat(node.body, negated(node.test))]), [], None)
        yield partial(put, block, node, [new])


@rewrite("repeat-to-while", "behaviour")
def repeat_to_while(unit: Unit) -> Iterator[Site]:
    """Write ``repeat ... until c`` as ``while true do ... if c then break end end``."""
    for block, node in unit.statements(Repeat):
        if not has_labels(node.body) and not _ends(node.body):
            statements: list[Statement] = [*node.body.statements, If(node.test, Block([Break()]), [], None)]
            new = While(Boolean(value=True), Block(statements, comments=node.body.comments))
            yield partial(put, block, node, [new])


def _ends(block: Block) -> bool:
    """Whether nothing can stand after the last statement of a block."""
    return bool(block.statements) and isinstance(block.statements[-1], Return | Break)


@rewrite("for-to-while", "behaviour")
def for_to_while(unit: Unit) -> Iterator[Site]:
    """Write a numeric ``for`` with constant start and step as a ``while`` that counts."""
    for block, node in unit.statements(NumericFor):
        step = 1 if node.step is None else node.step.value if isinstance(node.step, Number) else None
        is_limit = isinstance(node.limit, Number | Binary) or (
            isinstance(node.limit, Unary) and node.limit.operator == "#"
        )
        if not step or not isinstance(node.start, Number) or not is_limit:
            continue
        counter, limit = unit.word(), unit.word()
        count = Assign([Name(counter)], [Binary(Name(counter), "+", Number(step))])
        inner = Do(Block([Local([node.variable], [Name(counter)]), *node.body.statements], comments=node.body.comments))
        declared = Local([Variable(counter), Variable(limit)], [node.start, node.limit])
        loop = While(Binary(Name(counter), "<=", Name(limit)), Block([inner, count]))
        new = Do(Block([declared, loop]))
        yield partial(put, block, node, [new])


@rewrite("early-return", "behaviour")
def early_return(unit: Unit) -> Iterator[Site]:
    """Return early where the rest of a function stands in an ``if``."""
    for function in unit.nodes(FunctionBody):
        statements = function.body.statements
        last = statements[-1] if statements else None
        if isinstance(last, If) and not last.alternatives and last.otherwise is None and not has_labels(function.body):
            guard = If(negated(last.test), Block([Return([])]), [], None)
            new: list[Statement] = [guard, *last.body.statements]
            yield partial(put, function.body, last, new)


@rewrite("late-return", "behaviour")
def late_return(unit: Unit) -> Iterator[Site]:
    """Put what stands after an early return into an ``else``."""
    for function in unit.nodes(FunctionBody):
        if has_labels(function.body):
            continue
        for index, node in enumerate(function.body.statements[:-1]):
            if isinstance(node, If) and not node.alternatives and node.otherwise is None and _returns(node.body):
                yield partial(_put_rest, function.body, node, index)


def _returns(block: Block) -> bool:
    return bool(block.statements) and isinstance(block.statements[-1], Return)


def _put_rest(body: Block, node: If, index: int) -> None:
    node.otherwise = Block(body.statements[index + 1 :])
    del body.statements[index + 1 :]


@rewrite("dead-code", "behaviour")
def dead_code(unit: Unit) -> Iterator[Site]:
    """Put in code that never runs, or whose result is not used."""
    for block in unit.nodes(Block):
        if any(has_labels(each) for each in block.statements):
            continue
        for index in range(len(block.statements) + (not _ends(block))):
            yield partial(block.statements.insert, index, _dead(unit))


def _dead(unit: Unit) -> Statement:
    """A statement that does nothing."""
    name = unit.word()
    body = Block([Local([Variable(name)], [Number(unit.rng.randint(0, 99))])])
    kinds: list[Statement] = [
        If(Boolean(value=False), body, [], None),
        While(Boolean(value=False), body),
        Do(body),
    ]
    return unit.rng.choice(kinds)
