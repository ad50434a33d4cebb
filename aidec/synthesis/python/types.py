"""Types of Python's values, as far as they decide on Lua: what is known of a value, joined from all that flows there.

A type is a kind with cells, such as ``list`` with the cell of its elements. Cells are joined as the translation goes
through the code, round after round, until none changes.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

NUMBERS = ("int", "float", "num")
"""Kinds of numbers; ``num`` is a value that is an int in one run and a float in another."""

ORDERED = ("list", "tuple", "row")
"""Kinds whose values are sequences of Lua; a ``row`` is a tuple of any length."""

COUNTED = (*ORDERED, "dict", "set", "str")
"""Kinds that have a length."""


class Cell:
    """What is known of the values in one place; cells that are one place are merged."""

    def __init__(self) -> None:
        self._type = BOTTOM
        self._same: Cell | None = None

    def root(self) -> Cell:
        """The cell that stands for all that are merged with this one."""
        cell = self
        while cell._same is not None:
            cell = cell._same
        return cell

    @property
    def type(self) -> Type:
        """The type of what is in the place."""
        return self.root()._type

    def add(self, more: Type) -> None:
        """Join a type to that of the place."""
        root = self.root()
        joined = join(root._type, more)
        root = root.root()
        if joined != root._type:
            root._type = joined

    def merge(self, other: Cell) -> None:
        """Make two places one."""
        one, two = self.root(), other.root()
        if one is not two:
            two._same = one
            one.add(two._type)


@dataclass(frozen=True)
class Type:
    """The type of a value.

    Attributes:
        kind: ``bottom`` (nothing is known yet), ``none``, ``bool``, ``int``, ``float``, ``num``, ``str``, ``list``,
            ``tuple`` (a cell for each element), ``row``, ``dict`` (keys, values), ``set``, ``iterator``, ``function``
            (the result, then the parameters), ``object`` (of a class) or ``any`` (several of them).
        cells: the cells of what is inside.
        optional: whether it can also be None.
        name: the name of an object's class.
    """

    kind: str
    cells: tuple[Cell, ...] = field(default=(), compare=False)
    optional: bool = False
    name: str = ""

    @property
    def element(self) -> Cell:
        """The cell of what comes in turn: elements, the keys of a dict."""
        if self.kind == "tuple":
            joined = Cell()
            for cell in self.cells:
                joined.add(cell.type)
            return joined
        return self.cells[0]

    def __str__(self) -> str:
        return _spelled(self, 4)


def _spelled(type_: Type, depth: int) -> str:
    """A type as an annotation; a list that is in itself has no end."""
    text = type_.name or type_.kind.replace("row", "tuple")
    if type_.kind not in ("function", "object") and type_.cells:
        inside = ", ".join(_spelled(cell.type, depth - 1) for cell in type_.cells) if depth else "..."
        text += f"[{inside}, ...]" if type_.kind == "row" else f"[{inside}]"
    return f"{text} | None" if type_.optional else text


BOTTOM, ANY, NONE = Type("bottom"), Type("any"), Type("none")
BOOL, INT, FLOAT, NUM, STR = (Type(kind) for kind in ("bool", "int", "float", "num", "str"))


def holder(kind: str, *inside: Type) -> Type:
    """A type with new cells."""
    cells = tuple(Cell() for _ in inside)
    for cell, each in zip(cells, inside, strict=True):
        cell.add(each)
    return Type(kind, cells)


def join(one: Type, two: Type) -> Type:
    """The type of a value that is of either type; cells of the same role become one."""
    if one.kind == "bottom" or two.kind == "bottom":
        known = two if one.kind == "bottom" else one
        return replace(known, optional=one.optional or two.optional)
    if one.kind == "none" or two.kind == "none":
        known = two if one.kind == "none" else one
        return known if known.kind == "none" else replace(known, optional=True)
    optional = one.optional or two.optional
    if one.kind in NUMBERS and two.kind in NUMBERS:
        return Type(one.kind if one.kind == two.kind else "num", optional=optional)
    if one.kind == "tuple" == two.kind and len(one.cells) != len(two.cells):
        row = holder("row", BOTTOM)
        for cell in one.cells + two.cells:
            row.cells[0].add(cell.type)
        return replace(row, optional=optional)
    if {one.kind, two.kind} == {"tuple", "row"}:
        row, fixed = (one, two) if one.kind == "row" else (two, one)
        for cell in fixed.cells:
            row.cells[0].add(cell.type)
        return replace(row, optional=optional)
    if one.kind != two.kind or one.name != two.name or len(one.cells) != len(two.cells):
        return replace(ANY, optional=optional)
    for mine, theirs in zip(one.cells, two.cells, strict=True):
        mine.merge(theirs)
    return replace(one, optional=optional)


def holds(type_: Type, kinds: tuple[str, ...]) -> bool:
    """Whether a type is one of some kinds, or has one inside."""
    seen: set[int] = set()
    waiting = [type_]
    while waiting:
        each = waiting.pop()
        if each.kind in kinds:
            return True
        for cell in each.cells:
            if id(cell.root()) not in seen:
                seen.add(id(cell.root()))
                waiting.append(cell.type)
    return False


_HOLDERS = {
    **dict.fromkeys(("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection"), "list"),
    **dict.fromkeys(("set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"), "set"),
    **dict.fromkeys(("dict", "Dict", "Mapping", "MutableMapping"), "dict"),
    **dict.fromkeys(("Iterator", "Generator"), "iterator"),
}
_SCALARS = {"int": INT, "float": FLOAT, "bool": BOOL, "str": STR, "None": NONE}


def of_annotation(node: ast.expr | None, classes: frozenset[str] = frozenset()) -> Type | None:
    """The type that an annotation states; None if it states nothing that is known here."""
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            try:
                return of_annotation(ast.parse(text, mode="eval").body, classes)
            except SyntaxError:
                return None
        case ast.Name(id=name) if name in _SCALARS:
            return _SCALARS[name]
        case ast.Name(id="Any" | "object"):
            return BOTTOM
        case ast.Name(id=name) if name in classes:
            return Type("object", name=name)
        case ast.Name(id=name) if name in _HOLDERS:
            return holder(_HOLDERS[name], *[BOTTOM] * (2 if _HOLDERS[name] == "dict" else 1))
        case ast.Attribute(attr=name):
            return of_annotation(ast.Name(name), classes)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right], classes)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inside):
            return _generic(name, inside.elts if isinstance(inside, ast.Tuple) else [inside], classes)
    return None


def _either(nodes: list[ast.expr], classes: frozenset[str]) -> Type | None:
    joined = BOTTOM
    for node in nodes:
        found = of_annotation(node, classes)
        if found is None:
            return None
        joined = join(joined, found)
    return joined


def _generic(name: str, inside: list[ast.expr], classes: frozenset[str]) -> Type | None:
    if name in ("Union", "Optional"):
        return _either([*inside, *[ast.Constant(None)] * (name == "Optional")], classes)
    found = [of_annotation(each, classes) for each in inside if not _is_dots(each)]
    if any(each is None for each in found):
        return None
    types = [each for each in found if each is not None]
    if name in ("tuple", "Tuple"):
        return holder("row" if any(map(_is_dots, inside)) else "tuple", *types)
    kind = _HOLDERS.get(name)
    if kind is None or len(types) < (2 if kind == "dict" else 1):
        return None
    return holder(kind, *types[: 2 if kind == "dict" else 1])


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
