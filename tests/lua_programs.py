"""What a source text and its syntax tree must agree on with the chunk that luac makes of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aidec
from aidec.bytecode import Proto
from aidec.lua.names import resolve
from aidec.lua.node import Node
from aidec.lua.nodes import Name
from aidec.lua.printer import minify, to_source
from aidec.lua.tree import parse
from aidec.lua.variables import Scope, Upvalue


def bytecode(source: bytes) -> Any:
    """A chunk without its lines and its name."""
    return _parts(aidec.load(aidec.compile(source)).main)


def _parts(proto: Proto) -> Any:
    fields = (proto.num_params, proto.is_vararg, proto.max_stack_size, proto.code, proto.upvalues, proto.local_vars)
    constants = [(type(value), repr(value)) for value in proto.constants]
    return *fields, constants, [_parts(inner) for inner in proto.protos]


def comments_in(tree: Node) -> list[bytes]:
    """The comments of a tree, sorted, without empty lines."""
    found = (node.comments for node in tree.walk() if node.comments is not None)
    return sorted(text for comments in found for text in (*comments.before, *comments.after) if text)


def name_differences(scope: Scope, proto: Proto) -> Iterator[str]:
    """How the variables of a function, and of those inside, differ from the chunk's debug information.

    Local variables must have the same names in the same order, and begin and end in the order in which they do in the
    code; upvalues must have the same names, and capture the same registers and upvalues.
    """
    ours, theirs = [var.name.encode() for var in scope.locals], [var.name for var in proto.local_vars]
    if ours != theirs:
        yield f"local variables {ours} for {theirs}"
        return
    instructions = [pc for *_, pc in sorted(_events(scope, proto))]
    if instructions != sorted(instructions):
        yield f"local variables {ours} have other scopes"
    captures = [(var.name.encode(), var.in_stack, _captured(var)) for var in scope.upvalues]
    if captures != [(var.name, bool(var.in_stack), var.index) for var in proto.upvalues]:
        yield f"upvalues {captures}"
    if len(scope.functions) != len(proto.protos):
        yield f"{len(scope.functions)} functions for {len(proto.protos)}"
    for inner, its_proto in zip(scope.functions, proto.protos, strict=False):
        yield from name_differences(inner, its_proto)


def _events(scope: Scope, proto: Proto) -> Iterator[tuple[int, int, int, int]]:
    """Where variables begin and end in the text, with the instruction: later in the text is later in the code."""
    for number, (variable, var) in enumerate(zip(scope.locals, proto.local_vars, strict=True)):
        yield variable.start, 0, number, var.start_pc
        yield variable.end, 1, -number, var.end_pc


def _captured(upvalue: Upvalue) -> int:
    if isinstance(upvalue.captured, Upvalue):
        return upvalue.captured.index
    return 0 if upvalue.captured is None else upvalue.captured.register


def differences(source: bytes, seconds: Counter[str] | None = None) -> Iterator[str]:
    """How the tree of a source that Lua takes, and its texts, differ from the source.

    Args:
        source: the text.
        seconds: adds the processor time of parsing, resolving and printing.
    """
    seconds = Counter() if seconds is None else seconds
    expected = bytecode(source)
    with _timed(seconds, "parse"):
        tree = parse(source, resolved=False)
    with _timed(seconds, "resolve"):
        scope = resolve(tree)
    yield from name_differences(scope, aidec.load(aidec.compile(source)).main)
    if any(node.variable is None for node in tree.walk() if isinstance(node, Name)):
        yield "a name that was not resolved"
    with _timed(seconds, "print"):
        text = to_source(tree)
    with _timed(seconds, "minify"):
        short = minify(tree)
    plain = to_source(tree, comments=False)
    for what, printed in (("printed", text), ("printed without comments", plain), ("minified", short)):
        try:
            if bytecode(printed) != expected:
                yield f"{what}: another program"
            if parse(printed, resolved=False) != tree:
                yield f"{what}: another tree"
        except aidec.CompileError as error:
            yield f"{what}: {error}"
            return
    printed_tree = parse(text, resolved=False)
    if to_source(printed_tree) != text:
        yield "printing what was printed gives another text"
    if minify(parse(short, resolved=False)) != short:
        yield "minifying what was minified gives another text"
    if comments_in(printed_tree) != comments_in(tree) or comments_in(parse(plain, resolved=False)):
        yield "other comments"
    if len(short) > len(text):
        yield "the shortest text is longer than the printed one"


@contextmanager
def _timed(seconds: Counter[str], what: str) -> Iterator[None]:
    start = time.process_time_ns()
    yield
    seconds[what] += time.process_time_ns() - start
