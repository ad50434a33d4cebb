"""Methods of Python's own types."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aidec.lua.nodes import Boolean, Index, Name, Nil
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import append, assign, binary, call, text
from aidec.synthesis.python.iterating import Iterating
from aidec.synthesis.python.library import declared, only
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import (
    BOOL,
    BOTTOM,
    NONE,
    STR,
    join,
)


class Methods(Iterating):
    """Translates calls of methods of strings, lists, dicts and sets."""

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
        made = self.as_list(only(node))
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
        argument = only(node)
        parts = argument.elts if isinstance(argument, ast.Tuple) else [argument]
        found = [call(name, receiver.lua, self.argument(each, "str", None).lua) for each in parts]
        first, *others = found
        return Typed(binary(first, "or", *others), BOOL)

    def method_list_append(self, node: ast.Call, receiver: Typed) -> Typed:
        """``list.append(x)``, a statement."""
        value = self.expression(only(node))
        self.store_in(node, receiver.type.element.add, value)
        self.out.append(append(receiver.lua, value.lua))
        return Typed(Nil(), NONE)

    def method_list_sort(self, node: ast.Call, receiver: Typed) -> Typed:
        """``list.sort(key=, reverse=)``."""
        return Typed(call("sort", receiver.lua, *self.order(node, element_of(receiver.type))), NONE)

    def method_set_add(self, node: ast.Call, receiver: Typed) -> Typed:
        """``set.add(x)``, a statement."""
        value = self.expression(only(node))
        self.store_in(node, receiver.type.element.add, value)
        self.hashable(node, element_of(receiver.type))
        if isinstance(receiver.lua, Name | Index):
            self.out.append(assign(Index(receiver.lua, value.lua), Boolean(True)))  # noqa: FBT003 -- a literal of Lua
            return Typed(Nil(), NONE)
        refuse(node, spelled(node), "add() to what has no name")
