"""How well a program reads, against another that does the same: what a person would not have written is counted.

Counted of each function, without the functions inside it:

- ``gotos``: its ``goto`` statements;
- ``do_blocks``: its ``do`` blocks;
- ``parentheses``: those that change nothing, as in ``(a * b) + c``;
- ``temporaries``: local variables that have one value, which is no function, and are read once, by the next statement
  itself, not in a block or a function inside it, and not in the test of a loop or of an ``elseif``;
- ``depth``: how many blocks stand around its deepest statement.

    readability = S / (S + E) * min(1, I' / I)

S is the number of statements of the original, at least 1. E is the excess: of each of the five the number by which the
prediction has more than the original. I and I' are the numbers of instructions that the original and the prediction
compile to: code that was left out can't be read. The original has 1.0; with one blemish in each statement it is 0.5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from aidec.common.errors import CompileError
from aidec.evaluation.compiled import Syntax
from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Block,
    Do,
    ElseIf,
    Function,
    FunctionBody,
    FunctionStatement,
    Goto,
    Local,
    Main,
    Name,
    Repeat,
    Statement,
    While,
)
from aidec.lua.structure import parse_structure
from aidec.lua.variables import local_variable

if TYPE_CHECKING:
    from tree_sitter import QueryCursor


@dataclass(slots=True)
class Blemishes:
    """What is counted of one function, or the sums of several."""

    statements: int = 0
    gotos: int = 0
    do_blocks: int = 0
    parentheses: int = 0
    temporaries: int = 0
    depth: int = 0


KINDS = ("gotos", "do_blocks", "parentheses", "temporaries", "depth")
"""What makes a program harder to read."""


def blemishes(syntax: Syntax) -> list[Blemishes]:
    """What is counted of each function of a text, in the order of ``Syntax.scopes``.

    Raises:
        CompileError: tree-sitter can't read the text.
    """
    found = in_tree(syntax)
    printed = b"return function" + syntax.printed if syntax.outside else syntax.printed
    given, needed = (_groups(text)[syntax.outside :] for text in (syntax.text, printed))
    for function, number, least in zip(found, given, needed, strict=True):
        function.parentheses = max(0, number - least)
    return found


def in_tree(syntax: Syntax) -> list[Blemishes]:
    """What is counted but for parentheses, which trees do not have."""
    found: list[Blemishes] = []
    uses: Counter[Node | None] = Counter()
    blocks: list[tuple[Block, Blemishes]] = []
    waiting: list[tuple[Node, Blemishes, int]] = [(syntax.tree, Blemishes(), 0)]
    while waiting:
        node, function, depth = waiting.pop()
        if isinstance(node, Name):
            uses[_declaration(node)] += 1
            continue
        if isinstance(node, Main | FunctionBody):
            function, depth = Blemishes(), -1
            found.append(function)
        elif isinstance(node, Block):
            blocks.append((node, function))
            depth += 1
        elif isinstance(node, Statement):
            function.statements += 1
            function.depth = max(function.depth, depth)
            function.gotos += isinstance(node, Goto)
            function.do_blocks += isinstance(node, Do)
        waiting += [(child, function, depth) for child in reversed(list(node.children()))]
    for block, function in blocks:
        pairs = pairwise(block.statements)
        function.temporaries += sum(_is_temporary(statement, follower, uses) for statement, follower in pairs)
    return found[syntax.outside :]


def total(functions: Iterable[Blemishes]) -> Blemishes:
    """The sums of several functions."""
    result = Blemishes()
    for function in functions:
        for name in ("statements", *KINDS):
            setattr(result, name, getattr(result, name) + getattr(function, name))
    return result


def compare_blemishes(ours: Blemishes, theirs: Blemishes, instructions: tuple[int, int]) -> tuple[float, str]:
    """How well a prediction reads against the original, from 0 to 1, and what it has more of, such as ``3 gotos``.

    Args:
        ours: what the prediction has.
        theirs: what the original has.
        instructions: how many instructions the prediction and the original have.
    """
    more = {kind: max(0, getattr(ours, kind) - getattr(theirs, kind)) for kind in KINDS}
    statements = max(1, theirs.statements)
    share = min(1.0, instructions[0] / max(1, instructions[1]))
    notes = [f"{number} {kind}" for kind, number in more.items() if number]
    note = f"more than the original: {', '.join(notes)}" if notes else ""
    if share < 1 and not note:
        note = f"{instructions[0]} instructions, the original has {instructions[1]}"
    return statements / (statements + sum(more.values())) * share, note


def _is_temporary(statement: Statement, follower: Statement, uses: Counter[Node | None]) -> bool:
    """Whether a statement declares a local variable with a value that only the one after it reads, once."""
    if not isinstance(statement, Local) or len(statement.variables) != 1 or len(statement.values) != 1:
        return False
    if isinstance(statement.values[0], Function):
        return False
    variable = statement.variables[0]
    return uses[variable] == 1 and any(_declaration(name) is variable for name in _read_at_once(follower))


def _read_at_once(statement: Statement) -> Iterator[Name]:
    """The names that a statement reads first of all, and once: not in blocks, and not in tests that come later."""
    if isinstance(statement, While | Repeat):
        return
    written = {id(node) for node in _targets(statement) if isinstance(node, Name)}
    waiting = [node for node in statement.children() if id(node) not in written]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Name):
            yield node
        if not isinstance(node, Block | FunctionBody | ElseIf):
            waiting += node.children()


def _targets(statement: Statement) -> Sequence[Node]:
    """What a statement assigns to."""
    if isinstance(statement, FunctionStatement):
        return [statement.target]
    return statement.targets if isinstance(statement, Assign) else []


def _declaration(name: Name) -> Node | None:
    """Where a name is declared; None for a global."""
    variable = local_variable(name.variable)
    return None if variable is None else variable.declaration


@lru_cache(maxsize=1)
def _query() -> QueryCursor:
    """What finds functions, and expressions in parentheses."""
    from tree_sitter import Language, Query, QueryCursor
    from tree_sitter_lua import language

    pattern = "[(function_declaration) (function_definition)] @function (parenthesized_expression) @group"
    return QueryCursor(Query(Language(language()), pattern))


def _groups(text: bytes) -> list[int]:
    """How many expressions in parentheses each function of a text has, in the order of the text, the file first."""
    tree, _ = parse_structure(text, CompileError)
    captures = _query().captures(tree.root_node)
    marks = [
        (node.start_byte, -node.end_byte, is_group)
        for is_group, kind in enumerate(("function", "group"))
        for node in captures.get(kind, [])
    ]
    found, around = [0], [(len(text) + 1, 0)]
    for start, end, is_group in sorted(marks):
        while start >= around[-1][0]:
            around.pop()
        if is_group:
            found[around[-1][1]] += 1
        else:
            around.append((-end, len(found)))
            found.append(0)
    return found
