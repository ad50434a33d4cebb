"""The units of a pack: what lays out a chunk, a function, and each kind of element; and how Jinja2 renders them.

Making plans of templates takes Jinja2 and time, so that they are kept with the pack from one process to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aidec.bytecode import Chunk
from aidec.packs.filters import for_guard
from aidec.packs.layout import Layout, computed_with
from aidec.packs.pack import Pack
from aidec.packs.pack_loader import keep_plans, kept_plans
from aidec.packs.plan import UnitPlan, once_for_each
from aidec.packs.proto_view import views
from aidec.packs.rows import LISTS, Elements

if TYPE_CHECKING:  # which takes Jinja2
    from aidec.packs.environment import PackEnvironment


class _Filters(dict[str, Callable[..., Any]]):
    """The filters of a pack by name, and those of Jinja2, which are imported when one is asked for."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        from jinja2.filters import FILTERS

        return self.setdefault(name, FILTERS[name])


class Unit:
    """A unit of a pack.

    Attributes:
        name: its name.
        plan: what is known of its template.
        layout: its layout; None where Jinja2 renders it for every value.
    """

    def __init__(self, plan: UnitPlan, units: Units) -> None:
        self.name = plan.unit
        self.plan = plan
        self.layout = plan.layout
        self._units = units

    @cached_property
    def readable_layout(self) -> Layout:
        """The layout by which its text is read back; it passes over what a layout can't hold."""
        from aidec.packs.layout_builder import build

        return build(self._units.env, self.name, passes_over=True) if self.layout is None else self.layout

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for these values, from the template itself.

        Raises:
            PackError: the template fails.
        """
        return self._units.env.rendered(self.name, values)

    def reruns(self) -> str | None:
        """What it does for more than each kind of value, and why; None where it does nothing of the sort."""
        from aidec.packs.names import known_names

        if self.layout is None:
            return f"is run by Jinja2 for each {self.name}, slowly: a layout can't hold {self.plan.obstacle}"
        # Of a token that a value decides, the ids are looked up for each value; text is made by columns
        found = computed_with(self.layout) if self._units.pack.families else once_for_each(self.plan.text)
        values = [read.path for read in found if read.aspect == "value" and isinstance(read.path, str)]
        paths = [path for path in values if path.startswith(f"{self.name}.") and not known_names()[path].of]
        return f"computes once for each value of {', '.join(dict.fromkeys(paths))}" if paths else None


class Units:
    """The units of a pack.

    Attributes:
        chunk, proto: those of a chunk and of a function.
        lists: those of the elements of functions, by the name of the list.
        filters: the filters of its templates, by name.

    Raises:
        PackError: a template is not there, not well-formed, or uses what is not there.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.filters = _Filters(for_guard(pack.guard), length=len)
        plans = kept_plans(pack)
        if plans is None:
            plans = self._plans()
            keep_plans(pack, plans)
        units = {name: Unit(plan, self) for name, plan in plans.items()}
        self.chunk = units.pop("chunk")
        self.proto = units.pop("proto")
        self.lists = {f"{name}s": unit for name, unit in units.items()}

    @cached_property
    def env(self) -> PackEnvironment:
        """The environment of the templates."""
        from aidec.packs.environment import PackEnvironment

        return PackEnvironment(self.pack)

    def _plans(self) -> dict[str, UnitPlan]:
        """What is known of the templates, by the unit."""
        from aidec.packs.layout_builder import plan_unit

        plans = {unit: plan_unit(self.env, unit) for unit in ("chunk", "proto")}
        lists = [name for name in LISTS if name in plans["proto"].used]
        return plans | {unit: plan_unit(self.env, unit) for unit in (name.removesuffix("s") for name in lists)}

    def render(self, chunk: Chunk, script: bytes | None) -> str:
        """The text of a chunk, slowly: every template runs for every value, in Jinja2.

        Raises:
            PackError: a template fails.
        """
        from aidec.packs.names import given

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
