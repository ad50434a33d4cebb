"""Statements of Python as statements of Lua."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aidec.lua.node import Comments
from aidec.lua.nodes import (
    Assign,
    Block,
    Boolean,
    Break,
    Call,
    CallStatement,
    Do,
    ElseIf,
    Expression,
    Function,
    FunctionBody,
    Goto,
    If,
    Index,
    Item,
    Label,
    Local,
    LocalFunction,
    MethodCall,
    Name,
    Nil,
    Number,
    Return,
    Statement,
    Table,
    Vararg,
    While,
)
from aidec.lua.nodes import (
    Variable as Declared,
)
from aidec.synthesis.python.base import Signature, Typed, Variable, element_of, spelled
from aidec.synthesis.python.build import (
    assign,
    binary,
    call,
    fresh,
    function,
    give,
    is_plain,
    local,
    negated,
    plus,
    text,
    when,
)
from aidec.synthesis.python.build import (
    body as function_body,
)
from aidec.synthesis.python.calling import EXCEPTIONS
from aidec.synthesis.python.loops import Loops
from aidec.synthesis.python.refusals import refuse
from aidec.synthesis.python.types import BOTTOM, NONE, ORDERED, Cell, Type, of_annotation
from aidec.synthesis.python.units import CACHES


@dataclass(slots=True)
class _Loop:
    """A loop around: the labels that ``continue`` and a ``break`` past ``else`` jump to, once they are needed."""

    number: int
    has_else: bool
    continues: bool = False
    breaks: bool = False
    is_outside: bool = False


class Statements(Loops):
    """Translates statements; a method for each kind of node, with its name."""

    loops: list[_Loop]
    caught: list[str]
    loop_count = 0
    is_protected = False

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Write statements to the block at hand; what can't be reached is left out."""
        for node in nodes:
            self.can_hoist = True
            count = len(self.function_frame().temporary)
            scope = self.scope()
            for name in scope.before.get(node, []):
                variable = self.known(name)
                self.out.append(local([variable.name]))
            method_: Callable[[ast.stmt], None] | None = getattr(self, f"do_{type(node).__name__.lower()}", None)
            if method_ is None:
                refuse(
                    node,
                    f"the statement {type(node).__name__}: {spelled(node)}",
                    f"the statement {type(node).__name__}",
                )
            method_(node)
            del self.function_frame().temporary[count:]
            if self.out and isinstance(self.out[-1], Return | Break | Goto):
                break

    def inside(self, nodes: list[ast.stmt]) -> list[Statement]:
        """The statements of a block of its own."""
        with self.block() as statements:
            self.statements(nodes)
        return statements

    # Assignments

    def do_expr(self, node: ast.Expr) -> None:
        """A call whose result is dropped, or a docstring."""
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Yield):
            self.do_yield(node.value)
            return
        if not isinstance(node.value, ast.Call):
            refuse(node, spelled(node), "an expression as a statement")
        value = self.expression(node.value)
        if isinstance(value.lua, Call | MethodCall):
            self.out.append(CallStatement(value.lua))
        elif not isinstance(value.lua, Nil | Name):
            self.out.append(local(["_"], value.lua))

    def do_yield(self, node: ast.Yield) -> None:
        """``yield x``."""
        value = self.expression(node.value) if node.value else Typed(Nil(), NONE)
        if value.type.optional or value.type.kind == "none":
            refuse(node, spelled(node), "a generator that yields None")
        result = self.function_frame().result
        if result is not None:
            result.add(value.type)
        self.out.append(CallStatement(call("coroutine.yield", value.lua)))

    def do_pass(self, node: ast.Pass) -> None:
        """Nothing."""

    do_nonlocal = do_pass

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

    # Choices and loops

    def do_if(self, node: ast.If) -> None:
        """A choice; ``else`` with one choice inside becomes ``elseif``."""
        test = self.truth(node.test)
        made = when(test, self.inside(node.body))
        self.out.append(made)
        rest = node.orelse
        while len(rest) == 1 and isinstance(rest[0], ast.If) and not self._needs_block(rest[0]):
            inner = rest[0]
            with self.no_hoisting():
                test = self.truth(inner.test)
            made.alternatives.append(ElseIf(test, Block(self.inside(inner.body))))
            rest = inner.orelse
        if rest:
            statements = self.inside(rest)
            made.otherwise = Block(statements) if statements else None

    def _needs_block(self, node: ast.If) -> bool:
        return bool(self.scope().before.get(node))

    @contextmanager
    def loop(self, node: ast.For | ast.While) -> Iterator[_Loop]:
        """A loop around what follows."""
        self.loop_count += 1
        known = _Loop(self.loop_count, bool(node.orelse))
        self.loops.append(known)
        try:
            yield known
        finally:
            self.loops.pop()

    def _body(self, node: ast.For | ast.While, first: list[Statement], known: _Loop) -> list[Statement]:
        """The body of a loop, with the label for ``continue`` at its end."""
        with self.block() as statements:
            statements.extend(first)
            self.statements(node.body)
            if known.continues:
                if isinstance(statements[-1], Return):
                    statements.append(Do(Block([statements.pop()])))
                statements.append(Label(f"continue{self._suffix(known)}"))
        return statements

    def _suffix(self, known: _Loop) -> str:
        return "" if known.number == 1 else str(known.number)

    def _after(self, node: ast.For | ast.While, known: _Loop) -> None:
        """The ``else`` of a loop, which a ``break`` jumps over."""
        if node.orelse:
            statements = self.inside(node.orelse)
            if known.breaks:
                self.out += [Do(Block(statements)), Label(f"found{self._suffix(known)}")]
            else:
                self.out += statements

    def do_for(self, node: ast.For) -> None:
        """``for``."""
        scope = self.scope()
        own = scope.own.get(node, set())
        shifts = {name: variable.shift for name in own if (variable := self.variable(name))}
        safe, lowest = dict(self.safe), dict(self.lowest)
        with self.loop(node) as known:
            header, first = self.header(node.target, node.iter, list(node.body), own)
            statements = self._body(node, first, known)
            self.out.append(header(statements))
        self.safe, self.lowest = safe, lowest
        for name, shift in shifts.items():
            variable = self.known(name)
            variable.shift = shift
        self._after(node, known)

    def do_while(self, node: ast.While) -> None:
        """``while``."""
        safe, self.safe = self.safe, {}
        with self.no_hoisting():
            test = self.truth(node.test)
        with self.loop(node) as known:
            statements = self._body(node, [], known)
            self.out.append(While(test, Block(statements)))
        self.safe = safe
        self._after(node, known)

    def do_break(self, node: ast.Break) -> None:
        """``break``; past an ``else`` a jump."""
        known = self.loops[-1]
        if known.is_outside:
            refuse(node, "break inside try", "break or continue out of try")
        known.breaks = True
        self.out.append(Goto(f"found{self._suffix(known)}") if known.has_else else Break())

    def do_continue(self, node: ast.Continue) -> None:
        """``continue``: a jump to the end of the body."""
        known = self.loops[-1]
        if known.is_outside:
            refuse(node, "continue inside try", "break or continue out of try")
        known.continues = True
        self.out.append(Goto(f"continue{self._suffix(known)}"))

    def do_return(self, node: ast.Return) -> None:
        """``return``."""
        value = self.expression(node.value) if node.value else Typed(Nil(), NONE)
        result = self.function_frame().result
        if result is None or self.is_generator:
            if node.value is None:
                self.out.append(give())
                return
            refuse(node, spelled(node), "return of a value in a generator")
        result.add(value.type)
        if self.is_protected:
            self.out.append(give(Boolean(True), value.lua))  # noqa: FBT003
        elif isinstance(value.lua, Nil):
            self.out.append(give() if node.value is None else give(Nil()))
        else:
            self.out.append(give(value.lua))

    is_generator = False

    # Exceptions

    def do_raise(self, node: ast.Raise) -> None:
        """``raise``."""
        if node.exc is None:
            if not self.caught:
                refuse(node, spelled(node), "raise without an exception")
            self.out.append(CallStatement(call("error", Name(self.caught[-1]), Number(0))))
            return
        exception = node.exc
        if isinstance(exception, ast.Name) and (exception.id in EXCEPTIONS or exception.id in self.exceptions):
            self.out.append(CallStatement(call("raise", text(exception.id))))
            return
        value = self.expression(exception)
        self.settled(node, value.type, "exception", what="raise")
        if (
            isinstance(value.lua, Call)
            and isinstance(value.lua.function, Name)
            and value.lua.function.name == "exception"
        ):
            self.out.append(CallStatement(call("raise", *value.lua.arguments)))
        else:
            self.out.append(CallStatement(call("error", value.lua, Number(0))))

    def do_assert(self, node: ast.Assert) -> None:
        """``assert``."""
        test = negated(self.truth(node.test))
        with self.block() as statements:
            message = [self.text_of(node.msg)] if node.msg else []
            statements.append(CallStatement(call("raise", text("AssertionError"), *message)))
        self.out.append(when(test, statements))

    def do_try(self, node: ast.Try) -> None:
        """``try``, over pcall."""
        if node.finalbody:
            if node.handlers or node.orelse:
                inner = ast.Try(node.body, node.handlers, node.orelse, [])
                protected = lambda: self.do_try(ast.copy_location(inner, node))  # noqa: E731
                nodes: list[ast.stmt] = [*node.body, *node.orelse, *[each for h in node.handlers for each in h.body]]
            else:
                protected = lambda: self.statements(node.body)  # noqa: E731
                nodes = node.body
            ok, returns = self._protected(nodes, protected)
            self.statements(node.finalbody)
            self.out.append(when(negated(Name(ok[0])), [CallStatement(call("error", Name(ok[1]), Number(0)))]))
            self._return_if(ok, returns)
            return
        ok, returns = self._protected(node.body, lambda: self.statements(node.body))
        handled = self._handlers(node, ok[1])
        with self.block() as otherwise:
            self._return_if(ok, returns)
            self.statements(node.orelse)
        if otherwise:
            self.out.append(when(Name(ok[0]), otherwise, handled))
        else:
            self.out.append(when(negated(Name(ok[0])), handled))

    def _return_if(self, ok: list[str], returns: bool) -> None:  # noqa: FBT001 -- what _protected() returns
        """Return what a protected function returned, if it returned."""
        if returns:
            values: list[Expression] = [Name(ok[2])]
            if self.is_protected:
                values.insert(0, Boolean(True))  # noqa: FBT003
            self.out.append(when(Name(ok[1]), [give(*values)]))

    def _protected(self, nodes: list[ast.stmt], write: Callable[[], None]) -> tuple[list[str], bool]:
        """A call in protected mode; the names of what it gives, and whether what is inside can return."""
        returns = any(isinstance(each, ast.Return) for each in _own(nodes))
        loops, self.loops = self.loops, [_Loop(0, has_else=False, is_outside=True)]
        before, self.is_protected = self.is_protected, True
        if self.is_generator and any(isinstance(each, ast.Yield) for each in _own(nodes)):
            refuse(nodes[0], "yield inside try", "yield inside try")
        with self.block() as statements:
            write()
        self.loops, self.is_protected = loops, before
        names = [self.temporary("ok"), self.temporary("problem" if not returns else "result")]
        if returns:
            names.append(self.temporary("value"))
        self.out.append(local(names, call("pcall", function([], statements))))
        self.function_frame().temporary.extend(names)
        return names, returns

    def _handlers(self, node: ast.Try, problem: str) -> list[Statement]:
        """What happens where an exception was caught."""
        with self.block() as statements:
            statements.append(assign(Name(problem), call("caught", Name(problem))))
            self.caught.append(problem)
            otherwise: list[Statement] = [CallStatement(call("error", Name(problem), Number(0)))]
            chosen: list[ElseIf] = []
            for handler in node.handlers:
                test = self._test_of(handler, problem)
                handled = self._handler(handler, problem)
                if test is None:
                    otherwise = handled
                    break
                chosen.append(ElseIf(test, Block(handled)))
            self.caught.pop()
            if chosen:
                first, *others = chosen
                last = Block(otherwise) if otherwise else None
                statements.append(If(first.test, first.body, list[ElseIf](others), last))
            else:
                statements.extend(otherwise)
        return statements

    def _handler(self, handler: ast.ExceptHandler, problem: str) -> list[Statement]:
        with self.block() as body:
            if handler.name:
                variable = self.variable(handler.name)
                if variable is None:
                    variable = Variable(problem, self.cell(handler, "name"))
                    self.function_frame().variables[handler.name] = variable
                variable.name = problem
                variable.cell.add(Type("exception"))
            self.statements(handler.body)
        return body

    def _test_of(self, handler: ast.ExceptHandler, problem: str) -> Expression | None:
        """The test for the classes of a handler; None for all."""
        if handler.type is None:
            return None
        names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        tests: list[Expression] = []
        for each in names:
            if not isinstance(each, ast.Name) or not (each.id in EXCEPTIONS or each.id in self.exceptions):
                refuse(handler, spelled(each), "a class of exceptions that is not known")
            if each.id == "Exception":
                return None
            tests.append(call("is_a", Name(problem), text(each.id)))
        return binary(tests[0], "or", *tests[1:])

    # Functions inside functions

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
        is_generator = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own(node.body))
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


def _own(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of statements, without those of functions and classes inside."""
    waiting: list[ast.AST] = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


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
            return not any(isinstance(each, ast.Break) for each in _own(inner))
        case ast.For(orelse=other) | ast.While(orelse=other) if other:
            return _always_returns(other) and not any(isinstance(each, ast.Break) for each in _own(body[-1].body))
        case ast.Try(body=one, handlers=handlers, orelse=other, finalbody=last):
            return _always_returns(last) or (
                _always_returns(other or one) and all(_always_returns(h.body) for h in handlers)
            )
    return False
