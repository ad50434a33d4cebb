"""A unit's template in sections: parts that stand one behind the other, each computing with little.

``compact`` prints an instruction as a label, a line, the opcode, A, then B and C: few labels, few lines, few values of
A, but many combinations. Rendered in one, each combination would need a run of the template; rendered in sections, each
value does. A template that can't be taken apart (it prints what a block would print that it replaces, or sets a name on
the way) is one section.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jinja2 import Template, nodes

from aidec.kernels import Ints, distinct, recode
from aidec.packs.elements import Rows
from aidec.packs.holes import Form, HoledEnvironment, Use, uses

_DEFINITIONS = (nodes.Macro, nodes.Import, nodes.FromImport, nodes.Assign)
_CONTENT = (nodes.Output, nodes.If, nodes.For)
_SETS = (nodes.Assign, nodes.AssignBlock, nodes.Include, nodes.Block, nodes.CallBlock, nodes.Import, nodes.FromImport)


class Section:
    """A part of a unit.

    Args:
        env: the environment of its template.
        name: the template that it is a part of.
        tree: its own template, with marks for what it only prints.
        used: what it computes with, beyond printing; what two values agree on here, they print in one form.
        names: the names that it uses.
        guard: a template that prints something where this one may, and computes with what is cheap alone.
    """

    def __init__(  # noqa: PLR0913 (what there is to know of it)
        self,
        env: HoledEnvironment,
        name: str,
        tree: nodes.Template,
        *,
        names: set[str],
        used: list[Use],
        guard: nodes.Template | None = None,
    ) -> None:
        self.env = env
        self.name = name
        self.tree = tree
        self.used = used
        self.names = names
        self.guard = guard
        self.guard_used = uses([guard], names) if guard else []
        self._applies: dict[Hashable, bool] = {}

    @cached_property
    def _template(self) -> Template:
        return self._compiled(self.tree)

    @cached_property
    def _guard(self) -> Template:
        return self._compiled(self.guard)

    def _compiled(self, tree: Any) -> Template:
        code = self.env.compile(tree, self.name, str(self.env.path(self.name)))
        return Template.from_code(self.env, code, self.env.make_globals(None))

    def form(self, rows: Rows, place: int) -> Form:
        """The text for the row at a place with holes, the same for all that have its key."""
        return self.env.form(self._template.render(rows.values(self.names, place)))

    def keys(self, rows: Rows, places: Sequence[int]) -> list[Hashable]:
        """What the forms for the rows at some places depend on."""
        return _keys(self.used, rows, places)

    def distinct(self, rows: Rows) -> tuple[list[int], Ints, bool]:
        """Number the keys of rows.

        Returns:
            The first row of each key; the number of the key of each row, the next one where it prints nothing; whether
            there are such rows.
        """
        where = None
        if self.guard is not None:
            firsts, codes = distinct([use.codes(rows) for use in self.guard_used], rows.size, None)
            keys = _keys(self.guard_used, rows, firsts)
            applies = [self._applies_to(key, rows, place) for key, place in zip(keys, firsts, strict=True)]
            where = None if all(applies) else recode(codes, applies)
        return *distinct([use.codes(rows) for use in self.used], rows.size, where), where is not None

    def _applies_to(self, key: Hashable, rows: Rows, place: int) -> int:
        if key not in self._applies:
            self._applies[key] = bool(self._guard.render(rows.values(self.names, place)))
        return self._applies[key]


def _keys(used: Sequence[Use], rows: Rows, places: Sequence[int]) -> list[Hashable]:
    """What is used of some rows."""
    columns = [(use, rows.column(use.root, use.path)) for use in used]
    values = [use.of([column[place] for place in places]) for use, column in columns]
    return list(zip(*values, strict=True)) if values else [()] * len(places)


def sections(env: HoledEnvironment, name: str, names: set[str]) -> list[Section]:
    """The sections of a template; ``names`` are those that it is given."""
    try:
        found = _Splitter(env, name, names).sections()
    except _Whole:
        found = []
    if len(found) > 1:
        return found
    family = list(env.family(name).values())
    used_names = {node.name for tree in family for node in tree.find_all(nodes.Name)} & names
    return [Section(env, name, env.syntax_tree(name), names=used_names, used=uses(family, names))]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a template, and what tells whether it may print something at all, if anything does."""

    node: nodes.Node
    guard: nodes.Node | None = None


class _Whole(Exception):  # noqa: N818 (no error: the template is one section)
    """A template can't be taken apart."""


class _Splitter:
    """Takes a template apart."""

    def __init__(self, env: HoledEnvironment, name: str, names: set[str]) -> None:
        self.env = env
        self.name = name
        self.names = names
        self.definitions: dict[str, nodes.Node] = {}
        self.blocks: dict[str, nodes.Block] = {}
        self.body: list[nodes.Node] = []
        self._read(name)

    def _read(self, name: str) -> None:
        """Take in a template and those that it extends."""
        tree = self.env.syntax_tree(name)
        if any(node.name in ("self", "super") for node in tree.find_all(nodes.Name)):
            raise _Whole
        for block in tree.find_all(nodes.Block):
            self.blocks.setdefault(block.name, block)
        content: list[nodes.Node] = []
        parent = None
        for node in tree.body:
            if isinstance(node, nodes.Extends) and isinstance(node.template, nodes.Const):
                parent = node.template.value
            elif isinstance(node, _DEFINITIONS):
                if content:
                    raise _Whole
                self._define(node)
            elif not _is_blank(node):
                content.append(node)
        self.body = content
        if parent is not None:
            self._read(parent)

    def _define(self, node: nodes.Node) -> None:
        if getattr(node, "with_context", False):
            raise _Whole
        for name in _defined(node):
            if name in self.names or self.definitions.setdefault(name, node) != node:
                raise _Whole

    def sections(self) -> list[Section]:
        """The sections: neighbours that compute with the same are taken together, and what computes with nothing."""
        found: list[list[_Part]] = []
        last: set[Use] = set()
        for part in self._split(self.body):
            used = self._uses([part.node])
            dear = {use for use in used if not is_cheap(use)}
            if found and (dear == last or not used):
                found[-1].append(part)
            else:
                found.append([part])
                last = dear
        return [self._section(parts) for parts in found]

    def _section(self, parts: list[_Part]) -> Section:
        tree = self._template([part.node for part in parts])
        used = uses([tree], self.names)
        names = {node.name for node in tree.find_all(nodes.Name)} & self.names
        guard = None
        if not all(map(is_cheap, used)) and all(part.guard for part in parts):
            guard = self._template([part.guard for part in parts if part.guard])
        return Section(self.env, self.name, tree, names=names, used=used, guard=guard)

    def _split(self, body: Iterable[nodes.Node]) -> Iterator[_Part]:
        """The smallest parts of a list of nodes."""
        for node in body:
            if isinstance(node, nodes.Block):
                yield from self._split(self.blocks[node.name].body)
                continue
            if not isinstance(node, _CONTENT) or any(node.find_all(_SETS)):
                raise _Whole
            if isinstance(node, nodes.Output):
                yield from (_Part(nodes.Output([expression], lineno=node.lineno)) for expression in node.nodes)
            elif isinstance(node, nodes.If):
                yield from self._split_if(node)
            else:
                yield _Part(node)

    def _split_if(self, node: nodes.If) -> Iterator[_Part]:
        """An ``if`` whose tests are cheap as one for each part of its branches, in which the others are empty."""
        branches = [(node.test, node.body), *((other.test, other.body) for other in node.elif_)]
        tests: list[nodes.Node] = []
        for test, _ in branches:
            if not all(map(is_cheap, self._uses([nodes.If(test, [], [], [], lineno=node.lineno)]))):
                break
            tests.append(test)
        if not tests:
            yield _Part(node)
            return
        rest = [*node.else_]
        if len(tests) < len(branches):
            (test, body), *_ = branches[len(tests) :]
            rest = [nodes.If(test, body, node.elif_[len(tests) :], node.else_, lineno=node.lineno)]
        for number, content in enumerate([*(body for _, body in branches[: len(tests)]), rest]):
            for part in self._split(content):
                guard = part.guard or nodes.Output([nodes.TemplateData("x")], lineno=node.lineno)
                yield _Part(*(_branch(node, tests, number, inner) for inner in (part.node, guard)))

    def _uses(self, body: list[nodes.Node]) -> list[Use]:
        return uses([self._template(body)], self.names)

    def _template(self, body: list[nodes.Node]) -> nodes.Template:
        """A template of these nodes, with the definitions that they need."""
        needed: dict[str, None] = {}
        todo = list(body)
        while todo:
            node = todo.pop()
            for name in [n.name for n in (node, *node.find_all(nodes.Name)) if isinstance(n, nodes.Name)]:
                if name in self.definitions and name not in needed:
                    needed[name] = None
                    todo.append(self.definitions[name])
        definitions = {id(node): node for name, node in self.definitions.items() if name in needed}
        tree = nodes.Template([*definitions.values(), *body], lineno=1)
        tree.set_environment(self.env)
        return tree


def is_cheap(use: Use) -> bool:
    """Whether there are few values of it in any case: what kind an instruction is of, whether something is there."""
    return use.is_asked or use.is_type or (use.root, use.path) == ("instruction", "kind")


def _branch(node: nodes.If, tests: list[nodes.Node], number: int, content: nodes.Node) -> nodes.If:
    """An ``if`` with these tests, and ``else``, whose branches are empty but for the one with this number."""
    bodies = [[content] if number == i else [] for i in range(len(tests) + 1)]
    first, *others = [nodes.If(*pair, [], [], lineno=node.lineno) for pair in zip(tests, bodies, strict=False)]
    first.elif_, first.else_ = others, bodies[-1]
    return first


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data for part in node.nodes
    )


def _defined(node: nodes.Node) -> list[str]:
    """The names that a definition gives."""
    match node:
        case nodes.Macro(name=name) | nodes.Import(target=name) | nodes.Assign(target=nodes.Name(name=name)):
            return [name]
        case nodes.FromImport(names=names):
            return [name if isinstance(name, str) else name[1] for name in names]
    raise _Whole
