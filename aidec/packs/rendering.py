"""Chunk to text: the units of a pack, laid out by its templates, and put together from the inside out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import Template, TemplateError

from aidec.bytecode import Chunk
from aidec.packs.composer import Composer, batches
from aidec.packs.emitter import TextEmitter
from aidec.packs.environment import TEMPLATE_ERRORS, PackEnvironment, as_pack_error, check_names
from aidec.packs.layout import Layout, computed_with
from aidec.packs.layout_builder import Opaque, build
from aidec.packs.names import given, names
from aidec.packs.pack import Pack, load_pack
from aidec.packs.proto_view import views
from aidec.packs.rows import LISTS, Elements


class Unit:
    """A template of a pack.

    Attributes:
        name: the unit that it lays out.
        used: the names that it uses.
        layout: its layout; None where Jinja2 renders it for every value.
        obstacle: what it does that a layout can't hold.
    """

    def __init__(self, env: PackEnvironment, name: str) -> None:
        self.env = env
        self.name = name
        self.obstacle = ""
        self.filters = env.filters
        self.layout: Layout | None = None
        try:
            self.used = check_names(env, name)
            self.layout = build(env, name)
        except Opaque as opaque:
            self.obstacle = str(opaque)
        except TemplateError as error:
            raise as_pack_error(error, env.pack) from None

    @cached_property
    def readable_layout(self) -> Layout:
        """The layout by which its text is read back; it passes over what a layout can't hold."""
        return self.layout if self.layout is not None else build(self.env, self.name, passes_over=True)

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for these values, from the template itself."""
        try:
            return self._template.render(values)
        except TEMPLATE_ERRORS as error:
            raise as_pack_error(error, self.env.pack) from None

    @cached_property
    def _template(self) -> Template:
        return self.env.get_template(f"{self.name}.j2")

    def reruns(self) -> str | None:
        """Where its template runs more than once for each kind of value: for what, and why."""
        if self.layout is None:
            return f"for each new {self.name}: a layout can't hold {self.obstacle}"
        paths = [
            read.path
            for read in computed_with(self.layout)
            if read.aspect == "value" and read.path.startswith(f"{self.name}.") and not names()[read.path].of
        ]
        return f"for each new value: it computes with {', '.join(paths)}" if paths else None


class Renderer:
    """Renders chunks with one pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        env = PackEnvironment(pack)
        self.chunk = Unit(env, "chunk")
        self.proto = Unit(env, "proto")
        self.lists = {name: Unit(env, names()[name].unit) for name in LISTS if name in self.proto.used}
        self.filters = env.filters
        self._composer = Composer(self, TextEmitter(self.filters))

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
        """The text of a chunk, slowly: every template runs for every value, in Jinja2."""
        protos = views(chunk)
        texts = [""] * len(protos)
        elements = {}
        for name, unit in self.lists.items():
            rows = Elements(name, protos)
            elements[name] = [unit.render(values) for values in rows.given(given(unit.name))], rows.offsets
        for view in reversed(protos):
            values: dict[str, Any] = {"chunk": chunk, "proto": view}
            for name, (made, offsets) in elements.items():
                values[name] = made[offsets[view.number] : offsets[view.number + 1]]
            values["protos"] = [texts[child.number] for child in view.children]
            texts[view.number] = self.proto.render(values)
        return self.chunk.render({"chunk": chunk, "main": texts[0], "script": script})


def renderer(pack: str) -> Renderer:
    """The renderer of a pack, by name or folder, made once."""
    return _renderer(load_pack(pack))


@lru_cache(maxsize=16)
def _renderer(pack: Pack) -> Renderer:
    return Renderer(pack)
