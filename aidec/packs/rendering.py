"""Chunk to text: the units of a pack, rendered one by one, and put together from the inside out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from jinja2 import Template, TemplateError, nodes
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.meta import find_undeclared_variables

from aidec.bytecode import Chunk
from aidec.common.errors import PackError
from aidec.common.hints import did_you_mean
from aidec.packs.composer import Composer, batches
from aidec.packs.elements import ELEMENTS, Values
from aidec.packs.environment import TEMPLATE_ERRORS, PackEnvironment, as_pack_error
from aidec.packs.holes import INTEGERS, HoledEnvironment, is_keyed, may_have_holes
from aidec.packs.media import Text
from aidec.packs.pack import Pack, load_pack
from aidec.packs.proto_view import views
from aidec.packs.sections import sections

UNITS = {
    "chunk": ("chunk", "main", "script"),
    "proto": ("chunk", "proto", "instructions", "constants", "upvalues", "local_vars", "protos"),
    "instruction": (
        *("chunk", "proto", "instruction", "pc", "line", "line_delta"),
        *("jump_target", "label", "target"),
    ),
    "constant": ("chunk", "proto", "constant", "index"),
    "upvalue": ("chunk", "proto", "upvalue", "index"),
    "local_var": ("chunk", "proto", "local_var", "index", "start_delta", "lifetime"),
}
"""The templates of a pack, each with the names that it may use."""


class Unit:
    """A template of a pack.

    Attributes:
        names: the names that it uses.
        sections: its sections.
        used: what they compute with, beyond printing.
        is_formed: whether it has forms: it does not compute with what can be no key.
    """

    def __init__(self, env: PackEnvironment, holed: HoledEnvironment, name: str) -> None:
        self.env = env
        self.name = name
        try:
            trees = env.family(f"{name}.j2")
            self.names = _names(trees, name, env)
            copies = list(holed.family(f"{name}.j2").values())
            self.sections = sections(holed, f"{name}.j2", set(UNITS[name]))
        except TemplateError as error:
            raise as_pack_error(error, env.pack) from None
        self.used = list(dict.fromkeys(use for section in self.sections for use in section.used))
        self.is_formed = may_have_holes(copies) and all(map(is_keyed, self.used))

    def render(self, values: Values) -> str:
        """The text for these values, from the template itself."""
        try:
            return self._template.render(values)
        except TEMPLATE_ERRORS as error:
            raise as_pack_error(error, self.env.pack) from None

    @cached_property
    def _template(self) -> Template:
        return self.env.get_template(f"{self.name}.j2")

    def reruns(self) -> str | None:
        """Where its template runs more than once for each form: for what, and why."""
        if not self.is_formed:
            return f"for each new {self.name}: it does more with a list, a block or a function than print it"
        computed = [f"{self.name}.{use.path}" for use in self.used if use.path in INTEGERS.get(self.name, ())]
        if not computed:
            return None
        rerun = self.name if len(self.sections) == 1 else "value"
        return f"for each new {rerun}: it computes with {', '.join(computed)}"


class Renderer:
    """Renders chunks with one pack.

    Attributes:
        has_pieces: whether the text of each element is one that has a form, and is worth being made of pieces.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        env = PackEnvironment(pack)
        holed = HoledEnvironment(pack)
        self.chunk = Unit(env, holed, "chunk")
        self.proto = Unit(env, holed, "proto")
        self.lists = {name: Unit(env, holed, name.removesuffix("s")) for name in ELEMENTS if name in self.proto.names}
        units = (self.chunk, self.proto, *self.lists.values())
        self.has_pieces = all(len(unit.sections) == 1 for unit in units) and not any(
            unit.reruns() for unit in self.lists.values()
        )
        self._composer = Composer(self, Text())

    def render(self, chunk: Chunk, script: bytes | None = None) -> str:
        """The text of a chunk; ``script`` is the source that it was compiled from, where the caller has it.

        Raises:
            PackError: a template fails on this chunk.
        """
        return next(self.render_all([chunk], [script]))

    def render_all(self, chunks: Iterable[Chunk], scripts: Iterable[bytes | None] | None = None) -> Iterator[str]:
        """The texts of chunks, in their order; several are rendered together, which takes less time for small ones.

        Raises:
            PackError: a template fails on a chunk; the texts of those rendered with it are not there then.
        """
        for batch in batches(chunks, scripts):
            yield from self._composer.compose(*batch)

    def render_plainly(self, chunk: Chunk, script: bytes | None = None) -> str:
        """The same, slowly: every template runs for every value."""
        protos = views(chunk)
        texts = [""] * len(protos)
        elements = {name: ELEMENTS[name](protos) for name in self.lists}
        for view in reversed(protos):
            values: Values = {"chunk": chunk, "proto": view}
            for name, unit in self.lists.items():
                rows = elements[name]
                places = range(rows.bounds[view.number], rows.bounds[view.number + 1])
                values[name] = [unit.render(rows.values(UNITS[unit.name], place)) for place in places]
            values["protos"] = [texts[child.number] for child in view.children]
            texts[view.number] = self.proto.render(values)
        return self.chunk.render({"chunk": chunk, "main": texts[0], "script": script})


def renderer(pack: str) -> Renderer:
    """The renderer of a pack, by name or folder, made once."""
    return _renderer(load_pack(pack))


@lru_cache(maxsize=16)
def _renderer(pack: Pack) -> Renderer:
    return Renderer(pack)


def _names(trees: dict[Path, nodes.Template], unit: str, env: PackEnvironment) -> set[str]:
    """The names that a unit's templates use; each must be one of those that the unit is given."""
    used: set[str] = set()
    made = {name for tree in trees.values() for name in _made(tree)}
    for path, tree in trees.items():
        env.refuse_unknown_filters(path, tree)
        undeclared = find_undeclared_variables(tree) - set(DEFAULT_NAMESPACE) - made
        for node in tree.find_all(nodes.Name):
            if node.name in undeclared and node.name not in UNITS[unit]:
                hint = did_you_mean(node.name, sorted(UNITS[unit]))
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
