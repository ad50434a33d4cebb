"""Calls of functions, methods and classes of the code itself; attributes; formats of texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager

from aidec.lua.nodes import Call, Expression, Index, Name, Nil, Number
from aidec.synthesis.python.base import Class, Frame, Signature, Typed, Variable, spelled
from aidec.synthesis.python.build import call, method, text
from aidec.synthesis.python.library import declared
from aidec.synthesis.python.methods import Methods
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.scopes import scope_of
from aidec.synthesis.python.types import BOTTOM, NUMBERS, STR, Cell, Type

SPEC = re.compile(
    r"(?:(?P<fill>.)?(?P<align>[<>^]))?(?P<zero>0)?(?P<width>\d+)?(?P<comma>,)?(?:\.(?P<digits>\d+))?(?P<kind>[a-zA-Z%])?"
)
"""A format of an f-string, as far as it is translated."""

PERCENT = re.compile(r"%(?P<flags>[-0 +]*)(?P<width>\d*)(?:\.(?P<digits>\d+))?(?P<kind>[a-zA-Z%])")
"""A place in a format of the operator ``%``."""


class Calling(Methods):
    """Translates calls of what the code itself defines."""

    @contextmanager
    def function(
        self, statements: list[ast.stmt], parameters: list[str], cells: list[Cell], result: Cell | None
    ) -> Iterator[list[str]]:
        """The frame of a function; gives the names of its parameters in Lua."""
        scope = scope_of(statements, parameters)
        frame = Frame(scope=scope, result=result)
        names = [self.safe_name(name) for name in parameters]
        for name, lua, cell in zip(parameters, names, cells, strict=True):
            frame.variables[name] = Variable(lua, cell)
        for name in scope.names - set(parameters):
            owner = statements[0] if statements else None
            frame.variables[name] = Variable(self.safe_name(name), self.cell(owner or ast.Pass(), name))
        safe, self.safe = self.safe, {}
        try:
            with self.names(frame):
                yield names
        finally:
            self.safe = safe

    def on_call(self, node: ast.Call) -> Typed:
        """A call."""
        function = node.func
        if isinstance(function, ast.Attribute):
            return self._of_attribute(node, function)
        if isinstance(function, ast.Name) and self.variable(function.id) is None:
            name = function.id
            if name in self.functions:
                signature = self.functions[name]
                return Typed(call(signature.name, *self.arguments(node, signature)), self.result_of(signature))
            if name in self.classes:
                return self.instance(node, self.classes[name])
            if name in self.modules:
                return self.builtin(node, self.modules[name])
            if name in self.exceptions or name in EXCEPTIONS:
                return self.exception(node, name)
            return self.builtin(node, name)
        known = self.known_function(function)
        if known is not None:
            return Typed(call(known.name, *self.arguments(node, known)), self.result_of(known))
        value = self.expression(function)
        return self._of_value(node, value)

    def known_function(self, node: ast.expr) -> Signature | None:
        """The signature of a function inside the function at hand, by its name."""
        variable = self.variable(node.id) if isinstance(node, ast.Name) else None
        return self.local_functions.get(id(variable.cell)) if variable else None

    def _of_value(self, node: ast.Call, value: Typed) -> Typed:
        """A call of a value that is a function."""
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            refuse(node, spelled(node), "keyword or star arguments for an unknown function")
        given = [self.expression(each) for each in node.args]
        if value.type.kind == "object":
            found = self.classes[value.type.name].find_method("__call__")
            if found is not None:
                return Typed(Call(value.lua, self.arguments(node, found, 1)), found.result.type)
        if not self.settled(node.func, value.type, "function", what="a call"):
            return Typed(Call(value.lua, [each.lua for each in given]), BOTTOM)
        if len(given) != len(value.type.cells) - 1:
            refuse(node, f"{len(given)} arguments: {spelled(node)}", "a call with a wrong number of arguments")
        for cell, each in zip(value.type.cells[1:], given, strict=True):
            cell.add(each.type)
        return Typed(Call(value.lua, [each.lua for each in given]), value.type.cells[0].type)

    def result_of(self, signature: Signature) -> Type:
        """The type of what a known function returns."""
        return Type("iterator", (signature.result,)) if signature.is_generator else signature.result.type

    def arguments(self, node: ast.Call, signature: Signature, skipped: int = 0) -> list[Expression]:
        """The arguments of a call of a known function, in the order of its parameters.

        Raises:
            RefusalError: they are too many or too few, or a star is among them.
        """
        names, cells = signature.parameters[skipped:], signature.cells[skipped:]
        given: dict[str, Expression] = {}
        rest: list[Expression] = []
        for index, each in enumerate(node.args):
            if isinstance(each, ast.Starred):
                return [*given.values(), *rest, self._spread(node, signature, [*given.values()], each)]
            value = self.expression(each)
            if index < len(names):
                cells[index].add(value.type)
                given[names[index]] = value.lua
            elif signature.rest is not None:
                signature.rest.add(value.type)
                rest.append(value.lua)
            else:
                refuse(node, f"{len(node.args)} arguments: {spelled(node)}", "a call with a wrong number of arguments")
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in names or keyword.arg in given:
                refuse(node, f"the argument {keyword.arg}: {spelled(node)}", "a keyword argument that is not known")
            value = self.expression(keyword.value)
            cells[names.index(keyword.arg)].add(value.type)
            given[keyword.arg] = value.lua
        missing = [name for name in names if name not in given and name not in signature.defaults]
        if missing:
            refuse(node, f"no argument {missing[0]}: {spelled(node)}", "a call with a wrong number of arguments")
        ordered = [given.get(name, Nil()) for name in names] + rest
        while ordered and isinstance(ordered[-1], Nil) and not rest and names[len(ordered) - 1] not in given:
            ordered.pop()
        return ordered

    def _spread(self, node: ast.Call, signature: Signature, given: list[Expression], star: ast.Starred) -> Expression:
        """The last argument of ``f(a, *rest)``, where all parameters but the rest are given."""
        is_last = star is node.args[-1] and not node.keywords
        if not is_last or signature.rest is None or len(given) < len(signature.parameters):
            refuse(node, spelled(node), "a star in a call")
        made = self.as_list(star.value)
        if made.type.cells:
            signature.rest.add(made.type.element.type)
        return call("table.unpack", made.lua)

    def _of_attribute(self, node: ast.Call, function: ast.Attribute) -> Typed:
        """A call of a method, or of a function of a module."""
        owner = function.value
        if isinstance(owner, ast.Name) and self.variable(owner.id) is None:
            if owner.id in self.modules and self.modules[owner.id] not in declared()["constants"]:
                return self.builtin(node, f"{self.modules[owner.id]}.{function.attr}")
            if owner.id in self.classes:
                return self._of_class(node, self.classes[owner.id], function.attr)
        if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super":
            return self._of_super(node, function.attr)
        if isinstance(owner, ast.Constant) and isinstance(owner.value, str) and function.attr == "format":
            refuse(node, spelled(node), "the method format()")
        value = self.expression(owner)
        if value.type.kind == "object":
            return self._of_object(node, value, function.attr)
        return self.method(node, owner, function.attr)

    def _of_object(self, node: ast.Call, value: Typed, name: str) -> Typed:
        known = self.classes[value.type.name]
        signature = known.find_method(name)
        if signature is None:
            field = known.field(name)
            if field.type.kind == "function" or (not self.is_last and field.type.kind == "bottom"):
                return self._of_value(node, Typed(Index(value.lua, text(name)), field.type))
            refuse(node, f"no method {name} in {known.name}", "a method that is not there")
        if name in known.static:
            return Typed(call(f"{known.name}.{name}", *self.arguments(node, signature)), self.result_of(signature))
        arguments = self.arguments(node, signature, 1)
        return Typed(method(value.lua, self.safe_field(name), *arguments), self.result_of(signature))

    def safe_field(self, name: str) -> str:
        """The name of a method or a field in Lua."""
        from aidec.lua.nodes import KEYWORDS

        return f"{name}_" if name in KEYWORDS else name

    def _of_class(self, node: ast.Call, known: Class, name: str) -> Typed:
        signature = known.find_method(name)
        if signature is None or name not in known.static:
            refuse(node, spelled(node), "a method called on its class")
        return Typed(
            call(f"{self.safe_name(known.name)}.{name}", *self.arguments(node, signature)), self.result_of(signature)
        )

    def _of_super(self, node: ast.Call, name: str) -> Typed:
        above = self.current_class.base if self.current_class else None
        signature = above.find_method(name) if above else None
        if above is None or signature is None:
            refuse(node, spelled(node), "super() of a class that is not known")
        arguments = [Name("self"), *self.arguments(node, signature, 1)]
        return Typed(call(f"{self.safe_name(above.name)}.{name}", *arguments), self.result_of(signature))

    def instance(self, node: ast.Call, known: Class) -> Typed:
        """A new object of a class."""
        signature = known.find_method("__init__")
        arguments = self.arguments(node, signature, 1) if signature else []
        if signature is None and (node.args or node.keywords):
            refuse(node, spelled(node), "a call with a wrong number of arguments")
        return Typed(call(f"{self.safe_name(known.name)}.new", *arguments), Type("object", name=known.name))

    def exception(self, node: ast.Call, name: str) -> Typed:
        """A new exception."""
        if len(node.args) > 1 or node.keywords:
            refuse(node, spelled(node), "an exception with several arguments")
        message = [self.text_of(each) for each in node.args]
        return Typed(call("exception", text(name), *message), Type("exception"))

    def on_attribute(self, node: ast.Attribute) -> Typed:
        """A field, or a constant of a module."""
        if isinstance(node.value, ast.Name) and self.variable(node.value.id) is None:
            if node.value.id in self.modules:
                return self.module_constant(node, f"{self.modules[node.value.id]}.{node.attr}")
            if node.value.id in self.classes:
                known = self.classes[node.value.id]
                return Typed(Index(Name(self.safe_name(known.name)), text(node.attr)), known.field(node.attr).type)
        value = self.expression(node.value)
        if not self.settled(node, value.type, "object", what="a field"):
            return Typed(Nil(), BOTTOM)
        known = self.classes[value.type.name]
        signature = known.find_method(node.attr)
        if node.attr in known.properties or (known.base and node.attr in known.base.properties):
            getter = method(value.lua, self.safe_field(node.attr))
            return Typed(getter, signature.result.type if signature else BOTTOM)
        if signature:
            refuse(node, spelled(node), "a method as a value")
        return Typed(Index(value.lua, text(node.attr)), known.field(node.attr).type)

    def module_constant(self, node: ast.AST, name: str) -> Typed:
        """A constant of a module."""
        known = declared()["constants"].get(name)
        if known is None:
            refuse(node, f"the name {name}", "a name that is not known")
        lua = text(known["text"]) if "text" in known else call(known["lua"]).function
        return Typed(lua, Type(known["gives"]))

    # Formats

    def spec(self, node: ast.expr, value: Typed, pattern: str) -> Expression:
        """A value in a format, such as ``.2f``.

        Raises:
            RefusalError: the format is none of those known.
        """
        found = SPEC.fullmatch(pattern)
        if found is None:
            refuse(node, f"the format {pattern}", "a format that is not known")
        part = found.groupdict()
        kind, number = part["kind"] or "", value.type.kind in NUMBERS
        if value.type.kind == "bottom":
            self.settled(node, value.type)
            return value.lua
        if value.type.optional or not (
            (number and (kind in "dxXo" or (kind in "feEgG" and kind)))
            or (value.type.kind == "str" and kind in ("", "s"))
        ):
            refuse(node, f"the format {pattern} of a {value.type}", "a format that is not known")
        if (kind in ("", "d", "x", "X", "o") and value.type.kind in ("float", "num")) or (
            kind in "fegEG" and kind and value.type.kind == "num"
        ):
            refuse(node, f"the format {pattern} of a {value.type}", "a format that is not known")
        is_plain = not (part["align"] or part["comma"] or part["fill"])
        if number:
            digits = f".{part['digits']}" if part["digits"] else ""
            width = (part["zero"] or "") + (part["width"] or "") if is_plain else ""
            body = self._digits_in(value, f"%{width}{digits}{kind or 'd'}")
            if part["comma"]:
                body = call("grouped", body, text(","))
        else:
            body = value.lua if not part["digits"] else method(value.lua, "sub", Number(1), Number(int(part["digits"])))
        if part["width"] and (not number or not is_plain):
            if part["zero"]:
                refuse(node, f"the format {pattern}", "a format that is not known")
            where = part["align"] or (">" if number else "<")
            return call("pad", body, Number(int(part["width"])), text(part["fill"] or " "), text(where))
        return body

    def _digits_in(self, value: Typed, pattern: str) -> Expression:
        """A number in a format of Lua; hexadecimal digits have no sign there."""
        bases = {"x": 16, "X": 16, "o": 8}
        if pattern[-1] not in bases:
            return call("string.format", text(pattern), value.lua)
        if len(pattern) > 2:
            return call("string.format", text(pattern), call("unsigned", value.lua))
        digits = call("digits_of", value.lua, Number(bases[pattern[-1]]), text(""))
        return method(digits, "upper") if pattern[-1] == "X" else digits

    def percent(self, node: ast.BinOp, pattern: str) -> Typed:
        """``"..." % values``."""
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        places = [found for found in PERCENT.finditer(pattern) if found["kind"] != "%"]
        if len(places) != len(given):
            refuse(node, spelled(node), "a format that is not known")
        arguments, lua = [], pattern
        for place, each in zip(places, given, strict=True):
            value = self.expression(each)
            if place["kind"] == "s":
                arguments.append(self.text_of(each))
                continue
            kinds = ("int",) if place["kind"] in "dxXoi" else ("int", "float")
            if place["kind"] not in "dxXofeEgG":
                refuse(node, spelled(node), "a format that is not known")
            self.settled(each, value.type, *kinds, what=f"the format {place[0]}")
            arguments.append(value.lua)
        if not pattern.isascii():
            refuse(node, "a string that is not ASCII", "a string that is not ASCII")
        return Typed(call("string.format", text(lua), *arguments), STR)

    # State that statements set

    local_functions: dict[int, Signature]
    current_class: Class | None


EXCEPTIONS = {
    "ArithmeticError", "AssertionError", "AttributeError", "Exception", "IndexError", "KeyError", "LookupError",
    "NotImplementedError", "OverflowError", "RuntimeError", "StopIteration", "TypeError", "ValueError",
    "ZeroDivisionError", "RecursionError", "NameError",
}  # fmt: skip
"""The classes of exceptions that are known."""
