"""Chunk to text: renders the units of a pack, each once for each value, and joins them from the inside out."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.meta import find_undeclared_variables

from aidec.bytecode import Chunk, Instruction, exact
from aidec.errors import PackError
from aidec.packs.environment import PackEnvironment, as_pack_error, did_you_mean
from aidec.packs.pack import Pack, load_pack
from aidec.packs.views import ProtoView, views

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

SLOTS = ("pc", "index", "line", "line_delta", "jump_target", "label", "target", "start_delta", "lifetime")
"""Names whose values differ from element to element; where a template only prints them, it need not run again."""

CACHE_SIZE = 1 << 16
"""How many values a unit remembers; then it forgets all of them and starts anew."""

_TEMPLATE_ERRORS = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Unit:
    """A template of a pack, remembering what it made of each value."""

    def __init__(self, env: PackEnvironment, name: str) -> None:
        self.pack = env.pack
        try:
            trees = env.family(f"{name}.j2")
            self.names = _names(trees, name, env)
            self.template = env.get_template(f"{name}.j2")
        except TemplateError as error:
            raise as_pack_error(error, env.pack) from None
        printed = {slot for slot in SLOTS if slot in self.names and _is_only_printed(slot, trees)}
        self.slots = tuple(sorted(printed))
        self.keys = tuple(sorted(self.names & set(SLOTS) - printed))
        self.remembers = not self.names & {"chunk", "proto"}
        self.cache: dict[Hashable, str] = {}

    def render(self, values: dict[str, Any]) -> str:
        """The text for these values, from the template itself."""
        try:
            return self.template.render(values)
        except _TEMPLATE_ERRORS as error:
            raise as_pack_error(error, self.pack) from None

    def recall(self, key: Hashable, values: dict[str, Any]) -> str:
        """The same from memory; ``key`` stands for all values but those of the slots."""
        if not self.remembers:
            return self.render(values)
        slots = [None if values[name] is None else bool(values[name]) for name in self.slots]
        key = (key, *slots, *[values[name] for name in self.keys])
        form = self.cache.get(key)
        if form is None:
            form = self._form(values)
            if len(self.cache) >= CACHE_SIZE:
                self.cache.clear()
            self.cache[key] = form
        return form % values

    def _form(self, values: dict[str, Any]) -> str:
        """The text as a %-format, with the slots left open."""
        marks = {slot: _mark(slot) for slot in self.slots if values[slot]}
        form = self.render({**values, **marks}).replace("%", "%%")
        for slot, mark in marks.items():
            form = form.replace(mark, f"%({slot})s")
        return form


class Renderer:
    """Renders chunks with one pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        env = PackEnvironment(pack)
        self.chunk = Unit(env, "chunk")
        self.proto = Unit(env, "proto")
        elements: dict[str, Callable[[Unit, Chunk, ProtoView], Iterator[str]]] = {
            "instructions": _instructions,
            "constants": _constants,
            "upvalues": _upvalues,
            "local_vars": _local_vars,
        }
        self.lists = {
            name: (Unit(env, name.removesuffix("s")), render_elements)
            for name, render_elements in elements.items()
            if name in self.proto.names
        }

    def render(self, chunk: Chunk, script: bytes | None = None) -> str:
        """The text of a chunk; ``script`` is the source that it was compiled from, where the caller has it.

        Raises:
            PackError: a template fails on this chunk.
        """
        protos = views(chunk)
        texts = [""] * len(protos)
        for view in reversed(protos):
            values: dict[str, Any] = {"chunk": chunk, "proto": view}
            for name, (unit, render_elements) in self.lists.items():
                values[name] = list(render_elements(unit, chunk, view))
            values["protos"] = [texts[child.number] for child in view.children]
            texts[view.number] = self.proto.render(values)
            for child in view.children:
                texts[child.number] = ""
        return self.chunk.render({"chunk": chunk, "main": texts[0], "script": script})


def renderer(pack: str) -> Renderer:
    """The renderer of a pack, by name or folder, made once."""
    return _renderer(load_pack(pack))


@lru_cache(maxsize=16)
def _renderer(pack: Pack) -> Renderer:
    return Renderer(pack)


def _instructions(unit: Unit, chunk: Chunk, view: ProtoView) -> Iterator[str]:
    targets = view.jump_targets if unit.names & {"jump_target", "label", "target"} else {}
    labels = {pc: label for label, pc in enumerate(sorted(set(targets.values())))}
    lines: array[int] = view.proto.line_info
    last_line = view.proto.line_defined
    for pc, word in enumerate(view.proto.code):
        line = lines[pc] if pc < len(lines) else None
        target = targets.get(pc)
        values = {
            "chunk": chunk,
            "proto": view,
            "instruction": Instruction(word),
            "pc": pc,
            "line": line,
            "line_delta": None if line is None else line - last_line,
            "jump_target": target,
            "label": labels.get(pc),
            "target": None if target is None else labels[target],
        }
        last_line = last_line if line is None else line
        yield unit.recall(word, values)


def _constants(unit: Unit, chunk: Chunk, view: ProtoView) -> Iterator[str]:
    for index, constant in enumerate(view.proto.constants):
        values = {"chunk": chunk, "proto": view, "constant": constant, "index": index}
        yield unit.recall(exact(constant), values)


def _upvalues(unit: Unit, chunk: Chunk, view: ProtoView) -> Iterator[str]:
    for index, upvalue in enumerate(view.proto.upvalues):
        yield unit.recall(upvalue, {"chunk": chunk, "proto": view, "upvalue": upvalue, "index": index})


def _local_vars(unit: Unit, chunk: Chunk, view: ProtoView) -> Iterator[str]:
    end = len(view.proto.code)
    last_start = 0
    for index, local_var in enumerate(view.proto.local_vars):
        values = {
            "chunk": chunk,
            "proto": view,
            "local_var": local_var,
            "index": index,
            "start_delta": local_var.start_pc - last_start,
            "lifetime": None if local_var.end_pc == end else local_var.end_pc - local_var.start_pc,
        }
        last_start = local_var.start_pc
        yield unit.recall(local_var, values)


def _names(trees: dict[Path, nodes.Template], unit: str, env: PackEnvironment) -> set[str]:
    """The names that a unit's templates use; each must be one of those that the unit is given."""
    used: set[str] = set()
    made = {name for tree in trees.values() for name in _made(tree)}
    for path, tree in trees.items():
        env.refuse_unknown_filters(path, tree)
        undeclared = find_undeclared_variables(tree) - set(DEFAULT_NAMESPACE) - made
        for node in tree.find_all(nodes.Name):
            if node.name in undeclared and node.name not in UNITS[unit]:
                hint = did_you_mean(node.name, UNITS[unit])
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


def _is_only_printed(name: str, trees: dict[Path, nodes.Template]) -> bool:
    """Whether templates do nothing with a name but print it, and ask whether it is there: none, or 0.

    What is printed in a macro, or inside of ``{% set %}``, ``{% filter %}`` or ``{% call %}``, may be changed after.
    """
    captures = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock)

    def visit(node: nodes.Node) -> bool:
        if isinstance(node, captures) and any(child.name == name for child in node.find_all(nodes.Name)):
            return False
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Name) and child.name == name:
                is_none_test = isinstance(node, nodes.Test) and node.name == "none"
                is_asked = isinstance(node, (nodes.If, nodes.Not, nodes.And, nodes.Or))
                if not (is_none_test or is_asked or isinstance(node, nodes.Output)):
                    return False
            elif not visit(child):
                return False
        return True

    shows_itself = any(node.name == "self" for tree in trees.values() for node in tree.find_all(nodes.Name))
    return not shows_itself and all(visit(tree) for tree in trees.values())


def _mark(slot: str) -> str:
    """Text that no data can spell, since no decoding makes a lone high surrogate."""
    return f"\ud800{slot}\ud800"
