"""The plain way for any pack: each unit rendered with its Jinja2 template, every time; nothing remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import aidec
from aidec.bytecode import Chunk, Instruction
from aidec.packs import load_pack
from aidec.packs.environment import PackEnvironment
from aidec.packs.proto_view import ProtoView, views


class UncachedRenderer:
    """Renders chunks with a pack; each template gets all the names that ``docs/reference/packs.md`` lists for it."""

    def __init__(self, pack: str) -> None:
        env = PackEnvironment(load_pack(pack))
        units = ("chunk", "proto", "instruction", "constant", "upvalue", "local_var")
        self.render_unit: dict[str, Callable[[dict[str, Any]], str]] = {
            name: env.get_template(f"{name}.j2").render for name in units
        }

    def text(self, data: bytes) -> str:
        """A chunk's bytes to text."""
        return self.render(aidec.load(data))

    def render(self, chunk: Chunk) -> str:
        """The text of a chunk."""
        protos = views(chunk)
        texts: dict[int, str] = {}
        for view in reversed(protos):
            around = {"chunk": chunk, "proto": view}
            lists = {
                "instructions": ("instruction", _instructions(view)),
                "constants": ("constant", _constants(view)),
                "upvalues": ("upvalue", _upvalues(view)),
                "local_vars": ("local_var", _local_vars(view)),
            }
            values: dict[str, Any] = {**around, "protos": [texts.pop(child.number) for child in view.children]}
            for name, (unit, elements) in lists.items():
                values[name] = [self.render_unit[unit]({**around, **element}) for element in elements]
            texts[view.number] = self.render_unit["proto"](values)
        return self.render_unit["chunk"]({"chunk": chunk, "main": texts[0], "script": None})


def _instructions(view: ProtoView) -> Iterator[dict[str, Any]]:
    proto, targets = view.proto, view.jump_targets
    labels = {pc: label for label, pc in enumerate(sorted(set(targets.values())))}
    last_line = proto.line_defined
    for pc, word in enumerate(proto.code):
        line = proto.line_info[pc] if pc < len(proto.line_info) else None
        target = targets.get(pc)
        yield {
            "instruction": Instruction(word),
            "pc": pc,
            "line": line,
            "line_delta": None if line is None else line - last_line,
            "jump_target": target,
            "label": labels.get(pc),
            "target": None if target is None else labels[target],
        }
        last_line = last_line if line is None else line


def _constants(view: ProtoView) -> Iterator[dict[str, Any]]:
    for index, constant in enumerate(view.proto.constants):
        yield {"constant": constant, "index": index}


def _upvalues(view: ProtoView) -> Iterator[dict[str, Any]]:
    for index, upvalue in enumerate(view.proto.upvalues):
        yield {"upvalue": upvalue, "index": index}


def _local_vars(view: ProtoView) -> Iterator[dict[str, Any]]:
    last_start = 0
    for index, local_var in enumerate(view.proto.local_vars):
        yield {
            "local_var": local_var,
            "index": index,
            "start_delta": local_var.start_pc - last_start,
            "lifetime": None if local_var.end_pc == len(view.proto.code) else local_var.end_pc - local_var.start_pc,
        }
        last_start = local_var.start_pc
