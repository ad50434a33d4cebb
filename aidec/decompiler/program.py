"""A chunk to a Lua program: each function is read, and proven by compiling it again.

The functions are read from the outside inwards, in the likeliest way, and the whole is compiled. Where a function
differs, it is read in other ways, those inside it first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from aidec.bytecode import Chunk, Proto, load
from aidec.common.errors import CompileError
from aidec.decompiler.decompiled import Decompiled, DecompiledFunction
from aidec.decompiler.facts import Fact, Facts, Unreadable
from aidec.decompiler.idioms import tidy
from aidec.decompiler.naming import name_variables
from aidec.decompiler.proof import difference, difference_alone
from aidec.decompiler.reader import Reader
from aidec.decompiler.values import Choice, Part
from aidec.lua.compile import compile_source
from aidec.lua.names import resolve
from aidec.lua.node import Comments, Node
from aidec.lua.nodes import (
    Block,
    Call,
    CallStatement,
    Do,
    Function,
    FunctionBody,
    Goto,
    Local,
    Main,
    Name,
    Statement,
    String,
    Vararg,
    Variable,
)
from aidec.lua.printer import to_source

ALTERNATIVES: tuple[tuple[Choice, ...], ...] = (
    ("first else",),
    ("no jump in else",),
    ("no multiple assignment",),
    ("no order",),
    ("short",),
    ("flip",),
    ("nested",),
    ("excess",),
    ("dropped strings",),
    ("short", "flip"),
    ("no multiple assignment", "no order"),
    ("short", "no jump in else"),
    ("short", "first else"),
    ("flip", "first else"),
)
"""Other readings than the likeliest, in the order of their likelihood."""

MAX_READINGS = 40
"""How often a function is read at most."""

MAX_VARIABLES = 150
"""How many variables a function that could not be read declares for those inside it; luac allows 200."""

MAX_NEAR = 6
"""How many parts of a function near the first that differs are read in another way."""

MAX_STEPS = 150_000
"""How many instructions all readings of a function read in about, besides ten times its size."""

MAX_INSTRUCTIONS = 200_000
"""How many instructions are read at most in all readings of a function after the first two."""


def decompile(chunk: Chunk, *, plain: bool = False) -> Decompiled:
    """The program of a chunk, whose debug information is not used.

    It never fails: a function that can't be read is a call of ``error``, and is not proven.

    Args:
        chunk: the chunk.
        plain: number the variables, and make no names from their use.
    """
    root = _read_all(chunk)
    program = _finished(root, plain=plain)
    if not program.is_proven:
        root = _read_all(chunk)
        _compare(root)
        for function in reversed(list(root.walk())):
            if not function.is_proven:
                search(function)
        program = _finished(root, plain=plain)
    _comment(program)
    return program


def _read_all(chunk: Chunk) -> DecompiledFunction:
    """The main function, after all functions were read in the likeliest way."""
    root = DecompiledFunction((), chunk.main, ["_ENV"])
    waiting = [root]
    while waiting:
        function = waiting.pop()
        read(function)  # if it can't be read, its body is empty, and will differ
        waiting += function.inside
    return root


def _finished(root: DecompiledFunction, *, plain: bool) -> Decompiled:
    """The program with names and idioms, compared as it is printed."""
    program = Decompiled(Main(root.tree.body), list(root.walk()))
    name_variables(program.tree, plain=plain)
    tidy(program.tree)
    _compare(root)
    return program


def _comment(program: Decompiled) -> None:
    """Say in comments what is proven."""
    unproven = [function for function in program.functions if not function.is_proven]
    for function in unproven[::-1]:
        place = "".join(f".protos[{index}]" for index in function.path)
        text = f"-- not proven: main{place}, which differs at: {function.difference}"
        function.tree.body.comments = Comments([text.replace("\n", " ").encode()], [])
    number, proven = len(program.functions), program.num_proven
    which = f"{proven} of {number} functions are" if unproven else f"all {number} functions are"
    which = which if number > 1 or unproven else "the 1 function is"
    head = f"-- Decompiled by aidec; {which} proven: compiled again, the bytecode is the same.".encode()
    body = program.tree.body
    body.comments = Comments([head, *(body.comments or Comments()).before], [])


def _compare(root: DecompiledFunction) -> None:
    """Compile the whole, and note of each function how it differs."""
    functions = list(root.walk())
    try:
        compiled = load(compile_source(to_source(Main(root.tree.body)))).main
    except CompileError:
        for function in functions:
            function.difference = difference_alone(
                function.tree, function.upvalues, function.proto, is_main=not function.path
            )
        return
    unproven: set[tuple[int, ...]] = set()
    for function in functions:
        proto: Proto | None = compiled
        for index in function.path:
            proto = proto.protos[index] if proto is not None and index < len(proto.protos) else None
        is_alone = function.path[:-1] in unproven  # what it captures is then a matter of the function around
        found = "it is not there" if proto is None else difference(proto, function.proto, is_alone=is_alone)
        function.difference = found
        unproven |= {function.path} if found is not None else set()


@dataclass(slots=True)
class Attempt:
    """A reading of a function.

    Attributes:
        parts: the parts of its conditionals and loops.
        reached: the last statement that was read, by its pc.
        steps: how many instructions were read, some of them several times.
        problem: why it could not be read; None if it was.
    """

    parts: list[Part]
    reached: int
    steps: int
    problem: str | None = None


def read(function: DecompiledFunction, choices: frozenset[Choice] = frozenset()) -> Attempt:
    """Read a function.

    A function inside that was read before, with the same names of upvalues, stays as it is.
    """
    function.num_readings += 1
    reader = Reader(function.proto, function.prefix, function.upvalues, Facts(), choices)
    steps = reader.steps_left
    problem = None
    try:
        block = reader.read()
    except (Unreadable, Fact) as error:
        problem = str(error)
    except (LookupError, RecursionError, ValueError) as error:  # operands that lead nowhere, in what luac did not write
        problem = f"{type(error).__name__}: {error}"
    attempt = Attempt(reader.parts, reader.reached, steps - reader.steps_left, problem)
    if problem is not None:
        return attempt
    function.tree.parameters = [Variable(reader.variable(number)) for number in range(function.proto.num_params)]
    function.tree.parameters += [Vararg()] * bool(function.proto.is_vararg)
    function.tree.body = block
    known = {inner.path[-1]: inner for inner in function.inside}
    function.inside = []
    for index, (body, names) in sorted(reader.bodies.items()):
        inner = known.get(index)
        if inner is not None and inner.upvalues == names:
            body.parameters, body.body = inner.tree.parameters, inner.tree.body
            inner.tree = body
        else:
            inner = DecompiledFunction((*function.path, index), function.proto.protos[index], names, body)
        function.inside.append(inner)
    return attempt


def search(function: DecompiledFunction) -> None:
    """Read a function in other ways, until it is proven; else it stays as it was read first."""
    queue: deque[frozenset[Choice]] = deque([frozenset(), *map(frozenset, ALTERNATIVES)])
    seen: set[frozenset[Choice]] = set()
    first: tuple[str, FunctionBody, list[DecompiledFunction]] | None = None
    size = len(function.proto.code)
    most = max(2, min(MAX_READINGS, MAX_INSTRUCTIONS // size))
    steps_left = MAX_STEPS + 10 * size
    problem = ""
    while queue and len(seen) < most and (steps_left > 0 or len(seen) < 2):
        choices = queue.popleft()
        if choices in seen:
            continue
        seen.add(choices)
        attempt = read(function, choices)
        steps_left -= attempt.steps
        if attempt.problem is not None:
            problem = problem or attempt.problem
            queue.extend(choices | {choice} for choice in near(attempt, attempt.reached))
            continue
        for inner in function.inside:
            _read_new(inner)
        lost = lost_labels(function.tree.body)
        around = {choice for choice, start, end in attempt.parts for place in lost if start <= place <= end}
        queue.extendleft(choices | {choice} for choice in around)
        if around:
            queue.appendleft(choices | around)
        found = difference_alone(function.tree, function.upvalues, function.proto, is_main=not function.path)
        function.difference = found
        if found is None:
            return
        _, is_instruction, place = found.partition("instruction ")
        if is_instruction:
            queue.extend(choices | {choice} for choice in near(attempt, int(place)))
        if first is None and "does not compile" not in found:
            first = found, FunctionBody(function.tree.parameters, function.tree.body), function.inside
    if first is None:
        _give_up(function, problem or "no reading compiles")
    else:
        function.difference, body, function.inside = first
        function.tree.parameters, function.tree.body = body.parameters, body.body


def near(attempt: Attempt, pc: int) -> list[Choice]:
    """The choices of the parts that begin before a pc, the nearest first."""
    parts = sorted((pc - start, end, number) for number, (_, start, end) in enumerate(attempt.parts) if start <= pc)
    return list(dict.fromkeys(attempt.parts[number][0] for _, _, number in parts))[:MAX_NEAR]


def _read_new(function: DecompiledFunction) -> None:
    """Read a function and those inside it, if that was not done."""
    if not function.num_readings:
        search(function)


def _give_up(function: DecompiledFunction, problem: str) -> None:
    """Make a function that raises an error, but has the functions inside it, with the variables that they capture."""
    function.difference = problem
    function.inside = []
    uses = [Local([Variable("_")], [Name(name)]) for name in function.upvalues]  # in their order, as those around need
    statements: list[Statement] = [
        Do(Block([*uses[start : start + MAX_VARIABLES]])) for start in range(0, len(uses), MAX_VARIABLES)
    ]
    captured = {upvalue.index for proto in function.proto.protos for upvalue in proto.upvalues if upvalue.in_stack}
    own = [Variable(f"{function.prefix}_{index}") for index in sorted(captured) if index >= function.proto.num_params]
    if own:
        statements.append(Local(own[:MAX_VARIABLES], []))
    outer = dict(enumerate(function.upvalues))
    for index, proto in enumerate(function.proto.protos):
        names = [
            f"{function.prefix}_{upvalue.index}" if upvalue.in_stack else outer.get(upvalue.index, "_")
            for upvalue in proto.upvalues
        ]
        inner = DecompiledFunction((*function.path, index), proto, names)
        search(inner)
        function.inside.append(inner)
        statements.append(Do(Block([Local([Variable("_")], [Function(inner.tree)])])))
    message = String(b"this function could not be decompiled")
    call = CallStatement(Call(Name("error"), [message]), comments=Comments([b"-- " + problem.encode()]))
    function.tree.parameters = [Variable(f"{function.prefix}_{index}") for index in range(function.proto.num_params)]
    function.tree.body = Block([*statements, call])


def lost_labels(block: Block) -> list[int]:
    """The places of labels that a goto of a function can't see."""
    labels = resolve(Main(block)).labels
    return [int(node.label[2:]) for node in own_nodes(block) if isinstance(node, Goto) and node not in labels]


def own_nodes(block: Block) -> Iterator[Node]:
    """The nodes of a function, without those of the functions inside it."""
    waiting: list[Node] = [block]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in node.children() if not isinstance(child, FunctionBody)]
