"""Functions of Python that make a value of another: numbers, texts, lists, dicts and sets."""

from __future__ import annotations

import ast

from aidec.lua.nodes import Boolean, Call, Expression, Name, Nil, Number, String
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import binary, call, function, give, length, sequence, text
from aidec.synthesis.python.library import Library, only
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    COUNTED,
    FLOAT,
    INT,
    NUMBERS,
    ORDERED,
    STR,
    Type,
)


class Conversions(Library):
    """Translates calls of functions whose types are their own."""

    def call_len(self, node: ast.Call) -> Typed:
        """``len(x)``."""
        value = self.expression(only(node))
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
        made = self.as_list(only(node))
        result = self.made(node, "list", element_of(made.type))
        return Typed(made.lua if is_new(made.lua) else call("copy", made.lua), result)

    def call_tuple(self, node: ast.Call) -> Typed:
        """``tuple()`` and ``tuple(x)``."""
        if not node.args:
            return Typed(sequence([]), self.made(node, "row", BOTTOM))
        made = self.as_list(only(node))
        result = self.made(node, "row", element_of(made.type))
        return Typed(made.lua if is_new(made.lua) else call("copy", made.lua), result)

    def call_set(self, node: ast.Call) -> Typed:
        """``set()`` and ``set(x)``."""
        if not node.args:
            return Typed(call("set"), self.made(node, "set", BOTTOM))
        made = self.as_list(only(node), in_any_order=True)
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
        value = self.expression(only(node))
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
        made = Typed(sequence([]), self.made(node, "list", BOTTOM)) if not node.args else self.as_list(only(node))
        counts = self.made(node, "dict", element_of(made.type), INT)
        self.hashable(node, counts.cells[0].type)
        return Typed(call("count_all", made.lua), counts)

    def call_collections_defaultdict(self, node: ast.Call) -> Typed:
        """``defaultdict(make)``, of one of Python's types."""
        made = only(node)
        if not isinstance(made, ast.Name) or made.id not in ("int", "float", "str", "list", "set", "dict"):
            refuse(node, spelled(node), "other arguments of a builtin")
        empty = self.expression(self.again(node, "empty", lambda: ast.Call(ast.Name(made.id, ast.Load()), [], [])))
        return Typed(call("dict", Nil(), function([], [give(empty.lua)])), self.made(node, "dict", BOTTOM, empty.type))

    def call_str(self, node: ast.Call) -> Typed:
        """``str(x)``."""
        if not node.args:
            return Typed(text(""), STR)
        return Typed(self.text_of(only(node)), STR)

    def call_repr(self, node: ast.Call) -> Typed:
        """``repr(x)``."""
        value = self.expression(only(node))
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
        value = self.expression(only(node))
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
        return Typed(self.truth(only(node)), BOOL)

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
        value = self.expression(only(node))
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


def is_new(value: Expression) -> bool:
    """Whether a sequence was made just now, so that nobody else has it."""
    made = ("keys", "values", "items", "collect", "chars", "range", "sorted", "reversed", "map", "filter", "zip",
            "enumerate", "concat", "times", "copy", "slice", "split")  # fmt: skip
    return isinstance(value, Call) and isinstance(value.function, Name) and value.function.name in made
