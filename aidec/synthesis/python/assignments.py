"""Assignments of Python as assignments and declarations of Lua."""

from __future__ import annotations

import ast

from aidec.lua.nodes import (
    Assign,
    Call,
    CallStatement,
    Expression,
    Index,
    Local,
    MethodCall,
    Name,
    Nil,
    Number,
    Table,
)
from aidec.lua.nodes import (
    Variable as Declared,
)
from aidec.synthesis.python.base import Typed, element_of, spelled
from aidec.synthesis.python.build import (
    assign,
    call,
    fresh,
    is_plain,
    local,
    plus,
    text,
)
from aidec.synthesis.python.comprehensions import Comprehensions
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import BOTTOM, ORDERED, Type, of_annotation


class Assignments(Comprehensions):
    """Translates assignments; a method for each kind of node, with its name."""

    def do_assign(self, node: ast.Assign) -> None:
        """An assignment."""
        scope = self.scope()
        own = scope.at.get(node, set())
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Tuple | ast.List):
            self.unpack(node, target, node.value, own)
            return
        if (
            isinstance(target, ast.Name)
            and target.id in own
            and isinstance(node.value, ast.ListComp | ast.SetComp | ast.DictComp)
        ):
            variable = self.known(target.id)
            if target.id not in {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}:
                self.wanted_name = variable.name
        value = self.expression(node.value)
        if len(node.targets) > 1 and not is_plain(value.lua):
            held = self.temporary("value")
            self.out.append(local([held], value.lua))
            value = Typed(Name(held), value.type)
        for each in node.targets:
            self.assign_to(each, Typed(fresh(value.lua) if len(node.targets) > 1 else value.lua, value.type), own)

    def do_annassign(self, node: ast.AnnAssign) -> None:
        """An assignment with an annotation."""
        scope = self.scope()
        known = of_annotation(node.annotation, frozenset(self.classes))
        if isinstance(node.target, ast.Name):
            variable = self.variable(node.target.id)
            if variable is not None and known is not None:
                cell = self.cell(node, "annotation")
                if cell.type.kind == "bottom":
                    cell.add(known)
                variable.cell.add(cell.type)
        if node.value is not None:
            self.assign_to(node.target, self.expression(node.value), scope.at.get(node, set()))

    def assign_to(self, target: ast.expr, value: Typed, own: set[str]) -> None:
        """Assign a value to a target; what a statement or a loop has of its own is declared."""
        match target:
            case ast.Name(id=name):
                variable = self.variable(name)
                if variable is None:
                    refuse(target, spelled(target), "an assignment to a name outside")
                variable.cell.add(value.type)
                if isinstance(value.lua, Name) and value.lua.name == variable.name:
                    return
                if name in own:
                    self.out.append(local([variable.name], value.lua))
                else:
                    self.out.append(assign(Name(variable.name), value.lua))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._unpack_value(target, parts, value, own)
            case ast.Subscript():
                self._store(target, value)
            case ast.Attribute():
                self.out.append(assign(self._field(target, value.type), value.lua))
            case _:
                refuse(target, spelled(target), "a target of an assignment")

    def _field(self, target: ast.Attribute, type_: Type) -> Index:
        """A field that is assigned to."""
        owner = self.expression(target.value)
        self.settled(target, owner.type, "object", what="a field")
        if owner.type.kind == "object":
            known = self.classes[owner.type.name]
            if target.attr in known.properties:
                refuse(target, spelled(target), "an assignment to a property")
            known.field(target.attr).add(type_)
        return Index(owner.lua, text(target.attr))

    def _place(self, target: ast.Subscript, value: Type) -> Index | None:
        """The place that a subscript stores to; None if only the run can say whether there is one."""
        owner, index = self.expression(target.value), None
        if isinstance(target.slice, ast.Slice):
            return None
        index = self.expression(target.slice)
        if value.optional or value.kind == "none":
            refuse(target, f"None inside a container: {spelled(target)}", "None inside a container")
        if owner.type.kind == "dict":
            owner.type.cells[0].add(index.type)
            owner.type.cells[1].add(value)
            self.hashable(target, owner.type.cells[0].type)
            return Index(owner.lua, index.lua)
        self.settled(target, owner.type, "list", what="an assignment to an element")
        self.settled(target, index.type, "int", what="an index")
        if owner.type.kind == "list":
            owner.type.element.add(value)
        return Index(owner.lua, plus(index.lua, 1)) if self.is_safe(target) else None

    def _store(self, target: ast.Subscript, value: Typed) -> None:
        """An assignment to an element or a slice."""
        if isinstance(target.slice, ast.Slice):
            owner = self.expression(target.value)
            self.settled(target, owner.type, "list", what="an assignment to a slice")
            if target.slice.step is not None or value.type.kind not in (*ORDERED, "bottom"):
                refuse(target, spelled(target), "an assignment to a slice with a step")
            if owner.type.kind == "list":
                owner.type.element.add(element_of(value.type))
            bounds = [self.expression(each).lua if each else Nil() for each in (target.slice.lower, target.slice.upper)]
            self.out.append(CallStatement(call("splice", owner.lua, *bounds, value.lua)))
            return
        place = self._place(target, value.type)
        if place is not None:
            self.out.append(assign(place, value.lua))
            return
        owner, index = self.expression(target.value), self.expression(target.slice)
        self.out.append(CallStatement(call("put", owner.lua, index.lua, value.lua)))

    def unpack(self, node: ast.Assign, target: ast.Tuple | ast.List, value: ast.expr, own: set[str]) -> None:
        """``a, b = x, y`` and ``a, b = pair``."""
        if not isinstance(value, ast.Tuple | ast.List) or any(
            isinstance(e, ast.Starred) for e in (*target.elts, *value.elts)
        ):
            self._unpack_value(target, target.elts, self.expression(value), own)
            return
        if len(value.elts) != len(target.elts):
            refuse(node, spelled(node), "an unpacking of another length")
        values = [self.expression(each) for each in value.elts]
        places: list[Name | Index] = []
        for each, given in zip(target.elts, values, strict=True):
            place = self._simple_place(each, given.type)
            if place is None:
                self._one_by_one(target.elts, values, own)
                return
            places.append(place)
        names = {each.id for each in target.elts if isinstance(each, ast.Name)}
        if names and names <= own and len(names) == len(places):
            self.out.append(Local([Declared(p.name) for p in places if isinstance(p, Name)], [v.lua for v in values]))
            return
        self.out.append(Assign(places, [given.lua for given in values]))

    def _simple_place(self, target: ast.expr, type_: Type) -> Name | Index | None:
        """A target of a multiple assignment of Lua; None where it takes a call to store."""
        if isinstance(target, ast.Name):
            variable = self.variable(target.id)
            if variable is None:
                refuse(target, spelled(target), "an assignment to a name outside")
            variable.cell.add(type_)
            return Name(variable.name)
        if isinstance(target, ast.Subscript):
            place = self._place(target, type_)
            return place if place is not None and is_plain_index(place) else None
        if isinstance(target, ast.Attribute):
            return self._field(target, type_)
        return None

    def _one_by_one(self, targets: list[ast.expr], values: list[Typed], own: set[str]) -> None:
        """Take all values first, then store one by one."""
        held = [self.temporary("first" if index == 0 else f"value{index}") for index in range(len(values))]
        self.out.append(local(held, *[value.lua for value in values]))
        for target, name, value in zip(targets, held, values, strict=True):
            self.assign_to(target, Typed(Name(name), value.type), own)

    def _unpack_value(self, target: ast.expr, parts: list[ast.expr], value: Typed, own: set[str]) -> None:
        """Take a sequence apart."""
        if any(isinstance(part, ast.Starred) for part in parts):
            self._unpack_star(target, parts, value, own)
            return
        kind = value.type.kind
        self.settled(target, value.type, *ORDERED, what="an unpacking")
        types = [BOTTOM] * len(parts)
        unpacked = call("unpack", value.lua, Number(len(parts)))
        if kind == "tuple":
            if len(value.type.cells) != len(parts):
                refuse(target, spelled(target), "an unpacking of another length")
            types = [cell.type for cell in value.type.cells]
            unpacked = call("table.unpack", value.lua)
        elif kind in ORDERED:
            types = [element_of(value.type)] * len(parts)
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        if len(names) == len(parts) and (set(names) <= own or not set(names) & own):
            variables = [self.variable(name) for name in names]
            found = [variable for variable in variables if variable is not None]
            if len(found) != len(names):
                refuse(target, spelled(target), "an assignment to a name outside")
            for variable, type_ in zip(found, types, strict=True):
                variable.cell.add(type_)
            if set(names) <= own:
                self.out.append(Local([Declared(variable.name) for variable in found], [unpacked]))
            else:
                self.out.append(Assign([Name(variable.name) for variable in found], [unpacked]))
            return
        held = [self.temporary("part" if index == 0 else f"part{index}") for index in range(len(parts))]
        self.out.append(local(held, unpacked))
        for part, name, type_ in zip(parts, held, types, strict=True):
            self.assign_to(part, Typed(Name(name), type_), own)

    def _unpack_star(self, target: ast.expr, parts: list[ast.expr], value: Typed, own: set[str]) -> None:
        """``first, *rest = values``."""
        starred = [index for index, part in enumerate(parts) if isinstance(part, ast.Starred)]
        if len(starred) > 1 or value.type.kind not in ("list", "row", "bottom"):
            refuse(target, spelled(target), "a star in an unpacking")
        if not is_plain(value.lua):
            held = self.temporary("values")
            self.out.append(local([held], value.lua))
            value = Typed(Name(held), value.type)
        place, after = starred[0], len(parts) - starred[0] - 1
        for index, part in enumerate(parts):
            if isinstance(part, ast.Starred):
                stop = [Number(-after)] if after else []
                rest = call("slice", fresh(value.lua), Number(place), *stop)
                self.assign_to(part.value, Typed(rest, self.made(part, "list", element_of(value.type))), own)
            else:
                at = index if index < place else index - len(parts)
                element = call("at", fresh(value.lua), Number(at))
                self.assign_to(part, Typed(element, element_of(value.type)), own)

    def do_augassign(self, node: ast.AugAssign) -> None:
        """``x += y``."""
        match node.target:
            case ast.Name(id=name):
                self._change_variable(node, name)
            case ast.Subscript() as target:
                self._change_element(node, target)
            case ast.Attribute(value=owner, attr=field):
                load = self.again(node, "load", lambda: ast.Attribute(owner, field, ast.Load()))
                self._change_place(node, load, "an operator that changes a container in a field")

    def _change_variable(self, node: ast.AugAssign, name: str) -> None:
        """``x += y`` of a variable; a list is extended."""
        current = self.expression(self.again(node, "load", lambda: ast.Name(name, ast.Load())))
        value = self.expression(node.value)
        if current.type.kind == "list" and isinstance(node.op, ast.Add):
            current.type.element.add(element_of(value.type))
            self.settled(node, value.type, *ORDERED, what="an addition to a list")
            self.out.append(CallStatement(call("extend", current.lua, value.lua)))
            return
        if current.type.kind == "set" and isinstance(node.op, ast.BitOr):
            self.settled(node, value.type, "set", what="an addition to a set")
            current.type.element.add(element_of(value.type))
            self.out.append(CallStatement(call("update", current.lua, value.lua)))
            return
        if current.type.kind in ("set", "dict"):
            refuse(node, spelled(node), "an operator that changes a set")
        self.assign_to(node.target, self.operation(node, node.op, current, value), set())

    def _change_place(self, node: ast.AugAssign, load: ast.expr, reason: str) -> None:
        """``x.y += z``, and the same of elements."""
        current = self.expression(load)
        if current.type.kind in ("list", "set", "dict"):
            refuse(node, spelled(node), reason)
        if isinstance(load, ast.Attribute) and not is_plain_index(current.lua):
            refuse(node, spelled(node), "a change of a field of what is computed")
        value = self.expression(node.value)
        self.assign_to(node.target, self.operation(node, node.op, current, value), set())

    def _change_element(self, node: ast.AugAssign, target: ast.Subscript) -> None:
        """``x[i] += y``."""
        owner = self.expression(target.value)
        index = self.expression(target.slice) if not isinstance(target.slice, ast.Slice) else None
        if (
            index is None
            or not is_plain_index(owner.lua)
            or not (is_plain_index(index.lua) or _is_arithmetic(index.lua))
        ):
            refuse(node, spelled(node), "a change of an element of what is computed")
        load = self.again(node, "load", lambda: ast.Subscript(target.value, target.slice, ast.Load()))
        self._change_place(node, load, "an operator that changes a container in another")

    def do_delete(self, node: ast.Delete) -> None:
        """``del x[i]``."""
        for target in node.targets:
            if not isinstance(target, ast.Subscript):
                refuse(node, spelled(node), "del of a name")
            owner = self.expression(target.value)
            if isinstance(target.slice, ast.Slice):
                self.settled(target, owner.type, "list", what="del")
                if target.slice.step:
                    refuse(node, spelled(node), "del of a slice with a step")
                bounds = [
                    self.expression(each).lua if each else Nil() for each in (target.slice.lower, target.slice.upper)
                ]
                self.out.append(CallStatement(call("splice", owner.lua, *bounds, Table([]))))
                continue
            index = self.expression(target.slice)
            self.settled(target, owner.type, "list", "dict", what="del")
            self.out.append(CallStatement(call("take" if owner.type.kind == "dict" else "pop", owner.lua, index.lua)))


def is_plain_index(value: Expression) -> bool:
    """Whether an expression can stand twice: names, constants and their fields."""
    return is_plain(value) or (
        isinstance(value, Index)
        and is_plain_index(value.object)
        and (is_plain_index(value.key) or _is_arithmetic(value.key))
    )


def _is_arithmetic(value: Expression) -> bool:
    from aidec.lua.nodes import Binary

    return (
        is_plain(value)
        or (
            isinstance(value, Binary)
            and value.operator in ("+", "-", "*", "//", "%")
            and _is_arithmetic(value.left)
            and _is_arithmetic(value.right)
        )
        or (
            isinstance(value, Call)
            and isinstance(value.function, Name)
            and value.function.name == "at"
            and all(is_plain_index(a) or _is_arithmetic(a) for a in value.arguments)
        )
        or (isinstance(value, Index) and is_plain_index(value))
        or (isinstance(value, MethodCall) and value.method == "sub" and is_plain(value.object))
        or (
            isinstance(value, Call)
            and isinstance(value.function, Name)
            and value.function.name == "char"
            and all(_is_arithmetic(a) for a in value.arguments)
        )
    )
