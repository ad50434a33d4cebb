"""Units of a Python module: a function with all that it needs, and what its parameters can be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from aidec.synthesis.python.refusals import RefusalError, refuse
from aidec.synthesis.python.scopes import free_names

IGNORED_MODULES = ("typing", "typing_extensions", "__future__", "collections.abc", "abc")
"""Modules of which only annotations speak."""

KNOWN_MODULES = ("math", "functools", "collections", "string")
"""Modules of which some functions are known."""

CACHES = ("lru_cache", "cache", "functools.lru_cache", "functools.cache")
"""Decorators that remember results."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A function of a module with what it needs.

    Attributes:
        name: its name.
        function: its definition.
        body: it, and all statements of the module that it needs, in the order of the module.
        modules: what imported names mean, such as ``sqrt``: ``math.sqrt``.
        source: the text of these statements.
    """

    name: str
    function: ast.FunctionDef
    body: list[ast.stmt]
    modules: dict[str, str]
    source: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module, taken apart.

    Attributes:
        text: its text.
        defined: the statement that defines each name.
        imported: what each imported name means; None for what annotations alone use.
        imports: the statement that imports each name.
    """

    text: str
    defined: dict[str, ast.stmt]
    imported: dict[str, str]
    imports: dict[str, ast.stmt]

    @classmethod
    def parse(cls, text: str) -> Module:
        """A module's text, taken apart.

        Raises:
            SyntaxError, ValueError: it is none.
        """
        tree = ast.parse(text)
        defined: dict[str, ast.stmt] = {}
        imported: dict[str, str] = {}
        imports: dict[str, ast.stmt] = {}
        for statement in tree.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                    defined[name] = statement
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    defined[name] = statement
                case ast.Import(names=names):
                    for alias in names:
                        imported[alias.asname or alias.name] = alias.name
                        imports[alias.asname or alias.name] = statement
                case ast.ImportFrom(module=module, names=names):
                    for alias in names:
                        imported[alias.asname or alias.name] = f"{module}.{alias.name}"
                        imports[alias.asname or alias.name] = statement
        return cls(text, defined, imported, imports)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions of the module, without methods."""
        for statement in self.defined.values():
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield statement

    def unit(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Unit:
        """A function with all that it needs.

        Raises:
            RefusalError: it needs a module that is not known, or is async.
        """
        if isinstance(function, ast.AsyncFunctionDef):
            refuse(function, "an async function", "async")
        wanted: dict[str, ast.stmt] = {function.name: function}
        modules: dict[str, str] = {}
        waiting: list[ast.stmt] = [function]
        while waiting:
            for name in sorted(_needs(waiting.pop())):
                if name in self.defined and name not in wanted:
                    wanted[name] = self.defined[name]
                    waiting.append(self.defined[name])
                elif name in self.imported:
                    self._import(name, modules)
        body = sorted(wanted.values(), key=lambda statement: statement.lineno)
        imports = sorted({self.imports[name] for name in modules}, key=lambda statement: statement.lineno)
        texts = [ast.unparse(each) for each in imports]
        texts += [self._text(each) for each in body]
        return Unit(function.name, function, body, modules, "\n\n".join(texts) + "\n")

    def _import(self, name: str, modules: dict[str, str]) -> None:
        statement, meaning = self.imports[name], self.imported[name]
        module = statement.module if isinstance(statement, ast.ImportFrom) else meaning
        if module in IGNORED_MODULES:
            return
        if module not in KNOWN_MODULES or (isinstance(statement, ast.ImportFrom) and statement.level):
            raise RefusalError(statement, f"the module {module or '.'}", "a module that is not known")
        modules[name] = meaning

    def _text(self, statement: ast.stmt) -> str:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *[each.lineno for each in decorators]])
        return "\n".join(self.text.splitlines()[first - 1 : statement.end_lineno])


def _needs(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module uses, without those of annotations."""
    if isinstance(statement, ast.FunctionDef):
        return free_names(statement) | {
            each.id for d in statement.decorator_list for each in ast.walk(d) if isinstance(each, ast.Name)
        }
    if isinstance(statement, ast.ClassDef):
        inner = {each.id for d in statement.decorator_list for each in ast.walk(d) if isinstance(each, ast.Name)}
        return free_names(statement) | inner
    value = getattr(statement, "value", None)
    return {each.id for each in ast.walk(value) if isinstance(each, ast.Name)} if value else set()
