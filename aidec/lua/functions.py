"""The functions of a source text, each with its proto in the chunk that the text compiles to.

tree-sitter finds the functions in the text, and Lua numbers them in the same order: lparser.c: ``body`` appends a
function to the one around it (``addprototype``) before it parses what is inside, and no optimisation removes one. The
chunk must confirm what tree-sitter finds: the lines, parameters and nesting of every function must agree.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aidec.bytecode import Chunk, Proto
from aidec.common.errors import DatasetError
from aidec.lua.lines import line_starts
from aidec.lua.structure import parse_structure

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_BYTES = 8 << 20
"""The longest source that is parsed: a syntax tree takes 80 to 160 times the memory of its text."""


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """Where the text of a function stands.

    Attributes:
        path: the way to its proto: an index into ``protos``, from the main function inwards.
        start, end: its text, ``source[start:end]``, from its first keyword to the ``end`` that closes it. For
            ``local function f`` and ``function a.b:c()`` that is the whole statement, which compiles as it stands;
            for a function without a name, as in ``local f = function () end``, the expression ``function () end``,
            which compiles behind ``return``.
    """

    path: tuple[int, ...]
    start: int
    end: int


@dataclass(slots=True)
class _Open:
    """A function whose end was not reached yet."""

    path: tuple[int, ...]
    proto: Proto
    end: int
    line: int
    num_found: int = 0


def find_functions(source: bytes, chunk: Chunk) -> list[FunctionSource]:
    """The functions of a source text without the main function, in the order of the text: each before those inside it.

    Args:
        source: the text, in any encoding and with line breaks of any kind.
        chunk: what the text compiles to, stripped or not.

    Raises:
        DatasetError: the text is longer than ``MAX_BYTES``, can't be parsed, or has other functions than the chunk.
    """
    if not chunk.main.protos:
        return []
    if len(source) > MAX_BYTES:
        raise DatasetError(f"a source of {len(source):,} bytes; functions are told apart in at most {MAX_BYTES:,}")
    lines = line_starts(source)

    def line_of(position: int) -> int:
        return bisect_right(lines, position)

    found = []
    around = [_Open((), chunk.main, len(source), 0)]
    for node in _functions(source):
        while node.start_byte >= around[-1].end:
            _close(around.pop())
        outer = around[-1]
        line = line_of(node.start_byte)
        if outer.num_found == len(outer.proto.protos):
            raise DatasetError(f"line {line}: a function that the chunk does not have")
        proto = outer.proto.protos[outer.num_found]
        _compare(node, proto, line_of)
        path = (*outer.path, outer.num_found)
        outer.num_found += 1
        around.append(_Open(path, proto, node.end_byte, line))
        found.append(FunctionSource(path, node.start_byte, node.end_byte))
    while around:
        _close(around.pop())
    return found


def upvalue_names(proto: Proto, parents: Sequence[Proto] = ()) -> list[str | None]:
    """The names of a function's upvalues; None for one whose name is missing, or could not stand in a source.

    Args:
        proto: the function.
        parents: the functions around it, the main function first. If an upvalue without a name is an upvalue of the
            function around too, it gets the name that it has there.
    """
    names: list[str | None] = []
    for upvalue in proto.upvalues:
        name, outer = upvalue.name, upvalue
        for parent in reversed(parents):
            if name is not None or outer.in_stack or outer.index >= len(parent.upvalues):
                break
            outer = parent.upvalues[outer.index]
            name = outer.name
        is_name = name is not None and re.fullmatch(rb"[A-Za-z_][A-Za-z0-9_]*", name)
        names.append(name.decode() if name is not None and is_name else None)
    return names


def _functions(source: bytes) -> list[Node]:
    """tree-sitter's nodes of the functions, in the order of the text."""
    from tree_sitter import Query, QueryCursor

    tree, _ = parse_structure(source, DatasetError)
    query = Query(tree.language, "[(function_declaration) (function_definition)] @function")
    return sorted(QueryCursor(query).captures(tree.root_node).get("function", []), key=lambda node: node.start_byte)


def _compare(node: Node, proto: Proto, line_of: Callable[[int], int]) -> None:
    """Make sure that a function in the text is that of the proto.

    Raises:
        DatasetError: it is not.
    """
    line = line_of(node.start_byte)
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        raise DatasetError(f"line {line}: a function without parentheses")
    kinds = [child.type for child in parameters.named_children if child.type != "comment"]
    name = node.child_by_field_name("name")
    is_method = name is not None and name.type == "method_index_expression"
    # lparser.c: a function statement begins at its keyword, all others where their parameters begin
    is_statement = name is not None and node.child(0).type == "function"
    begin = node.start_byte if is_statement else parameters.start_byte
    is_vararg = "vararg_expression" in kinds
    for what, ours, theirs in (
        ("first line", line_of(begin), proto.line_defined),
        ("last line", line_of(node.end_byte - 1), proto.last_line_defined),
        ("number of parameters", len(kinds) - is_vararg + is_method, proto.num_params),
        ("being vararg", is_vararg, bool(proto.is_vararg)),
    ):
        if ours != theirs:
            raise DatasetError(f"line {line}: a function whose {what} is {ours} in the source, {theirs} in the chunk")


def _close(function: _Open) -> None:
    """Make sure that a function holds as many functions in its text as in the chunk.

    Raises:
        DatasetError: it does not.
    """
    if function.num_found != len(function.proto.protos):
        place = f"line {function.line}: a function" if function.path else "the main function"
        raise DatasetError(f"{place} holds {function.num_found} functions, {len(function.proto.protos)} in the chunk")
