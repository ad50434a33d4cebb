"""Jinja2 for packs: where templates are found, what they may print, and their errors with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import (
    BaseLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    nodes,
)
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from aidec.bytecode import RK, Chunk, Header, Instruction, LocalVar, Upvalue
from aidec.bytecode.opcodes import Opcode
from aidec.common.errors import PackError
from aidec.common.hints import did_you_mean, nearest
from aidec.packs.expression import TESTS, VALUE_ERRORS
from aidec.packs.filters import CONVERSIONS, for_guard
from aidec.packs.layout import spelled
from aidec.packs.names import given
from aidec.packs.pack import Pack
from aidec.packs.proto_view import ProtoView

_MODEL = {Chunk, Header, Instruction, LocalVar, Opcode, ProtoView, RK, Upvalue}


class PackEnvironment(ImmutableSandboxedEnvironment):
    """The environment of a pack's templates: sandboxed, strict about names, and shy of data that no filter spelled."""

    def __init__(self, pack: Pack) -> None:
        super().__init__(
            loader=_Loader(), undefined=_Undefined, finalize=_finalize, extensions=[_FreeLayout], auto_reload=False
        )
        self.pack = pack
        self.syntax_trees: dict[Path, nodes.Template] = {}
        self.templates: dict[str, Template] = {}
        self.filters.update(for_guard(pack.guard))
        self.spellings = frozenset(for_guard("")) - {*CONVERSIONS}
        self.tests["named"] = TESTS["named"]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute; for what a chunk is made of, which can't be changed, without the sandbox's long look."""
        if type(obj) in _MODEL and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                pass
        return super().getattr(obj, attribute)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What all templates see; a plain dictionary, since it is copied each time that one is rendered."""
        return {**self.globals, **(d or {})}

    def rendered(self, unit: str, values: Mapping[str, Any]) -> str:
        """The text of a unit for these values.

        Raises:
            PackError: the template fails.
        """
        try:
            if unit not in self.templates:
                self.templates[unit] = self.get_template(f"{unit}.j2")
            return self.templates[unit].render(values)
        except TEMPLATE_ERRORS as error:
            raise as_pack_error(error, [pack.folder for pack in self.pack.chain]) from None

    def path(self, name: str) -> Path:
        """The file of ``proto.j2``, in the pack or those that it extends; of ``classic/proto.j2``, in that one."""
        pack_name, _, file_name = name.rpartition("/")
        for pack in self.pack.chain:
            path = pack.folder / file_name
            if pack_name in ("", pack.name) and path.is_file():
                return path
        raise TemplateNotFound(name)

    def syntax_tree(self, name: str) -> nodes.Template:
        """The syntax tree of a template, made once."""
        path = self.path(name)
        if path not in self.syntax_trees:
            try:
                self.syntax_trees[path] = self.parse(path.read_text("utf-8"), name, str(path))
            except UnicodeDecodeError as error:
                raise PackError(f"{path}: expected UTF-8: {error.reason} at byte {error.start}") from None
        return self.syntax_trees[path]

    def refuse_unknown_filters(self, path: Path, tree: nodes.Template) -> None:
        """Raise a ``PackError`` for the first filter or test of a template that is not there."""
        for node in tree.find_all((nodes.Filter, nodes.Test)):
            known, own = (self.filters, for_guard("")) if isinstance(node, nodes.Filter) else (self.tests, self.tests)
            name = getattr(node, "name", "")
            if name not in known:
                hint = did_you_mean(name, sorted(known if nearest(name, known) else own))
                raise PackError(f"{path}:{node.lineno}: No {type(node).__name__.lower()} named {name!r}{hint}")

    def family(self, name: str) -> dict[Path, nodes.Template]:
        """The syntax trees of a template and of all that it extends, includes or imports, by file."""
        found: dict[Path, nodes.Template] = {}
        todo = [name]
        while todo:
            name = todo.pop()
            path = self.path(name)
            if path not in found:
                found[path] = self.syntax_tree(name)
                used: Iterator[Any] = found[path].find_all(
                    (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
                )
                todo += [node.template.value for node in used if isinstance(node.template, nodes.Const)]
        return found


def check_names(env: PackEnvironment, unit: str) -> set[str]:
    """The names that the templates of a unit use; each must be one of those that the unit is given.

    Raises:
        PackError: one is not, or there is no such filter or test; the message has the file and the line.
        TemplateError: a template is not well-formed, or not there.
    """
    trees = env.family(f"{unit}.j2")
    known = given(unit)
    used: set[str] = set()
    made = {name for tree in trees.values() for name in _made(tree)}
    for path, tree in trees.items():
        env.refuse_unknown_filters(path, tree)
        undeclared = find_undeclared_variables(tree) - set(DEFAULT_NAMESPACE) - made
        for node in tree.find_all(nodes.Name):
            if node.name in undeclared and node.name not in known:
                hint = did_you_mean(node.name, sorted(known))
                raise PackError(f"{path}:{node.lineno}: {node.name!r} is undefined in {unit}.j2{hint}")
        used |= undeclared
    return used


def _made(tree: nodes.Template) -> Iterator[str]:
    """The names that a template gives to macros and values, which its blocks see too."""
    for node in tree.body:
        if isinstance(node, nodes.Macro | nodes.Import):
            yield node.name if isinstance(node, nodes.Macro) else node.target
        elif isinstance(node, nodes.FromImport):
            yield from [name if isinstance(name, str) else name[1] for name in node.names]
        elif isinstance(node, nodes.Assign):
            yield from [
                name.name for name in (node.target, *node.target.find_all(nodes.Name)) if isinstance(name, nodes.Name)
            ]


class _Loader(BaseLoader):
    """Hands Jinja2 its templates, compiled from syntax trees that are needed elsewhere too."""

    def load(self, environment: Any, name: str, globals: Any = None) -> Template:  # noqa: A002 (Jinja2's name for it)
        """The compiled template."""
        code = environment.compile(environment.syntax_tree(name), name, str(environment.path(name)))
        return Template.from_code(environment, code, globals or {})


TEMPLATE_ERRORS = (TemplateError, *VALUE_ERRORS)
"""What a template raises that fails on a value."""


def as_pack_error(error: Exception, folders: Sequence[Path]) -> PackError:
    """What Jinja2 or a filter raised, as a ``PackError`` with the template's file and line.

    Args:
        error: the exception.
        folders: where templates were looked for, the pack's own folder first.
    """
    if isinstance(error, TemplateSyntaxError):
        return PackError(f"{error.filename or error.name}:{error.lineno}: {error.message or 'syntax error'}")
    if isinstance(error, TemplateNotFound):
        searched = ", ".join(map(str, folders))
        return PackError(f"{folders[0]}: no template {error.name}; searched in {searched}")
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(folders[0])
    if isinstance(error, RecursionError):
        return PackError(f"{place}: a template or a macro that includes or calls itself without end")
    return PackError(f"{place}: {error}")


class _FreeLayout(Extension):
    """Takes line breaks, and the spaces around them, out of the text of templates."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, "data", re.sub(r"[ \t]*\n\s*", "", token.value))
            else:
                yield token


class _Undefined(StrictUndefined):
    """Says which attributes there are."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_obj is missing:
            return f"{self._undefined_name!r} is undefined"
        kind = type(self._undefined_obj).__name__
        known = [name for name in dir(self._undefined_obj) if not name.startswith("_")]
        return f"{kind} has no {self._undefined_name!r}" + did_you_mean(str(self._undefined_name), known)


def _finalize(value: object) -> object:
    """What a template prints: text, its own or a filter's, and integers; all else is refused."""
    return str(value) if isinstance(value, Undefined) else spelled(value)
