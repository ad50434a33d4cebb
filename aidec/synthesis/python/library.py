"""Calls of what Python brings: builtin functions, methods of its types, and a few functions of its modules."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from aidec.common.settings import load_yaml
from aidec.lua.nodes import Boolean, Call, Expression, Index, Name, Nil, Number, String
from aidec.synthesis.python.base import Base, Typed, element_of, spelled
from aidec.synthesis.python.build import append, assign, binary, call, function, give, length, method, sequence, text
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    COUNTED,
    FLOAT,
    INT,
    NONE,
    NUMBERS,
    ORDERED,
    STR,
    Type,
    holder,
    join,
)


@lru_cache(maxsize=1)
def declared() -> Any:
    """What ``library.yaml`` has."""
    return load_yaml(Path(__file__).with_name("library.yaml"))


class Library(Base):
    """Translates calls of Python's own functions and methods."""

    # Values as sequences

    def as_list(self, node: ast.expr, *, in_any_order: bool = False) -> Typed:
        """What an iterable gives, as a sequence of Lua.

        Raises:
            RefusalError: it can't be iterated; or it is a set, whose order Lua does not know.
        """
        self.was_set = False
        if isinstance(node, ast.GeneratorExp):
            return self.expression(self.again(node, "list", lambda: ast.ListComp(node.elt, node.generators)))
        value = self.expression(node)
        kind = value.type.kind
        if kind in ORDERED:
            return value
        if kind == "str":
            return Typed(call("chars", value.lua), self.made(node, "list", STR))
        if kind == "iterator":
            return Typed(call("collect", value.lua), self.made(node, "list", element_of(value.type)))
        if kind in ("dict", "set"):
            self.was_set = kind == "set"
            if kind == "set" and not in_any_order:
                refuse(node, f"the order of a set counts: {spelled(node)}", "the order of a set")
            return Typed(call("keys", value.lua), self.made(node, "list", element_of(value.type)))
        self.settled(node, value.type, what="iterating over a value")
        return Typed(value.lua, self.made(node, "list", BOTTOM))

    # Builtin functions

    def builtin(self, node: ast.Call, name: str) -> Typed:
        """A call of a function of Python by its name, which can be that of a module's function, ``math.floor``.

        Raises:
            RefusalError: it is not known, or not with these arguments.
        """
        special: Callable[[ast.Call], Typed] | None = getattr(self, f"call_{name.replace('.', '_')}", None)
        if special is not None:
            return special(node)
        known = declared()["functions"].get(name)
        if known is None:
            refuse(
                node,
                f"a call of {name}",
                f"a call of {name}()" if hasattr(builtins, name) else "a call of a function that is not known",
            )
        return self.declared_call(node, known, None)

    def declared_call(self, node: ast.Call, known: Any, receiver: Typed | None) -> Typed:
        """A call as ``library.yaml`` declares it."""
        takes, names = known.get("takes", []), known.get("names", [])
        given = list(node.args)
        for keyword in node.keywords:
            if keyword.arg not in names or names.index(keyword.arg) != len(given):
                refuse(node, f"the argument {keyword.arg} of {spelled(node.func)}", "a keyword argument of a builtin")
            given.append(keyword.value)
        least = sum(not each.endswith("?") for each in takes)
        if not least <= len(given) <= len(takes):
            refuse(node, f"{len(given)} arguments: {spelled(node)}", "other arguments of a builtin")
        arguments, numbers = [], BOTTOM
        for each, taken in zip(given, takes, strict=False):
            value = self.argument(each, taken.rstrip("?"), receiver)
            arguments.append(value.lua)
            numbers = join(numbers, value.type)
        result = self.declared_type(node, known["gives"], receiver, numbers)
        if "pattern" in known:
            arguments.append(text(known["pattern"]))
        if receiver is None:
            return Typed(call(known["calls"], *arguments), result)
        if known["calls"].startswith(":"):
            return Typed(method(receiver.lua, known["calls"][1:], *arguments), result)
        return Typed(call(known["calls"], receiver.lua, *arguments), result)

    def argument(self, node: ast.expr, taken: str, receiver: Typed | None) -> Typed:
        """An argument of a declared type."""
        if receiver is not None and taken == "same":
            kind = receiver.type.kind
            value = self.as_list(node) if kind == "list" else self.expression(node)
            if kind == "set" and value.type.kind in ORDERED:
                value = Typed(call("set", value.lua), holder("set", element_of(value.type)))
            if value.type.kind == kind or self.settled(node, value.type, kind, what=f"an argument that is no {kind}"):
                for mine, theirs in zip(receiver.type.cells, value.type.cells, strict=True):
                    mine.merge(theirs)
            elif kind == "list" and value.type.kind in ORDERED:
                receiver.type.element.add(element_of(value.type))
            return value
        value = self.expression(node)
        if receiver is not None and taken in ("element", "key", "value"):
            if receiver.type.kind != "tuple":
                self.store_in(node, receiver.type.cells[-1 if taken == "value" else 0].add, value)
            return value
        kinds = NUMBERS if taken == "num" else (taken,)
        self.settled(node, value.type, *kinds, what=f"an argument that is no {taken}")
        return value

    def store_in(self, node: ast.expr, add: Callable[[Type], None], value: Typed) -> None:
        """Add the type of a value to that of the elements of what holds it.

        Raises:
            RefusalError: it can be None, which a table of Lua does not hold.
        """
        if value.type.optional or value.type.kind == "none":
            refuse(node, f"None inside a container: {spelled(node)}", "None inside a container")
        add(value.type)

    def declared_type(self, node: ast.AST, gives: str, receiver: Typed | None, numbers: Type = BOTTOM) -> Type:
        """The type of a result."""
        if gives.endswith("?"):
            found = self.declared_type(node, gives[:-1], receiver)
            return join(found, NONE)
        if gives == "number":
            return numbers
        return self._resolved(node, ast.parse(gives, mode="eval").body, receiver.type if receiver else BOTTOM, "r")

    def _resolved(self, node: ast.AST, spec: ast.expr, of: Type, role: str) -> Type:
        if isinstance(spec, ast.Subscript) and isinstance(spec.value, ast.Name):
            inside = spec.slice.elts if isinstance(spec.slice, ast.Tuple) else [spec.slice]
            types = [self._resolved(node, each, of, f"{role}{i}") for i, each in enumerate(inside)]
            known = Type(spec.value.id, tuple(self.cell(node, f"{role}{i}.") for i in range(len(types))))
            for cell, each in zip(known.cells, types, strict=True):
                cell.add(each)
            return known
        match ast.unparse(spec):
            case "element":
                return element_of(of)
            case "key" | "value" as which:
                return of.cells[0 if which == "key" else 1].type if of.cells else BOTTOM
            case "same":
                return of
            case name:
                return Type(name.lower())

    # Functions whose types are their own

    def call_len(self, node: ast.Call) -> Typed:
        """``len(x)``."""
        value = self.expression(_only(node))
        if value.type.kind == "object":
            found = self.classes[value.type.name].find_method("__len__")
            if found is None:
                refuse(node, f"no __len__ in {value.type.name}", "a method that is not there")
        else:
            self.settled(node.args[0], value.type, *COUNTED, what="the length")
        return Typed(length(value.lua), INT)

    def call_range(self, node: ast.Call) -> Typed:
        """``range(...)``, as a list."""
        start, stop, step = self.range_parts(node)
        return Typed(call("range", start, stop, step), self.made(node, "list", INT))

    def range_parts(self, node: ast.Call) -> tuple[Expression, Expression, Expression]:
        """Start, stop and step of a range."""
        if node.keywords or not 1 <= len(node.args) <= 3 or any(isinstance(a, ast.Starred) for a in node.args):
            refuse(node, spelled(node), "other arguments of a builtin")
        values = [self.expression(each) for each in node.args]
        for each, value in zip(node.args, values, strict=True):
            self.settled(each, value.type, "int", what="a range")
        parts = [value.lua for value in values]
        if len(parts) == 1:
            parts.insert(0, Number(0))
        return parts[0], parts[1], parts[2] if len(parts) == 3 else Number(1)

    def call_list(self, node: ast.Call) -> Typed:
        """``list()`` and ``list(x)``."""
        if not node.args:
            return Typed(sequence([]), self.made(node, "list", BOTTOM))
        made = self.as_list(_only(node))
        result = self.made(node, "list", element_of(made.type))
        return Typed(made.lua if _is_new(made.lua) else call("copy", made.lua), result)

    def call_tuple(self, node: ast.Call) -> Typed:
        """``tuple()`` and ``tuple(x)``."""
        if not node.args:
            return Typed(sequence([]), self.made(node, "row", BOTTOM))
        made = self.as_list(_only(node))
        result = self.made(node, "row", element_of(made.type))
        return Typed(made.lua if _is_new(made.lua) else call("copy", made.lua), result)

    def call_set(self, node: ast.Call) -> Typed:
        """``set()`` and ``set(x)``."""
        if not node.args:
            return Typed(call("set"), self.made(node, "set", BOTTOM))
        made = self.as_list(_only(node), in_any_order=True)
        result = self.made(node, "set", element_of(made.type))
        self.hashable(node, element_of(result))
        return Typed(call("set", made.lua), result)

    call_frozenset = call_set

    def hashable(self, node: ast.AST, type_: Type) -> None:
        """Make sure that values can be keys.

        Raises:
            RefusalError: they can't, or are floats, which Lua turns into integers.
        """
        if type_.kind in ("list", "dict", "set", "float", "num", "any", "object"):
            refuse(node, f"keys of type {type_}", "keys that are floats or containers")
        if type_.kind in ("tuple", "row"):
            for cell in type_.cells:
                self.hashable(node, cell.type)

    def call_dict(self, node: ast.Call) -> Typed:
        """``dict()``, and ``dict(x)`` of pairs or of a dict."""
        if node.keywords:
            refuse(node, spelled(node), "other arguments of a builtin")
        if not node.args:
            return Typed(call("dict"), self.made(node, "dict", BOTTOM, BOTTOM))
        value = self.expression(_only(node))
        if value.type.kind == "dict":
            return Typed(call("copy_dict", value.lua), self.made(node, "dict", *[c.type for c in value.type.cells]))
        pair = element_of(value.type)
        if value.type.kind not in ORDERED or pair.kind != "tuple" or len(pair.cells) != 2:
            self.settled(node.args[0], value.type, what="a dict")
            self.settled(node.args[0], pair, what="a dict")
            return Typed(call("dict", value.lua), self.made(node, "dict", BOTTOM, BOTTOM))
        return Typed(call("dict", value.lua), self.made(node, "dict", *[cell.type for cell in pair.cells]))

    def call_collections_deque(self, node: ast.Call) -> Typed:
        """``deque(x)``, as a list."""
        return self.call_list(node)

    def call_math_log(self, node: ast.Call) -> Typed:
        """``math.log(x)`` and ``math.log(x, base)``."""
        values = [self.expression(each) for each in node.args]
        for each, value in zip(node.args, values, strict=True):
            self.settled(each, value.type, *NUMBERS, what="a logarithm")
        return Typed(call("log", *[value.lua for value in values]), FLOAT)

    def call_collections_Counter(self, node: ast.Call) -> Typed:  # noqa: N802 -- the name is Python's
        """``Counter(x)``."""
        made = Typed(sequence([]), self.made(node, "list", BOTTOM)) if not node.args else self.as_list(_only(node))
        counts = self.made(node, "dict", element_of(made.type), INT)
        self.hashable(node, counts.cells[0].type)
        return Typed(call("count_all", made.lua), counts)

    def call_collections_defaultdict(self, node: ast.Call) -> Typed:
        """``defaultdict(make)``, of one of Python's types."""
        made = _only(node)
        if not isinstance(made, ast.Name) or made.id not in ("int", "float", "str", "list", "set", "dict"):
            refuse(node, spelled(node), "other arguments of a builtin")
        empty = self.expression(self.again(node, "empty", lambda: ast.Call(ast.Name(made.id, ast.Load()), [], [])))
        return Typed(call("dict", Nil(), function([], [give(empty.lua)])), self.made(node, "dict", BOTTOM, empty.type))

    def call_str(self, node: ast.Call) -> Typed:
        """``str(x)``."""
        if not node.args:
            return Typed(text(""), STR)
        return Typed(self.text_of(_only(node)), STR)

    def call_repr(self, node: ast.Call) -> Typed:
        """``repr(x)``."""
        value = self.expression(_only(node))
        if value.type.kind == "str":
            return Typed(call("quoted", value.lua), STR)
        return Typed(self.text_of(node.args[0]), STR)

    def text_of(self, node: ast.expr) -> Expression:
        """The text that str() makes of a value.

        Raises:
            RefusalError: of its type the text is not the same.
        """
        value = self.expression(node)
        kind = value.type.kind
        if value.type.optional:
            return call("str", value.lua)
        if kind == "str":
            return value.lua
        if kind == "int":
            return call("tostring", value.lua)
        if kind == "float":
            return call("float_text", value.lua)
        if kind == "object" and self.classes[value.type.name].find_method("__str__"):
            return call("tostring", value.lua)
        if kind == "exception":
            return call("tostring", value.lua)
        inside = element_of(value.type)
        if kind in ("tuple", "row") and all(cell.type.kind not in (*ORDERED, "set") for cell in value.type.cells):
            return call("str_tuple", value.lua)
        self.settled(node, value.type, "bool", "num", "list", "dict", "none", what="the text")
        if inside.kind in ("tuple", "row", "set", "object") or (kind == "list" and inside.kind == "any"):
            refuse(node, f"the text of a {value.type}", "the text of a tuple inside, or a set")
        return call("str", value.lua)

    def call_int(self, node: ast.Call) -> Typed:
        """``int(x)``, and of a text with a base."""
        if not node.args:
            return Typed(Number(0), INT)
        value = self.expression(node.args[0])
        if value.type.kind == "str" and len(node.args) <= 2:
            base = [self.expression(each).lua for each in node.args[1:]]
            return Typed(call("to_int", value.lua, *base), INT)
        if value.type.kind == "int":
            return Typed(value.lua, INT)
        if value.type.kind == "bool":
            return Typed(self.counted(value).lua, INT)
        self.settled(node.args[0], value.type, *NUMBERS, what="int()")
        return Typed(call("truncated", value.lua), INT)

    def call_float(self, node: ast.Call) -> Typed:
        """``float(x)``."""
        if not node.args:
            return Typed(Number(0.0), FLOAT)
        value = self.expression(_only(node))
        if value.type.kind == "str":
            if isinstance(value.lua, String) and value.lua.value.lower() in (b"inf", b"-inf", b"infinity"):
                inf = call("math.huge").function
                return Typed(inf if value.lua.value[:1] != b"-" else binary(Number(0), "-", inf), FLOAT)
            return Typed(call("to_float", value.lua), FLOAT)
        if value.type.kind == "float":
            return value
        self.settled(node.args[0], value.type, *NUMBERS, what="float()")
        return Typed(binary(value.lua, "+", Number(0.0)), FLOAT)

    def call_bool(self, node: ast.Call) -> Typed:
        """``bool(x)``."""
        return Typed(self.truth(_only(node)), BOOL)

    def call_divmod(self, node: ast.Call) -> Typed:
        """``divmod(a, b)``."""
        if len(node.args) != 2 or not all(isinstance(each, ast.Name | ast.Constant) for each in node.args):
            refuse(node, spelled(node), "other arguments of a builtin")
        parts = [
            self.operation(node, operator, self.expression(node.args[0]), self.expression(node.args[1]))
            for operator in (ast.FloorDiv(), ast.Mod())
        ]
        return Typed(sequence([part.lua for part in parts]), self.made(node, "tuple", *[part.type for part in parts]))

    def call_pow(self, node: ast.Call) -> Typed:
        """``pow(a, b)`` and ``pow(a, b, m)``."""
        if len(node.args) == 2:
            return self.operation(node, ast.Pow(), self.expression(node.args[0]), self.expression(node.args[1]))
        values = [self.expression(each) for each in node.args]
        for each, value in zip(node.args, values, strict=True):
            self.settled(each, value.type, "int", what="pow()")
        return Typed(call("powmod", *[value.lua for value in values]), INT)

    def call_round(self, node: ast.Call) -> Typed:
        """``round(x)`` and ``round(x, digits)``."""
        values = [self.expression(each) for each in node.args]
        self.settled(node.args[0], values[0].type, *NUMBERS, what="round()")
        has_digits = len(values) == 2 and values[1].type.kind != "none"
        result = values[0].type if has_digits else INT
        return Typed(call("round", *[value.lua for value in values]), result)

    def call_bin(self, node: ast.Call) -> Typed:
        """``bin(n)``."""
        return self._digits(node, 2, "0b")

    def call_hex(self, node: ast.Call) -> Typed:
        """``hex(n)``."""
        return self._digits(node, 16, "0x")

    def call_oct(self, node: ast.Call) -> Typed:
        """``oct(n)``."""
        return self._digits(node, 8, "0o")

    def _digits(self, node: ast.Call, base: int, prefix: str) -> Typed:
        value = self.expression(_only(node))
        self.settled(node.args[0], value.type, "int", what="digits")
        return Typed(call("digits_of", value.lua, Number(base), text(prefix)), STR)

    def call_isinstance(self, node: ast.Call) -> Typed:
        """``isinstance(x, T)``, where the type is known: true or false.

        Raises:
            RefusalError: only the run says.
        """
        value = self.expression(node.args[0])
        names = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        wanted = {ast.unparse(each).rpartition(".")[2] for each in names}
        kind = {"row": "tuple"}.get(value.type.kind, value.type.kind)
        if value.type.optional or kind in ("any", "num", "object"):
            refuse(node, spelled(node), "isinstance() that only the run can answer")
        self.settled(node.args[0], value.type, value.type.kind if kind != "bottom" else "")
        above = {"bool": {"int"}, "list": {"Sequence", "Iterable"}, "str": {"Sequence", "Iterable"},
                 "tuple": {"Sequence", "Iterable"}, "dict": {"Mapping", "Iterable"}}.get(kind, set())  # fmt: skip
        return Typed(Boolean(bool(wanted & ({kind} | above))), BOOL)

    # Functions that go through sequences

    def call_sorted(self, node: ast.Call) -> Typed:
        """``sorted(x, key=, reverse=)``."""
        made = self.as_list(node.args[0], in_any_order=not any(each.arg == "key" for each in node.keywords))
        extra = self.order(node, element_of(made.type))
        return Typed(call("sorted", made.lua, *extra), self.made(node, "list", element_of(made.type)))

    def order(self, node: ast.Call, element: Type) -> list[Expression]:
        """The arguments ``key`` and ``reverse`` of what sorts."""
        key: Expression = Nil()
        descending: Expression | None = None
        for keyword in node.keywords:
            if keyword.arg == "key":
                key, element = self.applied(keyword.value, element)
            elif keyword.arg == "reverse":
                descending = self.truth(keyword.value)
            else:
                refuse(node, spelled(node), "a keyword argument of a builtin")
        self.comparable(node, element)
        if descending is not None:
            return [key, descending]
        return [] if isinstance(key, Nil) else [key]

    def comparable(self, node: ast.AST, element: Type) -> None:
        """Make sure that values have an order.

        Raises:
            RefusalError: they have none in Lua.
        """
        if element.kind in ("any", "dict", "set", "none", "bool", "function") or element.optional:
            refuse(node, f"the order of {element}", "the order of values of several types")
        for cell in element.cells if element.kind in ORDERED else ():
            self.comparable(node, cell.type)

    def applied(self, node: ast.expr, *given: Type) -> tuple[Expression, Type]:
        """A function that is handed on, and the type of what it returns for arguments of some types."""
        is_builtin = isinstance(node, ast.Name) and self.variable(node.id) is None and node.id not in self.functions
        is_method = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "str"
        if is_builtin or is_method:
            node = self.again(node, "lambda", lambda: _as_lambda(node, len(given)))
        value = self.expression(node)
        if value.type.kind != "function":
            self.settled(node, value.type, "function", what="a call")
            return value.lua, BOTTOM
        for cell, each in zip(value.type.cells[1:], given, strict=False):
            cell.add(each)
        return value.lua, value.type.cells[0].type

    def call_min(self, node: ast.Call) -> Typed:
        """``min(a, b, ...)`` and ``min(x, key=, default=)``."""
        return self._extreme(node, "least", "math.min")

    def call_max(self, node: ast.Call) -> Typed:
        """``max(a, b, ...)`` and ``max(x, key=, default=)``."""
        return self._extreme(node, "greatest", "math.max")

    def _extreme(self, node: ast.Call, name: str, of_numbers: str) -> Typed:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if len(node.args) == 1:
            if isinstance(node.args[0], ast.Starred):
                refuse(node, spelled(node), "other arguments of a builtin")
            made = self.as_list(node.args[0], in_any_order="key" not in keywords)
            result, sequence_ = element_of(made.type), made.lua
        else:
            values = [self.expression(each) for each in node.args]
            result = BOTTOM
            for value in values:
                result = join(result, value.type)
            lua = [value.lua for value in values]
            if result.kind in NUMBERS and not keywords and not result.optional:
                return Typed(call(of_numbers, *lua), result)
            sequence_ = sequence(lua)
        key: Expression = Nil()
        element = result
        if "key" in keywords:
            key, element = self.applied(keywords["key"], result)
        self.comparable(node, element)
        if "default" in keywords:
            default = self.expression(keywords["default"])
            result = join(result, default.type)
            if default.type.optional or default.type.kind == "none":
                return Typed(self._or_none(sequence_, name, key), result)
            return Typed(call(name, sequence_, key, default.lua), result)
        return Typed(call(name, sequence_, *[] if isinstance(key, Nil) else [key]), result)

    def _or_none(self, sequence_: Expression, name: str, key: Expression) -> Expression:
        if not isinstance(sequence_, Name):
            found = self.temporary("found")
            if not self.can_hoist:
                return call("least_or_none" if name == "least" else "greatest_or_none", sequence_, key)
            from aidec.synthesis.python.build import local

            self.out.append(local([found], sequence_))
            sequence_ = Name(found)
        least = call(name, Name(sequence_.name), *[] if isinstance(key, Nil) else [key])
        return binary(binary(binary(length(sequence_), ">", Number(0)), "and", least), "or", Nil())

    def call_sum(self, node: ast.Call) -> Typed:
        """``sum(x)`` and ``sum(x, start)``."""
        made = self.as_list(node.args[0], in_any_order=True)
        element, was_set = element_of(made.type), self.was_set
        start = [self.expression(each) for each in [*node.args[1:], *[k.value for k in node.keywords]]]
        if element.kind == "bool":
            made = Typed(
                call("map", function(["value"], [give(_one_or_zero(Name("value")))]), made.lua), holder("list", INT)
            )
            element = INT
        if element.kind in ("float", "num") and was_set:
            refuse(node, "the order of a set counts in a sum of floats", "the order of a set")
        self.settled(node.args[0], element, *NUMBERS, what="a sum")
        result = join(INT if element.kind == "int" else join(INT, element), start[0].type if start else BOTTOM)
        return Typed(call("sum", made.lua, *[value.lua for value in start]), result)

    def call_any(self, node: ast.Call) -> Typed:
        """``any(x)``."""
        return self._tested(node, "any")

    def call_all(self, node: ast.Call) -> Typed:
        """``all(x)``."""
        return self._tested(node, "all")

    def _tested(self, node: ast.Call, name: str) -> Typed:
        argument = _only(node)
        if isinstance(argument, ast.GeneratorExp):
            return Typed(self.tested_loop(argument, is_any=name == "any"), BOOL)
        made = self.as_list(argument, in_any_order=True)
        element = element_of(made.type)
        self.settled(argument, element, "bool", *NUMBERS, *COUNTED, what=f"{name}()")
        value = Name("value")
        return Typed(call(name, made.lua, function(["value"], [give(self.is_true(node, Typed(value, element)))])), BOOL)

    def call_zip(self, node: ast.Call) -> Typed:
        """``zip(a, b, ...)``, as a list of tuples."""
        lazily = all(each.arg == "strict" and ast.unparse(each.value) == "False" for each in node.keywords)
        if not lazily or any(isinstance(each, ast.Starred) for each in node.args):
            if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
                made = self.as_list(node.args[0].value)
                inner = element_of(element_of(made.type))
                row = self.made(node, "row", inner)
                return Typed(call("zip", call("table.unpack", made.lua)), self.made(node, "list", row))
            refuse(node, spelled(node), "other arguments of a builtin")
        parts = [self.as_list(each) for each in node.args]
        pair = Type("tuple", tuple(self.cell(node, f"zip{i}") for i in range(len(parts))))
        for cell, part in zip(pair.cells, parts, strict=True):
            cell.add(element_of(part.type))
        return Typed(call("zip", *[part.lua for part in parts]), self.made(node, "list", pair))

    def call_enumerate(self, node: ast.Call) -> Typed:
        """``enumerate(x, start)``, as a list of tuples."""
        made = self.as_list(node.args[0])
        start = [self.expression(each).lua for each in [*node.args[1:], *[k.value for k in node.keywords]]]
        pair = self.made(node, "tuple", INT, element_of(made.type))
        return Typed(call("enumerate", made.lua, *start), self.made(node, "list", pair))

    def call_reversed(self, node: ast.Call) -> Typed:
        """``reversed(x)``, as a list."""
        made = self.as_list(_only(node))
        return Typed(call("reversed", made.lua), self.made(node, "list", element_of(made.type)))

    def call_map(self, node: ast.Call) -> Typed:
        """``map(f, x)``, as a list."""
        if len(node.args) != 2:
            refuse(node, spelled(node), "other arguments of a builtin")
        made = self.as_list(node.args[1])
        applied, result = self.applied(node.args[0], element_of(made.type))
        if result.optional or result.kind == "none":
            refuse(node, "None inside a container", "None inside a container")
        return Typed(call("map", applied, made.lua), self.made(node, "list", result))

    def call_filter(self, node: ast.Call) -> Typed:
        """``filter(f, x)``, as a list."""
        made = self.as_list(node.args[1])
        element = element_of(made.type)
        if isinstance(node.args[0], ast.Constant) and node.args[0].value is None:
            test: Expression = function(["value"], [give(self.is_true(node, Typed(Name("value"), element)))])
        else:
            test, result = self.applied(node.args[0], element)
            if result.kind not in ("bool", "bottom"):
                refuse(node, "filter() by what is no bool", "filter() by what is no bool")
        return Typed(call("filter", test, made.lua), self.made(node, "list", element))

    # Methods

    def method(self, node: ast.Call, receiver_node: ast.expr, name: str) -> Typed:
        """A call of a method of a value of one of Python's types.

        Raises:
            RefusalError: its type is not known, or the method.
        """
        receiver = self.expression(receiver_node)
        kind = receiver.type.kind
        if kind == "bottom" and not self.is_last:
            for each in node.args:
                self.expression(each)
            return Typed(Nil(), BOTTOM)
        special: Callable[[ast.Call, Typed], Typed] | None = getattr(self, f"method_{kind}_{name}", None)
        if special is not None:
            return special(node, receiver)
        known = declared()["methods"].get(kind, {}).get(name)
        if known is None:
            self.settled(receiver_node, receiver.type)
            refuse(node, f"the method {name} of a {receiver.type}", f"the method {name}()")
        if kind == "dict" and name == "get" and len(node.args) == 2:
            default = self.expression(node.args[1])
            found = call("get", receiver.lua, self.argument(node.args[0], "key", receiver).lua, default.lua)
            return Typed(found, join(receiver.type.cells[1].type, default.type))
        if kind == "dict" and name in ("keys", "values", "items") and not node.args:
            pass
        return self.declared_call(node, known, receiver)

    def method_str_join(self, node: ast.Call, receiver: Typed) -> Typed:
        """``separator.join(x)``."""
        made = self.as_list(_only(node))
        self.settled(node.args[0], element_of(made.type), "str", what="join()")
        separator = [] if receiver.lua == text("") else [receiver.lua]
        return Typed(call("table.concat", made.lua, *separator), STR)

    def method_str_startswith(self, node: ast.Call, receiver: Typed) -> Typed:
        """``text.startswith(prefix)``, or one of several."""
        return self._either_end(node, receiver, "startswith")

    def method_str_endswith(self, node: ast.Call, receiver: Typed) -> Typed:
        """``text.endswith(suffix)``, or one of several."""
        return self._either_end(node, receiver, "endswith")

    def _either_end(self, node: ast.Call, receiver: Typed, name: str) -> Typed:
        argument = _only(node)
        parts = argument.elts if isinstance(argument, ast.Tuple) else [argument]
        found = [call(name, receiver.lua, self.argument(each, "str", None).lua) for each in parts]
        first, *others = found
        return Typed(binary(first, "or", *others), BOOL)

    def method_list_append(self, node: ast.Call, receiver: Typed) -> Typed:
        """``list.append(x)``, a statement."""
        value = self.expression(_only(node))
        self.store_in(node, receiver.type.element.add, value)
        self.out.append(append(receiver.lua, value.lua))
        return Typed(Nil(), NONE)

    def method_list_sort(self, node: ast.Call, receiver: Typed) -> Typed:
        """``list.sort(key=, reverse=)``."""
        return Typed(call("sort", receiver.lua, *self.order(node, element_of(receiver.type))), NONE)

    def method_set_add(self, node: ast.Call, receiver: Typed) -> Typed:
        """``set.add(x)``, a statement."""
        value = self.expression(_only(node))
        self.store_in(node, receiver.type.element.add, value)
        self.hashable(node, element_of(receiver.type))
        if isinstance(receiver.lua, Name | Index):
            self.out.append(assign(Index(receiver.lua, value.lua), Boolean(True)))  # noqa: FBT003 -- a literal of Lua
            return Typed(Nil(), NONE)
        refuse(node, spelled(node), "add() to what has no name")

    # What other parts define

    def operation(self, node: ast.AST, operator: ast.operator, left: Typed, right: Typed) -> Typed:
        """A binary operation."""
        raise NotImplementedError

    was_set = False
    """Whether what was last made a sequence is a set."""

    def counted(self, value: Typed) -> Typed:
        """A number; of a bool 1 or 0."""
        if value.type.kind != "bool":
            return value
        return Typed(_one_or_zero(value.lua), INT)

    def is_true(self, node: ast.AST, value: Typed) -> Expression:
        """The test for the truth of a value."""
        raise NotImplementedError

    def tested_loop(self, node: ast.GeneratorExp, *, is_any: bool) -> Expression:
        """A call that goes through a generator until a test holds, or does not."""
        raise NotImplementedError


def _as_lambda(node: ast.expr, count: int) -> ast.Lambda:
    """A function of Python, or a method ``str.upper``, as a lambda."""
    names = [f"value{i}" if i else "value" for i in range(count)]
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    inner = ast.Call(node, values, [])
    if isinstance(node, ast.Attribute):
        inner = ast.Call(ast.Attribute(values[0], node.attr, ast.Load()), values[1:], [])
    return ast.Lambda(ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, []), inner)


def _one_or_zero(value: Expression) -> Expression:
    return binary(binary(value, "and", Number(1)), "or", Number(0))


def _only(node: ast.Call) -> ast.expr:
    """The only argument of a call.

    Raises:
        RefusalError: there are others.
    """
    if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        refuse(node, spelled(node), "other arguments of a builtin")
    return node.args[0]


def _is_new(value: Expression) -> bool:
    """Whether a sequence was made just now, so that nobody else has it."""
    made = ("keys", "values", "items", "collect", "chars", "range", "sorted", "reversed", "map", "filter", "zip",
            "enumerate", "concat", "times", "copy", "slice", "split")  # fmt: skip
    return isinstance(value, Call) and isinstance(value.function, Name) and value.function.name in made
