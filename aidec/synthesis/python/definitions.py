"""Functions of Python as functions of Lua."""

from __future__ import annotations

import ast

from aidec.lua.node import Comments
from aidec.lua.nodes import (
    Expression,
    Function,
    FunctionBody,
    Item,
    LocalFunction,
    Name,
    Nil,
    Statement,
    Table,
    Vararg,
)
from aidec.lua.nodes import (
    Variable as Declared,
)
from aidec.synthesis.python.base import Signature, spelled
from aidec.synthesis.python.build import (
    assign,
    binary,
    call,
    function,
    give,
    local,
    when,
)
from aidec.synthesis.python.build import (
    body as function_body,
)
from aidec.synthesis.python.protecting import Protecting, own_nodes
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import NONE, Cell, Type, of_annotation
from aidec.synthesis.python.units import CACHES


class Definitions(Protecting):
    """Translates functions: their parameters, defaults and bodies."""

    def do_functiondef(self, node: ast.FunctionDef) -> None:
        """A function inside a function."""
        variable = self.known(node.name)
        scope = self.scope()
        signature = self.local_functions.get(id(variable.cell)) or self.signature(node, variable.name)
        signature.name = variable.name
        self.local_functions[id(variable.cell)] = signature
        if not (signature.defaults or signature.rest or signature.is_generator):
            variable.cell.add(Type("function", (signature.result, *signature.cells)))
        self.local_functions[id(variable.cell)] = signature
        made = self.body_of(node, signature)
        is_own = node.name in scope.at.get(node, set())
        statement: Statement = assign(Name(variable.name), Function(made))
        if node.decorator_list:
            self.out += [local([variable.name])] if is_own else []
            statement = assign(Name(variable.name), call("cached", Function(made)))
        elif is_own:
            statement = LocalFunction(Declared(variable.name), made)
        statement.comments = comments_of(node, is_first=not self.out)
        self.out.append(statement)

    def signature(self, node: ast.FunctionDef, lua_name: str, class_name: str = "") -> Signature:
        """What callers of a function know.

        Raises:
            RefusalError: it is decorated, or takes keyword arguments of any name.
        """
        arguments = node.args
        for decorator in node.decorator_list:
            name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name not in (*CACHES, *(("staticmethod", "property") if class_name else ())):
                refuse(decorator, f"@{name}", "a decorator")
        if arguments.kwarg:
            refuse(node, f"**{arguments.kwarg.arg}", "a function with **keywords")
        plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        if arguments.vararg and arguments.kwonlyargs:
            refuse(node, "parameters after *", "keyword parameters after *args")
        defaults = (
            {
                each.arg
                for each in (*arguments.posonlyargs, *arguments.args)[
                    len(plain) - len(arguments.kwonlyargs) - len(arguments.defaults) :
                ]
            }
            if arguments.defaults
            else set()
        )
        defaults |= {
            each.arg for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default
        }
        cells = []
        for index, each in enumerate(plain):
            cell = self.cell(node, f"parameter {each.arg}")
            known = of_annotation(each.annotation, frozenset(self.classes))
            if class_name and index == 0 and not any(_is_static(d) for d in node.decorator_list):
                known = Type("object", name=class_name)
            if class_name and index == 1 and known is None and node.name in OF_TWO and _is_looked_into(node, each.arg):
                known = Type("object", name=class_name)
            if known is not None and cell.type.kind == "bottom":
                cell.add(known)
            cells.append(cell)
        is_generator = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in own_nodes(node.body))
        rest = self.cell(node, "rest") if arguments.vararg else None
        known = of_annotation(arguments.vararg.annotation, frozenset(self.classes)) if arguments.vararg else None
        if rest is not None and known is not None:
            rest.add(known)
        return Signature(
            lua_name, [each.arg for each in plain], cells, self.cell(node, "result"), defaults, rest, is_generator
        )

    def body_of(self, node: ast.FunctionDef, signature: Signature, *, is_method: bool = False) -> FunctionBody:
        """The parameters and the block of a function."""
        before = (self.loops, self.is_protected, self.is_generator, self.caught, self.loop_count)
        self.loops, self.is_protected, self.is_generator, self.caught, self.loop_count = (
            [],
            False,
            signature.is_generator,
            [],
            0,
        )
        parameters, cells = list(signature.parameters), list(signature.cells)
        vararg = node.args.vararg
        if vararg:
            parameters.append(vararg.arg)
            cells.append(self.cell(node, "vararg"))
            cells[-1].add(Type("row", (signature.rest or Cell(),)))
        with self.function(node.body, parameters, cells, signature.result) as names, self.block() as statements:
            if is_method:
                self.frames[-1].variables[parameters[0]].name = "self"
                names[0] = "self"
            self._defaults(node)
            if vararg:
                statements.append(local([names[-1]], Table([_item(Vararg())])))
            self.statements(node.body)
            if not signature.is_generator and not _always_returns(node.body):
                signature.result.add(NONE)
        (self.loops, self.is_protected, self.is_generator, self.caught, self.loop_count) = before
        if signature.is_generator:
            made = give(call("coroutine.wrap", function([], statements)))
            statements = [made]
        shown = [name for name in names if name != "self" or not is_method]
        made_body = function_body(shown[: len(shown) - bool(vararg)], statements)
        if vararg:
            made_body.parameters.append(Vararg())
        return made_body

    def _defaults(self, node: ast.FunctionDef) -> None:
        """Give the parameters that were left out their defaults."""
        plain = [*node.args.posonlyargs, *node.args.args]
        pairs = list(zip(plain[len(plain) - len(node.args.defaults) :], node.args.defaults, strict=True))
        pairs += [
            (each, default)
            for each, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default
        ]
        for parameter, default in pairs:
            variable = self.known(parameter.arg)
            if isinstance(default, ast.Constant) and default.value is None:
                variable.cell.add(NONE)
                continue
            if not isinstance(default, ast.Constant | ast.UnaryOp | ast.Name | ast.Tuple | ast.Attribute):
                refuse(default, f"the default {spelled(default)}", "a default that can change")
            value = self.expression(default)
            if variable.cell.type.optional:
                refuse(default, f"the default {spelled(default)} where None can be given", "a default beside None")
            variable.cell.add(value.type)
            self.out.append(when(binary(Name(variable.name), "==", Nil()), [assign(Name(variable.name), value.lua)]))


def comments_of(node: ast.FunctionDef | ast.ClassDef, *, is_first: bool) -> Comments:
    """An empty line, and the first line of a docstring as a comment, above a function."""
    documented = ast.get_docstring(node)
    line = documented.strip().partition("\n")[0] if documented else ""
    shown = [f"-- {line}".encode("ascii", "replace")] if line else []
    return Comments(before=shown if is_first else [b"", *shown])


def _item(value: Expression) -> Item:
    return Item(value)


OF_TWO = ("__eq__", "__lt__", "__le__", "__add__", "__sub__", "__mul__")
"""Methods whose other operand is of the same class, where its fields are looked at."""


def _is_looked_into(node: ast.FunctionDef, name: str) -> bool:
    """Whether a function uses fields of a parameter."""
    found = (each.value for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return any(isinstance(owner, ast.Name) and owner.id == name for owner in found)


def _is_static(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "staticmethod"


def _always_returns(body: list[ast.stmt]) -> bool:
    """Whether the end of a block is never reached, as far as its form says."""
    if not body:
        return False
    match body[-1]:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(body=one, orelse=two):
            return _always_returns(one) and _always_returns(two)
        case ast.While(test=ast.Constant(value=True), body=inner):
            return not any(isinstance(each, ast.Break) for each in own_nodes(inner))
        case ast.For(orelse=other) | ast.While(orelse=other) if other:
            return _always_returns(other) and not any(isinstance(each, ast.Break) for each in own_nodes(body[-1].body))
        case ast.Try(body=one, handlers=handlers, orelse=other, finalbody=last):
            return _always_returns(last) or (
                _always_returns(other or one) and all(_always_returns(h.body) for h in handlers)
            )
    return False
