"""The units of a pack: what lays out a chunk, a function, and each kind of element; and how Jinja2 renders them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jinja2 import Template, TemplateError

from aidec.bytecode import Chunk
from aidec.packs.environment import TEMPLATE_ERRORS, PackEnvironment, as_pack_error, check_names
from aidec.packs.layout import Layout, computed_with
from aidec.packs.layout_builder import Opaque, build
from aidec.packs.names import given, names
from aidec.packs.pack import Pack
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


class Units:
    """The units of a pack.

    Attributes:
        chunk, proto: those of a chunk and of a function.
        lists: those of the elements of functions, by the name of the list.
        filters: the filters of its templates, by name.
    """

    def __init__(self, pack: Pack) -> None:
        env = PackEnvironment(pack)
        self.chunk = Unit(env, "chunk")
        self.proto = Unit(env, "proto")
        self.lists = {name: Unit(env, names()[name].unit) for name in LISTS if name in self.proto.used}
        self.filters = env.filters

    def render(self, chunk: Chunk, script: bytes | None) -> str:
        """The text of a chunk, slowly: every template runs for every value, in Jinja2.

        Raises:
            PackError: a template fails.
        """
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
