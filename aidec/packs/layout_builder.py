"""Templates to layouts: one walk over the syntax trees that Jinja2 makes, in which all that names things is resolved.

What a layout can't hold (loops, calls, text that is captured, names that depend on the way) makes the walk give up, and
the unit is rendered by Jinja2 itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from jinja2 import TemplateError, nodes
from jinja2.filters import FILTERS

from aidec.packs.environment import PackEnvironment, as_pack_error, check_names
from aidec.packs.expression import OPERATIONS, TESTS, Expression, may_fail, merged, reads
from aidec.packs.filters import CONVERSIONS
from aidec.packs.layout import Choice, Computed, Integers, Layout, Literal, Nested, Node, Slot, joined
from aidec.packs.names import given, known_names
from aidec.packs.plan import UnitPlan, text_plan
from aidec.packs.sums import column_of

MAX_DEPTH = 50
"""How deep macros may call each other; one that calls itself never ends."""

MOST_NODES = 20_000
"""How many nodes a layout may have; macros that call others twice each make many of a short template."""

_SCALARS = ("integer", "boolean", "bytes", "constant", "text")


class Opaque(Exception):  # noqa: N818 (no error: Jinja2 renders the unit)
    """A template does what a layout can't hold; the text says what."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro, and what is visible where it is defined."""

    node: nodes.Macro
    scope: Scope


@dataclass(frozen=True, slots=True)
class Scope:
    """What is visible at a place in a template.

    Attributes:
        made: the values and macros that templates named.
        given: the names that the unit is given; imported templates see none.
    """

    made: dict[str, Made] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def inner(self, made: dict[str, Made] | None = None) -> Scope:
        """A scope in this one."""
        return Scope({**self.made, **(made or {})}, self.given)


Made: TypeAlias = "Expression | Macro"


def build(env: PackEnvironment, unit: str, *, passes_over: bool = False) -> Layout:
    """The layout of a unit.

    Args:
        env: the environment of its template.
        unit: its name.
        passes_over: put a node of which nothing is known in place of each statement that a layout can't hold.

    Raises:
        Opaque: its template does what a layout can't hold.
        TemplateError: a template is not well-formed, or not there.
    """
    return _Builder(env, unit, passes_over=passes_over).layout()


def plan_unit(env: PackEnvironment, unit: str) -> UnitPlan:
    """What is known of a unit's template.

    Raises:
        PackError: it is not there, not well-formed, or uses what is not there.
    """
    try:
        used = frozenset(check_names(env, unit))
        layout = build(env, unit)
    except Opaque as opaque:
        return UnitPlan(unit, used, None, str(opaque))
    except TemplateError as error:
        raise as_pack_error(error, [pack.folder for pack in env.pack.chain]) from None
    return UnitPlan(unit, used, layout, "", text_plan(layout))


class _Builder:
    """Walks over a template and those that it extends."""

    def __init__(self, env: PackEnvironment, unit: str, *, passes_over: bool) -> None:
        self.env = env
        self.passes_over = passes_over
        self.top = Scope(given=frozenset(given(unit)))
        self.blocks: dict[str, list[nodes.Block]] = {}
        self.depth = self.num_nodes = 0
        self.body = self._definitions(f"{unit}.j2", self.top)

    def layout(self) -> Layout:
        return joined(self._statements(self.body, self.top, []))

    # Definitions

    def _definitions(self, name: str, scope: Scope) -> list[nodes.Node]:
        """Take in what a template defines before it prints, and what it extends; returns the statements that print."""
        tree = self.env.syntax_tree(name)
        if any(block.scoped or block.required for block in tree.find_all(nodes.Block)):
            raise Opaque("a block that sees more than others")
        for block in tree.find_all(nodes.Block):
            self.blocks.setdefault(block.name, []).append(block)
        body = [node for node in tree.body if not _is_blank(node)]
        parent = None
        match body:
            case [nodes.Extends(template=nodes.Const(value=parent)), *body]:
                pass
        is_definition = [isinstance(node, (nodes.Macro, nodes.Assign, nodes.FromImport)) for node in body]
        content = [node for node, defines in zip(body, is_definition, strict=True) if not defines]
        if parent is not None:
            # Of a template that extends another only the blocks are printed, wherever they stand
            if not all(isinstance(node, (nodes.Output, nodes.Block)) for node in content):
                raise Opaque("statements beside the blocks of a template that extends another")
        elif is_definition != sorted(is_definition, reverse=True):
            raise Opaque("a definition behind what is printed")
        for node, defines in zip(body, is_definition, strict=True):
            if defines:
                self._define(node, scope, is_new=True)
        return content if parent is None else self._definitions(parent, scope)

    def _define(self, node: nodes.Node, scope: Scope, *, is_new: bool) -> None:
        """Name what a statement names; ``is_new`` where it must not name it anew."""
        if isinstance(node, nodes.Macro):
            if node.defaults:
                raise Opaque("a macro with defaults")
            made: dict[str, Made] = {node.name: Macro(node, scope)}
        elif isinstance(node, nodes.FromImport):
            made = self._imported(node)
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            made = {node.target.name: self._argument(node.node, scope)}
        else:
            raise Opaque("several names set at once")
        for name, value in made.items():
            if name.startswith("_") or name in self.top.given or (is_new and name in scope.made):
                raise Opaque(f"the name {name} is made anew")
            scope.made[name] = value

    def _imported(self, node: nodes.FromImport) -> dict[str, Made]:
        if node.with_context or not isinstance(node.template, nodes.Const):
            raise Opaque("an import with context")
        inner = Scope()
        blocks, self.blocks = self.blocks, {}
        try:
            self._definitions(node.template.value, inner)
        finally:
            self.blocks = blocks
        made = {}
        for name in node.names:
            source, target = (name, name) if isinstance(name, str) else name
            if source not in inner.made:
                raise Opaque(f"an import of {source}, which is not there")
            made[target] = inner.made[source]
        return made

    # Statements

    def _statements(self, body: list[nodes.Node], scope: Scope, inside: list[nodes.Block]) -> Iterator[Node]:
        """The nodes of statements; ``inside`` has the versions of the block that they are in."""
        for node in body:
            if isinstance(node, nodes.Output):
                for child in node.nodes:
                    yield from self._known(self._printed(child, scope, inside))
            else:
                yield from self._known(self._statement(node, scope, inside))

    def _known(self, made: Iterator[Node]) -> Iterator[Node]:
        """The nodes of a statement; one of which nothing is known, where such statements are passed over."""
        try:
            yield from [*made]
        except Opaque:
            if not self.passes_over:
                raise
            yield Computed(("opaque",))

    def _statement(self, node: nodes.Node, scope: Scope, inside: list[nodes.Block]) -> Iterator[Node]:
        if isinstance(node, nodes.Block):
            yield from self._block(self.blocks[node.name])
        elif isinstance(node, nodes.If):
            yield self._choice([(each.test, each.body) for each in (node, *node.elif_)], node.else_, scope, inside)
        elif isinstance(node, nodes.Assign):
            self._define(node, scope, is_new=False)
        else:
            raise Opaque(f"a statement {type(node).__name__.lower()}")

    def _block(self, versions: list[nodes.Block]) -> Iterator[Node]:
        """A block, which sees what templates name outside of all blocks."""
        if not versions:
            raise Opaque("a super() without a block")
        yield from self._statements(versions[0].body, self.top.inner(), versions)

    def _choice(
        self,
        branches: Sequence[tuple[nodes.Node, list[nodes.Node]]],
        otherwise: list[nodes.Node],
        scope: Scope,
        inside: list[nodes.Block],
    ) -> Choice:
        tests = [self._expression(test, scope) for test, _ in branches]
        for test in tests:
            self._check(test, "truth")
        bodies = [*[body for _, body in branches], otherwise]
        if any(isinstance(node, nodes.Assign) for body in bodies for node in body):
            raise Opaque("a name that is set on the way")
        return Choice(tuple(tests), tuple([joined(self._statements(body, scope, inside)) for body in bodies]))

    def _printed(self, node: nodes.Node, scope: Scope, inside: list[nodes.Block]) -> Iterator[Node]:
        self.num_nodes += 1
        if self.num_nodes > MOST_NODES:
            raise Opaque("so many nodes")
        match node:
            case nodes.TemplateData(data=data):
                yield Literal(data)
            case nodes.Call(node=nodes.Name(name="super"), args=[], kwargs=[]) if inside:
                yield from self._block(inside[1:])
            case nodes.Call(node=nodes.Name(name=name)) if isinstance(scope.made.get(name), Macro):
                yield from self._macro(name, node, scope)
            case nodes.CondExpr(test=test, expr1=yes, expr2=nodes.Expr() as no):
                then, otherwise = [nodes.Output([each], lineno=node.lineno) for each in (yes, no)]
                yield self._choice([(test, [then])], [otherwise], scope, inside)
            case nodes.Expr():
                yield self._value(node, scope)
            case _:
                raise Opaque("something that is no expression")

    def _macro(self, name: str, call: nodes.Call, scope: Scope) -> Iterator[Node]:
        macro = scope.made[name]
        assert isinstance(macro, Macro)  # noqa: S101 (its caller looked)
        parameters = [parameter.name for parameter in macro.node.args]
        is_plain = not (call.kwargs or call.dyn_args or call.dyn_kwargs)
        if not is_plain or len(call.args) != len(parameters) or self.depth == MAX_DEPTH:
            raise Opaque(f"a call of {name} that is not plain")
        arguments: dict[str, Made] = {
            parameter: self._argument(argument, scope)
            for parameter, argument in zip(parameters, call.args, strict=True)
        }
        self.depth += 1
        yield from list(self._statements(macro.node.body, macro.scope.inner(arguments), []))
        self.depth -= 1

    # Expressions

    def _argument(self, node: nodes.Node, scope: Scope) -> Expression:
        """A value that gets a name; Jinja2 computes it there, whether it is used or not, so it must not fail."""
        expression = self._expression(node, scope)
        if may_fail(expression, _may_be_none):
            raise Opaque("a name for a value that may fail")
        return expression

    def _value(self, node: nodes.Expr, scope: Scope) -> Node:
        """What prints a value."""
        found = self._listed(node, scope)
        if found is not None:
            return found
        expression = self._expression(node, scope)
        self._check(expression)
        match expression:
            case ("path", path) if known_names()[path].type == "integer" and not known_names()[path].of:
                return Slot(path, bits=known_names()[path].bits)
            case ("filter", "length", ("path", path), ()):
                return Slot(path, "length")
            case ("filter", name, ("path", path), ()) if name in self.env.spellings and not known_names()[path].of:
                return Slot(path, name)
        return Computed(expression)

    def _listed(self, node: nodes.Expr, scope: Scope) -> Node | None:
        """What prints a list, or the text of another unit."""
        match node:
            case nodes.Name(name=name) if name in scope.given and name not in scope.made:
                if known_names()[name].type == "element":
                    return Nested(name, known_names()[name].unit)
            case nodes.Filter(name="join", node=nodes.Expr() as inner, args=arguments, kwargs=[]):
                path = self._expression(inner, scope)
                match path, arguments:
                    case ("path", str(name)), ([] | [nodes.Const(value=str())]):
                        separator = "".join([each.as_const() for each in arguments])
                        if known_names()[name].type == "elements":
                            return Nested(name, known_names()[name].unit, separator)
                        if known_names()[name].type == "integers":
                            return Integers(name, separator)
                raise Opaque("a join of something else")
        return None

    def _check(self, expression: Expression, purpose: str = "value") -> None:
        """Give up where an expression takes more of a value than a layout can give."""
        for read in merged(reads(expression, purpose)):
            path = read.path if isinstance(read.path, str) else read.path[3]
            kind = known_names()[path].type
            is_sized = kind in ("list", "integers") and read.aspect in ("length", "truth")
            if kind not in _SCALARS and not is_sized:
                raise Opaque(f"what is done with {path}")

    def _expression(self, node: nodes.Node | None, scope: Scope) -> Expression:  # noqa: C901, PLR0911, PLR0912 (by kind)
        match node:
            case nodes.Const(value=value):
                return ("const", value)
            case nodes.Name(name=name):
                return self._named(name, scope)
            case nodes.Getattr(node=inner, attr=attribute):
                return self._attribute(self._expression(inner, scope), attribute)
            case nodes.Getitem(node=inner, arg=index):
                return self._item(self._expression(inner, scope), self._expression(index, scope))
            case nodes.Not(node=inner):
                return ("not", self._expression(inner, scope))
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                kind = "and" if isinstance(node, nodes.And) else "or"
                return (kind, self._expression(left, scope), self._expression(right, scope))
            case nodes.CondExpr(test=test, expr1=yes, expr2=nodes.Expr() as no):
                return ("if", *[self._expression(each, scope) for each in (test, yes, no)])
            case nodes.Compare(expr=first, ops=others):
                compared = [(other.op, self._expression(other.expr, scope)) for other in others]
                return ("compare", self._expression(first, scope), tuple(compared))
            case nodes.BinExpr(left=left, right=right) if type(node).__name__ in OPERATIONS:
                return ("binary", type(node).__name__, self._expression(left, scope), self._expression(right, scope))
            case nodes.UnaryExpr(node=inner) if type(node).__name__ in OPERATIONS:
                return ("unary", type(node).__name__, self._expression(inner, scope))
            case nodes.Concat(nodes=items):
                return ("concat", tuple([self._expression(item, scope) for item in items]))
            case nodes.Tuple(items=items) | nodes.List(items=items):
                return ("list", tuple([self._expression(item, scope) for item in items]))
            case nodes.Test(name=name) if name in TESTS:
                return ("test", name, *self._call(node, scope))
            case nodes.Filter(name=name, node=nodes.Expr()) if self._is_plain(name):
                return ("filter", name, *self._call(node, scope))
        raise Opaque(f"an expression {type(node).__name__.lower()}")

    def _is_plain(self, name: str) -> bool:
        """Whether a filter is the pack's own, or one of Jinja2's that takes nothing of the environment."""
        ours = name in self.env.spellings or name in CONVERSIONS
        return ours or (name in FILTERS and not hasattr(FILTERS[name], "jinja_pass_arg"))

    def _call(self, node: nodes.Filter | nodes.Test, scope: Scope) -> tuple[Expression, tuple[Expression, ...]]:
        """What a filter or a test is called with: its subject, and its arguments."""
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise Opaque("arguments by name")
        return self._expression(node.node, scope), tuple([self._expression(each, scope) for each in node.args or ()])

    def _named(self, name: str, scope: Scope) -> Expression:
        made = scope.made.get(name)
        if isinstance(made, Macro):
            raise Opaque(f"the macro {name} as a value")
        if made is not None:
            return made
        if name in scope.given:
            return ("path", name)
        raise Opaque(f"the name {name}")

    def _attribute(self, expression: Expression, attribute: str) -> Expression:
        match expression:
            case ("path", path) if (whole := f"{path}.{attribute}") in known_names():
                return ("path", whole)
            case ("item", of, index, path, inner) if (whole := f"{path}.{attribute}") in known_names():
                return ("item", of, index, whole, f"{inner}.{attribute}".removeprefix("."))
        raise Opaque(f"the attribute {attribute}")

    def _item(self, expression: Expression, index: Expression) -> Expression:
        column = column_of(index)
        match expression:
            case ("path", path) if column is not None and (item := known_names()[path].item):
                return ("item", path, column, item, "")
        raise Opaque("what is in brackets")


def _may_be_none(path: str) -> bool:
    """Whether a value may be no integer."""
    return known_names()[path].type != "integer" or known_names()[path].is_optional


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data for part in node.nodes
    )
