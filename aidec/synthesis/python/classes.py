"""Classes of Python as tables with metatables."""

from __future__ import annotations

import ast

from aidec.lua.node import Comments
from aidec.lua.nodes import (
    CallStatement,
    Expression,
    FunctionStatement,
    Index,
    Name,
    Pair,
    Return,
    Statement,
    Table,
)
from aidec.synthesis.python.base import Class, Signature, spelled
from aidec.synthesis.python.build import assign, body, call, give, local, method, text
from aidec.synthesis.python.calling import EXCEPTIONS
from aidec.synthesis.python.definitions import comments_of
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.statements import Statements

METAMETHODS = {
    "__eq__": "__eq", "__len__": "__len", "__str__": "__tostring", "__lt__": "__lt", "__le__": "__le",
    "__add__": "__add", "__sub__": "__sub", "__mul__": "__mul", "__floordiv__": "__idiv", "__mod__": "__mod",
    "__truediv__": "__div", "__pow__": "__pow", "__call__": "__call",
}  # fmt: skip
"""The metamethods that are called as Python calls its methods."""

PLAIN = ("__init__", "__getitem__", "__bool__")
"""Methods with names of Python's own that are called by name."""


class Classes(Statements):
    """Translates classes."""

    def do_classdef(self, node: ast.ClassDef) -> None:
        """A class: of exceptions, or a table with its methods."""
        if node.decorator_list or node.keywords or len(node.bases) > 1:
            refuse(node, f"class {node.name}", "a class with decorators or several bases")
        base = node.bases[0] if node.bases else None
        if isinstance(base, ast.Name) and (base.id in EXCEPTIONS or base.id in self.exceptions):
            self._exception_class(node, base.id)
            return
        above = self.classes.get(base.id) if isinstance(base, ast.Name) and base.id != "object" else None
        if base is not None and above is None and ast.unparse(base) != "object":
            refuse(node, f"the class {ast.unparse(base)}", "a base class that is not known")
        known = self.classes.setdefault(node.name, Class(node.name, above))
        self.frames[-1].variables.pop(node.name, None)
        name = self.safe_name(node.name)
        inherited: list[Expression] = []
        if above is not None:
            inherited = [
                call("setmetatable", Table([]), Table([Pair(text("__index"), Name(self.safe_name(above.name)))]))
            ]
        made = local([name], *inherited or [Table([])])
        made.comments = comments_of(node, is_first=not self.out)
        self.out += [made, assign(Index(Name(name), text("__index")), Name(name))]
        self._inherit(known, name)
        before, self.current_class = self.current_class, known
        for part in node.body:
            self._member(known, name, part)
        self.current_class = before
        self._constructor(node, known, name)

    def _exception_class(self, node: ast.ClassDef, base: str) -> None:
        """A class of exceptions, which adds nothing to the one above."""
        if not all(
            isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            for part in node.body
        ):
            refuse(node, f"class {node.name}", "an exception with methods")
        self.exceptions[node.name] = base
        self.frames[-1].variables.pop(node.name, None)
        self.out.append(assign(Index(Name("PARENTS"), text(node.name)), text(base)))

    def _inherit(self, known: Class, name: str) -> None:
        """Copy the metamethods of the classes above, which Lua does not look up there."""
        if known.base is None:
            return
        for python, lua in METAMETHODS.items():
            if known.base.find_method(python):
                above = Index(Name(self.safe_name(known.base.name)), text(lua))
                self.out.append(assign(Index(Name(name), text(lua)), above))

    def _member(self, known: Class, name: str, part: ast.stmt) -> None:
        """A part of a class: a method, or a field that all objects share."""
        match part:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return
            case ast.Assign(targets=[ast.Name(id=field)], value=value):
                made = self.expression(value)
                known.field(field).add(made.type)
                self.out.append(assign(Index(Name(name), text(field)), made.lua))
            case ast.AnnAssign(target=ast.Name(id=field), value=ast.expr() as value):
                made = self.expression(value)
                known.field(field).add(made.type)
                self.out.append(assign(Index(Name(name), text(field)), made.lua))
            case ast.AnnAssign(value=None):
                return
            case ast.FunctionDef():
                self._method(known, name, part)
            case _:
                refuse(part, spelled(part), "a part of a class")

    def _method(self, known: Class, name: str, part: ast.FunctionDef) -> None:
        decorators = {ast.unparse(each) for each in part.decorator_list}
        if decorators - {"staticmethod", "property"}:
            refuse(part, f"@{min(decorators)}", "a decorator")
        is_dunder = part.name.startswith("__") and part.name.endswith("__")
        lua = METAMETHODS.get(part.name, self.safe_field(part.name))
        if part.name == "__repr__":
            lua = "__tostring"
        elif is_dunder and part.name not in (*METAMETHODS, *PLAIN):
            refuse(part, f"the method {part.name}", f"the method {part.name}")
        signature = known.methods.setdefault(part.name, self.signature(part, lua, known.name))
        if part.name == "__repr__":
            known.methods.setdefault("__str__", signature)
        is_static = "staticmethod" in decorators
        if is_static:
            known.static.add(part.name)
        if "property" in decorators:
            known.properties.add(part.name)
        if signature.is_generator:
            refuse(part, "a method that is a generator", "a method that is a generator")
        made = self.body_of(part, signature, is_method=not is_static)
        target = Index(Name(name), text(lua)) if is_static else Name(name)
        statement = FunctionStatement(target, None if is_static else lua, made)
        statement.comments = comments_of(part, is_first=False)
        self.out.append(statement)

    def _constructor(self, node: ast.ClassDef, known: Class, name: str) -> None:
        """``Class.new``, which makes an object."""
        signature: Signature | None = known.find_method("__init__")
        names = [self.safe_name(each) for each in signature.parameters[1:]] if signature else []
        made = local(["self"], call("setmetatable", Table([]), Name(name)))
        statements: list[Statement] = [made]
        own = (
            self._own_initializer(name)
            if signature and "__init__" in known.methods and not self._is_inherited(node)
            else None
        )
        if own is not None:
            self.out.remove(own)
            statements += own.function.body.statements
        elif signature:
            statements.append(CallStatement(method(Name("self"), "__init__", *[Name(each) for each in names])))
        statements.append(give(Name("self")))
        new = FunctionStatement(Index(Name(name), text("new")), None, body(names, statements))
        new.comments = Comments(before=[b""])
        self.out.append(new)

    def _own_initializer(self, name: str) -> FunctionStatement | None:
        """The function that sets the fields, if its statements can stand in the constructor."""
        for each in self.out:
            if (
                isinstance(each, FunctionStatement)
                and each.method == "__init__"
                and isinstance(each.target, Name)
                and each.target.name == name
            ):
                return None if any(isinstance(node, Return) for node in each.function.walk()) else each
        return None

    def _is_inherited(self, node: ast.ClassDef) -> bool:
        """Whether another class builds on this one, or this one on another."""
        return bool(node.bases) or node.name in self.bases

    bases: set[str]
