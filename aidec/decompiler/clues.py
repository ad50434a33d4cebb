"""Clues to the names of variables: how each is made and used; ``naming.yaml`` says what that tells of its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, NamedTuple

from aidec.decompiler.expressions import is_step, key_of, kind_of, local_of
from aidec.decompiler.wording import identifier, lowered, rules, singular, without
from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Binary,
    Call,
    Expression,
    Function,
    FunctionBody,
    FunctionStatement,
    GenericFor,
    Index,
    Local,
    LocalFunction,
    Main,
    MethodCall,
    Name,
    Nil,
    NumericFor,
    Pair,
    Parenthesized,
    Return,
    String,
    Unary,
)
from aidec.lua.variables import Global, LocalVariable, Scope


class NameOf(NamedTuple):
    """The name of a variable, or the singular of its name, as a clue to that of another."""

    variable: LocalVariable
    is_plural: bool = False


Clue = str | NameOf
"""A name that a variable can have."""

_LOGICAL = ("and", "or")


class Clues:
    """The clues in a tree.

    Args:
        nodes: its nodes, in the order of the text; names are resolved.
        scopes: its functions.
        parameters: the parameters of its functions.
        used: the variables that are used.

    Attributes:
        found: the clues to each variable: the rank of each, the strongest lowest, and a name.
        written: the variables that are assigned to.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        scopes: Iterable[Scope],
        parameters: Container[object],
        used: Container[object],
    ) -> None:
        self.rank = {kind: rank for rank, kind in enumerate([*rules()["strong"], *rules()["weak"]])}
        self.found: dict[LocalVariable, list[tuple[int, Clue]]] = {}
        self._ranked: dict[LocalVariable, tuple[list[Clue], list[Clue]]] = {}
        self.written = {local_of(target) for node in nodes if isinstance(node, Assign) for target in node.targets}
        self.counters = {
            variable
            for node in nodes
            if isinstance(node, Assign) and len(node.values) == 1 and is_step(node.values[0])
            if (variable := local_of(node.targets[0])) is not None and variable is local_of(node.values[0].left)
        }
        self.parameters, self.used = parameters, used
        self.declared = {variable.declaration: variable for scope in scopes for variable in scope.locals}
        self.paths: dict[LocalVariable, str] = {}
        self.bodies: dict[LocalVariable | str, FunctionBody | None] = {}
        self.called: set[str] = {node.method for node in nodes if isinstance(node, MethodCall)}
        self.stored: list[tuple[Node | None, str, FunctionBody]] = []
        self.classes: set[LocalVariable | str] = set()
        self.indexed: set[LocalVariable | None] = set()
        self.calls: list[Call | MethodCall] = []
        for node in nodes:
            handle = _HANDLERS.get(type(node))
            if handle is not None:
                handle(self, node)
        for variable in self.declared.values():
            if variable not in used and variable not in parameters:
                self.add(variable, "unused", rules()["unused"])
        self._methods()
        for call in self.calls:
            self._arguments_of_the_file(call)

    def add(self, variable: LocalVariable | None, kind: str, name: Clue | None) -> None:
        """Note a clue to a variable; nothing if there is none."""
        if variable is not None and name is not None and variable is not getattr(name, "variable", None):
            self.found.setdefault(variable, []).append((self.rank[kind], name))

    def best(self, variable: LocalVariable, *, are_strong: bool) -> list[Clue]:
        """The strong, or the weak, clues to a variable, the strongest first; of a kind the most frequent, the first."""
        ranked = self._ranked.get(variable)
        if ranked is None:
            counts = Counter(self.found.get(variable, ()))
            ranked = self._ranked[variable] = ([], [])
            for rank, name in sorted(counts, key=lambda clue: (clue[0], -counts[clue])):
                ranked[rank < len(rules()["strong"])].append(name)
        return ranked[are_strong]

    def _variable(self, node: Node) -> LocalVariable | None:
        return self.declared.get(node)

    def path(self, node: Node) -> str | None:
        """The way to a value from a global variable, such as ``string.format``; None if it is not known."""
        names: list[str] = []
        while isinstance(node, Index):
            key = key_of(node)
            if key is None:
                return None
            names.append(key)
            node = node.object
        if not isinstance(node, Name):
            return None
        variable = local_of(node)
        first = self.paths.get(variable) if variable is not None else node.name
        return None if first is None else ".".join([first, *reversed(names)])

    def _stores(self, table: Node | None, key: str | None, value: Node) -> None:
        """What a value that is stored under a key of a table, or in a global variable, tells.

        Args:
            table: the table, or the place of its constructor; None for a global variable.
            key: the key, or the variable.
            value: the value.
        """
        self.add(local_of(value), "stored", key)
        if isinstance(value, Function) and key is not None:
            self._names_function(key, value.function)
            if table is not None:
                self.stored.append((table, key, value.function))

    def _methods(self) -> None:
        """Find the methods: what is called as one, and what uses its first parameter as an object among methods."""
        methods = {*self.called, *rules()["metamethods"]}
        for table, key, _ in self.stored:
            if key in methods:
                self._is_class(table)
        for table, key, body in self.stored:
            first = self.declared.get(body.parameters[0]) if body.parameters else None
            if key in methods or (first in self.indexed and self._table(table) in self.classes):
                self.add(first, "method", rules()["self"])

    def _is_class(self, table: Node | None) -> None:
        key = self._table(table)
        if key is not None:
            self.classes.add(key)

    def _table(self, node: Node | None) -> LocalVariable | str | None:
        """What tells a table from others."""
        return None if node is None else local_of(node) or self.path(node)

    def _names_function(self, key: LocalVariable | str, body: FunctionBody) -> None:
        """Note a function of the file; two of one name are none."""
        self.bodies[key] = None if key in self.bodies else body

    def _value(self, variable: LocalVariable | None, value: Node, place: int = 0) -> None:
        """What a value of a variable tells; ``place`` says which of the values of a call it is."""
        waiting = [value]
        while waiting and variable is not None:
            value = waiting.pop()
            if isinstance(value, Parenthesized):
                waiting.append(value.expression)
            elif isinstance(value, Binary) and value.operator in _LOGICAL:
                waiting += [value.right, value.left]
            elif isinstance(value, Call | MethodCall):
                self._result(variable, value, place)
            elif isinstance(value, Index):
                self._element(variable, value)
            elif isinstance(value, Name):
                if isinstance(value.variable, Global):
                    self.add(variable, "field", identifier(value.name.encode()))
                copied = local_of(value)
                self.add(variable, "copy", NameOf(copied) if copied else None)
            else:
                self.add(variable, "value", rules()["values"].get(kind_of(value)))

    def _element(self, variable: LocalVariable, value: Index) -> None:
        """What the value of a field, or of an element of a list, tells."""
        key, table = key_of(value), self._name(value.object)
        if key is None:
            self.add(variable, "element", self._singular(value.object))
        else:
            self.add(variable, "field", key)
            self.add(variable, "qualified", identifier(f"{table}_{key}".encode()) if isinstance(table, str) else None)

    def _name(self, node: Node) -> Clue | None:
        """The name of a table: that of the variable or the field."""
        variable = local_of(node)
        if variable is not None:
            return self.paths.get(variable) or NameOf(variable)
        if isinstance(node, Name):
            return node.name
        if isinstance(node, Call | MethodCall):
            name = self._called(node)[1]
            return without(name, rules()["getters"]) if name is not None else None
        return key_of(node)

    def _singular(self, table: Node) -> Clue | None:
        """The name of an element of a table whose name is a plural."""
        name = self._name(table)
        return name._replace(is_plural=True) if isinstance(name, NameOf) else singular(name) if name else None

    def _result(self, variable: LocalVariable, call: Call | MethodCall, place: int) -> None:
        """What a call whose result a variable is tells."""
        known, name = self._called(call)
        if known == "require" and isinstance(call, Call) and call.arguments and isinstance(call.arguments[0], String):
            words = re.findall(rb"[A-Za-z_]\w*", call.arguments[0].value)
            self.add(variable, "require", identifier(words[-1]) if words else None)
            return
        results: list[str] | None = rules()["results"].get(known)
        if known == "assert" and place < len(call.arguments):
            self._value(variable, call.arguments[place])
        elif results is not None:
            self.add(variable, "result", results[place] if place < len(results) else None)
        elif name is not None and place == 0:
            if name in rules()["constructors"] and isinstance(call, Call) and isinstance(call.function, Index):
                table = call.function.object
                text = table.name if isinstance(table, Name) and local_of(table) is None else key_of(table)
                self.add(variable, "constructor", lowered(text) if text else None)
            self.add(variable, "getter", without(name, rules()["getters"]))
            self.add(variable, "verb", without(name, rules()["verbs"]))

    def _called(self, call: Call | MethodCall) -> tuple[str | None, str | None]:
        """The function of the library that is called, ``:name`` for a method, and the last part of its name."""
        if isinstance(call, MethodCall):
            return f":{call.method}", call.method
        path = self.path(call.function)
        return path, key_of(call.function) or (path.rpartition(".")[2] if path else None)

    def _values(self, variables: Sequence[LocalVariable | None], values: Sequence[Expression]) -> None:
        for number, variable in enumerate(variables):
            if number < len(values):
                self._value(variable, values[number])
            elif values and isinstance(values[-1], Call | MethodCall):
                self._value(variable, values[-1], number - len(values) + 1)

    def _local(self, node: Local) -> None:
        variables = [self._variable(variable) for variable in node.variables]
        self._values(variables, node.values)
        for variable, value in zip(variables, node.values, strict=False):
            if variable is None or variable in self.written:
                continue
            path = self.path(value)
            if path is not None:
                self.paths[variable] = path
            if isinstance(value, Function):
                self._names_function(variable, value.function)

    def _local_function(self, node: LocalFunction) -> None:
        variable = self._variable(node.variable)
        self.add(variable, "value", rules()["values"]["Function"])
        if variable is not None:
            self._names_function(variable, node.function)

    def _function_statement(self, node: FunctionStatement) -> None:
        key = node.method or (key_of(node.target) if isinstance(node.target, Index) else None)
        if key is not None:
            self._names_function(key, node.function)
        if isinstance(node.target, Index) and node.method is None and key is not None:
            self.stored.append((node.target.object, key, node.function))

    def _assign(self, node: Assign) -> None:
        self._values([local_of(target) for target in node.targets], node.values)
        for target, value in zip(node.targets, node.values, strict=False):
            variable = local_of(target)
            if isinstance(target, Index):
                self._stores(target.object, key_of(target), value)
                if key_of(target) == "__index":
                    self._is_class(target.object)
            elif variable is None:
                self._stores(None, identifier(target.name.encode()), value)
            elif isinstance(value, Function):
                self._names_function(variable, value.function)
            elif variable in self.counters:
                self.add(variable, "counter", rules()["counter"])

    def _pair(self, node: Pair) -> None:
        self._stores(node, key_of(node), node.value)

    def _numeric_for(self, node: NumericFor) -> None:
        for name in rules()["loops"]:
            self.add(self._variable(node.variable), "loop", name)

    def _generic_for(self, node: GenericFor) -> None:
        called = node.values[0]
        known = self._called(called)[0] if isinstance(called, Call | MethodCall) else self.path(called)
        for variable, name in zip(node.variables, rules()["iterators"].get(known, ()), strict=False):
            self.add(self._variable(variable), "loop", name)
        for declared in map(self._variable, node.variables):
            self.add(None if declared in self.used else declared, "skipped", rules()["unused"])
        if known in ("pairs", "ipairs") and isinstance(called, Call) and called.arguments and len(node.variables) == 2:
            self.add(self._variable(node.variables[1]), "element", self._singular(called.arguments[0]))

    def _call(self, node: Call | MethodCall) -> None:
        self.calls.append(node)
        known, _ = self._called(node)
        for argument, name in zip(node.arguments, rules()["arguments"].get(known, ()), strict=False):
            self.add(local_of(argument), "argument", None if name == "-" else name)
        if known == "setmetatable" and len(node.arguments) == 2:
            self._is_class(node.arguments[1])
        if isinstance(node, MethodCall):
            self.indexed.add(local_of(node.object))
            self.add(local_of(node.object), "receiver", rules()["receivers"].get(node.method))
        else:
            called = local_of(node.function)
            self.add(called if called in self.parameters else None, "called", rules()["called"])

    def _arguments_of_the_file(self, call: Call | MethodCall) -> None:
        """What the parameters and arguments of a function of the file tell of each other."""
        if isinstance(call, MethodCall):
            body, arguments = self.bodies.get(call.method), [call.object, *call.arguments]
        else:
            key = local_of(call.function) or key_of(call.function) or getattr(call.function, "name", None)
            body, arguments = self.bodies.get(key) if key is not None else None, call.arguments
        for parameter, argument in zip(body.parameters if body else (), arguments, strict=False):
            variable, given = self._variable(parameter), local_of(argument)
            key = key_of(argument) if given is None else None
            if variable is None or (given is None and key is None):
                continue
            self.add(given, "taken", NameOf(variable))
            self.add(variable, "given", NameOf(given) if given is not None else key)

    def _returns(self, node: Return) -> None:
        for value in node.values:
            self.add(local_of(value), "returned", rules()["returned"])
        if len(node.values) == 2 and isinstance(node.values[0], Nil):
            self.add(local_of(node.values[1]), "error", rules()["error"])

    def _main(self, node: Main) -> None:
        last = node.body.statements[-1] if node.body.statements else None
        if not isinstance(last, Return) or len(last.values) != 1:
            return
        module = local_of(last.values[0])
        if any(isinstance(inner, Index) and local_of(inner.object) is module for inner in node.walk()):
            self.add(module, "module", rules()["module"])

    def _index(self, node: Index) -> None:
        if key_of(node) is not None:
            self.indexed.add(local_of(node.object))
        variable = local_of(node.key)
        self.add(variable, "key", rules()["key"])
        self.add(variable if variable in self.counters else None, "index", rules()["index"])

    def _binary(self, node: Binary) -> None:
        if node.operator not in ("==", "~="):
            return
        for call, text in ((node.left, node.right), (node.right, node.left)):
            if isinstance(call, Call) and isinstance(text, String) and self.path(call.function) == "type":
                name = rules()["types"].get(text.value.decode("ascii", "replace"))
                self.add(local_of(call.arguments[0]) if call.arguments else None, "type", name)

    def _unary(self, node: Unary) -> None:
        if node.operator == "#":
            self.add(local_of(node.operand), "list", rules()["list"])


_HANDLERS: dict[type[Node], Callable[[Clues, Any], None]] = {
    Local: Clues._local,
    LocalFunction: Clues._local_function,
    FunctionStatement: Clues._function_statement,
    Assign: Clues._assign,
    Pair: Clues._pair,
    NumericFor: Clues._numeric_for,
    GenericFor: Clues._generic_for,
    Call: Clues._call,
    MethodCall: Clues._call,
    Return: Clues._returns,
    Main: Clues._main,
    Index: Clues._index,
    Binary: Clues._binary,
    Unary: Clues._unary,
}
