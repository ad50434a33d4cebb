"""Hypothesis strategies: syntax trees of what Lua takes, as ``parse`` makes them."""

from __future__ import annotations

from hypothesis import strategies as st

from aidec.lua.nodes import (
    BINARY_PRIORITY,
    KEYWORDS,
    UNARY_OPERATORS,
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

names = st.one_of(
    st.sampled_from(["a", "b", "x1", "_", "global", "goto_", "comment", "self", "_ENV", "e1", "p"]),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,3}", fullmatch=True).filter(lambda name: name not in KEYWORDS),
)

strings = st.one_of(
    st.sampled_from(
        [b"--[[", b"--]]", b"]]", b"]=]", b"a\nb", b"\n", b"\r\n", b"\0" + b"1", b"\\", b"'", b'"', b"]\n]"]
    ),
    st.lists(
        st.sampled_from([b"[", b"]", b"=", b"\n", b"\r", b'"', b"'", b"\\", b"0", b"\xff", b"\xc3\xa9", b"-"])
    ).map(b"".join),
    names.map(str.encode),
    st.sampled_from(KEYWORDS).map(str.encode),
    st.binary(max_size=6),
)

numbers = st.one_of(
    st.integers(0, 20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(min_value=0.0, allow_nan=False),
    st.sampled_from([0.0, 1e15, 1e16, 1e-5, 2.0**53, 5e-324, float("inf")]),
)
"""Numbers that have a literal."""


def one(expression: Expression) -> Expression:
    """An expression where a single value is taken: parentheses would change nothing."""
    return expression.expression if isinstance(expression, Parenthesized) else expression


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3, *, vararg: bool = True) -> Expression:
    """Any expression, of which the values may be many, or be cut to one."""
    leaves = [st.builds(Nil), st.booleans().map(Boolean), numbers.map(Number), strings.map(String), names.map(Name)]
    kinds: list[st.SearchStrategy[Expression]] = [*leaves, *([st.builds(Vararg)] if vararg else [])]
    if depth > 0:
        single = expressions(depth - 1, vararg=vararg).map(one)
        call = calls(depth - 1, vararg=vararg)
        kinds += [
            st.builds(Binary, single, st.sampled_from(list(BINARY_PRIORITY)), single),
            st.builds(Unary, st.sampled_from(UNARY_OPERATORS), single),
            st.builds(Index, single, single),
            st.builds(Function, functions(depth - 1)),
            st.builds(Parenthesized, call | st.builds(Vararg) if vararg else call),
            *(call, tables(depth - 1, vararg=vararg)),
        ]
    return draw(st.one_of(kinds))


@st.composite
def lists(draw: st.DrawFn, depth: int, *, vararg: bool, least: int = 0, num_targets: int = -1) -> list[Expression]:
    """Expressions of which the last may have many values, unless there is a target for each."""
    values = draw(st.lists(expressions(depth, vararg=vararg), min_size=least, max_size=3))
    last = len(values) if len(values) == num_targets else len(values) - 1
    return [one(value) if index < last else value for index, value in enumerate(values)]


@st.composite
def calls(draw: st.DrawFn, depth: int, *, vararg: bool) -> Call | MethodCall:
    called = draw(expressions(depth, vararg=vararg).map(one))
    arguments = draw(lists(depth, vararg=vararg))
    return MethodCall(called, draw(names), arguments) if draw(st.booleans()) else Call(called, arguments)


@st.composite
def tables(draw: st.DrawFn, depth: int, *, vararg: bool) -> Table:
    fields: list[Item | Pair] = []
    for value in draw(lists(depth, vararg=vararg)):
        key = draw(st.none() | expressions(depth, vararg=vararg).map(one))
        fields.append(Item(value) if key is None else Pair(key, one(value)))
    return Table(fields)


@st.composite
def functions(draw: st.DrawFn, depth: int) -> FunctionBody:
    vararg = draw(st.booleans())
    parameters: list[Variable | Vararg] = [Variable(name) for name in draw(st.lists(names, max_size=2))]
    return FunctionBody(parameters + [Vararg()] * vararg, draw(blocks(depth, vararg=vararg)))


@st.composite
def targets(draw: st.DrawFn, depth: int, *, vararg: bool) -> Name | Index:
    single = expressions(depth, vararg=vararg).map(one)
    return Name(draw(names)) if draw(st.booleans()) else Index(draw(single), draw(single))


@st.composite
def statements(draw: st.DrawFn, depth: int, *, vararg: bool, loop: bool) -> Statement:  # noqa: C901, PLR0911
    single = expressions(depth, vararg=vararg).map(one)
    inside = blocks(depth - 1, vararg=vararg, loop=loop)
    body = blocks(depth - 1, vararg=vararg, loop=True)
    variables = st.lists(names.map(Variable), min_size=1, max_size=3)
    kinds = [Assign, Local, CallStatement, *([Break] if loop else [])]
    if depth > 0:
        kinds += [Do, While, Repeat, If, NumericFor, GenericFor, FunctionStatement, LocalFunction]
    kind = draw(st.sampled_from(kinds))
    if kind is Assign:
        assigned = draw(st.lists(targets(depth, vararg=vararg), min_size=1, max_size=2))
        return Assign(assigned, draw(lists(depth, vararg=vararg, least=1, num_targets=len(assigned))))
    if kind is Local:
        declared = draw(variables)
        return Local(declared, draw(lists(depth, vararg=vararg, num_targets=len(declared))))
    if kind is CallStatement:
        return CallStatement(draw(calls(depth, vararg=vararg)))
    if kind is Do:
        return Do(draw(inside))
    if kind is While:
        return While(draw(single), draw(body))
    if kind is Repeat:
        return Repeat(draw(body), draw(single))
    if kind is If:
        alternatives = draw(st.lists(st.builds(ElseIf, single, inside), max_size=2))
        return If(draw(single), draw(inside), alternatives, draw(st.none() | inside))
    if kind is NumericFor:
        return NumericFor(Variable(draw(names)), draw(single), draw(single), draw(st.none() | single), draw(body))
    if kind is GenericFor:
        return GenericFor(draw(variables), draw(lists(depth, vararg=vararg, least=1, num_targets=3)), draw(body))
    if kind is FunctionStatement:
        target: Name | Index = Name(draw(names))
        for name in draw(st.lists(names, max_size=2)):
            target = Index(target, String(name.encode()))
        return FunctionStatement(target, draw(st.none() | names), draw(functions(depth - 1)))
    return LocalFunction(Variable(draw(names)), draw(functions(depth - 1))) if kind is LocalFunction else Break()


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2, *, vararg: bool = True, loop: bool = False) -> Block:
    """Blocks that may jump to a label at their end, and end with a return."""
    inside = draw(st.lists(statements(depth, vararg=vararg, loop=loop), max_size=3))
    if draw(st.integers(0, 7)) == 0:
        label = f"l{draw(st.integers(0, 99))}"
        return Block([Do(Block([Goto(label)])), *inside, Label(label)])
    if draw(st.integers(0, 3)) == 0:
        inside.append(Return(draw(lists(depth, vararg=vararg))))
    return Block(inside)


trees = blocks().map(Main)
"""Whole files. A few are none that Lua takes: with ``_ENV`` as a label, say, or too many registers."""
