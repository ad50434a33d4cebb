"""A chunk to a Lua program: each function is read, and proven by compiling it again.

The functions are read from the outside inwards, in the likeliest way, and the whole is compiled. Where a function
differs, it is read in other ways, those inside it first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from aidec.bytecode import Chunk, Proto, dump, load
from aidec.bytecode.model_types import blaming
from aidec.common.arguments import expect
from aidec.common.errors import CompileError
from aidec.common.recursion import deep_recursion
from aidec.decompiler.constants import put_unused
from aidec.decompiler.debug_info import assigned_functions
from aidec.decompiler.decompiled import Decompiled, DecompiledFunction
from aidec.decompiler.facts import Fact, Facts, Unreadable
from aidec.decompiler.flat import FLAT, FlatReader
from aidec.decompiler.idioms import tidy
from aidec.decompiler.naming import name_variables
from aidec.decompiler.places import spelled, walk
from aidec.decompiler.proof import compared_alone, difference, first_difference
from aidec.decompiler.reader import Reader
from aidec.decompiler.registers import NO_DEBUG
from aidec.decompiler.values import Asked, Choice, Part
from aidec.lua.compile import compile_source
from aidec.lua.node import Comments, Node
from aidec.lua.nodes import Block, FunctionBody, Goto, Label, Main, Vararg, Variable
from aidec.lua.printer import to_source

ALTERNATIVES: tuple[tuple[Choice, ...], ...] = (
    ("excess",),
    ("no order",),
    ("first else",),
    ("no jump in else",),
    ("no multiple assignment",),
    ("short",),
    ("flip",),
    ("nested",),
    ("other end",),
    ("shorter",),
    ("carried nil",),
    ("short", "flip"),
    ("no multiple assignment", "no order"),
    ("short", "no jump in else"),
    ("short", "first else"),
    ("flip", "first else"),
)
"""Other readings than the likeliest, in the order of their likelihood."""

MAX_READINGS = 40
"""How often a function is read at most."""

MAX_FLAT = 12
"""How often it is read at most after that without structure; such a reading is taken if it is proven."""

MAX_TEXT = 2_000_000
"""How many bytes the strings of a function have at most in all readings after the first two."""

MAX_NEAR = 6
"""How many parts of a function near the first that differs are read in another way."""

MAX_STEPS, STEPS_PER_INSTRUCTION = 16_000, 10
"""How many instructions are read at most in all readings of a function, and how many more for each that it has."""

FIRST_STEPS = 32_000
"""How many of them at most in the first reading, instead of ``MAX_STEPS``: most functions are proven by that."""

MAX_FLAT_STEPS = 12_000
"""How many more are read at most without structure."""


def decompile(chunk: Chunk, *, plain: bool = False, lines: bool = False) -> Decompiled:
    """The program of a chunk; names and scopes of its debug information are used where it has them.

    It never fails: a function that can't be read, or does otherwise when it is, is written down instruction by
    instruction (`transcript`), and is not proven.

    Args:
        chunk: the chunk.
        plain: number the variables: use neither the names of the debug information nor any made from their use.
        lines: lay the text out on the lines of the debug information, and compare that too.
    """
    expect("chunk", chunk, Chunk)
    with blaming(chunk):
        dump(replace(chunk, rest=b""))  # what can't be written is no function, such as one of 2**70 parameters
        return _decompile(chunk, plain=plain, lines=lines)


def _decompile(chunk: Chunk, *, plain: bool, lines: bool) -> Decompiled:
    """The program of a chunk whose fields have the types of the model."""
    unread: dict[tuple[int, ...], int] = {}
    root = _read_all(chunk, unread)
    program, _ = _finished(root, plain=plain)
    if not program.is_proven:
        root = _read_all(chunk, unread)
        _search_all(root)
        program, compiles = _finished(root, plain=plain)
        if not compiles:
            from aidec.decompiler.transcript import cut_until

            cut_until(root, _compare)
            program.functions = list(root.walk())
    if lines:
        program.lines = True
        program.reprint()
        _compare_debug(program)
    _comment(program)
    program.reprint()
    return program


def _search_all(root: DecompiledFunction) -> None:
    """Read functions in other ways that are not proven, those inside first.

    What is found inside can show that a function around it is not proven: it hides constants (lcode.c: addk). It can
    also show that it is: a function inside that could not be read was empty, and captured nothing. Functions inside one
    that is written down instruction by instruction were read for it, and stay as they are.
    """
    compared: set[tuple[int, ...]] = set()
    while True:
        _compare(root)
        settled = {inner.path for function in root.walk() if function.transcribed for inner in function.walk()}
        unproven = [
            function
            for function in root.walk()
            if not function.is_proven and function.num_readings == 1 and function.path not in settled
        ]
        if not unproven:
            return
        for function in reversed(unproven):
            if function.inside and function.path not in compared:
                compared.add(function.path)
                _, function.difference = compared_alone(function)
            if not function.is_proven:
                search(function)


def _read_all(chunk: Chunk, unread: dict[tuple[int, ...], int]) -> DecompiledFunction:
    """The main function, after all functions were read in the likeliest way.

    Args:
        chunk: the chunk.
        unread: the paths of functions that can't be read so, with the steps that this took. Those that are there are
            not tried again, others are added.
    """
    root = DecompiledFunction((), chunk.main, ["_ENV"])
    waiting = [root]
    while waiting:
        function = waiting.pop()
        if function.path in unread:
            function.num_readings, function.num_steps = 1, unread[function.path]
        elif read(function).problem is not None:  # its body is empty, and will differ
            unread[function.path] = function.num_steps
        waiting += function.inside
    return root


def _finished(root: DecompiledFunction, *, plain: bool) -> tuple[Decompiled, bool]:
    """The program with names and idioms, compared as it is printed, and whether it compiles."""
    program = Decompiled(Main(root.tree.body), list(root.walk()))
    given: dict[Node, list[bytes | None]] = {}
    kept: set[Node] = set()
    if not plain:
        for function in program.functions:
            node = function.tree if function.path else program.tree
            given[node] = [variable.name for variable in function.proto.local_vars]
    for function in program.functions:
        assigned = assigned_functions(function.proto)
        kept.update(inner.tree for inner in function.inside if inner.path[-1] in assigned)
    name_variables(program.tree, plain=plain, given=given)
    tidy(program.tree, kept)
    return program, _compare(root)


def _compare_debug(program: Decompiled) -> None:
    """Note of each function whether its debug information is that of the chunk."""
    source = program.functions[0].proto.source
    with suppress(CompileError):
        compiled = load(compile_source(program.source, name=source or b"=?"))
        ours = dict(walk(compiled.main))
        for function in program.functions:
            proto, its = ours.get(function.path), function.proto
            is_same = proto is not None and replace(proto, protos=()) == replace(its, protos=())
            function.has_debug = function.is_proven and is_same and len(its.line_info) > 0


def _comment(program: Decompiled) -> None:
    """Say in comments what is proven."""
    unproven = [function for function in program.functions if not function.is_proven]
    for function in unproven[::-1]:
        which = "instruction by instruction, since its best reading" if function.transcribed else "which"
        why = function.transcribed or f"differs at: {function.difference}"
        text = f"-- not proven: {spelled(function.path)}, {which} {why}"
        _put_first(function.tree.body, text.replace("\n", " ").encode())
    number, proven = len(program.functions), program.num_proven
    which = f"{proven} of {number} functions are" if unproven else f"all {number} functions are"
    which = which if number > 1 or unproven else "the 1 function is"
    how, what = ("proven with debug information", "chunk") if program.has_debug else ("proven", "bytecode")
    head = f"-- Decompiled by aidec; {which} {how}: compiled again, the {what} is the same.".encode()
    _put_first(program.tree.body, head)


def _put_first(body: Block, comment: bytes) -> None:
    """Put a comment above others before a block."""
    comments = body.comments or Comments()
    body.comments = Comments([comment, *comments.before], comments.after)


def _compare(root: DecompiledFunction) -> bool:
    """Compile the whole, and note of each function how it differs; False if it does not compile."""
    try:
        compiled = load(compile_source(to_source(Main(root.tree.body)))).main
    except CompileError:
        root.forget_texts()
        for function in reversed(list(root.walk())):
            _, function.difference = compared_alone(function)
        root.forget_texts()
        return False
    waiting: list[tuple[DecompiledFunction, Proto | None, bool]] = [(root, compiled, False)]
    while waiting:
        function, proto, is_alone = waiting.pop()
        found = "it is not there" if proto is None else difference(proto, function.proto, is_alone=is_alone)
        function.difference = found and (function.transcribed or found)
        protos = () if proto is None else proto.protos
        for place, inner in enumerate(function.inside):
            # What it captures is a matter of the function around, if that differs
            waiting.append((inner, protos[place] if place < len(protos) else None, found is not None))
    return True


@dataclass(slots=True)
class Attempt:
    """A reading of a function.

    Attributes:
        parts: the parts of its conditionals and loops.
        reached: the last statement that was read, by its pc.
        asked: the choices that were asked for, taken or not.
        problem: why it could not be read; None if it was.
    """

    parts: list[Part]
    reached: int
    asked: frozenset[object]
    problem: str | None = None


def read(function: DecompiledFunction, choices: frozenset[Choice] = frozenset()) -> Attempt:
    """Read a function.

    A function inside that was read before, with the same names of upvalues, stays as it is.
    """
    function.num_readings += 1
    given = Asked(choices)
    kind = FlatReader if FLAT in given else Reader
    reader = kind(function.proto, function.prefix, function.upvalues, Facts(), given)
    most = FIRST_STEPS if function.num_readings == 1 else MAX_STEPS
    most += STEPS_PER_INSTRUCTION * len(function.proto.code) - function.num_steps
    most += MAX_FLAT_STEPS * (FLAT in given)
    reader.steps_left = most
    problem = None
    try:
        with deep_recursion():  # a chain of elseif is an else part in an else part and so on
            block = reader.read()
    except (Unreadable, Fact) as error:
        problem = str(error)
    except (LookupError, RecursionError, ValueError) as error:  # operands that lead nowhere, in what luac did not write
        problem = f"{type(error).__name__}: {error}"
    finally:
        function.num_steps += most - reader.steps_left
    attempt = Attempt(reader.parts, reader.reached, frozenset(given.asked), problem)
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
            path, proto = (*function.path, index), function.proto.protos[index]
            inner = DecompiledFunction(path, proto, names, body, numbers=function.numbers)
        function.inside.append(inner)
    dropped = {number for number, _ in reader.code.dropped_strings(with_used=False)}
    if dropped:
        put_unused(block, function.proto, dropped, function.numbers)
    return attempt


def search(function: DecompiledFunction) -> None:
    """Read a function in other ways, until it is proven.

    Else it stays as it was read first, if that does the same; if no reading does, it is written down instruction by
    instruction.
    """
    from aidec.decompiler.behaviour import behaves_alike  # most programs are proven without
    from aidec.decompiler.transcript import transcribe

    without_debug = [frozenset([NO_DEBUG])] if function.proto.local_vars else []
    likely: deque[frozenset[Choice]] = deque([frozenset(), *map(frozenset, ALTERNATIVES), *without_debug])
    flat: deque[frozenset[Choice]] = deque([frozenset([FLAT, NO_DEBUG])])
    asked: dict[frozenset[Choice], frozenset[object]] = {}
    first: tuple[str, FunctionBody, list[DecompiledFunction]] | None = None
    problem = ""
    for choices in _in_turn(likely, flat, _most_readings(function.proto)):
        if any(other <= choices and (choices - other).isdisjoint(its) for other, its in asked.items()):
            continue  # it is the reading with the other choices
        queue = flat if FLAT in choices else likely
        attempt = read(function, choices)
        asked[choices] = attempt.asked
        if attempt.problem is not None:
            problem = problem or f"fails: {attempt.problem}"
            queue.extend(choices | {choice} for choice in near(attempt, attempt.reached))
            continue
        for inner in function.inside:
            _read_new(inner)
        ours, found = compared_alone(function)
        found = _difference_with_strings(function, found)
        function.difference = found
        if found is None:
            return
        if first is None and ours is not None and FLAT not in choices:
            problem = f"differs at: {found}"
            if behaves_alike(ours, function.proto, function.upvalues):
                first = found, FunctionBody(function.tree.parameters, function.tree.body), function.inside
        around, nearby = _ways_on(function, attempt, ours)
        queue.extendleft(choices | {choice} for choice in around)
        queue.extendleft([choices.union(around)] if around else [])
        queue.extend(choices | {choice} for choice in nearby)
    if first is None:
        transcribe(function, problem or "does not compile", search)
    else:
        function.difference, body, function.inside = first
        function.tree.parameters, function.tree.body = body.parameters, body.body


def _in_turn(
    likely: deque[frozenset[Choice]], flat: deque[frozenset[Choice]], most: int
) -> Iterator[frozenset[Choice]]:
    """The choices of each reading, which can be added to: of so many likely ones, then of those without structure."""
    for queue, number in ((likely, most), (flat, MAX_FLAT)):
        seen: set[frozenset[Choice]] = set()
        while queue and len(seen) < number:
            choices = queue.popleft()
            if choices not in seen:
                seen.add(choices)
                yield choices


def _difference_with_strings(function: DecompiledFunction, difference: str | None) -> str | None:
    """How a function differs with strings named as early as the list of constants has them.

    If it differs then too, it stays as it was.
    """
    strings = {number for number, constant in enumerate(function.proto.constants) if isinstance(constant, bytes)}
    undo = put_unused(function.tree.body, function.proto, strings, function.numbers) if difference else []
    if not undo:
        return difference
    _, found = compared_alone(function)
    if found is None:
        return None
    for step in undo:
        step()
    return difference


def _ways_on(function: DecompiledFunction, attempt: Attempt, ours: Proto | None) -> tuple[list[Choice], list[Choice]]:
    """The choices of parts around labels that a goto can't see, and of those near where the function differs."""
    lost = lost_labels(function.tree.body)
    around = [choice for choice, start, end in attempt.parts if any(start <= place <= end for place in lost)]
    place = None if ours is None else first_difference(ours, function.proto)
    return list(dict.fromkeys(around)), [] if place is None else near(attempt, place)


def near(attempt: Attempt, pc: int) -> list[Choice]:
    """The choices of the parts that begin before a pc, the nearest first."""
    parts = sorted((pc - start, end, number) for number, (_, start, end) in enumerate(attempt.parts) if start <= pc)
    return list(dict.fromkeys(attempt.parts[number][0] for _, _, number in parts))[:MAX_NEAR]


def _most_readings(proto: Proto) -> int:
    """How often a function is read at most: less often if it has long strings, which are printed each time."""
    size = sum(len(constant) for constant in proto.constants if isinstance(constant, bytes))
    return max(2, min(MAX_READINGS, MAX_TEXT // max(size, 1)))


def _read_new(function: DecompiledFunction) -> None:
    """Read a function and those inside it, if that was not done."""
    if not function.num_readings:
        search(function)


def lost_labels(block: Block) -> list[int]:
    """The places of labels that a goto of a function can't see."""
    lost: list[int] = []
    waiting: list[tuple[Node, frozenset[str]]] = [(block, frozenset())]
    while waiting:
        node, labels = waiting.pop()
        if isinstance(node, Block):
            labels = labels.union(each.name for each in node.statements if isinstance(each, Label))
        elif isinstance(node, Goto) and node.label not in labels:
            lost.append(int(node.label.split("_")[1]))
        waiting += [(child, labels) for child in node.children() if not isinstance(child, FunctionBody)]
    return lost
