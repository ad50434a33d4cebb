"""Where the variables of a Python function are declared in Lua: as far inside as all that uses them allows.

Python's variables are the function's, Lua's are a block's. A variable is declared by its first assignment, if that
stands in a block around all uses; or before the statement that first uses it, outside the loops that it goes round in.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Functions = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class _Step(NamedTuple):
    """A block, and a statement in it, on the way from a function to a name."""

    block: int
    place: int
    statement: ast.stmt
    is_loop: bool


_Path = tuple[_Step, ...]


class _Use(NamedTuple):
    """A name where it stands: on which way, and in which part of the last statement."""

    path: _Path
    part: str
    is_inner: bool


@dataclass(slots=True)
class Scope:
    """The variables of a function.

    Attributes:
        names: all its variables, without those of other functions around.
        before: the variables that are declared before a statement.
        at: the variables that a statement's own assignment declares.
        own: the loops whose variables are theirs alone.
        caught: the variables that functions inside use.
        rebound: the variables that functions inside assign.
    """

    names: set[str] = field(default_factory=set)
    before: dict[ast.stmt, list[str]] = field(default_factory=lambda: defaultdict(list))
    at: dict[ast.stmt, set[str]] = field(default_factory=lambda: defaultdict(set))
    own: dict[ast.stmt, set[str]] = field(default_factory=lambda: defaultdict(set))
    caught: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)


def scope_of(body: list[ast.stmt], parameters: list[str]) -> Scope:
    """The variables of a function, and where each is declared.

    What functions inside catch is declared outside loops, since Python's functions share one variable there.
    """
    uses: dict[str, list[_Use]] = defaultdict(list)
    outer: set[str] = set()
    bound: set[str] = set()
    scope = Scope()
    for use, name, is_bound in _uses(body, (), is_loop=False):
        uses[name].append(use)
        if is_bound:
            bound.add(name)
        if use.is_inner:
            scope.caught.add(name)
    for node in ast.walk(ast.Module(body, [])):
        if isinstance(node, ast.Nonlocal):
            scope.rebound.update(node.names)
    outer = {
        name
        for statement in _own_statements(body)
        if isinstance(statement, ast.Nonlocal | ast.Global)
        for name in statement.names
    }
    scope.names = bound - outer
    scope.caught &= scope.names | set(parameters)
    for name in sorted(scope.names - set(parameters)):
        _place(scope, name, uses[name])
    return scope


def _own_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a function, without those of functions and classes inside."""
    for statement in body:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            for _, block, _ in _blocks(statement):
                yield from _own_statements(block)


def _place(scope: Scope, name: str, uses: list[_Use]) -> None:
    """Find where a variable is declared."""
    depth = 0
    paths = [use.path for use in uses]
    while all(len(path) > depth + 1 and path[depth].place == paths[0][depth].place for path in paths) and all(
        path[depth + 1].block == paths[0][depth + 1].block for path in paths
    ):
        depth += 1
    first = min((path[depth] for path in paths), key=lambda step: step.place)
    here = [use for use in uses if use.path[depth].place == first.place]
    loops = [level for level in range(depth + 1) if paths[0][level].is_loop]
    is_shared = name in scope.caught and (bool(loops) or isinstance(first.statement, ast.For))
    if not is_shared and len(here) == len(uses) and _is_own(first.statement, name, here, depth):
        scope.own[first.statement].add(name)
    elif not is_shared and _declares(first.statement, name, here):
        scope.at[first.statement].add(name)
    elif not is_shared and (parts := _apart(name, uses, depth)):
        for statement, is_own in parts:
            (scope.own if is_own else scope.at)[statement].add(name)
    elif loops:
        scope.before[paths[0][loops[0] - 1].statement].append(name)
    else:
        scope.before[first.statement].append(name)


def _apart(name: str, uses: list[_Use], depth: int) -> list[tuple[ast.stmt, bool]]:
    """The statements that each begin a use of a variable of its own, and whether they are loops; none without such.

    Each part of the code assigns the variable before it looks at it, so that nothing goes from one part to the next.
    """
    found: list[tuple[ast.stmt, bool]] = []
    groups: dict[int, list[_Use]] = defaultdict(list)
    for use in uses:
        groups[use.path[depth].place].append(use)
    if len(groups) > 1 and any(len(use.path) == depth + 1 and use.part != "target" for use in uses):
        return []
    for group in groups.values():
        statement = group[0].path[depth].statement
        if _is_own(statement, name, group, depth):
            found.append((statement, True))
            continue
        blocks: dict[int, list[_Use]] = defaultdict(list)
        for use in group:
            blocks[use.path[depth + 1].block if len(use.path) > depth + 1 else 0].append(use)
        for block, inner in blocks.items():
            first = min((use.path[depth + 1] for use in inner), key=lambda step: step.place) if block else None
            here = [use for use in inner if first and use.path[depth + 1].place == first.place]
            if first and _declares(first.statement, name, here):
                found.append((first.statement, False))
            elif first and (deeper := _apart(name, inner, depth + 1)):
                found += deeper
            else:
                return []
    return found


def _is_own(statement: ast.stmt, name: str, uses: list[_Use], depth: int) -> bool:
    """Whether a variable is a for loop's: its target, and used in its body alone."""
    if not isinstance(statement, ast.For) or name not in set(stored_names(statement.target)):
        return False
    return all(
        use.part in ("target", "body")
        if len(use.path) == depth + 1
        else use.path[depth + 1].block == id(statement.body)
        for use in uses
    )


def _declares(statement: ast.stmt, name: str, uses: list[_Use]) -> bool:
    """Whether a statement can declare a variable by its assignment."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name == name
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and all(use.part in ("target", "annotation") for use in uses)
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return False
    target = statement.targets[0]
    flat = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return all(isinstance(each, ast.Name) for each in flat) and all(use.part == "targets" for use in uses)


def stored_names(target: ast.expr) -> Iterator[str]:
    """The names that a target stores to."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _blocks(statement: ast.stmt) -> Iterator[tuple[str, list[ast.stmt], bool]]:
    """The blocks of a statement: the name of the part, the statements, whether they are repeated."""
    for part in ("body", "orelse", "finalbody"):
        block = getattr(statement, part, None)
        if isinstance(block, list) and block:
            yield part, block, part == "body" and isinstance(statement, ast.For | ast.While)
    for handler in getattr(statement, "handlers", []):
        yield "handler", handler.body, False


def _uses(body: list[ast.stmt], path: _Path, *, is_loop: bool) -> Iterator[tuple[_Use, str, bool]]:
    """The names in a block and the blocks inside, each with its place and whether it is bound there."""
    for index, statement in enumerate(body):
        here = (*path, _Step(id(body), index, statement, is_loop))
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield _Use(here, "name", is_inner=False), statement.name, True
            for name in free_names(statement):
                yield _Use(here, "inner", is_inner=True), name, False
            continue
        for part, value in ast.iter_fields(statement):
            if part not in ("body", "orelse", "finalbody", "handlers"):
                for name, is_bound, is_inner in _in_expression(value):
                    yield _Use(here, part, is_inner), name, is_bound
        for _, block, repeats in _blocks(statement):
            yield from _uses(block, here, is_loop=repeats)


def _in_expression(value: object) -> Iterator[tuple[str, bool, bool]]:
    """The names in an expression: whether each is bound there, and whether a lambda inside uses it."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, ast.Lambda):
            for name in free_names(each):
                yield name, False, True
        elif isinstance(each, Comprehension):
            targets = {name for loop in each.generators for name in stored_names(loop.target)}
            for child in ast.iter_child_nodes(each):
                for name, is_bound, is_inner in _in_expression(child):
                    if name not in targets:
                        yield name, is_bound, is_inner
        elif isinstance(each, ast.Name):
            yield each.id, not isinstance(each.ctx, ast.Load), False
        elif isinstance(each, ast.AST):
            for child in ast.iter_child_nodes(each):
                yield from _in_expression(child)


def free_names(node: ast.FunctionDef | ast.Lambda | ast.ClassDef) -> set[str]:
    """The names that a function or a class uses and does not bind."""
    if isinstance(node, ast.ClassDef):
        inner = {name for part in node.body if isinstance(part, ast.FunctionDef) for name in free_names(part)}
        others = {name for base in node.bases for name, _, _ in _in_expression(base)}
        values = {
            name for part in node.body if isinstance(part, ast.Assign) for name, _, _ in _in_expression(part.value)
        }
        return inner | others | values
    own = set(parameter_names(node.args))
    defaults = {name for each in (*node.args.defaults, *node.args.kw_defaults) for name, _, _ in _in_expression(each)}
    if isinstance(node, ast.Lambda):
        return {name for name, _, _ in _in_expression(node.body)} - own | defaults
    found, bound, outer = set(), set(own), set()
    for _, name, is_bound in _uses(node.body, (), is_loop=False):
        found.add(name)
        if is_bound:
            bound.add(name)
    for statement in _own_statements(node.body):
        if isinstance(statement, ast.Nonlocal | ast.Global):
            outer.update(statement.names)
    return found - (bound - outer) | defaults


def parameter_names(arguments: ast.arguments) -> list[str]:
    """The names of all parameters, in order."""
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [each.arg for each in (*named, *filter(None, [arguments.vararg, arguments.kwarg]))]
