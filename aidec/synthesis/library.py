"""The library of functions and what is claimed of them, which files in YAML and Lua declare.

A file in YAML has sections: ``types``, ``laws`` and ``functions``. A file in Lua is one function: comments at its start
are the YAML of that function, and the code follows. ``properties/`` has the library that ships; what is said here of a
law, a function or a property is explained in ``docs/howto/properties.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from string import Template
from typing import Any

from aidec.common.errors import CompileError, SynthesisError
from aidec.common.hints import did_you_mean
from aidec.common.settings import Conf
from aidec.lua.compile import compile_source
from aidec.lua.nodes import Local, LocalFunction, Main, Return
from aidec.lua.printer import to_source
from aidec.lua.tree import parse
from aidec.synthesis.claims import Function, Law, Property
from aidec.synthesis.inputs import Code, Type, read_type

SHIPPED = Path(__file__).with_name("properties")
"""The library that ships."""

_SPDX = "SPDX-License-Identifier"
_SAID = ("as", "meaning", "where", "except", "because", "with")


@dataclass(frozen=True)
class _Source:
    """The code of a function as it stands in a file.

    Attributes:
        text: its text.
        before: how many lines stand before it.
        licence, origin: as for ``Function``.
    """

    text: str
    before: int
    licence: str | None
    origin: str


@dataclass(frozen=True)
class _Around:
    """What a function says that counts for all its properties: its name, inputs, condition, and Lua before claims."""

    name: str
    inputs: Mapping[str, Type]
    where: str
    brings: str


@dataclass
class Library:
    """Types, laws and functions, by name."""

    types: dict[str, Type] = field(default_factory=dict)
    laws: dict[str, Law] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Add what a file declares, or the files of a folder.

        Raises:
            SynthesisError: it declares something else, or nothing; the text names the place.
            OSError: the file can't be read.
        """
        files = (
            sorted(each for each in path.rglob("*") if each.suffix in (".yaml", ".lua")) if path.is_dir() else [path]
        )
        if not files:
            raise SynthesisError(f"{path}: expected files .yaml or .lua, found none")
        yaml = [(each, Conf(each, SynthesisError)) for each in files if each.suffix != ".lua"]
        origins = {each: str(each.relative_to(path.parent)) for each in files}
        licences = {each: conf.text("licence", "") or None for each, conf in yaml}
        for _, conf in yaml:  # all types and laws are there before a function needs them
            self._add_types(conf.section("types"))
        for _, conf in yaml:
            self._add_laws(conf.section("laws"))
        for each, conf in yaml:
            section = conf.section("functions")
            for name in list(section.entries):
                function = section.section(name)
                lines = function.where("lua").start_mark.line + 1 if "lua" in function.entries else 0
                source = _Source(function.text("lua"), lines, licences[each], f"{origins[each]}:{name}")
                self._add_function(name, function, source)
            conf.refuse_the_rest()
        for each in files:
            if each.suffix == ".lua":
                head, code = _parts(each)
                conf = Conf(each, SynthesisError, text=head)
                source = _Source(code, head.count("\n"), conf.text(_SPDX, "") or None, origins[each])
                self._add_function(each.stem, conf, source)

    def _add_types(self, conf: Conf) -> None:
        for name in list(conf.entries):
            where = conf.where(name)
            if where.id == "sequence":
                choices = tuple(Code(each) for each in conf.texts(name))
                for each in choices:
                    _compiled(conf, where, name, f"return {each}")
                declared = Type("any", choices=choices)
            else:
                declared = self._type(conf, name)
            self.types[name] = declared

    def _type(self, conf: Conf, name: str) -> Type:
        where = conf.where(name)
        try:
            return read_type(conf.text(name), self.types)
        except SynthesisError as error:
            raise conf.fail(where, f"{conf.prefix}{name}: {error}") from None

    def _add_laws(self, conf: Conf) -> None:
        for name in list(conf.entries):
            entry = conf.section(name)
            law = Law(
                name,
                entry.text("meaning"),
                entry.text("claim"),
                entry.texts("needs"),
                entry.choices("also", ("first", "second"), ()),
                entry.text("where", "true"),
                entry.text("with", ""),
            )
            entry.refuse_the_rest()
            self.laws[name] = law

    def _add_function(self, name: str, conf: Conf, source: _Source) -> None:
        line = conf.where("doc")
        if name in self.functions:
            raise conf.fail(line, f"{name}: there is a function of this name in {self.functions[name].origin}")
        doc = conf.text("doc")
        takes = conf.section("takes")
        inputs = {each: self._type(takes, each) for each in list(takes.entries)}
        code = _code(conf, name, source)
        call = conf.text("call", f"{name}({', '.join(inputs)})")
        around = _Around(name, inputs, conf.text("where", "true"), conf.text("with", ""))
        _compiled(conf, line, f"{name}, call", f"{around.brings} return {call}")
        listed = conf.where("properties")
        places = listed.value if getattr(listed, "id", "") == "sequence" else [listed]
        properties = tuple(
            self._property(conf, place, around, each)
            for place, each in zip(places, conf.items("properties"), strict=True)
        )
        conf.refuse_the_rest()
        if not properties:
            raise conf.fail(line, f"{name}: expected properties, found none")
        names = [each.name for each in properties]
        for each in names:
            if names.count(each) > 1:
                raise conf.fail(line, f"{name}: two properties are {each}; give one of them another name, 'as: NAME'")
        self.functions[name] = Function(
            name, doc, code, inputs, call, around.brings, properties, source.licence, source.origin
        )

    def _property(self, function: Conf, place: Any, around: _Around, item: str | Conf) -> Property:
        """A property of a function, which stands at a place."""
        name, inputs = around.name, around.inputs
        conf = item if isinstance(item, Conf) else None
        words = [item] if isinstance(item, str) else list(item.entries)
        word = next((each for each in words if each in self.laws), words[0] if words else "")
        where = place if conf is None else conf.where(word)

        def fail(problem: str) -> Exception:
            return function.fail(where, f"{name}: {problem}")

        law = self.laws.get(word)
        if law is None:
            raise fail(f"there is no law {word!r}{did_you_mean(word, self.laws)}")
        if len(inputs) < law.parameters:
            raise fail(
                f"{word} is claimed of functions that take {law.parameters} or more, and this takes {len(inputs)}"
            )
        if law.needs and conf is None:
            raise fail(f"{word} needs {law.needs[0]!r}: expected '{word}: ...'")
        said = self._said(conf, law) if conf else {}
        values = _roles(name, inputs) | said
        extra = self._also(conf) if conf else {}
        for role in law.also:
            extra[values[f"{role}2"]] = inputs[values[role]]
        for each in extra:
            if each in inputs:
                raise fail(f"{word}: another input is called {each!r} already")
        try:
            claim, condition = (Template(each).substitute(values) for each in (law.claim, law.where))
        except (KeyError, ValueError) as error:
            raise fail(
                f"{word}: nothing is known of {error} in its claim; expected one of: {', '.join(values)}"
            ) from None
        conditions = [condition, around.where, said.get("where", "true")]
        found = Property(
            said.get("as", word),
            word,
            Template(said.get("meaning", law.meaning)).safe_substitute(values),
            claim,
            {**inputs, **extra},
            " and ".join(f"({each})" for each in conditions if each != "true") or "true",
            said.get("except", "false"),
            said.get("because", ""),
            around.brings + law.brings + said.get("with", ""),
        )
        if ("except" in said) != ("because" in said):
            raise fail(f"{word}: expected 'because', with the reason of 'except'; neither stands alone")
        _compiled(function, where, f"{name}, {word}", found.text(name))
        return found

    def _said(self, conf: Conf, law: Law) -> dict[str, str]:
        """What a property says: what its law needs, of which the first stands at the law's name, and what all may."""
        where = conf.where(law.name)
        said = {key: conf.text(key) for key in (*_SAID, *law.needs[1:]) if key in conf.entries}
        if not conf.is_null(law.name):
            if not law.needs:
                raise conf.fail(where, f"{law.name} needs nothing, read {conf.text(law.name)!r}")
            said[law.needs[0]] = conf.text(law.name)
        for need in law.needs:
            if need not in said:
                raise conf.fail(where, f"{law.name} needs {need!r}")
        return said

    def _also(self, conf: Conf) -> dict[str, Type]:
        """The inputs that a property adds; nothing else is left to be read."""
        also = conf.section("also")
        added = {each: self._type(also, each) for each in list(also.entries)}
        conf.refuse_the_rest()
        return added


def _roles(name: str, inputs: Mapping[str, Type]) -> dict[str, str]:
    """What stands for the names in a claim."""
    names = list(inputs)
    roles = {"f": name, "raw": "raw", "all": ", ".join(names)}
    for number, role in enumerate(("first", "second")):
        if number < len(names):
            roles[role] = names[number]
            roles[f"{role}2"] = f"{names[number]}2"
            roles[f"after_{role}"] = "".join(f", {each}" for each in names[number + 1 :])
    return roles


def _code(conf: Conf, name: str, source: _Source) -> bytes:
    """The code of a function in the canonical layout, without what it returns."""
    try:
        tree = parse("\n" * source.before + source.text, resolved=False)  # so that lines are those of the file
    except CompileError as error:
        raise conf.fail(error.line or 1, f"{name}: {error.problem}") from None
    statements = tree.body.statements
    if statements and isinstance(statements[-1], Return):
        statements.pop()
    if not any(name in _declared(each) for each in statements):
        raise conf.fail(source.before + 1, f"{name}: expected 'local function {name}(...)' in its code")
    return to_source(Main(tree.body))


def _declared(statement: object) -> list[str]:
    """The names of the local variables that a statement declares."""
    if isinstance(statement, LocalFunction):
        return [statement.variable.name]
    return [each.name for each in statement.variables] if isinstance(statement, Local) else []


def _compiled(conf: Conf, where: Any, what: str, text: str) -> None:
    """Make sure that a text is Lua."""
    try:
        compile_source(text)
    except CompileError as error:
        raise conf.fail(where, f"{what}: {error.problem}") from None


def _parts(path: Path) -> tuple[str, str]:
    """The YAML in the comments at the start of a file in Lua, and the code after it."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SynthesisError(f"{path}: expected UTF-8: {error.reason} at byte {error.start}") from None
    lines = text.splitlines(keepends=True)
    head = list(takewhile(lambda line: line.startswith("--"), lines))
    return "".join(line.removeprefix("--") for line in head), "".join(lines[len(head) :])


def load_library(paths: tuple[Path, ...] = ()) -> Library:
    """The library that ships, and what files and folders add to it.

    Raises:
        SynthesisError: a file is malformed, or has a name that is taken; the text names the place.
        OSError: a file can't be read.
    """
    library = Library()
    for path in (SHIPPED, *paths):
        library.add(path)
    return library


def find_functions(library: Library, names: Iterable[str]) -> list[Function]:
    """The functions of some names, in the order of the library; all where none is named.

    Raises:
        SynthesisError: there is no function of a name.
    """
    wanted = set(names)
    for name in wanted:
        if name not in library.functions:
            raise SynthesisError(f"there is no function {name!r}{did_you_mean(name, library.functions)}")
    return [each for each in library.functions.values() if not wanted or each.name in wanted]
