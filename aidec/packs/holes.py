"""Templates with holes: where a template only prints an integer or a list, it need not run again for another one.

A copy of a pack's templates prints a mark in each such place. Rendered once, the copy gives a form, which holds for all
values that agree on what the template still computes with.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import nodes

from aidec.bytecode import exact
from aidec.kernels import Ints, ints
from aidec.packs.elements import Column, Rows
from aidec.packs.environment import PackEnvironment
from aidec.packs.filters import CONVERSIONS, for_guard
from aidec.packs.pack import Pack

Form = tuple["str | Hole", ...]

NAMES = ("pc", "index", "line", "line_delta", "jump_target", "label", "target", "start_delta", "lifetime")
"""Names whose values are integers, or None."""

INTEGERS = {
    "instruction": (
        *("word", "a", "b", "c", "bx", "sbx", "ax", "bx_high", "bx_low"),
        *("rk_b.index", "rk_c.index"),
    ),
    "upvalue": ("in_stack", "index"),
    "local_var": ("start_pc", "end_pc"),
    "proto": (
        *("index", "number", "depth", "line_defined", "last_line_defined", "last_line"),
        *("num_params", "is_vararg", "max_stack_size", "num_upvalue_names"),
    ),
    "chunk": ("num_upvalues",),
}
"""The attributes that are integers."""

SIZES = {
    **{("instruction", path): 1 << 8 for path in ("a", "rk_b.index", "rk_c.index", "bx_low")},
    **{("instruction", path): 1 << 9 for path in ("b", "c")},
    ("instruction", "bx_high"): 1 << 10,
    **{("proto", path): 1 << 8 for path in ("num_params", "is_vararg", "max_stack_size")},
    **{("upvalue", path): 1 << 8 for path in ("in_stack", "index")},
}
"""How many values the attributes have that are small numbers."""

TOLD_BY = {"rk_b": "b", "rk_b.index": "b", "rk_c": "c", "rk_c.index": "c"}
"""The attributes of an instruction that an operand tells."""

OF_KIND = ("opcode", "kind", "is_inline", "is_jump", "is_regular", "rk_b.is_constant", "rk_c.is_constant")
"""The attributes of an instruction that its kind tells."""

SUBJECTS = ("constant", "upvalue", "local_var", "proto")
"""The names whose attributes, or that themselves, filters make texts of."""

SIZED = ("code", "constants", "upvalues", "protos", "line_info", "local_vars")
"""The attributes of ``proto`` that have a length."""

PIECES = ("instructions", "constants", "upvalues", "local_vars", "protos")
"""The names in ``proto.j2`` that are lists of texts."""

_CAPTURES = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock)
"""What is printed inside of these may be changed after."""

_MARK = re.compile("\ud800([0-9]+)\ud801")
"""Text that no data can spell, since no decoding makes a lone high surrogate."""


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """A place where a template prints a value; in one environment there is one for all places that print the same.

    Attributes:
        kind: ``integer``; ``text``, what a filter makes of a value; ``integers``, joined; ``pieces``, texts, joined.
        root: the name in the template.
        path: the attribute of it, with dots between attributes of attributes, or an empty text.
        made_by: the filter of the pack's that makes the text, or ``len``; None where the value itself is printed.
        separator: what stands between the items of a list.
    """

    kind: str
    root: str
    path: str = ""
    made_by: Callable[[Any], Any] | None = None
    separator: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it prints a list."""
        return self.kind in ("integers", "pieces")

    @property
    def spell(self) -> Callable[[Any], str]:
        """What makes the text of a value; raises where it can't be printed, as None."""
        return "{:d}".format if self.kind == "integer" else self.made_by  # type: ignore[return-value]  # which texts have

    @property
    def size(self) -> int:
        """How many values it has, from 0 on, where they are small numbers; else 0."""
        return SIZES.get((self.root, self.path), 0) if self.kind == "integer" and self.made_by is None else 0

    def values(self, rows: Rows) -> Column:
        """The values of rows, of which it prints one in each; lengths, where it prints those."""
        column = rows.column(self.root, self.path)
        return list(map(len, column)) if self.kind == "integer" and self.made_by else column

    def integers(self, rows: Rows, own: Sequence[int] | None) -> Ints | None:
        """The same as a column of integers; in all but its own rows (None: all are) they are anything.

        None where they do not fit: differences of two numbers of 64 bits may not.

        Raises:
            TypeError: one is None.
        """
        found = rows.integers.get(self)
        if found is not None:
            return found
        column = self.values(rows)
        try:
            found = rows.integers[self] = ints(column) if isinstance(column, list) else column  # type: ignore[assignment]
        except OverflowError:
            return None
        except TypeError:
            if own is None:
                raise
            found = array("q", bytes(8 * rows.size))
            for place in own:
                found[place] = column[place]
        return found


class HoledEnvironment(PackEnvironment):
    """The environment of the copies."""

    def __init__(self, pack: Pack) -> None:
        super().__init__(pack)
        self.holes: list[Hole] = []
        self.hole = cache(Hole)
        self.spellings = {name: make for name, make in for_guard(pack.guard).items() if name not in CONVERSIONS}

    def syntax_tree(self, name: str) -> nodes.Template:
        """The syntax tree of a template, with marks for what it only prints."""
        is_new = self.path(name) not in self.syntax_trees
        tree = super().syntax_tree(name)
        if is_new:
            self._punch(tree, {n.name for n in tree.find_all(nodes.Name) if n.ctx != "load"})
        return tree

    def _punch(self, node: nodes.Node, own: set[str]) -> None:
        if isinstance(node, _CAPTURES):
            return
        if isinstance(node, nodes.Output):
            node.nodes = [self._marked(expression, own) for expression in node.nodes]
        for child in node.iter_child_nodes():
            self._punch(child, own)

    def _marked(self, expression: nodes.Expr, own: set[str]) -> nodes.Expr:
        hole = self._hole(expression)
        if hole is None or hole.root in own:
            return expression
        if hole not in self.holes:
            self.holes.append(hole)
        return nodes.TemplateData(f"\ud800{self.holes.index(hole)}\ud801")

    def _hole(self, node: nodes.Expr) -> Hole | None:  # noqa: PLR0911 (a case for each)
        """What is printed, where it can be a hole."""
        match node:
            case nodes.Name(name=name) if name in NAMES:
                return self.hole("integer", name)
            case nodes.Name(name="main"):
                return self.hole("pieces", "main")
            case nodes.Getattr() if (place := _path(node)) and place[1] in INTEGERS.get(place[0], ()):
                return self.hole("integer", *place)
            case nodes.Filter(name="join", node=nodes.Node() as inner, kwargs=[], dyn_args=None, dyn_kwargs=None):
                return self._list_hole(inner, node.args)
            case nodes.Filter(name=name, node=nodes.Node() as inner, args=[], kwargs=[]) if place := _path(inner):
                if name == "length" and place[0] == "proto" and place[1] in SIZED:
                    return self.hole("integer", *place, made_by=len)
                if name in self.spellings and place[0] in SUBJECTS:
                    return self.hole("text", *place, made_by=self.spellings[name])
        return None

    def _list_hole(self, node: nodes.Node, arguments: list[nodes.Expr]) -> Hole | None:
        """What ``join`` prints of a list."""
        separator = arguments[0] if arguments else nodes.Const("")
        if len(arguments) > 1 or not isinstance(separator, nodes.Const) or not isinstance(separator.value, str):
            return None
        if _path(node) == ("proto", "line_info"):
            return self.hole("integers", "proto", "line_info", separator=separator.value)
        if isinstance(node, nodes.Name) and node.name in PIECES:
            return self.hole("pieces", node.name, separator=separator.value)
        return None

    def form(self, text: str) -> Form:
        """A rendered copy as the texts between its marks, and the holes."""
        parts = _MARK.split(text)
        return tuple(self.holes[int(part)] if i % 2 else part for i, part in enumerate(parts))


def _path(node: nodes.Node) -> tuple[str, str] | None:
    """A name and the attributes after it, of ``name.attribute.attribute``."""
    attributes: list[str] = []
    while isinstance(node, nodes.Getattr):
        attributes.insert(0, node.attr)
        node = node.node
    return (node.name, ".".join(attributes)) if isinstance(node, nodes.Name) else None


def may_have_holes(trees: list[nodes.Template]) -> bool:
    """Whether what templates print stays as it is: none captures a block, nor what a block of a parent prints."""
    for tree in trees:
        if any(capture.find(nodes.Block) for capture in tree.find_all(_CAPTURES)):
            return False
        captured = {id(output) for capture in tree.find_all(_CAPTURES) for output in capture.find_all(nodes.Output)}
        outputs = [output for output in tree.find_all(nodes.Output) if id(output) not in captured]
        printed = {id(expression) for output in outputs for expression in output.nodes}
        calls = [call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)]
        printed_supers = [call for call in calls if getattr(call.node, "name", "") == "super" and id(call) in printed]
        names = [name.name for name in tree.find_all(nodes.Name)]
        if "self" in names or names.count("super") != len(printed_supers):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Use:
    """A value that a template computes with.

    Attributes:
        root, path: as in ``Hole``.
        is_asked: whether all that it does with it is to ask whether it is there: none, or 0, or empty.
        is_length: whether all that it takes of it is the length.
        is_type: whether all that it does with it is to ask of which type it is, or which boolean.
    """

    root: str
    path: str
    is_asked: bool = False
    is_length: bool = False
    is_type: bool = False

    def of(self, values: Sequence[Any]) -> Sequence[Hashable]:
        """What the text depends on, of each value."""
        if self.is_length:
            return list(map(len, values))
        if self.is_type:
            return [value if type(value) is bool else type(value) for value in values]  # type: ignore[misc]  # mypy: types are none
        if self.is_asked:
            return [None if value is None else bool(value) for value in values]
        return list(map(exact, values)) if self.root == "constant" else values

    def codes(self, rows: Rows) -> Ints:
        """Numbers for that of each row: the same for two rows only where it is the same."""
        found = rows.codes.get(self)
        if found is None:
            found = rows.codes[self] = self._codes(rows)
        return found

    def _codes(self, rows: Rows) -> Ints:
        if self.root in rows.sparse:
            numbers: dict[Hashable, int] = {None: 0}  # of all rows that have none
            codes = array("i", bytes(4 * rows.size))
            given = rows.sparse[self.root]()
            for place, value in zip(given, self.of([*given.values()]), strict=True):
                codes[place] = numbers.setdefault(value, len(numbers))
            return codes
        column = rows.column(self.root, self.path)
        if self.is_asked:
            return array("B", [0 if value is None else 1 + bool(value) for value in column])
        if not isinstance(column, list):
            return column  # type: ignore[return-value]  # so it is Ints
        values = self.of(column)
        numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
        return array("i", map(numbers.__getitem__, values))


TYPE_TESTS = ("boolean", "false", "float", "integer", "none", "number", "string", "true")
"""The tests that tell the types of constants, and booleans."""


def uses(trees: list[nodes.Template], names: set[str]) -> list[Use]:
    """What templates compute with, of the values of certain names."""
    found: dict[tuple[str, str], set[str]] = {}
    measured: list[Use] = []

    def visit(node: nodes.Node, purpose: str) -> None:
        place = _path(node) if isinstance(node, (nodes.Name, nodes.Getattr)) else None
        if isinstance(node, nodes.Filter) and node.name == "length" and node.node and (sized := _path(node.node)):
            if sized[0] in names:
                measured.append(Use(*sized, is_length=True))
        elif place is None:
            for child in node.iter_child_nodes():
                visit(child, _purpose(node, purpose))
        elif place[0] in names:
            if place[0] == "instruction" and place[1].startswith(OF_KIND):
                place, purpose = ("instruction", "kind"), "value"  # which tells all of these
            elif place[0] == "instruction":
                place = ("instruction", TOLD_BY.get(place[1], place[1]))
            found.setdefault(place, set()).add(purpose)

    for tree in trees:
        visit(tree, "value")
    return [*(_use(*place, purposes) for place, purposes in found.items()), *dict.fromkeys(measured)]


def _purpose(node: nodes.Node, own: str) -> str:
    """What a value is used for by the node around it, which is used for a purpose of its own."""
    match node:
        case nodes.Test(name="none"):
            return "none"
        case nodes.Test(name=name) if name in TYPE_TESTS:
            return "type"
        case nodes.If() | nodes.Not():
            return "truth"
        case nodes.And() | nodes.Or():
            return own  # it gives one of its values on
    return "value"


def _use(root: str, path: str, purposes: set[str]) -> Use:
    if purposes <= {"none", "truth"}:
        return Use(root, path, is_asked=True)
    return Use(root, path, is_type=purposes <= {"none", "type"})


def is_keyed(use: Use) -> bool:
    """Whether the value can be a key: not what stands for many others, or compares otherwise than it prints."""
    if use.root in PIECES or use.root == "main":
        return False
    if use.is_asked or use.is_length or use.root not in ("proto", "chunk"):
        return True
    return use.path.split(".")[0] not in ("", "main", "chunk", "parent", "children", *SIZED)
